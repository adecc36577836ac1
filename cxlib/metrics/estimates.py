"""Sums to values: the estimate and the 95 % interval of each kind, in the metric's own unit."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cxlib.metrics.metric import UNITS_US, Metric
from cxlib.stats.curves import SurvivalCurves, curves_of
from cxlib.stats.histogram import DurationBins
from cxlib.stats.intervals import mean_interval, net_interval, wilson_interval
from cxlib.stats.ordered import blocks_of
from cxlib.stats.rates import poisson_interval, rate_interval
from cxlib.stats.survival import restricted_mean, share_within, survival_quantile

__all__ = ["Estimate", "Sums", "estimate"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sums:
    """Sums of cells, each of shape (groups, periods).

    Parameters
    ----------
    n, total, squares : array of float
        Rows, Σx, Σx².
    exposure, dispersion : array of float or None
        Rates only: Σexposure, and the Pearson statistic of earlier periods (NaN: too few).
    durations : iterable of (slice, DurationBins) or None
        Durations only: places in the flattened transposed arrays, and bins in microseconds whose groups are
        counted from the first of these places.
    planned : array of float or None
        Targets with a plan only: Σplanned.
    spans : array of float or None
        Values per time only: how many weeks or working days are seen.
    worth : array of float or None
        Clustered rows only: independent rows that a row is worth, in 0..1.
    trials, doubt : array of float or None
        Nowcasts only: the trials that the rows amount to, and the relative variance of their number.
    """

    n: Floats
    total: Floats
    squares: Floats
    exposure: Floats | None = None
    dispersion: Floats | None = None
    durations: Iterable[tuple[slice, DurationBins]] | None = None
    planned: Floats | None = None
    spans: Floats | None = None
    worth: Floats | None = None
    trials: Floats | None = None
    doubt: Floats | None = None


@dataclass(frozen=True, slots=True)
class Estimate:
    """Values and bounds in the metric's unit, and what they are made of; shape (groups, periods)."""

    value: Floats
    lower: Floats
    upper: Floats
    n: Floats
    numerator: Floats
    denominator: Floats


def estimate(metric: Metric, sums: Sums) -> Estimate:
    """Value and interval of each cell of a table of sums.

    Parameters
    ----------
    metric : Metric
        What the sums are of.
    sums : Sums
        What the rows of each group and period add up to.
    """
    return _ESTIMATES[metric.kind](metric, sums)


def _divide(total: Floats, by: Floats) -> Floats:
    return np.asarray(np.divide(total, by, out=np.full(total.shape, np.nan), where=by > 0), dtype=np.float64)


def _unknown(sums: Sums) -> Floats:
    return np.full(sums.n.shape, np.nan)


def _share(metric: Metric, sums: Sums) -> Estimate:
    if sums.trials is not None and sums.doubt is not None:
        return _nowcast(sums, sums.trials, sums.doubt)
    value = 100 * _divide(sums.total, sums.n)
    if metric.is_stock:  # a census: nothing was drawn
        return Estimate(value, _unknown(sums), _unknown(sums), sums.n, sums.total, sums.n)
    worth = 1.0 if sums.worth is None else sums.worth
    lower, upper = wilson_interval(sums.total * worth, sums.n * worth)
    return Estimate(value, 100 * lower, 100 * upper, sums.n, sums.total, sums.n)


def _nowcast(sums: Sums, trials: Floats, doubt: Floats) -> Estimate:
    """Outcomes over trials; Wilson on the trials that are as sure as trials and F together (delta method)."""
    share = np.minimum(_divide(sums.total, trials), 1.0)
    # Agresti and Coull, and never 1, which outcomes that come before their trials could make of it
    near = np.minimum((sums.total + 2) / (trials + 4), 1 - 1 / (trials + 4))
    odds = near / (1 - near)
    sure = _divide(trials, 1 + trials * odds * doubt)
    lower, upper = wilson_interval(share * sure, sure)
    return Estimate(100 * share, 100 * lower, 100 * upper, sums.n, sums.total, trials)


