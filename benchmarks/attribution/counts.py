"""Daily counts of a company under a cause, and whether somebody would have noticed."""

from dataclasses import dataclass

import numpy as np
from attribution.cause import Cause, onset_days, shape_levels
from attribution.company import LEAD, PASSIVE, Company

CSAT_ASKED = 0.8
CSAT_ANSWERED = 0.42
SPAN = 28
"""Days compared before and after."""

LEAST = {"nps": 3.0, "csat": 2.0, "contact_rate": 0.04}
"""The smallest worsening that anybody mentions: points, or a share of the rate."""

NOTICED_Z, CHANCE_Z = 1.5, 3.0
"""How clear the worsening is where something happened, and where nothing did."""


@dataclass(frozen=True)
class Counts:
    """Counts by day and cell (and answer, or reason); `activity` starts LEAD days earlier."""

    activity: np.ndarray
    sends: np.ndarray
    answers: np.ndarray
    tickets: np.ndarray
    rated: np.ndarray
    good: np.ndarray


def planted(company: Company, cause: Cause) -> np.ndarray:
    """Share of the full effect on each day."""
    level = np.zeros(company.days)
    if cause.onset is not None:
        level[cause.onset :] = shape_levels(cause.shape, company.days - cause.onset)
    return level


def after_delay(company: Company, level: np.ndarray) -> np.ndarray:
    """The same, on the days on which the surveys about these days are sent."""
    return np.convolve(level, company.kernel)[: len(level)]


def asked_about(company: Company, activity: np.ndarray) -> np.ndarray:
    """Activity that the surveys of each day are about, by cell."""
    lagged = np.zeros((company.days, activity.shape[1]))
    for delay, weight in enumerate(company.kernel):
        lagged += weight * activity[LEAD - delay : LEAD - delay + company.days]
    return lagged


def arrived(company: Company) -> np.ndarray:
    """Share of the answers to each day's surveys that arrive before the data end."""
    return 1 - np.exp(-(company.days - np.arange(company.days) - 0.5) / company.wait_days)


def answer_chances(net: np.ndarray) -> np.ndarray:
    """Chances of an unhappy, a passive and a happy answer, given the net score."""
    happy = np.clip((1 - PASSIVE + net / 100) / 2, 0.02, 0.98 - PASSIVE)
    return np.stack([1 - PASSIVE - happy, np.full_like(happy, PASSIVE), happy], axis=-1)


def sample(rng: np.random.Generator, company: Company, cause: Cause) -> Counts:
    """Draw the counts of every day."""
    inside = company.masks[cause.segment]
    level = planted(company, cause)
    activity = rng.poisson(company.activity * rng.gamma(80, 1 / 80, company.activity.shape))
    spread, shock = company.send_noise
    mean = company.send_rate * asked_about(company, activity)
    mean = mean * np.where(inside & (level[:, None] > 0), cause.sends, 1.0)
    mean = mean * np.exp(rng.normal(0, shock, company.days))[:, None]
    sends = rng.poisson(mean * rng.gamma(spread, 1 / spread, mean.shape))
    seen = rng.binomial(sends, company.respond * arrived(company)[:, None])
    fall = cause.nps_drop * after_delay(company, level)
    net = company.nps + rng.normal(0, company.nps_shock, company.days)[:, None] - fall[:, None] * inside
    answers = rng.multinomial(seen, answer_chances(net))
    hit = np.zeros((company.days, len(inside), len(company.words.reasons)))
    if cause.reason is not None:
        hit[:, :, cause.reason] = level[:, None] * inside
    spread, shock = company.ticket_noise
    wave = np.exp(rng.normal(0, shock, (company.days, hit.shape[2])))
    mean = activity[LEAD:, :, None] * company.ticket_rate * wave[:, None] * (1 + (cause.rise - 1) * hit)
    tickets = rng.poisson(mean * rng.gamma(spread, 1 / spread, mean.shape))
    rated = rng.binomial(tickets, CSAT_ASKED * CSAT_ANSWERED * arrived(company)[:, None, None])
    chance = company.csat + rng.normal(0, company.csat_shock, company.days)[:, None, None]
    good = rng.binomial(rated, np.clip(chance - cause.csat_drop * hit, 0.01, 0.99))
    return Counts(activity, sends, answers, tickets, rated, good)


def worsening(metric: str, counts: Counts, day: int, span: int) -> tuple[float, float]:
    """How much worse the metric is after a day than before it, and that in standard errors.

    Parameters
    ----------
    metric : str
        nps, csat or contact_rate.
    counts : Counts
        Daily counts.
    day, span : int
        First day after, and days after; SPAN days come before.

    Returns
    -------
    tuple of float
        Points (a share of the rate for contact_rate), and standard errors of daily values.
    """
    if metric == "nps":
        top = counts.answers[:, :, 2].sum(axis=1) - counts.answers[:, :, 0].sum(axis=1)
        weight, sign = counts.answers.sum(axis=(1, 2)), -100.0
    elif metric == "csat":
        top, weight, sign = counts.good.sum(axis=(1, 2)), counts.rated.sum(axis=(1, 2)), -100.0
    else:
        top, weight, sign = counts.tickets.sum(axis=(1, 2)), counts.activity[LEAD:].sum(axis=1), 1.0
    before, after = slice(day - SPAN, day), slice(day, min(day + span, len(top)))
    if weight[before].sum() == 0 or weight[after].sum() == 0:
        return 0.0, 0.0
    was = top[before].sum() / weight[before].sum()
    value = top[after].sum() / weight[after].sum() - was
    daily = top[before] - was * weight[before]
    variance = (daily**2).sum() / weight[before].sum()
    error = np.sqrt(variance * (1 / weight[before].sum() + 1 / weight[after].sum()))
    if metric == "contact_rate":
        value, error = value / max(was, 1e-12), error / max(was, 1e-12)
    return float(sign * value), float(sign * value / max(error, 1e-12))


def looks_worse(company: Company, metric: str, counts: Counts, day: int, span: int, z: float) -> bool:
    """Whether the metric is clearly worse from a day on."""
    if day >= company.days - 2:
        return False
    size, clear = worsening(metric, counts, day, span)
    return size >= LEAST[metric] and clear >= z


def shown_on(company: Company, metric: str, act: str, shape: str) -> tuple[int, int]:
    """Days from the onset to where the metric shows it, and for how many days it is looked at."""
    span = int(shape.partition("-")[2]) if shape.startswith("pulse") else SPAN
    if metric == "nps" and act == "service":
        lag = int(np.flatnonzero(company.kernel)[0])
        return lag, span + 2 if span < SPAN else span
    return 0, span


def noticed(company: Company, cause: Cause, counts: Counts) -> bool:
    """Whether somebody would ask: the metric looks worse after the onset, or anywhere when there is none."""
    if cause.onset is None:
        days = onset_days(company)
        return any(looks_worse(company, cause.metric, counts, int(d), SPAN, CHANCE_Z) for d in days)
    lag, span = shown_on(company, cause.metric, cause.act, cause.shape)
    return looks_worse(company, cause.metric, counts, cause.onset + lag, span, NOTICED_Z)
