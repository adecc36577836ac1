"""Arrays and tables kept between runs: one file each, checked by its hash on every reading.

In `CXLIB_CACHE`, else in the user's cache folder; ``CXLIB_CACHE=off`` keeps nothing, and so does a folder
that cannot be written. Only values, counts and sums are kept, never a row of the data; but the labels of
segments are among them. Files are written beside their place and then put there, so that several processes
may share the folder; the ones not used for longest go when there are too many.

What was measured is found again while file, settings, `as_of`, definitions and program are the same. A
changed file, setting or definition is another key: then the tables are read anew, whole.
"""

import hashlib
import json
import os
import warnings
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from cxlib._version import __version__
from cxlib.data.fingerprint import cache_folder
from cxlib.errors import CxWarning

if TYPE_CHECKING:
    from cxlib.data.dataset import Dataset

__all__ = ["keep", "kept", "key_of"]

LEAST_ROWS = 200_000
"""Rows of data below which nothing is kept."""

_FOLDER: Final = "cells"
_SUFFIX: Final = ".arrow"
_MOST_BYTES: Final = 2_000_000_000
_FORM: Final = 1  # of the files; another form is another key


def key_of(data: "Dataset", *parts: object) -> str | None:
    """The name under which something made of the data is kept; None: it must not be.

    Parameters
    ----------
    data : Dataset
        Its fingerprint, `as_of` and settings are in the key. A source that may change while it is read has no
        fingerprint that could prove it the same; what is small is counted as fast as it is read.
    *parts : object
        What else decides: JSON can tell it.
    """
    changes = data.place is not None and data.place.changes
    if changes or _folder() is None or sum(check.used for check in data.checks.values()) < LEAST_ROWS:
        return None
    seen = (data.fingerprint, data.as_of.isoformat(), data.settings.hash)
    facts = [_FORM, __version__, _program(), *seen, *parts]
    return hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode()).hexdigest()


@lru_cache(maxsize=1)
def _program() -> str:
    """What tells one state of this program from another, also while somebody works on it: its files."""
    root = Path(__file__).resolve().parent.parent
    seen = [(path, path.stat()) for path in sorted(root.rglob("*.py"))]
    facts = [(str(path.relative_to(root)), stat.st_size, stat.st_mtime_ns) for path, stat in seen]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def kept(key: str | None) -> pa.Table | None:
    """What was kept under a key; None where nothing was, or the file is damaged, which a warning tells.

    Parameters
    ----------
    key : str or None
        From `key_of`.
    """
    folder = _folder()
    if key is None or folder is None:
        return None
    path = folder / f"{key}{_SUFFIX}"
    try:
        content = path.read_bytes()
    except OSError:
        return None
    body = memoryview(content)[64:]
    if hashlib.sha256(body).hexdigest().encode() != content[:64]:
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
    return pa.ipc.open_file(pa.py_buffer(body)).read_all()


def keep(key: str | None, table: pa.Table, facts: Mapping[str, Any]) -> None:
    """Keep a table and facts about it, if there is a place.

    Parameters
    ----------
    key : str or None
        From `key_of`; None: nothing is kept.
    table : pyarrow.Table
        Counts and sums.
    facts : mapping
        What JSON can tell; found again in the metadata of the schema as ``facts``.
    """
    folder = _folder()
    if key is None or folder is None:
        return
    table = table.replace_schema_metadata({"facts": json.dumps(facts, sort_keys=True)})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    body = sink.getvalue()
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


def facts_of(table: pa.Table) -> dict[str, Any]:
    """The facts that were kept with a table."""
    found: dict[str, Any] = json.loads(table.schema.metadata[b"facts"])
    return found


def _folder() -> Path | None:
    found = cache_folder()
    return None if found is None else found / _FOLDER


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
