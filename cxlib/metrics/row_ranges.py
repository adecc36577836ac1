"""The queries of rows as they are asked: a range of them at a time, those of some tickets, their labels."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Final, cast

import numpy as np
from sqlglot import exp

from cxlib.data.derived import PARENTS
from cxlib.data.lesson_issues import LESSON_ISSUES
from cxlib.data.outreach import OUTREACH_COLUMNS
from cxlib.data.relations import column, rows_of
from cxlib.data.repeats import REPEATS
from cxlib.metrics.array_rows import KEYS, TABLES_BY_TICKET
from cxlib.metrics.row_parts import labels_query, missed_query
from cxlib.metrics.row_values import NONE, ROWS, RowValue, row_relations

if TYPE_CHECKING:
    from cxlib.data.dataset import Dataset
    from cxlib.data.engine import Engine

__all__ = ["ACROSS", "BY_STATEMENT", "labels_of", "spans_of", "with_queries"]

ACROSS: Final = REPEATS | LESSON_ISSUES | {"is_repeat_contact"}
"""Prepared columns that look at other tickets."""

BY_STATEMENT: Final = ACROSS | OUTREACH_COLUMNS.keys() | {"page"}
"""Prepared columns that only a statement makes: they look at other rows, or at tables by another key."""

_RANGE: Final = 200_000  # rows
_FIRST_ROWS: Final = 50_000
_FEW_LABELS: Final = 100  # so many are compared with each row faster than rows are told apart


def labels_of(data: "Dataset", engine: "Engine", table: str, by: tuple[str, ...]) -> list[list[str]]:
    """The labels of each segment, sorted, blank ones named: those of the first rows, if there are no others.

    Parameters
    ----------
    data : Dataset
        Tables as they are visible at `as_of`.
    engine : Engine
        Where they are.
    table : str
        Canonical or derived name.
    by : tuple of str
        Segments.
    """
    if not by:
        return []
    queries, tables = row_relations(data, engine, table, (), by)
    rows = cast(exp.Select, queries.pop(ROWS))
    labels: list[list[str]] = []
    for most in (_FIRST_ROWS, None):
        found = engine.run(with_queries(labels_query(rows, len(by), most=most), queries), tables)
        told: list[set[str]] = [{NONE} for _ in by]
        for place, label in zip(
            found.column("segment").to_pylist(), found.column("label").to_pylist(), strict=True
        ):
            told[place].add(label or NONE)
        labels = [sorted(known) for known in told]
        if most is None or max(map(len, labels)) > _FEW_LABELS:
            continue
        missed = engine.run(with_queries(missed_query(rows, labels), queries), tables).column("missed")
        if not missed[0].as_py():
            break
    return labels


def with_queries(
    query: exp.Query, queries: Mapping[str, exp.Query], *, ranged: bool = False, only: str = ""
) -> exp.Query:
    """A query over named ones.

    Parameters
    ----------
    query : sqlglot Query
        What is asked.
    queries : mapping of str to sqlglot Query
        What it is made of.
    ranged : bool
        Cut the tables of tickets to the range of the parameters ``low`` and ``high``.
    only : str
        Cut them to the tickets of this table; empty: all.
    """
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


def spans_of(
    data: "Dataset",
    engine: "Engine",
    table: str,
    values: Sequence[RowValue],
    queries: Mapping[str, exp.Query],
) -> list[dict[str, int]]:
    """The ranges of the key to read one after the other; none where a table is read at once.

    Parameters
    ----------
    data : Dataset
        Tables as they are visible at `as_of`.
    engine : Engine
        Where they are.
    table : str
        Canonical or derived name.
    values : sequence of RowValue
        What rows are worth: some look at other tickets.
    queries : mapping of str to sqlglot Query
        What the rows are made of.
    """
    parent = "tickets" if "tickets" in {table, PARENTS.get(table)} else table
    name, key, place = rows_of(parent), KEYS.get(parent), data.place
    wanted = frozenset[str]().union(*(value.columns for value in values))
    asked = data.settings.definitions
    across = bool(wanted & ACROSS) or asked["same_reason"] or asked["merge_creation"] == "earliest"
    if key is None or name not in queries or place is None or place.ids.get(key) != "BIGINT":
        return []
    if parent == "tickets" and across:
        return []
    bounds = exp.select(
        exp.alias_(exp.Min(this=column(key)), "low"),
        exp.alias_(exp.Max(this=column(key)), "high"),
        exp.alias_(exp.Count(this=exp.Star()), "n"),
    ).from_(exp.to_table(name, quoted=True))
    found = engine.run(with_queries(bounds, {name: queries[name]}), {}).to_pylist()[0]
    if not found["n"]:
        return []
    count = -(-int(found["n"]) // _RANGE)
    edges = np.linspace(int(found["low"]), int(found["high"]) + 1, count + 1).astype(np.int64)
    return [{"low": int(low), "high": int(high)} for low, high in pairwise(edges)]
