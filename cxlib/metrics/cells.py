"""Definitions to cells: one SQL statement a table, which yields sums that add up, per local day and segment.

Cells are all that travels back from an engine. Weeks, months, coarser segments and intervals are arithmetic on them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from sqlglot import exp

from cxlib.data.clock import DAY_US, to_microseconds
from cxlib.data.engine import DuckEngine, Engine
from cxlib.data.facts import prepared_rows
from cxlib.data.relations import column, instant_range, local_day, number, rows_of, table_rows
from cxlib.data.schema import TABLES
from cxlib.metrics.expression import Expression

if TYPE_CHECKING:
    from cxlib.data.dataset import Dataset

__all__ = ["Cells", "RowValue", "additive_cells"]

NONE: Final = "(none)"
UNKNOWN: Final = "(unknown)"
_KNOWN_BLOCK: Final = -1


@dataclass(frozen=True, slots=True)
class RowValue:
    """What the rows of a table are worth, ready for SQL.

    Parameters
    ----------
    basis : str
        Instant or date column.
    value : Expression
        Number or truth value.
    where : Expression or None
        Which rows count.
    horizon_days : float or None
        Value of `horizon`.
    excluded : mapping of str to Expression
        Rows to count by reason.
    """

    basis: str
    value: Expression
    where: Expression | None = None
    horizon_days: float | None = None
    excluded: Mapping[str, Expression] = field(default_factory=dict)

    @property
    def columns(self) -> frozenset[str]:
        """Every column that is read."""
        found = [self.value, *([self.where] if self.where else []), *self.excluded.values()]
        return frozenset({self.basis}.union(*(expression.columns for expression in found)))


@dataclass(frozen=True, slots=True)
class Cells:
    """Sums per local day and segment of one row value.

    Parameters
    ----------
    day : array of int64, shape (cells,)
        Local days since 1970-01-01.
    group : array of int64, shape (cells,)
        Row of `groups`.
    groups : tuple of tuples of str
        Every known combination of segments, sorted; one empty tuple without segments.
    n, total, squares : arrays of float, shape (cells,)
        Rows, Σx and Σx².
    excluded : mapping of str to array of float
        Rows kept out, by reason.
    """

    day: NDArray[np.int64]
    group: NDArray[np.int64]
    groups: tuple[tuple[str, ...], ...]
    n: NDArray[np.float64]
    total: NDArray[np.float64]
    squares: NDArray[np.float64]
    excluded: Mapping[str, NDArray[np.float64]]


def additive_cells(
    data: "Dataset", table: str, values: Sequence[RowValue], *, by: Sequence[str] = ()
) -> list[Cells]:
    """Cells of several row values of one table, by one statement.

    Parameters
    ----------
    data : Dataset
        Tables as they are visible at `as_of`.
    table : str
        Canonical name.
    values : sequence of RowValue
        What rows are worth.
    by : sequence of str
        Segment columns, own or inherited.
    """
    engine = DuckEngine(data.tables)
    bases = sorted({value.basis for value in values})
    branches = [
        _branch(block, [value for value in values if value.basis == basis], by, values)
        for block, basis in enumerate(bases)
    ]
    query = _union([_known(by, values), *branches])
    for name, part in _relations(data, engine, table, values, by).items():
        query = query.with_(exp.to_identifier(name, quoted=True), as_=part, copy=False)
    found = engine.run(query)
    groups, codes = _groups(found, len(by))
    block = found.column("block").to_numpy()
    return [
        _read(found, block == bases.index(value.basis), groups, codes, value, i)
        for i, value in enumerate(values)
    ]


def _relations(
    data: "Dataset", engine: Engine, table: str, values: Sequence[RowValue], by: Sequence[str]
) -> dict[str, exp.Query]:
    """The common table expressions: rows, prepared columns, holders of inherited segments, row values."""
    wanted = frozenset[str]().union(*(value.columns for value in values))
    holders = {name: data.segments(table)[name] for name in by}
    own = [name for name, holder in holders.items() if holder == table]
    queries, last = prepared_rows(data, engine, table, wanted=wanted, extra=own)
    inherited = [holder for holder in ("customers", "accounts") if holder in holders.values()]
    if "accounts" in inherited and "customers" in data.tables and "customers" not in inherited:
        inherited = ["customers", "accounts"]
    for holder in inherited:
        extra = [name for name in by if holders[name] == holder]
        queries[rows_of(holder)] = table_rows(data, engine, holder, extra=extra)
    rows = exp.select(
        *(_day(data, table, basis) for basis in sorted({value.basis for value in values})),
        *(
            exp.alias_(_segment(name, holders[name], table), f"s{i}", quoted=True)
            for i, name in enumerate(by)
        ),
        *(part for i, value in enumerate(values) for part in _row_columns(data, i, value)),
    ).from_(exp.alias_(exp.to_table(last, quoted=True), "t", table=True))
    queries["row_values"] = _join(rows, table, inherited)
    return queries


def _join(rows: exp.Select, table: str, inherited: Sequence[str]) -> exp.Select:
    """Join the customer and the account of each row."""
    account = column("account_id", "t") if TABLES[table].column("account_id") else exp.null()
    if "customers" in inherited:
        on = exp.EQ(this=column("customer_id", "t"), expression=column("customer_id", "customers"))
        rows = rows.join(_aliased("customers"), on=on, join_type="left")
        account = exp.func("COALESCE", account, column("account_id", "customers"))
    if "accounts" in inherited:
        on = exp.EQ(this=account, expression=column("account_id", "accounts"))
        rows = rows.join(_aliased("accounts"), on=on, join_type="left")
    return rows


def _aliased(holder: str) -> exp.Expr:
    return exp.alias_(exp.to_table(rows_of(holder), quoted=True), holder, table=True, quoted=True)


def _segment(name: str, holder: str, table: str) -> exp.Expr:
    """A segment's value: blank is (none), without a customer or account that holds it (unknown)."""
    owner = "t" if holder == table else holder
    text = exp.Nullif(this=exp.cast(column(name, owner), "TEXT"), expression=exp.Literal.string(""))
    value = exp.func("COALESCE", text, exp.Literal.string(NONE))
    if holder == table:
        return value
    key = column({"customers": "customer_id", "accounts": "account_id"}[holder], owner)
    return exp.Case().when(exp.Is(this=key, expression=exp.null()), exp.Literal.string(UNKNOWN)).else_(value)


