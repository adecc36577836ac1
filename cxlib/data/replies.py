"""Prepared columns of tickets: which are contacts, how long the first reply took, who still waits."""

from typing import TYPE_CHECKING, Final, cast

import sqlglot
from sqlglot import exp

from cxlib.data.clock import DAY_US, to_microseconds
from cxlib.data.relations import column, number

if TYPE_CHECKING:
    from cxlib.data.dataset import Dataset

__all__ = ["contact_facts", "response_facts"]

# The contact before, of the same customer and reason; a ticket without a customer repeats nothing.
_CONTACTS: Final = """
SELECT *,
  COALESCE(
    is_inbound AND customer_id IS NOT NULL AND created_at - LAG(created_at) OVER (
      PARTITION BY customer_id, reason, is_inbound ORDER BY created_at, ticket_id
    ) <= :week, FALSE) AS is_repeat_contact
FROM (
  SELECT *, is_counted AND COALESCE(initiated_by, 'customer') = 'customer' AS is_inbound
  FROM (
    SELECT *, COALESCE(status NOT IN ('deleted', 'spam', 'test'), TRUE) AS is_counted FROM tickets_rows
  ) AS counted
) AS inbound
"""

# Who wrote when. The opening message of a ticket that an agent opened is no reply: place 1 of humans'.
_WRITTEN: Final = """
SELECT t.ticket_id, m.sent_at, m.author_role = 'customer' AS by_customer, :by_human AS by_human,
  COALESCE(m.public, TRUE) AS is_public, t.created_at,
  MIN(m.sent_at) OVER (PARTITION BY t.ticket_id) AS first_message_at,
  ROW_NUMBER() OVER (
    PARTITION BY t.ticket_id, COALESCE(m.public, TRUE) AND :by_human
    ORDER BY m.sent_at, m.message_id
  ) AS place
FROM tickets_rows AS t JOIN messages_rows AS m ON m.ticket_id = t.ticket_id
"""
_REPLIES: Final = """
SELECT ticket_id,
  MIN(CASE WHEN is_public AND by_customer THEN sent_at END) AS first_customer_at,
  MIN(CASE WHEN is_public AND by_human THEN sent_at END) AS first_human_at,
  MIN(CASE WHEN is_public AND by_human AND sent_at >= created_at THEN sent_at END)
    AS human_since_creation_at,
  MIN(CASE WHEN is_public AND by_human AND sent_at >= created_at
      AND (place > 1 OR sent_at > first_message_at)
      THEN sent_at END) AS human_after_opening_at
FROM written GROUP BY ticket_id
"""

# Events of one second happen in the order of a ticket's life, whatever the order of rows.
_PLACED: Final = """
SELECT *,
  MAX(CASE WHEN status NOT IN ('solved', 'closed') THEN place END) OVER (PARTITION BY ticket_id) AS last_open,
  MAX(place) OVER (PARTITION BY ticket_id) AS last_place
FROM (
  SELECT ticket_id, at, status, at * 16 + CASE status WHEN 'new' THEN 0 WHEN 'open' THEN 1 WHEN 'pending'
  THEN 2
    WHEN 'on_hold' THEN 3 WHEN 'solved' THEN 4 WHEN 'closed' THEN 5 WHEN 'deleted' THEN 6 ELSE 3 END
    AS place
  FROM ticket_events_rows
) AS ranked
"""
_RESOLUTIONS: Final = """
SELECT ticket_id,
  MIN(CASE WHEN status IN ('solved', 'closed') AND (last_open IS NULL OR place > last_open) THEN at END)
    AS resolved_at,
  MAX(CASE WHEN place = last_place THEN status END) AS last_status
FROM placed GROUP BY ticket_id
"""
_MERGED: Final = """
SELECT merged_into, MIN(created_at) AS earliest_at FROM tickets_rows
WHERE merged_into IS NOT NULL GROUP BY merged_into
"""

