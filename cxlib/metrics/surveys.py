"""Metrics of surveys: what was asked, who answered, what they said, what followed."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from cxlib.metrics.exposure import Exposure
from cxlib.metrics.metric import Metric

__all__ = [
    "AUDIT_COVERAGE",
    "CES",
    "CES_TOP3_SHARE",
    "CSAT",
    "CSAT_COVERAGE",
    "CSAT_VARIANTS",
    "METRICS",
    "NPS",
    "POST_RESOLUTION_NPS",
    "SEND_COVERAGE",
    "SURVEY_RESPONSE_RATE",
    "SURVEY_RESPONSE_TIME",
    "SURVEY_SENDS",
    "YELLOW_FLAG_OUTREACH",
    "YELLOW_FLAG_RATE",
]

_RELATIONAL: Final = "COALESCE(trigger, '') <> 'post_resolution'"
# The range guard stays although NaN is NULL by now: NaN >= 9 is true on every engine.
_NPS: Final = f"kind = 'nps' AND score BETWEEN 0 AND 10 AND {_RELATIONAL}"
_POST_RESOLUTION: Final = "kind = 'nps' AND trigger = 'post_resolution' AND ticket_id IS NOT NULL"
_NET: Final = "CASE WHEN score >= 9 THEN 100 WHEN score >= 7 THEN 0 ELSE -100 END"
_ANSWERED: Final = "responded_at IS NOT NULL AND responded_at - sent_at <= horizon"
_SUPERSEDED: Final = {"superseded": f"{_NPS} AND superseded"}
_NOT_DELIVERED: Final = {"not_delivered": "NOT delivered"}
_FLAGGED: Final = "is_flagged AND NOT superseded AND " + _RELATIONAL

NPS = Metric(
    "nps",
    table="surveys",
    kind="net",
    where=f"{_NPS} AND NOT superseded",
    value=_NET,
    basis="responded_at",
    unit="points",
    direction="up",
    definition="Share of promoters (9–10) less share of detractors (0–6) among scored NPS answers, the "
    "latest of a customer in a month; answers asked for after a solve are post_resolution_nps.",
    excluded=_SUPERSEDED,
)

POST_RESOLUTION_NPS = Metric(
    "post_resolution_nps",
    table="surveys",
    kind="net",
    where=f"{_POST_RESOLUTION} AND score BETWEEN 0 AND 10 AND first_of_ticket",
    value=_NET,
    basis="responded_at",
    unit="points",
    direction="up",
    definition="Share of promoters (9–10) less share of detractors (0–6) among the scored answers to the "
    "first NPS survey after a ticket; never pooled with nps.",
    excluded={
        "not_first_of_ticket": f"{_POST_RESOLUTION} AND score BETWEEN 0 AND 10 AND NOT first_of_ticket"
    },
    noted={
        "{n} were sent before the final solve of their ticket": (
            f"{_POST_RESOLUTION} AND score BETWEEN 0 AND 10 AND first_of_ticket "
            "AND COALESCE(survey_before_final_solve, FALSE)"
        ),
    },
)

POST_RESOLUTION_BY_SOLVE = replace(
    POST_RESOLUTION_NPS,
    name="post_resolution_nps.solved",
    where=f"{POST_RESOLUTION_NPS.where} AND responded_at - ticket_solved_at <= horizon",
    basis="ticket_solved_at",
    horizon_days=14,
    definition="The same by the day of the ticket's final solve, over answers within 14 days of it.",
)

CSAT = Metric(
    "csat",
    table="surveys",
    kind="share",
    where="kind = 'csat' AND score IS NOT NULL",
    value="satisfied",
    basis="responded_at",
    unit="%",
    direction="up",
    definition="Share of scored CSAT answers that are satisfied.",
)

CSAT_VARIANTS: Final[Mapping[str, Metric]] = {
    "top_box": CSAT,
    "mean": replace(
        CSAT,
        kind="mean",
        value="score",
        unit="score",
        definition="Mean score of scored CSAT answers, on their own scale.",
    ),
    "net": replace(
        CSAT,
        kind="net",
        value="CASE WHEN satisfied THEN 100 WHEN dissatisfied THEN -100 ELSE 0 END",
        unit="points",
        definition="Share of scored CSAT answers that are satisfied less share that are dissatisfied.",
    ),
}
"""csat by what ``[definitions] csat`` may say."""

CSAT_COVERAGE = Metric(
    "csat_coverage",
    table="surveys",
    kind="share",
    where="kind = 'csat' AND delivered AND after_solve",
    value=f"score IS NOT NULL AND {_ANSWERED}",
    basis="sent_at",
    horizon_days=14,
    unit="%",
    direction="up",
    definition="Share of the CSAT surveys sent after a solve that were scored within 14 days.",
    excluded={
        "not_delivered": "kind = 'csat' AND NOT delivered",
        "not_after_solve": "kind = 'csat' AND delivered AND NOT COALESCE(after_solve, FALSE)",
    },
)

CES = Metric(
    "ces",
    table="surveys",
    kind="mean",
    where="kind = 'ces' AND score IS NOT NULL",
    value="score",
    basis="responded_at",
    unit="scale 1–7",
    direction="up",
    definition="Mean agreement that it was made easy, among scored CES answers.",
)

CES_TOP3_SHARE = replace(
    CES,
    name="ces_top3_share",
    kind="share",
    value="score >= 5",
    unit="%",
    definition="Share of scored CES answers among the three that find it easiest.",
)

SURVEY_SENDS = Metric(
    "survey_sends",
    table="surveys",
    kind="count",
    where="delivered",
    value="1",
    basis="sent_at",
    unit="surveys",
    direction="none",
    definition="Surveys sent (delivered, where deliveries are known).",
    excluded=_NOT_DELIVERED,
)

SEND_COVERAGE = replace(
    SURVEY_SENDS,
    name="send_coverage",
    kind="rate",
    exposure=Exposure("customers", value="1", basis="signed_up_at", leaves="churned_at"),
    scale=100 * 30,
    unit="sends per 100 active customers per 30 d",
    direction="up",
    definition="Surveys sent per 100 customers active for 30 days, from the day of sign-up to the day before "
    "churn.",
)

SURVEY_RESPONSE_RATE = Metric(
    "survey_response_rate",
    table="surveys",
    kind="share",
    where="delivered",
    value=_ANSWERED,
    basis="sent_at",
    horizon_days=14,
    unit="%",
    direction="up",
    definition="Share of the surveys sent in the period that were answered within 14 days of being sent.",
    excluded=_NOT_DELIVERED,
)

RESPONSE_RATE_SCORED = replace(
    SURVEY_RESPONSE_RATE,
    name="survey_response_rate.scored",
    value=f"score IS NOT NULL AND {_ANSWERED}",
    definition="Share of the surveys sent in the period that were scored within 14 days of being sent.",
)

SURVEY_RESPONSE_TIME = Metric(
    "survey_response_time",
    table="surveys",
    kind="duration",
    where="delivered",
    value="COALESCE(responded_at, as_of) - sent_at",
    ended="responded_at IS NOT NULL",
    basis="sent_at",
    unit="hours",
    direction="none",
    definition="Time from a survey to its answer; those not answered count as waiting so long.",
    excluded=_NOT_DELIVERED,
)

YELLOW_FLAG_RATE = replace(
    NPS,
    name="yellow_flag_rate",
    kind="share",
    value="score <= 7",
    unit="%",
    direction="down",
    definition="Share of the answers that nps counts with a score of 7 or lower: 8 is acceptable, so this is "
    "not the share of detractors.",
)

YELLOW_FLAG_OUTREACH = Metric(
    "yellow_flag_outreach",
    table="surveys",
    kind="share",
    where=f"{_FLAGGED} AND contactable AND outreach_due",
    value="reached_out",
    basis="responded_at",
    unit="%",
    direction="up",
    definition="Share of flagged NPS answers (7 or lower) whose customer was reached within 2 business days; "
    "a customer is due once in 30 days.",
    excluded={
        "not_contactable": f"{_FLAGGED} AND NOT contactable",
        "not_due_again": f"{_FLAGGED} AND contactable AND NOT outreach_due",
    },
    provisional=f"{_FLAGGED} AND contactable AND outreach_due AND outreach_open",
)

AUDIT_COVERAGE = Metric(
    "audit_coverage",
    table="surveys",
    kind="share",
    where="dissatisfied AND ticket_id IS NOT NULL",
    value="audited",
    basis="responded_at",
    unit="%",
    direction="up",
    definition="Share of the tickets rated dissatisfied that were audited.",
    excluded={"no_ticket": "dissatisfied AND ticket_id IS NULL"},
)

METRICS = (
    NPS,
    POST_RESOLUTION_NPS,
    POST_RESOLUTION_BY_SOLVE,
    CSAT,
    CSAT_COVERAGE,
    CES,
    CES_TOP3_SHARE,
    SURVEY_SENDS,
    SEND_COVERAGE,
    SURVEY_RESPONSE_RATE,
    RESPONSE_RATE_SCORED,
    SURVEY_RESPONSE_TIME,
    YELLOW_FLAG_RATE,
    YELLOW_FLAG_OUTREACH,
    AUDIT_COVERAGE,
)
