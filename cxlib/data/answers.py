"""Prepared columns of surveys: which answers count, what they say, where in a ticket's life they stand."""

from collections.abc import Collection
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
# Only scored answers of a known customer can be superseded, and of those only where there are several: the
# window is run over no others. Ties of the instant are settled by score and id, so that the order of rows
# never matters. What is asked after a solve is another question: it supersedes nothing else.
_SCORED_ANSWERS: Final = """
SELECT survey_id, kind, CASE WHEN trigger = 'post_resolution' THEN 1 ELSE 0 END AS question, customer_id,
  :month AS answered_in, responded_at, score
FROM surveys_rows WHERE :scored AND customer_id IS NOT NULL
"""
_REPEATED_ANSWERS: Final = """
SELECT customer_id, answered_in FROM scored_answers GROUP BY customer_id, answered_in HAVING COUNT(*) > 1
"""
_RANKED_ANSWERS: Final = """
SELECT a.survey_id, ROW_NUMBER() OVER (
  PARTITION BY a.kind, a.question, a.customer_id, a.answered_in ORDER BY :order, a.score, a.survey_id
) > 1 AS is_superseded
FROM scored_answers AS a JOIN repeated_answers AS r
  ON r.customer_id = a.customer_id AND r.answered_in = a.answered_in
"""
_RANKED: Final = """
SELECT s.*, COALESCE(r.is_superseded, FALSE) AS superseded
FROM :source AS s LEFT JOIN ranked_answers AS r ON r.survey_id = s.survey_id
"""
_DELIVERIES: Final = """
SELECT kind AS delivered_kind FROM :source WHERE delivered_at IS NOT NULL GROUP BY kind
"""
_DELIVERED: Final = """
SELECT s.*, s.delivered_at IS NOT NULL OR s.responded_at IS NOT NULL OR d.delivered_kind IS NULL AS delivered
FROM :source AS s LEFT JOIN deliveries AS d ON d.delivered_kind = s.kind
"""
_FIRST_OF_TICKETS: Final = """
SELECT survey_id, ROW_NUMBER() OVER (
  PARTITION BY ticket_id, kind ORDER BY COALESCE(sent_at, responded_at), survey_id) = 1 AS is_first
FROM surveys_rows WHERE ticket_id IS NOT NULL
"""
_FIRST: Final = """
SELECT s.*, COALESCE(f.is_first, FALSE) AS first_of_ticket
FROM :source AS s LEFT JOIN first_of_tickets AS f ON f.survey_id = s.survey_id
"""
# A ticket that is not resolved has its final solve still before it.
_SOLVES: Final = {
    "after_solve": ("t.first_solved_at <= s.sent_at", "COALESCE(x.after_solve, FALSE)"),
    "survey_before_final_solve": (
        "CASE WHEN t.is_resolved THEN s.sent_at < t.last_solved_at ELSE TRUE END",
        "x.survey_before_final_solve",
    ),
    "ticket_solved_at": ("CASE WHEN t.is_resolved THEN t.last_solved_at END", "x.ticket_solved_at"),
}
_SURVEY_SOLVES: Final = """
SELECT s.survey_id FROM surveys_rows AS s JOIN :tickets AS t ON t.ticket_id = s.ticket_id
"""
_SOLVED: Final = """
SELECT s.* FROM :source AS s LEFT JOIN survey_solves AS x ON x.survey_id = s.survey_id
"""
_PLAIN: Final = {
    "satisfied": "kind = 'csat' AND :scored AND score >= :good",
    "dissatisfied": "kind = 'csat' AND :scored AND score <= :bad",
    "is_flagged": "kind = 'nps' AND :scored AND score BETWEEN 0 AND 7",
}


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
    if wanted & _SOLVES.keys():
        found = _with_solves(order, found, wanted & _SOLVES.keys())
    if "superseded" in wanted:
        found = _with_superseded(data, found)
    if "delivered" in wanted:
        found = _with_deliveries(data, found)
    if "first_of_ticket" in wanted:
        first = _then(found, "first_of_tickets", query(_FIRST_OF_TICKETS))
        found = _then(first, "first_surveys", query(_FIRST, source=exp.to_identifier(found.name)))
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


def _with_superseded(data: "Dataset", found: Prepared) -> Prepared:
    """The rows with superseded: later answers win, or earlier ones, or nobody does."""
    responses = data.settings.definitions["responses"]
    if responses == "all":
        return _then(found, "ranked_surveys", with_columns(found.name, {"superseded": exp.false()}))
    answered = column("responded_at")
    order = column("responded_at", "a")
    steps = {
        "scored_answers": query(_SCORED_ANSWERS, scored=_SCORED, month=_local_month(data, answered)),
        "repeated_answers": query(_REPEATED_ANSWERS),
        "ranked_answers": query(
            _RANKED_ANSWERS, order=order if responses == "first" else exp.Ordered(this=order, desc=True)
        ),
        "ranked_surveys": query(_RANKED, source=exp.to_identifier(found.name)),
    }
    return Prepared("ranked_surveys", {**found.queries, **steps}, found.tables)


def _with_deliveries(data: "Dataset", found: Prepared) -> Prepared:
    """The rows with delivered: of a kind whose deliveries nobody knows, all are."""
    if not data.has("surveys", "delivered_at"):
        return _then(found, "delivered_surveys", with_columns(found.name, {"delivered": exp.true()}))
    source = exp.to_identifier(found.name)
    known = _then(found, "deliveries", query(_DELIVERIES, source=exp.to_identifier(rows_of("surveys"))))
    return _then(known, "delivered_surveys", query(_DELIVERED, source=source))


def _with_solves(order: Order, found: Prepared, wanted: Collection[str]) -> Prepared:
    """The rows with where they stand to the solves of their tickets."""
    needed = frozenset({"first_solved_at", "last_solved_at", "is_resolved"})
    tickets = prepared_tickets(Order(order.data, order.engine, needed))
    solves = query(_SURVEY_SOLVES, tickets=exp.to_identifier(tickets.name))
    solved = query(_SOLVED, source=exp.to_identifier(found.name))
    for name in sorted(wanted):
        made, taken = (exp.alias_(expression(text), name) for text in _SOLVES[name])
        solves, solved = solves.select(made), solved.select(taken)
    steps = {"survey_solves": solves, "solved_surveys": solved}
    return Prepared("solved_surveys", {**found.queries, **tickets.queries, **steps})


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
    **dict.fromkeys(("first_of_ticket", *_SOLVES), (("surveys", ("ticket_id",)),)),
}

SURVEYS: Final = Maker(
    columns={**_COLUMNS, **OUTREACH_COLUMNS}, needs={**_NEEDS, **OUTREACH_NEEDS}, make=_make
)
"""Maker of the prepared columns of surveys."""
