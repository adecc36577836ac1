"""Columns as exported to columns as declared: one rule for each type.

A value that cannot be one puts its row into quarantine; nothing is guessed or becomes missing in silence.
"""

import unicodedata
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from cxlib.data.categories import as_text, blank_to_null, convert_category
from cxlib.data.clock import local_day_number
from cxlib.data.findings import Findings, Rows
from cxlib.data.instants import Reading, read_instants
from cxlib.data.schema import Column

__all__ = ["Conversion", "convert", "read_numbers"]

_TRUE, _FALSE = {"true", "yes", "1", "y", "t"}, {"false", "no", "0", "n", "f"}
_UTC = pa.timestamp("us", tz="UTC")


@dataclass(frozen=True, slots=True)
class Conversion:
    """How to convert the columns of one file.

    Parameters
    ----------
    findings : Findings
        Where bad rows and notes go.
    reading : Reading
        Zone and date format.
    decimal : str
        `.` or `,`.
    days_only : dict of str to array of bool
        Filled for each instant column: where the source gave a date without a time.
    """

    findings: Findings
    reading: Reading
    decimal: str = "."
    days_only: dict[str, npt.NDArray[np.bool_]] = field(default_factory=dict)


def convert(conversion: Conversion, column: Column | None, exported: str, array: pa.Array) -> pa.Array:
    """Convert one column to its declared type.

    Parameters
    ----------
    conversion : Conversion
        How, and where faults go.
    column : Column or None
        Its declaration; None: a further column, kept as text.
    exported : str
        What the file calls it.
    array : pyarrow.Array
        Values as exported, missing is null.

    Returns
    -------
    pyarrow.Array
        string, float64, bool, timestamp[us, UTC] or date32; bad values are null and their rows quarantined.
    """
    findings = conversion.findings
    if column is None or column.type in {"text", "link"}:
        return blank_to_null(as_text(array))
    if column.type == "id":
        return _convert_ids(findings, exported, array)
    if column.type == "category":
        return convert_category(findings, column, exported, as_text(array))
    if column.type == "flag":
        return _convert_flags(findings, exported, array)
    if column.type in {"number", "integer"}:
        return _convert_numbers(conversion, column, exported, array)
    return _convert_instants(conversion, column, exported, array)


def _convert_ids(findings: Findings, exported: str, array: pa.Array) -> pa.Array:
    text = blank_to_null(as_text(array))
    if any(pc.any(pc.match_substring(text, sign)).as_py() for sign in ("E+", "e+")):
        damaged = pc.match_substring_regex(text, r"^\d([.,]\d+)?[eE]\+\d+$")
        rows = _rows(pc.fill_null(damaged, fill_value=False))
        findings.quarantine(
            rows,
            exported,
            _values(text, rows),
            expected="the whole id (damaged by Excel)",
            fix="export it again without opening it in Excel",
        )
    return text


def _convert_flags(findings: Findings, exported: str, array: pa.Array) -> pa.Array:
    if pa.types.is_boolean(array.type):
        return array
    coded = pc.dictionary_encode(blank_to_null(as_text(array)))
    meaning = [_flag(value) for value in coded.dictionary.to_pylist()]
    flags = pa.array(meaning, pa.bool_()).take(coded.indices)
    rows = _rows(pc.and_(coded.indices.is_valid(), flags.is_null()))
    findings.quarantine(
        rows,
        exported,
        _values(array, rows),
        expected="true or false",
        fix="write true, false, yes, no, 1 or 0",
    )
    return flags


def _flag(value: str) -> bool | None:
    word = value.strip().casefold().removesuffix(".0")
    return True if word in _TRUE else (False if word in _FALSE else None)


def _convert_numbers(conversion: Conversion, column: Column, exported: str, array: pa.Array) -> pa.Array:
    findings = conversion.findings
    numbers, bad = read_numbers(array, conversion.decimal)
    comma = conversion.decimal == "." and any("," in str(value) for value in _values(array, bad[:1]))
    fix = f'set [tables.{findings.table}] decimal = ","' if comma else "correct it, or leave the field empty"
    findings.quarantine(bad, exported, _values(array, bad), expected="a number", fix=fix)
    if column.type == "integer":
        rows = _rows(pc.fill_null(pc.not_equal(numbers, pc.floor(numbers)), fill_value=False))
        findings.quarantine(rows, exported, _values(array, rows), expected="a whole number", fix="correct it")
    _check_range(findings, column, exported, array, numbers)
    return numbers


