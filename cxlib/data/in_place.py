"""From a database to a Dataset whose tables stay where they are; only the log of changes is fetched."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Final

from sqlglot import exp

from cxlib.data.clock import day_bounds_us, from_microseconds, local_day_number, parse_as_of, to_microseconds
from cxlib.data.dataset import Dataset
from cxlib.data.engine import Engine
from cxlib.data.facts import PREPARED_SEGMENTS
from cxlib.data.locate import Site, clocks, id_types, site_of, values_of
from cxlib.data.located import Located
from cxlib.data.place import Place
from cxlib.data.place_queries import bounds_of, extremes, place_at
from cxlib.data.schema import TABLES
from cxlib.data.settings import Settings
from cxlib.data.stored import Database, StoredTable
from cxlib.data.table_check import TableCheck
from cxlib.errors import CxError, DataError, DataRefusedError
from cxlib.result import Caveat
from cxlib.text import join_words

__all__ = ["load_in_place"]

FETCHED: Final = ("changes",)
"""Tables that travel once: they are small, and read by people."""


def load_in_place(
    database: Database, settings: Settings, *, as_of: str | date | datetime | None = None
) -> Dataset:
    """Look at the tables of a database, check them there, and leave them there.

    Parameters
    ----------
    database : Database
        Where they lie.
    settings : Settings
        What cxlib.toml says.
    as_of : str, date or datetime, optional
        Default: the data's end.

    Returns
    -------
    Dataset
        Its `place` says how each table is read.

    Raises
    ------
    DataRefusedError
        If a table cannot be used; every reason is listed.
    UsageError
        If `as_of` is no date or instant.
    """
    moment = None if as_of is None else parse_as_of(as_of, settings.zone)
    engine, zone = database.engine, settings.zone or "UTC"
    sites = {
        name: site_of(TABLES[name], stored, settings) for name, stored in _find(database, settings).items()
    }
    refusals = [fault for site in sites.values() for fault in site.findings.refusals]
    if refusals:
        raise DataRefusedError(refusals)
    ids = id_types([site for name, site in sites.items() if name not in FETCHED])
    located = {
        name: _locate(site, engine, settings, ids) for name, site in sites.items() if name not in FETCHED
    }
    end = _end(located, zone)
    place = place_at(
        Place(engine, located, ids, 0, zone, database.changes), to_microseconds(moment or end or _EPOCH)
    )
    return Dataset(
        tables={},
        as_of=from_microseconds(place.as_of),
        settings=settings,
        fingerprint=_fingerprint(database, settings, place, sites),
        checks={name: _check(sites[name], place) for name in located},
        caveats=() if end else (Caveat("no_instants", "No row has a place in time."),),
        source=database.words,
        prepared=PREPARED_SEGMENTS,
        had={name: tuple(site.columns) for name, site in sites.items()},
        engine=engine,
        place=place,
    )


_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def _find(database: Database, settings: Settings) -> dict[str, StoredTable]:
    """The tables that are there, in the order of their declarations."""
    wanted = {name: _called(name, settings) for name in TABLES}
    found = database.tables(wanted)
    faults: list[CxError] = [
        DataError(
            f"{database.words}, {wanted[name]}",
            found="no such table or view",
            expected=f"the table of [tables.{name}]",
            fix="correct the name, or give this user the right to read it",
        )
        for name in settings.tables
        if "file" in settings.table(name) and name not in found
    ]
    if not found and not faults:
        faults.append(
            DataError(
                database.words,
                found="no table or view of ours",
                expected=f"tables named {join_words(list(TABLES), most=4)}",
                fix='name the schema, or each table in cxlib.toml as [tables.TABLE] file = "schema.table"',
            )
        )
    if faults:
        raise DataRefusedError(faults)
    return {name: found[name] for name in TABLES if name in found}


def _called(name: str, settings: Settings) -> str:
    declared = settings.table(name).get("file", name)
    if isinstance(declared, str):
        return declared
    if len(declared) == 1:
        return str(declared[0])
    raise DataError(
        f"cxlib.toml, tables.{name}.file",
        found=f"{len(declared)} names",
        expected="one table or view of the database",
        fix="join them in a view",
    )


def _locate(site: Site, engine: Engine, settings: Settings, ids: Mapping[str, str]) -> Located:
    walls = extremes(engine, exp.select(exp.Star()).from_(site.stored.place.copy()), clocks(site, engine))
    located = Located(site.table, site.stored.place, values_of(site, engine, settings, ids, walls))
    return replace(located, bounds=bounds_of(engine, located))


def _end(located: Mapping[str, Located], zone: str) -> datetime | None:
    """The end of the last local day of any table."""
    days = []
    for table in located.values():
        names = [table.table.basis or "", *(["responded_at"] if table.table.name == "surveys" else [])]
        last = max((table.bounds[name][1] for name in names if name in table.bounds), default=None)
        if last is not None:
            days.append(last if table.is_dated else int(local_day_number([last], zone)[0]))
    return from_microseconds(int(day_bounds_us([max(days)], zone)[1][0])) if days else None


def _check(site: Site, place: Place) -> TableCheck:
    seen = place.seen[site.table.name]
    return TableCheck(
        site.table.name,
        (site.stored.name,),
        rows_in=seen.used + seen.hidden,
        used=seen.used,
        quarantined=0,
        duplicates=0,
        out_of_period=seen.hidden,
        notes=tuple(site.findings.notes),
    )


def _fingerprint(database: Database, settings: Settings, place: Place, sites: Mapping[str, Site]) -> str:
    """SHA-256 of the file, or of what was seen of the database: columns, counts, first and last instants."""
    content = database.fingerprint()
    facts = {
        name: [
            [[column.name, column.type] for column in sites[name].stored.columns],
            place.seen[name].used + place.seen[name].hidden,
            dict(located.bounds),
        ]
        for name, located in place.tables.items()
    }
    stated = content or json.dumps(facts, sort_keys=True)
    return hashlib.sha256(f"{stated}\n{settings.hash}".encode()).hexdigest()
