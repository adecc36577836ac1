"""Releases of GitHub and GitLab, versions and issues of Jira: one object or row, one change."""

import re
from collections.abc import Callable
from typing import Final

from cxlib.changes.log.entries import Content, Entry, Record, Refused, moment_of, short, title_of, usual_days
from cxlib.changes.log.rows import LogRow, is_day, one_line

__all__ = ["read_github", "read_gitlab", "read_jira_issues", "read_jira_versions"]

_FALSE: Final = {"", "false", "f", "0", "no", "none", "null"}
_PAGE: Final = re.compile(r"https://[^/]+/(?P<name>[^/]+/[^/]+)/releases/")


def read_github(content: Content) -> list[Entry]:
    """Published releases; drafts are left out, prereleases too unless cxlib.toml keeps them.

    Parameters
    ----------
    content : Content
        Records with tag_name and published_at.
    """
    return _each(content, "tag_name", _github)


def read_gitlab(content: Content) -> list[Entry]:
    """Releases; upcoming ones are left out.

    Parameters
    ----------
    content : Content
        Records with tag_name and released_at.
    """
    return _each(content, "tag_name", _gitlab)


def read_jira_versions(content: Content) -> list[Entry]:
    """Released versions; their day is a planned one, so it is uncertain.

    Parameters
    ----------
    content : Content
        Records with name, released and release_date.
    """
    return _each(content, "name", _jira_version)


def read_jira_issues(content: Content) -> list[Entry]:
    """Resolved issues, where somebody asks for them: resolved is not yet deployed.

    Parameters
    ----------
    content : Content
        Records with key, summary and resolved.
    """
    return _each(content, "key", _jira_issue)


def _github(content: Content, record: Record) -> LogRow:
    if _is(record, "draft", "is_draft"):
        raise Refused("it is a draft")
    keeps = bool(content.settings.table("changes").get("prereleases", False))
    if _is(record, "prerelease", "is_prerelease") and not keeps:
        raise Refused("it is a prerelease ([tables.changes] prereleases = true keeps them)")
    return _release(content, record, record.get("published_at"), record.get("body"))


def _gitlab(content: Content, record: Record) -> LogRow:
    if _is(record, "upcoming_release"):
        raise Refused("it is an upcoming release")
    return _release(content, record, record.get("released_at"), record.get("description"))


def _jira_version(content: Content, record: Record) -> LogRow:
    if not _is(record, "released"):
        raise Refused("it is not released")
    at = moment_of(record.get("release_date"), content.zone)
    name = one_line(record.get("name"))
    change_id = one_line(record.get("id")) or name
    text, days = short(record.get("description")), usual_days(content.settings, 1.0)
    return LogRow(change_id, at, title_of(name), description=text, uncertain_days=days)


def _jira_issue(content: Content, record: Record) -> LogRow:
    if not one_line(record.get("resolved")):
        raise Refused("it is not resolved")
    at = moment_of(record["resolved"], content.zone)
    key, days = one_line(record.get("key")), usual_days(content.settings, 1.0)
    return LogRow(key, at, title_of(record.get("summary")) or key, uncertain_days=days)


def _release(content: Content, record: Record, when: object, text: object) -> LogRow:
    tag = one_line(record.get("tag_name"))
    at = moment_of(when, content.zone)
    title = title_of(record.get("name")) or tag
    days = usual_days(content.settings, 1.0 if is_day(one_line(when)) else None)
    return LogRow(tag, at, title, component=_repository(record), description=short(text), uncertain_days=days)


def _repository(record: Record) -> str:
    """The repository as it is named, else as the address of the release's page has it."""
    page = _PAGE.match(str(record.get("html_url") or record.get("url") or ""))
    return one_line(record.get("repository")) or (page["name"] if page else "")


def _is(record: Record, *names: str) -> bool:
    return any(str(record.get(name, "")).strip().lower() not in _FALSE for name in names)


def _each(content: Content, key: str, row: Callable[[Content, Record], LogRow]) -> list[Entry]:
    found = []
    for place, record in content.numbered():
        said = one_line(record.get(key))
        try:
            if not said:
                raise Refused(f"it has no {key}")  # noqa: TRY301 - one place tells every reason
            found.append(Entry(place, row(content, record)))
        except Refused as reason:
            found.append(Entry(place, why=str(reason), said=said))
    return found
