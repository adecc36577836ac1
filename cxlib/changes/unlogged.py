"""How likely a cause is that nobody wrote down, and on which days."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from cxlib.changes.calendar import Change
from cxlib.changes.columns import Columns
from cxlib.changes.log.rules_dates import Gap
from cxlib.changes.posterior import Priors
from cxlib.data.periods import date_to_day

__all__ = ["unlogged_days", "with_thin_log"]

Floats = npt.NDArray[np.float64]

_IN_A_GAP = 2.0  # times as likely as on other days


def unlogged_days(days: range, gaps: Sequence[Gap]) -> Floats:
    """How many times as likely as usual an unlogged cause is on each day: twice where the log is silent.

    Parameters
    ----------
    days : range
        Local days.
    gaps : sequence of Gap
        Times in which the log holds no change for longer than is usual.

    Returns
    -------
    array of float, shape (days,)
    """
    likelier = np.ones(len(days))
    for gap in gaps:
        first, last = date_to_day(gap.start) + 1 - days.start, date_to_day(gap.end) - days.start
        likelier[max(first, 0) : max(last, 0)] = _IN_A_GAP
    return likelier


def with_thin_log(
    priors: Priors, changes: Sequence[Change], log: Sequence[Change], columns: Columns, by_day: Floats
) -> Priors:
    """What changes that were not written down would have had goes to an unlogged cause.

    A change is the guilty one as often in a window that holds few as in one that holds many: the fewer there
    are than the log usually holds, the likelier is something else.

    Parameters
    ----------
    priors : Priors
        Of a window as full as usual.
    changes : sequence of Change
        Those of the window.
    log : sequence of Change
        All of them.
    columns : Columns
        The window.
    by_day : array of float, shape (days,)
        See `unlogged_days`.

    Returns
    -------
    Priors
        With an unlogged cause at least as likely as in `priors`.
    """
    unlogged = priors.unlogged * float(by_day.mean())
    if changes:
        span = (
            max(max(change.day for change in log), columns.last - 1) - min(change.day for change in log) + 1
        )
        usual = len(log) * len(columns.days) / max(span, len(columns.days))
        missing = max(1 - len(changes) / max(usual, 1.0), 0.0)
        unlogged += missing * max(1 - priors.no_change - unlogged, 0.0)
    return replace(priors, unlogged=min(unlogged, 1 - priors.no_change))
