"""Which onsets are scanned, and how likely each change began to act at each of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cxlib.changes.calendar import Change
from cxlib.stats.profiles import Profile, profile_columns

__all__ = ["Columns", "Onset", "columns_for", "onset_weights", "onsets_of"]

Floats = npt.NDArray[np.float64]

_NEXT_DAY = 0.10  # chance that a change acts only from the next day on: caches, nightly jobs
_ENDED = 0.3  # chance that a later change of the same component ended the effect, where there is one
_MOST_ENDS = 2
_FADES = (0, 7)  # days until a mended fault no longer shows


@dataclass(frozen=True, order=True, slots=True)
class Onset:
    """When an effect begins, and when it is over.

    Parameters
    ----------
    day : int
        Local day.
    share : float
        Share of that day on which it already acts.
    end : int
        First local day on which it is being mended; `NEVER` where it lasts.
    fade : int
        Days that mending takes; 0: at once.
    """

    day: int
    share: float
    end: int
    fade: int = 0


NEVER = 1 << 30


@dataclass(frozen=True, slots=True)
class Columns:
    """The onsets that are scanned: every whole day of the window first, then those of single changes.

    Parameters
    ----------
    first, last : int
        Half-open range of local days of the window.
    stop : int
        Day after the last row; not before `last`.
    special : tuple of Onset
        Parts of days and effects that end.
    """

    first: int
    last: int
    stop: int
    special: tuple[Onset, ...]

    @property
    def days(self) -> range:
        """Whole days, one column each."""
        return range(self.first, self.last)

    @property
    def onsets(self) -> tuple[int, ...]:
        """Local day of each column."""
        return (*self.days, *(onset.day for onset in self.special))

    def place(self) -> Mapping[Onset, int]:
        """Column of each onset."""
        whole = {Onset(day, 1.0, NEVER): column for column, day in enumerate(self.days)}
        return whole | {onset: len(whole) + column for column, onset in enumerate(self.special)}

    def profiles(self, profiles: tuple[Profile, ...], start: int) -> Floats:
        """Effects by day from `start` on: a part of a day mixes an onset on that day with one on the next."""
        count = self.stop - start
        whole = profile_columns(profiles, count, np.array(self.days, dtype=np.int64) - start)
        if not self.special:
            return whole
        days = np.array([onset.day for onset in self.special], dtype=np.int64) - start
        shares = np.array([onset.share for onset in self.special])
        ends = np.array([onset.end for onset in self.special]) - start
        now, later = (profile_columns(profiles, count, days + step) for step in (0, 1))
        mended = ends < NEVER - start
        for shown in (now, later):  # what is mended is taken for a step, as the pulses of unlogged causes are
            shown[:, :, mended] = shown[:1][:, :, mended]
        fades = np.array([onset.fade for onset in self.special])
        over = (np.arange(count)[:, None] - ends[None, :] + 1) / (fades[None, :] + 1.0)
        mixed = (shares * now + (1 - shares) * later) * np.clip(1 - over, 0.0, 1.0)
        return np.concatenate([whole, mixed], axis=2)


def onsets_of(change: Change, log: Sequence[Change]) -> dict[Onset, float]:
    """When a change would have begun to act, if it did, with the chance of each.

    A change acts on the share of its day that comes after it, or from the next day on. A revert ends it; a
    later change of the same component may.

    Parameters
    ----------
    change : Change
        With its day, hour, uncertainty and revert.
    log : sequence of Change
        All changes.

    Returns
    -------
    dict of Onset to float
        Sums to 1.
    """
    ends = _ends(change, log)
    found: dict[Onset, float] = {}
    if change.uncertain_days:
        spread = range(-change.uncertain_days, change.uncertain_days + 2)
        starts = [(change.day + offset, 1.0, 1 / len(spread)) for offset in spread]
    else:
        starts = [(change.day, change.share, 1 - _NEXT_DAY), (change.day + 1, 1.0, _NEXT_DAY)]
    for day, share, chance in starts:
        for (end, fade), part in ends.items():
            onset = Onset(day, share, end, fade) if end > day else Onset(day, share, NEVER)
            found[onset] = found.get(onset, 0.0) + chance * part
    return found


def _ends(change: Change, log: Sequence[Change]) -> dict[tuple[int, int], float]:
    """When its effect would be mended, and how many days that takes."""
    if change.reverted is not None and change.reverted > change.day:
        return {(change.reverted, fade): 1 / len(_FADES) for fade in _FADES}
    if not change.component:
        return {(NEVER, 0): 1.0}
    later = sorted(
        {other.day for other in log if other.component == change.component and other.day > change.day + 1}
    )[:_MOST_ENDS]
    if not later:
        return {(NEVER, 0): 1.0}
    chance = _ENDED / len(later) / len(_FADES)
    return {(NEVER, 0): 1 - _ENDED} | {(day, fade): chance for day in later for fade in _FADES}


def columns_for(log: Sequence[Change], first: int, last: int, stop: int) -> Columns:
    """The columns that a log needs on the days ``first`` to ``last`` (exclusive).

    Parameters
    ----------
    log : sequence of Change
        All changes.
    first, last : int
        Local days of the window.
    stop : int
        Day after the last row.

    Returns
    -------
    Columns
        Special onsets in order of time.
    """
    found = set()
    for change in log:
        if first - change.uncertain_days - 1 <= change.day < last + change.uncertain_days:
            found |= {_within(onset, stop) for onset in onsets_of(change, log)}
    special = {
        onset for onset in found if first <= onset.day < last and (onset.share < 1 or onset.end != NEVER)
    }
    return Columns(first, last, stop, tuple(sorted(special)))


def _within(onset: Onset, stop: int) -> Onset:
    """An effect that ends after the last row lasts, as far as the rows can tell."""
    return onset if onset.end < stop else Onset(onset.day, onset.share, NEVER)


def onset_weights(change: Change, log: Sequence[Change], place: Mapping[Onset, int], *, stop: int) -> Floats:
    """The chance of each column, for one change.

    Parameters
    ----------
    change : Change
        A candidate.
    log : sequence of Change
        All changes.
    place : mapping of Onset to int
        Column of each onset that is scanned.
    stop : int
        Day after the last row.

    Returns
    -------
    array of float, shape (columns,)
        Sums to 1 where all its onsets lie in the window.
    """
    weights = np.zeros(len(place))
    for onset, chance in onsets_of(change, log).items():
        column = place.get(_within(onset, stop))
        if column is not None:
            weights[column] += chance
    return weights
