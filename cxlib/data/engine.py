"""Running a query where the tables are, and the few spellings in which engines differ.

Queries are SQLGlot trees in which time is already whole microseconds, so that an engine has to answer only:
how is an instant turned into microseconds, how a date into a day number, how does text compare, what is your
dialect, and what does this query yield.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Protocol

import pyarrow as pa
from sqlglot import exp

from cxlib.data.connections import SOURCE, Setting, locked

__all__ = ["SOURCE", "DuckEngine", "Engine", "travellers"]

_BATCH: Final = 400_000  # rows
_LITTLE: Final = "150MB"
_SCAN_MEMORY: Final = "64MB"


class Engine(Protocol):
    """What every engine can do; definitions and cells know nothing else of it."""

    @property
    def dialect(self) -> str:
        """SQLGlot's name of the dialect."""
        ...

    def microseconds(self, instant: exp.Expr) -> exp.Expr:
        """An instant column as BIGINT microseconds since 1970-01-01 UTC; a naive one is read as UTC."""
        ...

    def day_number(self, day: exp.Expr) -> exp.Expr:
        """A date column as BIGINT days since 1970-01-01."""
        ...

    def text(self, value: exp.Expr) -> exp.Expr:
        """A value as text that compares and sorts by code point, as on every other engine."""
        ...

    def carrying(self, lookups: Mapping[str, pa.Table]) -> "Engine":
        """The same engine with small tables that every query may name."""
        ...

    def run(self, query: exp.Query, tables: Mapping[str, pa.Table]) -> pa.Table:
        """The rows of a query; the tables that it names travel to the engine, so they should be small."""
        ...


def travellers(query: exp.Query, tables: Mapping[str, pa.Table]) -> list[str]:
    """Names of the tables that a query reads and that are not where the engine is, sorted.

    Examples
    --------
    >>> import sqlglot
    >>> query = sqlglot.parse_one("SELECT 1 FROM days, main.tickets, told")
    >>> travellers(query, {"days": pa.table({}), "tickets": pa.table({})})
    ['days']
    """
    named = {table.name for table in query.find_all(exp.Table) if not table.db}
    return sorted(named & set(tables))


