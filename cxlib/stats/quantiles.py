"""Quantiles of binned durations in which nothing is censored, and their intervals from order statistics."""

import numpy as np
from scipy import special

from cxlib.stats.arrays import Floats, one_tail
from cxlib.stats.histogram import DurationBins, add_up, group_sum, order_statistic

__all__ = ["quantile_interval", "quantiles"]


def quantiles(cells: DurationBins, q: float, *, groups: int) -> Floats:
    """Sample quantile of each group, whether ended or not, linear between order statistics.

    Parameters
    ----------
    cells : DurationBins
        In any order.
    q : float
        Inside [0, 1]; 0.5 is the median.
    groups : int
        Number of groups.

    Returns
    -------
    value : array of float, shape (groups,)
        In the unit of the cells; NaN for a group without rows.

    References
    ----------
    .. [1] Hyndman and Fan (1996), The American Statistician 50, 361-365, type 7.
       Checked against numpy `quantile`.

    Examples
    --------
    >>> cells = DurationBins([0, 0], [3, 9], [True, True], [1, 3], [2.0, 15.0], [2.0, 4.0], [2.0, 6.0])
    >>> quantiles(cells, 0.5, groups=2)
    array([4.5, nan])
    """
    added = add_up(cells)
    size = group_sum(added.n, added.group, groups=groups)
    position = np.maximum(size - 1, 0) * q
    low = np.floor(position + 1e-9)
    high = np.minimum(low + 1, np.maximum(size - 1, 0))
    lower, upper = (_at_rank(added, rank, size) for rank in (low, high))
    return lower + np.maximum(position - low, 0.0) * (upper - lower)


def quantile_interval(
    cells: DurationBins, q: float, *, groups: int, level: float = 0.95
) -> tuple[Floats, Floats]:
    """Interval of a quantile from order statistics: no assumption about the shape.

    Parameters
    ----------
    cells : DurationBins
        Ended durations, in any order.
    q : float
        Inside (0, 1).
    groups : int
        Number of groups.
    level : float
        Two-sided confidence, inside (0, 1); reached or surpassed.

    Returns
    -------
    lower, upper : array of float, shape (groups,)
        Two of the group's own durations; 0 and inf where it has too few rows for one; NaN where it has none.

    Raises
    ------
    UsageError
        If ``level`` is outside (0, 1).

    References
    ----------
    .. [1] David and Nagaraja (2003), Order Statistics, section 7.1.

    Examples
    --------
    Of ten durations the second and the ninth enclose the median with 97.9 %.

    >>> x = np.arange(1.0, 11.0)
    >>> cells = DurationBins([0] * 10, np.arange(10), [True] * 10, [1] * 10, x, x, x)
    >>> quantile_interval(cells, 0.5, groups=1)
    (array([2.]), array([9.]))
    """
    tail = one_tail(level)
    added = add_up(cells)
    size = group_sum(added.n, added.group, groups=groups)
    first, last = (_binomial_quantile(p, size, q) for p in (tail, 1 - tail))
    lower = np.where(first >= 1, _at_rank(added, np.maximum(first - 1, 0), size), 0.0)
    upper = np.where(last < size, _at_rank(added, np.clip(last, 0, np.maximum(size - 1, 0)), size), np.inf)
    return np.where(size > 0, lower, np.nan), np.where(size > 0, upper, np.nan)


def _binomial_quantile(p: float, size: Floats, q: float) -> Floats:
    """The least count whose cumulative probability reaches p; scipy.stats takes seconds to import."""
    count = np.ceil(special.bdtrik(p, size, q))
    below = np.maximum(count - 1, 0)
    return np.where(special.bdtr(below, size.astype(np.int64), q) >= p, below, count)


def _at_rank(added: DurationBins, rank: Floats, size: Floats) -> Floats:
    """The duration of rank 0.. in each group of added-up cells; NaN for an empty group."""
    found = np.full(size.shape, np.nan)
    known = size > 0
    through = np.cumsum(added.n)
    place = (np.cumsum(size) - size + rank)[known]
    at = np.searchsorted(through, place, side="right")
    found[known] = order_statistic(added, at, place - (through[at] - added.n[at]))
    return found
