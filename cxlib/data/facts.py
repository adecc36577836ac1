"""Prepared columns: what a row means in the light of the others, made in SQL, so that metrics stay plain.

`MAKERS` says who makes the columns of each table, canonical or derived, and `prepared_rows` asks them. Time
in these queries is microseconds (BIGINT).
"""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Final

from cxlib.data.answers import SURVEYS
from cxlib.data.contacts import CONTACTS
from cxlib.data.costs import COSTS
from cxlib.data.derived import DERIVED, PARENTS
from cxlib.data.emails import EMAILS
from cxlib.data.engine import Engine
from cxlib.data.open_spells import OPEN_SPELLS
from cxlib.data.orders import ORDERS
from cxlib.data.outage_time import CALENDAR, OUTAGE_SPELLS
from cxlib.data.page_keys import PAGES
from cxlib.data.posts import POSTS
from cxlib.data.prepared import Maker, Order, Prepared, PreparedType, Ways
from cxlib.data.relations import rows_of, table_rows
from cxlib.data.reviews import REVIEWS
from cxlib.data.sla_clocks import SLA_CLOCKS
from cxlib.data.stays import STATUSES
from cxlib.data.ticket_columns import TICKETS
from cxlib.data.turns import TURNS

if TYPE_CHECKING:
    from cxlib.data.dataset import Dataset

__all__ = ["MAKERS", "NEEDS", "PREPARED", "PREPARED_SEGMENTS", "prepared_rows"]

MAKERS: Final[Mapping[str, Maker]] = {
    "surveys": SURVEYS,
    "tickets": TICKETS,
    "turns": TURNS,
    "statuses": STATUSES,
    "sla_clocks": SLA_CLOCKS,
    "open_spells": OPEN_SPELLS,
    "orders": ORDERS,
    "reviews": REVIEWS,
    "posts": POSTS,
    "costs": COSTS,
    "emails": EMAILS,
    "pages": PAGES,
    "contacts": CONTACTS,
    "outage_spells": OUTAGE_SPELLS,
    "calendar": CALENDAR,
}
"""Who makes the prepared columns of a table."""

PREPARED: Final[Mapping[str, Mapping[str, PreparedType]]] = {
    table: maker.columns for table, maker in MAKERS.items()
}
"""Prepared columns of each table and their types."""

NEEDS: Final[Mapping[tuple[str, str], Ways]] = {
    (table, column): ways for table, maker in MAKERS.items() for column, ways in maker.needs.items()
}
"""What a prepared column cannot do without: tables with columns, any one of which will do."""

PREPARED_SEGMENTS: Final[Mapping[str, Mapping[str, Ways]]] = {
    table: {
        name: maker.needs.get(name, ((table, ()),))
        for name, type_ in maker.columns.items()
        if type_ == "category"
    }
    for table, maker in MAKERS.items()
}
"""Prepared columns that serve as segments, by table, and what each needs."""


def prepared_rows(
    data: "Dataset", engine: Engine, table: str, *, wanted: Collection[str], extra: Collection[str] = ()
) -> Prepared:
    """The rows of a table with its prepared columns; only what is wanted is made.

    Parameters
    ----------
    data : Dataset
        Tables, settings and `as_of`.
    engine : Engine
        Spells instants.
    table : str
        Canonical or derived name.
    wanted : collection of str
        Columns that will be read.
    extra : collection of str
        Columns of the source beyond the declared ones.

    Raises
    ------
    ConfigError
        If the settings ask for something that cannot be prepared.
    """
    known = {**PREPARED.get(table, {}), **PREPARED.get(PARENTS.get(table, ""), {})}
    asked = frozenset(wanted) & frozenset(known)
    further = tuple(sorted(extra))
    if table in DERIVED or asked:
        return MAKERS[table].make(Order(data, engine, asked, further))
    return Prepared(rows_of(table), {rows_of(table): table_rows(data, engine, table, extra=further)})
