"""A DuckDB file as a database whose tables stay where they are."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlglot import exp

from cxlib.data.engine import SOURCE, DuckEngine
from cxlib.data.fingerprint import file_hash
from cxlib.data.stored import StoredColumn, StoredTable, kind_of
from cxlib.errors import DataError
from cxlib.text import nearest

__all__ = ["MEMORY_LIMIT", "SUFFIXES", "DuckFile", "open_file"]

SUFFIXES: Final = (".duckdb", ".ddb")
MEMORY_LIMIT: Final = "300MB"
"""What DuckDB may use for a file: beyond it, it spills to a temporary folder."""

_MAIN: Final = "main"


@dataclass(frozen=True, slots=True)
class DuckFile:
    """One file, only read.

    Parameters
    ----------
    path : Path
        The file.
    engine : DuckEngine
        Answers queries.
    """

    path: Path
    engine: DuckEngine
    changes: bool = False

    @property
    def words(self) -> str:
        """Its name."""
        return self.path.name

    def tables(self, wanted: Mapping[str, str]) -> dict[str, StoredTable]:
        """The tables and views that are there, of those wanted.

        Parameters
        ----------
        wanted : mapping of str to str
            Our name to theirs; without a schema ``main`` is meant.

        Raises
        ------
        DataError
            If the file cannot be read.
        """
        names = ("table_schema", "table_name", "column_name", "data_type")
        query = (
            exp.select(*(exp.column(name) for name in names))
            .from_(exp.table_("columns", db="information_schema"))
            .where(exp.EQ(this=exp.column("table_catalog"), expression=exp.Literal.string(SOURCE)))
            .order_by("table_schema", "table_name", "ordinal_position")
        )
        there: dict[tuple[str, str], list[StoredColumn]] = {}
        for row in self.engine.run(query, {}).to_pylist():
            column = StoredColumn(
                row["column_name"], row["data_type"], kind_of(row["data_type"], self.engine.dialect)
            )
            there.setdefault((row["table_schema"], row["table_name"]), []).append(column)
        found = {}
        for ours, theirs in wanted.items():
            schema, _, name = theirs.rpartition(".")
            key = (schema or _MAIN, name)
            if key in there:
                place = exp.table_(name, db=key[0], catalog=SOURCE, quoted=True)
                found[ours] = StoredTable(theirs, place, tuple(there[key]))
        return found

    def fingerprint(self) -> str:
        """SHA-256 of the file."""
        return file_hash(self.path)


def open_file(path: Path) -> DuckFile:
    """A DuckDB file that is there.

    Parameters
    ----------
    path : Path
        Ends in one of `SUFFIXES`.

    Raises
    ------
    DataError
        If there is no such file, or it is none.
    """
    if path.is_file() and not path.is_symlink():
        return DuckFile(path, DuckEngine(path, memory_limit=MEMORY_LIMIT))
    beside = [entry.name for entry in path.parent.iterdir()] if path.parent.is_dir() else []
    near = nearest(path.name, beside)
    raise DataError(
        str(path),
        found="no regular file" if path.exists() or path.is_symlink() else "nothing",
        expected="a DuckDB file",
        hint=f"Did you mean {near!r}?" if near and near != path.name else "",
        fix="correct the name or put it there",
    )
