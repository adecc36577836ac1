"""What tickets say of themselves against what their messages and events tell: disagreements are reported."""

from collections.abc import Collection
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
from sqlglot import exp

from cxlib.data.clock import from_microseconds
from cxlib.data.prepared import Order
from cxlib.data.relations import column, number
from cxlib.data.templates import expression, query
from cxlib.data.ticket_columns import prepared_tickets
from cxlib.result import Caveat
from cxlib.text import format_count, plural, quote

if TYPE_CHECKING:
    from cxlib.data.dataset import Dataset

__all__ = ["summary_disagreements"]

_EXAMPLES: Final = 5
# What a ticket says, what is derived, from which table, and how far they may differ: a second is rounding.
_PAIRS: Final = {
    "first_replied_at": ("first_replied_at", "first_response_at", "messages", 999_999),
    "solved_at": ("solved_at", "last_solved_at", "ticket_events", 999_999),
    "reopens": ("given_reopens", "reopens", "ticket_events", 0),
}
_DIFFER: Final = """
SELECT ticket_id, created_at, :name AS summary, CAST(:given AS BIGINT) AS given,
  CAST(:derived AS BIGINT) AS derived
FROM :tickets
WHERE is_counted AND (ABS(:given - :derived) > :slack OR (:given IS NULL) <> (:derived IS NULL))
"""
_PLACED: Final = """
SELECT summary, ticket_id, given, derived, COUNT(*) OVER (PARTITION BY summary) AS tickets,
  ROW_NUMBER() OVER (PARTITION BY summary ORDER BY created_at, ticket_id) AS place
FROM differing
"""


def summary_disagreements(data: "Dataset", names: Collection[str] = tuple(_PAIRS)) -> tuple[Caveat, ...]:
    """Where first_replied_at, solved_at and reopens of tickets are not what messages and events tell.

    The first reply is that of the settings' definition, the solve the last one of a resolved ticket; less
    than a second is no difference. Metrics go by messages and events, whatever is found here.

    Parameters
    ----------
    data : Dataset
        A column is compared where tickets have it beside messages or events.
    names : collection of str
        Which of ``first_replied_at``, ``solved_at`` and ``reopens`` to compare.

    Returns
    -------
    caveats : tuple of Caveat
        One ``summary_disagreement`` a column: how many tickets disagree, and the five earliest of them.

    Examples
    --------
    >>> import cxlib as cx
    >>> import pandas as pd
    >>> tickets = pd.DataFrame({"ticket_id": ["1"], "created_at": ["2020-02-03T09:00Z"], "reopens": [2]})
    >>> events = pd.DataFrame({"ticket_id": ["1"], "at": ["2020-02-03T10:00Z"], "status": ["solved"]})
    >>> data = cx.load({"tickets": tickets, "ticket_events": events}, as_of="2020-02-10")
    >>> print(summary_disagreements(data)[0].text)
    tickets.reopens disagrees with ticket_events in 1 ticket: '1' says 2, they say 0.
    """
    compared = {
        name: pair
        for name, pair in _PAIRS.items()
        if name in names and data.has("tickets", name) and data.has(pair[2])
    }
    if not compared:
        return ()
    wanted = frozenset({"is_counted"} | {derived for _, derived, _, _ in compared.values()})
    made = prepared_tickets(Order(data, data.engine, wanted))
    parts = [_differing(name, made.name) for name in compared]
    queries = {
        **made.queries,
        "differing": exp.union(*parts, distinct=False) if len(parts) > 1 else parts[0],
        "differing_placed": query(_PLACED),
    }
    few = exp.select(exp.Star()).from_("differing_placed").where(expression(f"place <= {_EXAMPLES}"))
    for name, part in queries.items():
        few = few.with_(exp.to_identifier(name, quoted=True), as_=part, copy=False)
    found = data.engine.run(few, {**data.tables, **made.tables})
    return tuple(_caveat(name, rows) for name in compared if (rows := _rows_of(found, name)))


def _differing(name: str, tickets: str) -> exp.Query:
    given, derived, _, slack = _PAIRS[name]
    return query(
        _DIFFER,
        name=exp.Literal.string(name),
        given=column(given),
        derived=column(derived),
        slack=number(slack),
        tickets=exp.to_identifier(tickets),
    )


def _rows_of(found: pa.Table, name: str) -> list[dict[str, Any]]:
    rows = [row for row in found.to_pylist() if row["summary"] == name]
    return sorted(rows, key=lambda row: int(row["place"]))


def _caveat(name: str, rows: list[dict[str, Any]]) -> Caveat:
    examples = [
        f"{quote(row['ticket_id'])} says {_said(name, row['given'])}, they say {_said(name, row['derived'])}"
        for row in rows
    ]
    count = plural(int(rows[0]["tickets"]), "ticket")
    text = f"tickets.{name} disagrees with {_PAIRS[name][2]} in {count}: {'; '.join(examples)}."
    return Caveat("summary_disagreement", text)


def _said(name: str, value: int | None) -> str:
    """A value in words; instants in UTC."""
    if value is None:
        return "nothing"
    if name == "reopens":
        return format_count(value)
    return f"{from_microseconds(value):%Y-%m-%d %H:%M:%S} UTC"
