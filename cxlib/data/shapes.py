"""Dates and times written as text, value by value: ISO 8601, day or month first once proven, or declared."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from cxlib.data.clock import DAY_US
from cxlib.data.findings import Findings
from cxlib.errors import DataError
from cxlib.text import quote

__all__ = ["Walls", "read_shapes"]

Flags = npt.NDArray[np.bool_]
Integers = npt.NDArray[np.int64]

# only days that every year has, so that no cast can fail: 29 February takes the way value by value
_STRICT = (
    r"^(?:19|20)\d\d-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\d|30)"
    r"|02-(?:0[1-9]|1\d|2[0-8]))(?:[T ](?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,6})?)?"
)
_OFFSET = r"(?:Z|[+-](?:0\d|1[0-4]):[0-5]\d))"
_ISO = (
    r"^\s*(?P<y>\d{4})[-/](?P<m>\d{1,2})[-/](?P<d>\d{1,2})"
    r"(?:[T ]+(?P<H>\d{1,2}):(?P<M>\d{2})(?::(?P<S>\d{2})(?:[.,](?P<f>\d{1,9}))?)?"
    r"(?P<p>)\s*(?P<z>Z|z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?)?\s*$"
)
_LOCAL = (
    r"^\s*(?P<a>\d{1,2})[/.-](?P<b>\d{1,2})[/.-](?P<y>\d{4})"
    r"(?:[T ,]+(?P<H>\d{1,2}):(?P<M>\d{2})(?::(?P<S>\d{2})(?P<f>))?\s*(?P<p>[AaPp][Mm])?(?P<z>))?\s*$"
)


@dataclass(slots=True)
class Walls:
    """Wall clocks or instants of a column, before zones.

    Parameters
    ----------
    us : array of int64
        Microseconds since 1970-01-01, of the wall clock or, where `zoned`, UTC.
    known : array of bool
        Where the source has a value that could be read.
    zoned : array of bool
        Where the value carries its offset.
    days_only : array of bool
        Where it is a date without a time.
    bad : array of bool
        Where there is a value that could not be read.
    """

    us: Integers
    known: Flags
    zoned: Flags
    days_only: Flags
    bad: Flags
    expected: str = "a date or an instant such as 2020-02-29T08:00:00Z"
    fix: str = field(default="correct it, or leave the field empty")

    @classmethod
    def empty(cls, rows: int) -> "Walls":
        """Nothing known."""
        none = np.zeros(rows, dtype=bool)
        return cls(np.zeros(rows, dtype=np.int64), none.copy(), none.copy(), none.copy(), none.copy())

    @classmethod
    def of(cls, stamps: pa.Array, *, zoned: bool = False, days_only: bool = False) -> "Walls":
        """From an Arrow timestamp column."""
        walls = cls.empty(len(stamps))
        walls.known = np.asarray(stamps.is_valid())
        walls.us = np.asarray(pc.fill_null(stamps.cast(pa.int64()), 0))
        walls.zoned = walls.known & zoned
        walls.days_only = walls.known & days_only
        return walls


def read_shapes(
    findings: Findings, column: str, text: pa.Array, table: str, date_format: str | None
) -> Walls:
    """Read a column of text whose values have more than one form, or none of the common ones.

    Parameters
    ----------
    findings : Findings
        Where notes and refusals go.
    column, table : str
        For messages.
    text : pyarrow.Array
        Strings; missing is null.
    date_format : str or None
        `[tables.TABLE] date_format`, in the letters of strptime; tried before ISO 8601.

    Returns
    -------
    Walls
        Values of no accepted form are `bad`.
    """
    walls = Walls.empty(len(text))
    present = np.asarray(text.is_valid())
    if date_format:
        _fill_declared(walls, text, date_format)
    _fill_regular(walls, text)
    _fill(walls, text, _ISO, ("y", "m", "d"))
    rest = present & ~walls.known & ~walls.bad
    if rest.any() and not date_format:
        order = _proven_order(findings, column, text, table)
        if order:
            _fill(walls, text, _LOCAL, order)
    walls.bad = present & ~walls.known
    return walls


def _fill_declared(walls: Walls, text: pa.Array, date_format: str) -> None:
    parsed = pc.strptime(pc.utf8_trim_whitespace(text), format=date_format, unit="us", error_is_null=True)
    stamps = Walls.of(
        parsed, days_only=not any(mark in date_format for mark in ("%H", "%I", "%T", "%R", "%c", "%s"))
    )
    walls.us, walls.known, walls.days_only = stamps.us, stamps.known, stamps.days_only


def _fill_regular(walls: Walls, text: pa.Array) -> None:
    """ISO 8601 in its strict forms at full speed, so that a few odd values do not make a long column slow."""
    for tail, zone in ((")?", None), (_OFFSET, "UTC")):
        rows = np.flatnonzero(
            np.asarray(pc.fill_null(pc.match_substring_regex(text, _STRICT + tail + "$"), fill_value=False))
            & ~walls.known
        )
        if len(rows):
            some = text.take(pa.array(rows))
            parsed = Walls.of(some.cast(pa.timestamp("us", tz=zone)), zoned=zone is not None)
            walls.us[rows], walls.known[rows], walls.zoned[rows] = parsed.us, True, zone is not None
            walls.days_only[rows] = np.asarray(pc.binary_length(some)) == 10


def _fill(walls: Walls, text: pa.Array, pattern: str, order: tuple[str, str, str]) -> None:
    """Read the values of one shape that are not known yet."""
    rows = np.flatnonzero(~walls.known)
    fields = pc.extract_regex(text.take(pa.array(rows)), pattern)
    matched = np.asarray(fields.is_valid())
    rows = rows[matched]
    fields = fields.filter(pa.array(matched))
    if not len(rows):
        return
    year, month, day = (_numbers(fields, name) for name in order)
    hour, minute, second = (_numbers(fields, name) for name in ("H", "M", "S"))
    hour = _half_day(hour, _texts(fields, "p"))
    fraction = np.array(
        [int(value.ljust(6, "0")[:6]) if value else 0 for value in _texts(fields, "f")], dtype=np.int64
    )
    good = _is_calendar(year, month, day) & (hour < 24) & (minute < 60) & (second < 60)
    months = (np.clip(year, 1, 9999) - 1970) * 12 + np.clip(month, 1, 12) - 1
    days = months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64) + day - 1
    us = days * DAY_US + ((hour * 60 + minute) * 60 + second) * 1_000_000 + fraction
    offsets = {zone: _offset_us(zone) for zone in set(_texts(fields, "z"))}
    zones = _texts(fields, "z")
    us = us - np.array([offsets[zone] for zone in zones], dtype=np.int64)
    kept = rows[good]
    walls.us[kept], walls.known[kept] = us[good], True
    walls.zoned[kept] = np.array([bool(zone) for zone in zones], dtype=bool)[good]
    walls.days_only[kept] = np.array([not value for value in _texts(fields, "H")], dtype=bool)[good]


def _texts(fields: pa.StructArray, name: str) -> list[str]:
    return [value or "" for value in fields.field(name).to_pylist()]


def _numbers(fields: pa.StructArray, name: str) -> Integers:
    return np.array([int(value or 0) for value in fields.field(name).to_pylist()], dtype=np.int64)


def _half_day(hour: Integers, halves: list[str]) -> Integers:
    """Hours of a 12-hour clock; an hour that such a clock does not show becomes 99."""
    half = np.array([value.lower() for value in halves])
    twelve = np.where((hour < 1) | (hour > 12), 99, hour % 12 + 12 * (half == "pm"))
    return np.where(half == "", hour, twelve).astype(np.int64)


def _is_calendar(year: Integers, month: Integers, day: Integers) -> Flags:
    """True where the day exists."""
    months = (np.clip(year, 1, 9999) - 1970) * 12 + np.clip(month, 1, 12) - 1
    first = months.astype("datetime64[M]")
    length = ((first + 1).astype("datetime64[D]") - first.astype("datetime64[D]")).astype(np.int64)
    fits = (month >= 1) & (month <= 12) & (day >= 1) & (day <= length) & (year >= 1)
    return np.asarray(fits, dtype=bool)


def _offset_us(zone: str) -> int:
    if zone[:1] not in {"+", "-"}:
        return 0
    digits = zone[1:].replace(":", "").ljust(4, "0")
    minutes = int(digits[:2]) * 60 + int(digits[2:])
    return minutes * 60_000_000 * (-1 if zone[0] == "-" else 1)


def _proven_order(findings: Findings, column: str, text: pa.Array, table: str) -> tuple[str, str, str] | None:
    """Day or month first, if one value above 12 proves it; refused where none does, or two contradict."""
    fields = pc.extract_regex(text, _LOCAL)
    rows = np.flatnonzero(np.asarray(fields.is_valid()))
    if not len(rows):
        return None
    matched = fields.take(pa.array(rows))
    first, second = _numbers(matched, "a"), _numbers(matched, "b")
    day_first, month_first = rows[(first > 12) & (second <= 12)], rows[(second > 12) & (first <= 12)]
    where = f"{findings.file}, column {column}"
    fix = f'set [tables.{table}] date_format, such as "%d/%m/%Y %H:%M"'
    if len(day_first) and len(month_first):
        pair = np.array([day_first[0], month_first[0]], dtype=np.int64)
        found = " and ".join(quote(text[int(row)].as_py()) for row in pair)
        findings.refuse(
            DataError(
                where,
                found=f"{found} ({findings.line_words(pair)})",
                expected="one order of day and month",
                fix=fix,
            )
        )
        return None
    if not len(day_first) and not len(month_first):
        findings.refuse(
            DataError(
                findings.place(int(rows[0]), column),
                found=quote(text[int(rows[0])].as_py()),
                expected="dates whose order of day and month can be told (no day is above 12)",
                fix=fix,
            )
        )
        return None
    proof = int((day_first if len(day_first) else month_first)[0])
    words = "day before month" if len(day_first) else "month before day"
    findings.note(f"column {column} read as {words}, proven by {quote(text[proof].as_py())}")
    return ("y", "b", "a") if len(day_first) else ("y", "a", "b")
