"""Tables that lie in a database: their names and columns, and what a column's type is good for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, Protocol

from sqlglot import exp
from sqlglot.errors import SqlglotError

from cxlib.data.engine import Engine

__all__ = ["Database", "Kind", "StoredColumn", "StoredTable", "kind_of"]

Kind = Literal["text", "whole", "number", "flag", "zoned", "naive", "day", "other"]
"""What can be read from a type: `zoned` is an instant, `naive` a wall clock, `day` a date."""

_TYPE: Final = exp.DType
_KINDS: Final[Mapping[Kind, frozenset[exp.DType]]] = {
    "text": frozenset(
        {_TYPE.TEXT, _TYPE.VARCHAR, _TYPE.CHAR, _TYPE.NCHAR, _TYPE.NVARCHAR, _TYPE.BPCHAR, _TYPE.NAME}
        | {_TYPE.ENUM, _TYPE.UUID}
    ),
    "whole": frozenset(exp.DataType.INTEGER_TYPES) - {_TYPE.BIT},
    "number": frozenset({_TYPE.DOUBLE, _TYPE.FLOAT, _TYPE.DECIMAL}),
    "flag": frozenset({_TYPE.BOOLEAN}),
    "zoned": frozenset({_TYPE.TIMESTAMPTZ, _TYPE.TIMESTAMPLTZ}),
    "naive": frozenset(
        {_TYPE.TIMESTAMP, _TYPE.TIMESTAMPNTZ, _TYPE.DATETIME}
        | {_TYPE.TIMESTAMP_S, _TYPE.TIMESTAMP_MS, _TYPE.TIMESTAMP_NS}
    ),
    "day": frozenset({_TYPE.DATE}),
}


@dataclass(frozen=True, slots=True)
class StoredColumn:
    """One column as the database declares it.

    Parameters
    ----------
    name, type : str
        As the database spells them.
    kind : Kind
        What can be read from it.
    """

    name: str
    type: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class StoredTable:
    """One table or view.

    Parameters
    ----------
    name : str
        For messages.
    place : sqlglot Table
        How queries name it.
    columns : tuple of StoredColumn
        In the order of the table.
    """

    name: str
    place: exp.Table
    columns: tuple[StoredColumn, ...]


class Database(Protocol):
    """Where tables lie that stay where they are."""

    @property
    def words(self) -> str:
        """What to call it; no password is in it."""
        ...

    @property
    def engine(self) -> Engine:
        """What answers queries."""
        ...

    @property
    def changes(self) -> bool:
        """Whether rows may come while we look; False: nobody writes to it."""
        ...

    def tables(self, wanted: Mapping[str, str]) -> dict[str, StoredTable]:
        """Those of the wanted tables that are there: our name to theirs, perhaps ``schema.table``."""
        ...

    def fingerprint(self) -> str | None:
        """A hash of the whole content, or None where that would mean to read it all."""
        ...


def kind_of(type_: str, dialect: str) -> Kind:
    """What can be read from a type of a database.

    Examples
    --------
    >>> kind_of("TIMESTAMP", "duckdb"), kind_of("timestamp", "spark"), kind_of("numeric(10,2)", "postgres")
    ('naive', 'zoned', 'number')
    >>> kind_of("STRUCT(a INTEGER)", "duckdb")
    'other'
    """
    try:
        parsed = exp.DataType.build(type_, dialect=dialect).this
    except SqlglotError:
        return "other"
    return next((kind for kind, types in _KINDS.items() if parsed in types), "other")
