"""Faults of single rows: what they do not say, say twice, or contradict."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from cxlib.changes.log.remarks import Remark, Reviewed, named
from cxlib.changes.log.rows import ENDS, LogRow, plain_title
from cxlib.text import format_count, format_value, plural

__all__ = ["bad_order", "duplicate_id", "empty_title", "no_component", "same_change"]

_MOST_OF_ONE: Final = 0.8
_HALF: Final = 0.5
_LEAST_ROWS: Final = 5  # of a log of which one component holds nearly all
_A_DAY: Final = timedelta(days=1)
_FEWEST_WORDS: Final = 3
_EMPTY: Final = re.compile(
    r"(?:(?:version|release|v)? ?v?\d+(?:[._-][a-z0-9]+)*"
    r"|(?:various |minor |small |some )*(?:bug ?-?fix(?:es)?|fixes|changes|improvements|updates?)"
    r"|bug ?-?fix(?:es)? and (?:[a-z]+ )*improvements"
    r"|misc(?:ellaneous)?|wip|release|deploy|deployment|tbd)[.!]?",
    re.IGNORECASE,
)


def no_component(log: Reviewed) -> Iterator[Remark]:
    """Rows without a component, or nearly all with one and the same."""
    blank = [row.change_id for row in log.rows if not row.component]
    why = "changes of one day have equal evidence; the component is what tells them apart"
    if blank:
        share, rows = len(blank) / len(log.rows), format_count(len(log.rows))
        yield Remark(
            "no_component",
            "red" if share > _HALF else "yellow",
            tuple(blank),
            len(blank),
            f"{plural(len(blank), 'row')} of {rows} without a component ({named(blank)})",
            why,
            "name the part that changed, or write none where there is none",
        )
    counts = Counter(row.component for row in log.rows if row.component)
    top, most = counts.most_common(1)[0] if counts else ("", 0)
    if most > _MOST_OF_ONE * len(log.rows) and len(log.rows) >= _LEAST_ROWS:
        ids = tuple(row.change_id for row in log.rows if row.component == top)
        yield Remark(
            "no_component",
            "yellow",
            ids,
            most,
            f"one component, {top!r}, on {format_value(100 * most / len(log.rows), '%')} of the rows",
            why,
            "name smaller parts: the page, the service, the team's area",
        )


def duplicate_id(log: Reviewed) -> Iterator[Remark]:
    """One id with different content: all its rows are in quarantine."""
    aside = log.data.quarantine
    lines = aside[
        (aside["table"] == "changes")
        & aside["reason"].str.contains("one row for each change_id", regex=False)
    ]
    ids = tuple(sorted(set(lines["value"])))
    if ids:
        yield Remark(
            "duplicate_id",
            "red",
            ids,
            len(ids),
            f"{plural(len(ids), 'id')} with different rows ({named(ids)}), none of which is used",
            "a change that is in quarantine cannot be named",
            "give each change an id of its own, or add an updated_at column",
        )


def same_change(log: Reviewed) -> Iterator[Remark]:
    """One title within a day under two ids."""
    last: dict[str, LogRow] = {}
    pairs: list[tuple[str, str]] = []
    for row in log.rows:
        title = plain_title(row.title)
        before = last.get(title)
        if before is not None and row.released_at - before.released_at <= _A_DAY:
            pairs.append((before.change_id, row.change_id))
        last[title] = row
    if pairs:
        ids = tuple(dict.fromkeys(one for pair in pairs for one in pair))
        shown = "; ".join(f"{first} and {second}" for first, second in pairs[:3])
        yield Remark(
            "same_change",
            "yellow",
            ids,
            len(pairs),
            f"{plural(len(pairs), 'title')} logged twice within a day ({shown})",
            "two rows of one change share its probability, so that neither is named",
            "keep one of the two rows",
        )


def bad_order(log: Reviewed) -> Iterator[Remark]:
    """Changes that ended before they began."""
    bad = [
        row for row in log.rows if any((end := getattr(row, name)) and end < row.released_at for name in ENDS)
    ]
    if bad:
        ids = tuple(row.change_id for row in bad)
        yield Remark(
            "bad_order",
            "red",
            ids,
            len(ids),
            f"{plural(len(ids), 'row')} with reverted_at or rollout_end_at before released_at ({named(ids)})",
            "when the change acted is not known",
            "correct one of the two instants",
        )


def empty_title(log: Reviewed) -> Iterator[Remark]:
    """Titles that say nothing."""
    ids = tuple(row.change_id for row in log.rows if _says_nothing(row))
    if ids:
        yield Remark(
            "empty_title",
            "yellow",
            ids,
            len(ids),
            f"{plural(len(ids), 'title that says', 'titles that say')} nothing ({named(ids)})",
            "words tell changes of one day apart, and people what to look at",
            "say in a few words what is different for customers, or describe it",
        )


def _says_nothing(row: LogRow) -> bool:
    if _EMPTY.fullmatch(row.title.strip()):
        return True
    return len(row.title.split()) < _FEWEST_WORDS and not row.description
