"""A small invented company with one thing planted, for the tests of this folder."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

START = date(2022, 1, 3)
HISTORY, WINDOW = 120, 50
GROUPS = {"alpha": (0.5, 0.35), "beta": (0.3, 0.6), "gamma": (0.2, 0.85)}  # share, chance of a promoter
TOPICS = ("parcel_lost", "invoice", "password")
ONSET = HISTORY + 20


@dataclass(frozen=True)
class Company:
    frames: dict[str, pd.DataFrame]
    start: date = START + timedelta(days=HISTORY)
    end: date = START + timedelta(days=HISTORY + WINDOW)
    onset: date = START + timedelta(days=ONSET)


def company(planted, *, seed=1, rate=60.0, logged=True, releases=20):
    """`planted` is cut, service or none; the guilty change is called guilty."""
    rng = np.random.default_rng(seed)
    days = HISTORY + WINDOW
    activity = rng.poisson(900 * np.array([g[0] for g in GROUPS.values()]), (days + 14, 3)).astype(float)
    frames = {
        "activity": _activity(activity, days),
        "tickets": _tickets(rng, activity[14:], days, planted),
        "surveys": _surveys(rng, activity[14:], days, planted, rate),
        "changes": _log(rng, planted, days, logged, releases),
    }
    return Company(frames)


def _activity(activity, days):
    rows = [
        {"date": START + timedelta(days=d - 14), "kind": "parcel", "group": g, "count": activity[d, i]}
        for d in range(days + 14)
        for i, g in enumerate(GROUPS)
    ]
    return pd.DataFrame(rows)


def _moments(rng, day):
    base = pd.Timestamp(START, tz="UTC")
    return pd.Series(base + pd.to_timedelta(day * 86400 + rng.integers(0, 86400, len(day)), unit="s"))


def _tickets(rng, activity, days, planted):
    parts = []
    for i, group in enumerate(GROUPS):
        for topic in TOPICS:
            mean = activity[:, i] * 0.02
            if planted == "service" and topic == "invoice":
                mean = mean * (1 + 1.5 * (np.arange(days) >= ONSET))
            day = np.repeat(np.arange(days), rng.poisson(mean))
            parts.append(pd.DataFrame({"created_at": _moments(rng, day), "reason": topic, "group": group}))
    rows = pd.concat(parts, ignore_index=True)
    return rows.assign(
        ticket_id=[f"t{i}" for i in range(len(rows))], customer_id=[f"p{i}" for i in range(len(rows))]
    )


def _surveys(rng, activity, days, planted, rate):
    parts = []
    for i, (group, (_, happy)) in enumerate(GROUPS.items()):
        mean = activity[:, i] * rate / 900 / 0.4
        chance = np.full(days, happy)
        after = np.arange(days) >= ONSET
        if planted == "cut" and group == "gamma":
            mean = mean * np.where(after, 0.05, 1.0)
        if planted == "service":
            chance = chance - 0.15 * after
        day = np.repeat(np.arange(days), rng.poisson(mean))
        score = np.where(rng.random(len(day)) < chance[day], 10.0, 5.0)
        score = np.where(rng.random(len(day)) < 0.4, score, np.nan)
        parts.append(pd.DataFrame({"sent_at": _moments(rng, day), "score": score, "group": group}))
    rows = pd.concat(parts, ignore_index=True)
    rows["responded_at"] = (rows["sent_at"] + pd.Timedelta(hours=3)).where(rows["score"].notna())
    return rows.assign(
        survey_id=[f"s{i}" for i in range(len(rows))],
        customer_id=[f"c{i}" for i in range(len(rows))],
        kind="nps",
    )


def _log(rng, planted, days, logged, releases):
    taken = rng.choice(
        np.setdiff1d(np.arange(5, days - 2), np.arange(ONSET - 2, ONSET + 3)), releases, replace=False
    )
    rows = [
        {"change_id": f"r{i}", "day": int(d), "title": f"Small change number {i}"}
        for i, d in enumerate(taken)
    ]
    if logged and planted != "none":
        rows.append({"change_id": "guilty", "day": ONSET, "title": "Tidy things up"})
    frame = pd.DataFrame(rows)
    base = pd.Timestamp(START, tz="UTC") + pd.Timedelta(minutes=5)
    frame["released_at"] = base + pd.to_timedelta(frame["day"], unit="D")
    return frame.drop(columns="day").assign(component="all of it", kind="release")
