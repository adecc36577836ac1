"""What a metric is: which rows count, what each is worth, and how the number is to be read.

A declaration says nothing about grouping, dates, intervals or plots. It is checked when it is made, so that
a typo costs milliseconds; what it means is in its hash, so that a changed definition is seen.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import KW_ONLY, asdict, dataclass, field
from typing import Final, Literal, get_args

from cxlib.data.derived import DERIVED
from cxlib.data.schema import TABLES
from cxlib.errors import UnknownNameError, UsageError
from cxlib.metrics.exposure import Exposure, check_basis, check_exposure, check_type, columns_of
from cxlib.metrics.expression import Expression, parse_expression
from cxlib.metrics.typing_rules import ValueType
from cxlib.text import quote

__all__ = ["UNITS_US", "Direction", "Exposure", "Kind", "Metric", "Statistic", "columns_of"]

Kind = Literal["mean", "share", "net", "rate", "count", "duration"]
Direction = Literal["up", "down", "band", "none"]
Statistic = Literal["median", "p90", "within_target", "restricted_mean"]

UNITS_US: Final = {
    "seconds": 1_000_000,
    "minutes": 60_000_000,
    "hours": 3_600_000_000,
    "days": 86_400_000_000,
}
"""Microseconds of the units that a duration may have."""

_LATER: Final = ("target", "worklist")  # named by the dictionary of metrics, not offered yet
_NAME: Final = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)*")
_VALUE_TYPES: Final[Mapping[str, tuple[ValueType, ...]]] = {
    "mean": ("number",),
    "share": ("number", "bool"),
    "net": ("number",),
    "rate": ("number", "bool"),
    "count": ("number",),
    "duration": ("interval", "number"),
}


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric: a row value, and how to read what comes of it.

    Parameters
    ----------
    name : str
        Lower case, words joined by underscores; a dot names a variant.
    table : str
        Canonical table whose rows count.
    kind : {"mean", "share", "net", "rate", "count", "duration"}
        Fixes the estimate and its interval.
    value : str
        Row expression: what a row is worth; NULL: the row does not count. A share takes 0/1 or a truth
        value, a net +100, 0 or −100, a duration an interval, or a number in its unit, of the wait so far
        where it has not ended. An expression may name further columns of the table too: they hold text,
        and the data must have them when the metric is measured.
    basis : str
        Instant or date that puts a row in a period.
    unit : str
        Unit of the value: ``"%"`` (0–100), ``"points"``, ``"minutes"``, …
    direction : {"up", "down", "band", "none"}
        Which way is better.
    definition : str
        One sentence for people.
    where : str
        Row expression: which rows count; empty: all.
    horizon_days : float or None
        How long after the basis an outcome still counts; `horizon` in expressions.
    exposure : Exposure or None
        Rates only.
    scale : float
        Rates only: the value is per `scale` of exposure.
    ended : str
        Durations only: row expression, whether the wait has ended.
    excluded : mapping of str to str
        Reason → row expression: rows that were kept out, counted with the result.
    noted : mapping of str to str
        Sentence → row expression: rows that count and that a caveat speaks of; ``{n}`` is their number.
    min_n : int
        Below it the status is ``low_n``; rates and counts have none.
    statistic : {"median", "p90", "within_target", "restricted_mean"}
        Durations only: what is read off the Kaplan–Meier curve.
    target : float or None
        ``within_target`` only: in minutes; exactly the target is within it.
    tau : float or None
        ``restricted_mean`` only: the mean if nothing lasted longer than so many minutes.
    variant : str
        Which of several definitions this is, in words; printed with the figure.

    Raises
    ------
    UsageError
        If a field is missing or cannot have its value, or an expression is no plain one.
    UnknownNameError
        If a table or column is unknown.

    Examples
    --------
    >>> Metric(
    ...     "refund_share", table="tickets", kind="share", where="is_inbound", value="reason = 'refund'",
    ...     basis="created_at", unit="%", direction="down", definition="Inbound contacts about refunds.",
    ... ).name
    'refund_share'
    """

    name: str
    _: KW_ONLY
    table: str
    kind: Kind
    value: str
    basis: str
    unit: str
    direction: Direction
    definition: str
    where: str = ""
    horizon_days: float | None = None
    exposure: Exposure | None = None
    scale: float = 1.0
    ended: str = ""
    excluded: Mapping[str, str] = field(default_factory=dict)
    noted: Mapping[str, str] = field(default_factory=dict)
    min_n: int = 20
    statistic: Statistic = "median"
    target: float | None = None
    tau: float | None = None
    variant: str = ""

    def __post_init__(self) -> None:
        _check_words(self)
        _check_kind(self)
        _check_expressions(self)

    @property
    def label(self) -> str:
        """What errors call it.

        Examples
        --------
        >>> from cxlib.metrics.demand import TICKET_VOLUME
        >>> TICKET_VOLUME.label
        "metric 'ticket_volume'"
        """
        return f"metric {self.name!r}"

    @property
    def hash(self) -> str:
        """SHA-256 of the declaration: changes when the meaning does."""
        text = json.dumps(asdict(self), sort_keys=True, ensure_ascii=True, default=dict)
        return hashlib.sha256(text.encode("ascii")).hexdigest()

    def expressions(self) -> dict[str, Expression]:
        """The checked expressions: value, where and ended as given, and each of `excluded` and `noted`."""
        texts = (
            {"value": self.value, "where": self.where, "ended": self.ended}
            | dict(self.excluded)
            | dict(self.noted)
        )
        columns = columns_of(self.table)
        return {
            name: parse_expression(text, columns, where=self.label, table=self.table, field=name)
            for name, text in texts.items()
            if text
        }


def _check_words(metric: Metric) -> None:
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
    _check_choice(metric, "direction", metric.direction, get_args(Direction))
    _check_choice(metric, "statistic", metric.statistic, get_args(Statistic))


def _check_choice(metric: Metric, field_name: str, found: str, known: tuple[str, ...]) -> None:
    if found not in known:
        raise UnknownNameError(f"{metric.label}, {field_name}", found, known)


def _check_kind(metric: Metric) -> None:
    if metric.kind in _LATER:
        raise UsageError(
            f"{metric.label}, kind",
            found=quote(metric.kind),
            expected="mean, share, net, rate, count or duration: targets and worklists are not offered yet",
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
    _check_numbers(metric)


def _check_numbers(metric: Metric) -> None:
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
    if (
        not metric.scale > 0
        or metric.min_n < 0
        or (metric.horizon_days is not None and metric.horizon_days <= 0)
    ):
        raise UsageError(
            metric.label,
            found=f"scale {metric.scale}, min_n {metric.min_n}, horizon_days {metric.horizon_days}",
            expected="scale and horizon_days above 0, min_n 0 or more",
            fix="correct the number",
        )


def _check_expressions(metric: Metric) -> None:
    wanted: dict[str, tuple[ValueType, ...]] = {"value": _VALUE_TYPES[metric.kind]}
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
    if metric.exposure is not None:
        check_exposure(f"{metric.label}, exposure", metric.exposure)
