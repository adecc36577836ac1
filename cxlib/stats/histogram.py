"""Durations in logarithmic bins: additive over days and segments, and precise enough for quantiles.

A bin keeps how many durations it holds, their sum, minimum and maximum. Inside a bin values lie on
two uniform stretches, minimum to mean and mean to maximum, weighted so that the mean is kept.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cxlib.errors import CxError
from cxlib.stats.arrays import Floats, Integers

__all__ = [
    "BIN_SCALE",
    "DurationBins",
    "bin_number",
    "count_up_to",
    "group_sum",
    "order_statistic",
]

BIN_RATIO = 1.02
BIN_SCALE = 1 / math.log(BIN_RATIO)
"""Bins per unit of natural logarithm of seconds: 50.498…; SQL writes ``repr`` of it."""


def bin_number(seconds: ArrayLike) -> Integers:
    """The bin of each duration: -1 up to 0, 0 below a second, then ratio 1.02 a bin.

    Parameters
    ----------
    seconds : array of float, shape (rows,)
        Durations, not NaN.

    Returns
    -------
    bins : array of int64, shape (rows,)
        About 900 up to two years.

    Examples
    --------
    >>> bin_number(np.array([0.0, 0.5, 1.0, 1.03, 60.0]))
    array([ -1,   0,   0,   1, 206])
    """
    values = np.asarray(seconds, dtype=np.float64)
    logs = np.floor(np.log(np.maximum(values, 1.0)) * BIN_SCALE)
    return np.where(values <= 0, -1, np.where(values < 1, 0, logs)).astype(np.int64)


@dataclass(frozen=True, eq=False, slots=True)
class DurationBins:
    """Cells of a duration histogram, one row for each group, bin and kind of end; any order, repeats add up.

    Parameters
    ----------
    group : array of int, shape (cells,)
        Code 0.. of what the curve is for, such as period × segment; a cell with a code below 0 is left out.
    bin : array of int, shape (cells,)
        Ascends with the duration; cut at a target where "within target" must be exact.
    ended : array of bool, shape (cells,)
        False: still running when last seen (censored).
    n, total, low, high : array of float, shape (cells,)
        Durations in the cell, their sum, minimum and maximum, in any one unit.

    Raises
    ------
    CxError
        If the arrays differ in length, a cell is negative, or its mean lies outside its minimum and maximum.
    """

    group: Integers
    bin: Integers
    ended: NDArray[np.bool_]
    n: Floats
    total: Floats
    low: Floats
    high: Floats

    @classmethod
    def unchecked(cls, *columns: NDArray[Any]) -> "DurationBins":
        """Cells that the caller vouches for, their columns as they are: millions are neither copied nor read.

        Examples
        --------
        >>> seven = np.array([7])
        >>> DurationBins.unchecked(seven, seven, seven > 0, seven, seven, seven, seven).n.dtype.kind
        'i'
        """
        cells = object.__new__(cls)
        for name, column in zip(cls.__slots__, columns, strict=True):
            object.__setattr__(cells, name, column)
        return cells

    def __post_init__(self) -> None:
        kinds: dict[str, type[np.generic]] = {"group": np.int64, "bin": np.int64, "ended": np.bool_}
        for name in self.__slots__:
            object.__setattr__(self, name, np.asarray(getattr(self, name), dtype=kinds.get(name, np.float64)))
        sizes = {name: getattr(self, name).size for name in self.__slots__}
        if len(set(sizes.values())) > 1:
            raise CxError(
                "duration bins",
                found=", ".join(f"{name} {size}" for name, size in sizes.items()),
                expected="one length",
                fix="pass the columns of one table",
            )
        slack = 1e-9 * np.maximum(np.abs(self.total), 1.0)
        wrong = (
            (self.n < 0)
            | (self.low * self.n > self.total + slack)
            | (self.high * self.n < self.total - slack)
        )
        if wrong.any():
            raise CxError(
                "duration bins",
                found=f"mean outside minimum and maximum in cell {int(np.flatnonzero(wrong)[0])}",
                expected="n, sum, minimum and maximum of the same rows",
                fix="aggregate the four over the same rows",
                more=int(wrong.sum()) - 1,
            )


def order_statistic(cells: DurationBins, at: ArrayLike, rank: ArrayLike) -> Floats:
    """The duration of a rank inside a cell: exact for the first, the last, and where all are equal.

    Parameters
    ----------
    cells : DurationBins
        One row for each cell.
    at : array of int, shape (wanted,)
        Which cell.
    rank : array of float, shape (wanted,)
        0 for its shortest duration to n - 1 for its longest; fractions lie between.

    Returns
    -------
    duration : array of float, shape (wanted,)
        In the unit of the cells.

    Examples
    --------
    >>> cells = DurationBins([0], [7], [True], [3], [16.0], [5.0], [6.0])
    >>> order_statistic(cells, [0, 0, 0], [0, 1, 2]).round(3)
    array([5.  , 5.25, 6.  ])
    """
    which = np.asarray(at, dtype=np.int64)
    n, low, high = cells.n[which], cells.low[which], cells.high[which]
    mean = cells.total[which] / n
    width = np.where(high > low, high - low, 1.0)
    share = np.where(n > 1, np.asarray(rank, dtype=np.float64) / np.maximum(n - 1, 1), 0.5)
    below = np.clip(np.where(high > low, (high - mean) / width, 0.5), 1e-12, 1 - 1e-12)
    lower = low + (mean - low) * share / below
    upper = mean + (high - mean) * (share - below) / (1 - below)
    return np.where(n > 1, np.clip(np.where(share < below, lower, upper), low, high), mean)


def count_up_to(cells: DurationBins, limit: ArrayLike) -> Floats:
    """How many durations of each cell do not pass a limit: exact but where the limit cuts the cell.

    Parameters
    ----------
    cells : DurationBins
        One row for each cell.
    limit : float or array of float, shape (cells,)
        In the unit of the cells.

    Examples
    --------
    >>> cells = DurationBins([0, 0], [7, 8], [True, True], [3, 2], [16.0, 13.0], [5.0, 6.2], [6.0, 6.8])
    >>> count_up_to(cells, 6.0), count_up_to(cells, 5.5)
    (array([3., 0.]), array([2., 0.]))
    """
    until = np.broadcast_to(np.asarray(limit, dtype=np.float64), cells.n.shape)
    mean = np.divide(cells.total, cells.n, out=np.zeros_like(cells.total), where=cells.n > 0)
    cut = (cells.low <= until) & (until < cells.high)
    width = np.where(cut, cells.high - cells.low, 1.0)
    below = np.clip((cells.high - mean) / width, 1e-12, 1 - 1e-12)
    first = below * (until - cells.low) / np.where(mean > cells.low, mean - cells.low, 1.0)
    second = below + (1 - below) * (until - mean) / np.where(cells.high > mean, cells.high - mean, 1.0)
    share = np.where(until < mean, first, second)
    inside = np.floor(share * (cells.n - 1) + 1e-9) + 1
    return np.where(cut, np.clip(inside, 1, cells.n - 1), np.where(cells.high <= until, cells.n, 0.0))


def group_sum(values: ArrayLike, group: Integers, *, groups: int) -> Floats:
    """Sum of the values of each group.

    Examples
    --------
    >>> group_sum([1.0, 2.0, 4.0], np.array([0, 2, 2]), groups=3)
    array([1., 0., 6.])
    """
    return np.bincount(group, weights=np.asarray(values, dtype=np.float64), minlength=groups).astype(
        np.float64
    )
