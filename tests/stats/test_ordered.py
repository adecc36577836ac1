"""Cells in blocks: no group spans two of them, and nothing depends on their size or how cells come."""

import numpy as np
import pytest

from cxlib.stats import ordered
from cxlib.stats.curves import curves_of
from cxlib.stats.histogram import DurationBins, bin_number
from cxlib.stats.ordered import add_up, blocks_of, order_bins
from cxlib.stats.survival import restricted_mean, share_within, survival_quantile

GROUPS = 40
EMPTY = (0, 17, 18, GROUPS - 1)


def single(group, number, x):
    """A cell a duration."""
    x = np.asarray(x, dtype=float)
    return DurationBins(group, number, np.ones(x.size, bool), np.ones(x.size), x, x, x)


@pytest.fixture(scope="module")
def cells():
    """Forty groups of none to 150 durations, some still running, in no order; whole groups have ended."""
    random = np.random.default_rng(3)
    group = random.choice([one for one in range(GROUPS) if one not in EMPTY], 3000, p=weights())
    seconds = np.round(random.lognormal(6, 1.2, group.size))
    return DurationBins(
        group,
        bin_number(seconds),
        (random.random(group.size) > 0.3) | (group % 5 == 0),
        np.ones(group.size),
        seconds,
        seconds,
        seconds,
    )


def weights():
    sizes = np.arange(1.0, GROUPS - len(EMPTY) + 1)
    return sizes / sizes.sum()


STATISTICS = {
    "median": survival_quantile,
    "p90": lambda curves: survival_quantile(curves, 0.9),
    "within": lambda curves: share_within(curves, 600.0),
    "mean": lambda curves: restricted_mean(curves, 900.0),
}


@pytest.mark.parametrize("statistic", STATISTICS)
@pytest.mark.parametrize("most", [1, 50, 400])
def test_values_do_not_depend_on_the_size_of_the_blocks(cells, most, statistic):
    whole = STATISTICS[statistic](curves_of(order_bins(cells, groups=GROUPS)))
    found = np.full((3, GROUPS), -1.0)
    for place, block in blocks_of(cells, groups=GROUPS, most=most):
        found[:, place] = STATISTICS[statistic](curves_of(block))
    np.testing.assert_allclose(found, whole, rtol=1e-12)


@pytest.mark.parametrize("most", [100, 400, 10_000])
def test_blocks_hold_whole_groups_one_after_the_other(cells, most, monkeypatch):
    monkeypatch.setattr(ordered, "PIECE", 16)
    order = np.argsort(cells.group, kind="stable")
    cells = DurationBins(*(getattr(cells, name)[order] for name in cells.__slots__))
    sizes = np.bincount(cells.group, minlength=GROUPS)
    end = 0
    for place, block in blocks_of(cells, groups=GROUPS, most=most):
        assert place.start == end
        np.testing.assert_array_equal(block.rows, sizes[place])
        assert sizes[place].sum() <= most or place.stop - place.start == 1
        end = place.stop
    assert end == GROUPS


def test_cells_in_no_order_are_read_some_ten_times_at_most(cells, monkeypatch):
    monkeypatch.setattr(ordered, "PIECE", 16)
    assert 4 <= len(list(blocks_of(cells, groups=GROUPS, most=1))) <= 12


def test_neither_order_nor_width_of_the_columns_matters(cells):
    values = survival_quantile(curves_of(order_bins(cells, groups=GROUPS)))
    order = np.random.default_rng(4).permutation(cells.n.size)
    kinds = dict.fromkeys(cells.__slots__, np.float64) | {
        "group": np.int16, "bin": np.int16, "ended": np.bool_, "n": np.int32,
    }  # fmt: skip
    narrow = DurationBins.unchecked(*(getattr(cells, name)[order].astype(kinds[name]) for name in kinds))
    np.testing.assert_allclose(
        survival_quantile(curves_of(order_bins(narrow, groups=GROUPS))), values, rtol=1e-12
    )


def test_numbers_made_piece_by_piece_are_those_of_all_at_once(cells, monkeypatch):
    whole = add_up(cells)
    monkeypatch.setattr(ordered, "PIECE", 7)  # every block takes from every piece, for cells come in no order
    for name in whole.__slots__:
        np.testing.assert_array_equal(getattr(add_up(cells), name), getattr(whole, name))


def test_many_cells_in_few_bins_add_up_as_few_do(cells):
    # thirty days of the same cells are more than there are groups, bins and ends; one day is not
    days = DurationBins(*(np.tile(getattr(cells, name), 30) for name in cells.__slots__))
    once = DurationBins(
        cells.group, cells.bin, cells.ended, 30 * cells.n, 30 * cells.total, cells.low, cells.high
    )
    assert ordered._spread_out(days, GROUPS) is not days
    assert ordered._spread_out(once, GROUPS) is once
    for name in cells.__slots__:
        np.testing.assert_allclose(getattr(add_up(days), name), getattr(add_up(once), name), rtol=1e-12)


def test_cells_below_the_first_group_and_empty_ones_are_left_out():
    x = np.array([1.0, 2.0, 4.0])
    cells = DurationBins.unchecked(
        np.array([-1, 0, 0]), np.array([1, 2, 3]), x > 0, np.array([1, 1, 0]), x, x, x
    )
    found = order_bins(cells, groups=2)
    np.testing.assert_array_equal(found.rows, [1.0, 0.0])
    np.testing.assert_array_equal(found.cells(np.array([0])).high, [2.0])


def test_bins_far_apart_are_numbered_anew():
    found = add_up(single([1, 0, 0], [1 << 60, 1 << 60, -5], [9.0, 8.0, 1.0]))
    assert (found.bin.tolist(), found.high.tolist()) == ([-5, 1 << 60, 1 << 60], [1.0, 8.0, 9.0])


def test_no_groups_are_one_empty_block():
    ((place, block),) = blocks_of(single([], [], []), groups=0)
    assert (place.start, place.stop, block.rows.size) == (0, 0, 0)


def test_a_bin_in_which_all_ended_and_ran_equally_long_ends_first():
    # a tie: Kaplan and Meier let the ended go first, so that 2 of 3 remain; each kind comes in two parts
    tied = DurationBins(
        [0] * 4, [5] * 4, [True, False, False, True], [1, 1, 1, 1], [7.0] * 4, [7.0] * 4, [7.0] * 4
    )
    assert curves_of(order_bins(tied, groups=1)).after.tolist() == [0.5]


def test_a_bin_whose_first_parts_tie_and_others_do_not_loses_half_of_the_running_first():
    x = [7.0, 7.0, 7.1]
    mixed = DurationBins([0] * 3, [5] * 3, [True, False, False], [1, 1, 1], x, x, x)
    np.testing.assert_allclose(curves_of(order_bins(mixed, groups=1)).after, [0.5])
