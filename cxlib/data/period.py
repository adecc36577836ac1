"""Rows in time: the instant that places a row, the data's plausible end, what is visible at an instant."""

from collections.abc import Mapping
from datetime import datetime

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from cxlib.data.clock import day_bounds_us, local_day_number
from cxlib.data.draft import Draft
from cxlib.data.schema import TABLES, Table
from cxlib.text import plural

__all__ = [
    "FOLLOWS",
    "basis_us",
    "check_end",
    "expected_end",
    "note_later_stamps",
    "plausible_end",
    "visible_at",
]

_GAP_DAYS = 31
_TRAILING_SHARE = 0.001
_UNUSUAL = 3
# What an instant hidden by as_of takes with it: an answer that has not come has no score.
FOLLOWS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "surveys": {"responded_at": ("score", "comment")},
    "tickets": {"solved_at": ("status",)},
    "orders": {"returned_at": ("units_returned",)},
}


def basis_us(table: Table, rows: pa.Table, zone: str) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """The instant that places each row, and whether it has one.

    Parameters
    ----------
    table : Table
        The declaration; surveys without a sent_at take responded_at.
    rows : pyarrow.Table
        Converted rows.
    zone : str
        Zone of dates.

    Returns
    -------
    us : array of int64, shape (rows,)
        Microseconds UTC; a date is its first local midnight.
    known : array of bool, shape (rows,)
        Where there is an instant.
    """
    names = [table.basis, "responded_at"] if table.name == "surveys" else [table.basis]
    columns = [rows.column(name) for name in names if name is not None and name in rows.column_names]
    if not columns:
        return np.zeros(rows.num_rows, dtype=np.int64), np.zeros(rows.num_rows, dtype=bool)
    basis = columns[0] if len(columns) == 1 else pc.coalesce(*columns)
    known = np.asarray(basis.is_valid(), dtype=bool)
    if not pa.types.is_date(basis.type):
        return np.asarray(pc.fill_null(basis.cast(pa.int64()), 0)), known
    days = np.asarray(pc.fill_null(basis.cast(pa.int32()), 0)).astype(np.int64)
    different, inverse = np.unique(days, return_inverse=True)
    return day_bounds_us(different, zone)[0][inverse], known


def check_end(
    drafts: Mapping[str, Draft],
    zone: str,
    *,
    declared: Mapping[str, str] | None = None,
    others: Mapping[str, int] | None = None,
) -> int | None:
    """Quarantine rows past the data's own end; the same rows whatever `as_of` is.

    Trailing days of a table lie past its end if they come more than 31 days after the day before them and
    hold at most one row or 0.1 %. A sparse table is spared: where the gap is no longer than three times the
    longest before it, or another table reaches those days, they stand. So do days up to the declared one.

    Parameters
    ----------
    drafts : mapping of str to Draft
        All tables; findings are added.
    zone : str
        Zone of local days.
    declared : mapping of str to str, optional
        Last complete day by table, ``YYYY-MM-DD``: ``[data_through]`` of cxlib.toml.
    others : mapping of str to int, optional
        Plausible ends of tables that are no drafts: they stay in a database.

    Returns
    -------
    int or None
        The last plausible local day, days since 1970-01-01; None where no row has a place in time.
    """
    ends = dict(others or {})
    placed: dict[str, npt.NDArray[np.int64]] = {}
    for name, draft in drafts.items():
        us, known = basis_us(draft.table, draft.rows, zone)
        days = np.where(known & draft.live, local_day_number(us, zone), np.iinfo(np.int64).min)
        placed[name] = days
        kept = days[days > np.iinfo(np.int64).min]
        if len(kept):
            ends[name] = plausible_end(*np.unique(kept, return_counts=True), (declared or {}).get(name))
    if not ends:
        return None
    end = max(ends.values())
    for name, draft in drafts.items():
        rows = np.flatnonzero(placed[name] > end).astype(np.int64)
        values = placed[name][rows].astype("datetime64[D]").astype(str).tolist()
        expected, fix = expected_end(name, end)
        draft.quarantine(rows, draft.table.basis or "", values, expected=expected, fix=fix)
    return end


def expected_end(table: str, end: int) -> tuple[str, str]:
    """What a row past the data's end was expected to be, and how to mend it.

    Examples
    --------
    >>> expected_end("tickets", 18293)[0]
    "a day up to 2020-02-01, the data's end"
    """
    fix = f"correct the date, or set [data_through] {table} in cxlib.toml to the last day that is right"
    return f"a day up to {np.datetime64(end, 'D')}, the data's end", fix


