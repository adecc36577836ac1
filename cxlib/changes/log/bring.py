"""Changes brought into the log from another format; what is there already stays as it is."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import pandas as pd

from cxlib.changes.log.book import Book, alone, log_zone, open_book
from cxlib.changes.log.entries import Entry
from cxlib.changes.log.formats import recognise_format
from cxlib.changes.log.logged import refuse_disorder
from cxlib.changes.log.reading import read_content
from cxlib.changes.log.rows import ENDS, LogRow, local_day, plain_title
from cxlib.data.clock import parse_as_of
from cxlib.errors import UsageError
from cxlib.result import Caveat, Result
from cxlib.text import format_count, join_words, plural

__all__ = ["ImportedLog", "import_log"]

Cells = Mapping[str, str]
Outcome = Literal["added", "amended", "already_there", "skipped"]

_COLUMNS: Final = ("outcome", "change_id", "released_at", "title", "component", "kind", "place", "why")
_VERSION: Final = re.compile(r"v?\d+(\.\d+)+\S*")
_WORDS: Final[dict[Outcome, str]] = {
    "added": "added",
    "amended": "amended",
    "already_there": "already there",
    "skipped": "skipped",
}


@dataclass(frozen=True, slots=True)
class _Settled:
    """What becomes of one entry."""

    entry: Entry
    outcome: Outcome
    why: str = ""

    def record(self) -> dict[str, str]:
        """A row of the table."""
        cells = self.entry.row.cells() if self.entry.row else {"change_id": self.entry.said}
        told = {"outcome": self.outcome, "place": self.entry.place, "why": self.why}
        return {name: told.get(name, cells.get(name, "")) for name in _COLUMNS}


@dataclass(frozen=True, eq=False, repr=False)
class ImportedLog(Result):
    """What an import added, found there and left out.

    Parameters
    ----------
    source, format, log : str
        File, its format in words, and the log.
    dry_run : bool
        Nothing was written.
    table : DataFrame
        outcome (added, amended, already_there, skipped), change_id, released_at, title, component, kind,
        place, why.
    caveats : tuple of Caveat
        `no_component`: rows that say of no part that it changed.
    """

    source: str
    format: str
    log: str
    dry_run: bool
    table: pd.DataFrame
    caveats: tuple[Caveat, ...] = ()

    def count(self, outcome: Outcome) -> int:
        """How many entries had this outcome."""
        return int((self.table["outcome"] == outcome).sum())

    @property
    def text(self) -> str:
        """The counts, then a line for each entry that is not new."""
        counts = [
            f"{format_count(self.count(key))} {words}"
            for key, words in _WORDS.items()
            if key != "amended" or self.count(key)
        ]
        head = f"{self.source}, read as {self.format}, into {self.log}: {join_words(counts)}."
        lines = [f"{head} Nothing was written: a dry run." if self.dry_run else head]
        for row in self.table.to_dict(orient="records"):
            name = row["change_id"] or row["title"]
            shown = f"{row['title']} ({row['released_at']})" if row["outcome"] == "added" else row["why"]
            lines.append(f"{_WORDS[row['outcome']]}: {name or row['place']}: {shown}")
        return "\n".join([*lines, *(caveat.text for caveat in self.caveats)])


def import_log(
    file: str | Path,
    where: str | Path,
    *,
    format: str | None = None,
    dry_run: bool = False,
    config: str | Path | None = None,
    wait: float = 10.0,
) -> ImportedLog:
    r"""Bring the changes of a file into the log; a second time nothing is new.

    Parameters
    ----------
    file : str or Path
        CSV in our columns, ``CHANGELOG.md``, the text of ``git log`` or of tags; releases of GitHub or
        GitLab, versions of Jira, or LaunchDarkly's audit log, as JSON or CSV.
    where : str or Path
        The log, as `add_change` takes it.
    format : str or None
        csv, keep_a_changelog, git_log, git_tags, github_releases, gitlab_releases, jira_versions,
        jira_issues or launchdarkly; None: recognised by its lines or columns.
    dry_run : bool
        Tell what would be done, and write nothing.
    config : str, Path or None
        Settings; None: ``cxlib.toml`` beside the log.
    wait : float
        Seconds to wait for another writer of the log.

    Returns
    -------
    ImportedLog
        One row an entry of the file. Already there is what has a logged id, or the title of a change of the
        same day; an end that the log does not know yet is added to it.

    Raises
    ------
    UnknownNameError
        If there is no such format.
    DataError, DataRefusedError
        If the file or the log cannot be read.
    LockedError
        If another process goes on writing.
    CannotWriteError
        If the log is of a kind that is not written, or cannot be.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     page = Path(folder) / "CHANGELOG.md"
    ...     said = page.write_text("## [Unreleased]\n## [1.2.0] - 2020-02-04\n### Added\n- Search by voice\n")
    ...     print(import_log(page, folder).text.splitlines()[0])
    ...     print(import_log(page, folder).text.splitlines()[0])
    CHANGELOG.md, read as Keep a Changelog, into changes.csv: 1 added, 0 already there and 1 skipped.
    CHANGELOG.md, read as Keep a Changelog, into changes.csv: 0 added, 1 already there and 1 skipped.
    """
    book = open_book(where, config)
    content = read_content(file, book.settings)
    chosen = recognise_format(content, format)
    entries = chosen.read(content)
    if dry_run:
        settled = _settle(entries, book.rows(), log_zone(book.settings))
    else:
        with alone(book, wait):
            settled = _settle(entries, book.rows(), log_zone(book.settings))
            _write(book, settled)
    table = pd.DataFrame([one.record() for one in settled], columns=list(_COLUMNS))
    return ImportedLog(content.name, chosen.words, book.name, dry_run, table, _caveats(settled))


def _settle(entries: Sequence[Entry], logged: Sequence[Cells], zone: str | None) -> list[_Settled]:
    """What becomes of every entry: those of the log first, in the order of time."""
    ids = {row.get("change_id", ""): row for row in logged}
    days: dict[int, dict[str, str]] = {}
    for row in logged:
        day = local_day(row, zone)
        if day is not None:
            days.setdefault(day, {})[plain_title(row.get("title", ""))] = row.get("change_id", "")
    found = [_Settled(entry, "skipped", entry.why) for entry in entries if entry.row is None]
    for entry in sorted((one for one in entries if one.row), key=_when):
        settled = _settle_one(entry, entry.row, ids, days, zone) if entry.row else None
        if settled is None or entry.row is None:
            continue
        found.append(settled)
        if settled.outcome == "added":
            cells = entry.row.cells()
            ids[entry.row.change_id] = cells
            days.setdefault(local_day(cells, zone) or 0, {})[plain_title(entry.row.title)] = (
                entry.row.change_id
            )
    return found


def _when(entry: Entry) -> tuple[str, str]:
    cells = entry.row.cells() if entry.row else {}
    return cells.get("released_at", ""), cells.get("change_id", "")


def _settle_one(
    entry: Entry,
    row: LogRow,
    ids: Mapping[str, Cells],
    days: Mapping[int, Mapping[str, str]],
    zone: str | None,
) -> _Settled:
    """Added, amended, already there or, where it contradicts itself, skipped."""
    if not (row.change_id and row.title):
        return _Settled(entry, "skipped", "it has no id or no title")
    try:
        refuse_disorder(row)
    except UsageError as error:
        return _Settled(entry, "skipped", f"its {error.where} is {error.found}, expected {error.expected}")
    if row.change_id in ids:
        ends = _new_ends(row, ids[row.change_id], zone)
        if ends:
            return _Settled(entry, "amended", f"now with {join_words([f'{k} {v}' for k, v in ends.items()])}")
        return _Settled(entry, "already_there", "its id is logged")
    day = local_day(row.cells(), zone)
    title, version = plain_title(row.title), plain_title(row.change_id)
    for logged, change_id in days.get(day, {}).items() if day is not None else ():
        told = _VERSION.fullmatch(version) and f"{logged} ".startswith(f"{version} ")
        if logged == title or told:
            return _Settled(entry, "already_there", f"it is {change_id} of the same day")
    return _Settled(entry, "added")


def _new_ends(row: LogRow, logged: Cells, zone: str | None) -> dict[str, str]:
    """Ends that the log does not know, and a roll-out that has gone on."""
    cells = row.cells()
    found: dict[str, str] = {}
    for name in ENDS:
        known = logged.get(name, "")
        later = name == "rollout_end_at" and known and cells.get(name) and _later(cells[name], known, zone)
        if name in cells and (not known or later):
            found[name] = cells[name]
    return found


def _later(new: str, old: str, zone: str | None) -> bool:
    try:
        return parse_as_of(new, zone or "UTC") > parse_as_of(old, zone or "UTC")
    except UsageError:
        return False


def _write(book: Book, settled: Sequence[_Settled]) -> None:
    zone = log_zone(book.settings)
    added = [one.entry.row.cells() for one in settled if one.outcome == "added" and one.entry.row]
    amended: dict[int, Cells] = {}
    places = {row.get("change_id", ""): at for at, row in enumerate(book.rows())}
    for one in settled:
        if one.outcome == "amended" and one.entry.row and one.entry.row.change_id in places:
            at = places[one.entry.row.change_id]
            amended[at] = _new_ends(one.entry.row, book.rows()[at], zone)
    if added or amended:
        book.write(added, amended)


def _caveats(settled: Sequence[_Settled]) -> tuple[Caveat, ...]:
    bare = [
        one.entry.row.change_id
        for one in settled
        if one.outcome == "added" and one.entry.row and not one.entry.row.component
    ]
    if not bare:
        return ()
    said = (
        f"{plural(len(bare), 'added row')} without a component ({join_words(bare, most=5)}): name it, it is "
        "what tells changes of one day apart."
    )
    return (Caveat("no_component", said),)
