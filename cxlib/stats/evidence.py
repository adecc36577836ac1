"""Closed-form evidence for a shift: Bayes factors of every onset and profile at once.

The model of a daily series is ``y = Z g + D w + b h + e`` with ``e ~ N(0, 1 / W)``: a fixed part ``Z``
(level, season) with a flat prior, a slow drift ``D w`` (cosines whose variances are those of an
Ornstein-Uhlenbeck process), one profile ``h`` of size ``b ~ N(0, tau^2)``, and daily noise of known weight.
Everything but ``h`` is integrated out, so that the evidence for each column ``h`` costs one triangular solve
and no fit.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import log_ndtr

from cxlib.stats.drift import DRIFT_GRID, Drift, cosine_basis, drift_variances, full_basis
from cxlib.stats.sizes import Side, Size, size_priors

__all__ = [
    "DRIFT_GRID",
    "Drift",
    "Evidence",
    "Products",
    "Side",
    "Size",
    "cosine_basis",
    "cycle",
    "drift_variances",
    "scan",
    "season",
    "weigh_columns",
]

Floats = npt.NDArray[np.float64]

_FLAT = 1e-8  # precision of the fixed part: flat, yet the Cholesky factor exists
_YEAR = 365.25


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one series says about every profile and onset.

    Parameters
    ----------
    log_bf : array of float, shape (profiles, onsets)
        Natural log of the Bayes factor against the same model without a profile.
    effect, sd : array of float, shape (profiles, onsets)
        Posterior mean and standard deviation of the size, in units of the series.
    log_cover : float
        Log of the null's average evidence over that of its best drift setting, 0 or less: a Bayes factor
        times this is an e-value whichever setting of the grid holds (Wasserman, Ramdas & Balakrishnan 2020).
    """

    log_bf: Floats
    effect: Floats
    sd: Floats
    log_cover: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Products:
    """Weighted products of one series with its basis and with the columns that effects would add.

    Parameters
    ----------
    gram : array of float, shape (p, p)
        Z'WZ of the fixed part and the cosines.
    known : array of float, shape (p,)
        Z'Wy.
    cross : array of float, shape (p, columns)
        Z'Wh.
    match, size : array of float, shape (columns,)
        h'Wy and h'Wh.
    """

    gram: Floats
    known: Floats
    cross: Floats
    match: Floats
    size: Floats


def cycle(positions: npt.NDArray[np.int64], period: int) -> Floats:
    """A level and what each place in a period adds to it; the places add up to nothing.

    Parameters
    ----------
    positions : array of int, shape (rows,)
        Number of each row's day, month, ...; rows a `period` apart are alike.
    period : int
        7 for days of the week, 12 for months of the year, 1 for a level alone.

    Returns
    -------
    array of float, shape (rows, period)

    Examples
    --------
    >>> cycle(np.arange(4), 3)
    array([[ 1.,  1.,  0.],
           [ 1.,  0.,  1.],
           [ 1., -1., -1.],
           [ 1.,  1.,  0.]])
    """
    place = positions % period
    columns = [np.ones(len(positions))]
    columns += [(place == k).astype(float) - (place == period - 1) for k in range(period - 1)]
    return np.column_stack(columns)


def season(days: npt.NDArray[np.int64]) -> Floats:
    """The fixed part of a daily series: level, weekdays, and two annual harmonics where there is a year.

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
    weekday = cycle(days + 3, 7)  # 1970-01-01 was a Thursday
    if len(days) < _YEAR:
        return weekday
    angle = 2 * np.pi * days / _YEAR
    return np.column_stack([weekday, *(f(k * angle) for k in (1, 2) for f in (np.sin, np.cos))])


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
    basis = full_basis(design)
    weighted = basis * weights[:, None]
    pulled = weights * np.where(weights > 0, values, 0.0)
    products = Products(
        weighted.T @ basis,
        basis.T @ pulled,
        weighted[begin:].T @ flat,
        pulled[begin:] @ flat,
        weights[begin:] @ flat**2,
    )
    found = weigh_columns(products, design.shape, sizes=sizes, side=side, grid=grid)
    shape = (count, onsets)
    return Evidence(
        found.log_bf.reshape(shape), found.effect.reshape(shape), found.sd.reshape(shape), found.log_cover
    )


def weigh_columns(
    products: Products,
    shape: tuple[int, ...],
    *,
    sizes: Sequence[float | Size],
    side: Side,
    grid: tuple[Drift, ...],
) -> Evidence:
    """Bayes factors from the products of a series with its basis and the columns.

    Parameters
    ----------
    products : Products
        Of one series.
    shape : tuple of int
        Days, and columns of the fixed part.
    sizes, side, grid
        As in `scan`.

    Returns
    -------
    Evidence
        Arrays of shape (columns,).
    """
    days, fixed = shape
    cosines = len(products.gram) - fixed
    right = np.column_stack([products.known, products.cross])
    priors = size_priors(sizes, side)
    logs, means, variances = [], [], []
    for drift in grid:
        kept, precision, penalty = _prior(drift, fixed, days, cosines)
        factor = np.linalg.cholesky(products.gram[:kept, :kept] + np.diag(precision))
        solved = np.linalg.inv(factor) @ right[:kept]  # a small triangle; LAPACK's call waits on threads
        known_part, cross = solved[:, 0], solved[:, 1:]
        evidence = 0.5 * known_part @ known_part - np.log(np.diag(factor)).sum() - penalty
        evidence += np.log(drift.chance)
        left = np.maximum(products.size - np.einsum("ij,ij->j", cross, cross), 0.0)
        pull = products.match - known_part @ cross
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
        logs.append(np.full(len(pull), evidence))  # the null of this drift, for the denominator
    return _average(np.array(logs), np.array(means), np.array(variances), len(priors))


def _prior(drift: Drift, fixed: int, days: int, cosines: int) -> tuple[int, Floats, float]:
    """Columns in use, their prior precisions, and half the log determinant of the prior variances."""
    if drift.sd == 0:
        return fixed, np.full(fixed, _FLAT), 0.0
    variances = drift_variances(drift, days, cosines)
    return fixed + cosines, np.r_[np.full(fixed, _FLAT), 1 / variances], 0.5 * float(np.log(variances).sum())


def _one_sided(mean: Floats, variance: Floats, side: Side) -> Floats | float:
    """Log of the part of a normal that lies on the side that counts."""
    return 0.0 if side == 0 else np.asarray(log_ndtr(side * mean / np.sqrt(variance)))


def _average(logs: Floats, means: Floats, variances: Floats, sizes: int) -> Evidence:
    """Mix over drift settings and sizes; `logs` holds, per drift, one row a size and then the null."""
    grouped = logs.reshape(-1, sizes + 1, logs.shape[1])
    joint, null = grouped[:, :sizes].reshape(means.shape), grouped[:, sizes, :1]
    top = joint.max(axis=0)
    share = np.exp(joint - top)
    mass = share.sum(axis=0)
    base = null.max()
    shared = float(np.log(np.exp(null - base).sum()))
    log_bf = top + np.log(mass) - base - shared
    share /= mass
    effect = (share * means).sum(axis=0)
    spread = np.sqrt(np.maximum((share * (variances + means**2)).sum(axis=0) - effect**2, 0.0))
    return Evidence(log_bf, effect, spread, shared - np.log(len(null)))
