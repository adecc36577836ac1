"""One metric's cells to rows of the result: every known group in every period of the range."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.extensions import ExtensionArray

from cxlib.data.clock import day_to_date
from cxlib.metrics.cells import Cells
from cxlib.metrics.estimates import Estimate, estimate
from cxlib.metrics.gather import PROVISIONAL, Gathered
from cxlib.metrics.metric import Metric
from cxlib.metrics.period_rows import Cut
from cxlib.metrics.period_sums import period_sums, regrouped, with_resampling
from cxlib.metrics.rollup import Grid, Sides, sides_of, sum_cells
from cxlib.metrics.status import NOWCAST, STATUSES, Seen, judged_at, outside, statuses

if TYPE_CHECKING:
    from cxlib.data.dataset import Dataset

__all__ = ["Rows", "counted_rows", "metric_rows", "table_of"]

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of one metric, by group and period.

    Parameters
    ----------
    name : str
        The metric.
    cut : Cut
        Segments, groups and periods.
    numbers : mapping of str to array of float
        Value, bounds, n, numerator and denominator.
    status : array of int64
        Places in `STATUSES`.
    """

    name: str
    cut: Cut
    numbers: Mapping[str, NDArray[np.float64]]
    status: NDArray[np.int64]


def metric_rows(
    data: "Dataset", metric: Metric, gathered: Gathered, *, by: tuple[str, ...], grid: Grid
) -> Rows:
    """The rows of one metric, sorted by group and period.

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
    unknown = (status == STATUSES.index(NOWCAST)) & np.isnan(found.value)
    status = np.where(unknown, STATUSES.index("immature"), status)
    shown = {name: np.where(nothing, np.nan, getattr(found, name)) for name in ("value", "lower", "upper")}
    sums = {name: getattr(found, name) for name in ("n", "numerator", "denominator")}
    numbers = {name: np.reshape(part, -1) for name, part in (shown | sums).items()}
    return Rows(metric.name, cut, numbers, status.reshape(-1))


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


def table_of(parts: Sequence[Rows]) -> pd.DataFrame:
    """The rows of several metrics, one below the other; columns as `MetricFrame` says.

    Parameters
    ----------
    parts : sequence of Rows
        Of one range and one set of segments.
    """
    cut = parts[0].cut
    count, sizes = len(cut.grid.periods), [len(part.cut.groups) for part in parts]
    groups = sum(sizes)
    columns: dict[str, Any] = {
        "metric": _texts(
            [part.name for part in parts], np.repeat(np.arange(len(parts)), sizes).repeat(count)
        ),
        "period": _texts([one.label for one in cut.grid.periods], np.tile(np.arange(count), groups)),
        "start": _dates(cut.grid.starts, groups),
        "end": _dates(cut.grid.ends, groups),
    }
    for i, name in enumerate(cut.by):
        labels = [group[i] for part in parts for group in part.cut.groups]
        columns[name] = _texts(labels, np.arange(groups).repeat(count))
    for name in parts[0].numbers:
        columns[name] = np.concatenate([part.numbers[name] for part in parts])
    columns["status"] = _texts(STATUSES, np.concatenate([part.status for part in parts]))
    return pd.DataFrame(columns)


def _texts(labels: Sequence[str], at: NDArray[np.int64]) -> ExtensionArray:
    """A column of few labels."""
    return pd.array(list(labels), dtype="str").take(at)


def _dates(days: NDArray[np.int64], times: int) -> "pd.Series[Any]":
    """A column of days as dates, over and over."""
    dates = np.empty(len(days), dtype=object)
    dates[:] = [day_to_date(day) for day in days.tolist()]
    return pd.Series(np.tile(dates, times), dtype=object)
