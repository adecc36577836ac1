"""Cells to the sums that each kind of metric is estimated from, by group and period."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from cxlib.data.business_days import is_business_day
from cxlib.metrics.cells import Cells
from cxlib.metrics.estimates import Estimate, Sums
from cxlib.metrics.gather import Gathered
from cxlib.metrics.methods import resamples
from cxlib.metrics.metric import Metric
from cxlib.metrics.nowcast import trials_seen
from cxlib.metrics.period_rows import FEW, Cut, resampled, worth_of_rows
from cxlib.metrics.rollup import Grid, Sides, earlier_dispersion, place_of, sum_cells, sum_windows
from cxlib.metrics.status import outside
from cxlib.stats.histogram import DurationBins
from cxlib.stats.ordered import PIECE

if TYPE_CHECKING:
    from cxlib.data.dataset import Dataset

__all__ = ["period_sums", "regrouped", "with_resampling"]

Floats = NDArray[np.float64]

_CELLS: Final = 600_000  # of a histogram that are read at a time


def period_sums(data: "Dataset", metric: Metric, gathered: Gathered, cut: Cut, sides: Sides) -> Sums:
    """What the rows of each group and period add up to.

    Parameters
    ----------
    data : Dataset
        Gives `as_of`, settings and how far the data reach.
    metric : Metric
        What is measured.
    gathered : Gathered
        Its cells.
    cut : Cut
        Segments, groups and periods.
    sides : Sides
        Where the data lie.
    """
    cells, grid, size = regrouped(gathered), cut.grid, len(cut.groups)
    if metric.is_stock:
        return _stock_sums(cells, size, grid, sides)
    add = _adder(metric, grid, sides)
    found = Sums(add(cells, cells.n, size), add(cells, cells.total, size), add(cells, cells.squares, size))
    if gathered.exposure is not None:
        return _with_exposure(data, gathered, cut, sides, found, add)
    if metric.kind in {"count", "target"}:
        planned = None if cells.planned is None else add(cells, cells.planned, size)
        return replace(found, planned=planned, spans=_spans(data, metric, grid, sides, size))
    return _with_rows(data, metric, gathered, cut, found)


def _with_rows(data: "Dataset", metric: Metric, gathered: Gathered, cut: Cut, found: Sums) -> Sums:
    """The sums with what durations, clustered rows and nowcasts need beside."""
    cells = regrouped(gathered)
    if metric.kind == "duration":
        return replace(found, durations=_durations(cells, len(cut.groups), cut.grid))
    if metric.cluster:
        worth = worth_of_rows(data, metric, cut, (found.n, found.total, found.squares))
        return replace(found, worth=worth)
    if gathered.ages is not None:
        trials = trials_seen(data, metric, cells, gathered.ages, len(cut.groups), cut.grid)
        return replace(found, trials=trials.n, doubt=trials.spread)
    return found


def regrouped(gathered: Gathered) -> Cells:
    """The numerator's cells, their groups numbered as those of the result."""
    if gathered.groups is gathered.numerator.groups:
        return gathered.numerator
    place = {group: i for i, group in enumerate(gathered.groups)}
    moved = np.array([place[group] for group in gathered.numerator.groups], dtype=np.int64)
    return replace(gathered.numerator, group=moved[gathered.numerator.group])


def with_resampling(
    data: "Dataset", metric: Metric, gathered: Gathered, cut: Cut, found: Estimate
) -> Estimate:
    """The estimate of a mean with the bootstrap interval of its rows where there are fewer than 30."""
    if not resamples(metric):
        return found
    lower, upper = resampled(data, metric, gathered, cut, found.n)
    few = (found.n >= 2) & (found.n < FEW)
    return replace(found, lower=np.where(few, lower, found.lower), upper=np.where(few, upper, found.upper))


_Adder = Callable[[Cells, Floats, int], Floats]


