"""Which prepared columns tickets have, what each needs, and the queries that make those asked for."""

from typing import Final

from sqlglot import exp

from cxlib.data.prepared import Maker, Order, Prepared
from cxlib.data.relations import rows_of, table_rows
from cxlib.data.replies import contact_facts, response_facts
from cxlib.data.waits import SCHEDULE_DAYS, business_waits, schedule_days, used_up

__all__ = ["TICKETS"]

_CONTACTS: Final = frozenset({"is_counted", "is_inbound", "is_repeat_contact"})
_ANSWERED: Final = (("messages", ()), ("tickets", ("first_replied_at",)))


def _make(order: Order) -> Prepared:
    """The rows of tickets with the columns asked for."""
    queries: dict[str, exp.Query] = {
        rows_of("tickets"): table_rows(order.data, order.engine, "tickets", extra=order.extra),
        "tickets_prepared": contact_facts(),
    }
    if order.wanted <= _CONTACTS:
        return Prepared("tickets_prepared", queries)
    for source in ("messages", "ticket_events"):
        queries[rows_of(source)] = table_rows(order.data, order.engine, source)
    queries |= response_facts(order.data)
    return _with_clocks(order, queries)


def _with_clocks(order: Order, queries: dict[str, exp.Query]) -> Prepared:
    """Waits on the business clock and against the target, where they are asked for."""
    name, tables = "waits", {}
    target = order.data.settings.targets.get("first_response_time")
    against = "first_response_used_up" in order.wanted and target is not None
    on_business = against and target is not None and target.get("clock") == "business"
    if "first_response_business_wait" in order.wanted or on_business:
        tables[SCHEDULE_DAYS] = schedule_days(order.data)
        queries["business_waits"] = business_waits(order.data, tables[SCHEDULE_DAYS])
        name = "business_waits"
    if against and target is not None:
        wait = "first_response_business_wait" if on_business else "first_response_wait"
        queries["used_up"] = used_up(target, wait, name)
        name = "used_up"
    return Prepared(name, queries, tables)


TICKETS: Final = Maker(
    columns={
        "is_counted": "bool",
        "is_inbound": "bool",
        "is_repeat_contact": "bool",
        "excluded_because": "text",
        "first_response_at": "instant",
        "first_response_state": "text",
        "first_response_wait": "interval",
        "first_response_business_wait": "interval",
        "first_response_used_up": "interval",
    },
    needs={
        "is_repeat_contact": (("tickets", ("customer_id", "reason")),),
        "first_response_at": _ANSWERED,
        "first_response_state": _ANSWERED,
        "first_response_wait": _ANSWERED,
        "first_response_business_wait": _ANSWERED,
        "first_response_used_up": _ANSWERED,
    },
    make=_make,
)
"""Maker of the prepared columns of tickets."""
