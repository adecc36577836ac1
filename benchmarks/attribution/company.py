"""A company before anything is planted: its baselines, its drift, its noise."""

import math
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from attribution.words import Words, read_words, verticals

LEAD = 20
"""Days of activity before the first survey and ticket."""

PASSIVE = 0.28
"""Share of the answers that are neither happy nor unhappy."""


@dataclass(frozen=True)
class Company:
    """Everything that is true of a company whatever happens to it; days are counted from the first survey.

    `activity` holds means of LEAD + days; the other arrays start at the first survey. The axes are day,
    cell (tier x area) and, for tickets and CSAT, reason.
    """

    words: Words
    tiers: tuple[str, ...]
    areas: tuple[str, ...]
    first: date
    history: int
    days: int
    activity: np.ndarray
    kernel: np.ndarray
    send_rate: np.ndarray
    respond: np.ndarray
    wait_days: float
    nps: np.ndarray
    ticket_rate: np.ndarray
    csat: np.ndarray
    send_noise: tuple[float, float]
    ticket_noise: tuple[float, float]
    nps_shock: float
    csat_shock: float
    changes_a_day: float
    trains_a_day: float

    @property
    def start(self) -> date:
        """First day of the window."""
        return self.first + timedelta(days=self.history)

    @property
    def end(self) -> date:
        """First day after the window, and after the data."""
        return self.first + timedelta(days=self.days)

    @property
    def masks(self) -> np.ndarray:
        """Which cells each segment holds: everything, each tier, each area, each cell."""
        tiers, areas = len(self.tiers), len(self.areas)
        cell = np.arange(tiers * areas)
        rows = [np.ones(tiers * areas, bool)]
        rows += [cell // areas == tier for tier in range(tiers)]
        rows += [cell % areas == area for area in range(areas)]
        rows += [cell == one for one in cell]
        return np.array(rows)

    def segment(self, number: int) -> dict[str, str] | None:
        """Columns and values of a row of `masks`; None for everything."""
        if number == 0:
            return None
        tiers, areas = len(self.tiers), len(self.areas)
        column_tier, column_area = self.words.columns
        if number <= tiers:
            return {column_tier: self.tiers[number - 1]}
        if number <= tiers + areas:
            return {column_area: self.areas[number - 1 - tiers]}
        cell = number - 1 - tiers - areas
        return {column_tier: self.tiers[cell // areas], column_area: self.areas[cell % areas]}

    def weekdays(self) -> np.ndarray:
        """Monday 0 to Sunday 6, for every day."""
        return (self.first.weekday() + np.arange(self.days)) % 7

    def mean_changes(self) -> np.ndarray:
        """Changes expected on each day, trains apart."""
        return np.where(self.weekdays() < 5, 1.25, 0.3) * self.changes_a_day

    def train_chance(self) -> np.ndarray:
        """Chance of a release train on each day."""
        return np.where(self.weekdays() < 5, 1.3, 0.1) * self.trains_a_day


def wander(rng: np.random.Generator, days: int, sd: float, length: float) -> np.ndarray:
    """An Ornstein-Uhlenbeck path of that standard deviation and memory."""
    keep = math.exp(-1 / length)
    steps = rng.normal(0, sd * math.sqrt(1 - keep**2), days)
    path = np.empty(days)
    path[0] = rng.normal(0, sd)
    for day in range(1, days):
        path[day] = keep * path[day - 1] + steps[day]
    return path


def draw_company(rng: np.random.Generator, *, late_surveys: bool, vertical: str | None = None) -> Company:
    """Draw a company.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of every draw.
    late_surveys : bool
        Whether surveys come 8 to 12 days after the experience instead of 0 to 3.
    vertical : str or None
        Name of a vocabulary; None draws one.

    Returns
    -------
    Company
        Baselines, drift and noise.
    """
    words = read_words(vertical or str(rng.choice(verticals())))
    areas = tuple(rng.permutation(words.areas)[: int(rng.integers(3, min(5, len(words.areas)) + 1))].tolist())
    month = int(rng.integers(0, 72))
    start = date(2018 + month // 12, month % 12 + 1, 1)
    end = date(2018 + (month + 2) // 12, (month + 2) % 12 + 1, 1)
    history = int(rng.integers(105, 171))
    days = history + (end - start).days
    cells = len(words.tiers) * len(areas)
    answers, tickets = _log_uniform(rng, 5, 1200), _log_uniform(rng, 10, 400)
    scale = max(answers / 0.18, tickets / 0.4) * _log_uniform(rng, 1.2, 4)
    activity = _activity(
        rng, start - timedelta(days=history + LEAD), LEAD + days, (len(words.tiers), len(areas))
    )
    activity *= scale
    respond = np.repeat(rng.uniform(0.22, 0.4, len(words.tiers)), len(areas))
    sends = activity[LEAD:] * rng.lognormal(0, 0.15, cells) * respond
    drift = np.exp(wander(rng, days, 0.05, 30))
    send_rate = sends / activity[LEAD:] / respond * answers / sends.sum(axis=1).mean() * drift[:, None]
    lag = int(rng.integers(8, 13) if late_surveys else rng.integers(0, 4))
    rates = _ticket_rates(rng, days, cells, len(words.reasons))
    rates *= tickets / (rates.sum(axis=2) * activity[LEAD:]).sum(axis=1).mean()
    return Company(
        words=words,
        tiers=words.tiers,
        areas=areas,
        first=start - timedelta(days=history),
        history=history,
        days=days,
        activity=activity,
        kernel=np.concatenate([np.zeros(lag), [0.55, 0.3, 0.15]]),
        send_rate=send_rate,
        respond=respond,
        wait_days=float(rng.uniform(0.6, 1.8)),
        nps=_nps(rng, days, (len(words.tiers), len(areas))),
        ticket_rate=rates,
        csat=_csat(rng, days, cells, len(words.reasons)),
        send_noise=(float(rng.uniform(25, 90)), float(rng.uniform(0.02, 0.08))),
        ticket_noise=(float(rng.uniform(12, 60)), float(rng.uniform(0.05, 0.14))),
        nps_shock=float(rng.uniform(0.5, 3.0)),
        csat_shock=float(rng.uniform(0.005, 0.03)),
        changes_a_day=_log_uniform(rng, 0.14, 0.5),
        trains_a_day=float(rng.uniform(0.01, 0.07)),
    )


def _log_uniform(rng: np.random.Generator, low: float, high: float) -> float:
    return float(np.exp(rng.uniform(math.log(low), math.log(high))))


def _activity(rng: np.random.Generator, first: date, days: int, shape: tuple[int, int]) -> np.ndarray:
    """Means by day and cell around 1 in all: growth, weekdays, holidays, a slow drift of the mix."""
    week = np.exp(rng.normal(0, 0.05, 7))
    week[5:] *= rng.uniform(0.5, 1.15)
    level = week[(first.weekday() + np.arange(days)) % 7]
    level = level * np.exp(np.arange(days) * rng.normal(0.0003, 0.0008) + wander(rng, days, 0.05, 25))
    level = level * np.exp(rng.normal(0, 0.04, days))
    for day in rng.integers(0, days, int(rng.integers(3, 7))):
        level[day : day + int(rng.choice([1, 1, 2, 4]))] *= rng.uniform(0.35, 0.75)
    tiers, areas = rng.dirichlet(np.full(shape[0], 5.0)), rng.dirichlet(np.full(shape[1], 5.0))
    share = (tiers[:, None] * areas[None, :]).ravel()
    slow = np.exp(np.arange(days)[:, None] * rng.normal(0, 0.0006, len(share)))
    return level[:, None] * share * slow


def _nps(rng: np.random.Generator, days: int, shape: tuple[int, int]) -> np.ndarray:
    """Net score by day and cell: tiers far apart, areas close, everything drifting a little."""
    middle, gap = rng.uniform(5, 40), rng.uniform(18, 34)
    tiers = middle + gap * rng.permutation(np.linspace(-1, 1, shape[0])) + rng.normal(0, 4, shape[0])
    base = (tiers[:, None] + rng.normal(0, 6, shape[1])[None, :] + rng.normal(0, 3, shape)).ravel()
    mood = wander(rng, days, float(rng.choice([0.0, 2.0, 4.0])), float(rng.uniform(15, 60)))
    return np.clip(base + mood[:, None], -66, 66)


def _ticket_rates(rng: np.random.Generator, days: int, cells: int, reasons: int) -> np.ndarray:
    share = rng.dirichlet(np.full(reasons, 5.0))
    by_cell = rng.lognormal(0, 0.25, (cells, 1)) * rng.lognormal(0, 0.15, (cells, reasons))
    all_of_it = wander(rng, days, float(rng.uniform(0, 0.08)), 40)
    drift = np.array([wander(rng, days, float(rng.uniform(0.03, 0.18)), 30) for _ in range(reasons)]).T
    week = np.exp(rng.normal(0, 0.06, 7))[np.arange(days) % 7]
    return np.exp(all_of_it[:, None, None] + drift[:, None, :]) * week[:, None, None] * by_cell * share


def _csat(rng: np.random.Generator, days: int, cells: int, reasons: int) -> np.ndarray:
    base = rng.uniform(0.68, 0.88, reasons)[None, :] + rng.normal(0, 0.02, cells)[:, None]
    mood = wander(rng, days, float(rng.choice([0.0, 0.01, 0.025])), 40)
    return np.clip(base[None] + mood[:, None, None], 0.55, 0.95)
