"""How likely a cause is that nobody wrote down, and on which days."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from cxlib.changes.calendar import Change
from cxlib.changes.columns import Columns
from cxlib.changes.log.rules_dates import Gap
from cxlib.data.periods import date_to_day

__all__ = ["missing_changes", "unlogged_days"]

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


def missing_changes(changes: Sequence[Change], log: Sequence[Change], columns: Columns) -> float:
    """Share of the changes that a window should hold, by the pace of the whole log, and does not.

    A change is the guilty one as often in a window that holds few as in one that holds many: the fewer there
    are than the log usually holds, the likelier is something else.

    Parameters
    ----------
    changes : sequence of Change
        Those of the window.
    log : sequence of Change
        All of them.
    columns : Columns
        The window.

    Returns
    -------
    float
        0 to 1; 0 where there are none at all.
    """
    if not changes:
        return 0.0
    first, last = min(change.day for change in log), max(change.day for change in log)
    span = max(last, columns.last - 1) - first + 1
    usual = len(log) * len(columns.days) / max(span, len(columns.days))
    return max(1 - len(changes) / max(usual, 1.0), 0.0)
