"""Customer-experience metrics that can be defended, and which release moved them.

The way of the data::

    folder or frames --load--> Dataset --measure--> MetricFrame --investigate--> Investigation --> page

`Dataset` holds checked tables, the instant `as_of` at which they are seen, and the settings of
``cxlib.toml``. A `Metric` says which rows of a table count and what each is worth. A `MetricFrame` holds
its values by period and segment, with interval, n and status. An `Investigation` says which logged change
moved a metric, with a probability for each change, for "no change" and for "unlogged cause". Every result
has ``.table``, ``.text``, ``.caveats`` and ``.to_dict()``. Verbs are functions; nouns are frozen.

Names are loaded on first use, so that ``import cxlib`` is quick.
"""

import importlib
from typing import Any

from cxlib._version import __version__

_NAMES = {
    "Dataset": "cxlib.data.dataset",
    "load": "cxlib.data.read",
    "ticket_facts": "cxlib.data.ticket_facts",
    "write_sample": "cxlib.data.sample",
    "Exposure": "cxlib.metrics.metric",
    "Metric": "cxlib.metrics.metric",
    "MetricFrame": "cxlib.metrics.frame",
    "list_metrics": "cxlib.metrics.measure",
    "measure": "cxlib.metrics.measure",
    "ContactDistribution": "cxlib.metrics.contact_distribution",
    "contact_distribution": "cxlib.metrics.contact_distribution",
    "ExpectedBreaches": "cxlib.metrics.expected_breaches",
    "expected_breaches": "cxlib.metrics.expected_breaches",
    "Breakdown": "cxlib.changes.breakdown",
    "break_down": "cxlib.changes.breakdown",
    "Shifts": "cxlib.changes.shifts",
    "find_shifts": "cxlib.changes.shifts",
    "Suspects": "cxlib.changes.suspects",
    "rank_changes": "cxlib.changes.investigate",
    "Investigation": "cxlib.changes.investigation",
    "investigate": "cxlib.changes.investigate",
    "LearnedPriors": "cxlib.changes.learning",
    "learn_priors": "cxlib.changes.learning",
    "LoggedChange": "cxlib.changes.log.logged",
    "add_change": "cxlib.changes.log.add",
    "LogReview": "cxlib.changes.log.lint",
    "lint_log": "cxlib.changes.log.lint",
    "ImportedLog": "cxlib.changes.log.bring",
    "import_log": "cxlib.changes.log.bring",
    "HealthConfiguration": "cxlib.health.configuration",
    "HealthScores": "cxlib.health.scores",
    "score_health": "cxlib.health.score",
    "ScoreExplanation": "cxlib.health.explain",
    "explain_score": "cxlib.health.explain",
    "HealthMovement": "cxlib.health.movement",
    "compare_health": "cxlib.health.movement",
    "HealthRollup": "cxlib.health.rollup",
    "roll_up_health": "cxlib.health.portfolio",
    "Opportunities": "cxlib.health.opportunities",
    "find_opportunities": "cxlib.health.portfolio",
    "LoggedOverride": "cxlib.health.overriding",
    "add_override": "cxlib.health.overriding",
    "Overrides": "cxlib.health.overrides",
    "read_overrides": "cxlib.health.overrides",
    "OverrideReview": "cxlib.health.override_review",
    "check_overrides": "cxlib.health.override_review",
    "AccountMonths": "cxlib.health.account_months",
    "account_months": "cxlib.health.panel",
    "Backtest": "cxlib.health.backtest",
    "backtest_health": "cxlib.health.ahead",
    "FittedWeights": "cxlib.health.weights",
    "fit_health_weights": "cxlib.health.ahead",
    "ChurnForecast": "cxlib.health.hazard",
    "forecast_churn": "cxlib.health.ahead",
    "ShapeComparison": "cxlib.health.shape_test",
    "compare_shapes": "cxlib.health.ahead",
    "ScoreHistory": "cxlib.health.history",
    "score_history": "cxlib.health.history",
    "HealthMonth": "cxlib.reporting.health_month",
    "health_month": "cxlib.reporting.health_month",
    "AccountPage": "cxlib.reporting.account_page",
    "account_page": "cxlib.reporting.account_page",
    "Report": "cxlib.reporting.run",
    "end_page": "cxlib.reporting.summary",
    "plot": "cxlib.reporting.plots",
    "show": "cxlib.reporting.show",
    "open_month": "cxlib.reporting.opening",
    "investigate_month": "cxlib.reporting.finding",
    "headline": "cxlib.reporting.headline",
    "data_quality": "cxlib.reporting.quality",
    "run_report": "cxlib.reporting.run",
    "Caveat": "cxlib.result",
    "CxError": "cxlib.errors",
    "CxWarning": "cxlib.errors",
}

__all__ = ["__version__", *_NAMES]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - any public name
    """Load a public name on first use."""
    if name not in _NAMES:
        raise AttributeError(f"module 'cxlib' has no attribute {name!r}; it has {', '.join(sorted(__all__))}")
    value = getattr(importlib.import_module(_NAMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
