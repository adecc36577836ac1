"""Rows of a scan as columns of values, in the order of their keys."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from cxlib.data.columnar.graph import Kind
from cxlib.data.columnar.plan import Column, Plan
from cxlib.data.columnar.record import Record
from cxlib.data.columnar.relations import Base
from cxlib.data.columnar.values import DTYPES, Values

__all__ = ["Part", "Stream", "Unordered"]

Integers = NDArray[np.int64]


class Unordered(Exception):  # noqa: N818 - not an error: the rows are read in ranges instead
    """Rows that do not lie in the order of their keys."""


@dataclass(slots=True)
class Part:
    """Some rows of one table, in the order of their keys.

    Parameters
    ----------
    key : array of int64, shape (rows,)
        Ascending.
    columns : dict of (str, str) to Values
        By base query and column.
    """

    key: Integers
    columns: dict[tuple[str, str], Values] = field(default_factory=dict)

    def cut(self, first: int, last: int) -> "Part":
        """Some of the rows."""
        rows = slice(first, last)
        return Part(self.key[rows], {name: x.at(rows) for name, x in self.columns.items()})


class Stream:
    """The rows of one table, batch by batch.

    Parameters
    ----------
    plan : Plan
        What is read.
    base : Base
        Of which table.
    columns : sequence of Column
        What the plan reads of it.
    reader : pyarrow.RecordBatchReader
        Its rows.
    sort : bool
        Read them all and put them in order.
    """

    def __init__(
        self,
        plan: Plan,
        base: Base,
        columns: Sequence[Column],
        reader: pa.RecordBatchReader,
        *,
        sort: bool,
    ) -> None:
        self._plan, self._base, self._sort = plan, base, sort
        self._batches = iter(reader.read_all().combine_chunks().to_batches() if sort else reader)
        self._columns = columns
        self._last = np.iinfo(np.int64).min
        self._held: list[Part] = []

    def parts(self) -> Iterator[Part]:
        """What comes, and never anything out of order.

        Raises
        ------
        Unordered
            If the rows do not lie in the order of their keys.
        """
        for batch in self._batches:
            if not batch.num_rows:
                continue
            part = _read(self._plan, self._base, self._columns, batch, sort=self._sort)
            if part.key[0] < self._last:
                raise Unordered(self._base.name)
            self._last = int(part.key[-1])
            yield part

    def up_to(self, first: int, last: int) -> Part:
        """The rows with the keys from one to another; earlier ones are gone."""
        while not (self._held and self._held[-1].key[-1] > last):
            part = next(self.parts(), None)
            if part is None:
                break
            self._held.append(part)
        held = [part for part in self._held if part.key[-1] >= first]
        if not held:
            self._held = []
            return _nothing(self._plan, self._base, self._columns)
        begin, end = (
            int(np.searchsorted(held[0].key, first)),
            int(np.searchsorted(held[-1].key, last, "right")),
        )
        self._held = held[-1:]
        if len(held) == 1:
            return held[0].cut(begin, end)
        return _joined([held[0].cut(begin, len(held[0].key)), *held[1:-1], held[-1].cut(0, end)])


def _joined(parts: Sequence[Part]) -> Part:
    """Parts one after the other."""
    found = Part(np.concatenate([part.key for part in parts]))
    for name in parts[0].columns:
        values = [part.columns[name] for part in parts]
        known = None
        if any(value.known is not None for value in values):
            known = np.concatenate(
                [np.ones(len(x.data), dtype=np.bool_) if x.known is None else x.known for x in values]
            )
        found.columns[name] = Values(np.concatenate([value.data for value in values]), known)
    return found


def _nothing(plan: Plan, base: Base, columns: Sequence[Column]) -> Part:
    """A part without rows."""
    found = Part(np.empty(0, dtype=np.int64))
    found.columns[base.name, plan.key] = Values(found.key)
    for name, _, kind in columns:
        found.columns[base.name, name] = Values(np.empty(0, dtype=DTYPES[kind]))
    return found


def _read(plan: Plan, base: Base, columns: Sequence[Column], rows: pa.RecordBatch, *, sort: bool) -> Part:
    """The columns of a record batch as values, in the order of the keys."""
    record = Record(rows)
    key = record.numbers("key").astype(np.int64, copy=False)
    order = None if bool((key[1:] >= key[:-1]).all()) else np.argsort(key, kind="stable")
    if order is not None and not sort:
        raise Unordered(base.name)
    found = Part(key if order is None else key[order])
    found.columns[base.name, plan.key] = Values(found.key)

    for i, (name, _, kind) in enumerate(columns):
        found.columns[base.name, name] = _in_order(_column(record, i, kind), order)
    if base is plan.lead:
        for name in plan.extra:
            found.columns[base.name, name] = _in_order(Values(record.numbers(name)), order)
    return found


def _column(record: Record, index: int, kind: Kind) -> Values:
    """A scanned column."""
    alias = f"c{index}"
    known = record.is_true(f"k{index}") if kind == "text" else record.is_known(alias)
    if kind == "bool":
        data: NDArray[Any] = record.is_true(alias)
    else:
        data = record.numbers(alias).astype(DTYPES[kind], copy=False)
    return Values(data, None if known.all() else known)


def _in_order(value: Values, order: Integers | None) -> Values:
    return value if order is None else value.at(order)
