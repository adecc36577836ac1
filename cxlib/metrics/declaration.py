"""What every declaration of a metric must keep: refused when it is made, naming the field."""

import re
from typing import Final, get_args

from cxlib.data.derived import DERIVED
from cxlib.data.schema import TABLES
from cxlib.errors import UnknownNameError, UsageError
from cxlib.metrics.declared import Declared
from cxlib.metrics.exposure import check_basis, check_exposure, check_type
from cxlib.metrics.kinds import UNITS_US, VALUE_TYPES, Direction, Kind, Per, Statistic
from cxlib.metrics.typing_rules import ValueType
from cxlib.text import join_words, quote

__all__ = ["check_declaration"]

_NAME: Final = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)*")
# Which kinds may have which field; a kind that must have it is checked beside.
_KINDS_OF: Final = {
    "leaves": ("count", "share"),
    "trailing_days": ("mean", "share", "net", "rate", "count"),
    "planned": ("target",),
    "band": ("target",),
    "per": ("count", "target"),
    "cluster": ("mean", "share", "net"),
    "outcome_after": ("share",),
    "pool": ("rate",),
}
# A field that cannot stand without, or beside, another one.
_WITHOUT: Final = {"latest_only": "leaves", "outcome_after": "horizon_days"}
_BESIDE: Final = {"per": ("planned", "leaves"), "trailing_days": ("leaves", "outcome_after")}


def check_declaration(metric: Declared) -> None:
    """Refuse a declaration that lacks something, or says what its kind cannot mean.

    Raises
    ------
    UsageError
        If a field is missing or cannot have its value, or an expression is no plain one.
    UnknownNameError
        If a table or column is unknown.
    """
    _check_words(metric)
    _check_kind(metric)
    _check_fields(metric)
    _check_numbers(metric)
    _check_expressions(metric)


def _check_words(metric: Declared) -> None:
    if not _NAME.fullmatch(metric.name):
        raise UsageError(
            "metric name",
            found=quote(metric.name),
            expected="lower-case words joined by underscores",
            fix="write a name such as refund_share",
        )
    for word in ("unit", "definition", "basis", "value"):
        if not str(getattr(metric, word)).strip():
            raise UsageError(
                metric.label,
                found=f"no {word}",
                expected=f"{word} to be given",
                fix=f"add {word} to its declaration",
            )
    if metric.table not in {*TABLES, *DERIVED}:
        raise UnknownNameError(f"{metric.label}, table", metric.table, {**TABLES, **DERIVED})
    choices = {"direction": Direction, "statistic": Statistic, "per": Per}
    for name, known in choices.items():
        _check_choice(metric, name, getattr(metric, name), get_args(known))


def _check_choice(metric: Declared, field_name: str, found: str, known: tuple[str, ...]) -> None:
    if found not in known:
        raise UnknownNameError(f"{metric.label}, {field_name}", found, known)


def _check_kind(metric: Declared) -> None:
    if metric.kind == "worklist":  # type: ignore[comparison-overlap]  # settings may say any word
        raise UsageError(
            f"{metric.label}, kind",
            found=quote(metric.kind),
            expected=f"{join_words(get_args(Kind), last='or', most=9)}: worklists are not offered yet",
            fix="declare it as one of these kinds",
        )
    _check_choice(metric, "kind", metric.kind, get_args(Kind))
    needed = {
        "exposure": metric.kind == "rate",
        "ended": metric.kind == "duration",
        "target": metric.statistic == "within_target",
        "tau": metric.statistic == "restricted_mean",
    }
    for name, wanted in needed.items():
        if bool(getattr(metric, name)) != wanted:
            raise UsageError(
                f"{metric.label}, {name}",
                found="none" if wanted else f"one for a {metric.kind}, {metric.statistic}",
                expected=f"{name} to be given" if wanted else f"no {name}",
                fix=f"{'add' if wanted else 'remove'} {name}, or correct kind or statistic",
            )


def _check_fields(metric: Declared) -> None:
    """Refuse fields that the kind, or another field, gives no meaning to."""
    for name, kinds in _KINDS_OF.items():
        if getattr(metric, name) and metric.kind not in kinds:
            raise UsageError(
                f"{metric.label}, {name}",
                found=f"one for a {metric.kind}",
                expected=f"{name} only for a {join_words(list(kinds), last='or', most=9)}",
                fix=f"remove {name}, or correct kind",
            )
    for name, other in _WITHOUT.items():
        if getattr(metric, name) and not getattr(metric, other):
            raise UsageError(
                f"{metric.label}, {name}",
                found=f"no {other}",
                expected=f"{other} beside {name}",
                fix=f"add {other}, or remove {name}",
            )
    for name, others in _BESIDE.items():
        clash = [other for other in others if getattr(metric, name) and getattr(metric, other)]
        if clash:
            raise UsageError(
                f"{metric.label}, {name}",
                found=f"{clash[0]} as well",
                expected="one of the two",
                fix=f"remove {name} or {clash[0]}",
            )
    if metric.kind == "target" and not (metric.planned or metric.band):
        raise UsageError(
            f"{metric.label}, kind",
            found="a target without planned and band",
            expected="one of them at least",
            fix="say what was planned, or which band is as wanted",
        )


def _check_numbers(metric: Declared) -> None:
    timed = (
        metric.unit in (*UNITS_US, "%") if metric.statistic == "within_target" else metric.unit in UNITS_US
    )
    if metric.kind == "duration" and not timed:
        raise UsageError(
            f"{metric.label}, unit",
            found=quote(metric.unit),
            expected="seconds, minutes, hours or days",
            fix="correct unit",
        )
    too_low = metric.horizon_days is not None and metric.horizon_days <= 0
    if not metric.scale > 0 or metric.min_n < 0 or too_low:
        raise UsageError(
            metric.label,
            found=f"scale {metric.scale}, min_n {metric.min_n}, horizon_days {metric.horizon_days}",
            expected="scale and horizon_days above 0, min_n 0 or more",
            fix="correct the number",
        )
    if metric.trailing_days is not None and metric.trailing_days < 1:
        raise UsageError(
            f"{metric.label}, trailing_days",
            found=str(metric.trailing_days),
            expected="1 or more",
            fix="correct the number",
        )
    if metric.band is not None and not metric.band[0] <= metric.band[1]:
        raise UsageError(
            f"{metric.label}, band",
            found=f"{metric.band[0]:g} to {metric.band[1]:g}",
            expected="the lower bound first",
            fix="exchange the two",
        )


def _check_expressions(metric: Declared) -> None:
    wanted: dict[str, tuple[ValueType, ...]] = {
        "value": VALUE_TYPES[metric.kind],
        "planned": ("number",),
        "outcome_after": ("interval",),
    }
    for name, expression in metric.expressions().items():
        check_type(metric.label, name, expression, wanted.get(name, ("bool",)), table=metric.table)
    if metric.kind == "count" and metric.value.strip() != "1":
        raise UsageError(
            f"{metric.label}, value",
            found=quote(metric.value),
            expected="1 for a count",
            fix="move the condition to where",
        )
    check_basis(metric.label, metric.table, metric.basis)
    if metric.leaves:
        check_basis(metric.label, metric.table, metric.leaves, field="leaves")
    if metric.exposure is not None:
        check_exposure(f"{metric.label}, exposure", metric.exposure)
