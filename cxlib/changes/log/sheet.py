"""A table that people write, in a delimited file: rows added or amended, everything else as it was."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from cxlib.data.encoding import to_text
from cxlib.data.inert_cells import inert_cell, plain_cell
from cxlib.data.recognise import ALIASES, known_names
from cxlib.data.records import find_header, find_structure
from cxlib.data.schema import Table
from cxlib.data.settings import Settings
from cxlib.errors import DataError
from cxlib.text import join_words, normalise_name

__all__ = ["Sheet", "named_columns", "new_sheet", "read_sheet", "written_columns"]


def written_columns(table: Table) -> tuple[str, ...]:
    """Columns of a table that we begin, in this order.

    Examples
    --------
    >>> from cxlib.data.schema import TABLES
    >>> written_columns(TABLES["overrides"])
    ('account_id', 'band', 'author', 'reason', 'set_at', 'expires_at')
    """
    return tuple(name for name in table.names if name != "updated_at")


@dataclass(frozen=True, slots=True)
class Sheet:
    r"""The text of a log, record by record.

    Parameters
    ----------
    table : Table
        The declaration.
    name : str
        Of the file.
    names : tuple of str
        Columns as the file calls them.
    ours : mapping of str to int
        Canonical name to position.
    delimiter : str
        One character.
    head : str
        Everything up to the first record, line ends ``\n``, the last one left out.
    records : tuple of str
        Rows as they stand, without the line end.
    line_end, mark : str
        Of the file; a byte-order mark, or nothing.
    """

    table: Table
    name: str
    names: tuple[str, ...]
    ours: Mapping[str, int]
    delimiter: str
    head: str
    records: tuple[str, ...] = ()
    line_end: str = "\n"
    mark: str = ""

    def rows(self) -> list[dict[str, str]]:
        """Canonical cells of every record that has any."""
        found = []
        for record in self.records:
            cells = self._split(record)
            found.append(
                {
                    name: plain_cell(cells[position].strip())
                    for name, position in self.ours.items()
                    if position < len(cells)
                }
            )
        return found

    def with_columns(self, wanted: Iterable[str]) -> "Sheet":
        """The same rows with further columns at their end, where any are missing."""
        given = set(wanted)
        missing = [name for name in written_columns(self.table) if name in given and name not in self.ours]
        if not missing:
            return self
        first = len(self.names)
        return replace(
            self,
            names=(*self.names, *missing),
            ours={**self.ours, **{name: first + place for place, name in enumerate(missing)}},
            head=self.head + "".join(f"{self.delimiter}{name}" for name in missing),
            records=tuple(record + self.delimiter * len(missing) for record in self.records),
        )

    def with_rows(self, rows: Sequence[Mapping[str, str]]) -> "Sheet":
        """With rows of canonical cells at the end."""
        wide = self.with_columns(name for row in rows for name in row)
        added = [wide._join(wide._placed({}, row)) for row in rows]
        return replace(wide, records=(*wide.records, *added))

    def amended(self, at: int, cells: Mapping[str, str]) -> "Sheet":
        """With other cells in one record."""
        wide = self.with_columns(cells)
        old = dict(enumerate(wide._split(wide.records[at])))
        changed = wide._join(wide._placed(old, cells))
        return replace(wide, records=(*wide.records[:at], changed, *wide.records[at + 1 :]))

    def to_bytes(self) -> bytes:
        """The file."""
        lines = "\n".join([self.head, *self.records, ""])
        return (self.mark + lines.replace("\n", self.line_end)).encode()

    def _split(self, record: str) -> list[str]:
        return next(csv.reader(io.StringIO(record, newline=""), delimiter=self.delimiter), [])

    def _placed(self, old: Mapping[int, str], cells: Mapping[str, str]) -> list[str]:
        """Cells by position: those given, else those that stood there."""
        texts = {column.name for column in self.table.columns if column.type in {"id", "text", "category"}}
        new = {self.ours[name]: inert_cell(text) if name in texts else text for name, text in cells.items()}
        return [new.get(place, old.get(place, "")) for place in range(max(len(self.names), len(old)))]

    def _join(self, cells: Sequence[str]) -> str:
        written = io.StringIO()
        csv.writer(written, delimiter=self.delimiter, lineterminator="").writerow(cells)
        return written.getvalue()


def new_sheet(table: Table, name: str) -> Sheet:
    """A sheet without rows."""
    delimiter = "\t" if name.lower().endswith(".tsv") else ","
    columns = written_columns(table)
    places = {column: i for i, column in enumerate(columns)}
    return Sheet(table, name, columns, places, delimiter, delimiter.join(columns))


def read_sheet(table: Table, name: str, data: bytes, settings: Settings) -> Sheet:
    """The sheet of a file's bytes.

    Parameters
    ----------
    table : Table
        The declaration.
    name : str
        Of the file, for messages.
    data : bytes
        Its content, UTF-8.
    settings : Settings
        What columns are called.

    Raises
    ------
    DataError
        If it is no delimited text, a quote is open, or a required column is missing.
    """
    text = to_text(name, table.name, data, None).data
    header = find_header(text, known_names(table, settings))
    structure = find_structure(text, header.delimiter, header.start)
    if structure.open_quote is not None:
        line = text[: structure.open_quote].count(b"\n") + 1
        raise DataError(
            f"{name} line {line}",
            found="a quote that opens here and is not closed",
            expected="quotes in pairs around a field",
            fix="close the quote before anything is added",
        )
    ours = named_columns(table, header.names, settings)
    lacking = [column for column in table.required if column not in ours]
    if lacking:
        raise DataError(
            f"{name}, header",
            found=f"no column {join_words([repr(column) for column in lacking])}",
            expected=f"the columns {join_words(table.required)}",
            fix=f"name them, or set [columns.{table.name}] in cxlib.toml",
        )
    edges = [*structure.starts.tolist(), len(text)]
    records = [text[edges[i] : edges[i + 1]].decode().rstrip("\n") for i in range(len(edges) - 1)]
    return Sheet(
        table,
        name,
        header.names,
        ours,
        header.delimiter,
        text[: header.start].decode().rstrip("\n"),
        tuple(records),
        "\r\n" if b"\r\n" in data else "\n",
        "\ufeff" if data.startswith(b"\xef\xbb\xbf") else "",
    )


def named_columns(table: Table, names: Sequence[str], settings: Settings) -> dict[str, int]:
    """Canonical name to the position of its column: as cxlib.toml says, by name, or by another known name."""
    renamed = {
        normalise_name(exported): canonical
        for canonical, exported in settings.columns.get(table.name, {}).items()
    }
    found: dict[str, int] = {}
    for place, name in enumerate(names):
        normal = normalise_name(name)
        found.setdefault(renamed.get(normal, normal), place)
    for alias, canonical in ALIASES.get(table.name, {}).items():
        if alias in found and canonical not in found:
            found[canonical] = found[alias]
    return {name: place for name, place in found.items() if name in table.names}
