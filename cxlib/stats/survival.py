"""How long it takes, with those still waiting counted: quantiles, share within a target, restricted mean.

All are read from the Kaplan–Meier curves of `cxlib.stats.curves`, for every group at once; inside a bin they
lie as `cxlib.stats.histogram` says.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from cxlib.errors import UsageError
from cxlib.stats.arrays import Floats, Integers, one_tail
from cxlib.stats.curves import SurvivalCurves, curve_at, kaplan_meier, reaches, sum_before
from cxlib.stats.histogram import DurationBins, count_up_to, group_sum, order_statistic
from cxlib.stats.intervals import wilson_interval
from cxlib.stats.quantiles import quantile_interval, quantiles

__all__ = [
    "DurationBins",
    "SurvivalCurves",
    "kaplan_meier",
    "restricted_mean",
    "share_within",
    "survival_quantile",
]

_CLOSE = 1e-9  # two products of the same factors in another order


def survival_quantile(
    curves: SurvivalCurves, q: float = 0.5, *, level: float = 0.95
) -> tuple[Floats, Floats, Floats]:
    """Duration by which a share ``q`` has ended, with its interval.

    Where everything of a group has ended: the sample quantile and order statistics. Where the curve stays on
    1 - q for a while: the middle of that stretch, as for the median of an even number.

    Parameters
    ----------
    curves : SurvivalCurves
        From `kaplan_meier`.
    q : float
        Share ended, inside (0, 1); 0.5 is the median, 0.9 the p90.
    level : float
        Two-sided confidence, inside (0, 1).

    Returns
    -------
    value, lower, upper : array of float, shape (groups,)
        In the unit of the durations. A quantile that the curve does not reach is NaN, with the longest
        duration seen as ``lower`` and inf as ``upper``; inf also where the upper bound is not reached. NaN
        without rows.

    Raises
    ------
    UsageError
        If ``q`` or ``level`` is outside (0, 1).

    References
    ----------
    .. [1] Brookmeyer and Crowley (1982), Biometrics 38, 29-41, with log(-log S) as Borgan and Liestøl (1990),
       Scand. J. Statist. 17, 35-41. Checked against statsmodels `SurvfuncRight.quantile_ci`.

    Examples
    --------
    >>> x = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    >>> cells = DurationBins([0] * 5, [1, 2, 3, 4, 5], [True, False, True, True, False], [1] * 5, x, x, x)
    >>> survival_quantile(kaplan_meier(cells, groups=1))
    (array([4.]), array([1.]), array([inf]))
    """
    if not 0 < q < 1:
        raise UsageError("q", found=repr(q), expected="a share inside (0, 1)", fix="write 0.5 for the median")
    z = float(special.ndtri(1 - one_tail(level)))
    share = 1 - q
    value = _crossing(curves, share)
    lower = _bound(curves, share, -z)
    upper = _bound(curves, share, z)
    reached = np.isfinite(value)
    lower = np.where(reached, np.fmin(lower, value), curves.longest)
    upper = np.where(reached, np.fmax(upper, value), np.inf)
    groups = curves.rows.size
    plain = (curves.running == 0) & (curves.rows > 0)
    low, high = quantile_interval(curves.cells, q, groups=groups, level=level)
    sample = quantiles(curves.cells, q, groups=groups)
    value = np.where(plain, sample, value)
    lower = np.where(plain, np.fmin(low, sample), lower)
    upper = np.where(plain, np.fmax(high, sample), np.where(curves.rows > 0, upper, np.nan))
    return value, lower, upper


def share_within(
    curves: SurvivalCurves, target: ArrayLike, *, level: float = 0.95
) -> tuple[Floats, Floats, Floats]:
    """Share that ended within a target, those still running counted as far as they were seen.

    Parameters
    ----------
    curves : SurvivalCurves
        From `kaplan_meier`.
    target : float or array of float, shape (groups,)
        In the unit of the durations; exactly the target is within it.
    level : float
        Two-sided confidence, inside (0, 1).

    Returns
    -------
    share, lower, upper : array of float, shape (groups,)
        0..1. NaN without rows, and where some are running and none was seen as long as the target. The
        interval is Wilson's on the effective sample size: the rows, where all had the time to end.

    Raises
    ------
    UsageError
        If ``level`` is outside (0, 1).

    References
    ----------
    .. [1] Dorey and Korn (1987), Statistics in Medicine 6, 679-687.

    Examples
    --------
    >>> x = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    >>> cells = DurationBins([0] * 5, [1, 2, 3, 4, 5], [True, False, True, True, False], [1] * 5, x, x, x)
    >>> share, lower, upper = share_within(kaplan_meier(cells, groups=1), 3.0)
    >>> share.round(4), lower.round(2), upper.round(2)
    (array([0.4667]), array([0.13]), array([0.83]))
    """
    target = np.broadcast_to(np.asarray(target, dtype=np.float64), curves.rows.shape)
    surviving, variance = curve_at(curves, target)
    cells = curves.cells
    longer = cells.n - count_up_to(cells, target[cells.group])
    seen = group_sum(longer, cells.group, groups=curves.rows.size)
    inner = (surviving > 0) & (surviving < 1) & (variance > 0)
    effective = np.where(
        inner,
        (1 - surviving) / np.where(inner, surviving * variance, 1.0),
        np.where(surviving == 0, curves.rows, seen),
    )
    known = reaches(curves, target, surviving)
    effective = np.where(known, effective, np.nan)
    share = np.where(known, 1 - surviving, np.nan)
    lower, upper = wilson_interval(np.clip(share, 0.0, 1.0) * effective, effective, level=level)
    return share, lower, upper


def restricted_mean(
    curves: SurvivalCurves, tau: ArrayLike, *, level: float = 0.95
) -> tuple[Floats, Floats, Floats]:
    """Mean duration if nothing lasted longer than τ: the area under the curve up to τ. Print τ beside it.

    Parameters
    ----------
    curves : SurvivalCurves
        From `kaplan_meier`.
    tau : float or array of float, shape (groups,)
        In the unit of the durations; one for all that are compared, such as ``np.nanmin(curves.longest)``.
    level : float
        Two-sided confidence, inside (0, 1).

    Returns
    -------
    mean, lower, upper : array of float, shape (groups,)
        In the unit of the durations, inside 0..τ. NaN without rows, and where some are running and none was
        seen as long as τ.

    Raises
    ------
    UsageError
        If ``level`` is outside (0, 1).

    References
    ----------
    .. [1] Klein and Moeschberger (2003), Survival Analysis, section 4.5.

    Examples
    --------
    1 up to 1, 4/5 up to 3, 8/15 up to 4.

    >>> x = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    >>> cells = DurationBins([0] * 5, [1, 2, 3, 4, 5], [True, False, True, True, False], [1] * 5, x, x, x)
    >>> restricted_mean(kaplan_meier(cells, groups=1), 4.0)[0].round(4)
    array([3.1333])
    """
    z = float(special.ndtri(1 - one_tail(level)))
    steps, groups = curves.steps, curves.rows.size
    tau = np.broadcast_to(np.asarray(tau, dtype=np.float64), (groups,))
    inside = count_up_to(steps, tau[steps.group])
    # Of the one bin that τ cuts, the part before it is taken to lie midway between its minimum and τ.
    middle = np.where(inside < steps.n, (steps.low + tau[steps.group]) / 2, steps.total / steps.n)
    drop = curves.before * inside / curves.at_risk
    surviving = curve_at(curves, tau)[0]
    mean = group_sum(drop * middle, steps.group, groups=groups) + surviving * tau
    area = sum_before(drop * middle, steps.group) + curves.before * middle
    ahead = np.where(inside > 0, np.maximum(mean[steps.group] - area, 0.0), 0.0)
    remaining = curves.at_risk - inside
    greenwood = np.where(remaining > 0, inside / (curves.at_risk * np.maximum(remaining, 1.0)), 0.0)
    half = z * np.sqrt(group_sum(ahead**2 * greenwood, steps.group, groups=groups))
    known = reaches(curves, tau, surviving)
    mean = np.where(known, mean, np.nan)
    return mean, np.maximum(mean - half, 0.0), np.minimum(mean + half, tau)


def _first_step(curves: SurvivalCurves, crossed: NDArray[np.bool_]) -> Integers:
    """Index of the first crossed step of each group; -1 without one."""
    none = curves.steps.n.size
    first = np.full(curves.rows.size, none, dtype=np.int64)
    np.minimum.at(first, curves.steps.group, np.where(crossed, np.arange(none), none))
    return np.where(first < none, first, -1)


def _crossing(curves: SurvivalCurves, share: float) -> Floats:
    """The duration at which each curve comes down to a share; NaN where it does not."""
    value = np.full(curves.rows.size, np.nan)
    first = _first_step(curves, curves.after <= share + _CLOSE)
    known = np.flatnonzero(first >= 0)
    at = first[known]
    needed = curves.at_risk[at] * (1 - share / curves.before[at])
    events = np.clip(np.ceil(needed - _CLOSE * curves.at_risk[at]), 1, curves.steps.n[at])
    value[known] = order_statistic(curves.steps, at, events - 1)
    flat = np.abs(events - needed) <= _CLOSE * curves.at_risk[at]
    more = events < curves.steps.n[at]
    following = np.minimum(at + 1, curves.steps.n.size - 1)
    there = more | ((at + 1 < curves.steps.n.size) & (curves.steps.group[following] == known))
    after = order_statistic(curves.steps, np.where(more, at, following), np.where(more, events, 0))
    value[known] = np.where(flat & there, (value[known] + after) / 2, value[known])
    return value


def _bound(curves: SurvivalCurves, share: float, z: float) -> Floats:
    """The first duration at which log(-log S) has passed that of the share by z standard errors; else inf.

    A negative z gives the lower bound. Inside the bin the number of ended ones is found by halving.
    """
    first = _first_step(curves, _passed(curves, np.arange(curves.steps.n.size), curves.steps.n, share, z))
    bound = np.full(curves.rows.size, np.inf)
    known = np.flatnonzero(first >= 0)
    at = first[known]
    low, high = np.zeros(at.size), curves.steps.n[at]
    for _ in range(int(np.ceil(np.log2(max(float(high.max(initial=1)), 2))))):
        middle = np.floor((low + high) / 2)
        passed = _passed(curves, at, np.maximum(middle, 1), share, z)
        low, high = np.where(passed, low, middle), np.where(passed, np.maximum(middle, 1), high)
    bound[known] = order_statistic(curves.steps, at, high - 1)
    return bound


def _passed(
    curves: SurvivalCurves, at: Integers, events: Floats, share: float, z: float
) -> NDArray[np.bool_]:
    """Whether the curve, so many events into a step, lies past the share by z standard errors."""
    at_risk = curves.at_risk[at]
    remaining = at_risk - events
    safe = np.maximum(remaining, 0.5)
    surviving = curves.before[at] * safe / at_risk
    error = np.sqrt(curves.variance_before[at] + events / (at_risk * safe)) / -np.log(surviving)
    apart = np.log(-np.log(surviving)) - np.log(-np.log(share))
    far = apart >= z * error if z < 0 else apart > z * error
    return np.asarray(far | (remaining <= 0))
