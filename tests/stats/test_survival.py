"""Survival: hand numbers, statsmodels, laws of censoring, and a help desk with open tickets."""

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.duration.survfunc import SurvfuncRight

from cxlib.errors import UsageError
from cxlib.stats.histogram import DurationBins, bin_number
from cxlib.stats.intervals import wilson_interval
from cxlib.stats.survival import kaplan_meier, restricted_mean, share_within, survival_quantile
from tests.strategies import observed_durations

HOUR = 3600.0


def rows(durations, ended, group=None):
    """A cell a row and a bin a value, so that nothing is lost."""
    durations = np.asarray(durations, dtype=float)
    group = np.zeros(durations.size, int) if group is None else group
    number = np.unique(durations, return_inverse=True)[1]
    return DurationBins(group, number, ended, np.ones(durations.size), durations, durations, durations)


def binned(seconds, ended, group=None, edge=np.inf):
    """What a query returns: a cell for each group, bin and kind of end; no cell straddles the edge."""
    group = np.zeros(seconds.size, int) if group is None else group
    number = bin_number(seconds) * 2 + (seconds > edge)
    frame = pd.DataFrame({"group": group, "bin": number, "ended": ended, "x": seconds})
    cells = frame.groupby(["group", "bin", "ended"])["x"].agg(["size", "sum", "min", "max"]).reset_index()
    return DurationBins(*(cells[name].to_numpy() for name in cells.columns))


def curve(durations, ended):
    return kaplan_meier(rows(durations, ended), groups=1)


FREIREICH = np.array([6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35])
RELAPSED = np.array([1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0], dtype=bool)


def test_the_leukaemia_trial_gives_the_published_curve_and_median():
    # 6-mercaptopurine arm of Freireich et al. (1963), as in Klein and Moeschberger (2003), tables 1.1 and 4.1
    remission = curve(FREIREICH, RELAPSED)
    np.testing.assert_allclose(
        remission.after.round(3), [0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448], atol=5e-4
    )
    value, lower, upper = survival_quantile(remission)
    assert (value[0], lower[0], upper[0]) == (23.0, 13.0, np.inf)


@pytest.mark.parametrize("q", [0.25, 0.5, 0.9])
@given(observed_durations())
def test_curve_quantile_and_interval_equal_statsmodels(q, observed):
    durations, ended = observed
    assume(ended.any() and not ended.all())
    reference = SurvfuncRight(durations, ended.astype(int))
    assume(not np.isclose(reference.surv_prob, 1 - q).any())  # there statsmodels takes the end, we the middle
    found = curve(durations, ended)
    np.testing.assert_allclose(found.after, reference.surv_prob[reference.n_events > 0], atol=1e-12)
    value, lower, upper = survival_quantile(found, q)
    np.testing.assert_array_equal(value, [reference.quantile(q)])
    with np.errstate(divide="ignore", invalid="ignore"):
        low, high = reference.quantile_ci(q)
    if np.isfinite(value[0]) and not np.isnan(low):
        assert (lower[0], upper[0]) == (min(low, value[0]), max(high, value[0]))


def test_a_curve_that_rests_on_one_half_has_its_median_in_the_middle():
    assert survival_quantile(curve([1, 2, 3, 4, 5, 6], [True, True, True, True, False, True]))[0] == [3.5]


@pytest.mark.parametrize("q", [0.5, 0.9])
@given(observed_durations())
def test_without_censoring_a_quantile_is_that_of_the_rows(q, observed):
    durations, _ = observed
    value, lower, upper = survival_quantile(curve(durations, np.ones(durations.size, bool)), q)
    assert value[0] == pytest.approx(np.quantile(durations, q))
    assert lower[0] <= value[0] <= upper[0]


def test_a_median_that_is_not_reached_is_none_and_more_than_the_longest_wait():
    value, lower, upper = survival_quantile(curve([60, 120, 600, 900], [True, False, False, False]))
    assert np.isnan(value[0])
    assert (lower[0], upper[0]) == (900.0, np.inf)


