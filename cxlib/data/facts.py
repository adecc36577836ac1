"""Prepared columns: what a row means in the light of the others, made in SQL, so that metrics stay plain.

`PREPARED` declares them and `prepared_rows` adds those of a table to its rows. Time in these queries is
microseconds (BIGINT); placeholders stand for what the settings and `as_of` say.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

import pyarrow as pa
from sqlglot import exp

from cxlib.data.answers import survey_facts
from cxlib.data.engine import Engine
from cxlib.data.relations import rows_of, table_rows
from cxlib.data.replies import contact_facts, response_facts
from cxlib.data.waits import SCHEDULE_DAYS, business_waits, schedule_days, used_up

if TYPE_CHECKING:
    from cxlib.data.dataset import Dataset

__all__ = ["NEEDS", "PREPARED", "Prepared", "prepared_rows"]

PreparedType = Literal["number", "text", "bool", "instant", "interval"]

PREPARED: Final[Mapping[str, Mapping[str, PreparedType]]] = {
    "surveys": {
        "superseded": "bool",
        "delivered": "bool",
        "satisfied": "bool",
        "dissatisfied": "bool",
    },
    "tickets": {
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
}
"""Prepared columns of each table and their types; docs/definitions.md says what each means."""

_RESPONSES: Final = frozenset(PREPARED["tickets"]) - {"is_counted", "is_inbound", "is_repeat_contact"}
_SCORED: Final = (("surveys", ("responded_at", "score")),)
_ANSWERED: Final = (("messages", ()), ("tickets", ("first_replied_at",)))

NEEDS: Final[Mapping[tuple[str, str], tuple[tuple[str, tuple[str, ...]], ...]]] = {
    ("surveys", "superseded"): _SCORED,
    ("surveys", "satisfied"): _SCORED,
    ("surveys", "dissatisfied"): _SCORED,
    ("tickets", "is_repeat_contact"): (("tickets", ("customer_id", "reason")),),
    ("tickets", "first_response_at"): _ANSWERED,
    ("tickets", "first_response_state"): _ANSWERED,
    ("tickets", "first_response_wait"): _ANSWERED,
    ("tickets", "first_response_business_wait"): _ANSWERED,
    ("tickets", "first_response_used_up"): _ANSWERED,
}
"""What a prepared column cannot do without: tables with columns, any one of which will do."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """Rows with prepared columns, ready to be queried.

    Parameters
    ----------
    name : str
        The query that holds the rows.
    queries : dict of str to sqlglot Query
        It and those that it is made of, in the order of their use.
    tables : mapping of str to pyarrow.Table
        What the queries read beside the canonical tables.
    """

    name: str
    queries: dict[str, exp.Query]
    tables: Mapping[str, pa.Table] = field(default_factory=dict)


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
        Canonical name.
    wanted : collection of str
        Columns that will be read.
    extra : collection of str
        Columns of the source beyond the declared ones.

    Raises
    ------
    ConfigError
        If the settings ask for something that cannot be prepared.
    """
    queries: dict[str, exp.Query] = {rows_of(table): table_rows(data, engine, table, extra=sorted(extra))}
    asked = set(wanted) & set(PREPARED.get(table, {}))
    if not asked:
        return Prepared(rows_of(table), queries)
    if table == "surveys":
        return Prepared("surveys_prepared", queries | {"surveys_prepared": survey_facts(data)})
    queries["tickets_prepared"] = contact_facts()
    if not asked & _RESPONSES:
        return Prepared("tickets_prepared", queries)
    for source in ("messages", "ticket_events"):
        queries[rows_of(source)] = table_rows(data, engine, source)
    queries |= response_facts(data)
    return _with_clocks(data, queries, asked)


def _with_clocks(data: "Dataset", queries: dict[str, exp.Query], asked: set[str]) -> Prepared:
    """Waits on the business clock and against the target, where they are asked for."""
    name, tables = "waits", {}
    target = data.settings.targets.get("first_response_time")
    against = "first_response_used_up" in asked and target is not None
    on_business = against and target is not None and target.get("clock") == "business"
    if "first_response_business_wait" in asked or on_business:
        tables[SCHEDULE_DAYS] = schedule_days(data)
        queries["business_waits"] = business_waits(data, tables[SCHEDULE_DAYS])
        name = "business_waits"
    if against and target is not None:
        wait = "first_response_business_wait" if on_business else "first_response_wait"
        queries["used_up"] = used_up(target, wait, name)
        name = "used_up"
    return Prepared(name, queries, tables)
