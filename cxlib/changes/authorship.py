"""Who a volume comes from: different customers, and the share of the most frequent one."""

from collections.abc import Sequence
from dataclasses import dataclass

from cxlib.changes.breakdown import Breakdown
from cxlib.data.clock import day_bounds_us
from cxlib.data.dataset import Dataset
from cxlib.data.lookups import count_rows_of
from cxlib.data.periods import date_to_day
from cxlib.data.schema import TABLES
from cxlib.metrics.metric import Metric

__all__ = ["Authorship", "authorship", "compared_authorship"]


@dataclass(frozen=True, slots=True)
class Authorship:
    """Rows of a table in a window, by who wrote them.

    Parameters
    ----------
    rows, customers : int
        Rows whose customer is known, and how many different customers they are from.
    top_share : float
        Share of the rows, 0..1, by the most frequent customer.
    """

    rows: int
    customers: int
    top_share: float


def authorship(data: Dataset, metric: Metric, days: Sequence[int]) -> Authorship | None:
    """Count the customers behind the rows of the metric's table.

    Parameters
    ----------
    data : Dataset
        Checked tables.
    metric : Metric
        Names table and basis.
    days : sequence of int
        First local day and the day after the last.

    Returns
    -------
    Authorship or None
        None where customers are not known, or there are no rows.
    """
    column = "author_id" if metric.table == "reviews" else "customer_id"
    declared = TABLES[metric.table].column(metric.basis) if metric.table in TABLES else None
    if declared is None or declared.type != "instant" or not data.has(metric.table, column, metric.basis):
        return None
    start, end = (int(bound) for bound in day_bounds_us(list(days), data.zone)[0][:2])
    customers, most, rows = count_rows_of(
        data, metric.table, column, basis=metric.basis, start_us=start, end_us=end
    )
    return Authorship(rows, customers, most / rows) if rows else None


def compared_authorship(
    data: Dataset, metric: Metric, split: Breakdown | None
) -> tuple[Authorship, Authorship] | None:
    """The same in the two windows of a breakdown.

    Parameters
    ----------
    data, metric
        As in `authorship`.
    split : Breakdown or None
        Names the windows.

    Returns
    -------
    pair of Authorship, or None
        None where one of the two is not known.
    """
    if split is None:
        return None
    before, after = (
        authorship(data, metric, [date_to_day(day) for day in window])
        for window in (split.before, split.after)
    )
    return None if before is None or after is None else (before, after)
