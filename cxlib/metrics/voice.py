"""Metrics of what customers say in public: reviews."""

from cxlib.metrics.metric import Metric

__all__ = ["REVIEW_SCORE_NET"]

REVIEW_SCORE_NET = Metric(
    "review_score_net",
    table="reviews",
    kind="net",
    where="rating BETWEEN 1 AND 5",
    value="CASE WHEN rating >= 5 THEN 100 WHEN rating >= 4 THEN 0 ELSE -100 END",
    basis="posted_at",
    unit="points",
    direction="up",
    definition="Share of reviews with five stars less share with one to three.",
)
