"""Faults of dates: dates of writing, days without an hour, times without any change, plans."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any, Final

import numpy as np

from cxlib.changes.log.remarks import Remark, Reviewed, named
from cxlib.changes.log.rows import LogRow
from cxlib.data.schema import TABLES
from cxlib.text import format_count, format_day, join_words, plural

__all__ = ["Gap", "batch_dated", "date_only", "find_gaps", "future", "gap"]

_AT_ONCE, _OCCASIONS = 5, 3
_MOST_OF_ONE: Final = 0.8
_QUARTER: Final = timedelta(days=92)
_LEAST_ROWS, _LEAST_IN_QUARTER = 12, 6  # below them a habit cannot be told from chance
_VERSION: Final = re.compile(r"\bv?\d+(?:\.\d+)+\b")
_VERSIONS: Final = 3
_SHORTEST_GAP, _FACTOR, _LONG_GAP = 14.0, 3.0, 45.0
_MOST_SHOWN: Final = 3

Batches = dict[Any, list[LogRow]]


def batch_dated(log: Reviewed) -> Iterator[Remark]:
    """Rows dated together: when they were written down, it seems, not when they were released."""
    found = {
        "at one instant": _at_one_instant(log),
        "at one weekday and minute": _at_one_habit(log),
        "on one day, versions that cannot all have come then": _versions_of_a_day(log),
    }
    how = [words for words, batches in found.items() if batches]
    batches = [batch for one in found.values() for batch in one.values()]
    rows = list({row.change_id: row for batch in batches for row in batch}.values())
    apart = _apart(log, rows) if rows else 0
    if all((row.uncertain_days or 0) >= apart for row in rows):
        return
    ids = tuple(row.change_id for row in sorted(rows, key=lambda row: row.released_at))
    mixed = all(len({row.component for row in batch}) > 1 for batch in batches)
    yield Remark(
        "batch_dated",
        "red" if mixed else "yellow",
        ids,
        len(ids),
        f"{plural(len(ids), 'row')} dated {join_words(how)} ({named(ids)})",
        "dates of writing put a change after what it did, where it is taken for innocent",
        "is this a release train? Then leave it. If not, write the true instants, or "
        f"uncertain_days = {apart}",
    )


def _at_one_instant(log: Reviewed) -> Batches:
    """Five and more at one instant, three times and more."""
    by_instant: Batches = defaultdict(list)
    for row in log.rows:
        by_instant[row.released_at].append(row)
    found = {at: rows for at, rows in by_instant.items() if len(rows) >= _AT_ONCE}
    return found if len(found) >= _OCCASIONS else {}


def _at_one_habit(log: Reviewed) -> Batches:
    """Four fifths of a quarter's rows at one weekday and minute."""
    if len(log.rows) < _LEAST_ROWS:
        return {}
    habits = [
        (wall.weekday(), wall.hour, wall.minute) for wall in (log.local(row.released_at) for row in log.rows)
    ]
    counts: Counter[tuple[int, int, int]] = Counter()
    kept: dict[str, LogRow] = {}
    first = 0
    for last, row in enumerate(log.rows):
        counts[habits[last]] += 1
        while row.released_at - log.rows[first].released_at >= _QUARTER:
            counts[habits[first]] -= 1
            first += 1
        habit, most = counts.most_common(1)[0]
        rows = last - first + 1
        if rows >= _LEAST_IN_QUARTER and most >= _MOST_OF_ONE * rows:
            kept |= {log.rows[i].change_id: log.rows[i] for i in range(first, last + 1) if habits[i] == habit}
    by_day: Batches = defaultdict(list)
    for row in kept.values():
        by_day[row.released_at].append(row)
    return dict(by_day)


def _versions_of_a_day(log: Reviewed) -> Batches:
    """Three and more versions of one thing on one day."""
    by_day: dict[tuple[date, str, str], dict[str, LogRow]] = defaultdict(dict)
    for row in log.rows:
        version = _VERSION.search(row.title)
        if version:
            stem = row.title[: version.start()].strip().casefold()
            by_day[(log.local(row.released_at).date(), row.component, stem)][version[0]] = row
    return {key: list(rows.values()) for key, rows in by_day.items() if len(rows) >= _VERSIONS}


def _apart(log: Reviewed, rows: Sequence[LogRow]) -> int:
    """Median days between batches; of a single batch, the days since the change before it."""
    days = sorted({log.local(row.released_at).toordinal() for row in rows})
    if len(days) > 1:
        return max(int(np.ceil(np.median(np.diff(days)))), 1)
    before = [log.local(row.released_at).toordinal() for row in log.rows]
    return days[0] - max((day for day in before if day < days[0]), default=days[0] - 1)


