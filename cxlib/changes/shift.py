"""When the metric moved, and how: read off the posterior over onsets."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cxlib.changes.breakdown import Breakdown
from cxlib.changes.posterior import Posterior
from cxlib.data.periods import day_to_date

__all__ = ["Onset", "Shift", "likeliest_onset", "onset_of", "shift_of"]

Floats = npt.NDArray[np.float64]

_LEVEL = 0.9


@dataclass(frozen=True, slots=True)
class Onset:
    """The likeliest day and the days that hold 90 %.

    Parameters
    ----------
    day, first, last : int
        Local days; `last` is exclusive.
    """

    day: int
    first: int
    last: int


def onset_of(posterior: Posterior, days: Sequence[int], *, lag: int) -> Onset:
    """The onset as the metric shows it.

    Parameters
    ----------
    posterior : Posterior
        Probabilities of onsets by day of the experience.
    days : sequence of int
        Local day of each onset.
    lag : int
        Days until the metric shows it.

    Returns
    -------
    Onset
        A day inside the 90 % interval.
    """
    return likeliest_onset(posterior.onset, days, lag=lag)


def likeliest_onset(onset: Floats, days: Sequence[int], *, lag: int = 0) -> Onset:
    """The likeliest day and the central 90 % of a distribution over onsets.

    Parameters
    ----------
    onset : array of float, shape (onsets,)
        Probabilities that sum to 1.
    days : sequence of int
        Local day of each onset.
    lag : int
        Days until the metric shows it.

    Returns
    -------
    Onset
        A day inside the 90 % interval.

    Examples
    --------
    >>> likeliest_onset(np.array([0.02, 0.9, 0.08]), [10, 11, 12])
    Onset(day=11, first=11, last=13)
    """
    order = np.argsort(np.asarray(days), kind="stable")
    chance, sorted_days = onset[order], np.asarray(days)[order]
    summed = np.cumsum(chance)
    ends = np.searchsorted(summed, [(1 - _LEVEL) / 2, (1 + _LEVEL) / 2]).clip(0, len(summed) - 1)
    low, high = (int(sorted_days[int(end)]) for end in ends)
    by_day = {int(day): 0.0 for day in sorted_days}
    for day, share in zip(sorted_days, chance, strict=True):
        by_day[int(day)] += float(share)
    best = max(by_day.items(), key=lambda pair: (pair[1], -pair[0]))[0]
    best = min(max(best, low), high)
    return Onset(best + lag, low + lag, high + 1 + lag)


@dataclass(frozen=True, eq=False)
class Shift:
    """The movement of the metric.

    Parameters
    ----------
    probability : float
        That there is one.
    onset : Onset or None
        None where none was detected.
    breakdown : Breakdown or None
        Windows round the onset.
    shape : str or None
        Likeliest shape.
    ended : int or None
        Local day of the end of a pulse.
    """

    probability: float
    onset: Onset | None
    breakdown: Breakdown | None
    shape: str | None
    ended: int | None

    @property
    def detected(self) -> bool:
        """More likely than not."""
        return self.onset is not None

    def to_contract(self) -> dict[str, Any]:
        """The object `shift` of the contract."""
        onset, split = self.onset, self.breakdown
        interval = None
        if split is not None:
            mix, within = split.cut.mix_interval, split.cut.within_interval
            half = float(np.hypot((mix[1] - mix[0]) / 2, (within[1] - within[0]) / 2))
            interval = [split.total - half, split.total + half]
        return {
            "detected": self.detected,
            "probability": self.probability,
            "onset": None if onset is None else day_to_date(onset.day).isoformat(),
            "onset_interval": None
            if onset is None
            else [day_to_date(onset.first).isoformat(), day_to_date(onset.last).isoformat()],
            "before": None if split is None else split.value_before,
            "after": None if split is None else split.value_after,
            "change": None if split is None else split.total,
            "interval": interval,
            "shape": self.shape,
            "ended": None if self.ended is None else day_to_date(self.ended).isoformat(),
        }


def shift_of(
    probability: float, onset: Onset | None, breakdown: Breakdown | None, shape: str | None, ended: int | None
) -> Shift:
    """A shift is only detected with windows to show for it.

    Parameters
    ----------
    probability, onset, breakdown, shape, ended
        As in `Shift`.

    Returns
    -------
    Shift
        Without an onset where the probability is below one half or a window is empty.
    """
    if probability < 0.5 or onset is None or breakdown is None:
        return Shift(probability, None, None, None, None)
    return Shift(probability, onset, breakdown, shape, ended)
