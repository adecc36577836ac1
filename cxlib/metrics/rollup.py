"""Cells to periods: sums by period and group, dispersion of earlier periods, and the status of each row."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from cxlib.data.clock import Period, date_to_day, local_day_number, local_midnight_us, to_microseconds
from cxlib.metrics.cells import Cells
from cxlib.metrics.gather import Gathered
from cxlib.metrics.metric import Metric
from cxlib.stats.rates import dispersion

if TYPE_CHECKING:
    from cxlib.data.dataset import Dataset

__all__ = ["Grid", "Sides", "earlier_dispersion", "outside", "place_of", "sides_of", "statuses", "sum_cells"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
_LEAST_EARLIER: Final = 8
_MOST_EARLIER: Final = 24


@dataclass(frozen=True, slots=True)
class Grid:
    """Periods as day numbers: period i is [starts[i], ends[i]), ascending, without gaps."""

    periods: tuple[Period, ...]
    starts: Integers
    ends: Integers

    @classmethod
    def of(cls, periods: Sequence[Period]) -> "Grid":
        """The grid of calendar periods."""
        starts, ends = (
            np.array([date_to_day(day) for day in days], dtype=np.int64) for days in _edges(periods)
        )
        return cls(tuple(periods), starts, ends)


def _edges(periods: Sequence[Period]) -> tuple[list[date], list[date]]:
    return [period.start for period in periods], [period.end for period in periods]


@dataclass(frozen=True, slots=True)
class Sides:
    """In which days the data of a metric lie.

    Parameters
    ----------
    first : int or None
        First day that every table of the metric has; None: a table has no rows.
    cut : int or None
        Rates only: days from this one on are left out of both sides alike.
    """

    first: int | None
    cut: int | None


def place_of(days: Integers, grid: Grid) -> tuple[Integers, NDArray[np.bool_]]:
    """The period of each day, and whether it lies in one."""
    if not len(grid.starts):
        return np.zeros(len(days), dtype=np.int64), np.zeros(len(days), dtype=bool)
    place = np.maximum(np.searchsorted(grid.starts, days, side="right") - 1, 0)
    return place, (days >= grid.starts[place]) & (days < grid.ends[place])


def sum_cells(cells: Cells, values: Floats, groups: int, grid: Grid, *, cut: int | None = None) -> Floats:
    """Sums of a column of cells by group and period, shape (groups, periods); other days are left out."""
    place, inside = place_of(cells.day, grid)
    if cut is not None:
        inside &= cells.day < cut
    flat = cells.group[inside] * len(grid.starts) + place[inside]
    sums = np.bincount(flat, weights=values[inside], minlength=groups * len(grid.starts))
    return sums.astype(np.float64).reshape(groups, len(grid.starts))


def sides_of(data: "Dataset", metric: Metric, gathered: Gathered) -> Sides:
    """First day and cut of a metric: a rate's sides begin and end together."""
    parts = [gathered.numerator, *([gathered.exposure] if gathered.exposure is not None else [])]
    first = max(int(part.day.min()) for part in parts) if all(len(part.day) for part in parts) else None
    if metric.exposure is None:
        return Sides(first, None)
    through = min(data.data_through(table) for table in (metric.table, metric.exposure.table))
    us = to_microseconds(through)
    day = int(local_day_number(np.array([us]), data.zone)[0])
    by_date = metric.exposure.basis == "date"  # a date of the day of as_of cannot be cut at the same instant
    whole = us == local_midnight_us(day, data.zone) or by_date
    return Sides(first, day if whole else day + 1)


def earlier_dispersion(counts: Floats, exposures: Floats, complete: NDArray[np.bool_]) -> Floats:
    """Pearson dispersion over the 8 to 24 complete periods before each one, by group; NaN: too few.

    Parameters
    ----------
    counts, exposures : array of float, shape (groups, periods)
        Sums of both sides of a rate.
    complete : array of bool, shape (periods,)
        Which periods the data cover.
    """
    found = np.full(counts.shape, np.nan)
    for i in range(counts.shape[1]):
        earlier = np.flatnonzero(complete[:i])[-_MOST_EARLIER:]
        if len(earlier) >= _LEAST_EARLIER:
            found[:, i] = dispersion(counts[:, earlier], exposures[:, earlier], least=_LEAST_EARLIER)
    return found


def statuses(
    data: "Dataset",
    metric: Metric,
    grid: Grid,
    sides: Sides,
    *,
    n: Floats,
    undefined: NDArray[np.bool_],
    unreached: NDArray[np.bool_],
) -> NDArray[np.str_]:
    """The status of each group and period, the first that applies.

    Parameters
    ----------
    data : Dataset
        Gives `as_of` and how far the data reach.
    metric : Metric
        Gives horizon and smallest n.
    grid : Grid
        Periods, cut to the range asked for.
    sides : Sides
        Where the data begin, and the cut of a rate.
    n : array of float, shape (groups, periods)
        Rows that count.
    undefined : array of bool, shape (groups, periods)
        Where there is nothing to make a value of.
    unreached : array of bool, shape (groups, periods)
        Where the curve of a duration does not come down far enough.
    """
    bounds = [
        _instants(data, int(start), int(end)) for start, end in zip(grid.starts, grid.ends, strict=True)
    ]
    as_of = to_microseconds(data.as_of)
    partial = np.array([start < as_of < end for start, end in bounds], dtype=bool)
    calendar = Grid.of(grid.periods)
    partial |= (grid.starts != calendar.starts) | (grid.ends != calendar.ends)
    if sides.cut is not None:
        partial |= (grid.starts < sides.cut) & (sides.cut < grid.ends)
    young = np.zeros(len(bounds), dtype=bool)
    if metric.horizon_days is not None:
        seen = to_microseconds(data.data_through(metric.table))
        young = np.array([end + metric.horizon_days * 86_400e6 > seen for _, end in bounds], dtype=bool)
    low = (n < metric.min_n) & (metric.kind not in {"rate", "count"})
    choices = [undefined, young | unreached, np.broadcast_to(partial, n.shape), low]
    return np.select(choices, ["no_data", "immature", "partial", "low_n"], default="ok")


def outside(data: "Dataset", grid: Grid, sides: Sides) -> NDArray[np.bool_]:
    """Periods in which there can be no row: before the data begin, or at and after `as_of` or the cut."""
    if sides.first is None:
        return np.ones(len(grid.starts), dtype=bool)
    as_of = to_microseconds(data.as_of)
    future = np.array([local_midnight_us(int(day), data.zone) >= as_of for day in grid.starts], dtype=bool)
    late = np.zeros(len(future), dtype=bool) if sides.cut is None else grid.starts >= sides.cut
    return np.asarray((grid.ends <= sides.first) | future | late)


def _instants(data: "Dataset", start: int, end: int) -> tuple[int, int]:
    return local_midnight_us(start, data.zone), local_midnight_us(end, data.zone)
