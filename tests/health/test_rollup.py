"""Roll-ups: who left is told, six accounts are not ranked raw, a parent is not averaged with its children."""

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxlib.errors import UnknownNameError, UsageError
from cxlib.health.rollup import roll_up
from cxlib.stats.portfolio import PARTS
from tests.health.board import accounts, scored

TEN = [chr(ord("a") + place) for place in range(10)]
LEFT = pd.Timestamp("2020-02-10", tz="UTC")


def codes(found):
    return [caveat.code for caveat in found.caveats]


def test_a_team_that_improves_because_an_unhappy_account_left_says_so_first():
    before = scored(dict.fromkeys(TEN, 80) | {"j": 20})
    after = scored(dict.fromkeys(TEN[:9], 80))
    frame = accounts(csm=["Ann"] * 10, churned_at=[pd.NaT] * 9 + [LEFT])
    found = roll_up(after, frame, before=(before, frame))
    row = found.table.iloc[0]
    assert row["change"] == pytest.approx(6.0)
    assert row["lost"] == pytest.approx(6.0)
    assert found.text.splitlines()[0] == (
        "All accounts: +6.0 points, of which lost +6.0 points: accounts that left, "
        "from 74.0 points to 80.0 points."
    )
    assert "vanished" not in codes(found)
    assert "as_assigned_today" in codes(found)


def test_what_was_lost_is_told_too_where_it_hides_a_fall():
    before = scored(dict.fromkeys(TEN, 80) | {"j": 20})
    after = scored(dict.fromkeys(TEN[:9], 72))
    frame = accounts(team=["x"] * 10, churned_at=[pd.NaT] * 9 + [LEFT])
    found = roll_up(after, frame, by="team", before=(before, frame))
    assert found.text.splitlines()[0] == (
        "All accounts: −2.0 points, although lost alone made +6.0 points: accounts that left, "
        "from 74.0 points to 72.0 points (accounts that stayed fared otherwise −8.0 points)."
    )


@given(st.integers(0, 5_000), st.sampled_from([None, "arr"]))
def test_parts_sum_to_the_change_with_accounts_that_come_go_move_and_have_no_revenue(seed, weight):
    rng = np.random.default_rng(seed)
    ids = [f"A-{place}" for place in range(14)]

    def date():
        there = {one: rng.uniform(0, 100) for one in ids if rng.random() > 0.25}
        frame = pd.DataFrame({"account_id": ids, "team": rng.choice(["x", "y", "z"], len(ids))})
        frame["arr"] = np.where(rng.random(len(ids)) < 0.2, np.nan, rng.exponential(100, len(ids)))
        frame.loc[0, "arr"] = 5.0
        frame["parent_id"] = [None, *rng.choice([None, "A-0", "A-1"], len(ids) - 1)]
        return scored(there | {"A-5": 50.0}), frame

    past = date()
    found = roll_up(*date(), by="team", weight=weight, before=past)
    for table in (found.table, found.whole):
        known = table["change"].notna()
        total = table[list(PARTS)].sum(axis=1)
        assert (total - table["change"])[known].abs().max() < 1e-9 or not known.any()


def test_an_account_handed_over_is_moved_out_of_one_and_into_the_other():
    scores = scored({"a": 80, "b": 20, "c": 60})
    found = roll_up(
        scores,
        accounts(csm=["Ann", "Bob", "Bob"]),
        before=(scores, accounts(csm=["Ann", "Ann", "Bob"])),
    )
    table = found.table.set_index("group")
    assert table.loc["Ann", "moved_out"] == pytest.approx(30.0)
    assert table.loc["Bob", "moved_in"] == pytest.approx(-20.0)
    assert found.whole["change"][0] == pytest.approx(0.0)
    assert "as_assigned_today" not in codes(found)


def test_without_a_common_account_a_group_is_replaced_not_split():
    frame = accounts(team=["x", "x"])
    found = roll_up(scored({"b": 90}), frame, by="team", before=(scored({"a": 20}), frame))
    assert found.table["replaced"][0] == pytest.approx(70.0)
    assert np.isnan(found.table["lost"][0])
    assert found.text.startswith("All accounts: +70.0 points, replaced: no account is there on both dates")
    assert "vanished" in codes(found)


def test_a_parent_is_never_averaged_with_its_children():
    frame = accounts(csm=["Ann"] * 4, parent_id=[None, "a", "a", "a"])
    found = roll_up(scored({"a": 100, "b": 50, "c": 50, "d": 50}), frame)
    assert found.table[["accounts", "score"]].to_numpy() == pytest.approx(np.array([[3, 50.0]]))
    assert [c.text for c in found.caveats if c.code == "parents"] == [
        "1 account left out, to which others with a score belong: leaves only."
    ]