@dataclass(frozen=True, slots=True)
class DuckEngine:
    """DuckDB: over Arrow tables in memory, or over a file that is only read.

    Each query has a connection of its own, whose configuration is locked and which reaches no other file and
    no network; between queries the file is free. Connections over tables in memory share a database in which
    nothing is stored.

    Parameters
    ----------
    path : Path, optional
        A DuckDB file; its tables are named ``source.SCHEMA.TABLE``.
    threads : int, optional
        How many; default: DuckDB's.
    memory_limit : str, optional
        Such as ``"300MB"``: beyond it DuckDB spills to the disk. Default: DuckDB's.
    spill : Path, optional
        Where to; default: a temporary folder of each query.
    lookups : mapping of str to pyarrow.Table
        Small tables that every query may name.
    """

    path: Path | None = None
    threads: int | None = None
    memory_limit: str | None = None
    spill: Path | None = None
    lookups: Mapping[str, pa.Table] = field(default_factory=dict, repr=False, compare=False)
    dialect: str = field(default="duckdb", init=False)

    def microseconds(self, instant: exp.Expr) -> exp.Expr:
        """Microseconds of an instant, DuckDB's spelling."""
        return exp.func("EPOCH_US", instant, dialect=self.dialect)

    def day_number(self, day: exp.Expr) -> exp.Expr:
        """Day number of a date, DuckDB's spelling."""
        epoch = exp.cast(exp.Literal.string("1970-01-01"), "DATE")
        return exp.func("DATE_DIFF", exp.Literal.string("day"), epoch, day, dialect=self.dialect)

    def text(self, value: exp.Expr) -> exp.Expr:
        """Text; DuckDB compares by code point unless told otherwise."""
        return exp.cast(value, "TEXT")

    def carrying(self, lookups: Mapping[str, pa.Table]) -> "DuckEngine":
        """The same engine with small tables that every query may name."""
        return replace(self, lookups={**self.lookups, **lookups})

    def frugal(self) -> "DuckEngine":
        """The same engine with little memory: of a file less stays that is read but once."""
        return self if self.path is None else replace(self, memory_limit=_LITTLE)

    def run(self, query: exp.Query, tables: Mapping[str, pa.Table]) -> pa.Table:
        """The rows of a query over the tables that it names.

        Parameters
        ----------
        query : sqlglot Query
            Names of tables are keys of the mapping, those of the file, or of its own common table
            expressions.
        tables : mapping of str to pyarrow.Table
            Tables by the name that queries use.

        Raises
        ------
        DataError
            If the file cannot be opened or a query of it fails.

        Examples
        --------
        >>> tickets = pa.table({"minutes": [1.0, 2.0]})
        >>> query = exp.select("SUM(minutes) AS total").from_("tickets")
        >>> DuckEngine().run(query, {"tickets": tickets}).to_pylist()
        [{'total': 3.0}]
        """
        text = query.sql(self.dialect, comments=False)
        sent = {**self.lookups, **tables}
        with locked(self.path, self._configuration()) as connection:
            for name in travellers(query, sent):
                connection.register(name, sent[name])
            return connection.sql(text).to_arrow_table()

    def batches(
        self, query: exp.Query, tables: Mapping[str, pa.Table], spans: Sequence[Mapping[str, int]] = ()
    ) -> Iterator[pa.RecordBatch]:
        """The rows of a query, some hundred thousand at a time, once for each set of parameters.

        Parameters
        ----------
        query : sqlglot Query
            As for `run`; placeholders are named as the parameters are.
        tables : mapping of str to pyarrow.Table
            Tables by the name that queries use.
        spans : sequence of mapping of str to int
            Parameters; empty: the query has none and is run once.

        Raises
        ------
        DataError
            If the file cannot be opened or a query of it fails.

        Examples
        --------
        >>> tickets = pa.table({"ticket_id": [1, 2, 3]})
        >>> query = exp.select("ticket_id").from_("tickets").where("ticket_id < :high")
        >>> batches = DuckEngine().batches(query, {"tickets": tickets}, [{"high": 2}, {"high": 3}])
        >>> [batch.num_rows for batch in batches]
        [1, 2]
        """
        text = query.sql(self.dialect, comments=False)
        sent = {**self.lookups, **tables}
        # ranges are small: a second thread would build its own tables of the same keys
        engine = replace(self, threads=1) if spans else self
        with locked(self.path, engine._configuration()) as connection:
            for name in travellers(query, sent):
                connection.register(name, sent[name])
            for span in spans or [{}]:
                yield from connection.sql(text, params=dict(span) or None).to_arrow_reader(_BATCH)

    @contextmanager
    def scans(
        self, queries: Mapping[str, exp.Query], tables: Mapping[str, pa.Table], *, rows: int
    ) -> Iterator[Callable[[str, Mapping[str, int]], pa.RecordBatchReader]]:
        """Reading several queries side by side, each in the order in which its rows are stored.

        Parameters
        ----------
        queries : mapping of str to sqlglot Query
            By name.
        tables : mapping of str to pyarrow.Table
            Tables by the name that queries use.
        rows : int
            About how many come at a time.

        Yields
        ------
        callable
            From the name of a query and its parameters, named as its placeholders are, to a reader.

        Raises
        ------
        DataError
            If the file cannot be opened or a query of it fails.

        Examples
        --------
        >>> tickets = pa.table({"ticket_id": [1, 2, 3]})
        >>> query = exp.select("ticket_id").from_("tickets").where("ticket_id < :high")
        >>> with DuckEngine().scans({"low": query}, {"tickets": tickets}, rows=2) as read:
        ...     read("low", {"high": 3}).read_all().num_rows
        2
        """
        texts = {name: query.sql(self.dialect, comments=False) for name, query in queries.items()}
        sent = {**self.lookups, **tables}
        # one thread reads in the order of the rows; a scan needs a block once, so that none has to stay
        memory = self.memory_limit if self.path is None else _SCAN_MEMORY
        engine = replace(self, threads=1, memory_limit=memory)
        with locked(self.path, engine._configuration()) as connection, ExitStack() as stack:

            def read(name: str, span: Mapping[str, int]) -> pa.RecordBatchReader:
                cursor = stack.enter_context(connection.cursor())
                if self.path is not None:
                    cursor.execute(f'USE "{SOURCE}"')
                for table in travellers(queries[name], sent):
                    cursor.register(table, sent[table])
                return cursor.sql(texts[name], params=dict(span) or None).to_arrow_reader(rows)

            yield read

    def _configuration(self) -> dict[str, Setting]:
        """Settings that are locked before the first query; order of rows means nothing and costs memory."""
        asked = {
            "threads": self.threads,
            "memory_limit": self.memory_limit,
            "temp_directory": None if self.spill is None else str(self.spill),
            "preserve_insertion_order": None if self.path is None else False,
        }
        return {name: value for name, value in asked.items() if value is not None}
