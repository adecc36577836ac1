"""Quantiles of binned durations in which nothing is censored, and their intervals from order statistics."""

import numpy as np
from scipy import special

from cxlib.stats.arrays import Floats, Integers, one_tail
from cxlib.stats.histogram import DurationBins, order_statistic
from cxlib.stats.ordered import OrderedBins, order_bins

__all__ = ["quantile_interval", "quantiles", "sample_interval", "sample_quantiles"]


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
    ordered = order_bins(cells, groups=groups)
    known = np.flatnonzero(ordered.rows > 0)
    value = np.full(groups, np.nan)
    value[known] = sample_quantiles(ordered, known, q)
    return value


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
    ordered = order_bins(cells, groups=groups)
    known = np.flatnonzero(ordered.rows > 0)
    lower, upper = np.full(groups, np.nan), np.full(groups, np.nan)
    lower[known], upper[known] = sample_interval(ordered, known, q, level=level)
    return lower, upper


def sample_quantiles(cells: OrderedBins, chosen: Integers, q: float) -> Floats:
    """Sample quantile of chosen groups, each of which has rows, as `quantiles` says.

    Examples
    --------
    >>> cells = DurationBins([0, 0], [3, 9], [True, True], [1, 3], [2.0, 15.0], [2.0, 4.0], [2.0, 6.0])
    >>> sample_quantiles(order_bins(cells, groups=1), np.array([0]), 0.5)
    array([4.5])
    """
    size = cells.rows[chosen]
    position = (size - 1) * q
    low = np.floor(position + 1e-9)
    lower, upper = (_at_rank(cells, chosen, rank) for rank in (low, np.minimum(low + 1, size - 1)))
    return lower + np.maximum(position - low, 0.0) * (upper - lower)


def sample_interval(
    cells: OrderedBins, chosen: Integers, q: float, *, level: float = 0.95
) -> tuple[Floats, Floats]:
    """Interval of a quantile of chosen groups, each of which has rows, as `quantile_interval` says.

    Examples
    --------
    >>> x = np.arange(1.0, 11.0)
    >>> cells = DurationBins([0] * 10, np.arange(10), [True] * 10, [1] * 10, x, x, x)
    >>> sample_interval(order_bins(cells, groups=1), np.array([0]), 0.5)
    (array([2.]), array([9.]))
    """
    tail = one_tail(level)
    sizes, place = np.unique(
        cells.rows[chosen], return_inverse=True
    )  # a binomial quantile takes microseconds
    first, last = (_binomial_quantile(p, sizes, q)[place] for p in (tail, 1 - tail))
    size = sizes[place]
    lower = np.where(first >= 1, _at_rank(cells, chosen, np.maximum(first - 1, 0)), 0.0)
    upper = np.where(last < size, _at_rank(cells, chosen, np.minimum(last, size - 1)), np.inf)
    return lower, upper


def _binomial_quantile(p: float, size: Floats, q: float) -> Floats:
    """The least count whose cumulative probability reaches p; scipy.stats takes seconds to import."""
    count = np.ceil(special.bdtrik(p, size, q))
    below = np.maximum(count - 1, 0)
    return np.where(special.bdtr(below, size.astype(np.int64), q) >= p, below, count)


def _at_rank(cells: OrderedBins, chosen: Integers, rank: Floats) -> Floats:
    """The duration of rank 0.. in each of the chosen groups."""
    place = cells.through[cells.first[chosen]] + rank
    at = np.searchsorted(cells.through, place, side="right") - 1
    return order_statistic(cells.cells(at), np.arange(at.size), place - cells.through[at])
