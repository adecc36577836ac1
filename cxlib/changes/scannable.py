"""One metric's daily cells as series with their noise: what `find_shifts` scans."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import xlogy

from cxlib.changes.cut import unit_factor
from cxlib.changes.expected import expected
from cxlib.changes.model import row_scale
from cxlib.changes.panel import Panel, Segment, pivot
from cxlib.changes.streams import COUNT_DRIFT, count_series
from cxlib.metrics.daily import Daily
from cxlib.metrics.metric import Metric
from cxlib.stats.drift import DRIFT_GRID, Drift
from cxlib.stats.noise import robust_weights

__all__ = ["Scannable", "Window", "series_of"]

Floats = npt.NDArray[np.float64]

_FEWEST_DAYS = 14
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


def series_of(metric: Metric, daily: Daily, cut: tuple[str, ...], window: Window) -> list[Scannable]:
    """The series of every value of a cut.

    Parameters
    ----------
    metric : Metric
        What is measured.
    daily : Daily
        Its sums in this cut.
    cut : tuple of str
        One segment column; empty: everybody.
    window : Window
        The days.

    Returns
    -------
    list of Scannable
        Empty where a column has a single value, which is everybody once more.
    """
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
    plain = np.where(panel.n > 0, shown - usual, 0.0)
    values = _tamed(plain, usual) if metric.kind == "share" else plain
    return [
        _scannable(
            metric,
            _segment(panel, cell),
            window,
            values=values[:, cell] / scale,
            weights=panel.n[:, cell] / noise[cell],
            plain=plain[:, cell] / scale,
            to_unit=scale * unit_factor(metric),
            rows=float(n[cell]),
        )
        for cell in range(len(panel.labels))
    ]


def _tamed(apart: Floats, usual: Floats) -> Floats:
    """Distances of daily shares from the usual one, no larger than their binomial deviance allows.

    Three of five rows of something rare are no such news as their Gaussian distance says.
    """
    p = np.clip(usual, 1e-6, 1 - 1e-6)
    seen = np.clip(apart + p, 0.0, 1.0)
    deviance = 2 * (xlogy(seen, seen / p) + xlogy(1 - seen, (1 - seen) / (1 - p)))
    size = np.sqrt(np.maximum(deviance, 0.0) * p * (1 - p))
    return np.asarray(np.sign(apart) * np.minimum(np.abs(apart), size))


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
