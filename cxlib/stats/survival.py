"""How long it takes, with those still waiting counted: quantiles, share within a target, restricted mean.

All are read from the Kaplan–Meier curves of `cxlib.stats.curves`, for every group at once; inside a bin they
lie as `cxlib.stats.histogram` says.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from cxlib.errors import UsageError
from cxlib.stats.arrays import Floats, Integers, one_tail
from cxlib.stats.curves import SurvivalCurves, kaplan_meier, reaches, sum_before, within
from cxlib.stats.histogram import DurationBins, count_up_to, group_sum, order_statistic
from cxlib.stats.intervals import wilson_interval
from cxlib.stats.quantiles import sample_interval, sample_quantiles

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
    lower, upper = _bounds(curves, share, z)
    reached = np.isfinite(value)
    lower = np.where(reached, np.fmin(lower, value), curves.longest)
    upper = np.where(reached, np.fmax(upper, value), np.where(curves.rows > 0, np.inf, np.nan))
    plain = np.flatnonzero((curves.running == 0) & (curves.rows > 0))
    sample = sample_quantiles(curves.cells, plain, q)
    low, high = sample_interval(curves.cells, plain, q, level=level)
    value[plain], lower[plain], upper[plain] = sample, np.fmin(low, sample), np.fmax(high, sample)
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
    found = within(curves, target)
    surviving, variance = found.surviving, found.variance
    cells = curves.cells.cells(np.arange(curves.cells.ended.size))
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
    group, groups = curves.group, curves.rows.size
    tau = np.broadcast_to(np.asarray(tau, dtype=np.float64), (groups,))
    found = within(curves, tau)
    steps, inside, surviving = found.steps, found.inside, found.surviving
    # Of the one bin that τ cuts, the part before it is taken to lie midway between its minimum and τ.
    middle = np.where(inside < steps.n, (steps.low + tau[group]) / 2, steps.total / steps.n)
    drop = found.before * inside / curves.at_risk
    mean = group_sum(drop * middle, group, groups=groups) + surviving * tau
    area = sum_before(drop * middle, curves.first) + found.before * middle
    ahead = np.where(inside > 0, np.maximum(mean[group] - area, 0.0), 0.0)
    remaining = curves.at_risk - inside
    greenwood = np.where(remaining > 0, inside / (curves.at_risk * np.maximum(remaining, 1.0)), 0.0)
    half = z * np.sqrt(group_sum(ahead**2 * greenwood, group, groups=groups))
    known = reaches(curves, tau, surviving)
    mean = np.where(known, mean, np.nan)
    return mean, np.maximum(mean - half, 0.0), np.minimum(mean + half, tau)


def _crossing(curves: SurvivalCurves, share: float) -> Floats:
    """The duration at which each curve comes down to a share; NaN where it does not."""
    value = np.full(curves.rows.size, np.nan)
    first, end = curves.first[:-1], curves.first[1:]
    # Summed over all groups the hazard ascends, so that one search finds the step of each of them.
    step = np.searchsorted(curves.hazard[1:], curves.hazard[first] - np.log(share + _CLOSE))
    group = np.flatnonzero((step < end) | curves.ends)
    at = np.clip(step, first, np.maximum(end - 1, first))[group]
    steps, at_risk = curves.cells.cells(curves.steps[at]), curves.at_risk[at]
    needed = at_risk * (1 - share / curves.before(at, group)[0])
    events = np.clip(np.ceil(needed - _CLOSE * at_risk), 1, steps.n)
    found = order_statistic(steps, np.arange(at.size), events - 1)
    flat = np.abs(events - needed) <= _CLOSE * at_risk
    more = events < steps.n
    there = np.flatnonzero(flat & (more | (at + 1 < end[group])))
    inside = more[there]
    following = curves.cells.cells(curves.steps[at[there] + ~inside])
    after = order_statistic(following, np.arange(there.size), np.where(inside, events[there], 0))
    found[there] = (found[there] + after) / 2
    value[group] = found
    return value


def _bounds(curves: SurvivalCurves, share: float, z: float) -> tuple[Floats, Floats]:
    """The first durations at which log(-log S) is no more than z errors below that of the share, and above.

    Its standard error is Greenwood's root over -log S. Inf where a curve does not come that far.
    """
    sizes = np.diff(curves.first)
    hazard = curves.hazard[1:] - np.repeat(curves.hazard[curves.first[:-1]], sizes)
    reach = curves.variance[1:] - np.repeat(curves.variance[curves.first[:-1]], sizes)
    np.sqrt(reach, out=reach)
    reach *= z
    with np.errstate(divide="ignore", invalid="ignore"):  # a curve of one step that ends at 0 has no hazard
        apart = np.log(hazard)
        apart -= np.log(-np.log(share))
        apart *= hazard
    past = apart > reach
    near = apart >= np.negative(reach, out=reach)
    last = curves.first[1:][curves.ends] - 1
    past[last] = near[last] = True
    return _first_duration(curves, near, share, -z), _first_duration(curves, past, share, z)


def _first_duration(curves: SurvivalCurves, passed: NDArray[np.bool_], share: float, z: float) -> Floats:
    """The duration inside the first step of each group that has passed; the rows before it by halving."""
    bound = np.full(curves.rows.size, np.inf)
    places = np.append(np.flatnonzero(passed), passed.size)
    step = places[np.searchsorted(places, curves.first[:-1])]
    group = np.flatnonzero(step < curves.first[1:])
    at = step[group]
    start = _Start(curves.at_risk[at], *curves.before(at, group))
    low, high = np.zeros(at.size), curves.n[at]
    open_ = np.flatnonzero(high > 1)
    while open_.size:
        middle = np.floor((low[open_] + high[open_]) / 2)
        far = _passed(start, open_, middle, share, z)
        high[open_[far]], low[open_[~far]] = middle[far], middle[~far]
        open_ = open_[high[open_] - low[open_] > 1]
    bound[group] = order_statistic(curves.cells.cells(curves.steps[at]), np.arange(at.size), high - 1)
    return bound


class _Start(NamedTuple):
    """Curves just before a step: rows at risk, share still running, Greenwood's sum."""

    at_risk: Floats
    before: Floats
    variance: Floats


def _passed(start: _Start, which: Integers, events: Floats, share: float, z: float) -> NDArray[np.bool_]:
    """Whether curves, so many events into their step, lie past the share by z standard errors."""
    at_risk, before, variance = (part[which] for part in start)
    remaining = at_risk - events
    safe = np.maximum(remaining, 0.5)
    surviving = before * safe / at_risk
    error = np.sqrt(variance + events / (at_risk * safe)) / -np.log(surviving)
    apart = np.log(-np.log(surviving)) - np.log(-np.log(share))
    far = apart >= z * error if z < 0 else apart > z * error
    return np.asarray(far | (remaining <= 0))
