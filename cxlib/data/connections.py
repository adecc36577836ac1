"""Connections to DuckDB that are locked before the first query, and in whose words a failure is told."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, TypeAlias

import duckdb
from sqlglot import exp

from cxlib.errors import DataError, MemoryLimitError
from cxlib.text import quote

__all__ = ["SOURCE", "Setting", "locked"]

Setting: TypeAlias = str | bool | int | float | list[str]

SOURCE: Final = "source"
"""The catalogue under which a DuckDB file is attached."""


@contextmanager
def locked(path: Path | None, configuration: Mapping[str, Setting]) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that reaches no network and no file but its own, and cannot be told otherwise.

    Parameters
    ----------
    path : Path or None
        A DuckDB file, only read, and free again afterwards. None: tables in memory; these connections share
        a database in which nothing is stored, and each sees only what it registers.
    configuration : mapping of str to setting
        DuckDB's settings; without ``temp_directory`` a file's queries spill into a folder of their own.

    Raises
    ------
    DataError
        If the file cannot be opened or a query of it fails.
    """
    if path is None:
        with _in_memory(tuple(sorted(configuration.items()))).cursor() as connection:
            yield connection
        return
    with TemporaryDirectory(prefix="cxlib-") as own:
        try:
            with duckdb.connect(":memory:", config={"temp_directory": own, **configuration}) as connection:
                attach = exp.Attach(
                    this=exp.alias_(exp.Literal.string(str(path)), SOURCE, quoted=True),
                    expressions=[exp.AttachOption(this=exp.var("READ_ONLY"))],
                )
                connection.execute(attach.sql("duckdb"))
                connection.execute(f'USE "{SOURCE}"')  # views of the file name its tables so
                _lock(connection)
                yield connection
        except duckdb.Error as error:
            raise _told(path, error) from error


def _in_memory(configuration: tuple[tuple[str, Setting], ...]) -> duckdb.DuckDBPyConnection:
    """The empty database of this process: a child that was forked needs another, for threads stay behind."""
    return _made(os.getpid(), configuration)


@lru_cache(maxsize=4)
def _made(_process: int, configuration: tuple[tuple[str, Setting], ...]) -> duckdb.DuckDBPyConnection:
    """Opening a database costs some fifteen times what a small query does: one serves them all."""
    connection = duckdb.connect(":memory:", config=dict(configuration))
    _lock(connection)
    return connection


def _lock(connection: duckdb.DuckDBPyConnection) -> None:
    """Let a connection reach nothing further, for good."""
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def _told(path: Path, error: duckdb.Error) -> DataError:
    """What DuckDB says, in one line."""
    words = " ".join(str(error).split())
    if isinstance(error, duckdb.OutOfMemoryException):
        return MemoryLimitError(
            path.name,
            found="a query that needs more memory than it may have",
            expected="room for it",
            fix="raise the memory limit, or free space in the temporary folder",
        )
    return DataError(
        path.name,
        found=quote(words, longest=200),
        expected="a DuckDB file that answers",
        fix="close the program that writes to it, or export it again",
    )
