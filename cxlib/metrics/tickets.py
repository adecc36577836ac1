"""Metrics of tickets: how fast customers are answered, and how well.

Only tickets that customers opened count, no merged, deleted, spam or test ones; which ones were left out, and
why, is counted with every figure.
"""

from dataclasses import replace
from typing import Final

from cxlib.metrics.metric import Metric
from cxlib.metrics.variants import business, p90, restricted_mean, within_target

__all__ = [
    "FIRST_RESPONSE_TIME",
    "FIRST_RESPONSE_VARIANTS",
    "FIRST_TOUCH_VARIANTS",
    "JUDGED",
    "LEFT_OUT",
    "METRICS",
    "REASONS",
]

REASONS: Final = (
    "deleted",
    "spam",
    "test",
    "merged",
    "agent_initiated",
    "no_customer_message",
    "no_solve_instant",
)
"""Why a ticket does not count in speed and quality."""

LEFT_OUT: Final = {reason: f"excluded_because = '{reason}'" for reason in REASONS}
"""By reason, the condition under which a ticket does not count."""
JUDGED: Final = "excluded_because IS NULL"
"""Which tickets count."""


def _unresolved(wait: str) -> dict[str, str]:
    """Who is left out of a resolution: also who was answered and resolved nobody knows when."""
    return LEFT_OUT | {
        "no_solve_instant": f"excluded_because = 'no_solve_instant' OR ({JUDGED} AND {wait} IS NULL)"
    }


FIRST_RESPONSE_TIME = Metric(
    "first_response_time",
    table="tickets",
    kind="duration",
    where="first_response_state <> 'excluded'",
    value="first_response_wait",
    ended="first_response_state = 'answered'",
    basis="created_at",
    unit="minutes",
    direction="down",
    definition="Time from the ticket, or the customer's first public message where it is later, to the first "
    "public message of a human; tickets still waiting count as waiting so long.",
    excluded=LEFT_OUT,
    noted={
        "{n} solved without a reply: the wait counts as cut short at the solve": (
            "first_response_state = 'solved_without_reply'"
        ),
    },
)

FIRST_RESPONSE_VARIANTS = (
    p90(
        FIRST_RESPONSE_TIME,
        "Time within which nine of ten tickets have their first public reply of a human.",
    ),
    restricted_mean(
        FIRST_RESPONSE_TIME,
        "Mean time to the first public reply of a human, if none took longer than 7 days.",
        days=7,
    ),
    within_target(
        FIRST_RESPONSE_TIME,
        "Share of tickets with a first public human reply within the target of their priority.",
        used_up="first_response_used_up",
    ),
    business(
        FIRST_RESPONSE_TIME,
        "Time to the first public reply of a human in business hours.",
        wait="first_response_business_wait",
    ),
)

FIRST_TOUCH_TIME = replace(
    FIRST_RESPONSE_TIME,
    name="first_touch_time",
    where="first_touch_state <> 'excluded'",
    value="first_touch_wait",
    ended="first_touch_state = 'answered'",
    definition="Time to the first public message of anybody but the customer, bots and automatic messages "
    "included; it stands beside first_response_time, so that no automatic reply hides waiting.",
    noted={
        "{n} solved without a touch: the wait counts as cut short at the solve": (
            "first_touch_state = 'solved_without_reply'"
        ),
    },
)

FIRST_TOUCH_VARIANTS = (
    p90(FIRST_TOUCH_TIME, "Time within which nine of ten tickets have their first touch, bots included."),
    restricted_mean(
        FIRST_TOUCH_TIME,
        "Mean time to the first touch, bots included, if none took longer than 7 days.",
        days=7,
    ),
    within_target(
        FIRST_TOUCH_TIME,
        "Share of tickets with a first touch, bots included, within their priority's target.",
    ),
    business(
        FIRST_TOUCH_TIME,
        "Time to the first touch, bots included, in business hours.",
        wait="first_touch_business_wait",
    ),
)

FIRST_RESOLUTION_TIME = Metric(
    "first_resolution_time",
    table="tickets",
    kind="duration",
    where=JUDGED,
    value="first_resolution_wait",
    ended="first_resolution_ended",
    basis="created_at",
    unit="minutes",
    direction="down",
    definition="Time from the ticket to its first solve, which a reopening does not undo; unsolved tickets "
    "count as open so long.",
    excluded=_unresolved("first_resolution_wait"),
)

FULL_RESOLUTION_TIME = replace(
    FIRST_RESOLUTION_TIME,
    name="full_resolution_time",
    value="full_resolution_wait",
    ended="full_resolution_ended",
    definition="Time from the ticket to the last solve of a ticket that is resolved now; all others count as "
    "open so long.",
    excluded=_unresolved("full_resolution_wait"),
)

