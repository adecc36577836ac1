"""Who left when, seen from each snapshot: labels with a lead, closed windows, and an embargo before a cut."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cxlib.errors import UsageError
from cxlib.health.account_months import AccountMonths

__all__ = ["Labels", "label_snapshots", "split_at"]

Integers = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False, slots=True)
class Labels:
    """Snapshots whose window is closed, and whether the account left in it.

    A snapshot of day t has the window (t + lead, t + lead + horizon].

    Parameters
    ----------
    rows : array of int64, shape (labelled,)
        Places in the rows of the `AccountMonths`.
    event : array of bool, shape (labelled,)
        Whether the account left in the window.
    last_day : array of int64, shape (labelled,)
        The last day of the window: the label is known from the day after.
    account : array of int64, shape (labelled,)
        Place in `accounts`.
    day : array of int64, shape (labelled,)
        Day of the snapshot.
    open_windows, left_in_lead, already_gone : int
        Snapshots left out: the window reaches beyond what is known; the account left within the lead; it had
        left by the day of the snapshot.
    """

    rows: Integers
    event: Bools
    last_day: Integers
    account: Integers
    day: Integers
    open_windows: int = 0
    left_in_lead: int = 0
    already_gone: int = 0

    @property
    def churned_accounts(self) -> int:
        """How many accounts left in a window of theirs."""
        return int(np.unique(self.account[self.event]).size)

    def pick(self, which: Bools) -> "Labels":
        """Some of the snapshots; what was left out before is counted no more."""
        return Labels(
            self.rows[which], self.event[which], self.last_day[which], self.account[which], self.day[which]
        )


def label_snapshots(
    months: AccountMonths, *, lead_days: int, horizon_days: int, end: int | None = None
) -> Labels:
    """Label every snapshot whose window is closed.

    Parameters
    ----------
    months : AccountMonths
        Snapshots.
    lead_days : int
        Days between the snapshot and the window, 0 or more.
    horizon_days : int
        Length of the window in days, 1 or more.
    end : int, optional
        The first local day of which nothing may be known; omitted: `months.end`.

    Returns
    -------
    labels : Labels
        What was left out is counted in it.

    Raises
    ------
    UsageError
        If the lead is negative, the horizon not positive, or `end` after what is known.

    Examples
    --------
    Days 0 and 30, known before day 70: the window of day 30 is still open.

    >>> from cxlib.health.labels import label_snapshots
    >>> months = AccountMonths(
    ...     ("a", "b"), ("nps",), np.array([0, 0, 1]), np.array([0, 30, 0]), np.full((3, 1), 0.5),
    ...     np.ones((3, 1), bool), np.ones((3, 1)), np.ones(1), np.array([0.5]), np.full(3, 50.0),
    ...     np.array([np.nan, np.nan]), np.array([np.nan, 45.0]), 70)
    >>> labels = label_snapshots(months, lead_days=0, horizon_days=60)
    >>> labels.day, labels.event, labels.open_windows
    (array([0, 0]), array([False,  True]), 1)
    """
    last = months.end if end is None else end
    _check(lead_days, horizon_days, last, months.end)
    left = months.churned[months.account]
    gone = left <= months.day
    open_ = ~gone & (months.day + lead_days + horizon_days >= last)
    early = ~gone & ~open_ & (left <= months.day + lead_days)
    rows = np.flatnonzero(~gone & ~open_ & ~early)
    day = months.day[rows]
    return Labels(
        rows=rows,
        event=left[rows] <= day + lead_days + horizon_days,
        last_day=day + lead_days + horizon_days,
        account=months.account[rows],
        day=day,
        open_windows=int(open_.sum()),
        left_in_lead=int(early.sum()),
        already_gone=int(gone.sum()),
    )


def _check(lead_days: int, horizon_days: int, end: int, known_until: int) -> None:
    if lead_days < 0 or horizon_days < 1:
        raise UsageError(
            "lead_days, horizon_days",
            found=f"{lead_days} and {horizon_days}",
            expected="a lead of 0 days or more and a horizon of 1 day or more",
            fix="write lead_days=30, horizon_days=90",
        )
    if end > known_until:
        raise UsageError(
            "end",
            found=f"day {end}",
            expected=f"day {known_until} or before: nothing is known from then on",
            fix="drop end, or load later data",
        )


def split_at(labels: Labels, cut: int) -> tuple[Labels, Labels]:
    """Snapshots whose label was known when the test begins, and the snapshots of the test.

    Between them lies an embargo of lead and horizon: a snapshot whose window touches the day of the cut or a
    later one is in neither.

    Parameters
    ----------
    labels : Labels
        From `label_snapshots`.
    cut : int
        Local day number: the first day of the test.

    Returns
    -------
    training, test : Labels
        The last label of the first ends before the cut.

    Examples
    --------
    >>> days = np.array([0, 30, 60, 90])
    >>> labels = Labels(np.arange(4), np.zeros(4, bool), days + 30, np.zeros(4, int), days)
    >>> [part.day for part in split_at(labels, 61)]
    [array([ 0, 30]), array([90])]
    """
    return labels.pick(labels.last_day < cut), labels.pick(labels.day >= cut)
