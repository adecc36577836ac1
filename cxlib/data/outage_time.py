"""Outages as spells of a component, and how long each local day was down."""

from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from sqlglot import exp

from cxlib.data.business_days import is_business_day
from cxlib.data.clock import (
    Integers,
    date_to_day,
    day_bounds_us,
    day_to_date,
    local_day_number,
    to_microseconds,
)
from cxlib.data.prepared import Maker, Order, Prepared
from cxlib.data.relations import number, rows_of, table_rows
from cxlib.data.templates import query

__all__ = ["CALENDAR", "OUTAGE_SPELLS", "down_time"]

_DAYS: Final = "calendar_days"
_MINUTE_US: Final = 60_000_000
_NEVER: Final = np.iinfo(np.int64).max

# Outages of a component that overlap or touch are one spell; where one of them goes on, so does the spell.
_SPELLS: Final = """
SELECT component, MIN(started_at) AS started_at,
  CASE WHEN COUNT(*) = COUNT(ended_at) THEN MAX(ended_at) END AS ended_at
FROM (
  SELECT *, SUM(CASE WHEN started_at <= reach THEN 0 ELSE 1 END) OVER (
    PARTITION BY component ORDER BY started_at, outage_id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
  ) AS spell
  FROM (
    SELECT *, MAX(COALESCE(ended_at, :as_of)) OVER (
      PARTITION BY component ORDER BY started_at, outage_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ) AS reach
    FROM outages_rows
  ) AS reached
) AS numbered
GROUP BY component, spell
"""


def _spells(order: Order) -> Prepared:
    """The spells of each component; outages without one are one component."""
    rows = table_rows(order.data, order.engine, "outages")
    made = query(_SPELLS, as_of=number(to_microseconds(order.data.as_of)))
    return Prepared("outage_spells_made", {rows_of("outages"): rows, "outage_spells_made": made})


def down_time(starts: Integers, ends: Integers, opens: Integers, closes: Integers) -> Integers:
    """How much of each interval is covered by the union of spells that may overlap.

    Parameters
    ----------
    starts, ends : array of int64, shape (spells,)
        Microseconds.
    opens, closes : array of int64, shape (intervals,)
        Microseconds.

    Returns
    -------
    down : array of int64, shape (intervals,)
        Microseconds.

    Examples
    --------
    >>> spells = np.array([0, 5]), np.array([8, 12])
    >>> down_time(*spells, np.array([0, 10]), np.array([10, 20])).tolist()
    [10, 2]
    """
    if not len(starts):
        return np.zeros(len(opens), dtype=np.int64)
    order = np.argsort(starts, kind="stable")
    begin, reach = starts[order], np.maximum.accumulate(ends[order])
    first = np.concatenate([[True], begin[1:] > reach[:-1]])
    begin = begin[first]
    last = np.concatenate([np.flatnonzero(first)[1:] - 1, [len(reach) - 1]])
    length = np.maximum(reach[last] - begin, 0)
    before = np.concatenate([[0], np.cumsum(length)])

    def passed(us: Integers) -> Integers:
        """Down time from the beginning to each instant."""
        at = np.searchsorted(begin, us, side="right") - 1
        inside = np.minimum(us - begin[at], length[at])
        return np.where(at < 0, 0, before[at] + inside)

    return np.asarray(passed(closes) - passed(opens), dtype=np.int64)


def _calendar(order: Order) -> Prepared:
    """A row a local day, made in Python: days are few."""
    days = pa.table(_days(order))
    return Prepared("calendar_rows", {"calendar_rows": query("SELECT * FROM calendar_days")}, {_DAYS: days})


def _days(order: Order) -> dict[str, pa.Array]:
    """The columns of the calendar, from the local month of the first outage to where the data on them end."""
    data = order.data
    starts, ends, endless = _fetched(order)
    through = to_microseconds(data.data_through("outages"))
    first, end = _range(starts, through, data.zone)
    dates: Integers = np.arange(first, end, dtype=np.int64)
    opens, closes = day_bounds_us(dates, data.zone)
    closes = np.minimum(closes, through)
    down = down_time(starts, np.minimum(ends, through), opens, closes)
    return {
        "date": pa.array(dates),
        "minutes": pa.array((closes - opens) / _MINUTE_US),
        "down_minutes": pa.array(down / _MINUTE_US),
        "is_business_day": pa.array(is_business_day(data.settings, dates)),
        "in_endless_outage": pa.array(closes > starts[endless].min(initial=_NEVER)),
    }


def _range(starts: Integers, through: int, zone: str) -> tuple[int, int]:
    """The local days of the calendar, half-open; none where there is no outage."""
    if not len(starts):
        return 0, 0
    first, last = local_day_number([int(starts.min()), through - 1], zone)
    return date_to_day(day_to_date(int(first)).replace(day=1)), int(last) + 1


def _fetched(order: Order) -> tuple[Integers, Integers, NDArray[np.bool_]]:
    """Start, end and whether there is none yet, of every spell."""
    spells = _spells(order)
    bounds: exp.Query = exp.select("started_at", "ended_at").from_(exp.to_table(spells.name))
    for name, part in spells.queries.items():
        bounds = bounds.with_(exp.to_identifier(name, quoted=True), as_=part, copy=False)
    found = order.engine.run(bounds, order.data.tables)
    starts = np.array(found.column("started_at").to_pylist(), dtype=np.int64)
    ends = found.column("ended_at").to_pylist()
    endless = np.array([end is None for end in ends], dtype=bool)
    as_of = to_microseconds(order.data.as_of)
    return starts, np.array([as_of if end is None else end for end in ends], dtype=np.int64), endless


OUTAGE_SPELLS: Final = Maker(columns={}, needs={}, make=_spells)
"""Maker of the rows of outage_spells."""

CALENDAR: Final = Maker(columns={"in_endless_outage": "bool"}, needs={}, make=_calendar)
"""Maker of the rows of calendar."""
