"""Cells of an engine inside this process: row values come in batches and are added up in arrays.

Where rows need not travel, arrays are cheaper than a hash table in SQL: sums are one pass over a batch, and a
histogram is one sort of whole numbers in which day, segment and duration are packed. A table made of tickets
is read in ranges of ticket_id, whose cells add up, so that memory stays flat.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Final, Protocol, cast, runtime_checkable

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from sqlglot import exp

from cxlib.data.derived import PARENTS
from cxlib.data.lesson_issues import LESSON_ISSUES
from cxlib.data.relations import column, rows_of
from cxlib.data.repeats import REPEATS
from cxlib.errors import MemoryLimitError
from cxlib.data.columnar.run import Plan, Rows, Scanning, Unordered, run
from cxlib.metrics.array_rows import KEYS, TABLES_BY_TICKET, array_plan
from cxlib.metrics.cell_sums import CellSums
from cxlib.metrics.placing import Added
from cxlib.metrics.cell_tables import Cells, Groups
from cxlib.metrics.row_parts import Parts, labels_query, row_parts
from cxlib.metrics.row_values import NONE, ROWS, RowValue, row_relations

if TYPE_CHECKING:
    from cxlib.data.dataset import Dataset
    from cxlib.data.engine import Engine

__all__ = ["Streaming", "cells_in_arrays"]

Integers = NDArray[np.int64]

_SEGMENT_LABELS: Final = 50_000  # combinations; beyond it the engine groups
_RANGE: Final = 200_000  # rows of a range
_LARGEST: Final = 4_000_000  # days times groups; beyond it they are sorted
# Prepared columns that look at other tickets.
_ACROSS: Final = REPEATS | LESSON_ISSUES | {"is_repeat_contact"}
_LEFT: Final = "tickets_left"


@runtime_checkable
class Streaming(Protocol):
    """An engine inside this process, whose rows are cheap to read."""

    def batches(
        self, query: exp.Query, tables: Mapping[str, pa.Table], spans: Sequence[Mapping[str, int]] = ()
    ) -> Iterator[pa.RecordBatch]:
        """The rows of a query in batches, once for each set of parameters."""
        ...


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
    queries, tables = row_relations(data, engine, table, values, by)
    rows = cast(exp.Select, queries.pop(ROWS))
    labels = _labels(data, engine, table, by)
    if np.prod([len(known) for known in labels], dtype=np.float64) > _SEGMENT_LABELS:
        return None
    query, parts = row_parts(data, rows, values, labels)
    sizes, blank = [len(known) for known in labels], [known.index(NONE) for known in labels]
    places = [tuple(by.index(name) for name in cut) for cut in cuts]

    def empty() -> CellSums:
        return CellSums(values, parts, sizes=sizes, blank=blank, cuts=places)

    spans = _spans(data, engine, table, values, queries)
    plan = None
    if spans and isinstance(engine, Scanning):
        plan = _plan(data, engine, table, query, queries, tables)
    if plan is not None and isinstance(engine, Scanning):
        whole = [{"low": spans[0]["low"], "high": spans[-1]["high"]}]
        try:
            sums, left = _worked_out(empty(), run(plan, engine, tables, whole))
        except Unordered:
            sums, left = _worked_out(empty(), run(plan, engine, tables, spans, sort=True))
        if len(left):
            tables = {**tables, _LEFT: pa.table({"ticket_id": left})}
            for batch in _told(engine, _with(query, queries, only=_LEFT), tables).to_batches():
                sums.add(batch)
    else:
        sums = empty()
        spans = [span for span in spans if table != "surveys"]  # answers are looked at across the whole table
        for batch in engine.batches(_with(query, queries, ranged=bool(spans)), tables, spans):
            sums.add(batch)
    return {cut: _read_cut(sums, values, parts, labels, by, cuts, i) for i, cut in enumerate(cuts)}


def _worked_out(sums: CellSums, chunks: Iterator[tuple[Rows, Integers]]) -> tuple[CellSums, Integers]:
    """The sums of chunks, and the keys of the rows that are left to an engine."""
    left = [np.empty(0, dtype=np.int64)]
    for rows, keys in chunks:
        sums.add(rows)
        left.append(keys)
    return sums, np.concatenate(left)


def _told(engine: Scanning, query: exp.Query, tables: Mapping[str, pa.Table]) -> pa.Table:
    """The rows of a query that yields few: with little memory if that will do."""
    try:
        return engine.frugal().run(query, tables)
    except MemoryLimitError:
        return engine.run(query, tables)


def _plan(
    data: "Dataset",
    engine: Scanning,
    table: str,
    query: exp.Select,
    queries: Mapping[str, exp.Query],
    tables: Mapping[str, pa.Table],
) -> Plan | None:
    """How the rows are worked out in arrays; None where the engine has to."""
    if table not in KEYS:
        return None

    def ask(name: str) -> pa.Table:
        before = {known: queries[known] for known in list(queries)[: list(queries).index(name)]}
        return _told(engine, _with(queries[name], before), tables)

    return array_plan(data, table, query, queries, tables, ask)


def _labels(data: "Dataset", engine: "Engine", table: str, by: tuple[str, ...]) -> list[list[str]]:
    """The labels of each segment, sorted, blank ones named."""
    if not by:
        return []
    queries, tables = row_relations(data, engine, table, (), by)
    rows = cast(exp.Select, queries.pop(ROWS))
    found = engine.run(_with(labels_query(rows, len(by)), queries), tables)
    labels: list[set[str]] = [{NONE} for _ in by]
    for place, label in zip(
        found.column("segment").to_pylist(), found.column("label").to_pylist(), strict=True
    ):
        labels[place].add(label or NONE)
    return [sorted(known) for known in labels]


def _with(
    query: exp.Query, queries: Mapping[str, exp.Query], *, ranged: bool = False, only: str = ""
) -> exp.Query:
    """A query over named ones; those of tickets' tables perhaps cut to the range of the parameters."""
    query = query.copy()
    for name, part in queries.items():
        stored = name in {rows_of(table) for table in TABLES_BY_TICKET}
        if ranged and stored:
            low = exp.GTE(this=column("ticket_id"), expression=exp.Placeholder(this="low"))
            high = exp.LT(this=column("ticket_id"), expression=exp.Placeholder(this="high"))
            part = exp.select("*").from_(part.subquery("whole")).where(low, high)
        if only and stored:
            chosen = exp.select(column("ticket_id")).from_(exp.to_table(only, quoted=True))
            among = exp.In(this=column("ticket_id"), query=chosen.subquery())
            part = exp.select("*").from_(part.subquery("whole")).where(among)
        if only and name == "messages_again":
            part = exp.select("*").from_(exp.to_table(rows_of("messages"), quoted=True))
        # reading what is stored again is cheaper than keeping a copy of it, unless few are chosen
        again = bool(only) if stored else None
        query = query.with_(exp.to_identifier(name, quoted=True), as_=part, materialized=again, copy=False)
    return query


