"""From a database to a Dataset whose tables stay where they are; only the log of changes is fetched."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import partial
from typing import Final

import numpy as np
import pyarrow as pa
from sqlglot import exp

from cxlib.data import check, place_keys
from cxlib.data.clock import day_bounds_us, from_microseconds, parse_as_of, to_microseconds
from cxlib.data.dataset import Dataset
from cxlib.data.draft import Draft, make_draft
from cxlib.data.engine import Engine
from cxlib.data.facts import PREPARED_SEGMENTS
from cxlib.data.fetched import FETCHED, fetch_part
from cxlib.data.kept_dataset import checked_once
from cxlib.data.locate import Site, clocks, id_types, site_of, values_of
from cxlib.data.located import Located
from cxlib.data.outcome import aside_of, banner, check_of, good_rows, most_said, too_bad
from cxlib.data.period import check_end, note_later_stamps, plausible_end, visible_at
from cxlib.data.place import Place, id_family
from cxlib.data.place_checks import Checked, check_rows
from cxlib.data.place_queries import counted, day_counts, extremes, one_row, place_at
from cxlib.data.place_times import check_order, past_end
from cxlib.data.schema import TABLES
from cxlib.data.settings import Settings
from cxlib.data.stored import Database, StoredTable
from cxlib.data.table_check import TableCheck
from cxlib.errors import CxError, DataError, DataRefusedError
from cxlib.result import Caveat
from cxlib.text import join_words, plural

__all__ = ["load_in_place"]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class _Found:
    """What was found in a database, and what the checks made of it."""

    database: Database
    settings: Settings
    engine: Engine
    zone: str
    checked: dict[str, Checked] = field(default_factory=dict)
    drafts: dict[str, Draft] = field(default_factory=dict)
    lookups: dict[str, pa.Table] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)


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
    return checked_once(database, settings, moment, partial(_checked, database, settings, moment))


def _checked(database: Database, settings: Settings, moment: datetime | None) -> Dataset:
    found = _find(database, settings)
    _check_tables(found)
    last = _check_ends(found)
    _refuse_bad(found)
    place_keys.check_references(found.engine, found.checked, found.lookups)
    check.check_references(found.drafts)
    caveats = [] if last else [Caveat("no_instants", "No row has a place in time.")]
    if last:
        _note_later_stamps(found, to_microseconds(last))
    return _assemble(found, moment or last or _EPOCH, caveats if moment is None else [])


def _find(database: Database, settings: Settings) -> _Found:
    """The tables that are there, named and typed."""
    found = _Found(database, settings, database.engine, settings.zone or "UTC")
    sites = {}
    for name, stored in _stored(database, settings).items():
        if name in FETCHED:
            part = fetch_part(found.engine, stored)
            found.drafts[name] = make_draft(TABLES[name], [part], settings)
        else:
            sites[name] = site_of(TABLES[name], stored, settings)
    refusals = [fault for site in sites.values() for fault in site.findings.refusals]
    files = [file for draft in found.drafts.values() for file in draft.files]
    refusals += [fault for file in files for fault in file.refusals]
    if refusals:
        raise DataRefusedError(refusals)
    found.ids = id_types(list(sites.values()))
    found.checked = {name: Checked(site, _locate(found, site)) for name, site in sites.items()}
    return found


def _stored(database: Database, settings: Settings) -> dict[str, StoredTable]:
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


def _locate(found: _Found, site: Site) -> Located:
    rows = exp.select(exp.Star()).from_(site.stored.place.copy())
    walls = extremes(found.engine, rows, clocks(site, found.engine))
    return Located(
        site.table, site.stored.place, values_of(site, found.engine, found.settings, found.ids, walls)
    )


def _check_tables(found: _Found) -> None:
    """The checks within each table."""
    for checked in found.checked.values():
        check_rows(found.engine, checked, found.settings)
        key = checked.site.table.key
        is_whole = key is not None and found.ids.get(id_family(key)) == "BIGINT"
        found.lookups |= place_keys.check_keys(found.engine, checked, is_whole=is_whole)
    if found.lookups:
        found.engine = found.engine.carrying(found.lookups)
    for checked in found.checked.values():
        check_order(found.engine, checked)
        if not checked.rows_in:
            checked.notes.append("0 rows")
    for draft in found.drafts.values():
        check.check_keys(draft)
        check.check_order(draft)


def _check_ends(found: _Found) -> datetime | None:
    """Put rows past the data's end aside; tells the end of the last plausible local day."""
    ends = {}
    declared = found.settings.data_through
    for name, checked in found.checked.items():
        counts, undated = day_counts(found.engine, checked.located, found.zone)
        checked.located = replace(checked.located, days=counts, undated=undated)
        if counts:
            days, rows = (np.array(list(part), dtype=np.int64) for part in (counts, counts.values()))
            ends[name] = plausible_end(days, rows, declared.get(name))
    end = check_end(found.drafts, found.zone, declared=declared, others=ends)
    if end is None:
        return None
    limit = int(day_bounds_us([end], found.zone)[1][0])
    for checked in found.checked.values():
        past_end(found.engine, checked, end, end + 1 if checked.located.is_dated else limit)
    return from_microseconds(limit)


