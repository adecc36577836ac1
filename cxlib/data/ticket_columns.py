"""Which prepared columns tickets have, what each needs, and the queries that make those asked for."""

from dataclasses import replace
from typing import Final

import pyarrow as pa
from sqlglot import exp

from cxlib.data.contact_columns import CONTACTS, contact_steps
from cxlib.data.lesson_issues import LESSON_ISSUES, with_lesson_issues
from cxlib.data.page_keys import with_page
from cxlib.data.prepared import Maker, Order, Prepared, PreparedType, Ways
from cxlib.data.relations import column, rows_of, table_rows
from cxlib.data.repeats import REPEATS, repeat_steps
from cxlib.data.replies import exchange_steps, reread_steps
from cxlib.data.resolutions import resolution_steps
from cxlib.data.responses import WAITS, resolution_waits, response_reads, response_steps, whose_replies
from cxlib.data.templates import expression, with_columns
from cxlib.data.touches import TOUCHES, touch_look, touch_reads, touch_steps
from cxlib.data.waits import open_at, used_up, with_open_time

__all__ = ["TICKETS", "prepared_tickets"]

_RESOLUTIONS: Final = frozenset(
    {
        *("status_seen", "is_resolved", "first_solved_at", "last_solved_at", "reopens", "reopened_within"),
        "first_reopened_at",
        *("first_resolution_wait", "first_resolution_ended", "first_resolution_business_wait"),
        *("full_resolution_wait", "full_resolution_ended", "full_resolution_business_wait"),
    }
)
_COUNTS: Final = frozenset({"human_messages", "public_agent_messages"})
_INSIDE: Final = frozenset({"opened_at"} | {name for pair in WAITS.values() for name in pair})


def prepared_tickets(order: Order) -> Prepared:
    """The rows of tickets with the columns asked for; beside the declared ones also `_INSIDE` ones.

    Parameters
    ----------
    order : Order
        Each kind of column has its step, which is made only if one of its kind is wanted.
    """
    made = _made(replace(order, wanted=order.wanted - LESSON_ISSUES - {"page"}))
    if order.wanted & LESSON_ISSUES:
        made = with_lesson_issues(order.data, made)
    return with_page(order, made) if "page" in order.wanted else made


def _made(order: Order) -> Prepared:
    """The rows of tickets with what their own columns, messages and events tell."""
    data, wanted = order.data, order.wanted
    steps: dict[str, exp.Query] = contact_steps(
        data, table_rows(data, order.engine, "tickets", extra=order.extra), wanted
    )
    last = "tickets_prepared"
    if wanted - CONTACTS - REPEATS:
        if data.has("ticket_events"):
            steps[rows_of("ticket_events")] = table_rows(data, order.engine, "ticket_events")
        steps |= resolution_steps(data)
        last = "resolved"
    if wanted - CONTACTS - REPEATS - _RESOLUTIONS:
        last = _add_messages(order, steps)
    if any(name.startswith(("first_resolution", "full_resolution")) for name in wanted):
        steps["resolutions"] = resolution_waits(data, last)
        last = "resolutions"
    if wanted & REPEATS:
        steps.setdefault(rows_of("messages"), table_rows(data, order.engine, "messages"))
        steps |= repeat_steps(data, last)
        last = "repeated"
    return _with_clocks(order, steps, last)


def _add_messages(order: Order, steps: dict[str, exp.Query]) -> str:
    """What the messages tell: replies, exclusions, touches; the name of the last query."""
    data, wanted = order.data, order.wanted
    steps[rows_of("messages")] = table_rows(data, order.engine, "messages")
    reads = response_reads(data, wanted) | touch_reads(data, wanted) | (_COUNTS & wanted)
    steps |= exchange_steps(data, reads)
    last = "exchanged"
    whose, closer = whose_replies(wanted), touch_look(data, wanted)
    if data.has("messages") and (whose or closer.doubts):
        # under another name: an engine would keep all rows of a query that is read twice
        steps["messages_again"] = table_rows(data, order.engine, "messages")
        steps |= reread_steps(data, whose, closer)
        last = "looked"
    steps |= response_steps(data, wanted, last)
    last = "answered"
    if wanted & TOUCHES:
        steps |= touch_steps(data, wanted, last)
        last = "touches"
    return last


