"""One metric's cells to rows of the result: every known group in every period of the range."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlib.data.clock import day_to_date
from cxlib.metrics.cells import Cells
from cxlib.metrics.estimates import Estimate, estimate
from cxlib.metrics.gather import PROVISIONAL, Gathered
from cxlib.metrics.metric import Metric
from cxlib.metrics.period_rows import Cut
from cxlib.metrics.period_sums import period_sums, regrouped, with_resampling
from cxlib.metrics.rollup import Grid, Sides, sides_of, sum_cells
from cxlib.metrics.status import NOWCAST, Seen, judged_at, outside, statuses

if TYPE_CHECKING:
    from cxlib.data.dataset import Dataset

__all__ = ["counted_rows", "metric_rows"]

Flags = NDArray[np.bool_]


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
    cut = Cut(by, gathered.groups, grid)
    found = estimate(metric, period_sums(data, metric, gathered, cut, sides))
    found = with_resampling(data, metric, gathered, cut, found)
    nothing = _nothing(data, metric, grid, sides, found)
    unsettled = _provisional(metric, gathered, grid)
    if metric.kind == "duration":
        unsettled |= np.isnan(found.value)
    status = statuses(data, metric, grid, sides, Seen(found.n, nothing, unsettled))
    status = np.where((status == NOWCAST) & np.isnan(found.value), "immature", status)
    return _table(metric, cut, found, nothing, status)


def _nothing(data: "Dataset", metric: Metric, grid: Grid, sides: Sides, found: Estimate) -> Flags:
    """Groups and periods in which there is nothing to make a value of."""
    nothing = outside(data, grid, sides)[np.newaxis, :] | (np.isnan(found.value) & (found.n == 0))
    if metric.kind != "duration" and not metric.is_nowcast:
        # a rate without exposure has rows perhaps, and no value all the same
        nothing |= np.isnan(found.value)
    if metric.latest_only:
        nothing |= ~judged_at(data, grid, sides)
    return np.asarray(nothing)


def _provisional(metric: Metric, gathered: Gathered, grid: Grid) -> Flags:
    """Groups and periods with a row whose value may still change."""
    size = (len(gathered.groups), len(grid.starts))
    if not metric.provisional:
        return np.zeros(size, dtype=bool)
    cells = regrouped(gathered)
    return np.asarray(sum_cells(cells, cells.counted[PROVISIONAL], size[0], grid) > 0)


def counted_rows(cells: Cells, name: str, grid: Grid) -> int:
    """Rows within the range that a reason or note counts."""
    return int(sum_cells(cells, cells.counted[name], len(cells.groups), grid).sum())


def _table(
    metric: Metric, cut: Cut, found: Estimate, nothing: Flags, status: NDArray[np.str_]
) -> pd.DataFrame:
    groups, count = len(cut.groups), len(cut.grid.periods)
    labels = np.array([period.label for period in cut.grid.periods], dtype=object)
    starts, ends = ([day_to_date(int(day)) for day in edges] for edges in (cut.grid.starts, cut.grid.ends))
    columns: dict[str, Any] = {
        "metric": pd.array([metric.name] * (groups * count), dtype="str"),
        "period": pd.array(np.tile(labels, groups), dtype="str"),
        "start": pd.Series(starts * groups, dtype=object),
        "end": pd.Series(ends * groups, dtype=object),
    }
    for i, name in enumerate(cut.by):
        values = np.array([group[i] for group in cut.groups], dtype=object)
        columns[name] = pd.array(np.repeat(values, count), dtype="str")
    for name in ("value", "lower", "upper"):
        columns[name] = np.where(nothing, np.nan, getattr(found, name)).reshape(-1)
    for name in ("n", "numerator", "denominator"):
        columns[name] = getattr(found, name).reshape(-1)
    columns["status"] = pd.array(status.reshape(-1).astype(object), dtype="str")
    return pd.DataFrame(columns)
