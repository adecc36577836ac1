"""Log likelihood ratios of the daily counts for a fault of every segment, reason, onset, shape and size.

The true baselines are known here, drift included; the shock of each day is not and is integrated out.
"""

from dataclasses import dataclass

import numpy as np
from attribution.cause import ASKED, CSAT_DROP, KEPT, NPS_DROP, RISE, shape_levels
from attribution.company import LEAD, Company
from attribution.counts import Counts, answer_chances, asked_about
from scipy.special import logsumexp

NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(9)
WEIGHTS = WEIGHTS / WEIGHTS.sum()
SEND_SIZES = 40


@dataclass(frozen=True)
class Sizes:
    """A grid of effects from nothing to the largest, and which of them a full effect may have, how likely."""

    levels: np.ndarray
    full: np.ndarray
    log_chance: np.ndarray


def _sizes(step: float, low: float, high: float, *, log_uniform: bool = False) -> Sizes:
    """Full effects lie in the middle of bins two steps wide."""
    levels = np.arange(round(high / step) + 1) * step
    full = np.arange(round(low / step) + 1, round(high / step), 2)
    edges = np.append(levels[full] - step, high)
    mass = np.diff(np.log1p(edges)) if log_uniform else np.diff(edges)
    return Sizes(levels, full, np.log(mass / mass.sum()))


RISES = _sizes(0.05, RISE[0] - 1, RISE[1] - 1, log_uniform=True)
CSAT_DROPS = _sizes(0.01, *CSAT_DROP)
NPS_DROPS = _sizes(0.625, *NPS_DROP)


def window_days(company: Company) -> slice:
    """The days of the window."""
    return slice(company.history, company.days)


def ticket_ratios(company: Company, counts: Counts) -> np.ndarray:
    """Log ratios by reason, segment, day of the window and rise."""
    days = window_days(company)
    spread, shock = company.ticket_noise
    mean = (counts.activity[LEAD:, :, None] * company.ticket_rate)[days]
    shocks = np.exp(shock * NODES)
    parts = []
    for reason in range(mean.shape[2]):
        expected = mean[:, :, reason, None, None] * (1 + RISES.levels[:, None]) * shocks
        parts.append(
            _over_segments(company, _poisson_gamma(counts.tickets[days, :, reason], expected, spread))
        )
    return np.array(parts)


def csat_ratios(company: Company, counts: Counts) -> np.ndarray:
    """Log ratios by reason, segment, day of the window and drop."""
    days = window_days(company)
    parts = []
    for reason in range(counts.rated.shape[2]):
        base = company.csat[days, :, reason, None, None]
        chance = np.clip(base + company.csat_shock * NODES - CSAT_DROPS.levels[:, None], 0.01, 0.99)
        good = counts.good[days, :, reason, None, None]
        bad = counts.rated[days, :, reason, None, None] - good
        parts.append(_over_segments(company, good * np.log(chance) + bad * np.log1p(-chance)))
    return np.array(parts)


def nps_ratios(company: Company, counts: Counts) -> np.ndarray:
    """Log ratios by segment, day of the window and drop."""
    days = window_days(company)
    net = company.nps[days, :, None, None] + company.nps_shock * NODES - NPS_DROPS.levels[:, None]
    chances = np.log(answer_chances(net))
    return _over_segments(company, (counts.answers[days, :, None, None, :] * chances).sum(axis=-1))


def send_ratios(company: Company, counts: Counts, act: str) -> np.ndarray:
    """Log ratios by segment and onset day of the window, sizes averaged."""
    days = window_days(company)
    low, high = KEPT if act == "cut" else ASKED
    factors = low + (np.arange(SEND_SIZES) + 0.5) / SEND_SIZES * (high - low)
    spread, shock = company.send_noise
    mean = (company.send_rate * asked_about(company, counts.activity))[days, :, None, None]
    expected = mean * np.concatenate([[1.0], factors])[:, None] * np.exp(shock * NODES)
    ratios = _over_segments(company, _poisson_gamma(counts.sends[days], expected, spread))[:, :, 1:]
    return logsumexp(_from_here_on(ratios), axis=2) - np.log(SEND_SIZES)


def onset_ratios(ratios: np.ndarray, sizes: Sizes, curve: np.ndarray) -> np.ndarray:
    """Sum log ratios from every onset on, along a curve, and average the sizes.

    Parameters
    ----------
    ratios : numpy.ndarray
        Log ratios; the last two axes are days and effects.
    sizes : Sizes
        The effects.
    curve : numpy.ndarray
        Share of the full effect by days since the onset; its last value stays.

    Returns
    -------
    numpy.ndarray
        Log ratios; the last axis is the onset day.
    """
    days = ratios.shape[-2]
    total = np.zeros((*ratios.shape[:-1], len(sizes.full)))
    moving = int(np.flatnonzero(curve != curve[-1]).max(initial=-1)) + 1
    for since in range(min(moving, days)):
        total[..., : days - since, :] += _at(ratios[..., since:, :], sizes, curve[since])
    if curve[-1] > 0 and moving < days:
        after = _from_here_on(ratios[..., sizes.full])
        total[..., : days - moving, :] += after[..., moving:, :]
    return logsumexp(total + sizes.log_chance, axis=-1)


def service_curves(company: Company, shape: str) -> tuple[np.ndarray, np.ndarray]:
    """The curve of tickets and CSAT, and that of survey answers, which come after the delay."""
    days = company.days - company.history
    level = shape_levels(shape, days + len(company.kernel))
    return level[:days], np.convolve(level, company.kernel)[:days]


def _at(ratios: np.ndarray, sizes: Sizes, share: float) -> np.ndarray:
    """Ratios at a share of every full effect, between the grid's levels linearly."""
    place = share * sizes.full
    below = np.minimum(place.astype(int), len(sizes.levels) - 2)
    part = place - below
    return ratios[..., below] * (1 - part) + ratios[..., below + 1] * part


def _from_here_on(ratios: np.ndarray) -> np.ndarray:
    return np.flip(np.cumsum(np.flip(ratios, axis=-2), axis=-2), axis=-2)


def _poisson_gamma(count: np.ndarray, mean: np.ndarray, spread: float) -> np.ndarray:
    """Log likelihood of overdispersed counts, up to what does not depend on the mean."""
    seen = count[:, :, None, None]
    safe = np.maximum(mean, 1e-300)
    return np.where(mean > 0, seen * np.log(safe) - (seen + spread) * np.log(spread + mean), 0.0)


def _over_segments(company: Company, likelihood: np.ndarray) -> np.ndarray:
    """Log ratios by segment, day and level, given those by day, cell, level and shock of the day."""
    nothing = likelihood[:, :, :1]
    base = nothing.sum(axis=1)
    change = np.einsum("gc,dcln->gdln", company.masks.astype(float), likelihood - nothing)
    weights = np.log(WEIGHTS)
    return logsumexp(base + change + weights, axis=3) - logsumexp(base + weights, axis=2)
