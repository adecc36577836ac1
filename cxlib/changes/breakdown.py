"""How much of a difference each segment explains: mix (who was counted) and within (how they fared)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from cxlib.changes.balance import Balance, balance_of
from cxlib.changes.cut import Cut, Windows, cut_windows
from cxlib.changes.sources import Sources, read_sources
from cxlib.data.dataset import Dataset
from cxlib.data.periods import date_to_day, day_to_date
from cxlib.errors import UsageError
from cxlib.metrics.catalogue import chosen_metrics
from cxlib.metrics.metric import Metric
from cxlib.result import Caveat, Result
from cxlib.text import format_value, join_words, metric_label, unit_of_change

__all__ = ["Breakdown", "break_down", "breakdown_of", "window_days"]


@dataclass(frozen=True, eq=False, repr=False)
class Breakdown(Result):
    """A difference of two windows: mix + within = total, and population + reach + response = mix.

    Parameters
    ----------
    metric, unit : str
        What was compared; all values are in its own unit.
    before, after : pair of date
        Half-open windows.
    value_before, value_after : float
        The metric in both windows (a count: a day).
    cut : Cut
        The segment column that explains most, with its parts.
    balance : Balance or None
        Happy and unhappy answers a day.
    table : DataFrame
        One row per window, by and segment, and one a window for all: window, by, segment, n, share (%),
        value, mix, within, METRIC_standardised (rows for all), status.
    caveats : tuple of Caveat
        What to know first.
    """

    metric: str
    unit: str
    before: tuple[date, date]
    after: tuple[date, date]
    value_before: float
    value_after: float
    cut: Cut
    balance: Balance | None
    table: pd.DataFrame
    caveats: tuple[Caveat, ...] = ()

    @property
    def total(self) -> float:
        """After less before; exactly mix + within."""
        return self.mix + self.within

    @property
    def mix(self) -> float:
        """The part of who was counted."""
        return float(self.cut.mix.sum())

    @property
    def within(self) -> float:
        """The part of how they fared."""
        return float(self.cut.within.sum())

    @property
    def text(self) -> str:
        """The split in sentences."""
        unit = unit_of_change(self.unit)
        total, mix, within = (
            format_value(part, unit, signed=True) for part in (self.total, self.mix, self.within)
        )
        if self.cut.by and not self.cut.mix.any():
            return (
                f"{metric_label(self.metric)} moved by {total}, by {', '.join(self.cut.by)}: {self._parts()}."
            )
        lines = [
            f"{metric_label(self.metric)} moved by {total}: mix {mix} (who was counted), "
            f"within {within} (how they fared)."
        ]
        if self.cut.factors is not None:
            population, reach, response = (format_value(part, unit, signed=True) for part in self.cut.factors)
            lines.append(
                f"The mix moved by who there was ({population}), who was asked ({reach}) "
                f"and who answered ({response})."
            )
        return "\n".join(lines)

    def _parts(self) -> str:
        """The largest parts of a plain sum."""
        rows = sorted(self.cut.rows(), key=lambda row: -abs(row["within"]))
        sizes = [(", ".join(row["segment"].values()), row["within"]) for row in rows]
        return join_words([f"{name} {format_value(size, signed=True)}" for name, size in sizes], most=3)

    def to_contract(self) -> dict[str, Any]:
        """The object `breakdown` of the investigation's contract."""
        population, reach, response = self.cut.factors if self.cut.factors is not None else (None, None, None)
        return {
            "by": list(self.cut.by),
            "before": [day.isoformat() for day in self.before],
            "after": [day.isoformat() for day in self.after],
            "total": self.total,
            "mix": self.mix,
            "within": self.within,
            "mix_interval": list(self.cut.mix_interval),
            "within_interval": list(self.cut.within_interval),
            "population": population,
            "reach": reach,
            "response": response,
            "segments": list(self.cut.rows()),
        }


