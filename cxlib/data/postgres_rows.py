"""The rows of a statement as PostgreSQL copies them out: text, read column by column.

Cells of many metrics are a million rows of two hundred columns, most of them missing. As Python's objects
they take many times the memory of the columns.
"""

import io
from collections.abc import Iterable, Mapping
from typing import Any, Final

import pyarrow as pa
import pyarrow.csv

__all__ = ["TYPES", "copied"]

TYPES: Final[Mapping[int, pa.DataType]] = {
    16: pa.bool_(),
    20: pa.int64(),
    21: pa.int64(),
    23: pa.int64(),
    25: pa.string(),
    700: pa.float64(),
    701: pa.float64(),
    1043: pa.string(),
    1700: pa.float64(),
}
"""PostgreSQL's numbers of the types that our queries yield; numeric as double."""

_BLOCK: Final = 16 * 1024 * 1024  # bytes; no row is longer


def copied(connection: Any, text: str) -> pa.Table:  # noqa: ANN401  # psycopg need not be installed
    """The rows of a query.

    Parameters
    ----------
    connection : psycopg Connection
        In a transaction.
    text : str
        A query, without parameters.

    Raises
    ------
    psycopg.Error
        If the server refuses it.
    """
    fields = _described(connection, text)
    copy = f"COPY ({text}) TO STDOUT (FORMAT csv, ENCODING 'UTF8')"
    with connection.cursor() as cursor, cursor.copy(copy) as rows:
        file = io.BufferedReader(_Bytes(rows), _BLOCK)
        if not file.peek(1):
            return pa.schema(fields).empty_table()
        return pyarrow.csv.read_csv(
            file,
            read_options=pyarrow.csv.ReadOptions(
                column_names=[name for name, _ in fields], block_size=_BLOCK, use_threads=False
            ),
            parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=dict(fields),
                null_values=[""],
                true_values=["t"],
                false_values=["f"],
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
            ),
        )


def _described(connection: Any, text: str) -> list[tuple[str, pa.DataType]]:  # noqa: ANN401  # as above
    """Names and types of the columns, without planning the query."""
    from psycopg import errors, pq

    encoding = connection.info.encoding
    found = connection.pgconn.prepare(b"", text.encode(encoding))
    if found.status == pq.ExecStatus.COMMAND_OK:
        found = connection.pgconn.describe_prepared(b"")
    if found.status != pq.ExecStatus.COMMAND_OK:
        raise errors.error_from_result(found, encoding)
    return [
        (found.fname(i).decode(encoding), TYPES.get(found.ftype(i), pa.string()))
        for i in range(found.nfields)
    ]


class _Bytes(io.RawIOBase):
    """What comes in pieces, as a file."""

    def __init__(self, pieces: Iterable[bytes | memoryview]) -> None:
        self._pieces, self._rest = iter(pieces), memoryview(b"")

    def readable(self) -> bool:
        """It can be read."""
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401  # whatever can be written to
        """Fill a buffer with as much as there is of a few pieces; 0 at the end."""
        filled = 0
        while filled < len(buffer):
            if not self._rest:
                piece = next(self._pieces, None)
                if piece is None:
                    break
                self._rest = memoryview(piece)
            taken = min(len(buffer) - filled, len(self._rest))
            buffer[filled : filled + taken] = self._rest[:taken]
            self._rest = self._rest[taken:]
            filled += taken
        return filled
