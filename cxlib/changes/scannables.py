"""The series of every metric, whole and by segment, over the days that are complete."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

import numpy as np

from cxlib.changes.completeness import complete_rows
from cxlib.changes.panel import pivot
from cxlib.changes.scannable import Scannable, Window, series_of
from cxlib.changes.window import window_of
from cxlib.data.clock import local_day_number
from cxlib.data.dataset import Dataset
from cxlib.data.periods import date_to_day, day_to_date
from cxlib.metrics.daily import Daily, daily_cuts
from cxlib.metrics.metric import Metric

__all__ = ["read_scannables"]

_LONGEST_HISTORY = 1096
_AFTER = 28  # days after the window tell whether a shift lasted
_FEWEST_ROWS, _FEWEST_DAYS = 30, 14


def read_scannables(
    data: Dataset,
    metrics: Sequence[Metric],
    columns: Mapping[str, Sequence[str]],
    *,
    start: date | None,
    end: date | None,
) -> tuple[list[Scannable], dict[str, int], dict[str, int]]:
    """Every series that has rows enough.

    Parameters
    ----------
    data : Dataset
        Checked tables.
    metrics : sequence of Metric
        Those whose days add up.
    columns : mapping of str to sequence of str
        By table, the segment columns, taken one at a time.
    start, end : date or None
        Where a shift is looked for; by default the last 90 days of each metric's table.

    Returns
    -------
    series : list of Scannable
        By metric; everybody before the segments.
    thin : dict of str to int
        By metric, the number of series with fewer than 30 rows or 14 days: not scanned.
    cut_off : dict of str to int
        By metric whose rows thin out before the data's end, the local day from which nothing is scanned.
    """
    asked = [_by_experience(data, metric) for metric in metrics]
    cuts = list(dict.fromkeys([(), *((name,) for names in columns.values() for name in names)]))
    spans = {metric.name: window_of(data, metric, start, end) for metric in asked}
    oldest = min((span[0] for span in spans.values()), default=None)
    begin = None if oldest is None else day_to_date(date_to_day(oldest) - _LONGEST_HISTORY)
    daily = daily_cuts(data, asked, cuts, start=begin) if asked else {}
    series: list[Scannable] = []
    thin: dict[str, int] = {}
    cut_off: dict[str, int] = {}
    for metric in asked:
        whole = daily[()][metric.name]
        window = _window(data, metric, whole, spans[metric.name])
        if window is None:
            thin[metric.name] = 1
            continue
        if window.truncated:
            cut_off[metric.name] = window.last
        if not len(window.onsets):
            continue
        mine = columns.get(metric.table, ())
        found = [
            one
            for cut in ((), *((name,) for name in mine))
            for one in series_of(metric, daily[cut][metric.name], cut, window)
        ]
        kept = [one for one in found if _is_thick(one)]
        series += kept
        if len(kept) < len(found):
            thin[metric.name] = len(found) - len(kept)
    return series, thin, cut_off


def _by_experience(data: Dataset, metric: Metric) -> Metric:
    """A score counts on the day of asking, where that is known; the mean of a day needs not all answers."""
    moved = metric.basis == "responded_at" and metric.kind in {"net", "share", "mean"}
    return replace(metric, basis="sent_at") if moved and data.has("surveys", "sent_at") else metric


def _window(data: Dataset, metric: Metric, whole: Daily, span: tuple[date, date]) -> Window | None:
    """The days that are complete; None without rows."""
    if not len(whole.cells):
        return None
    start, end = (date_to_day(day) for day in span)
    through = int(data.data_through(metric.table).timestamp() * 1_000_000)
    last = int(local_day_number(np.array([through]), data.zone)[0])
    last = min(last - int(np.ceil(metric.horizon_days or 0)), end + _AFTER)
    first = max(int(whole.cells["day"].min()), start - _LONGEST_HISTORY)
    if last <= first:
        return None
    counts = pivot(whole.cells, (), first, last).n[:, 0]
    complete = first + complete_rows(counts)
    return Window(first, start, min(end, complete), complete, complete < last)


def _is_thick(one: Scannable) -> bool:
    """Rows enough, on days enough, on both sides of some onset."""
    seen = one.weights > 0
    onsets = one.window.onsets
    enough = seen.sum() >= _FEWEST_DAYS and one.rows >= _FEWEST_ROWS
    return bool(enough and seen[: int(onsets[-1])].any() and seen[int(onsets[0]) :].any())