RESOLUTION_VARIANTS = (
    p90(FIRST_RESOLUTION_TIME, "Time within which nine of ten tickets are solved for the first time."),
    restricted_mean(
        FIRST_RESOLUTION_TIME, "Mean time to the first solve, if none took longer than 30 days.", days=30
    ),
    within_target(
        FIRST_RESOLUTION_TIME, "Share of tickets solved for the first time within their priority's target."
    ),
    business(
        FIRST_RESOLUTION_TIME,
        "Time to the first solve in business hours.",
        wait="first_resolution_business_wait",
    ),
    p90(FULL_RESOLUTION_TIME, "Time within which nine of ten tickets are solved for good."),
    restricted_mean(
        FULL_RESOLUTION_TIME, "Mean time to the last solve, if none took longer than 30 days.", days=30
    ),
    within_target(FULL_RESOLUTION_TIME, "Share of tickets solved for good within their priority's target."),
    business(
        FULL_RESOLUTION_TIME,
        "Time to the last solve in business hours.",
        wait="full_resolution_business_wait",
    ),
    replace(
        FULL_RESOLUTION_TIME,
        name="full_resolution_time.solved",
        where=f"{JUDGED} AND full_resolution_ended",
        basis="last_solved_at",
        definition="Time from the ticket to its last solve, by the day of that solve: it measures "
        "throughput, and is biased to quick tickets while the backlog grows.",
    ),
)

ONE_TOUCH_RATE = Metric(
    "one_touch_rate",
    table="tickets",
    kind="share",
    value="one_touch",
    basis="first_solved_at",
    horizon_days=7,
    unit="%",
    direction="up",
    definition="Share of solved tickets with a human reply that took one turn of replies, no reopening and "
    "no word of the customer after it, up to 7 days after the first solve.",
    excluded=LEFT_OUT | {"no_human_reply": f"{JUDGED} AND first_solved_at IS NOT NULL AND one_touch IS NULL"},
)

ZERO_TOUCH_RATE = replace(
    ONE_TOUCH_RATE,
    name="zero_touch_rate",
    value="zero_touch",
    direction="none",
    definition="Share of solved tickets without a public human message up to 7 days after the first solve.",
    excluded=LEFT_OUT,
)

BOT_RESOLUTION_SHARE = replace(
    ZERO_TOUCH_RATE,
    name="bot_resolution_share",
    value="bot_resolved",
    definition="Share of solved tickets with a public message of a bot, or an automatic one, and none of a "
    "human up to 7 days after the first solve.",
)

REOPEN_RATE = replace(
    ZERO_TOUCH_RATE,
    name="reopen_rate",
    where=JUDGED,
    value="reopened_within",
    direction="down",
    definition="Share of solved tickets that were reopened within 7 days of the first solve.",
)

ACKNOWLEDGED_SHARE = Metric(
    "acknowledged_share",
    table="tickets",
    kind="share",
    where=JUDGED,
    value="acknowledged",
    basis="created_at",
    horizon_days=15 / 1440,
    unit="%",
    direction="up",
    definition="Share of tickets with a first touch, bots included, within 15 minutes.",
    excluded=LEFT_OUT,
)

UNANSWERED_REPEAT_RATE = Metric(
    "unanswered_repeat_rate",
    table="tickets",
    kind="share",
    where=JUDGED,
    value="unanswered_repeat",
    basis="second_message_at",
    unit="%",
    direction="down",
    definition="Share of tickets whose customer wrote twice, at least 10 minutes apart, without a human "
    "reply between, also across tickets of a customer within 7 days.",
    excluded=LEFT_OUT,
)

URGENT_SHARE = Metric(
    "urgent_share",
    table="tickets",
    kind="share",
    where="is_inbound",
    value="is_urgent",
    basis="created_at",
    unit="%",
    direction="none",
    definition="Share of inbound tickets whose reason is an urgent one ([reasons] urgent).",
    excluded={"agent_initiated": "is_counted AND NOT is_inbound"},
)

URGENT_MISMATCH_SHARE = replace(
    URGENT_SHARE,
    name="urgent_mismatch_share",
    value="is_urgent_mismatch",
    direction="down",
    definition="Share of inbound tickets whose priority and reason disagree about their being urgent.",
)

METRICS = (
    FIRST_RESPONSE_TIME,
    *FIRST_RESPONSE_VARIANTS,
    FIRST_TOUCH_TIME,
    *FIRST_TOUCH_VARIANTS,
    FIRST_RESOLUTION_TIME,
    FULL_RESOLUTION_TIME,
    *RESOLUTION_VARIANTS,
    ONE_TOUCH_RATE,
    ZERO_TOUCH_RATE,
    BOT_RESOLUTION_SHARE,
    ACKNOWLEDGED_SHARE,
    REOPEN_RATE,
    UNANSWERED_REPEAT_RATE,
    URGENT_SHARE,
    URGENT_MISMATCH_SHARE,
)
