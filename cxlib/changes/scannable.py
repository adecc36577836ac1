"""What `find_shifts` scans: daily cells of every metric, whole and by segment, as series with their noise."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import numpy.typing as npt

from cxlib.changes.caveats import complete_days
from cxlib.changes.cut import unit_factor
from cxlib.changes.model import row_scale
from cxlib.changes.panel import Panel, Segment, pivot
from cxlib.changes.question import window_of
from cxlib.changes.streams import COUNT_DRIFT, count_series, expected
from cxlib.data.clock import local_day_number
from cxlib.data.dataset import Dataset
from cxlib.data.periods import date_to_day, day_to_date
from cxlib.metrics.daily import Daily, daily_cuts
from cxlib.metrics.metric import Metric
from cxlib.stats.drift import DRIFT_GRID, Drift
from cxlib.stats.noise import robust_weights

__all__ = ["Scannable", "Window", "read_scannables"]

Floats = npt.NDArray[np.float64]

_LONGEST_HISTORY = 1096
_AFTER = 28  # days after the window tell whether a shift lasted
_FEWEST_ROWS, _FEWEST_DAYS = 30, 14
_SHRINKAGE = 20.0  # rows at which a segment's own variance weighs as much as the metric's
_SCORE_SIZES = (0.03, 0.10, 0.30)
_COUNT_SIZES = (0.2, 0.6, 2.0)
_AT_ONCE = np.ones(1)


@dataclass(frozen=True, slots=True)
class Window:
    """The days of one metric.

    Parameters
    ----------
    first : int
        Local day of the first row.
    start, end : int
        Half-open range of onsets.
    last : int
        Day after the last row: what came later is not complete.
    truncated : bool
        Whether the rows thin out before the data's end.
    """

    first: int
    start: int
    end: int
    last: int
    truncated: bool

    @property
    def history(self) -> int:
        """Days before the window."""
        return max(self.start - self.first, 0)

    @property
    def onsets(self) -> npt.NDArray[np.int64]:
        """Rows on which a shift may begin; none on the first day."""
        return np.arange(max(self.start - self.first, 1), self.end - self.first, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Scannable:
    """One series of one metric.

    Parameters
    ----------
    metric : Metric
        What it measures.
    segment : Segment
        Whose rows; () is everybody.
    window : Window
        Its days.
    values, weights : array of float, shape (days,)
        In units of the scan; a count as the ratio to what is usual, less 1.
    plain : array of float, shape (days,)
        The same without the correction for small counts: what a size is read off.
    sizes : tuple of float
        Prior standard deviations of a shift.
    grid : tuple of Drift
        Drift settings.
    to_unit : float
        Metric units per unit of the scan.
    rows : float
        Rows behind it.
    """

    metric: Metric
    segment: Segment
    window: Window
    values: Floats
    weights: Floats
    plain: Floats
    sizes: tuple[float, ...]
    grid: tuple[Drift, ...]
    to_unit: float
    rows: float


def read_scannables(
    data: Dataset,
    metrics: Sequence[Metric],
    columns: Mapping[str, Sequence[str]],
    *,
    start: date | None,
    end: date | None,
) -> tuple[list[Scannable], dict[str, int]]:
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
    """
    asked = [_by_experience(data, metric) for metric in metrics]
    cuts = list(dict.fromkeys([(), *((name,) for names in columns.values() for name in names)]))
    spans = {metric.name: window_of(data, metric, start, end) for metric in asked}
    oldest = min((span[0] for span in spans.values()), default=None)
    begin = None if oldest is None else day_to_date(date_to_day(oldest) - _LONGEST_HISTORY)
    daily = daily_cuts(data, asked, cuts, start=begin) if asked else {}
    series: list[Scannable] = []
    thin: dict[str, int] = {}
    for metric in asked:
        whole = daily[()][metric.name]
        window = _window(data, metric, whole, spans[metric.name])
        if window is None:
            thin[metric.name] = 1
            continue
        mine = columns.get(metric.table, ())
        found = [
            one
            for cut in ((), *((name,) for name in mine))
            for one in _series(metric, daily[cut][metric.name], cut, window)
        ]
        kept = [one for one in found if _is_thick(one)]
        series += kept
        if len(kept) < len(found):
            thin[metric.name] = len(found) - len(kept)
    return series, thin


def _by_experience(data: Dataset, metric: Metric) -> Metric:
    """A score counts on the day of asking, where that is known; the mean of a day needs not all answers."""
    moved = metric.basis == "responded_at" and metric.kind in {"net", "share", "mean"}
    return replace(metric, basis="sent_at") if moved and data.has("surveys", "sent_at") else metric


def _window(data: Dataset, metric: Metric, whole: Daily, span: tuple[date, date]) -> Window | None:
    """The days that are complete; None where none of the window's are."""
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
    complete = first + complete_days(counts)
    window = Window(first, start, min(end, complete), complete, complete < last)
    return window if len(window.onsets) else None


def _series(metric: Metric, daily: Daily, cut: tuple[str, ...], window: Window) -> list[Scannable]:
    panel = pivot(daily.cells, cut, window.first, window.last)
    if cut and len(panel.labels) < 2:
        return []  # everybody once more
    if metric.kind in {"count", "rate"}:
        return _of_counts(metric, panel, window, _exposure(daily, panel, window))
    return _of_scores(metric, panel, window)


