"""From a folder, a file or frames to a checked Dataset: read, recognise, convert, check, put aside, count."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pandas as pd

from cxlib.assets import resolve
from cxlib.data.check import check_keys, check_order, check_references
from cxlib.data.clock import day_bounds_us, from_microseconds, parse_as_of, to_microseconds
from cxlib.data.databases import Session, open_database
from cxlib.data.dataset import Dataset
from cxlib.data.delimited import Part, read_delimited
from cxlib.data.draft import Draft, make_draft
from cxlib.data.encoding import to_text
from cxlib.data.facts import PREPARED_SEGMENTS
from cxlib.data.files import Source, find_files, read_bytes
from cxlib.data.frames import hash_part, read_frame, read_parquet
from cxlib.data.in_place import load_in_place
from cxlib.data.outcome import aside_of, banner, check_of, good_rows, too_bad
from cxlib.data.period import check_end, note_later_stamps, visible_at
from cxlib.data.recognise import known_names
from cxlib.data.schema import TABLES
from cxlib.data.settings import Settings, read_settings, settings_path
from cxlib.errors import CxError, DataError, DataRefusedError, UnknownNameError
from cxlib.result import Caveat
from cxlib.text import format_count

__all__ = ["load"]

_CUTS = {50_000, 65_536, 1_048_576}


@dataclass(frozen=True, slots=True)
class _Read:
    """What was read, before it is checked: parts by table, hashes of the sources, remarks, faults."""

    source: str
    parts: dict[str, list[Part]] = field(default_factory=dict)
    prints: list[str] = field(default_factory=list)
    notes: tuple[str, ...] = ()
    faults: list[CxError] = field(default_factory=list)
    caveats: list[Caveat] = field(default_factory=list)

    def fingerprint(self, settings: Settings) -> str:
        """SHA-256 of sources and settings."""
        return hashlib.sha256("\n".join([*sorted(self.prints), settings.hash]).encode()).hexdigest()


def load(
    where: str | Path | Mapping[str, pd.DataFrame] | Session,
    *,
    as_of: str | date | datetime | None = None,
    config: str | Path | None = None,
) -> Dataset:
    """Load and check tables.

    Parameters
    ----------
    where : str, Path, mapping of str to pandas.DataFrame or SparkSession
        A folder of CSV, CSV.gz or Parquet files named by table, one such file, or frames by table name.
        Tables stay where they are in a ``.duckdb`` file, behind ``postgresql+psycopg://…?schema=NAME``, and
        in a Spark session. A relative path is meant from `CXLIB_ROOT` where that is set (notebooks are).
    as_of : str, date or datetime, optional
        The data are seen at this instant; a date means its first local midnight. Default: the data's end.
    config : str or Path, optional
        Default: cxlib.toml beside the data, if they are files.

    Returns
    -------
    Dataset
        Rows that failed a check are in its `quarantine`, counted in its `checks`.

    Raises
    ------
    DataRefusedError
        If a file cannot be used; every reason is listed.
    ConfigError
        If cxlib.toml is wrong.
    UnknownNameError
        If a frame has the name of no table.
    UsageError
        If `as_of` is no date or instant.

    Examples
    --------
    >>> import pandas as pd
    >>> times = ["2020-02-01T08:00Z", "2020-02-03T09:30Z"]
    >>> load({"tickets": pd.DataFrame({"ticket_id": ["1", "2"], "created_at": times})})
    Dataset of frames as of 2020-02-04 00:00 UTC (days in UTC)
    1 table, 2 rows, 0 quarantined
    tickets: 2 rows in = 2 used + 0 quarantined + 0 duplicates + 0 out of period
    data: tickets through 3 February 2020
    """
    database, folder = open_database(where)
    beside = None if folder is None else settings_path(folder)
    settings = read_settings(beside if config is None else Path(config))
    if database is not None:
        return load_in_place(database, settings, as_of=as_of)
    read = _read_frames(where) if isinstance(where, Mapping) else _read_folder(resolve(where), settings)
    moment = None if as_of is None else parse_as_of(as_of, settings.zone)
    present = [table for name, table in TABLES.items() if name in read.parts]
    drafts = {table.name: make_draft(table, read.parts[table.name], settings) for table in present}
    found = [file for draft in drafts.values() for file in draft.files]
    faults = [*read.faults, *(fault for file in found for fault in file.refusals)]
    if faults:
        raise DataRefusedError(faults)
    caveats = _check(drafts)
    end = check_end(drafts, settings.zone or "UTC", declared=settings.data_through)
    _refuse_bad(drafts, settings)
    check_references(drafts)
    last, undated = _end_of(end, settings.zone or "UTC")
    if not undated:
        note_later_stamps(drafts, to_microseconds(last))
    if moment is None:
        moment = last
        caveats += undated
    return _assemble(drafts, moment, settings, replace(read, caveats=caveats))


def _read_frames(frames: Mapping[str, pd.DataFrame]) -> _Read:
    read = _Read("frames")
    for name, frame in frames.items():
        if name not in TABLES:
            raise UnknownNameError("load, name of a frame", name, TABLES)
        part = read_frame(name, frame)
        read.parts[name] = [part]
        read.prints.append(f"{name} {hash_part(part)}")
    return read


def _read_folder(folder: Path, settings: Settings) -> _Read:
    found = find_files(folder, settings)
    read = _Read(folder.name or str(folder), notes=found.notes, faults=list(found.faults))
    for source in found.sources:
        try:
            part, digest = _read_source(source, settings)
        except DataError as error:
            read.faults.append(error)
        else:
            read.parts.setdefault(source.table, []).append(part)
            read.prints.append(f"{source.path.name} {digest}")
    return read


def _read_source(source: Source, settings: Settings) -> tuple[Part, str]:
    name = source.path.name
    data = read_bytes(source.path, settings.max_bytes)
    digest = hashlib.sha256(data).hexdigest()
    if name.lower().endswith(".parquet"):
        return read_parquet(source.path, data), digest
    text = to_text(name, source.table, data, settings.table(source.table).get("encoding"))
    return read_delimited(name, text, known_names(TABLES[source.table], settings)), digest


def _check(drafts: Mapping[str, Draft]) -> list[Caveat]:
    """Checks within tables."""
    caveats = []
    for name, draft in drafts.items():
        if name == "surveys":
            caveats += _check_surveys(draft)
        check_keys(draft)
        caveats += check_order(draft)
        if draft.rows_in in _CUTS or draft.rows_in + 1 in _CUTS:
            draft.notes.append(f"exactly {format_count(draft.rows_in)} rows: the export may be cut")
        if not draft.rows_in:
            draft.notes.append("0 rows")
    return caveats


def _check_surveys(draft: Draft) -> list[Caveat]:
    """A survey needs a time; without any sent_at the audience cannot be seen."""
    columns = draft.rows.column_names
    times = [name for name in ("sent_at", "responded_at") if name in columns]
    missing = np.ones(draft.rows.num_rows, dtype=bool)
    for name in times:
        missing &= np.asarray(draft.rows.column(name).is_null())
    rows = np.flatnonzero(missing).astype(np.int64)
    draft.quarantine(
        rows,
        "sent_at",
        [""] * len(rows),
        expected="sent_at or responded_at",
        fix="export one of the two times",
    )
    sent = "sent_at" in columns and draft.rows.column("sent_at").null_count < draft.rows.num_rows
    if sent or not draft.rows.num_rows:
        return []
    return [
        Caveat(
            "responses_only",
            "surveys: found responses only, expected a row per survey sent. Response rate, send coverage and "
            "the audience check are limited; an audience collapse shows only as fewer responses. Fix: export "
            "sends, or people with last_sent_at.",
        )
    ]


def _refuse_bad(drafts: Mapping[str, Draft], settings: Settings) -> None:
    """The stop rule: a table with too many bad rows is not used at all."""
    faults: list[CxError] = []
    for draft in drafts.values():
        errors = (finding.error() for file in draft.files for finding in file.found)
        faults += too_bad(draft.table, draft.quarantined, draft.rows_in, settings, errors)
    if faults:
        raise DataRefusedError(faults)


def _end_of(day: int | None, zone: str) -> tuple[datetime, list[Caveat]]:
    if day is None:
        return datetime(1970, 1, 1, tzinfo=UTC), [Caveat("no_instants", "No row has a place in time.")]
    return from_microseconds(int(day_bounds_us([day], zone)[1][0])), []


def _assemble(
    drafts: Mapping[str, Draft],
    moment: datetime,
    settings: Settings,
    read: _Read,
) -> Dataset:
    caveats = list(read.caveats)
    everything = {name: good_rows(draft) for name, draft in drafts.items()}
    tables, hidden = visible_at(everything, moment, settings.zone or "UTC")
    checks, aside = {}, []
    for name, draft in drafts.items():
        checks[name] = check_of(draft, everything[name].num_rows, hidden[name])
        aside += aside_of(draft)
        caveats += banner(name, draft.quarantined, draft.rows_in)
    return Dataset(
        tables=tables,
        as_of=moment,
        settings=settings,
        fingerprint=read.fingerprint(settings),
        checks=checks,
        caveats=tuple(caveats),
        source=read.source,
        notes=read.notes,
        everything=everything,
        aside=tuple(aside),
        prepared=PREPARED_SEGMENTS,
        had={name: draft.columns for name, draft in drafts.items()},
    )
