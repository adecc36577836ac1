"""What one series says: whether it moved, since when, by how much, in which shape, and for how long."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.special import logsumexp

from cxlib.changes.scannable import Scannable
from cxlib.changes.shape_prior import profile_prior
from cxlib.changes.shift import Onset, likeliest_onset
from cxlib.stats.drift import Drift
from cxlib.stats.evidence import Evidence, scan, season
from cxlib.stats.onsets import scan_onsets
from cxlib.stats.profiles import LASTING, PULSES, profile_columns

__all__ = ["Moved", "Weighed", "describe_shift", "mean_e_value_of_calm", "weigh_series", "widened"]

Floats = npt.NDArray[np.float64]

_SHAPES = LASTING + PULSES
_Z95 = 1.959963984540054
_MOST_CALM = 90  # days of the history that are tried
_MARGIN = 21  # days that a level needs at either end of the history
_ENDED = {True: 0.9, False: 0.3}  # chance that a pulse, or what looks lasting, is over
_WIDE = (5.0, 60.0)  # sd in units of the grid's smallest, and days: what a misfit adds to the grid


@dataclass(frozen=True, eq=False)
class Weighed:
    """The evidence for a shift anywhere in the window.

    Parameters
    ----------
    series : Scannable
        What was scanned.
    log_bf, log_e : float
        Natural logs of the Bayes factor for a shift, and of the e-value against none.
    chance : array of float, shape (profiles, onsets)
        Where it is, if there is one; sums to 1.
    """

    series: Scannable
    log_bf: float
    log_e: float
    chance: Floats


@dataclass(frozen=True, slots=True)
class Moved:
    """A shift in the metric's own unit.

    Parameters
    ----------
    onset : Onset
        Likeliest day and 90 % interval.
    change, lower, upper : float
        Size and 95 % interval.
    shape : str
        step, lag, ramp or pulse.
    ended : int or None
        Local day from which it is over.
    """

    onset: Onset
    change: float
    lower: float
    upper: float
    shape: str
    ended: int | None


def weigh_series(series: Sequence[Scannable]) -> list[Weighed]:
    """Scan every series over the onsets of its window, all shapes and both directions.

    Parameters
    ----------
    series : sequence of Scannable
        Any number; those of one metric share days.

    Returns
    -------
    list of Weighed
        One a series.
    """
    found = []
    for one in series:
        evidence = _scan(one, one.values, len(one.values), one.window.onsets)
        logs = evidence.log_bf + _log_prior(evidence)
        log_bf = float(logsumexp(logs))
        found.append(Weighed(one, log_bf, log_bf + evidence.log_cover, np.exp(logs - log_bf)))
    return found


def _scan(one: Scannable, values: Floats, days: int, onsets: npt.NDArray[np.int64]) -> Evidence:
    design = season(np.arange(one.window.first, one.window.first + days))
    values, weights = values[None, :days], one.weights[None, :days]
    return scan_onsets(values, weights, design, _SHAPES, onsets, sizes=one.sizes, grid=one.grid)[0]


def _log_prior(evidence: Evidence) -> Floats:
    """Shapes as of a cause that nobody logged, onsets alike."""
    return np.asarray(profile_prior(None)[:, None] - np.log(evidence.log_bf.shape[1]))


def mean_e_value_of_calm(one: Scannable) -> float | None:
    """The mean e-value of the days before the window, as if a shift had begun on each: 1 or less if all fits.

    Parameters
    ----------
    one : Scannable
        A series.

    Returns
    -------
    float or None
        None where the history is too short.
    """
    history = one.window.history
    calm = max(history - 2 * _MARGIN, 0)
    if calm < _MARGIN:
        return None
    stride = -(-calm // _MOST_CALM)
    stride += stride % 7 == 0  # all weekdays
    onsets = np.arange(_MARGIN, history - _MARGIN, stride, dtype=np.int64)
    evidence = _scan(one, one.values, history, onsets)
    total = float(logsumexp(evidence.log_bf + _log_prior(evidence))) + evidence.log_cover
    return float(np.exp(min(total, 50.0)))


def widened(one: Scannable) -> Scannable:
    """The same series with a larger drift among those that it may have.

    Examples
    --------
    The grid of scores gets a drift of sd .15 over 60 days.
    """
    smallest = min(drift.sd for drift in one.grid if drift.sd > 0)
    return replace(one, grid=(*one.grid, Drift(_WIDE[0] * smallest, _WIDE[1])))


def describe_shift(weighed: Weighed) -> Moved:
    """When, by how much and in which shape, given that there is a shift.

    Parameters
    ----------
    weighed : Weighed
        A scanned series.

    Returns
    -------
    Moved
        The size is averaged over shapes and onsets of the likelier direction.
    """
    one, onsets = weighed.series, weighed.series.window.onsets
    evidence = _scan(one, one.plain, len(one.plain), onsets)
    chance = _one_way(weighed.chance, evidence.effect)
    onset = likeliest_onset(chance.sum(axis=0), [int(row) + one.window.first for row in onsets])
    change = float((chance * evidence.effect).sum())
    spread = float((chance * (evidence.sd**2 + evidence.effect**2)).sum()) - change**2
    half = _Z95 * float(np.sqrt(max(spread, 0.0)))
    low, middle, high = (one.to_unit * value for value in (change - half, change, change + half))
    column = int(np.flatnonzero(onsets + one.window.first == onset.day)[0])
    shapes = [profile.shape for profile in _SHAPES]
    held = {shape: float(chance[[s == shape for s in shapes]].sum()) for shape in dict.fromkeys(shapes)}
    shape = max(held, key=lambda name: held[name])
    best = int(np.argmax(np.where([s == shape for s in shapes], chance[:, column], -1.0)))
    ended = _end(one, best, int(onsets[column]))
    if ended is not None:
        shape = "pulse"
    return Moved(onset, middle, min(low, high), max(low, high), shape, ended)


def _one_way(chance: Floats, effect: Floats) -> Floats:
    """Where it moved, given the likelier direction: a fall and the recovery after it are not averaged."""
    fell = effect < 0
    likelier = fell if chance[fell].sum() >= chance[~fell].sum() else ~fell
    kept = np.where(likelier, chance, 0.0)
    return np.asarray(kept / kept.sum())


def _end(one: Scannable, profile: int, onset: int) -> int | None:
    """The day from which a shift is over, where that is likelier than that it lasts."""
    days = len(one.values)
    ends = np.arange(onset + 1, days, dtype=np.int64)
    if not len(ends):
        return None
    pulse = _SHAPES[profile].shape == "pulse"
    risen = profile_columns(LASTING[:1] if pulse else (_SHAPES[profile],), days, np.array([onset]))[0]
    over = np.arange(days)[:, None] >= np.r_[ends, days][None, :]
    columns = np.where(over, 0.0, risen)
    design = season(np.arange(one.window.first, one.window.first + days))
    found = scan(one.values, one.weights, design, columns[None], sizes=one.sizes, grid=one.grid)
    prior = np.log(np.r_[np.full(len(ends), _ENDED[pulse] / len(ends)), 1 - _ENDED[pulse]])
    chance = np.exp(found.log_bf[0] + prior - logsumexp(found.log_bf[0] + prior))
    return one.window.first + int(ends[int(np.argmax(chance[:-1]))]) if chance[-1] < 0.5 else None
