"""Row values of tickets and surveys in arrays, where they lie in this process and their ids are whole."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

import pyarrow as pa
from sqlglot import exp

from cxlib.data.columnar.graph import Graph, Kind, Unsupported
from cxlib.data.columnar.plan import Plan
from cxlib.data.columnar.relations import Relations
from cxlib.data.columnar.translate import translate
from cxlib.data.place import id_family
from cxlib.data.relations import rows_of
from cxlib.data.replies import APART
from cxlib.data.schema import TABLES, ColumnType

if TYPE_CHECKING:
    from cxlib.data.dataset import Dataset

__all__ = ["KEYS", "TABLES_BY_TICKET", "array_plan"]

TABLES_BY_TICKET: Final = ("tickets", "messages", "ticket_events")
"""Tables that are read in ranges of ticket_id."""

KEYS: Final = {"tickets": "ticket_id", "surveys": "survey_id"}
"""Tables whose rows are worked out in arrays, and what identifies a row."""

_KINDS: Final[Mapping[ColumnType, Kind]] = {
    "number": "float",
    "integer": "float",
    "flag": "bool",
    "instant": "int",
    "date": "int",
}


def array_plan(
    data: "Dataset",
    table: str,
    rows: exp.Select,
    queries: Mapping[str, exp.Query],
    tables: Mapping[str, pa.Table],
    ask: Callable[[str], pa.Table],
) -> Plan | None:
    """How the rows of a table are worked out in arrays.

    Parameters
    ----------
    data : Dataset
        Its tables stay in a file, with whole ids.
    table : str
        One of `KEYS`.
    rows : sqlglot Select
        The query of row values: days, numbers of segments' labels and the parts of values, over ``t``.
    queries : mapping of str to sqlglot Query
        What it is made of.
    tables : mapping of str to pyarrow.Table
        Day tables.
    ask : callable
        The rows of one of the queries, run by the engine.

    Returns
    -------
    Plan or None
        None where something in the queries needs an engine.
    """
    stored = TABLES_BY_TICKET if table == "tickets" else (table,)
    kinds = {rows_of(name): _kind_of(data, name) for name in stored}
    relations = Relations(Graph(), queries, tables, kinds, APART, KEYS[table], ask)
    try:
        return _plan(relations, table, rows)
    except Unsupported:
        return None


def _plan(relations: Relations, table: str, rows: exp.Select) -> Plan:
    """The nodes of all columns; `Unsupported` where one is not worked out in arrays."""
    bare = rows.copy()
    joins = bare.args.pop("joins", None) or []
    scope = relations.scope(bare)
    codes = {part.alias: part.this for part in rows.selects if part.alias.startswith("code")}
    for tree in codes.values():
        for part in tree.find_all(exp.Column):
            if part.table == "t" and part.name in TABLES[table].names:
                found = scope.column(part.name, "t")
                if found.name != "missing" and (found.name, found.facts) != ("scan", (part.name,)):
                    raise Unsupported(f"segment {part.name}")
    wanted = {
        part.alias: translate(relations.graph, part.this, scope)
        for part in rows.selects
        if part.alias not in codes
    }
    lead = rows_of(table)
    if any(node.kind == "text" for node in wanted.values()):
        raise Unsupported("a text, which is but the number of a word")
    if lead not in relations.bases:
        raise Unsupported("no column of its own")
    return Plan(
        relations.graph,
        relations.bases[lead],
        list(relations.bases.values()),
        wanted,
        frozenset(name for name in wanted if name.startswith("day_")),
        KEYS[table],
        list(relations.asked.values()),
        relations.left,
        codes,
        joins,
        {join.this.name: relations.queries[join.this.name] for join in joins},
    )


def _kind_of(data: "Dataset", table: str) -> Callable[[str], Kind]:
    """The kind of a column of a stored table."""
    ids = {} if data.place is None else data.place.ids

    def kind(name: str) -> Kind:
        declared = TABLES[table].column(name)
        if declared is None:
            raise Unsupported(f"column {name} of {table}")
        if declared.type == "id":
            return "int" if ids.get(id_family(name)) == "BIGINT" else "text"
        return _KINDS.get(declared.type, "text")

    return kind