@given(observed_durations(), st.data())
def test_censoring_one_more_row_never_lowers_the_curve(observed, data):
    durations, ended = observed
    assume(ended.any())
    still = ended.copy()
    still[data.draw(st.sampled_from(np.flatnonzero(ended).tolist()))] = False
    for target in np.unique(durations):  # each an edge of the bins, as the target of a metric is
        cells = [binned(durations, which, edge=target) for which in (ended, still)]
        shares = [share_within(kaplan_meier(part, groups=1), target)[0][0] for part in cells]
        assert np.isnan(shares[1]) or shares[1] <= shares[0] + 1e-9


@given(observed_durations(), observed_durations())
def test_groups_computed_together_equal_those_computed_alone(one, other):
    group = np.repeat([0, 2], [one[0].size, other[0].size])
    joined = (np.concatenate(pair) for pair in zip(one, other, strict=True))
    together = kaplan_meier(binned(*joined, group=group), groups=3)
    for code, observed in ((0, one), (2, other)):
        alone = kaplan_meier(binned(*observed), groups=1)
        for estimate in (
            lambda curves: survival_quantile(curves, 0.5),
            lambda curves: share_within(curves, 3000.0),
            lambda curves: restricted_mean(curves, 3000.0),
        ):
            for left, right in zip(estimate(together), estimate(alone), strict=True):
                np.testing.assert_allclose(left[code], right[0], rtol=1e-9)
    assert np.isnan(survival_quantile(together)[0][1])


@given(observed_durations())
def test_bounds_enclose_the_value_and_shares_lie_in_zero_to_one(observed):
    curves = kaplan_meier(binned(*observed), groups=1)
    for estimate in (
        survival_quantile(curves, 0.5),
        share_within(curves, 2000.0),
        restricted_mean(curves, 2000.0),
    ):
        value, lower, upper = (part[0] for part in estimate)
        assert np.isnan(value) or lower <= value <= upper
    share = share_within(curves, 2000.0)[0][0]
    assert np.isnan(share) or 0 <= share <= 1


def test_share_within_a_target_without_censoring_is_wilson():
    durations = np.arange(1.0, 11.0) * 60
    share, lower, upper = share_within(curve(durations, np.ones(10, bool)), 480.0)
    reference = wilson_interval([8.0], [10.0])
    assert share[0] == pytest.approx(0.8)
    assert (lower[0], upper[0]) == pytest.approx((reference[0][0], reference[1][0]))


def test_share_within_counts_the_target_itself_and_a_running_row_only_as_far_as_seen():
    # 1 of 4 ended by 60; one seen only to 90; of the 2 left one ends at 120: 1 - 3/4 · 1/2
    share, _, _ = share_within(curve([60, 90, 120, 300], [True, False, True, True]), 120.0)
    assert share[0] == pytest.approx(1 - 3 / 4 / 2)


def test_share_within_a_target_that_nobody_waited_for_is_unknown():
    running = curve([60, 120, 300], [True, False, False])
    assert np.isnan(share_within(running, 900.0)).all()
    assert share_within(running, 300.0)[0][0] == pytest.approx(1 / 3)
    assert share_within(curve([60, 120], [True, True]), 900.0)[0][0] == 1


def test_share_when_nothing_has_ended_is_zero_with_the_upper_bound_of_those_still_seen():
    share, lower, upper = share_within(curve([60, 600, 600], [False, False, False]), 300.0)
    assert (share[0], lower[0]) == (0, 0)
    assert upper[0] == pytest.approx(wilson_interval([0.0], [2.0])[1][0])


