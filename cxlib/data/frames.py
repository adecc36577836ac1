"""Parquet files and pandas frames as parts: typed columns, later converted by the same rules as text."""

import hashlib
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from cxlib.data.delimited import Part
from cxlib.data.findings import Findings, Rows
from cxlib.errors import DataError

__all__ = ["count_from_one", "hash_part", "read_frame", "read_parquet"]


def count_from_one(rows: Rows) -> Rows:
    """Row numbers for people.

    Examples
    --------
    >>> import numpy as np
    >>> count_from_one(np.array([0, 1])).tolist()
    [1, 2]
    """
    return rows + 1


def read_parquet(path: Path, data: bytes) -> Part:
    """One Parquet file.

    Parameters
    ----------
    path : Path
        For messages.
    data : bytes
        The content.

    Returns
    -------
    Part
        Its columns; rows are counted from 1.

    Raises
    ------
    DataError
        If it is no whole Parquet file.
    """
    try:
        table = pq.read_table(pa.BufferReader(data))
    except (pa.ArrowException, OSError) as error:
        raise DataError(
            path.name, found="no whole Parquet file", expected="a Parquet file", fix="export it again"
        ) from error
    return _part(path.name, table)


def read_frame(name: str, frame: pd.DataFrame) -> Part:
    """One pandas frame.

    Parameters
    ----------
    name : str
        What to call it in messages.
    frame : pandas.DataFrame
        The index is left out.

    Returns
    -------
    Part
        Its columns; rows are counted from 1.
    """
    names = [str(column) for column in frame.columns]
    arrays = [_array(frame.iloc[:, position]) for position in range(len(names))]
    fields = [pa.field(name, array.type) for name, array in zip(names, arrays, strict=True)]
    return _part(name, pa.Table.from_arrays(arrays, schema=pa.schema(fields)))


def _array(series: "pd.Series[str]") -> pa.Array:
    """A column as Arrow sees it; a mixture of types as text."""
    try:
        array = pa.Array.from_pandas(series)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        pairs = zip(series, series.notna(), strict=True)
        array = pa.array([str(value) if known else None for value, known in pairs], pa.string())
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array


def _part(name: str, table: pa.Table) -> Part:
    columns = tuple(_plain(column) for column in table.columns)
    names = tuple(str(column).strip() for column in table.column_names)
    findings = Findings(name, "row", count_from_one, table.num_rows)
    return Part(names, columns, findings, table.num_rows)


def _plain(column: pa.ChunkedArray) -> pa.Array:
    """One array, dictionaries unpacked, empty text as missing."""
    array = pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if pa.types.is_large_string(array.type) or pa.types.is_string_view(array.type):
        array = array.cast(pa.string())
    if pa.types.is_string(array.type):
        array = pc.if_else(pc.equal(array, ""), pa.scalar(None, pa.string()), array)
    return array


def hash_part(part: Part) -> str:
    """SHA-256 of a frame's content, for the fingerprint.

    Examples
    --------
    >>> import pandas as pd
    >>> one, two = (read_frame("a", pd.DataFrame({"x": values})) for values in ([1, 2], [1, 3]))
    >>> hash_part(one) == hash_part(one), hash_part(one) == hash_part(two)
    (True, False)
    """
    digest = hashlib.sha256()
    for name, column in zip(part.names, part.columns, strict=True):
        digest.update(f"{name}\0{column.type}\0{len(column)}\0".encode())
        for buffer in column.buffers():
            if buffer is not None:
                digest.update(memoryview(buffer))
    return digest.hexdigest()
