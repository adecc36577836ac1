"""Small tables that travel: read once from their database, then checked like a file."""

from typing import Final

import pyarrow as pa
from sqlglot import exp

from cxlib.data.delimited import Part
from cxlib.data.engine import Engine
from cxlib.data.findings import Findings
from cxlib.data.frames import count_from_one
from cxlib.data.stored import Kind, StoredTable
from cxlib.errors import DataError
from cxlib.text import format_count

__all__ = ["FETCHED", "fetch_part"]

FETCHED: Final = ("changes", "overrides")
"""Tables that travel: people write them, so they are small."""

_MOST_ROWS: Final = 100_000
_ARROW: Final[dict[Kind, pa.DataType]] = {
    "zoned": pa.timestamp("us", tz="UTC"),
    "naive": pa.timestamp("us"),
    "flag": pa.bool_(),
    "number": pa.float64(),
    "whole": pa.int64(),
    "text": pa.string(),
}


def fetch_part(engine: Engine, stored: StoredTable) -> Part:
    """All rows of a small table, as if they had been read from a file.

    Parameters
    ----------
    engine : Engine
        Answers the query.
    stored : StoredTable
        Columns of types that nothing can be read from are left out.

    Raises
    ------
    DataError
        If it is not small.
    """
    columns = [column for column in stored.columns if column.kind != "other"]
    values = []
    for i, column in enumerate(columns):
        value = exp.column(column.name, quoted=True)
        read = {
            "zoned": engine.microseconds,
            "naive": engine.microseconds,
            "day": engine.day_number,
            "number": lambda one: exp.cast(one, "DOUBLE"),
            "whole": lambda one: exp.cast(one, "BIGINT"),
            "flag": lambda one: one,
            "text": engine.text,
        }[column.kind](value)
        values.append(exp.alias_(read, f"column {i}", quoted=True))
    query = exp.select(*values).from_(stored.place.copy()).limit(_MOST_ROWS + 1)
    found = engine.run(query, {})
    if len(found) > _MOST_ROWS:
        raise DataError(
            stored.name,
            found=f"more than {format_count(_MOST_ROWS)} rows",
            expected="a table that people write",
            fix="leave out what is no change in a view, and name the view in cxlib.toml",
        )
    findings = Findings(stored.name, "row", count_from_one, len(found))
    arrays = [_array(found.column(i).combine_chunks(), column.kind) for i, column in enumerate(columns)]
    return Part(tuple(column.name for column in columns), tuple(arrays), findings, len(found))


def _array(values: pa.ChunkedArray | pa.Array, kind: Kind) -> pa.Array:
    array = pa.concat_arrays(values.chunks) if isinstance(values, pa.ChunkedArray) else values
    if kind == "day":
        return array.cast(pa.int32()).cast(pa.date32())
    return array.cast(_ARROW[kind])
