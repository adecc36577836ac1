"""Contacts: every time that a customer came to us, by a ticket or in an interaction, as one derived table."""

from typing import TYPE_CHECKING, Final

from sqlglot import exp

from cxlib.data.prepared import Maker, Order, Prepared
from cxlib.data.relations import column, rows_of, table_rows
from cxlib.data.templates import query
from cxlib.data.ticket_columns import TICKETS

if TYPE_CHECKING:
    from cxlib.data.dataset import Dataset

__all__ = ["CONTACTS", "inbound_tickets"]

_KNOWN: Final = """
SELECT c.*, r.customer_id IS NOT NULL AS is_of_known_customer
FROM contacts_made AS c LEFT JOIN customers_rows AS r ON r.customer_id = c.customer_id
"""


def inbound_tickets(order: Order) -> Prepared:
    """The rows of tickets with `is_inbound`, merged ones included: what counts as a contact."""
    return TICKETS.make(Order(order.data, order.engine, frozenset({"is_inbound"})))


def _make(order: Order) -> Prepared:
    """Inbound tickets and inbound interactions under one form."""
    tickets = inbound_tickets(order)
    queries = dict(tickets.queries)
    parts = [_part(order.data, "tickets", tickets.name, "created_at", column("is_inbound"))]
    if order.data.has("interactions", "direction"):
        name = rows_of("interactions")
        queries[name] = table_rows(order.data, order.engine, "interactions")
        inbound = exp.EQ(this=column("direction"), expression=exp.Literal.string("inbound"))
        parts.append(_part(order.data, "interactions", name, "at", inbound))
    made = parts[0] if len(parts) == 1 else exp.union(*parts, distinct=False, copy=False)
    queries["contacts_made"] = made
    if not order.wanted:
        return Prepared("contacts_made", queries, tickets.tables)
    queries[rows_of("customers")] = table_rows(order.data, order.engine, "customers")
    queries["contacts_known"] = query(_KNOWN)
    return Prepared("contacts_known", queries, tickets.tables)


def _part(data: "Dataset", table: str, source: str, at: str, is_inbound: exp.Expr) -> exp.Select:
    """The contacts of one table; an id that it lacks is a NULL that takes the other table's type."""
    ids = [
        exp.alias_(column(name) if data.has(table, name) else exp.null(), name, quoted=True)
        for name in ("customer_id", "account_id")
    ]
    contacted = exp.alias_(column(at), "contacted_at", quoted=True)
    return exp.select(*ids, contacted).from_(exp.to_table(source, quoted=True)).where(is_inbound)


CONTACTS: Final = Maker(
    columns={"is_of_known_customer": "bool"},
    needs={"is_of_known_customer": (("customers", ()),)},
    make=_make,
)
"""Maker of the rows of contacts."""
