"""What account managers do: calls, mails and meetings with accounts, and judgements of how they are."""

import numpy as np
import pandas as pd

from cxlib.data.sample import calendar
from cxlib.data.sample.accounts import Accounts, anniversary
from cxlib.data.sample.calendar import DAY, DAYS, END, START, Floats, Ints
from cxlib.data.sample.experience import MONTHS, month_of
from cxlib.data.sample.loyalty import HAZARD, Life

__all__ = ["account_talks", "overrides_table"]

_TALKS_A_DAY, _NEAR_RENEWAL, _RENEWAL_DAYS = 0.012, 2.0, 60
_KINDS, _KIND_SHARES = ("mail", "call", "meeting"), (0.45, 0.37, 0.18)
_TOPICS = ("first_steps", "progress", "renewal", "tutor_change", "invoice")
_TOPIC_SHARES = (0.1, 0.42, 0.28, 0.1, 0.1)

_JUDGED, _AGAIN = 210, 30  # overrides, and such as follow another before it ends
_FIRST_MONTH = 6
_DOUBT = 1.0  # of a manager's view, beside a standard deviation of the true one
_BANDS, _BAND_SHARES = ("danger", "needs_attention", "healthy", "champion"), (0.2, 0.34, 0.3, 0.16)
_DAYS, _DAY_SHARES = (30, 60, 90, 120, 240), (0.2, 0.25, 0.35, 0.15, 0.05)
_REASONS = {
    "danger": ("Said on the phone that they compare prices", "Their sponsor has left", "Budget is cut"),
    "needs_attention": ("Unhappy with the last weeks", "Few new people have begun", "No answer to mails"),
    "healthy": ("Trouble is solved, they told us so", "New sponsor is keen", "Quiet for a good reason"),
    "champion": ("Spoke for us at a fair", "Wants to add a second site", "Best results of their district"),
}  # fmt: skip


def account_talks(rng: np.random.Generator, accounts: Accounts, life: Life, last: int) -> pd.DataFrame:
    """Rows of `interactions` with accounts, all of them begun by their managers; more before a renewal.

    Parameters
    ----------
    rng : numpy.random.Generator
        Of these rows alone.
    accounts : Accounts
        Who there is.
    life : Life
        How long they stay; nothing else of their fate shows.
    last : int
        Number of the last interaction there is.
    """
    moment = np.repeat(DAYS[:, None] * DAY, len(accounts.joined), axis=1)
    near = anniversary(accounts.joined, moment) - moment < _RENEWAL_DAYS * DAY
    mean = _TALKS_A_DAY * calendar.send_weight(DAYS)[:, None] * np.where(near, _NEAR_RENEWAL, 1.0)
    day, account = np.nonzero(rng.random(mean.shape) < mean)
    at = DAYS[day] * DAY + rng.integers(8 * 3600, 18 * 3600, len(day))
    there = (at > accounts.joined[account]) & (at < life.churned[account])
    at, account = at[there], account[there]
    order = np.argsort(at, kind="stable")
    at, account = at[order], account[order]
    kind = rng.choice(_KINDS, len(at), p=_KIND_SHARES)
    minutes = np.where(kind == "call", rng.integers(4, 30, len(at)), 15 * rng.integers(2, 7, len(at)))
    return pd.DataFrame(
        {
            "interaction_id": [f"I{number:05d}" for number in range(last + 1, last + 1 + len(at))],
            "at": calendar.instants(at),
            "kind": kind,
            "direction": "outbound",
            "topic": rng.choice(_TOPICS, len(at), p=_TOPIC_SHARES),
            "minutes": np.where(kind == "mail", "", minutes.astype(np.str_)),
            "account_id": accounts.ids[account],
        }
    ).astype("str")


def overrides_table(rng: np.random.Generator, accounts: Accounts, life: Life) -> pd.DataFrame:
    """The canonical table `overrides`, as text: what managers think of how an account is, dated, with an end.

    They see how likely it is to leave, and as much that is not so; what then happens they do not know.

    Parameters
    ----------
    rng : numpy.random.Generator
        Of these rows alone.
    accounts : Accounts
        Who there is.
    life : Life
        How likely they were to leave.
    """
    there = np.isfinite(life.logit)
    month, account = np.nonzero(there & (np.arange(MONTHS) >= _FIRST_MONTH)[:, None])
    picked = rng.choice(len(month), _JUDGED, replace=False)
    account = account[picked]
    day = _first_days()[month[picked]] + rng.integers(0, 28, _JUDGED)
    days = rng.choice(_DAYS, _JUDGED, p=_DAY_SHARES)
    again = rng.choice(_JUDGED, _AGAIN, replace=False)
    account, day = (
        np.append(account, account[again]),
        np.append(day, day[again] + rng.integers(4, 29, _AGAIN)),
    )
    days = np.append(days, rng.choice(_DAYS, _AGAIN, p=_DAY_SHARES))
    at = day * DAY + rng.integers(9 * 3600, 17 * 3600, len(day))
    keep = (at < life.churned[account]) & (day < END)
    order = np.flatnonzero(keep)[np.argsort(at[keep], kind="stable")]
    at, account, day, days = at[order], account[order], day[order], days[order]
    band = np.array(_BANDS)[_judged(rng, life, account, month_of(day))]
    said = rng.integers(0, len(_REASONS["danger"]), len(band)).tolist()
    return pd.DataFrame(
        {
            "account_id": accounts.ids[account],
            "band": band,
            "author": accounts.managers[account],
            "reason": [_REASONS[name][place] for name, place in zip(band.tolist(), said, strict=True)],
            "set_at": calendar.instants(at),
            "expires_at": calendar.instants(at + days * DAY),
        }
    ).astype("str")


def _first_days() -> Ints:
    """First day of every month."""
    months = np.datetime64(START, "D").astype("datetime64[M]") + np.arange(MONTHS)
    days: Ints = months.astype("datetime64[D]").astype(np.int64)
    return days


def _judged(rng: np.random.Generator, life: Life, account: Ints, month: Ints) -> Ints:
    """Place of the band in which a manager sees an account, in a month, among all judged."""
    risk: Floats = HAZARD["experience"] * life.experience[month, account]
    risk = risk + HAZARD["engagement"] * life.engagement[month, account]
    seen = risk / risk.std() + _DOUBT * rng.normal(size=len(risk))
    place = (np.argsort(np.argsort(-seen)) + 0.5) / len(seen)
    bands: Ints = np.searchsorted(np.cumsum(_BAND_SHARES)[:-1], place).astype(np.int64)
    return bands
