"""One person who writes a lot is no shift of the demand: then authors are counted, not rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

from cxlib.data.dataset import Dataset
from cxlib.metrics.author_cells import Spans, author_column, daily_authors, spans_of
from cxlib.metrics.metric import Metric
from cxlib.result import Caveat
from cxlib.text import format_day, format_value

__all__ = ["FewAuthors", "authored_cells", "few_authors", "top_share"]

_SPAN_DAYS = 14  # the windows in which a single author could be taken for a release
_TOP_SHARE = 0.10
_FEWEST_ROWS = 10  # by one author: of a dozen rows everybody writes a tenth
_LOOK_BACK_DAYS = 120  # what the window is held against


@dataclass(frozen=True, slots=True)
class FewAuthors:
    """The span of days of which one author wrote most.

    Parameters
    ----------
    start, end : date
        Half-open.
    share : float
        Part of the rows with a known author, 0..1.
    rows : int
        By that author.
    noun : str
        Who writes: customer or author.
    """

    start: date
    end: date
    share: float
    rows: int
    noun: str

    def caveat(self) -> Caveat:
        """Names no one."""
        part = format_value(100 * self.share, "%")
        return Caveat(
            "few_authors",
            f"One {self.noun} wrote {part} of the rows ({self.rows}) from {format_day(self.start)} to "
            f"{format_day(self.end - timedelta(days=1))}: the evidence counts distinct {self.noun}s a day, "
            "not rows.",
        )


def few_authors(data: Dataset, metric: Metric, *, start: date, end: date) -> FewAuthors | None:
    """Whether one author wrote more than a tenth of some fortnight of a count.

    Parameters
    ----------
    data : Dataset
        Checked tables.
    metric : Metric
        Counts and rates only: a score is not moved by how much one person writes.
    start, end : date
        The window in which a shift is looked for, and the day after the last that is read.

    Returns
    -------
    FewAuthors or None
        The worst fortnight of the window and of what it is held against; None where authors are not known.
    """
    column = author_column(data, metric)
    if metric.kind not in {"count", "rate"} or not column or end <= start:
        return None
    spans = spans_of(data, metric, start=start, end=end, days=_SPAN_DAYS)
    recent = {span: both for span, both in spans.items() if span * _SPAN_DAYS >= -_LOOK_BACK_DAYS}
    found = _worst(recent)
    if found is None:
        return None
    rows, most = recent[found]
    first = start + timedelta(days=found * _SPAN_DAYS)
    last = min(first + timedelta(days=_SPAN_DAYS), end)
    return FewAuthors(first, last, most / rows, most, column.removesuffix("_id"))


def _worst(spans: Spans) -> int | None:
    """The span with the largest part by one author, of those in which it is too large."""
    parts = {span: most / rows for span, (rows, most) in spans.items() if most >= _FEWEST_ROWS}
    worst = max(parts, key=lambda span: (parts[span], span), default=None)
    return worst if worst is not None and parts[worst] > _TOP_SHARE else None


def authored_cells(
    data: Dataset, metric: Metric, cells: pd.DataFrame, *, by: Sequence[str], start: date, end: date
) -> tuple[pd.DataFrame, FewAuthors | None]:
    """The cells as they are, or distinct authors a day where few of them wrote much.

    Parameters
    ----------
    data, metric
        What was asked.
    cells : DataFrame
        From `daily_cells`, by `by`.
    by : sequence of str
        Segment columns of the cells.
    start, end : date
        See `few_authors`.

    Returns
    -------
    cells, found : DataFrame, FewAuthors or None
        Unchanged cells where nothing was found.
    """
    found = few_authors(data, metric, start=start, end=end)
    if found is None or not len(cells):
        return cells, None
    oldest = date(1970, 1, 1) + timedelta(days=int(cells["day"].min()))
    return daily_authors(data, metric, by=by, start=oldest, end=end), found


def top_share(found: FewAuthors | None, share: float | None) -> float | None:
    """The larger of the share of one author in the whole window and in its worst fortnight."""
    shares = [part for part in (share, None if found is None else found.share) if part is not None]
    return max(shares, default=None)
