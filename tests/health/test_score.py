import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import cxlib as cx
from cxlib.health.configuration import configured
from cxlib.health.explain import explain_score
from cxlib.stats.desirability import band, down, points, reach, up
from cxlib.stats.scorecard import reliability, scored
from tests.health.accounts import AS_OF, CONFIGURATION, portfolio, tables

FREE = st.floats(allow_nan=True, allow_infinity=True)
SHARES = st.floats(0, 1)


@st.composite
def scorecards(draw):
    rows, measures = draw(st.integers(1, 6)), draw(st.integers(1, 5))
    matrix = (rows, measures)
    given_weights = draw(arrays.arrays(float, measures, elements=st.floats(0.01, 100)))
    d = draw(arrays.arrays(float, matrix, elements=FREE))
    d = np.where(np.isnan(d), np.nan, np.clip(d, 0, 1))
    r = np.where(np.isnan(d), 0.0, draw(arrays.arrays(float, matrix, elements=SHARES)))
    return {
        "d": d,
        "r": r,
        "weight": given_weights / given_weights.sum(),
        "reference": draw(arrays.arrays(float, measures, elements=SHARES)),
        "below": draw(arrays.arrays(float, matrix, elements=FREE.map(abs))),
        "above": draw(arrays.arrays(float, matrix, elements=FREE.map(abs))),
        "sd": draw(arrays.arrays(float, measures, elements=st.floats(0, 0.5))),
        "missing": draw(st.sampled_from(["reference", "reweight"])),
    }


def frozen() -> str:
    """The configuration with references."""
    text = CONFIGURATION
    for name in ("nps", "csat", "login_days", "ticket_volume"):
        text = text.replace(f"[health.metrics.{name}]\n", f"[health.metrics.{name}]\nref = 0.6\nsd = 0.2\n")
    return text


@given(scorecards())
@settings(max_examples=300)
def test_scores_are_bounded_and_contributions_sum(card):
    found = scored(card.pop("d"), card.pop("r"), **card)
    assert ((found.score >= 0) & (found.score <= 100)).all()
    np.testing.assert_allclose(found.base + found.contribution.sum(axis=1), found.score, rtol=0, atol=1e-9)
    lower, upper = found.interval
    assert (lower <= found.score).all()
    assert (found.score <= upper).all()
    assert (found.below_sampling <= found.below + 1e-12).all()
    assert (found.above_sampling <= found.above + 1e-12).all()


@given(scorecards(), st.data())
@settings(max_examples=100)
def test_dropping_a_measure_moves_the_score_towards_base_by_its_contribution(card, data):
    card["missing"] = "reference"
    measure = data.draw(st.integers(0, card["d"].shape[1] - 1))
    before = scored(**card)
    d, r = card["d"].copy(), card["r"].copy()
    d[:, measure], r[:, measure] = np.nan, 0.0
    after = scored(**{**card, "d": d, "r": r})
    np.testing.assert_allclose(before.score - after.score, before.contribution[:, measure], atol=1e-9)
    lost = card["weight"][measure] * card["r"][:, measure]
    np.testing.assert_allclose(before.coverage - after.coverage, lost, atol=1e-12)


def test_golden_score():
    age = np.array([[180, 30, np.nan, 0, 0]])
    r = reliability(age, np.ones((1, 5)), np.array([365, 365, 365, np.inf, np.inf]), np.zeros(5))
    found = scored(
        np.array([[0.9, 0.8, np.nan, 0.5, 0.3]]),
        r,
        weight=np.array([0.25, 0.25, 0.1, 0.25, 0.15]),
        reference=np.array([0.76, 0.70, 0.60, 0.55, 0.70]),
        below=np.zeros((1, 5)),
        above=np.zeros((1, 5)),
        sd=np.full(5, 0.2),
    )
    assert found.base[0] == pytest.approx(66.75, abs=1e-9)
    np.testing.assert_allclose(found.contribution[0], [2.486651, 2.361554, 0, -1.25, -6], atol=5e-7)
    assert found.score[0] == pytest.approx(64.348205, abs=5e-7)
    assert found.coverage[0] == pytest.approx(0.813774, abs=1e-6)
    assert found.below[0] == found.above[0] > 0


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=2, unique=True), FREE, FREE)
def test_better_along_a_shape_is_never_worse(ends, a, b):
    lo, hi = sorted(ends)
    low, high = sorted([a, b], key=lambda x: (math.isnan(x), x))
    if math.isnan(high) or hi - lo < 1e-9:
        return
    assert up(lo, hi)(low) <= up(lo, hi)(high)
    assert down(lo, hi)(low) >= down(lo, hi)(high)
    assert down(1, 50, log=True)(low) >= down(1, 50, log=True)(high)


