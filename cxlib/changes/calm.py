"""What calm history looks like to the search, and a drift wide enough for it."""

import numpy as np
import numpy.typing as npt

from cxlib.changes.settled import Settled
from cxlib.changes.streams import Series, Stream
from cxlib.stats.evidence import Drift, Size, scan, season
from cxlib.stats.noise import robust_weights
from cxlib.stats.profiles import LASTING, profile_columns

__all__ = ["CALM_MARGIN", "fewest_calm", "mean_e_value", "settle", "settled_of", "step_evidence"]

Floats = npt.NDArray[np.float64]

CALM_MARGIN = 21  # days that a level needs at either end of the history
_FEWEST_DAYS = 14
_MOST = 50.0  # of a logarithm, beyond which a mean says no more
_WIDER, _LENGTH = 15 / 7, 60.0  # a drift of .07 in scores becomes one of .15
_MONTH = 28
_FEWEST_MONTHS = 2  # before the window, in which a slope is to be seen
_CLEAR = 4.0  # standard errors
_LEAST = 0.15  # units of the series that a slope must have moved it


def fewest_calm(days: int) -> bool:
    """Whether so many days are enough to be called calm."""
    return days >= _FEWEST_DAYS


def step_evidence(
    series: Series,
    days: npt.NDArray[np.int64],
    onsets: npt.NDArray[np.int64],
    *,
    length: int,
    settled: Settled,
) -> Floats:
    """Natural log of the evidence for a lasting step at each onset, from the first rows alone.

    Parameters
    ----------
    series : Series
        What is scanned.
    days : array of int, shape (days,)
        Its local days.
    onsets : array of int
        Rows.
    length : int
        Rows that are read.
    settled : Settled
        Drift, sizes, and what is fitted beside the season.

    Returns
    -------
    array of float, the shape of `onsets`
    """
    weights = robust_weights(series.values, series.weights, days)[:length]
    columns = profile_columns(LASTING[:1], length, onsets)
    found = scan(
        series.values[:length],
        weights,
        np.column_stack([season(days[:length]), settled.trend[:length]]),
        columns,
        sizes=settled.sizes,
        side=series.side,
        grid=settled.drift,
    )
    return np.asarray(found.log_bf[0])


def mean_e_value(logs: Floats) -> float:
    """Mean evidence on days without a cause; above 1 the model does not fit the calm."""
    return float(np.exp(np.minimum(logs, _MOST)).mean())


def settle(
    series: Series,
    days: npt.NDArray[np.int64],
    history: slice,
    *,
    sizes: tuple[Size, ...],
    grid: tuple[Drift, ...],
) -> Settled:
    """Allow for a slope that began long before, and for a wider drift, where calm days look like shifts.

    Parameters
    ----------
    series : Series
        The series of everybody.
    days : array of int, shape (days,)
        Its local days.
    history : slice
        Rows before the window.
    sizes, grid
        As in `scan`.

    Returns
    -------
    Settled
        `grid` itself and no trend where the model fits, or the history is too short to tell.
    """
    stop, level = int(history.stop), np.empty((len(days), 0))
    onsets = np.arange(CALM_MARGIN, stop - CALM_MARGIN, dtype=np.int64)
    if not fewest_calm(len(onsets)):
        return Settled(grid, sizes, level)

    def misfits(trend: Floats) -> bool:
        tried = Settled(grid, sizes, trend)
        return mean_e_value(step_evidence(series, days, onsets, length=stop, settled=tried)) > 1

    if not misfits(level):
        return Settled(grid, sizes, level)
    slope, since = _slope(series, days, stop)
    trend = level if slope == 0 else _months_since(days, since)
    wider = Drift(_WIDER * max(drift.sd for drift in grid), _LENGTH)
    drift = grid if slope != 0 and not misfits(trend) else (*grid, wider)
    return Settled(drift, sizes, trend, slope, int(days[since]))


def _months_since(days: npt.NDArray[np.int64], since: int) -> Floats:
    return np.maximum(np.arange(len(days)) - since, 0.0)[:, None] / _MONTH


def _slope(series: Series, days: npt.NDArray[np.int64], stop: int) -> tuple[float, int]:
    """The slope a month to the end of the history, and the row on which it began; 0 where none is clear."""
    weights = robust_weights(series.values, series.weights, days)[:stop]
    known = season(days[:stop])
    best, found = 0.0, (0.0, 0)
    for since in range(0, stop - _FEWEST_MONTHS * _MONTH, _MONTH // 2):
        design = np.column_stack([known, _months_since(days[:stop], since)])
        gram = (design * weights[:, None]).T @ design + 1e-8 * np.eye(design.shape[1])
        inverse = np.linalg.inv(gram)
        slope = float((inverse @ (design.T @ (weights * series.values[:stop])))[-1])
        score = abs(slope) / float(np.sqrt(inverse[-1, -1]))
        fallen = abs(slope) * (stop - since) / _MONTH
        if score > max(best, _CLEAR) and fallen >= _LEAST:
            best, found = score, (slope, since)
    return found


def settled_of(stream: Stream) -> Settled:
    """What a stream was settled with, or its own settings where it was not."""
    if stream.settled is not None:
        return stream.settled
    return Settled(stream.drift, stream.sizes, np.empty((len(stream.series[0].values), 0)))
