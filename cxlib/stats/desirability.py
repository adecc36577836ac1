"""Shapes that turn a measure into how good it is, 0 to 1: more is better, less is better, or a band."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cxlib.errors import UsageError
from cxlib.stats.scorecard import MOST_REACH

__all__ = ["Shape", "band", "down", "points", "reach", "up"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Shape:
    """A piecewise linear function from a measure to 0-1, flat outside of its points.

    Parameters
    ----------
    x : tuple of float
        Increasing; on a log scale natural logarithms.
    d : tuple of float
        Values at `x`, 0-1.
    log : bool
        The measure is taken as its logarithm; 0 and below count as the smallest.
    """

    x: tuple[float, ...]
    d: tuple[float, ...]
    log: bool = False

    def __call__(self, values: ArrayLike) -> Floats:
        """How good values are, 0-1; ±inf takes the end, NaN stays NaN."""
        found = np.asarray(values, dtype=np.float64)
        at = _logarithm(found) if self.log else found
        return np.asarray(np.where(np.isnan(found), np.nan, np.interp(at, self.x, self.d)), dtype=np.float64)

    @property
    def is_monotone(self) -> bool:
        """Whether it only rises, or only falls."""
        steps = [after - before for before, after in pairwise(self.d)]
        return min(steps) >= 0 or max(steps) <= 0

    @property
    def breaks(self) -> tuple[float, ...]:
        """The points in the measure's own unit."""
        return tuple(float(np.exp(x)) for x in self.x) if self.log else self.x


def _logarithm(values: Floats) -> Floats:
    positive = values > 0
    return np.asarray(np.where(positive, np.log(np.where(positive, values, 1.0)), -np.inf))


def up(lo: float, hi: float, *, where: str = "up") -> Shape:
    """More is better: 0 at `lo`, 1 at `hi`.

    Parameters
    ----------
    lo, hi : float
        lo < hi.
    where : str
        What an error calls the place.

    Raises
    ------
    UsageError
        If the ends are out of order.

    Examples
    --------
    >>> up(-100, 100)([-200, 0, 50, np.inf, np.nan])
    array([0.  , 0.5 , 0.75, 1.  ,  nan])
    """
    _refuse(lo >= hi, where, f"[{lo:g}, {hi:g}]", "the lower end first, and below the upper one")
    return Shape((float(lo), float(hi)), (0.0, 1.0))


def down(lo: float, hi: float, *, log: bool = False, where: str = "down") -> Shape:
    """Less is better: 1 at `lo`, 0 at `hi`; by ratios if `log`.

    Parameters
    ----------
    lo, hi : float
        lo < hi; 0 < lo if `log`.
    log : bool
        Half a minute to one counts like half an hour to one: for reply times.
    where : str
        What an error calls the place.

    Raises
    ------
    UsageError
        If the ends are out of order, or not positive on a log scale.

    Examples
    --------
    >>> down(1, 100, log=True)([0, 1, 10, 1000])
    array([1. , 1. , 0.5, 0. ])
    """
    _refuse(lo >= hi, where, f"[{lo:g}, {hi:g}]", "the lower end first, and below the upper one")
    _refuse(log and lo <= 0, where, f"{lo:g} on a log scale", "a lower end above 0")
    ends = (float(np.log(lo)), float(np.log(hi))) if log else (float(lo), float(hi))
    return Shape(ends, (1.0, 0.0), log)


