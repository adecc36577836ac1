"""What is asked of tables that stay in a database: bounds, what an instant shows, whole tables as frames."""

from collections.abc import Mapping
from dataclasses import replace
from operator import itemgetter
from typing import Final

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

from cxlib.data.engine import Engine
from cxlib.data.located import Located
from cxlib.data.place import Place, Seen
from cxlib.data.relations import local_day

__all__ = ["bounds_of", "counted", "day_counts", "extremes", "fetch_frame", "one_row", "place_at"]

_TIMES: Final = ("instant", "date")


def bounds_of(engine: Engine, located: Located) -> dict[str, tuple[int, int]]:
    """First and last value of every instant and date among the good rows.

    Parameters
    ----------
    engine : Engine
        Answers the query.
    located : Located
        The table; its own bounds are not read.
    """
    names = [
        declared.name
        for declared in located.table.columns
        if declared.type in _TIMES and declared.name in located.columns
    ]
    return extremes(engine, located.good(), {name: exp.column(name, quoted=True) for name in names})


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
    if not values:
        return {}
    ends: dict[str, exp.Expr] = {
        f"{word}_{i}": function(this=value.copy())
        for i, value in enumerate(values.values())
        for word, function in (("first", exp.Min), ("last", exp.Max))
    }
    found = one_row(engine, rows, ends)
    pairs = {name: (found[f"first_{i}"], found[f"last_{i}"]) for i, name in enumerate(values)}
    return {
        name: (int(first), int(last))
        for name, (first, last) in pairs.items()
        if first is not None and last is not None
    }


def counted(condition: exp.Expr) -> exp.Expr:
    """How many rows a condition holds for."""
    return exp.Count(this=exp.Case().when(condition.copy(), exp.Literal.number(1)))


def day_counts(engine: Engine, located: Located, zone: str) -> dict[int, int]:
    """How many good rows each local day has, ascending; empty where rows have no place in time.

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
        return {}
    if not located.is_dated:
        names = {column.name for column in basis.find_all(exp.Column)}
        ends = [end for name in names for end in located.bounds.get(name, ())]
        if not ends:
            return {}
        basis = local_day(basis, zone, min(ends), max(ends))
    days = exp.select(exp.alias_(basis, "day", quoted=True)).from_(located.good().subquery("given"))
    day = exp.column("day", quoted=True)
    query = (
        exp.select(day, exp.alias_(exp.Count(this=exp.Star()), "rows", quoted=True))
        .from_(days.subquery("days"))
        .where(exp.not_(exp.Is(this=day.copy(), expression=exp.null())))
        .group_by(day.copy())
    )
    return {
        row["day"]: row["rows"] for row in sorted(engine.run(query, {}).to_pylist(), key=itemgetter("day"))
    }


def one_row(
    engine: Engine,
    rows: exp.Query,
    values: Mapping[str, exp.Expr],
    lookups: Mapping[str, pa.Table] | None = None,
) -> dict[str, int | float | str | None]:
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
    """What the instant shows of one table, by one aggregation."""
    basis, is_hidden = located.basis, place.hides(located)
    values: dict[str, exp.Expr] = {"used": exp.Count(this=exp.Star())}
    if basis is not None:
        values["last"] = exp.Max(this=basis)
    if basis is not None and is_hidden is not None:
        values["last"] = exp.Max(this=exp.Case().when(is_hidden.copy(), exp.null()).else_(basis.copy()))
        values["hidden"] = exp.Count(this=exp.Case().when(is_hidden, exp.Literal.number(1)))
    found = one_row(place.engine, located.good(), values)
    hidden, last = int(found.get("hidden") or 0), found.get("last")
    return Seen(int(found["used"] or 0) - hidden, hidden, None if last is None else int(last))


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
