"""Which format a file has: by its first lines, else by the columns or keys that it holds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from cxlib.changes.log import changelog, flags, git_text, plain, releases
from cxlib.changes.log.entries import Content, Entry
from cxlib.changes.log.rows import COLUMNS
from cxlib.data.recognise import ALIASES
from cxlib.errors import DataError, UnknownNameError
from cxlib.text import join_words

__all__ = ["FORMATS", "Format", "recognise_format"]

_LEAST: Final = 0.5
_TIE: Final = 0.05


@dataclass(frozen=True, slots=True)
class Format:
    """One format of a change log.

    Parameters
    ----------
    name : str
        As `format` takes it.
    words : str
        For people.
    read : callable
        Makes entries of a file.
    lines : callable or None
        Recognises a text by its lines.
    required, known : frozenset of str
        Normalised names of columns or keys: all that it must have, all that it may have.
    aliases : tuple of (str, str)
        Other names of required ones.
    asked : bool
        Only where somebody asks for it.
    """

    name: str
    words: str
    read: Callable[[Content], list[Entry]]
    lines: Callable[[Sequence[str]], bool] | None = None
    required: frozenset[str] = frozenset()
    known: frozenset[str] = frozenset()
    aliases: tuple[tuple[str, str], ...] = ()
    asked: bool = False

    def lacks(self, columns: set[str]) -> list[str]:
        """Required names that are missing."""
        called = columns | {name for other, name in self.aliases if other in columns}
        return sorted(self.required - called)

    def score(self, columns: set[str]) -> float:
        """Known columns there, of those that there are; 0 without a required one."""
        known = self.required | self.known | {other for other, _ in self.aliases}
        return 0.0 if self.lacks(columns) or not columns else len(columns & known) / len(columns)


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


FORMATS: Final = (
    Format("keep_a_changelog", "Keep a Changelog", changelog.read_changelog, changelog.is_changelog),
    Format("git_log", "the text of git log", git_text.read_git_log, git_text.is_git_log),
    Format("git_tags", "the text of git tags", git_text.read_git_tags, git_text.is_git_tags),
    Format(
        "csv",
        "a log in CSV",
        plain.read_plain,
        required=_names("change_id released_at title"),
        known=frozenset(COLUMNS) | {"updated_at"},
        aliases=tuple(ALIASES["changes"].items()),
    ),
    Format(
        "github_releases",
        "GitHub releases",
        releases.read_github,
        required=_names("tag_name published_at"),
        known=_names(
            "id name body draft prerelease created_at repository html_url url upload_url assets assets_url "
            "tarball_url zipball_url author node_id target_commitish immutable updated_at reactions "
            "is_draft is_prerelease is_latest mentions_count discussion_url body_html body_text"
        ),
    ),
    Format(
        "gitlab_releases",
        "GitLab releases",
        releases.read_gitlab,
        required=_names("tag_name released_at"),
        known=_names(
            "name description description_html created_at upcoming_release author commit milestones "
            "commit_path tag_path assets evidences links project_id"
        ),
    ),
    Format(
        "jira_versions",
        "Jira versions",
        releases.read_jira_versions,
        required=_names("name released release_date"),
        known=_names(
            "id description archived start_date project_id project self overdue user_start_date "
            "user_release_date expand driver approvers"
        ),
    ),
    Format(
        "jira_issues",
        "Jira issues",
        releases.read_jira_issues,
        required=_names("key summary resolved"),
        asked=True,
    ),
    Format(
        "launchdarkly",
        "LaunchDarkly audit log",
        flags.read_launchdarkly,
        required=_names("id date kind name"),
        known=_names(
            "account_id accesses title_verb title description short_description comment member links target "
            "subject parent delta triggers trigger_body merge previous_version current_version subentries "
            "app token access_token markdown_title"
        ),
    ),
)


def recognise_format(content: Content, asked: str | None) -> Format:
    """The format of a file.

    Parameters
    ----------
    content : Content
        As read.
    asked : str or None
        Its name, where somebody says it.

    Raises
    ------
    UnknownNameError
        If there is no such format.
    DataError
        If it is none of them, or two fit.
    """
    by_name = {each.name: each for each in FORMATS}
    if asked is not None:
        if asked not in by_name:
            raise UnknownNameError("format", asked, by_name)
        return _refuse_lacking(content, by_name[asked])
    for each in FORMATS:
        if each.lines is not None and each.lines(content.lines):
            return each
    columns = content.columns
    scored = sorted(
        ((each.score(columns), each) for each in FORMATS if each.lines is None and not each.asked),
        key=lambda pair: -pair[0],
    )
    (best, first), (next_best, second) = scored[:2]
    # our own names win: a log in them is read as it is
    if first.lacks(columns) or (best < _LEAST and first.name != "csv"):
        raise _unknown(content, columns)
    if best - next_best <= _TIE and second.score(columns) > 0:
        raise DataError(
            content.name,
            found=f"columns of {first.words} and of {second.words}",
            expected="those of one format",
            fix=f"say which, format {first.name} or {second.name}",
        )
    return first


def _refuse_lacking(content: Content, chosen: Format) -> Format:
    lines = chosen.lines
    if lines is None and chosen.name == "csv" and content.part is None:
        raise DataError(
            content.name, found="no delimited text", expected=chosen.words, fix="name the format that it has"
        )
    missing = [] if lines is not None else chosen.lacks(content.columns)
    if missing or (lines is not None and not lines(content.lines)):
        raise DataError(
            content.name,
            found=f"no {join_words(missing)}" if missing else "other lines",
            expected=chosen.words,
            fix="name the format that it has, or leave the format out",
        )
    return chosen


def _unknown(content: Content, columns: set[str]) -> DataError:
    """The nearest format, and what it lacks."""
    with_columns = [each for each in FORMATS if each.required]
    near = min(with_columns, key=lambda each: (len(each.lacks(columns)) / len(each.required), each.asked))
    lacking = near.lacks(columns)
    found = join_words(sorted(columns)[:8]) or "a text without columns"
    hint = f"Nearest is {near.words}, which needs {join_words(lacking)} too." if lacking else ""
    return DataError(
        content.name,
        found=found,
        expected=f"one of {join_words([each.words for each in FORMATS if not each.asked], last='or')}",
        hint=hint,
        fix="say it with format, or write a CSV with change_id, released_at and title",
    )
