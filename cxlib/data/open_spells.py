"""Spells in which a ticket was open: from its creation to its solve, and again after each reopening."""

from typing import Final

from sqlglot import exp

from cxlib.data.belonging import belonging_rows, tickets_of
from cxlib.data.prepared import Maker, Order, Prepared
from cxlib.data.templates import query

__all__ = ["OPEN_SPELLS"]

# Left out: what is counted nowhere, and what was resolved nobody knows when.
_FIRST: Final = """
SELECT ticket_id, opened_at,
  CASE WHEN first_solved_at IS NOT NULL THEN GREATEST(first_solved_at, opened_at) END AS left_at
FROM :tickets
WHERE COALESCE(status_seen NOT IN ('deleted', 'spam', 'test'), TRUE)
  AND (first_solved_at IS NOT NULL OR NOT is_resolved)
"""
# Only tickets that were open after a solve are replayed: a spell begins where what was done is done no more.
_STEPS: Final = """
SELECT e.ticket_id, e.at, e.place, e.is_done,
  LAG(e.is_done) OVER (PARTITION BY e.ticket_id ORDER BY e.place) AS was_done
FROM placed_events AS e JOIN lives AS l ON l.ticket_id = e.ticket_id AND l.last_open > l.first_done
WHERE NOT e.is_gone
"""
_CHANGES: Final = """
SELECT ticket_id, at AS opened_at, is_done, was_done,
  LEAD(at) OVER (PARTITION BY ticket_id ORDER BY place) AS left_at
FROM open_steps WHERE was_done IS NULL OR was_done <> is_done
"""
_LATER: Final = """
SELECT c.ticket_id, GREATEST(c.opened_at, t.opened_at) AS opened_at,
  CASE WHEN c.left_at IS NOT NULL THEN GREATEST(c.left_at, t.opened_at) END AS left_at
FROM open_changes AS c JOIN :tickets AS t ON t.ticket_id = c.ticket_id
WHERE NOT c.is_done AND c.was_done AND COALESCE(t.status_seen NOT IN ('deleted', 'spam', 'test'), TRUE)
"""


def _make(order: Order) -> Prepared:
    """The spells, each with its ticket."""
    tickets = tickets_of(order, ("first_solved_at", "status_seen", "is_resolved"))
    source = exp.to_identifier(tickets.name)
    steps = dict(tickets.queries)
    spells = [query(_FIRST, tickets=source)]
    if order.data.has("ticket_events"):
        steps |= {"open_steps": query(_STEPS), "open_changes": query(_CHANGES)}
        spells.append(query(_LATER, tickets=source))
    steps["open_spells_alone"] = exp.union(*spells, distinct=False) if len(spells) > 1 else spells[0]
    parts = Prepared("open_spells_alone", steps, tickets.tables)
    return belonging_rows(order, "open_spells", {}, parts, tickets.name)


OPEN_SPELLS: Final = Maker(columns={}, needs={}, make=_make)
"""Maker of open_spells."""
