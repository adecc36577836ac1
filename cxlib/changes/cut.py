"""One way to cut two windows into segments, with every part of the difference."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cxlib.changes.panel import Panel
from cxlib.changes.sources import LEAD_DAYS, Sources
from cxlib.metrics.metric import Metric
from cxlib.stats.decompose import split_mix, split_windows

__all__ = ["Cut", "Windows", "cut_windows", "unit_factor"]

Floats = npt.NDArray[np.float64]

_FEWEST_A_DAY = 5.0
_MOST_LOST = 0.10


@dataclass(frozen=True, slots=True)
class Windows:
    """Rows of the panels before and after."""

    before: slice
    after: slice

    names = ("before", "after")

    def sums(self, values: Floats) -> tuple[Floats, Floats]:
        """Sums over the days of both windows."""
        return values[self.before].sum(axis=0), values[self.after].sum(axis=0)

    @property
    def days(self) -> tuple[int, int]:
        """Lengths."""
        return self.before.stop - self.before.start, self.after.stop - self.after.start


@dataclass(frozen=True, eq=False)
class Cut:
    """The parts of a difference by one segment column, or a cross of several.

    Parameters
    ----------
    by : tuple of str
        Columns; empty: everything is one segment.
    labels : array of str, shape (segments, columns)
        Their values.
    n : pair of array of float, shape (segments,)
        Rows in both windows.
    value : pair of array of float, shape (segments,)
        The metric in each segment, in its own unit; NaN without rows.
    share : pair of array of float, shape (segments,)
        Share of the rows (of the exposure), 0..1.
    overall : pair of float
        The metric in both windows.
    mix, within : array of float, shape (segments,)
        Parts, in the metric's unit.
    mix_interval, within_interval : pair of float
        95 % intervals of their sums.
    factors : tuple of float or None
        Population, reach, response.
    asked : pair of array or None
        Surveys sent a day.
    answered : pair of array or None
        Share of the surveys sent that were answered.
    has_population : bool
        Whether population is told apart from reach.
    """

    by: tuple[str, ...]
    labels: npt.NDArray[np.str_]
    n: tuple[Floats, Floats]
    value: tuple[Floats, Floats]
    share: tuple[Floats, Floats]
    overall: tuple[float, float]
    mix: Floats
    within: Floats
    mix_interval: tuple[float, float]
    within_interval: tuple[float, float]
    factors: tuple[float, float, float] | None = None
    asked: tuple[Floats, Floats] | None = None
    answered: tuple[Floats, Floats] | None = None
    has_population: bool = False

    def rows(self) -> Iterator[dict[str, Any]]:
        """The segments as the contract spells them; none where nothing is cut."""
        if not self.by:
            return
        for index, label in enumerate(self.labels.tolist()):
            row: dict[str, Any] = {"segment": dict(zip(self.by, label, strict=True))}
            for side, name in enumerate(Windows.names):
                row[f"n_{name}"] = float(self.n[side][index])
                row[f"value_{name}"] = _number(self.value[side][index])
                row[f"asked_per_day_{name}"] = _number(self.asked[side][index]) if self.asked else None
                row[f"response_rate_{name}"] = _number(self.answered[side][index]) if self.answered else None
            yield row | {"mix": float(self.mix[index]), "within": float(self.within[index])}

    def table(self) -> pd.DataFrame:
        """One row a window and segment."""
        names = [" × ".join(label) for label in self.labels.tolist()]
        frames = [
            pd.DataFrame(
                {
                    "window": name,
                    "by": ",".join(self.by),
                    "segment": names,
                    "n": self.n[side],
                    "share": 100 * self.share[side],
                    "value": self.value[side],
                    "mix": self.mix if side else np.zeros(len(names)),
                    "within": self.within if side else np.zeros(len(names)),
                    "status": np.where(self.n[side] > 0, "ok", "no_data"),
                }
            )
            for side, name in enumerate(Windows.names)
        ]
        return pd.concat(frames, ignore_index=True) if self.by else frames[0].iloc[:0]

    def standardised(self) -> tuple[float, float]:
        """The value of each window with the audience of `before`; NaN where over 10 % of it is unknown."""
        weight = self.share[0]
        found = []
        for value in self.value:
            known = np.isfinite(value)
            held = float(weight[known].sum())
            found.append(
                float(weight[known] @ value[known]) / held if held >= 1 - _MOST_LOST else float("nan")
            )
        return found[0], found[1]


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def unit_factor(metric: Metric) -> float:
    """What turns a mean row value into the metric's own unit."""
    if metric.kind == "share":
        return 100.0
    return metric.scale if metric.kind == "rate" else 1.0


