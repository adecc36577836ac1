"""The clock: instants, local days and wall times, and the instant that a person means by a date.

An instant is an int64 of microseconds since 1970-01-01 UTC; a local day is the number of days since then that
the wall clock of a zone shows. Zones and calendar periods have a file each, and are offered here too.
"""

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike

from cxlib import text
from cxlib.data.periods import (
    FREQUENCIES,
    Frequency,
    Period,
    as_day,
    date_to_day,
    day_to_date,
    period_index,
    periods,
)
from cxlib.data.zones import DAY_US, Integers, known_zones, wall_step, zone_of, zone_transitions
from cxlib.errors import UsageError

__all__ = [
    "DAY_US",
    "FREQUENCIES",
    "Frequency",
    "Integers",
    "Period",
    "as_day",
    "date_to_day",
    "day_bounds_us",
    "day_to_date",
    "from_microseconds",
    "known_zones",
    "local_day_number",
    "local_midnight_us",
    "parse_as_of",
    "period_index",
    "periods",
    "to_microseconds",
    "wall_to_us",
    "zone_of",
    "zone_transitions",
]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}.*", re.ASCII)


def local_day_number(us: ArrayLike, zone: str) -> Integers:
    """The day that the wall clock of a zone shows at each instant.

    Parameters
    ----------
    us : array of int64
        Microseconds UTC.
    zone : str
        IANA name.

    Returns
    -------
    days : array of int64, same shape
        Days since 1970-01-01, local. Where clocks fall back over midnight a day may come, go and come again.

    Raises
    ------
    ConfigError
        If there is no such zone.

    Examples
    --------
    2026-07-01 06:30 UTC is still June in Los Angeles.

    >>> day = local_day_number(np.array([1782887400_000000]), "America/Los_Angeles")
    >>> np.datetime64(int(day[0]), "D")
    np.datetime64('2026-06-30')
    """
    instants = np.asarray(us, dtype=np.int64)
    if instants.size == 0:
        return instants.copy()
    changes, offsets = zone_transitions(zone, int(instants.min()), int(instants.max()) + 1)
    return (instants + offsets[np.searchsorted(changes, instants, side="right")]) // DAY_US


def wall_to_us(wall_us: ArrayLike, zone: str) -> Integers:
    """The instants of wall-clock times: in a spring gap it moves forward by the gap, of two the first counts.

    Parameters
    ----------
    wall_us : array of int64
        Local wall clock as microseconds since 1970-01-01 00:00 local.
    zone : str
        IANA name.

    Returns
    -------
    us : array of int64, same shape
        Microseconds UTC.

    Raises
    ------
    ConfigError
        If there is no such zone.

    Examples
    --------
    02:30 does not exist in London on 2020-03-29 at 01:30: it is 02:30 summer time, 01:30 UTC.

    >>> wall_to_us(np.array([1585445400_000000]), "Europe/London") // 10**6
    array([1585445400])
    """
    walls = np.asarray(wall_us, dtype=np.int64)
    if walls.size == 0:
        return walls.copy()
    passed, offsets = wall_step(zone, int(walls.min()), int(walls.max()))
    return walls - offsets[np.searchsorted(passed, walls, side="right")]


