"""Renewals and expansion: each rule by itself, and the words that say which passed."""

import re

import numpy as np
import pandas as pd
import pytest

from cxlib.data.read import load
from cxlib.errors import ConfigError, UsageError
from cxlib.health.limits import Limits, limits_of
from cxlib.health.opportunities import find_opportunities_in
from tests.health.board import AS_OF, scored

START = pd.Timestamp(AS_OF)


def table_of(**days):
    """Accounts by id with the days to their renewal; None: unknown."""
    dates = [pd.NaT if ahead is None else START + pd.Timedelta(days=ahead) for ahead in days.values()]
    return pd.DataFrame({"account_id": list(days), "renewal_at": pd.to_datetime(dates, utc=True)})


def codes(found):
    return [caveat.code for caveat in found.caveats]


def expansions(score=90.0, before=85.0, days=60.0, coverage=90.0, band=None, override=None, limits=None):
    scores = scored({"a": score}, coverage=coverage, bands={"a": band} if band else None)
    earlier = None if before is None else scored({"a": before})
    said = None if override is None else pd.DataFrame({"account_id": ["a"], "band": [override]})
    found = find_opportunities_in(scores, earlier, table_of(a=days), overrides=said, limits=limits)
    return found.expansion["account_id"].tolist()


def test_a_champion_that_passes_every_rule_may_grow_and_the_row_says_why():
    found = find_opportunities_in(scored({"a": 90}), scored({"a": 85}), table_of(a=60))
    assert found.expansion["rules"].tolist() == [
        "champion by the model; coverage 90.0% (at least 60.0%); score 90.0 points, not below 85.0 points "
        "90 days before; renews in 60 days (30 to 180); no override says danger"
    ]


@pytest.mark.parametrize(
    "broken",
    [
        {"score": 79.0, "before": 70.0},
        {"band": "insufficient_data"},
        {"coverage": 59.9},
        {"before": 90.1},
        {"before": None},
        {"days": 29.0},
        {"days": 181.0},
        {"days": None},
        {"override": "danger"},
    ],
)
def test_one_broken_rule_is_enough_to_leave_an_account_out(broken):
    assert expansions() == ["a"]
    assert expansions(**broken) == []


@pytest.mark.parametrize("edge", [{"coverage": 60.0}, {"before": 90.0}, {"days": 30.0}, {"days": 180.0}])
def test_limits_are_inclusive(edge):
    assert expansions(**edge) == ["a"]


def test_an_override_to_another_band_keeps_no_account_out():
    assert expansions(override="healthy") == ["a"]


def test_a_renewal_is_at_risk_by_what_may_be_lost():
    scores = scored({"a": 50, "b": 50, "c": 50, "d": 50, "e": 50})
    frame = table_of(a=10, b=120, c=121, d=0, e=5).assign(arr=[1000.0, 9000.0, 5000.0, 100.0, np.nan])
    found = find_opportunities_in(
        scores, None, frame, churn={"a": 0.5, "b": 0.1, "c": 0.9, "d": 0.2, "e": 0.9}
    )
    assert found.renewals["account_id"].tolist() == ["b", "a", "d", "e"]
    assert found.renewals["priority"].tolist() == pytest.approx([900.0, 500.0, 20.0, 0.9])
    assert found.renewals["priority_unit"].tolist() == ["arr", "arr", "arr", "probability"]
    assert found.renewals["rules"][0] == (
        "renews in 120 days (0 to 120); P(churn by renewal) .10; ARR 9\u2009000"
    )
    assert "without_arr" in codes(found)
    assert found.text == (
        "4 renewals within 120 days, 1\u2009420 of ARR expected to be lost, 0 overdue and 0 that may grow."
    )


