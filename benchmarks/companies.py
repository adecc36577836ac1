"""Invented companies with one planted cause each; words, noise and sizes are of this file alone."""

import math
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

TIERS = {"basic": (0.45, 5.0), "saver": (0.35, 30.0), "fleet": (0.20, 60.0)}  # share of the customers, NPS
COUNTRIES = {"de": 0.4, "fr": 0.3, "nl": 0.2, "es": 0.1}
REASONS = {
    "meter_reading": "/readings",
    "bill_amount": "/bills",
    "charger_offline": "/chargers",
    "sign_in": "/session",
    "tariff_switch": "/tariffs",
    "direct_debit": "/bills/debit",
}
COMPONENTS = {
    "meter-hub": ("Poll meters hourly", "Estimate missing readings", "Meter firmware 4"),
    "billing-core": ("Round bill lines", "Bill preview", "Direct debit dates"),
    "charger-net": ("Charger heartbeat", "Map of chargers", "Offline mode"),
    "identity": ("Sign in with passkeys", "Shorter sessions", "Consent screen"),
    "tariffs": ("Tariff comparison", "Switch in one step", "Night tariff"),
    "core-platform": ("Upgrade runtime", "Queue worker pool", "Move to new region", "Cleanup of old flags"),
    "surveying": ("Survey throttling", "Survey wording", "Sampling rules"),
    "audience-store": ("Rebuild audiences", "Tier mapping", "Contact rules"),
    "site": ("New footer", "Image loading", "Cookie text"),
}
OWNER = {
    "meter_reading": "meter-hub",
    "bill_amount": "billing-core",
    "charger_offline": "charger-net",
    "sign_in": "identity",
    "tariff_switch": "tariffs",
    "direct_debit": "billing-core",
}
FAMILIES = ("cut", "added", "step", "ramp", "delayed", "train", "near_miss", "outage", "none", "outside")
FIRST_DAY = date(2021, 3, 1)
WINDOW = 61


@dataclass(frozen=True)
class Case:
    """Tables, the question and its answer."""

    frames: dict[str, pd.DataFrame]
    metric: str
    start: date
    end: date
    cause: str | None
    mechanism: str
    family: str


@dataclass(frozen=True)
class Plan:
    """What is planted."""

    family: str
    onset: int
    tier: str | None
    country: str | None
    reason: str | None
    size: float
    shape: np.ndarray
    lag: int


def make_case(seed: int, family: str | None = None) -> Case:
    """One company; the metric asked about really looks worse in the window."""
    for attempt in range(30):
        rng = np.random.default_rng([seed, attempt])
        case, moved = _draw(rng, family or FAMILIES[seed % len(FAMILIES)])
        if moved:
            break
    return case


def _draw(rng: np.random.Generator, family: str) -> tuple[Case, bool]:
    history = int(rng.integers(110, 171))
    days = history + WINDOW
    plan = _plan(rng, family, history, days)
    cells = [(t, c) for t in TIERS for c in COUNTRIES]
    scale = float(np.exp(rng.uniform(np.log(120), np.log(4000))))
    activity = _activity(rng, cells, days + 21, scale)
    answers_a_day = float(np.exp(rng.uniform(np.log(10), np.log(500))))
    tickets = _tickets(rng, plan, cells, activity[21:], days)
    surveys = _surveys(rng, plan, cells, activity, days, answers_a_day)
    csat = _csat(rng, plan, tickets, days)
    start = FIRST_DAY + timedelta(days=history)
    changes, cause = _log(rng, plan, days)
    metric = (
        "nps" if family in {"cut", "added", "delayed"} else str(rng.choice(["nps", "csat", "contact_rate"]))
    )
    dates = [FIRST_DAY + timedelta(days=d - 21) for d in range(days + 21)]
    frames = {
        "activity": pd.DataFrame(
            [
                {"date": dates[d], "kind": "charge", "tier": t, "country": c, "count": int(activity[d, i])}
                for d in range(days + 21)
                for i, (t, c) in enumerate(cells)
            ]
        ),
        "tickets": tickets,
        "surveys": pd.concat([surveys, csat], ignore_index=True),
        "changes": changes,
    }
    frames["surveys"]["survey_id"] = [f"v{i}" for i in range(len(frames["surveys"]))]
    mechanism = {"cut": "audience", "added": "audience", "none": "none", "outside": "exogenous"}.get(
        family, "service"
    )
    case = Case(frames, metric, start, start + timedelta(days=WINDOW), cause, mechanism, family)
    return case, _looks_worse(case, FIRST_DAY + timedelta(days=plan.onset + plan.lag))