def cut_windows(sources: Sources, metric: Metric, windows: Windows) -> list[Cut]:
    """Every way to cut, the one that explains most first; empty where a window has no rows.

    Parameters
    ----------
    sources : Sources
        Panels.
    metric : Metric
        Decides what a mean is.
    windows : Windows
        Rows of the panels.

    Returns
    -------
    list of Cut
        All have the same total.
    """
    panel = sources.judged
    if min(float(part.sum()) for part in windows.sums(panel.n)) <= 0 or min(windows.days) <= 0:
        return []
    ways: list[tuple[str, ...]] = [(column,) for column in panel.by]
    cells = max(len(panel.labels), 1)
    if len(panel.by) > 1 and panel.n[windows.before].sum() / max(windows.days[0], 1) / cells >= _FEWEST_A_DAY:
        ways.append(panel.by)
    cuts = [_one_cut(sources, metric, windows, by) for by in (ways or [()])]
    return sorted(cuts, key=_explains, reverse=True)


def _explains(cut: Cut) -> tuple[float, float, int, tuple[str, ...]]:
    """The larger the mix the better; then the more one segment holds; a single column before a cross."""
    size = np.abs(cut.mix + cut.within)
    total = max(abs(float((cut.mix + cut.within).sum())), 1e-12)
    mix = min(abs(float(cut.mix.sum())) / total, 1.0)
    return (round(mix, 1), round(float(size.max()) / max(float(size.sum()), 1e-12), 6), -len(cut.by), cut.by)


def _one_cut(sources: Sources, metric: Metric, windows: Windows, by: tuple[str, ...]) -> Cut:
    panel = sources.judged.onto(by)
    factor = unit_factor(metric)
    if metric.kind in {"count", "rate"}:
        return _cut_counts(sources, metric, windows, panel)
    n, total, square = (windows.sums(part) for part in (panel.n, panel.total, panel.squares))
    split = split_windows(n, total, square)
    share = (n[0] / n[0].sum(), n[1] / n[1].sum())
    value = tuple(_ratio(t, m) * factor for t, m in zip(total, n, strict=True))
    sends = _aligned(sources.sends, panel, windows) if sources.sends is not None else None
    people = _population(sources, panel, windows)
    asked = (np.maximum(sends[0], n[0]), np.maximum(sends[1], n[1])) if sends is not None else None
    return Cut(
        by,
        panel.labels,
        n,
        (value[0], value[1]),
        share,
        (float(total[0].sum() / n[0].sum()) * factor, float(total[1].sum() / n[1].sum()) * factor),
        split.mix * factor,
        split.within * factor,
        (split.mix_interval[0] * factor, split.mix_interval[1] * factor),
        (split.within_interval[0] * factor, split.within_interval[1] * factor),
        None if asked is None else _factors(people, asked, n, (split.before + split.after) / 2 * factor),
        None if asked is None else (asked[0] / windows.days[0], asked[1] / windows.days[1]),
        None if asked is None else (_ratio(n[0], asked[0]), _ratio(n[1], asked[1])),
        people is not None,
    )


def _ratio(top: Floats, bottom: Floats) -> Floats:
    return np.divide(top, bottom, out=np.full_like(top, np.nan), where=bottom > 0)


