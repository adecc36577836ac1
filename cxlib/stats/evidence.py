"""Closed-form evidence for a shift: Bayes factors of every onset and profile at once.

The model of a daily series is ``y = Z g + D w + b h + e`` with ``e ~ N(0, 1 / W)``: a fixed part ``Z``
(level, season) with a flat prior, a slow drift ``D w`` (cosines whose variances are those of an
Ornstein-Uhlenbeck process), one profile ``h`` of size ``b ~ N(0, tau^2)``, and daily noise of known weight.
Everything but ``h`` is integrated out, so that the evidence for each column ``h`` costs one triangular solve
and no fit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import log_ndtr

__all__ = [
    "DRIFT_GRID",
    "Drift",
    "Evidence",
    "Side",
    "Size",
    "cosine_basis",
    "drift_variances",
    "scan",
    "season",
]

Floats = npt.NDArray[np.float64]
Side = Literal[-1, 0, 1]

_FLAT = 1e-8  # precision of the fixed part: flat, yet the Cholesky factor exists
_YEAR = 365.25


@dataclass(frozen=True, slots=True)
class Drift:
    """One setting of the drift prior.

    Parameters
    ----------
    sd : float
        Standing deviation of the drift in units of the series; 0 means no drift.
    length : float
        Days over which it forgets.
    chance : float
        How likely it is before the data are seen, up to a factor.
    """

    sd: float
    length: float
    chance: float = 1.0


@dataclass(frozen=True, slots=True)
class Size:
    """A normal that the size of a shift may come from.

    Parameters
    ----------
    centre : float
        Its mean in the direction that counts, of either sign where both do; in units of the series.
    sd : float
        Its standard deviation.
    chance : float
        How likely it is, up to a factor.
    """

    centre: float
    sd: float
    chance: float = 1.0


DRIFT_GRID = (
    Drift(0.0, 1.0, 0.3),
    Drift(0.02, 30.0, 0.15),
    Drift(0.02, 120.0, 0.1),
    Drift(0.04, 30.0, 0.15),
    Drift(0.04, 120.0, 0.15),
    Drift(0.08, 40.0, 0.15),
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one series says about every profile and onset.

    Parameters
    ----------
    log_bf : array of float, shape (profiles, onsets)
        Natural log of the Bayes factor against the same model without a profile.
    effect, sd : array of float, shape (profiles, onsets)
        Posterior mean and standard deviation of the size, in units of the series.
    """

    log_bf: Floats
    effect: Floats
    sd: Floats


def cosine_basis(days: int, count: int) -> Floats:
    """Slow cosines, each of mean square 1.

    Parameters
    ----------
    days, count : int
        Rows (consecutive days) and columns.

    Returns
    -------
    array of float, shape (days, count)

    References
    ----------
    .. [1] Ahmed, Natarajan, Rao (1974), IEEE Trans. Computers C-23, 90-93: the discrete cosine transform.

    Examples
    --------
    >>> basis = cosine_basis(50, 3)
    >>> bool(np.allclose(basis.T @ basis / 50, np.eye(3)))
    True
    """
    step = np.pi * (np.arange(days) + 0.5) / days
    return np.asarray(np.sqrt(2.0) * np.cos(np.outer(step, np.arange(1, count + 1))))


def drift_variances(drift: Drift, days: int, count: int) -> Floats:
    """Prior variance of each cosine for a drift of that size and length.

    Parameters
    ----------
    drift : Drift
        Size in units of the series, length in days.
    days, count : int
        As in `cosine_basis`.

    Returns
    -------
    array of float, shape (count,)

    References
    ----------
    .. [1] The spectral density of an Ornstein-Uhlenbeck process (Rasmussen & Williams 2006, section 4.2.1).

    Examples
    --------
    >>> drift_variances(Drift(1.0, 30.0), 300, 2).round(4)
    array([0.182 , 0.1434])
    """
    frequency = np.pi * np.arange(1, count + 1) / days
    return np.asarray(drift.sd**2 * (2 * drift.length / days) / (1 + (frequency * drift.length) ** 2))


def season(days: npt.NDArray[np.int64]) -> Floats:
    """The fixed part: level, weekdays, and two annual harmonics where there is a year or more.

    Parameters
    ----------
    days : array of int, shape (days,)
        Consecutive local days since 1970-01-01.

    Returns
    -------
    array of float, shape (days, 7 or 11)

    Examples
    --------
    >>> season(np.arange(18262, 18292)).shape, season(np.arange(18262, 18700)).shape
    ((30, 7), (438, 11))
    """
    weekday = (days + 3) % 7  # 1970-01-01 was a Thursday
    columns = [np.ones(len(days))]
    columns += [(weekday == k).astype(float) - (weekday == 6) for k in range(6)]
    if len(days) >= _YEAR:
        angle = 2 * np.pi * days / _YEAR
        columns += [f(k * angle) for k in (1, 2) for f in (np.sin, np.cos)]
    return np.column_stack(columns)


