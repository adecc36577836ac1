"""Stored tables as canonical ones: which column is which, whether its type will do, and how it is read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import pyarrow as pa
from sqlglot import exp

from cxlib.data.delimited import Part
from cxlib.data.engine import Engine
from cxlib.data.findings import Findings
from cxlib.data.frames import count_from_one
from cxlib.data.place import id_family
from cxlib.data.recognise import recognise
from cxlib.data.schema import Column, ColumnType, Table
from cxlib.data.settings import Settings
from cxlib.data.steps import SHIFT_DAYS, local_day, number, step_of, whole_days
from cxlib.data.stored import Kind, StoredColumn, StoredTable
from cxlib.data.zones import DAY_US, wall_step
from cxlib.errors import DataError
from cxlib.text import join_words, plural

__all__ = ["Site", "clocks", "id_types", "site_of", "values_of"]

_ACCEPTED: Final[Mapping[ColumnType, tuple[Kind, ...]]] = {
    "id": ("text", "whole"),
    "text": ("text", "whole", "flag"),
    "link": ("text",),
    "category": ("text", "whole", "flag"),
    "number": ("number", "whole"),
    "integer": ("number", "whole"),
    "flag": ("flag",),
    "instant": ("zoned", "naive", "day"),
    "date": ("day", "naive", "zoned"),
}
_EXPECTED: Final[Mapping[ColumnType, tuple[str, str]]] = {
    "id": ("text or a whole number", "TEXT"),
    "text": ("text", "TEXT"),
    "link": ("text", "TEXT"),
    "category": ("text", "TEXT"),
    "number": ("a number", "DOUBLE PRECISION"),
    "integer": ("a number", "DOUBLE PRECISION"),
    "flag": ("a truth value", "BOOLEAN"),
    "instant": ("an instant, a wall clock or a date", "TIMESTAMP WITH TIME ZONE"),
    "date": ("a date", "DATE"),
}
_SEGMENTS: Final[tuple[Kind, ...]] = ("text", "whole", "flag")


@dataclass(slots=True)
class Site:
    """A stored table on its way to be located.

    Parameters
    ----------
    table : Table
        What it is taken for.
    stored : StoredTable
        What it is.
    columns : dict of str to StoredColumn
        By canonical or further name.
    findings : Findings
        Refusals and notes.
    """

    table: Table
    stored: StoredTable
    columns: dict[str, StoredColumn]
    findings: Findings
    notes: list[str] = field(default_factory=list)

    def kind(self, name: str) -> Kind:
        """What can be read from the type of a column."""
        return self.columns[name].kind


def site_of(table: Table, stored: StoredTable, settings: Settings) -> Site:
    """Name the columns of a stored table and judge their types.

    Parameters
    ----------
    table : Table
        The declaration.
    stored : StoredTable
        What the database has.
    settings : Settings
        `[columns.TABLE]`, `[tables.TABLE]`.

    Returns
    -------
    Site
        Its findings hold what must be refused: a missing column, a wrong type, a wall clock without a zone.
    """
    findings = Findings(stored.name, "row", count_from_one, 0, table.name)
    names = tuple(column.name for column in stored.columns)
    part = Part(names, tuple(pa.nulls(0) for _ in names), findings, 0)
    exported = recognise(part, table, settings).exported
    by_name = {column.name: column for column in stored.columns}
    site = Site(table, stored, {ours: by_name[theirs] for ours, theirs in exported.items()}, findings)
    zone = settings.table(table.name).get("zone", settings.zone)
    left = []
    for name, column in list(site.columns.items()):
        declared = table.column(name)
        if declared is not None:
            _judge(site, declared, column, zone)
        elif column.kind not in _SEGMENTS:
            left.append(f"{column.name} ({column.type})")
            del site.columns[name]
    if left:
        findings.note(f"{plural(len(left), 'further column')} left out, no text: {join_words(left, most=6)}")
    return site


def _judge(site: Site, declared: Column, column: StoredColumn, zone: str | None) -> None:
    """Refuse a type that cannot be read as declared, and wall clocks without a zone."""
    where = f"{site.stored.name}, column {column.name}"
    if column.kind not in _ACCEPTED[declared.type]:
        expected, target = _EXPECTED[declared.type]
        site.findings.refuse(
            DataError(
                where,
                found=f"type {column.type}",
                expected=f"{expected} for {site.table.name}.{declared.name}",
                fix=f"cast it to {target} in a view, and name the view in [tables.{site.table.name}] file",
            )
        )
    elif declared.type == "instant" and column.kind != "zoned" and zone is None:
        site.findings.refuse(
            DataError(
                where,
                found=f"type {column.type}, which has no zone",
                expected="instants with a zone, or a declared zone",
                fix='set zone = "Area/City" in cxlib.toml',
            )
        )


def id_types(sites: Sequence[Site]) -> dict[str, str]:
    """The SQL type of each family of ids: whole numbers where every table has them so; others are text."""
    kinds: dict[str, set[Kind]] = {}
    for site in sites:
        for declared in site.table.columns:
            if declared.type == "id" and declared.name in site.columns:
                kinds.setdefault(id_family(declared.name), set()).add(site.kind(declared.name))
    return {family: "BIGINT" for family, found in kinds.items() if found == {"whole"}}


def clocks(site: Site, engine: Engine) -> dict[str, exp.Expr]:
    """The wall clocks among the instants of a table, in microseconds, before any zone."""
    found = {}
    for declared in site.table.columns:
        if declared.type == "instant" and declared.name in site.columns:
            if site.kind(declared.name) == "naive":
                found[declared.name] = engine.microseconds(_stored(site, declared.name))
            elif site.kind(declared.name) == "day":
                days = engine.day_number(_stored(site, declared.name))
                found[declared.name] = exp.Mul(this=exp.Paren(this=days), expression=number(DAY_US))
    return found


def values_of(
    site: Site,
    engine: Engine,
    settings: Settings,
    ids: Mapping[str, str],
    walls: Mapping[str, tuple[int, int]],
) -> dict[str, exp.Expr]:
    """How every column of a table is read, by canonical or further name.

    Parameters
    ----------
    site : Site
        The table; nothing of it was refused.
    engine : Engine
        Spells what engines spell differently.
    settings : Settings
        Zones.
    ids : mapping of str to str
        From `id_types`.
    walls : mapping of str to (int, int)
        First and last value of each wall clock.
    """
    zone = settings.table(site.table.name).get("zone", settings.zone) or "UTC"
    local = clocks(site, engine)
    found: dict[str, exp.Expr] = {}
    for name in site.columns:
        declared = site.table.column(name)
        type_ = "text" if declared is None else declared.type
        if name in local:
            edges, offsets = wall_step(zone, *walls.get(name, (0, 0)))
            shift = step_of(local[name], list(edges), list(offsets))
            found[name] = exp.Sub(this=local[name].copy(), expression=exp.Paren(this=shift))
        elif type_ == "id" and ids.get(id_family(name)):
            found[name] = exp.cast(_stored(site, name), ids[id_family(name)])
        else:
            found[name] = _read(site, engine, name, type_, zone)
    constant = settings.table(site.table.name).get("kind")
    if constant is not None:
        found.setdefault("kind", engine.text(exp.Literal.string(constant)))
    return found


def _read(site: Site, engine: Engine, name: str, type_: ColumnType, zone: str) -> exp.Expr:
    """One column that needs neither a zone for its wall clock nor a common type for its ids."""
    column, kind = _stored(site, name), site.kind(name)
    if type_ in {"number", "integer"}:
        value = exp.cast(column, "DOUBLE")
        nan = exp.cast(exp.Literal.string("NaN"), "DOUBLE")  # NaN >= 9 is true on every engine
        return value if kind == "whole" else exp.Nullif(this=value, expression=nan)
    if type_ == "instant":
        return engine.microseconds(column)
    if type_ == "date":
        return _day(engine, column, kind, zone)
    return column if type_ == "flag" else engine.text(column)


def _day(engine: Engine, column: exp.Expr, kind: Kind, zone: str) -> exp.Expr:
    """The day number of a date, of the day that a wall clock shows, or of an instant in the zone."""
    if kind == "day":
        return engine.day_number(column)
    us = engine.microseconds(column)
    if kind == "zoned":
        return local_day(us, zone, 0, 4_102_444_800_000_000)  # 1970 to 2100
    return whole_days(exp.Add(this=us, expression=number(SHIFT_DAYS * DAY_US)))


def _stored(site: Site, name: str) -> exp.Expr:
    return exp.column(site.columns[name].name, quoted=True)
