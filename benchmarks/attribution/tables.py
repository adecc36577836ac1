"""Tables that hold the counts: one row per ticket, per survey and per cell of the activity."""

from datetime import timedelta

import numpy as np
import pandas as pd
from attribution.changelog import Entry
from attribution.company import LEAD, Company
from attribution.counts import CSAT_ANSWERED, CSAT_ASKED, Counts

DAY = 86_400
SCORES = {
    0: (np.arange(7), np.array([0.16, 0.08, 0.1, 0.12, 0.14, 0.2, 0.2])),
    1: (np.array([7, 8]), np.array([0.45, 0.55])),
    2: (np.array([9, 10]), np.array([0.42, 0.58])),
}
"""Answers and their chances within the unhappy, passive and happy."""

TICKET_CHANNELS = ("email", "chat", "web_form", "phone")
SURVEY_CHANNELS = ("email", "in_app", "text")


def make_tables(
    rng: np.random.Generator, company: Company, counts: Counts, log: list[Entry]
) -> dict[str, pd.DataFrame]:
    """Write the tables out.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of instants, ids and all that the counts leave open.
    company : Company
        The company.
    counts : Counts
        Its days.
    log : list of Entry
        Its changes.

    Returns
    -------
    dict of str to pandas.DataFrame
        customers, activity, tickets, surveys and changes, with naive instants that mean UTC.
    """
    customers, first = _customers(rng, company, counts)
    tickets, cell = _tickets(rng, company, counts, first)
    csat = _csat(rng, company, counts, tickets, cell)
    surveys = pd.concat([_nps(rng, company, counts, first), csat], ignore_index=True)
    surveys = surveys.sort_values("sent_at", ignore_index=True)
    surveys["channel"] = rng.choice(SURVEY_CHANNELS, len(surveys), p=[0.6, 0.3, 0.1])
    surveys.insert(0, "survey_id", "v" + pd.Series(np.arange(len(surveys))).astype(str))
    tickets = tickets.drop(columns=["day", "solved_raw"]).sort_values("created_at", ignore_index=True)
    return {
        "customers": customers,
        "activity": _activity(company, counts),
        "tickets": tickets,
        "surveys": surveys,
        "changes": change_table(rng, company, log),
    }


def instants(company: Company, seconds: np.ndarray) -> pd.Series:
    """Seconds since the first survey's midnight as naive instants; nan is missing."""
    base = np.datetime64(company.first, "s")
    known = np.isfinite(seconds)
    out = base + np.where(known, seconds, 0).astype("timedelta64[s]")
    return pd.Series(out.astype("datetime64[ms]")).where(known)


def change_table(rng: np.random.Generator, company: Company, log: list[Entry]) -> pd.DataFrame:
    """The change log."""
    seconds = np.array([entry.day * DAY + entry.minute * 60.0 for entry in log])
    frame = pd.DataFrame(
        {
            "change_id": [entry.change_id for entry in log],
            "released_at": instants(company, seconds),
            "title": [entry.title for entry in log],
            "component": [entry.component for entry in log],
            "kind": [entry.kind for entry in log],
        }
    )
    reference = [
        f"{title}. Ticket {number}."
        for title, number in zip(frame["title"], rng.integers(100, 9999, len(log)), strict=True)
    ]
    frame["description"] = pd.Series(reference, dtype=object).where(rng.random(len(log)) < 0.6)
    return frame


