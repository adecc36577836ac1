"""A portfolio whose truth is known: accounts with chances that never change, and rows drawn by them."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

import cxlib as cx

ZONE, BEGIN, END = "UTC", "2018-01-01", "2020-01-01"
SETTINGS = """
zone = "UTC"
[metrics.uses]
definition = "Uses per seat and day."
table = "activity"
kind = "rate"
where = "kind = 'use'"
value = "count"
basis = "date"
exposure = { table = "activity", value = "count", basis = "date", where = "kind = 'seat'" }
unit = "uses per seat"
direction = "up"
[health]
unit = "account_id"
[health.metrics.nps]
window_days = 365
weight = 25
half_life_days = 365
shape = { up = [-100, 100] }
ref = 0.62
sd = 0.17
[health.metrics.csat]
window_days = 365
weight = 25
half_life_days = 365
shape = { up = [0, 100] }
ref = 0.7
sd = 0.2
[health.metrics.uses]
window_days = 90
weight = 30
shape = { up = [0, 1] }
ref = 0.45
sd = 0.24
[health.metrics.ticket_volume]
window_days = 90
weight = 20
shape = { band = [0, 2, 6, 20], lo_floor = 0.3 }
ref = 0.84
sd = 0.15
"""


@dataclass(frozen=True)
class Truth:
    """What each metric is in truth, in its unit, of shape (accounts,)."""

    nps: np.ndarray
    csat: np.ndarray
    uses: np.ndarray
    ticket_volume: np.ndarray


def draw(seed, *, accounts=1_500, answers=4.0):
    """Tables of two years, and the truth; answers are per account, kind and year, and some never answer."""
    rng = np.random.default_rng(seed)
    bands = rng.dirichlet([3.0, 1.8, 1.2], accounts)  # promoters, passives, detractors
    good, use = rng.beta(3.5, 1.5, accounts), rng.beta(1.5, 1.8, accounts)
    contacts = rng.gamma(1.5, 3.0, accounts)  # in 90 days
    names = np.array([f"A-{place:04d}" for place in range(accounts)])
    days = (pd.Timestamp(END) - pd.Timestamp(BEGIN)).days
    silent = rng.random(accounts) < 0.15

    def rows(mean):
        whose = np.repeat(np.arange(accounts), rng.poisson(np.broadcast_to(mean, accounts)))
        at = pd.Timestamp(BEGIN, tz=ZONE) + pd.to_timedelta(rng.integers(0, days * 86_400, len(whose)), "s")
        return whose, at

    asked = []
    for kind in ("nps", "csat"):
        whose, at = rows(np.where(silent, 0.0, answers * days / 365))
        chance = rng.random(len(whose))
        if kind == "nps":
            edges = bands[whose].cumsum(axis=1)
            score = np.where(chance < edges[:, 0], 10, np.where(chance < edges[:, 1], 8, 3))
        else:
            score = np.where(chance < good[whose], 5, 2)
        asked.append(
            pd.DataFrame({"kind": kind, "score": score, "sent_at": at, "responded_at": at}).assign(
                account_id=names[whose]
            )
        )
    surveys = pd.concat(asked, ignore_index=True)
    surveys["survey_id"] = [f"S{place}" for place in range(len(surveys))]
    whose, at = rows(contacts * days / 90)
    tickets = pd.DataFrame({"created_at": at, "account_id": names[whose]})
    tickets["ticket_id"] = [f"T{place}" for place in range(len(tickets))]
    weeks = pd.date_range(BEGIN, END, freq="7D", inclusive="left")
    seats = rng.integers(1, 6, accounts)
    every = pd.DataFrame({"date": np.tile(weeks.date, accounts), "account_id": names.repeat(len(weeks))})
    exposed = seats.repeat(len(weeks)).astype(float)
    used = rng.poisson(exposed * use.repeat(len(weeks)))
    activity = pd.concat([every.assign(kind="seat", count=exposed), every.assign(kind="use", count=used)])
    portfolio = pd.DataFrame({"account_id": names, "signed_up_at": pd.Timestamp("2017-01-05", tz=ZONE)})
    tables = {"accounts": portfolio, "surveys": surveys, "tickets": tickets, "activity": activity}
    truth = Truth(100 * (bands[:, 0] - bands[:, 2]), 100 * good, use, contacts)
    return tables, truth


def load(folder, tables):
    path = folder / "cxlib.toml"
    path.write_text(SETTINGS, encoding="utf-8")
    return cx.load(tables, as_of=END, config=path)


def true_scores(scores, truth, *, known_fully=False):
    """The scores of the truth: with the reliability of what is known, or with all of it known for sure."""
    found = np.zeros(len(scores.table))
    for one, weight in zip(scores.configuration.metrics, scores.configuration.weights, strict=True):
        mine = scores.contributions[scores.contributions["metric"] == one.name]
        r = 1.0 if known_fully else mine["reliability"].to_numpy()
        found += 100 * weight * (one.ref + r * (one.shape(getattr(truth, one.name)) - one.ref))
    return found