def _plan(rng: np.random.Generator, family: str, history: int, days: int) -> Plan:
    onset = int(rng.integers(history + 5, days - 22))
    since = np.arange(days) - onset
    shape = (since >= 0).astype(float)
    if family == "ramp" or (family == "outside" and rng.random() < 0.5):
        shape = np.clip((since + 1) / rng.integers(6, 21), 0, 1)
    if family == "outage":
        shape = shape * (since < rng.integers(2, 8))
    tier = str(rng.choice(list(TIERS))) if rng.random() < 0.5 else None
    country = str(rng.choice(list(COUNTRIES))) if tier is None and rng.random() < 0.4 else None
    if family == "cut":
        tier, country = "fleet" if rng.random() < 0.7 else "saver", None
        country = str(rng.choice(["de", "fr"])) if rng.random() < 0.3 else None
    if family == "added":
        tier, country = "basic", None
    reason = None if family in {"cut", "added", "none"} else str(rng.choice(list(REASONS)))
    lag = int(rng.integers(8, 13)) if family == "delayed" else int(rng.integers(0, 4))
    return Plan(family, onset, tier, country, reason, float(rng.uniform(0.35, 1.0)), shape, lag)


def _inside(plan: Plan, tier: str, country: str) -> bool:
    return plan.tier in {None, tier} and plan.country in {None, country}


def _drift(rng: np.random.Generator, days: int, sd: float, length: float = 40.0) -> np.ndarray:
    keep = math.exp(-1 / length)
    noise = rng.normal(0, sd * math.sqrt(1 - keep**2), days)
    out = np.zeros(days)
    out[0] = rng.normal(0, sd)
    for d in range(1, days):
        out[d] = keep * out[d - 1] + noise[d]
    return out


def _activity(rng: np.random.Generator, cells: list, days: int, scale: float) -> np.ndarray:
    week = np.array([1.0, 1.02, 0.98, 1.0, 1.1, 0.8, 0.7])[np.arange(days) % 7]
    growth = np.exp(
        np.arange(days) * rng.normal(0, 0.0008) + _drift(rng, days, 0.06) + rng.normal(0, 0.05, days)
    )
    mean = np.array([TIERS[t][0] * COUNTRIES[c] for t, c in cells])
    return rng.poisson(
        scale * (week * growth)[:, None] * mean[None, :] * rng.gamma(60, 1 / 60, (days, len(cells)))
    )


def _tickets(
    rng: np.random.Generator, plan: Plan, cells: list, activity: np.ndarray, days: int
) -> pd.DataFrame:
    total = float(rng.uniform(0.02, 0.12))
    shares = rng.dirichlet(np.full(len(REASONS), 4.0))
    parts = []
    for share, reason in zip(shares, REASONS, strict=True):
        wave = np.exp(_drift(rng, days, 0.12) + rng.normal(0, 0.08, days))
        for i, (tier, country) in enumerate(cells):
            mean = activity[:, i] * total * share * wave
            if reason == plan.reason and _inside(plan, tier, country):
                mean = mean * (1 + 1.8 * plan.size * plan.shape)
            count = rng.poisson(mean * rng.gamma(15, 1 / 15, days))
            day = np.repeat(np.arange(days), count)
            parts.append(pd.DataFrame({"day": day, "reason": reason, "tier": tier, "country": country}))
    rows = pd.concat(parts, ignore_index=True)
    rows["created_at"] = _instants(rng, rows["day"].to_numpy())
    rows["page_url"] = rows["reason"].map(REASONS).where(rng.random(len(rows)) < 0.6, None)
    rows["ticket_id"] = [f"k{i}" for i in range(len(rows))]
    rows["customer_id"] = [f"u{i}" for i in rng.integers(0, 50_000, len(rows))]
    rows["solved_at"] = rows["created_at"] + pd.to_timedelta(rng.exponential(18, len(rows)), unit="h")
    return rows