def _cosines(days: int) -> int:
    """How many cosines a history of that length carries: 45 for three years, never below 12."""
    return int(min(max(12, round(45 * np.sqrt(days / 1095))), max(1, days // 4)))


def scan(
    values: Floats,
    weights: Floats,
    design: Floats,
    profiles: Floats,
    *,
    sizes: Sequence[float | Size] = (0.03, 0.10, 0.30),
    side: Side = 0,
    grid: tuple[Drift, ...] = DRIFT_GRID,
) -> Evidence:
    """Bayes factors of every profile and onset, drift and sizes averaged.

    Parameters
    ----------
    values : array of float, shape (days,)
        The series, for example mean row values; ignored where the weight is 0.
    weights : array of float, shape (days,)
        Inverse noise variances.
    design : array of float, shape (days, p)
        The fixed part, see `season`.
    profiles : array of float, shape (profiles, days, onsets)
        What an effect of size 1 adds to each day.
    sizes : sequence of float or Size
        Normals that the size may come from, each as likely: standard deviations, in units of the series, of
        normals around 0; or `Size`, with a mean and a weight of its own. A shift that somebody noticed is not
        small: days that rule out a shift of that size speak against one.
    side : {-1, 0, 1}
        Only falls, both, or only rises count.
    grid : tuple of Drift
        Drift settings, equally likely before the data are seen.

    Returns
    -------
    Evidence
        One number for each profile and onset.

    References
    ----------
    .. [1] Kass & Raftery (1995), JASA 90, 773-795. Checked against the marginal likelihood of
       `scipy.stats.multivariate_normal`.

    Examples
    --------
    >>> days = np.arange(80)
    >>> y = np.where(days >= 60, -1.0, 0.0)
    >>> h = (days[:, None] >= days[None, :]).astype(float)[None]
    >>> found = scan(y, np.full(80, 4.0), np.ones((80, 1)), h, sizes=(1.0,), side=-1)
    >>> int(found.log_bf[0].argmax())
    60
    """
    count, days, onsets = profiles.shape
    flat = profiles.transpose(1, 0, 2).reshape(days, count * onsets)
    flat = flat[(begin := int(flat.any(axis=1).argmax())) :]  # nothing happens before the first onset
    cosines = cosine_basis(days, _cosines(days))
    basis = np.column_stack([design, cosines])
    weighted = basis * weights[:, None]
    gram = weighted.T @ basis
    pulled = weights * np.where(weights > 0, values, 0.0)
    right = np.column_stack([basis.T @ pulled, weighted[begin:].T @ flat])
    size_of, match = weights[begin:] @ flat**2, pulled[begin:] @ flat
    priors = _size_priors(sizes, side)
    logs, means, variances = [], [], []
    for drift in grid:
        kept, precision, penalty = _prior(drift, design.shape[1], days, cosines.shape[1])
        factor = np.linalg.cholesky(gram[:kept, :kept] + np.diag(precision))
        solved = (
            np.linalg.inv(factor) @ right[:kept]
        )  # a small triangle; LAPACK's call for it waits on threads
        known_part, cross = solved[:, 0], solved[:, 1:]
        evidence = 0.5 * known_part @ known_part - np.log(np.diag(factor)).sum() - penalty
        evidence += np.log(drift.chance)
        left = np.maximum(size_of - np.einsum("ij,ij->j", cross, cross), 0.0)
        pull = match - known_part @ cross
        for centre, tau, log_chance in priors:
            variance = tau**2 / (1 + left * tau**2)
            mean = (pull + centre / tau**2) * variance
            logs.append(
                evidence
                + log_chance
                + 0.5 * (mean**2 / variance - (centre / tau) ** 2)
                - 0.5 * np.log1p(left * tau**2)
                + _one_sided(mean, variance, side)
                - _one_sided(np.array(centre), np.array(tau**2), side)
            )
            means.append(mean)
            variances.append(variance)
        logs.append(np.full(count * onsets, evidence))  # the null of this drift, for the denominator
    return _average(np.array(logs), np.array(means), np.array(variances), len(priors), (count, onsets))


def _prior(drift: Drift, fixed: int, days: int, cosines: int) -> tuple[int, Floats, float]:
    """Columns in use, their prior precisions, and half the log determinant of the prior variances."""
    if drift.sd == 0:
        return fixed, np.full(fixed, _FLAT), 0.0
    variances = drift_variances(drift, days, cosines)
    return fixed + cosines, np.r_[np.full(fixed, _FLAT), 1 / variances], 0.5 * float(np.log(variances).sum())


def _size_priors(sizes: Sequence[float | Size], side: Side) -> list[tuple[float, float, float]]:
    """Mean and standard deviation of each normal that the size may come from, and its log probability."""
    normals = [size if isinstance(size, Size) else Size(0.0, size) for size in sizes]
    signs = (-1, 1) if side == 0 and any(size.centre for size in normals) else (side or 1,)
    total = sum(size.chance for size in normals) * len(signs)
    return [
        (sign * size.centre, size.sd, float(np.log(size.chance / total)))
        for sign in signs
        for size in normals
    ]


def _one_sided(mean: Floats, variance: Floats, side: Side) -> Floats | float:
    """Log of the part of a normal that lies on the side that counts."""
    return 0.0 if side == 0 else np.asarray(log_ndtr(side * mean / np.sqrt(variance)))


def _average(logs: Floats, means: Floats, variances: Floats, sizes: int, shape: tuple[int, int]) -> Evidence:
    """Mix over drift settings and sizes; `logs` holds, per drift, one row a size and then the null."""
    grouped = logs.reshape(-1, sizes + 1, logs.shape[1])
    joint, null = grouped[:, :sizes].reshape(means.shape), grouped[:, sizes]
    top = joint.max(axis=0)
    share = np.exp(joint - top)
    mass = share.sum(axis=0)
    base = null.max(axis=0)
    log_bf = top + np.log(mass) - base - np.log(np.exp(null - base).sum(axis=0))
    share /= mass
    effect = (share * means).sum(axis=0)
    spread = np.sqrt(np.maximum((share * (variances + means**2)).sum(axis=0) - effect**2, 0.0))
    return Evidence(log_bf.reshape(shape), effect.reshape(shape), spread.reshape(shape))
