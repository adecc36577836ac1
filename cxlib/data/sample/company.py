"""Who the customers are: learners with a plan and a region, who join, stay a while and leave."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlib.data.sample import calendar
from cxlib.data.sample.calendar import DAY, DAYS, END, START, Floats, Ints

__all__ = ["COLUMNS", "NAME", "SEGMENTS", "Population", "column_shares", "customers_table", "populate"]

NAME = "Lanternfold"
SEGMENTS: dict[str, tuple[str, ...]] = {
    "plan": ("casual", "monthly", "term"),
    "region": ("great_lakes", "gulf", "mountain", "northeast", "pacific"),
}
COLUMNS = tuple(SEGMENTS)
_SHARES = {"plan": (0.27, 0.31, 0.42), "region": (0.29, 0.2, 0.12, 0.24, 0.15)}
_HAPPY_SHARE = 0.42
_MONTHLY_CHURN = 0.043
_FOREVER = END + 100_000
_FIRST_CUSTOMERS = 2_500
_JOIN_MONTHS = np.array([1.2, 1.0, 0.95, 0.95, 0.9, 0.75, 0.7, 1.15, 1.4, 1.15, 0.95, 0.85])


@dataclass(frozen=True, slots=True)
class Population:
    """All customers there ever were, ordered by the instant of joining.

    Parameters
    ----------
    joined, left : array of int
        Local wall seconds; `left` lies far ahead for those who stay.
    segment : mapping of column to array of int
        Place of each customer's value in `SEGMENTS`.
    contactable : array of bool
        May be sent surveys.
    writes : array of float
        How readily the customer writes to support, mean 1.
    """

    joined: Ints
    left: Ints
    segment: dict[str, Ints]
    contactable: NDArray[np.bool_]
    writes: Floats

    @property
    def ids(self) -> NDArray[np.str_]:
        """Customer ids."""
        return np.array([f"L-{number:05d}" for number in range(1, len(self.joined) + 1)])

    def active(self, day: int) -> Ints:
        """Places of the customers there on a day."""
        moment = day * DAY + DAY // 2
        return np.flatnonzero((self.joined <= moment) & (self.left > moment))

    def active_counts(self) -> Ints:
        """Customers there at noon, by day and cell, shape (days, plans, regions)."""
        shape = (len(DAYS) + 1, *(len(values) for values in SEGMENTS.values()))
        change = np.zeros(shape, dtype=np.int64)
        cells = tuple(self.segment[column] for column in COLUMNS)
        for walls, sign in ((self.joined, 1), (self.left, -1)):
            place = np.clip((walls + DAY // 2) // DAY - START, 0, len(DAYS))
            np.add.at(change, (place, *cells), sign)
        return np.cumsum(change, axis=0)[:-1]

    def is_in(self, segment: tuple[str, str] | None) -> NDArray[np.bool_]:
        """Whether each customer belongs to a segment, given by column and value; None: everyone does."""
        if segment is None:
            return np.ones(len(self.joined), dtype=np.bool_)
        column, value = segment
        inside: NDArray[np.bool_] = self.segment[column] == SEGMENTS[column].index(value)
        return inside

    def pick(self, rng: np.random.Generator, counts: Ints, *, segment: tuple[str, str] | None = None) -> Ints:
        """Draw active customers by their readiness to write, `counts` of them on each day of the calendar."""
        picked, allowed = [], self.is_in(segment)
        for day, count in zip(DAYS.tolist(), counts.tolist(), strict=True):
            there = self.active(day)
            there = there[allowed[there]]
            weight = np.cumsum(self.writes[there])
            picked.append(there[np.searchsorted(weight, rng.random(count) * weight[-1])])
        return np.concatenate(picked)


def column_shares(column: str, happy: tuple[str, str]) -> Floats:
    """Shares of new customers by value of a segment column; the happiest segment is a large one."""
    shares = np.array(_SHARES[column])
    if happy[0] == column:
        place = SEGMENTS[column].index(happy[1])
        shares[place] = 0.0
        shares *= (1 - _HAPPY_SHARE) / shares.sum()
        shares[place] = _HAPPY_SHARE
    return shares


def populate(rng: np.random.Generator, happy: tuple[str, str]) -> Population:
    """Draw the population: those there on the first day, and the new ones of each day."""
    months = np.asarray(pd.DatetimeIndex(DAYS.astype("datetime64[D]")).month, dtype=np.int64)
    years = (DAYS - START) / 365.25
    learning_at_home = np.interp(DAYS, [calendar.day_of(day) for day in _HOME_DAYS], _HOME_FACTORS)
    rate = 6.4 * np.exp(0.42 * years) * _JOIN_MONTHS[months - 1] * learning_at_home
    new = rng.poisson(rate * rng.gamma(30, 1 / 30, len(DAYS)))
    days = np.repeat(DAYS, new)
    early = np.sort(START - 1 - (rng.exponential(400, _FIRST_CUSTOMERS) % 900).astype(np.int64))
    days = np.concatenate([early, days])
    joined = np.sort(days * DAY + _daytime(rng, len(days)))
    stay = rng.exponential(30.4 / _MONTHLY_CHURN, len(days)) + 6
    begun = np.maximum(joined, START * DAY)
    left = begun + (stay * DAY).astype(np.int64)
    left[left >= END * DAY] = _FOREVER * DAY
    segment = {
        column: rng.choice(len(values), len(days), p=column_shares(column, happy)).astype(np.int64)
        for column, values in SEGMENTS.items()
    }
    return Population(joined, left, segment, rng.random(len(days)) < 0.96, rng.gamma(1.5, 1 / 1.5, len(days)))


_HOME_DAYS = ("2020-03-14", "2020-04-06", "2020-05-10", "2020-06-30")
_HOME_FACTORS = (1.0, 1.7, 1.5, 1.1)


def _daytime(rng: np.random.Generator, count: int) -> Ints:
    """Seconds after local midnight at which people use the site: mostly afternoon and evening."""
    hours = 7 + 15.5 * rng.beta(2.2, 1.6, count)
    return (hours * 3600).astype(np.int64)


def customers_table(people: Population) -> pd.DataFrame:
    """The canonical table `customers`, as text."""
    values = {column: np.array(SEGMENTS[column])[people.segment[column]] for column in COLUMNS}
    return pd.DataFrame(
        {
            "customer_id": people.ids,
            "signed_up_at": calendar.instants(people.joined),
            "churned_at": calendar.instants(
                np.minimum(people.left, END * DAY), missing=people.left >= END * DAY
            ),
            **values,
            "contactable": np.where(people.contactable, "true", "false"),
        },
        dtype="str",
    )
