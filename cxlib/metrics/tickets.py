"""Metrics of tickets: how fast customers are answered."""

from dataclasses import replace

from cxlib.data.waits import USED_UP_US
from cxlib.metrics.metric import Metric

__all__ = ["FIRST_RESPONSE_TIME", "FIRST_RESPONSE_VARIANTS"]

_REASONS = ("deleted", "spam", "test", "merged", "agent_initiated", "no_customer_message", "no_solve_instant")
_WAITED = "first_response_state <> 'excluded'"

FIRST_RESPONSE_TIME = Metric(
    "first_response_time",
    table="tickets",
    kind="duration",
    where=_WAITED,
    value="first_response_wait",
    ended="first_response_state = 'answered'",
    basis="created_at",
    unit="minutes",
    direction="down",
    definition="Time from the ticket, or the customer's first public message where it is later, to the first "
    "public message of a human; tickets still waiting count as waiting so long.",
    excluded={reason: f"excluded_because = '{reason}'" for reason in _REASONS},
    noted={
        "{n} solved without a reply: the wait counts as cut short at the solve": (
            "first_response_state = 'solved_without_reply'"
        ),
    },
)

FIRST_RESPONSE_VARIANTS = (
    replace(
        FIRST_RESPONSE_TIME,
        name="first_response_time.p90",
        statistic="p90",
        definition="Time within which nine of ten tickets have their first public reply of a human.",
    ),
    replace(
        FIRST_RESPONSE_TIME,
        name="first_response_time.restricted_mean",
        statistic="restricted_mean",
        tau=7 * 1440.0,
        definition="Mean time to the first public reply of a human, if none took longer than 7 days.",
    ),
    replace(
        FIRST_RESPONSE_TIME,
        name="first_response_time.within_target",
        statistic="within_target",
        value="first_response_used_up",
        target=USED_UP_US / 60_000_000,  # an hour is the whole target, whatever the priority
        unit="%",
        direction="up",
        definition="Share of tickets with a first public human reply within the target of their priority.",
        excluded=dict(FIRST_RESPONSE_TIME.excluded)
        | {"no_target": f"{_WAITED} AND first_response_used_up IS NULL"},
    ),
    replace(
        FIRST_RESPONSE_TIME,
        name="first_response_time.business",
        value="first_response_business_wait",
        definition="Time to the first public reply of a human in business hours.",
        excluded=dict(FIRST_RESPONSE_TIME.excluded)
        | {"no_schedule": f"{_WAITED} AND first_response_business_wait IS NULL"},
    ),
)