def _segments(company: Company, cell: np.ndarray) -> dict[str, np.ndarray]:
    tiers = np.array(company.tiers, dtype=object)[cell // len(company.areas)]
    areas = np.array(company.areas, dtype=object)[cell % len(company.areas)]
    return dict(zip(company.words.columns, (tiers, areas), strict=True))


def _customers(rng: np.random.Generator, company: Company, counts: Counts) -> tuple[pd.DataFrame, np.ndarray]:
    """Customers, and where those of each cell start; cell after cell."""
    daily = counts.activity.mean(axis=0)
    total = float(np.clip(daily.sum() * rng.uniform(4, 9), 400, 20_000))
    size = np.maximum((total * daily / daily.sum()).astype(int), 5)
    first = np.concatenate([[0], np.cumsum(size)])
    cell = np.repeat(np.arange(len(size)), size)
    joined = np.datetime64(company.first) - rng.integers(30, 1500, len(cell)).astype("timedelta64[D]")
    frame = pd.DataFrame(
        {"customer_id": "c" + pd.Series(np.arange(len(cell))).astype(str)} | _segments(company, cell)
    )
    frame["signed_up_at"] = joined.astype("datetime64[ms]")
    return frame.sample(frac=1, random_state=int(rng.integers(2**31)), ignore_index=True), first


def _someone(rng: np.random.Generator, first: np.ndarray, cell: np.ndarray) -> pd.Series:
    """A customer of each cell; some write and answer more than others."""
    size = first[cell + 1] - first[cell]
    return "c" + pd.Series(first[cell] + (size * rng.random(len(cell)) ** 1.3).astype(int)).astype(str)


def _activity(company: Company, counts: Counts) -> pd.DataFrame:
    days, cells = counts.activity.shape
    dates = [company.first + timedelta(days=day - LEAD) for day in range(days)]
    cell = np.tile(np.arange(cells), days)
    columns = {"date": np.repeat(np.array(dates, dtype=object), cells), "kind": company.words.activity}
    return pd.DataFrame(columns | _segments(company, cell) | {"count": counts.activity.ravel()})


def _spread(counts: np.ndarray) -> tuple[np.ndarray, ...]:
    """Indices of an array of counts, each as often as its count says."""
    return tuple(np.repeat(index.ravel(), counts.ravel()) for index in np.indices(counts.shape))


def _nps(rng: np.random.Generator, company: Company, counts: Counts, first: np.ndarray) -> pd.DataFrame:
    silent = counts.sends - counts.answers.sum(axis=2)
    day, cell, answer = _spread(np.concatenate([counts.answers, silent[:, :, None]], axis=2))
    sent = np.floor((day + rng.random(len(day))) * DAY)
    score = np.full(len(day), np.nan)
    for category, (values, chances) in SCORES.items():
        rows = answer == category
        score[rows] = rng.choice(values, rows.sum(), p=chances)
    frame = pd.DataFrame({"customer_id": _someone(rng, first, cell)})
    frame["ticket_id"] = pd.Series(None, index=frame.index, dtype=object)
    frame["kind"] = "nps"
    frame["sent_at"] = instants(company, sent)
    frame["responded_at"] = instants(company, _reply(rng, company, sent, np.isfinite(score)))
    frame["score"] = score
    return frame.assign(**_segments(company, cell))


def _reply(rng: np.random.Generator, company: Company, sent: np.ndarray, answered: np.ndarray) -> np.ndarray:
    """When the answers came, all of them before the data end."""
    left = np.maximum(company.days - sent / DAY, 1e-4)
    wait = -company.wait_days * np.log1p(-rng.random(len(sent)) * -np.expm1(-left / company.wait_days))
    return np.where(answered, np.floor(sent + wait * DAY * 0.999), np.nan)


def _tickets(
    rng: np.random.Generator, company: Company, counts: Counts, first: np.ndarray
) -> tuple[pd.DataFrame, np.ndarray]:
    day, cell, reason = _spread(counts.tickets)
    rows, words = len(day), company.words
    created = np.floor((day + rng.random(rows)) * DAY)
    replied = created + np.floor(rng.exponential(2.0, rows) * 3600)
    solved = replied + np.floor(rng.lognormal(1.6, 0.9, rows) * 3600)
    end = company.days * DAY
    page = np.array([words.pages[name] or None for name in words.reasons], dtype=object)[reason]
    frame = pd.DataFrame({"ticket_id": "t" + pd.Series(rng.permutation(rows)).astype(str)})
    frame["customer_id"] = _someone(rng, first, cell)
    frame["created_at"] = instants(company, created)
    frame["first_replied_at"] = instants(company, np.where(replied < end, replied, np.nan))
    frame["solved_at"] = instants(company, np.where(solved < end, solved, np.nan))
    frame["status"] = np.where(solved < end, "solved", "open")
    frame["channel"] = rng.choice(TICKET_CHANNELS, rows, p=[0.4, 0.3, 0.2, 0.1])
    frame["reason"] = np.array(words.reasons, dtype=object)[reason]
    frame["priority"] = rng.choice(["low", "normal", "high", "urgent"], rows, p=[0.2, 0.6, 0.15, 0.05])
    frame["page_url"] = pd.Series(page).where(rng.random(rows) < rng.uniform(0.2, 0.6))
    frame["reopens"] = rng.poisson(0.08, rows)
    return frame.assign(day=day, solved_raw=solved), cell


def _csat(
    rng: np.random.Generator, company: Company, counts: Counts, tickets: pd.DataFrame, cell: np.ndarray
) -> pd.DataFrame:
    """The surveys sent when tickets are solved; tickets lie in the order of the counts."""
    group = _spread(counts.tickets)
    flat = np.ravel_multi_index(group, counts.tickets.shape)
    start = np.concatenate([[0], np.cumsum(counts.tickets.ravel())])[flat]
    place = _shuffled_place(rng, flat, start)
    rated, good = counts.rated.ravel()[flat], counts.good.ravel()[flat]
    answered = place < rated
    asked_too = rng.random(len(flat)) < CSAT_ASKED * (1 - CSAT_ANSWERED) / (1 - CSAT_ASKED * CSAT_ANSWERED)
    end = company.days * DAY
    solved = tickets["solved_raw"].to_numpy()
    seen = solved < end - 60
    keep = seen & (answered | asked_too)
    score = np.where(place < good, rng.choice([4, 5], len(flat)), rng.choice([1, 2, 3], len(flat)))
    score = np.where(answered, score, np.nan)[keep]
    frame = tickets.loc[keep, ["customer_id", "ticket_id"]].reset_index(drop=True)
    frame["kind"] = "csat"
    frame["sent_at"] = instants(company, solved[keep])
    frame["responded_at"] = instants(company, _reply(rng, company, solved[keep], np.isfinite(score)))
    frame["score"] = score
    return frame.assign(**_segments(company, cell[keep]))


def _shuffled_place(rng: np.random.Generator, group: np.ndarray, start: np.ndarray) -> np.ndarray:
    """A random place of each row within its group; rows of a group lie together."""
    order = np.lexsort((rng.random(len(group)), group))
    place = np.empty(len(group), int)
    place[order] = np.arange(len(group))
    return place - start
