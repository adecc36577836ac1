"""Batches of row values to sums by day and segment, in arrays."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from cxlib.metrics.batch import Batch, Flags
from cxlib.metrics.row_parts import Parts, code_name
from cxlib.metrics.row_values import RowValue, day_name
from cxlib.metrics.spread import Spread, concatenate, spread_of

__all__ = ["Added", "CellSums"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_MOST_CELLS: Final = 4_000_000  # of a batch, days times segments; beyond it they are numbered as they come


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


class CellSums:
    """Adds up batches.

    Parameters
    ----------
    values : sequence of RowValue
        What rows are worth.
    parts : sequence of Parts
        Of which columns each value is made.
    sizes : sequence of int
        Number of labels of each segment, blank included.
    blank : sequence of int
        The label's number of rows without one, by segment.
    cuts : sequence of tuple of int
        Places of the segments of each cut; durations are spread over these.
    """

    def __init__(
        self,
        values: Sequence[RowValue],
        parts: Sequence[Parts],
        *,
        sizes: Sequence[int],
        blank: Sequence[int],
        cuts: Sequence[tuple[int, ...]],
    ) -> None:
        self._values, self._parts = values, parts
        self._sizes, self._blank, self._cuts = sizes, blank, cuts
        self.width = int(np.prod(sizes, dtype=np.int64))
        self.known = np.zeros(self.width, dtype=bool)
        self._added: dict[tuple[str, ...], list[Added]] = {}
        self._spreads: dict[tuple[object, ...], list[Spread]] = {}

    def add(self, rows: pa.RecordBatch) -> None:
        """Add a batch."""
        if not rows.num_rows:
            return
        batch = Batch(rows)
        codes = [self._code(batch, i) for i in range(len(self._sizes))]
        group = np.zeros(rows.num_rows, dtype=np.int64)
        for code, size in zip(codes, self._sizes, strict=True):
            group = group * size + code
        self.known |= np.bincount(group, minlength=self.width) > 0
        placed: dict[tuple[str, str], _Placed] = {}
        done: set[tuple[object, ...]] = set()
        for value, parts in zip(self._values, self._parts, strict=True):
            place = _place(batch, group, self.width, value.basis, "", placed)
            self._add_sums(batch, place, parts, done)
            if value.ended is not None:
                self._add_spread(batch, place, codes, value, parts, done)
            if value.leaves:
                left = _place(batch, group, self.width, value.basis, value.leaves, placed)
                self._keep(left, ("rows",), done, partial(left.count, None))
                self._add_moments(batch, left, parts, done)

    def rows(self, value: RowValue, *, leaves: str = "") -> Integers:
        """The cells in which there is any row."""
        return self._sum(value, leaves, "rows").cell

    def columns(self, value: RowValue, parts: Parts, *, leaves: str = "") -> dict[str, Added]:
        """What each column of a value adds up to: n, total, squares, planned, and each reason."""
        key = _moment_key(parts)
        n = self._sum(value, leaves, "n", *key)
        if isinstance(parts.value, str):
            total = self._sum(value, leaves, "total", *key)
            squares = total if parts.is_flag else self._sum(value, leaves, "squares", *key)
        else:
            worth = parts.value * parts.unit_us
            total, squares = (Added(n.cell, n.value * factor) for factor in (worth, worth * worth))
        found = {"n": n, "total": total, "squares": squares}
        if parts.planned and not leaves:
            found["planned"] = self._sum(value, "", "planned", *key, parts.planned)
        reasons = () if leaves else parts.counted
        return found | {f"counted {name}": self._sum(value, "", "counted", name) for name in reasons}

    def spread(self, value: RowValue, parts: Parts, cut: int) -> Spread:
        """The histogram cells of a duration in a cut; their code is day times the cut's combinations."""
        return concatenate(self._spreads.get(_spread_key(value, parts, cut), []))

    def cut_size(self, cut: int) -> int:
        """Number of combinations of a cut."""
        return int(np.prod([self._sizes[i] for i in self._cuts[cut]], dtype=np.int64))

    def _sum(self, value: RowValue, leaves: str, *name: str) -> Added:
        return _together(self._added.get((value.basis, leaves, *name), []))

    def _code(self, batch: Batch, index: int) -> Integers:
        name = code_name(index)
        code = batch.numbers(name).astype(np.int64) - 1
        code[~batch.is_known(name) | (code < 0)] = self._blank[index]
        return code

    def _add_sums(self, batch: Batch, place: "_Placed", parts: Parts, done: set[tuple[object, ...]]) -> None:
        self._keep(place, ("rows",), done, lambda: place.count(None))
        self._add_moments(batch, place, parts, done)
        if parts.planned:
            where = _counts(batch, parts, planned=True)
            weights = batch.numbers(parts.planned)
            self._keep(
                place,
                ("planned", *_moment_key(parts), parts.planned),
                done,
                lambda: place.sum(where, weights),
            )
        for name in parts.counted:
            self._keep(place, ("counted", name), done, partial(place.count, batch.is_true(name)))

    def _add_moments(
        self, batch: Batch, place: "_Placed", parts: Parts, done: set[tuple[object, ...]]
    ) -> None:
        key = _moment_key(parts)
        if (place.key, *key) in done:
            return
        done.add((place.key, *key))
        where = _counts(batch, parts)
        self._keep(place, ("n", *key), done, lambda: place.count(where))
        if parts.is_flag and isinstance(parts.value, str):
            true = batch.is_true(parts.value)
            self._keep(
                place, ("total", *key), done, lambda: place.count(true if where is None else where & true)
            )
        elif isinstance(parts.value, str):
            x = batch.numbers(parts.value).astype(np.float64, copy=False)
            x = x if parts.unit_us == 1 else x * parts.unit_us
            self._keep(place, ("total", *key), done, lambda: place.sum(where, x))
            self._keep(place, ("squares", *key), done, lambda: place.sum(where, x * x))

    def _add_spread(
        self,
        batch: Batch,
        place: "_Placed",
        codes: Sequence[Integers],
        value: RowValue,
        parts: Parts,
        done: set[tuple[object, ...]],
    ) -> None:
        if ("spread", *_spread_key(value, parts, 0)) in done:
            return
        done.add(("spread", *_spread_key(value, parts, 0)))
        where = place.inside if (counts := _counts(batch, parts)) is None else counts & place.inside
        kept = np.flatnonzero(where)
        x = batch.numbers(str(parts.value))[kept]
        if parts.unit_us != 1:
            x = x.astype(np.float64) * parts.unit_us
        ended, day = batch.is_true(parts.ended)[kept], place.day[kept]
        for i, cut in enumerate(self._cuts):
            first = int(day.min()) if len(day) else 0
            code = day - first
            for segment in cut:
                code = code * self._sizes[segment] + codes[segment][kept]
            found = spread_of(x, ended, code, value.edge_us)
            found.code[:] += first * self.cut_size(i)
            self._spreads.setdefault(_spread_key(value, parts, i), []).append(found)

    def _keep(
        self,
        place: "_Placed",
        name: tuple[str, ...],
        done: set[tuple[object, ...]],
        make: Callable[[], Floats],
    ) -> None:
        """Add a column's sums, once a batch whatever metrics share it."""
        key = (*place.key, *name)
        if key not in done:
            done.add(key)
            self._added.setdefault(key, []).append(place.added(make()))


