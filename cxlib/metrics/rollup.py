"""Cells to periods: sums by period and group, and the dispersion of earlier periods."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from cxlib.data.clock import (
    Period,
    date_to_day,
    local_day_number,
    local_midnight_us,
    to_microseconds,
)
from cxlib.metrics.cells import Cells
from cxlib.metrics.gather import Gathered
from cxlib.metrics.metric import Metric
from cxlib.stats.rates import dispersion

if TYPE_CHECKING:
    from cxlib.data.dataset import Dataset

__all__ = ["Grid", "Sides", "earlier_dispersion", "place_of", "sides_of", "sum_cells", "sum_windows"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
_LEAST_EARLIER: Final = 8
_MOST_EARLIER: Final = 24
_AT_ONCE: Final = 64


@dataclass(frozen=True, slots=True)
class Grid:
    """Periods as day numbers: period i is [starts[i], ends[i]), ascending, without gaps.

    `cut` tells which of them the range asked for has shortened.
    """

    periods: tuple[Period, ...]
    starts: Integers
    ends: Integers
    cut: NDArray[np.bool_]

    @classmethod
    def of(cls, periods: Sequence[Period]) -> "Grid":
        """The grid of calendar periods."""
        starts, ends = (
            np.array([date_to_day(day) for day in days], dtype=np.int64) for days in _edges(periods)
        )
        return cls(tuple(periods), starts, ends, np.zeros(len(starts), dtype=np.bool_))

    def within(self, first: int | None, end: int | None) -> "Grid":
        """The grid cut to the days of a range; None: as far as it goes."""
        starts = self.starts if first is None else np.maximum(self.starts, first)
        ends = self.ends if end is None else np.minimum(self.ends, end)
        return Grid(self.periods, starts, ends, (starts != self.starts) | (ends != self.ends))


def _edges(periods: Sequence[Period]) -> tuple[list[date], list[date]]:
    return [period.start for period in periods], [period.end for period in periods]


@dataclass(frozen=True, slots=True)
class Sides:
    """In which days the data of a metric lie.

    Parameters
    ----------
    first : int or None
        First day that every table of the metric has; None: a table has no rows.
    last : int or None
        Last day with a row of the metric's own table.
    cut : int or None
        Of what is divided by an exposure or by days: days from this one on are left out of both sides alike.
    """

    first: int | None
    last: int | None
    cut: int | None


def place_of(days: Integers, grid: Grid) -> tuple[Integers, NDArray[np.bool_]]:
    """The period of each day, and whether it lies in one."""
    if not len(grid.starts):
        return np.zeros(len(days), dtype=np.int64), np.zeros(len(days), dtype=bool)
    first, end = int(grid.starts[0]) - 1, int(grid.ends[-1])
    every = np.arange(first, end + 1)  # a day before, and one after
    place = np.maximum(np.searchsorted(grid.starts, every, side="right") - 1, 0)
    inside = (every >= grid.starts[place]) & (every < grid.ends[place])
    at = np.clip(days, first, end) - first
    return place[at], inside[at]


def sum_cells(cells: Cells, values: Floats, groups: int, grid: Grid, *, cut: int | None = None) -> Floats:
    """Sums of a column of cells by group and period, shape (groups, periods); other days are left out."""
    if len(grid.starts) == 1:  # no cell has to look for its period
        return sum_windows(cells, values, groups, (grid.starts, grid.ends), cut=cut)
    place, inside = place_of(cells.day, grid)
    if cut is not None:
        inside &= cells.day < cut
    flat = cells.group[inside] * len(grid.starts) + place[inside]
    sums = np.bincount(flat, weights=values[inside], minlength=groups * len(grid.starts))
    return sums.astype(np.float64).reshape(groups, len(grid.starts))


def sum_windows(
    cells: Cells, values: Floats, groups: int, windows: tuple[Integers, Integers], *, cut: int | None = None
) -> Floats:
    """Sums of a column of cells by group over windows that may overlap, shape (groups, windows).

    Parameters
    ----------
    cells : Cells
        Give day and group.
    values : array of float, shape (cells,)
        What to add up.
    groups : int
        Number of groups.
    windows : tuple of two arrays of int64
        First day of each window, and the day after its last.
    cut : int or None
        Days from this one on are left out.
    """
    starts, ends = windows
    sums = np.zeros((groups, len(starts)))
    for i, (start, end) in enumerate(zip(starts, ends, strict=True)):
        inside = (cells.day >= start) & (cells.day < (end if cut is None else min(end, cut)))
        every = bool(inside.all())
        group, part = (cells.group, values) if every else (cells.group[inside], values[inside])
        sums[:, i] = np.bincount(group, weights=part, minlength=groups)
    return sums


def sides_of(data: "Dataset", metric: Metric, gathered: Gathered) -> Sides:
    """First and last day and cut of a metric: a rate's sides begin and end together."""
    parts = [gathered.numerator, *([gathered.exposure] if gathered.exposure is not None else [])]
    first = max(int(part.day.min()) for part in parts) if all(len(part.day) for part in parts) else None
    last = int(gathered.numerator.day.max()) if len(gathered.numerator.day) else None
    if metric.exposure is None and not metric.per:
        return Sides(first, last, None)
    us = _end_of_sides(data, metric)
    day = int(local_day_number(np.array([us]), data.zone)[0])
    whole = us == local_midnight_us(day, data.zone) or _is_by_day(metric)
    return Sides(first, last, day if whole else day + 1)


def _end_of_sides(data: "Dataset", metric: Metric) -> int:
    """The instant at which both sides stop, in microseconds."""
    tables = [metric.table] if metric.exposure is None else [metric.table, metric.exposure.table]
    # who signed up last says nothing about how far data go, nor what was posted last against a target
    silent = {metric.table} if metric.kind == "target" else set()
    silent |= {metric.exposure.table} if metric.exposure is not None and metric.exposure.leaves else set()
    ending = [table for table in tables if table not in silent or table in data.settings.data_through]
    return min([to_microseconds(data.as_of), *(to_microseconds(data.data_through(t)) for t in ending)])


def _is_by_day(metric: Metric) -> bool:
    """True where the day of `as_of` cannot be cut at the same instant on both sides."""
    return metric.exposure is None or metric.exposure.basis == "date" or bool(metric.exposure.leaves)


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
    earlier: Integers = np.cumsum(complete) - complete  # complete periods before each one
    events, base = counts[:, complete], exposures[:, complete]
    for number in range(_LEAST_EARLIER, min(_MOST_EARLIER, events.shape[1] + 1)):
        spread = dispersion(events[:, :number], base[:, :number], least=_LEAST_EARLIER)
        found[:, earlier == number] = spread[:, np.newaxis]
    full = np.flatnonzero(earlier >= _MOST_EARLIER)
    for begin in range(0, len(full), _AT_ONCE):
        at = full[begin : begin + _AT_ONCE]
        last = earlier[at, np.newaxis] - np.arange(1, _MOST_EARLIER + 1)
        found[:, at] = dispersion(events[:, last], base[:, last], least=_LEAST_EARLIER)
    return found
