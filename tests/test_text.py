"""Words for values: units, masking, near names."""

import time

import pytest

from cxlib import text
from cxlib.personal import mask_personal


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("ann.b+c@example.co.uk wrote", "[e-mail] wrote"),
        ("call +44 20 7946 0958 now", "call [phone] now"),
        ("call (312) 555-0199", "call ([phone]"),
        ("call 3125550199 now", "call [phone] now"),
        ("card 4111 1111 1111 1111 ok", "card [card] ok"),
        ("seen 2020-02-04T10:00:00Z and 2031-3-5", "seen 2020-02-04T10:00:00Z and 2031-3-5"),
        ("order P011019 of 12", "order P011019 of 12"),
    ],
)
def test_personal_data_is_masked_and_dates_are_not(said, expected):
    assert mask_personal(said) == expected


def test_a_quoted_id_keeps_its_digits_and_a_phone_number_does_not():
    assert text.quote("100000123456") == "'100000123456'"
    assert text.quote("312 555 0199") == "'[phone]'"
    assert text.quote("2031-03-05") == "'2031-03-05'"


def test_control_characters_show():
    assert text.quote("a\x00b\n") == "'a\\x00b\\n'"


def test_hostile_text_costs_little():
    start = time.process_time()
    mask_personal("a@" * 20_000 + "1-" * 30_000)
    assert time.process_time() - start < 0.5


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (41.234, "points", "41.2 points"),
        (-0.04, "points", "0.0 points"),
        (12345.6, "tickets", "12\u2009346 tickets"),
        (0.5, "%", "0.5%"),
        (3.14159, "stars", "3.14 stars"),
        (7.25, "minutes", "7.2 min"),
        (100.4, "minutes", "100 min"),
        (190, "minutes", "3 h 10 min"),
        (5000, "minutes", "3.5 days"),
        (float("inf"), "points", "—"),
        (8.1, "contacts per 1,000 orders", "8.10"),
    ],
)
def test_values_are_worded_with_their_unit(value, unit, said):
    assert text.format_value(value, unit) == said


def test_near_names_meet_after_normalising():
    assert text.nearest("Created at", ["created_at", "closed_at"]) == "created_at"
    assert text.nearest("createdAt", ["created_at"]) == "created_at"
    assert text.nearest("zzz", ["created_at"]) is None


def test_a_probability_is_never_certain():
    assert [text.format_probability(p) for p in (0.0, 0.5, 1.0)] == ["< .01", ".50", "> .99"]


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (3.0, "tickets", "3 tickets"),
        (0.0, "surveys", "0 surveys"),
        (20.0, "tickets", "20 tickets"),
        (3.0, "score", "3.00 score"),
        (3.0, "points", "3.0 points"),
        (12.5, "tickets", "12.5 tickets"),
    ],
)
def test_counts_have_no_decimals(value, unit, said):
    assert text.format_value(value, unit) == said


def test_a_change_that_rounds_to_nothing_has_no_sign():
    assert text.format_value(0.004, "points", signed=True) == "0.0 points"
    assert text.format_value(-0.004, "points", signed=True) == "0.0 points"
    assert text.format_value(0.06, "points", signed=True) == "+0.1 points"
