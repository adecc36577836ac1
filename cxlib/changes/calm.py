"""What calm history looks like to the search, and a drift wide enough for it."""

import numpy as np
import numpy.typing as npt

from cxlib.changes.streams import Series
from cxlib.stats.evidence import Drift, scan, season
from cxlib.stats.noise import robust_weights
from cxlib.stats.profiles import LASTING, profile_columns

__all__ = ["CALM_MARGIN", "fewest_calm", "fitting_drift", "mean_e_value", "step_evidence"]

Floats = npt.NDArray[np.float64]

CALM_MARGIN = 21  # days that a level needs at either end of the history
_FEWEST_DAYS = 14
_MOST = 50.0  # of a logarithm, beyond which a mean says no more
_WIDER, _LENGTH = 15 / 7, 60.0  # a drift of .07 in scores becomes one of .15


def fewest_calm(days: int) -> bool:
    """Whether so many days are enough to be called calm."""
    return days >= _FEWEST_DAYS


def step_evidence(
    series: Series,
    days: npt.NDArray[np.int64],
    onsets: npt.NDArray[np.int64],
    *,
    length: int,
    sizes: tuple[float, ...],
    grid: tuple[Drift, ...],
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
    sizes, grid
        As in `scan`.

    Returns
    -------
    array of float, the shape of `onsets`
    """
    weights = robust_weights(series.values, series.weights, days)[:length]
    columns = profile_columns(LASTING[:1], length, onsets)
    design = season(days[:length])
    found = scan(series.values[:length], weights, design, columns, sizes=sizes, side=series.side, grid=grid)
    return np.asarray(found.log_bf[0])


def mean_e_value(logs: Floats) -> float:
    """Mean evidence on days without a cause; above 1 the model does not fit the calm."""
    return float(np.exp(np.minimum(logs, _MOST)).mean())


def fitting_drift(
    series: Series,
    days: npt.NDArray[np.int64],
    history: slice,
    *,
    sizes: tuple[float, ...],
    grid: tuple[Drift, ...],
) -> tuple[Drift, ...]:
    """The drift settings, with a wider one where calm days look like shifts.

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
    tuple of Drift
        `grid` itself where it fits, or the history is too short to tell.
    """
    stop = int(history.stop)
    onsets = np.arange(CALM_MARGIN, stop - CALM_MARGIN, dtype=np.int64)
    if not fewest_calm(len(onsets)):
        return grid
    quiet = step_evidence(series, days, onsets, length=stop, sizes=sizes, grid=grid)
    if mean_e_value(quiet) <= 1:
        return grid
    return (*grid, Drift(_WIDER * max(drift.sd for drift in grid), _LENGTH))