def _moment_key(parts: Parts) -> tuple[str, ...]:
    return (parts.where, str(parts.value), str(parts.unit_us))


def _spread_key(value: RowValue, parts: Parts, cut: int) -> tuple[object, ...]:
    return (value.basis, *_moment_key(parts), parts.ended, value.edge_us, cut)


def _counts(batch: Batch, parts: Parts, *, planned: bool = False) -> Flags | None:
    """Which rows count; None: all."""
    value = parts.planned if planned else parts.value
    known = batch.is_known(value) if isinstance(value, str) else None
    if not parts.where:
        return known
    where = batch.is_true(parts.where)
    return where if known is None else where & known


@dataclass(frozen=True, slots=True)
class _Placed:
    """The cell of each row of a batch."""

    key: tuple[str, str]
    day: Integers
    inside: Flags
    place: NDArray[np.intp]
    cells: Integers

    def count(self, where: Flags | None) -> Floats:
        chosen = self.inside if where is None else where & self.inside
        return np.bincount(self.place[chosen], minlength=len(self.cells)).astype(np.float64)

    def sum(self, where: Flags | None, weights: NDArray[Any]) -> Floats:
        chosen = self.inside if where is None else where & self.inside
        found = np.bincount(self.place[chosen], weights=weights[chosen], minlength=len(self.cells))
        return found.astype(np.float64, copy=False)

    def added(self, value: Floats) -> Added:
        filled = np.flatnonzero(value)
        return Added(self.cells[filled], value[filled])


def _place(
    batch: Batch,
    group: Integers,
    width: int,
    basis: str,
    leaves: str,
    placed: dict[tuple[str, str], _Placed],
) -> _Placed:
    """The cell of each row by the day of its basis, or by that at which it leaves."""
    key = (basis, leaves)
    if key not in placed:
        name = day_name(basis)
        day, inside = batch.numbers(name).astype(np.int64), batch.is_known(name)
        if leaves:
            name = day_name(leaves)
            day, inside = np.maximum(day, batch.numbers(name)), inside & batch.is_known(name)
        placed[key] = _placed_at(key, day, inside, group, width)
    return placed[key]


def _placed_at(key: tuple[str, str], day: Integers, inside: Flags, group: Integers, width: int) -> _Placed:
    seen = day[inside]
    first, last = (int(seen.min()), int(seen.max())) if len(seen) else (0, 0)
    count = (last - first + 1) * width
    cell = np.where(inside, day - first, 0) * width + group
    if count <= _MOST_CELLS:
        return _Placed(key, day, inside, cell, np.arange(count) + first * width)
    cells, place = np.unique(cell, return_inverse=True)
    return _Placed(key, day, inside, place.reshape(-1), cells + first * width)


def _together(parts: Sequence[Added]) -> Added:
    if not parts:
        return Added(np.empty(0, dtype=np.int64), np.empty(0))
    cells, place = np.unique(np.concatenate([part.cell for part in parts]), return_inverse=True)
    weights = np.concatenate([part.value for part in parts])
    value = np.bincount(place.reshape(-1), weights=weights, minlength=len(cells))
    return Added(cells, value.astype(np.float64, copy=False))
