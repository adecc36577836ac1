"""Duration bins: edges, adding up, and quantiles against the rows themselves."""

import math
import re

import numpy as np
import pytest
from hypothesis import given
from scipy import stats

from cxlib.errors import CxError
from cxlib.stats.histogram import BIN_SCALE, DurationBins, bin_number, count_up_to, order_statistic
from cxlib.stats.ordered import add_up
from cxlib.stats.quantiles import quantile_interval, quantiles
from tests.strategies import observed_durations


def binned(seconds, ended=None, group=None):
    """One cell for each row: what adding up makes of them is what a query would return."""
    ended = np.ones(len(seconds), bool) if ended is None else ended
    group = np.zeros(len(seconds), int) if group is None else group
    return DurationBins(group, bin_number(seconds), ended, np.ones(len(seconds)), seconds, seconds, seconds)


def shapes(n, seed):
    rng = np.random.default_rng(seed)
    smooth = rng.lognormal(8, 1.5, n)
    return {
        "lognormal": smooth,
        "whole minutes": np.ceil(smooth / 60) * 60,
        "whole seconds": np.ceil(smooth),
        "whole hours": np.ceil(smooth / 3600) * 3600,
        "spike at 24 h": np.where(rng.random(n) < 0.3, 86_400.0, smooth),
    }


def test_bins_are_as_the_queries_say_them():
    assert repr(BIN_SCALE).startswith("50.498")
    assert pytest.approx(1 / math.log(1.02), rel=1e-15) == BIN_SCALE
    assert bin_number([-5.0, 0.0, 1e-6, 0.99, 1.0, 1.0199, 1.0201, 2 * 365 * 86_400.0]).tolist() == [
        -1, -1, 0, 0, 0, 0, 1, 906,
    ]  # fmt: skip


@pytest.mark.parametrize("n", [20, 200, 5000, 200_000])
@pytest.mark.parametrize("shape", shapes(1, 0))
def test_median_and_p90_are_within_one_percent_of_those_of_the_rows(shape, n):
    seconds = shapes(n, n)[shape]
    cells = binned(seconds)
    for q in (0.5, 0.9):
        assert quantiles(cells, q, groups=1)[0] == pytest.approx(np.quantile(seconds, q), rel=0.0063)


def test_single_valued_bins_give_the_exact_quantile():
    hours = shapes(500, 7)["whole hours"]
    assert quantiles(binned(hours), 0.9, groups=1)[0] == pytest.approx(np.quantile(hours, 0.9), rel=1e-12)


@given(observed_durations(), observed_durations())
def test_bins_of_two_days_add_up_to_those_of_both(one, other):
    both = add_up(binned(*(np.concatenate(pair) for pair in zip(one, other, strict=True))))
    parts = [add_up(binned(*day)) for day in (one, other)]
    joined = add_up(
        DurationBins(*(np.concatenate([getattr(part, name) for part in parts]) for name in both.__slots__))
    )
    for name in both.__slots__:
        np.testing.assert_allclose(getattr(joined, name), getattr(both, name), rtol=1e-12)


def test_order_of_cells_changes_nothing():
    seconds = shapes(200, 1)["lognormal"]
    backwards = binned(seconds[::-1])
    assert quantiles(backwards, 0.5, groups=1) == pytest.approx(
        quantiles(binned(seconds), 0.5, groups=1), rel=1e-12
    )


def test_each_group_has_its_own_quantile_and_an_empty_one_none():
    cells = binned(np.array([60.0, 120.0, 3600.0]), group=np.array([2, 2, 0]))
    np.testing.assert_array_equal(quantiles(cells, 0.5, groups=3), [3600.0, np.nan, 90.0])


def test_ranks_inside_a_bin_run_from_its_minimum_through_its_mean_to_its_maximum():
    cells = DurationBins([0], [1], [True], [5], [55.0], [10.0], [12.0])
    np.testing.assert_allclose(order_statistic(cells, [0] * 5, range(5)), [10.0, 10.5, 11.0, 11.5, 12.0])


def test_a_target_that_cuts_a_bin_counts_the_part_before_it():
    cells = DurationBins([0], [1], [True], [5], [55.0], [10.0], [12.0])
    assert [count_up_to(cells, limit)[0] for limit in (9.9, 10.0, 11.0, 11.9, 12.0)] == [0, 1, 3, 4, 5]


@given(observed_durations())
def test_counting_up_to_a_ranked_duration_gives_its_rank_back(rows):
    seconds = np.unique(rows[0])
    cells = add_up(binned(seconds))
    ranks = np.floor((cells.n - 1) / 2)
    middle = order_statistic(cells, np.arange(cells.n.size), ranks)
    np.testing.assert_array_equal(count_up_to(cells, middle), ranks + 1)


@pytest.mark.parametrize("n", [10, 57, 400])
@pytest.mark.parametrize("q", [0.5, 0.9])
def test_order_statistics_cover_the_true_quantile_in_95_of_100_or_more(n, q):
    ranks = np.arange(1.0, n + 1)
    lower, upper = quantile_interval(
        DurationBins(np.zeros(n), ranks, np.ones(n), np.ones(n), ranks, ranks, ranks), q, groups=1
    )
    # X(l) <= quantile < X(u) exactly if the number of rows up to the quantile is at least l and below u
    below = np.arange(n + 1)
    coverage = stats.binom.pmf(below, n, q)[(below >= lower[0]) & (below < upper[0])].sum()
    assert 0.95 <= coverage <= 0.99


def test_too_few_rows_have_no_upper_bound():
    lower, upper = quantile_interval(binned(np.array([60.0, 90.0, 120.0])), 0.5, groups=1)
    assert (lower[0], upper[0]) == (0.0, np.inf)


def test_a_mean_outside_its_bin_is_refused():
    message = "duration bins: found mean outside minimum and maximum in cell 1, expected n, sum, minimum"
    with pytest.raises(CxError, match=re.escape(message)):
        DurationBins([0, 0], [1, 2], [True, True], [1, 2], [5.0, 90.0], [5.0, 6.0], [5.0, 7.0])


def test_columns_of_unequal_length_are_refused():
    with pytest.raises(CxError, match="found group 1, bin 2, ended 1"):
        DurationBins([0], [1, 2], [True], [1], [5.0], [5.0], [5.0])


def test_no_cells_give_no_values():
    nothing = binned(np.empty(0))
    assert np.isnan(quantiles(nothing, 0.5, groups=2)).all()
    assert np.isnan(quantile_interval(nothing, 0.5, groups=2)).all()
