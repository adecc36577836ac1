"""Metrics of orders and operations, each with rows to check with a pencil, one of which must not count."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import cxlib as cx
from cxlib.data.outage_time import down_time
from cxlib.metrics.commerce import INR_RATE, ORDER_CONTACT_RATE, RETURN_RATE, RETURN_RATE_VARIANTS
from cxlib.metrics.operations import AVAILABILITY, FREELANCE_COST, OUTAGES_PER_MONTH, TRAINING_COMPLETION
from tests.metrics.company import load, value_of

LATER = "2020-09-01"


def orders(*rows, columns):
    """Orders of 3 February at midnight."""
    frame = pd.DataFrame(rows, columns=list(columns))
    frame.insert(0, "order_id", [f"o{i}" for i in range(len(frame))])
    frame.insert(1, "ordered_at", "2020-02-03T00:00:00Z")
    return frame


def tickets(*rows):
    frame = pd.DataFrame(rows, columns=["created_at", "customer_id", "initiated_by"])
    frame.insert(0, "ticket_id", [f"t{i}" for i in range(len(frame))])
    return frame


def end_of(table, day):
    return f'[data_through]\n{table} = "{day}"\n'


def test_order_contact_rate_counts_orders_followed_by_a_contact_of_their_customer(tmp_path):
    bought = orders(
        ("ann",), ("ann",), ("bob",), ("cat",), ("dan",), ("eve",), (None,), columns=["customer_id"]
    )
    wrote = tickets(
        ("2020-02-03T00:00:00Z", "ann", "customer"),  # the same instant: counts, for both of her orders
        ("2020-03-04T00:00:00Z", "bob", "customer"),  # exactly 30 days
        ("2020-03-04T00:00:01Z", "cat", "customer"),  # a second late
        ("2020-02-02T23:00:00Z", "dan", "customer"),  # before the order
        ("2020-02-05T00:00:00Z", "eve", "agent"),  # we wrote
        ("2020-02-06T00:00:00Z", None, "customer"),  # whoever this is
    )
    data = load(
        tmp_path, {"orders": bought, "tickets": wrote}, as_of=LATER, toml=end_of("orders", "2020-08-31")
    )
    frame = cx.measure(data, ORDER_CONTACT_RATE)
    found = value_of(frame, period="2020-02")
    assert (found["value"], found["numerator"], found["n"]) == (50.0, 3, 6)
    assert frame.exclusions["order_contact_rate"] == {"no_customer": 1}


def test_orders_are_cut_by_what_their_customers_are(tmp_path):
    bought = orders(("ann",), ("bob",), ("zoe",), columns=["customer_id"])
    people = pd.DataFrame({"customer_id": ["ann", "bob"], "plan": ["pro", "free"]})
    frames = {
        "orders": bought,
        "customers": people,
        "tickets": tickets(("2020-02-04T00:00:00Z", "ann", "customer")),
    }
    data = load(tmp_path, frames, as_of=LATER, toml=end_of("orders", "2020-08-31"))
    found = cx.measure(data, ORDER_CONTACT_RATE, by="plan", end="2020-03-01").table.set_index("plan")
    assert found["value"].to_dict() == {"(unknown)": 0.0, "free": 0.0, "pro": 100.0}


def test_each_order_is_followed_by_the_contact_next_to_it(tmp_path):
    bought = orders(("ann",), ("ann",), columns=["customer_id"])
    bought["ordered_at"] = ["2020-02-03T00:00:00Z", "2020-04-20T00:00:00Z"]
    wrote = tickets(("2020-02-10T00:00:00Z", "ann", "customer"), ("2020-06-10T00:00:00Z", "ann", "customer"))
    data = load(
        tmp_path, {"orders": bought, "tickets": wrote}, as_of=LATER, toml=end_of("orders", "2020-08-31")
    )
    table = cx.measure(data, ORDER_CONTACT_RATE).table.set_index("period")
    assert table["value"].to_dict()["2020-02"] == 100
    assert table["value"].to_dict()["2020-04"] == 0  # 51 days later


RETURNS = orders(
    ("2020-03-19T00:00:00Z", None, 4, 1),  # exactly 45 days, one of four units: the order counts once
    ("2020-03-19T00:00:01Z", None, 2, 2),  # a second late
    (None, None, 4, None),
    ("2020-02-10T00:00:00Z", "2020-02-04T00:00:00Z", 9, 9),  # cancelled
    ("2020-02-20T00:00:00Z", None, 2, 2),
    columns=["returned_at", "cancelled_at", "units", "units_returned"],
)


def test_return_rate_counts_orders_of_which_something_came_back(tmp_path):
    data = load(tmp_path, {"orders": RETURNS}, as_of=LATER, toml=end_of("orders", "2020-08-31"))
    frame = cx.measure(data, RETURN_RATE)
    found = value_of(frame, period="2020-02")
    assert (found["value"], found["numerator"], found["n"]) == (50.0, 2, 4)
    assert frame.exclusions["return_rate"] == {"cancelled": 1}


def test_return_rate_of_units_divides_units_by_units(tmp_path):
    data = load(tmp_path, {"orders": RETURNS}, as_of=LATER, toml=end_of("orders", "2020-08-31"))
    found = value_of(cx.measure(data, RETURN_RATE_VARIANTS["units"]), period="2020-02")
    assert (found["numerator"], found["denominator"]) == (1 + 2, 4 + 2 + 4 + 2)
    assert found["value"] == pytest.approx(100 * 3 / 12)


CLAIMS = orders(
    ("2020-03-11T00:00:00Z", "2020-02-10T00:00:00Z", None),  # promised + 30 days exactly
    ("2020-03-11T00:00:01Z", "2020-02-10T00:00:00Z", None),  # a second late, though within 60 days
    ("2020-04-03T00:00:00Z", None, None),  # no promise: exactly 60 days
    ("2020-04-03T00:00:01Z", None, None),  # a second late
    ("2020-02-20T00:00:00Z", None, "2020-02-21T00:00:00Z"),  # cancelled
    columns=["not_received_at", "promised_at", "cancelled_at"],
)


def test_inr_rate_waits_thirty_days_after_the_promise_else_sixty_after_the_order(tmp_path):
    data = load(tmp_path, {"orders": CLAIMS}, as_of=LATER, toml=end_of("orders", "2020-08-31"))
    found = value_of(cx.measure(data, replace(INR_RATE, min_n=1)), period="2020-02")
    assert (found["value"], found["numerator"], found["n"], found["status"]) == (50.0, 2, 4, "ok")


def test_what_was_not_received_stays_counted_though_it_was_delivered_later(tmp_path):
    late = CLAIMS.assign(delivered_at="2020-05-01T00:00:00Z")
    data = load(tmp_path, {"orders": late}, as_of=LATER, toml=end_of("orders", "2020-08-31"))
    assert value_of(cx.measure(data, INR_RATE), period="2020-02")["numerator"] == 2


@pytest.mark.parametrize(
    ("promised", "as_of", "status"),
    [
        ("2020-02-10T00:00:00Z", "2020-04-29", "immature"),  # 60 days after the end of February: 30 April
        ("2020-02-10T00:00:00Z", "2020-05-01", "ok"),
        ("2020-05-01T00:00:00Z", "2020-05-01", "immature"),  # promised for May: due on 31 May
        ("2020-05-01T00:00:00Z", "2020-06-01", "ok"),
    ],
)
def test_inr_rate_is_immature_until_its_last_order_is_due(tmp_path, promised, as_of, status):
    order = orders((None, promised), columns=["not_received_at", "promised_at"])
    data = load(tmp_path, {"orders": order}, as_of=as_of, toml=end_of("orders", "2020-08-31"))
    found = value_of(cx.measure(data, replace(INR_RATE, min_n=1), start="2020-02-01", end="2020-03-01"))
    assert (found["value"], found["status"]) == (0.0, status)


def outages(*rows):
    frame = pd.DataFrame(rows, columns=["started_at", "ended_at", "component"])
    frame.insert(0, "outage_id", [f"x{i}" for i in range(len(frame))])
    return frame


DOWN = outages(
    ("2020-02-03T10:00:00Z", "2020-02-03T12:00:00Z", "login"),
    ("2020-02-03T11:00:00Z", "2020-02-03T11:30:00Z", "login"),  # inside the one before
    ("2020-02-03T12:00:00Z", "2020-02-03T13:00:00Z", "login"),  # begins where that ends: the same outage
    ("2020-02-03T11:00:00Z", "2020-02-03T14:00:00Z", "search"),  # another component: an outage of its own
    ("2020-02-29T23:00:00Z", "2020-03-01T01:00:00Z", "login"),  # over the end of the month
)


def test_outages_per_month_counts_overlaps_on_a_component_once(tmp_path):
    data = load(tmp_path, {"outages": DOWN}, as_of="2020-04-01")
    table = cx.measure(data, OUTAGES_PER_MONTH).table.set_index("period")
    assert table["numerator"].to_dict() == {"2020-02": 3, "2020-03": 0}
    assert table["denominator"].to_dict() == {"2020-02": 29, "2020-03": 31}
    assert table.loc["2020-02", "value"] == pytest.approx(3 / 29 * 30.4375)
    assert (
        table.loc["2020-03", "value"] == 0
    )  # a month without an outage is a good month, not one without data
    assert set(table["status"]) == {"ok"}


def test_outages_by_component_are_each_over_all_days(tmp_path):
    data = load(tmp_path, {"outages": DOWN}, as_of="2020-03-01")
    table = cx.measure(data, OUTAGES_PER_MONTH, by="component").table.set_index("component")
    assert table["numerator"].to_dict() == {"login": 2, "search": 1}
    assert set(table["denominator"]) == {29}


def test_an_outage_that_goes_on_counts_and_is_noted(tmp_path):
    rows = outages(
        ("2020-02-03T10:00:00Z", None, "login"),
        ("2020-02-10T10:00:00Z", "2020-02-10T11:00:00Z", "login"),  # within it
    )
    frame = cx.measure(load(tmp_path, {"outages": rows}, as_of="2020-03-01"), OUTAGES_PER_MONTH)
    assert value_of(frame, period="2020-02")["numerator"] == 1
    assert "outages_per_month: 1 outages have no end yet." in [caveat.text for caveat in frame.caveats]


def test_availability_is_the_share_of_time_without_any_outage(tmp_path):
    data = load(tmp_path, {"outages": DOWN}, as_of="2020-04-01")
    table = cx.measure(data, AVAILABILITY).table.set_index("period")
    # February: 10:00 to 14:00 in all, and an hour on the 29th; March: the hour after midnight
    assert table.loc["2020-02", "value"] == pytest.approx(100 * (1 - 5 / (29 * 24)), abs=1e-12)
    assert table.loc["2020-03", "value"] == pytest.approx(100 * (1 - 1 / (31 * 24)), abs=1e-12)
    assert table.loc["2020-02", "denominator"] == 29 * 1440


def test_availability_is_clipped_to_as_of(tmp_path):
    rows = outages(("2020-02-10T00:00:00Z", None, "login"))
    data = load(tmp_path, {"outages": rows}, as_of="2020-02-11T12:00:00Z")
    frame = cx.measure(data, AVAILABILITY)
    found = value_of(frame, period="2020-02")
    assert found["denominator"] == 10.5 * 1440
    assert found["value"] == pytest.approx(100 * 9 / 10.5)
    assert found["status"] == "partial"
    assert any("2 days are down" in caveat.text for caveat in frame.caveats)


def test_days_of_the_calendar_are_as_long_as_those_of_the_zone(tmp_path):
    # London, 29 March 2020 has 23 hours; an outage from 00:30 to 02:30 by the wall clock lasts one hour
    rows = outages(("2020-03-29T00:30:00Z", "2020-03-29T01:30:00Z", "login"))
    data = load(tmp_path, {"outages": rows}, as_of="2020-04-02", toml='zone = "Europe/London"')
    found = value_of(cx.measure(data, AVAILABILITY, freq="D"), period="2020-03-29")
    assert (found["denominator"], found["numerator"]) == (23 * 60, 22 * 60)


def test_the_union_of_spells_is_that_of_a_count_by_the_minute():
    rng = np.random.default_rng(5)
    starts = rng.integers(0, 1000, 40)
    ends = starts + rng.integers(0, 60, 40)
    opens = np.arange(0, 1100, 100)
    minutes = np.arange(1100)
    is_down = ((minutes[:, None] >= starts) & (minutes[:, None] < ends)).any(axis=1)
    counted = [is_down[start : start + 100].sum() for start in opens]
    assert down_time(starts, ends, opens, opens + 100).tolist() == counted


def costs(*rows):
    return pd.DataFrame(rows, columns=["date", "kind", "amount", "target", "final"])


def test_freelance_cost_is_a_share_of_its_target(tmp_path):
    rows = costs(
        ("2020-02-01", "freelance", 9_500, 10_000, "true"),
        ("2020-02-15", "software", 700, 100, "true"),  # another cost
        ("2020-03-01", "freelance", 12_000, 10_000, "true"),
    )
    frame = cx.measure(load(tmp_path, {"costs": rows}, as_of="2020-04-01"), FREELANCE_COST)
    table = frame.table.set_index("period")
    assert table["value"].to_dict() == {"2020-02": 95.0, "2020-03": 120.0}
    assert table[["lower", "upper"]].isna().all(axis=None)  # a census has no interval


def test_a_partial_month_prorates_its_target_by_business_days(tmp_path):
    rows = costs(
        ("2020-01-01", "freelance", 9_000, 10_000, None), ("2020-02-01", "freelance", 6_000, 10_000, None)
    )
    data = load(tmp_path, {"costs": rows}, as_of="2020-02-15")
    found = value_of(cx.measure(data, FREELANCE_COST), period="2020-02")
    # ten of the twenty business days of February 2020 lie before the 15th
    assert (found["denominator"], found["value"], found["status"]) == (5_000, 120.0, "partial")


def test_targets_of_days_and_weeks_are_prorated_only_where_their_days_are_not_over(tmp_path):
    days = [(f"2020-02-{day:02d}", "freelance", 100, 100, None) for day in range(3, 13)]
    weeks = [(f"2020-02-{day:02d}", "freelance", 100, 500, None) for day in (3, 10)]
    for rows, planned in ((days, 10 * 100), (weeks, 500 + 3 / 5 * 500)):
        data = load(tmp_path, {"costs": costs(*rows)}, as_of="2020-02-13")
        found = value_of(cx.measure(data, FREELANCE_COST), period="2020-02")
        assert found["denominator"] == pytest.approx(planned)


def test_provisional_costs_make_their_month_immature(tmp_path):
    rows = costs(
        ("2020-01-01", "freelance", 9_000, 10_000, "true"),
        ("2020-02-01", "freelance", 9_000, 10_000, "false"),
    )
    table = cx.measure(load(tmp_path, {"costs": rows}, as_of="2020-04-01"), FREELANCE_COST).table
    assert list(table["status"]) == ["ok", "immature"]


def test_training_completion_counts_invitations_completed_within_thirty_days(tmp_path):
    rows = pd.DataFrame(
        [
            ("ann", "basics", "2020-02-03T00:00:00Z", "2020-03-04T00:00:00Z"),  # exactly 30 days
            ("bob", "basics", "2020-02-03T00:00:00Z", "2020-03-04T00:00:01Z"),  # a second late
            ("cat", "basics", "2020-02-03T00:00:00Z", None),
            ("dan", "basics", None, "2020-02-05T00:00:00Z"),  # came by himself
            ("zoe", "basics", "2020-04-20T00:00:00Z", None),
        ],
        columns=["customer_id", "module", "invited_at", "completed_at"],
    )
    table = cx.measure(load(tmp_path, {"trainings": rows}, as_of="2020-05-01"), TRAINING_COMPLETION).table
    february = table.set_index("period").loc["2020-02"]
    assert (february["value"], february["n"]) == (pytest.approx(100 / 3), 3)
    assert table.set_index("period").loc["2020-04", "status"] == "immature"
