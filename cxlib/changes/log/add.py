"""One change written into the log, in ten seconds; or the end of one that is logged already."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from cxlib.changes.log.book import Book, alone, log_zone, open_book
from cxlib.changes.log.logged import LoggedChange, new_names, next_id, refuse_disorder
from cxlib.changes.log.rows import ENDS, INSTANTS, KINDS, LogRow, is_day, one_line, scope_pairs
from cxlib.data.clock import parse_as_of
from cxlib.data.settings import Settings
from cxlib.errors import UnknownNameError, UsageError
from cxlib.text import join_words, quote

__all__ = ["add_change"]

Moment = str | date | datetime
Cells = Mapping[str, str]

_UNTOLD: Final = datetime(1, 1, 1, tzinfo=UTC)
_NUMBERED: Final = re.compile(r"C-(\d+)")


def add_change(  # noqa: PLR0913 - the columns of a row
    where: str | Path,
    title: str | None,
    *,
    released_at: Moment | None,
    component: str | None,
    kind: str = "release",
    change_id: str | None = None,
    description: str | None = None,
    scope: str | None = None,
    rollout_end_at: Moment | None = None,
    reverted_at: Moment | None = None,
    uncertain_days: float | None = None,
    config: str | Path | None = None,
    wait: float = 10.0,
) -> LoggedChange:
    """Write a change into the log, or the end of its roll-out or of itself where it is logged already.

    Parameters
    ----------
    where : str or Path
        A folder of data, its ``changes.csv``, or a ``.duckdb`` file. A log that is not there is begun.
    title : str or None
        What changed; None only for a change that is logged already.
    released_at : str, date, datetime or None
        An instant, or a day: then it is uncertain by a day. None as for `title`.
    component : str or None
        What part changed; ``none`` is an answer, a blank is not. None as for `title`.
    kind : str
        release, flag, config, content, campaign, outage or definition.
    change_id : str or None
        None: ``C-`` and the next number. One that is logged already may only get `rollout_end_at` and
        `reverted_at`.
    description : str or None
        More about it; its words help to tell changes of one day apart.
    scope : str or None
        Whom it reaches: ``plan=premium; region=uk``.
    rollout_end_at, reverted_at : str, date, datetime or None
        When everybody had it; when it was taken back.
    uncertain_days : float or None
        How far the true day may lie from `released_at`.
    config : str, Path or None
        Settings; None: ``cxlib.toml`` beside the data. Its zone is that of days.
    wait : float
        Seconds to wait for another writer of the log.

    Returns
    -------
    LoggedChange
        The row, with a note on names that the log did not hold before.

    Raises
    ------
    UsageError
        If something required is not said, is no instant, or is another row's.
    UnknownNameError
        If there is no such kind.
    DataError, DataRefusedError
        If the log cannot be read.
    LockedError
        If another process goes on writing.
    CannotWriteError
        If the log is of a kind that is not written, or cannot be.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     day = {"released_at": "2020-02-04T15:24Z", "component": "search"}
    ...     print(add_change(folder, "Tutor search ranks by free hours", **day).text)
    C-1 added in changes.csv: Tutor search ranks by free hours (released 2020-02-04T15:24:00Z, component \
search, kind release).
    """
    if kind not in KINDS:
        raise UnknownNameError("kind", kind, KINDS)
    moments = {"released_at": released_at, "rollout_end_at": rollout_end_at, "reverted_at": reverted_at}
    if uncertain_days is None and released_at is not None and is_day(released_at):
        uncertain_days = 1.0
    words = LogRow(
        one_line(change_id),
        _UNTOLD,
        one_line(title),
        one_line(component),
        kind,
        one_line(description),
        _checked_scope(one_line(scope)),
        uncertain_days=None if uncertain_days is None else _checked_days(float(uncertain_days)),
    )
    book = open_book(where, config, lambda settings: _timed(words, moments, settings).cells())
    given = _timed(words, moments, book.settings)
    timed = released_at is not None
    with alone(book, wait):
        logged = book.rows()
        at = next(
            (i for i, row in enumerate(logged) if given.change_id and _id(row) == given.change_id), None
        )
        if at is not None:
            return _amend(book, logged[at], at, given, timed=timed)
        return _append(book, logged, given, timed=timed)


def _timed(words: LogRow, moments: Mapping[str, Moment | None], settings: Settings) -> LogRow:
    """The row with its instants; a day is the first local midnight of the log's zone."""
    zone = log_zone(settings)
    told = {
        name: parse_as_of(value, zone, where=name) for name, value in moments.items() if value is not None
    }
    return replace(
        words,
        released_at=told.get("released_at", words.released_at),
        rollout_end_at=told.get("rollout_end_at"),
        reverted_at=told.get("reverted_at"),
    )