def day_bounds_us(days: ArrayLike, zone: str) -> tuple[Integers, Integers]:
    """First instant of local days, and the instant after their last one.

    Parameters
    ----------
    days : array of int64, shape (days,)
        Days since 1970-01-01, local.
    zone : str
        IANA name.

    Returns
    -------
    first, end : array of int64, shape (days,)
        Microseconds UTC. Where the clock jumps over midnight the day begins at the jump; where it falls back
        over midnight the bounds of two days overlap; a day that a zone left out is empty, ``first == end``.

    Raises
    ------
    ConfigError
        If there is no such zone.

    Examples
    --------
    The day on which summer time begins has 23 hours.

    >>> first, end = day_bounds_us(np.array([18350]), "Europe/London")
    >>> (end - first) // 3_600_000_000
    array([23])
    """
    wanted = np.asarray(days, dtype=np.int64)
    if wanted.size == 0:
        return wanted.copy(), wanted.copy()
    low, high = int(wanted.min()), int(wanted.max()) + 2  # a day left out begins where the next one does
    number = np.arange(low, high + 1, dtype=np.int64)
    window = ((low - 2) * DAY_US, (high + 3) * DAY_US)
    changes, offsets = zone_transitions(zone, *window)
    edges = np.array([window[0], *changes, window[1]], dtype=np.int64)
    first = np.full(number.size, np.iinfo(np.int64).max)
    end = np.full(number.size, np.iinfo(np.int64).min)
    for left, right, offset in zip(edges[:-1], edges[1:], offsets, strict=True):
        shown = slice(
            max(int((left + offset) // DAY_US) - low, 0),
            max(int((right + offset - 1) // DAY_US) - low + 1, 0),
        )
        begin = number[shown] * DAY_US - offset
        first[shown] = np.minimum(first[shown], np.maximum(begin, left))
        end[shown] = np.maximum(end[shown], np.minimum(begin + DAY_US, right))
    first = np.minimum.accumulate(first[::-1])[::-1]
    end = np.maximum(end, first)
    return first[wanted - low], end[wanted - low]


@lru_cache(maxsize=65_536)
def local_midnight_us(day: int, zone: str) -> int:
    """The first instant of a local day: its first midnight, or where the clock jumped over midnight the jump.

    Parameters
    ----------
    day : int
        Days since 1970-01-01, local.
    zone : str
        IANA name.

    Returns
    -------
    us : int
        Microseconds UTC; of a day that the zone left out (Pacific/Apia, 2011-12-30) that of the next.

    Raises
    ------
    ConfigError
        If there is no such zone.

    Examples
    --------
    >>> local_midnight_us(18293, "America/Los_Angeles") // 3_600_000_000 - 18293 * 24
    8
    """
    return int(day_bounds_us(np.array([day]), zone)[0][0])


def to_microseconds(instant: datetime) -> int:
    """Microseconds from 1970-01-01 UTC to an aware instant, exactly.

    Raises
    ------
    UsageError
        If the instant has no offset.

    Examples
    --------
    >>> to_microseconds(datetime(2020, 2, 1, tzinfo=UTC)) == 18293 * DAY_US
    True
    """
    if instant.utcoffset() is None:
        found = repr(instant.isoformat())
        raise UsageError("instant", found=found, expected="an instant with its offset", fix="add +00:00")
    return (instant - _EPOCH) // _MICROSECOND


def from_microseconds(us: int) -> datetime:
    """The instant in UTC of microseconds since 1970-01-01 UTC.

    Examples
    --------
    >>> from_microseconds(18293 * DAY_US)
    datetime.datetime(2020, 2, 1, 0, 0, tzinfo=datetime.timezone.utc)
    """
    return _EPOCH + int(us) * _MICROSECOND


def parse_as_of(value: str | date | datetime, zone: str | None, *, where: str = "as_of") -> datetime:
    """The instant that a person means: a date is its first local midnight, an instant is itself.

    Parameters
    ----------
    value : str, date or datetime
        ``YYYY-MM-DD``, or an ISO 8601 instant such as ``2020-03-01T08:00Z``.
    zone : str or None
        Zone of dates and of instants without an offset; None: dates are UTC, such instants are refused.
    where : str
        What to call the parameter in the message.

    Returns
    -------
    instant : datetime
        Aware, in UTC.

    Raises
    ------
    UsageError
        If it is neither, or has no offset while no zone is declared.
    ConfigError
        If there is no such zone.

    Examples
    --------
    >>> parse_as_of("2020-03-01", "America/Los_Angeles").isoformat()
    '2020-03-01T08:00:00+00:00'
    >>> parse_as_of("2020-03-01T08:00-01:00", None).isoformat()
    '2020-03-01T09:00:00+00:00'
    """
    moment = value if isinstance(value, date) else _read_moment(str(value), where)
    if not isinstance(moment, datetime):
        return from_microseconds(local_midnight_us(date_to_day(moment), zone or "UTC"))
    if moment.utcoffset() is not None:
        return moment.astimezone(UTC)
    if zone is None:
        raise UsageError(
            where,
            found=text.quote(value),
            expected="an instant with its offset, or a zone for instants without one",
            fix="add the offset, such as Z, or zone to cxlib.toml",
        )
    wall = (moment.replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND
    return from_microseconds(int(wall_to_us(np.array([wall]), zone)[0]))


def _read_moment(value: str, where: str) -> date | datetime:
    """The date or instant that a text spells."""
    try:
        if _DATE.fullmatch(value):
            return date.fromisoformat(value)
        if _INSTANT.fullmatch(value):
            return datetime.fromisoformat(value)
    except ValueError:
        pass  # told below: the 31st of February looks like a date
    raise UsageError(
        where,
        found=text.quote(value),
        expected="a date of the calendar or an ISO 8601 instant",
        fix="write 2020-03-01 or 2020-03-01T08:00:00Z",
    )