def _with_clocks(order: Order, steps: dict[str, exp.Query], last: str) -> Prepared:
    """Waits on the business clock and against the target, where they are asked for."""
    data, wanted = order.data, order.wanted
    target = data.settings.targets.get("first_response_time") or {}
    against = "first_response_used_up" in wanted and bool(target.get("minutes"))
    timed = {name for name in WAITS if f"{name}_business_wait" in wanted}
    if against and target.get("clock") == "business":
        timed.add("first_response")
    tables: dict[str, pa.Table] = {}
    if timed:
        instants = {instant for name in timed for instant in WAITS[name]}
        steps["open_times"], tables = with_open_time(data, last, instants)
        steps["business_waits"] = with_columns(
            "open_times", {f"{name}_business_wait": _open_wait(name) for name in sorted(timed)}
        )
        last = "business_waits"
    if against:
        clock = "business_wait" if target.get("clock") == "business" else "wait"
        share = used_up(target, column(f"first_response_{clock}"))
        steps["used_up"] = with_columns(last, {"first_response_used_up": share})
        last = "used_up"
    return Prepared(last, steps, tables)


def _open_wait(name: str) -> exp.Expr:
    start, stop = WAITS[name]
    return expression(":stop - :start", stop=column(open_at(stop)), start=column(open_at(start)))


_COLUMNS: Final[dict[str, PreparedType]] = {
    "is_counted": "bool",
    "is_inbound": "bool",
    "is_issue": "bool",
    "is_urgent": "bool",
    "is_urgent_mismatch": "bool",
    "is_unassigned": "bool",
    "is_repeat_contact": "bool",
    "status_seen": "text",
    "is_resolved": "bool",
    "first_solved_at": "instant",
    "last_solved_at": "instant",
    "reopens": "number",
    "reopened_within": "bool",
    "first_reopened_at": "instant",
    "first_resolution_wait": "interval",
    "first_resolution_ended": "bool",
    "first_resolution_business_wait": "interval",
    "full_resolution_wait": "interval",
    "full_resolution_ended": "bool",
    "full_resolution_business_wait": "interval",
    "excluded_because": "text",
    "first_response_at": "instant",
    "first_response_state": "text",
    "first_response_wait": "interval",
    "first_response_business_wait": "interval",
    "first_response_used_up": "interval",
    "first_touch_at": "instant",
    "first_touch_state": "text",
    "first_touch_wait": "interval",
    "first_touch_business_wait": "interval",
    "acknowledged": "bool",
    "human_reply_turns": "number",
    "one_touch": "number",
    "zero_touch": "number",
    "bot_resolved": "number",
    "human_messages": "number",
    "public_agent_messages": "number",
    "second_message_at": "instant",
    "unanswered_repeat": "number",
    "is_lesson_issue": "bool",
    "is_lesson_repeat": "bool",
    "page": "category",
}
_SPOKEN: Final[Ways] = (("messages", ()),)
_ANSWERED: Final[Ways] = (*_SPOKEN, ("tickets", ("first_replied_at",)))
_SOLVED: Final[Ways] = (("ticket_events", ()), ("tickets", ("solved_at",)))
_NEEDS: Final[dict[str, Ways]] = {
    "is_issue": (("tickets", ("reason",)),),
    "is_urgent": (("tickets", ("reason",)),),
    "is_urgent_mismatch": (("tickets", ("reason", "priority")),),
    "is_unassigned": (("tickets", ("assignee",)),),
    "is_repeat_contact": (("tickets", ("customer_id", "reason")),),
    "status_seen": (("ticket_events", ()), ("tickets", ("status",))),
    "reopens": (("ticket_events", ()), ("tickets", ("reopens",))),
    "reopened_within": (("ticket_events", ()), ("tickets", ("solved_at", "reopens"))),
    "first_reopened_at": (("ticket_events", ()),),
    **dict.fromkeys(("is_resolved", "first_solved_at", "last_solved_at"), _SOLVED),
    **{name: _SOLVED for name in _COLUMNS if name.startswith(("first_resolution", "full_resolution"))},
    **{name: _ANSWERED for name in _COLUMNS if name.startswith("first_response")},
    **{name: _SPOKEN for name in _COLUMNS if name.startswith("first_touch")},
    **dict.fromkeys(("is_lesson_issue", "is_lesson_repeat"), (("tickets", ("reason",)),)),
    "page": (("tickets", ("page_url",)),),
    **dict.fromkeys((*TOUCHES, *REPEATS, *_COUNTS, "acknowledged"), _SPOKEN),
}

TICKETS: Final = Maker(columns=_COLUMNS, needs=_NEEDS, make=prepared_tickets)
"""Maker of the prepared columns of tickets."""