def _id(row: Cells) -> str:
    return row.get("change_id", "")


def _checked_scope(scope: str) -> str:
    for column, value in scope_pairs(scope):
        if not (column and value):
            raise UsageError(
                "scope",
                found=quote(scope),
                expected="column=value, several joined by ;",
                fix="write it like plan=premium; region=uk",
            )
    return scope


def _checked_days(days: float) -> float:
    if not 0 <= days < float("inf"):
        raise UsageError(
            "uncertain_days", found=str(days), expected="a number of days from 0", fix="correct it"
        )
    return days


def _append(book: Book, logged: Sequence[Cells], given: LogRow, *, timed: bool) -> LoggedChange:
    """A new row at the end of the log."""
    _refuse_missing(given, timed=timed)
    row = given if given.change_id else replace(given, change_id=next_id([_id(one) for one in logged]))
    refuse_disorder(row)
    caveats = new_names(logged, row)
    book.write([row.cells()], {})
    return LoggedChange(book.name, row.cells(), "added", caveats)


def _refuse_missing(given: LogRow, *, timed: bool) -> None:
    unknown = f"a change that is logged ({given.change_id!r} is not), or " if given.change_id else ""
    for name, there, fix in (
        ("title", bool(given.title), "say in a few words what changed"),
        ("released_at", timed, "give a day, an instant or, on the command line, --at now"),
        ("component", bool(given.component), "name the part that changed, or say none"),
    ):
        if not there:
            raise UsageError(name, found="nothing", expected=f"{unknown}a {name} for a new one", fix=fix)


def _amend(book: Book, old: Cells, at: int, given: LogRow, *, timed: bool) -> LoggedChange:
    """An end, where nothing else is new."""
    cells = given.cells()
    if not timed:
        del cells["released_at"]
        cells.pop("uncertain_days", None)
    zone = log_zone(book.settings)
    other = [name for name in cells if name not in (*ENDS, "kind") and not _is_same(name, cells, old, zone)]
    if cells["kind"] not in {"release", old.get("kind") or "release"}:
        other.append("kind")
    ends: Cells = {
        name: cells[name] for name in ENDS if name in cells and not _is_same(name, cells, old, zone)
    }
    if other or not ends:
        raise UsageError(
            "change_id",
            found=f"{given.change_id!r}, which is logged already"
            + (f" with another {join_words(other)}" if other else ""),
            expected="a new id, or nothing new but reverted_at or rollout_end_at",
            fix="leave the id out to get the next one, or correct the log by hand",
        )
    released = parse_as_of(
        old.get("released_at", ""), zone, where=f"{book.name}, {given.change_id}, released_at"
    )
    refuse_disorder(replace(given, released_at=released))
    book.write([], {at: ends})
    return LoggedChange(book.name, {**old, **ends}, "amended")


def _is_same(name: str, new: Cells, old: Cells, zone: str | None) -> bool:
    if name not in INSTANTS or not old.get(name):
        return new[name] == old.get(name, "")
    try:
        return parse_as_of(new[name], zone) == parse_as_of(old[name], zone)
    except UsageError:
        return False
