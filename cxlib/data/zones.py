"""Zones as arithmetic: the instants at which an offset changes, and the offsets.

The one place that asks the time-zone database. It reads the tzdata package and never the machine's own files,
so that every machine and every engine sees the same offsets. Instants are microseconds since 1970-01-01 UTC.
"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from importlib import resources
from typing import TypeAlias
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from cxlib import text
from cxlib.errors import ConfigError

__all__ = [
    "DAY_US",
    "Integers",
    "known_zones",
    "wall_step",
    "zone_of",
    "zone_transitions",
]

Integers: TypeAlias = NDArray[np.int64]

DAY_US = 86_400_000_000
"""Microseconds of a day of 24 hours."""

_SECOND_US = 1_000_000
_SPAN_S = 10 * 365 * 86_400  # transitions are found for whole spans, so that a few searches serve every call
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EARLIEST_US = -62_135_596_800 * _SECOND_US + 2 * DAY_US
_LATEST_US = 253_402_300_800 * _SECOND_US - 2 * DAY_US


@lru_cache(maxsize=1)
def known_zones() -> frozenset[str]:
    """Names of all zones of the tzdata package.

    Examples
    --------
    >>> "Asia/Kathmandu" in known_zones(), "Mars/Phobos" in known_zones()
    (True, False)
    """
    return frozenset(resources.files("tzdata").joinpath("zones").read_text("utf-8").split())


@lru_cache(maxsize=64)
def zone_of(name: str, *, where: str = "zone") -> ZoneInfo:
    """The zone of a name, from the tzdata package.

    Parameters
    ----------
    name : str
        IANA name such as ``Europe/London``.
    where : str
        What to call the setting in the message, such as ``cxlib.toml, zone``.

    Raises
    ------
    ConfigError
        If there is no such zone; the near name is suggested.

    Examples
    --------
    >>> zone_of("Asia/Kathmandu").key
    'Asia/Kathmandu'
    """
    if name not in known_zones():
        near = text.nearest(str(name), known_zones())
        raise ConfigError(
            where,
            found=text.quote(name),
            expected="a zone of the IANA database, such as 'Europe/London'",
            hint=f"Did you mean {near!r}?" if near else "",
            fix="write the zone as Area/City",
        )
    folder = resources.files("tzdata").joinpath("zoneinfo")
    with folder.joinpath(*name.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file, key=name)


def zone_transitions(zone: str, start_us: int, end_us: int) -> tuple[Integers, Integers]:
    """When the offset of a zone changes in [start, end), and the offsets before, between and after.

    ``local = us + offsets[np.searchsorted(instants, us, side="right")]``; in SQL ``CASE WHEN us < instants[0]
    THEN offsets[0] … ELSE offsets[-1] END``.

    Parameters
    ----------
    zone : str
        IANA name.
    start_us, end_us : int
        Microseconds UTC; outside of them the nearest offset goes on.

    Returns
    -------
    instants : array of int64, shape (changes,)
        Microseconds UTC at which the next offset begins, ascending.
    offsets : array of int64, shape (changes + 1,)
        Microseconds to add for local time; ``offsets[0]`` holds before the first instant.

    Raises
    ------
    ConfigError
        If there is no such zone.

    Examples
    --------
    >>> instants, offsets = zone_transitions("Europe/London", 1577836800_000000, 1609459200_000000)
    >>> instants // 10**6, offsets // 3_600_000_000
    (array([1585443600, 1603587600]), array([0, 1, 0]))
    """
    rules = zone_of(zone)
    first = _clip(start_us) // _SECOND_US
    last = _clip(max(end_us, start_us)) // _SECOND_US
    spans = range(first // _SPAN_S, last // _SPAN_S + 1)
    changes = (change for span in spans for change in _changes(zone, span))
    inside = [(at, offset) for at, offset in changes if start_us < at * _SECOND_US < end_us]
    instants = np.array([at for at, _ in inside], dtype=np.int64) * _SECOND_US
    offsets = np.array([_offset(rules, first), *(offset for _, offset in inside)], dtype=np.int64)
    return instants, offsets * _SECOND_US


def wall_step(zone: str, first: int, last: int) -> tuple[Integers, Integers]:
    """What to subtract from wall clocks: ``offsets[0]`` before the first edge, ``offsets[i]`` from edge i on.

    Parameters
    ----------
    zone : str
        IANA name.
    first, last : int
        The range in which the wall clocks lie, microseconds since 1970-01-01 00:00 local.

    Returns
    -------
    edges : array of int64, shape (changes,)
        Wall clocks, ascending.
    offsets : array of int64, shape (changes + 1,)
        Microseconds.

    Raises
    ------
    ConfigError
        If there is no such zone.

    Examples
    --------
    Summer time in London begins at 01:00; what the clock shows until 02:00 is skipped.

    >>> edges, offsets = wall_step("Europe/London", 1577836800_000000, 1590000000_000000)
    >>> edges // 10**6 - 1585443600, offsets // 3_600_000_000
    (array([3600]), array([0, 1]))
    """
    changes, offsets = zone_transitions(zone, first - 2 * DAY_US, last + 2 * DAY_US)
    # The offset before a change is read until the wall clock has passed both of its readings at the change.
    return changes + np.maximum(offsets[:-1], offsets[1:]), offsets


def _clip(us: int) -> int:
    """The nearest instant that the calendar of Python can say in every zone."""
    return min(max(us, _EARLIEST_US), _LATEST_US)


def _offset(rules: ZoneInfo, second: int) -> int:
    """Seconds ahead of UTC at a second since 1970."""
    ahead = (_EPOCH + timedelta(seconds=second)).astimezone(rules).utcoffset()
    return 0 if ahead is None else int(ahead.total_seconds())


@lru_cache(maxsize=4096)
def _changes(zone: str, span: int) -> tuple[tuple[int, int], ...]:
    """Second and new offset of every change within a span: a look a day, then halving down to the second."""
    rules = zone_of(zone)
    low = _clip(span * _SPAN_S * _SECOND_US) // _SECOND_US
    high = _clip((span + 1) * _SPAN_S * _SECOND_US) // _SECOND_US
    looks = [*range(low, high, 86_400), high]
    seen = [_offset(rules, second) for second in looks]
    found = []
    for i in range(1, len(looks)):
        if seen[i] != seen[i - 1]:
            before, after = looks[i - 1], looks[i]
            while after - before > 1:
                middle = (before + after) // 2
                if _offset(rules, middle) == seen[i - 1]:
                    before = middle
                else:
                    after = middle
            found.append((after, seen[i]))
    return tuple(found)