def _check_range(
    findings: Findings, column: Column, exported: str, array: pa.Array, numbers: pa.Array
) -> None:
    low = column.lower if column.lower is not None else -np.inf
    high = column.upper if column.upper is not None else np.inf
    if np.isinf(low) and np.isinf(high):
        return
    rows = _rows(pc.fill_null(pc.or_(pc.less(numbers, low), pc.greater(numbers, high)), fill_value=False))
    words = f"{low:g}–{high:g}" if np.isfinite(high) else f"at least {low:g}"
    findings.quarantine(
        rows, exported, _values(array, rows), expected=words, fix="correct it, or leave the field empty"
    )


def read_numbers(array: pa.Array, decimal: str = ".") -> tuple[pa.Array, Rows]:
    """Numbers by a strict pattern, and the rows whose value is none.

    Parameters
    ----------
    array : pyarrow.Array
        Text or numbers; missing is null.
    decimal : str
        `.` or `,`; there is no thousands separator.

    Returns
    -------
    numbers : pyarrow.Array of float64
        Null where missing or bad.
    bad : array of int
        Rows with a value that is no finite number.

    Examples
    --------
    >>> numbers, bad = read_numbers(pa.array(["8", " 8.5", "９", "9/10", "inf", None]))
    >>> numbers.to_pylist(), bad.tolist()
    ([8.0, 8.5, 9.0, None, None, None], [3, 4])
    """
    if pa.types.is_boolean(array.type):
        array = array.cast(pa.int8())
    if not pa.types.is_string(array.type):
        numbers = array.cast(pa.float64(), safe=False)
        numbers = pc.if_else(pc.is_nan(numbers), pa.scalar(None, pa.float64()), numbers)
        endless = _rows(pc.fill_null(pc.is_inf(numbers), fill_value=False))
        return pc.if_else(pc.is_finite(numbers), numbers, pa.scalar(None, pa.float64())), endless
    if decimal == ".":
        try:
            numbers = array.cast(pa.float64())
        except pa.ArrowInvalid:
            pass
        else:
            if pc.all(pc.is_finite(numbers)).as_py() is not False:
                return numbers, np.array([], dtype=np.int64)
    coded = pc.dictionary_encode(array)
    values = [_number(value, decimal) for value in coded.dictionary.to_pylist()]
    blank = [not value.strip() for value in coded.dictionary.to_pylist()]
    numbers = pa.array(values, pa.float64()).take(coded.indices)
    skip = pc.fill_null(pa.array(blank, pa.bool_()).take(coded.indices), fill_value=True)
    return numbers, _rows(pc.and_(pc.invert(skip), numbers.is_null()))


def _number(value: str, decimal: str) -> float | None:
    plain = unicodedata.normalize("NFKC", value).strip().replace("\u2212", "-")
    if decimal != ".":
        if "." in plain:
            return None
        plain = plain.replace(decimal, ".")
    if not plain or plain.strip("+-0123456789.eE"):
        return None  # no nan, inf, underscore or hexadecimal
    try:
        number = float(plain)
    except ValueError:
        return None
    return number if np.isfinite(number) else None


def _convert_instants(conversion: Conversion, column: Column, exported: str, array: pa.Array) -> pa.Array:
    findings, reading = conversion.findings, conversion.reading
    if column.type == "date":
        reading = Reading(reading.table, reading.zone or "UTC", reading.date_format)
    found = read_instants(
        findings, exported, array, reading, required=column.required, bounded=not column.planned
    )
    if column.type == "date":
        days = local_day_number(np.where(found.known, found.us, 0), reading.zone or "UTC")
        return pa.array(days.astype(np.int32), mask=~found.known).cast(pa.date32())
    conversion.days_only[column.name] = found.days_only
    return pa.array(found.us, mask=~found.known).cast(_UTC)


def _rows(mask: pa.Array) -> Rows:
    return np.flatnonzero(np.asarray(mask)).astype(np.int64)


def _values(array: pa.Array, rows: Rows) -> list[object]:
    return list(array.take(pa.array(rows)).to_pylist()) if len(rows) else []
