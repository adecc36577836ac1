"""Which organisations buy lessons for their people: schools and employers, with a contract each."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlib.data.sample import calendar
from cxlib.data.sample.calendar import DAY, DAYS, END, START, Floats, Ints
from cxlib.data.sample.company import COLUMNS, SEGMENTS

__all__ = ["Accounts", "accounts_table", "anniversary", "draw_accounts"]

_EARLY, _NEW = 206, 238  # those there on the first day, and those that sign up later
_GROWTH = 0.42  # of the sign-ups, a year
_EARLY_DAYS = 1_000  # before the first day, in which the early ones signed up
_MANAGERS, _TEAMS = 12, ("amber", "birch", "cedar", "dune", "ember", "fern")
_SEATS = 24.0
_PRICE = 310.0  # a seat and year

_PLACES = (
    "Alder Falls", "Ashgrove", "Bellbrook", "Birchwater", "Cedar Bend", "Clearmeadow", "Coldspring",
    "Dunmore", "Eastvale", "Elm Hollow", "Fairhaven", "Foxridge", "Glenrock", "Greyfield", "Harrow Lake",
    "Hazelton", "Ironwood", "Kestrel Point", "Larkspur", "Longmeadow", "Maplecrest", "Millbrae", "Northgate",
    "Oakhurst", "Pinecliff", "Quarry Hill", "Redwater", "Silverton", "Thornbury", "Willow Creek",
)  # fmt: skip
_SORTS = (
    "Academy", "Adult College", "Bakeries", "Clinics", "Community School", "Foods", "Freight", "High School",
    "Hospitality", "Insurance", "Language School", "Library", "Logistics", "Museum", "School District",
    "Textiles", "Tools", "Youth Centre",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Accounts:
    """All accounts there ever were, ordered by the instant of signing up; what they are, not their fate.

    Parameters
    ----------
    joined : array of int
        Local wall seconds; no contract begins after the 28th of a month.
    seats : array of int
        Learners paid for.
    arr : array of float
        Yearly revenue.
    manager : array of int
        Who looks after the account, from 0.
    likes : mapping of column to array of int
        Value of each segment column, as a place in `SEGMENTS`, that most of its people have.
    names : array of str
        No two alike.
    """

    joined: Ints
    seats: Ints
    arr: Floats
    manager: Ints
    likes: dict[str, Ints]
    names: NDArray[np.str_]

    @property
    def ids(self) -> NDArray[np.str_]:
        """Account ids."""
        return np.array([f"B-{number:04d}" for number in range(1, len(self.joined) + 1)])

    @property
    def managers(self) -> NDArray[np.str_]:
        """Id of the account manager."""
        return np.array([f"C{number:02d}" for number in (self.manager + 1).tolist()])


def draw_accounts(rng: np.random.Generator) -> Accounts:
    """Draw the accounts: those there on the first day, and those that sign up over the three years.

    Parameters
    ----------
    rng : numpy.random.Generator
        Of the accounts alone.
    """
    early = START - 1 - rng.integers(0, _EARLY_DAYS, _EARLY)
    growth = np.exp(_GROWTH * (DAYS - START) / 365.25)
    days = np.concatenate([early, rng.choice(DAYS, _NEW, p=growth / growth.sum())])
    month = days.astype("datetime64[D]").astype("datetime64[M]")
    first = month.astype("datetime64[D]").astype(np.int64)
    days = np.minimum(days, first + 27)
    joined = np.sort(days * DAY + rng.integers(9 * 3600, 17 * 3600, len(days)))
    count = len(joined)
    seats = np.clip(np.round(_SEATS * np.exp(0.6 * rng.normal(size=count))), 5, 300).astype(np.int64)
    names = [f"{place} {sort}" for place in _PLACES for sort in _SORTS]
    return Accounts(
        joined,
        seats,
        10 * np.round(seats * _PRICE * np.exp(0.25 * rng.normal(size=count)) / 10),
        rng.permutation(np.arange(count) % _MANAGERS),
        {column: rng.integers(0, len(SEGMENTS[column]), count) for column in COLUMNS},
        rng.permutation(names)[:count],
    )


def anniversary(joined: Ints, moment: Ints) -> Ints:
    """The first yearly return of a contract's beginning at or after a moment, in local wall seconds.

    Examples
    --------
    >>> began, asked = (np.array([calendar.wall(text)]) for text in ("2017-09-05 10:00", "2020-07-01 00:00"))
    >>> str(anniversary(began, asked).astype("datetime64[s]")[0])
    '2020-09-05T10:00:00'
    """
    start = joined.astype("datetime64[s]")
    month = start.astype("datetime64[M]")
    within = (start - month.astype("datetime64[s]")).astype(np.int64)
    years = (moment.astype("datetime64[s]").astype("datetime64[M]") - month).astype(np.int64) // 12
    at = (month + 12 * years).astype("datetime64[s]").astype(np.int64) + within
    next_year = (month + 12 * (years + 1)).astype("datetime64[s]").astype(np.int64) + within
    found: Ints = np.where(at < moment, next_year, at)
    return found


def accounts_table(accounts: Accounts, churned: Ints) -> pd.DataFrame:
    """The canonical table `accounts`, as text.

    Parameters
    ----------
    accounts : Accounts
        Who there is.
    churned : array of int
        Local wall seconds, far ahead for those that stay.
    """
    stays = churned >= END * DAY
    until = np.where(stays, END * DAY, churned)
    return pd.DataFrame(
        {
            "account_id": accounts.ids,
            "name": accounts.names,
            "csm": accounts.managers,
            "team": np.array(_TEAMS)[accounts.manager % len(_TEAMS)],
            "signed_up_at": calendar.instants(accounts.joined),
            "renewal_at": calendar.instants(anniversary(accounts.joined, until)),
            "arr": accounts.arr.astype(np.int64),
            "churned_at": calendar.instants(until, missing=stays),
        }
    ).astype("str")
