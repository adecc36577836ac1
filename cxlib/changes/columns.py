"""Which onsets are scanned, and how likely each change began to act at each of them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cxlib.changes.calendar import Change
from cxlib.stats.profiles import Profile, profile_columns

__all__ = ["Columns", "Onset", "columns_for", "onset_weights", "onsets_of"]

Floats = npt.NDArray[np.float64]

# days from the logged day on which a change begins to act, and the chance of each: from its hour on; all
# of the day, for logs are written late; the next day or the one after, for caches and nightly jobs; before
_FROM_ITS_HOUR = 0.58
_WHOLE_DAYS = {0: 0.1, 1: 0.27, 2: 0.02, -1: 0.03}
_MENDED_FROM = (0, 1)  # those of them with which ends are looked at
_ENDED = 0.35  # chance that a later change of the same component ended the effect, where there is one
_MOST_ENDS = 3
_SAYS_SO = 4.0  # how much likelier than another change one is that calls itself a fix
_FIX = re.compile(
    r"\b(?:hot|bug)?fix(?:es|ed)?\b|\bpatch|\brevert|\broll(?:ed)?[ -]?back|\brestor", re.IGNORECASE
)
_FADES = (0, 5)  # days until a mended fault no longer shows


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
    rise : int
        Days over which a roll-out reaches everybody; 0: at once.
    """

    day: int
    share: float
    end: int
    fade: int = 0
    rise: int = 0


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

    @property
    def near(self) -> npt.NDArray[np.int64]:
        """The column of the whole day on which each onset of `special` begins."""
        return np.array([onset.day - self.first for onset in self.special], dtype=np.int64)

    def whole_days(self, profiles: tuple[Profile, ...], start: int) -> Floats:
        """Effects by day from `start` on that begin with a whole day and end as their profile says."""
        days = np.array(self.days, dtype=np.int64) - start
        return profile_columns(profiles, self.stop - start, days)

    def parts(self, profiles: tuple[Profile, ...], start: int) -> Floats:
        """Effects of `special`: a part of a day mixes an onset on that day with one on the next."""
        count = self.stop - start
        days = np.array([onset.day for onset in self.special], dtype=np.int64) - start
        shares = np.array([onset.share for onset in self.special])
        ends = np.array([onset.end for onset in self.special]) - start
        now, later = (profile_columns(profiles, count, days + step) for step in (0, 1))
        mended = ends < NEVER - start
        for shown in (now, later):  # what is mended has its end already
            for one in (index for index, profile in enumerate(profiles) if not profile.lasts):
                shown[one, :, mended] = shown[0, :, mended]
        for index, onset in enumerate(self.special):
            if onset.rise:  # how many are exposed is known, and with it the shape
                exposed = Profile("ramp", onset.rise, 1.0)
                now[:, :, index] = exposed.at(np.arange(count) - days[index])
                later[:, :, index] = exposed.at(np.arange(count) - days[index] - 1)
        fades = np.array([onset.fade for onset in self.special])
        over = (np.arange(count)[:, None] - ends[None, :] + 1) / (fades[None, :] + 1.0)
        return np.asarray((shares * now + (1 - shares) * later) * np.clip(1 - over, 0.0, 1.0))


def onsets_of(change: Change, log: Sequence[Change]) -> dict[Onset, float]:
    """When a change would have begun to act, if it did, with the chance of each.

    A change acts on the share of its day that comes after it, or from one of the days round it on. A revert
    ends it; a later change of the same component may.

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
    rise = max(change.rollout_end - change.day, 0) if change.rollout_end is not None else 0
    found: dict[Onset, float] = {}
    if change.uncertain_days:
        spread = range(-change.uncertain_days, change.uncertain_days + 2)
        starts = [(change.day + offset, 1.0, 1 / len(spread)) for offset in spread]
    else:
        starts = [(change.day, change.share, _FROM_ITS_HOUR)]
        starts += [(change.day + offset, 1.0, chance) for offset, chance in _WHOLE_DAYS.items()]
    for day, share, chance in starts:
        usual = change.uncertain_days > 0 or change.reverted is not None or day - change.day in _MENDED_FROM
        for (end, fade), part in (ends if usual else {(NEVER, 0): 1.0}).items():
            onset = Onset(day, share, end, fade, rise) if end > day else Onset(day, share, NEVER, 0, rise)
            found[onset] = found.get(onset, 0.0) + chance * part
    return found


def _ends(change: Change, log: Sequence[Change]) -> dict[tuple[int, int], float]:
    """When its effect would be mended, and how many days that takes."""
    if change.reverted is not None and change.reverted > change.day:
        return {(change.reverted, fade): 1 / len(_FADES) for fade in _FADES}
    if not change.owner:
        return {(NEVER, 0): 1.0}
    later: dict[int, float] = {}
    for other in log:
        if other.owner == change.owner and other.day > change.day + 1:
            weight = _SAYS_SO if _FIX.search(other.title) else 1.0
            later[other.day] = max(later.get(other.day, 0.0), weight)
    likeliest = sorted(later, key=lambda day: (-later[day], day))[:_MOST_ENDS]
    if not likeliest:
        return {(NEVER, 0): 1.0}
    total = sum(later[day] for day in likeliest)
    chance = {day: _ENDED * later[day] / total / len(_FADES) for day in likeliest}
    return {(NEVER, 0): 1 - _ENDED} | {(day, fade): chance[day] for day in likeliest for fade in _FADES}


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
        onset
        for onset in found
        if first <= onset.day < last and (onset.share < 1 or onset.end != NEVER or onset.rise)
    }
    return Columns(first, last, stop, tuple(sorted(special)))


def _within(onset: Onset, stop: int) -> Onset:
    """An effect that ends after the last row lasts, as far as the rows can tell."""
    return onset if onset.end < stop else Onset(onset.day, onset.share, NEVER, 0, onset.rise)


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
