"""Sentences about a table of values: the latest complete period, and whether it differs from the one before.

The interval of the difference of two independent estimates is made of theirs (MOVER; Zou and Donner 2008,
Statistics in Medicine 27, 1693-1702), whatever their kind: half widths towards each other, squared and added.
"""

import math
from collections.abc import Sequence

import pandas as pd

from cxlib.metrics.metric import Metric
from cxlib.text import format_count, format_interval, format_value, join_words, plural, unit_of_change

__all__ = ["describe"]

_MOST_GROUPS = 12


def describe(table: pd.DataFrame, metrics: Sequence[Metric], by: Sequence[str]) -> str:
    """One line a metric, or a metric and group: the value, its interval, n, and the change.

    Parameters
    ----------
    table : pandas.DataFrame
        Rows as `MetricFrame.table` has them.
    metrics : sequence of Metric
        What the rows are of.
    by : sequence of str
        Segment columns.
    """
    lines: list[str] = []
    for metric in metrics:
        rows = table[table["metric"] == metric.name]
        keys = rows[list(by)].drop_duplicates() if by else None
        if keys is None:
            lines += _group(metric, rows, "")
            continue
        for key in keys.head(_MOST_GROUPS).itertuples(index=False, name=None):
            chosen = rows
            for name, value in zip(by, key, strict=True):
                chosen = chosen[chosen[name] == value]
            lines += _group(
                metric, chosen, f" for {join_words([f'{n} {v}' for n, v in zip(by, key, strict=True)])}"
            )
        if len(keys) > _MOST_GROUPS:
            lines.append(f"{metric.name}: {plural(len(keys) - _MOST_GROUPS, 'more segment')} in .table.")
    return "\n".join(lines)


def _group(metric: Metric, rows: pd.DataFrame, whom: str) -> list[str]:
    """The sentences about one group of one metric."""
    complete = rows[rows["status"].isin(["ok", "low_n"])]
    if complete.empty:
        return [_without_value(metric, rows, whom)]
    latest = complete.iloc[-1]
    head = f"{metric.name}{whom} in {latest['period']}: {_value(metric, latest)}"
    few = f", too few to judge (fewer than {metric.min_n})" if latest["status"] == "low_n" else ""
    before = complete[complete["end"] == latest["start"]]
    change = _change(metric, latest, before.iloc[-1]) if len(before) and not few else ""
    return [f"{head}{few}.{change}"]


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
    bounds = (float(row["lower"]), float(row["upper"]))
    interval = format_interval(bounds[0], bounds[1], metric.unit)
    value = format_value(float(row["value"]), metric.unit)
    unit = (
        ""
        if metric.unit.split()[0] in value or "%" in value or metric.unit == "minutes"
        else f" {metric.unit}"
    )
    if metric.kind == "count":
        return f"{format_count(float(row['value']))} {metric.unit} (95 % interval {interval})"
    counted = "counted" if metric.kind == "rate" else "rows"
    return f"{value}{unit} (95 % interval {interval}, {format_count(float(row['n']))} {counted})"


def _difference(metric: Metric, size: float) -> str:
    if metric.kind == "count":
        return f"{'+' if size > 0 else ''}{format_count(size)} {metric.unit}"
    return format_value(size, unit_of_change(metric.unit), signed=True)


def _change(metric: Metric, latest: pd.Series, before: pd.Series) -> str:
    """How it differs from the period before, and whether that is more than noise."""
    now, then = float(latest["value"]), float(before["value"])
    lower = now - then - math.hypot(now - float(latest["lower"]), float(before["upper"]) - then)
    upper = now - then + math.hypot(float(latest["upper"]) - now, then - float(before["lower"]))
    difference = _difference(metric, now - then)
    noise = not (lower > 0 or upper < 0)
    few = before["status"] == "low_n"
    verdict = "which is within noise" if noise or few else "which is more than noise"
    return f" Against {before['period']} that is {difference}, {verdict}."
