"""What came of a table: its good rows, where the others went, and whether they are too many."""

from collections.abc import Iterable

import pyarrow as pa

from cxlib.data.draft import Draft
from cxlib.data.findings import Findings
from cxlib.data.schema import Table
from cxlib.data.settings import Settings
from cxlib.data.table_check import TableCheck
from cxlib.errors import CxError, DataError
from cxlib.result import Caveat
from cxlib.text import format_count, format_value, plural

__all__ = ["Line", "aside_of", "banner", "check_of", "good_rows", "most_said", "too_bad"]

Line = tuple[str, str, int, str, str, str, str]
"""Of the quarantine: table, file, line, column, value, reason, fix."""

_BANNER_SHARE = 0.01
_MOST_SAID = 5


def good_rows(draft: Draft) -> pa.Table:
    """The rows that are neither bad nor dropped."""
    live = draft.live
    return draft.rows.combine_chunks() if live.all() else draft.rows.filter(pa.array(live)).combine_chunks()


def check_of(draft: Draft, good: int, hidden: int) -> TableCheck:
    """Where the rows of a file went.

    Parameters
    ----------
    draft : Draft
        After all checks.
    good, hidden : int
        Its good rows, and those of them out of period.
    """
    notes = [note for file in draft.files for note in _said(file)] + draft.notes
    return TableCheck(
        draft.table.name,
        tuple(file.file for file in draft.files),
        rows_in=draft.rows_in,
        used=good - hidden,
        quarantined=draft.quarantined,
        duplicates=int(draft.duplicates.sum()),
        out_of_period=hidden,
        notes=tuple(notes),
    )


def aside_of(draft: Draft) -> list[Line]:
    """Lines of the quarantine."""
    found = [finding for file in draft.files for finding in file.found]
    return [record for finding in found for record in finding.records(draft.table.name)]


def _said(file: Findings) -> list[str]:
    return [*file.notes, *most_said(file.file, [finding.sentence() for finding in file.found])]


def most_said(source: str, sentences: list[str]) -> list[str]:
    """The first sentences, and how many more there are.

    Examples
    --------
    >>> most_said("tickets.csv", ["a", "b", "c", "d", "e", "f"])[-1]
    'tickets.csv: 1 further kinds of fault in .quarantine'
    """
    more = f"{source}: {len(sentences) - _MOST_SAID} further kinds of fault in .quarantine"
    return [*sentences[:_MOST_SAID], *([more] if len(sentences) > _MOST_SAID else [])]


def too_bad(
    table: Table, quarantined: int, rows_in: int, settings: Settings, errors: Iterable[CxError]
) -> list[CxError]:
    """The stop rule: a table with too many bad rows is not used at all.

    Parameters
    ----------
    table : Table
        The declaration: one that is written by hand is spared.
    quarantined, rows_in : int
        Counts of rows.
    settings : Settings
        `max_bad_share`.
    errors : iterable of CxError
        What is wrong with the rows.

    Returns
    -------
    list of CxError
        Empty where the share will do.
    """
    share = quarantined / rows_in if rows_in else 0.0
    if share <= settings.max_bad_share or table.by_hand:
        return []
    bad = f"{format_count(quarantined)} bad of {plural(rows_in, 'row')}"
    first = DataError(
        table.name,
        found=f"{bad} ({format_value(100 * share, '%')})",
        expected=f"at most {format_value(100 * settings.max_bad_share, '%')}",
        fix="correct the faults below, or raise max_bad_share in cxlib.toml",
    )
    return [first, *errors]


def banner(table: str, quarantined: int, rows_in: int) -> list[Caveat]:
    """A caveat where a noticeable share of the rows is bad; else none."""
    if quarantined <= _BANNER_SHARE * rows_in:
        return []
    share = format_value(100 * quarantined / rows_in, "%")
    text = (
        f"{table}: {format_count(quarantined)} of {plural(rows_in, 'row')} ({share}) "
        "are in quarantine; figures rest on the others."
    )
    return [Caveat("many_quarantined", text)]
