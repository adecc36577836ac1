"""Tables that no file holds: made of the canonical ones, and as good a table for a metric as they are."""

from typing import Final

from cxlib.data.schema import TABLES, Column, Table

__all__ = ["DERIVED", "PARENTS", "SOURCES", "table_named"]


def _instant(name: str) -> Column:
    return Column(name, "instant")


TURNS = Table(
    "turns",
    (
        Column("ticket_id", "id"),
        _instant("started_at"),
        _instant("answered_at"),
        Column("ended", "flag"),
        Column("known", "flag"),
    ),
    basis="started_at",
)
STATUSES = Table(
    "statuses",
    (
        Column("ticket_id", "id"),
        Column("status", "category"),
        _instant("entered_at"),
        _instant("left_at"),
        Column("ended", "flag"),
    ),
    basis="entered_at",
)
SLA_CLOCKS = Table(
    "sla_clocks",
    (
        Column("ticket_id", "id"),
        Column("target_name", "category"),
        Column("priority", "category"),
        _instant("started_at"),
        _instant("deadline_at"),
        _instant("fulfilled_at"),
        Column("consumed", "number"),
        Column("known", "flag"),
        Column("failed", "flag"),
    ),
    basis="deadline_at",
)
OPEN_SPELLS = Table(
    "open_spells",
    (Column("ticket_id", "id"), _instant("opened_at"), _instant("left_at")),
    basis="opened_at",
)
CONTACTS = Table(
    "contacts",
    (Column("customer_id", "id"), Column("account_id", "id"), _instant("contacted_at")),
    basis="contacted_at",
)
OUTAGE_SPELLS = Table(
    "outage_spells",
    (Column("component", "category"), _instant("started_at"), _instant("ended_at")),
    basis="started_at",
)
CALENDAR = Table(
    "calendar",
    (
        Column("date", "date"),
        Column("minutes", "number"),
        Column("down_minutes", "number"),
        Column("is_business_day", "flag"),
    ),
    basis="date",
)

DERIVED: Final[dict[str, Table]] = {
    table.name: table
    for table in (TURNS, STATUSES, SLA_CLOCKS, OPEN_SPELLS, CONTACTS, OUTAGE_SPELLS, CALENDAR)
}
"""By name; `cxlib.data.facts` makes their rows."""

PARENTS: Final[dict[str, str]] = {
    "turns": "tickets",
    "statuses": "tickets",
    "sla_clocks": "tickets",
    "open_spells": "tickets",
}
"""Derived tables whose rows belong to a row of another table and carry all its columns, segments included."""

SOURCES: Final[dict[str, tuple[str, ...]]] = {
    "turns": ("tickets", "messages"),
    "statuses": ("tickets", "ticket_events"),
    "sla_clocks": ("tickets",),
    "open_spells": ("tickets",),
    "contacts": ("tickets",),
    "outage_spells": ("outages",),
    "calendar": ("outages",),
}
"""The canonical tables without which a derived one cannot be made; the first one's end is its end."""


def table_named(name: str) -> Table:
    """The declaration of a canonical or derived table.

    Parameters
    ----------
    name : str
        A key of `TABLES` or `DERIVED`.

    Examples
    --------
    >>> table_named("tickets").key, table_named("turns").basis
    ('ticket_id', 'started_at')
    """
    return TABLES[name] if name in TABLES else DERIVED[name]
