"""Prepared columns of surveys: which answers count, what they say, where in a ticket's life they stand."""

from typing import TYPE_CHECKING, Final

import numpy as np
from sqlglot import exp

from cxlib.data.clock import date_to_day, day_to_date, local_day_number, local_midnight_us, periods
from cxlib.data.outreach import OUTREACH_COLUMNS, OUTREACH_NEEDS, outreach_step
from cxlib.data.prepared import Maker, Order, Prepared, PreparedType, Ways
from cxlib.data.relations import column, instant_range, number, rows_of, step_of, table_rows
from cxlib.data.templates import expression, query, with_columns
from cxlib.data.ticket_columns import prepared_tickets

if TYPE_CHECKING:
    from cxlib.data.dataset import Dataset

__all__ = ["SURVEYS", "csat_bounds"]

_SCORED: Final = "score IS NOT NULL AND responded_at IS NOT NULL"
# Only scored answers of a known customer can be superseded: the window is run over no others. Ties of the
# instant are settled by score and id, so that the order of rows never matters. What is asked after a solve
# is another question: it supersedes nothing else.
_RANKED: Final = """
SELECT *, ROW_NUMBER() OVER (
  PARTITION BY kind, CASE WHEN trigger = 'post_resolution' THEN 1 ELSE 0 END, customer_id, :month
  ORDER BY :order, score, survey_id) > 1 AS superseded
FROM :source WHERE :scored AND customer_id IS NOT NULL
UNION ALL
SELECT *, FALSE AS superseded FROM :source WHERE NOT (:scored) OR customer_id IS NULL
"""
_DELIVERIES: Final = """
SELECT kind AS delivered_kind FROM :source WHERE delivered_at IS NOT NULL GROUP BY kind
"""
_DELIVERED: Final = """
SELECT s.*, s.delivered_at IS NOT NULL OR s.responded_at IS NOT NULL OR d.delivered_kind IS NULL AS delivered
FROM :source AS s LEFT JOIN deliveries AS d ON d.delivered_kind = s.kind
"""
_FIRST: Final = """
SELECT *, ticket_id IS NOT NULL AND ROW_NUMBER() OVER (
  PARTITION BY ticket_id, kind ORDER BY COALESCE(sent_at, responded_at), survey_id) = 1 AS first_of_ticket
FROM :source WHERE ticket_id IS NOT NULL
UNION ALL
SELECT *, FALSE AS first_of_ticket FROM :source WHERE ticket_id IS NULL
"""
# A ticket that is not resolved has its final solve still before it.
_SOLVES: Final = """
SELECT s.*, COALESCE(t.first_solved_at <= s.sent_at, FALSE) AS after_solve,
  CASE WHEN t.is_resolved THEN s.sent_at < t.last_solved_at WHEN t.ticket_id IS NOT NULL THEN TRUE END
    AS survey_before_final_solve,
  CASE WHEN t.is_resolved THEN t.last_solved_at END AS ticket_solved_at
FROM :source AS s LEFT JOIN :tickets AS t ON t.ticket_id = s.ticket_id
"""
_PLAIN: Final = {
    "satisfied": "kind = 'csat' AND :scored AND score >= :good",
    "dissatisfied": "kind = 'csat' AND :scored AND score <= :bad",
    "is_flagged": "kind = 'nps' AND :scored AND score BETWEEN 0 AND 7",
}
_OF_TICKETS: Final = frozenset({"after_solve", "survey_before_final_solve", "ticket_solved_at"})


def csat_bounds(scale: str) -> tuple[float, float]:
    """Lowest satisfied and highest dissatisfied score of a scale.

    Binary: good; 3 points: the top one; 4 to 7: the top two; 8 to 10: the top three. Dissatisfied is the
    mirror.

    Parameters
    ----------
    scale : str
        ``"binary"``, or ``"1-3"`` to ``"1-10"``.

    Examples
    --------
    >>> csat_bounds("1-5"), csat_bounds("binary"), csat_bounds("1-10")
    ((4.0, 2.0), (1.0, 0.0), (8.0, 3.0))
    """
    if scale == "binary":
        return 1.0, 0.0
    points = int(scale.split("-")[1])
    boxes = 1 if points <= 3 else 2 if points <= 7 else 3
    return float(points - boxes + 1), float(boxes)


