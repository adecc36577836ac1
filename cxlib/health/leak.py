"""Columns that tell the future: a back-test that is too good is wrong."""

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cxlib.health.account_months import AccountMonths
from cxlib.health.baselines import TENURE, tenure_days
from cxlib.health.labels import Labels
from cxlib.stats.discrimination import auc

__all__ = ["find_leaks"]

Floats = NDArray[np.float64]

_MODEL: Final = 0.97
_COLUMN: Final = 0.95
_FEWEST: Final = 5  # of fewer churned accounts a column may rank all by chance


def find_leaks(months: AccountMonths, test: Labels, models: Mapping[str, float]) -> dict[str, float]:
    """Columns that part those who leave from the others too well, with the AUC of each, the highest first.

    Parameters
    ----------
    months : AccountMonths
        Snapshots.
    test : Labels
        Snapshots after the cut.
    models : mapping of str to float
        Out-of-time AUC of what uses several columns.

    Returns
    -------
    columns : dict of str to float
        Those above .95 in either direction; where none is, the models above .97. Empty below 5 churned
        accounts.

    Examples
    --------
    >>> left = np.arange(12) < 6
    >>> months = AccountMonths(
    ...     tuple("abcdefghijkl"), ("churned_flag",), np.arange(12), np.zeros(12, int), left[:, None] * 1.0,
    ...     np.ones((12, 1), bool), np.ones((12, 1)), np.ones(1), np.array([0.5]), left * 100.0,
    ...     np.full(12, np.nan), np.where(left, 50.0, np.nan), 200)
    >>> test = Labels(np.arange(12), left, np.full(12, 90), np.arange(12), np.zeros(12, int))
    >>> find_leaks(months, test, {"score": 0.0})
    {'churned_flag': 1.0}
    """
    if test.churned_accounts < _FEWEST or test.event.all():
        return {}
    columns = dict(zip(months.metrics, months.x[test.rows].T, strict=True))
    columns.setdefault(TENURE, tenure_days(months)[test.rows])
    found = {name: _either_way(values, test.event) for name, values in columns.items()}
    ranked = sorted(found.items(), key=lambda item: -item[1])
    suspects = {name: value for name, value in ranked if value > _COLUMN}
    return suspects or {name: value for name, value in models.items() if value > _MODEL}


def _either_way(values: Floats, events: NDArray[np.bool_]) -> float:
    share = auc(values, events)
    return max(share, 1 - share)
