"""Which database is meant: the address of a PostgreSQL database, a DuckDB file, a Spark session."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

from cxlib.assets import resolve
from cxlib.data.duckdb_file import SUFFIXES, open_file
from cxlib.data.spark import SparkSource, is_session
from cxlib.data.stored import Database
from cxlib.data.warehouse import open_warehouse

__all__ = ["Session", "open_database"]

Session: TypeAlias = Any
"""A SparkSession; pyspark need not be there to say so."""


def open_database(where: str | Path | Mapping[str, object] | Session) -> tuple[Database | None, Path | None]:
    """The database that is meant, and what a cxlib.toml may lie beside; no database: files or frames.

    Parameters
    ----------
    where : str, Path, mapping or SparkSession
        What `load` was given.

    Raises
    ------
    DataError
        If a DuckDB file is not there.
    UsageError
        If an address is none of PostgreSQL.

    Examples
    --------
    >>> open_database("data/sample")[0] is None
    True
    """
    if isinstance(where, Mapping):
        return None, None
    if is_session(where):
        return SparkSource(where), None
    if isinstance(where, str) and "://" in where:
        return open_warehouse(where), None
    path = resolve(where)
    return (open_file(path) if path.suffix in SUFFIXES else None), path