def _day(data: "Dataset", table: str, basis: str) -> exp.Expr:
    """The local day number of a basis column."""
    declared = TABLES[table].column(basis)
    source = column(basis, "t")
    if declared is not None and declared.type == "instant":
        source = local_day(source, data.zone, *instant_range(data, table, basis))
    return exp.alias_(source, f"day_{basis}", quoted=True)


def _row_columns(data: "Dataset", index: int, value: RowValue) -> list[exp.Expr]:
    """x of each row (NULL: does not count), and a 1 for each reason that keeps it out."""
    constants = {"as_of": to_microseconds(data.as_of), "horizon": round((value.horizon_days or 0) * DAY_US)}
    x = value.value.sql_tree(constants)
    if value.value.type == "bool":
        x = exp.Case().when(x.copy(), number(1)).when(exp.not_(x.copy()), number(0))
    x = exp.cast(x, "DOUBLE")
    if value.where is not None:
        x = exp.Case().when(value.where.sql_tree(constants), x)
    reasons = [
        exp.alias_(exp.Case().when(reason.sql_tree(constants), number(1)), f"e{index}_{k}", quoted=True)
        for k, reason in enumerate(value.excluded.values())
    ]
    return [exp.alias_(x, f"x{index}", quoted=True), *reasons]


def _branch(
    block: int, mine: Sequence[RowValue], by: Sequence[str], values: Sequence[RowValue]
) -> exp.Select:
    """One aggregation: the row values of one basis by its day and the segments; the others' columns are NULL."""
    day = column(f"day_{mine[0].basis}")
    keys = [day, *(column(f"s{i}") for i in range(len(by)))]
    sums = [part for i, value in enumerate(values) for part in _sums(i, value, value.basis == mine[0].basis)]
    query = exp.select(
        exp.alias_(number(block), "block"),
        exp.alias_(day.copy(), "day"),
        *(column(f"s{i}") for i in range(len(by))),
        *sums,
    ).from_(exp.to_table("row_values", quoted=True))
    query = query.where(exp.not_(exp.Is(this=day.copy(), expression=exp.null())))
    query.set("group", exp.Group(expressions=[key.copy() for key in keys]))
    return query


