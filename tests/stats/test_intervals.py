"""Intervals: hand numbers, coverage by enumeration, and agreement with scipy and statsmodels."""

import re

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from scipy import stats

from cxlib.errors import CxError, UsageError
from cxlib.stats.intervals import (
    bca_interval,
    dispersion,
    mean_interval,
    net_interval,
    poisson_interval,
    rate_interval,
    wilson_interval,
)
from tests.strategies import nets, shares

MIXES = {"even": (0.5, 0.3, 0.2), "happy": (0.8, 0.15, 0.05), "divided": (0.3, 0.4, 0.3)}


def net_coverage(n, mix, interval):
    """Probability that the interval holds the true net, over every possible outcome of n rows."""
    promoters, detractors = (grid.ravel() for grid in np.meshgrid(np.arange(n + 1), np.arange(n + 1)))
    possible = promoters + detractors <= n
    promoters, detractors = promoters[possible], detractors[possible]
    outcomes = np.stack([promoters, n - promoters - detractors, detractors], axis=1)
    weight = stats.multinomial.pmf(outcomes, n, mix)
    lower, upper = interval(promoters - detractors, promoters + detractors, np.full(promoters.size, n))
    truth = mix[0] - mix[2]
    return float(weight[(lower <= truth) & (truth <= upper)].sum())


@pytest.mark.parametrize("n", [10, 25, 100])
@pytest.mark.parametrize("mix", MIXES.values(), ids=MIXES)
def test_adjusted_wald_covers_the_true_net_in_94_to_97_and_a_half_of_100(n, mix):
    assert 0.94 <= net_coverage(n, mix, net_interval) <= 0.975


def plain_wald(total, squares, n):
    net = total / n
    half = 1.96 * np.sqrt((squares / n - net**2) / n)
    return net - half, net + half


def test_plain_wald_would_cover_it_in_87_of_100_only():
    assert net_coverage(25, MIXES["happy"], plain_wald) == pytest.approx(0.866, abs=0.005)


def test_net_interval_of_five_three_and_two_is_the_formula_by_hand():
    # a = 3/13, p + d = 8.5/13, se = sqrt((8.5/13 - (3/13)²)/13) = 0.214940
    lower, upper = net_interval([3.0], [7.0], [10.0])
    assert lower == pytest.approx(3 / 13 - 1.96 * 0.214940, abs=1e-6)
    assert upper == pytest.approx(3 / 13 + 1.96 * 0.214940, abs=1e-6)


def test_net_interval_of_promoters_alone_contains_their_net_of_one():
    lower, upper = net_interval([4.0], [4.0], [4.0])
    assert upper == [1.0]
    assert lower[0] < 0.5


def test_a_narrow_net_interval_is_widened_to_the_raw_net():
    # at 50 %: 100/103 + 0.67 · 0.0204 = 0.985, short of the net of 1
    assert net_interval([100.0], [100.0], [100.0], level=0.5)[1] == [1.0]
    assert net_interval([-100.0], [100.0], [100.0], level=0.5)[0] == [-1.0]


@given(nets)
def test_net_interval_stays_inside_minus_one_and_one_and_contains_the_net(counts):
    promoters, _, detractors = counts
    n = sum(counts)
    lower, upper = net_interval([promoters - detractors], [promoters + detractors], [n])
    assert -1 <= lower[0] <= (promoters - detractors) / n <= upper[0] <= 1


def test_net_interval_refuses_sums_in_points():
    message = "squares: found 70000, expected |total| <= squares <= n, as rows worth -1, 0 or +1 give."
    with pytest.raises(CxError, match=re.escape(message)):
        net_interval([300.0], [70_000.0], [10.0])


@given(shares)
def test_wilson_equals_scipy(counts):
    hits, n = counts
    reference = stats.binomtest(hits, n).proportion_ci(method="wilson")
    lower, upper = wilson_interval([hits], [n])
    assert lower[0] == pytest.approx(reference.low, abs=1e-12)
    assert upper[0] == pytest.approx(reference.high, abs=1e-12)


@pytest.mark.parametrize("n", [25, 50, 100, 400])
def test_wilson_covers_93_to_97_of_100_on_average_over_shares(n):
    hits = np.arange(n + 1)
    lower, upper = wilson_interval(hits, n)
    coverage = [
        stats.binom.pmf(hits, n, p)[(lower <= p) & (p <= upper)].sum() for p in np.arange(0.05, 0.951, 0.01)
    ]
    assert 0.93 <= np.mean(coverage) <= 0.97


@given(shares)
def test_four_times_the_rows_with_the_same_share_shrink_the_interval(counts):
    hits, n = np.array(counts[0]), np.array(counts[1])
    lower, upper = wilson_interval([hits, 4 * hits], [n, 4 * n])
    assert upper[1] - lower[1] < upper[0] - lower[0]


def test_wilson_refuses_more_hits_than_rows_and_counts_the_cells():
    message = "hits: found 3, expected 0 <= hits <= n. Fix: count hits among the n rows. (+1 more)"
    with pytest.raises(CxError, match=re.escape(message)):
        wilson_interval([3.0, 1.0, 5.0], [2.0, 2.0, 4.0])


