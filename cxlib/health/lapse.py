"""Who has left where nobody says so: whoever has ordered nothing for so many days."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cxlib.errors import MissingColumnError
from cxlib.health.units import TABLES_OF_UNITS, days_of

if TYPE_CHECKING:
    from cxlib.data.dataset import Dataset
    from cxlib.health.configuration import Unit

__all__ = ["Lapses", "lapses_of"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Lapses:
    """When accounts, or customers, ordered for the second time, and when they lapsed.

    Parameters
    ----------
    ids : array of object, shape (units,)
        Sorted.
    second : array of float, shape (units,)
        Local day number of the second day with an order; NaN: there was none.
    left : array of float, shape (units,)
        Local day number on which the days without an order were over, for the first time from the second
        order on; NaN: never, up to `as_of`.
    """

    ids: NDArray[np.object_]
    second: Floats
    left: Floats

    def there(self, day: int) -> NDArray[np.bool_]:
        """Who is a customer on a day: has ordered on two days before it, and has not lapsed by it."""
        return np.asarray((self.second < day) & ~(self.left <= day))


def lapses_of(data: "Dataset", unit: "Unit", *, days: int, end: int) -> Lapses:
    """Lapses read off the orders.

    Parameters
    ----------
    data : Dataset
        With orders by customer, and by account where those are scored.
    unit : {"account_id", "customer_id"}
        What is scored.
    days : int
        So many without an order are a lapse.
    end : int
        First local day of which nothing is known.

    Raises
    ------
    MissingColumnError
        If the data do not tell who ordered when.
    """
    table = TABLES_OF_UNITS[unit]
    if unit not in data.units("orders"):
        raise MissingColumnError(
            "health",
            found=f"no churned_at in {table}, and no orders by {unit}",
            expected="when accounts left, or orders to read it off",
            fix=f"add churned_at to {table}.csv, or orders.csv with {unit}",
        )
    orders = data.frame("orders")
    owner = orders["customer_id"] if unit not in orders else orders[unit]
    if unit not in orders:
        accounts = data.frame("customers").set_index("customer_id")[unit]
        owner = owner.map(accounts)
    ids = np.sort(data.frame(table)[unit].to_numpy(dtype=object))
    known = owner.isin(ids).to_numpy() & orders["ordered_at"].notna().to_numpy()
    place = np.searchsorted(ids, owner[known].to_numpy(dtype=object))
    pairs = np.unique(np.column_stack([place, days_of(data, orders[known], "ordered_at")]), axis=0)
    return Lapses(ids, *_second_and_left(pairs.astype(np.int64), len(ids), days, end))


def _second_and_left(pairs: NDArray[np.int64], count: int, days: int, end: int) -> tuple[Floats, Floats]:
    """Of rows (unit, day), sorted and each once."""
    second, left = np.full(count, np.nan), np.full(count, np.nan)
    unit, day = pairs[:, 0], pairs[:, 1]
    first = np.flatnonzero(np.diff(unit, prepend=-1) != 0)
    sizes = np.diff(np.append(first, len(unit)))
    second[unit[first[sizes > 1]]] = day[first[sizes > 1] + 1]
    # the next order of the same unit, or the end of what is known
    following = np.append(day[1:], end)
    following[np.append(unit[1:] != unit[:-1], True)] = end
    rank = np.arange(len(unit)) - np.repeat(first, sizes)
    gap = np.flatnonzero((following - day > days) & (rank > 0))[::-1]
    left[unit[gap]] = day[gap] + days  # the earliest gap is written last
    return second, left
