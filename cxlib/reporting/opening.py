"""Open the data of a month as a monthly notebook does."""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from cxlib.data.read import load
from cxlib.reporting.month import ReportMonth, settle
from cxlib.text import escape, format_day

if TYPE_CHECKING:
    from cxlib.data.dataset import Dataset

__all__ = ["OpenedMonth", "open_month"]


@dataclass(frozen=True, slots=True, repr=False)
class OpenedMonth:
    """Data and the month that is reported of them.

    Parameters
    ----------
    data : Dataset
        Seen at the month's effective as-of.
    month : ReportMonth
        Its days, as-of, and whether it is final.
    """

    data: "Dataset"
    month: ReportMonth

    @property
    def text(self) -> str:
        """Month, as-of, and whether its numbers can still change."""
        seen = f"seen as of {format_day(self.month.as_of)}, {self.month.as_of:%H:%M} UTC"
        if self.month.provisional:
            state = f"Provisional: its numbers can change until {format_day(self.month.final_at)}."
        else:
            state = "Final: no later data change its numbers."
        return f"{self.month.title}, {seen}. {state}"

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return f"<p>{escape(self.text)}</p>"


def open_month(
    where: str | Path, month: str, *, as_of: str | date | datetime = "", config: str | Path = ""
) -> OpenedMonth:
    """Load data and see them as the report of a month sees them.

    Parameters
    ----------
    where : str or Path
        What `load` takes; relative to CXLIB_ROOT where that is set.
    month : str
        ``YYYY-MM`` or ``last``.
    as_of : str, date or datetime
        The latest instant to see the data from; empty: their own end.
    config : str or Path
        Settings; empty: ``cxlib.toml`` beside the data.

    Raises
    ------
    UsageError
        If the month is none, or had not begun.
    DataError, DataRefusedError
        If the data cannot be used.

    Examples
    --------
    >>> import tempfile
    >>> import cxlib as cx
    >>> import pandas as pd
    >>> times = ["2020-02-01T09:00Z", "2020-02-29T09:00Z"]
    >>> tickets = pd.DataFrame({"ticket_id": ["1", "2"], "created_at": times})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     tickets.to_csv(f"{folder}/tickets.csv", index=False)
    ...     opened = cx.open_month(folder, "2020-02")
    >>> opened  # doctest: +NORMALIZE_WHITESPACE
    February 2020, seen as of 1 March 2020, 00:00 UTC.
    Provisional: its numbers can change until 15 March 2020.
    """
    data = load(where, as_of=as_of or None, config=config or None)
    seen = settle(data, month)
    return OpenedMonth(data.at(seen.as_of), seen)
