"""Rows that stay until they leave: what stands at the end of each day, from what came and what left."""

import numpy as np
from numpy.typing import NDArray

from cxlib.metrics.cells import Cells

__all__ = ["standing"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


def standing(cells: Cells, first: int, end: int) -> Cells:
    """The rows that stand at the end of each local day: come on it or before, and not left by then.

    The end of a day is the first instant of the next one, so that what stands at the end of a period is what
    stands at the end of its last day, whatever hours that day has. A row that leaves at that very instant
    still stands.

    Parameters
    ----------
    cells : Cells
        What came by day, and in `leaving` what left.
    first, end : int
        Local days, half-open; what came before the first one is counted.

    Returns
    -------
    Cells
        One for each group and day of the range, ascending; n, Σx and Σx² of what stands, and the counts
        beside of what came on the day.

    Examples
    --------
    Two come on day 10, one on day 12; one leaves on day 11.

    >>> nobody, one = np.zeros(1, dtype=np.int64), np.ones(1)
    >>> left = Cells(np.array([11]), nobody, ((),), one, one, one, {}, None)
    >>> two = np.array([2.0, 1.0])
    >>> came = Cells(np.array([10, 12]), nobody.repeat(2), ((),), two, two, two, {}, None, None, left)
    >>> standing(came, 10, 13).n
    array([2., 1., 2.])
    """
    days = np.arange(first, max(end, first), dtype=np.int64)
    groups = len(cells.groups)
    sums = {
        name: _running(cells, getattr(cells, name), days)
        - (0.0 if cells.leaving is None else _running(cells.leaving, getattr(cells.leaving, name), days))
        for name in ("n", "total", "squares")
    }
    return Cells(
        np.tile(days, groups),
        np.repeat(np.arange(groups, dtype=np.int64), len(days)),
        cells.groups,
        sums["n"],
        sums["total"],
        sums["squares"],
        {name: _daily(cells, values, days).reshape(-1) for name, values in cells.counted.items()},
        None,
    )


def _daily(cells: Cells, values: Floats, days: Integers) -> Floats:
    """Sums of a column by group and day; what came before the days came on the first of them."""
    place = np.maximum(cells.day - (days[0] if len(days) else 0), 0)
    inside = place < len(days)
    flat = cells.group[inside] * len(days) + place[inside]
    size = len(cells.groups) * len(days)
    sums = np.bincount(flat, weights=values[inside], minlength=size).astype(np.float64)
    return sums.reshape(len(cells.groups), len(days))


def _running(cells: Cells, values: Floats, days: Integers) -> Floats:
    """Sums of a column up to the end of each day, by group, flattened."""
    return _daily(cells, values, days).cumsum(axis=1).reshape(-1)
