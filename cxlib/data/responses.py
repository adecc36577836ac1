"""When a ticket got its first reply, when it was resolved, and how long each took by the calendar."""

from collections.abc import Collection
from typing import TYPE_CHECKING, Final

from sqlglot import exp

from cxlib.data.clock import to_microseconds
from cxlib.data.relations import column, number
from cxlib.data.replies import is_ours, reply_of, start_of
from cxlib.data.templates import expression, with_columns

if TYPE_CHECKING:
    from cxlib.data.dataset import Dataset

__all__ = ["WAITS", "resolution_waits", "response_reads", "response_steps", "whose_replies"]

WAITS: Final = {
    "first_response": ("first_response_start", "first_response_stop"),
    "first_touch": ("first_touch_start", "first_touch_stop"),
    "first_resolution": ("opened_at", "first_resolution_stop"),
    "full_resolution": ("opened_at", "full_resolution_stop"),
}
"""Start and stop column of each wait; a wait that has not ended stops at the solve, else at `as_of`."""

_WHO: Final = {"first_response": "human", "first_touch": "desk"}
_MINUTE_US: Final = 60_000_000

# Resolved without any instant: when is not known, so that it is no wait at all, not one that still runs.
_RESOLUTION: Final = """
CASE WHEN :solved_at IS NULL AND is_resolved THEN NULL
  ELSE GREATEST(COALESCE(:solved_at, :as_of), opened_at) END
"""
_EXCLUDED: Final = """
CASE WHEN status_seen IN ('deleted', 'spam', 'test') THEN status_seen
  WHEN merged_into IS NOT NULL THEN 'merged'
  WHEN initiated_by <> 'customer' THEN 'agent_initiated'
  WHEN :no_customer_message THEN 'no_customer_message'
  WHEN :unanswered AND is_resolved AND last_solved_at IS NULL THEN 'no_solve_instant' END
"""
# The vendor counts tickets that an agent opened.
_IS_LEFT_OUT: Final = {
    True: "excluded_because IS NOT NULL OR :no_instant",
    False: "status_seen IN ('deleted', 'spam', 'test') OR merged_into IS NOT NULL OR :no_instant",
}
_NO_INSTANT: Final = ":reply_at IS NULL AND is_resolved AND last_solved_at IS NULL"
_STATE: Final = """
CASE WHEN :is_left_out THEN 'excluded' WHEN :reply_at IS NOT NULL THEN 'answered'
  WHEN last_solved_at IS NOT NULL THEN 'solved_without_reply' ELSE 'waiting' END
"""
_SILENT: Final = "has_messages AND first_customer_at IS NULL"
_ACKNOWLEDGED: Final = "first_touch_state = 'answered' AND first_touch_wait <= :limit"
_STOP: Final = "GREATEST(COALESCE(:reply_at, last_solved_at, :as_of), :start_at)"
# A word of ours before the customer's first one starts the clock of the touch earlier than that of the reply:
# a touch is never slower than the reply.
_TOUCH_STOP: Final = """
CASE WHEN first_response_state = 'answered'
  THEN LEAST(:stop, first_touch_start + first_response_stop - first_response_start) ELSE :stop END
"""


def resolution_waits(data: "Dataset", source: str) -> exp.Select:
    """The rows of a query with first_resolution and full_resolution: stop, wait and ended.

    Parameters
    ----------
    data : Dataset
        Seen at its `as_of`: there a wait that has not ended is cut.
    source : str
        Query with opened_at, is_resolved and the solves.
    """
    columns: dict[str, exp.Expr] = {}
    for name, solved in {"first_resolution": "first_solved_at", "full_resolution": "last_solved_at"}.items():
        stop = expression(_RESOLUTION, solved_at=solved, as_of=_as_of(data))
        columns[f"{name}_stop"] = stop
        columns[f"{name}_wait"] = expression(":stop - opened_at", stop=stop)
        columns[f"{name}_ended"] = expression(":solved_at IS NOT NULL", solved_at=solved)
    return with_columns(source, columns)


def whose_replies(wanted: Collection[str]) -> list[str]:
    """Whose first replies have to be known for the columns asked for: a human's, anybody's of the desk."""
    touch = any(name.startswith("first_touch") or name == "acknowledged" for name in wanted)
    response = any(name.startswith("first_response") for name in wanted)
    return (["human"] if touch or response else []) + (["desk"] if touch else [])


def response_reads(data: "Dataset", wanted: Collection[str]) -> frozenset[str]:
    """The aggregates of messages that the columns asked for are made of."""
    whose = whose_replies(wanted)
    found = {"first_customer_at", "first_human_at", *(f"first_{who}_at" for who in whose)}
    return frozenset(found if not whose or is_ours(data) else {*found, "first_message_at"})


def response_steps(data: "Dataset", wanted: Collection[str], source: str) -> dict[str, exp.Query]:
    """The queries to ``answered``, which adds excluded_because and the first responses and touches asked for.

    Parameters
    ----------
    data : Dataset
        Its definitions say from when the wait is counted and who is left out.
    wanted : collection of str
        Prepared columns that will be read.
    source : str
        Query with the solves and what `response_reads` names.
    """
    spoken = data.has("messages")
    steps: dict[str, exp.Query] = {
        "judged": with_columns(
            source,
            {
                "excluded_because": expression(
                    _EXCLUDED,
                    no_customer_message=expression(_SILENT) if spoken else exp.false(),
                    unanswered=expression(f"{'first_human_at' if spoken else 'first_replied_at'} IS NULL"),
                )
            },
        )
    }
    last = "judged"
    for name in [name for name, who in _WHO.items() if who in whose_replies(wanted)]:
        steps[f"{name}_times"] = with_columns(last, _times(data, name))
        steps[f"{name}_states"] = with_columns(f"{name}_times", _states(data, name))
        last = f"{name}_states"
    limit = round(float(data.settings.definitions["acknowledged_minutes"]) * _MINUTE_US)
    told = (
        {"acknowledged": expression(_ACKNOWLEDGED, limit=number(limit))} if "acknowledged" in wanted else {}
    )
    return steps | {"answered": with_columns(last, told)}


def _times(data: "Dataset", name: str) -> dict[str, exp.Expr]:
    """When a wait begins and when its reply came."""
    who = _WHO[name]
    return {f"{name}_start": start_of(data, f"first_{who}_at"), f"{name}_at": reply_of(data, who)}


def _states(data: "Dataset", name: str) -> dict[str, exp.Expr]:
    """What became of a wait, when it stopped, and how long it was."""
    reply = column(f"{name}_at")
    left_out = expression(_IS_LEFT_OUT[is_ours(data)], no_instant=expression(_NO_INSTANT, reply_at=reply))
    stop = expression(_STOP, reply_at=reply, as_of=_as_of(data), start_at=column(f"{name}_start"))
    if name == "first_touch":
        stop = expression(_TOUCH_STOP, stop=stop)
    return {
        f"{name}_state": expression(_STATE, is_left_out=left_out, reply_at=reply),
        f"{name}_stop": stop,
        f"{name}_wait": expression(":stop - :start", stop=stop, start=column(f"{name}_start")),
    }


def _as_of(data: "Dataset") -> exp.Expr:
    return number(to_microseconds(data.as_of))