def _past(window: Window) -> slice:
    """The days that set what is usual."""
    return slice(0, window.history if window.history >= _FEWEST_DAYS else window.last - window.first)


def _of_scores(metric: Metric, panel: Panel, window: Window) -> list[Scannable]:
    """Daily means against the segment's own mean of the history."""
    scale = row_scale(panel)
    n, total, squares = (part.sum(axis=0) for part in (panel.n, panel.total, panel.squares))
    within = squares - np.divide(total**2, n, out=np.zeros_like(n), where=n > 0)
    pooled = within.sum() / max(float(n.sum()) - len(n), 1.0)
    noise = np.maximum((within + _SHRINKAGE * pooled) / (n + _SHRINKAGE), 1e-12) / scale**2
    past = _past(window)
    usual = panel.total[past].sum(axis=0) / np.maximum(panel.n[past].sum(axis=0), 1.0)
    shown = np.divide(panel.total, panel.n, out=np.zeros_like(panel.n), where=panel.n > 0)
    values = np.where(panel.n > 0, shown - usual, 0.0) / scale
    return [
        _scannable(
            metric,
            _segment(panel, cell),
            window,
            values=values[:, cell],
            weights=panel.n[:, cell] / noise[cell],
            plain=values[:, cell],
            to_unit=scale * unit_factor(metric),
            rows=float(n[cell]),
        )
        for cell in range(len(panel.labels))
    ]


def _of_counts(metric: Metric, panel: Panel, window: Window, exposure: Floats) -> list[Scannable]:
    """Counts as ratios to what their exposure and history let expect."""
    past = _past(window)
    size = np.divide(
        panel.squares.sum(axis=0), panel.total.sum(axis=0), out=np.ones(len(panel.labels)),
        where=panel.total.sum(axis=0) > 0,
    )  # fmt: skip
    counts = np.maximum(panel.total, 0.0) / size  # rows worth more than 1 vary like fewer rows
    mean = expected(counts, exposure, _AT_ONCE, history=past)
    held = np.maximum(exposure[past].sum(axis=0), 1e-9)
    usual = panel.total[past].sum(axis=0) / held * unit_factor(metric) * _times(metric, panel, past)
    found = []
    for cell in range(len(panel.labels)):
        one = count_series(counts[:, cell], mean[:, cell], segment=(), reason=None, side=0)
        ratio = np.divide(counts[:, cell], mean[:, cell], out=np.ones(len(counts)), where=one.weights > 0)
        found.append(
            _scannable(
                metric,
                _segment(panel, cell),
                window,
                values=one.values,
                weights=one.weights,
                plain=ratio - 1,
                to_unit=float(usual[cell]),
                rows=float(panel.n[:, cell].sum()),
            )
        )
    return found


def _times(metric: Metric, panel: Panel, past: slice) -> float:
    """Days in what a count is per: a week, or a working day, of which a week has as many as have rows."""
    if metric.per == "week":
        return 7.0
    if metric.per == "working_day":
        filled = panel.n[past].sum(axis=1) > 0
        return len(filled) / max(float(filled.sum()), 1.0)
    return 1.0


def _exposure(daily: Daily, panel: Panel, window: Window) -> Floats:
    """Exposure of each cell; 1 a day for a plain count."""
    if daily.exposure is None:
        return np.ones_like(panel.n)
    shared = tuple(name for name in panel.by if name in daily.exposure.columns)
    given = daily.exposure.rename(columns={"exposure": "n"})
    base = pivot(given, shared, window.first, window.last)
    if not shared:
        return np.repeat(base.n, len(panel.labels), axis=1)
    where = {str(label): cell for cell, label in enumerate(base.labels[:, 0])}
    empty = np.zeros(len(base.n))
    columns = [base.n[:, where[str(one)]] if str(one) in where else empty for one in panel.labels[:, 0]]
    return np.stack(columns, axis=1) if columns else np.zeros_like(panel.n)


def _segment(panel: Panel, cell: int) -> Segment:
    labels = panel.labels[cell].tolist() if panel.by else []
    return tuple((column, str(value)) for column, value in zip(panel.by, labels, strict=True))


def _scannable(
    metric: Metric,
    segment: Segment,
    window: Window,
    *,
    values: Floats,
    weights: Floats,
    plain: Floats,
    to_unit: float,
    rows: float,
) -> Scannable:
    counted = metric.kind in {"count", "rate"}
    days = np.arange(window.first, window.last, dtype=np.int64)
    robust = robust_weights(values, weights, days)
    sizes, grid = (_COUNT_SIZES, COUNT_DRIFT) if counted else (_SCORE_SIZES, DRIFT_GRID)
    return Scannable(metric, segment, window, values, robust, plain, sizes, grid, to_unit, rows)


def _is_thick(one: Scannable) -> bool:
    """Rows enough, on days enough, on both sides of some onset."""
    seen = one.weights > 0
    onsets = one.window.onsets
    enough = seen.sum() >= _FEWEST_DAYS and one.rows >= _FEWEST_ROWS
    return bool(enough and seen[: int(onsets[-1])].any() and seen[int(onsets[0]) :].any())
