"""What a maker of prepared columns declares and yields: the common form behind `cxlib.data.facts`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

import pyarrow as pa
from sqlglot import exp

from cxlib.data.engine import Engine

if TYPE_CHECKING:
    from cxlib.data.dataset import Dataset

__all__ = ["Maker", "Order", "Prepared", "PreparedType", "Ways"]

PreparedType = Literal["number", "text", "category", "bool", "instant", "date", "interval"]
"""Type of a prepared column; a category serves as a segment, an interval is whole microseconds."""

Ways: TypeAlias = tuple[tuple[str, tuple[str, ...]], ...]
"""Tables with columns, any one of which will do."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """Rows with prepared columns, ready to be queried.

    Parameters
    ----------
    name : str
        The query that holds the rows.
    queries : dict of str to sqlglot Query
        It and those that it is made of, in the order of their use.
    tables : mapping of str to pyarrow.Table
        What the queries read beside the canonical tables.
    """

    name: str
    queries: dict[str, exp.Query]
    tables: Mapping[str, pa.Table] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked of a maker.

    Parameters
    ----------
    data : Dataset
        Tables, settings and `as_of`.
    engine : Engine
        Spells what engines spell differently.
    wanted : frozenset of str
        Prepared columns that will be read; only these need to be made.
    extra : tuple of str
        Columns of the source beyond the declared ones, sorted.
    """

    data: "Dataset"
    engine: Engine
    wanted: frozenset[str]
    extra: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Maker:
    """How the prepared columns of one table are made.

    Parameters
    ----------
    columns : mapping of str to PreparedType
        The prepared columns; of a derived table those that its declaration does not have.
    needs : mapping of str to Ways
        What a column cannot do without; a column that is absent here needs the table alone.
    make : callable
        Yields the rows of the table, declared columns and extra ones included.
    """

    columns: Mapping[str, PreparedType]
    needs: Mapping[str, Ways]
    make: Callable[[Order], Prepared]
