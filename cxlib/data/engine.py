"""Running a query where the tables are, and the few spellings in which engines differ.

Queries are SQLGlot trees in which time is already whole microseconds, so that an engine has to answer only:
how is an instant turned into microseconds, how a date into a day number, what is your dialect, and what
does this query yield.
"""

from collections.abc import Mapping
from typing import Protocol

import duckdb
import pyarrow as pa
from sqlglot import exp

__all__ = ["DuckEngine", "Engine"]


class Engine(Protocol):
    """What every engine can do; definitions and cells know nothing else of it."""

    @property
    def dialect(self) -> str:
        """SQLGlot's name of the dialect."""
        ...

    def microseconds(self, instant: exp.Expr) -> exp.Expr:
        """An instant column as BIGINT microseconds since 1970-01-01 UTC."""
        ...

    def day_number(self, day: exp.Expr) -> exp.Expr:
        """A date column as BIGINT days since 1970-01-01."""
        ...

    def run(self, query: exp.Query, tables: Mapping[str, pa.Table]) -> pa.Table:
        """The rows of a query over the tables."""
        ...


class DuckEngine:
    """The embedded engine: DuckDB over Arrow tables in memory; reads no file and no network."""

    dialect = "duckdb"

    def microseconds(self, instant: exp.Expr) -> exp.Expr:
        """Microseconds of an instant, DuckDB's spelling."""
        return exp.func("EPOCH_US", instant, dialect=self.dialect)

    def day_number(self, day: exp.Expr) -> exp.Expr:
        """Day number of a date, DuckDB's spelling."""
        epoch = exp.cast(exp.Literal.string("1970-01-01"), "DATE")
        return exp.func("DATE_DIFF", exp.Literal.string("day"), epoch, day, dialect=self.dialect)

    def run(self, query: exp.Query, tables: Mapping[str, pa.Table]) -> pa.Table:
        """The rows of a query over the tables that it names.

        Parameters
        ----------
        query : sqlglot Query
            Names of tables are keys of the mapping, or of its own common table expressions.
        tables : mapping of str to pyarrow.Table
            Tables by the name that queries use.

        Examples
        --------
        >>> tickets = pa.table({"minutes": [1.0, 2.0]})
        >>> query = exp.select("SUM(minutes) AS total").from_("tickets")
        >>> DuckEngine().run(query, {"tickets": tickets}).to_pylist()
        [{'total': 3.0}]
        """
        named = {table.name for table in query.find_all(exp.Table)}
        with duckdb.connect(":memory:") as connection:
            for name in sorted(named & set(tables)):
                connection.register(name, tables[name])
            connection.execute("SET enable_external_access = false")
            connection.execute("SET lock_configuration = true")
            return connection.sql(query.sql(self.dialect, comments=False)).to_arrow_table()