def _factors(
    people: tuple[Floats, Floats] | None,
    asked: tuple[Floats, Floats],
    n: tuple[Floats, Floats],
    value: Floats,
) -> tuple[float, float, float]:
    """Parts of population, reach and response in the mix."""
    sides = []
    for side in (0, 1):
        there = np.maximum(people[side], 0.5) if people is not None else np.ones_like(n[side])
        safe = np.maximum(asked[side], 0.5)
        sides.append((there, safe / there, n[side] / safe))
    parts = split_mix(sides[0], sides[1], value)
    return float(parts[0]), float(parts[1]), float(parts[2])


def _aligned(other: Panel, panel: Panel, windows: Windows) -> tuple[Floats, Floats]:
    """Sums of another panel in the segments of this one."""
    folded = other.onto(panel.by)
    where = {tuple(label): index for index, label in enumerate(folded.labels.tolist())}
    sums = windows.sums(folded.n)
    order = [where.get(tuple(label), -1) for label in panel.labels.tolist()]
    found = [np.array([part[index] if index >= 0 else 0.0 for index in order]) for part in sums]
    return found[0], found[1]


def _population(sources: Sources, panel: Panel, windows: Windows) -> tuple[Floats, Floats] | None:
    """Activity of each segment; None unless the activity knows every column."""
    activity = sources.activity
    if activity is None or not panel.by or not set(panel.by) <= set(activity.by):
        return None
    lead = Windows(
        slice(windows.before.start + LEAD_DAYS, windows.before.stop + LEAD_DAYS),
        slice(windows.after.start + LEAD_DAYS, windows.after.stop + LEAD_DAYS),
    )
    return _aligned(activity, panel, lead)


def _cut_counts(sources: Sources, metric: Metric, windows: Windows, panel: Panel) -> Cut:
    """Counts over exposure; where the exposure is not known by segment, the parts are a plain sum."""
    people = _population(sources, panel, windows) if metric.kind == "rate" else None
    count = windows.sums(panel.total)
    factor = unit_factor(metric)
    if people is not None:
        weight = tuple(np.maximum(part, 1e-9) for part in people)
        split = split_windows((weight[0], weight[1]), count, count)
        sums = [float(part.sum()) for part in weight]
        overall = tuple(float(c.sum()) / s * factor for c, s in zip(count, sums, strict=True))
        value = tuple(_ratio(c, w) * factor for c, w in zip(count, weight, strict=True))
        parts = (split.mix * factor, split.within * factor)
        mix_interval = (split.mix_interval[0] * factor, split.mix_interval[1] * factor)
        share = tuple(w / s for w, s in zip(weight, sums, strict=True))
    else:
        sums = _whole_exposure(sources, metric, windows)
        value = tuple(c / s * factor for c, s in zip(count, sums, strict=True))
        overall = (float(value[0].sum()), float(value[1].sum()))
        parts = (np.zeros_like(count[0]), value[1] - value[0])
        mix_interval = (0.0, 0.0)
        share = tuple(c / max(float(c.sum()), 1.0) for c in count)
    sd = factor * float(np.sqrt(sum(float(c.sum()) / s**2 for c, s in zip(count, sums, strict=True))))
    middle = float(parts[1].sum())
    return Cut(
        panel.by,
        panel.labels,
        windows.sums(panel.n),
        (value[0], value[1]),
        (share[0], share[1]),
        (overall[0], overall[1]),
        parts[0],
        parts[1],
        mix_interval,
        (middle - 1.96 * sd, middle + 1.96 * sd),
    )


def _whole_exposure(sources: Sources, metric: Metric, windows: Windows) -> list[float]:
    """Exposure of each window: activity for a rate, days for a count."""
    if metric.kind == "rate" and sources.activity is not None:
        lead = sources.activity.n[LEAD_DAYS:]
        return [max(float(part.sum()), 1e-9) for part in windows.sums(lead)]
    return [float(length) for length in windows.days]
