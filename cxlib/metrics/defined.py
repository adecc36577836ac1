"""Built-in metrics as the settings define them: what a key of cxlib.toml changes in a declaration."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import sqlglot
from sqlglot import exp

from cxlib.metrics.commerce import RETURN_RATE_VARIANTS
from cxlib.metrics.demand import CONTACT_INTENSITY_VARIANTS
from cxlib.metrics.metric import Metric
from cxlib.metrics.surveys import CSAT, CSAT_VARIANTS
from cxlib.metrics.variants import by_target
from cxlib.text import join_words

if TYPE_CHECKING:
    from cxlib.data.settings import Settings

__all__ = ["adjusted", "as_defined", "exposure_kinds"]

_USUAL: Final[Mapping[str, Any]] = {
    "first_response_time": "human",
    "bots_as_agents": False,
    "merge_creation": "own",
    "one_touch_rate": "default",
    "same_reason": False,
    "ack_counts": False,
    "reply_turn_minutes": 10,
    "acknowledged_minutes": 15,
    "responses": "latest",
}
# Which keys of [definitions] act in the prepared columns that a metric reads, by the beginning of its name.
_READ: Final[Mapping[str, tuple[str, ...]]] = {
    "first_response_time": ("first_response_time", "bots_as_agents", "merge_creation"),
    "first_touch_time": ("first_response_time", "merge_creation"),
    "next_response_time": ("bots_as_agents",),
    "unanswered_share": ("bots_as_agents",),
    "first_resolution_time": ("merge_creation",),
    "full_resolution_time": ("merge_creation",),
    "one_touch_rate": ("one_touch_rate", "same_reason", "bots_as_agents", "reply_turn_minutes"),
    "zero_touch_rate": ("bots_as_agents",),
    "bot_resolution_share": ("bots_as_agents",),
    "unanswered_repeat_rate": ("ack_counts", "bots_as_agents"),
    "backlog": ("merge_creation",),
    "sla_": ("first_response_time", "bots_as_agents", "merge_creation"),
}
_ONE_TOUCH: Final = {
    "zendesk": "Share of resolved tickets with fewer than two public human messages, none included.",
    "dbt": "Share of resolved tickets with exactly one public message of an agent.",
    "strict": "Share of resolved tickets with one public human message, no reopening and no later word of "
    "the customer, ever.",
}


def as_defined(metric: Metric, settings: "Settings") -> Metric:
    """A built-in metric in the variant that ``[definitions]``, ``[surveys]`` and ``[targets]`` ask for.

    Parameters
    ----------
    metric : Metric
        As it is declared.
    settings : Settings
        What cxlib.toml says.

    Examples
    --------
    >>> from cxlib.data.settings import read_settings
    >>> as_defined(CSAT, read_settings(None)) == CSAT
    True
    """
    choose = _CHOICES.get(metric.name)
    chosen = _with_target(choose(metric, settings) if choose is not None else metric, settings)
    return _clustered(_named_variant(chosen, settings), settings)


def _csat(metric: Metric, settings: "Settings") -> Metric:
    scale, form = str(settings.surveys["csat"]["scale"]), str(settings.definitions["csat"])
    chosen = CSAT_VARIANTS.get(form, metric)
    if chosen is CSAT and scale == "1-5":
        return chosen
    return replace(chosen, variant=f"{form} on the scale {scale}")


def _ces(metric: Metric, settings: "Settings") -> Metric:
    """The scale of the settings: on one that runs the other way a low score is an easy one."""
    spec = settings.surveys["ces"]
    scale, higher = str(spec["scale"]), bool(spec["higher_is_better"])
    if scale == "1-7" and higher:
        return metric
    variant = f"on the scale {scale}, {'higher' if higher else 'lower'} is easier"
    points = 1 if scale == "binary" else int(scale.split("-")[1])
    if metric.kind == "share":
        easiest = f"score >= {points - 2}" if higher else "score <= 3"
        return replace(metric, value=easiest, variant=variant)
    unit = f"scale {scale.replace('-', '–')}"
    return replace(metric, unit=unit, direction="up" if higher else "down", variant=variant)


def _one_touch(metric: Metric, settings: "Settings") -> Metric:
    form = str(settings.definitions["one_touch_rate"])
    return replace(metric, definition=_ONE_TOUCH[form]) if form in _ONE_TOUCH else metric


def _acknowledged(metric: Metric, settings: "Settings") -> Metric:
    minutes = float(settings.definitions["acknowledged_minutes"])
    if minutes == _USUAL["acknowledged_minutes"]:
        return metric
    said = metric.definition.replace("15 minutes", f"{minutes:g} minutes")
    return replace(metric, horizon_days=minutes / 1440, definition=said)


def _contact_intensity(metric: Metric, settings: "Settings") -> Metric:
    return CONTACT_INTENSITY_VARIANTS.get(str(settings.definitions["contact_intensity"]), metric)


def _return_rate(metric: Metric, settings: "Settings") -> Metric:
    return RETURN_RATE_VARIANTS.get(str(settings.definitions["return_rate"]), metric)


_CHOICES: Final[Mapping[str, Callable[[Metric, "Settings"], Metric]]] = {
    "csat": _csat,
    "ces": _ces,
    "ces_top3_share": _ces,
    "one_touch_rate": _one_touch,
    "acknowledged_share": _acknowledged,
    "contact_intensity": _contact_intensity,
    "return_rate": _return_rate,
}


def _with_target(metric: Metric, settings: "Settings") -> Metric:
    """A share within target, for the targets that the settings give by priority."""
    base = metric.name.rpartition(".")[0]
    target = settings.targets.get(base) or {}
    if metric.statistic != "within_target" or not target.get("minutes"):
        return metric
    if metric.value == "first_response_used_up":  # prepared with the targets in it
        return replace(metric, variant=_said_of(target))
    wait = (
        metric.value.replace("_wait", "_business_wait") if target.get("clock") == "business" else metric.value
    )
    return replace(by_target(metric, target["minutes"], wait=wait), variant=_said_of(target))


def _said_of(target: Mapping[str, Any]) -> str:
    limits = [f"{name} {float(minutes):g} min" for name, minutes in sorted(target["minutes"].items())]
    return f"targets {join_words(limits)}, {target.get('clock', 'calendar')} clock"


def _named_variant(metric: Metric, settings: "Settings") -> Metric:
    """The metric with the keys in its variant that are not as usual and act in the columns that it reads."""
    asked = settings.definitions
    keys = [key for start, names in _READ.items() if metric.name.startswith(start) for key in names]
    if "superseded" in _columns(metric):
        keys.append("responses")
    changed = [f"{key} = {_spelled(asked[key])}" for key in dict.fromkeys(keys) if asked[key] != _USUAL[key]]
    if not changed:
        return metric
    return replace(metric, variant=join_words([*([metric.variant] if metric.variant else []), *changed]))


def _columns(metric: Metric) -> frozenset[str]:
    return frozenset[str]().union(*(part.columns for part in metric.expressions().values()))


def _spelled(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _clustered(metric: Metric, settings: "Settings") -> Metric:
    """Where all answers of a customer count, those of one depend on each other."""
    together = settings.definitions["responses"] == "all" and "superseded" in _columns(metric)
    if not together or metric.kind not in {"mean", "share", "net"}:
        return metric
    said = metric.definition.replace(", the latest of a customer in a month", "")
    return replace(metric, cluster="customer_id", definition=said)


def adjusted(metric: Metric, given: Mapping[str, Any]) -> Metric:
    """A built-in metric with what ``[metrics.NAME]`` sets of it.

    Parameters
    ----------
    metric : Metric
        As `as_defined` returned it.
    given : mapping
        ``horizon_days``, ``min_n``, ``exposure_kind``, ``target_band``.

    Examples
    --------
    >>> from cxlib.metrics.surveys import CSAT_COVERAGE
    >>> adjusted(CSAT_COVERAGE, {"horizon_days": 7}).definition
    'Share of the CSAT surveys sent after a solve that were scored within 7 days.'
    """
    changes: dict[str, Any] = {key: given[key] for key in ("min_n",) if key in given}
    horizon = given.get("horizon_days")
    if horizon is not None and metric.horizon_days is not None:
        changes["horizon_days"] = horizon
        changes["definition"] = metric.definition.replace(
            f"{metric.horizon_days:g} days", f"{horizon:g} days"
        ).replace(f"{metric.horizon_days * 24:g} hours", f"{horizon * 24:g} hours")
    if given.get("target_band") and metric.band is not None:
        low, high = given["target_band"]
        changes["band"] = (float(low), float(high))
    if given.get("exposure_kind") and metric.exposure is not None:
        said = given["exposure_kind"]
        kinds = [said] if isinstance(said, str) else list(said)
        changes["exposure"] = replace(metric.exposure, where=_of_kinds(kinds))
        changes["variant"] = f"exposure_kind = {join_words(kinds)}"
    return replace(metric, **changes) if changes else metric


def _of_kinds(kinds: Sequence[str]) -> str:
    """Condition on rows that they are of one of some kinds."""
    named = [exp.Literal.string(kind) for kind in kinds]
    column = exp.column("kind")
    only = (
        exp.EQ(this=column, expression=named[0])
        if len(named) == 1
        else exp.In(this=column, expressions=named)
    )
    return only.sql("duckdb")


def exposure_kinds(metric: Metric) -> frozenset[str]:
    """The kinds of rows that the exposure of a rate is over; empty: all.

    Examples
    --------
    >>> from cxlib.metrics.demand import ISSUE_TO_LESSON
    >>> exposure_kinds(ISSUE_TO_LESSON)
    frozenset({'lesson'})
    """
    if metric.exposure is None or not metric.exposure.where:
        return frozenset()
    tree = sqlglot.parse_one(metric.exposure.where, dialect="duckdb")
    by_kind = (
        isinstance(tree, exp.EQ | exp.In) and isinstance(tree.this, exp.Column) and tree.this.name == "kind"
    )
    if not by_kind:
        return frozenset()
    named = tree.expressions if isinstance(tree, exp.In) else [tree.expression]
    return frozenset(str(one.name) for one in named)
