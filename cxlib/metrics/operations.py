"""Metrics of operations: outages, availability, costs and trainings."""

from cxlib.metrics.metric import Exposure, Metric

__all__ = ["AVAILABILITY", "FREELANCE_COST", "METRICS", "OUTAGES_PER_MONTH", "TRAINING_COMPLETION"]

OUTAGES_PER_MONTH = Metric(
    "outages_per_month",
    table="outage_spells",
    kind="rate",
    value="1",
    basis="started_at",
    exposure=Exposure("calendar", value="1", basis="date"),
    scale=30.4375,
    unit="outages per 30.4375 d",
    direction="down",
    definition="Outages started per average month of 30.4375 days; those of one component that overlap are "
    "one, and one that still goes on counts.",
    noted={"{n} outages have no end yet": "ended_at IS NULL"},
)

AVAILABILITY = Metric(
    "availability",
    table="calendar",
    kind="target",
    value="minutes - down_minutes",
    planned="minutes",
    basis="date",
    unit="%",
    direction="up",
    definition="Share of time without an outage of any component.",
    noted={"{n} days are down, at least in part, by an outage that has no end yet": "in_endless_outage"},
)

FREELANCE_COST = Metric(
    "freelance_cost",
    table="costs",
    kind="target",
    where="kind = 'freelance'",
    value="amount",
    planned="target_so_far",
    band=(90, 110),
    provisional="kind = 'freelance' AND NOT final",
    basis="date",
    unit="% of target",
    direction="band",
    definition="Cost of freelance support as a share of its target; a target whose days are not over counts "
    "by the business days that have passed.",
    excluded={"no_target": "kind = 'freelance' AND target IS NULL"},
)

TRAINING_COMPLETION = Metric(
    "training_completion",
    table="trainings",
    kind="share",
    value="completed_at IS NOT NULL AND completed_at - invited_at <= horizon",
    basis="invited_at",
    horizon_days=30,
    unit="%",
    direction="up",
    definition="Share of invitations to a training that were completed within 30 days.",
)

METRICS = (OUTAGES_PER_MONTH, AVAILABILITY, FREELANCE_COST, TRAINING_COMPLETION)
