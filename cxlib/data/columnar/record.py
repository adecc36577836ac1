"""The columns of a record batch as arrays, without a copy where there need be none."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

__all__ = ["Flags", "Record"]

Flags = NDArray[np.bool_]


@dataclass(slots=True)
class Record:
    """Columns of a batch as arrays, each made once.

    Parameters
    ----------
    rows : pyarrow.RecordBatch
        Row values as an engine yields them.
    """

    rows: pa.RecordBatch
    _flags: dict[str, Flags] = field(default_factory=dict)
    _numbers: dict[str, NDArray[Any]] = field(default_factory=dict)
    _known: dict[str, Flags] = field(default_factory=dict)

    def is_true(self, name: str) -> Flags:
        """Where a truth value is true; unknown is not."""
        if name not in self._flags:
            column = self.rows.column(name)
            found = _bits(column.buffers()[1], column.offset, len(column))
            self._flags[name] = found & self.is_known(name) if column.null_count else found
        return self._flags[name]

    def is_known(self, name: str) -> Flags:
        """Where a column has a value."""
        if name not in self._known:
            column = self.rows.column(name)
            has = column.null_count and column.buffers()[0] is not None
            found = (
                _bits(column.buffers()[0], column.offset, len(column))
                if has
                else np.ones(len(column), dtype=bool)
            )
            self._known[name] = found
        return self._known[name]

    def numbers(self, name: str) -> NDArray[Any]:
        """The values of a column of numbers; 0 where it has none, whatever lies in its memory."""
        if name not in self._numbers:
            column = self.rows.column(name)
            type_ = column.type.to_pandas_dtype()
            found = np.frombuffer(column.buffers()[1], dtype=type_, count=len(column) + column.offset)
            found = found[column.offset :]
            if column.null_count:  # of whole numbers a product is cheaper than a choice
                known = self.is_known(name)
                found = found * known if found.dtype.kind == "i" else np.where(known, found, 0)
            self._numbers[name] = found
        return self._numbers[name]


def _bits(buffer: pa.Buffer, offset: int, count: int) -> Flags:
    """A bitmap as truth values."""
    octets = np.frombuffer(buffer, dtype=np.uint8)
    return np.unpackbits(octets, count=offset + count, bitorder="little")[offset:].view(np.bool_)
