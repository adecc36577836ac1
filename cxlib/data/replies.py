"""Prepared columns of tickets: which count as a contact."""

from typing import TYPE_CHECKING, Final

import sqlglot
from sqlglot import exp

if TYPE_CHECKING:
    from cxlib.data.dataset import Dataset

__all__ = ["contact_facts"]

# The contact before, of the same customer and reason; a ticket without a customer repeats nothing.
_CONTACTS: Final = """
SELECT *,
  is_counted AND COALESCE(initiated_by, 'customer') = 'customer' AS is_inbound,
  COALESCE(
    customer_id IS NOT NULL AND created_at - LAG(created_at) OVER (
      PARTITION BY customer_id, reason, is_counted AND COALESCE(initiated_by, 'customer') = 'customer'
      ORDER BY created_at, ticket_id
    ) <= :week, FALSE) AS is_repeat_contact
FROM (
  SELECT *, COALESCE(status NOT IN ('deleted', 'spam', 'test'), TRUE) AS is_counted FROM tickets_rows
) AS counted
"""
_WEEK_US: Final = 7 * 86_400_000_000


def contact_facts(data: "Dataset") -> exp.Query:  # noqa: ARG001
    """The rows of tickets with the columns that counts of contacts need."""
    query = exp.replace_placeholders(
        sqlglot.parse_one(_CONTACTS, dialect="duckdb"), week=exp.Literal.number(_WEEK_US)
    )
    return query
