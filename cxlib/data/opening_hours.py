"""What `[schedules.NAME]` says: wall hours by weekday and holidays, read from text, refused where wrong."""

import re
from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np

from cxlib import text
from cxlib.data.periods import date_to_day
from cxlib.data.zones import Integers
from cxlib.errors import ConfigError, UnknownNameError

__all__ = ["holiday_days", "weekly_minutes"]

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HOURS = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])-(?:([01][0-9]|2[0-3]):([0-5][0-9])|(24):(00))")
_DAY_MINUTES = 1440


def weekly_minutes(hours: object, *, where: str) -> dict[int, list[tuple[int, int]]]:
    """Minutes since local midnight of each interval, by weekday number (Monday 0).

    Parameters
    ----------
    hours : mapping
        Day name, mon to sun -> list of ``HH:MM-HH:MM``; one that ends before it begins ends the next day.
    where : str
        What to call the schedule in a message.

    Raises
    ------
    ConfigError
        If ``hours`` is no mapping or an interval is none.
    UnknownNameError
        If a day has another name than mon to sun.

    Examples
    --------
    >>> weekly_minutes({"fri": ["22:00-02:00"], "sun": ["00:00-24:00"]}, where="schedules.support")
    {4: [(1320, 1560)], 6: [(0, 1440)]}
    """
    if not isinstance(hours, Mapping):
        raise ConfigError(
            f"{where}.hours",
            found=text.quote(hours),
            expected="a table of days",
            fix='write hours = { mon = ["09:00-17:00"] }',
        )
    found: dict[int, list[tuple[int, int]]] = {}
    for day, intervals in hours.items():
        if day not in _DAYS:
            raise UnknownNameError(f"{where}.hours", str(day), _DAYS)
        listed = [intervals] if isinstance(intervals, str) else intervals
        found[_DAYS.index(day)] = [_minutes(interval, f"{where}.hours.{day}") for interval in listed]
    return found


def holiday_days(holidays: object, *, where: str) -> Integers:
    """Local day numbers of holidays written as dates.

    Raises
    ------
    ConfigError
        If one of them is no date.

    Examples
    --------
    >>> holiday_days(["1970-01-02"], where="schedules.support")
    array([1])
    """
    listed = holidays if isinstance(holidays, Sequence) and not isinstance(holidays, str) else [holidays]
    try:
        dates = [day if isinstance(day, date) else date.fromisoformat(str(day)) for day in listed]
    except ValueError as error:
        raise ConfigError(
            f"{where}.holidays",
            found=text.quote(holidays),
            expected="dates as YYYY-MM-DD",
            fix='write holidays = ["2020-07-03"]',
        ) from error
    return np.array([date_to_day(day) for day in dates], dtype=np.int64)


def _minutes(interval: object, where: str) -> tuple[int, int]:
    """Start and end of ``HH:MM-HH:MM`` in minutes since midnight; past 1440 where it ends on the next day."""
    parts = _HOURS.fullmatch(str(interval))
    numbers = [int(part) for part in parts.groups() if part is not None] if parts else [0, 0, 0, 0]
    start, end = numbers[0] * 60 + numbers[1], numbers[2] * 60 + numbers[3]
    if start == end:  # also what is no interval at all
        raise ConfigError(
            where,
            found=text.quote(interval),
            expected="HH:MM-HH:MM with two different times",
            fix="write 09:00-17:00, 22:00-02:00 across midnight, 00:00-24:00 for the whole day",
        )
    return start, end if end > start else end + _DAY_MINUTES
