"""Where the rows of a table stop before the data do: an extract that ends is no fall of the demand."""

from datetime import date

import numpy as np
import numpy.typing as npt

from cxlib.data.periods import day_to_date
from cxlib.result import Caveat
from cxlib.text import format_day

__all__ = ["complete_rows", "truncated"]

Floats = npt.NDArray[np.float64]

_THIN = 0.20  # of a weekday's usual volume
_MONTH = 28
_WEEK = 7
_STRAY = 0.25  # of a usual day
_FEWEST_MISSING = 10.0  # rows: with fewer, a quiet week is no end


def complete_rows(counts: Floats) -> int:
    """The day after the last one before volume stays below a fifth of its usual weekday level, to the end.

    The usual level is the median of the weekday in the four weeks before the fall: a level that went on would
    follow a long thin tail down.

    Parameters
    ----------
    counts : array of float, shape (days,)
        Rows of consecutive days, to the end of the data.

    Returns
    -------
    int
        Days that are complete; all of them where the tail is shorter than a week or too thin to tell.

    Examples
    --------
    >>> complete_rows(np.r_[np.full(40, 30.0), np.full(60, 1.0)]), complete_rows(np.full(100, 30.0))
    (40, 100)
    """
    days = len(counts)
    highest = _highest_from(counts)
    for end in range(_MONTH, days - _WEEK + 1):
        usual = np.median(counts[end - _MONTH : end].reshape(-1, _WEEK), axis=0)
        # the first of `usual` and of `highest` is the weekday of row `end`; where it is closed on a weekday,
        # a stray row is no day's work
        thin = _THIN * np.maximum(usual, _STRAY * usual.mean())
        missing = usual.sum() * (days - end) / _WEEK
        if missing >= _FEWEST_MISSING and np.all(highest[end] <= thin) and counts[end - 1] > 0:
            return end
    return days


def _highest_from(counts: Floats) -> Floats:
    """From each row on, the largest count of each of the seven weekdays, that of the row's own first."""
    days = len(counts)
    padded = np.r_[counts, np.full(_WEEK, -np.inf)]
    highest = np.full(days + _WEEK, -np.inf)
    for row in range(days - 1, -1, -1):
        highest[row] = max(padded[row], highest[row + _WEEK])
    return np.lib.stride_tricks.sliding_window_view(highest, _WEEK)


def truncated(table: str, end: int, stop: int) -> tuple[Caveat, ...]:
    """The caveat of an extract that ends early.

    Parameters
    ----------
    table : str
        Whose rows.
    end, stop : int
        The local day after the last complete one, and that after the last of the data.

    Returns
    -------
    tuple of Caveat
        Empty where the rows are complete.
    """
    if end >= stop:
        return ()
    first: date = day_to_date(end)
    return (
        Caveat(
            "truncated",
            f"Hardly any {table} from {format_day(first)} on, to the end of the data: the extract ends "
            "there, and nothing after it was searched.",
        ),
    )
