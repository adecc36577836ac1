"""From definitions to rows in SQL: local days, segments, and what each row is worth to each metric."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import pyarrow as pa
from sqlglot import exp

from cxlib.data.clock import DAY_US, to_microseconds
from cxlib.data.engine import Engine
from cxlib.data.facts import prepared_rows
from cxlib.data.relations import (
    column,
    further_name,
    instant_range,
    local_day,
    number,
    rows_of,
    table_rows,
)
from cxlib.data.schema import TABLES
from cxlib.metrics.expression import Expression

if TYPE_CHECKING:
    from cxlib.data.dataset import Dataset

__all__ = ["NONE", "ROWS", "UNKNOWN", "RowValue", "row_relations"]

NONE: Final = "(none)"
"""A segment that is blank in a row, or in the customer or account that holds it."""
UNKNOWN: Final = "(unknown)"
"""A segment of a row without the customer or account that would hold it."""
ROWS: Final = "row_values"
_KEYS: Final = {"customers": "customer_id", "accounts": "account_id"}


@dataclass(frozen=True, slots=True)
class RowValue:
    """What the rows of a table are worth, ready for SQL.

    Parameters
    ----------
    basis : str
        Instant or date column.
    value : Expression
        Number or truth value; of a duration an interval, or a number in units of `unit_us`.
    where : Expression or None
        Which rows count.
    horizon_days : float or None
        Value of `horizon`.
    counted : mapping of str to Expression
        Rows to count beside the value: those kept out, by reason, and those to be noted.
    ended : Expression or None
        Durations only: whether the wait has ended.
    unit_us : int
        Durations only: microseconds of the unit of a number.
    edge_us : float or None
        Durations only: a target at which no bin may straddle.
    """

    basis: str
    value: Expression
    where: Expression | None = None
    horizon_days: float | None = None
    counted: Mapping[str, Expression] = field(default_factory=dict)
    ended: Expression | None = None
    unit_us: int = 1
    edge_us: float | None = None

    @property
    def columns(self) -> frozenset[str]:
        """Every column that is read."""
        return frozenset({self.basis}.union(*(part.columns for part in self._parts())))

    @property
    def further(self) -> frozenset[str]:
        """Those among them that the table does not declare."""
        return frozenset[str]().union(*(part.further for part in self._parts()))

    def _parts(self) -> list[Expression]:
        given = [part for part in (self.value, self.where, self.ended) if part is not None]
        return [*given, *self.counted.values()]


def row_relations(
    data: "Dataset", engine: Engine, table: str, values: Sequence[RowValue], by: Sequence[str]
) -> tuple[dict[str, exp.Query], dict[str, pa.Table]]:
    """The named queries that end in `ROWS`, and the tables that they read.

    Columns of `ROWS`: ``day_BASIS`` (local day), ``s0``… (segments), and for value i ``xi`` (NULL: does not
    count), ``wi`` (durations: has it ended) and ``ei_k`` (1 for each row that reason k counts).

    Parameters
    ----------
    data : Dataset
        Tables, settings and `as_of`.
    engine : Engine
        Spells instants.
    table : str
        Canonical name.
    values : sequence of RowValue
        What rows are worth.
    by : sequence of str
        Segment columns, own or inherited.
    """
    wanted = frozenset[str]().union(*(value.columns for value in values))
    holders = {name: data.segments(table)[name] for name in by}
    own = {name for name, holder in holders.items() if holder == table}
    further = own.union(*(value.further for value in values))
    prepared = prepared_rows(data, engine, table, wanted=wanted, extra=further)
    queries = dict(prepared.queries)
    inherited = _inherited(data, holders)
    for holder in inherited:
        extra = [name for name in by if holders[name] == holder]
        queries[rows_of(holder)] = table_rows(data, engine, holder, extra=extra)
    rows = exp.select(
        *(_day(data, table, basis) for basis in sorted({value.basis for value in values})),
        *(
            exp.alias_(_segment(name, holders[name], table), f"s{i}", quoted=True)
            for i, name in enumerate(by)
        ),
        *(part for i, value in enumerate(values) for part in _columns(data, i, value)),
    ).from_(exp.alias_(exp.to_table(prepared.name, quoted=True), "t", table=True))
    queries[ROWS] = _join(rows, table, inherited)
    return queries, {**data.tables, **prepared.tables}


def _inherited(data: "Dataset", holders: Mapping[str, str]) -> list[str]:
    """Tables to join: an account may be the customer's."""
    found = set(holders.values()) & set(_KEYS)
    if "accounts" in found and data.has("customers", "account_id"):
        found.add("customers")
    return [holder for holder in _KEYS if holder in found]


