"""The score of every account, what it is made of, and how it reads."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

import pandas as pd

from cxlib.result import Caveat, Result

if TYPE_CHECKING:
    from cxlib.health.configuration import HealthConfiguration

__all__ = ["BANDS", "HealthScores", "Unit"]

Unit = Literal["account_id", "customer_id"]

BANDS = ("danger", "needs_attention", "healthy", "champion")
"""From worst to best; an account with too little data has the band ``insufficient_data``."""


@dataclass(frozen=True, eq=False, repr=False)
class HealthScores(Result):
    """Health of the accounts that are customers at `as_of`, 0 to 100.

    Parameters
    ----------
    table : DataFrame
        A row an account, sorted by id: `account_id` (or `customer_id`, the unit), `score`, `lower`, `upper`
        (0-100), `coverage` (%), `band_model`, `band_effective`, `override_reason`, `override_expires_at`
        (UTC), `status` ("ok", "new": signed up less than 30 days before).
    contributions : DataFrame
        A row an account and metric, sorted by both: unit, `metric`, `value` (its own unit), `n` (rows),
        `age_days`, `d` (0-1), `ref`, `weight` (they sum to 1), `reliability` (0-1), `contribution` (points),
        `se` (of d by sampling, 0-0.29), `status` ("ok", "no_data", "no_feed").
    base : float
        Score of an account without data: 100 Σ weight × ref; score = base + Σ contribution.
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
    configuration: "HealthConfiguration"
    as_of: datetime
    text: str
    caveats: tuple[Caveat, ...] = ()
