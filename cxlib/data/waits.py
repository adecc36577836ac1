"""Waits on the business clock and against a target: a schedule's day table joined on the local day number."""

from collections.abc import Callable, Collection, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
from sqlglot import exp

from cxlib.data.clock import day_to_date, local_day_number, to_microseconds
from cxlib.data.relations import column, instant_range, local_day, number
from cxlib.data.schedules import Schedule, build_schedule, day_table
from cxlib.data.templates import expression
from cxlib.errors import UnknownNameError

if TYPE_CHECKING:
    from cxlib.data.dataset import Dataset

__all__ = [
    "SCHEDULE_DAYS",
    "USED_UP_US",
    "by_priority",
    "open_at",
    "schedule_name",
    "schedules_of",
    "used_up",
    "with_open_time",
]

SCHEDULE_DAYS: Final = "schedule_days"
USED_UP_US: Final = 3_600_000_000
"""A wait that has used up its whole target is one hour long on the scale of ``first_response_used_up``."""

_MINUTE_US: Final = 60_000_000


def schedules_of(data: "Dataset", *, ahead_days: int = 3) -> list[Schedule]:
    """The schedules that tickets may be on, from before the first ticket to after `as_of`.

    Parameters
    ----------
    data : Dataset
        Its settings declare them; where tickets name none, only that of ``schedule`` is needed.
    ahead_days : int
        How far past `as_of` they reach.

    Raises
    ------
    UnknownNameError
        If the schedule of cxlib.toml is none that it declares.
    """
    settings = data.settings
    if settings.schedule is not None and settings.schedule not in settings.schedules:
        raise UnknownNameError("cxlib.toml, schedule", settings.schedule, settings.schedules)
    first, _ = instant_range(data, "tickets", "created_at")
    low, high = local_day_number([first, to_microseconds(data.as_of)], "UTC")
    start, end = (
        day_to_date(int(low)) - timedelta(days=2),
        day_to_date(int(high)) + timedelta(days=ahead_days),
    )
    named = {
        name: spec
        for name, spec in settings.schedules.items()
        if data.has("tickets", "schedule") or name == settings.schedule
    }
    zone = settings.zone
    return [build_schedule(name, spec, start=start, end=end, zone=zone) for name, spec in named.items()]


def open_at(instant: str) -> str:
    """The column with the open time from the start of the schedule to an instant: F(t).

    Examples
    --------
    >>> open_at("first_response_stop")
    'open at first_response_stop'
    """
    return f"open at {instant}"


def with_open_time(
    data: "Dataset", source: str, instants: Collection[str]
) -> tuple[exp.Select, dict[str, pa.Table]]:
    """The rows of a query with F(t) of some of their instants, and the day table that it reads.

    NULL where a ticket has no schedule, and where the instant is missing: never 0.

    Parameters
    ----------
    data : Dataset
        Names the schedule of tickets that name none.
    source : str
        Query with the instants and, where tickets have one, the column schedule.
    instants : collection of str
        Columns with microseconds, from the first ticket to `as_of`.

    Raises
    ------
    UnknownNameError
        If the schedule of cxlib.toml is none that it declares.
    """
    query = exp.select(exp.Column(this=exp.Star(), table=exp.to_identifier("w"))).from_(
        exp.alias_(exp.to_table(source), "w", table=True)
    )
    schedules = schedules_of(data)
    if not schedules:
        empty = [
            exp.alias_(expression("CAST(NULL AS BIGINT)"), open_at(name), quoted=True) for name in instants
        ]
        return query.select(*empty), {}
    days = _schedule_days(schedules)
    pairs = sum(1 for field in days.column_names if field.startswith("o"))
    for i, name in enumerate(sorted(instants)):
        alias = f"d{i}"
        on = _same_day(data, schedules, column(name, "w"), alias)
        query = query.select(
            exp.alias_(_open_time(column(name, "w"), alias, pairs), open_at(name), quoted=True)
        )
        query = query.join(
            exp.alias_(exp.to_table(SCHEDULE_DAYS), alias, table=True), on=on, join_type="left"
        )
    return query, {SCHEDULE_DAYS: days}


def schedule_name(data: "Dataset", owner: str) -> exp.Expr:
    """The name of a row's schedule: its own, else that of cxlib.toml."""
    default = data.settings.schedule
    if not data.has("tickets", "schedule"):
        return exp.null() if default is None else exp.Literal.string(default)
    own = column("schedule", owner)
    return own if default is None else exp.func("COALESCE", own, exp.Literal.string(default))


