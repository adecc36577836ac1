"""PostgreSQL as an engine: one connection by way of SQLAlchemy, each statement reads only.

Small tables travel inside of the statement as JSON, so that neither a right to create tables is needed nor
a server that can be written to: a read replica will do.
"""

import json
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Final, cast

import pyarrow as pa
from sqlglot import exp

from cxlib.data.engine import travellers
from cxlib.data.postgres_rows import TYPES, copied
from cxlib.errors import DataError
from cxlib.text import quote

if TYPE_CHECKING:
    from sqlalchemy import Engine
    from sqlalchemy.engine import Connection

__all__ = ["Pool", "PostgresEngine", "fetched"]

_NUMERIC: Final = 1700
_TYPES: Final[Mapping[str, str]] = {
    "int64": "BIGINT",
    "int32": "BIGINT",
    "double": "DOUBLE",
    "bool": "BOOLEAN",
    "string": "TEXT",
}


class Pool:
    """Holds the connection, and closes it when nobody needs it any more.

    Parameters
    ----------
    engine : sqlalchemy Engine
        Opens connections.
    """

    def __init__(self, engine: "Engine") -> None:
        self.engine = engine
        weakref.finalize(self, engine.dispose)


@dataclass(frozen=True, slots=True)
class PostgresEngine:
    """PostgreSQL: one connection, each query a transaction that only reads.

    Parameters
    ----------
    pool : Pool
        Holds one connection, opened again where it was lost.
    words : str
        What to call the database; without a password.
    lookups : mapping of str to pyarrow.Table
        Small tables that every query may name.
    """

    pool: Pool = field(repr=False)
    words: str
    lookups: Mapping[str, pa.Table] = field(default_factory=dict, repr=False, compare=False)
    dialect: str = field(default="postgres", init=False)

    def microseconds(self, instant: exp.Expr) -> exp.Expr:
        """Microseconds of an instant: exact, as EXTRACT yields a numeric; an infinite one is missing."""
        epoch = exp.Extract(this=exp.var("EPOCH"), expression=instant)
        us = exp.cast(exp.Mul(this=epoch, expression=exp.Literal.number(1_000_000)), "BIGINT")
        return _where_finite(instant, us)

    def day_number(self, day: exp.Expr) -> exp.Expr:
        """Day number of a date: dates are subtracted; an infinite one is missing."""
        epoch = exp.cast(exp.Literal.string("1970-01-01"), "DATE")
        return _where_finite(day, exp.cast(exp.Paren(this=exp.Sub(this=day, expression=epoch)), "BIGINT"))

    def text(self, value: exp.Expr) -> exp.Expr:
        """Text in the collation C, which compares by code point."""
        collation = exp.to_identifier("C", quoted=True)
        return exp.Paren(this=exp.Collate(this=exp.cast(value, "TEXT"), expression=collation))

    def carrying(self, lookups: Mapping[str, pa.Table]) -> "PostgresEngine":
        """The same engine with small tables that every query may name."""
        return replace(self, lookups={**self.lookups, **lookups})

    def run(self, query: exp.Query, tables: Mapping[str, pa.Table]) -> pa.Table:
        """The rows of a query.

        Parameters
        ----------
        query : sqlglot Query
            Names tables of the database with their schema.
        tables : mapping of str to pyarrow.Table
            Small tables that the query names; they travel inside of it.

        Raises
        ------
        DataError
            If the database cannot be reached or refuses the query.
        """
        sent = {**self.lookups, **tables}
        query = query.copy()
        for name in travellers(query, sent):
            query = _with_first(query, name, self._inside(sent[name]))
        text = query.sql(self.dialect, comments=False)
        with self.connection() as connection:
            connection.exec_driver_sql("SET TRANSACTION READ ONLY")
            connection.exec_driver_sql(
                "SET LOCAL jit = off"
            )  # compiling wide queries takes longer than they do
            driver = connection.connection.driver_connection
            return copied(driver, text) if hasattr(driver, "pgconn") else fetched(connection, text)

    @contextmanager
    def connection(self) -> "Iterator[Connection]":
        """The connection; what fails on it is told in our words, and nothing of a transaction is kept."""
        from sqlalchemy.exc import SQLAlchemyError

        refused = getattr(self.pool.engine.dialect.dbapi, "Error", SQLAlchemyError)
        try:
            with self.pool.engine.connect() as connection:
                # without it psycopg reads %b, %s and %% in the text as parameters, silently
                yield connection.execution_options(no_parameters=True)
                connection.rollback()
        except (SQLAlchemyError, refused) as error:
            raise _told(
                self.words, getattr(error, "orig", None) or error
            ) from None  # the cause may quote the address with its password

    def _inside(self, table: pa.Table) -> exp.Select:
        """A small table as a query of its own: JSON in a literal."""
        rows = [
            {name: None if value != value else value for name, value in row.items()}  # noqa: PLR0124  # NaN
            for row in table.to_pylist()
        ]
        types = {name: _TYPES[str(table.schema.field(name).type)] for name in table.column_names}
        columns = [
            exp.ColumnDef(this=exp.to_identifier(name, quoted=True), kind=exp.DataType.build(type_))
            for name, type_ in types.items()
        ]
        source = exp.Table(
            this=exp.func("JSON_TO_RECORDSET", exp.Literal.string(json.dumps(rows, ensure_ascii=False))),
            alias=exp.TableAlias(this=exp.to_identifier("sent"), columns=columns),
        )
        values = {name: exp.column(name, quoted=True) for name in types}
        values |= {name: self.text(values[name]) for name, type_ in types.items() if type_ == "TEXT"}
        return exp.select(*(exp.alias_(value, name, quoted=True) for name, value in values.items())).from_(
            source
        )


def _where_finite(value: exp.Expr, result: exp.Expr) -> exp.Expr:
    return exp.Case().when(exp.func("ISFINITE", value.copy()), result)


def _with_first(query: exp.Query, name: str, part: exp.Query) -> exp.Query:
    """A further common table expression, before those that may read it."""
    query = query.with_(exp.to_identifier(name, quoted=True), as_=part, copy=False)
    parts = query.args["with_"].expressions
    query.args["with_"].set("expressions", [parts[-1], *parts[:-1]])
    return query


def fetched(connection: "Connection", text: str) -> pa.Table:
    """The rows of a query by way of Python's objects, for drivers other than psycopg."""
    found = connection.exec_driver_sql(text)
    cursor = found.cursor
    codes = [cast(int, column[1]) for column in cursor.description] if cursor else []
    names, rows = list(found.keys()), found.fetchall()
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(names)
    arrays = [_array(values, code) for values, code in zip(columns, codes, strict=True)]
    return pa.Table.from_arrays(arrays, names=names)


def _array(values: Sequence[object], code: int) -> pa.Array:
    """One column of the result; numeric as double."""
    type_ = TYPES.get(code, pa.string())
    if code == _NUMERIC:
        return pa.array([None if value is None else float(cast(Decimal, value)) for value in values], type_)
    return pa.array(values, type_)


def _told(words: str, cause: BaseException) -> DataError:
    """What the database says, in one line, without the statement and without a secret."""
    lines = [line for line in str(cause).splitlines() if line.strip()]
    said = lines[0] if lines else type(cause).__name__
    denied = "permission denied" in said
    return DataError(
        words,
        found=quote(said, longest=200),
        expected="a database that this user may read",
        fix="grant USAGE on the schema and SELECT on the tables to this user"
        if denied
        else "check host, port, database, user and password, and what the database says",
    )
