"""How value and interval of a metric are computed, and where the formula comes from, in words."""

from collections.abc import Mapping
from typing import Final

from cxlib.metrics.metric import Metric
from cxlib.text import format_value

__all__ = ["formula_source", "method_of", "resamples"]

_METHODS: Final[Mapping[str, str]] = {
    "mean": "mean of rows; Student's t interval",
    "share": "share of rows; Wilson interval",
    "net": "mean of +100, 0 and −100; adjusted Wald interval",
    "rate": "sum over exposure; exact Poisson interval, widened where earlier periods vary more",
    "count": "count of rows; exact Poisson interval",
    "target": "sum against a fixed band; a census, no interval",
}
_QUANTILES: Final = "Brookmeyer–Crowley interval, order statistics where nothing is censored"
_STATISTICS: Final[Mapping[str, str]] = {
    "median": f"Kaplan–Meier median; {_QUANTILES}",
    "p90": f"Kaplan–Meier 90 % quantile; {_QUANTILES}",
    "within_target": "share within target by Kaplan–Meier; Wilson interval on the effective rows",
}
_STOCKS: Final = {
    "count": "rows that stand at the end of the period; a census, no interval",
    "share": "share of the rows that stand at the end of the period; a census, no interval",
}
_SOURCES: Final[Mapping[str, str]] = {
    "mean": "Student (1908), Biometrika 6",
    "share": "Wilson (1927), JASA 22",
    "net": "Agresti and Min (2005), Statistics in Medicine 24",
    "rate": "Garwood (1936), Biometrika 28; McCullagh and Nelder (1989), Generalized Linear Models",
    "count": "Garwood (1936), Biometrika 28",
}
_CURVES: Final = "Kaplan and Meier (1958), JASA 53"
_SOURCES_OF_STATISTICS: Final[Mapping[str, str]] = {
    "median": f"{_CURVES}; Brookmeyer and Crowley (1982), Biometrics 38",
    "p90": f"{_CURVES}; Brookmeyer and Crowley (1982), Biometrics 38",
    "within_target": f"{_CURVES}; Dorey and Korn (1987), Statistics in Medicine 6",
    "restricted_mean": f"{_CURVES}; Klein and Moeschberger (2003), Survival Analysis",
}


def method_of(metric: Metric) -> str:
    """How value and interval of a metric are computed, in words.

    Examples
    --------
    >>> from cxlib.metrics.surveys import NPS
    >>> method_of(NPS)
    'mean of +100, 0 and −100; adjusted Wald interval'
    """
    return f"{_base(metric)}{_further(metric)}"


def _base(metric: Metric) -> str:
    if metric.is_stock:
        return _STOCKS[metric.kind]
    if metric.planned:
        return "sum over what was planned; a census, no interval"
    if metric.kind != "duration":
        return _METHODS[metric.kind]
    if metric.tau is not None:
        tau = format_value(metric.tau, "minutes")
        return f"area under the Kaplan–Meier curve up to τ = {tau}; Greenwood interval"
    return _STATISTICS[metric.statistic]


def _further(metric: Metric) -> str:
    """What changes the usual method."""
    said = ["below 30 rows BCa bootstrap of the rows"] if resamples(metric) else []
    if metric.cluster:
        said.append(
            f"clustered by {metric.cluster} (linearised), as the independent rows that they are worth"
        )
    if metric.is_nowcast:
        said.append("immature periods over the part of outcomes that matured days had shown at that age")
    if metric.trailing_days is not None:
        said.append(f"over the {metric.trailing_days} days up to the period's end")
    if metric.per:
        said.append(f"per {metric.per.replace('_', ' ')} seen of the period")
    return "".join(f"; {words}" for words in said)


def resamples(metric: Metric) -> bool:
    """True of a mean whose small cells are given the bootstrap interval of their rows.

    Examples
    --------
    >>> from cxlib.metrics.surveys import NPS
    >>> resamples(NPS)
    False
    """
    return metric.kind == "mean" and not metric.cluster and metric.trailing_days is None


def formula_source(metric: Metric) -> str:
    """Where the formula of the interval comes from; empty for a census.

    Examples
    --------
    >>> from cxlib.metrics.surveys import NPS
    >>> formula_source(NPS)
    'Agresti and Min (2005), Statistics in Medicine 24'
    """
    if metric.is_stock or metric.kind == "target":
        return ""
    if metric.kind == "duration":
        return _SOURCES_OF_STATISTICS[metric.statistic]
    more = "; Kish (1965), Survey Sampling" if metric.cluster else ""
    more += "; Efron (1987), JASA 82" if resamples(metric) else ""
    return f"{_SOURCES[metric.kind]}{more}"
