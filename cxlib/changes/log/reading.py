"""A file of another format as text, as records or as columns, before it is known which format it is."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from cxlib.assets import resolve
from cxlib.changes.log.changelog import is_changelog
from cxlib.changes.log.entries import Content, Record
from cxlib.changes.log.git_text import is_git_log, is_git_tags
from cxlib.data.delimited import Part, read_delimited
from cxlib.data.encoding import to_text
from cxlib.data.files import read_bytes
from cxlib.data.recognise import known_names
from cxlib.data.schema import TABLES
from cxlib.data.settings import Settings
from cxlib.errors import DataError
from cxlib.text import nearest, normalise_name

__all__ = ["read_content"]

_LISTS: Final = ("items", "values", "releases", "versions", "issues")


def read_content(file: str | Path, settings: Settings) -> Content:
    """What a file holds.

    Parameters
    ----------
    file : str or Path
        CSV, Markdown, the text of git, or JSON: a list, an object that holds one, or an object a line.
    settings : Settings
        Of the log that the rows go to.

    Raises
    ------
    DataError
        If it is not there, or is none of these.
    """
    path = resolve(file)
    if not path.exists():
        beside = [entry.name for entry in path.parent.iterdir()] if path.parent.is_dir() else []
        near = nearest(path.name, beside)
        raise DataError(
            str(path),
            found="nothing",
            expected="a file with changes",
            hint=f"Did you mean {near!r}?" if near else "",
            fix="correct the name",
        )
    data = read_bytes(path, settings.max_bytes)
    if data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in {b"{", b"["}:
        records = tuple(_normal(record) for record in _objects(path.name, data))
        return Content(path, settings, records=records)
    text = to_text(path.name, "changes", data, settings.table("changes").get("encoding"))
    lines = tuple(text.data.decode().splitlines())
    if is_changelog(lines) or is_git_log(lines) or is_git_tags(lines):
        return Content(path, settings, lines=lines)
    part = read_delimited(path.name, text, known_names(TABLES["changes"], settings))
    return Content(path, settings, lines=lines, part=part, records=tuple(_rows(part)))


def _objects(name: str, data: bytes) -> list[Mapping[str, Any]]:
    """The objects of JSON, or of one JSON object a line."""
    try:
        text = data.decode("utf-8-sig")
        try:
            found = json.loads(text)
        except ValueError:
            found = [json.loads(line) for line in text.splitlines() if line.strip()]
    except ValueError as error:
        line = getattr(error, "lineno", 1)
        raise DataError(
            f"{name} line {line}", found="text that is no JSON", expected="JSON", fix="export it again"
        ) from error
    if isinstance(found, dict):
        found = next((found[key] for key in _LISTS if isinstance(found.get(key), list)), [found])
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def _normal(record: Mapping[str, Any]) -> Record:
    """Names as they are compared, nested ones of an object left as they are."""
    return {normalise_name(str(name)): value for name, value in record.items()}


def _rows(part: Part) -> Iterator[Record]:
    names = [normalise_name(name) for name in part.names]
    columns = [column.to_pylist() for column in part.columns]
    for values in zip(*columns, strict=True):
        yield dict(zip(names, values, strict=True))
