"""The panels that an investigation reads: every one comes from `daily_cells`, none groups by itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from cxlib.changes.mended import Mended, mend
from cxlib.changes.panel import Panel, pivot
from cxlib.changes.taxonomy import merge_reasons
from cxlib.data.clock import local_day_number
from cxlib.data.dataset import Dataset
from cxlib.data.lookups import count_values, is_filled
from cxlib.data.periods import date_to_day, day_to_date
from cxlib.metrics.measure import daily_cells, daily_exposure
from cxlib.metrics.metric import Metric
from cxlib.metrics.row_values import UNKNOWN

__all__ = ["AFTER_DAYS", "LEAD_DAYS", "Sources", "knows", "read_sources", "usable_segments"]

AFTER_DAYS = 28  # rows after the window tell whether a shift lasted
LEAD_DAYS = 14  # activity that may lead to questions asked on the first day
_LONGEST_HISTORY = 1096
_FEWEST, _MOST = 2, 50
_MOST_CELLS = 240
_MOSTLY = 0.5  # of the answers are about a ticket
# they say what a row is, or which release it was written under, not whom it is from
_NOT_SEGMENTS = frozenset({"kind", "status", "sentiment", "version"})


@dataclass(frozen=True, eq=False)
class Sources:
    """Panels over the same days; None where the data have no such table or column.

    Parameters
    ----------
    first, last : int
        Half-open range of local days; up to 28 days after the window, where the data hold them.
    judged : Panel
        The metric asked about: answers, or counts (by reason where it has one).
    judged_by_reason : Panel or None
        Answers by the reason of their ticket, where most are about one.
    sends : Panel or None
        Surveys sent of the metric's kind.
    contacts : Panel or None
        Tickets by reason.
    handled : Panel or None
        Satisfaction with how tickets were handled, by the tickets' reason.
    relation : Panel or None
        How customers rate the company as a whole, where something else was asked about.
    activity : Panel or None
        Exposure, with `LEAD_DAYS` more days in front.
    by : tuple of str
        Segment columns of the judged panel that are split.
    left_out : tuple of str
        Segment columns that would make too many cells.
    basis : {"experience_day", "response_day"}
        What the days of a score mean.
    mended : Mended
        What was put right in the judged panel.
    """

    first: int
    last: int
    judged: Panel
    judged_by_reason: Panel | None
    sends: Panel | None
    contacts: Panel | None
    handled: Panel | None
    relation: Panel | None
    activity: Panel | None
    by: tuple[str, ...]
    left_out: tuple[str, ...]
    basis: str
    mended: Mended


def knows(data: Dataset, table: str, *columns: str) -> bool:
    """Whether a table has all these columns, each with a value somewhere."""
    return is_filled(data, table, *columns)


def usable_segments(
    data: Dataset, table: str, wanted: Sequence[str] = ()
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Segment columns with 2 to 50 values, fewest values first, while their cross stays small.

    Parameters
    ----------
    data : Dataset
        Read for the number of values only.
    table : str
        Whose rows are to be split.
    wanted : sequence of str
        These columns, whatever they hold; empty: every usable one.

    Returns
    -------
    kept, left_out : tuple of str
        `left_out` are usable columns that the cross has no room for.
    """
    if wanted:
        return tuple(wanted), ()
    sizes = {}
    for column, holder in data.segments(table).items():
        if column in _NOT_SEGMENTS or column == "reason" or column not in data.columns(holder):
            continue  # what is prepared says what a row is about
        values = count_values(data, holder, column)
        if _FEWEST <= values <= _MOST:
            sizes[column] = values
    kept, left_out, cells = [], [], 1
    for column in sorted(sizes, key=lambda name: (sizes[name], name)):
        if cells * sizes[column] <= _MOST_CELLS:
            kept.append(column)
            cells *= sizes[column]
        else:
            left_out.append(column)
    return tuple(sorted(kept)), tuple(left_out)


def read_sources(data: Dataset, metric: Metric, *, by: Sequence[str], start: date, end: date) -> Sources:
    """Read every panel that the data allow.

    Parameters
    ----------
    data : Dataset
        Checked tables.
    metric : Metric
        The metric asked about.
    by : sequence of str
        Segment columns; empty: all usable ones.
    start, end : date
        Where a shift is looked for; rows before `start` are history.

    Returns
    -------
    Sources
        Its `judged` panel is never None; it may be empty.
    """
    stop = _last_day(data, metric.table)
    last = min(date_to_day(end) + AFTER_DAYS, max(stop, date_to_day(end)))
    columns, left_out = usable_segments(data, metric.table, by)
    basis = _experience_basis(data, metric)
    oldest = day_to_date(date_to_day(start) - _LONGEST_HISTORY)
    is_count = metric.kind in {"count", "rate"}
    exposed = tuple(c for c in columns if not is_count or c in _exposure_segments(data, metric))
    reasons = ("reason",) if is_count and "reason" in data.segments(metric.table) else ()
    sorts = _sorts(data, metric)
    cut = tuple(dict.fromkeys((*sorts, *reasons, *exposed)))
    cells = daily_cells(data, metric, by=cut, basis=basis, start=oldest)
    cells, mended = mend(data, metric, cells, by=cut, start=start, last=last, stop=stop)
    last = min(last, mended.complete) if mended.is_truncated else last
    counted = cells[list(sorts)].drop_duplicates()
    first = int(cells["day"].min()) if len(cells) else date_to_day(start)
    judged = pivot(cells, (*reasons, *exposed), first, last)
    by_reason = _by_reason(data, metric, basis, first, last)
    return Sources(
        first,
        last,
        judged,
        by_reason,
        _sends(data, exposed, first, last, counted) if sorts else None,
        judged if reasons else _contacts(data, metric, first, last),
        _handled(data, first, last) if by_reason is None else None,
        _relation(data, metric, first, last),
        _activity(data, exposed, first, last),
        exposed,
        left_out,
        "experience_day" if basis == "sent_at" or metric.table != "surveys" else "response_day",
        mended,
    )