def _refuse_bad(found: _Found) -> None:
    faults: list[CxError] = []
    for checked in found.checked.values():
        errors = (broken.error() for broken in checked.broken)
        faults += too_bad(checked.site.table, checked.quarantined, checked.rows_in, found.settings, errors)
    for draft in found.drafts.values():
        errors = (finding.error() for file in draft.files for finding in file.found)
        faults += too_bad(draft.table, draft.quarantined, draft.rows_in, found.settings, errors)
    if faults:
        raise DataRefusedError(faults)


def _note_later_stamps(found: _Found, end_us: int) -> None:
    """Note how many stamps lie after the data's last day: only a later `as_of` sees them."""
    note_later_stamps(found.drafts, end_us)
    for checked in found.checked.values():
        for column in checked.site.table.columns:
            bounds = checked.located.bounds.get(column.name)
            if column.type != "instant" or column.planned or bounds is None or bounds[1] < end_us:
                continue
            later = exp.GTE(this=exp.column(column.name, quoted=True), expression=exp.Literal.number(end_us))
            rows = int(one_row(found.engine, checked.located.good(), {"n": counted(later)})["n"] or 0)
            if rows:
                checked.notes.append(
                    f"{plural(rows, 'value')} of {column.name} after the data's last day: seen only "
                    "with a later as_of"
                )


def _assemble(found: _Found, moment: datetime, caveats: list[Caveat]) -> Dataset:
    located = {name: checked.located for name, checked in found.checked.items()}
    place = place_at(
        Place(found.engine, located, found.ids, 0, found.zone, found.database.changes),
        to_microseconds(moment),
    )
    everything = {name: good_rows(draft) for name, draft in found.drafts.items()}
    tables, hidden = visible_at(everything, moment, found.zone)
    checks = {name: _check_of(checked, place) for name, checked in found.checked.items()}
    aside = [line for checked in found.checked.values() for one in checked.broken for line in one.records()]
    for name, checked in found.checked.items():
        caveats += [*checked.caveats, *banner(name, checked.quarantined, checked.rows_in)]
    for name, draft in found.drafts.items():
        checks[name] = check_of(draft, everything[name].num_rows, hidden[name])
        aside += aside_of(draft)
        caveats += banner(name, draft.quarantined, draft.rows_in)
    sites = {name: tuple(checked.site.columns) for name, checked in found.checked.items()}
    return Dataset(
        tables=tables,
        as_of=moment,
        settings=found.settings,
        fingerprint=_fingerprint(found, place),
        checks={name: checks[name] for name in TABLES if name in checks},
        caveats=tuple(caveats),
        source=found.database.words,
        everything=everything,
        aside=tuple(aside),
        had=sites | {name: draft.columns for name, draft in found.drafts.items()},
        engine=found.engine,
        place=place,
        prepared=PREPARED_SEGMENTS,
    )


def _check_of(checked: Checked, place: Place) -> TableCheck:
    name, stored = checked.site.table.name, checked.site.stored.name
    sentences = [broken.sentence() for broken in checked.broken]
    return TableCheck(
        name,
        (stored,),
        rows_in=checked.rows_in,
        used=place.seen[name].used,
        quarantined=checked.quarantined,
        duplicates=checked.duplicates,
        out_of_period=place.seen[name].hidden,
        notes=(*checked.site.findings.notes, *most_said(stored, sentences), *checked.notes),
    )


def _fingerprint(found: _Found, place: Place) -> str:
    """SHA-256 of the file, or of what was seen of the database: columns, counts, first and last instants."""
    facts: Mapping[str, object] = {
        name: [
            [[column.name, column.type] for column in checked.site.stored.columns],
            checked.rows_in,
            place.seen[name].used + place.seen[name].hidden,
            dict(checked.located.bounds),
        ]
        for name, checked in found.checked.items()
    }
    fetched = {name: draft.rows.to_pylist() for name, draft in found.drafts.items()}
    stated = found.database.fingerprint() or json.dumps([facts, fetched], sort_keys=True, default=str)
    return hashlib.sha256(f"{stated}\n{found.settings.hash}".encode()).hexdigest()
