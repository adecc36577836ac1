"""Cells of a histogram in the order of group, duration and end, in blocks of whole groups.

A curve needs how many durations each cell holds, in order; of sums, minima and maxima it needs those of
the few cells on which a quantile falls. So only places are sorted, and amounts are looked up at the end.
Curves do not touch each other: those of a block of groups fit into the processor's cache.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cxlib.stats.arrays import Floats, Integers
from cxlib.stats.histogram import DurationBins

__all__ = ["BLOCK", "PIECE", "OrderedBins", "add_up", "blocks_of", "order_bins"]

BLOCK: Final = 1 << 17
"""Cells of a block, a megabyte a column; a group of more is a block of its own."""
PIECE: Final = 1 << 15
"""Cells that are looked at together where nothing has to be whole."""
_READ: Final = 8


@dataclass(frozen=True, eq=False, slots=True)
class OrderedBins:
    """Cells of some groups by group, bin and end (ended ones first), one each.

    Parameters
    ----------
    source : DurationBins
        Where the amounts of the cells lie, in any order.
    order : array of int64, shape (parts,)
        Places in the source; several may make up a cell.
    start : array of int64, shape (cells + 1,)
        Where the parts of each cell begin in `order`.
    first : array of int64, shape (groups + 1,)
        Where the cells of each group begin.
    ended, mixed : array of bool, shape (cells,)
        Whether they ended; whether the next cell holds those of the same bin that are still running.
    through : array of float, shape (cells + 1,)
        Durations in the cells before each.
    """

    source: DurationBins
    order: Integers
    start: Integers
    first: Integers
    ended: NDArray[np.bool_]
    mixed: NDArray[np.bool_]
    through: Floats

    @property
    def rows(self) -> Floats:
        """Durations of each group."""
        return np.diff(self.through[self.first])

    def cells(self, which: Integers) -> DurationBins:
        """Some of the cells with their amounts, the group counted from the first one of these.

        Parameters
        ----------
        which : array of int64, shape (wanted,)
            Cells, in any order.

        Examples
        --------
        >>> day = DurationBins([0, 0], [7, 7], [True, True], [1, 2], [5.0, 12.0], [5.0, 5.5], [5.0, 6.5])
        >>> order_bins(day, groups=1).cells(np.array([0])).total
        array([17.])
        """
        begin, size = self.start[which], self.start[which + 1] - self.start[which]
        at = np.cumsum(size) - size
        given = self.source
        columns = (given.total, given.low, given.high)
        if size.max(initial=0) <= 1:
            amounts = [column[self.order[begin]] for column in columns]
        else:
            parts = self.order[np.arange(int(size.sum())) + np.repeat(begin - at, size)]
            sums = (np.add, np.minimum, np.maximum)
            amounts = [add.reduceat(column[parts], at) for add, column in zip(sums, columns, strict=True)]
        group = np.searchsorted(self.first, which, side="right") - 1
        n = self.through[which + 1] - self.through[which]
        return DurationBins.unchecked(
            group,
            given.bin[self.order[begin]],
            self.ended[which],
            n,
            *(np.asarray(amount, dtype=np.float64) for amount in amounts),
        )


def order_bins(cells: DurationBins, *, groups: int) -> OrderedBins:
    """All cells in order, in one block.

    Parameters
    ----------
    cells : DurationBins
        In any order; repeats are one cell, empty ones fall out.
    groups : int
        Number of groups.
    """
    ((_, found),) = blocks_of(cells, groups=groups, most=cells.n.size + 1)
    return found


def blocks_of(cells: DurationBins, *, groups: int, most: int = BLOCK) -> Iterator[tuple[slice, OrderedBins]]:
    """Cells in order, some whole groups at a time: which groups, and their cells.

    Parameters
    ----------
    cells : DurationBins
        In any order; repeats are one cell, empty ones fall out. Runs that ascend already make it faster.
    groups : int
        Number of groups.
    most : int
        Parts of a block; a group that has more is a block of its own. Of cells in no order blocks are larger,
        so that none is read more often than some ten times.

    Examples
    --------
    >>> x = np.array([3.0, 1.0, 2.0])
    >>> cells = DurationBins([1, 0, 0], [3, 1, 2], [True] * 3, [1] * 3, x, x, x)
    >>> [(place.start, place.stop, block.rows) for place, block in blocks_of(cells, groups=2, most=2)]
    [(0, 1, array([2.])), (1, 2, array([1.]))]
    """
    cells = _spread_out(cells, groups)
    bins, bits = _Bins.of(cells), max(cells.n.size - 1, 0).bit_length()
    sizes, (lowest, highest) = _sizes(cells, groups)
    edges = np.append(0, np.cumsum(sizes))
    covered = int((edges[highest + 1] - edges[np.maximum(lowest, 0)]).sum())  # cells between those of a piece
    most = max(most, covered // (_READ * max(lowest.size, 1)))
    widest = (1 << (62 - bits)) // bins.keys  # so many groups can be numbered
    begin = 0
    while begin < groups or begin == 0:
        until = int(np.searchsorted(edges, edges[begin] + most, side="right")) - 1
        end = min(max(until, begin + 1), begin + widest, groups)
        pieces = np.flatnonzero((lowest < end) & (highest >= begin))
        keys = _keys(cells, bins, slice(begin, end), pieces)
        packed = _packed(keys, bits, int(edges[end] - edges[begin]))
        first = np.searchsorted(packed, (np.arange(end - begin + 1) * bins.keys) << bits)
        yield slice(begin, end), _block(cells, packed, first, bits)
        begin = max(end, 1)


def add_up(cells: DurationBins) -> DurationBins:
    """Cells sorted by group, bin and ended (ended ones first), one each; empty ones fall out.

    Parameters
    ----------
    cells : DurationBins
        Cells of days or finer segments, already carrying the code of the coarser group.

    Examples
    --------
    >>> day = DurationBins([0, 0], [7, 7], [True, True], [1, 2], [5.0, 12.0], [5.0, 5.5], [5.0, 6.5])
    >>> month = add_up(day)
    >>> month.n, month.total, month.low, month.high
    (array([3.]), array([17.]), array([5.]), array([6.5]))
    """
    ordered = order_bins(cells, groups=int(cells.group.max(initial=-1)) + 1)
    return ordered.cells(np.arange(ordered.ended.size))


@dataclass(frozen=True, slots=True)
class _Bins:
    """Numbers of bins, the lowest of them, and how many bins and ends a group can have."""

    number: Integers
    first: int
    keys: int

    @classmethod
    def of(cls, cells: DurationBins) -> "_Bins":
        first, last = int(cells.bin.min(initial=0)), int(cells.bin.max(initial=0))
        if last - first < 1 << 20:
            return cls(cells.bin, first, 2 * (last - first + 1))
        found, number = np.unique(cells.bin, return_inverse=True)  # few of many possible ones
        return cls(number, 0, 2 * found.size)


def _sizes(cells: DurationBins, groups: int) -> tuple[Integers, tuple[Integers, Integers]]:
    """Cells of each group, and the lowest and highest group of each piece."""
    sizes = np.zeros(groups, dtype=np.int64)
    starts = np.arange(0, cells.group.size, PIECE)
    if not starts.size:
        return sizes, (starts, starts)
    for begin in starts:
        group = cells.group[begin : begin + PIECE]
        np.add.at(sizes, group if group.min() >= 0 else group[group >= 0], 1)
    return sizes, (np.minimum.reduceat(cells.group, starts), np.maximum.reduceat(cells.group, starts))


def _spread_out(cells: DurationBins, groups: int) -> DurationBins:
    """Cells, where they are twice as many as can differ, added up on a place for each that can be.

    So months of many days need no sort of the cells of their days.
    """
    first = int(cells.bin.min(initial=0))
    keys = 2 * (int(cells.bin.max(initial=0)) - first + 1)
    most = groups * keys
    if 2 * most > cells.n.size:
        return cells
    n, total, low, high = np.zeros(most), np.zeros(most), np.full(most, np.inf), np.full(most, -np.inf)
    pieces = np.arange(-(-cells.n.size // PIECE))
    for place, key in _keys(cells, _Bins(cells.bin, first, keys), slice(0, groups), pieces):
        np.add.at(n, key, cells.n[place].astype(np.float64, copy=False))
        np.add.at(total, key, cells.total[place])
        np.minimum.at(low, key, cells.low[place])
        np.maximum.at(high, key, cells.high[place])
    key = np.flatnonzero(n > 0)
    group, number = np.divmod(key >> 1, keys // 2)
    return DurationBins.unchecked(
        group, number + first, (key & 1) == 0, n[key], total[key], low[key], high[key]
    )


def _keys(
    cells: DurationBins, bins: _Bins, groups: slice, pieces: Integers
) -> Iterator[tuple[Integers, Integers]]:
    """Places of the cells of some groups, and a number of each that sorts as they do; empty ones fall out.

    It is made piece by piece, so that nothing beside it grows with the cells.
    """
    for begin in (pieces * PIECE).tolist():
        part = slice(begin, begin + PIECE)
        group, n = cells.group[part], cells.n[part]
        key = group * np.int64(bins.keys)
        key += bins.number[part] * np.int64(2)
        key -= cells.ended[part]
        key += 1 - 2 * bins.first - groups.start * bins.keys
        place = np.arange(begin, begin + key.size)
        if group.min() < groups.start or group.max() >= groups.stop or n.min() <= 0:
            kept = (group >= groups.start) & (group < groups.stop) & (n > 0)
            place, key = place[kept], key[kept]
        yield place, key


def _packed(keys: Iterator[tuple[Integers, Integers]], bits: int, most: int) -> Integers:
    """Key and place of each cell in one number, sorted."""
    packed, filled = np.empty(most, dtype=np.int64), 0
    for place, key in keys:
        key <<= bits
        np.add(key, place, out=packed[filled : filled + key.size])
        filled += key.size
    packed = packed[:filled]
    packed.sort(kind="stable")  # cells come in runs, by day and segment, which the other kinds do not use
    return packed


def _block(cells: DurationBins, packed: Integers, edges: Integers, bits: int) -> OrderedBins:
    """The cells of the groups between edges."""
    part = packed[edges[0] : edges[-1]]
    key, order = part >> bits, part & ((1 << bits) - 1)
    n = cells.n[order]
    through = np.zeros(part.size + 1, dtype=np.float64 if n.dtype.kind == "f" else np.int64)
    np.cumsum(n, out=through[1:])  # of whole numbers five times as fast
    first, start = edges - edges[0], np.arange(part.size + 1)
    fresh = np.ones(part.size + 1, dtype=np.bool_)
    np.not_equal(key[1:], key[:-1], out=fresh[1:-1])
    if not fresh.all():
        start = np.flatnonzero(fresh)
        key, through, first = key[start[:-1]], through[start], np.searchsorted(start, first)
    mixed = np.zeros(key.size, dtype=np.bool_)
    mixed[:-1] = (
        key[1:] ^ key[:-1]
    ) == 1  # the ended ones of a bin have an even key, the running ones the next
    return OrderedBins(
        cells, order, start, first, (key & 1) == 0, mixed, through.astype(np.float64, copy=False)
    )