def _sums(index: int, value: RowValue, mine: bool) -> list[exp.Expr]:  # noqa: FBT001  # a column is filled or NULL
    x = column(f"x{index}")
    named: dict[str, exp.Expr] = {
        f"n{index}": exp.Count(this=x),
        f"total{index}": exp.Sum(this=x.copy()),
        f"squares{index}": exp.Sum(this=exp.Mul(this=x.copy(), expression=x.copy())),
    }
    named |= {f"e{index}_{k}": exp.Count(this=column(f"e{index}_{k}")) for k in range(len(value.excluded))}
    return [
        exp.alias_(exp.cast(part if mine else exp.null(), "DOUBLE"), name) for name, part in named.items()
    ]


def _known(by: Sequence[str], values: Sequence[RowValue]) -> exp.Select:
    """Every combination of segments that the table holds, whatever the day and the metric."""
    return (
        exp.select(
            exp.alias_(number(_KNOWN_BLOCK), "block"),
            exp.alias_(exp.cast(exp.null(), "BIGINT"), "day"),
            *(column(f"s{i}") for i in range(len(by))),
            *(part for i, value in enumerate(values) for part in _sums(i, value, mine=False)),
        )
        .from_(exp.to_table("row_values", quoted=True))
        .distinct()
    )


def _union(parts: Sequence[exp.Select]) -> exp.Query:
    return exp.union(*parts, distinct=False, copy=False)


def _groups(found: pa.Table, width: int) -> tuple[tuple[tuple[str, ...], ...], NDArray[np.int64]]:
    """The sorted combinations of segments, and for each row its place among them."""
    if not width:
        return ((),), np.zeros(len(found), dtype=np.int64)
    columns = [found.column(f"s{i}").combine_chunks().dictionary_encode() for i in range(width)]
    codes = np.column_stack([part.indices.to_numpy() for part in columns]).astype(np.int64)
    unique, place = np.unique(codes, axis=0, return_inverse=True)
    labels = [part.dictionary.to_pylist() for part in columns]
    named = [tuple(labels[i][code] for i, code in enumerate(row)) for row in unique]
    order = sorted(range(len(named)), key=named.__getitem__)
    rank = np.empty(len(named), dtype=np.int64)
    rank[order] = np.arange(len(named))
    return tuple(named[i] for i in order), rank[place.reshape(-1)]


def _read(
    found: pa.Table,
    rows: NDArray[np.bool_],
    groups: tuple[tuple[str, ...], ...],
    codes: NDArray[np.int64],
    value: RowValue,
    index: int,
) -> Cells:
    def sums(name: str) -> NDArray[np.float64]:
        return np.nan_to_num(found.column(name).to_numpy().astype(np.float64)[rows])

    return Cells(
        found.column("day").to_numpy()[rows].astype(np.int64),
        codes[rows],
        groups,
        sums(f"n{index}"),
        sums(f"total{index}"),
        sums(f"squares{index}"),
        {reason: sums(f"e{index}_{k}") for k, reason in enumerate(value.excluded)},
    )
