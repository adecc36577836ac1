"""Text, numbers and typed columns to instants: one proven format per column, the declared zone.

Everything becomes microseconds since 1970-01-01 UTC; a bare date is its first local midnight.
"""

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from cxlib.data.clock import DAY_US, wall_to_us, zone_transitions
from cxlib.data.findings import Findings, Rows
from cxlib.data.shapes import Walls, read_shapes
from cxlib.errors import CxError, DataError
from cxlib.text import plural, quote

__all__ = ["EARLIEST_US", "FAR_US", "Instants", "Reading", "read_instants"]

EARLIEST_US = 365 * DAY_US  # before 1971 lies a clock at zero or a wrong century
FAR_US = 4_102_444_800_000_000  # 2100-01-01: "never" in many exports
_ZONED = re.compile(r"(Z|[+-]\d\d:?(\d\d)?)$")
_US = pa.timestamp("us")
_UTC = pa.timestamp("us", tz="UTC")


@dataclass(frozen=True, slots=True)
class Instants:
    """Instants of one column.

    Parameters
    ----------
    us : array of int64, shape (rows,)
        Microseconds UTC; meaningless where not `known`.
    known : array of bool, shape (rows,)
        Where there is an instant.
    days_only : array of bool, shape (rows,)
        Where the source gave a date without a time.
    """

    us: npt.NDArray[np.int64]
    known: npt.NDArray[np.bool_]
    days_only: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Reading:
    """How to read the instants of one file.

    Parameters
    ----------
    table : str
        For the keys named in messages.
    zone : str or None
        Zone of naive instants.
    date_format : str or None
        `[tables.TABLE] date_format`.
    """

    table: str
    zone: str | None
    date_format: str | None


def read_instants(
    findings: Findings,
    column: str,
    array: pa.Array,
    reading: Reading,
    *,
    required: bool,
    bounded: bool = True,
) -> Instants:
    """Convert one column; rows that hold no instant are quarantined.

    Parameters
    ----------
    findings : Findings
        Where bad rows, notes and refusals go.
    column : str
        Exported name, for messages.
    array : pyarrow.Array
        Text, numbers, dates or timestamps; missing is null.
    reading : Reading
        Zone and format.
    required : bool
        A far-future value is a bad row in a required column, missing in another.
    bounded : bool
        Judge far-future values at all (not those of planned instants).

    Returns
    -------
    Instants
        One per row.
    """
    walls = _walls(findings, column, array, reading)
    bad = np.flatnonzero(walls.bad).astype(np.int64)
    findings.quarantine(bad, column, _values(array, bad), expected=walls.expected, fix=walls.fix)
    us, known = walls.us.copy(), walls.known & ~walls.bad
    local = known & ~walls.zoned
    if local.any():
        us, known = _to_utc(findings, column, array, walls, reading)
    known = _judge(findings, column, array, us, known, required=required, bounded=bounded)
    return Instants(us, known, walls.days_only & known)


def _walls(findings: Findings, column: str, array: pa.Array, reading: Reading) -> Walls:
    """Wall clocks and instants as the source has them."""
    type_ = array.type
    if pa.types.is_null(type_):
        return Walls.empty(len(array))
    if pa.types.is_timestamp(type_):
        zoned = type_.tz is not None
        return Walls.of(array.cast(_UTC if zoned else _US, safe=False), zoned=zoned)
    if pa.types.is_date(type_):
        return Walls.of(array.cast(pa.date32()).cast(_US), days_only=True)
    if pa.types.is_integer(type_) or pa.types.is_floating(type_):
        return _from_numbers(findings, column, array.cast(pa.float64()), reading)
    return _from_text(findings, column, array.cast(pa.string()), reading)


def _from_text(findings: Findings, column: str, text: pa.Array, reading: Reading) -> Walls:
    quick = None if reading.date_format else _quick(text)
    if quick is not None:
        return quick
    if reading.date_format == "excel" or _are_digits(text):
        numbers = pc.if_else(pc.match_substring_regex(text, r"^\d{1,17}(\.\d+)?$"), text, None).cast(
            pa.float64()
        )
        walls = _from_numbers(findings, column, numbers, reading)
        walls.bad |= np.asarray(text.is_valid()) & ~walls.known
        return walls
    return read_shapes(findings, column, text, reading.table, reading.date_format)


def _quick(text: pa.Array) -> Walls | None:
    """The two common cases at full speed: every value zoned ISO 8601, or every value without a zone."""
    sample = next((value.as_py() for value in text if value.is_valid), "")
    target = _UTC if _ZONED.search(sample) else _US  # a failed cast is slow, so only the likely one is tried
    try:
        parsed = text.cast(target)
    except pa.ArrowInvalid:
        return None
    walls = Walls.of(parsed, zoned=target.tz is not None)
    if target.tz is None:
        walls.days_only = walls.known & (np.asarray(pc.fill_null(pc.binary_length(text), 0)) == 10)
    return walls


