"""Prepared columns of reviews: which is the author's current one, and whether it says anything."""

from typing import Final

from sqlglot import exp

from cxlib.data.prepared import Maker, Order, Prepared
from cxlib.data.relations import rows_of, table_rows
from cxlib.data.templates import query

__all__ = ["REVIEWS"]

# An author has one review in a store: the one that was written or edited last. Ties go by the id.
_CURRENT: Final = """
SELECT *, author_id IS NULL OR place = 1 AS is_current, :has_text AS has_text FROM (
  SELECT *, ROW_NUMBER() OVER (
    PARTITION BY store, author_id ORDER BY COALESCE(edited_at, posted_at) DESC, review_id DESC
  ) AS place
  FROM reviews_rows
) AS placed
"""
_WRITTEN: Final = "SELECT *, TRUE AS is_current, :has_text AS has_text FROM reviews_rows"


def _make(order: Order) -> Prepared:
    """The rows of reviews; the window is left out where no author is known."""
    data = order.data
    ranked = "is_current" in order.wanted and data.has("reviews", "author_id")
    has_text = "TRIM(COALESCE(text, '')) <> ''" if data.has("reviews", "text") else exp.true()
    queries: dict[str, exp.Query] = {
        rows_of("reviews"): table_rows(data, order.engine, "reviews", extra=order.extra),
        "reviews_prepared": query(_CURRENT if ranked else _WRITTEN, has_text=has_text),
    }
    return Prepared("reviews_prepared", queries)


REVIEWS: Final = Maker(columns={"is_current": "bool", "has_text": "bool"}, needs={}, make=_make)
"""Maker of the prepared columns of reviews."""
