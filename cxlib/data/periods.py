"""The calendar without zones: days as numbers, and the days that make a week, month, quarter or year.

The only place that knows which days make a period. All ranges are half-open: [start, end).
"""

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from cxlib import text
from cxlib.data.zones import Integers
from cxlib.errors import UnknownNameError, UsageError

__all__ = [
    "FREQUENCIES",
    "WEEKDAYS",
    "Frequency",
    "Period",
    "as_day",
    "date_to_day",
    "day_to_date",
    "month_bounds",
    "period_index",
    "periods",
]

Frequency: TypeAlias = Literal["D", "W", "M", "Q", "Y"]

FREQUENCIES: tuple[Frequency, ...] = ("D", "W", "M", "Q", "Y")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_EPOCH_DAY = date(1970, 1, 1)
_THURSDAY = 3  # 1970-01-01 was one; Monday is 0
_MONTHS_OF = {"M": 1, "Q": 3, "Y": 12}
_MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True)
class Period:
    """A day, week, month, quarter or year of the calendar; ``end`` is the first day after it."""

    label: str
    start: date
    end: date


def day_to_date(day: int) -> date:
    """The date of a local day number.

    Examples
    --------
    >>> day_to_date(18293)
    datetime.date(2020, 2, 1)
    """
    return _EPOCH_DAY + timedelta(days=int(day))


def date_to_day(day: date) -> int:
    """Days from 1970-01-01 to a date.

    Examples
    --------
    >>> date_to_day(date(2020, 2, 1))
    18293
    """
    return date(day.year, day.month, day.day).toordinal() - _EPOCH_DAY.toordinal()


def as_day(given: date | str | None, *, where: str) -> date | None:
    """The day that was given as a date, as text or as its first midnight; None stays None.

    Parameters
    ----------
    given : date, str or None
        A date, ``YYYY-MM-DD``, or a day as pandas has it: an instant at midnight, without a zone.
    where : str
        What errors call it.

    Raises
    ------
    UsageError
        If it is no day.

    Examples
    --------
    >>> as_day("2020-02-01", where="start")
    datetime.date(2020, 2, 1)
    """
    if isinstance(given, datetime):
        day = given.date()
        if given == datetime.combine(day, time()):  # never equal where it has a zone
            return day
    elif given is None or isinstance(given, date):
        return given
    elif isinstance(given, str):
        with suppress(ValueError):
            return date.fromisoformat(given)
    raise UsageError(
        where, found=text.quote(str(given)), expected="a day, YYYY-MM-DD", fix="write it like 2020-02-01"
    )


