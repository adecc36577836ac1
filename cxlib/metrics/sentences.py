"""Sentences about a table of values: the latest complete period, and whether it differs from the one before.

The interval of the difference of two independent estimates is made of theirs (MOVER; Zou and Donner 2008,
Statistics in Medicine 27, 1693-1702), whatever their kind: half widths towards each other, squared and added.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlib.metrics.metric import Metric
from cxlib.metrics.status import NOWCAST
from cxlib.text import format_count, format_interval, format_value, join_words, plural, unit_of_change

__all__ = ["describe"]

Row: TypeAlias = Mapping[str, Any]

_MOST_GROUPS: Final = 12
_READ: Final = ("period", "start", "end", "value", "lower", "upper", "n", "status")


def describe(table: pd.DataFrame, metrics: Sequence[Metric], by: Sequence[str]) -> str:
    """One line a metric, or a metric and group: the value, its interval, n, and the change.

    Parameters
    ----------
    table : pandas.DataFrame
        Rows as `MetricFrame.table` has them: by metric, then group, then period.
    metrics : sequence of Metric
        What the rows are of.
    by : sequence of str
        Segment columns.
    """
    lines: list[str] = []
    periods = max(table["start"].nunique(), 1)  # a step, also where there is none
    rows = _Rows.of(table)
    for metric, (first, end) in zip(metrics, _spans(table, metrics), strict=True):
        if not by:
            lines += _group(metric, rows, slice(first, end), "")
            continue
        for begin in range(first, min(end, first + _MOST_GROUPS * periods), periods):
            called = [f"{name} {table[name].iloc[begin]}" for name in by]
            lines += _group(metric, rows, slice(begin, begin + periods), f" for {join_words(called)}")
        more = (end - first) // periods - _MOST_GROUPS
        if more > 0:
            lines.append(f"{metric.name}: {plural(more, 'more segment')} in .table.")
    return "\n".join(lines)


def _spans(table: pd.DataFrame, metrics: Sequence[Metric]) -> list[tuple[int, int]]:
    """Where the rows of each metric begin and end."""
    codes, names = pd.factorize(table["metric"])
    code = {str(name): i for i, name in enumerate(names)}
    edges = np.searchsorted(codes, np.arange(len(names) + 1)).tolist()
    return [
        (edges[code[metric.name]], edges[code[metric.name] + 1]) if metric.name in code else (0, 0)
        for metric in metrics
    ]


@dataclass(frozen=True, slots=True)
class _Rows:
    """The table as arrays, which are quicker to take a row from; which rows are complete or a nowcast."""

    columns: Mapping[str, NDArray[Any]]
    complete: NDArray[np.bool_]
    nowcast: NDArray[np.bool_]

    @classmethod
    def of(cls, table: pd.DataFrame) -> "_Rows":
        columns = {name: table[name].to_numpy() for name in _READ}
        status = table["status"]
        complete, nowcast = (
            np.asarray(status.isin(names), dtype=np.bool_) for names in (["ok", "low_n"], [NOWCAST])
        )
        return cls(columns, complete, nowcast)

    def at(self, place: int) -> Row:
        """One row."""
        return {name: column[place] for name, column in self.columns.items()}


def _group(metric: Metric, rows: _Rows, part: slice, whom: str) -> list[str]:
    """The sentences about one group of one metric."""
    nowcast = part.start + np.flatnonzero(rows.nowcast[part])
    tail = [_nowcast(metric, rows.at(nowcast[-1]), whom)] if len(nowcast) else []
    complete = part.start + np.flatnonzero(rows.complete[part])
    if not len(complete):
        return tail or [_without_value(metric, [rows.at(i) for i in range(part.start, part.stop)], whom)]
    latest = rows.at(complete[-1])
    head = f"{metric.name}{whom} in {latest['period']}: {_value(metric, latest)}{_band(metric, latest)}"
    few = f", too few to judge (fewer than {metric.min_n})" if latest["status"] == "low_n" else ""
    before = [row for row in map(rows.at, complete[-2:-1]) if row["end"] == latest["start"]]
    change = _change(metric, latest, before[0]) if before and not few else ""
    return [f"{head}{few}.{change}", *tail]


def _nowcast(metric: Metric, row: Row, whom: str) -> str:
    """An estimate of a period that has not matured, apart from those that have."""
    return (
        f"{metric.name}{whom} in {row['period']}, estimated from what is seen so far: {_value(metric, row)}."
    )


def _band(metric: Metric, row: Row) -> str:
    """Where a value lies against its band."""
    if metric.band is None:
        return ""
    low, high = metric.band
    value = float(row["value"])
    place = "below" if value < low else "above" if value > high else "within"
    return f", {place} the band {format_interval(low, high, metric.unit)}"


def _without_value(metric: Metric, rows: Sequence[Row], whom: str) -> str:
    seen = [row for row in rows if row["status"] != "no_data"]
    if not seen:
        return f"{metric.name}{whom}: no data in the range."
    unreached = [row for row in seen if row["status"] == "immature" and _is_unreached(row)]
    if metric.kind == "duration" and unreached:
        last = unreached[-1]
        longest = format_value(float(last["lower"]), metric.unit)
        return f"{metric.name}{whom} in {last['period']}: not reached, more than {longest}."
    last = seen[-1]
    return f"{metric.name}{whom}: no complete period yet; {last['period']} is {last['status']}."


def _is_unreached(row: Row) -> bool:
    """Whether a curve does not come down to the share, and is known to lie above some duration."""
    return math.isnan(row["value"]) and not math.isnan(row["lower"])


def _value(metric: Metric, row: Row) -> str:
    value = format_value(float(row["value"]), metric.unit)
    unit = (
        ""
        if metric.unit.split()[0] in value or "%" in value or metric.unit == "minutes"
        else f" {metric.unit}"
    )
    if metric.unit.startswith("scale"):
        value, unit = format_value(float(row["value"]), ""), f" on the {metric.unit}"
    if metric.kind == "count" and not metric.per:
        value, unit = format_count(float(row["value"])), f" {metric.unit}"
    seen = [_interval(metric, row)] if not math.isnan(float(row["lower"])) else []
    if metric.kind not in {"count", "target"} or metric.per:
        counted = "counted" if metric.kind in {"rate", "count", "target"} else "rows"
        seen.append(f"{format_count(float(row['n']))} {counted}")
    return f"{value}{unit} ({', '.join(seen)})" if seen else f"{value}{unit}"


def _interval(metric: Metric, row: Row) -> str:
    return f"95 % interval {format_interval(float(row['lower']), float(row['upper']), metric.unit)}"


def _difference(metric: Metric, size: float) -> str:
    if metric.kind == "count" and not metric.per:
        return f"{'+' if size > 0 else ''}{format_count(size)} {metric.unit}"
    if metric.unit.startswith("scale"):
        return format_value(size, "", signed=True)
    return format_value(size, unit_of_change(metric.unit), signed=True)


def _change(metric: Metric, latest: Row, before: Row) -> str:
    """How it differs from the period before, and whether that is more than noise; a census has none."""
    now, then = float(latest["value"]), float(before["value"])
    lower = now - then - math.hypot(now - float(latest["lower"]), float(before["upper"]) - then)
    upper = now - then + math.hypot(float(latest["upper"]) - now, then - float(before["lower"]))
    said = f" Against {before['period']} that is {_difference(metric, now - then)}"
    if math.isnan(lower) and math.isnan(upper):
        return f"{said}."
    noise = not (lower > 0 or upper < 0) or before["status"] == "low_n"
    return f"{said}, {'which is within noise' if noise else 'which is more than noise'}."