@pytest.mark.parametrize("level", [0.0, 1.0, 95])
def test_a_level_that_is_no_confidence_is_refused(level):
    message = f"level: found {level}, expected a confidence inside (0, 1). Fix: write 0.95 for 95 %."
    with pytest.raises(UsageError, match=re.escape(message)):
        wilson_interval([1.0], [2.0], level=level)


def test_mean_interval_equals_the_t_test_of_scipy():
    rows = np.random.default_rng(3).normal(50, 10, 40)
    reference = stats.ttest_1samp(rows, 0).confidence_interval(0.9)
    lower, upper = mean_interval(rows.sum(), (rows**2).sum(), rows.size, level=0.9)
    assert (lower, upper) == pytest.approx((reference.low, reference.high))


def test_mean_interval_of_one_row_is_unknown():
    assert np.isnan(mean_interval([7.0], [49.0], [1.0])).all()


def test_poisson_interval_equals_the_published_limits_of_ten_events():
    lower, upper = poisson_interval([10.0])
    assert (lower[0], upper[0]) == pytest.approx((4.7954, 18.3904), abs=1e-4)  # Garwood (1936), Ulm (1990)


@pytest.mark.parametrize("mean", [25, 60, 200])
def test_poisson_interval_covers_its_mean_in_94_to_98_of_100(mean):
    counts = np.arange(0, mean + 12 * int(np.sqrt(mean)))
    lower, upper = poisson_interval(counts)
    coverage = stats.poisson.pmf(counts, mean)[(lower <= mean) & (mean <= upper)].sum()
    assert 0.94 <= coverage <= 0.98


def test_poisson_refuses_a_count_below_zero():
    with pytest.raises(CxError, match=re.escape("count: found -1, expected 0 or more.")):
        poisson_interval([-1.0])


def test_a_rate_that_varies_four_times_poisson_has_twice_the_half_widths():
    plain, wide = (np.array(rate_interval([100.0], [1000.0], phi)) - 0.1 for phi in (1.0, 4.0))
    assert wide.ravel() == pytest.approx(2 * plain.ravel())


@pytest.mark.parametrize("phi", [0.2, 1.5, float("nan")])
def test_a_rate_is_not_widened_up_to_one_and_a_half_nor_where_unknown(phi):
    np.testing.assert_array_equal(rate_interval([100.0], [1000.0], phi), rate_interval([100.0], [1000.0]))


def test_a_true_zero_rate_has_a_lower_bound_of_zero_and_no_exposure_none_at_all():
    lower, upper = rate_interval([0.0, 0.0], [1000.0, 0.0])
    assert lower[0] == 0
    assert upper[0] == pytest.approx(0.003689, abs=1e-6)
    assert np.isnan([lower[1], upper[1]]).all()


def test_dispersion_equals_the_pearson_statistic_of_a_poisson_regression():
    rng = np.random.default_rng(11)
    exposure = rng.uniform(500, 1500, 16)
    counts = rng.poisson(0.05 * exposure * rng.gamma(4, 1 / 4, 16)).astype(float)
    model = sm.GLM(counts, np.ones(16), family=sm.families.Poisson(), exposure=exposure).fit()
    assert dispersion(counts, exposure) == pytest.approx(model.pearson_chi2 / model.df_resid)


def test_dispersion_leaves_out_periods_without_exposure_and_needs_eight():
    counts, exposure = np.tile([10.0, 30.0], 4), np.full(8, 5.0)
    empty = dispersion(np.append(counts, [0.0, np.nan]), np.append(exposure, [0.0, 5.0]))
    assert empty == pytest.approx(dispersion(counts, exposure))
    assert np.isnan(dispersion(counts[:7], exposure[:7]))


def test_no_interval_is_given_for_a_cell_without_rows():
    empty = np.zeros(1)
    for lower, upper in (
        wilson_interval(empty, empty),
        net_interval(empty, empty, empty),
        mean_interval(empty, empty, empty),
        rate_interval(empty, empty),
        poisson_interval([np.nan]),
    ):
        assert np.isnan([lower, upper]).all()


@pytest.mark.parametrize("seed", [1, 2])
def test_bca_interval_equals_the_bootstrap_of_scipy(seed):
    rows = np.random.default_rng(seed).lognormal(1, 1, 20)
    reference = stats.bootstrap(
        (rows,), np.mean, n_resamples=40_000, method="BCa", rng=np.random.default_rng(5)
    ).confidence_interval
    found = bca_interval(rows, rng=np.random.default_rng(6), draws=40_000)
    assert found == pytest.approx((reference.low, reference.high), rel=0.02)


def test_bca_interval_leans_to_the_long_tail():
    rows = np.array([1.0, 1, 1, 2, 2, 3, 4, 20])
    lower, upper = bca_interval(rows, rng=np.random.default_rng(0))
    assert upper - rows.mean() > 2 * (rows.mean() - lower)


def test_bca_interval_of_equal_rows_is_the_value_and_of_one_row_unknown():
    rng = np.random.default_rng(0)
    assert bca_interval([4.0, 4.0, np.nan], rng=rng) == (4.0, 4.0)
    assert np.isnan(bca_interval([4.0], rng=rng)).all()


def test_the_same_random_state_gives_the_same_interval():
    rows = [1.0, 5.0, 7.0, 20.0]
    first, again = (bca_interval(rows, rng=np.random.default_rng(9)) for _ in range(2))
    assert first == again
