"""Prepared columns of surveys about what followed a low score: outreach to the customer, and audits."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
from sqlglot import exp

from cxlib.data.business_days import business_zone, is_business_day
from cxlib.data.clock import DAY_US, local_day_number, to_microseconds
from cxlib.data.prepared import Order, Prepared, PreparedType, Ways
from cxlib.data.relations import column, instant_range, local_day, number, rows_of, table_rows
from cxlib.data.templates import expression, query

if TYPE_CHECKING:
    from cxlib.data.dataset import Dataset

__all__ = ["OUTREACH_COLUMNS", "OUTREACH_NEEDS", "outreach_step"]

OUTREACH_COLUMNS: Final[Mapping[str, PreparedType]] = {
    "contactable": "bool",
    "reached_out": "bool",
    "outreach_open": "bool",
    "outreach_due": "bool",
    "audited": "bool",
}
"""What `outreach_step` adds to surveys, with types."""

_ANSWERED: Final[Ways] = (("surveys", ("responded_at", "customer_id")),)
OUTREACH_NEEDS: Final[Mapping[str, Ways]] = {
    "contactable": (("surveys", ("customer_id",)),),
    "reached_out": (("outreach", ()),),
    "outreach_open": (("outreach", ()),),
    "outreach_due": _ANSWERED,
    "audited": (("audits", ()),),
}
"""What each of them needs."""

_WITHIN: Final = 2  # business days after the day of the answer
_ONCE_US: Final = 30 * DAY_US
_PASSED: Final = "business_days_passed"
_NOT_DUE: Final = "outreach_not_due"

_CONTACTABLE: Final = """
SELECT customer_id, COALESCE(contactable, TRUE) AS contactable FROM customers_rows
"""
_AUDITED: Final = "SELECT DISTINCT ticket_id FROM audits_rows"
# Outreach before the answer is no reaction to it.
_REACHED: Final = """
SELECT s.survey_id, MIN(o.at) AS reached_at FROM surveys_rows AS s
JOIN outreach_rows AS o ON o.survey_id = s.survey_id WHERE o.at >= s.responded_at GROUP BY s.survey_id
"""
# Flagged answers that lie within 30 days of another one of their customer: few, and the others are all due.
_NEAR: Final = """
SELECT survey_id, customer_id, responded_at FROM (
  SELECT survey_id, customer_id, responded_at,
    responded_at - LAG(responded_at) OVER (
      PARTITION BY customer_id ORDER BY responded_at, survey_id
    ) AS since,
    LEAD(responded_at) OVER (
      PARTITION BY customer_id ORDER BY responded_at, survey_id
    ) - responded_at AS until
  FROM :source WHERE kind = 'nps' AND score BETWEEN 0 AND 7 AND NOT superseded
    AND COALESCE(trigger, '') <> 'post_resolution'
    AND customer_id IS NOT NULL AND responded_at IS NOT NULL
) AS flagged
WHERE since < :once OR until < :once
ORDER BY customer_id, responded_at, survey_id
"""


def outreach_step(order: Order, source: str, queries: Mapping[str, exp.Query]) -> Prepared:
    """The rows of a query of surveys with those of `OUTREACH_COLUMNS` that are wanted.

    * ``contactable``: has a customer who has not said that there is no way to make contact.
    * ``reached_out``: outreach came by the end of the second business day after the day of the answer.
    * ``outreach_open``: it has not come, and there is still time.
    * ``outreach_due``: a flagged answer (nps, 7 or lower, not asked for after a solve) is due unless one
      of its customer was in the 30 days before.
    * ``audited``: its ticket was audited.

    Parameters
    ----------
    order : Order
        Data, engine and what is wanted.
    source : str
        Query with the rows of surveys, `superseded` among its columns where ``outreach_due`` is wanted.
    queries : mapping of str to sqlglot Query
        Named queries, `source` among them.
    """
    found, tables = dict(queries), dict[str, pa.Table]()
    columns: list[exp.Expr] = []
    joins: list[tuple[str, str, exp.Expr]] = []
    if "contactable" in order.wanted:
        found[rows_of("customers")] = table_rows(order.data, order.engine, "customers")
        found["contactable_customers"] = query(_CONTACTABLE)
        joins.append(("contactable_customers", "c", _equal("customer_id", "c")))
        columns.append(_named("COALESCE(c.contactable, s.customer_id IS NOT NULL)", "contactable"))
    if "audited" in order.wanted:
        found[rows_of("audits")] = table_rows(order.data, order.engine, "audits")
        found["audited_tickets"] = query(_AUDITED)
        joins.append(("audited_tickets", "a", _equal("ticket_id", "a")))
        columns.append(_named("a.ticket_id IS NOT NULL", "audited"))
    if "outreach_due" in order.wanted:
        tables[_NOT_DUE] = _not_due(order, source, found)
        joins.append((_NOT_DUE, "n", _equal("survey_id", "n")))
        columns.append(_named("n.survey_id IS NULL", "outreach_due"))
    if order.wanted & {"reached_out", "outreach_open"}:
        found[rows_of("outreach")] = table_rows(order.data, order.engine, "outreach")
        found["outreach_reached"] = query(_REACHED)
        tables[_PASSED] = _passed(order.data)
        joins += [("outreach_reached", "r", _equal("survey_id", "r")), *_days(order.data)]
        columns += [*_judged(order.data)]
    return _joined(source, found, tables, columns, joins)


def _not_due(order: Order, source: str, queries: Mapping[str, exp.Query]) -> pa.Table:
    """The flagged answers that need no outreach of their own, since their customer was due shortly before."""
    near = query(_NEAR, source=exp.to_identifier(source), once=number(_ONCE_US))
    for name, part in queries.items():
        near = near.with_(exp.to_identifier(name, quoted=True), as_=part, copy=False)
    found = order.engine.run(near, order.data.tables)
    customers, instants = (found.column(name).to_pylist() for name in ("customer_id", "responded_at"))
    last: dict[object, int] = {}
    spared = []
    for customer, instant in zip(customers, instants, strict=True):
        spared.append(customer in last and instant - last[customer] < _ONCE_US)
        if not spared[-1]:
            last[customer] = instant
    return found.select(["survey_id"]).filter(pa.array(spared, pa.bool_()))


def _passed(data: "Dataset") -> pa.Table:
    """How many business days have begun by each local day: day, passed."""
    first, last = _edges(data)
    days = np.arange(first, last + 1, dtype=np.int64)
    passed = np.cumsum(is_business_day(data.settings, days))
    return pa.table({"day": days, "passed": passed.astype(np.int64)})


def _edges(data: "Dataset") -> tuple[int, int]:
    """The first local day with an answer, and that of `as_of`, on which the next outreach can come."""
    answered = instant_range(data, "surveys", "responded_at")[0]
    instants = [answered, max(answered, to_microseconds(data.as_of))]
    first, last = local_day_number(instants, business_zone(data.settings))
    return int(first), int(last)


def _days(data: "Dataset") -> list[tuple[str, str, exp.Expr]]:
    """Joins of the day table for the day of the answer and that of the outreach."""
    first = instant_range(data, "surveys", "responded_at")[0]
    found: list[tuple[str, str, exp.Expr]] = []
    for alias, instant in {
        "answered": column("responded_at", "s"),
        "reached": column("reached_at", "r"),
    }.items():
        day = local_day(instant, business_zone(data.settings), first, to_microseconds(data.as_of))
        found.append((_PASSED, alias, exp.EQ(this=column("day", alias), expression=day)))
    return found


def _judged(data: "Dataset") -> list[exp.Expr]:
    """The columns reached_out and outreach_open."""
    by_now = number(int(_passed(data).column("passed")[-1].as_py()))
    limit = number(_WITHIN)
    reached = _named(
        "COALESCE(reached.passed - answered.passed <= :limit, FALSE)", "reached_out", limit=limit
    )
    still = "s.responded_at IS NOT NULL AND r.reached_at IS NULL AND :by_now - answered.passed <= :limit"
    return [reached, _named(f"COALESCE({still}, FALSE)", "outreach_open", limit=limit, by_now=by_now)]


def _joined(
    source: str,
    queries: dict[str, exp.Query],
    tables: dict[str, pa.Table],
    columns: list[exp.Expr],
    joins: list[tuple[str, str, exp.Expr]],
) -> Prepared:
    """The rows of the source with further columns from tables that have at most one row for each."""
    rows = exp.select(exp.Column(this=exp.Star(), table=exp.to_identifier("s")), *columns).from_(
        exp.alias_(exp.to_table(source, quoted=True), "s", table=True)
    )
    for table, alias, on in joins:
        rows = rows.join(exp.alias_(exp.to_table(table), alias, table=True), on=on, join_type="left")
    name = f"{source}_followed"
    return Prepared(name, {**queries, name: rows}, tables)


def _equal(name: str, alias: str) -> exp.Expr:
    return exp.EQ(this=column(name, alias), expression=column(name, "s"))


def _named(text: str, name: str, **values: exp.Expr) -> exp.Expr:
    """A constant expression with its placeholders filled, under a name."""
    return exp.alias_(expression(text, **values), name, quoted=True)
