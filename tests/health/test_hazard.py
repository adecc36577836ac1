import re
from dataclasses import replace

import numpy as np
import pytest

from cxlib.errors import UsageError
from cxlib.health.at_risk import months_at_risk, tenure_months
from cxlib.health.fading import Fading
from cxlib.health.hazard import forecast
from cxlib.health.hazard_model import MetricHazard, TenureHazard, fit_hazard
from cxlib.health.horizon import judge_horizon
from cxlib.health.shape_test import compare_shapes_of
from cxlib.stats.hazard import TenureSpline, survival_interval, survival_of, tenure_spline
from tests.health.panel import make_panel, month_starts, of_accounts

STARTS = month_starts(30)


@pytest.fixture(scope="module")
def found(panel):
    return forecast(panel)


def with_churners(panel, churned):
    keep = ~np.isfinite(panel.churned)
    keep[np.flatnonzero(np.isfinite(panel.churned))[:churned]] = True
    return of_accounts(panel, keep)


def test_the_splines_hold_the_intercept():
    spline = TenureSpline(1.0, 72.0, (3.0, 12.0, 36.0))
    months = np.linspace(0, 90, 200)
    assert spline.columns == 7
    assert np.allclose(spline.basis(months).sum(axis=1), 1)
    assert np.allclose(spline.basis([72.0]), spline.basis([90.0]))


def test_the_splines_reach_no_further_than_what_was_seen():
    assert tenure_spline([5.0, 30.0]) == TenureSpline(5.0, 30.0, (12.0,))
    assert tenure_spline([5.0, 5.5]).basis([1.0, 9.0]).tolist() == [[1.0], [1.0]]


def test_survival_is_the_product_and_its_interval_contains_it():
    survival = survival_of([[0.1, 0.2]])
    assert survival == pytest.approx(np.array([[0.9, 0.72]]))
    lower, upper = survival_interval(survival, np.full((1, 2), 0.01))
    assert (lower < survival).all()
    assert (survival < upper).all()
    assert np.array(survival_interval([0.0, 1.0], [1.0, 1.0])).tolist() == [[0.0, 1.0], [0.0, 1.0]]


def test_each_account_leaves_once_and_the_running_month_is_left_out(panel):
    at_risk = months_at_risk(panel)
    assert at_risk.churned == np.unique(panel.account[at_risk.rows[at_risk.event]]).size
    assert panel.day[at_risk.rows].max() == STARTS[29]
    earlier = months_at_risk(panel, end=int(STARTS[10]) + 5)
    assert panel.day[earlier.rows].max() == STARTS[9]
    last = panel.day[at_risk.rows][at_risk.last]
    assert np.unique(last).tolist() == STARTS[27:30].tolist()


def test_accounts_enter_with_their_first_snapshot_at_the_tenure_they_have(panel):
    first = panel.day == panel.day.min()
    assert tenure_months(panel)[first].max() > 40
    at_risk = months_at_risk(panel)
    assert panel.day[at_risk.rows].min() == panel.day.min()


def test_the_forecast_is_of_those_who_are_there(panel, found):
    there = np.flatnonzero(~np.isfinite(panel.churned))
    assert found.table["account_id"].tolist() == [panel.accounts[place] for place in there]
    assert found.survival.shape == (there.size, 12)
    assert (np.diff(found.survival, axis=1) <= 0).all()
    assert (found.curves["lower"] <= found.curves["survival"]).all()
    assert (found.curves["survival"] <= found.curves["upper"]).all()
    assert found.basis == "metrics and tenure"
    assert found.table["survival"].to_numpy() == pytest.approx(found.survival[:, -1])
    assert f"{found.churned_accounts:,}".replace(",", "\u2009") in found.text


def test_the_unhealthy_are_forecast_to_leave(panel, found):
    now = panel.day == panel.day.max()
    assert np.corrcoef(panel.score[now], found.survival[:, -1])[0, 1] > 0.6


def test_the_horizon_is_calibrated_within_four_hundredths_by_third(found):
    apart = (found.calibration["predicted"] - found.calibration["observed"]).abs()
    assert found.calibration["risk"].tolist() == ["high", "middle", "low"]
    assert found.calibration["months"].eq(12).all()
    assert (apart <= 0.04).all()
    assert "calibration_off" not in [caveat.code for caveat in found.caveats]


@pytest.mark.slow
def test_over_many_panels_the_horizon_is_calibrated_and_worse_without_fading():
    apart, held = [], []
    for seed in range(1, 21):
        panel = make_panel(seed=seed)
        table = judge_horizon(panel, horizon_months=12)
        apart.append(table["predicted"] - table["observed"])
        begin = STARTS[18]
        model = replace(fit_hazard(panel, months_at_risk(panel, end=int(begin) + 1)), fading=Fading())
        now = panel.day == begin
        survival = model.curves(panel.x[now], tenure_months(panel)[now], 12).survival[:, -1]
        third = np.searchsorted(np.quantile(survival, [1 / 3, 2 / 3]), survival)
        means = np.bincount(third, weights=survival) / np.bincount(third)
        held.append(means - table["observed"].to_numpy())
    off, off_held = (np.abs(np.mean(rows, axis=0)) for rows in (apart, held))
    assert (off <= 0.04).all()
    assert off.mean() < off_held.mean()


