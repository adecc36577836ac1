"""Durations of a batch to histogram cells, by one sort of whole numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cxlib.stats.histogram import BIN_SCALE

__all__ = ["Spread", "concatenate", "spread_of"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_X_BITS: Final = 46  # microseconds of 2.2 years
_SECOND_US: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Spread:
    """Cells of a histogram: a code (of day and segment), a bin, whether it ended, and sums.

    Parameters
    ----------
    code : array of int64
        What the caller numbered.
    bin : array of int16
        Twice the logarithmic bin, one more past the edge.
    ended : array of bool
        False: still running.
    n : array of int32
        Rows.
    total, low, high : array of float64
        Sum, minimum and maximum in microseconds.
    """

    code: Integers
    bin: NDArray[np.int16]
    ended: NDArray[np.bool_]
    n: NDArray[np.int32]
    total: Floats
    low: Floats
    high: Floats


def spread_of(x: Floats, ended: NDArray[np.bool_], code: Integers, edge_us: float | None) -> Spread:
    """The cells of a batch, sorted by code, end and bin.

    Parameters
    ----------
    x : array of float64, shape (rows,)
        Durations in microseconds.
    ended : array of bool, shape (rows,)
        Whether each has ended.
    code : array of int64, shape (rows,)
        Day and segment, 0 or more.
    edge_us : float or None
        A target at which no bin may straddle.

    Examples
    --------
    >>> cells = spread_of(np.array([5.0, 7.0, 2e6]), np.array([True, True, False]), np.array([1, 1, 0]), None)
    >>> cells.code, cells.bin, cells.n, cells.total.tolist()
    (array([0, 1]), array([70,  0], dtype=int16), array([1, 2], dtype=int32), [2000000.0, 12.0])
    """
    keys = code * 2 + ended
    if _packs(x, keys):
        packed = np.sort((keys << _X_BITS) | x.astype(np.int64))
        keys, whole = packed >> _X_BITS, packed & ((1 << _X_BITS) - 1)
        values = whole.astype(np.float64)
    else:
        order = np.lexsort((x, keys))
        keys, values = keys[order], x[order].astype(np.float64)
    bins = _bins(values, edge_us)
    starts = np.flatnonzero((np.diff(keys, prepend=-1) != 0) | (np.diff(bins, prepend=-9) != 0))
    if not len(starts):
        return Spread(keys, bins, keys > 0, keys.astype(np.int32), values, values, values)
    n = np.diff(starts, append=len(keys))
    code, ended = keys[starts] >> 1, (keys[starts] & 1) > 0
    total = np.add.reduceat(values, starts)
    return Spread(
        code, bins[starts], ended, n.astype(np.int32), total, values[starts], values[starts + n - 1]
    )


def concatenate(parts: Sequence[Spread]) -> Spread:
    """Cells of several batches one after the other; what repeats adds up later."""
    empty = spread_of(np.empty(0), np.empty(0, dtype=bool), np.empty(0, dtype=np.int64), None)
    given = parts or [empty]
    return Spread(*(np.concatenate([getattr(part, name) for part in given]) for name in Spread.__slots__))


def _packs(x: Floats, keys: Integers) -> bool:
    """Whether durations are whole, and small enough to share a number with their key."""
    if not len(x) or not (x.min() >= 0 and x.max() < 1 << _X_BITS):
        return False
    return int(keys.max()) < 1 << (63 - _X_BITS) and bool((np.floor(x) == x).all())


def _bins(values: Floats, edge_us: float | None) -> NDArray[np.int16]:
    seconds = values * 1e-6
    bins = np.floor(np.log(np.maximum(seconds, 1.0)) * BIN_SCALE)
    bins[values <= 0] = -1
    doubled = bins.astype(np.int16) * np.int16(2)
    return doubled if edge_us is None else (doubled + (values > edge_us)).astype(np.int16)
