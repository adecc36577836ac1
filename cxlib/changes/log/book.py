"""Where a table that people write lies: found, read, and written under its lock, whole or not at all."""

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from cxlib.assets import resolve
from cxlib.changes.log.duck_table import DuckTable
from cxlib.changes.log.sheet import Sheet, new_sheet, read_sheet
from cxlib.data.duckdb_file import SUFFIXES
from cxlib.data.files import find_files, read_bytes
from cxlib.data.inert_cells import inert_cell
from cxlib.data.locks import locked
from cxlib.data.schema import TABLES, Table
from cxlib.data.settings import Settings, read_settings, settings_path
from cxlib.data.whole_files import write_file
from cxlib.errors import CannotWriteError, DataRefusedError
from cxlib.text import quote

__all__ = ["Book", "alone", "log_zone", "open_book"]

_WRITTEN: Final = (".csv", ".tsv", ".txt")
_CALLED: Final = {"changes": "the change log"}
_OTHERS: Final = (".gz", ".parquet", ".xlsx", ".json", ".jsonl")

Cells = Mapping[str, str]


class Book(Protocol):
    """A table that can be read and written."""

    @property
    def name(self) -> str:
        """What it is called."""
        ...

    @property
    def path(self) -> Path:
        """The file that it lies in."""
        ...

    @property
    def settings(self) -> Settings:
        """What cxlib.toml says."""
        ...

    def rows(self) -> Sequence[Cells]:
        """Canonical cells of every row."""
        ...

    def write(self, added: Sequence[Cells], amended: Mapping[int, Cells]) -> None:
        """Add rows at the end, and change cells of rows by their number."""
        ...


@dataclass(slots=True)
class SheetFile:
    """A table in a delimited file, which need not be there yet.

    Parameters
    ----------
    path : Path
        The file.
    settings : Settings
        What cxlib.toml says.
    declared : Table
        Which one.
    """

    path: Path
    settings: Settings
    declared: Table
    _sheet: Sheet | None = field(default=None, init=False)

    @property
    def name(self) -> str:
        """Name of the file."""
        return self.path.name

    def rows(self) -> Sequence[Cells]:
        """Canonical cells of every row."""
        return self._read().rows()

    def write(self, added: Sequence[Cells], amended: Mapping[int, Cells]) -> None:
        """Add rows at the end, and change cells of rows by their number."""
        sheet = self._read()
        for at, cells in amended.items():
            sheet = sheet.amended(at, cells)
        write_file(self.path, sheet.with_rows(added).to_bytes())

    def _read(self) -> Sheet:
        """The file as it is now: read once, under the lock."""
        if self._sheet is None:
            there = self.path.exists() and self.path.stat().st_size > 0
            self._sheet = self._parsed() if there else new_sheet(self.declared, self.name)
        return self._sheet

    def _parsed(self) -> Sheet:
        data = read_bytes(self.path, self.settings.max_bytes)
        try:
            plain = "\0" not in data.decode("utf-8")
        except UnicodeDecodeError:
            plain = False
        if not plain:
            raise CannotWriteError(
                self.name,
                found="what is no UTF-8 text",
                expected="UTF-8, so that what is not touched stays as it is",
                fix="save it as UTF-8 CSV",
            )
        return read_sheet(self.declared, self.name, data, self.settings)


@contextmanager
def alone(book: Book, wait: float) -> Iterator[None]:
    """Nobody else writes the table for the length of a block."""
    with locked(book.path.with_name(f".{book.path.name}.lock"), what=book.name, wait=wait):
        yield


def log_zone(settings: Settings) -> str | None:
    """Zone of the days and naive instants of the log, where one is declared."""
    zone: str | None = settings.table("changes").get("zone", settings.zone)
    return zone


def open_book(
    where: str | Path,
    config: str | Path | None,
    shown: Callable[[Settings], Cells] | None = None,
    *,
    table: str = "changes",
) -> Book:
    """The log, or another table that people write, of a folder, file or DuckDB file.

    Parameters
    ----------
    where : str or Path
        What `load` takes; what is no path is refused in words.
    config : str, Path or None
        Settings; None: cxlib.toml beside the data.
    shown : callable or None
        The cells of the row that the message shows where the table cannot be written.
    table : str
        Its canonical name.

    Raises
    ------
    CannotWriteError
        If rows cannot be written to what is there.
    DataRefusedError
        If there is no such folder or file.
    """
    if not isinstance(where, str | Path) or "://" in str(where):
        found = quote(f"{where.split('://')[0]}://…") if isinstance(where, str) else type(where).__name__
        settings = read_settings(None if config is None else Path(config))
        raise _unwritable(table, _CALLED.get(table, table), f"{found}, which is only read", settings, shown)
    path = resolve(where)
    beside = settings_path(path)
    settings = read_settings(beside if config is None else Path(config))
    folder = path if path.is_dir() else path.parent
    if not folder.is_dir() or not (path.is_dir() or path.suffix.lower() in (*SUFFIXES, *_WRITTEN, *_OTHERS)):
        raise DataRefusedError(find_files(path if path.exists() else folder / path.name, settings).faults)
    if path.suffix.lower() in SUFFIXES:
        return DuckTable(path, settings, TABLES[table])
    written = _file_of(path, settings, table) if path.is_dir() else path
    if written.suffix.lower() not in _WRITTEN:
        raise _unwritable(table, written.name, "a file that is not written in place", settings, shown)
    return SheetFile(written, settings, TABLES[table])


def _file_of(folder: Path, settings: Settings, table: str) -> Path:
    """The file of a table in a folder: one that is there, one that is declared, else TABLE.csv."""
    declared = settings.table(table).get("file", [])
    named = [folder / name for name in ([declared] if isinstance(declared, str) else declared)]
    there = [source.path for source in find_files(folder, settings).sources if source.table == table]
    candidates = [*there, *named] or [folder / f"{table}.csv"]
    return next((path for path in candidates if path.suffix.lower() in _WRITTEN), candidates[0])


def _unwritable(
    table: str, name: str, found: str, settings: Settings, shown: Callable[[Settings], Cells] | None
) -> CannotWriteError:
    """A table of another kind: the row is told, so that it can be written where the table is kept."""
    cells = {} if shown is None else shown(settings)
    kept = "a log" if table == "changes" else f"a table {table}"
    row = f"add there the row {_line(list(cells.values()))} under {_line(list(cells))}" if cells else ""
    return CannotWriteError(
        name,
        found=found,
        expected=f"{kept} in {table}.csv, .tsv or .txt, or in a DuckDB file",
        fix=row or "write the rows where the table is kept",
    )


def _line(cells: Sequence[str]) -> str:
    written = io.StringIO()
    csv.writer(written, lineterminator="").writerow([inert_cell(cell) for cell in cells])
    return written.getvalue()
