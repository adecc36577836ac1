"""Stays of tickets in their statuses, from the events: when each was entered and left."""

from typing import Final

from sqlglot import exp

from cxlib.data.belonging import belonging_rows, tickets_of
from cxlib.data.clock import to_microseconds
from cxlib.data.prepared import Maker, Order, Prepared, PreparedType
from cxlib.data.relations import number
from cxlib.data.templates import query

__all__ = ["STATUSES", "stay_steps"]

# A ticket is new until its first event says otherwise; an event before its creation counts from there.
_LIFE: Final = """
SELECT e.ticket_id, GREATEST(e.at, t.opened_at) AS at, e.status, e.is_gone, e.place
FROM placed_events AS e JOIN :tickets AS t ON t.ticket_id = e.ticket_id
UNION ALL
SELECT t.ticket_id, t.opened_at AS at, 'new' AS status, FALSE AS is_gone, t.opened_at * 16 AS place
FROM :tickets AS t JOIN (
  SELECT ticket_id, MIN(at) AS first_at FROM placed_events GROUP BY ticket_id
) AS f ON f.ticket_id = t.ticket_id AND f.first_at > t.opened_at
"""
# A repeated status continues the stay; deleted, spam and test end the one before and are none.
_ENTRIES: Final = """
SELECT ticket_id, at AS entered_at, status, is_gone,
  LEAD(at) OVER (PARTITION BY ticket_id ORDER BY place) AS left_at
FROM (
  SELECT *, LAG(status) OVER (PARTITION BY ticket_id ORDER BY place) AS previous FROM status_steps
) AS stepped WHERE previous IS NULL OR previous <> status
"""
_STAYS: Final = """
SELECT ticket_id, status, entered_at, left_at, COALESCE(left_at, :as_of) - entered_at AS stay,
  left_at IS NOT NULL AS ended
FROM status_entries WHERE NOT is_gone
"""
_COLUMNS: Final[dict[str, PreparedType]] = {"stay": "interval"}


def stay_steps(order: Order, tickets: str) -> dict[str, exp.Query]:
    """The queries to ``stays``: ticket_id, status, entered_at, left_at, stay, ended.

    Parameters
    ----------
    order : Order
        Whose data are seen at an `as_of`: there a stay that has not ended is cut.
    tickets : str
        Query with opened_at of the tickets, made after their events were placed.
    """
    return {
        "status_steps": query(_LIFE, tickets=exp.to_identifier(tickets)),
        "status_entries": query(_ENTRIES),
        "stays": query(_STAYS, as_of=number(to_microseconds(order.data.as_of))),
    }


def _make(order: Order) -> Prepared:
    """The stays, each with its ticket."""
    tickets = tickets_of(order, ("status_seen",))
    steps = {**tickets.queries, **stay_steps(order, tickets.name)}
    parts = Prepared("stays", steps, tickets.tables)
    return belonging_rows(order, "statuses", _COLUMNS, parts, tickets.name)


STATUSES: Final = Maker(columns=_COLUMNS, needs={}, make=_make)
"""Maker of statuses."""
