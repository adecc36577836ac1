"""Scanning the columns that a graph reads, range by range, and working it out chunk by chunk."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, TypeAlias, runtime_checkable

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from sqlglot import exp

from cxlib.data.columnar.graph import Chunk, Graph, Groups, Kind, Node, evaluate, scanned, uses_of
from cxlib.data.columnar.record import Flags, Record
from cxlib.data.columnar.relations import Asked, Base
from cxlib.data.columnar.values import Values
from cxlib.data.relations import column

__all__ = ["Plan", "Rows", "Scanning", "Unordered", "run"]

Integers = NDArray[np.int64]
Column: TypeAlias = tuple[str, exp.Expr, Kind]
"""Of a column that is scanned name, expression and kind."""

_ROWS: Final = 131_072
"""Rows of a chunk: its columns stay in the processor's cache."""
_SPARSE: Final = 4
_DTYPES: Final[dict[str, type[np.generic]]] = {
    "int": np.int64,
    "float": np.float64,
    "bool": np.bool_,
    "text": np.int16,
}


class Unordered(Exception):  # noqa: N818 - not an error: the rows are read in ranges instead
    """Rows that do not lie in the order of their keys."""


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
class Plan:
    """What is to be scanned and worked out.

    Parameters
    ----------
    graph : Graph
        Its words are those that texts are compared with.
    lead : Base
        The table whose rows are wanted.
    bases : sequence of Base
        It and those beside it.
    wanted : mapping of str to Node
        Columns by name.
    days : frozenset of str
        Those of them that are unknown for a row that is left out.
    key : str
        The column that identifies its rows.
    asked : sequence of Asked
        What an engine has found beside them.
    left : sequence of Node
        Conditions on which a row is left to an engine.
    extra : mapping of str to sqlglot Expr
        Whole numbers that the scan of the leading table works out.
    joins : sequence of sqlglot Join
        What they need beside the leading table, which is ``t``.
    holders : mapping of str to sqlglot Query
        The queries that are joined.
    """

    graph: Graph
    lead: Base
    bases: Sequence[Base]
    wanted: Mapping[str, Node]
    days: frozenset[str]
    key: str
    asked: Sequence[Asked]
    left: Sequence[Node]
    extra: Mapping[str, exp.Expr]
    joins: Sequence[exp.Join]
    holders: Mapping[str, exp.Query]

    def columns(self, base: Base) -> list[Column]:
        """What of a table is read beside its key: name, expression and kind of each column."""
        needed = scanned([*self.wanted.values(), *self.left])
        return [
            (name, *facts)
            for name, facts in base.scanned.items()
            if name != self.key and (base.name, name) in needed
        ]

    def queries(self) -> dict[str, exp.Select]:
        """The scan of each table, a range of keys at a time."""
        return {base.name: self._scan(base) for base in self.bases}

    def _scan(self, base: Base) -> exp.Select:
        words = exp.Array(
            expressions=[exp.Literal.string(word) for word in self.graph.words] or [exp.Literal.string("")]
        )
        selected = [exp.alias_(column(self.key, "t"), "key", quoted=True)]
        for i, (_, tree, kind) in enumerate(self.columns(base)):
            own = tree.transform(
                lambda part: column(part.name, "t") if isinstance(part, exp.Column) else part
            )
            value: exp.Expr = own
            if kind == "text":
                value = exp.cast(
                    exp.Anonymous(this="LIST_POSITION", expressions=[words.copy(), own]), "SMALLINT"
                )
                there = exp.not_(exp.Is(this=own.copy(), expression=exp.null()))
                selected.append(exp.alias_(there, f"k{i}", quoted=True))
            selected.append(exp.alias_(value, f"c{i}", quoted=True))
        leading = base is self.lead
        if leading:
            selected += [exp.alias_(tree.copy(), name, quoted=True) for name, tree in self.extra.items()]
        query = exp.select(*selected).from_(base.query.copy().subquery("t"))
        if leading:
            for join in self.joins:
                query.append("joins", join.copy())
            for name, part in self.holders.items():
                query = query.with_(exp.to_identifier(name, quoted=True), as_=part, copy=False)
        low = exp.GTE(this=column(self.key, "t"), expression=exp.Placeholder(this="low"))
        high = exp.LT(this=column(self.key, "t"), expression=exp.Placeholder(this="high"))
        return query.where(low, high)


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

    def _full(self, data: NDArray[Any]) -> NDArray[Any]:
        """One value for all rows as a column."""
        return data if np.ndim(data) else np.broadcast_to(data, (self.num_rows,))


@dataclass(slots=True)
class _Part:
    """Some rows of one table, in the order of their keys."""

    key: Integers
    columns: dict[tuple[str, str], Values] = field(default_factory=dict)

    def cut(self, first: int, last: int) -> "_Part":
        """Some of the rows."""
        return _Part(
            self.key[first:last],
            {
                name: Values(x.data[first:last], None if x.known is None else x.known[first:last])  # type: ignore[index]
                for name, x in self.columns.items()
            },
        )


