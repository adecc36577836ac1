"""Working a plan out chunk by chunk."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Final, Protocol, runtime_checkable

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from sqlglot import exp

from cxlib.data.columnar.graph import Chunk, Groups, evaluate, uses_of
from cxlib.data.columnar.plan import Plan
from cxlib.data.columnar.record import Flags
from cxlib.data.columnar.stream import Part, Stream
from cxlib.data.columnar.values import Values

__all__ = ["Rows", "Scanning", "run"]

Integers = NDArray[np.int64]

_ROWS: Final = 131_072
"""Rows of a chunk: enough that the cost of each operation is that of its rows, few enough for the cache."""
_SPARSE: Final = 4


@runtime_checkable
class Scanning(Protocol):
    """An engine inside this process, whose rows are cheap to read."""

    def scans(
        self, queries: Mapping[str, exp.Query], tables: Mapping[str, pa.Table], *, rows: int
    ) -> AbstractContextManager[Callable[[str, Mapping[str, int]], pa.RecordBatchReader]]:
        """Reading several queries side by side, by name and parameters."""
        ...

    def frugal(self) -> "Scanning":
        """The same engine with little memory."""
        ...

    def run(self, query: exp.Query, tables: Mapping[str, pa.Table]) -> pa.Table:
        """The rows of a query."""
        ...


@dataclass(slots=True)
class Rows:
    """Rows whose columns have been worked out; the form of `Record`.

    Parameters
    ----------
    num_rows : int
        How many.
    """

    num_rows: int
    _values: Mapping[str, Values]

    def is_true(self, name: str) -> Flags:
        """Where a truth value is true; unknown is not."""
        return self._full(self._values[name].data)

    def is_known(self, name: str) -> Flags:
        """Where a column has a value."""
        known = self._values[name].known
        return self._full(np.True_ if known is None else known)

    def numbers(self, name: str) -> NDArray[Any]:
        """The values of a column of numbers; where it has none, anything."""
        return self._full(self._values[name].data)

    def _full(self, data: NDArray[Any] | np.bool_) -> NDArray[Any]:
        """One value for all rows as a column."""
        return np.asarray(data) if np.ndim(data) else np.broadcast_to(data, (self.num_rows,))


def run(
    plan: Plan,
    engine: Scanning,
    tables: Mapping[str, pa.Table],
    spans: Sequence[Mapping[str, int]],
    *,
    sort: bool,
) -> Iterator[tuple[Rows, Integers]]:
    """The wanted columns chunk by chunk, and the keys of the rows that are left to an engine.

    Parameters
    ----------
    plan : Plan
        What is wanted.
    engine : Scanning
        Where the tables are.
    tables : mapping of str to pyarrow.Table
        Tables by the name that queries use.
    spans : sequence of mapping of str to int
        Ranges of keys, ``low`` and ``high``, one after the other.
    sort : bool
        Put the rows of each range in the order of their keys; else they must lie so.

    Raises
    ------
    Unordered
        If they are not sorted and do not lie so.
    """
    columns = {base.name: plan.columns(base) for base in plan.bases}
    uses = uses_of([*plan.wanted.values(), *plan.left])
    with engine.scans(plan.queries(), tables, rows=_ROWS) as read:
        for span in spans:
            streams = {
                base.name: Stream(plan, base, columns[base.name], read(base.name, span), sort=sort)
                for base in plan.bases
            }
            lead = streams.pop(plan.lead.name)
            for whole in lead.parts():
                for first in range(0, len(whole.key), _ROWS):
                    part = whole.cut(first, first + _ROWS)
                    yield _worked_out(plan, _chunk(plan, part, streams), part.key, uses)


def _chunk(plan: Plan, lead: Part, beside: Mapping[str, Stream]) -> Chunk:
    """Some rows of the leading table, and those of the others that belong to them."""
    columns, groups = dict(lead.columns), {}
    first, last = int(lead.key[0]), int(lead.key[-1])
    for name, stream in beside.items():
        rows = stream.up_to(first, last)
        columns |= rows.columns
        groups[name] = _groups(rows.key, lead.key)
    for told in plan.asked:
        begin, end = np.searchsorted(told.keys, [first, last + 1])
        rows = Part(told.keys, {(told.base, name): x for name, x in told.columns.items()})
        columns |= rows.cut(int(begin), int(end)).columns
        groups[told.base] = _groups(told.keys[begin:end], lead.key)
    return Chunk(columns, groups, len(lead.key))


def _groups(own: Integers, keys: Integers) -> Groups:
    """How rows, in the order of their keys, belong to others."""
    begins = np.diff(own, prepend=own[:1] - 1) != 0
    of_row = np.cumsum(begins) - 1
    groups = own[begins]
    if len(groups) == len(keys) and bool((groups == keys).all()):
        return Groups(len(groups), of_row, None, np.ones(len(keys), dtype=np.bool_))
    place = _place(groups, keys)
    there = place >= 0
    return Groups(len(groups), of_row, np.where(there, place, 0), there)


def _place(groups: Integers, keys: Integers) -> Integers:
    """The group of each key; −1: none."""
    if not len(groups):
        return np.full(len(keys), -1)
    low, width = int(keys[0]), int(keys[-1] - keys[0]) + 1
    if width <= _SPARSE * len(keys):  # a table by key is read faster than it is searched
        table = np.full(width, -1)
        table[groups - low] = np.arange(len(groups))
        return np.asarray(table[keys - low])
    at = np.minimum(np.searchsorted(groups, keys), len(groups) - 1)
    return np.where(groups[at] == keys, at, -1)


def _worked_out(plan: Plan, chunk: Chunk, keys: Integers, uses: Mapping[int, int]) -> tuple[Rows, Integers]:
    """The wanted columns of a chunk; rows that are left out have no day."""
    found = evaluate(chunk, [*plan.wanted.values(), *plan.left], uses)
    named = dict(zip(plan.wanted, found, strict=False))
    left = np.zeros(chunk.rows, dtype=np.bool_)
    for condition in found[len(named) :]:
        left = left | condition.data
    if left.any():
        kept = ~left
        for name in plan.days:
            known = named[name].known
            named[name] = Values(named[name].data, kept if known is None else known & kept)
    for name in plan.extra:
        named[name] = chunk.columns[plan.lead.name, name]
    return Rows(chunk.rows, named), keys[left]
