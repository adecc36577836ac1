"""When tickets were solved and reopened: a replay of their events, or without any what their columns say."""

from typing import TYPE_CHECKING, Final

from sqlglot import exp

from cxlib.data.clock import DAY_US
from cxlib.data.relations import number
from cxlib.data.templates import expression, query

if TYPE_CHECKING:
    from cxlib.data.dataset import Dataset

__all__ = ["horizon_us", "placed_events", "resolution_steps"]

# Events of one instant happen in the order of a ticket's life, whatever the order of rows: an event's place
# is its instant times 16 and this. What we do not know is some kind of open.
_PLACED: Final = """
SELECT ticket_id, at, status, status IN ('solved', 'closed') AS is_done,
  status IN ('deleted', 'spam', 'test') AS is_gone,
  at * 16 + CASE status WHEN 'new' THEN 0 WHEN 'open' THEN 1 WHEN 'pending' THEN 2 WHEN 'on_hold' THEN 3
    WHEN 'solved' THEN 5 WHEN 'closed' THEN 6 WHEN 'deleted' THEN 7 WHEN 'spam' THEN 8 WHEN 'test' THEN 9
    ELSE 4 END AS place
FROM ticket_events_rows
"""
_LIVES: Final = """
SELECT ticket_id, MIN(CASE WHEN is_done THEN place END) AS first_done,
  MAX(CASE WHEN NOT is_done AND NOT is_gone THEN place END) AS last_open, MAX(place) AS last_place
FROM placed_events GROUP BY ticket_id
"""
# Only tickets with an open status after a solve have to be replayed step by step.
_REPLAYS: Final = """
SELECT ticket_id, COUNT(CASE WHEN is_reopening THEN 1 END) AS reopens,
  MIN(CASE WHEN is_reopening THEN at END) AS first_reopened_at,
  MIN(CASE WHEN is_done AND place > last_open THEN at END) AS last_solved_at
FROM (
  SELECT *, NOT is_done AND NOT is_gone AND COALESCE(was_done, FALSE) AS is_reopening
  FROM (
    SELECT e.ticket_id, e.at, e.place, e.is_done, e.is_gone, l.last_open,
      LAG(e.is_done) OVER (PARTITION BY e.ticket_id ORDER BY e.place) AS was_done
    FROM placed_events AS e JOIN lives AS l ON l.ticket_id = e.ticket_id AND l.last_open > l.first_done
  ) AS stepped
) AS replayed GROUP BY ticket_id
"""
# A ticket without events keeps what its own columns say; of an unknown status the ticket's own name is kept.
_RESOLVED: Final = """
SELECT *,
  CASE WHEN last_place IS NULL THEN is_resolved_by_itself
    ELSE status_seen IS NOT NULL AND status_seen IN ('solved', 'closed') END AS is_resolved,
  CASE WHEN last_place IS NULL THEN solved_by_itself_at
    WHEN status_seen IN ('solved', 'closed') THEN COALESCE(replayed_solved_at, first_done_at) END
    AS last_solved_at,
  CASE WHEN last_place IS NULL THEN solved_by_itself_at ELSE first_done_at END AS first_solved_at,
  CASE WHEN last_place IS NULL THEN given_reopens ELSE COALESCE(replayed_reopens, 0) END AS reopens,
  CASE WHEN last_place IS NULL AND solved_by_itself_at IS NOT NULL THEN given_reopens > 0
    WHEN first_done_at IS NOT NULL THEN COALESCE(first_reopened_at - first_done_at <= :horizon, FALSE) END
    AS reopened_within
FROM (
  SELECT t.*, CAST(l.first_done // 16 AS BIGINT) AS first_done_at, l.last_place,
    r.reopens AS replayed_reopens, r.first_reopened_at, r.last_solved_at AS replayed_solved_at,
    COALESCE(t.status IN ('solved', 'closed'), t.solved_at IS NOT NULL) AS is_resolved_by_itself,
    CASE WHEN COALESCE(t.status, 'solved') IN ('solved', 'closed') THEN t.solved_at END
      AS solved_by_itself_at,
    CASE WHEN t.status IN ('deleted', 'spam', 'test') OR l.last_place IS NULL THEN t.status
      ELSE :last_status END AS status_seen
  FROM tickets_prepared AS t
  LEFT JOIN lives AS l ON l.ticket_id = t.ticket_id
  LEFT JOIN replays AS r ON r.ticket_id = t.ticket_id
) AS seen
"""
_LAST_STATUS: Final = """
CASE l.last_place - l.last_place // 16 * 16 WHEN 0 THEN 'new' WHEN 1 THEN 'open' WHEN 2 THEN 'pending'
  WHEN 3 THEN 'on_hold' WHEN 5 THEN 'solved' WHEN 6 THEN 'closed' WHEN 7 THEN 'deleted' WHEN 8 THEN 'spam'
  WHEN 9 THEN 'test' ELSE CASE WHEN t.status IN ('new', 'pending', 'on_hold', 'solved', 'closed') THEN 'open'
  ELSE COALESCE(t.status, 'open') END END
"""
_BY_THEMSELVES: Final = """
SELECT *, CAST(NULL AS BIGINT) AS last_place, status AS status_seen,
  COALESCE(status IN ('solved', 'closed'), solved_at IS NOT NULL) AS is_resolved,
  CASE WHEN COALESCE(status, 'solved') IN ('solved', 'closed') THEN solved_at END AS first_solved_at,
  CASE WHEN COALESCE(status, 'solved') IN ('solved', 'closed') THEN solved_at END AS last_solved_at,
  given_reopens AS reopens,
  CASE WHEN solved_at IS NOT NULL AND COALESCE(status, 'solved') IN ('solved', 'closed')
    THEN given_reopens > 0 END AS reopened_within
FROM tickets_prepared
"""


def resolution_steps(data: "Dataset") -> dict[str, exp.Query]:
    """The queries from ``tickets_prepared`` to ``resolved``, which adds what became of each ticket.

    Columns added: status_seen, is_resolved, first_solved_at, last_solved_at, reopens, reopened_within, and
    where there are events first_reopened_at. The events are aggregated once; a window is run only over those
    of tickets that were open after a solve.

    Parameters
    ----------
    data : Dataset
        With ticket_events, or without: then a solve is tickets.solved_at, and reopens above 0 mean a reopen
        within the horizon.
    """
    if not data.has("ticket_events"):
        return {"resolved": query(_BY_THEMSELVES)}
    horizon = number(horizon_us(data, "reopen_rate"))
    return {
        **placed_events(),
        "lives": query(_LIVES),
        "replays": query(_REPLAYS),
        "resolved": query(_RESOLVED, horizon=horizon, last_status=expression(_LAST_STATUS)),
    }


def placed_events() -> dict[str, exp.Query]:
    """The events with their order within a ticket, ``place``, and ``is_done`` and ``is_gone``."""
    return {"placed_events": query(_PLACED)}


def horizon_us(data: "Dataset", metric: str, *, days: float = 7.0) -> int:
    """How long after its basis an outcome of a metric counts, microseconds.

    Parameters
    ----------
    data : Dataset
        Its ``[metrics.NAME] horizon_days`` wins.
    metric : str
        Name of the metric.
    days : float
        Where nothing is set.
    """
    return round(float(data.settings.metrics.get(metric, {}).get("horizon_days", days)) * DAY_US)
