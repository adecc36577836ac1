"""Whether a shift was mended: the movement back after an onset, and the change that may have brought it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import logsumexp

from cxlib.changes.calendar import Change
from cxlib.changes.settled import Settled
from cxlib.changes.streams import Series
from cxlib.stats.evidence import Side, scan, season
from cxlib.stats.noise import robust_weights
from cxlib.stats.profiles import LASTING, profile_columns

__all__ = ["Recovery", "recovery_after"]

Floats = npt.NDArray[np.float64]

_PRIOR = 0.3  # faults that are mended within a month or two
_LOGGED = 0.7  # of the mending is in the log
_SOONEST = 3  # days
_LIKELY = 0.5


@dataclass(frozen=True, slots=True)
class Recovery:
    """A movement back.

    Parameters
    ----------
    day : int
        Likeliest local day.
    first, last : int
        90 % interval, half-open.
    probability : float
        That there was one.
    change_id : str
        The change that probably brought it; empty where none is likelier than not.
    chance : float
        Of that change, given that there was one.
    """

    day: int
    first: int
    last: int
    probability: float
    change_id: str
    chance: float


def recovery_after(
    series: Series,
    days: npt.NDArray[np.int64],
    onset: int,
    effect: float,
    changes: Sequence[Change],
    *,
    settled: Settled,
) -> Recovery | None:
    """Look for a step back after an onset, the shift itself being taken for granted.

    Parameters
    ----------
    series : Series
        The judged series of everybody.
    days : array of int, shape (days,)
        Its local days.
    onset : int
        Local day of the shift.
    effect : float
        Sign of the shift.
    changes : sequence of Change
        The log: what was released before the recovery may have brought it.
    settled : Settled
        Of the judged stream.

    Returns
    -------
    Recovery or None
        None where it is less likely than not.
    """
    start = onset - int(days[0])
    rows = np.arange(start + _SOONEST, len(days) - _SOONEST, dtype=np.int64)
    if start < 1 or not len(rows) or effect == 0:
        return None
    side: Side = -1 if effect > 0 else 1
    steps = profile_columns(LASTING[:1], len(days), np.r_[start, rows])
    begun, columns = steps[0, :, :1], steps[:, :, 1:]
    design = np.column_stack([season(days), begun, settled.trend])
    weights = robust_weights(series.values, series.weights, days)
    logs = scan(
        series.values, weights, design, columns, sizes=settled.sizes, side=side, grid=settled.drift
    ).log_bf[0]
    return _found(logs, days[rows], changes, onset)


def _found(
    logs: Floats, days: npt.NDArray[np.int64], changes: Sequence[Change], onset: int
) -> Recovery | None:
    """Weigh no recovery, one on any day, and one by each later change."""
    nothing = np.log(1 - _PRIOR)
    by_change = {}
    for change in changes:
        near = (days >= change.day - change.uncertain_days) & (days <= change.day + change.uncertain_days + 1)
        if change.day > onset and near.any():
            by_change[change.change_id] = np.where(near, logs - np.log(near.sum()), -np.inf)
    logged = _LOGGED if by_change else 0.0
    with np.errstate(divide="ignore"):
        spread = logs - np.log(len(days)) + np.log(_PRIOR * (1 - logged))
        joint = {
            name: part + np.log(_PRIOR * logged / len(by_change)) for name, part in by_change.items()
        } | {"": spread}
    total = float(logsumexp([nothing, *(logsumexp(part) for part in joint.values())]))
    chance = sum((np.exp(part - total) for part in joint.values()), np.zeros(len(days)))
    probability = float(chance.sum())
    if probability < _LIKELY:
        return None
    masses = {name: float(np.exp(logsumexp(part) - total)) / probability for name, part in joint.items()}
    best = max(masses, key=lambda name: (masses[name], name))
    summed = np.cumsum(chance) / probability
    low, high = (int(days[min(int(np.searchsorted(summed, q)), len(days) - 1)]) for q in (0.05, 0.95))
    day = int(np.clip(days[int(np.argmax(chance))], low, high))
    named = best if masses[best] >= _LIKELY else ""
    return Recovery(day, low, high + 1, probability, named, masses.get(named, 0.0) if named else 0.0)
