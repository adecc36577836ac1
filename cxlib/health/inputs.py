"""What the metrics of a score are for each account: measured over its own window up to `as_of`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from cxlib.data.clock import Period, day_to_date, local_day_number, to_microseconds
from cxlib.health.units import Units
from cxlib.metrics.catalogue import chosen_metrics
from cxlib.metrics.gather import Gathered, gather
from cxlib.metrics.metric import Metric
from cxlib.metrics.rollup import Grid, sides_of
from cxlib.metrics.tabulate import metric_rows
from cxlib.stats.rates import poisson_interval

if TYPE_CHECKING:
    from cxlib.data.dataset import Dataset
    from cxlib.health.configuration import HealthConfiguration

__all__ = ["Inputs", "inputs_at", "today"]

Floats = NDArray[np.float64]
_PER_WINDOW: Final = frozenset({"count", "target"})
"""Kinds that add up over a window: who was there for less of it has less."""


@dataclass(frozen=True, eq=False)
class Inputs:
    """Values of metrics by account; all of shape (units, metrics), in the order of both.

    Parameters
    ----------
    value, lower, upper : array of float
        In each metric's unit; a count is that of a whole window. NaN: nothing is known.
    n : array of float
        Rows.
    age : array of float
        Days from the newest row to `as_of`, 0 where a window without rows is a value; NaN: nothing is known.
    ended : mapping of str to int
        Metrics whose table has no row of anyone in the window, and the local day on which it ends.
    """

    value: Floats
    lower: Floats
    upper: Floats
    n: Floats
    age: Floats
    ended: Mapping[str, int]


def today(data: "Dataset") -> int:
    """The first local day of which nothing is known yet."""
    return _day_after(data, to_microseconds(data.as_of))


def inputs_at(data: "Dataset", configuration: "HealthConfiguration", units: Units) -> Inputs:
    """What every metric of a score is for each account.

    Parameters
    ----------
    data : Dataset
        Rows at or after `as_of` are hidden.
    configuration : HealthConfiguration
        Metrics that the data allow.
    units : Units
        Whose.
    """
    asked = configuration.metrics
    metrics = chosen_metrics(data.settings, [one.name for one in asked])
    gathered = gather(data, metrics, by=(units.unit,))
    columns, ended = [], {}
    for one, metric in zip(asked, metrics, strict=True):
        # rows whose outcome is not known yet do not count: the window ends a horizon earlier
        end = today(data) - int(metric.horizon_days or 0)
        window = _Window(metric, gathered[metric.name], units, end - one.window_days, end)
        covered = window.covered(data)
        if covered <= window.start:
            ended[metric.name] = covered
            columns.append(np.vstack([np.full((3, len(units.ids)), np.nan), *_nothing(len(units.ids))]))
        else:
            columns.append(window.measured(data, covered))
    value, lower, upper, n, age = np.stack(columns, axis=2)
    return Inputs(value, lower, upper, n, age, ended)


def _nothing(size: int) -> tuple[Floats, Floats]:
    """No rows, of no age."""
    return np.zeros(size), np.full(size, np.nan)


def _day_after(data: "Dataset", us: int) -> int:
    """The local day after that of the last instant before one."""
    return int(local_day_number(us - 1, data.zone)) + 1


@dataclass(frozen=True, eq=False)
class _Window:
    """One metric over the days [start, end)."""

    metric: Metric
    gathered: Gathered
    units: Units
    start: int
    end: int

    def covered(self, data: "Dataset") -> int:
        """The day after the last one that the data cover; at or before `start`: the feed has ended."""
        cut = sides_of(data, self.metric, self.gathered).cut
        through = _day_after(data, to_microseconds(data.data_through(self.metric.table)))
        return min(self.end, through, self.end if cut is None else cut)

    def measured(self, data: "Dataset", covered: int) -> Floats:
        """Value, lower, upper, n and age of each unit, shape (5, units)."""
        period = Period("window", day_to_date(self.start), day_to_date(self.end))
        by = (self.units.unit,)
        rows = metric_rows(data, self.metric, self.gathered, by=by, grid=Grid.of([period]))
        groups = {group: i for i, group in enumerate(self.gathered.groups)}
        at = np.array([groups.get((name,), -1) for name in self.units.ids], dtype=np.int64)
        found = np.stack([_picked(rows.numbers[name], at) for name in ("value", "lower", "upper", "n")])
        found[3] = np.nan_to_num(found[3])
        if self.metric.kind in _PER_WINDOW and not self.metric.is_stock and not self.metric.per:
            found[:3] = self._whole(found[:3], covered)
        age = today(data) - self._newest()
        known = ~np.isnan(found[0])
        return np.vstack([found, np.where(known, np.where(np.isfinite(age), age, 0.0), np.nan)])

    def _newest(self) -> Floats:
        """The day of each unit's newest row within the window; −inf: it has none."""
        cells = self.gathered.numerator
        inside = (cells.day >= self.start) & (cells.day < self.end)
        last = np.full(len(cells.groups) + 1, -np.inf)
        np.maximum.at(last, cells.group[inside], cells.day[inside].astype(np.float64))
        codes = {group: i for i, group in enumerate(cells.groups)}
        return np.asarray(last[[codes.get((name,), -1) for name in self.units.ids]])

    def _whole(self, found: Floats, covered: int) -> Floats:
        """Counts as those of a whole window: somebody without rows has none, a newcomer's are scaled up."""
        none = np.array([0.0, *np.ravel(poisson_interval([0.0]))])
        if self.metric.kind != "count":
            none[1:] = np.nan
        counted = np.where(np.isnan(found[0]), none[:, np.newaxis], found)
        begun = np.maximum(np.nan_to_num(self.units.signed_up, nan=self.start), self.start)
        present = covered - begun
        missing = np.full(len(present), np.nan)
        scale = np.divide(self.end - self.start, present, out=missing, where=present > 0)
        return np.asarray(counted * scale, dtype=np.float64)


def _picked(values: Floats, at: NDArray[np.int64]) -> Floats:
    """Values of groups by unit; NaN where a unit has none."""
    return np.asarray(np.append(values, np.nan)[at], dtype=np.float64)
