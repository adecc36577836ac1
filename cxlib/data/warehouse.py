"""A PostgreSQL database by its address, as a database whose tables stay where they are."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from cxlib.data.postgres import Pool, PostgresEngine
from cxlib.data.stored import StoredColumn, StoredTable, kind_of
from cxlib.errors import UsageError
from cxlib.text import quote

if TYPE_CHECKING:
    from sqlalchemy import URL
    from sqlalchemy.engine import Inspector
    from sqlalchemy.types import TypeEngine

__all__ = ["Warehouse", "open_warehouse"]


@dataclass(frozen=True, slots=True)
class Warehouse:
    """A schema of a PostgreSQL database.

    Parameters
    ----------
    engine : PostgresEngine
        Answers queries.
    schema : str or None
        Where tables are looked for; None: the connection's default.
    """

    engine: PostgresEngine
    schema: str | None = None
    changes: bool = True

    @property
    def words(self) -> str:
        """Database, host and schema; no password."""
        return self.engine.words

    def tables(self, wanted: Mapping[str, str]) -> dict[str, StoredTable]:
        """The tables and views that are there, of those wanted.

        Parameters
        ----------
        wanted : mapping of str to str
            Our name to theirs, perhaps with a schema.

        Raises
        ------
        DataError
            If the database cannot be reached.
        """
        from sqlalchemy import inspect

        found = {}
        with self.engine.connection() as connection:
            catalogue = inspect(connection.execution_options(no_parameters=False))
            for ours, theirs in wanted.items():
                named, _, name = theirs.rpartition(".")
                schema = named or self.schema or catalogue.default_schema_name or "public"
                if catalogue.has_table(name, schema=schema):
                    place = exp.table_(name, db=schema, quoted=True)
                    found[ours] = StoredTable(theirs, place, _columns(catalogue, name, schema))
        return found

    def fingerprint(self) -> None:
        """A hash of the content would read it all."""
        return


def open_warehouse(address: str) -> Warehouse:
    """A database by its address; nothing is asked of it yet.

    Parameters
    ----------
    address : str
        ``postgresql+psycopg://user@host:port/database?schema=NAME``; the password may also come from
        PGPASSWORD or ~/.pgpass, and never shows in any message.

    Raises
    ------
    UsageError
        If it is no such address.

    Examples
    --------
    >>> open_warehouse("postgresql+psycopg://me:secret@db.example:5432/cx?schema=support").words
    'postgresql database cx at db.example:5432, schema support'
    """
    try:
        from sqlalchemy import create_engine, make_url
        from sqlalchemy.exc import ArgumentError, NoSuchModuleError
    except ModuleNotFoundError:
        raise _no_driver("sqlalchemy") from None
    try:
        url = make_url(address)
        if url.get_backend_name() != "postgresql":
            raise _not_ours(url.get_backend_name())
        schema = url.query.get("schema")
        pool = create_engine(
            url.difference_update_query(["schema"]), pool_size=1, max_overflow=0, pool_pre_ping=True
        )
    except (ArgumentError, NoSuchModuleError):
        raise _not_ours(address.partition(":")[0]) from None
    except ModuleNotFoundError as error:
        raise _no_driver(str(error.name)) from None
    named = schema if isinstance(schema, str) else None
    return Warehouse(PostgresEngine(Pool(pool), _words(url, named)), named)


def _words(url: "URL", schema: str | None) -> str:
    host = f"{url.host or 'localhost'}{f':{url.port}' if url.port else ''}"
    return f"postgresql database {url.database or url.username or ''} at {host}" + (
        f", schema {schema}" if schema else ""
    )


def _no_driver(name: str) -> UsageError:
    return UsageError(
        "load",
        found=f"no package {name}",
        expected="SQLAlchemy and the driver that the address names",
        fix="run pip install 'cxlib[warehouse]' and write postgresql+psycopg://",
    )


def _not_ours(scheme: str) -> UsageError:
    return UsageError(
        "load",
        found=f"an address of {quote(scheme)}",
        expected="postgresql+psycopg://user@host:port/database",
        fix="correct the address, or load a DuckDB file, a Spark session or a folder",
    )


def _columns(catalogue: "Inspector", name: str, schema: str) -> tuple[StoredColumn, ...]:
    from sqlalchemy.types import String

    found = []
    for column in catalogue.get_columns(name, schema=schema):
        type_ = _spelled(column["type"], catalogue)
        kind = "text" if isinstance(column["type"], String) else kind_of(type_, "postgres")
        found.append(StoredColumn(str(column["name"]), type_, kind))
    return tuple(found)


def _spelled(type_: "TypeEngine[Any]", catalogue: "Inspector") -> str:
    """The type as SQL says it; one that SQLAlchemy does not know has no spelling."""
    from sqlalchemy.exc import SQLAlchemyError

    try:
        return str(type_.compile(dialect=catalogue.dialect))
    except SQLAlchemyError:
        return str(type_)
