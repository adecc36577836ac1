"""Whether less is known of the portfolio than before, and which logged change lines up with that.

A score can move because the customers changed, or because who is asked did. Where a metric lost rows, the
change log is asked about that metric.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from cxlib.changes.investigate import investigate
from cxlib.changes.investigation import Investigation
from cxlib.data.clock import day_to_date
from cxlib.errors import CxError
from cxlib.health.inputs import today
from cxlib.health.scores import HealthScores
from cxlib.metrics.catalogue import chosen_metrics
from cxlib.metrics.gather import gather
from cxlib.text import format_count, format_value, metric_label

if TYPE_CHECKING:
    from cxlib.data.dataset import Dataset

__all__ = ["LEAST_POINTS", "Coverage", "coverage_moved"]

LEAST_POINTS: Final = 5.0
"""Points by which coverage, or the share of accounts heard of lately, has to fall for the log to be asked."""
_LEAST_SHARE: Final = 0.2
_NORMAL: Final = 1.96
_ANSWERS: Final = frozenset({"mean", "share", "net"})
"""Kinds whose rows are who was heard of; of a count or rate they are the value itself."""


@dataclass(frozen=True, eq=False)
class Coverage:
    """What is known of the accounts scored at both dates.

    Parameters
    ----------
    table : DataFrame
        A row a metric: `metric`, `known_before`, `known_after` (% of accounts with a value), `lately_before`,
        `lately_after` (% with a row within as many days as lie between the dates), `rows_before`,
        `rows_after` (rows of these accounts in as many days up to each date; NaN for counts, rates and
        durations), `fell` (whether a share lost five points or more, or the rows a fifth, more than chance
        explains).
    before, after : float
        Mean coverage, %.
    found : dict of str to Investigation
        What the change log says of the metrics that fell.
    not_asked : dict of str to str
        Metrics that fell and cannot be investigated, and why.
    """

    table: pd.DataFrame
    before: float
    after: float
    found: dict[str, Investigation] = field(default_factory=dict)
    not_asked: dict[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """Sentences; empty where nothing fell."""
        lines = []
        for row in self.table[self.table["fell"]].to_dict(orient="records"):
            name = metric_label(row["metric"])
            rows = ""
            if row["rows_before"] == row["rows_before"]:
                rows = f"{format_count(row['rows_after'])} rows after {format_count(row['rows_before'])}; "
            lines.append(
                f"{name}: {rows}{_percent(row['lately_after'])} of the accounts were heard of lately, "
                f"{_percent(row['lately_before'])} before; a value is known of "
                f"{_percent(row['known_after'])}, {_percent(row['known_before'])} before."
            )
            lines += self._suspect(row["metric"])
        if lines:
            moved = f"coverage {_percent(self.after)}, {_percent(self.before)} before"
            lines.insert(0, f"Who is heard of changed, which is not how they fare ({moved}).")
        return "\n".join(lines)

    def _suspect(self, metric: str) -> list[str]:
        if metric in self.not_asked:
            return [f"The change log was not asked about {metric_label(metric)}: {self.not_asked[metric]}"]
        if metric not in self.found:
            return []
        one = self.found[metric]
        return [f"The change log on {metric_label(metric)}: {one.text.splitlines()[0]}"]


def _percent(value: float) -> str:
    return format_value(value, "%")


def coverage_moved(data: "Dataset", then: "Dataset", first: HealthScores, second: HealthScores) -> Coverage:
    """Compare what was known, and ask the change log about what fell.

    Parameters
    ----------
    data, then : Dataset
        As of the later and of the earlier date.
    first, second : HealthScores
        Scores of the earlier and of the later date.
    """
    days = today(data) - today(then)
    ids = sorted(set(first.table[first.unit]) & set(second.table[second.unit]))
    names = [one.name for one in second.configuration.metrics]
    old, new = (_known(one, ids, days) for one in (first, second))
    counts = _rows(data, second, ids, days)
    rows: list[dict[str, Any]] = []
    for name in names:
        before, after = old.get(name, (0.0, 0.0)), new[name]
        earlier, later = counts.get(name, (np.nan, np.nan))
        fell = any(a - b >= LEAST_POINTS for a, b in zip(before, after, strict=True))
        # NaN, where rows are no answers, compares as false
        fell |= earlier > 0 and earlier - later >= max(
            _LEAST_SHARE * earlier, _NORMAL * (earlier + later) ** 0.5
        )
        rows.append(
            {
                "metric": name,
                "known_before": before[0],
                "known_after": after[0],
                "lately_before": before[1],
                "lately_after": after[1],
                "rows_before": earlier,
                "rows_after": later,
                "fell": bool(fell) and name in old,
            }
        )
    table = pd.DataFrame(rows)
    found, not_asked = _asked(data, then, list(table.loc[table["fell"], "metric"]))
    means = [float(one.table.set_index(one.unit).loc[ids, "coverage"].mean()) for one in (first, second)]
    return Coverage(table, means[0], means[1], found, not_asked)


def _known(scores: HealthScores, ids: list[str], days: int) -> dict[str, tuple[float, float]]:
    """By metric: % of the accounts with a value, and with a row within so many days."""
    parts = scores.contributions[scores.contributions[scores.unit].isin(ids)]
    found = {}
    for one in scores.configuration.metrics:
        mine = parts[parts["metric"] == one.name]
        lately = (mine["n"] > 0) & (mine["age_days"] <= days)
        found[one.name] = (100 * float((mine["status"] == "ok").mean()), 100 * float(lately.mean()))
    return found


def _rows(data: "Dataset", scores: HealthScores, ids: list[str], days: int) -> dict[str, tuple[float, float]]:
    """Rows of some accounts in two spans of so many days, the later one up to `as_of`, by metric."""
    named = chosen_metrics(data.settings, [one.name for one in scores.configuration.metrics])
    metrics = [metric for metric in named if metric.kind in _ANSWERS]
    gathered = gather(data, metrics, by=(scores.unit,)) if metrics else {}
    end, wanted = today(data), set(ids)
    found = {}
    for metric in metrics:
        cells = gathered[metric.name].numerator
        mine = np.array([group[0] in wanted for group in cells.groups], dtype=bool)[cells.group]
        spans = [(end - 2 * days, end - days), (end - days, end)]
        inside = [mine & (cells.day >= first) & (cells.day < last) for first, last in spans]
        found[metric.name] = (float(cells.n[inside[0]].sum()), float(cells.n[inside[1]].sum()))
    return found


def _asked(
    data: "Dataset", then: "Dataset", metrics: list[str]
) -> tuple[dict[str, Investigation], dict[str, str]]:
    """What the log says of each metric between the dates."""
    found: dict[str, Investigation] = {}
    faults: dict[str, str] = {}
    start, end = day_to_date(today(then)), day_to_date(today(data))
    for metric in chosen_metrics(data.settings, metrics) if metrics else []:
        try:
            found[metric.name] = investigate(data, metric, start=start, end=end)
        except CxError as error:
            faults[metric.name] = str(error)
    return found, faults
