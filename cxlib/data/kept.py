"""Tables kept between runs: one file a key, checked by its hash on every reading.

In `CXLIB_CACHE`, else in the user's cache folder; ``CXLIB_CACHE=off`` keeps nothing, and so does a folder
that cannot be written. Files are written beside their place and then put there, so that several processes
may share the folder; the ones not used for longest go when there are too many.

A file is its SHA-256, a header in JSON and Arrow streams: reading one runs no code that lies in it. Whatever
decides the content is in its key, the state of this program too: a changed input, setting or definition is
another key, and nothing ever has to be declared invalid.
"""

import hashlib
import json
import os
import warnings
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import pyarrow as pa

from cxlib._version import __version__
from cxlib.data.fingerprint import cache_folder
from cxlib.errors import CxWarning

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["LEAST_ROWS", "Kept", "keep", "kept", "key_of"]

LEAST_ROWS = 200_000
"""Rows of data below which nothing is kept: they are counted as fast as a file is read."""

Kind = Literal["cells", "checked"]
"""The folder: what was measured, or what came of checking a file."""

_SUFFIX: Final = ".arrow"
_MOST_BYTES: Final = 2_000_000_000
_FORM: Final = 2  # of the files; another form is another key
_HASH: Final = 64  # hexadecimal digits of the hash, which a file begins with
_LENGTH: Final = 16  # digits of the header's length, which follow
_ALIGNED: Final = 64  # bytes: arrays lie on whole cache lines


@dataclass(frozen=True, slots=True)
class Kept:
    """What was kept under a key.

    Parameters
    ----------
    facts : mapping of str to any
        What JSON can tell.
    tables : mapping of str to pyarrow.Table
        By name; they lie in the bytes that were read.
    content : array of uint8
        These bytes.
    """

    facts: Mapping[str, Any]
    tables: Mapping[str, pa.Table]
    content: "NDArray[np.uint8]"

    def numbers(self, table: str, column: str) -> "NDArray[np.float64]":
        """A column of float64 without gaps as an array over the bytes that were read: it may be written to.

        Parameters
        ----------
        table, column : str
            Their names.
        """
        values = self.tables[table].column(column).chunk(0)
        first = values.buffers()[1].address - self.content.ctypes.data
        return self.content[first : first + 8 * len(values)].view(np.float64)


def key_of(*facts: object) -> str | None:
    """The name under which something is kept; None: there is no place to keep it.

    Parameters
    ----------
    *facts : object
        What decides the content: JSON can tell it.
    """
    if cache_folder() is None:
        return None
    told = [_FORM, __version__, _program(), *facts]
    return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()


@lru_cache(maxsize=1)
def _program() -> str:
    """What tells one state of this program from another, also while somebody works on it: its files."""
    root = Path(__file__).resolve().parent.parent
    return hashlib.sha256(json.dumps(sorted(_sources(str(root), ""))).encode()).hexdigest()


def _sources(folder: str, within: str) -> Iterator[tuple[str, int, int]]:
    """Name, size and time of every source below a folder."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(".py"):
                facts = entry.stat()
                yield f"{within}{entry.name}", facts.st_size, facts.st_mtime_ns
            elif entry.is_dir(follow_symlinks=False) and entry.name != "__pycache__":
                yield from _sources(entry.path, f"{within}{entry.name}/")


def kept(kind: Kind, key: str | None) -> Kept | None:
    """What was kept under a key; None where nothing was, or the file is damaged, which a warning tells.

    Parameters
    ----------
    kind : {"cells", "checked"}
        What it is.
    key : str or None
        From `key_of`.
    """
    folder = _folder(kind)
    if key is None or folder is None:
        return None
    path = folder / f"{key}{_SUFFIX}"
    try:
        content = np.fromfile(path, dtype=np.uint8)  # an array may lie in large pages, bytes may not
    except OSError:
        return None
    if hashlib.sha256(content[_HASH:].data).hexdigest().encode() != content[:_HASH].tobytes():
        warnings.warn(
            CxWarning(
                f"{path.name} in the cache is damaged and is made anew: its bytes are not those written."
            ),
            stacklevel=2,
        )
        with suppress(OSError):
            path.unlink()
        return None
    with suppress(OSError):
        os.utime(path)
    return _read(content)


def _read(content: "NDArray[np.uint8]") -> Kept:
    begin = _HASH + _LENGTH
    at = begin + int(content[_HASH:begin].tobytes())
    header = json.loads(content[begin:at].tobytes())
    whole, tables = pa.py_buffer(content), {}
    for name, size in header["sizes"].items():
        tables[name] = pa.ipc.open_stream(whole.slice(at, size)).read_all()
        at += size
    return Kept(header["facts"], tables, content)


def keep(kind: Kind, key: str | None, tables: Mapping[str, pa.Table], facts: Mapping[str, Any]) -> None:
    """Keep tables and facts, if there is a place.

    Parameters
    ----------
    kind : {"cells", "checked"}
        What it is.
    key : str or None
        From `key_of`; None: nothing is kept.
    tables : mapping of str to pyarrow.Table
        By name.
    facts : mapping of str to any
        What JSON can tell.
    """
    folder = _folder(kind)
    if key is None or folder is None:
        return
    body = _written(tables, facts)
    mine = folder / f".{key}.{os.getpid()}"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with mine.open("wb") as file:
            file.write(hashlib.sha256(body).hexdigest().encode())
            file.write(body)
        mine.replace(folder / f"{key}{_SUFFIX}")
        _forget_oldest(folder)
    except OSError:
        with suppress(OSError):
            mine.unlink(missing_ok=True)


def _written(tables: Mapping[str, pa.Table], facts: Mapping[str, Any]) -> bytes:
    """Header and streams; the header is filled up with spaces, so that arrays are aligned."""
    streams = {name: _stream(table) for name, table in tables.items()}
    sizes = {name: len(stream) for name, stream in streams.items()}
    header = json.dumps({"facts": facts, "sizes": sizes}).encode()
    header += b" " * (-(_HASH + _LENGTH + len(header)) % _ALIGNED)
    return b"".join([str(len(header)).zfill(_LENGTH).encode(), header, *streams.values()])


def _stream(table: pa.Table) -> pa.Buffer:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


def _folder(kind: Kind) -> Path | None:
    found = cache_folder()
    return None if found is None else found / kind


def _forget_oldest(folder: Path) -> None:
    """Remove the files that were not used for longest, until the others fit."""
    files = []
    for path in folder.glob(f"*{_SUFFIX}"):
        with suppress(OSError):
            facts = path.stat()
            files.append((facts.st_mtime_ns, facts.st_size, path))
    left = sum(size for _, size, _ in files)
    for _, size, path in sorted(files):
        if left <= _MOST_BYTES:
            return
        left -= size
        with suppress(OSError):
            path.unlink()
