"""What a score has to beat: one survey metric, how long the account has been there, and chance."""

import numpy as np
from numpy.typing import NDArray

from cxlib.health.account_months import AccountMonths
from cxlib.stats.discrimination import auc

__all__ = ["CHANCE", "TENURE", "naive_metrics", "naive_risks", "tenure_days"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

TENURE = "tenure"
CHANCE = "chance"
_SURVEY = "nps"
_RECENCY = "recency"


def tenure_days(months: AccountMonths) -> Floats:
    """Days from sign-up to each snapshot; from the account's first snapshot where its sign-up is unknown.

    Examples
    --------
    >>> months = AccountMonths(
    ...     ("a", "b"), ("nps",), np.array([0, 1, 1]), np.array([31, 31, 59]), np.full((3, 1), 0.5),
    ...     np.ones((3, 1), bool), np.ones((3, 1)), np.ones(1), np.array([0.5]), np.full(3, 50.0),
    ...     np.array([1.0, np.nan]), np.array([np.nan, np.nan]), 70)
    >>> tenure_days(months)
    array([30.,  0., 28.])
    """
    first = np.full(len(months.accounts), np.iinfo(np.int64).max)
    np.minimum.at(first, months.account, months.day)
    since = np.where(np.isfinite(months.signed_up), months.signed_up, first)
    return np.asarray(np.maximum(months.day - since[months.account], 0.0))


def naive_metrics(months: AccountMonths) -> list[int]:
    """Places of the metrics that are a baseline: NPS, else the one of greatest weight; and a recency.

    Examples
    --------
    >>> months = AccountMonths(
    ...     ("a",), ("csat", "usage"), np.array([0]), np.array([0]), np.full((1, 2), 0.5),
    ...     np.ones((1, 2), bool), np.ones((1, 2)), np.array([0.4, 0.6]), np.full(2, 0.5), np.full(1, 50.0),
    ...     np.array([np.nan]), np.array([np.nan]), 70)
    >>> naive_metrics(months)
    [1]
    """
    names = list(months.metrics)
    one = names.index(_SURVEY) if _SURVEY in names else int(months.weights.argmax())
    return sorted({one, *(place for place, name in enumerate(names) if _RECENCY in name)})


def naive_risks(months: AccountMonths, training: Integers, events: NDArray[np.bool_]) -> dict[str, Floats]:
    """Risk of each snapshot by each baseline; whether the young or the old leave is read off the training.

    Parameters
    ----------
    months : AccountMonths
        Snapshots.
    training : array of int64, shape (training,)
        Places of the rows that may be learned from.
    events : array of bool, shape (training,)
        Whether they left.

    Returns
    -------
    risks : dict of str to array of float, shape (rows,)
        By name: the metric, `TENURE`, `CHANCE`.

    Examples
    --------
    The account that left had been there for longer.

    >>> months = AccountMonths(
    ...     ("a", "b"), ("nps",), np.array([0, 1]), np.array([40, 40]), np.array([[0.2], [0.8]]),
    ...     np.ones((2, 1), bool), np.ones((2, 1)), np.ones(1), np.array([0.5]), np.array([20.0, 80.0]),
    ...     np.array([0.0, 30.0]), np.array([50.0, np.nan]), 70)
    >>> naive_risks(months, np.array([0, 1]), np.array([True, False]))["tenure"]
    array([40., 10.])
    """
    tenure = tenure_days(months)
    old_leave = auc(tenure[training], events) > 0.5
    risks = {months.metrics[place]: -months.x[:, place] for place in naive_metrics(months)}
    return {**risks, TENURE: tenure if old_leave else -tenure, CHANCE: np.zeros(tenure.size)}
