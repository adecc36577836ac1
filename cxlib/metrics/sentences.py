"""Sentences about a table of values: the latest complete period, and whether it differs from the one before.

The interval of the difference of two independent estimates is made of theirs (MOVER; Zou and Donner 2008,
Statistics in Medicine 27, 1693-1702), whatever their kind: half widths towards each other, squared and added.
"""

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from cxlib.metrics.metric import Metric
from cxlib.metrics.status import NOWCAST
from cxlib.text import format_count, format_interval, format_value, join_words, plural, unit_of_change

__all__ = ["describe"]

_MOST_GROUPS = 12


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
    periods = table["start"].nunique()
    names = table["metric"].to_numpy()
    for metric in metrics:
        at = np.flatnonzero(names == metric.name)
        rows = table.iloc[at[0] : at[-1] + 1] if len(at) else table.head(0)
        if not by or not len(rows):
            lines += _group(metric, rows, "") if not by else []
            continue
        for first in range(0, min(len(rows), _MOST_GROUPS * periods), periods):
            part = rows.iloc[first : first + periods]
            called = [f"{name} {part[name].iloc[0]}" for name in by]
            lines += _group(metric, part, f" for {join_words(called)}")
        more = len(rows) // periods - _MOST_GROUPS
        if more > 0:
            lines.append(f"{metric.name}: {plural(more, 'more segment')} in .table.")
    return "\n".join(lines)


def _group(metric: Metric, rows: pd.DataFrame, whom: str) -> list[str]:
    """The sentences about one group of one metric."""
    estimated = rows[rows["status"].eq(NOWCAST)]
    tail = [_nowcast(metric, estimated.iloc[-1], whom)] if len(estimated) else []
    complete = rows[rows["status"].isin(["ok", "low_n"])]
    if complete.empty:
        return tail or [_without_value(metric, rows, whom)]
    latest = complete.iloc[-1]
    head = f"{metric.name}{whom} in {latest['period']}: {_value(metric, latest)}{_band(metric, latest)}"
    few = f", too few to judge (fewer than {metric.min_n})" if latest["status"] == "low_n" else ""
    before = complete[complete["end"] == latest["start"]]
    change = _change(metric, latest, before.iloc[-1]) if len(before) and not few else ""
    return [f"{head}{few}.{change}", *tail]


def _nowcast(metric: Metric, row: pd.Series, whom: str) -> str:
    """An estimate of a period that has not matured, apart from those that have."""
    return (
        f"{metric.name}{whom} in {row['period']}, estimated from what is seen so far: {_value(metric, row)}."
    )


def _band(metric: Metric, row: pd.Series) -> str:
    """Where a value lies against its band."""
    if metric.band is None:
        return ""
    low, high = metric.band
    value = float(row["value"])
    place = "below" if value < low else "above" if value > high else "within"
    return f", {place} the band {format_interval(low, high, metric.unit)}"


def _without_value(metric: Metric, rows: pd.DataFrame, whom: str) -> str:
    statuses = set(rows["status"])
    if not statuses - {"no_data"}:
        return f"{metric.name}{whom}: no data in the range."
    unreached = rows[rows["status"].eq("immature") & rows["value"].isna() & rows["lower"].notna()]
    if metric.kind == "duration" and len(unreached):
        longest = format_value(float(unreached.iloc[-1]["lower"]), metric.unit)
        return f"{metric.name}{whom} in {unreached.iloc[-1]['period']}: not reached, more than {longest}."
    seen = rows[rows["status"].ne("no_data")].iloc[-1]
    return f"{metric.name}{whom}: no complete period yet; {seen['period']} is {seen['status']}."


def _value(metric: Metric, row: pd.Series) -> str:
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


def _interval(metric: Metric, row: pd.Series) -> str:
    return f"95 % interval {format_interval(float(row['lower']), float(row['upper']), metric.unit)}"


def _difference(metric: Metric, size: float) -> str:
    if metric.kind == "count" and not metric.per:
        return f"{'+' if size > 0 else ''}{format_count(size)} {metric.unit}"
    if metric.unit.startswith("scale"):
        return format_value(size, "", signed=True)
    return format_value(size, unit_of_change(metric.unit), signed=True)


def _change(metric: Metric, latest: pd.Series, before: pd.Series) -> str:
    """How it differs from the period before, and whether that is more than noise; a census has none."""
    now, then = float(latest["value"]), float(before["value"])
    lower = now - then - math.hypot(now - float(latest["lower"]), float(before["upper"]) - then)
    upper = now - then + math.hypot(float(latest["upper"]) - now, then - float(before["lower"]))
    said = f" Against {before['period']} that is {_difference(metric, now - then)}"
    if math.isnan(lower) and math.isnan(upper):
        return f"{said}."
    noise = not (lower > 0 or upper < 0) or before["status"] == "low_n"
    return f"{said}, {'which is within noise' if noise else 'which is more than noise'}."
