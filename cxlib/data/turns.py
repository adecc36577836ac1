"""Customer turns: consecutive public words of the customer, until a human answers."""

from typing import Final

from cxlib.data.belonging import belonging_rows, tickets_of
from cxlib.data.clock import to_microseconds
from cxlib.data.prepared import Maker, Order, Prepared, PreparedType
from cxlib.data.relations import number, rows_of, table_rows
from cxlib.data.replies import human_role
from cxlib.data.resolutions import horizon_us
from cxlib.data.templates import query

__all__ = ["TURNS", "turn_steps"]

# A customer's message of the same instant comes before the human's: a reply follows what it replies to.
_SIDES: Final = """
SELECT ticket_id, sent_at, by_human,
  LAG(by_human) OVER (
    PARTITION BY ticket_id ORDER BY sent_at, CASE WHEN by_human THEN 1 ELSE 0 END
  ) AS after_human
FROM (
  SELECT ticket_id, sent_at, author_role = 'customer' AS by_customer, :by_human AS by_human
  FROM messages_rows WHERE COALESCE(public, TRUE)
) AS said WHERE by_customer OR by_human
"""
_CHANGES: Final = """
SELECT ticket_id, sent_at AS started_at, by_human,
  LEAD(sent_at) OVER (
    PARTITION BY ticket_id ORDER BY sent_at, CASE WHEN by_human THEN 1 ELSE 0 END
  ) AS answered_at
FROM sides WHERE after_human IS NULL OR after_human <> by_human
"""
_TURNS: Final = """
SELECT ticket_id, started_at, answered_at, COALESCE(answered_at, :as_of) - started_at AS wait,
  answered_at IS NOT NULL AS ended, answered_at IS NOT NULL OR :as_of - started_at >= :horizon AS known
FROM side_changes WHERE NOT by_human
"""
_COLUMNS: Final[dict[str, PreparedType]] = {"wait": "interval"}


def turn_steps(order: Order) -> Prepared:
    """The turns by themselves: ticket_id, started_at, answered_at, wait, ended, known.

    Parameters
    ----------
    order : Order
        Whose data say who is human; unanswered turns wait until `as_of`.
    """
    data = order.data
    as_of, horizon = number(to_microseconds(data.as_of)), number(horizon_us(data, "unanswered_share", days=1))
    steps = {
        rows_of("messages"): table_rows(data, order.engine, "messages"),
        "sides": query(_SIDES, by_human=human_role(data)),
        "side_changes": query(_CHANGES),
        "turns_alone": query(_TURNS, as_of=as_of, horizon=horizon),
    }
    return Prepared("turns_alone", dict(steps))


def _make(order: Order) -> Prepared:
    """The turns, each with its ticket."""
    tickets, turns = tickets_of(order), turn_steps(order)
    parts = Prepared(turns.name, {**tickets.queries, **turns.queries}, tickets.tables)
    return belonging_rows(order, "turns", _COLUMNS, parts, tickets.name)


TURNS: Final = Maker(columns=_COLUMNS, needs={}, make=_make)
"""Maker of turns."""
