"""Which metrics there are: the built-in ones as the settings define them, and the user's own."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, Final

from cxlib.errors import UnknownNameError, UsageError
from cxlib.metrics.demand import (
    AGENT_INITIATED_VOLUME,
    CONTACT_INTENSITY,
    CONTACT_INTENSITY_NET,
    CONTACT_RATE,
    TICKET_VOLUME,
)
from cxlib.metrics.metric import Exposure, Metric
from cxlib.metrics.surveys import CSAT, CSAT_VARIANTS, NPS, SURVEY_RESPONSE_RATE, SURVEY_SENDS
from cxlib.metrics.tickets import FIRST_RESPONSE_TIME, FIRST_RESPONSE_VARIANTS
from cxlib.metrics.voice import REVIEW_SCORE_NET
from cxlib.text import join_words, quote

if TYPE_CHECKING:
    from cxlib.data.settings import Settings

__all__ = ["catalogue", "chosen_metrics", "own_metric"]

_OWN_KEYS: Final = frozenset(field.name for field in fields(Metric)) - {"name", "exposure"}
# Settings of metrics that are not offered yet are kept in the file.
_SETTINGS_OF_LATER: Final = frozenset(
    {"csat_coverage", "issue_to_lesson", "sla_at_risk_share", "freelance_cost", "group_posts_per_week"}
)

_BUILT_IN: Final = (
    NPS,
    SURVEY_SENDS,
    SURVEY_RESPONSE_RATE,
    CSAT,
    FIRST_RESPONSE_TIME,
    *FIRST_RESPONSE_VARIANTS,
    TICKET_VOLUME,
    AGENT_INITIATED_VOLUME,
    CONTACT_INTENSITY,
    CONTACT_RATE,
    REVIEW_SCORE_NET,
)


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
        return {metric.name: metric for metric in _BUILT_IN}
    metrics = {metric.name: _as_set(metric, settings) for metric in _BUILT_IN}
    for name, given in settings.metrics.items():
        if name in _SETTINGS_OF_LATER:
            continue
        if name in metrics:
            metrics[name] = _adjusted(metrics[name], given)
        elif "table" not in given:
            where = f"cxlib.toml, metrics.{name}"
            raise UnknownNameError(
                where, name, metrics, expected="a metric of the catalogue, or a table for one of your own"
            )
        else:
            metrics[name] = own_metric(name, given)
    return metrics


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
        values["exposure"] = Exposure(
            base["table"], value=str(base["value"]), basis=base["basis"], where=base.get("where", "")
        )
    return Metric(name, **values)


def _as_set(metric: Metric, settings: "Settings") -> Metric:
    """A built-in metric in the variant that the settings ask for."""
    asked = settings.definitions
    if metric.name == "csat":
        scale = str(settings.surveys["csat"]["scale"])
        chosen = CSAT_VARIANTS.get(str(asked["csat"]), metric)
        return replace(
            chosen,
            variant=f"{asked['csat']} on the scale {scale}" if chosen is not CSAT or scale != "1-5" else "",
        )
    if metric.name == "contact_intensity" and asked["contact_intensity"] == "net":
        return CONTACT_INTENSITY_NET
    if metric.name.startswith("first_response_time"):
        keys = {"first_response_time": "human", "bots_as_agents": False, "merge_creation": "own"}
        changed = [f"{key} = {asked[key]}" for key, usual in keys.items() if asked[key] != usual]
        return replace(metric, variant=join_words(changed))
    if metric.name == "nps" and asked["responses"] != "latest":
        return replace(metric, variant=f"responses = {asked['responses']}")
    return metric


def _adjusted(metric: Metric, given: Mapping[str, Any]) -> Metric:
    """A built-in metric with the horizon and the smallest n of ``[metrics.NAME]``."""
    return replace(metric, **{key: given[key] for key in ("horizon_days", "min_n") if key in given})


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
