"""From definitions to rows in SQL: local days, segments, and what each row is worth to each metric."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import pyarrow as pa
from sqlglot import exp

from cxlib.data.clock import DAY_US, to_microseconds
from cxlib.data.derived import PARENTS, SOURCES, table_named
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
from cxlib.metrics.exposure import columns_of
from cxlib.metrics.expression import Expression

if TYPE_CHECKING:
    from cxlib.data.dataset import Dataset

__all__ = ["NONE", "ROWS", "UNKNOWN", "RowValue", "day_name", "row_relations"]

NONE: Final = "(none)"
"""A segment that is blank in a row, or in the customer, account or ticket that holds it."""
UNKNOWN: Final = "(unknown)"
"""A segment of a row without the customer, account or ticket that would hold it."""
ROWS: Final = "row_values"
_KEYS: Final = {"customers": "customer_id", "accounts": "account_id", "tickets": "ticket_id"}
_LINKED: Final = {"tickets": "tickets_of_rows"}  # what rows are about, and the query of its segments
_BEFORE_US: Final = 400 * DAY_US  # how long before the first row of a table a prepared instant may lie


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
    leaves : str
        Instant or date column at which a row leaves; empty: it never does.
    planned : Expression or None
        What the row was planned to be worth.
    cluster : str
        Column of those whose rows depend on each other; empty: none.
    """

    basis: str
    value: Expression
    where: Expression | None = None
    horizon_days: float | None = None
    counted: Mapping[str, Expression] = field(default_factory=dict)
    ended: Expression | None = None
    unit_us: int = 1
    edge_us: float | None = None
    leaves: str = ""
    planned: Expression | None = None
    cluster: str = ""

    @property
    def days(self) -> tuple[str, ...]:
        """The columns by whose local day its rows are counted."""
        return (self.basis, self.leaves) if self.leaves else (self.basis,)

    @property
    def columns(self) -> frozenset[str]:
        """Every column that is read."""
        named = {*self.days, self.cluster} - {""}
        return frozenset(named.union(*(part.columns for part in self._parts())))

    @property
    def further(self) -> frozenset[str]:
        """Those among them that the table does not declare."""
        return frozenset[str]().union(*(part.further for part in self._parts()))

    def _parts(self) -> list[Expression]:
        given = (self.value, self.where, self.ended, self.planned)
        return [*(part for part in given if part is not None), *self.counted.values()]


def row_relations(
    data: "Dataset", engine: Engine, table: str, values: Sequence[RowValue], by: Sequence[str]
) -> tuple[dict[str, exp.Query], dict[str, pa.Table]]:
    """The named queries that end in `ROWS`, and the tables that they read.

    Columns of `ROWS`: ``day_BASIS`` (local day; NULL from `as_of` on), ``s0``… (segments), and for value i
    ``xi`` (NULL: does not count), ``wi`` (durations: has it ended), ``pi`` (what was planned), ``ci``
    (cluster) and ``ei_k`` (1 for each row that reason k counts).

    Parameters
    ----------
    data : Dataset
        Tables, settings and `as_of`.
    engine : Engine
        Spells instants.
    table : str
        Canonical or derived name.
    values : sequence of RowValue
        What rows are worth.
    by : sequence of str
        Segment columns, own or inherited.
    """
    holders = {name: _holder(data, table, name) for name in by}
    own = {name for name, holder in holders.items() if holder == table}
    made = {name for name in own if _is_made(data, table, name)}
    wanted = made.union(*(value.columns for value in values))
    further = (own - made).union(*(value.further for value in values))
    prepared = prepared_rows(data, engine, table, wanted=wanted, extra=further)
    queries = dict(prepared.queries)
    inherited = _inherited(data, holders)
    for holder in inherited:
        extra = [name for name in by if holders[name] == holder]
        stored = table_rows(data, engine, holder, extra=extra)
        if holder in _LINKED and holder != table:
            queries[_LINKED[holder]] = _linked(stored, holder, extra)
        else:
            queries[rows_of(holder)] = stored
    rows = exp.select(
        *(_day(data, table, name) for name in sorted({name for value in values for name in value.days})),
        *(
            exp.alias_(_segment(name, holders[name], table, is_made=name in made), f"s{i}", quoted=True)
            for i, name in enumerate(by)
        ),
        *(part for i, value in enumerate(values) for part in _columns(data, i, value)),
    ).from_(exp.alias_(exp.to_table(prepared.name, quoted=True), "t", table=True))
    queries[ROWS] = _join(rows, table, inherited)
    return queries, {**data.tables, **prepared.tables}


def _holder(data: "Dataset", table: str, name: str) -> str:
    """The table that holds a segment; rows of a derived table carry what their parent's have."""
    holder = (data.segments(table) | data.linked(table) | data.units(table))[name]
    return table if holder == PARENTS.get(table) else holder


def _declared(table: str) -> set[str]:
    """The columns that a table declares, and what a derived one carries of its parent's."""
    parent = table_named(PARENTS[table]).names if table in PARENTS else ()
    return {*table_named(table).names, *parent}


def _is_made(data: "Dataset", table: str, name: str) -> bool:
    """True of a prepared column that no column of the source is called like: the user's own come first."""
    return name in columns_of(table) and not (
        name in _declared(table) or data.has(PARENTS.get(table, table), name)
    )


def _inherited(data: "Dataset", holders: Mapping[str, str]) -> list[str]:
    """Tables to join: an account may be the customer's."""
    found = set(holders.values()) & set(_KEYS)
    if "accounts" in found and data.has("customers", "account_id"):
        found.add("customers")
    return [holder for holder in _KEYS if holder in found]


