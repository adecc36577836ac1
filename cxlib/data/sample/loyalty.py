"""How accounts fare: who belongs to them, how keen they are, and when they leave for what they went through.

Month by month an account's experience is a slow mean of what its own people lived to see, its engagement
falls where that is bad, and both decide with newness and renewals whether it leaves.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from cxlib.data.sample.accounts import Accounts, anniversary
from cxlib.data.sample.calendar import DAY, END, START, Floats, Ints, stream
from cxlib.data.sample.company import COLUMNS, Population
from cxlib.data.sample.experience import MONTHS, SORTS, Events, month_of

__all__ = ["ENGAGEMENT", "EXPERIENCE", "HAZARD", "MONTHS_BACK", "WEIGHTS", "Life", "live"]

# Of an account and month: sum over sorts of weight * (sum of values) / (count + shrink), divided by scale,
# from events of the months that lie so far back.
WEIGHTS: Final = {"nps": 0.5, "csat": 0.3, "first_reply": 0.2}
MONTHS_BACK: Final = (2, 7)
EXPERIENCE: Final = {"shrink": 2.0, "scale": 0.18}
# The next month's is keep * last + (1 - keep) * trait + noise + fall * min(experience, 0).
ENGAGEMENT: Final = {"keep": 0.9, "trait": 0.75, "noise": 0.3, "fall": 0.15}
# Of the logit of leaving in a month; new: in the first six months; renewal: in the month of one.
HAZARD: Final = {"intercept": -5.15, "experience": -0.8, "engagement": -1.1, "new": 0.4, "renewal": 1.0}

_FOREVER = (END + 100_000) * DAY
_BELONGS = 0.5
_SAME = {"plan": 4.0, "region": 8.0}  # how many times likelier a customer belongs to an account of its kind
_NEW_DAYS = 182


@dataclass(frozen=True, slots=True)
class Life:
    """What became of the accounts.

    Parameters
    ----------
    account : array of int, shape (customers,)
        Place of the account a customer belongs to; -1 for none.
    churned : array of int, shape (accounts,)
        Local wall seconds, far ahead for those that stay.
    experience, engagement, logit : array of float, shape (MONTHS, accounts)
        At the beginning of a month; logit of leaving in it, NaN for who is no account then.
    """

    account: Ints
    churned: Ints
    experience: Floats
    engagement: Floats
    logit: Floats


def live(seed: int, people: Population, accounts: Accounts, events: Events) -> Life:
    """Play the accounts through all months.

    Parameters
    ----------
    seed : int
        Members, moods and leaving have a stream of their own each.
    people : Population
        Who may belong to an account.
    accounts : Accounts
        Who there is.
    events : Events
        What customers went through.
    """
    count = len(accounts.joined)
    members, moods, fate = (stream(seed, f"account {part}") for part in ("members", "moods", "leaving"))
    trait = ENGAGEMENT["trait"] * moods.normal(size=count)
    churned = np.full(count, _FOREVER)
    account = np.full(len(people.joined), -1, dtype=np.int64)
    seen = np.zeros((2, MONTHS, len(SORTS), count))
    told = np.zeros((3, MONTHS, count))
    joined_month = np.maximum(month_of(people.joined // DAY), 0)
    keen = trait
    for month in range(MONTHS):
        start = _start(month)
        there = (accounts.joined < start) & (churned > start)
        felt = _experience(seen, month)
        keen = np.where(there, _keener(moods, keen, trait, felt), trait)
        renewal = anniversary(accounts.joined, np.full(count, start))
        renews = renewal < _start(month + 1)
        logit = (
            HAZARD["intercept"]
            + HAZARD["experience"] * felt
            + HAZARD["engagement"] * keen
            + HAZARD["new"] * (start - accounts.joined < _NEW_DAYS * DAY)
            + HAZARD["renewal"] * renews
        )
        leaves = there & (fate.random(count) < 1 / (1 + np.exp(-logit)))
        some_day = (
            start + (fate.random(count) * (_start(month + 1) - start - DAY)).astype(np.int64) // DAY * DAY
        )
        some_day += fate.integers(9 * 3600, 17 * 3600, count)
        churned = np.where(leaves, np.where(renews, renewal, some_day), churned)
        told[:, month] = felt, keen, np.where(there, logit, np.nan)
        new = np.flatnonzero(joined_month == month)
        account[new] = _members(members, people, accounts, churned, new)
        _add(seen, events, account, month)
    return Life(account, churned, told[0], told[1], told[2])


def _start(month: int) -> int:
    """Local wall seconds at which a month begins."""
    first = np.datetime64(START, "D").astype("datetime64[M]") + month
    return int(first.astype("datetime64[s]").astype(np.int64))


def _experience(seen: Floats, month: int) -> Floats:
    """Slow mean of what an account's people went through some months back, shrunken where it is little."""
    near, far = MONTHS_BACK
    window = seen[:, max(month - far, 0) : max(month - near + 1, 0)].sum(axis=1)
    weights = np.array([WEIGHTS[sort] for sort in SORTS])
    felt: Floats = weights @ (window[0] / (window[1] + EXPERIENCE["shrink"])) / EXPERIENCE["scale"]
    return felt


def _keener(rng: np.random.Generator, keen: Floats, trait: Floats, felt: Floats) -> Floats:
    """Engagement a month later."""
    keep = ENGAGEMENT["keep"]
    noise = ENGAGEMENT["noise"] * rng.normal(size=len(keen))
    return keep * keen + (1 - keep) * trait + noise + ENGAGEMENT["fall"] * np.minimum(felt, 0.0)


def _members(
    rng: np.random.Generator, people: Population, accounts: Accounts, churned: Ints, new: Ints
) -> Ints:
    """Account of each new customer: one there when they sign up, mostly of their own kind, or none."""
    at = people.joined[new][:, None]
    appeal = np.log(accounts.seats)[None, :].astype(np.float64)
    for column in COLUMNS:
        is_same = people.segment[column][new][:, None] == accounts.likes[column][None, :]
        appeal = appeal + np.log(_SAME[column]) * is_same
    open_then = (accounts.joined[None, :] <= at) & (churned[None, :] > at)
    appeal = np.where(open_then, appeal + rng.gumbel(size=appeal.shape), -np.inf)
    belongs = (rng.random(len(new)) < _BELONGS) & open_then.any(axis=1)
    return np.where(belongs, appeal.argmax(axis=1), -1)


def _add(seen: Floats, events: Events, account: Ints, month: int) -> None:
    """Note what an account's people went through in a month: sums of values, and counts."""
    inside = np.flatnonzero(events.month == month)
    whose = account[events.customer[inside]]
    inside, whose = inside[whose >= 0], whose[whose >= 0]
    place = (events.sort[inside], whose)
    np.add.at(seen[0, month], place, events.value[inside])
    np.add.at(seen[1, month], place, 1.0)