def _adder(metric: Metric, grid: Grid, sides: Sides) -> _Adder:
    """How a column of cells is added up: by period, or over the days up to the end of each."""
    days = metric.trailing_days
    if days is None:
        return lambda cells, values, groups: sum_cells(cells, values, groups, grid, cut=sides.cut)
    ends = grid.ends if sides.cut is None else np.minimum(grid.ends, sides.cut)
    windows = (ends - days, ends)
    return lambda cells, values, groups: sum_windows(cells, values, groups, windows, cut=sides.cut)


def _stock_sums(cells: Cells, size: int, grid: Grid, sides: Sides) -> Sums:
    """What stands at the end of each period: at the end of its last day, or of the last one that is known."""
    last = grid.ends - 1 if sides.last is None else np.minimum(grid.ends - 1, sides.last)
    at = (last, last + 1)
    parts = (cells.n, cells.total, cells.squares)
    n, total, squares = (sum_windows(cells, part, size, at) for part in parts)
    return Sums(n, total, squares)


def _with_exposure(
    data: "Dataset", gathered: Gathered, cut: Cut, sides: Sides, found: Sums, add: _Adder
) -> Sums:
    base, grid = gathered.exposure, cut.grid
    if base is None:
        return found
    rows = np.array(gathered.exposure_of, dtype=np.int64)

    def of_groups(known: Floats) -> Floats:
        return np.asarray(np.vstack([known, np.zeros((1, known.shape[1]))])[rows])

    exposure = of_groups(add(base, base.total, len(base.groups)))
    # periods that overlap say less about each other than they seem to: dispersion is that of the bare ones
    cells = regrouped(gathered)
    bare = sum_cells(cells, cells.total, len(cut.groups), grid, cut=sides.cut)
    per = of_groups(sum_cells(base, base.total, len(base.groups), grid, cut=sides.cut))
    spread = earlier_dispersion(bare, per, ~outside(data, grid, sides))
    return replace(found, exposure=exposure, dispersion=spread)


def _durations(cells: Cells, size: int, grid: Grid) -> Iterator[tuple[slice, DurationBins]]:
    """The histogram by period and group, some periods at a time: memory does not grow with the cells."""
    source = cells.histogram
    if source is None or not len(grid.starts):
        return
    parts = min(-(-source.count // _CELLS) or 1, len(grid.starts))
    edges = np.linspace(0, len(grid.starts), parts + 1).astype(int)
    for begin, end in pairwise(edges.tolist()):
        first, last = int(grid.starts[begin]), int(grid.ends[end - 1])
        found = source.read(first, last)
        period, inside = place_of(np.arange(first, max(last, first)), grid)
        # in the order of days, in which cells mostly come; what is outside has no group
        start = np.where(inside, (period - begin) * size, -size)
        narrow = (end - begin) * size < 1 << 31
        group = np.empty(len(found.day), dtype=np.int32 if narrow else np.int64)
        for at in range(0, len(group), PIECE):
            part = slice(at, at + PIECE)
            day = np.subtract(found.day[part], first, dtype=np.int64)
            np.add(start[day], found.group[part], out=group[part], casting="same_kind")
        yield (
            slice(begin * size, end * size),
            DurationBins.unchecked(
                group, found.bin, found.ended, found.n, found.total, found.low, found.high
            ),
        )


def _spans(data: "Dataset", metric: Metric, grid: Grid, sides: Sides, size: int) -> Floats | None:
    """How many weeks or working days of each period are seen."""
    if not metric.per:
        return None
    ends = grid.ends if sides.cut is None else np.minimum(grid.ends, sides.cut)
    if metric.per == "week":
        spans = np.maximum(ends - grid.starts, 0) / 7
    else:
        days = np.arange(grid.starts[0], grid.ends[-1]) if len(grid.starts) else np.empty(0, dtype=np.int64)
        worked = np.concatenate([[0], np.cumsum(is_business_day(data.settings, days))])
        low = grid.starts - grid.starts[:1]
        spans = worked[np.maximum(ends - grid.starts[:1], low)] - worked[low]
    return np.tile(spans.astype(np.float64), (size, 1))
