"""The score of every account, what it is made of, and how it reads."""

from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from cxlib.health.configuration import HealthConfiguration, Unit
from cxlib.result import Caveat, Result

__all__ = ["BANDS", "INSUFFICIENT", "HealthScores"]

BANDS = ("danger", "needs_attention", "healthy", "champion")
"""From worst to best."""
INSUFFICIENT = "insufficient_data"
"""The band of an account of which too little is known."""


@dataclass(frozen=True, eq=False, repr=False)
class HealthScores(Result):
    """Health of the accounts that are customers at `as_of`, 0 to 100.

    Parameters
    ----------
    table : DataFrame
        A row an account, sorted by id: `account_id` (or `customer_id`, the unit), `score`, `lower`, `upper`
        (0-100), `base`, `coverage` (%), `band_model`, `may_be` (bands that the interval reaches beside it),
        `band_effective`, `override_reason`, `override_expires_at` (UTC), `status` ("ok", "new": signed up
        less than 30 days before).
    contributions : DataFrame
        A row an account and metric, sorted by both: unit, `metric`, `value` (its own unit), `n` (rows),
        `age_days`, `d` (0-1), `ref`, `weight` (they sum to 1), `reliability` (0-1), `contribution` (points),
        `below`, `above` (how far down and up d may lie at 95 % by sampling, 0-1), `status` ("ok", "no_data",
        "no_feed").
    base : float
        Score of an account without data: 100 Σ weight × ref. score = base of its row + Σ contribution; the
        two bases differ only where missing metrics leave their weight to the others.
    unit : {"account_id", "customer_id"}
        What is scored.
    configuration : HealthConfiguration
        Weights, shapes and references that were used.
    as_of : datetime
        Aware, UTC.
    text : str
        Sentences.
    caveats : tuple of Caveat
        What to know first.
    """

    table: pd.DataFrame
    contributions: pd.DataFrame
    base: float
    unit: Unit
    configuration: HealthConfiguration
    as_of: datetime
    text: str
    caveats: tuple[Caveat, ...] = ()
