"""One key, one row, in a database: only where keys repeat are their rows looked at."""

from dataclasses import replace
from typing import Final

import pyarrow as pa
from sqlglot import exp

from cxlib.data.engine import Engine
from cxlib.data.located import Located
from cxlib.data.place_checks import Checked
from cxlib.data.place_queries import counted, extremes, one_row
from cxlib.data.place_rules import Rule
from cxlib.errors import DataError
from cxlib.text import format_count, join_words, plural, quote

__all__ = ["check_keys", "check_references"]

_RANGE_ROWS: Final = 2_000_000
_MOST_SHARED: Final = 100_000
_MOST_COMPARED: Final = 1_000_000
_MOST_NAMED: Final = 5


def check_keys(engine: Engine, checked: Checked, *, is_whole: bool) -> dict[str, pa.Table]:
    """Drop identical rows, keep the latest version of a key, put aside versions that cannot be told apart.

    Parameters
    ----------
    engine : Engine
        Counts; whole keys in ranges, so that its memory stays flat.
    checked : Checked
        Added to. A table without a key keeps equal rows, noted.
    is_whole : bool
        Whether the key is a whole number.

    Returns
    -------
    dict of str to pyarrow.Table
        The lookup that the table is read with from now on; empty where no key repeats.

    Raises
    ------
    DataError
        If too many keys repeat to be told apart.
    """
    table, located = checked.site.table, checked.located
    if table.key is None:
        _note_equal_rows(engine, checked)
        return {}
    shared = _shared_keys(engine, located, table.key, checked.rows_in, is_whole=is_whole)
    if not len(shared):
        return {}
    if len(shared) > _MOST_SHARED:
        raise DataError(
            f"{checked.site.stored.name}, column {checked.site.columns[table.key].name}",
            found=f"more than {format_count(_MOST_SHARED)} keys on several rows",
            expected=f"one row for each {table.key}",
            fix="drop the copies in a view, and name the view in cxlib.toml",
        )
    name = f"repeated {table.name}"
    lookup = {name: pa.table({table.key: shared})}
    checked.located = replace(located, repeated=name)
    _settle(engine, checked, lookup)
    return lookup


