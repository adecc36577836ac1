"""The same search on calendars shifted to days without a release: what calm history looks like to it."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cxlib.changes.streams import Series
from cxlib.stats.evidence import Drift, scan, season
from cxlib.stats.noise import robust_weights
from cxlib.stats.profiles import LASTING, profile_columns

__all__ = ["Placebo", "run_placebo"]

Floats = npt.NDArray[np.float64]

_RUNS = 200
_MARGIN = 21  # days that a level needs at either end of the history
_FEWEST_DAYS = 14


@dataclass(frozen=True, slots=True)
class Placebo:
    """How the real search compares.

    Parameters
    ----------
    runs : int
        Shifted calendars.
    percentile : float
        Share of them (0–100) whose strongest release is weaker than the real one.
    mean_e_value : float
        Mean evidence on days without a release; above 1 the model does not fit the calm.
    """

    runs: int
    percentile: float
    mean_e_value: float


def run_placebo(
    series: Series,
    days: npt.NDArray[np.int64],
    releases: Sequence[int],
    *,
    history: int,
    fingerprint: str,
    sizes: tuple[float, ...],
    grid: tuple[Drift, ...],
) -> Placebo | None:
    """Move the releases to calm days of the same weekday, many times.

    Parameters
    ----------
    series : Series
        The judged series of everybody.
    days : array of int, shape (days,)
        Its local days.
    releases : sequence of int
        Local days of the releases that were considered.
    history : int
        Rows before the window.
    fingerprint : str
        Seeds the draws: same input, same output.
    sizes, grid
        As in `scan`.

    Returns
    -------
    Placebo or None
        None where the history is too short or nothing was considered.
    """
    taken = set(releases)
    calm = np.array(
        [row for row in range(_MARGIN, history - _MARGIN) if int(days[row]) not in taken], dtype=np.int64
    )
    inside = np.array(
        sorted({day - int(days[0]) for day in releases if history <= day - int(days[0]) < len(days)}),
        dtype=np.int64,
    )
    if len(calm) < _FEWEST_DAYS or len(inside) == 0:
        return None
    weights = robust_weights(series.values, series.weights, days)

    def strongest_of(length: int, onsets: npt.NDArray[np.int64]) -> Floats:
        columns = profile_columns(LASTING[:1], length, onsets)
        values, weight = series.values[:length], weights[:length]
        design = season(days[:length])
        found = scan(values, weight, design, columns, sizes=sizes, side=series.side, grid=grid)
        return np.asarray(found.log_bf[0])

    real = float(strongest_of(len(days), inside).max())
    quiet = strongest_of(history, calm)  # without the window: the event would be read into calm days
    seed = int.from_bytes(hashlib.sha256(fingerprint.encode()).digest()[:8], "big")
    draws = np.random.default_rng(seed)
    weekdays = days[calm] % 7
    pools = {int(weekday): quiet[weekdays == weekday] for weekday in np.unique(weekdays)}
    strongest = np.full(_RUNS, -np.inf)
    for row in inside:
        pool = pools.get(int(days[row]) % 7, quiet)
        strongest = np.maximum(strongest, draws.choice(pool, _RUNS))
    return Placebo(
        _RUNS, float(100 * np.mean(strongest < real)), float(np.exp(np.minimum(quiet, 50.0)).mean())
    )
