"""Prepared columns of tickets that need no other table: what counts, whose contact, how urgent."""

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Final

from sqlglot import exp

from cxlib.data.clock import DAY_US
from cxlib.data.relations import column, number, rows_of
from cxlib.data.templates import expression, query

if TYPE_CHECKING:
    from cxlib.data.dataset import Dataset

__all__ = ["CONTACTS", "contact_steps"]

CONTACTS: Final = frozenset(
    {
        "is_counted",
        "is_inbound",
        "is_issue",
        "is_urgent",
        "is_urgent_mismatch",
        "is_unassigned",
        "is_repeat_contact",
    }
)
"""Prepared columns of tickets that are made here."""

# The column reopens is what the ticket says; what came of it is told under that name later.
_COUNTED: Final = """
SELECT reopens AS given_reopens, :opened_at AS opened_at, :is_issue AS is_issue, :is_urgent AS is_urgent,
  NULLIF(CAST(assignee AS TEXT), '') IS NULL AS is_unassigned,
  COALESCE(status NOT IN ('deleted', 'spam', 'test'), TRUE) AS is_counted
FROM :source
"""
_CONTACTS: Final = """
SELECT *, is_counted AND COALESCE(initiated_by, 'customer') = 'customer' AS is_inbound,
  (LOWER(priority) = 'urgent') <> is_urgent AS is_urgent_mismatch
FROM counted
"""
# The contact before, of the same customer and reason; a ticket without a customer repeats nothing.
_REPEATS: Final = """
SELECT *,
  COALESCE(
    is_inbound AND customer_id IS NOT NULL AND created_at - LAG(created_at) OVER (
      PARTITION BY customer_id, reason, is_inbound ORDER BY created_at, ticket_id
    ) <= :week, FALSE) AS is_repeat_contact
FROM tickets_contacts
"""
# What an agent opened, and what counts nowhere, began no customer's wait.
_MERGED: Final = """
SELECT merged_into, MIN(created_at) AS earliest_at FROM tickets_rows
WHERE merged_into IS NOT NULL AND COALESCE(initiated_by, 'customer') = 'customer'
  AND COALESCE(status NOT IN ('deleted', 'spam', 'test'), TRUE)
GROUP BY merged_into
"""
_INHERITED: Final = """
SELECT t.*, LEAST(t.created_at, COALESCE(g.earliest_at, t.created_at)) AS earliest_at
FROM tickets_rows AS t LEFT JOIN merged AS g ON g.merged_into = t.ticket_id
"""


def contact_steps(data: "Dataset", rows: exp.Select, wanted: Collection[str]) -> dict[str, exp.Query]:
    """The queries from the rows of tickets to ``tickets_prepared``: what counts, and since when it is open.

    Columns added: those of `CONTACTS`, given_reopens in the place of reopens, and opened_at, which is
    created_at, or of a ticket that tickets of customers were merged into the earliest of all, if the settings
    say so.

    Parameters
    ----------
    data : Dataset
        Its settings say which reasons are issues or urgent.
    rows : sqlglot Select
        The rows of tickets.
    wanted : collection of str
        Prepared columns that will be read: the window of repeats is run for none but who asks.
    """
    steps: dict[str, exp.Query] = {rows_of("tickets"): rows}
    source, opened = rows_of("tickets"), "created_at"
    if data.settings.definitions["merge_creation"] == "earliest":
        steps |= {"merged": query(_MERGED), "inherited": query(_INHERITED)}
        source, opened = "inherited", "earliest_at"
    counted = query(
        _COUNTED,
        source=exp.to_identifier(source),
        opened_at=opened,
        is_issue=_has_reason(data.settings.reasons.get("is_issue")),
        is_urgent=_has_reason(data.settings.reasons.get("urgent")),
    )
    kept = [column(name) for name in rows.named_selects if name != "reopens"]
    steps |= {"counted": counted.select(*kept), "tickets_contacts": query(_CONTACTS)}
    last = query(_REPEATS, week=number(7 * DAY_US)) if "is_repeat_contact" in wanted else None
    return steps | {"tickets_prepared": last or query("SELECT * FROM tickets_contacts")}


def _has_reason(reasons: Sequence[str] | None) -> exp.Expr:
    """Whether a ticket's reason is among some; NULL where the settings name none."""
    if reasons is None:
        return expression("CAST(NULL AS BOOLEAN)")
    if not reasons:
        return exp.false()
    named = [exp.Literal.string(reason) for reason in reasons]
    return exp.func("COALESCE", exp.In(this=column("reason"), expressions=named), exp.false())