class _Stream:
    """The rows of one table, batch by batch."""

    def __init__(self, plan: Plan, base: Base, reader: pa.RecordBatchReader, *, sort: bool) -> None:
        self._plan, self._base, self._sort = plan, base, sort
        self._batches = iter([reader.read_all().combine_chunks()]) if sort else iter(reader)
        self._columns = plan.columns(base)
        self._last = np.iinfo(np.int64).min
        self._held: list[_Part] = []

    def parts(self) -> Iterator[_Part]:
        """What comes, and never anything out of order."""
        for rows in self._batches:
            for batch in rows.to_batches() if isinstance(rows, pa.Table) else [rows]:
                if not batch.num_rows:
                    continue
                part = _read(self._plan, self._base, self._columns, batch, sort=self._sort)
                if part.key[0] < self._last:
                    raise Unordered(self._base.name)
                self._last = int(part.key[-1])
                yield part

    def up_to(self, first: int, last: int) -> _Part:
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


def _joined(parts: Sequence[_Part]) -> _Part:
    """Parts one after the other."""
    found = _Part(np.concatenate([part.key for part in parts]))
    for name in parts[0].columns:
        values = [part.columns[name] for part in parts]
        known = None
        if any(value.known is not None for value in values):
            known = np.concatenate(
                [np.ones(len(x.data), dtype=np.bool_) if x.known is None else x.known for x in values]
            )
        found.columns[name] = Values(np.concatenate([value.data for value in values]), known)
    return found


def _nothing(plan: Plan, base: Base, columns: Sequence[Column]) -> _Part:
    """A part without rows."""
    found = _Part(np.empty(0, dtype=np.int64))
    found.columns[base.name, plan.key] = Values(found.key)
    for name, _, kind in columns:
        found.columns[base.name, name] = Values(np.empty(0, dtype=_DTYPES[kind]))
    return found


def run(
    plan: Plan,
    engine: Scanning,
    tables: Mapping[str, pa.Table],
    spans: Sequence[Mapping[str, int]],
    *,
    sort: bool = False,
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
        Sort the rows of each range; else they are taken to lie in the order of their keys.

    Raises
    ------
    Unordered
        If they are not sorted and do not lie so.
    """
    uses = uses_of([*plan.wanted.values(), *plan.left])
    with engine.scans(plan.queries(), tables, rows=_ROWS) as read:
        for span in spans:
            streams = {
                base.name: _Stream(plan, base, read(base.name, span), sort=sort) for base in plan.bases
            }
            lead = streams.pop(plan.lead.name)
            for whole in lead.parts():
                for first in range(0, len(whole.key), _ROWS):
                    part = whole.cut(first, first + _ROWS)
                    yield _worked_out(plan, _chunk(plan, part, streams), part.key, uses)


def _read(plan: Plan, base: Base, columns: Sequence[Column], rows: pa.RecordBatch, *, sort: bool) -> _Part:
    """The columns of a record batch as values, in the order of the keys."""
    record = Record(rows)
    key = record.numbers("key").astype(np.int64, copy=False)
    order = None if bool((key[1:] >= key[:-1]).all()) else np.argsort(key, kind="stable")
    if order is not None and not sort:
        raise Unordered(base.name)
    found = _Part(key if order is None else key[order])
    found.columns[base.name, plan.key] = Values(found.key)

    def placed(data: NDArray[Any]) -> NDArray[Any]:
        return data if order is None else data[order]

    for i, (name, _, kind) in enumerate(columns):
        alias = f"c{i}"
        told = f"k{i}" if kind == "text" else alias
        known = None
        if kind == "text":
            true = record.is_true(told)
            known = None if true.all() else placed(true)
        elif rows.column(told).null_count:
            known = placed(record.is_known(told))
        if kind == "bool":
            data = record.is_true(alias)
        else:
            data = record.numbers(alias).astype(_DTYPES[kind], copy=False)
        found.columns[base.name, name] = Values(placed(data), known)
    if base is plan.lead:
        for name in plan.extra:
            found.columns[base.name, name] = Values(placed(record.numbers(name)))
    return found


def _chunk(plan: Plan, lead: _Part, beside: Mapping[str, _Stream]) -> Chunk:
    """Some rows of the leading table, and those of the others that belong to them."""
    columns, groups = dict(lead.columns), {}
    first, last = int(lead.key[0]), int(lead.key[-1])
    for name, stream in beside.items():
        rows = stream.up_to(first, last)
        columns |= rows.columns
        groups[name] = _groups(rows.key, lead.key)
    for told in plan.asked:
        begin, end = np.searchsorted(told.keys, [first, last + 1])
        rows = _Part(told.keys, {(told.base, name): x for name, x in told.columns.items()})
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
