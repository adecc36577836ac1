"""Batches of row values to sums by day and segment, in arrays."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from cxlib.data.columnar.record import Flags, Record
from cxlib.data.columnar.run import Rows
from cxlib.metrics.placing import Added, Placed, added_up, place_of_rows
from cxlib.metrics.row_parts import Parts, code_name
from cxlib.metrics.row_values import RowValue
from cxlib.metrics.spread import spreads_of
from cxlib.metrics.spread_store import SpreadStore, StoredHistogram

__all__ = ["CellSums"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


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
        self._spreads = SpreadStore()
        self._counting: dict[tuple[str, str], dict[tuple[str, ...], Flags | None]] = {}

    def add(self, rows: pa.RecordBatch | Rows) -> None:
        """Add a batch."""
        if not rows.num_rows:
            return
        batch = Record(rows) if isinstance(rows, pa.RecordBatch) else rows
        codes = [self._code(batch, i) for i in range(len(self._sizes))]
        group = np.zeros(rows.num_rows, dtype=np.int64)
        for code, size in zip(codes, self._sizes, strict=True):
            group = group * size + code
        self.known |= np.bincount(group, minlength=self.width) > 0
        placed: dict[tuple[str, str], Placed] = {}
        done: set[tuple[object, ...]] = set()
        for value, parts in zip(self._values, self._parts, strict=True):
            place = place_of_rows(batch, group, self.width, value.basis, "", placed)
            self._add_sums(batch, place, parts, done)
            if value.ended is not None:
                self._add_spread(batch, place, codes, value, parts, done)
            if value.leaves:
                left = place_of_rows(batch, group, self.width, value.basis, value.leaves, placed)
                self._count(left, ("rows",), None)
                self._add_moments(batch, left, parts, done)
        for key, conditions in self._counting.items():
            place = placed[key]
            for name, sums in zip(conditions, place.counts(list(conditions.values())), strict=True):
                self._added.setdefault((*key, *name), []).append(place.added(sums))
        self._counting.clear()

    def rows(self, value: RowValue, *, leaves: str = "") -> Integers:
        """The cells in which there is any row."""
        return self._sum(value, leaves, "rows").cell

    def columns(self, value: RowValue, parts: Parts, *, leaves: str = "") -> dict[str, Added]:
        """What each column of a value adds up to: n, total, squares, planned, and each reason."""
        key = _moment_key(parts)
        n = self._sum(value, leaves, "n", *key)
        if parts.ended:
            total = squares = Added(n.cell, np.zeros(len(n.cell)))
        elif isinstance(parts.value, str):
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

    def spread(self, value: RowValue, parts: Parts, cut: int, group_of: Integers) -> StoredHistogram:
        """The histogram of a duration in a cut, whose combinations are in groups."""
        return StoredHistogram(self._spreads, (*_spread_key(value, parts), self._cuts[cut]), group_of)

    def _sum(self, value: RowValue, leaves: str, *name: str) -> Added:
        key = (value.basis, leaves, *name)
        found = added_up(self._added.get(key, []))
        self._added[key] = [found]
        return found

    def _code(self, batch: Record | Rows, index: int) -> Integers:
        name = code_name(index)
        label = np.arange(-1, self._sizes[index])  # numbers are from 1, 0 is none of the labels
        label[0] = self._blank[index]
        return np.asarray(label[batch.numbers(name)])

    def _add_sums(
        self, batch: Record | Rows, place: Placed, parts: Parts, done: set[tuple[object, ...]]
    ) -> None:
        self._count(place, ("rows",), None)
        self._add_moments(batch, place, parts, done)
        if parts.planned:
            where = _counts(batch, parts, planned=True)
            name = ("planned", *_moment_key(parts), parts.planned)
            if (place.key, *name) not in done:
                done.add((place.key, *name))
                self._add(place, name, place.sum(where, batch.numbers(parts.planned)))
        for reason in parts.counted:
            self._count(place, ("counted", reason), batch.is_true(reason))

    def _add_moments(
        self, batch: Record | Rows, place: Placed, parts: Parts, done: set[tuple[object, ...]]
    ) -> None:
        key = _moment_key(parts)
        if (place.key, *key) in done:
            return
        done.add((place.key, *key))
        where = _counts(batch, parts)
        self._count(place, ("n", *key), where)
        if not isinstance(parts.value, str) or parts.ended:
            return
        truths = batch.is_true(parts.value) if parts.is_flag else None
        if truths is None:
            x = batch.numbers(parts.value)
            truths = _as_truths(x)
        if truths is not None and parts.unit_us == 1:
            for name in ("total",) if parts.is_flag else ("total", "squares"):
                self._count(place, (name, *key), truths if where is None else where & truths)
            return
        x = x.astype(np.float64, copy=False) * parts.unit_us
        self._add(place, ("total", *key), place.sum(where, x))
        self._add(place, ("squares", *key), place.sum(where, x * x))

    def _add_spread(
        self,
        batch: Record | Rows,
        place: Placed,
        codes: Sequence[Integers],
        value: RowValue,
        parts: Parts,
        done: set[tuple[object, ...]],
    ) -> None:
        key = _spread_key(value, parts)
        if key in done:
            return
        done.add(key)
        where = place.inside if (counts := _counts(batch, parts)) is None else counts & place.inside
        kept = np.flatnonzero(where)
        x = batch.numbers(str(parts.value))[kept].astype(np.float64, copy=False)
        found = spreads_of(
            x if parts.unit_us == 1 else x * parts.unit_us,
            batch.is_true(parts.ended)[kept],
            place.day[kept],
            [code[kept] for code in codes],
            sizes=self._sizes,
            cuts=self._cuts,
            edge_us=value.edge_us,
        )
        for cut, cells in zip(self._cuts, found, strict=True):
            self._spreads.append((*key, cut), cells)

    def _count(self, place: Placed, name: tuple[str, ...], where: Flags | None) -> None:
        """Count the rows of a condition, once a batch whatever metrics share it."""
        self._counting.setdefault(place.key, {}).setdefault(name, where)

    def _add(self, place: Placed, name: tuple[str, ...], sums: Floats) -> None:
        self._added.setdefault((*place.key, *name), []).append(place.added(sums))


def _as_truths(x: NDArray[Any]) -> Flags | None:
    """Numbers that are all 0 or 1, as truth values."""
    one = x == 1
    return one if bool((one | (x == 0)).all()) else None


def _moment_key(parts: Parts) -> tuple[str, ...]:
    return (parts.where, str(parts.value), str(parts.unit_us))


def _spread_key(value: RowValue, parts: Parts) -> tuple[object, ...]:
    return ("spread", value.basis, *_moment_key(parts), parts.ended, value.edge_us)


def _counts(batch: Record | Rows, parts: Parts, *, planned: bool = False) -> Flags | None:
    """Which rows count; None: all."""
    value = parts.planned if planned else parts.value
    known = batch.is_known(value) if isinstance(value, str) else None
    if not parts.where:
        return known
    where = batch.is_true(parts.where)
    return where if known is None else where & known
