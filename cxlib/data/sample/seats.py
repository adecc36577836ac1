"""How an account's people use what it pays for: seats and sign-ins, week by week."""

from typing import Final

import numpy as np
import pandas as pd

from cxlib.data.sample import calendar
from cxlib.data.sample.accounts import Accounts
from cxlib.data.sample.calendar import DAY, DAYS, START, weekday
from cxlib.data.sample.experience import month_of
from cxlib.data.sample.loyalty import Life

__all__ = ["USAGE", "seat_activity"]

# Sign-ins of a week are Poisson with mean rate * season * seats * exp(habit + follows * engagement) * a
# gamma of mean 1; habit is an account's own and has nothing to do with leaving.
USAGE: Final = {"rate": 0.9, "habit": 0.35, "follows": 0.6, "shape": 8.0}
_SUNDAY = 6


def seat_activity(rng: np.random.Generator, accounts: Accounts, life: Life) -> pd.DataFrame:
    """Rows of `activity` of the kinds seat and seat_login: a row an account and week, dated by its Sunday.

    Only whole weeks that lie within the three years and between an account's beginning and end.

    Parameters
    ----------
    rng : numpy.random.Generator
        Of the sign-ins alone.
    accounts : Accounts
        Who has how many seats.
    life : Life
        How keen they were, and how long they stayed.
    """
    sundays = DAYS[weekday(DAYS) == _SUNDAY]
    sundays = sundays[sundays - 6 >= START]
    season = np.array([calendar.lesson_season(np.arange(day - 6, day + 1)).mean() for day in sundays])
    habit = USAGE["habit"] * rng.normal(size=len(accounts.joined))
    keen = life.engagement[month_of(sundays)]
    mean = USAGE["rate"] * season[:, None] * accounts.seats * np.exp(habit + USAGE["follows"] * keen)
    logins = rng.poisson(mean * rng.gamma(USAGE["shape"], 1 / USAGE["shape"], mean.shape))
    is_there = ((sundays - 6) * DAY)[:, None] >= accounts.joined
    is_there &= ((sundays + 1) * DAY)[:, None] <= life.churned
    parts = []
    for kind, counts in (("seat", np.broadcast_to(accounts.seats, mean.shape)), ("seat_login", logins)):
        account, week = np.nonzero((is_there & (counts > 0)).T)
        parts.append(
            pd.DataFrame(
                {
                    "date": calendar.iso_days(sundays[week]),
                    "kind": kind,
                    "count": counts[week, account],
                    "account_id": accounts.ids[account],
                }
            )
        )
    return pd.concat(parts, ignore_index=True).astype("str")
