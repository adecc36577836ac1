"""Intervals of shares, nets, means, counts and rates, one per cell: arrays in, arrays out.

Every function takes the additive sums of the cells (n, Σx, Σx², exposure) and returns ``lower, upper``. An
empty cell gives NaN, never 0. Shares lie in 0..1 and nets in -1..1 here; metrics scale them to their unit.
Counts and rates live in `cxlib.stats.rates`, the bootstrap in `cxlib.stats.bootstrap`; they are offered here
too, so that one import serves all kinds.
"""

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from cxlib.stats.arrays import Floats, as_floats, one_tail, refuse_where
from cxlib.stats.bootstrap import bca_interval
from cxlib.stats.rates import dispersion, poisson_interval, rate_interval

__all__ = [
    "Floats",
    "bca_interval",
    "dispersion",
    "mean_interval",
    "net_interval",
    "poisson_interval",
    "rate_interval",
    "wilson_interval",
]


def wilson_interval(hits: ArrayLike, n: ArrayLike, *, level: float = 0.95) -> tuple[Floats, Floats]:
    """Score interval of a share, one per cell.

    Parameters
    ----------
    hits, n : array of float, shape (cells,)
        Successes and trials, counts; ``0 <= hits <= n``.
    level : float
        Two-sided confidence, inside (0, 1).

    Returns
    -------
    lower, upper : array of float, shape (cells,)
        Shares in 0..1; NaN where ``n`` is 0, never 0.

    Raises
    ------
    CxError
        If ``level`` is outside (0, 1), or some ``hits`` are below 0 or above ``n``.

    References
    ----------
    .. [1] Wilson (1927), JASA 22, 209-212. Checked against scipy `binomtest(...).proportion_ci`.

    Examples
    --------
    >>> lower, upper = wilson_interval(np.array([8.0]), np.array([10.0]))
    >>> lower.round(3), upper.round(3)
    (array([0.49]), array([0.943]))
    """
    tail = one_tail(level)
    hit, trials = as_floats(hits, n)
    refuse_where(
        (hit < 0) | (hit > trials),
        hit,
        name="hits",
        expected="0 <= hits <= n",
        fix="count hits among the n rows",
    )
    trials = np.where(trials > 0, trials, np.nan)
    z2 = float(special.ndtri(1 - tail)) ** 2
    share = hit / trials
    centre = (hit + z2 / 2) / (trials + z2)
    half = np.sqrt(z2 * (share * (1 - share) + z2 / (4 * trials)) * trials) / (trials + z2)
    # At 0 and n hits the bound is the share itself; the subtraction would leave a rounding error there.
    lower = np.where(hit == 0, 0 * trials, np.minimum(centre - half, share))
    upper = np.where(hit == trials, 1 + 0 * trials, np.maximum(centre + half, share))
    return np.clip(lower, 0.0, 1.0), np.clip(upper, 0.0, 1.0)


def net_interval(
    total: ArrayLike, squares: ArrayLike, n: ArrayLike, *, level: float = 0.95
) -> tuple[Floats, Floats]:
    """Adjusted Wald interval of a net (share of +1 less share of -1), one per cell.

    Three quarters of a promoter and of a detractor and one and a half passives are added. The normal quantile
    is rounded to two decimals, 1.96 at 95 %, as the definition of the metric prints it.

    Parameters
    ----------
    total, squares, n : array of float, shape (cells,)
        Σx, Σx² and the number of rows; each row is worth -1, 0 or +1, so Σx = P - D and Σx² = P + D.
    level : float
        Two-sided confidence, inside (0, 1).

    Returns
    -------
    lower, upper : array of float, shape (cells,)
        In -1..1, widened to contain the raw Σx/n; NaN where ``n`` is 0.

    Raises
    ------
    CxError
        If ``level`` is outside (0, 1), or the sums cannot be of rows worth -1, 0 or +1.

    References
    ----------
    .. [1] Agresti and Min (2005), Statistics in Medicine 24, 729-740, for the form; the tests enumerate the
       coverage of the constants used here.

    Examples
    --------
    Five promoters, three passives, two detractors: a = 3/13, p + d = 8.5/13.

    >>> lower, upper = net_interval(np.array([3.0]), np.array([7.0]), np.array([10.0]))
    >>> lower.round(3), upper.round(3)
    (array([-0.191]), array([0.652]))
    """
    tail = one_tail(level)
    sums, square, rows = as_floats(total, squares, n)
    slack = 1e-9 * np.maximum(1.0, rows)
    refuse_where(
        (np.abs(sums) > square + slack) | (square > rows + slack),
        square,
        name="squares",
        expected="|total| <= squares <= n, as rows worth -1, 0 or +1 give",
        fix="divide values of -100..100 by 100 and their squares by 10 000",
    )
    rows = np.where(rows > 0, rows, np.nan)
    quantile = round(float(special.ndtri(1 - tail)), 2)
    more = rows + 3
    centre = sums / more
    half = quantile * np.sqrt(np.maximum((square + 1.5) / more - centre**2, 0.0) / more)
    raw = sums / rows
    lower = np.minimum(np.maximum(centre - half, -1.0), raw)
    upper = np.maximum(np.minimum(centre + half, 1.0), raw)
    return lower, upper


def mean_interval(
    total: ArrayLike, squares: ArrayLike, n: ArrayLike, *, level: float = 0.95
) -> tuple[Floats, Floats]:
    """Student's t interval of a mean, one per cell.

    Below 30 rows a skewed value makes it too short on one side: use `bca_interval` where the rows are at
    hand, and say so where they are not.

    Parameters
    ----------
    total, squares, n : array of float, shape (cells,)
        Σx, Σx² and the number of rows.
    level : float
        Two-sided confidence, inside (0, 1).

    Returns
    -------
    lower, upper : array of float, shape (cells,)
        In the unit of x; NaN where ``n`` is below 2.

    Raises
    ------
    CxError
        If ``level`` is outside (0, 1).

    References
    ----------
    .. [1] Student (1908), Biometrika 6, 1-25. Checked against scipy `ttest_1samp(...).confidence_interval`.

    Examples
    --------
    >>> lower, upper = mean_interval(np.array([15.0]), np.array([55.0]), np.array([5.0]))
    >>> lower.round(3), upper.round(3)
    (array([1.037]), array([4.963]))
    """
    tail = one_tail(level)
    sums, square, rows = as_floats(total, squares, n)
    rows = np.where(rows >= 2, rows, np.nan)
    mean = sums / rows
    variance = np.maximum(square - sums * mean, 0.0) / (rows - 1)
    half = special.stdtrit(rows - 1, 1 - tail) * np.sqrt(variance / rows)
    return mean - half, mean + half
