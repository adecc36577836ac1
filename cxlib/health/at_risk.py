"""Account-months at risk: who could leave in each month, and who did."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cxlib.health.account_months import AccountMonths
from cxlib.health.baselines import tenure_days

__all__ = ["DAYS_A_MONTH", "AtRisk", "months_at_risk", "tenure_months"]

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

DAYS_A_MONTH: Final = 365.25 / 12
_LAST_WINDOW: Final = 90


@dataclass(frozen=True, eq=False, slots=True)
class AtRisk:
    """Snapshots with the month that follows fully known.

    Parameters
    ----------
    rows : array of int64, shape (months,)
        Places in the rows of the `AccountMonths`.
    event : array of bool, shape (months,)
        Whether the account left after the day of the snapshot, up to the day of the next.
    last : array of bool, shape (months,)
        Whether the month lies in the last 90 days that are known.
    """

    rows: Integers
    event: NDArray[np.bool_]
    last: NDArray[np.bool_]

    @property
    def churned(self) -> int:
        """Accounts that left; each leaves once."""
        return int(self.event.sum())


def tenure_months(months: AccountMonths) -> Floats:
    """Which month of the account each snapshot begins: 1 at sign-up.

    Examples
    --------
    >>> months = AccountMonths(
    ...     ("a",), ("nps",), np.array([0]), np.array([365]), np.full((1, 1), 0.5), np.ones((1, 1), bool),
    ...     np.ones((1, 1)), np.ones(1), np.array([0.5]), np.full(1, 50.0), np.array([0.0]),
    ...     np.array([np.nan]), 400)
    >>> tenure_months(months).round(1)
    array([13.])
    """
    return tenure_days(months) / DAYS_A_MONTH + 1


def months_at_risk(months: AccountMonths, *, end: int | None = None) -> AtRisk:
    """The account-months that may be learned from; the running month is left out.

    An account enters with its first snapshot, however long it has been there (delayed entry).

    Parameters
    ----------
    months : AccountMonths
        Snapshots.
    end : int, optional
        The first local day of which nothing may be known; omitted: `months.end`.

    Returns
    -------
    at_risk : AtRisk
        In the order of the snapshots.

    References
    ----------
    .. [1] Singer and Willett (1993), Journal of Educational Statistics 18, 155-195.

    Examples
    --------
    Days 0 and 31, known before day 50: the month from day 31 is still running.

    >>> months = AccountMonths(
    ...     ("a", "b"), ("nps",), np.array([0, 0, 1]), np.array([0, 31, 0]), np.full((3, 1), 0.5),
    ...     np.ones((3, 1), bool), np.ones((3, 1)), np.ones(1), np.array([0.5]), np.full(3, 50.0),
    ...     np.array([np.nan, np.nan]), np.array([np.nan, 20.0]), 50)
    >>> found = months_at_risk(months)
    >>> found.rows, found.event
    (array([0, 2]), array([False,  True]))
    """
    known_until = months.end if end is None else end
    days = np.unique(months.day)
    if not days.size:
        return AtRisk(np.zeros(0, np.int64), np.zeros(0, np.bool_), np.zeros(0, np.bool_))
    following = np.append(days[1:], days[-1] + round(DAYS_A_MONTH))
    until = following[np.searchsorted(days, months.day)]
    left = months.churned[months.account]
    rows = np.flatnonzero(~(left <= months.day) & (until < known_until))
    latest = int(until[rows].max()) if rows.size else 0
    return AtRisk(rows, left[rows] <= until[rows], months.day[rows] >= latest - _LAST_WINDOW - 2)
