"""Prepared column of costs: how much of a target the days that have passed stand for."""

from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
from sqlglot import exp

from cxlib.data.business_days import is_business_day
from cxlib.data.clock import date_to_day, day_to_date, local_day_number, to_microseconds
from cxlib.data.periods import periods
from cxlib.data.prepared import Maker, Order, Prepared
from cxlib.data.relations import rows_of, table_rows
from cxlib.data.templates import query

if TYPE_CHECKING:
    from cxlib.data.settings import Settings

__all__ = ["COSTS", "passed_shares"]

_SHARES: Final = "costs_shares"
_MONTHLY: Final = 28  # days from one target to the next from which on it is that of a month

_JOINED: Final = """
SELECT c.*, c.target * COALESCE(s.share, 1) AS target_so_far FROM costs_rows AS c
LEFT JOIN costs_shares AS s ON s.kind = c.kind AND s.date = c.date
"""


def passed_shares(settings: "Settings", days: list[int], now: int) -> dict[int, float]:
    """The share of the business days of each target that has passed, for those that have not all.

    A target stands for the days up to the next one; the last for as many as the one before it. From four
    weeks on it is that of a month and stands for the days up to the end of its local month, and so does a
    target alone.

    Parameters
    ----------
    settings : Settings
        Say which days are business days.
    days : list of int
        Local days with a target, ascending, each once.
    now : int
        The day up to which, exclusive, days have passed.

    Examples
    --------
    Ten of the twenty business days of February 2020 lie before the 15th.

    >>> from cxlib.data.settings import read_settings
    >>> passed_shares(read_settings(None), [18262, 18293], 18307)
    {18293: 0.5}
    """
    gaps = [later - day for day, later in pairwise(days)]
    gaps = [*gaps, gaps[-1] if gaps else _MONTHLY]
    found = {}
    for day, gap in zip(days, gaps, strict=True):
        end = _month_end(day) if gap >= _MONTHLY else day + gap
        if end > now:
            covered = np.arange(day, end, dtype=np.int64)
            counted = is_business_day(settings, covered)
            counted = counted if counted.any() else np.ones(len(covered), dtype=bool)
            found[day] = float((counted & (covered < now)).sum() / counted.sum())
    return found


def _month_end(day: int) -> int:
    """The day after the last one of the month of a day."""
    (month,) = periods("M", day_to_date(day), day_to_date(day + 1))
    return date_to_day(month.end)


def _make(order: Order) -> Prepared:
    """The rows of costs with the part of each target that is due by `as_of`."""
    name = rows_of("costs")
    rows = table_rows(order.data, order.engine, "costs", extra=order.extra)
    joined = query(_JOINED)
    return Prepared("costs_prepared", {name: rows, "costs_prepared": joined}, {_SHARES: _shares(order)})


def _shares(order: Order) -> pa.Table:
    """The shares below 1 by kind and date; targets are few and counted here."""
    data = order.data
    dated = table_rows(data, order.engine, "costs").subquery("dated")
    aimed = exp.select("kind", "date").from_(dated).where("target IS NOT NULL").distinct()
    found = order.engine.run(aimed.order_by("kind", "date"), data.tables).to_pylist()
    now = int(local_day_number([to_microseconds(data.as_of) - 1], data.zone)[0]) + 1
    shares = [
        (kind, day, share)
        for kind, rows in groupby(found, key=lambda row: row["kind"])
        for day, share in passed_shares(data.settings, [row["date"] for row in rows], now).items()
    ]
    kinds, days, parts = zip(*shares, strict=True) if shares else ((), (), ())
    columns = (pa.array(kinds, pa.string()), pa.array(days, pa.int64()), pa.array(parts, pa.float64()))
    return pa.table(dict(zip(("kind", "date", "share"), columns, strict=True)))


COSTS: Final = Maker(
    columns={"target_so_far": "number"}, needs={"target_so_far": (("costs", ("target",)),)}, make=_make
)
"""Maker of the prepared column of costs."""
