"""What a file of another format says: rows for the log, and what is left out with the reason."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from cxlib.changes.log.rows import LogRow, one_line
from cxlib.data.clock import parse_as_of
from cxlib.data.delimited import Part
from cxlib.data.settings import Settings
from cxlib.errors import UsageError
from cxlib.text import quote

__all__ = ["Content", "Entry", "Record", "Refused", "moment_of", "short", "title_of", "usual_days"]

Record = Mapping[str, Any]
"""One object or row, under normalised names."""

_LONGEST_TITLE: Final = 160
_LONGEST_TEXT: Final = 2000
_SECONDS: Final = re.compile(r"\d{9,10}(\.\d+)?")
_MILLISECONDS: Final = re.compile(r"\d{12,13}(\.\d+)?")


class Refused(Exception):  # noqa: N818 - no error: the reason why one entry is left out
    """Why one entry cannot be a row."""


@dataclass(frozen=True, slots=True)
class Content:
    """A file as read.

    Parameters
    ----------
    path : Path
        The file.
    settings : Settings
        Of the log that the rows go to.
    lines : tuple of str
        Of a text.
    records : sequence of mapping
        Of JSON, or of a delimited text.
    part : Part or None
        The columns of a delimited text.
    """

    path: Path
    settings: Settings
    lines: tuple[str, ...] = ()
    records: Sequence[Record] = ()
    part: Part | None = None

    @property
    def name(self) -> str:
        """Name of the file."""
        return self.path.name

    @property
    def zone(self) -> str | None:
        """Zone of days."""
        zone: str | None = self.settings.table("changes").get("zone", self.settings.zone)
        return zone

    @property
    def columns(self) -> set[str]:
        """Names that any of the first records has."""
        return {name for record in self.records[:200] for name in record}

    def numbered(self) -> Iterator[tuple[str, Record]]:
        """Where each record stands, and the record."""
        for number, record in enumerate(self.records, 1):
            yield f"{self.name} entry {number}", record


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that a file says.

    Parameters
    ----------
    place : str
        File and line, or number.
    row : LogRow or None
        For the log; None: left out.
    why : str
        Why it is left out.
    said : str
        What it is, where it is left out.
    """

    place: str
    row: LogRow | None = None
    why: str = ""
    said: str = ""


def moment_of(value: object, zone: str | None) -> datetime:
    """The instant that a value says: ISO 8601, a day, seconds or milliseconds since 1970.

    Parameters
    ----------
    value : object
        As the file has it.
    zone : str or None
        Of days.

    Raises
    ------
    Refused
        If it says none.

    Examples
    --------
    >>> moment_of("2020-02-04", "UTC") == moment_of(1580774400000, None) == moment_of("1580774400", None)
    True
    """
    text = one_line(value)
    if not text:
        raise Refused("it has no date")
    if _SECONDS.fullmatch(text) or _MILLISECONDS.fullmatch(text):
        seconds = float(text) / (1 if _SECONDS.fullmatch(text) else 1000)
        return datetime.fromtimestamp(seconds, tz=UTC)
    try:
        return parse_as_of(text, zone or "UTC")
    except UsageError:
        raise Refused(f"its date {quote(text)} is none of the calendar in ISO 8601") from None


def short(text: object, *, longest: int = _LONGEST_TEXT) -> str:
    r"""Words on one line, cut where they are many.

    Examples
    --------
    >>> short("one\ntwo three", longest=8)
    'one two…'
    """
    words = one_line(text)
    return words if len(words) <= longest else words[: longest - 1].rstrip() + "…"


def title_of(text: object) -> str:
    """A title of bounded length."""
    return short(text, longest=_LONGEST_TITLE)


def usual_days(settings: Settings, default: float | None) -> float | None:
    """`[tables.changes] uncertain_days`, else what the format implies."""
    declared = settings.table("changes").get("uncertain_days")
    return default if declared is None else float(declared)
