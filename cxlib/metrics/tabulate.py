"""One metric's cells to rows of the result: every known group in every period of the range."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlib.data.clock import day_to_date
from cxlib.metrics.cells import Cells
from cxlib.metrics.estimates import Estimate, Sums, estimate
from cxlib.metrics.gather import Gathered
from cxlib.metrics.metric import Metric
from cxlib.metrics.rollup import Grid, earlier_dispersion, outside, place_of, sides_of, statuses, sum_cells
from cxlib.stats.histogram import DurationBins

if TYPE_CHECKING:
    from cxlib.data.dataset import Dataset

__all__ = ["counted_rows", "metric_rows"]

Floats = NDArray[np.float64]


def metric_rows(
    data: "Dataset", metric: Metric, gathered: Gathered, *, by: tuple[str, ...], grid: Grid
) -> pd.DataFrame:
    """The rows of one metric, sorted by group and period; columns as `MetricFrame` says.

    Parameters
    ----------
    data : Dataset
        Gives `as_of` and how far the data reach.
    metric : Metric
        What is measured.
    gathered : Gathered
        Its cells.
    by : tuple of str
        Names of the segments.
    grid : Grid
        Periods of the range.
    """
    sides = sides_of(data, metric, gathered)
    found = estimate(metric, _sums(data, metric, gathered, grid))
    nothing = outside(data, grid, sides)[np.newaxis, :] | (np.isnan(found.value) & (found.n == 0))
    # a rate without exposure has rows perhaps, and no value all the same
    nothing |= np.isnan(found.value) & (metric.kind != "duration")
    status = statuses(
        data, metric, grid, sides, n=found.n, undefined=nothing, unreached=np.isnan(found.value)
    )
    return _table(metric, gathered, by, grid, found, nothing, status)


def counted_rows(cells: Cells, name: str, grid: Grid) -> int:
    """Rows within the range that a reason or note counts."""
    return int(sum_cells(cells, cells.counted[name], len(cells.groups), grid).sum())


def _sums(data: "Dataset", metric: Metric, gathered: Gathered, grid: Grid) -> Sums:
    sides = sides_of(data, metric, gathered)
    size = len(gathered.groups)
    place = {group: i for i, group in enumerate(gathered.groups)}
    moved = np.array([place[group] for group in gathered.numerator.groups], dtype=np.int64)
    cells = replace(gathered.numerator, group=moved[gathered.numerator.group])
    parts = (cells.n, cells.total, cells.squares)
    n, total, squares = (sum_cells(cells, part, size, grid, cut=sides.cut) for part in parts)
    if gathered.exposure is None:
        return Sums(n, total, squares, durations=_durations(cells, grid))
    base = gathered.exposure
    known = sum_cells(base, base.total, len(base.groups), grid, cut=sides.cut)
    padded = np.vstack([known, np.zeros((1, known.shape[1]))])
    exposure = padded[np.array(gathered.exposure_of, dtype=np.int64)]
    complete = ~outside(data, grid, sides)
    return Sums(n, total, squares, exposure, earlier_dispersion(total, exposure, complete))


def _durations(cells: Cells, grid: Grid) -> DurationBins | None:
    """The histogram by group and period."""
    found = cells.histogram
    if found is None:
        return None
    period, inside = place_of(found.day, grid)
    group = found.group[inside] * len(grid.starts) + period[inside]
    n, total, low, high = (column[inside] for column in (found.n, found.total, found.low, found.high))
    return DurationBins(group, found.bin[inside], found.ended[inside], n, total, low, high)


def _table(
    metric: Metric,
    gathered: Gathered,
    by: tuple[str, ...],
    grid: Grid,
    found: Estimate,
    nothing: NDArray[np.bool_],
    status: NDArray[np.str_],
) -> pd.DataFrame:
    groups, count = len(gathered.groups), len(grid.periods)
    labels = np.array([period.label for period in grid.periods], dtype=object)
    starts, ends = ([day_to_date(int(day)) for day in edges] for edges in (grid.starts, grid.ends))
    columns: dict[str, Any] = {
        "metric": pd.array([metric.name] * (groups * count), dtype="str"),
        "period": pd.array(np.tile(labels, groups), dtype="str"),
        "start": pd.Series(starts * groups, dtype=object),
        "end": pd.Series(ends * groups, dtype=object),
    }
    for i, name in enumerate(by):
        values = np.array([group[i] for group in gathered.groups], dtype=object)
        columns[name] = pd.array(np.repeat(values, count), dtype="str")
    for name in ("value", "lower", "upper"):
        columns[name] = np.where(nothing, np.nan, getattr(found, name)).reshape(-1)
    for name in ("n", "numerator", "denominator"):
        columns[name] = getattr(found, name).reshape(-1)
    columns["status"] = pd.array(status.reshape(-1).astype(object), dtype="str")
    return pd.DataFrame(columns)
