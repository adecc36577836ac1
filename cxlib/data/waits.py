"""Waits on the business clock and against a target: a schedule's day table joined on the local day number."""

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
from sqlglot import exp

from cxlib.data.clock import day_to_date, local_day_number, to_microseconds
from cxlib.data.relations import column, instant_range, local_day, number
from cxlib.data.schedules import Schedule, build_schedule, day_table
from cxlib.errors import UnknownNameError

if TYPE_CHECKING:
    from cxlib.data.dataset import Dataset

__all__ = ["SCHEDULE_DAYS", "USED_UP_US", "business_waits", "schedule_days", "used_up"]

SCHEDULE_DAYS: Final = "schedule_days"
USED_UP_US: Final = 3_600_000_000
"""A wait that has used up its whole target is one hour long on the scale of ``first_response_used_up``."""

_MINUTE_US: Final = 60_000_000


def schedule_days(data: "Dataset") -> pa.Table:
    """The open time of every schedule by local day: schedule, day, cum, o1, l1, …, microseconds.

    Parameters
    ----------
    data : Dataset
        Its settings declare the schedules; days run from its first ticket to `as_of`.
    """
    parts = [_named(schedule) for schedule in _schedules(data)]
    return pa.concat_tables(parts, promote_options="default")


def _schedules(data: "Dataset") -> list[Schedule]:
    first, _ = instant_range(data, "tickets", "created_at")
    low, high = local_day_number([first, to_microseconds(data.as_of)], "UTC")
    start, end = day_to_date(int(low)) - timedelta(days=2), day_to_date(int(high)) + timedelta(days=3)
    named = data.settings.schedules.items()
    return [build_schedule(name, spec, start=start, end=end, zone=data.settings.zone) for name, spec in named]


def _named(schedule: Schedule) -> pa.Table:
    days = pa.Table.from_pandas(day_table(schedule), preserve_index=False)
    return days.append_column("schedule", pa.array([schedule.name] * len(days), pa.string()))


def business_waits(data: "Dataset", days: pa.Table) -> exp.Select:
    """The rows of waits with ``first_response_business_wait``: open time between start and stop.

    NULL where a ticket has no schedule: never 0.

    Parameters
    ----------
    data : Dataset
        Names the schedule of tickets that name none.
    days : pyarrow.Table
        From `schedule_days`.

    Raises
    ------
    UnknownNameError
        If the schedule of cxlib.toml is none that it declares.
    """
    default = data.settings.schedule
    if default is not None and default not in data.settings.schedules:
        raise UnknownNameError("cxlib.toml, schedule", default, data.settings.schedules)
    own = column("schedule", "w")
    name = own if default is None else exp.func("COALESCE", own, exp.Literal.string(default))
    pairs = sum(1 for field in days.column_names if field.startswith("o"))
    wait = exp.Sub(this=_open_time("stop", pairs), expression=exp.Paren(this=_open_time("start", pairs)))
    query = exp.select(
        exp.Column(this=exp.Star(), table=exp.to_identifier("w")),
        exp.alias_(wait, "first_response_business_wait", quoted=True),
    ).from_(exp.alias_(exp.to_table("waits"), "w", table=True))
    for end in ("start", "stop"):
        instant = column(f"first_response_{end}", "w")
        on = exp.and_(
            exp.EQ(this=column("schedule", end), expression=name.copy()),
            exp.EQ(this=column("day", end), expression=_schedule_day(data, name, instant)),
        )
        query = query.join(exp.alias_(exp.to_table(SCHEDULE_DAYS), end, table=True), on=on, join_type="left")
    return query


def _open_time(end: str, pairs: int) -> exp.Expr:
    """F(t) = cum + Σ greatest(0, least(t − o, l))."""
    total: exp.Expr = column("cum", end)
    for k in range(1, pairs + 1):
        past = exp.Sub(this=column(f"first_response_{end}", "w"), expression=column(f"o{k}", end))
        part = exp.func("GREATEST", number(0), exp.func("LEAST", past, column(f"l{k}", end)))
        # a schedule with fewer intervals a day than another has no o and l here: 0, not the other's
        total = exp.Add(
            this=total, expression=exp.func("COALESCE", _where_known(part, column(f"l{k}", end)), number(0))
        )
    return total


def _where_known(part: exp.Expr, length: exp.Expr) -> exp.Expr:
    """NULL where the length is: GREATEST and LEAST skip a NULL instead of passing it on."""
    return exp.Case().when(exp.not_(exp.Is(this=length, expression=exp.null())), part)


def _schedule_day(data: "Dataset", name: exp.Expr, instant: exp.Expr) -> exp.Expr:
    """The local day of an instant in the zone of its schedule."""
    first, _ = instant_range(data, "tickets", "created_at")
    case = exp.Case()
    for schedule in _schedules(data):
        day = local_day(instant.copy(), schedule.zone, first, to_microseconds(data.as_of))
        case = case.when(exp.EQ(this=name.copy(), expression=exp.Literal.string(schedule.name)), day)
    return case


def used_up(target: Mapping[str, Any], wait: str, source: str) -> exp.Select:
    """The rows of a query with ``first_response_used_up``: the wait as a share of the ticket's own target.

    On a scale on which the whole target is one hour; NULL where a ticket has no target. A wait of exactly the
    target is within it.

    Parameters
    ----------
    target : mapping
        ``minutes`` by priority, ``default`` for the others.
    wait : str
        Column with the wait on the target's clock.
    source : str
        Query with the rows.
    """
    minutes = dict(target["minutes"])
    others = minutes.pop("default", None)
    case = exp.Case()
    for priority, limit in sorted(minutes.items()):
        own = exp.EQ(this=column("priority"), expression=exp.Literal.string(priority))
        case = case.when(own, _scaled(column(wait), float(limit)))
    if others is not None:
        case = case.else_(_scaled(column(wait), float(others)))
    value = case if minutes else _scaled(column(wait), float(others or 0))
    return exp.select(exp.Star(), exp.alias_(value, "first_response_used_up", quoted=True)).from_(
        exp.to_table(source)
    )


def _scaled(wait: exp.Expr, minutes: float) -> exp.Expr:
    """The wait times an hour over the target, held on its side of the hour whatever rounding does."""
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
