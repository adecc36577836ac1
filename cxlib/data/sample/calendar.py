"""When things happen: the school year, the week, holidays, growth, and the local clock.

The company lives on local wall time, whole seconds since 1970-01-01 as a clock in Chicago shows them; only
what is written out is UTC. A day is the number of days since 1970-01-01 (a Thursday).
"""

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = [
    "DAY",
    "DAYS",
    "END",
    "START",
    "ZONE",
    "Floats",
    "Ints",
    "contact_season",
    "day_of",
    "holiday",
    "instants",
    "iso_days",
    "later",
    "lesson_season",
    "local_times",
    "send_weight",
    "stream",
    "wall",
    "weekday",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ZONE = "America/Chicago"
DAY = 86_400

_LESSON_WEEK = np.array([1.15, 1.2, 1.2, 1.1, 0.7, 0.65, 1.0])
_CONTACT_WEEK = np.array([1.28, 1.16, 1.1, 1.04, 0.92, 0.65, 0.85])
_SEND_WEEK = np.array([0.95, 1.3, 1.3, 1.25, 1.0, 0.55, 0.65])

# Lessons by month, January first, about the year's mean: exams in autumn and spring, long summer holidays.
_LESSON_MONTHS = np.array([1.06, 1.1, 1.06, 1.1, 1.04, 0.76, 0.66, 0.78, 1.02, 1.14, 1.12, 0.98])
# Learners write most when a school year begins, and at new year when plans renew.
_CONTACT_MONTHS = np.array([1.1, 1.03, 1.0, 1.0, 0.98, 0.84, 0.78, 0.98, 1.18, 1.1, 1.02, 0.92])

# (first month-day, last month-day, factor of that day's lessons and contacts)
_HOLIDAYS = (
    ("12-22", "12-23", 0.7),
    ("12-24", "12-26", 0.35),
    ("12-27", "12-30", 0.6),
    ("12-31", "12-31", 0.45),
    ("01-01", "01-01", 0.35),
    ("01-02", "01-02", 0.8),
    ("07-03", "07-05", 0.6),
)
_THANKSGIVING = {2017: "11-23", 2018: "11-22", 2019: "11-28"}


def day_of(text: str) -> int:
    """Day number of an ISO date.

    Examples
    --------
    >>> day_of("1970-01-08")
    7
    """
    return date.fromisoformat(text).toordinal() - date(1970, 1, 1).toordinal()


START = day_of("2017-07-01")
END = day_of("2020-07-01")
DAYS: Ints = np.arange(START, END, dtype=np.int64)


def wall(text: str) -> int:
    """Seconds of local wall time, from ``2020-02-04 09:24``.

    Examples
    --------
    >>> wall("1970-01-01 01:30")
    5400
    """
    day, clock = text.split()
    hours, minutes = clock.split(":")
    return day_of(day) * DAY + int(hours) * 3600 + int(minutes) * 60


def weekday(days: Ints) -> Ints:
    """Day of the week, Monday 0.

    Examples
    --------
    >>> weekday(np.array([0, 4])).tolist()
    [3, 0]
    """
    return (days + 3) % 7


def _by_year_day(days: Ints, months: Floats) -> Floats:
    """Factors of twelve months, joined smoothly through the middle of each month."""
    moment = pd.DatetimeIndex(days.astype("datetime64[D]"))
    middles = np.array([15, 45, 74, 105, 135, 166, 196, 227, 258, 288, 319, 349], dtype=np.float64)
    return np.interp(np.asarray(moment.day_of_year, dtype=np.float64), middles, months, period=365.25)


def holiday(days: Ints) -> Floats:
    """Factor of a day's business for holidays; 1 on ordinary days."""
    names = np.datetime_as_string(days.astype("datetime64[D]"))
    month_day = np.array([name[5:] for name in names])
    factor = np.ones(len(days))
    for first, last, size in _HOLIDAYS:
        factor[(month_day >= first) & (month_day <= last)] = size
    for year, first in _THANKSGIVING.items():
        thursday = day_of(f"{year}-{first}")
        factor[(days >= thursday) & (days <= thursday + 1)] = 0.45
        factor[(days == thursday - 1) | (days == thursday + 2)] = 0.75
    return factor


def lesson_season(days: Ints) -> Floats:
    """Expected lessons of a learner and day, relative to the year's mean."""
    week: Floats = _LESSON_WEEK[weekday(days)]
    return _by_year_day(days, _LESSON_MONTHS) * week * holiday(days)


def contact_season(days: Ints) -> Floats:
    """Expected contacts of a learner and day, relative to the year's mean."""
    week: Floats = _CONTACT_WEEK[weekday(days)]
    return _by_year_day(days, _CONTACT_MONTHS) * week * holiday(days)


def send_weight(days: Ints) -> Floats:
    """How eagerly surveys go out on a day: hardly at weekends and holidays."""
    week: Floats = _SEND_WEEK[weekday(days)]
    return week * holiday(days)


def instants(walls: Ints, *, missing: NDArray[np.bool_] | None = None) -> NDArray[np.str_]:
    """UTC instants as text, ``2020-02-04T15:24:00Z``, from local wall seconds; blank where missing."""
    index = pd.DatetimeIndex(walls.astype("datetime64[s]"))
    # An hour that occurs twice is read as its first pass; one that does not occur is the next full hour.
    twice = np.ones(len(walls), dtype=np.bool_)
    utc = (
        index.tz_localize(ZONE, ambiguous=twice, nonexistent="shift_forward")
        .tz_convert("UTC")
        .tz_localize(None)
    )
    text = np.char.add(np.datetime_as_string(utc.to_numpy(), unit="s"), "Z")
    return text if missing is None else np.where(missing, "", text)


def later(texts: Sequence[str], days: Floats) -> tuple[NDArray[np.str_], NDArray[np.bool_]]:
    """Instants so many days after those of `instants`, and whether they lie before the data's end.

    Examples
    --------
    >>> at, in_time = later(["2020-06-30T12:00:00Z"], np.array([1.5]))
    >>> str(at[0]), bool(in_time[0])
    ('2020-07-02T00:00:00Z', False)
    """
    end = str(instants(np.array([END * DAY]))[0])
    seconds = np.array([text[:-1] for text in (*texts, end)], dtype="datetime64[s]").astype(np.int64)
    after = seconds[:-1] + (days * DAY).astype(np.int64)
    return np.char.add(np.datetime_as_string(after.astype("datetime64[s]"), unit="s"), "Z"), after < seconds[
        -1
    ]


def local_times(texts: "pd.Series[str]") -> "pd.Series[pd.Timestamp]":
    """Local wall times of UTC instants; missing where the text is none."""
    moments = pd.to_datetime(texts, utc=True, errors="coerce", format="ISO8601")
    return moments.dt.tz_convert(ZONE).dt.tz_localize(None)


def iso_days(days: Ints) -> NDArray[np.str_]:
    """ISO dates as text."""
    return np.datetime_as_string(days.astype("datetime64[D]"))


def stream(seed: int, name: str) -> np.random.Generator:
    """A generator for one part of the company, so that a new part leaves the others as they were."""
    return np.random.default_rng([seed, *name.encode()])