def _spans(
    data: "Dataset",
    engine: "Engine",
    table: str,
    values: Sequence[RowValue],
    queries: Mapping[str, exp.Query],
) -> list[dict[str, int]]:
    """The ranges of the key to read one after the other; none where a table is read at once."""
    parent = "tickets" if "tickets" in {table, PARENTS.get(table)} else table
    name, key, place = rows_of(parent), KEYS.get(parent), data.place
    wanted = frozenset[str]().union(*(value.columns for value in values))
    asked = data.settings.definitions
    across = bool(wanted & _ACROSS) or asked["same_reason"] or asked["merge_creation"] == "earliest"
    if key is None or name not in queries or place is None or place.ids.get(key) != "BIGINT":
        return []
    if parent == "tickets" and across:
        return []
    bounds = exp.select(
        exp.alias_(exp.Min(this=column(key)), "low"),
        exp.alias_(exp.Max(this=column(key)), "high"),
        exp.alias_(exp.Count(this=exp.Star()), "n"),
    ).from_(exp.to_table(name, quoted=True))
    found = engine.run(_with(bounds, {name: queries[name]}), {}).to_pylist()[0]
    if not found["n"]:
        return []
    count = -(-int(found["n"]) // _RANGE)
    edges = np.linspace(int(found["low"]), int(found["high"]) + 1, count + 1).astype(np.int64)
    return [{"low": int(low), "high": int(high)} for low, high in pairwise(edges)]


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
        return np.bincount(mine, weights=added.value, minlength=len(found))

    columns = {name: over(added) for name, added in sums.columns(value, parts, leaves=leaves).items()}
    return found % span + first, found // span, columns
