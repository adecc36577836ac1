"""A canonical table as a relation for SQL: every declared column, instants as microseconds, dates as days.

A column that the source lacks is a typed NULL, so that one query text serves all data; whether a metric may
be offered without the column is decided elsewhere.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pyarrow.compute as pc
from sqlglot import exp

from cxlib.data.clock import to_microseconds
from cxlib.data.engine import Engine
from cxlib.data.place import sql_type
from cxlib.data.schema import TABLES, ColumnType
from cxlib.data.steps import column, local_day, number, step_of

if TYPE_CHECKING:
    from cxlib.data.dataset import Dataset

__all__ = [
    "column",
    "further_name",
    "instant_range",
    "local_day",
    "number",
    "rows_of",
    "step_of",
    "table_rows",
]


def rows_of(table: str) -> str:
    """The name that queries give to the rows of a table.

    Examples
    --------
    >>> rows_of("tickets")
    'tickets_rows'
    """
    return f"{table}_rows"


def further_name(name: str) -> str:
    """The name that queries give to a column that its table does not declare.

    No column of ours can have it, prepared ones included: whatever users call theirs, ours are not hidden.

    Examples
    --------
    >>> further_name("is_inbound")
    'further is_inbound'
    """
    return f"further {name}"


def table_rows(data: "Dataset", engine: Engine, table: str, *, extra: Sequence[str] = ()) -> exp.Select:
    """The rows of a table: declared columns and the extra ones asked for.

    Parameters
    ----------
    data : Dataset
        Where the table is absent, the relation has no rows.
    engine : Engine
        Spells microseconds and day numbers.
    table : str
        Canonical name.
    extra : sequence of str
        Further columns of the source, which are called as `further_name` says.
    """
    if data.place is not None and table not in data.tables:
        names = [*TABLES[table].names, *(name for name in extra if name not in TABLES[table].names)]
        return data.place.rows(table, {name: _called(table, name) for name in names})
    present = set(data.tables[table].column_names) if table in data.tables else set()
    declared = TABLES[table].columns
    found = [
        _canonical(
            engine, declared_column.name, declared_column.type, present=declared_column.name in present
        )
        for declared_column in declared
    ]
    further = [
        exp.alias_(column(name), further_name(name), quoted=True)
        for name in extra
        if name in present and name not in TABLES[table].names
    ]
    query = exp.select(*found, *further)
    if table in data.tables:
        return query.from_(exp.to_table(table, quoted=True))
    return query.where(exp.false())


def _called(table: str, name: str) -> str:
    return name if name in TABLES[table].names else further_name(name)


def _canonical(engine: Engine, name: str, type_: ColumnType, *, present: bool) -> exp.Expr:
    if not present:
        value: exp.Expr = exp.cast(exp.null(), sql_type(type_))
    elif type_ == "instant":
        value = engine.microseconds(column(name))
    elif type_ == "date":
        value = engine.day_number(column(name))
    else:
        value = column(name)
    return exp.alias_(value, name, quoted=True)


def instant_range(data: "Dataset", table: str, name: str) -> tuple[int, int]:
    """First and last microsecond of an instant column; of `as_of` where it has none."""
    if data.place is not None and table not in data.tables:
        return data.place.instant_range(table, name)
    instants = data.tables[table].column(name) if data.has(table, name) else None
    bounds = None if instants is None else pc.min_max(instants).as_py()
    if bounds is None or bounds["min"] is None:
        return to_microseconds(data.as_of), to_microseconds(data.as_of)
    return to_microseconds(bounds["min"]), to_microseconds(bounds["max"])
