"""Effects that end on any day: a closer look at the likeliest onsets.

A cause that is in the log may end with any later change; one that is not must be free to end on any day too,
or a change days before the onset, whose end happens to fit, is taken for it.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.special import logsumexp

from cxlib.changes.hypotheses import Hypotheses
from cxlib.changes.watched import Place, Scanned, Watched
from cxlib.stats.evidence import Evidence
from cxlib.stats.profiles import LASTING, PULSES, profile_columns

__all__ = ["with_ends"]

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_MOST_ONSETS = 6
_SHORTEST = 2  # days: shorter pulses are looked at for every day
_FADES = (0, 5)  # days in which it goes
_NOTHING = -50.0  # of a place that is not looked at
_LASTING = np.log([profile.prior for profile in LASTING])


@dataclass(frozen=True, eq=False)
class _Columns:
    """Effects by onset, end and days of fading."""

    shown: Floats
    onset: Integers
    length: Integers


def with_ends(
    field: Hypotheses,
    streams: Sequence[Watched],
    kept: Collection[Place],
    together: Callable[[Sequence[Scanned]], Hypotheses],
    *,
    rows: Integers,
) -> Hypotheses:
    """The same hypotheses, the pulses of the likeliest onsets replaced by effects that end on any day.

    Parameters
    ----------
    field : Hypotheses
        From whole days, the first onsets being `rows`.
    streams : sequence of Watched
        Its streams.
    kept : collection of Place
        Where ends are looked at.
    together : callable
        Puts the evidence of the streams together.
    rows : array of int, shape (whole days,)
        Rows of the series on which the whole days of the window lie.

    Returns
    -------
    Hypotheses
        Of the same shape.
    """
    chosen = _likeliest_days(field, len(rows))
    columns = _columns(rows[chosen], len(streams[0].days))
    if not len(columns.onset):
        return field
    found = together([_only(one, columns.shown, kept) for one in streams])
    log_bf, effect, sd = field.log_bf.copy(), field.effect.copy(), field.sd.copy()
    parts = {name: array.copy() for name, array in field.parts.items()}
    at = [field.places.index(place) for place in kept]
    for day in chosen:
        mine = np.flatnonzero(columns.onset == rows[day])
        if len(mine) < _SHORTEST:
            continue
        for place in at:
            weighed = found.log_bf[:, mine, place] + _LASTING[:, None]
            shape, end = np.unravel_index(int(np.argmax(weighed)), weighed.shape)
            best = mine[end]
            pulse = _pulse_like(int(columns.length[best]))
            log_bf[len(LASTING) :, day, place] = -np.inf
            log_bf[pulse, day, place] = logsumexp(weighed) - np.log(len(mine)) - _share_of(pulse)
            effect[pulse, day, place] = found.effect[shape, best, place]
            sd[pulse, day, place] = found.sd[shape, best, place]
            for name, array in parts.items():
                array[pulse, day, place] = found.parts[name][shape, best, place]
    return replace(field, log_bf=log_bf, effect=effect, sd=sd, parts=parts)


def _likeliest_days(field: Hypotheses, count: int) -> Integers:
    best = (field.log_bf[:, :count] + field.log_prior).max(axis=(0, 2))
    return np.sort(np.argsort(-best, kind="stable")[:_MOST_ONSETS])


def _columns(onsets: Integers, days: int) -> _Columns:
    shown, onset, length = [], [], []
    for start in onsets:
        lasting = profile_columns(LASTING, days, np.array([start]))
        ends = np.arange(start + _SHORTEST, days)
        for fade in _FADES:
            over = (np.arange(days)[:, None] - ends[None, :] + 1) / (fade + 1.0)
            shown.append(lasting * np.clip(1 - over, 0.0, 1.0)[None])
            onset.append(np.full(len(ends), start))
            length.append(ends - start)
    return _Columns(np.concatenate(shown, axis=2), np.concatenate(onset), np.concatenate(length))


def _only(watched: Watched, shown: Floats, kept: Collection[Place]) -> Scanned:
    """Evidence of some places; of the others that there is nothing."""
    found = watched.scan(shown, {watched.nearest(place.segment, place.reason) for place in kept})
    shape = (shown.shape[0], shown.shape[2])
    nothing = Evidence(np.full(shape, _NOTHING), np.zeros(shape), np.ones(shape))
    return Scanned(watched, {place: found.get(place, nothing) for place in watched.share})


def _pulse_like(length: int) -> int:
    """The index, among all shapes, of the plain pulse whose length is nearest."""
    plain = [i for i, profile in enumerate(PULSES) if profile.rise == 1.0]
    return len(LASTING) + min(plain, key=lambda i: abs(PULSES[i].length - length))


def _share_of(pulse: int) -> float:
    """Log of its part of all pulses."""
    return float(np.log(PULSES[pulse - len(LASTING)].prior / sum(profile.prior for profile in PULSES)))
