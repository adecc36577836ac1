"""Reasons that were abolished or brought in: a change of the list is no change of what people write about."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from cxlib.changes.panel import pivot
from cxlib.data.periods import day_to_date
from cxlib.result import Caveat
from cxlib.text import format_day, format_value, join_words

__all__ = ["MERGED", "Relisted", "merge_reasons", "relisted", "taxonomy_caveats"]

Floats = npt.NDArray[np.float64]

MERGED = "(other)"  # reasons that cannot be compared over time, together with the one called other
_OTHER = frozenset({"other", "others"})
_USED, _UNUSED = 0.03, 0.003  # share of the rows
_MONTH, _FORTNIGHT = 28, 14
_GAPS = (0, 7, 14, 21, 28)  # days that the change of the list may take
_FEWEST_ROWS = 20
_HOLDS = 1.5  # the total moves by less than this factor


@dataclass(frozen=True, slots=True)
class Relisted:
    """A reason that is used before a day or after it only.

    Parameters
    ----------
    reason : str
        Value of the column.
    day : int
        Local day on which the list changed.
    before, after : float
        Share of the rows in the four weeks before and after, 0..1.
    """

    reason: str
    day: int
    before: float
    after: float


def relisted(counts: Floats, reasons: Sequence[str], first: int) -> tuple[Relisted, ...]:
    """Reasons that go from 3 % of the rows to 0.3 %, or back, within four weeks while the total holds.

    What comes and goes again is an event, not a list: the reason was in use, or not, ever before, and stays
    out of use, or in it, to the end. A reason that begins must also take its rows from the others, as a fault
    adds to them.

    Parameters
    ----------
    counts : array of float, shape (days, reasons)
        Rows of consecutive days.
    reasons : sequence of str
        What the columns hold.
    first : int
        Local day of the first row.

    Returns
    -------
    tuple of Relisted
        In the order of the columns.

    Examples
    --------
    >>> old = np.where(np.arange(120) < 60, 10.0, 0.0)
    >>> [(one.reason, one.day) for one in relisted(np.column_stack([old, 100 - old]), ["a", "b"], 0)]
    [('a', 60)]
    """
    days = len(counts)
    sums = np.vstack([np.zeros(counts.shape[1]), np.cumsum(counts, axis=0)])
    found: dict[int, Relisted] = {}
    for gap in _GAPS:
        for split in range(_FORTNIGHT, days - gap - _FORTNIGHT + 1):
            before, after = (
                _window(sums, split - _MONTH, split),
                _window(sums, split + gap, split + gap + _MONTH),
            )
            for column in _changed(before, after):
                shares = before[column] / before.sum(), after[column] / after.sum()
                best = found.get(int(column))
                apart = abs(shares[1] - shares[0])
                if best is None or apart > abs(best.after - best.before):
                    found[int(column)] = Relisted(
                        str(reasons[int(column)]), first + split, *map(float, shares)
                    )
    return tuple(one for column, one in sorted(found.items()) if _lasts(sums, column, one, one.day - first))


def _window(sums: Floats, start: int, stop: int) -> Floats:
    """Mean rows a day by reason, within the data."""
    start, stop = max(start, 0), min(stop, len(sums) - 1)
    return np.asarray((sums[stop] - sums[start]) / max(stop - start, 1))


def _changed(before: Floats, after: Floats) -> npt.NDArray[np.int64]:
    """Columns in use on one side only, the total being about the same."""
    whole = before.sum(), after.sum()
    if min(whole) <= 0 or max(whole) > _HOLDS * min(whole):
        return np.empty(0, dtype=np.int64)
    one, other = before / whole[0], after / whole[1]
    enough = np.maximum(before, after) * _FORTNIGHT >= _FEWEST_ROWS
    ends = (one >= _USED) & (other <= _UNUSED)
    begins = (one <= _UNUSED) & (other >= _USED) & (whole[1] - after <= whole[0] - before - after / 2)
    return np.flatnonzero((ends | begins) & enough)


def _lasts(sums: Floats, column: int, one: Relisted, split: int) -> bool:
    """Whether it was so in every month before, and is in every month after."""
    days = len(sums) - 1
    months = [_window(sums, end - _MONTH, end) for end in range(split, _MONTH - 1, -_MONTH)]
    earlier = [month[column] / max(month.sum(), 1e-9) for month in months]
    months = [
        _window(sums, start, start + _MONTH) for start in range(split + _MONTH, days - _FORTNIGHT, _MONTH)
    ]
    later = [month[column] / max(month.sum(), 1e-9) for month in months]
    used, unused = (earlier, later) if one.before > one.after else (later, earlier)
    return min(used, default=1.0) > _UNUSED and max(unused, default=0.0) < _USED / 2


def merge_reasons(cells: pd.DataFrame, first: int, last: int) -> tuple[pd.DataFrame, tuple[Relisted, ...]]:
    """Cells whose reasons can be compared over time.

    Parameters
    ----------
    cells : DataFrame
        Daily cells, with or without a column reason.
    first, last : int
        Half-open range of local days in which the reasons are compared.

    Returns
    -------
    cells, found : DataFrame, tuple of Relisted
        Cells of the reasons found, and of one called other, carry `MERGED`.
    """
    if "reason" not in cells or last - first < 2 * _FORTNIGHT:
        return cells, ()
    panel = pivot(cells, ("reason",), first, last)
    found = relisted(panel.n, [str(label) for label in panel.labels[:, 0]], first)
    if not found:
        return cells, ()
    gone = {one.reason for one in found}
    together = [
        MERGED if reason in gone or reason.lower() in _OTHER else reason for reason in cells["reason"]
    ]
    return cells.assign(reason=pd.array(together, dtype="str")), found


def taxonomy_caveats(found: Sequence[Relisted]) -> tuple[Caveat, ...]:
    """The caveat that names the reasons; empty without any."""
    if not found:
        return ()
    said = [
        f"{one.reason} (from {format_value(100 * one.before, '%')} of the rows to "
        f"{format_value(100 * one.after, '%')} about {format_day(day_to_date(one.day))})"
        for one in found
    ]
    return (
        Caveat(
            "taxonomy_changed",
            f"The list of reasons changed while the total held: {join_words(said, most=6)}. "
            "They are searched together with other reasons, not on their own.",
        ),
    )