def _last_day(data: Dataset, table: str) -> int:
    """The day after the last one with data."""
    through = int(data.data_through(table).timestamp() * 1_000_000) - 1
    return int(local_day_number(np.array([through]), data.zone)[0]) + 1


def _experience_basis(data: Dataset, metric: Metric) -> str | None:
    """Surveys count on the day they were sent, where that is known."""
    return "sent_at" if metric.table == "surveys" and knows(data, "surveys", "sent_at") else None


def _exposure_segments(data: Dataset, metric: Metric) -> frozenset[str]:
    table = metric.exposure.table if metric.exposure else metric.table
    return frozenset(data.segments(table)) if data.has(table) else frozenset()


def _sorts(data: Dataset, metric: Metric) -> tuple[str, ...]:
    """Columns that say which sort of survey a row is; none where it is not known who was asked."""
    if metric.table != "surveys" or not knows(data, "surveys", "sent_at"):
        return ()
    return tuple(column for column in ("kind", "trigger") if column in data.segments("surveys"))


def _sends(data: Dataset, by: tuple[str, ...], first: int, last: int, counted: pd.DataFrame) -> Panel:
    """How many were asked, of the sorts of survey that the metric counts: never of others of its kind."""
    sorts = tuple(counted.columns)
    cut = tuple(dict.fromkeys((*sorts, *by)))
    sent = daily_cells(data, "survey_sends", by=cut, start=day_to_date(first), end=day_to_date(last))
    return pivot(sent.merge(counted, on=list(sorts)), by, first, last)


def _contacts(data: Dataset, metric: Metric, first: int, last: int) -> Panel | None:
    """Tickets by reason, for a metric that does not count them itself."""
    if (metric.table == "tickets" and metric.kind in {"count", "rate"}) or not data.has("tickets"):
        return None
    own = data.segments("tickets")
    shared = tuple(c for c in usable_segments(data, "tickets")[0] if c in _activity_segments(data))
    by = (*(("reason",) if "reason" in own else ()), *shared)
    start, end = day_to_date(first), day_to_date(last)
    cells, _ = merge_reasons(daily_cells(data, "ticket_volume", by=by, start=start, end=end), first, last)
    return pivot(cells, by, first, last)


def _activity_segments(data: Dataset) -> frozenset[str]:
    return frozenset(data.segments("activity")) if data.has("activity") else frozenset()


def _by_reason(data: Dataset, metric: Metric, basis: str | None, first: int, last: int) -> Panel | None:
    """The judged answers by the reason of the ticket that they are about, if most are about one."""
    if metric.table != "surveys" or basis is None:
        return None
    found = _handled(data, first, last, metric)
    if found is None:
        return None
    known = found.labels[:, 0] != UNKNOWN
    return found if found.n[:, known].sum() > _MOSTLY * found.n.sum() else None


def _handled(data: Dataset, first: int, last: int, metric: str | Metric = "csat") -> Panel | None:
    """Satisfaction by the reason of the ticket that it is about."""
    if "reason" not in data.linked("surveys") or not knows(data, "surveys", "sent_at", "score"):
        return None
    shared = tuple(c for c in usable_segments(data, "surveys")[0] if c in _activity_segments(data))
    return _scored(data, metric, ("reason", *shared), first, last)


def _relation(data: Dataset, metric: Metric, first: int, last: int) -> Panel | None:
    """The score that a fault behind more contacts or unhappy customers would lower too."""
    if metric.name == "nps" or not knows(data, "surveys", "sent_at", "score"):
        return None
    return _scored(data, "nps", usable_segments(data, "surveys")[0], first, last)


def _scored(data: Dataset, metric: str | Metric, by: tuple[str, ...], first: int, last: int) -> Panel | None:
    start, end = day_to_date(first), day_to_date(last)
    cells = daily_cells(data, metric, by=by, basis="sent_at", start=start, end=end)
    return pivot(cells, by, first, last) if len(cells) else None


def _activity(data: Dataset, by: tuple[str, ...], first: int, last: int) -> Panel | None:
    if not data.has("activity"):
        return None
    shared = tuple(column for column in by if column in _activity_segments(data))
    if not shared:
        shared = (
            tuple(c for c in usable_segments(data, "activity")[0] if c in data.segments("tickets"))
            if data.has("tickets")
            else ()
        )
    cells = daily_exposure(
        data, "contact_rate", by=shared, start=day_to_date(first - LEAD_DAYS), end=day_to_date(last)
    ).rename(columns={"exposure": "n"})
    found = pivot(cells, shared, first - LEAD_DAYS, last)
    return found if np.any(found.n > 0) else None
