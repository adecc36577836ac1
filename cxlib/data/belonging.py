"""Rows that belong to a ticket carry its columns, so that they are cut and chosen as tickets are."""

from collections.abc import Collection, Mapping
from typing import Final

from sqlglot import exp

from cxlib.data.derived import DERIVED
from cxlib.data.prepared import Order, Prepared, PreparedType
from cxlib.data.relations import column, further_name
from cxlib.data.schema import TABLES
from cxlib.data.ticket_columns import TICKETS, prepared_tickets

__all__ = ["belonging_rows", "tickets_of"]

_NAMES: Final = frozenset(TABLES["tickets"].names)


def tickets_of(order: Order, needed: Collection[str] = ()) -> Prepared:
    """The tickets behind the rows of a derived table.

    Parameters
    ----------
    order : Order
        What is asked of the derived table; prepared columns of tickets among it.
    needed : collection of str
        Prepared columns of tickets that the rows are made of.
    """
    wanted = (order.wanted & TICKETS.columns.keys()) | {*needed}
    return prepared_tickets(Order(order.data, order.engine, wanted, order.extra))


def belonging_rows(
    order: Order, table: str, made: Mapping[str, PreparedType], parts: Prepared, tickets: str
) -> Prepared:
    """The rows of a derived table, each with the columns of its ticket; its own win.

    Parameters
    ----------
    order : Order
        What is asked.
    table : str
        A derived table.
    made : mapping of str to PreparedType
        Its prepared columns.
    parts : Prepared
        Its own columns, ticket_id among them, and the tickets.
    tickets : str
        The query with the tickets.
    """
    own = list(dict.fromkeys([*DERIVED[table].names, *made]))
    asked = (order.wanted & TICKETS.columns.keys()) | (_NAMES - TICKETS.columns.keys())
    inherited = [name for name in sorted(asked) if name not in own]
    present = [name for name in order.extra if name not in _NAMES and order.data.has("tickets", name)]
    query = (
        exp.select(
            *(column(name, "c") for name in own),
            *(column(name, "t") for name in [*inherited, *map(further_name, present)]),
        )
        .from_(exp.alias_(exp.to_table(parts.name), "c", table=True))
        .join(
            exp.alias_(exp.to_table(tickets), "t", table=True),
            on=exp.EQ(this=column("ticket_id", "t"), expression=column("ticket_id", "c")),
        )
    )
    name = f"{table}_prepared"
    return Prepared(name, {**parts.queries, name: query}, parts.tables)
