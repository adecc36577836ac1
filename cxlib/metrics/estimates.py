"""Sums to values: the estimate and the 95 % interval of each kind, in the metric's own unit."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, cast

import numpy as np
from numpy.typing import NDArray

from cxlib.metrics.metric import UNITS_US, Metric
from cxlib.stats.intervals import mean_interval, net_interval, wilson_interval
from cxlib.stats.rates import poisson_interval, rate_interval
from cxlib.stats.survival import DurationBins, kaplan_meier, restricted_mean, share_within, survival_quantile
from cxlib.text import format_value

__all__ = ["Estimate", "Sums", "estimate", "method_of"]

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
    durations : DurationBins or None
        Durations only: bins in microseconds, their group the place in the flattened arrays.
    """

    n: Floats
    total: Floats
    squares: Floats
    exposure: Floats | None = None
    dispersion: Floats | None = None
    durations: DurationBins | None = None


@dataclass(frozen=True, slots=True)
class Estimate:
    """Values and bounds in the metric's unit, and what they are made of; shape (groups, periods)."""

    value: Floats
    lower: Floats
    upper: Floats
    n: Floats
    numerator: Floats
    denominator: Floats


_METHODS: Final[Mapping[str, str]] = {
    "mean": "mean of rows; Student's t interval",
    "share": "share of rows; Wilson interval",
    "net": "mean of +100, 0 and −100; adjusted Wald interval",
    "rate": "sum over exposure; exact Poisson interval, widened where earlier periods vary more",
    "count": "count of rows; exact Poisson interval",
}


_QUANTILES: Final = "Brookmeyer–Crowley interval, order statistics where nothing is censored"
_STATISTICS: Final[Mapping[str, str]] = {
    "median": f"Kaplan–Meier median; {_QUANTILES}",
    "p90": f"Kaplan–Meier 90 % quantile; {_QUANTILES}",
    "within_target": "share within target by Kaplan–Meier; Wilson interval on the effective rows",
}


def method_of(metric: Metric) -> str:
    """How value and interval of a metric are computed, in words.

    Examples
    --------
    >>> from cxlib.metrics.surveys import NPS
    >>> method_of(NPS)
    'mean of +100, 0 and −100; adjusted Wald interval'
    """
    if metric.kind != "duration":
        return _METHODS[metric.kind]
    if metric.tau is not None:
        tau = format_value(metric.tau, "minutes")
        return f"area under the Kaplan–Meier curve up to τ = {tau}; Greenwood interval"
    return _STATISTICS[metric.statistic]


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


def _share(_: Metric, sums: Sums) -> Estimate:
    lower, upper = wilson_interval(sums.total, sums.n)
    value = 100 * _divide(sums.total, sums.n)
    return Estimate(value, 100 * lower, 100 * upper, sums.n, sums.total, sums.n)


def _net(_: Metric, sums: Sums) -> Estimate:
    lower, upper = net_interval(sums.total / 100, sums.squares / 100**2, sums.n)
    return Estimate(_divide(sums.total, sums.n), 100 * lower, 100 * upper, sums.n, sums.total / 100, sums.n)


def _mean(_: Metric, sums: Sums) -> Estimate:
    lower, upper = mean_interval(sums.total, sums.squares, sums.n)
    return Estimate(_divide(sums.total, sums.n), lower, upper, sums.n, sums.total, sums.n)


def _count(_: Metric, sums: Sums) -> Estimate:
    lower, upper = poisson_interval(sums.n)
    return Estimate(sums.n.copy(), lower, upper, sums.n, sums.n, np.full(sums.n.shape, np.nan))


def _rate(metric: Metric, sums: Sums) -> Estimate:
    exposure = np.asarray(sums.exposure, dtype=np.float64)
    spread = np.ones(sums.n.shape) if sums.dispersion is None else sums.dispersion
    lower, upper = rate_interval(sums.total, exposure, spread)
    value = metric.scale * _divide(sums.total, exposure)
    return Estimate(value, metric.scale * lower, metric.scale * upper, sums.n, sums.total, exposure)


def _duration(metric: Metric, sums: Sums) -> Estimate:
    curves = kaplan_meier(cast(DurationBins, sums.durations), groups=sums.n.size)
    minute = UNITS_US["minutes"]
    if metric.statistic == "within_target":
        found = share_within(curves, (metric.target or 0.0) * minute)
        factor = 100.0
    elif metric.statistic == "restricted_mean":
        found = restricted_mean(curves, (metric.tau or 0.0) * minute)
        factor = 1 / UNITS_US[metric.unit]
    else:
        found = survival_quantile(curves, 0.9 if metric.statistic == "p90" else 0.5)
        factor = 1 / UNITS_US[metric.unit]
    value, lower, upper = (part.reshape(sums.n.shape) * factor for part in found)
    ended = (curves.rows - curves.running).reshape(sums.n.shape)
    return Estimate(value, lower, upper, sums.n, ended, sums.n)


_ESTIMATES: Final[Mapping[str, Callable[[Metric, Sums], Estimate]]] = {
    "share": _share,
    "net": _net,
    "mean": _mean,
    "count": _count,
    "rate": _rate,
    "duration": _duration,
}