def _net(_: Metric, sums: Sums) -> Estimate:
    worth = 1.0 if sums.worth is None else sums.worth
    lower, upper = net_interval(sums.total * worth / 100, sums.squares * worth / 100**2, sums.n * worth)
    return Estimate(_divide(sums.total, sums.n), 100 * lower, 100 * upper, sums.n, sums.total / 100, sums.n)


def _mean(_: Metric, sums: Sums) -> Estimate:
    worth = 1.0 if sums.worth is None else sums.worth
    lower, upper = mean_interval(sums.total * worth, sums.squares * worth, sums.n * worth)
    return Estimate(_divide(sums.total, sums.n), lower, upper, sums.n, sums.total, sums.n)


def _count(metric: Metric, sums: Sums) -> Estimate:
    if metric.is_stock:
        return Estimate(sums.n.copy(), _unknown(sums), _unknown(sums), sums.n, sums.n, _unknown(sums))
    lower, upper = poisson_interval(sums.n)
    if sums.spans is None:
        return Estimate(sums.n.copy(), lower, upper, sums.n, sums.n, _unknown(sums))
    value, low, high = (_divide(part, sums.spans) for part in (sums.n, lower, upper))
    return Estimate(value, low, high, sums.n, sums.n, sums.spans)


def _target(_: Metric, sums: Sums) -> Estimate:
    """A census against its plan, or against a fixed band: nothing was drawn, so there is no interval."""
    if sums.planned is not None:
        value, base = 100 * _divide(sums.total, sums.planned), sums.planned
    elif sums.spans is not None:
        value, base = _divide(sums.total, sums.spans), sums.spans
    else:
        value, base = sums.total.copy(), _unknown(sums)
    return Estimate(value, _unknown(sums), _unknown(sums), sums.n, sums.total, base)


def _rate(metric: Metric, sums: Sums) -> Estimate:
    exposure = np.asarray(sums.exposure, dtype=np.float64)
    spread = np.ones(sums.n.shape) if sums.dispersion is None else sums.dispersion
    lower, upper = rate_interval(sums.total, exposure, spread)
    value = metric.scale * _divide(sums.total, exposure)
    return Estimate(value, metric.scale * lower, metric.scale * upper, sums.n, sums.total, exposure)


def _duration(metric: Metric, sums: Sums) -> Estimate:
    """Curves of some groups and periods at a time, so that memory does not grow with the cells."""
    found = np.full((4, sums.n.size), np.nan)
    found[3] = 0.0
    for part, bins in sums.durations or ():
        for place, cells in blocks_of(bins, groups=part.stop - part.start):
            curves = curves_of(cells)
            at = slice(part.start + place.start, part.start + place.stop)
            found[:3, at] = _of_curves(metric, curves)
            found[3, at] = curves.rows - curves.running
    value, lower, upper, ended = (part.reshape(sums.n.shape[::-1]).T for part in found)
    return Estimate(value, lower, upper, sums.n, ended, sums.n)


def _of_curves(metric: Metric, curves: SurvivalCurves) -> Floats:
    """Value and bounds of each curve, shape (3, groups)."""
    minute = UNITS_US["minutes"]
    if metric.statistic == "within_target":
        return 100 * np.array(share_within(curves, (metric.target or 0.0) * minute))
    if metric.statistic == "restricted_mean":
        found = restricted_mean(curves, (metric.tau or 0.0) * minute)
    else:
        found = survival_quantile(curves, 0.9 if metric.statistic == "p90" else 0.5)
    return np.array(found) / UNITS_US[metric.unit]


_ESTIMATES: Final[Mapping[str, Callable[[Metric, Sums], Estimate]]] = {
    "share": _share,
    "net": _net,
    "mean": _mean,
    "count": _count,
    "rate": _rate,
    "duration": _duration,
    "target": _target,
}
