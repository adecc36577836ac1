"""Which days are searched, and the panels of them."""

from datetime import date, timedelta

import numpy as np

from cxlib.changes.sources import Sources, read_sources
from cxlib.data.clock import as_day, local_day_number
from cxlib.data.dataset import Dataset
from cxlib.data.periods import day_to_date
from cxlib.errors import UsageError
from cxlib.metrics.metric import Metric

__all__ = ["read_window", "window_of"]

_DEFAULT_DAYS = 90


def read_window(
    data: Dataset, metric: Metric, by: tuple[str, ...], start: date | str | None, end: date | str | None
) -> tuple[date, date, Sources]:
    """The window and its panels; where no end was asked for, the days that are complete.

    Parameters
    ----------
    data, metric
        What was asked.
    by : tuple of str
        Segment columns; empty: every usable one.
    start, end : date, str or None
        Half-open window; by default the last 90 complete days.

    Returns
    -------
    first, last, sources : date, date, Sources
        The window, and what was read for it.

    Raises
    ------
    UsageError
        If the window is empty, or begins where the rows have stopped.
    """
    given, until = as_day(start, where="start"), as_day(end, where="end")
    while True:
        first, last = window_of(data, metric, given, until)
        sources = read_sources(data, metric, by=by, start=first, end=last)
        if until is not None or not sources.mended.is_truncated:
            sources.mended.refuse_after(first)
            return first, last, sources
        until = day_to_date(sources.mended.complete)


def window_of(data: Dataset, metric: Metric, start: date | None, end: date | None) -> tuple[date, date]:
    """The half-open window: by default the last 90 days of the metric's table.

    Raises
    ------
    UsageError
        If it is empty.
    """
    through = data.data_through(metric.table)
    last = day_to_date(
        int(local_day_number(np.array([int(through.timestamp()) * 1_000_000 - 1]), data.zone)[0]) + 1
    )
    end = end or last
    start = start or end - timedelta(days=_DEFAULT_DAYS)
    if start >= end:
        raise UsageError(
            "start",
            found=str(start),
            expected=f"a day before {end}",
            fix="ranges are half-open: give the day after the last",
        )
    return start, end