def test_a_band_rises_then_falls_and_none_is_worse_than_some():
    shape = band([0, 20, 60, 200], lo_floor=0.3)
    found = shape(np.linspace(0, 300, 301))
    assert (np.diff(found[:21]) >= 0).all()
    assert (np.diff(found[60:]) <= 0).all()
    assert found[0] == 0.3 < found[10] < found[40] == 1
    assert found[-1] == 0
    assert band([0, 0, 60, 200], lo_floor=0.3)([-1, 0, 30]).tolist() == [0.3, 1.0, 1.0]


def test_an_interval_across_a_corner_knows_the_top():
    below, above = reach(band([0, 20, 60, 200]), *(np.array([x]) for x in (130.0, 0.0, 200.0)))
    assert (below[0], above[0]) == pytest.approx((0.5, 0.5))
    below, above = reach(band([0, 20, 60, 200]), *(np.array([x]) for x in (40.0, 10.0, 90.0)))
    assert (below[0], above[0]) == pytest.approx((0.5, 0.0))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: up(5, 5), "below the upper"),
        (lambda: down(0, 5, log=True), "above 0"),
        (lambda: band([0, 3, 2, 5]), "ascending"),
        (lambda: band([1, 1, 1, 1]), "ascending"),
        (lambda: band([0, 1, 2, 3], lo_floor=1.5), "0 to 1"),
        (lambda: points([[1, 0.5]]), "two points"),
        (lambda: points([[1, 0.5], [1, 0.7]]), "increasing"),
        (lambda: points([[1, 0.5], [2, 7]]), "0 to 1"),
    ],
)
def test_impossible_shapes_are_refused(make, words):
    with pytest.raises(cx.CxError, match=words):
        make()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("weight = 30\nshape = { up = [-", "weight = -3\nshape = { up = [-"), r"nps\.weight: found -3"),
        (("[health.metrics.csat]", "[health.metrics.cast]"), r"Did you mean 'csat'"),
        (("{ up = [0, 60] }", "{ up = [60, 0] }"), r"health\.metrics\.login_days\.shape\.up"),
        (("{ up = [0, 60] }", "{ up = [0, 60], log = true }"), r"login_days\.shape: found up, log"),
        (("half_life_days = 365", "half_life_days = 365\nref = 0.7"), r"nps: found ref 0\.7, sd missing"),
        (('unit = "account_id"', 'bands = { healthy = 90 }'), r"health\.bands"),
    ],
)  # fmt: skip
def test_a_wrong_configuration_names_its_key(tmp_path, change, words):
    assert change[0] in CONFIGURATION
    with pytest.raises(cx.CxError, match=words) as told:
        cx.score_health(portfolio(tmp_path, settings=CONFIGURATION.replace(*change)))
    assert told.value.exit_code == 2


def test_scores_of_data(tmp_path):
    scores = cx.score_health(portfolio(tmp_path))
    table = scores.table.set_index("account_id")
    parts = scores.contributions
    sums = parts["contribution"].to_numpy().reshape(len(table), -1).sum(axis=1)
    np.testing.assert_allclose(table["base"] + sums, table["score"], atol=1e-9)
    assert table["score"].between(0, 100).all()
    assert (table["lower"] <= table["upper"]).all()
    one = parts.set_index(["account_id", "metric"])
    assert one.loc[("A-01", "nps"), "status"] == "no_data"
    assert one.loc[("A-01", "nps"), "contribution"] == 0
    assert one.loc[("A-02", "ticket_volume"), ["value", "d", "status"]].tolist() == [0.0, 0.3, "ok"]
    assert table.loc["A-03", "status"] == "new"
    assert (table["status"] == "new").sum() == 1
    assert table.loc["A-01", "coverage"] == pytest.approx(50)  # logins and tickets
    assert {"not_frozen", "independent_metrics"} == {caveat.code for caveat in scores.caveats}


def test_values_are_those_that_measure_tells(tmp_path):
    data = portfolio(tmp_path, {**tables(), "customers": pd.DataFrame({"customer_id": ["x"]})})
    scores = cx.score_health(data)
    surveys = data.frame("surveys")
    mine = surveys[(surveys["account_id"] == "A-05") & (surveys["kind"] == "nps")]
    alone = cx.load({"surveys": mine}, as_of=AS_OF)
    told = cx.measure(alone, "nps", freq="Y", start="2019-01-01", end="2020-01-01").table.iloc[0]
    row = scores.contributions.set_index(["account_id", "metric"]).loc[("A-05", "nps")]
    assert row["value"] == pytest.approx(told["value"])
    assert row["n"] == told["n"]
    d = (told[["lower", "upper"]].astype(float) + 100) / 200
    assert row[["below", "above"]].tolist() == pytest.approx([row["d"] - d.iloc[0], d.iloc[1] - row["d"]])


def test_a_newcomer_is_not_blamed_for_days_before_it_came(tmp_path):
    scores = cx.score_health(portfolio(tmp_path)).contributions.set_index(["account_id", "metric"])
    row = scores.loc[("A-03", "login_days")]
    assert row["n"] < 16
    assert 25 < row["value"] < 65


