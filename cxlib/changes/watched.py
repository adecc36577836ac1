"""Streams ready to be scanned: every whole day for all of their places, parts of days for the likeliest."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from cxlib.changes.columns import Columns
from cxlib.changes.panel import Panel, Segment
from cxlib.changes.streams import Stream, inside, scan_stream
from cxlib.stats.evidence import Evidence, Size
from cxlib.stats.profiles import LASTING, PULSES

__all__ = ["Effects", "Place", "Scanned", "Watched", "chance_noticed", "scanned", "watch", "weighted"]

Floats = npt.NDArray[np.float64]


_FAINT = 1e-4  # nothing is impossible


@dataclass(frozen=True, slots=True)
class Place:
    """Where an effect is: a segment, and for contacts a reason."""

    segment: Segment
    reason: str | None


@dataclass(frozen=True, eq=False)
class Effects:
    """What an effect of size 1 adds to each day.

    Parameters
    ----------
    whole : array of float, shape (profiles, days, onsets)
        For every day of the window on which it may begin.
    parts : array of float, shape (profiles, days, further onsets)
        For onsets within a day, and effects that end with a later change.
    near : array of int, shape (further onsets,)
        The day of each, as an index into the onsets of `whole`.
    rows : array of int, shape (onsets,)
        The row of the series that each onset of `whole` is.
    """

    whole: Floats
    parts: Floats
    near: npt.NDArray[np.int64]
    rows: npt.NDArray[np.int64]

    @classmethod
    def of(cls, columns: Columns, start: int) -> "Effects":
        """Those of all onsets, by day from `start` on."""
        profiles = LASTING + PULSES
        return cls(
            columns.whole_days(profiles, start),
            columns.parts(profiles, start),
            columns.near,
            np.array(columns.days) - start,
        )


@dataclass(frozen=True, eq=False)
class Watched:
    """A stream and its places.

    Parameters
    ----------
    stream : Stream
        One series a place.
    days : array of int, shape (days,)
        Local days.
    share : mapping of Place to float
        Part of the whole stream that each series holds.
    noticed : mapping of Place to float
        Chance that a change there shows in the whole.
    """

    stream: Stream
    days: npt.NDArray[np.int64]
    share: Mapping[Place, float]
    noticed: Mapping[Place, float]

    @property
    def has_reasons(self) -> bool:
        """Whether it is split by reason."""
        return any(place.reason is not None for place in self.share)

    def nearest(self, segment: Segment, reason: str | None) -> Place:
        """The narrowest place with a series that holds a segment and reason."""
        for place in (Place(segment, reason), Place((), reason), Place(segment, None)):
            if place in self.share:
                return place
        return Place((), None)

    def scan(self, profiles: Floats, only: Collection[Place] | None = None) -> dict[Place, Evidence]:
        """Evidence by place; of all of them or of a few."""
        places = [place for place in self.share if only is None or place in only]
        series = tuple(one for one in self.stream.series if Place(one.segment, one.reason) in set(places))
        found = scan_stream(self.stream, series, self.days, profiles)
        return dict(zip(places, found, strict=True))


@dataclass(frozen=True, eq=False)
class Scanned:
    """Evidence of one stream, by place.

    Parameters
    ----------
    watched : Watched
        The stream.
    found : mapping of Place to Evidence
        One a series.
    """

    watched: Watched
    found: Mapping[Place, Evidence]


def watch(stream: Stream, panel: Panel, *, smallest: float = 0.0) -> Watched:
    """A stream with the shares of its places.

    Parameters
    ----------
    stream : Stream
        Made of the panel.
    panel : Panel
        What it counts.
    smallest : float
        Of the stream that somebody asked about, the smallest shift of the whole that matters: sizes that
        would hardly show in it are unlikely, since somebody saw it. 0: every size is as likely.

    Returns
    -------
    Watched
        In the order of the stream's series.
    """
    total = max(float(panel.n.sum()), 1.0)
    share, noticed, series = {}, {}, []
    for one in stream.series:
        place = Place(one.segment, one.reason)
        share[place] = float(panel.n[:, panel.mask(inside(one.segment, one.reason))].sum()) / total
        shown = np.array([share[place] * centre for centre in (size.centre for size in stream.sizes)])
        chances = chance_noticed(shown, smallest) if smallest > 0 else np.ones(len(shown))
        noticed[place] = float(chances.mean())
        series.append(replace(one, sizes=weighted(stream.sizes, chances)))
    return Watched(replace(stream, series=tuple(series)), panel.days, share, noticed)


def chance_noticed(shown: Floats, smallest: float) -> Floats:
    """Chance that somebody sees shifts of these sizes, where the smallest that matters is seen by few.

    Examples
    --------
    >>> chance_noticed(np.array([0.0, 5.0, 20.0]), 5.0).round(2)
    array([0.  , 0.39, 1.  ])
    """
    return np.asarray(1 - np.exp(-0.5 * (shown / smallest) ** 2) + _FAINT)


def weighted(sizes: Sequence[Size], chances: Floats) -> tuple[Size, ...]:
    """The same sizes with these chances."""
    return tuple(replace(size, chance=float(one)) for size, one in zip(sizes, chances, strict=True))


def scanned(watched: Watched, effects: Effects, whole: Scanned, kept: Collection[Place]) -> Scanned:
    """Evidence of every onset: within days for some places; for others that of the whole day.

    Parameters
    ----------
    watched : Watched
        A stream.
    effects : Effects
        Onsets.
    whole : Scanned
        Its evidence for whole days.
    kept : collection of Place
        Where the others are looked at.

    Returns
    -------
    Scanned
        Onsets of `effects.whole`, then those of `effects.parts`.
    """
    near = effects.near
    detail = watched.scan(effects.parts, {watched.nearest(place.segment, place.reason) for place in kept})
    found = {}
    for place, days in whole.found.items():
        parts = detail.get(place) or Evidence(days.log_bf[:, near], days.effect[:, near], days.sd[:, near])
        found[place] = Evidence(
            np.concatenate([days.log_bf, parts.log_bf], axis=1),
            np.concatenate([days.effect, parts.effect], axis=1),
            np.concatenate([days.sd, parts.sd], axis=1),
        )
    return Scanned(watched, found)
