"""The cell of each row of a batch: the day of its basis, and its combination of segments."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cxlib.data.columnar.record import Flags, Record
from cxlib.data.columnar.run import Rows
from cxlib.metrics.row_values import day_name

__all__ = ["Added", "Placed", "added_up", "place_of_rows"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_MOST_CELLS: Final = 4_000_000  # of a batch, days times segments; beyond it they are numbered as they come
_FEWER: Final = 4  # cells times patterns of truths are by so much fewer than rows, else they cost more


@dataclass(frozen=True, slots=True)
class Added:
    """Sums of one column by cell.

    Parameters
    ----------
    cell : array of int64
        Local day times the number of segment combinations, and the combination; ascending.
    value : array of float64
        Its sum.
    """

    cell: Integers
    value: Floats


@dataclass(frozen=True, slots=True)
class Placed:
    """The cell of each row of a batch.

    Parameters
    ----------
    key : tuple of str
        Column of the basis, and that at which rows leave.
    day : array of int64, shape (rows,)
        Local day; anything where it is unknown.
    inside : array of bool, shape (rows,)
        Where it is known.
    place : array of int64, shape (rows,)
        Place among `cells`; 0 where the day is unknown.
    cells : array of int64
        Their numbers, as in `Added`.
    """

    key: tuple[str, str]
    day: Integers
    inside: Flags
    place: NDArray[np.intp]
    cells: Integers

    def counts(self, conditions: Sequence[Flags | None]) -> list[Floats]:
        """Rows by cell, those of each condition: some conditions at once make one number of their truths."""
        patterns = len(self.place) // (_FEWER * max(len(self.cells), 1))
        together = max(1, min(8, patterns.bit_length() - 1))
        found: list[Floats] = []
        for first in range(0, len(conditions), together):
            part = conditions[first : first + together]
            pattern = np.zeros(len(self.place), dtype=np.uint8)
            for i, where in enumerate(part):
                chosen = self.inside if where is None else where & self.inside
                pattern |= chosen.view(np.uint8) * np.uint8(1 << i)
            size = 1 << len(part)
            seen = np.bincount(self.place * size + pattern, minlength=len(self.cells) * size)
            truths = (np.arange(size)[:, np.newaxis] >> np.arange(len(part)) & 1).astype(np.float64)
            found += list((seen.reshape(-1, size).astype(np.float64) @ truths).T)
        return found

    def sum(self, where: Flags | None, weights: NDArray[Any]) -> Floats:
        """Weights by cell, those of a condition."""
        chosen = self.inside if where is None else where & self.inside
        found = np.bincount(self.place, weights=np.where(chosen, weights, 0), minlength=len(self.cells))
        return found.astype(np.float64, copy=False)

    def added(self, value: Floats) -> Added:
        """The cells that are not 0."""
        filled = np.flatnonzero(value)
        return Added(self.cells[filled], value[filled])


def place_of_rows(
    batch: Record | Rows,
    group: Integers,
    width: int,
    basis: str,
    leaves: str,
    placed: dict[tuple[str, str], Placed],
) -> Placed:
    """The cell of each row by the day of its basis, or by that at which it leaves; each is found once.

    Parameters
    ----------
    batch : Record or Rows
        The rows.
    group : array of int64, shape (rows,)
        Combination of segments.
    width : int
        How many there are.
    basis, leaves : str
        Columns; empty: rows do not leave.
    placed : dict
        What was found before.
    """
    key = (basis, leaves)
    if key not in placed:
        name = day_name(basis)
        day, inside = batch.numbers(name).astype(np.int64, copy=False), batch.is_known(name)
        if leaves:
            name = day_name(leaves)
            day, inside = np.maximum(day, batch.numbers(name)), inside & batch.is_known(name)
        placed[key] = _placed(key, day, inside, group, width)
    return placed[key]


def _placed(key: tuple[str, str], day: Integers, inside: Flags, group: Integers, width: int) -> Placed:
    seen = day[inside]
    first, last = (int(seen.min()), int(seen.max())) if len(seen) else (0, 0)
    count = (last - first + 1) * width
    cell = ((day - first) * width + group) * inside
    if count <= _MOST_CELLS:
        return Placed(key, day, inside, cell, np.arange(count) + first * width)
    cells, place = np.unique(cell, return_inverse=True)
    return Placed(key, day, inside, place.reshape(-1), cells + first * width)


def added_up(parts: list[Added]) -> Added:
    """Sums of several batches, by cell.

    Examples
    --------
    >>> parts = [Added(np.array([3, 5]), np.array([1.0, 2.0])), Added(np.array([5]), np.array([4.0]))]
    >>> added_up(parts)
    Added(cell=array([3, 5]), value=array([1., 6.]))
    """
    if len(parts) == 1:
        return parts[0]
    cells = np.concatenate([part.cell for part in parts]) if parts else np.empty(0, dtype=np.int64)
    if not len(cells):
        return Added(cells, np.empty(0))
    weights = np.concatenate([part.value for part in parts])
    first = int(cells.min())
    if int(cells.max()) - first < _MOST_CELLS:
        total = np.bincount(cells - first, weights=weights).astype(np.float64, copy=False)
        filled = np.flatnonzero(total)
        return Added(filled + first, total[filled])
    found, place = np.unique(cells, return_inverse=True)
    sums = np.bincount(place.reshape(-1), weights=weights, minlength=len(found))
    return Added(found, sums.astype(np.float64, copy=False))