def test_share_within_covers_the_truth_about_as_often_as_it_says():
    rng = np.random.default_rng(20)
    durations, seen = rng.exponential(10 * HOUR, (600, 80)), rng.uniform(5 * HOUR, 30 * HOUR, (600, 80))
    ended = durations <= seen
    group = np.repeat(np.arange(600), 80)
    curves = kaplan_meier(binned(np.minimum(durations, seen).ravel(), ended.ravel(), group), groups=600)
    truth = 1 - np.exp(-0.8)
    _, lower, upper = share_within(curves, 8 * HOUR)
    assert 0.925 <= np.mean((lower <= truth) & (truth <= upper)) <= 0.98
    _, lower, upper = survival_quantile(curves)
    median = np.log(2) * 10 * HOUR
    assert 0.925 <= np.mean((lower <= median) & (median <= upper)) <= 0.98


def test_restricted_mean_of_ended_rows_is_the_mean_of_what_lies_below_tau():
    durations = np.array([60.0, 120, 600, 4000])
    mean, lower, upper = restricted_mean(curve(durations, np.ones(4, bool)), 1000.0)
    cut = np.minimum(durations, 1000)
    half = stats.norm.ppf(0.975) * cut.std() / 2
    assert mean[0] == pytest.approx(cut.mean())
    assert (lower[0], upper[0]) == pytest.approx((max(cut.mean() - half, 0), cut.mean() + half))


def test_restricted_mean_is_the_area_under_the_curve():
    # 1 to 60, then 3/4 to 120, then 3/8 to 300
    mean = restricted_mean(curve([60, 90, 120, 300], [True, False, True, False]), 300.0)[0]
    assert mean[0] == pytest.approx(60 + 60 * 3 / 4 + 180 * 3 / 8)


def test_restricted_mean_beyond_what_was_seen_is_unknown():
    assert np.isnan(restricted_mean(curve([60, 120], [True, False]), 300.0)).all()


def snapshot(seed):
    """A 4-week cohort at its end, about a quarter still open: true durations, what was seen, ended."""
    rng = np.random.default_rng(seed)
    truth = rng.lognormal(np.log(90 * HOUR), 1.6, 4000)
    age = rng.uniform(0, 28 * 24 * HOUR, truth.size)
    return truth, np.minimum(truth, age), truth <= age


def test_open_tickets_leave_the_median_within_two_percent_and_the_naive_one_ten_times_as_far_off():
    ours, naive, waiting = [], [], []
    for seed in range(25):
        truth, seen, ended = snapshot(seed)
        median = np.median(truth)
        found = survival_quantile(kaplan_meier(binned(seen, ended), groups=1))[0][0]
        ours.append(abs(found / median - 1))
        naive.append(abs(np.median(seen[ended]) / median - 1))
        waiting.append(1 - ended.mean())
    assert 0.22 <= np.mean(waiting) <= 0.30
    assert np.median(ours) < 0.02
    assert np.median(naive) >= 10 * np.median(ours)


@pytest.mark.parametrize("q", [0.5, 0.75])
def test_bins_of_two_percent_cost_less_than_one_percent(q):
    apart = []
    for seed in range(10):
        _, seen, ended = snapshot(seed)
        exact = survival_quantile(curve(seen, ended), q)
        rough = survival_quantile(kaplan_meier(binned(seen, ended), groups=1), q)
        apart.append([other[0] / one[0] - 1 for one, other in zip(exact, rough, strict=True)])
    assert np.abs(apart).max() < 0.01
    assert np.abs(np.mean(apart, axis=0)).max() < 0.002


def test_a_share_of_one_is_no_quantile():
    message = "q: found 1.0, expected a share inside (0, 1). Fix: write 0.5 for the median."
    with pytest.raises(UsageError, match=re.escape(message)):
        survival_quantile(curve([1.0], [True]), 1.0)


def test_no_cells_give_no_values_and_no_crash():
    nothing = kaplan_meier(rows([], np.empty(0, bool)), groups=2)
    for estimate in (
        survival_quantile(nothing),
        share_within(nothing, 60.0),
        restricted_mean(nothing, 60.0),
    ):
        assert np.isnan(estimate).all()
