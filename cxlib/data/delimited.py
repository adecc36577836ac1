"""CSV to columns of text: fields as they stand, the empty one as missing, ragged rows set aside by line."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

from cxlib.data.encoding import Text
from cxlib.data.findings import Findings, Rows
from cxlib.data.records import Header, Structure, find_header, find_structure
from cxlib.errors import DataError
from cxlib.text import plural

__all__ = ["Part", "read_delimited"]

_BLOCK = 1 << 22
_DELIMITERS = {";": "';'", "\t": "tab", "|": "'|'"}
_LONGEST_FIELD = 1 << 20


@dataclass(frozen=True, slots=True)
class Part:
    """One file as read: columns under their exported names, and what was wrong so far.

    Parameters
    ----------
    names : tuple of str
        Exported names, trimmed; may repeat.
    columns : tuple of pyarrow.Array
        One per name; text where the source is text; missing is null.
    findings : Findings
        Where faults of its rows go.
    rows_in : int
        Records of the source, those set aside included.
    """

    names: tuple[str, ...]
    columns: tuple[pa.Array, ...]
    findings: Findings
    rows_in: int


@dataclass(frozen=True, slots=True)
class _Ragged:
    number: int
    expected: int
    actual: int
    ends_in_delimiter: bool


def read_delimited(name: str, text: Text, known: Collection[str]) -> Part:
    """Read a CSV text; the delimiter and the header line are found by known column names.

    Parameters
    ----------
    name : str
        File name, for messages.
    text : Text
        Clean text.
    known : collection of str
        Normalised names that the header may hold.

    Returns
    -------
    Part
        Columns of text; rows with too few or too many fields are set aside.

    Raises
    ------
    DataError
        If a quote is left open, or the reader finds other rows than the text holds.
    """
    header = find_header(text.data, known)
    structure = find_structure(text.data, header.delimiter, header.start)
    if structure.open_quote is not None:
        line = int(structure.line_of(np.array([structure.open_quote]))[0])
        raise DataError(
            f"{name} line {line}",
            found="a quote that opens here and is not closed",
            expected="quotes in pairs around a field",
            fix="close the quote, or double quotes inside a text",
        )
    names = header.names
    table, ragged = _parse(name, text.data, header, structure, len(names))
    if ragged and len(ragged) == len(structure.starts) and _is_trailing(ragged, len(names)):
        names = (*names, "")
        table, ragged = _parse(name, text.data, header, structure, len(names))
    if table.num_rows + len(ragged) != len(structure.starts):
        raise DataError(
            name,
            found=f"{plural(table.num_rows + len(ragged), 'row')} by the reader",
            expected=f"the {plural(len(structure.starts), 'record')} of the text",
            fix="look for stray quotes in the file",
        )
    kept = _kept(len(structure.starts), ragged)
    findings = Findings(name, "line", lambda rows: structure.lines(kept[rows]), table.num_rows)
    _note(findings, text, header)
    _set_ragged_aside(findings, structure, ragged)
    _quarantine_bad_bytes(findings, structure, kept, text.bad_lines)
    columns = tuple(column.combine_chunks() for column in table.columns)
    return Part(names, tuple(_one(column) for column in columns), findings, len(structure.starts))


def _one(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    if isinstance(column, pa.ChunkedArray):
        return pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)
    return column


def _parse(
    name: str, data: bytes, header: Header, structure: Structure, width: int
) -> tuple[pa.Table, list[_Ragged]]:
    """All strings, threaded; once more in one thread where rows were rejected, as only that numbers them."""
    keys = [f"c{number}" for number in range(width)]
    if not len(structure.starts) or not width:
        return pa.table({key: pa.array([], pa.string()) for key in keys}), []
    longest = int(np.diff(np.append(structure.starts, len(data))).max())
    for threads in (True, False):
        ragged: list[_Ragged] = []

        def set_aside(row: pacsv.InvalidRow, aside: list[_Ragged] = ragged) -> str:
            ends = row.text.rstrip().endswith(header.delimiter)
            aside.append(_Ragged(row.number or 0, row.expected_columns, row.actual_columns, ends))
            return "skip"

        try:
            table = pacsv.read_csv(
                pa.BufferReader(memoryview(data)[header.start :]),
                read_options=pacsv.ReadOptions(
                    column_names=keys, use_threads=threads, block_size=max(_BLOCK, longest + 1)
                ),
                parse_options=pacsv.ParseOptions(
                    delimiter=header.delimiter, newlines_in_values=b'"' in data, invalid_row_handler=set_aside
                ),
                convert_options=pacsv.ConvertOptions(
                    column_types=dict.fromkeys(keys, pa.string()),
                    null_values=[""],
                    strings_can_be_null=True,
                    quoted_strings_can_be_null=True,
                ),
            )
        except pa.ArrowInvalid as error:
            raise DataError(name, found=str(error), expected="CSV text", fix="export it again") from error
        if not ragged:
            break
    return table, ragged


def _is_trailing(ragged: Iterable[_Ragged], width: int) -> bool:
    return all(row.actual == width + 1 and row.ends_in_delimiter for row in ragged)


def _kept(records: int, ragged: Iterable[_Ragged]) -> Rows:
    whole = np.ones(records, dtype=bool)
    whole[[row.number - 1 for row in ragged]] = False
    return np.flatnonzero(whole).astype(np.int64)


def _note(findings: Findings, text: Text, header: Header) -> None:
    for note in text.notes:
        findings.note(note)
    if header.delimiter in _DELIMITERS:
        findings.note(f"fields are divided by {_DELIMITERS[header.delimiter]}")
    if header.skipped:
        findings.note(f"{plural(header.skipped, 'line')} before the header skipped")


def _set_ragged_aside(findings: Findings, structure: Structure, ragged: list[_Ragged]) -> None:
    for few in (True, False):
        rows = [row for row in ragged if (row.actual < row.expected) == few]
        if rows:
            findings.set_aside(
                structure.lines(np.array([row.number - 1 for row in rows], dtype=np.int64)),
                [plural(row.actual, "field") for row in rows],
                expected=plural(rows[0].expected, "field"),
                fix="complete the row" if few else "put quotes around fields that hold the delimiter",
            )


def _quarantine_bad_bytes(findings: Findings, structure: Structure, kept: Rows, bad: tuple[int, ...]) -> None:
    if not bad:
        return
    offsets = np.append(0, structure.newlines + 1)[np.array(bad) - 1]
    records = np.unique(np.maximum(np.searchsorted(structure.starts, offsets, side="right") - 1, 0))
    rows = np.flatnonzero(np.isin(kept, records)).astype(np.int64)
    findings.quarantine(
        rows, "", ["bytes that are no UTF-8"] * len(rows), expected="UTF-8 text", fix="correct the character"
    )
