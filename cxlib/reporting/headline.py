"""The headline metrics of a month: value, interval, n, change, and whether the change is more than noise."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import pandas as pd

from cxlib.errors import MissingColumnError, UnknownNameError
from cxlib.metrics.frame import MetricFrame
from cxlib.metrics.measure import measure
from cxlib.reporting.month import ReportMonth
from cxlib.reporting.opening import OpenedMonth
from cxlib.reporting.summary import PageSummary
from cxlib.result import Caveat, Result
from cxlib.text import (
    DASH,
    format_count,
    format_interval,
    format_value,
    join_words,
    metric_label,
    unit_of_change,
)

if TYPE_CHECKING:
    from cxlib.data.dataset import Dataset

__all__ = ["COLUMNS", "Headline", "headline"]

COLUMNS: Final = (
    "metric",
    "value",
    "lower",
    "upper",
    "n",
    "previous",
    "change",
    "change_lower",
    "change_upper",
    "status",
    "verdict",
)
_REACH: Final = {"nps": ("survey_sends", "survey_response_rate")}
_STATE: Final = {"better": "better", "worse": "worse"}


@dataclass(frozen=True, slots=True, repr=False)
class Headline(Result):
    """The headline metrics of one month.

    Parameters
    ----------
    table : DataFrame
        A row a metric: metric, value, lower, upper, n, previous (the value of the month before), change with
        its 95 % interval, status as in a MetricFrame, and verdict: better, worse, higher, lower, no clear
        change, not judged.
    frames : mapping of str to MetricFrame
        Thirteen months of each metric.
    missing : mapping of str to str
        Metric to the reason for which it is not computed.
    releases : DataFrame
        Logged changes of those months: change_id, released_at (local day), title.
    month : ReportMonth
        What is reported.
    text : str
        A sentence a metric.
    caveats : tuple of Caveat
        Those of the frames, each once.
    """

    table: pd.DataFrame
    frames: Mapping[str, MetricFrame]
    missing: Mapping[str, str]
    releases: pd.DataFrame
    month: ReportMonth
    text: str
    caveats: tuple[Caveat, ...]

    def unit(self, metric: str) -> str:
        """The unit of a metric."""
        return self.frames[metric].unit[metric]

    def summary(self) -> PageSummary:
        """What the first page says of it."""
        rows = self.table.to_dict(orient="records")
        judged = [row for row in rows if row["verdict"] in {"better", "worse"}]
        moved = judged + [row for row in rows if row["verdict"] in {"higher", "lower"}]
        first = [_sentence(row, self.unit(str(row["metric"])), self.month) for row in moved[:2]]
        calm = f"No headline metric moved by more than its noise in {self.month.title}."
        sentences = (*first, *_more(moved[2:])) if moved else (calm,) if rows else ()
        unjudged = [metric_label(str(row["metric"])) for row in rows if row["verdict"] == "not judged"]
        lacking = [metric_label(name) for name in self.missing]
        unknown = [f"Not computed: {join_words(lacking)}."] if lacking else []
        unknown += [f"Not judged: {join_words(unjudged)}."] if unjudged else []
        return PageSummary(
            lines={"moved": sentences, "unknown": tuple(unknown)},
            lights=tuple(_light(row) for row in rows),
            numbers={str(row["metric"]): self._number(row) for row in rows},
            definitions={name: frame.definition_hash[name] for name, frame in self.frames.items()},
        )

    def _number(self, row: Mapping[Any, Any]) -> dict[str, Any]:
        name = str(row["metric"])
        value = None if math.isnan(row["value"]) else round(float(row["value"]), 6)
        return {"label": metric_label(name), "value": value, "n": int(row["n"]), "unit": self.unit(name)}


def headline(opened: OpenedMonth) -> Headline:
    """Measure the metrics of `[report] metrics` that the data allow, over the month and the twelve before it.

    Survey scores come with their reach: how many were asked, and how many of them answered.

    Parameters
    ----------
    opened : OpenedMonth
        What `open_month` returned.

    Examples
    --------
    Three answers a day: 8, 9 and 10 in January, 6, 7 and 8 in February.

    >>> import tempfile
    >>> import cxlib as cx
    >>> import pandas as pd
    >>> days = pd.date_range("2020-01-01", "2020-02-29").strftime("%Y-%m-%dT09:00Z")
    >>> scores = [(8 if day < "2020-02-01" else 6) + one for day in days for one in range(3)]
    >>> surveys = pd.DataFrame({"sent_at": days.repeat(3), "responded_at": days.repeat(3), "score": scores})
    >>> surveys = surveys.assign(survey_id=[f"S{row}" for row in surveys.index], kind="nps")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     surveys.to_csv(f"{folder}/surveys.csv", index=False)
    ...     opened = cx.open_month(folder, "2020-02")
    >>> nps = cx.headline(opened).table.iloc[:1]
    >>> nps[["metric", "value", "previous", "change", "verdict"]].round(1)
      metric  value  previous  change verdict
    0    nps  -33.3      66.7  -100.0   worse
    """
    data, month = opened.data, opened.month
    start = date(month.start.year - 1, month.start.month, 1)
    frames: dict[str, MetricFrame] = {}
    missing: dict[str, str] = {}
    for name in _wanted(data):
        try:
            frames[name] = measure(data, name, freq="M", start=start, end=month.end)
        except (MissingColumnError, UnknownNameError) as error:
            missing[name] = (
                f"{error.found}; {error.expected} expected. {error.fix[:1].upper()}{error.fix[1:]}."
            )
    rows = [_row(name, frame, month) for name, frame in frames.items()]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    text = "\n".join(_sentence(row, frames[row["metric"]].unit[row["metric"]], month) for row in rows)
    caveats = tuple(dict.fromkeys(caveat for frame in frames.values() for caveat in frame.caveats))
    releases = releases_between(data, start, month.end)
    return Headline(table, frames, missing, releases, month, text or "No metric could be computed.", caveats)


def _wanted(data: "Dataset") -> list[str]:
    """The metrics of the settings, each followed by what it must not be read without."""
    found: list[str] = []
    for name in data.settings.report["metrics"]:
        found += [name, *_REACH.get(name, ())]
    return list(dict.fromkeys(found))


def releases_between(data: "Dataset", start: date, end: date) -> pd.DataFrame:
    """Logged changes of a range of local days: change_id, released_at (day), title; by day.

    Parameters
    ----------
    data : Dataset
        Without a change log the frame is empty.
    start, end : date
        Half-open.
    """
    columns = ["change_id", "released_at", "title"]
    if not data.has("changes", *columns):
        return pd.DataFrame(columns=columns)
    log = data.frame("changes")[columns].dropna()
    log["released_at"] = log["released_at"].dt.tz_convert(ZoneInfo(data.zone)).dt.date
    inside = log[(log["released_at"] >= start) & (log["released_at"] < end)]
    return inside.sort_values(["released_at", "change_id"], ignore_index=True)


def _row(name: str, frame: MetricFrame, month: ReportMonth) -> dict[str, Any]:
    """The month beside the one before it."""
    by_start = {row["start"]: row for row in frame.table.to_dict(orient="records")}
    now = by_start[month.start]
    then = by_start.get(month.previous_start)
    row = {key: now[key] for key in ("value", "lower", "upper", "n", "status")} | {"metric": name}
    row["previous"] = then["value"] if then else math.nan
    row["change"] = row["value"] - row["previous"]
    low, high = difference_interval(now, then) if then else (math.nan, math.nan)
    row |= {"change_lower": low, "change_upper": high}
    judged = now["status"] == "ok" and then is not None and then["status"] == "ok"
    return row | {"verdict": _verdict(low, high, frame.direction[name]) if judged else "not judged"}


def difference_interval(now: Mapping[Any, Any], then: Mapping[Any, Any]) -> tuple[float, float]:
    """The 95 % interval of a difference of two values that each have one.

    Parameters
    ----------
    now, then : mapping
        With value, lower and upper.

    References
    ----------
    .. [1] Zou and Donner (2008), Statistics in Medicine 27, 1693-1702 (MOVER).

    Examples
    --------
    >>> difference_interval({"value": 8, "lower": 5, "upper": 11}, {"value": 3, "lower": -1, "upper": 7})
    (0.0, 10.0)
    """
    change = now["value"] - then["value"]
    down = math.hypot(now["value"] - now["lower"], then["upper"] - then["value"])
    up = math.hypot(now["upper"] - now["value"], then["value"] - then["lower"])
    return change - down, change + up


def _verdict(low: float, high: float, direction: str) -> str:
    if math.isnan(low) or math.isnan(high):
        return "not judged"
    if low <= 0 <= high:
        return "no clear change"
    rose = low > 0
    if direction not in {"up", "down"}:
        return "higher" if rose else "lower"
    return "better" if rose == (direction == "up") else "worse"


def _sentence(row: Mapping[Any, Any], unit: str, month: ReportMonth) -> str:
    """One metric in one sentence."""
    label = metric_label(str(row["metric"]))
    if math.isnan(row["value"]):
        return f"{label}: no data in {month.title}."
    value = _with_interval(format_value(row["value"], unit), row["lower"], row["upper"], unit)
    where = f"{value} in {month.title} (n\u00a0{format_count(row['n'])})"
    if math.isnan(row["change"]):
        return f"{label} was {where}; the month before has no value."
    change_unit = unit_of_change(unit)
    low, high = row["change_lower"], row["change_upper"]
    if not (low > 0 or high < 0):  # an interval that holds zero, or none
        change = _with_interval(format_value(row["change"], change_unit, signed=True), low, high, unit)
        return f"{label} was {where}: {row['verdict']} ({change} against the month before)."
    near, far = sorted((abs(low), abs(high)))
    size = _with_interval(format_value(abs(row["change"]), change_unit), near, far, unit)
    return f"{label} {'rose' if low > 0 else 'fell'} by {size} to {where}: {row['verdict']}."


def _with_interval(value: str, lower: float, upper: float, unit: str) -> str:
    interval = format_interval(lower, upper, unit)
    return value if interval == DASH else f"{value} {interval}"


def _more(rows: list[dict[Any, Any]]) -> tuple[str, ...]:
    return tuple(f"{metric_label(str(row['metric']))} is {row['verdict']} too." for row in rows)


def _light(row: Mapping[Any, Any]) -> dict[str, str]:
    verdict = str(row["verdict"])
    words = verdict if row["status"] == "ok" else f"{verdict} ({str(row['status']).replace('_', ' ')})"
    return {
        "metric": str(row["metric"]),
        "label": metric_label(str(row["metric"])),
        "state": _STATE.get(verdict, "wait"),
        "words": words,
    }
