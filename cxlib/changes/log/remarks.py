"""What the rules of the log read, and what they say."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

import pandas as pd

from cxlib.changes.log.rows import LogRow, row_of
from cxlib.data.clock import zone_of
from cxlib.data.dataset import Dataset
from cxlib.text import join_words

__all__ = ["Remark", "Reviewed", "Severity", "named", "reviewed"]

Severity = Literal["yellow", "red"]

_MOST_NAMED: Final = 5


@dataclass(frozen=True, slots=True)
class Remark:
    """One fault of the log.

    Parameters
    ----------
    code : str
        Stable name.
    severity : {"yellow", "red"}
        How much it costs.
    change_ids : tuple of str
        The rows.
    count : int
        How many rows, or gaps, or shifts.
    found, why, fix : str
        What was found, why it matters, what to do.
    """

    code: str
    severity: Severity
    change_ids: tuple[str, ...]
    count: int
    found: str
    why: str
    fix: str


@dataclass(frozen=True, slots=True)
class Reviewed:
    """The log as the rules read it.

    Parameters
    ----------
    data : Dataset
        The data that it belongs to.
    rows : tuple of LogRow
        Those visible, in the order of time.
    planned : tuple of LogRow
        Those after `as_of`.
    """

    data: Dataset
    rows: tuple[LogRow, ...]
    planned: tuple[LogRow, ...]

    def local(self, moment: datetime) -> datetime:
        """An instant on the wall clock of the data."""
        return moment.astimezone(zone_of(self.data.zone))


def reviewed(data: Dataset) -> Reviewed:
    """The rows of a dataset's log."""
    if not data.has("changes"):
        return Reviewed(data, (), ())
    visible = _rows(data.frame("changes"))
    stored = data.everything.get("changes")
    later = () if stored is None else _rows(stored.to_pandas())
    planned = tuple(row for row in later if row.released_at >= data.as_of)
    return Reviewed(data, visible, planned)


def _rows(frame: pd.DataFrame) -> tuple[LogRow, ...]:
    columns = {
        name: frame[name] if name in frame else pd.Series(index=frame.index) for name in LogRow.__slots__
    }
    records = pd.DataFrame(columns).to_dict(orient="records")
    known = [{str(name): value for name, value in one.items() if pd.notna(value)} for one in records]
    return tuple(sorted(map(row_of, known), key=lambda row: (row.released_at, row.change_id)))


def named(ids: Sequence[str]) -> str:
    """A few ids, and how many more."""
    return join_words(list(ids), most=_MOST_NAMED)