def _schedule_days(schedules: Collection[Schedule]) -> pa.Table:
    """The open time of every schedule by local day: schedule, day, cum, o1, l1, …, microseconds."""
    parts = []
    for schedule in schedules:
        days = pa.Table.from_pandas(day_table(schedule), preserve_index=False)
        parts.append(days.append_column("schedule", pa.array([schedule.name] * len(days), pa.string())))
    return pa.concat_tables(parts, promote_options="default")


def _same_day(data: "Dataset", schedules: Collection[Schedule], instant: exp.Expr, alias: str) -> exp.Expr:
    """The row of the day table for an instant: by day alone where there is but one schedule."""
    last = to_microseconds(data.as_of)
    first, _ = instant_range(data, "tickets", "created_at")
    days = {schedule.zone: local_day(instant, schedule.zone, first, last) for schedule in schedules}
    if not data.has("tickets", "schedule"):
        return exp.EQ(this=column("day", alias), expression=next(iter(days.values())))
    name = schedule_name(data, "w")
    case = exp.Case()
    for schedule in schedules:
        own = exp.EQ(this=name.copy(), expression=exp.Literal.string(schedule.name))
        case = case.when(own, days[schedule.zone].copy())
    day = case if len(days) > 1 else next(iter(days.values()))
    return exp.and_(
        exp.EQ(this=column("schedule", alias), expression=name),
        exp.EQ(this=column("day", alias), expression=day),
    )


def _open_time(instant: exp.Expr, alias: str, pairs: int) -> exp.Expr:
    """F(t) = cum + Σ greatest(0, least(t − o, l))."""
    total: exp.Expr = column("cum", alias)
    for k in range(1, pairs + 1):
        # a schedule with fewer intervals a day than another has no o and l here: 0, and GREATEST and LEAST
        # skip a NULL instead of passing it on
        part = expression(
            "CASE WHEN :length IS NULL THEN 0 ELSE GREATEST(0, LEAST(:instant - :begin, :length)) END",
            instant=instant,
            begin=column(f"o{k}", alias),
            length=column(f"l{k}", alias),
        )
        total = exp.Add(this=total, expression=part)
    return total


def used_up(target: Mapping[str, Any], wait: exp.Expr) -> exp.Expr:
    """The wait as a share of the ticket's own target, on a scale on which the whole target is one hour.

    NULL where a ticket has no target. A wait of exactly the target is within it.

    Parameters
    ----------
    target : mapping
        ``minutes`` by priority, ``default`` for the others.
    wait : sqlglot Expr
        The wait on the target's clock, microseconds.
    """
    return by_priority(target, lambda minutes: _scaled(wait.copy(), minutes))


def by_priority(target: Mapping[str, Any], value: Callable[[float], exp.Expr]) -> exp.Expr:
    """What belongs to the minutes of a ticket's priority; NULL where it has no target.

    Parameters
    ----------
    target : mapping
        ``minutes`` by priority, ``default`` for the others.
    value : callable
        From minutes to what is wanted.
    """
    minutes = dict(target["minutes"])
    others = minutes.pop("default", None)
    if not minutes:
        return value(float(others)) if others is not None else exp.null()
    case = exp.Case()
    for priority, limit in sorted(minutes.items()):
        own = exp.EQ(this=column("priority"), expression=exp.Literal.string(priority))
        case = case.when(own, value(float(limit)))
    return case if others is None else case.else_(value(float(others)))


def _scaled(wait: exp.Expr, minutes: float) -> exp.Expr:
    """The wait times an hour over the target, held on its side of the hour whatever rounding does."""
    if minutes == 0:
        return _all_or_nothing(wait)
    limit = number(minutes * _MINUTE_US)
    factor = exp.cast(exp.Literal.string(repr(USED_UP_US / (minutes * _MINUTE_US))), "DOUBLE")
    scaled = exp.Mul(this=exp.cast(wait, "DOUBLE"), expression=factor)
    within = exp.LTE(this=wait.copy(), expression=limit)
    edge = number(USED_UP_US)
    return (
        exp.Case()
        .when(exp.Is(this=wait.copy(), expression=exp.null()), exp.null())
        .when(within, exp.func("LEAST", scaled, edge))
        .else_(exp.func("GREATEST", scaled.copy(), number(USED_UP_US + 1)))
    )


def _all_or_nothing(wait: exp.Expr) -> exp.Expr:
    """Against a target of no time at all: within it, or past it."""
    text = "CASE WHEN :wait <= 0 THEN :edge WHEN :wait > 0 THEN :edge + 1 END"
    return expression(text, wait=wait, edge=number(USED_UP_US))
