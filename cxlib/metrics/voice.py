"""Metrics of what customers say in public, and of the community: reviews and posts."""

from dataclasses import replace

from cxlib.metrics.metric import Metric

__all__ = [
    "COMMUNITY_REPLY_COVERAGE",
    "COMMUNITY_REPLY_TIME",
    "GROUP_POSTS_PER_WEEK",
    "METRICS",
    "REVIEW_RATING",
    "REVIEW_REPLY_COVERAGE",
    "REVIEW_SCORE_NET",
    "REVIEW_SENTIMENT",
    "REVIEW_VOLUME",
]

_RATED = "rating BETWEEN 1 AND 5"
_SUPERSEDED = {"superseded": "NOT is_current"}

REVIEW_VOLUME = Metric(
    "review_volume",
    table="reviews",
    kind="count",
    where="is_current",
    value="1",
    basis="posted_at",
    unit="reviews",
    direction="none",
    definition="Reviews posted, one per author and store (the latest) where the author is known.",
    excluded=_SUPERSEDED,
)

REVIEW_RATING = Metric(
    "review_rating",
    table="reviews",
    kind="mean",
    where=f"is_current AND {_RATED}",
    value="rating",
    basis="posted_at",
    unit="stars",
    direction="up",
    definition="Mean stars of the reviews posted in the period, not the running average that a store shows.",
    excluded=_SUPERSEDED,
)

REVIEW_SCORE_NET = Metric(
    "review_score_net",
    table="reviews",
    kind="net",
    where=f"is_current AND {_RATED}",
    value="CASE WHEN rating >= 5 THEN 100 WHEN rating >= 4 THEN 0 ELSE -100 END",
    basis="posted_at",
    unit="points",
    direction="up",
    definition="Share of reviews with five stars less share with one to three.",
    excluded=_SUPERSEDED,
)

REVIEW_SENTIMENT = Metric(
    "review_sentiment",
    table="reviews",
    kind="net",
    where="is_current AND has_text AND sentiment IS NOT NULL",
    value="CASE sentiment WHEN 'positive' THEN 100 WHEN 'negative' THEN -100 ELSE 0 END",
    basis="posted_at",
    unit="points",
    direction="up",
    definition="Share of reviews with text that are positive less share that are negative; neutral and mixed "
    "ones count as 0.",
    excluded=_SUPERSEDED | {"no_text": "is_current AND NOT has_text"},
)

REVIEW_REPLY_COVERAGE = Metric(
    "review_reply_coverage",
    table="reviews",
    kind="share",
    where="is_current",
    value="replied_at IS NOT NULL AND replied_at - posted_at <= horizon",
    basis="posted_at",
    horizon_days=3,
    unit="%",
    direction="up",
    definition="Share of reviews that were replied to within 72 hours.",
    excluded=_SUPERSEDED,
)

COMMUNITY_REPLY_COVERAGE = Metric(
    "community_reply_coverage",
    table="posts",
    kind="share",
    where="awaits_reply",
    value="answered_at IS NOT NULL AND answered_at - posted_at <= horizon",
    basis="posted_at",
    horizon_days=1,
    unit="%",
    direction="up",
    definition="Share of threads begun by others that need a reply and were answered within 24 hours.",
    noted={
        "{n} posts do not say whether they need a reply: they count as needing one": (
            "awaits_reply AND needs_reply IS NULL"
        ),
    },
)

COMMUNITY_REPLY_TIME = replace(
    COMMUNITY_REPLY_COVERAGE,
    name="community_reply_time",
    kind="duration",
    value="COALESCE(answered_at, as_of) - posted_at",
    ended="answered_at IS NOT NULL",
    horizon_days=None,
    unit="minutes",
    direction="down",
    definition="Time from a post by others that needs a reply to the first own post in its thread; those "
    "still waiting count as waiting so long.",
)

GROUP_POSTS_PER_WEEK = Metric(
    "group_posts_per_week",
    table="posts",
    kind="target",
    where="is_own AND kind = 'post'",
    value="1",
    basis="posted_at",
    per="week",
    band=(2, 3),
    unit="posts per ISO week",
    direction="band",
    definition="Own posts a week, replies apart; two to three are as wanted, in all channels together unless "
    "cut by channel.",
)

METRICS = (
    REVIEW_RATING,
    REVIEW_SCORE_NET,
    REVIEW_VOLUME,
    REVIEW_SENTIMENT,
    REVIEW_REPLY_COVERAGE,
    COMMUNITY_REPLY_COVERAGE,
    COMMUNITY_REPLY_TIME,
    GROUP_POSTS_PER_WEEK,
)
