"""Files as bytes: which ones are tables of ours, and the checks before any parser sees them."""

import difflib
import os
import stat
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cxlib.data.schema import TABLES
from cxlib.data.settings import Settings
from cxlib.errors import CxError, DataError
from cxlib.text import join_words, nearest, normalise_name, quote

__all__ = ["SUFFIXES", "Found", "Source", "find_files", "read_bytes"]

SUFFIXES = (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".txt", ".parquet")
_QUIET = {"cxlib.toml", "truth.json"}
_CHUNK = 1 << 22
_ALIKE = 0.7  # notes is no misspelt outages (.67), reviws is one of reviews (.92)
_RATIO, _RATIO_FROM = 200, 1 << 24


@dataclass(frozen=True, slots=True)
class Source:
    """One file of one table."""

    table: str
    path: Path


@dataclass(frozen=True, slots=True)
class Found:
    """Files of tables, remarks about the others, and what must be refused."""

    sources: tuple[Source, ...]
    notes: tuple[str, ...]
    faults: tuple[CxError, ...]


def find_files(where: Path, settings: Settings) -> Found:
    """The files of a folder that are tables of ours, by name or as cxlib.toml says.

    Parameters
    ----------
    where : Path
        A folder, or one file named by its table.
    settings : Settings
        `[tables.TABLE] file` names files outright.

    Returns
    -------
    Found
        Sources sorted by table and name; files left alone are named in a note.
    """
    if where.is_file():
        return _one_file(where)
    if not where.is_dir():
        near = _near_entry(where)
        return Found((), (), (_missing(str(where), "a folder with data", near),))
    entries = sorted(entry for entry in where.iterdir() if not entry.name.startswith("."))
    sources, faults = _declared(where, settings, [entry.name for entry in entries])
    taken = {source.path.resolve() for source in sources}
    left = []
    for entry in entries:
        table = _table_of(entry.name)
        if entry.is_dir() or entry.resolve() in taken:
            continue
        if table and "file" not in settings.table(table):
            sources.append(Source(table, entry))
        elif entry.name not in _QUIET:
            left.append(entry.name)
    if not sources and not faults:
        faults.append(_no_table(where, left))
    ordered = sorted(sources, key=lambda source: (source.table, source.path.name))
    return Found(tuple(ordered), _left_notes(left), tuple(faults))


def _declared(where: Path, settings: Settings, names: Sequence[str]) -> tuple[list[Source], list[CxError]]:
    """Files that `[tables.TABLE] file` names."""
    sources: list[Source] = []
    faults: list[CxError] = []
    for table, section in settings.tables.items():
        declared = section.get("file", [])
        for name in [declared] if isinstance(declared, str) else declared:
            if (where / name).exists():
                sources.append(Source(table, where / name))
            else:
                faults.append(
                    _missing(f"{where}/{name}", f"the file of [tables.{table}]", nearest(name, names))
                )
    return sources, faults


def _one_file(path: Path) -> Found:
    table = _table_of(path.name)
    if table:
        return Found((Source(table, path),), (), ())
    return Found((), (), (_no_table(path.parent, [path.name]),))


def _table_of(name: str) -> str | None:
    lower = name.lower()
    stem = next((lower.removesuffix(suffix) for suffix in SUFFIXES[::-1] if lower.endswith(suffix)), None)
    return stem if stem in TABLES else None


def _near_entry(where: Path) -> str | None:
    if not where.parent.is_dir():
        return None
    return nearest(where.name, [entry.name for entry in where.parent.iterdir()])


def _missing(where: str, expected: str, near: str | None) -> CxError:
    hint = f"Did you mean {near!r}?" if near else ""
    return DataError(
        where, found="nothing", expected=expected, hint=hint, fix="correct the name or put it there"
    )


def _no_table(where: Path, left: Sequence[str]) -> CxError:
    alike = [(*_alike(name), "".join(Path(name).suffixes)) for name in left]
    _, near, suffix = max(alike, key=lambda one: one[0], default=(0.0, "", ""))
    return DataError(
        str(where),
        found=join_words([quote(name) for name in left], most=6) or "no files",
        expected="files named by table, such as surveys.csv or tickets.parquet",
        hint=f"Did you mean {near + suffix!r}?" if near else "",
        fix=f'rename the files, or name them in cxlib.toml as [tables.{near or "TABLE"}] file = "NAME"'
        if left
        else "put the files there, or name the folder that holds them",
    )


