"""How often a human had to write until a ticket was solved: turns of replies, one touch, none, bots alone.

Counts, first and last words decide nearly every ticket. Only where a human wrote several times over more than
a turn, or somebody wrote after the horizon, are the messages put in order.
"""

from collections.abc import Collection
from typing import TYPE_CHECKING, Final

from sqlglot import exp

from cxlib.data.relations import number
from cxlib.data.replies import CloserLook
from cxlib.data.resolutions import horizon_us
from cxlib.data.templates import expression, query, with_columns

if TYPE_CHECKING:
    from cxlib.data.dataset import Dataset

__all__ = ["TOUCHES", "touch_look", "touch_reads", "touch_steps"]

TOUCHES: Final = frozenset({"one_touch", "zero_touch", "bot_resolved", "human_reply_turns"})
"""Prepared columns of tickets that are made here."""

_MINUTE_US: Final = 60_000_000

# A customer's message of the same instant comes before the human's: a reply follows what it replies to. What
# neither of them said in public stands in a row of its own.
_ORDERED: Final = """
SELECT *,
  first_solved_at IS NULL OR sent_at <= first_solved_at + :horizon AS is_in_time,
  LAG(by_human) OVER (
    PARTITION BY ticket_id, by_customer OR by_human ORDER BY sent_at, CASE WHEN by_human THEN 1 ELSE 0 END
  ) AS after_human,
  LAG(sent_at) OVER (
    PARTITION BY ticket_id, by_customer OR by_human ORDER BY sent_at, CASE WHEN by_human THEN 1 ELSE 0 END
  ) AS previous_at
FROM reread
"""
_IN_ORDER: Final = {
    "turns_in_order": """
      COUNT(CASE WHEN by_human AND is_in_time
        AND NOT (COALESCE(after_human, FALSE) AND sent_at - previous_at <= :turn) THEN 1 END)
    """,
    "words_after": "COUNT(CASE WHEN by_customer AND is_in_time AND sent_at > first_human_at THEN 1 END)",
}

_NOBODY_AFTER: Final = "COALESCE(last_customer_at <= first_human_at, TRUE)"
_IN_ONE_GO: Final = "(human_messages = 1 OR last_human_at - first_human_at <= :turn)"
# NULL: not decided by these. More time than all gaps of one turn could take means a second turn.
_ONE_TOUCH_TOLD: Final = """
CASE WHEN COALESCE(reopened_within, FALSE) THEN 0
  WHEN last_customer_at > first_human_at AND last_customer_at <= first_solved_at + :horizon THEN 0
  WHEN :nobody_after AND :in_one_go THEN 1
  WHEN last_human_at <= first_solved_at + :horizon
    AND last_human_at - first_human_at > :turn * (human_messages - 1) THEN 0 END
"""
_ANSWERED_IN_TIME: Final = "COALESCE(first_human_at <= first_solved_at + :horizon, FALSE)"
_ONE_TOUCH: Final = """
CASE WHEN :is_left_out OR NOT :answered_in_time THEN NULL WHEN :reason_came_back THEN 0
  ELSE COALESCE(:told, CASE WHEN turns_in_order = 1 AND words_after = 0 THEN 1 ELSE 0 END) END
"""
_TURNS_TOLD: Final = """
CASE WHEN human_messages = 0 OR first_human_at > first_solved_at + :horizon THEN 0
  WHEN :in_one_go AND (:nobody_after OR first_customer_at > last_human_at) THEN 1 END
"""
_TURNS: Final = "COALESCE(:told, turns_in_order)"
_ZERO_TOUCH: Final = """
CASE WHEN excluded_because IS NOT NULL OR first_solved_at IS NULL THEN NULL
  WHEN first_human_at <= first_solved_at + :horizon THEN 0 ELSE 1 END
"""
_BOT_RESOLVED: Final = """
CASE WHEN excluded_because IS NOT NULL OR first_solved_at IS NULL THEN NULL
  WHEN first_human_at <= first_solved_at + :horizon THEN 0
  WHEN first_desk_at <= first_solved_at + :horizon THEN 1 ELSE 0 END
"""
# Other people's definitions: see docs/definitions.md. They know no ticket that an agent opened.
_VARIANTS: Final = {
    "zendesk": """
      CASE WHEN is_counted AND is_resolved THEN CASE WHEN human_messages < 2 THEN 1 ELSE 0 END END
    """,
    "dbt": """
      CASE WHEN is_counted AND is_resolved THEN CASE WHEN public_agent_messages = 1 THEN 1 ELSE 0 END END
    """,
    "strict": """
      CASE WHEN excluded_because IS NULL AND is_resolved
        THEN CASE WHEN human_messages = 1 AND COALESCE(reopens, 0) = 0 AND :nobody_after THEN 1 ELSE 0 END END
    """,
}
_VARIANT_READS: Final = {
    "default": ("first_customer_at", "last_customer_at", "first_human_at", "last_human_at", "human_messages"),
    "zendesk": ("human_messages",),
    "dbt": ("public_agent_messages",),
    "strict": ("first_human_at", "last_customer_at", "human_messages"),
}
# The next contact of the same customer and reason, if it comes before the horizon.
_SAME_REASON: Final = """
SELECT *, CASE WHEN is_inbound AND customer_id IS NOT NULL AND reason IS NOT NULL THEN LEAD(created_at) OVER (
  PARTITION BY customer_id, reason, is_inbound ORDER BY created_at, ticket_id) END AS reason_back_at
FROM :source
"""


