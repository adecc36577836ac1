"""Prepared columns of tickets that report a broken lesson: one report of each lesson counts."""

from typing import TYPE_CHECKING, Final

from sqlglot import exp

from cxlib.data.prepared import Prepared
from cxlib.data.templates import query

if TYPE_CHECKING:
    from cxlib.data.dataset import Dataset

__all__ = ["LESSON_ISSUES", "with_lesson_issues"]

LESSON_ISSUES: Final = frozenset({"is_lesson_issue", "is_lesson_repeat"})
"""Prepared columns of tickets that are made here."""

_REPORTS: Final = "SELECT *, is_counted AND is_issue AND :on_lesson AS is_report FROM :source"
# Only reports that name their lesson are ranked: the tickets of a company are many, these are few.
_LATER: Final = """
SELECT ticket_id FROM (
  SELECT ticket_id, ROW_NUMBER() OVER (PARTITION BY lesson_id ORDER BY created_at, ticket_id) AS place
  FROM lesson_reports WHERE is_report AND lesson_id IS NOT NULL
) AS ranked
WHERE place > 1
"""
_ONCE: Final = """
SELECT r.*, r.is_report AND x.ticket_id IS NULL AS is_lesson_issue,
  x.ticket_id IS NOT NULL AS is_lesson_repeat
FROM lesson_reports AS r LEFT JOIN lesson_repeats AS x ON x.ticket_id = r.ticket_id
"""
_EACH: Final = "SELECT *, is_report AS is_lesson_issue, FALSE AS is_lesson_repeat FROM lesson_reports"


def with_lesson_issues(data: "Dataset", tickets: Prepared) -> Prepared:
    """The rows of tickets with the columns of `LESSON_ISSUES`.

    ``is_lesson_issue``: a report of an issue in a lesson (anywhere, where tickets have no ``surface``), the
    first of its lesson where it names one. ``is_lesson_repeat``: a later one of the same lesson.

    Parameters
    ----------
    data : Dataset
        Says which columns there are.
    tickets : Prepared
        Rows with is_counted and is_issue.
    """
    on_lesson = "LOWER(surface) = 'lesson'" if data.has("tickets", "surface") else exp.true()
    reports = query(_REPORTS, source=exp.to_identifier(tickets.name), on_lesson=on_lesson)
    queries = {**tickets.queries, "lesson_reports": reports}
    if data.has("tickets", "lesson_id"):
        queries |= {"lesson_repeats": query(_LATER), "lesson_issues": query(_ONCE)}
    else:
        queries["lesson_issues"] = query(_EACH)
    return Prepared("lesson_issues", queries, tickets.tables)