def _alike(name: str) -> tuple[float, str]:
    """How much a file's name is like that of a table, 0 to 1, and which; empty where it is like none."""
    stem = normalise_name(name.split(".")[0])
    held = [table for table in TABLES if f"_{table.removesuffix('s')}" in f"_{stem}"]
    if held:
        return 1.0, max(held, key=len)
    closeness = {table: difflib.SequenceMatcher(None, stem, table).ratio() for table in TABLES}
    best = max(closeness, key=closeness.__getitem__)
    return (closeness[best], best) if closeness[best] >= _ALIKE else (0.0, "")


def _left_notes(left: Sequence[str]) -> tuple[str, ...]:
    if not left:
        return ()
    hints = [(name, _alike(name)[1]) for name in left]
    near = [f"{name} looks like {table}" for name, table in hints if table]
    tail = f" ({join_words(near)}: rename it to be read)" if near else ""
    return (f"left alone, no table of ours: {join_words(left)}{tail}",)


def read_bytes(path: Path, max_bytes: int) -> bytes:
    """The content of a regular file, unpacked where its name ends in .gz.

    Parameters
    ----------
    path : Path
        The file.
    max_bytes : int
        Largest size, expanded.

    Returns
    -------
    bytes
        The content.

    Raises
    ------
    DataError
        If it is no regular file, unreadable, empty, too large, damaged, or changes during reading.
    """
    name = path.name
    try:
        before = path.lstat()
        if not stat.S_ISREG(before.st_mode):
            raise DataError(
                name, found=_mode_words(before.st_mode), expected="a regular file", fix="copy the file here"
            )
        if before.st_size > max_bytes:
            raise _too_large(name, max_bytes)
        data = path.read_bytes()
        after = path.stat()
    except OSError as error:
        raise DataError(
            str(path),
            found=f"{(error.strerror or 'an unreadable file').lower()} (user id {os.getuid()})",
            expected="a readable file",
            fix="give this user the right to read it",
        ) from error
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise DataError(
            name, found="a file that changed during reading", expected="a finished file", fix="run again"
        )
    if not data:
        raise DataError(
            name, found="an empty file (0 bytes)", expected="a header and rows", fix="export it again"
        )
    return _unpack(name, data, max_bytes) if name.lower().endswith(".gz") else data


def _mode_words(mode: int) -> str:
    names = ((stat.S_ISLNK, "a symbolic link"), (stat.S_ISDIR, "a folder"), (stat.S_ISFIFO, "a pipe"))
    return next((word for test, word in names if test(mode)), "a device")


def _too_large(name: str, max_bytes: int) -> CxError:
    return DataError(
        name,
        found=f"more than {max_bytes} bytes expanded",
        expected="at most max_bytes",
        fix="split the file, or raise max_bytes in cxlib.toml",
    )


def _unpack(name: str, packed: bytes, max_bytes: int) -> bytes:
    """Expanded in pieces, so that a bomb is refused before it fills the memory."""
    pieces, total, rest = [], 0, packed
    pipe = zlib.decompressobj(wbits=31)
    try:
        while rest:
            piece = pipe.decompress(rest, _CHUNK)
            pieces.append(piece)
            total += len(piece)
            if total > max_bytes:
                raise _too_large(name, max_bytes)
            if total > _RATIO_FROM and total > _RATIO * len(packed):
                raise DataError(
                    name,
                    found=f"{len(packed)} bytes that expand more than {_RATIO} times",
                    expected="an ordinary export",
                    fix="unpack it by hand if you trust it",
                )
            rest = pipe.unconsumed_tail
            if pipe.eof and pipe.unused_data:
                rest, pipe = pipe.unused_data, zlib.decompressobj(wbits=31)
    except zlib.error as error:
        raise _damaged(name) from error
    if not pipe.eof:
        raise _damaged(name)
    return b"".join(pieces)


def _damaged(name: str) -> CxError:
    return DataError(
        name, found="damaged or cut gzip data", expected="a whole gzip file", fix="export it again"
    )
