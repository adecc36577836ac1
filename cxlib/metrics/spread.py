"""Durations of a batch to histogram cells: in a table of all bins, or sorted where that were too large."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cxlib.stats.histogram import BIN_SCALE

__all__ = ["Spread", "spreads_of"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

_LARGEST: Final = 1 << 19  # cells of a table: beyond it, memory is slower than sorting
_FLOOR: Final = -2  # twice the bin of durations up to 0


@dataclass(frozen=True, slots=True)
class Spread:
    """Cells of a histogram: day and segment, a bin, whether it ended, and sums.

    Parameters
    ----------
    day, code : array of int32
        Local day, and the number of the combination of segments.
    bin : array of int16
        Twice the logarithmic bin, one more past the edge.
    ended : array of bool
        False: still running.
    n : array of int32
        Rows.
    total, low, high : array of float64
        Sum, minimum and maximum in microseconds.
    """

    day: NDArray[np.int32]
    code: NDArray[np.int32]
    bin: NDArray[np.int16]
    ended: Flags
    n: NDArray[np.int32]
    total: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True, slots=True)
class _Table:
    """All bins of some days, segments and kinds of end, the bins being the fastest."""

    n: Integers
    total: Floats
    low: Floats
    high: Floats


def spreads_of(
    x: Floats,
    ended: Flags,
    day: Integers,
    codes: Sequence[Integers],
    *,
    sizes: Sequence[int],
    cuts: Sequence[Sequence[int]],
    edge_us: float | None,
) -> list[Spread]:
    """The cells of a batch in several cuts.

    Parameters
    ----------
    x : array of float64, shape (rows,)
        Durations in microseconds.
    ended : array of bool, shape (rows,)
        Whether each has ended.
    day : array of int64, shape (rows,)
        Local day.
    codes : sequence of array of int64, shape (rows,)
        The label's number of each segment.
    sizes : sequence of int
        How many labels each segment has.
    cuts : sequence of sequence of int
        Places of the segments of each cut.
    edge_us : float or None
        A target at which no bin may straddle.

    Examples
    --------
    >>> x, ended, day = np.array([5.0, 7.0, 2e6]), np.array([True, True, False]), np.array([1, 1, 0])
    >>> cells = spreads_of(x, ended, day, [], sizes=[], cuts=[()], edge_us=None)[0]
    >>> cells.day, cells.bin, cells.n, cells.total.tolist()
    (array([0, 1], dtype=int32), array([70,  0], dtype=int16), array([1, 2], dtype=int32), [2000000.0, 12.0])
    """
    if not len(x):
        empty = np.empty(0)
        return [_spread(empty, empty, empty, empty > 0, (empty, empty, empty, empty)) for _ in cuts]
    bins, width, step = _bins(x, edge_us)
    first = int(day.min())
    days = int(day.max()) - first + 1
    tables: dict[tuple[int, ...], _Table] = {}
    found: dict[tuple[int, ...], Spread] = {}
    for cut in sorted({tuple(cut) for cut in cuts}, key=lambda cut: -_count(sizes, cut)):
        shape = (days, *(sizes[i] for i in cut), 2, width)
        wider = next((known for known in tables if set(cut) <= set(known)), None)
        if wider is not None:
            table = _narrowed(tables[wider], (days, *(sizes[i] for i in wider), 2, width), wider, cut)
        else:
            code = day - first
            for i in cut:
                code = code * sizes[i] + codes[i]
            key = (code * 2 + ended) * width + bins
            if np.prod(shape, dtype=np.float64) > _LARGEST:
                found[cut] = _sorted(key, x, (_count(sizes, cut), width, first, step))
                continue
            table = _table(key, x, int(np.prod(shape)))
        tables[cut] = table
        found[cut] = _filled(table, (_count(sizes, cut), width, first, step))
    return [found[tuple(cut)] for cut in cuts]


def _count(sizes: Sequence[int], cut: Sequence[int]) -> int:
    return int(np.prod([sizes[i] for i in cut], dtype=np.int64))


def _bins(x: Floats, edge_us: float | None) -> tuple[Integers, int, tuple[int, int]]:
    """The place of each duration's bin from the lowest of the batch, their number, and how to count on."""
    bins = np.log(np.maximum(x * 1e-6, 1.0))
    bins *= BIN_SCALE
    found = bins.astype(np.int64)
    found[x <= 0] = -1
    low, step = -1, 2
    if edge_us is not None:
        found = found * 2 + (x > edge_us)
        low, step = _FLOOR, 1
    first = int(found.min())
    return found - first, int(found.max()) - first + 1, ((first - low) * step + _FLOOR, step)


def _table(key: Integers, x: Floats, size: int) -> _Table:
    low, high = np.full(size, np.inf), np.full(size, -np.inf)
    np.minimum.at(low, key, x)
    np.maximum.at(high, key, x)
    total = np.bincount(key, weights=x, minlength=size).astype(np.float64, copy=False)
    return _Table(np.bincount(key, minlength=size), total, low, high)


def _narrowed(table: _Table, shape: tuple[int, ...], wider: Sequence[int], cut: Sequence[int]) -> _Table:
    """The same table over fewer segments."""
    gone = tuple(1 + k for k, i in enumerate(wider) if i not in cut)
    kept = [i for i in wider if i in cut]
    order = (0, *(1 + kept.index(i) for i in cut), 1 + len(kept), 2 + len(kept))

    def over(values: NDArray[Any], add: np.ufunc) -> NDArray[Any]:
        return np.asarray(add.reduce(values.reshape(shape), axis=gone).transpose(order).reshape(-1))

    return _Table(
        over(table.n, np.add),
        over(table.total, np.add),
        over(table.low, np.minimum),
        over(table.high, np.maximum),
    )


_Numbers = tuple[int, int, int, tuple[int, int]]


def _filled(table: _Table, numbers: _Numbers) -> Spread:
    """The cells of a table that hold anything."""
    at = np.flatnonzero(table.n > 0)
    return _decoded(at, (table.n[at], table.total[at], table.low[at], table.high[at]), numbers)


def _sorted(key: Integers, x: Floats, numbers: _Numbers) -> Spread:
    """The cells of keys too far apart for a table."""
    order = np.lexsort((x, key))
    keys, values = key[order], x[order]
    starts = np.flatnonzero(np.diff(keys, prepend=keys[0] - 1) != 0)
    n = np.diff(starts, append=len(keys))
    sums = (n, np.add.reduceat(values, starts), values[starts], values[starts + n - 1])
    return _decoded(keys[starts], sums, numbers)


def _decoded(key: Integers, sums: Sequence[NDArray[Any]], numbers: _Numbers) -> Spread:
    """What a key says: day, segments, end and bin."""
    count, width, first, (low, step) = numbers
    small = key.astype(np.int32) if key[-1] < np.iinfo(np.int32).max else key
    rest = small // width
    bins = (small - rest * width) * step + low
    whole = rest >> 1
    day = whole // count
    return _spread(day + first, whole - day * count, bins, (rest & 1) > 0, sums)


def _spread(
    day: NDArray[Any], code: NDArray[Any], bins: NDArray[Any], ended: Flags, sums: Sequence[NDArray[Any]]
) -> Spread:
    n, total, low, high = sums
    return Spread(
        day.astype(np.int32),
        code.astype(np.int32),
        bins.astype(np.int16),
        ended,
        n.astype(np.int32),
        total,
        low,
        high,
    )
