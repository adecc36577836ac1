"""Business hours: open time as a function of the instant, its inverse, and as a day table for SQL.

``F(t)`` is the open time of a schedule from the start of its range to t. A business duration is F(t1) - F(t0)
and a deadline is the instant at which F has grown by the target. F is piecewise linear: open intervals in
UTC, a cumulative sum, one binary search. All times are microseconds (int64).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from cxlib import text
from cxlib.data.clock import (
    DAY_US,
    Integers,
    date_to_day,
    day_bounds_us,
    from_microseconds,
    wall_to_us,
    zone_of,
)
from cxlib.data.opening_hours import holiday_days, weekly_minutes
from cxlib.errors import CxError, UsageError

__all__ = ["Schedule", "build_schedule", "day_table", "instant_at", "open_between", "open_time"]

NEVER = np.iinfo(np.int64).min
"""Numpy's not-a-time: an instant that does not come within the range of the schedule."""

_MINUTE_US = 60_000_000


@dataclass(frozen=True, eq=False, slots=True)
class Schedule:
    """The open intervals of a schedule within a range of days.

    Parameters
    ----------
    name, zone : str
        As cxlib.toml says them.
    start, end : date
        Local days covered, half-open.
    opens, closes : array of int64, shape (intervals,)
        Microseconds UTC, ascending, disjoint, not touching.
    bounds : tuple of int
        First instant covered and the one after the last.
    """

    name: str
    zone: str
    start: date
    end: date
    opens: Integers
    closes: Integers
    bounds: tuple[int, int]


def build_schedule(
    name: str, spec: Mapping[str, object], *, start: date, end: date, zone: str | None = None
) -> Schedule:
    """Turn the wall hours of ``[schedules.NAME]`` into open intervals, day by day.

    24:00 may end an interval; one that ends before it begins ends on the next day and belongs to the day it
    starts. A holiday closes what starts on it. Overlaps are joined. A wall time in a spring gap moves forward
    by the gap; of one that comes twice in autumn the first counts. A day that the zone left out has none.

    Parameters
    ----------
    name : str
        Name of the schedule.
    spec : mapping
        ``zone``, ``hours`` (day name -> list of ``HH:MM-HH:MM``), ``holidays`` (dates).
    start, end : date
        Local days to cover, half-open: from before the earliest start to after the latest deadline.
    zone : str, optional
        Zone where the schedule names none.

    Raises
    ------
    ConfigError
        If the zone, an interval or a holiday is none.
    UnknownNameError
        If a day has another name than mon to sun.

    Examples
    --------
    >>> week = {"zone": "UTC", "hours": {"mon": ["09:00-12:00", "11:00-17:00"]}}
    >>> support = build_schedule("support", week, start=date(2020, 2, 1), end=date(2020, 3, 1))
    >>> ((support.closes - support.opens) // 3_600_000_000).tolist()
    [8, 8, 8, 8]
    """
    where = f"cxlib.toml, schedules.{name}"
    named = str(spec.get("zone") or zone or "")
    zone_of(named, where=f"{where}.zone")
    hours = weekly_minutes(spec.get("hours", {}), where=where)
    closed = holiday_days(spec.get("holidays", ()), where=where)
    first, last = date_to_day(start), date_to_day(end)
    days = np.arange(first - 1, last, dtype=np.int64)  # the night before may reach into the first day
    begins, ends = day_bounds_us(days, named)
    days = days[(begins < ends) & ~np.isin(days, closed)]
    walls = [
        days[(days + 3) % 7 == weekday, None] * DAY_US + np.array(minutes, dtype=np.int64) * _MINUTE_US
        for weekday, intervals in hours.items()
        for minutes in intervals
    ]
    wall = np.concatenate(walls) if walls else np.empty((0, 2), dtype=np.int64)
    instants = wall_to_us(wall, named)
    left, right = day_bounds_us(np.array([first, last]), named)[0]
    opens, closes = _joined(np.clip(instants, left, right))
    return Schedule(name, named, start, end, opens, closes, (int(left), int(right)))


def open_time(schedule: Schedule, us: ArrayLike) -> Integers:
    """F(t): open time from the start of the schedule's range to each instant.

    Parameters
    ----------
    schedule : Schedule
        What is open when.
    us : array of int64
        Microseconds UTC, inside the range that the schedule was built for (its end included).

    Returns
    -------
    open_us : array of int64, same shape
        Microseconds, non-decreasing in ``us``.

    Raises
    ------
    CxError
        If an instant lies outside the range: F is not known there.

    Examples
    --------
    >>> week = {"zone": "UTC", "hours": {"mon": ["09:00-17:00"]}}
    >>> support = build_schedule("support", week, start=date(2020, 2, 3), end=date(2020, 2, 10))
    >>> noon_and_night = support.bounds[0] + np.array([12, 23]) * 3_600_000_000
    >>> open_time(support, noon_and_night) // 3_600_000_000
    array([3, 8])
    """
    instants = np.asarray(us, dtype=np.int64)
    outside = (instants < schedule.bounds[0]) | (instants > schedule.bounds[1])
    if outside.any():
        raise CxError(
            f"schedule {text.quote(schedule.name)}",
            found=from_microseconds(int(instants[outside].flat[0])).isoformat(),
            expected=f"an instant from {schedule.start} to before {schedule.end}",
            fix="build the schedule for a longer range of days",
            more=int(outside.sum()) - 1,
        )
    if schedule.opens.size == 0:
        return np.zeros_like(instants)
    before = _open_before(schedule)
    at = np.searchsorted(schedule.opens, instants, side="right") - 1
    inside = np.minimum(instants, schedule.closes[at]) - schedule.opens[at]
    return np.where(at < 0, 0, before[at] + inside)


