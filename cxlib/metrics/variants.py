"""Variants of a metric: the same rows, read in another way. Each is the metric with some fields replaced."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from cxlib.metrics.metric import Metric

__all__ = ["business", "by_target", "nowcast", "p90", "restricted_mean", "within_target"]

_HOUR: Final = 60.0
_DAY: Final = 1440.0


def p90(metric: Metric, definition: str) -> Metric:
    """The time within which nine of ten have ended.

    Parameters
    ----------
    metric : Metric
        A duration.
    definition : str
        What it says in a sentence.
    """
    return replace(metric, name=f"{metric.name}.p90", statistic="p90", definition=definition)


def restricted_mean(metric: Metric, definition: str, *, days: float) -> Metric:
    """The mean if nothing took longer than so many days.

    Parameters
    ----------
    metric : Metric
        A duration.
    definition : str
        What it says in a sentence.
    days : float
        The longest wait that counts in full.
    """
    return replace(
        metric,
        name=f"{metric.name}.restricted_mean",
        statistic="restricted_mean",
        tau=days * _DAY,
        definition=definition,
    )


def business(metric: Metric, definition: str, *, wait: str) -> Metric:
    """The same on the business clock.

    Parameters
    ----------
    metric : Metric
        A duration.
    definition : str
        What it says in a sentence.
    wait : str
        Column with the wait in open time; blank without a schedule.
    """
    return replace(
        metric,
        name=f"{metric.name}.business",
        value=wait,
        definition=definition,
        excluded=dict(metric.excluded)
        | {"no_schedule": _kept(metric, f"{metric.value} IS NOT NULL AND {wait} IS NULL")},
    )


def within_target(metric: Metric, definition: str, *, used_up: str = "") -> Metric:
    """The share that ended within its target.

    Parameters
    ----------
    metric : Metric
        A duration.
    definition : str
        What it says in a sentence.
    used_up : str
        Column with the wait on a scale on which the whole target is an hour, blank without a target; empty:
        `by_target` puts it in when the targets are known.
    """
    value = used_up or metric.value
    return replace(
        metric,
        name=f"{metric.name}.within_target",
        statistic="within_target",
        value=value,
        target=_HOUR,  # an hour is the whole target, whatever the priority
        unit="%",
        direction="up",
        definition=definition,
        excluded=dict(metric.excluded) | {"no_target": _kept(metric, f"{value} IS NULL")},
    )


def by_target(metric: Metric, minutes: Mapping[str, float], *, wait: str) -> Metric:
    """A share within target for the targets of the settings, by priority.

    Parameters
    ----------
    metric : Metric
        From `within_target`, without `used_up`.
    minutes : mapping of str to float
        Target by priority; ``default`` for the others, which have none where it is absent.
    wait : str
        Column with the wait on the target's clock.

    Examples
    --------
    >>> from cxlib.metrics.tickets import FIRST_TOUCH_VARIANTS
    >>> metric = next(one for one in FIRST_TOUCH_VARIANTS if one.name.endswith("within_target"))
    >>> "first_touch_wait <= INTERVAL 120 MINUTE" in by_target(
    ...     metric, {"default": 120}, wait="first_touch_wait"
    ... ).value
    True
    """
    known = {name: _used_up(wait, limit) for name, limit in sorted(minutes.items()) if name != "default"}
    cases = " ".join(f"WHEN priority = {_text(name)} THEN {value}" for name, value in known.items())
    others = _used_up(wait, minutes["default"]) if "default" in minutes else "NULL"
    value = f"CASE {cases} ELSE {others} END" if cases else others
    return replace(
        metric,
        value=value,
        excluded=dict(metric.excluded) | {"no_target": _kept(metric, f"({value}) IS NULL")},
    )


def nowcast(metric: Metric, outcome_after: str, definition: str) -> Metric:
    """The same share, its immature periods estimated from what is seen so far.

    Parameters
    ----------
    metric : Metric
        A share with a horizon, whose outcomes do not turn back.
    outcome_after : str
        Row expression: how long after the basis the outcome came.
    definition : str
        What it says in a sentence.
    """
    return replace(metric, name=f"{metric.name}.nowcast", outcome_after=outcome_after, definition=definition)


def _kept(metric: Metric, condition: str) -> str:
    return f"{metric.where} AND {condition}" if metric.where else condition


def _text(value: str) -> str:
    """A text literal."""
    return "'{}'".format(value.replace("'", "''"))


def _used_up(wait: str, minutes: float) -> str:
    """The wait times an hour over the target, held on its side of the hour whatever rounding does."""
    factor = f"{wait} * {_HOUR / minutes!r}"
    whole = float(minutes).is_integer()
    limit = f"INTERVAL {int(minutes)} MINUTE" if whole else f"INTERVAL {round(minutes * 60)} SECOND"
    return (
        f"CASE WHEN {wait} IS NULL THEN NULL WHEN {wait} <= {limit} THEN LEAST({factor}, INTERVAL 1 HOUR) "
        f"ELSE GREATEST({factor}, INTERVAL 3601 SECOND) END"
    )