def test_a_renewal_that_has_passed_is_overdue_and_not_at_risk():
    scores = scored({"a": 50, "b": 50})
    found = find_opportunities_in(scores, None, table_of(a=-1, b=-30), churn={"a": 0.5})
    assert found.renewals.empty
    assert found.overdue[["account_id", "days_to_renewal"]].to_numpy().tolist() == [["b", -30.0], ["a", -1.0]]
    assert found.overdue["rules"].tolist() == [
        "renewal was due 30 days ago, not churned",
        "renewal was due 1 day ago, not churned; P(churn by renewal) .50",
    ]


def test_what_is_overdue_comes_first_and_what_may_grow_last():
    scores = scored({"a": 90, "b": 30, "c": 50})
    found = find_opportunities_in(scores, scored({"a": 80}), table_of(a=60, b=-2, c=20))
    assert found.table[["account_id", "list"]].to_numpy().tolist() == [
        ["b", "overdue"],
        ["c", "renewal_at_risk"],
        ["a", "renewal_at_risk"],
        ["a", "expansion"],
    ]


def test_without_a_forecast_the_lowest_score_comes_first_and_that_is_said():
    found = find_opportunities_in(scored({"a": 90, "b": 30}), None, table_of(a=10, b=20))
    assert found.renewals["account_id"].tolist() == ["b", "a"]
    assert found.renewals["priority_unit"].tolist() == ["score", "score"]
    assert {"no_forecast", "no_score_before"} <= set(codes(found))


def test_accounts_without_a_renewal_are_on_no_list_and_counted():
    found = find_opportunities_in(scored({"a": 90, "b": 30}), None, pd.DataFrame({"account_id": ["a", "b"]}))
    assert found.table.empty
    assert "2 accounts without renewal_at: on no list." in [caveat.text for caveat in found.caveats]


def test_no_account_is_no_error():
    found = find_opportunities_in(scored({}), scored({}), table_of(a=10), churn={})
    assert found.text == "0 renewals within 120 days, 0 overdue and 0 that may grow."


def test_limits_come_from_the_settings(tmp_path):
    (tmp_path / "accounts.csv").write_text("account_id,signed_up_at\nA-1,2020-01-05T09:00Z\n")
    (tmp_path / "cxlib.toml").write_text(
        "[health.renewals]\ndays = 30\n[health.expansion]\ncoverage_min = 0.95\nrenewal_days = [1, 9]\n"
    )
    limits = limits_of(load(tmp_path).settings)
    assert limits == Limits(30.0, 0.95, (1.0, 9.0), 90.0)
    scores = scored({"a": 90, "b": 90})
    found = find_opportunities_in(scores, scores, table_of(a=31, b=5), limits=limits)
    assert found.renewals["account_id"].tolist() == ["b"]
    assert found.expansion.empty
    assert expansions(days=5, coverage=96, limits=limits) == ["a"]
    (tmp_path / "cxlib.toml").write_text("[health.expansion]\nrenewal_days = [180, 30]\n")
    with pytest.raises(ConfigError, match=re.escape("health.expansion.renewal_days: found 180 before 30")):
        limits_of(load(tmp_path).settings)


def test_the_defaults_are_those_of_the_settings(tmp_path):
    (tmp_path / "accounts.csv").write_text("account_id,signed_up_at\nA-1,2020-01-05T09:00Z\n")
    assert limits_of(load(tmp_path).settings) == Limits()


def test_customers_have_no_renewals():
    scores = scored({"a": 90})
    customers = type(scores)(scores.table, scores.contributions, 60.0, "customer_id", None, AS_OF, "")
    with pytest.raises(UsageError, match=re.escape("health.unit: found 'customer_id', expected accounts")):
        find_opportunities_in(customers, None, table_of(a=10))


def test_inputs_are_left_as_they_are():
    scores, frame = scored({"a": 90}), table_of(a=10)
    copies = scores.table.copy(), frame.copy()
    find_opportunities_in(scores, scores, frame, churn={"a": 0.1})
    pd.testing.assert_frame_equal(scores.table, copies[0])
    pd.testing.assert_frame_equal(frame, copies[1])
