"""A table that people write, in a DuckDB file: written in one transaction."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import duckdb
from sqlglot import exp

from cxlib.changes.log.sheet import named_columns, written_columns
from cxlib.data.clock import parse_as_of, zone_of
from cxlib.data.schema import Table
from cxlib.data.settings import Settings
from cxlib.errors import CannotWriteError, LockedError
from cxlib.text import quote

__all__ = ["DuckTable"]

_DIALECT: Final = "duckdb"
_TYPES: Final = {"instant": "TIMESTAMPTZ", "number": "DOUBLE"}

Cells = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class DuckTable:
    """A table of a DuckDB file; file and table need not be there yet.

    Parameters
    ----------
    path : Path
        The file.
    settings : Settings
        `[tables.TABLE] file` may name the table.
    declared : Table
        Which one.
    """

    path: Path
    settings: Settings
    declared: Table

    @property
    def name(self) -> str:
        """File and table."""
        table = self._table()
        return f"{self.path.name}, table {table.db}{'.' if table.db else ''}{table.name}"

    def rows(self) -> list[Cells]:
        """Canonical cells of every row, in the order of the table."""
        if not self.path.exists():
            return []
        with self._connection() as connection:
            types = self._columns(connection)
            return self._read(connection, types) if types else []

    def write(self, added: Sequence[Cells], amended: Mapping[int, Cells]) -> None:
        """Add rows, and change cells of rows by their number, all or nothing."""
        with self._connection() as connection:
            connection.begin()
            ids = [row.get("change_id", "") for row in self._rows_or_none(connection)]
            types = self._widened(connection, [*added, *amended.values()])
            ours = named_columns(self.declared, list(types), self.settings)
            called = {name: list(types)[place] for name, place in ours.items()}
            for cells in added:
                self._insert(connection, {called[name]: cells[name] for name in cells}, types)
            for at, cells in amended.items():
                self._update(connection, called, types, ids[at], cells)
            connection.commit()

    def _rows_or_none(self, connection: duckdb.DuckDBPyConnection) -> list[Cells]:
        types = self._columns(connection)
        return self._read(connection, types) if types else []

    @contextmanager
    def _connection(self) -> Iterator[duckdb.DuckDBPyConnection]:
        try:
            with duckdb.connect(self.path) as connection:
                connection.execute("SET TimeZone = 'UTC'")
                yield connection
        except duckdb.IOException as error:
            if "lock" in str(error).lower():
                raise LockedError(
                    self.path.name,
                    found="a file that another program holds open",
                    expected="no other program at work on it",
                    fix="close it there, then run this again",
                ) from error
            raise self._unwritten(error) from error
        except duckdb.Error as error:
            raise self._unwritten(error) from error

    def _unwritten(self, error: duckdb.Error) -> CannotWriteError:
        ours = self.declared.name
        return CannotWriteError(
            self.name,
            found=quote(str(error).splitlines()[0], longest=160),
            expected="a table that rows can be added to",
            hint="Nothing was written.",
            fix=f"name the table in [tables.{ours}] file, or keep the rows in {ours}.csv",
        )

    def _table(self) -> exp.Table:
        declared = self.settings.table(self.declared.name).get("file", self.declared.name)
        theirs = declared if isinstance(declared, str) else str(declared[0])
        schema, _, name = theirs.rpartition(".")
        return exp.table_(name, db=schema or None, quoted=True)

    def _columns(self, connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
        """Column to type; empty where there is no such table."""
        table = self._table()
        query = (
            exp.select("column_name", "data_type")
            .from_(exp.table_("columns", db="information_schema"))
            .where("table_schema = ? AND table_name = ? AND table_catalog = CURRENT_DATABASE()")
            .order_by("ordinal_position")
        )
        found = connection.execute(query.sql(_DIALECT), [table.db or "main", table.name]).fetchall()
        return dict(found)

    def _read(self, connection: duckdb.DuckDBPyConnection, types: Mapping[str, str]) -> list[Cells]:
        ours = named_columns(self.declared, list(types), self.settings)
        texts = [exp.cast(exp.column(list(types)[place], quoted=True), "TEXT") for place in ours.values()]
        query = exp.select(*texts).from_(self._table()).order_by("rowid").sql(_DIALECT)
        return [
            {name: value or "" for name, value in zip(ours, values, strict=True)}
            for values in connection.execute(query).fetchall()
        ]

    def _widened(self, connection: duckdb.DuckDBPyConnection, rows: Sequence[Cells]) -> dict[str, str]:
        """The columns, made where they are missing."""
        types = self._columns(connection)
        columns = written_columns(self.declared)
        wanted = columns if not types else {name for row in rows for name in row}
        there = named_columns(self.declared, list(types), self.settings)
        missing = [name for name in columns if name in wanted and name not in there]
        definitions = [
            exp.ColumnDef(
                this=exp.to_identifier(name, quoted=True),
                kind=exp.DataType.build(self._type_of(name), dialect=_DIALECT),
            )
            for name in missing
        ]
        if not types:
            made = exp.Create(kind="TABLE", this=exp.Schema(this=self._table(), expressions=definitions))
            connection.execute(made.sql(_DIALECT))
        for definition in definitions if types else ():
            added = exp.Alter(kind="TABLE", this=self._table(), actions=[definition])
            connection.execute(added.sql(_DIALECT))
        return self._columns(connection)

    def _type_of(self, name: str) -> str:
        column = self.declared.column(name)
        return "VARCHAR" if column is None else _TYPES.get(column.type, "VARCHAR")

    def _insert(self, connection: duckdb.DuckDBPyConnection, cells: Cells, types: Mapping[str, str]) -> None:
        target = exp.Schema(
            this=self._table(), expressions=[exp.to_identifier(c, quoted=True) for c in cells]
        )
        row = exp.values([tuple(exp.Placeholder() for _ in cells)])
        values = [self._value(text, types[column]) for column, text in cells.items()]
        connection.execute(exp.Insert(this=target, expression=row).sql(_DIALECT), values)

    def _update(
        self,
        connection: duckdb.DuckDBPyConnection,
        called: Mapping[str, str],
        types: Mapping[str, str],
        change_id: str,
        cells: Cells,
    ) -> None:
        changed = [
            exp.EQ(this=exp.column(called[name], quoted=True), expression=exp.Placeholder()) for name in cells
        ]
        key = exp.cast(exp.column(called["change_id"], quoted=True), "TEXT")
        query = exp.Update(
            this=self._table(),
            expressions=changed,
            where=exp.Where(this=exp.EQ(this=key, expression=exp.Placeholder())),
        )
        values = [self._value(text, types[called[name]]) for name, text in cells.items()]
        connection.execute(query.sql(_DIALECT), [*values, change_id])

    def _value(self, text: str, type_: str) -> str:
        """An instant as the column means it: naive ones are walls of the declared zone."""
        if not type_.startswith(("TIMESTAMP", "DATE")) or type_.endswith("TIME ZONE"):
            return text
        zone = self.settings.table(self.declared.name).get("zone", self.settings.zone) or "UTC"
        wall: datetime = parse_as_of(text, zone).astimezone(zone_of(zone)).replace(tzinfo=None)
        return wall.date().isoformat() if type_ == "DATE" else wall.isoformat(sep=" ")
