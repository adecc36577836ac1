"""The text of git: tags with their dates, and the history of a branch that is deployed at once."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from cxlib.changes.log.entries import Content, Entry, Refused, moment_of, title_of, usual_days
from cxlib.changes.log.rows import LogRow

__all__ = ["is_git_log", "is_git_tags", "read_git_log", "read_git_tags"]

_COMMIT: Final = re.compile(r"(?P<id>[0-9a-f]{40})\t(?P<at>[^\t]*)\t(?P<subject>.*)")
_TAG: Final = re.compile(r"(?P<id>[^\t]+)\t(?P<at>\d{4}-\d\d-\d\dT[^\t]*)\t(?P<subject>.*)")
_REVERT: Final = re.compile(r'Revert "(?P<subject>.+)"')
_DIGITS: Final = 10


def is_git_log(lines: Sequence[str]) -> bool:
    """Whether the first line is that of ``git log --first-parent --format='%H%x09%cI%x09%s'``."""
    return bool(_COMMIT.fullmatch(_first(lines)))


def is_git_tags(lines: Sequence[str]) -> bool:
    """Whether the first line is one of ``git for-each-ref refs/tags`` with name, date and subject."""
    first = _first(lines)
    return bool(_TAG.fullmatch(first)) and not _COMMIT.fullmatch(first)


def _first(lines: Sequence[str]) -> str:
    return next((line for line in lines if line.strip()), "")


def read_git_tags(content: Content) -> list[Entry]:
    """A row a tag; a lightweight one has the date of its commit, so that the day is uncertain.

    Parameters
    ----------
    content : Content
        A text.
    """
    days = usual_days(content.settings, 1.0)
    return [_entry(content, number, line, _TAG, days) for number, line in _numbered(content)]


def read_git_log(content: Content) -> list[Entry]:
    """A row a commit; ``Revert "…"`` ends the change that it names.

    Parameters
    ----------
    content : Content
        A text.
    """
    days = usual_days(content.settings, None)
    found = [_entry(content, number, line, _COMMIT, days) for number, line in _numbered(content)]
    order = sorted(range(len(found)), key=lambda i: _time(found[i]))
    latest: dict[str, int] = {}
    for i in order:
        row = found[i].row
        if row is None:
            continue
        taken_back = _REVERT.fullmatch(row.title)
        if taken_back and taken_back["subject"] in latest:
            old = latest.pop(taken_back["subject"])
            before = found[old].row
            if before is not None:
                found[old] = replace(found[old], row=replace(before, reverted_at=row.released_at))
                why = f"it takes back {before.change_id}, which ends then"
                found[i] = Entry(found[i].place, why=why, said=row.title)
        else:
            latest[row.title] = i
    return found


def _time(entry: Entry) -> float:
    return entry.row.released_at.timestamp() if entry.row else 0.0


def _numbered(content: Content) -> list[tuple[int, str]]:
    return [(number, line) for number, line in enumerate(content.lines, 1) if line.strip()]


def _entry(content: Content, number: int, line: str, form: re.Pattern[str], days: float | None) -> Entry:
    place = f"{content.name} line {number}"
    found = form.fullmatch(line)
    if found is None:
        return Entry(place, why="it has not the three fields id, instant and subject", said=title_of(line))
    change_id = found["id"][:_DIGITS] if form is _COMMIT else found["id"]
    title = title_of(found["subject"]) or change_id
    try:
        return Entry(
            place, LogRow(change_id, moment_of(found["at"], content.zone), title, uncertain_days=days)
        )
    except Refused as reason:
        return Entry(place, why=str(reason), said=change_id)