# A ticket without events keeps what its own columns say.
_JOINED: Final = """
SELECT t.*, :opened_at AS opened_at, r.ticket_id IS NOT NULL AS has_messages, r.first_customer_at,
  r.first_human_at, r.human_since_creation_at, r.human_after_opening_at,
  CASE WHEN t.status IN ('deleted', 'spam', 'test') OR e.ticket_id IS NULL THEN t.status ELSE e.last_status
  END
    AS status_seen,
  CASE WHEN e.ticket_id IS NOT NULL THEN e.resolved_at
    WHEN COALESCE(t.status, 'solved') IN ('solved', 'closed') THEN t.solved_at END AS resolved_at
FROM tickets_prepared AS t
LEFT JOIN replies AS r ON r.ticket_id = t.ticket_id
LEFT JOIN resolutions AS e ON e.ticket_id = t.ticket_id
LEFT JOIN merged AS g ON g.merged_into = t.ticket_id
"""
_HUMAN_START: Final = """
CASE WHEN first_customer_at > opened_at AND (first_human_at IS NULL OR first_human_at >= first_customer_at)
  THEN first_customer_at ELSE opened_at END
"""
_HUMAN_REPLY: Final = """
CASE WHEN first_customer_at > opened_at AND (first_human_at IS NULL OR first_human_at >= first_customer_at)
  THEN first_human_at ELSE human_since_creation_at END
"""
_OTHERS_REPLY: Final = """
CASE WHEN initiated_by = 'agent' THEN human_after_opening_at ELSE human_since_creation_at END
"""
_RESPONDED: Final = "SELECT *, :start AS first_response_start, :reply AS first_response_at FROM joined"
_STATES: Final = """
SELECT *,
  CASE WHEN excluded_because IS NOT NULL THEN 'excluded' WHEN first_response_at IS NOT NULL THEN 'answered'
    WHEN resolved_at IS NOT NULL THEN 'solved_without_reply' ELSE 'waiting' END AS first_response_state,
  GREATEST(COALESCE(first_response_at, resolved_at, :as_of), first_response_start) AS first_response_stop
FROM (
  SELECT *,
    CASE WHEN status_seen IN ('deleted', 'spam', 'test') THEN status_seen
      WHEN merged_into IS NOT NULL THEN 'merged'
      WHEN :leave_out_own AND initiated_by <> 'customer' THEN 'agent_initiated'
      WHEN :leave_out_own AND has_messages AND first_customer_at IS NULL THEN 'no_customer_message'
      WHEN first_response_at IS NULL AND resolved_at IS NULL AND status_seen IN ('solved', 'closed')
        THEN 'no_solve_instant' END AS excluded_because
  FROM responded
) AS judged
"""
_WAITS: Final = "SELECT *, first_response_stop - first_response_start AS first_response_wait FROM states"


def contact_facts() -> exp.Query:
    """The rows of tickets with what counts of contacts need: is_counted, is_inbound, is_repeat_contact."""
    return _query(_CONTACTS, week=number(7 * DAY_US))


def response_facts(data: "Dataset") -> dict[str, exp.Query]:
    """The steps from tickets, messages and events to the first response of each ticket, as named queries.

    Parameters
    ----------
    data : Dataset
        Its definitions say whose message is a reply, and from when the wait is counted.
    """
    definitions = data.settings.definitions
    bots = "m.author_role <> 'customer'"
    people = "m.author_role = 'agent' AND NOT COALESCE(m.is_auto, FALSE)"
    by_human = _expression(bots if definitions["bots_as_agents"] else people)
    ours = definitions["first_response_time"] == "human"
    earliest = exp.func("LEAST", column("created_at", "t"), column("earliest_at", "g"))
    opened = earliest if definitions["merge_creation"] == "earliest" else column("created_at", "t")
    if data.has("messages"):
        start = _expression(_HUMAN_START) if ours else column("opened_at")
        reply = _expression(_HUMAN_REPLY if ours else _OTHERS_REPLY)
    else:
        start, reply = column("opened_at"), column("first_replied_at")
    return {
        "written": _query(_WRITTEN, by_human=exp.Paren(this=by_human)),
        "replies": _query(_REPLIES),
        "placed": _query(_PLACED),
        "resolutions": _query(_RESOLUTIONS),
        "merged": _query(_MERGED),
        "joined": _query(_JOINED, opened_at=opened),
        "responded": _query(_RESPONDED, start=start, reply=reply),
        "states": _query(
            _STATES,
            as_of=number(to_microseconds(data.as_of)),
            leave_out_own=exp.true() if ours else exp.false(),
        ),
        "waits": _query(_WAITS),
    }


def _expression(text: str) -> exp.Expr:
    return sqlglot.parse_one(text, dialect="duckdb")


def _query(text: str, **values: exp.Expr) -> exp.Query:
    """A constant query with its placeholders filled by trees."""
    return cast(exp.Query, exp.replace_placeholders(sqlglot.parse_one(text, dialect="duckdb"), **values))
