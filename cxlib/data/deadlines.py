"""The inverse of open time in SQL: at which instant a schedule has been open for so long.

``F`` is piecewise linear, so that its inverse is a search for an interval. Engines join ranges slowly or not
at all, hence buckets: a table has a row for each hour of open time and each interval that reaches into it,
and the hour is joined by equality.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
from sqlglot import exp

from cxlib.data.relations import column
from cxlib.data.schedules import Schedule, open_time
from cxlib.data.templates import expression
from cxlib.data.waits import schedule_name

if TYPE_CHECKING:
    from cxlib.data.dataset import Dataset

__all__ = ["OPEN_HOURS", "bucket_table", "with_instants"]

OPEN_HOURS: Final = "open_hours"
BUCKET_US: Final = 3_600_000_000


def bucket_table(schedules: Sequence[Schedule]) -> pa.Table:
    """Open intervals by hour of open time: schedule, bucket, before, opens, open_for; microseconds.

    Parameters
    ----------
    schedules : sequence of Schedule
        Each reaches past the latest deadline.

    Returns
    -------
    table : pyarrow.Table
        An interval that holds the open time from `before` to ``before + open_for`` has a row for every hour
        of open time that it touches. F⁻¹(x) is ``opens + x - before`` of the row whose bucket is the hour of
        x and for which ``before < x <= before + open_for``: the first instant at which F reaches x.

    Examples
    --------
    >>> from datetime import date
    >>> from cxlib.data.schedules import build_schedule
    >>> week = {"zone": "UTC", "hours": {"mon": ["09:00-10:30"]}}
    >>> support = build_schedule("support", week, start=date(2020, 2, 3), end=date(2020, 2, 10))
    >>> bucket_table([support]).select(["bucket", "open_for"]).to_pydict()
    {'bucket': [0, 1], 'open_for': [5400000000, 5400000000]}
    """
    parts = [_buckets(schedule) for schedule in schedules]
    return pa.concat_tables(parts)


def _buckets(schedule: Schedule) -> pa.Table:
    lengths = schedule.closes - schedule.opens
    before = open_time(schedule, schedule.opens)
    first = before // BUCKET_US
    count = (before + lengths) // BUCKET_US - first + 1
    row = np.repeat(np.arange(len(lengths)), count)
    step = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    return pa.table(
        {
            "schedule": pa.array([schedule.name] * len(row), pa.string()),
            "bucket": pa.array(first[row] + step, pa.int64()),
            "before": pa.array(before[row], pa.int64()),
            "opens": pa.array(schedule.opens[row], pa.int64()),
            "open_for": pa.array(lengths[row], pa.int64()),
        }
    )


def with_instants(data: "Dataset", source: str, open_us: str, name: str) -> exp.Select:
    """The rows of a query with the instant at which their schedule has been open for so long.

    Parameters
    ----------
    data : Dataset
        Names the schedule of tickets that name none.
    source : str
        Query with the open time and, where tickets have one, the column schedule.
    open_us : str
        Its column with the open time, above 0.
    name : str
        Column to add; NULL where the range of the schedule does not hold so much.
    """
    reached = column(open_us, "w")
    conditions = [
        expression("h.bucket = :reached // 3600000000", reached=reached),
        expression("h.before < :reached AND :reached <= h.before + h.open_for", reached=reached),
    ]
    if data.has("tickets", "schedule"):
        same = exp.EQ(this=column("schedule", "h"), expression=schedule_name(data, "w"))
        conditions.insert(0, same)
    instant = expression("h.opens + :reached - h.before", reached=reached)
    return (
        exp.select(exp.Column(this=exp.Star(), table=exp.to_identifier("w")))
        .select(exp.alias_(instant, name, quoted=True))
        .from_(exp.alias_(exp.to_table(source), "w", table=True))
        .join(
            exp.alias_(exp.to_table(OPEN_HOURS), "h", table=True),
            on=exp.and_(*conditions),
            join_type="left",
        )
    )