def _shared_keys(engine: Engine, located: Located, key: str, rows: int, *, is_whole: bool) -> pa.ChunkedArray:
    """Keys that several rows have."""
    if engine.dialect == "duckdb" and _ascends(engine, located, key):
        return pa.chunked_array([], pa.int64() if is_whole else pa.string())
    column = exp.column(key, quoted=True)
    given = exp.select(column).from_(located.sound().subquery("given"))
    several = exp.GT(this=exp.Count(this=exp.Star()), expression=exp.Literal.number(1))
    query = given.group_by(column.copy()).having(several).limit(_MOST_SHARED + 1)
    ends = extremes(engine, located.sound(), {key: column}) if is_whole else {}
    if not ends:
        return engine.run(query, {}).column(key)
    first, last = ends[key]
    parts = min(max(rows // _RANGE_ROWS, 1), 64)
    width = (last - first) // parts + 1
    found = []
    for low in range(first, last + 1, width):
        inside = exp.and_(
            exp.GTE(this=column.copy(), expression=exp.Literal.number(low)),
            exp.LT(this=column.copy(), expression=exp.Literal.number(low + width)),
        )
        found += engine.run(query.where(inside), {}).column(key).chunks
    return pa.chunked_array(found, pa.int64())


def _ascends(engine: Engine, located: Located, key: str) -> bool:
    """Whether every row but one has a key above its predecessor's, in whatever order the rows come.

    Then no two keys are equal, and DuckDB has seen it without any memory: it reads a window without an order
    as rows stream by, fifty times cheaper than it counts different keys.
    """
    column, before = exp.column(key, quoted=True), exp.column("before", quoted=True)
    previous = exp.Window(this=exp.Lag(this=column))
    rows = exp.select(column.copy(), exp.alias_(previous, "before", quoted=True)).from_(
        located.sound().subquery("given")
    )
    found = one_row(
        engine,
        rows,
        {
            "rows": exp.Count(this=exp.Star()),
            "above": counted(exp.GT(this=column.copy(), expression=before)),
        },
    )
    return int(found["rows"] or 0) == int(found["above"] or 0) + 1


def _settle(engine: Engine, checked: Checked, lookup: dict[str, pa.Table]) -> None:
    """Count copies and versions, and put aside those that rival each other."""
    located = checked.located
    flags = {name: exp.column(name, quoted=True) for name in ("is_settled", "is_best")}
    one, none = exp.Literal.number(1), exp.Literal.number(0)
    settled = exp.EQ(this=flags["is_settled"], expression=one)
    outdated = exp.and_(settled, exp.EQ(this=flags["is_best"], expression=none))
    rivals = exp.EQ(this=flags["is_settled"], expression=none)
    versions = located.versions()
    found = one_row(
        engine,
        versions,
        {"all": exp.Count(this=exp.Star()), "outdated": counted(outdated), "rivals": counted(rivals)},
        lookup,
    )
    shared = int(one_row(engine, located.shared(), {"rows": exp.Count(this=exp.Star())}, lookup)["rows"] or 0)
    copies, outdated_rows = shared - int(found["all"] or 0), int(found["outdated"] or 0)
    checked.duplicates += copies + outdated_rows
    if copies:
        checked.notes.append(f"{plural(copies, 'identical row')} dropped")
    if outdated_rows:
        checked.notes.append(f"{plural(outdated_rows, 'earlier version')} of a row dropped, by updated_at")
    if int(found["rivals"] or 0):
        _put_rivals_aside(engine, checked, versions, rivals, lookup)


def _put_rivals_aside(
    engine: Engine, checked: Checked, versions: exp.Query, rivals: exp.Expr, lookup: dict[str, pa.Table]
) -> None:
    key = checked.site.table.key or ""
    column = exp.column(key, quoted=True)
    query = (
        exp.select(column, exp.alias_(exp.Count(this=exp.Star()), "rows", quoted=True))
        .from_(versions.subquery("given"))
        .where(rivals.copy())
        .group_by(column.copy())
    )
    found = sorted((str(row[key]), int(row["rows"])) for row in engine.run(query, lookup).to_pylist())
    more = f" and {len(found) - _MOST_NAMED} more" if len(found) > _MOST_NAMED else ""
    names = [f"{quote(name)} ({plural(rows, 'row')})" for name, rows in found[:_MOST_NAMED]]
    checked.notes.append(f"{key} with different content: {join_words(names)}{more}")
    rule = Rule(
        checked.site.columns[key].name,
        key,
        rivals,
        f"one row for each {key}, not several that differ",
        "keep one row, or add an updated_at column",
    )
    checked.put_aside(rule, sum(rows for _, rows in found), [name for name, _ in found[:_MOST_NAMED]])


def _note_equal_rows(engine: Engine, checked: Checked) -> None:
    """Rows that are equal although the table has no key; not asked of large tables."""
    if not 0 < checked.rows_in <= _MOST_COMPARED:
        return
    rows = checked.located.read()
    different = one_row(engine, rows.distinct(), {"rows": exp.Count(this=exp.Star())})["rows"]
    equal = checked.rows_in - int(different or 0)
    if equal:
        checked.notes.append(f"{plural(equal, 'row')} equal to another kept: the table has no key")


def check_references(engine: Engine, tables: dict[str, Checked], lookups: dict[str, pa.Table]) -> None:
    """Count keys that the table they refer to does not have; not asked of large tables.

    Parameters
    ----------
    engine : Engine
        Counts.
    tables : dict of str to Checked
        All tables; notes are added.
    lookups : dict of str to pyarrow.Table
        What tables are read with.
    """
    for checked in tables.values():
        for reference in checked.site.table.references:
            other = tables.get(reference.table)
            key = other.site.table.key if other else None
            if other is None or key is None or reference.column not in checked.located.columns:
                continue
            if max(other.rows_in, checked.rows_in) > _MOST_COMPARED:
                continue
            rows = _orphans(engine, checked, reference.column, other, key, lookups)
            if rows:
                total = plural(checked.rows_in, "row")
                checked.notes.append(
                    f"{format_count(rows)} of {total} with a {reference.column} that {reference.table} does "
                    "not have: kept, unknown in joined views"
                )


def _orphans(
    engine: Engine,
    checked: Checked,
    column: str,
    other: Checked,
    key: str,
    lookups: dict[str, pa.Table],
) -> int:
    mine, theirs = exp.column(column, table="mine", quoted=True), exp.column(key, table="theirs", quoted=True)
    lacking = exp.and_(
        exp.not_(exp.Is(this=mine, expression=exp.null())), exp.Is(this=theirs, expression=exp.null())
    )
    query = (
        exp.select(exp.alias_(counted(lacking), "rows", quoted=True))
        .from_(checked.located.good().subquery("mine"))
        .join(
            other.located.good().subquery("theirs"),
            on=exp.EQ(this=mine.copy(), expression=theirs.copy()),
            join_type="left",
        )
    )
    return int(engine.run(query, lookups).to_pylist()[0]["rows"] or 0)