def _instants(rng: np.random.Generator, day: np.ndarray) -> pd.Series:
    base = pd.Timestamp(FIRST_DAY, tz="UTC")
    return pd.Series(base + pd.to_timedelta(day * 86400 + rng.integers(0, 86400, len(day)), unit="s"))


def _surveys(
    rng: np.random.Generator, plan: Plan, cells: list, activity: np.ndarray, days: int, rate: float
) -> pd.DataFrame:
    kernel = np.zeros(15)
    kernel[plan.lag : plan.lag + 3] = [0.5, 0.35, 0.15]
    shown = np.array(
        [sum(kernel[k] * plan.shape[max(d - k, 0)] * (d >= k) for k in range(15)) for d in range(days)]
    )
    asked_rate = rate / 0.3 / activity.sum(axis=1).mean()
    mood, parts = _drift(rng, days, float(rng.choice([0.0, 3.0, 6.0]))) + rng.normal(0, 2.0, days), []
    for i, (tier, country) in enumerate(cells):
        lagged = sum(kernel[k] * activity[21 - k : 21 - k + days, i] for k in range(15))
        mean = lagged * asked_rate * rng.gamma(80, 1 / 80, days)
        if plan.family in {"cut", "added"} and _inside(plan, tier, country):
            factor = 1 - min(1.0, 0.4 + plan.size) if plan.family == "cut" else 2 + 2 * plan.size
            mean = mean * np.where(np.arange(days) >= plan.onset, factor, 1.0)
        count = rng.poisson(mean)
        day = np.repeat(np.arange(days), count)
        nps = TIERS[tier][1] + mood[day] + 6 * math.sin(7 * i)
        if plan.reason is not None and _inside(plan, tier, country):
            nps = nps - 28 * plan.size * shown[day]
        answered = rng.random(len(day)) < (0.22 if tier == "basic" else 0.34)
        score = np.where(answered, _scores(rng, nps), np.nan)
        parts.append(pd.DataFrame({"day": day, "tier": tier, "country": country, "score": score}))
    rows = pd.concat(parts, ignore_index=True)
    rows["kind"] = "nps"
    rows["customer_id"] = [f"u{i}" for i in range(len(rows))]
    return _answered(rng, rows, days)


def _scores(rng: np.random.Generator, nps: np.ndarray) -> np.ndarray:
    """0 to 10 with that expected net score; three answers in ten are passive."""
    promoters = np.clip((0.7 + nps / 100) / 2, 0.02, 0.98)
    draw = rng.random(len(nps))
    return np.where(draw < promoters, 9.0, np.where(draw < promoters + 0.3, 8.0, 4.0))


def _answered(rng: np.random.Generator, rows: pd.DataFrame, days: int) -> pd.DataFrame:
    rows["sent_at"] = _instants(rng, rows["day"].to_numpy())
    wait = pd.to_timedelta(rng.exponential(28, len(rows)), unit="h")
    rows["responded_at"] = (rows["sent_at"] + wait).where(rows["score"].notna())
    late = rows["responded_at"] >= pd.Timestamp(FIRST_DAY, tz="UTC") + pd.Timedelta(days=days)
    rows.loc[late, ["responded_at", "score"]] = [pd.NaT, np.nan]
    return rows.drop(columns="day")


def _csat(rng: np.random.Generator, plan: Plan, tickets: pd.DataFrame, days: int) -> pd.DataFrame:
    rows = tickets.loc[
        rng.random(len(tickets)) < 0.8, ["solved_at", "ticket_id", "customer_id", "reason", "tier", "country"]
    ]
    origin = pd.Timestamp(FIRST_DAY, tz="UTC")
    rows = rows.assign(day=(rows["solved_at"] - origin).dt.days)
    rows = rows.loc[rows["day"] < days].reset_index(drop=True)
    mood = _drift(rng, days, 0.02)[rows["day"].to_numpy()]
    inside = [_inside(plan, t, c) for t, c in zip(rows["tier"], rows["country"], strict=True)]
    hit = (rows["reason"] == plan.reason).to_numpy() & np.array(inside)
    good = 0.8 + mood - 0.3 * plan.size * plan.shape[rows["day"].to_numpy()] * hit
    answered = rng.random(len(rows)) < 0.4
    score = np.where(rng.random(len(rows)) < good, 5.0, 2.0)
    rows["score"] = np.where(answered, score, np.nan)
    rows["kind"] = "csat"
    return _answered(rng, rows.drop(columns=["reason", "solved_at"]), days)