def _are_digits(text: pa.Array) -> bool:
    """True for a column of unix times: whole numbers of 9 to 16 digits, tested cheaply first."""
    known = text.drop_null()
    if not len(known) or not known[0].as_py().strip().isdigit():
        return False
    return bool(pc.all(pc.match_substring_regex(known, r"^(\d{9,10}|\d{12,13}|\d{15,16})(\.0+)?$")).as_py())


def _from_numbers(findings: Findings, column: str, array: pa.Array, reading: Reading) -> Walls:
    """Unix seconds, milliseconds or microseconds by range, or declared serial days of Excel."""
    values = np.asarray(pc.fill_null(array, np.nan), dtype=np.float64)
    known = np.isfinite(values)
    walls = Walls.empty(len(array))
    walls.known = known
    if reading.date_format == "excel":
        fits = known & (values >= 20_000) & (values <= 80_000)
        days = np.where(fits, values - 25_569, 0.0)  # Excel counts from 1899-12-30
        walls.us = np.round(days * 86_400).astype(np.int64) * 1_000_000
        walls.days_only = fits & (values == np.floor(values))
        walls.bad = known & ~fits
        walls.expected, walls.fix = "a serial day from 20000 to 80000", "correct it"
        return walls
    middle = float(np.median(values[known])) if known.any() else 0.0
    for unit, scale in (("seconds", 1_000_000), ("milliseconds", 1_000), ("microseconds", 1)):
        if 3e7 <= middle * scale / 1e6 <= 4.2e9:  # 1971 to 2103
            walls.us = np.round(np.where(known, values, 0.0) * scale).astype(np.int64)
            walls.zoned = known.copy()
            findings.note(f"column {column} read as unix {unit}")
            return walls
    walls.bad = known
    walls.fix = f"write dates as 2020-02-29T08:00:00Z, or set [tables.{reading.table}] date_format"
    return walls


def _to_utc(
    findings: Findings, column: str, array: pa.Array, walls: Walls, reading: Reading
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Wall clocks read in the declared zone; without one the file is refused."""
    us, known = walls.us.copy(), walls.known & ~walls.bad
    local = np.flatnonzero(known & ~walls.zoned).astype(np.int64)
    if reading.zone is None:
        findings.refuse(_zone_error(findings, column, array, local, int((known & walls.zoned).sum())))
        return us, known
    us[local] = wall_to_us(walls.us[local], reading.zone)
    if (known & walls.zoned).any():
        findings.note(
            f"column {column}: {plural(len(local), 'stamp')} without offset among stamps with one, "
            f"read in {reading.zone}"
        )
    _note_clock_changes(findings, column, walls.us[local], reading.zone)
    return us, known


def _zone_error(findings: Findings, column: str, array: pa.Array, local: Rows, zoned: int) -> CxError:
    beside = f" beside {plural(zoned, 'instant')} with an offset" if zoned else ""
    return DataError(
        findings.place(int(local[0]), column),
        found=f"{quote(array[int(local[0])].as_py())} without a zone{beside}",
        expected="instants with an offset, or a declared zone",
        fix='set zone = "Area/City" in cxlib.toml',
        more=len(local) - 1,
    )


def _note_clock_changes(findings: Findings, column: str, walls: npt.NDArray[np.int64], zone: str) -> None:
    """Count wall clocks that do not exist and those that come twice."""
    changes, offsets = zone_transitions(zone, int(walls.min()) - 2 * DAY_US, int(walls.max()) + 2 * DAY_US)
    missing = twice = 0
    ordered = np.sort(walls) if len(changes) else walls
    for change, before, after in zip(changes, offsets[:-1], offsets[1:], strict=True):
        low, high = change + min(before, after), change + max(before, after)
        inside = int(np.searchsorted(ordered, high) - np.searchsorted(ordered, low))
        missing, twice = missing + inside * (after > before), twice + inside * (after < before)
    if missing:
        findings.note(f"column {column}: {plural(missing, 'time')} skipped by a clock change, moved forward")
    if twice:
        findings.note(
            f"column {column}: {plural(twice, 'time')} shown twice by a clock change, the first taken"
        )


def _judge(
    findings: Findings,
    column: str,
    array: pa.Array,
    us: npt.NDArray[np.int64],
    known: npt.NDArray[np.bool_],
    *,
    required: bool,
    bounded: bool,
) -> npt.NDArray[np.bool_]:
    """Years that no support desk has seen: quarantined; "never" in an optional column: missing."""
    early = np.flatnonzero(known & (us < EARLIEST_US)).astype(np.int64)
    fix = "correct the date, or leave the field empty"
    findings.quarantine(early, column, _values(array, early), expected="an instant after 1970", fix=fix)
    far = known & (us >= FAR_US)
    if not far.any() or not bounded:
        return known
    rows = np.flatnonzero(far).astype(np.int64)
    if required:
        findings.quarantine(rows, column, _values(array, rows), expected="an instant before 2100", fix=fix)
    else:
        findings.note(f"column {column}: {plural(len(rows), 'far-future value')} taken as missing")
    return known & ~far


def _values(array: pa.Array, rows: Rows) -> list[object]:
    return list(array.take(pa.array(rows)).to_pylist())
