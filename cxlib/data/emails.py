"""Prepared column of e-mails: their template under the name that tickets have for it."""

from typing import Final

from sqlglot import exp

from cxlib.data.prepared import Maker, Order, Prepared
from cxlib.data.relations import column, rows_of, table_rows

__all__ = ["EMAILS"]


def _make(order: Order) -> Prepared:
    """The rows of emails, so that both sides of a rate by template share the segment."""
    name = rows_of("emails")
    template = exp.alias_(column("template"), "email_template", quoted=True)
    return Prepared(
        "emails_prepared",
        {
            name: table_rows(order.data, order.engine, "emails", extra=order.extra),
            "emails_prepared": exp.select(exp.Star(), template).from_(exp.to_table(name, quoted=True)),
        },
    )


EMAILS: Final = Maker(
    columns={"email_template": "category"}, needs={"email_template": (("emails", ()),)}, make=_make
)
"""Maker of the prepared column of emails."""