def test_the_chance_of_leaving_by_a_day_rises_to_that_of_the_horizon(found):
    accounts = len(found.table)
    year = found.churn_by(np.full(accounts, found.day + 365.25))
    assert year == pytest.approx(found.table["churn_probability"].to_numpy())
    half = found.churn_by(np.full(accounts, found.day + 182.625))
    assert half == pytest.approx(1 - found.survival[:, 5])
    assert (found.churn_by(np.full(accounts, found.day - 10.0)) == 0).all()
    assert np.isnan(found.churn_by(np.full(accounts, found.day + 400.0))).all()
    assert np.isnan(found.churn_by(np.full(accounts, np.nan))).all()


def test_tenure_beyond_the_longest_seen_is_held_flat_and_said(panel, found):
    model = fit_hazard(panel, months_at_risk(panel))
    assert isinstance(model, MetricHazard)
    long, longer = (model.curves(panel.x[:1], np.array([months]), 1).survival for months in (200.0, 300.0))
    assert long == pytest.approx(longer)
    assert {"metrics_held", "tenure_beyond"} <= {caveat.code for caveat in found.caveats}


def test_what_metrics_say_fades_in_the_panel(panel):
    model = fit_hazard(panel, months_at_risk(panel))
    assert isinstance(model, MetricHazard)
    assert 0.4 < model.fading.share(11) < 0.9


def test_below_ten_churners_the_base_rate_by_tenure_is_shown(panel):
    small = with_churners(panel, 9)
    found = forecast(small)
    assert found.basis == "tenure"
    assert "tenure_only" in [caveat.code for caveat in found.caveats]
    assert isinstance(fit_hazard(small, months_at_risk(small)), TenureHazard)
    shuffled = replace(small, x=np.random.default_rng(1).random(small.x.shape))
    assert forecast(shuffled).table["survival"].tolist() == found.table["survival"].tolist()
    rate = found.churned_accounts / found.account_months
    assert found.table["churn_probability"].mean() == pytest.approx(1 - (1 - rate) ** 12, abs=0.01)


def test_few_churners_have_a_line_in_log_tenure(panel):
    model = fit_hazard(small := with_churners(panel, 25), months_at_risk(small))
    assert isinstance(model, MetricHazard)
    assert not model.smooth
    assert model.coefficients.size == 5 + 2
    assert np.isfinite(forecast(small).table["lower"]).all()


def test_a_stretch_of_tenure_without_churn_breaks_nothing(panel):
    young = tenure_months(panel)[np.searchsorted(panel.account, np.arange(len(panel.accounts)))] < 20
    churned = np.where(young, np.nan, panel.churned)
    found = forecast(replace(panel, churned=churned))
    assert np.isfinite(found.curves["survival"]).all()
    assert np.isfinite(found.curves["lower"]).all()


def test_a_month_without_churn_leaves_the_level_and_says_so(panel):
    churned = np.where(panel.churned >= STARTS[26], np.nan, panel.churned)
    assert "not_refitted" in [caveat.code for caveat in forecast(replace(panel, churned=churned)).caveats]


def test_accounts_without_a_snapshot_are_counted(panel):
    grown = replace(
        panel,
        accounts=(*panel.accounts, "Z-1"),
        signed_up=np.append(panel.signed_up, panel.end - 3.0),
        churned=np.append(panel.churned, np.nan),
    )
    notes = {caveat.code: caveat.text for caveat in forecast(grown).caveats}
    assert notes["new_accounts"] == "1 account without a snapshot: no forecast."


def test_a_forecast_that_cannot_be_is_refused(panel):
    with pytest.raises(UsageError, match=re.escape("horizon_months: found 0, expected 1 to 60")):
        forecast(panel, horizon_months=0)
    with pytest.raises(UsageError, match="no month that is fully known"):
        forecast(replace(panel, end=int(panel.day.min()) + 1))


def test_a_bend_that_the_shape_lacks_is_found_and_one_it_has_is_not(panel):
    rng = np.random.default_rng(4)
    value = rng.uniform(0, 10, panel.day.size)
    at_risk = months_at_risk(panel)
    leaves = rng.random(at_risk.rows.size) < 0.004 + 0.03 * (np.abs(value[at_risk.rows] - 5) < 2)
    churned = np.full(len(panel.accounts), np.nan)
    rows = at_risk.rows[leaves][::-1]  # the first month of an account is written last
    churned[panel.account[rows]] = panel.day[rows] + 10.0
    planted = replace(panel, churned=churned)
    straight = compare_shapes_of(planted, "contact_rate", value=value, d=value / 10)
    assert straight.p < 1e-6
    assert straight.degrees == 3
    assert "bends otherwise" in straight.text
    middle = straight.table[straight.table["value"].between(4, 6)]
    ends = straight.table[~straight.table["value"].between(2, 8)]
    assert middle["spline"].min() > 2 * ends["spline"].max()
    right = compare_shapes_of(planted, "contact_rate", value=value, d=1 - np.exp(-((value - 5) ** 2) / 4))
    assert right.p > straight.p
    flat = compare_shapes_of(panel, "noise", value=value, d=value / 10)
    assert flat.p > 0.01
    assert "tells no more than the shape" in flat.text


def test_missing_values_are_left_out_and_too_few_churners_test_nothing(panel):
    value = np.where(panel.known[:, 0], panel.x[:, 0], np.nan)
    found = compare_shapes_of(panel, "nps", value=value, d=value)
    assert "missing_left_out" in [caveat.code for caveat in found.caveats]
    small = with_churners(panel, 12)
    few = compare_shapes_of(small, "nps", value=small.x[:, 0], d=small.x[:, 0])
    assert np.isnan(few.p)
    assert few.table.empty
    assert few.caveats[0].code == "too_few_churned"
    with pytest.raises(UsageError, match=re.escape("value, d of 'nps': found 1 and 1 rows")):
        compare_shapes_of(small, "nps", value=[1.0], d=[1.0])
