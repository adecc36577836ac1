"""What we have and whether it may be trusted: where every row of every table went."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pandas as pd

from cxlib.reporting.tables import Cell, html_table
from cxlib.result import Caveat, Result
from cxlib.text import escape, format_count, format_day, format_value, plural

if TYPE_CHECKING:
    from cxlib.data.dataset import Dataset

__all__ = ["DataQuality", "data_quality"]

_BANNER_SHARE = 0.01


@dataclass(frozen=True, slots=True, repr=False)
class DataQuality(Result):
    """Where every row went.

    Parameters
    ----------
    table : DataFrame
        A row a table: table, rows_in, used, quarantined, duplicates, out_of_period, through.
    notes : tuple of str
        What was accepted and is worth knowing.
    text : str
        Sentences.
    caveats : tuple of Caveat
        Those of the data.
    banner : tuple of str
        Sentences that belong on the first screen.
    through : date or None
        Last day that any table holds.
    """

    table: pd.DataFrame
    notes: tuple[str, ...]
    text: str
    caveats: tuple[Caveat, ...]
    banner: tuple[str, ...]
    through: date | None

    @property
    def html(self) -> str:
        """The box of a report: the conservation line of each table, then the notes."""
        counts = ["rows_in", "used", "quarantined", "duplicates", "out_of_period"]
        rows = [
            [Cell(row["table"]), *(Cell(format_count(row[name]), number=True) for name in counts), _day(row)]
            for row in self.table.to_dict(orient="records")
        ]
        head = ["Table", "Rows in", "Used", "Quarantined", "Duplicates", "Out of period", "Data through"]
        caption = "Rows in = used + quarantined + duplicates + out of period (later than the as-of)"
        notes = "".join(f"<li>{escape(note)}</li>" for note in self.notes)
        head_note = f"<summary>{plural(len(self.notes), 'note')} on reading</summary>"
        more = f"<details>{head_note}<ul>{notes}</ul></details>"
        sentences = "".join(f"<p>{escape(line)}</p>" for line in self.text.splitlines())
        return f"{sentences}{html_table(caption, head, rows)}{more if notes else ''}"

    def _repr_html_(self) -> str:
        return f"<div>{self.html}</div>"


def _day(row: dict[Any, Any]) -> Cell:
    through = row["through"]
    return Cell(format_day(through) if isinstance(through, date) else "—", whole=True)


def data_quality(data: "Dataset") -> DataQuality:
    """Where every row of every table went, and what was noted on the way.

    Parameters
    ----------
    data : Dataset
        As loaded.

    Examples
    --------
    The second ticket stands there twice.

    >>> import cxlib as cx
    >>> times = ["2020-02-01T09:00Z", "2020-02-02T09:00Z", "2020-02-02T09:00Z"]
    >>> tickets = pd.DataFrame({"ticket_id": ["1", "2", "2"], "created_at": times})
    >>> quality = cx.data_quality(cx.load({"tickets": tickets}))
    >>> quality.table[["table", "rows_in", "used", "quarantined", "duplicates", "out_of_period"]]
         table  rows_in  used  quarantined  duplicates  out_of_period
    0  tickets        3     2            0           1              0
    """
    zone = ZoneInfo(data.zone)
    rows = []
    for name, check in data.checks.items():
        last = data.data_through(name) if data.has(name) and check.used else None
        rows.append(
            {
                "table": name,
                "rows_in": check.rows_in,
                "used": check.used,
                "quarantined": check.quarantined,
                "duplicates": check.duplicates,
                "out_of_period": check.out_of_period,
                "through": _last_day(last, zone) if last is not None else None,
            }
        )
    table = pd.DataFrame(
        rows, columns=["table", "rows_in", "used", "quarantined", "duplicates", "out_of_period", "through"]
    )
    notes = tuple(f"{name}: {note}" for name, check in data.checks.items() for note in check.notes)
    days = [day for day in table["through"] if isinstance(day, date)]
    return DataQuality(
        table, notes, _words(table), tuple(data.caveats), _banner(table), max(days, default=None)
    )


def _last_day(end: datetime, zone: ZoneInfo) -> date:
    """The local day that ends at an instant."""
    return (end.astimezone(zone) - timedelta(microseconds=1)).date()


def _words(table: pd.DataFrame) -> str:
    if table.empty:
        return "No table was read."
    read, used, bad = (int(table[name].sum()) for name in ("rows_in", "used", "quarantined"))
    where = f"{plural(read, 'row')} in {plural(len(table), 'table')}"
    first = f"{where}: {format_count(used)} used, {format_count(bad)} in quarantine."
    kept = (
        table["rows_in"] == table[["used", "quarantined", "duplicates", "out_of_period"]].sum(axis=1)
    ).all()
    second = (
        "Every row is accounted for."
        if kept
        else "Rows are missing from the account: this is a bug of the reader."
    )
    return f"{first}\n{second}"


def _banner(table: pd.DataFrame) -> tuple[str, ...]:
    bad = table[table["quarantined"] > _BANNER_SHARE * table["rows_in"].clip(lower=1)]
    return tuple(
        f"{name}: {format_value(100 * quarantined / rows, '%')} of its rows are in quarantine."
        for name, quarantined, rows in zip(bad["table"], bad["quarantined"], bad["rows_in"], strict=True)
    )
