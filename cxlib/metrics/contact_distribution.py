"""How many customers made contact how often: neither none nor very many is healthy, and a mean hides both."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from sqlglot import exp

from cxlib.data.clock import DAY_US, Integers, from_microseconds, to_microseconds
from cxlib.data.facts import prepared_rows
from cxlib.data.relations import instant_range, number, rows_of, table_rows
from cxlib.data.templates import query
from cxlib.metrics.availability import require
from cxlib.metrics.demand import CONTACTS_PER_CUSTOMER_YEAR
from cxlib.result import Caveat, Result
from cxlib.text import format_count, format_day, format_value

if TYPE_CHECKING:
    from cxlib.data.dataset import Dataset

__all__ = ["ContactDistribution", "contact_distribution"]

_YEAR_US: Final = 365 * DAY_US
_TOLD: Final = (1, 2, 5)  # of P(≥ k) in the sentence

# Customers who were there at some time of the year, and how often each made contact in it.
_COUNTED: Final = """
SELECT times, COUNT(*) AS customers FROM (
  SELECT r.customer_id, COALESCE(c.times, 0) AS times
  FROM customers_rows AS r LEFT JOIN (
    SELECT customer_id, COUNT(*) AS times FROM :contacts
    WHERE contacted_at >= :start AND contacted_at < :stop AND customer_id IS NOT NULL GROUP BY customer_id
  ) AS c ON c.customer_id = r.customer_id
  WHERE r.signed_up_at < :stop AND (r.churned_at IS NULL OR r.churned_at > :start)
) AS counted
GROUP BY times
"""


@dataclass(frozen=True, eq=False, repr=False)
class ContactDistribution(Result):
    """How many customers made contact at least so often in the 365 days up to an instant.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a number of contacts from 0 to the highest: `contacts`, `customers` (with exactly so many),
        `share_at_least` (% of the customers who were there, with so many or more).
    text : str
        The shares with at least 1, 2 and 5.
    caveats : tuple of Caveat
        Whether the data cover the whole year.
    """

    table: pd.DataFrame
    text: str
    caveats: tuple[Caveat, ...] = ()


def contact_distribution(data: "Dataset") -> ContactDistribution:
    """P(≥ k contacts) of the customers who were there in the 365 days up to where contacts end.

    Parameters
    ----------
    data : Dataset
        With customers, and tickets or interactions.

    Raises
    ------
    MissingColumnError
        If the data lack what contacts_per_customer_year needs.

    Examples
    --------
    >>> import cxlib as cx
    >>> people = pd.DataFrame({"customer_id": ["a", "b"], "signed_up_at": "2018-02-01T00:00Z"})
    >>> people["churned_at"] = None
    >>> tickets = pd.DataFrame({"ticket_id": ["1", "2"], "customer_id": "a"})
    >>> tickets["created_at"] = ["2019-02-01T09:00Z", "2020-02-01T09:00Z"]
    >>> data = cx.load({"customers": people, "tickets": tickets}, as_of="2020-03-01")
    >>> contact_distribution(data).table
       contacts  customers  share_at_least
    0         0          1           100.0
    1         1          1            50.0
    """
    require(data, CONTACTS_PER_CUSTOMER_YEAR)
    stop = to_microseconds(data.data_through("contacts"))
    times, customers = _counts(data, stop)
    known = np.zeros(int(times.max(initial=0)) + 1)
    known[times] = customers
    total = known.sum()
    at_least = known[::-1].cumsum()[::-1]
    share = 100 * at_least / total if total else np.full(len(known), np.nan)
    table = pd.DataFrame(
        {"contacts": np.arange(len(known)), "customers": known.astype(np.int64), "share_at_least": share}
    )
    day = format_day(from_microseconds(stop - 1).date())
    told = [
        f"at least {k}: {format_value(float(share[k]) if k < len(share) else 0.0, '%')}"
        for k in _TOLD
        if total
    ]
    head = f"Of {format_count(int(total))} customers there in the 365 days to {day}, those with contacts"
    return ContactDistribution(table, f"{head}: {'; '.join(told) or 'none'}.", _caveats(data, stop))


def _caveats(data: "Dataset", stop: int) -> tuple[Caveat, ...]:
    """Said where the tickets begin within the year."""
    first, _ = instant_range(data, "tickets", "created_at")
    if first <= stop - _YEAR_US:
        return ()
    begun = format_day(from_microseconds(first).date())
    return (
        Caveat("short_history", f"Tickets begin on {begun}: fewer contacts are known than the year had."),
    )


def _counts(data: "Dataset", stop: int) -> tuple[Integers, Integers]:
    """The numbers of contacts that occur, and how many customers had each."""
    contacts = prepared_rows(data, data.engine, "contacts", wanted=())
    counted = query(
        _COUNTED, contacts=exp.to_identifier(contacts.name), start=number(stop - _YEAR_US), stop=number(stop)
    )
    parts = {**contacts.queries, rows_of("customers"): table_rows(data, data.engine, "customers")}
    for name, part in parts.items():
        counted = counted.with_(exp.to_identifier(name, quoted=True), as_=part, copy=False)
    found = data.engine.run(counted, {**data.tables, **contacts.tables})
    times, customers = (found.column(name).to_pylist() for name in ("times", "customers"))
    return np.array(times, dtype=np.int64), np.array(customers, dtype=np.int64)
