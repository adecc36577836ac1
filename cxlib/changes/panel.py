"""Cells as arrays: one row a day, one column a combination of segment values."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt
import pandas as pd

__all__ = ["Panel", "Segment", "pivot", "segments_of"]

Floats = npt.NDArray[np.float64]
Segment = tuple[tuple[str, str], ...]  # (column, value) pairs; () is everything


@dataclass(frozen=True, eq=False)
class Panel:
    """Additive cells of one metric over consecutive days.

    Parameters
    ----------
    days : array of int, shape (days,)
        Consecutive local days since 1970-01-01.
    by : tuple of str
        Segment columns.
    labels : array of str, shape (cells, columns)
        The values of each cell.
    n, total, squares : array of float, shape (days, cells)
        Rows, sums of row values and of their squares.
    """

    days: npt.NDArray[np.int64]
    by: tuple[str, ...]
    labels: npt.NDArray[np.str_]
    n: Floats
    total: Floats
    squares: Floats

    def mask(self, segment: Segment) -> npt.NDArray[np.bool_]:
        """The cells inside a segment; columns that the panel does not know are no restriction."""
        inside = np.ones(len(self.labels), dtype=bool)
        for column, value in segment:
            if column in self.by:
                inside &= self.labels[:, self.by.index(column)] == value
        return inside

    def onto(self, by: Sequence[str]) -> "Panel":
        """The same rows by fewer columns.

        Examples
        --------
        >>> cells = pd.DataFrame({"day": [1, 1], "plan": ["a", "b"], "n": [2, 3]})
        >>> pivot(cells, ("plan",), 1, 2).onto(()).n
        array([[5.]])
        """
        kept = [self.by.index(column) for column in by]
        labels, where = _distinct(self.labels[:, kept])
        sums = [_add_columns(values, where, len(labels)) for values in (self.n, self.total, self.squares)]
        return Panel(self.days, tuple(by), labels, *sums)


def _distinct(labels: npt.NDArray[np.str_]) -> tuple[npt.NDArray[np.str_], npt.NDArray[np.int64]]:
    """Distinct rows in order, and which of them each row is."""
    if labels.shape[1] == 0:
        return labels[:1], np.zeros(len(labels), dtype=np.int64)
    found, where = np.unique(labels, axis=0, return_inverse=True)
    return found, where.reshape(-1).astype(np.int64)


def _add_columns(values: Floats, where: npt.NDArray[np.int64], count: int) -> Floats:
    """Sum columns that share a target."""
    target = np.zeros((len(where), count))
    target[np.arange(len(where)), where] = 1.0
    return np.asarray(values @ target)


def pivot(cells: pd.DataFrame, by: Sequence[str], first: int, last: int) -> Panel:
    """Lay cells out on the days ``first`` to ``last`` (exclusive).

    Parameters
    ----------
    cells : DataFrame
        Columns day, the segment columns, n, and total and squares where there are any.
    by : sequence of str
        Segment columns.
    first, last : int
        Half-open range of local days.

    Returns
    -------
    Panel
        Days and combinations without rows hold 0.

    Examples
    --------
    >>> cells = pd.DataFrame({"day": [5, 7], "plan": ["a", "b"], "n": [2, 3]})
    >>> pivot(cells, ("plan",), 5, 8).n
    array([[2., 0.],
           [0., 0.],
           [0., 3.]])
    """
    inside = (cells["day"].to_numpy() >= first) & (cells["day"].to_numpy() < last)
    kept = cells.loc[inside]
    rows = kept["day"].to_numpy(dtype=np.int64) - first
    codes, values = [], []
    for column in by:
        found, where = np.unique(kept[column].to_numpy(dtype=str), return_inverse=True)
        codes.append(where)
        values.append(found)
    shape = tuple(len(found) for found in values)
    flat = np.ravel_multi_index(codes, shape) if codes and len(kept) else np.zeros(len(kept), dtype=np.int64)
    present, where = np.unique(flat, return_inverse=True)
    picked = np.unravel_index(present, shape) if codes and len(kept) else ()
    labels = np.column_stack([v[i] for v, i in zip(values, picked, strict=False)]) if picked else None
    count = max(len(present), 0 if by else 1)
    if labels is None:
        labels = np.empty((count, len(by)), dtype=np.str_)
    arrays = []
    for name in ("n", "total", "squares"):
        grid = np.zeros((last - first, count))
        if name in kept:
            np.add.at(grid, (rows, where), kept[name].to_numpy(dtype=float))
        arrays.append(grid)
    return Panel(np.arange(first, last, dtype=np.int64), tuple(by), labels, *arrays)


def segments_of(panel: Panel, columns: Sequence[str], *, deep: bool) -> tuple[Segment, ...]:
    """Every value of each column, and every pair of values where `deep`.

    Examples
    --------
    >>> cells = pd.DataFrame({"day": [5, 7], "plan": ["a", "b"], "n": [2, 3]})
    >>> segments_of(pivot(cells, ("plan",), 5, 8), ("plan",), deep=False)
    ((('plan', 'a'),), (('plan', 'b'),))
    """
    known = [column for column in columns if column in panel.by]
    single: list[Segment] = [((column, value),) for column in known for value in _values(panel, column)]
    if not deep:
        return tuple(single)
    pairs: list[Segment] = [
        ((first, one), (second, other))
        for first, second in combinations(known, 2)
        for one in _values(panel, first)
        for other in _values(panel, second)
    ]
    return tuple(single + pairs)


def _values(panel: Panel, column: str) -> list[str]:
    return [str(value) for value in np.unique(panel.labels[:, panel.by.index(column)])]