def touch_reads(data: "Dataset", wanted: Collection[str]) -> frozenset[str]:
    """The aggregates of messages that the columns asked for are made of."""
    found: set[str] = set()
    if "one_touch" in wanted:
        found |= {*_VARIANT_READS[_variant(data)]}
    if "human_reply_turns" in wanted:
        found |= {*_VARIANT_READS["default"]}
    if {"zero_touch", "bot_resolved"} & {*wanted}:
        found |= {"first_human_at"}
    return frozenset(found | ({"first_desk_at"} if "bot_resolved" in wanted else set()))


def touch_look(data: "Dataset", wanted: Collection[str]) -> CloserLook:
    """The tickets whose messages have to be read in order, and what is to be found there."""
    doubts = []
    values = _values(data, "one_touch_rate")
    if "one_touch" in wanted and _variant(data) == "default":
        answered = expression(_ANSWERED_IN_TIME, **values)
        told = expression(_ONE_TOUCH_TOLD, **values)
        doubts.append(expression(":answered AND :told IS NULL", answered=answered, told=told))
    if "human_reply_turns" in wanted:
        doubts.append(expression(":told IS NULL", told=expression(_TURNS_TOLD, **values)))
    if not doubts:
        return CloserLook()
    return CloserLook(
        tuple(doubts),
        {name: expression(text, turn=values["turn"]) for name, text in _IN_ORDER.items()},
        "reread_in_order",
        {"reread_in_order": query(_ORDERED, horizon=values["horizon"])},
    )


def touch_steps(data: "Dataset", wanted: Collection[str], source: str) -> dict[str, exp.Query]:
    """The queries to ``touches``, which adds the columns asked for.

    Parameters
    ----------
    data : Dataset
        Its definitions say what one touch is and how long a turn lasts.
    wanted : collection of str
        Some of `TOUCHES`.
    source : str
        Query with excluded_because, the solves, what `touch_reads` names and what `touch_look` finds.
    """
    steps: dict[str, exp.Query] = {}
    if _comes_back(data, wanted):
        steps["came_back"] = query(_SAME_REASON, source=exp.to_identifier(source))
        source = "came_back"
    columns = {name: _column(data, name) for name in sorted(TOUCHES & {*wanted})}
    return steps | {"touches": with_columns(source, columns)}


def _variant(data: "Dataset") -> str:
    return str(data.settings.definitions["one_touch_rate"])


def _comes_back(data: "Dataset", wanted: Collection[str]) -> bool:
    asked = data.settings.definitions["same_reason"] and _variant(data) == "default"
    return bool(asked and "one_touch" in wanted)


def _values(data: "Dataset", metric: str) -> dict[str, exp.Expr]:
    """What the templates of one touch need."""
    turn = number(round(float(data.settings.definitions["reply_turn_minutes"]) * _MINUTE_US))
    return {
        "horizon": number(horizon_us(data, metric)),
        "turn": turn,
        "nobody_after": expression(_NOBODY_AFTER),
        "in_one_go": expression(_IN_ONE_GO, turn=turn),
    }


def _column(data: "Dataset", name: str) -> exp.Expr:
    """One of the columns of `TOUCHES`."""
    if name == "one_touch":
        return _one_touch(data)
    if name == "human_reply_turns":
        return expression(_TURNS, told=expression(_TURNS_TOLD, **_values(data, "one_touch_rate")))
    text, metric = {
        "zero_touch": (_ZERO_TOUCH, "zero_touch_rate"),
        "bot_resolved": (_BOT_RESOLVED, "bot_resolution_share"),
    }[name]
    return expression(text, horizon=number(horizon_us(data, metric)))


def _one_touch(data: "Dataset") -> exp.Expr:
    values = _values(data, "one_touch_rate")
    if _variant(data) != "default":
        return expression(_VARIANTS[_variant(data)], nobody_after=values["nobody_after"])
    back = "COALESCE(reason_back_at <= first_solved_at + :horizon, FALSE)"
    return expression(
        _ONE_TOUCH,
        is_left_out="excluded_because IS NOT NULL",
        answered_in_time=expression(_ANSWERED_IN_TIME, **values),
        reason_came_back=expression(back, **values) if _comes_back(data, {"one_touch"}) else exp.false(),
        told=expression(_ONE_TOUCH_TOLD, **values),
    )