def month_bounds(month: str, *, where: str = "month") -> tuple[date, date]:
    """First day of a month written ``YYYY-MM``, and of the next one.

    Raises
    ------
    UsageError
        If the text is no month.

    Examples
    --------
    >>> month_bounds("2020-02")
    (datetime.date(2020, 2, 1), datetime.date(2020, 3, 1))
    """
    parts = _MONTH.fullmatch(month)
    if parts is None or not 1 <= int(parts[1]) <= 9998:
        raise UsageError(
            where,
            found=text.quote(month),
            expected="a month as YYYY-MM",
            fix="write 2020-02 for February 2020",
        )
    year, number = int(parts[1]), int(parts[2])
    return date(year, number, 1), date(year + number // 12, number % 12 + 1, 1)


def periods(freq: Frequency, start: date, end: date, *, week_start: str = "monday") -> list[Period]:
    """Every period that has a day in [start, end), whole, in order.

    Parameters
    ----------
    freq : {"D", "W", "M", "Q", "Y"}
        Days, weeks, months, quarters or years.
    start, end : date
        Half-open range; a period that it only touches is given with its own bounds.
    week_start : str
        First day of a week, ``monday`` (ISO) to ``sunday``.

    Returns
    -------
    periods : list of Period
        Labelled 2020-02-04, 2020-W06 (ISO; weeks that begin on another day carry that day's date), 2020-02,
        2020-Q1, 2020.

    Raises
    ------
    UnknownNameError
        If ``freq`` or ``week_start`` is none of the known ones.
    UsageError
        If ``end`` lies before ``start``.

    Examples
    --------
    >>> [period.label for period in periods("W", date(2019, 12, 30), date(2020, 1, 7))]
    ['2020-W01', '2020-W02']
    """
    if end < start:
        raise UsageError(
            "start",
            found=str(start),
            expected=f"a day on or before end {end}",
            fix="ranges are half-open, February 2020 is start 2020-02-01 end 2020-03-01",
        )
    if start == end:
        _ordinals(freq, np.array([], dtype=np.int64), week_start)
        return []
    ends = np.array([date_to_day(start), date_to_day(end) - 1])
    first, last = _ordinals(freq, ends, week_start)
    return [_period(freq, number, week_start) for number in range(int(first), int(last) + 1)]


def period_index(
    days: ArrayLike, freq: Frequency, *, week_start: str = "monday"
) -> tuple[Integers, list[Period]]:
    """The period of each local day, as a code into the periods from the first to the last day.

    Parameters
    ----------
    days : array of int64, shape (rows,)
        Local day numbers.
    freq : {"D", "W", "M", "Q", "Y"}
        Days, weeks, months, quarters or years.
    week_start : str
        First day of a week, ``monday`` (ISO) to ``sunday``.

    Returns
    -------
    codes : array of int64, shape (rows,)
        Position in ``periods``.
    periods : list of Period
        Without gaps: a period without a row is there too.

    Raises
    ------
    UnknownNameError
        If ``freq`` or ``week_start`` is none of the known ones.

    Examples
    --------
    >>> codes, months = period_index(np.array([18293, 18321, 18400]), "M")
    >>> codes, [month.label for month in months]
    (array([0, 0, 3]), ['2020-02', '2020-03', '2020-04', '2020-05'])
    """
    numbers = np.asarray(days, dtype=np.int64)
    ordinals = _ordinals(freq, numbers, week_start)
    if numbers.size == 0:
        return ordinals, []
    first, last = int(ordinals.min()), int(ordinals.max())
    return ordinals - first, [_period(freq, number, week_start) for number in range(first, last + 1)]


def _ordinals(freq: str, days: Integers, week_start: str) -> Integers:
    """Number of the period that holds each day, counted from the one of 1970-01-01."""
    if week_start not in WEEKDAYS:
        raise UnknownNameError("week_start", week_start, WEEKDAYS)
    if freq not in FREQUENCIES:
        raise UnknownNameError("freq", freq, FREQUENCIES)
    if freq == "D":
        return days.copy()
    if freq == "W":
        return (days + _THURSDAY - WEEKDAYS.index(week_start)) // 7
    months = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    return np.asarray(months // _MONTHS_OF[freq])


def _period(freq: str, ordinal: int, week_start: str) -> Period:
    """The period of a number of `_ordinals`."""
    start, end = (_first_date(freq, number, week_start) for number in (ordinal, ordinal + 1))
    iso = start.isocalendar()
    label = {
        "D": start.isoformat(),
        "W": f"{iso.year:04d}-W{iso.week:02d}" if week_start == "monday" else start.isoformat(),
        "M": f"{start.year:04d}-{start.month:02d}",
        "Q": f"{start.year:04d}-Q{(start.month + 2) // 3}",
        "Y": f"{start.year:04d}",
    }[freq]
    return Period(label, start, end)


def _first_date(freq: str, ordinal: int, week_start: str) -> date:
    """First day of the period of a number of `_ordinals`."""
    if freq == "D":
        return day_to_date(ordinal)
    if freq == "W":
        return day_to_date(ordinal * 7 - _THURSDAY + WEEKDAYS.index(week_start))
    years, month = divmod(ordinal * _MONTHS_OF[freq], 12)
    return date(1970 + years, month + 1, 1)
