"""The status of each value: is there anything to judge, may it still change, how much of it is seen."""

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from cxlib.data.clock import day_bounds_us, to_microseconds
from cxlib.metrics.metric import Metric
from cxlib.metrics.rollup import Grid, Sides

if TYPE_CHECKING:
    from cxlib.data.dataset import Dataset

__all__ = ["NOWCAST", "STATUSES", "Seen", "is_young", "judged_at", "outside", "statuses"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

NOWCAST: Final = "nowcast"
"""Status of an immature value that is estimated from what is seen so far."""
STATUSES: Final = ("no_data", NOWCAST, "immature", "partial", "low_n", "ok")
"""All statuses."""
_WITHOUT_LOW_N: Final = frozenset({"rate", "count", "target"})


@dataclass(frozen=True, slots=True)
class Seen:
    """What the status of values depends on beside their periods; arrays of shape (groups, periods).

    Parameters
    ----------
    n : array of float
        Rows that count.
    undefined : array of bool
        Where there is nothing to make a value of.
    unsettled : array of bool
        Where the curve of a duration does not come down far enough, or a row is provisional.
    """

    n: Floats
    undefined: Flags
    unsettled: Flags


def statuses(data: "Dataset", metric: Metric, grid: Grid, sides: Sides, seen: Seen) -> NDArray[np.int64]:
    """The status of each group and period, the first that applies, as its place in `STATUSES`.

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
    seen : Seen
        What there is in each group and period.
    """
    low = (seen.n < metric.min_n) & (metric.kind not in _WITHOUT_LOW_N)
    young = NOWCAST if metric.is_nowcast else "immature"
    conditions = [
        seen.undefined,
        np.broadcast_to(is_young(data, metric, grid), low.shape),
        seen.unsettled,
        np.broadcast_to(_is_partial(data, metric, grid, sides), low.shape),
        low,
    ]
    names = ["no_data", young, "immature", "partial", "low_n"]
    return np.select(conditions, [STATUSES.index(name) for name in names], default=STATUSES.index("ok"))


def _midnights(days: NDArray[np.int64], zone: str) -> NDArray[np.int64]:
    """The first instant of each local day, microseconds."""
    return _midnights_once(days.tobytes(), zone)


@lru_cache(maxsize=16)
def _midnights_once(days: bytes, zone: str) -> NDArray[np.int64]:
    """The same for every metric of a frame: some twenty times the same days."""
    found = day_bounds_us(np.frombuffer(days, dtype=np.int64), zone)[0]
    found.flags.writeable = False
    return found


def is_young(data: "Dataset", metric: Metric, grid: Grid) -> Flags:
    """Periods whose last rows have not had the time of the horizon."""
    if metric.horizon_days is None:
        return np.zeros(len(grid.ends), dtype=bool)
    seen = to_microseconds(data.data_through(metric.table))
    return np.asarray(_midnights(grid.ends, data.zone) + metric.horizon_days * 86_400e6 > seen)


def _is_partial(data: "Dataset", metric: Metric, grid: Grid, sides: Sides) -> Flags:
    """Periods of which only part is seen: `as_of` lies inside, the range or the data cut them."""
    as_of = to_microseconds(data.as_of)
    partial = (_midnights(grid.starts, data.zone) < as_of) & (as_of < _midnights(grid.ends, data.zone))
    partial |= grid.cut
    if sides.cut is not None:
        partial |= (grid.starts < sides.cut) & (sides.cut < grid.ends)
    if metric.trailing_days is not None and sides.first is not None:
        partial |= grid.ends - metric.trailing_days < sides.first
    return partial


def outside(data: "Dataset", grid: Grid, sides: Sides) -> Flags:
    """Periods in which there can be no row: before the data begin, or at and after `as_of` or the cut."""
    if sides.first is None:
        return np.ones(len(grid.starts), dtype=bool)
    as_of = to_microseconds(data.as_of)
    future = _midnights(grid.starts, data.zone) >= as_of
    late = np.zeros(len(future), dtype=bool) if sides.cut is None else grid.starts >= sides.cut
    return np.asarray((grid.ends <= sides.first) | future | late)


def judged_at(data: "Dataset", grid: Grid, sides: Sides) -> Flags:
    """The latest period: the last one that begins before `as_of`, if no row of the data lies after it."""
    found = np.zeros(len(grid.starts), dtype=bool)
    begun = np.flatnonzero(~outside(data, grid, sides))
    if len(begun) and sides.last is not None and sides.last < grid.ends[begun[-1]]:
        found[begun[-1]] = True
    return found