def open_between(schedule: Schedule, start_us: ArrayLike, end_us: ArrayLike) -> Integers:
    """Business duration: F(end) - F(start), microseconds.

    Raises
    ------
    CxError
        If an instant lies outside the schedule's range.

    Examples
    --------
    >>> week = {"zone": "UTC", "hours": {"mon": ["09:00-17:00"]}}
    >>> support = build_schedule("support", week, start=date(2020, 2, 3), end=date(2020, 2, 10))
    >>> hours = support.bounds[0] + np.array([10, 30]) * 3_600_000_000
    >>> open_between(support, hours[0], hours[1]) // 3_600_000_000
    np.int64(7)
    """
    return np.asarray(open_time(schedule, end_us) - open_time(schedule, start_us))[()]


def instant_at(schedule: Schedule, open_us: ArrayLike) -> Integers:
    """The inverse of F: the earliest instant by which so much open time has passed.

    Parameters
    ----------
    schedule : Schedule
        What is open when.
    open_us : array of int64
        Microseconds of open time from the start of the range, such as F(start) + target.

    Returns
    -------
    us : array of int64, same shape
        Microseconds UTC. A target that is used up exactly at closing time ends at closing time. Where the
        range does not hold so much open time: numpy's not-a-time, ``.view("datetime64[us]")`` shows NaT.

    Raises
    ------
    UsageError
        If an open time is below 0.

    Examples
    --------
    >>> week = {"zone": "UTC", "hours": {"mon": ["09:00-17:00"]}}
    >>> support = build_schedule("support", week, start=date(2020, 2, 3), end=date(2020, 2, 17))
    >>> late = instant_at(support, np.array([3, 9, 40]) * 3_600_000_000)
    >>> late.view("datetime64[us]").astype("datetime64[h]").astype(str).tolist()
    ['2020-02-03T12', '2020-02-10T10', 'NaT']
    """
    wanted = np.asarray(open_us, dtype=np.int64)
    if (wanted < 0).any():
        raise UsageError(
            "open time", found=f"{int(wanted.min())} µs", expected="0 or more", fix="start inside the range"
        )
    before = _open_before(schedule)
    total = before[-1]
    if total == 0:
        return np.full_like(wanted, NEVER)
    at = np.maximum(np.searchsorted(before[:-1], wanted, side="left") - 1, 0)
    return np.where(wanted > total, NEVER, schedule.opens[at] + (wanted - before[at]))


def day_table(schedule: Schedule) -> pd.DataFrame:
    """The schedule as rows to join on the local day number, so that SQL needs no range join.

    ``F(t) = cum + Σ greatest(0, least(t - oK, lK))`` over the pairs of the day that is shown at t.

    Returns
    -------
    table : DataFrame
        day (local day number), cum (F at the first instant of the day), then o1, l1, o2, l2 … (start and
        length of the intervals, split at local midnight; 0, 0 where a day has fewer). int64, microseconds.

    Examples
    --------
    >>> week = {"zone": "UTC", "hours": {"mon": ["09:00-17:00"]}}
    >>> support = build_schedule("support", week, start=date(2020, 2, 3), end=date(2020, 2, 5))
    >>> (day_table(support)[["cum", "l1"]] // 3_600_000_000).values.tolist()
    [[0, 8], [8, 0]]
    """
    days = np.arange(date_to_day(schedule.start), date_to_day(schedule.end), dtype=np.int64)
    first, end = day_bounds_us(days, schedule.zone)
    shown = first < end
    days, first, end = days[shown], first[shown], end[shown]
    columns = {"day": days, "cum": open_time(schedule, first)}
    begin = np.searchsorted(schedule.closes, first, side="right")
    count = np.searchsorted(schedule.opens, end, side="left") - begin
    for k in range(max(int(count.max(initial=0)), 1)):
        columns[f"o{k + 1}"], columns[f"l{k + 1}"] = np.zeros_like(days), np.zeros_like(days)
        has = count > k
        at = begin[has] + k
        opens = np.maximum(schedule.opens[at], first[has])
        columns[f"o{k + 1}"][has] = opens
        columns[f"l{k + 1}"][has] = np.minimum(schedule.closes[at], end[has]) - opens
    return pd.DataFrame(columns)


def _open_before(schedule: Schedule) -> Integers:
    """Open time before each interval, and in all."""
    return np.concatenate([[0], np.cumsum(schedule.closes - schedule.opens)]).astype(np.int64)


def _joined(intervals: Integers) -> tuple[Integers, Integers]:
    """Sorted, disjoint intervals of those that may overlap or touch; empty ones fall out."""
    kept = intervals[intervals[:, 0] < intervals[:, 1]]
    kept = kept[np.argsort(kept[:, 0], kind="stable")]
    if kept.size == 0:
        return kept[:, 0], kept[:, 1]
    reach = np.maximum.accumulate(kept[:, 1])
    starts = np.concatenate([[True], kept[1:, 0] > reach[:-1]])
    return kept[starts, 0], reach[np.concatenate([np.flatnonzero(starts)[1:] - 1, [len(kept) - 1]])]