def test_what_happens_later_changes_no_score(tmp_path):
    given = tables()
    before = cx.score_health(portfolio(tmp_path, given))
    later = {name: frame.copy() for name, frame in given.items()}
    tail = later["surveys"].tail(20).copy()
    tail["survey_id"] = [f"L{i}" for i in range(20)]
    tail["sent_at"] = tail["responded_at"] = "2020-01-05T09:00Z"
    later["surveys"] = pd.concat([later["surveys"], tail])
    ticket = pd.DataFrame(
        {"ticket_id": ["late"], "created_at": ["2020-01-01T00:00Z"], "account_id": ["A-02"]}
    )
    later["tickets"] = pd.concat([later["tickets"], ticket])
    later["accounts"].loc[later["accounts"]["account_id"] == "A-05", "churned_at"] = "2020-01-09T09:00Z"
    data = portfolio(tmp_path, later)
    after = cx.score_health(data)
    assert sum(check.out_of_period for check in data.checks.values()) == 21
    pd.testing.assert_frame_equal(before.table, after.table)
    pd.testing.assert_frame_equal(before.contributions, after.contributions)


def test_a_dead_feed_lowers_coverage_and_turns_nobody_red(tmp_path):
    given = tables()
    given["activity"] = given["activity"][given["activity"]["date"] < "2019-09-20"]
    before = cx.score_health(portfolio(tmp_path, settings=frozen()))
    after = cx.score_health(portfolio(tmp_path, given, settings=frozen()))
    assert (after.contributions.query("metric == 'login_days'")["status"] == "no_feed").all()
    (told,) = [caveat.text for caveat in after.caveats if caveat.code == "feed_ended"]
    assert (
        told == "activity ends 19 September 2019: login_days is unknown for everybody, and counts for nobody."
    )
    np.testing.assert_allclose(before.table["coverage"] - after.table["coverage"], 30)
    moved = before.contributions.query("metric == 'login_days'")["contribution"].to_numpy()
    np.testing.assert_allclose(before.table["score"] - after.table["score"], moved, atol=1e-9)
    assert (after.table["band_model"] == "danger").mean() < 0.5


def test_a_feed_that_ended_within_the_window_counts_for_the_days_that_it_covers(tmp_path):
    given = tables()
    given["activity"] = given["activity"][given["activity"]["date"] < "2019-12-01"]
    value = cx.score_health(portfolio(tmp_path, given)).contributions.query("metric == 'login_days'")["value"]
    assert value.dropna().mean() == pytest.approx(45, abs=6)


def test_an_account_that_left_has_no_score(tmp_path):
    given = tables()
    given["accounts"].loc[0, "churned_at"] = "2019-12-01T09:00Z"
    data = portfolio(tmp_path, given)
    assert "A-01" not in set(cx.score_health(data).table["account_id"])
    assert "A-01" in set(cx.score_health(data.at("2019-11-30")).table["account_id"])


def test_frozen_references_keep_history(tmp_path):
    data = portfolio(tmp_path, settings=frozen())
    scores = cx.score_health(data)
    assert scores.base == pytest.approx(60)
    assert "not_frozen" not in {caveat.code for caveat in scores.caveats}
    assert configured(data.settings).hash == scores.configuration.hash


def test_a_metric_that_the_data_lack_is_dropped_and_told(tmp_path):
    given = tables()
    del given["tickets"]
    scores = cx.score_health(portfolio(tmp_path, given))
    assert scores.configuration.weights.sum() == pytest.approx(1)
    assert len(scores.configuration.metrics) == 3
    (told,) = [caveat.text for caveat in scores.caveats if caveat.code == "metric_dropped"]
    assert "ticket_volume" in told


def test_usage_without_accounts_is_no_usage_of_accounts(tmp_path):
    given = tables()
    given["activity"] = given["activity"].drop(columns="account_id")
    told = [c.text for c in cx.score_health(portfolio(tmp_path, given)).caveats if c.code == "metric_dropped"]
    assert told == ["login_days is not part of the score: activity has no account_id."]


def test_one_metric_above_half_is_told(tmp_path):
    heavy = CONFIGURATION.replace("weight = 30\nshape = { up = [-100", "weight = 99\nshape = { up = [-100")
    codes = {caveat.code for caveat in cx.score_health(portfolio(tmp_path, settings=heavy)).caveats}
    assert "dominant_metric" in codes


def test_an_explanation_sums_and_lists_what_is_missing(tmp_path):
    scores = cx.score_health(portfolio(tmp_path))
    told = explain_score(scores, "A-01")
    assert told.base + told.table["contribution"].sum() == pytest.approx(told.score, abs=1e-9)
    assert told.table["status"].tolist()[-2:] == ["no_data", "no_data"]
    assert "No data: NPS and CSAT; coverage 50.0%" in told.text
    with pytest.raises(cx.CxError, match="Did you mean 'A-"):
        explain_score(scores, "A-0")
