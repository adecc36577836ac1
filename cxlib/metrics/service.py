"""Metrics of service: turns of a conversation, clocks of service levels, what is open, stays in a status."""

from dataclasses import replace

from cxlib.metrics.metric import Metric
from cxlib.metrics.tickets import JUDGED, LEFT_OUT
from cxlib.metrics.variants import p90, restricted_mean, within_target

__all__ = [
    "BACKLOG",
    "METRICS",
    "NEXT_RESPONSE_TIME",
    "SLA_AT_RISK_SHARE",
    "SLA_BREACH_RATE",
    "TIME_IN_STATUS",
    "UNANSWERED_SHARE",
    "UNASSIGNED_SHARE",
]

NEXT_RESPONSE_TIME = Metric(
    "next_response_time",
    table="turns",
    kind="duration",
    where=JUDGED,
    value="wait",
    ended="ended",
    basis="started_at",
    unit="minutes",
    direction="down",
    definition="Time from the first of a customer's messages in a row to the next public message of a human; "
    "turns still waiting count as waiting so long.",
    excluded=LEFT_OUT,
)

UNANSWERED_SHARE = Metric(
    "unanswered_share",
    table="turns",
    kind="share",
    where=f"{JUDGED} AND known",
    value="NOT (ended AND wait <= horizon)",
    basis="started_at",
    horizon_days=1,
    unit="%",
    direction="down",
    definition="Share of customer turns without a public human reply within 24 hours, among those that were "
    "answered or have had that long.",
    excluded=LEFT_OUT | {"not_known_yet": f"{JUDGED} AND NOT known"},
)

SLA_BREACH_RATE = Metric(
    "sla_breach_rate",
    table="sla_clocks",
    kind="share",
    where="known",
    value="failed",
    basis="deadline_at",
    unit="%",
    direction="down",
    definition="Share of service level clocks whose target passed before they were fulfilled, among those "
    "whose outcome is known, by the day of their deadline.",
    excluded={"not_known": "NOT known"},
)

SLA_AT_RISK_SHARE = Metric(
    "sla_at_risk_share",
    table="sla_clocks",
    kind="share",
    where="is_running",
    value="consumed >= 0.5",
    basis="started_at",
    leaves="fulfilled_at",
    latest_only=True,
    unit="%",
    direction="down",
    definition="Share of the running service level clocks that have used up at least 50 % of their target.",
)

BACKLOG = Metric(
    "backlog",
    table="open_spells",
    kind="count",
    value="1",
    basis="opened_at",
    leaves="left_at",
    unit="tickets",
    direction="down",
    definition="Tickets that are open at the end of the period, by replay of their events.",
)

UNASSIGNED_SHARE = replace(
    BACKLOG,
    name="unassigned_share",
    kind="share",
    value="is_unassigned",
    latest_only=True,
    unit="%",
    definition="Share of the open tickets that nobody is assigned to; only of the latest period, for an "
    "assignee has no history.",
)

TIME_IN_STATUS = Metric(
    "time_in_status",
    table="statuses",
    kind="duration",
    where="status NOT IN ('solved', 'closed')",
    value="stay",
    ended="ended",
    basis="entered_at",
    unit="minutes",
    direction="none",
    definition="Time from entering a status to leaving it, resolved ones apart; stays that go on count as so "
    "long. Cut it by status.",
)

METRICS = (
    NEXT_RESPONSE_TIME,
    p90(NEXT_RESPONSE_TIME, "Time within which nine of ten customer turns have their public human reply."),
    restricted_mean(
        NEXT_RESPONSE_TIME,
        "Mean time of a customer turn to its reply, if none took longer than 7 days.",
        days=7,
    ),
    within_target(
        NEXT_RESPONSE_TIME,
        "Share of customer turns with a public human reply within their priority's target.",
    ),
    UNANSWERED_SHARE,
    SLA_BREACH_RATE,
    SLA_AT_RISK_SHARE,
    BACKLOG,
    UNASSIGNED_SHARE,
    TIME_IN_STATUS,
    p90(TIME_IN_STATUS, "Time within which nine of ten stays in a status end."),
    restricted_mean(TIME_IN_STATUS, "Mean time in a status, if no stay lasted longer than 30 days.", days=30),
)
