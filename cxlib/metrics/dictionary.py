"""A definition as facts in words: what `cxlib metrics NAME` prints and docs/definitions.md says."""

from cxlib.data.derived import SOURCES
from cxlib.metrics.kinds import DIRECTIONS_IN_WORDS
from cxlib.metrics.methods import formula_source, method_of
from cxlib.metrics.metric import Metric
from cxlib.text import join_words

__all__ = ["definition_facts"]


def definition_facts(metric: Metric) -> dict[str, str]:
    """Every part of a definition that it uses, by name, in the order of reading.

    Parameters
    ----------
    metric : Metric
        As the settings define it.

    Returns
    -------
    dict of str to str
        definition, unit, direction, kind, population, exclusions, notes, value, ended, exposure, scale,
        planned, band, basis, horizon, leaves, window, outcome after, target, provisional, method, source,
        min_n, variant and hash; what a metric does not use is left out.

    Examples
    --------
    >>> from cxlib.metrics.demand import CONTACT_RATE
    >>> facts = definition_facts(CONTACT_RATE)
    >>> facts["exposure"], facts["scale"]
    ('Σ count of activity by date', 'per 1000 of the exposure')
    """
    facts = {
        "definition": metric.definition,
        "unit": metric.unit,
        "direction": DIRECTIONS_IN_WORDS[metric.direction],
        "kind": f"{metric.kind} (a stock)" if metric.is_stock else metric.kind,
        "population": _population(metric),
        "exclusions": join_words([f"{reason} ({rule})" for reason, rule in metric.excluded.items()], most=99),
        "notes": join_words([text.replace("{n} ", "") for text in metric.noted], most=99),
        "value": metric.value,
        "ended": metric.ended,
        **_denominator(metric),
        **_time(metric),
        "provisional": metric.provisional,
        "method": method_of(metric),
        "source": formula_source(metric),
        "min_n": str(metric.min_n) if metric.kind in {"share", "net", "mean", "duration"} else "",
        "variant": metric.variant,
        "hash": metric.hash,
    }
    return {name: said for name, said in facts.items() if said}


def _population(metric: Metric) -> str:
    made = f", made of {join_words(list(SOURCES[metric.table]))}" if SOURCES.get(metric.table) else ""
    rows = f"rows of {metric.table}{made}"
    return f"{rows}, where {metric.where}" if metric.where else rows


def _denominator(metric: Metric) -> dict[str, str]:
    """What the value is divided by, or held against."""
    exposure = metric.exposure
    said = {}
    if exposure is not None:
        where = f", where {exposure.where}" if exposure.where else ""
        days = f", for each day until {exposure.leaves}" if exposure.leaves else ""
        said["exposure"] = f"Σ {exposure.value} of {exposure.table} by {exposure.basis}{days}{where}"
        said["scale"] = f"per {metric.scale:g} of the exposure"
    if metric.per:
        said["exposure"] = f"{metric.per.replace('_', ' ')}s of the period that are seen"
    if metric.planned:
        said["planned"] = metric.planned
    if metric.band is not None:
        said["band"] = f"{metric.band[0]:g} to {metric.band[1]:g} {metric.unit}"
    return said


def _time(metric: Metric) -> dict[str, str]:
    """When a row counts, and when its period may be trusted."""
    said = {"basis": metric.basis}
    if metric.horizon_days is not None:
        estimated = "; until then it is estimated (nowcast)" if metric.is_nowcast else ""
        said["horizon"] = f"{_span(metric.horizon_days)}; until then a period is immature{estimated}"
    if metric.leaves:
        latest = "; only the latest period is judged" if metric.latest_only else ""
        said["leaves"] = f"at {metric.leaves}; the value is what stands at the period's end{latest}"
    if metric.trailing_days is not None:
        said["window"] = f"the {metric.trailing_days} days up to the period's end"
    if metric.outcome_after:
        said["outcome after"] = metric.outcome_after
    if metric.statistic == "within_target" and metric.target is not None:
        said["target"] = "1 hour on a scale on which each row's own target is an hour"
    return said


def _span(days: float) -> str:
    return f"{days:g} days" if days >= 1 else f"{days * 1440:g} minutes"
