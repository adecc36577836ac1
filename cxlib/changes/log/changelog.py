"""Keep a Changelog: a release a version; what stands under Definition changes is a change each."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from cxlib.changes.log.entries import Content, Entry, Refused, moment_of, short, title_of
from cxlib.changes.log.rows import LogRow

__all__ = ["is_changelog", "read_changelog"]

_VERSION: Final = re.compile(r"##\s+\[?(?P<version>[^\]\s(]+)")
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")
_BULLET: Final = re.compile(r"[-*+]\s+(?P<words>.+)")
_LINK: Final = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_RULE: Final = re.compile(r"\|[\s:|-]+\|?")
_DEFINITIONS: Final = "definition changes"
_NOTHING: Final = {"", "-", "–", "—"}


@dataclass(slots=True)
class _Version:
    """What stands under one heading of a version, by section, in the order of the file."""

    name: str
    day: str
    yanked: bool
    line: int
    sections: dict[str, list[str]] = field(default_factory=dict)


def is_changelog(lines: Sequence[str]) -> bool:
    """Whether a text has a heading such as ``## [1.2.3] - 2024-05-01`` or ``## [Unreleased]``.

    Examples
    --------
    >>> is_changelog(["# Changelog", "## [1.2.3] - 2024-05-01"]), is_changelog(["## About us"])
    (True, False)
    """
    heads = [line for line in lines if line.startswith("## ")]
    return any(
        "[unreleased]" in line.lower() or (_DAY.search(line) and _VERSION.match(line)) for line in heads
    )


def read_changelog(content: Content) -> list[Entry]:
    """A row a version with the day of its heading, and a row for each change of a definition.

    Parameters
    ----------
    content : Content
        A text.
    """
    return [entry for version in _versions(content.lines) for entry in _entries(content, version)]


def _versions(lines: Sequence[str]) -> list[_Version]:
    found: list[_Version] = []
    section = ""
    for number, line in enumerate(lines, 1):
        if head := _VERSION.match(line):
            day = _DAY.search(line)
            found.append(_Version(head["version"], day[0] if day else "", "[yanked]" in line.lower(), number))
            section = ""
        elif found and line.startswith("### "):
            section = line[4:].strip()
            found[-1].sections.setdefault(section, [])
        elif found and line.strip():
            _continue(found[-1].sections.setdefault(section, []), line)
    return found


def _continue(entries: list[str], line: str) -> None:
    """A bullet or a row of a table begins an entry; any other line goes on with the last one."""
    words = _LINK.sub(r"\1", line.strip())
    bullet = _BULLET.fullmatch(words)
    if bullet or words.startswith("|") or not entries:
        entries.append(bullet["words"] if bullet else words)
    elif not re.match(r"\[[^\]]+\]:\s", words):  # where a link leads
        entries[-1] += f" {words}"


def _entries(content: Content, version: _Version) -> Iterator[Entry]:
    place = f"{content.name} line {version.line}"
    if version.name.lower() == "unreleased":
        yield Entry(place, why="it is not released yet", said=version.name)
        return
    try:
        day = moment_of(version.day, content.zone)
    except Refused as reason:
        yield Entry(place, why=str(reason), said=version.name)
        return
    definitions = [
        text for name, texts in version.sections.items() if name.lower() == _DEFINITIONS for text in texts
    ]
    others = {
        name: texts for name, texts in version.sections.items() if name.lower() != _DEFINITIONS and texts
    }
    if others or not definitions:
        first = next((texts[0] for texts in others.values()), "")
        parts = [
            f"{name}: {'; '.join(texts)}" if name else "; ".join(texts) for name, texts in others.items()
        ]
        said = short(". ".join([*(["[YANKED]"] if version.yanked else []), *parts]))
        title = title_of(f"{version.name} {_plain(first)}")
        yield Entry(place, LogRow(version.name, day, title, description=_plain(said), uncertain_days=1.0))
    for number, (name, title, description, why) in enumerate(_definitions(definitions), 1):
        row = LogRow(
            f"{version.name}/{name or f'D{number}'}",
            day,
            title_of(title),
            kind="definition",
            description=short(description),
            uncertain_days=1.0,
        )
        yield Entry(place, why=why, said=row.change_id) if why else Entry(place, row)


def _definitions(texts: Sequence[str]) -> Iterator[tuple[str, str, str, str]]:
    """Metric, title, description, and why it is left out: of the rows of a table, or of bullets."""
    rows = [text for text in texts if text.startswith("|")]
    for text in texts:
        if not text.startswith("|"):
            yield "", _plain(text), "", ""
    head = [cell.lower() for cell in _cells(rows[0])] if rows else []
    for row in rows[1:]:
        if _RULE.fullmatch(row):
            continue
        cells = dict(zip(head, _cells(row), strict=False))
        name = next(iter(cells.values()), "")
        before, after = cells.get("before", ""), cells.get("after", "")
        said = [
            f"{key}: {value}"
            for key, value in list(cells.items())[1:]
            if value not in _NOTHING and key != "hash"
        ]
        why = (
            "it is a first definition, which changed no number"
            if before in _NOTHING and "before" in cells
            else ""
        )
        yield name, f"Definition of {name} changed" + (f": {after}" if after else ""), ". ".join(said), why


def _cells(row: str) -> list[str]:
    return [_plain(cell.strip()) for cell in row.strip().strip("|").split("|")]


def _plain(text: str) -> str:
    return re.sub(r"[`*]+", "", text)
