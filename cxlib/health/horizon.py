"""Whether a forecast made some months ago came true, by third of risk."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlib.health.account_months import AccountMonths
from cxlib.health.at_risk import months_at_risk, tenure_months
from cxlib.health.hazard_model import fit_hazard
from cxlib.stats.intervals import wilson_interval

__all__ = ["judge_horizon"]

Floats = NDArray[np.float64]

_COLUMNS = ["risk", "months", "accounts", "churned_accounts", "predicted", "observed", "lower", "upper"]
_THIRDS = ("high", "middle", "low")
_FEWEST_MONTHS = 3


def judge_horizon(months: AccountMonths, *, horizon_months: int) -> pd.DataFrame:
    """Forecast from what was known then, for the accounts that were there then, against what happened.

    As many months back as the horizon, or half of the history where that is shorter. Everyone is followed to
    the end, so that Kaplan and Meier's estimate is the share still there.

    Parameters
    ----------
    months : AccountMonths
        Snapshots.
    horizon_months : int
        How far the forecast looks.

    Returns
    -------
    table : DataFrame
        `risk` ("high", "middle", "low"), `months` (ahead), `accounts`, `churned_accounts`, `predicted` (mean
        share still there, 0-1), `observed`, `lower`, `upper` (95 %). Empty below three months to follow.

    References
    ----------
    .. [1] Kaplan and Meier (1958), JASA 53, 457-481; Wilson (1927), JASA 22, 209-212.

    Examples
    --------
    >>> months = AccountMonths(
    ...     ("a",), ("nps",), np.array([0]), np.array([0]), np.full((1, 1), 0.5), np.ones((1, 1), bool),
    ...     np.ones((1, 1)), np.ones(1), np.array([0.5]), np.full(1, 50.0), np.array([0.0]),
    ...     np.array([np.nan]), 70)
    >>> judge_horizon(months, horizon_months=12).empty
    True
    """
    days = np.unique(months.day[months.day < months.end])
    ahead = min(horizon_months, (days.size - 1) // 2)
    if ahead < _FEWEST_MONTHS:
        return pd.DataFrame(columns=_COLUMNS)
    begin, until = int(days[-1 - ahead]), int(days[-1])
    there = np.flatnonzero((months.day == begin) & ~(months.churned[months.account] <= begin))
    at_risk = months_at_risk(months, end=begin + 1)
    if there.size < len(_THIRDS) or not at_risk.rows.size:
        return pd.DataFrame(columns=_COLUMNS)
    model = fit_hazard(months, at_risk)
    predicted = model.curves(months.x[there], tenure_months(months)[there], ahead).survival[:, -1]
    left = months.churned[months.account[there]] <= until
    return _by_third(predicted, left, ahead)


def _by_third(predicted: Floats, left: NDArray[np.bool_], ahead: int) -> pd.DataFrame:
    order = np.argsort(predicted, kind="stable")
    third = np.empty(order.size, dtype=np.int64)
    third[order] = np.arange(order.size) * len(_THIRDS) // order.size
    accounts = np.bincount(third, minlength=len(_THIRDS)).astype(np.float64)
    churned = np.bincount(third, weights=left, minlength=len(_THIRDS))
    lower, upper = wilson_interval(accounts - churned, accounts)
    return pd.DataFrame(
        {
            "risk": _THIRDS,
            "months": ahead,
            "accounts": accounts.astype(np.int64),
            "churned_accounts": churned.astype(np.int64),
            "predicted": np.bincount(third, weights=predicted) / accounts,
            "observed": 1 - churned / accounts,
            "lower": lower,
            "upper": upper,
        },
        columns=_COLUMNS,
    )