def _join(rows: exp.Select, table: str, inherited: Sequence[str]) -> exp.Select:
    """Join the customer, the account and the ticket of each row."""
    account = column("account_id", "t") if "account_id" in columns_of(table) else exp.null()
    if "customers" in inherited and table != "customers":
        on = exp.EQ(this=column("customer_id", "t"), expression=column("customer_id", "customers"))
        rows = rows.join(_aliased("customers"), on=on, join_type="left")
        account = exp.func("COALESCE", account, column("account_id", "customers"))
    if "accounts" in inherited and table != "accounts":
        on = exp.EQ(this=account, expression=column("account_id", "accounts"))
        rows = rows.join(_aliased("accounts"), on=on, join_type="left")
    if "tickets" in inherited and table != "tickets":
        on = exp.EQ(this=column("ticket_id", "t"), expression=column(_apart("ticket_id"), "tickets"))
        about = exp.to_table(_LINKED["tickets"], quoted=True)
        rows = rows.join(exp.alias_(about, "tickets", table=True, quoted=True), on=on, join_type="left")
    return rows


def _linked(stored: exp.Query, holder: str, extra: Sequence[str]) -> exp.Select:
    """Key and segments of what rows are about, under names that no column of theirs has."""
    names = {name: name if name in _declared(holder) else further_name(name) for name in extra}
    chosen = {_KEYS[holder]: _KEYS[holder]} | names
    return exp.select(
        *(exp.alias_(column(called), _apart(called), quoted=True) for called in chosen.values())
    ).from_(stored.subquery("stored"))


def _apart(name: str) -> str:
    return f"linked {name}"


def _aliased(holder: str) -> exp.Expr:
    return exp.alias_(exp.to_table(rows_of(holder), quoted=True), holder, table=True, quoted=True)


def _segment(name: str, holder: str, table: str, *, is_made: bool) -> exp.Expr:
    """A segment's value: blank is (none), without what would hold it (unknown)."""
    owner = "t" if holder == table else holder
    called = name if is_made or name in _declared(holder) else further_name(name)
    linked = holder in _LINKED and holder != table
    called = _apart(called) if linked else called
    text = exp.Nullif(this=exp.cast(column(called, owner), "TEXT"), expression=exp.Literal.string(""))
    value = exp.func("COALESCE", text, exp.Literal.string(NONE))
    if holder == table:
        return value
    key = _apart(_KEYS[holder]) if linked else _KEYS[holder]
    lacking = exp.Is(this=column(key, owner), expression=exp.null())
    return exp.Case().when(lacking, exp.Literal.string(UNKNOWN)).else_(value)


def day_name(name: str) -> str:
    """The name that `ROWS` gives to the local day of an instant or date column.

    Examples
    --------
    >>> day_name("created_at")
    'day_created_at'
    """
    return f"day_{name}"


def _day(data: "Dataset", table: str, name: str) -> exp.Expr:
    """The local day number of a basis column."""
    declared = TABLES[table].column(name) if table in TABLES else None
    source = column(name, "t")
    if columns_of(table)[name] == "instant":
        bounds = instant_range(data, table, name) if declared else _widest(data, table)
        day = local_day(source, data.zone, *bounds)
        if declared is None:  # a deadline may lie ahead: what has not come yet is in no period
            seen = exp.LT(this=source.copy(), expression=number(to_microseconds(data.as_of)))
            day = exp.cast(exp.Case().when(seen, day), "BIGINT")
        source = day
    return exp.alias_(source, day_name(name), quoted=True)


def _widest(data: "Dataset", table: str) -> tuple[int, int]:
    """The range of instants that are prepared: from before the first row that they are made of to `as_of`."""
    origin = table if table in TABLES else PARENTS.get(table) or next(iter(SOURCES[table]), table)
    basis = table_named(origin).basis or ""
    as_of = to_microseconds(data.as_of)
    first, _ = instant_range(data, origin, basis) if data.has(origin, basis) else (as_of, as_of)
    return first - _BEFORE_US, as_of


def _columns(data: "Dataset", index: int, value: RowValue) -> list[exp.Expr]:
    """The columns of one value."""
    constants = {"as_of": to_microseconds(data.as_of), "horizon": round((value.horizon_days or 0) * DAY_US)}
    x: exp.Expr = value.value.sql_tree(constants)
    if value.value.type == "bool":
        x = exp.Case().when(x.copy(), number(1)).when(exp.not_(exp.Paren(this=x.copy())), number(0))
    x = exp.cast(x, "DOUBLE")
    if value.ended is not None and value.value.type == "number":
        x = exp.Mul(this=x, expression=number(value.unit_us))
    planned = exp.null() if value.planned is None else value.planned.sql_tree(constants)
    if value.where is not None:
        x = exp.Case().when(value.where.sql_tree(constants), x)
        planned = exp.Case().when(value.where.sql_tree(constants), planned)
    found: dict[str, exp.Expr] = {f"x{index}": x}
    if value.planned is not None:
        found[f"p{index}"] = exp.cast(planned, "DOUBLE")
    if value.cluster:
        found[f"c{index}"] = column(value.cluster, "t")
    if value.ended is not None:
        found[f"w{index}"] = exp.func("COALESCE", value.ended.sql_tree(constants), exp.false())
    for k, reason in enumerate(value.counted.values()):
        found[f"e{index}_{k}"] = exp.Case().when(reason.sql_tree(constants), number(1))
    return [exp.alias_(part, name, quoted=True) for name, part in found.items()]