def _join(rows: exp.Select, table: str, inherited: Sequence[str]) -> exp.Select:
    """Join the customer and the account of each row."""
    account = column("account_id", "t") if TABLES[table].column("account_id") else exp.null()
    if "customers" in inherited and table != "customers":
        on = exp.EQ(this=column("customer_id", "t"), expression=column("customer_id", "customers"))
        rows = rows.join(_aliased("customers"), on=on, join_type="left")
        account = exp.func("COALESCE", account, column("account_id", "customers"))
    if "accounts" in inherited and table != "accounts":
        on = exp.EQ(this=account, expression=column("account_id", "accounts"))
        rows = rows.join(_aliased("accounts"), on=on, join_type="left")
    return rows


def _aliased(holder: str) -> exp.Expr:
    return exp.alias_(exp.to_table(rows_of(holder), quoted=True), holder, table=True, quoted=True)


def _segment(name: str, holder: str, table: str) -> exp.Expr:
    """A segment's value: blank is (none), without a customer or account that holds it (unknown)."""
    owner = "t" if holder == table else holder
    called = name if name in TABLES[holder].names else further_name(name)
    text = exp.Nullif(this=exp.cast(column(called, owner), "TEXT"), expression=exp.Literal.string(""))
    value = exp.func("COALESCE", text, exp.Literal.string(NONE))
    if holder == table:
        return value
    lacking = exp.Is(this=column(_KEYS[holder], owner), expression=exp.null())
    return exp.Case().when(lacking, exp.Literal.string(UNKNOWN)).else_(value)


def _day(data: "Dataset", table: str, basis: str) -> exp.Expr:
    """The local day number of a basis column."""
    declared = TABLES[table].column(basis)
    source = column(basis, "t")
    if declared is None or declared.type == "instant":
        bounds = instant_range(data, table, basis) if declared else _widest(data)
        source = local_day(source, data.zone, *bounds)
    return exp.alias_(source, f"day_{basis}", quoted=True)


def _widest(data: "Dataset") -> tuple[int, int]:
    """The range of prepared instants: half a century up to `as_of`."""
    as_of = to_microseconds(data.as_of)
    return as_of - 18_263 * DAY_US, as_of


def _columns(data: "Dataset", index: int, value: RowValue) -> list[exp.Expr]:
    """The columns of one value."""
    constants = {"as_of": to_microseconds(data.as_of), "horizon": round((value.horizon_days or 0) * DAY_US)}
    x: exp.Expr = value.value.sql_tree(constants)
    if value.value.type == "bool":
        x = exp.Case().when(x.copy(), number(1)).when(exp.not_(exp.Paren(this=x.copy())), number(0))
    x = exp.cast(x, "DOUBLE")
    if value.ended is not None and value.value.type == "number":
        x = exp.Mul(this=x, expression=number(value.unit_us))
    if value.where is not None:
        x = exp.Case().when(value.where.sql_tree(constants), x)
    found: dict[str, exp.Expr] = {f"x{index}": x}
    if value.ended is not None:
        found[f"w{index}"] = exp.func("COALESCE", value.ended.sql_tree(constants), exp.false())
    for k, reason in enumerate(value.counted.values()):
        found[f"e{index}_{k}"] = exp.Case().when(reason.sql_tree(constants), number(1))
    return [exp.alias_(part, name, quoted=True) for name, part in found.items()]
