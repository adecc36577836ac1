"""Histogram cells of many batches: in memory while they are few, then in a temporary file."""

import weakref
from collections.abc import Hashable
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING, Any, Final, cast

import numpy as np
from numpy.typing import NDArray

from cxlib.metrics.cell_tables import Histogram
from cxlib.metrics.spread import Spread

if TYPE_CHECKING:
    from io import BufferedRandom

__all__ = ["SpreadStore", "StoredHistogram"]

_MEMORY: Final = 24_000_000  # bytes
_FIELDS: Final[tuple[tuple[str, type[np.generic]], ...]] = (
    ("day", np.int32),
    ("code", np.int32),
    ("bin", np.int16),
    ("ended", np.bool_),
    ("n", np.int32),
    ("total", np.float64),
    ("low", np.float64),
    ("high", np.float64),
)
_ROW: Final = sum(np.dtype(dtype).itemsize for _, dtype in _FIELDS)
_ANY: Final = (np.iinfo(np.int64).min, np.iinfo(np.int64).max)


@dataclass(frozen=True, slots=True)
class _Piece:
    """Where the cells of a batch lie in the file, how many there are, and their days."""

    at: int
    rows: int
    first: int
    last: int


class SpreadStore:
    """Cells by key, written once and read when they are wanted; the file goes with the store."""

    def __init__(self) -> None:
        self._held: dict[Hashable, list[Spread]] = {}
        self._bytes = 0
        self._file: IO[bytes] | None = None
        self._at: dict[Hashable, list[_Piece]] = {}

    def append(self, key: Hashable, cells: Spread) -> None:
        """Add the cells of a batch."""
        if not len(cells.n):
            return
        self._held.setdefault(key, []).append(cells)
        self._bytes += len(cells.n) * _ROW
        if self._bytes > _MEMORY:
            self._write()

    def count(self, key: Hashable) -> int:
        """How many cells a key has."""
        pieces, held = self._at.get(key, []), self._held.get(key, [])
        return sum(piece.rows for piece in pieces) + sum(len(part.n) for part in held)

    def read(
        self, key: Hashable, first: int | None = None, end: int | None = None
    ) -> dict[str, NDArray[Any]]:
        """The cells of a key, batch after batch, by the name of their field; of batches with some days only.

        Parameters
        ----------
        key : hashable
            Of which nothing need be there.
        first, end : int or None
            Days: batches without any of them are passed over. None: all.
        """
        low, high = (_ANY[0] if first is None else first), (_ANY[1] if end is None else end)
        pieces = [piece for piece in self._at.get(key, []) if piece.last >= low and piece.first < high]
        held = [part for part in self._held.get(key, []) if part.day.max() >= low and part.day.min() < high]
        count = sum(piece.rows for piece in pieces) + sum(len(part.n) for part in held)
        found: dict[str, NDArray[Any]] = {name: np.empty(count, dtype=dtype) for name, dtype in _FIELDS}
        begin = 0
        for piece in pieces:
            begin += self._copy(piece, found, begin)
        for part in held:
            for name, _ in _FIELDS:
                found[name][begin : begin + len(part.n)] = getattr(part, name)
            begin += len(part.n)
        return found

    def _copy(self, piece: "_Piece", found: dict[str, NDArray[Any]], begin: int) -> int:
        """Read a piece into its place; how many cells it has."""
        file = cast("BufferedRandom", self._file)  # where there is a piece there is a file
        file.seek(piece.at)
        for name, _ in _FIELDS:
            file.readinto(found[name][begin : begin + piece.rows].view(np.uint8).data)
        return piece.rows

    def _write(self) -> None:
        """Move what is held to the file, which has no name and is gone when the store is."""
        if self._file is None:
            self._file = TemporaryFile()  # noqa: SIM115 - closed with the store
            weakref.finalize(self, self._file.close)
        for key, parts in self._held.items():
            for part in parts:
                piece = _Piece(self._file.seek(0, 2), len(part.n), int(part.day.min()), int(part.day.max()))
                self._at.setdefault(key, []).append(piece)
                for name, dtype in _FIELDS:
                    self._file.write(np.ascontiguousarray(getattr(part, name), dtype=dtype).data)
        self._held, self._bytes = {}, 0


@dataclass(frozen=True, slots=True)
class StoredHistogram:
    """A histogram that is read when it is wanted.

    Parameters
    ----------
    store : SpreadStore
        Where its cells are.
    key : hashable
        Which they are.
    group_of : array of int
        The group of each combination of segments.
    """

    store: SpreadStore
    key: Hashable
    group_of: NDArray[np.int64]

    @property
    def count(self) -> int:
        """Number of cells."""
        return self.store.count(self.key)

    def read(self, first: int | None = None, end: int | None = None) -> Histogram:
        """The cells of some days; without any all."""
        found = self.store.read(self.key, first, end)
        group = self.group_of.astype(np.int32)[found.pop("code")]
        return Histogram(group=group, **found).read(first, end)
