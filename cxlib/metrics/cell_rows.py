"""Cells of an engine inside this process: rows are added up in arrays.

Where rows need not travel, arrays are cheaper than a hash table in SQL: sums are one pass over a batch. Rows
of tickets and surveys are worked out in arrays too, where their ids are whole numbers. What arrays cannot
tell of a few of them, and rows of other tables, come from the engine in batches; a table made of tickets is
then read in ranges of ticket_id, whose cells add up, so that memory stays flat.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol, cast, runtime_checkable

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from sqlglot import exp

from cxlib.data.columnar.plan import Plan
from cxlib.data.columnar.run import Scanning, run
from cxlib.data.columnar.stream import Unordered
from cxlib.errors import MemoryLimitError
from cxlib.metrics.array_rows import KEYS, array_plan
from cxlib.metrics.cell_sums import CellSums
from cxlib.metrics.cell_tables import Cells, Groups
from cxlib.metrics.placing import Added
from cxlib.metrics.row_parts import Parts, row_parts
from cxlib.metrics.row_ranges import BY_STATEMENT, labels_of, spans_of, with_queries
from cxlib.metrics.row_values import NONE, ROWS, RowValue, row_relations

if TYPE_CHECKING:
    from cxlib.data.dataset import Dataset
    from cxlib.data.engine import Engine

__all__ = ["Streaming", "cells_in_arrays"]

Integers = NDArray[np.int64]

_SEGMENT_LABELS: Final = 50_000  # combinations; beyond it the engine groups
_LARGEST: Final = 4_000_000  # days times groups; beyond it they are sorted
_LEFT: Final = "tickets_left"


@runtime_checkable
class Streaming(Protocol):
    """An engine inside this process, whose rows are cheap to read."""

    def batches(
        self, query: exp.Query, tables: Mapping[str, pa.Table], spans: Sequence[Mapping[str, int]] = ()
    ) -> Iterator[pa.RecordBatch]:
        """The rows of a query in batches, once for each set of parameters."""
        ...


@dataclass(frozen=True, slots=True)
class _Question:
    """Rows that are to be added up: their query and what it is made of."""

    table: str
    query: exp.Select
    queries: Mapping[str, exp.Query]
    tables: Mapping[str, pa.Table]
    spans: Sequence[Mapping[str, int]]
    empty: Callable[[], CellSums]


def cells_in_arrays(
    data: "Dataset", engine: "Engine", table: str, values: Sequence[RowValue], cuts: Sequence[tuple[str, ...]]
) -> dict[tuple[str, ...], list[Cells]] | None:
    """The cells of several cuts of one table by one reading of its rows.

    Parameters
    ----------
    data : Dataset
        Tables as they are visible at `as_of`.
    engine : Engine
        Where they are.
    table : str
        Canonical or derived name.
    values : sequence of RowValue
        What rows are worth.
    cuts : sequence of tuple of str
        Segments of each cut.

    Returns
    -------
    dict of tuple to list of Cells, or None
        For each cut the cells of each value, as a statement would give them; None where only a statement can:
        the engine is elsewhere, rows are clustered, or there are too many segments.
    """
    if not isinstance(engine, Streaming) or any(value.cluster for value in values):
        return None
    by = tuple(dict.fromkeys(name for cut in cuts for name in cut))
    labels = labels_of(data, engine, table, by)
    if np.prod([len(known) for known in labels], dtype=np.float64) > _SEGMENT_LABELS:
        return None
    stated = [bool(value.columns & BY_STATEMENT) for value in values]
    if len(set(stated)) < 2 or not _is_scanned(data, engine, table):
        return _cells(data, engine, table, values, cuts, labels)
    # what only a statement makes is asked apart, so that the others are not kept out of arrays
    parts = {}
    for one in (True, False):
        mine = [value for value, is_stated in zip(values, stated, strict=True) if is_stated is one]
        found = _cells(data, engine, table, mine, cuts, labels)
        parts[one] = {cut: iter(cells) for cut, cells in found.items()}
    return {cut: [next(parts[one][cut]) for one in stated] for cut in cuts}


def _cells(
    data: "Dataset",
    engine: "Engine",
    table: str,
    values: Sequence[RowValue],
    cuts: Sequence[tuple[str, ...]],
    labels: Sequence[Sequence[str]],
) -> dict[tuple[str, ...], list[Cells]]:
    """The cells of values in several cuts, the labels of whose segments are known."""
    by = tuple(dict.fromkeys(name for cut in cuts for name in cut))
    queries, tables = row_relations(data, engine, table, values, by)
    rows = cast(exp.Select, queries.pop(ROWS))
    query, parts = row_parts(data, rows, values, labels)
    sizes, blank = [len(known) for known in labels], [known.index(NONE) for known in labels]
    places = [tuple(by.index(name) for name in cut) for cut in cuts]

    def empty() -> CellSums:
        return CellSums(values, parts, sizes=sizes, blank=blank, cuts=places)

    spans = spans_of(data, engine, table, values, queries)
    asked = _Question(table, query, queries, tables, spans, empty)
    sums = _added_in_arrays(data, engine, asked) or _added_from_batches(cast(Streaming, engine), asked)
    return {cut: _read_cut(sums, values, parts, labels, by, cuts, i) for i, cut in enumerate(cuts)}


def _is_scanned(data: "Dataset", engine: "Engine", table: str) -> bool:
    """Whether rows of a table may be worked out in arrays."""
    ids = {} if data.place is None else data.place.ids
    return isinstance(engine, Scanning) and table in KEYS and ids.get(KEYS[table]) == "BIGINT"


def _added_from_batches(engine: Streaming, asked: _Question) -> CellSums:
    """The sums of rows that the engine works out."""
    sums = asked.empty()
    # an answer is looked at across the whole table
    spans = () if asked.table == "surveys" else asked.spans
    query = with_queries(asked.query, asked.queries, ranged=bool(spans))
    for batch in engine.batches(query, asked.tables, spans):
        sums.add(batch)
    return sums


def _added_in_arrays(data: "Dataset", engine: "Engine", asked: _Question) -> CellSums | None:
    """The sums of rows that are worked out in arrays; None where only the engine can."""
    if not asked.spans or asked.table not in KEYS or not isinstance(engine, Scanning):
        return None
    plan = _plan(data, engine, asked)
    if plan is None:
        return None
    whole = [{"low": asked.spans[0]["low"], "high": asked.spans[-1]["high"]}]
    try:
        sums, left = _worked_out(engine, asked, plan, whole, sort=False)
    except Unordered:
        sums, left = _worked_out(engine, asked, plan, asked.spans, sort=True)
    if len(left):
        tables = {**asked.tables, _LEFT: pa.table({"ticket_id": left})}
        found = _told(engine, with_queries(asked.query, asked.queries, only=_LEFT), tables)
        for batch in found.to_batches():
            sums.add(batch)
    return sums


def _plan(data: "Dataset", engine: Scanning, asked: _Question) -> Plan | None:
    """How the rows are worked out in arrays; None where the engine has to."""

    def ask(name: str) -> pa.Table:
        names = list(asked.queries)
        before = {known: asked.queries[known] for known in names[: names.index(name)]}
        return _told(engine, with_queries(asked.queries[name], before), asked.tables)

    return array_plan(data, asked.table, asked.query, asked.queries, asked.tables, ask)


def _worked_out(
    engine: Scanning, asked: _Question, plan: Plan, spans: Sequence[Mapping[str, int]], *, sort: bool
) -> tuple[CellSums, Integers]:
    """The sums of chunks, and the keys of the rows that are left to an engine."""
    sums, left = asked.empty(), [np.empty(0, dtype=np.int64)]
    for rows, keys in run(plan, engine, asked.tables, spans, sort=sort):
        sums.add(rows)
        left.append(keys)
    return sums, np.concatenate(left)


def _told(engine: Scanning, query: exp.Query, tables: Mapping[str, pa.Table]) -> pa.Table:
    """The rows of a query that yields few: with little memory if that will do."""
    try:
        return engine.frugal().run(query, tables)
    except MemoryLimitError:
        return engine.run(query, tables)


def _read_cut(
    sums: CellSums,
    values: Sequence[RowValue],
    parts: Sequence[Parts],
    labels: Sequence[Sequence[str]],
    by: tuple[str, ...],
    cuts: Sequence[tuple[str, ...]],
    index: int,
) -> list[Cells]:
    """The cells of each value in one cut."""
    groups = Groups.of(sums.known, labels, [by.index(name) for name in cuts[index]])
    return [_read(sums, value, made, groups, index) for value, made in zip(values, parts, strict=True)]


def _read(sums: CellSums, value: RowValue, parts: Parts, groups: Groups, cut: int) -> Cells:
    """The cells of one value, sorted by segment and day."""
    day, group, columns = _rolled(sums, value, parts, groups)
    leaving = None
    if value.leaves:
        gone_day, gone_group, gone = _rolled(sums, value, parts, groups, leaves=value.leaves)
        kept = (gone["n"], gone["total"], gone["squares"])
        leaving = Cells(gone_day, gone_group, groups.named, *kept, {}, None)
    return Cells(
        day,
        group,
        groups.named,
        columns["n"],
        columns["total"],
        columns["squares"],
        {
            reason: columns[f"counted {name}"]
            for reason, name in zip(value.counted, parts.counted, strict=True)
        },
        None if value.ended is None else sums.spread(value, parts, cut, groups.of_cut),
        columns.get("planned"),
        leaving,
    )


def _numbered(place: Integers, size: int) -> tuple[Integers, Integers]:
    """The different places, ascending, and for each one its number among them."""
    if size > _LARGEST:
        found, at = np.unique(place, return_inverse=True)
        return found, at.reshape(-1)
    there = np.zeros(size, dtype=bool)
    there[place] = True
    found = np.flatnonzero(there)
    number = np.empty(size, dtype=np.int64)
    number[found] = np.arange(len(found))
    return found, number[place]


def _rolled(
    sums: CellSums, value: RowValue, parts: Parts, groups: Groups, *, leaves: str = ""
) -> tuple[Integers, Integers, dict[str, NDArray[np.float64]]]:
    """Day and group of each cell of a cut, and the sums of every column there."""
    cells = sums.rows(value, leaves=leaves)
    day, cross = np.divmod(cells, sums.width)
    first = int(day.min()) if len(day) else 0
    span = int(day.max()) - first + 1 if len(day) else 1
    place = groups.of_cross[cross] * span + day - first
    found, at = _numbered(place, span * len(groups.named))

    def over(added: Added) -> NDArray[np.float64]:
        mine = at if len(added.cell) == len(cells) else at[np.searchsorted(cells, added.cell)]
        return np.bincount(mine, weights=added.value, minlength=len(found)).astype(np.float64, copy=False)

    columns = {name: over(added) for name, added in sums.columns(value, parts, leaves=leaves).items()}
    return found % span + first, found // span, columns
