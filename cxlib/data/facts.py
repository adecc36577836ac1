"""Prepared columns: what a row means in the light of the other rows, made in SQL, so that a metric stays plain.

`PREPARED` declares them and `prepared_rows` adds those of a table to its rows. Time in these queries is microseconds
(BIGINT); placeholders stand for what the settings and `as_of` say.
"""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Final, Literal

from sqlglot import exp

from cxlib.data.answers import survey_facts
from cxlib.data.engine import Engine
from cxlib.data.relations import rows_of, table_rows
from cxlib.data.replies import contact_facts

if TYPE_CHECKING:
    from cxlib.data.dataset import Dataset

__all__ = ["NEEDS", "PREPARED", "prepared_rows"]

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
        "first_response_state": "text",
        "first_response_wait": "interval",
        "first_response_business_wait": "interval",
        "first_response_used_up": "interval",
    },
}
"""Prepared columns of each table and their types; docs/definitions.md says what each means."""

_SCORED: Final = (("surveys", ("responded_at", "score")),)
_ANSWERED: Final = (("messages", ()), ("tickets", ("first_replied_at",)))

NEEDS: Final[Mapping[tuple[str, str], tuple[tuple[str, tuple[str, ...]], ...]]] = {
    ("surveys", "superseded"): _SCORED,
    ("surveys", "satisfied"): _SCORED,
    ("surveys", "dissatisfied"): _SCORED,
    ("tickets", "is_repeat_contact"): (("tickets", ("customer_id", "reason")),),
    ("tickets", "first_response_state"): _ANSWERED,
    ("tickets", "first_response_wait"): _ANSWERED,
    ("tickets", "first_response_business_wait"): _ANSWERED,
    ("tickets", "first_response_used_up"): _ANSWERED,
}
"""What a prepared column cannot do without: tables with columns, any one of which will do."""


def prepared_rows(
    data: "Dataset", engine: Engine, table: str, *, wanted: Collection[str], extra: Collection[str] = ()
) -> tuple[dict[str, exp.Query], str]:
    """The rows of a table with its prepared columns, as named queries in the order of their use.

    Parameters
    ----------
    data : Dataset
        Tables, settings and `as_of`.
    engine : Engine
        Spells instants.
    table : str
        Canonical name.
    wanted : collection of str
        Columns that will be read; only what they need is made.
    extra : collection of str
        Columns of the source beyond the declared ones.

    Returns
    -------
    queries, name : dict of str to sqlglot Query, str
        Common table expressions, and the name of the last one.
    """
    queries: dict[str, exp.Query] = {rows_of(table): table_rows(data, engine, table, extra=sorted(extra))}
    asked = set(wanted) & set(PREPARED.get(table, {}))
    if not asked:
        return queries, rows_of(table)
    if table == "surveys":
        queries["surveys_prepared"] = survey_facts(data)
        return queries, "surveys_prepared"
    queries["tickets_prepared"] = contact_facts(data)
    last = "tickets_prepared"
    return queries, last