def test_a_parent_whose_children_have_no_score_counts():
    frame = accounts(csm=["Ann"] * 2, parent_id=[None, "a"])
    assert roll_up(scored({"a": 100}), frame).table["score"].tolist() == [100.0]


def test_revenue_weighs_and_accounts_without_it_are_left_out_and_counted():
    frame = accounts(csm=["Ann"] * 3, arr=[300.0, 100.0, np.nan])
    found = roll_up(scored({"a": 90, "b": 50, "c": 10}), frame, weight="arr")
    row = found.table.iloc[0]
    assert row["score"] == pytest.approx(80.0)
    assert row[["accounts", "without_arr"]].tolist() == [3, 1]
    bands = row[["champion_accounts", "champion_arr", "danger_accounts", "danger_arr"]]
    assert bands.tolist() == pytest.approx([100 / 3, 75.0, 100 / 3, 0.0])
    assert "without_arr" in codes(found)


def test_bands_are_the_models_and_insufficient_data_is_a_number():
    found = roll_up(
        scored({"a": 90, "b": 50}, bands={"b": "insufficient_data"}), accounts(csm=["Ann", "Ann"])
    )
    assert found.table[["insufficient_data", "champion_accounts"]].to_numpy().tolist() == [[1, 50.0]]


def test_groups_within_each_others_intervals_are_not_distinguishable():
    scores = dict(zip(TEN, [50, 60, 70, 80, 90] * 2, strict=True))
    found = roll_up(scored(scores), accounts(csm=["Ann"] * 5 + ["Bob"] * 5))
    assert found.table["overlaps"].tolist() == [1, 1]
    assert found.text.endswith("The 2 groups by csm are not distinguishable: all their intervals overlap.")


def test_six_accounts_do_not_lead_the_league():
    rng = np.random.default_rng(5)
    ids = [f"A-{place:03d}" for place in range(126)]
    frame = pd.DataFrame({"account_id": ids, "csm": ["Six"] * 6 + ["Many"] * 60 + ["More"] * 60})
    values = np.concatenate([rng.normal(75, 20, 6), rng.normal(72, 5, 60), rng.normal(50, 5, 60)])
    found = roll_up(scored(dict(zip(ids, values.clip(0, 100), strict=True))), frame)
    table = found.table.set_index("group")
    assert table.loc["Six", "shrunken"] < table.loc["Six", "score"] or table.loc["Six", "overlaps"] >= 1
    assert table.loc["More", "overlaps"] == 0
    assert "Distinct from every other: More." in found.text


def test_an_account_without_a_manager_is_in_a_group_of_its_own():
    found = roll_up(scored({"a": 90, "b": 50}), accounts(csm=["Ann", None]))
    assert found.table["group"].tolist() == ["(none)", "Ann"] or found.table["group"].tolist() == [
        "Ann",
        "(none)",
    ]


def test_no_account_is_no_error():
    found = roll_up(scored({}), accounts(csm=["Ann"]))
    assert found.text == "No account has a score."
    assert found.table.empty


def test_an_unknown_column_and_a_missing_revenue_are_refused():
    frame = accounts(csm=["Ann"], region=["uk"])
    with pytest.raises(
        UnknownNameError, match=re.escape("by: found 'regoin', expected one of csm or region.")
    ):
        roll_up(scored({"a": 90}), frame, by="regoin")
    with pytest.raises(UsageError, match=re.escape("weight: found 'arr', of which no account has any")):
        roll_up(scored({"a": 90}), frame, weight="arr")
    with pytest.raises(UnknownNameError, match=re.escape("weight: found 'seats', expected arr, or nothing")):
        roll_up(scored({"a": 90}), frame, weight="seats")
    with pytest.raises(UsageError, match=re.escape("accounts: found a table without account_id")):
        roll_up(scored({"a": 90}), frame.drop(columns="account_id"))


def test_inputs_are_left_as_they_are():
    scores, frame = scored({"b": 90, "a": 50}), accounts(csm=["Ann", "Bob"], parent_id=[None, "a"])
    copies = scores.table.copy(), frame.copy()
    roll_up(scores, frame, before=(scores, frame))
    pd.testing.assert_frame_equal(scores.table, copies[0])
    pd.testing.assert_frame_equal(frame, copies[1])
