"""One row of the change log: as values, as cells, and how two rows are the same change."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, Final

from cxlib.changes.wording import instant_text
from cxlib.data.clock import local_day_number, parse_as_of, to_microseconds
from cxlib.data.inert_cells import plain_cell
from cxlib.data.schema import TABLES
from cxlib.errors import UsageError

__all__ = [
    "COLUMNS",
    "ENDS",
    "INSTANTS",
    "KINDS",
    "LogRow",
    "is_day",
    "local_day",
    "one_line",
    "plain_title",
    "row_of",
    "scope_pairs",
]

COLUMNS: Final = (
    "change_id",
    "released_at",
    "title",
    "component",
    "kind",
    "description",
    "scope",
    "rollout_end_at",
    "reverted_at",
    "uncertain_days",
)
"""Columns of a log that we begin, in this order."""

ENDS: Final = ("rollout_end_at", "reverted_at")
INSTANTS: Final = ("released_at", *ENDS)
_KIND = TABLES["changes"].column("kind")
KINDS: Final = _KIND.values if _KIND is not None else ()


@dataclass(frozen=True, slots=True)
class LogRow:
    """One change.

    Parameters
    ----------
    change_id, title, component, kind, description, scope : str
        As in the table `changes`; blank where nothing is said.
    released_at, rollout_end_at, reverted_at : datetime
        UTC; None where nothing is said.
    uncertain_days : float or None
        How far the true day may lie from the logged one.
    """

    change_id: str
    released_at: datetime
    title: str
    component: str = ""
    kind: str = "release"
    description: str = ""
    scope: str = ""
    rollout_end_at: datetime | None = None
    reverted_at: datetime | None = None
    uncertain_days: float | None = None

    def cells(self) -> dict[str, str]:
        """Canonical column to text, blank ones left out."""
        found = {}
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, datetime):
                found[field.name] = instant_text(value)
            elif isinstance(value, float):
                found[field.name] = f"{value:g}"
            elif value:
                found[field.name] = value
        return {name: found[name] for name in COLUMNS if name in found}


def row_of(values: Mapping[str, Any]) -> LogRow:
    """The row of converted values: texts, aware instants, a number of days; the unknown is left out or None.

    Examples
    --------
    >>> from datetime import UTC
    >>> row_of({"change_id": "R-1", "released_at": datetime(2020, 2, 4, tzinfo=UTC), "title": "'=1"}).title
    '=1'
    """

    def text(name: str) -> str:
        return plain_cell(one_line(values.get(name)))

    days = values.get("uncertain_days")
    return LogRow(
        text("change_id"),
        values["released_at"],
        text("title"),
        text("component"),
        text("kind") or "release",
        text("description"),
        text("scope"),
        values.get("rollout_end_at"),
        values.get("reverted_at"),
        None if days is None else float(days),
    )


def one_line(text: object) -> str:
    r"""Words on one line, without control characters.

    Examples
    --------
    >>> one_line(" a\n\tb\x00 "), one_line(None)
    ('a b', '')
    """
    words = "" if text is None else str(text)
    return " ".join(re.sub(r"[\x00-\x1f\x7f\u2028\u2029]", " ", words).split())


def plain_title(title: str) -> str:
    """A title as it is compared: case, spaces and marks do not count.

    Examples
    --------
    >>> plain_title("1.2.0:  Faster Search") == plain_title("1.2.0 – faster search")
    True
    """
    return " ".join(re.findall(r"[\w.]+", title.casefold()))


def scope_pairs(scope: str) -> tuple[tuple[str, str], ...]:
    """Column and value of each part of a scope; a part without both has a blank one.

    Examples
    --------
    >>> scope_pairs("plan=premium; region = uk"), scope_pairs("everyone")
    ((('plan', 'premium'), ('region', 'uk')), (('everyone', ''),))
    """
    parts = [part.partition("=") for part in scope.split(";") if part.strip()]
    return tuple((column.strip(), value.strip()) for column, _, value in parts)


def local_day(cells: Mapping[str, str], zone: str | None) -> int | None:
    """The local day on which a logged row was released; None where that is no date of ISO 8601."""
    try:
        moment = parse_as_of(cells.get("released_at", ""), zone or "UTC")
    except UsageError:
        return None
    return int(local_day_number(to_microseconds(moment), zone or "UTC"))


def is_day(value: str | date | datetime) -> bool:
    """True where a moment is given as a day, without a time."""
    if isinstance(value, str):
        return re.fullmatch(r"\d{4}-\d\d-\d\d", value) is not None
    return not isinstance(value, datetime)
