"""Metrics of surveys: what was asked, who answered, what they said."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from cxlib.metrics.metric import Metric

__all__ = ["CSAT", "CSAT_VARIANTS", "NPS", "SURVEY_RESPONSE_RATE", "SURVEY_SENDS"]

NPS = Metric(
    "nps",
    table="surveys",
    kind="net",
    # The range guard stays although NaN is NULL by now: NaN >= 9 is true on every engine.
    where="kind = 'nps' AND score BETWEEN 0 AND 10 AND NOT superseded",
    value="CASE WHEN score >= 9 THEN 100 WHEN score >= 7 THEN 0 ELSE -100 END",
    basis="responded_at",
    unit="points",
    direction="up",
    definition="Share of promoters (9–10) less share of detractors (0–6) among scored NPS answers, the "
    "latest of a customer in a month.",
    excluded={"superseded": "kind = 'nps' AND score BETWEEN 0 AND 10 AND superseded"},
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
    excluded={"not_delivered": "NOT delivered"},
)

SURVEY_RESPONSE_RATE = Metric(
    "survey_response_rate",
    table="surveys",
    kind="share",
    where="delivered",
    value="responded_at IS NOT NULL AND responded_at - sent_at <= horizon",
    basis="sent_at",
    horizon_days=14,
    unit="%",
    direction="up",
    definition="Share of the surveys sent in the period that were answered within 14 days of being sent.",
    excluded={"not_delivered": "NOT delivered"},
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
