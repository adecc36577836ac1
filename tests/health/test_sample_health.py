"""Health of the accounts of the sample: what is known when, what moves a score, and what is only heard of."""

import numpy as np
import pandas as pd
import pytest

import cxlib as cx
from cxlib.health.configuration import configured
from cxlib.health.movement import PARTS
from cxlib.health.panel import account_months
from cxlib.health.rollup import roll_up
from cxlib.health.score import score_health
from cxlib.stats.portfolio import PARTS as GROUP_PARTS
from tests.health.cut_data import changed, cut, frames, reload

BEFORE, DAY = "2020-02-01", "2020-03-01"
MODEL = ["account_id", "score", "lower", "upper", "base", "coverage", "band_model", "may_be", "status"]


@pytest.fixture(scope="module")
def then(sample):
    return sample.at(BEFORE)


@pytest.fixture(scope="module")
def now(sample):
    return sample.at(DAY)


@pytest.fixture(scope="module")
def scores(now):
    return cx.score_health(now)


@pytest.fixture(scope="module")
def movement(now):
    return cx.compare_health(now, before=BEFORE)


def same(one, other):
    pd.testing.assert_frame_equal(one, other, check_exact=True)


def test_what_is_dated_later_changes_no_score(sample, now, scores, sample_dir):
    """Later answers, contacts, sign-ins, overrides and departures are cut out of the tables themselves."""
    given = cut(sample, DAY)
    everything = frames(sample)
    fewer = {name for name, frame in given.items() if len(frame) < len(everything[name])}
    assert fewer >= {"surveys", "tickets", "activity", "accounts", "overrides"}
    assert given["accounts"]["churned_at"].notna().sum() < everything["accounts"]["churned_at"].notna().sum()
    assert given["surveys"]["score"].notna().sum() < now.frame("surveys")["score"].size
    alone = cx.score_health(reload(sample, given, sample_dir / "cxlib.toml", as_of=DAY))
    same(alone.table, scores.table)
    same(alone.contributions, scores.contributions)
    assert alone.base == scores.base


def test_no_override_moves_a_score(sample, scores):
    overrides = frames(sample, ["overrides"])["overrides"]
    other = overrides.assign(
        band=overrides["band"].map(lambda band: "danger" if band == "champion" else "champion"),
        set_at=pd.Timestamp("2020-02-28", tz="UTC"),
        expires_at=pd.Timestamp("2020-05-28", tz="UTC"),
    )
    for frame in (None, other):
        found = cx.score_health(changed(sample, "overrides", frame).at(DAY))
        same(found.table[MODEL], scores.table[MODEL])
        same(found.contributions, scores.contributions)
        assert not found.table["band_effective"].equals(scores.table["band_effective"])
    assert (scores.table["band_effective"] != scores.table["band_model"]).any()


def test_no_override_is_among_the_features(sample):
    """Neither by name nor by value: the account-months are the same without the table."""
    first = pd.Timestamp("2020-05-01").date()
    found, without = (
        account_months(data, start=first) for data in (sample, changed(sample, "overrides", None))
    )
    assert found.metrics == tuple(one.name for one in configured(sample.settings).metrics)
    assert found.x.shape == (found.day.size, len(found.metrics))
    for name, values in vars(found).items():
        if isinstance(values, np.ndarray):
            np.testing.assert_array_equal(values, getattr(without, name), err_msg=name)
        else:
            assert values == getattr(without, name), name


def test_the_parts_of_a_movement_sum_while_accounts_come_and_go(movement):
    assert movement.came
    assert movement.left
    table = movement.table
    np.testing.assert_allclose(table[list(PARTS)].sum(axis=1), table["change"], rtol=0, atol=1e-9)
    np.testing.assert_allclose(table["after"] - table["before"], table["change"], rtol=0, atol=1e-9)
    assert (table[["value", "freshness", "arrived", "gone"]] != 0).any().all()
    assert (table["redefinition"] == 0).all()
    by_account = movement.metrics.groupby("account_id")[list(PARTS)].sum()
    np.testing.assert_allclose(by_account.loc[table["account_id"]], table[list(PARTS)], rtol=0, atol=1e-9)


def test_another_definition_is_a_part_of_its_own(sample):
    """Weights turned round, a metric less, and other references before."""
    given, quiet = configured(sample.settings), sample.at("2019-11-01")
    weights = {one.name: weight for one, weight in zip(given.metrics, [5, 10, 30, 15, 40], strict=True)}
    earlier = given.with_weights(weights).only([one.name for one in given.metrics if one.name != "csat"])
    found = cx.compare_health(quiet, before="2019-10-01", earlier=earlier)
    table = found.table
    np.testing.assert_allclose(table[list(PARTS)].sum(axis=1), table["change"], rtol=0, atol=1e-9)
    assert table["redefinition"].abs().median() > 1
    assert set(found.before.configuration.weights) != set(found.after.configuration.weights)