def _make(order: Order) -> Prepared:
    """The rows of surveys with the columns asked for.

    An answer is superseded by a later scored one of the same customer and kind in the same local month
    (``[definitions] responses = "latest"``), or by an earlier one (``"first"``); by none where all count
    (``"all"``), and without a customer.
    """
    data, wanted = order.data, set(order.wanted)
    if wanted & OUTREACH_COLUMNS.keys():
        wanted.add("superseded")
    last = rows_of("surveys")
    steps: dict[str, exp.Query] = {last: table_rows(data, order.engine, "surveys", extra=order.extra)}
    found = Prepared(last, steps)
    if wanted & _OF_TICKETS:
        found = _with_solves(order, found)
    if "superseded" in wanted:
        found = _then(found, "ranked_surveys", _superseded(data, found.name))
    if "delivered" in wanted:
        found = _with_deliveries(data, found)
    if "first_of_ticket" in wanted:
        found = _then(found, "first_surveys", query(_FIRST, source=exp.to_identifier(found.name)))
    if wanted & _PLAIN.keys():
        found = _then(found, "surveys_prepared", with_columns(found.name, _plain(data, wanted)))
    if wanted & OUTREACH_COLUMNS.keys():
        reached = outreach_step(order, found.name, found.queries)
        found = Prepared(reached.name, reached.queries, {**found.tables, **reached.tables})
    return found


def _then(found: Prepared, name: str, step: exp.Query) -> Prepared:
    return Prepared(name, {**found.queries, name: step}, found.tables)


def _plain(data: "Dataset", wanted: set[str]) -> dict[str, exp.Expr]:
    """What a score says by itself, on the scale of the settings."""
    good, bad = csat_bounds(str(data.settings.surveys["csat"]["scale"]))
    values = {"good": number(good), "bad": number(bad), "scored": expression(_SCORED)}
    return {name: expression(text, **values) for name, text in _PLAIN.items() if name in wanted}


def _superseded(data: "Dataset", source: str) -> exp.Query:
    """The rows with superseded: later answers win, or earlier ones, or nobody does."""
    responses = data.settings.definitions["responses"]
    if responses == "all":
        return with_columns(source, {"superseded": exp.false()})
    answered = column("responded_at")
    return query(
        _RANKED,
        source=exp.to_identifier(source),
        scored=_SCORED,
        order=answered if responses == "first" else exp.Ordered(this=answered, desc=True),
        month=_local_month(data, answered),
    )


def _with_deliveries(data: "Dataset", found: Prepared) -> Prepared:
    """The rows with delivered: of a kind whose deliveries nobody knows, all are."""
    if not data.has("surveys", "delivered_at"):
        return _then(found, "delivered_surveys", with_columns(found.name, {"delivered": exp.true()}))
    source = exp.to_identifier(found.name)
    known = _then(found, "deliveries", query(_DELIVERIES, source=exp.to_identifier(rows_of("surveys"))))
    return _then(known, "delivered_surveys", query(_DELIVERED, source=source))


def _with_solves(order: Order, found: Prepared) -> Prepared:
    """The rows with where they stand to the solves of their tickets."""
    solves = frozenset({"first_solved_at", "last_solved_at", "is_resolved"})
    tickets = prepared_tickets(Order(order.data, order.engine, solves))
    step = query(_SOLVES, source=exp.to_identifier(found.name), tickets=exp.to_identifier(tickets.name))
    return Prepared("solved_surveys", {**found.queries, **tickets.queries, "solved_surveys": step})


def _local_month(data: "Dataset", instant: exp.Expr) -> exp.Expr:
    """Number of the local month of an instant: a CASE over the first instants of the months."""
    first, last = instant_range(data, "surveys", instant.name)
    low, high = (day_to_date(int(day)) for day in local_day_number(np.array([first, last]), data.zone))
    months = periods("M", low, day_to_date(date_to_day(high) + 1))
    starts = [local_midnight_us(date_to_day(month.start), data.zone) for month in months[1:]]
    return step_of(instant, starts, range(len(starts) + 1))


_ANSWERED: Final[Ways] = (("surveys", ("responded_at", "score")),)
_COLUMNS: Final[dict[str, PreparedType]] = {
    "superseded": "bool",
    "delivered": "bool",
    "satisfied": "bool",
    "dissatisfied": "bool",
    "is_flagged": "bool",
    "first_of_ticket": "bool",
    "survey_before_final_solve": "bool",
    "after_solve": "bool",
    "ticket_solved_at": "instant",
}
_NEEDS: Final[dict[str, Ways]] = {
    **dict.fromkeys(("superseded", "satisfied", "dissatisfied", "is_flagged"), _ANSWERED),
    **dict.fromkeys(("first_of_ticket", *_OF_TICKETS), (("surveys", ("ticket_id",)),)),
}

SURVEYS: Final = Maker(
    columns={**_COLUMNS, **OUTREACH_COLUMNS}, needs={**_NEEDS, **OUTREACH_NEEDS}, make=_make
)
"""Maker of the prepared columns of surveys."""