def date_only(log: Reviewed) -> Iterator[Remark]:
    """Local midnight, taken for exact."""
    ids = tuple(row.change_id for row in log.rows if not row.uncertain_days and _is_midnight(log, row))
    if ids:
        yield Remark(
            "date_only",
            "yellow",
            ids,
            len(ids),
            f"{plural(len(ids), 'row')} at local midnight without uncertain_days ({named(ids)})",
            "a day without an hour is taken for an exact instant, hours before the release",
            "write the instant, or uncertain_days = 1",
        )


def _is_midnight(log: Reviewed, row: LogRow) -> bool:
    wall = log.local(row.released_at)
    return (wall.hour, wall.minute, wall.second, wall.microsecond) == (0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Gap:
    """A time without any change.

    Parameters
    ----------
    start, end : date
        Local days of the changes round it; `end` may be that of the data.
    days : float
        Its length, holidays left out.
    usual : float
        What would still be usual.
    change_ids : tuple of str
        The changes round it.
    """

    start: date
    end: date
    days: float
    usual: float
    change_ids: tuple[str, ...]


def find_gaps(log: Reviewed) -> tuple[Gap, ...]:
    """Times without a change that are longer than those before them let expect."""
    stops = [(row.released_at, row.change_id) for row in log.rows]
    end = _end_of_data(log)
    if stops and end > stops[-1][0]:
        stops.append((end, ""))
    holidays = _holidays(log)
    earlier: list[float] = []
    found = []
    for (before, first), (after, second) in pairwise(stops):
        start, stop = log.local(before).date(), log.local(after).date()
        closed = sum(start < day < stop for day in holidays)
        days = (after - before).total_seconds() / 86_400 - closed
        usual = max(_SHORTEST_GAP, _FACTOR * float(np.percentile(earlier, 95)) if earlier else 0.0)
        if days > usual:
            found.append(Gap(start, stop, days, usual, tuple(one for one in (first, second) if one)))
        earlier.append(days)
    return tuple(found)


def _end_of_data(log: Reviewed) -> datetime:
    """How far the other tables go."""
    data = log.data
    others = [name for name in data.checks if name != "changes" and name in TABLES and not TABLES[name].quiet]
    dated = [name for name in others if TABLES[name].basis is not None]
    return max((data.data_through(name) for name in dated), default=data.as_of)


def _holidays(log: Reviewed) -> set[date]:
    told = {
        str(day) for schedule in log.data.settings.schedules.values() for day in schedule.get("holidays", ())
    }
    return {date.fromisoformat(day) for day in told}


def gap(log: Reviewed, unexplained: Sequence[date]) -> Iterator[Remark]:
    """Times without any change; red where they are long, or a shift in them has no explanation."""
    gaps = find_gaps(log)
    if not log.rows:
        yield Remark(
            "gap",
            "red",
            (),
            1,
            "no change at all",
            "no release can be named",
            "write the next one with cxlib log add, and bring older ones in with cxlib log import",
        )
    if not gaps:
        return
    worst = any(
        one.days > _LONG_GAP or any(one.start <= day < one.end for day in unexplained) for one in gaps
    )
    shown = "; ".join(
        f"{format_count(one.days)} days from {format_day(one.start)} to {format_day(one.end)}"
        + (
            f" ({' to '.join(one.change_ids)})"
            if len(one.change_ids) > 1
            else f" (after {one.change_ids[0]})"
        )
        for one in gaps[:_MOST_SHOWN]
    )
    more = len(gaps) - _MOST_SHOWN
    yield Remark(
        "gap",
        "red" if worst else "yellow",
        tuple(dict.fromkeys(change for one in gaps for change in one.change_ids)),
        len(gaps),
        f"no change for {shown}" + (f"; and {plural(more, 'more gap')}" if more > 0 else ""),
        "either nothing was released, or it was not written down: an unlogged cause is likelier there",
        "ask who released something then, and add it",
    )


def future(log: Reviewed) -> Iterator[Remark]:
    """Plans: hidden until their day; those far ahead are in quarantine."""
    ids = tuple(row.change_id for row in log.planned)
    hidden = log.data.checks["changes"].out_of_period if "changes" in log.data.checks else 0
    aside = log.data.quarantine
    dated = (aside["table"] == "changes") & (aside["column"] == "released_at")
    far = aside[dated & (aside["value"] > log.local(log.data.as_of).date().isoformat())]
    last = format_day(log.local(log.data.as_of))
    places = [f"{row['file']} {row['line']}" for row in far.to_dict(orient="records")]
    count = max(len(ids), hidden) + len(places)
    if count:
        yield Remark(
            "future",
            "yellow",
            ids,
            count,
            f"{plural(count, 'row')} after {last} ({named([*ids, *places])})",
            "a plan is no release: it is hidden and can be named for nothing",
            "write the true instant once it is released",
        )