@pytest.mark.parametrize("weight", [None, "arr"])
def test_the_parts_of_a_roll_up_sum_with_accounts_handed_over(then, now, movement, weight):
    before, after = then.frame("accounts"), now.frame("accounts")
    managers = np.sort(after["csm"].unique())
    handed = after.index[::17]
    place = np.searchsorted(managers, after.loc[handed, "csm"].to_numpy())
    after.loc[handed, "csm"] = managers[(place + 1) % len(managers)]
    found = roll_up(movement.after, after, by="csm", weight=weight, before=(movement.before, before))
    for table in (found.table, found.whole):
        parts = table[list(GROUP_PARTS)].fillna(0).sum(axis=1)
        np.testing.assert_allclose(parts, table["change"], rtol=0, atol=1e-9)
    assert (found.table[["within", "new", "moved_in", "lost", "moved_out"]].abs() > 1e-3).any().all()
    assert found.whole.loc[0, ["moved_in", "moved_out"]].tolist() == [0, 0]


def test_the_lift_of_a_danger_account_that_left_is_all_in_lost(now, scores):
    """One account of the worst leaves: nobody else fares any better for it."""
    worst = scores.table[scores.table["band_model"] == "danger"].sort_values("score").iloc[0]
    gone = now.everything["accounts"].to_pandas()
    gone.loc[gone["account_id"] == worst["account_id"], "churned_at"] = pd.Timestamp("2020-02-29", tz="UTC")
    later = changed(now, "accounts", gone)
    after = score_health(later, configuration=scores.configuration)
    assert set(scores.table["account_id"]) - set(after.table["account_id"]) == {worst["account_id"]}
    before = (scores, now.frame("accounts"))
    found = roll_up(after, later.frame("accounts"), by="csm", before=before)
    rest = scores.table.loc[scores.table["account_id"] != worst["account_id"], "score"]
    lift = (rest.mean() - worst["score"]) / len(scores.table)
    whole = found.whole.iloc[0]
    assert whole["lost"] == pytest.approx(lift, abs=1e-9)
    assert whole["change"] == pytest.approx(lift, abs=1e-9)
    others = [name for name in GROUP_PARTS if name not in {"lost", "replaced"}]
    np.testing.assert_allclose(whole[others].astype(float), 0, atol=1e-9)
    manager = gone.set_index("account_id").loc[worst["account_id"], "csm"]
    by = found.table.set_index("group")["lost"]
    assert by[manager] > 0
    assert (by.drop(manager) == 0).all()


def test_what_left_between_two_months_is_lost_as_the_formula_says(then, now, movement):
    found = roll_up(
        movement.after, now.frame("accounts"), by="csm", before=(movement.before, then.frame("accounts"))
    )
    score = movement.before.table.set_index("account_id")["score"]
    stay = score.drop(list(movement.left)).mean()
    lost = sum((stay - score[name]) / len(score) for name in movement.left)
    assert found.whole.loc[0, "lost"] == pytest.approx(lost, abs=1e-9)


def test_the_audience_that_changed_is_told_beside_the_score(movement):
    """R-118 asked others, and nobody fares worse for it."""
    assert movement.coverage.table.set_index("metric").loc["nps", "fell"]
    top = movement.coverage.found["nps"].table.iloc[0]
    assert top["change_id"] == "R-118"
    text = movement.coverage.text
    assert "Who is heard of changed, which is not how they fare" in text
    assert "The change log on NPS: NPS fell 21.4 points from 4 February 2020 because the audience" in text
    assert "R-118" in text
    assert text in movement.text


@pytest.mark.parametrize(("before", "day"), [("2019-10-01", "2019-11-01"), ("2019-08-01", "2019-09-01")])
def test_a_month_in_which_as_many_are_heard_of_names_no_change(sample, before, day):
    found = cx.compare_health(sample.at(day), before=before)
    assert not found.coverage.table["fell"].any()
    assert found.coverage.found == {}
    assert found.coverage.text == ""
    assert "change log" not in found.text


def test_references_of_the_earlier_date_hold_for_both(movement):
    """Or history would drift with the portfolio."""
    first, second = ([one.ref for one in part.configuration.metrics]
                     for part in (movement.before, movement.after))  # fmt: skip
    assert first == second
    assert movement.before.base == movement.after.base
