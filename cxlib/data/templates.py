"""SQL of prepared tables: constant text in DuckDB's dialect, parsed once, placeholders filled by trees."""

from functools import lru_cache
from typing import Final, cast

import sqlglot
from sqlglot import exp

__all__ = ["NO_INSTANT", "expression", "query", "with_columns"]

NO_INSTANT: Final = "CAST(NULL AS BIGINT)"
"""An instant that nobody knows, typed for engines that ask."""


def query(text: str, **values: exp.Expr | str) -> exp.Query:
    """A constant query with its ``:placeholders`` filled.

    Parameters
    ----------
    text : str
        The query; a constant of the program, never made of data.
    **values : sqlglot Expr or str
        What takes the place of each placeholder: a tree, or constant text of one.

    Examples
    --------
    >>> query("SELECT id, :wait AS wait FROM rows", wait="stop_at - start_at").sql()
    'SELECT id, (stop_at - start_at) AS wait FROM rows'
    """
    return cast(exp.Query, expression(text, **values))


def expression(text: str, **values: exp.Expr | str) -> exp.Expr:
    """A constant expression with its ``:placeholders`` filled, each time by a copy.

    Parameters
    ----------
    text : str
        The expression; a constant of the program, never made of data.
    **values : sqlglot Expr or str
        What takes the place of each placeholder: a tree, or constant text of one.

    Examples
    --------
    >>> expression("COALESCE(:stop, :as_of)", stop="solved_at", as_of="1").sql()
    'COALESCE(solved_at, 1)'
    """
    trees = {name: _parsed(value) if isinstance(value, str) else value for name, value in values.items()}

    def fill(node: exp.Expr) -> exp.Expr:
        if not isinstance(node, exp.Placeholder):
            return node
        value = trees[node.name].copy()
        return exp.Paren(this=value) if isinstance(value, exp.Binary | exp.Not) else value

    return _parsed(text).transform(fill)


def with_columns(source: str, columns: dict[str, exp.Expr]) -> exp.Select:
    """The rows of a query with further columns.

    Parameters
    ----------
    source : str
        Name of the query.
    columns : dict of str to sqlglot Expr
        By name.

    Examples
    --------
    >>> with_columns("rows", {"wait": expression("stop_at - start_at")}).sql()
    'SELECT *, stop_at - start_at AS "wait" FROM rows'
    """
    made = [exp.alias_(value, name, quoted=True) for name, value in columns.items()]
    return exp.select(exp.Star(), *made).from_(exp.to_table(source))


@lru_cache(maxsize=512)
def _parsed(text: str) -> exp.Expr:
    """The tree of a text; what it returns is shared, and nobody changes it."""
    return sqlglot.parse_one(text, dialect="duckdb")
