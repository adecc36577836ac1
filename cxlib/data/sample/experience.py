"""What customers went through, month by month, from the tables that tell of it: scores and waits."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from cxlib.data.sample.calendar import START, Floats, Ints, local_times

__all__ = ["MONTHS", "SORTS", "Events", "events_of", "month_of"]

MONTHS: Final = 36
SORTS: Final = ("nps", "csat", "first_reply")
_SCALES: Final = {"nps": (0, 10), "csat": (1, 5)}


@dataclass(frozen=True, slots=True)
class Events:
    """Single experiences, parallel arrays; more is better.

    Parameters
    ----------
    customer, month, sort : array of int
        Place of the customer, month from the first one, place in `SORTS`.
    value : array of float
        In standard deviations of its sort, about its mean.
    usual : mapping of sort to (float, float)
        Mean and standard deviation: of the scores, and of the natural logarithm of the hours waited.
    """

    customer: Ints
    month: Ints
    sort: Ints
    value: Floats
    usual: Mapping[str, tuple[float, float]]


def month_of(days: Ints) -> Ints:
    """Month of a day, counted from the first one.

    Examples
    --------
    >>> month_of(np.array([START, START + 31])).tolist()
    [0, 1]
    """
    first = np.datetime64(START, "D").astype("datetime64[M]")
    months: Ints = (days.astype("datetime64[D]").astype("datetime64[M]") - first).astype(np.int64)
    return months


def events_of(tables: Mapping[str, pd.DataFrame], customers: int) -> Events:
    """The scores that customers gave and how long they waited for a first reply, bad rows left out.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        The finished `surveys` and `tickets`, as text.
    customers : int
        How many there are: ids of others are no events.
    """
    frames = [*_scores(tables["surveys"].drop_duplicates("survey_id")), _waits(tables["tickets"])]
    usual, parts = {}, []
    for place, frame in enumerate(frames):
        number = frame["customer_id"].str[2:].astype("int64") - 1
        rows = frame.assign(customer=number, sort=place).dropna()
        rows = rows[rows["customer"] < customers]
        mean, spread = float(rows["raw"].mean()), float(rows["raw"].std())
        usual[SORTS[place]] = (mean, spread)
        parts.append(rows.assign(value=(rows["raw"] - mean) / spread))
    told = pd.concat(parts)
    days = told["at"].to_numpy().astype("datetime64[D]").astype(np.int64)
    return Events(
        told["customer"].to_numpy(), month_of(days), told["sort"].to_numpy(), told["value"].to_numpy(), usual
    )


def _scores(surveys: pd.DataFrame) -> list[pd.DataFrame]:
    """Answers to the two kinds of survey that account health reads."""
    found = []
    for kind, (low, high) in _SCALES.items():
        asked = surveys[(surveys["kind"] == kind) & (surveys["score"] != "")]
        raw = pd.to_numeric(asked["score"], errors="coerce")
        at = local_times(asked["responded_at"])
        found.append(asked[["customer_id"]].assign(raw=raw.where(raw.between(low, high)), at=at))
    return found


def _waits(tickets: pd.DataFrame) -> pd.DataFrame:
    """Waits for a first reply, as minus the logarithm of their hours, so that more is better."""
    came = tickets.drop_duplicates("ticket_id")
    came = came[(came["initiated_by"] == "customer") & ~came["status"].isin(["deleted", "spam", "test"])]
    created, replied = local_times(came["created_at"]), local_times(came["first_replied_at"])
    hours = (replied - created).dt.total_seconds() / 3600
    raw = -np.log(hours.where(hours > 0))
    return came[["customer_id"]].assign(raw=raw, at=replied)
