"""Immature shares estimated from what is seen so far: outcomes over the rows that have usually shown theirs.

F(age), the share of the outcomes within the horizon that come by an age, is that of the cohorts that have
had the whole horizon. A day's rows count as n·F(age) of the trials that they will be, so that outcomes over
trials is the share at the horizon; the interval is wider, for there are fewer trials, and F is an estimate.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from cxlib.data.clock import DAY_US, day_bounds_us, to_microseconds
from cxlib.metrics.cells import Cells
from cxlib.metrics.metric import Metric
from cxlib.metrics.rollup import Grid, sum_cells
from cxlib.stats.histogram import DurationBins, count_up_to
from cxlib.stats.ordered import add_up

if TYPE_CHECKING:
    from cxlib.data.dataset import Dataset

__all__ = ["Trials", "trials_seen"]

Floats = NDArray[np.float64]
_LEAST_OUTCOMES: Final = 20
_STEPS: Final = 24  # of a day: its rows came all through it


@dataclass(frozen=True, slots=True)
class Trials:
    """The trials that rows amount to, by group and period.

    Parameters
    ----------
    n : array of float, shape (groups, periods)
        Σ n·F(age); NaN where F is not known. The rows themselves where all are mature.
    spread : array of float, shape (groups, periods)
        Variance of F over its square: how much less sure it makes the share, relatively.
    """

    n: Floats
    spread: Floats


def trials_seen(
    data: "Dataset", metric: Metric, cells: Cells, ages: Cells, groups: int, grid: Grid
) -> Trials:
    """How many trials the rows of each group and period amount to by now.

    Parameters
    ----------
    data : Dataset
        Gives how far the data reach.
    metric : Metric
        Gives the horizon.
    cells : Cells
        Rows by day, their groups numbered as those of the result.
    ages : Cells
        How long after the basis the outcomes came.
    groups : int
        Number of groups of the result.
    grid : Grid
        Periods of the range.
    """
    through = to_microseconds(data.data_through(metric.table))
    horizon = (metric.horizon_days or 0.0) * DAY_US
    outcomes = _mature(ages, data.zone, through - horizon)
    known = float(outcomes.n.sum()) if outcomes is not None else 0.0
    days, place = np.unique(cells.day, return_inverse=True)
    seen = np.ones(len(days))
    starts, ends = day_bounds_us(days, data.zone)
    young = ends + horizon > through
    if outcomes is not None and known >= _LEAST_OUTCOMES:
        seen[young] = [
            _seen_by(outcomes, through, float(a), float(b), horizon)
            for a, b in zip(starts[young], ends[young], strict=True)
        ]
    else:
        seen[young] = np.nan
    share = seen[place]
    trials = sum_cells(cells, cells.n * share, groups, grid)
    # the rows' own weights: a delta-method variance of the weighted mean of F
    doubt = np.where(share > 0, (1 - share) / np.where(share > 0, share, 1.0), 0.0) / max(known, 1.0)
    rows = sum_cells(cells, cells.n * share * doubt, groups, grid)
    return Trials(trials, np.divide(rows, trials, out=np.zeros_like(rows), where=trials > 0))


def _mature(ages: Cells, zone: str, until_us: float) -> DurationBins | None:
    """The outcomes of days that have had the whole horizon, over all segments, in one cell a bin.

    However the rows came in batches, a bin is cut at one place then.
    """
    found = None if ages.histogram is None else ages.histogram.read()
    if found is None or not len(found.day):
        return None
    kept = day_bounds_us(found.day.astype(np.int64), zone)[1] <= until_us
    parts = [
        np.asarray(part[kept], dtype=np.float64) for part in (found.n, found.total, found.low, found.high)
    ]
    nowhere = np.zeros(int(kept.sum()), dtype=np.int64)
    bins = np.asarray(found.bin[kept], dtype=np.int64)
    return add_up(DurationBins(nowhere, bins, found.ended[kept], *parts))


def _seen_by(outcomes: DurationBins, through: int, start: float, end: float, horizon: float) -> float:
    """F at the age of a day's rows, averaged over the day; 0 for rows that have not come yet."""
    within = through - np.linspace(start, end, _STEPS, endpoint=False) - (end - start) / (2 * _STEPS)
    aged = np.clip(within, 0.0, horizon)
    shares = [float(count_up_to(outcomes, age).sum()) if age > 0 else 0.0 for age in aged]
    # rows come up to the end of the data only: those that could not have come yet have no weight
    weights = within > 0
    return float(np.mean(np.array(shares)[weights]) / outcomes.n.sum()) if weights.any() else 0.0