def break_down(
    data: Dataset,
    metric: str | Metric,
    *,
    before: tuple[date, date],
    after: tuple[date, date],
    by: str | Sequence[str] = (),
) -> Breakdown:
    """Split the difference of two windows into mix and within.

    Parameters
    ----------
    data : Dataset
        Checked tables.
    metric : str or Metric
        Any metric but a duration.
    before, after : pair of date
        Half-open windows.
    by : str or sequence of str
        Segment columns; empty: every one with 2 to 50 values.

    Returns
    -------
    Breakdown
        Its total is exactly the difference of the two windows.

    Raises
    ------
    UsageError
        If a window is empty or holds no rows.

    Examples
    --------
    Two plans answer as ever, 0 and 100 points; from 31 January one is asked a quarter as often.

    >>> import cxlib as cx
    >>> import pandas as pd
    >>> days = pd.date_range("2020-01-01", periods=60).strftime("%Y-%m-%dT09:00Z")
    >>> asked = [(day, one) for day in days for one in range(8) if day < "2020-01-31" or one not in {3, 5, 7}]
    >>> rows = [(f"{day}-{one}", "nps", day, day, 10 if one % 4 else 5, "AB"[one % 2]) for day, one in asked]
    >>> columns = ["survey_id", "kind", "sent_at", "responded_at", "score", "plan"]
    >>> data = cx.load({"surveys": pd.DataFrame(rows, columns=columns)})
    >>> before, after = (date(2020, 1, 1), date(2020, 1, 31)), (date(2020, 1, 31), date(2020, 3, 1))
    >>> parts = cx.break_down(data, "nps", before=before, after=after, by="plan")
    >>> parts.table[["window", "segment", "n", "value", "mix", "within"]].round(1)
       window segment      n  value   mix  within
    0  before       A  120.0    0.0   0.0     0.0
    1  before       B  120.0  100.0   0.0     0.0
    2   after       A  120.0    0.0 -10.5     0.0
    3   after       B   30.0  100.0 -19.5     0.0
    4  before          240.0   50.0   0.0     0.0
    5   after          150.0   20.0 -30.0     0.0
    """
    for name, window in (("before", before), ("after", after)):
        if window[0] >= window[1]:
            raise UsageError(
                name,
                found=f"{window[0]} to {window[1]}",
                expected="a first day before the last",
                fix="windows are half-open: give the day after the last",
            )
    chosen = chosen_metrics(data.settings, metric)[0]
    columns = (by,) if isinstance(by, str) else tuple(by)
    start, end = min(before[0], after[0]), max(before[1], after[1])
    sources = read_sources(data, chosen, by=columns, start=start, end=end)
    found = breakdown_of(sources, chosen, before, after)
    if found is None:
        raise UsageError(
            "windows",
            found=f"no {chosen.name} in one of them",
            expected="rows before and after",
            fix="widen the windows, or see `cxlib check` for the days that the data hold",
        )
    return found


def breakdown_of(
    sources: Sources, metric: Metric, before: tuple[date, date], after: tuple[date, date]
) -> Breakdown | None:
    """The breakdown of panels already read; None where a window holds no rows."""
    rows = tuple(
        slice(max(date_to_day(window[0]) - sources.first, 0), max(date_to_day(window[1]) - sources.first, 0))
        for window in (before, after)
    )
    windows = Windows(rows[0], rows[1])
    cuts = cut_windows(sources, metric, windows)
    if not cuts:
        return None
    best = cuts[0]
    balance = balance_of(sources.judged, metric.kind, windows.before, windows.after)
    table = pd.concat([cut.table() for cut in cuts], ignore_index=True)
    table = pd.concat([table, _whole(metric, best, windows)], ignore_index=True)
    return Breakdown(
        metric.name,
        metric.unit,
        before,
        after,
        best.overall[0],
        best.overall[1],
        best,
        balance,
        table,
        _caveats(sources, metric, best),
    )


def _whole(metric: Metric, cut: Cut, windows: Windows) -> pd.DataFrame:
    """The rows for all, with the value that each window would have with the audience of `before`."""
    standard = cut.standardised()
    rows = []
    for index, window in enumerate(windows.names):
        rows.append(
            {
                "window": window,
                "by": "",
                "segment": "",
                "n": float(cut.n[index].sum()),
                "share": 100.0,
                "value": cut.overall[index],
                "mix": float(cut.mix.sum()) if index else 0.0,
                "within": float(cut.within.sum()) if index else 0.0,
                f"{metric.name}_standardised": standard[index],
                "status": "ok" if np.isfinite(standard[index]) else "no_data",
            }
        )
    return pd.DataFrame(rows)


def _caveats(sources: Sources, metric: Metric, cut: Cut) -> tuple[Caveat, ...]:
    found: list[Caveat] = []
    if cut.factors is None and metric.kind in {"net", "share", "mean"}:
        found.append(
            Caveat(
                "reach_unknown",
                f"{metric.table} do not say who was asked: population, reach and response are not known.",
            )
        )
    elif cut.factors is not None and not cut.has_population:
        found.append(
            Caveat(
                "population_unknown",
                "Without activity by segment, who there is and who was asked are one: reach.",
            )
        )
    if sources.left_out:
        found.append(
            Caveat(
                "segments_left_out",
                f"Not split, as the cells would be too small: {', '.join(sources.left_out)}.",
            )
        )
    if sources.by:
        found.append(
            Caveat(
                "listed_segments_only",
                f"Only {', '.join(sources.by)} are split; other differences of the audience are not seen.",
            )
        )
    return tuple(found)


def window_days(
    day: int, first: int, last: int, *, reach: int = 28
) -> tuple[tuple[date, date], tuple[date, date]]:
    """Windows round an onset, cut at the ends of the data."""
    before = (day_to_date(max(day - reach, first)), day_to_date(day))
    return before, (day_to_date(day), day_to_date(min(day + reach, last)))