def note_later_stamps(drafts: Mapping[str, Draft], end_us: int) -> None:
    """Note how many stamps lie after the data's last day: only a later `as_of` sees them.

    Parameters
    ----------
    drafts : mapping of str to Draft
        All tables; notes are added.
    end_us : int
        End of the last plausible local day, microseconds UTC.
    """
    limit = pa.scalar(end_us, pa.int64()).cast(pa.timestamp("us", tz="UTC"))
    for draft in drafts.values():
        live = pa.array(draft.live)
        for column in draft.table.columns:
            if column.type == "instant" and not column.planned and column.name in draft.rows.column_names:
                later = pc.and_(pc.greater_equal(draft.rows.column(column.name), limit), live)
                count = pc.sum(later).as_py() or 0
                if count:
                    draft.notes.append(
                        f"{plural(count, 'value')} of {column.name} after the data's last day: seen only "
                        "with a later as_of"
                    )


def plausible_end(
    different: npt.NDArray[np.int64], counts: npt.NDArray[np.int64], declared: str | None
) -> int:
    """The last day before rare, far-off trailing days; no such day is far off up to the declared one.

    Parameters
    ----------
    different, counts : array of int64, shape (days,)
        Days of a table, ascending, at least one, and how many rows each has.
    declared : str or None
        The last complete day, ``YYYY-MM-DD``.

    Examples
    --------
    >>> plausible_end(np.array([10, 11, 900]), np.array([500, 500, 1]), None)
    11
    """
    right = different[0] if declared is None else int(np.datetime64(declared, "D").astype(np.int64))
    gaps = np.diff(different)
    after = counts[::-1].cumsum()[::-1]
    most = max(1, int(_TRAILING_SHARE * counts.sum()))
    for position in range(1, len(gaps)):
        longest = int(gaps[:position].max())
        far = gaps[position] > max(_GAP_DAYS, _UNUSUAL * longest)
        if far and after[position + 1] <= most and different[position + 1] > right:
            return int(different[position])
    return int(different[-1])


def visible_at(
    everything: Mapping[str, pa.Table], as_of: datetime, zone: str
) -> tuple[dict[str, pa.Table], dict[str, int]]:
    """Tables as they stood at an instant, and how many rows of each lie at or after it.

    Parameters
    ----------
    everything : mapping of str to pyarrow.Table
        All good rows.
    as_of : datetime
        Aware.
    zone : str
        Zone of dates.

    Returns
    -------
    tables : dict of str to pyarrow.Table
        Rows before `as_of`; their later stamps are missing, and what such a stamp brings with it.
    hidden : dict of str to int
        Rows out of period.
    """
    limit = pa.scalar(as_of, pa.timestamp("us", tz="UTC"))
    limit_us = limit.cast(pa.int64()).as_py()
    tables, hidden = {}, {}
    unfinished = None
    for name, rows in everything.items():
        table = TABLES[name]
        us, known = basis_us(table, rows, zone)
        outside = known & (us >= limit_us)
        hidden[name] = int(outside.sum())
        tables[name] = _blank_later(table, rows.filter(pa.array(~outside)) if hidden[name] else rows, limit)
        if name == "ticket_events" and hidden[name]:
            unfinished = rows.column("ticket_id").filter(pa.array(outside))
    if unfinished is not None and "tickets" in tables:
        tables["tickets"] = _blank_status(tables["tickets"], unfinished)
    return tables, hidden


def _blank_status(tickets: pa.Table, unfinished: pa.ChunkedArray) -> pa.Table:
    """A ticket with events to come has not reached the status that its row ends with."""
    if "status" not in tickets.column_names:
        return tickets
    later = pc.is_in(tickets.column("ticket_id"), value_set=pc.unique(unfinished))
    return _blanked(tickets, "status", later)


def _blanked(rows: pa.Table, name: str, where: pa.ChunkedArray) -> pa.Table:
    values = rows.column(name)
    missing = pc.if_else(where, pa.scalar(None, values.type), values)
    return rows.set_column(rows.column_names.index(name), name, missing)


def _blank_later(table: Table, rows: pa.Table, limit: pa.Scalar) -> pa.Table:
    for column in table.columns:
        if column.type != "instant" or column.planned or column.name not in rows.column_names:
            continue
        later = pc.fill_null(pc.greater_equal(rows.column(column.name), limit), fill_value=False)
        if not pc.any(later).as_py():
            continue
        for name in (column.name, *FOLLOWS.get(table.name, {}).get(column.name, ())):
            if name in rows.column_names:
                rows = _blanked(rows, name, later)
    return rows