def _log(rng: np.random.Generator, plan: Plan, days: int) -> tuple[pd.DataFrame, str | None]:
    """Releases on working days, several on some; the guilty one often says nothing useful."""
    rows = []
    for d in range(days):
        weekend = (FIRST_DAY + timedelta(days=d)).weekday() > 4
        for _ in range(rng.poisson(0.08 if weekend else 0.55)):
            rows.append((d, *_entry(rng, None)))
    if plan.family == "near_miss":
        rows.append((plan.onset - int(rng.integers(1, 4)), *_entry(rng, plan.reason)))
    cause = None
    if plan.family not in {"none", "outside"}:
        rows.append((plan.onset, *_guilty(rng, plan)))
        cause = len(rows) - 1
    if plan.family in {"train"}:
        rows += [(plan.onset, *_entry(rng, None)) for _ in range(int(rng.integers(2, 6)))]
    frame = pd.DataFrame(rows, columns=["day", "title", "component", "kind"])
    frame["change_id"] = [f"x-{i}" for i in rng.permutation(len(frame))]
    guilty = None if cause is None else str(frame["change_id"].iloc[cause])
    minutes = rng.integers(0, 240, len(frame))
    frame["released_at"] = pd.Timestamp(FIRST_DAY, tz="UTC") + pd.to_timedelta(
        frame["day"] * 1440 + minutes, unit="min"
    )
    return frame.drop(columns="day").sort_values("released_at", ignore_index=True), guilty


def _entry(rng: np.random.Generator, reason: str | None) -> tuple[str, str, str]:
    component = OWNER[reason] if reason else str(rng.choice(list(COMPONENTS)))
    title = str(rng.choice(COMPONENTS[component]))
    if rng.random() < 0.2:
        title += f" ({rng.choice([*TIERS, *COUNTRIES])})"
    if rng.random() < 0.04:
        return f"Incident: slow {component}", component, "outage"
    return (
        title,
        component,
        str(rng.choice(["release", "flag", "config", "content", "campaign"], p=[0.6, 0.15, 0.1, 0.1, 0.05])),
    )


def _guilty(rng: np.random.Generator, plan: Plan) -> tuple[str, str, str]:
    plain = rng.random() < 0.4
    if plan.family == "outage":
        component = OWNER[str(plan.reason)]
        return f"Incident: slow {component}", component, "outage"
    if plan.reason is None:
        component = "core-platform" if plain else str(rng.choice(["surveying", "audience-store"]))
    else:
        component = str(rng.choice(["core-platform", "site"])) if plain else OWNER[plan.reason]
    title = str(rng.choice(COMPONENTS[component]))
    if plan.tier and rng.random() < 0.4:
        title += f" ({plan.tier})"
    return title, component, str(rng.choice(["release", "flag", "config"]))


def _looks_worse(case: Case, day: date) -> bool:
    """Somebody saw it: the metric is clearly worse after the onset than before."""
    if case.family == "none":
        return True
    moment = pd.Timestamp(day, tz="UTC")
    spans = [
        (moment - pd.Timedelta(days=28), moment),
        (moment, moment + pd.Timedelta(days=6 if case.family == "outage" else 28)),
    ]
    if case.metric == "contact_rate":
        counts = [case.frames["tickets"]["created_at"].between(*span).sum() for span in spans]
        dates = pd.to_datetime(case.frames["activity"]["date"]).dt.tz_localize("UTC")
        exposure = [case.frames["activity"]["count"][dates.between(*span)].sum() for span in spans]
        return counts[1] / max(exposure[1], 1) > 1.05 * counts[0] / max(exposure[0], 1)
    rows = case.frames["surveys"].loc[lambda f: (f["kind"] == case.metric) & f["score"].notna()]
    value = (
        (rows["score"] >= 9) * 100.0 - (rows["score"] <= 6) * 100.0
        if case.metric == "nps"
        else (rows["score"] >= 4) * 100.0
    )
    means = [float(value[rows["sent_at"].between(*span)].mean()) for span in spans]
    return means[1] < means[0] - (3 if case.metric == "nps" else 2)
