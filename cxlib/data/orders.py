"""Prepared columns of orders: what was cancelled, when a promise is due, when the customer next wrote."""

from typing import Final

from sqlglot import exp

from cxlib.data.clock import DAY_US
from cxlib.data.contacts import inbound_tickets
from cxlib.data.prepared import Maker, Order, Prepared
from cxlib.data.relations import number, rows_of, table_rows
from cxlib.data.templates import query

__all__ = ["ORDERS"]

# Orders and contacts of a customer in one line of time: the next contact of an order is the earliest of those
# that follow it. One window instead of a join in which every order would meet every contact.
_NEXT: Final = """
SELECT order_id, next_contact_at FROM (
  SELECT order_id, MIN(contacted_at) OVER (
    PARTITION BY customer_id ORDER BY at, place ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING
  ) AS next_contact_at
  FROM (
    SELECT order_id, customer_id, ordered_at AS at, 0 AS place, CAST(NULL AS BIGINT) AS contacted_at
    FROM orders_rows WHERE customer_id IS NOT NULL
    UNION ALL
    SELECT NULL AS order_id, customer_id, created_at AS at, 1 AS place, created_at AS contacted_at
    FROM :tickets WHERE is_inbound AND customer_id IS NOT NULL
  ) AS line
) AS seen
WHERE order_id IS NOT NULL
"""
_PLAIN: Final = """
SELECT *, cancelled_at IS NOT NULL AS is_cancelled, promised_at + :due AS promise_due_at FROM orders_rows
"""
_JOINED: Final = """
SELECT o.*, n.next_contact_at FROM orders_plain AS o
LEFT JOIN next_contacts AS n ON n.order_id = o.order_id
"""
_DUE_US: Final = 30 * DAY_US


def _make(order: Order) -> Prepared:
    """The rows of orders; a column that they lack says nothing: not cancelled, nothing promised."""
    queries: dict[str, exp.Query] = {
        rows_of("orders"): table_rows(order.data, order.engine, "orders", extra=order.extra),
        "orders_plain": query(_PLAIN, due=number(_DUE_US)),
    }
    if "next_contact_at" not in order.wanted:
        return Prepared("orders_plain", queries)
    tickets = inbound_tickets(order)
    queries |= {
        **tickets.queries,
        "next_contacts": query(_NEXT, tickets=exp.to_identifier(tickets.name)),
        "orders_prepared": query(_JOINED),
    }
    return Prepared("orders_prepared", queries, tickets.tables)


ORDERS: Final = Maker(
    columns={"is_cancelled": "bool", "promise_due_at": "instant", "next_contact_at": "instant"},
    needs={"next_contact_at": (("tickets", ("customer_id",)),)},
    make=_make,
)
"""Maker of the prepared columns of orders."""
