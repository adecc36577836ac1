"""Which metrics there are: the built-in ones as the settings define them, and the user's own."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from cxlib.errors import UnknownNameError, UsageError
from cxlib.metrics import commerce, demand, operations, service, surveys, tickets, voice
from cxlib.metrics.defined import adjusted, as_defined
from cxlib.metrics.metric import Exposure, Metric
from cxlib.metrics.variants import nowcast
from cxlib.text import join_words, quote

if TYPE_CHECKING:
    from cxlib.data.settings import Settings

__all__ = ["catalogue", "chosen_metrics", "own_metric"]

_OWN_KEYS: Final = frozenset(field.name for field in fields(Metric)) - {"name", "exposure"}

_BUILT_IN: Final[tuple[Metric, ...]] = (
    *surveys.METRICS,
    *tickets.METRICS,
    *service.METRICS,
    *demand.METRICS,
    *commerce.METRICS,
    *voice.METRICS,
    *operations.METRICS,
)
_NOWCASTS: Final[Mapping[str, str]] = {
    "csat_coverage": "responded_at - sent_at",
    "survey_response_rate": "responded_at - sent_at",
    "reopen_rate": "first_reopened_at - first_solved_at",
    "order_contact_rate": "next_contact_at - ordered_at",
    "return_rate": "returned_at - ordered_at",
    "training_completion": "completed_at - invited_at",
    "review_reply_coverage": "replied_at - posted_at",
    "community_reply_coverage": "answered_at - posted_at",
}
"""Shares of outcomes that do not turn back, and how long after the basis they come."""
_LEVELS: Final = (0.5, 0.75, 0.9)
"""Used-up shares of a target for which sla_at_risk_share has a variant each."""


def catalogue(settings: "Settings | None" = None) -> dict[str, Metric]:
    """Every metric by name, as the settings define it: built-in ones first, then the user's own.

    Parameters
    ----------
    settings : Settings or None
        Variants, horizons, smallest n and own metrics; None: the defaults.

    Raises
    ------
    UsageError
        If a metric of ``[metrics.NAME]`` is wrongly declared.
    UnknownNameError
        If ``[metrics.NAME]`` names no metric and declares none.

    Examples
    --------
    >>> catalogue()["nps"].unit
    'points'
    """
    if settings is None:
        return {metric.name: metric for metric in _USUAL}
    read = (settings.metrics, settings.definitions, settings.surveys, settings.targets)
    return dict(_defined(_Said(json.dumps(read, sort_keys=True, default=str), settings)))


@dataclass(frozen=True, slots=True)
class _Said:
    """What the settings say of metrics: those of one text say the same."""

    text: str
    settings: "Settings" = field(compare=False)


@lru_cache(maxsize=8)
def _defined(said: _Said) -> Mapping[str, Metric]:
    """The catalogue; what it returns is shared, and nobody changes it."""
    settings, given = said.settings, said.settings.metrics
    levels = given.get("sla_at_risk_share", {}).get("levels")
    built_in = (as_defined(metric, settings) for metric in (_declared(levels) if levels else _USUAL))
    metrics = {metric.name: _as_set(metric, given) for metric in built_in}
    for name, declared in given.items():
        if name in metrics:
            continue
        if "table" not in declared:
            where = f"cxlib.toml, metrics.{name}"
            raise UnknownNameError(
                where, name, metrics, expected="a metric of the catalogue, or a table for one of your own"
            )
        metrics[name] = own_metric(name, declared)
    return metrics


def _declared(levels: Sequence[float]) -> list[Metric]:
    """The built-in metrics, their nowcasts, and sla_at_risk_share by level; its plain name is the lowest."""
    found: list[Metric] = []
    for metric in _BUILT_IN:
        if metric.name == service.SLA_AT_RISK_SHARE.name:
            ordered = sorted({float(level) for level in levels})
            found.append(_at_level(metric, ordered[0], metric.name))
            found += [_at_level(metric, level, f"{metric.name}.{100 * level:g}") for level in ordered]
            continue
        found.append(metric)
        if metric.name in _NOWCASTS:
            said = f"{metric.name}, immature periods estimated from outcomes so far and how fast they come."
            found.append(nowcast(metric, _NOWCASTS[metric.name], said))
    return found


def _at_level(metric: Metric, level: float, name: str) -> Metric:
    said = metric.definition.replace("50 %", f"{100 * level:g} %")
    return replace(metric, name=name.replace(",", "_"), value=f"consumed >= {level:g}", definition=said)


_USUAL: Final = tuple(_declared(_LEVELS))
"""The built-in metrics where the settings name no levels."""


def _as_set(metric: Metric, given: Mapping[str, Mapping[str, Any]]) -> Metric:
    """A metric with its own table of settings; a variant takes what it has none of its own for."""
    base = metric.name.split(".")[0]
    return adjusted(metric, {**given.get(base, {}), **given.get(metric.name, {})})


def own_metric(name: str, given: Mapping[str, Any]) -> Metric:
    """A metric of the user's, as ``[metrics.NAME]`` declares it.

    Parameters
    ----------
    name : str
        Its name.
    given : mapping
        Keys are those of `Metric`; exposure is a table with table, value, basis and perhaps where.

    Raises
    ------
    UsageError
        If it is wrongly declared.
    UnknownNameError
        If it names an unknown table or column.

    Examples
    --------
    >>> own_metric("calls", {"table": "tickets", "kind": "count", "where": "channel = 'phone'", "value": "1",
    ...     "basis": "created_at", "unit": "tickets", "direction": "down", "definition": "Calls."}).kind
    'count'
    """
    where = f"cxlib.toml, metrics.{name}"
    needed = ("table", "kind", "value", "basis", "unit", "direction", "definition")
    lacking = [key for key in needed if not given.get(key)]
    if lacking:
        raise UsageError(
            where, found=f"no {join_words(lacking)}", expected="all of " + join_words(needed), fix="add it"
        )
    values = {key: value for key, value in given.items() if key in _OWN_KEYS}
    values["value"] = str(given["value"])
    base = given.get("exposure")
    if base is not None:
        short = [key for key in ("table", "value", "basis") if not base.get(key)]
        if short:
            raise UsageError(
                f"{where}.exposure",
                found=f"no {join_words(short)}",
                expected="table, value and basis",
                fix="add it",
            )
        further = {key: str(base[key]) for key in ("where", "leaves") if key in base}
        values["exposure"] = Exposure(base["table"], value=str(base["value"]), basis=base["basis"], **further)
    return Metric(name, **values)


def chosen_metrics(
    settings: "Settings", metrics: str | Metric | Sequence[str | Metric], *, where: str = "metrics"
) -> list[Metric]:
    """The metrics that were named or given, each once, in the order given.

    Parameters
    ----------
    settings : Settings
        Define the catalogue.
    metrics : str, Metric or sequence of them
        Names of the catalogue, or declarations.
    where : str
        What the message calls the parameter.

    Raises
    ------
    UnknownNameError
        If a name is not in the catalogue.
    UsageError
        If nothing is named, or two different metrics have one name.
    """
    known = catalogue(settings)
    asked = [metrics] if isinstance(metrics, str | Metric) else list(metrics)
    found: dict[str, Metric] = {}
    for one in asked:
        if not isinstance(one, Metric) and one not in known:
            raise UnknownNameError(
                where,
                str(one),
                known,
                expected="a metric of the catalogue",
                fix="run `cxlib metrics` for the list",
            )
        metric = one if isinstance(one, Metric) else known[one]
        if found.setdefault(metric.name, metric) != metric:
            raise UsageError(
                where,
                found=f"two metrics named {quote(metric.name)}",
                expected="one",
                fix="give one of them another name",
            )
    if not found:
        raise UsageError(
            where, found="none", expected="at least one metric", fix="name a metric of the catalogue"
        )
    return list(found.values())
