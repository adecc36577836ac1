"""Prepared columns of surveys by hand: which answers count, and where in a ticket's life they stand."""

import pandas as pd
import pytest

from tests.data.desk import DAY, at, open_desk, rows_of

COLUMNS = ["survey_id", "kind", "sent_at", "responded_at", "score", "customer_id", "ticket_id"]


def told(tmp_path, rows, *columns, events=(), toml="", **more):
    surveys = pd.DataFrame(
        [(name, kind, at(sent), at(answered), *rest) for name, kind, sent, answered, *rest in rows],
        columns=COLUMNS,
    ).assign(**more)
    data = open_desk(tmp_path, {"t": {}, "u": {}}, events=list(events) or None, toml=toml, surveys=surveys)
    found = rows_of(data, "surveys", "survey_id", *columns)
    return {row["survey_id"]: tuple(row[name] for name in columns) for row in found}


@pytest.mark.parametrize(
    ("responses", "superseded"), [("latest", {"a", "b"}), ("first", {"b", "c"}), ("all", set())]
)
def test_of_the_answers_of_a_customer_in_a_month_one_counts_or_all(tmp_path, responses, superseded):
    rows = [
        ("a", "nps", 0, 10, 9, "ann", None),
        ("b", "nps", 0, 20, 9, "ann", None),
        ("c", "nps", 0, 30, 3, "ann", None),
        ("d", "csat", 0, 40, 3, "ann", None),  # another question
        ("e", "nps", 0, 50, None, "ann", None),  # no score: supersedes nothing
        ("f", "nps", 0, None, None, "ann", None),
        ("g", "nps", 0, 10, 9, None, None),
        ("h", "nps", 0, 20, 9, None, None),
        ("i", "nps", 0, 28 * DAY, 9, "ann", None),  # in March
    ]
    toml = f'[definitions]\nresponses = "{responses}"'
    found = told(tmp_path, rows, "superseded", toml=toml)
    assert {name for name, (value,) in found.items() if value} == superseded
    assert len(found) == len(rows)


def test_answers_of_one_instant_do_not_depend_on_the_order_of_rows(tmp_path):
    rows = [("a", "nps", 0, 10, 9, "ann", None), ("b", "nps", 0, 10, 3, "ann", None)]
    assert told(tmp_path, rows, "superseded") == told(tmp_path, rows[::-1], "superseded")
    assert sum(value for (value,) in told(tmp_path, rows, "superseded").values()) == 1


def test_deliveries_are_known_by_kind(tmp_path):
    rows = [
        ("a", "nps", 0, None, None, "ann", None),
        ("b", "nps", 0, None, None, "bob", None),
        ("c", "nps", 0, 10, 9, "cat", None),  # answered: it must have come
        ("d", "csat", 0, None, None, "ann", None),  # of csat no delivery is known
    ]
    known = told(tmp_path, rows, "delivered", delivered_at=[at(1), None, None, None])
    assert known == {"a": (True,), "b": (False,), "c": (True,), "d": (True,)}
    assert set(told(tmp_path, rows, "delivered").values()) == {(True,)}


def test_a_survey_knows_its_place_in_the_life_of_its_ticket(tmp_path):
    events = [("t", 100, "solved"), ("t", 200, "open"), ("t", 300, "solved"), ("u", 100, "open")]
    rows = [
        ("a", "csat", 50, None, None, None, "t"),
        ("b", "csat", 100, None, None, None, "t"),
        ("c", "csat", 300, None, None, None, "t"),
        ("d", "nps", 310, None, None, None, "t"),
        ("e", "csat", 310, None, None, None, "u"),  # not solved yet
        ("f", "csat", 310, None, None, None, "gone"),
        ("g", "csat", 310, None, None, None, None),
    ]
    wanted = ("first_of_ticket", "survey_before_final_solve", "after_solve")
    assert told(tmp_path, rows, *wanted, events=events) == {
        "a": (True, True, False),
        "b": (False, True, True),
        "c": (False, False, True),
        "d": (True, False, True),
        "e": (True, True, False),
        "f": (True, None, False),
        "g": (False, None, False),
    }


def test_flags_and_boxes(tmp_path):
    rows = [
        ("a", "nps", 0, 1, 7, None, None),
        ("b", "nps", 0, 1, 8, None, None),
        ("c", "csat", 0, 1, 2, None, None),
        ("d", "csat", 0, 1, 4, None, None),
        ("e", "nps", 0, None, None, None, None),
    ]
    found = told(tmp_path, rows, "is_flagged", "satisfied", "dissatisfied")
    assert found == {
        "a": (True, False, False),
        "b": (False, False, False),
        "c": (False, False, True),
        "d": (False, True, False),
        "e": (False, False, False),
    }
