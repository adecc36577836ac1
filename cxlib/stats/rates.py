"""Intervals of counts and of rates per exposure, and how much more than Poisson a rate varies."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from cxlib.stats.arrays import Floats, as_floats, one_tail, refuse_where

__all__ = ["dispersion", "poisson_interval", "rate_interval"]

OVERDISPERSED = 1.5
"""Pearson statistic above which a rate's interval is widened."""


def poisson_interval(count: ArrayLike, *, level: float = 0.95) -> tuple[Floats, Floats]:
    """Exact interval of a Poisson mean from one count, one per cell.

    Parameters
    ----------
    count : array of float, shape (cells,)
        Events counted, 0 or more; NaN stays NaN.
    level : float
        Two-sided confidence, inside (0, 1).

    Returns
    -------
    lower, upper : array of float, shape (cells,)
        Gamma quantiles; the lower one is 0 where the count is 0.

    Raises
    ------
    CxError
        If ``level`` is outside (0, 1) or a count is below 0.

    References
    ----------
    .. [1] Garwood (1936), Biometrika 28, 437-442.

    Examples
    --------
    >>> lower, upper = poisson_interval(np.array([0.0, 10.0]))
    >>> lower.round(3), upper.round(3)
    (array([0.   , 4.795]), array([ 3.689, 18.39 ]))
    """
    tail = one_tail(level)
    (events,) = as_floats(count)
    refuse_where(events < 0, events, name="count", expected="0 or more", fix="count events, not differences")
    each, place = _each(events)  # many cells, few counts; a quantile takes a while
    lower = np.where(each > 0, special.gammaincinv(np.where(each > 0, each, 1.0), tail), 0.0 * each)
    upper = special.gammaincinv(each + 1, 1 - tail)
    found = np.stack([lower, upper])[:, place.reshape(events.shape)]
    return found[0], found[1]


def _each(events: Floats) -> tuple[Floats, NDArray[np.intp]]:
    """Values among which every count is, ascending, and the place of each; small whole ones need no order."""
    most = float(events.max(initial=0.0))  # NaN where there is one
    if most < events.size and bool((events == np.floor(events)).all()):
        return np.arange(most + 1), events.astype(np.intp)
    values, place = np.unique(events, return_inverse=True)
    return values, place


def rate_interval(
    count: ArrayLike, exposure: ArrayLike, dispersion: ArrayLike = 1.0, *, level: float = 0.95
) -> tuple[Floats, Floats]:
    """Interval of a rate per exposure: exact Poisson, wider where earlier periods vary more.

    Parameters
    ----------
    count, exposure : array of float, shape (cells,)
        Σx of the numerator and Σexposure.
    dispersion : array of float, shape (cells,) or one number
        The Pearson statistic of `dispersion`; both half widths are multiplied by its root where it exceeds
        1.5. NaN (too few periods) and anything up to 1.5 count as 1.
    level : float
        Two-sided confidence, inside (0, 1).

    Returns
    -------
    lower, upper : array of float, shape (cells,)
        Per unit of exposure, never below 0; NaN where the exposure is 0.

    Raises
    ------
    CxError
        If ``level`` is outside (0, 1), or a count or an exposure is below 0.

    References
    ----------
    .. [1] McCullagh and Nelder (1989), Generalized Linear Models, section 6.2 (quasi-Poisson).

    Examples
    --------
    >>> lower, upper = rate_interval(np.array([10.0]), np.array([1000.0]), 4.0)
    >>> lower.round(5), upper.round(5)
    (array([0.]), array([0.02678]))
    """
    events, base, spread = as_floats(count, exposure, dispersion)
    refuse_where(base < 0, base, name="exposure", expected="0 or more", fix="sum what was exposed")
    low, high = poisson_interval(events, level=level)
    factor = np.sqrt(np.where(spread > OVERDISPERSED, spread, 1.0))
    base = np.where(base > 0, base, np.nan)
    lower = np.maximum(events - factor * (events - low), 0.0) / base
    return lower, (events + factor * (high - events)) / base


def dispersion(counts: ArrayLike, exposures: ArrayLike, *, least: int = 8) -> Floats:
    """Pearson dispersion of a rate over its periods: 1 for Poisson, more where it varies more.

    Parameters
    ----------
    counts, exposures : array of float, shape (..., periods)
        Complete earlier periods, 8 to 24 of them; those without exposure or with NaN are left out.
    least : int
        Periods below which the statistic is not given.

    Returns
    -------
    phi : array of float, shape (...)
        Σ(x - e)²/e over (periods - 1), with e the exposure at the common rate; NaN below ``least`` periods or
        without a single event.

    References
    ----------
    .. [1] McCullagh and Nelder (1989), Generalized Linear Models, section 4.5.
       Checked against statsmodels GLM.

    Examples
    --------
    Rates of 10 and 30 in turn: e = 20 throughout, 8 · 10²/20 over 7.

    >>> dispersion(np.tile([10.0, 30.0], (1, 4)), np.full((1, 8), 5.0)).round(3)
    array([5.714])
    """
    events, base = as_floats(counts, exposures)
    usable = (base > 0) & np.isfinite(events)
    events, base = np.where(usable, events, 0.0), np.where(usable, base, 0.0)
    periods = usable.sum(axis=-1)
    rate = events.sum(axis=-1, keepdims=True) / np.maximum(
        base.sum(axis=-1, keepdims=True), np.finfo(float).tiny
    )
    expected = rate * base
    deviation = (events - expected) ** 2 / np.where(expected > 0, expected, 1.0)
    known = (periods >= max(least, 2)) & (rate[..., 0] > 0)
    return np.where(known, deviation.sum(axis=-1) / np.maximum(periods - 1, 1), np.nan)
