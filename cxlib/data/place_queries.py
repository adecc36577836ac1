"""What is asked of tables that stay in a database: bounds, what an instant shows, whole tables as frames."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final, TypeAlias

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

from cxlib.data.clock import day_bounds_us, local_day_number
from cxlib.data.engine import Engine
from cxlib.data.located import Located
from cxlib.data.place import Place, Seen
from cxlib.data.steps import local_day

__all__ = [
    "counted",
    "day_counts",
    "ends_of",
    "extremes",
    "fetch_frame",
    "one_row",
    "place_at",
    "read_ends",
    "time_columns",
]

Row: TypeAlias = Mapping[str, int | float | str | None]

_TIMES: Final = ("instant", "date")


def time_columns(located: Located) -> list[str]:
    """Instants and dates that a table has."""
    return [
        declared.name
        for declared in located.table.columns
        if declared.type in _TIMES and declared.name in located.columns
    ]


def ends_of(names: Sequence[str]) -> dict[str, exp.Expr]:
    """Aggregates that yield the first and the last value of some columns; `read_ends` reads them."""
    return _ends({name: exp.column(name, quoted=True) for name in names})


def _ends(values: Mapping[str, exp.Expr]) -> dict[str, exp.Expr]:
    return {
        f"{word} {name}": function(this=value.copy())
        for name, value in values.items()
        for word, function in (("first", exp.Min), ("last", exp.Max))
    }


def read_ends(found: Row, names: Iterable[str]) -> dict[str, tuple[int, int]]:
    """First and last value of some columns, from what `ends_of` yielded; those without any are left out."""
    pairs = {name: (found[f"first {name}"], found[f"last {name}"]) for name in names}
    return {
        name: (int(first), int(last))
        for name, (first, last) in pairs.items()
        if first is not None and last is not None
    }


def extremes(engine: Engine, rows: exp.Query, values: Mapping[str, exp.Expr]) -> dict[str, tuple[int, int]]:
    """First and last whole number of some expressions; those without any are left out.

    Parameters
    ----------
    engine : Engine
        Answers the query.
    rows : sqlglot Query
        What the expressions are over.
    values : mapping of str to sqlglot Expr
        Whole numbers, such as microseconds.
    """
    return read_ends(one_row(engine, rows, _ends(values)), values) if values else {}


def counted(condition: exp.Expr) -> exp.Expr:
    """How many rows a condition holds for."""
    return exp.Count(this=exp.Case().when(condition.copy(), exp.Literal.number(1)))


def day_counts(engine: Engine, located: Located, zone: str) -> tuple[dict[int, int], int]:
    """How many good rows each local day has, ascending, and how many have no place in time.

    Parameters
    ----------
    engine : Engine
        Counts.
    located : Located
        The table, with its bounds.
    zone : str
        Zone of local days.
    """
    basis = located.basis
    if basis is None:
        return {}, _rows(engine, located)
    if not located.is_dated:
        names = {column.name for column in basis.find_all(exp.Column)}
        ends = [end for name in names for end in located.bounds.get(name, ())]
        if not ends:
            return {}, _rows(engine, located)
        basis = local_day(basis, zone, min(ends), max(ends))
    days = exp.select(exp.alias_(basis, "day", quoted=True)).from_(located.good().subquery("given"))
    day = exp.column("day", quoted=True)
    query = (
        exp.select(day, exp.alias_(exp.Count(this=exp.Star()), "rows", quoted=True))
        .from_(days.subquery("days"))
        .group_by(day.copy())
    )
    found = {row["day"]: int(row["rows"]) for row in engine.run(query, {}).to_pylist()}
    undated = found.pop(None, 0)
    return {int(day): found[day] for day in sorted(found)}, undated


def _rows(engine: Engine, located: Located) -> int:
    return int(one_row(engine, located.good(), {"rows": exp.Count(this=exp.Star())})["rows"] or 0)


def one_row(
    engine: Engine,
    rows: exp.Query,
    values: Mapping[str, exp.Expr],
    lookups: Mapping[str, pa.Table] | None = None,
) -> Row:
    """Aggregates of the rows of a query, by name."""
    parts = [exp.alias_(value.copy(), name, quoted=True) for name, value in values.items()]
    found = engine.run(exp.select(*parts).from_(rows.subquery("given")), lookups or {})
    row: dict[str, int | float | str | None] = found.to_pylist()[0]
    return row


def place_at(place: Place, as_of: int) -> Place:
    """The same tables seen at another instant.

    Parameters
    ----------
    place : Place
        Where they stay.
    as_of : int
        Microseconds UTC.
    """
    moved = replace(place, as_of=as_of)
    return replace(moved, seen={name: _seen(moved, located) for name, located in moved.tables.items()})


def _seen(place: Place, located: Located) -> Seen:
    """What the instant shows of one table: all of it, or what one aggregation tells."""
    days, basis = located.days, located.basis
    last = max(days, default=None)
    shown = sum(days.values()) + located.undated
    if basis is None or last is None or int(day_bounds_us([last], place.zone)[1][0]) <= place.as_of:
        return Seen(shown, 0, last)
    late = place.is_late(located, basis)
    values = {
        "hidden": counted(late),
        "last": exp.Max(this=exp.Case().when(late, exp.null()).else_(basis.copy())),
    }
    found = one_row(place.engine, located.good(), values)
    hidden = int(found["hidden"] or 0)
    if found["last"] is None or located.is_dated:
        day = None if found["last"] is None else int(found["last"])
    else:
        day = int(local_day_number([int(found["last"])], place.zone)[0])
    return Seen(shown - hidden, hidden, day)


def fetch_frame(place: Place, table: str) -> pd.DataFrame:
    """All rows of a table that `as_of` shows; they travel.

    Parameters
    ----------
    place : Place
        Where it stays.
    table : str
        Canonical name.
    """
    located = place.tables[table]
    found = place.engine.run(place.rows(table, {name: name for name in located.columns}), {})
    for i, name in enumerate(found.column_names):
        declared = located.table.column(name)
        type_ = declared.type if declared else "text"
        if type_ == "instant":
            found = found.set_column(i, name, found.column(name).cast(pa.timestamp("us", tz="UTC")))
        elif type_ == "date":
            found = found.set_column(i, name, found.column(name).cast(pa.int32()).cast(pa.date32()))
        elif type_ == "id":
            found = found.set_column(i, name, pc.cast(found.column(name), pa.string()))
    frame: pd.DataFrame = found.to_pandas()
    return frame