def band(
    corners: Sequence[float], *, lo_floor: float = 0.0, hi_floor: float = 0.0, where: str = "band"
) -> Shape:
    """Some is good, too little and too much are not: 1 between the inner corners.

    Parameters
    ----------
    corners : sequence of four floats
        a ≤ b ≤ c ≤ e and a < e: `lo_floor` up to a, 1 from b to c, `hi_floor` from e on.
    lo_floor, hi_floor : float
        0-1.
    where : str
        What an error calls the place.

    Raises
    ------
    UsageError
        If the corners are out of order, or a floor lies outside of 0-1.

    Examples
    --------
    >>> band([0, 20, 60, 200], lo_floor=0.3)([0, 10, 40, 130, 900])
    array([0.3 , 0.65, 1.  , 0.5 , 0.  ])
    """
    told = f"[{', '.join(f'{corner:g}' for corner in corners)}]"
    _refuse(len(corners) != 4, where, told, "four corners")
    a, b, c, e = (float(corner) for corner in corners)
    _refuse(not (a <= b <= c <= e) or a == e, where, told, "corners in ascending order, not all the same")
    floors = {"lo_floor": lo_floor, "hi_floor": hi_floor}
    for name, floor in floors.items():
        _refuse(not 0 <= floor <= 1, f"{where}.{name}", f"{floor:g}", "a share from 0 to 1")
    return Shape((a, b, c, e), (float(lo_floor), 1.0, 1.0, float(hi_floor)))


def points(pairs: Sequence[Sequence[float]], *, where: str = "table") -> Shape:
    """Straight lines between points, flat outside.

    Parameters
    ----------
    pairs : sequence of (float, float)
        At least two; x increasing, d 0-1.
    where : str
        What an error calls the place.

    Raises
    ------
    UsageError
        If there are too few points, x does not increase, or d lies outside of 0-1.

    Examples
    --------
    >>> points([[0, 0.2], [10, 1.0], [50, 0.4]])([5, 30, 99])
    array([0.6, 0.7, 0.4])
    """
    x, d = [float(pair[0]) for pair in pairs], [float(pair[1]) for pair in pairs]
    _refuse(len(pairs) < 2, where, f"{len(pairs)} of them", "two points or more")
    _refuse(any(b <= a for a, b in pairwise(x)), where, f"x = {x}", "increasing x")
    _refuse(any(not 0 <= value <= 1 for value in d), where, f"d = {d}", "values from 0 to 1")
    return Shape(tuple(x), tuple(d))


def reach(shape: Shape, values: Floats, lower: Floats, upper: Floats) -> tuple[Floats, Floats]:
    """How far d may lie below and above what it is found to be: to its least and most over the interval.

    Parameters
    ----------
    shape : Shape
        What makes d of the measure.
    values : array of float
        The measure.
    lower, upper : array of float
        Bounds of its 95 % interval; NaN: unknown, then 1.96 × 0.29 either way.

    Returns
    -------
    below, above : array of float
        0-1. One answer may be far from the truth on one side only, so they differ.

    Examples
    --------
    >>> shape = band([0, 20, 60, 200])
    >>> unknown = np.nan
    >>> values, lower, upper = (np.array(x) for x in ([60.0, 5.0], [10.0, unknown], [100.0, unknown]))
    >>> below, above = reach(shape, values, lower, upper)
    >>> below.round(3), above.round(3)
    (array([0.5  , 0.568]), array([0.   , 0.568]))
    """
    known = ~(np.isnan(lower) | np.isnan(upper))
    low, high = np.where(known, lower, 0.0), np.where(known, upper, 0.0)
    begin, end = shape(low), shape(high)
    most, least = np.maximum(begin, end), np.minimum(begin, end)
    # a corner inside of the interval, or the nearer end of it; what only rises or only falls has none
    for at in () if shape.is_monotone else shape.breaks:
        corner = shape(np.clip(at, low, high))
        most, least = np.maximum(most, corner), np.minimum(least, corner)
    d = shape(values)
    below, above = np.maximum(d - least, 0.0), np.maximum(most - d, 0.0)
    return np.where(known, below, MOST_REACH), np.where(known, above, MOST_REACH)


def _refuse(fault: bool, where: str, found: str, expected: str) -> None:  # noqa: FBT001 - the fault itself
    if fault:
        raise UsageError(where, found=found, expected=expected, fix="correct it in cxlib.toml")
