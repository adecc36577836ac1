"""BCa bootstrap intervals of the means of few rows, and what the rows of a cluster are worth."""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from cxlib.stats.arrays import Floats, as_floats, one_tail

__all__ = ["bca_interval", "bca_intervals", "independent_worth"]

_CHUNK: Final = 256  # cells at a time: 4000 draws of them are 8 MB
_CLOSE: Final = 1e-12


def bca_interval(
    values: ArrayLike, *, rng: np.random.Generator, level: float = 0.95, draws: int = 4000
) -> tuple[float, float]:
    """BCa bootstrap interval of the mean of one cell's rows, for fewer than 30 of them.

    Parameters
    ----------
    values : array of float, shape (rows,)
        The rows' values; NaN is not a row.
    rng : numpy.random.Generator
        Source of the resamples; the same state gives the same interval.
    level : float
        Two-sided confidence, inside (0, 1).
    draws : int
        Resamples.

    Returns
    -------
    lower, upper : float
        In the unit of the values; NaN below 2 rows, the value itself where all rows are equal.

    Raises
    ------
    CxError
        If ``level`` is outside (0, 1).

    References
    ----------
    .. [1] Efron (1987), JASA 82, 171-185. Checked against scipy `bootstrap(..., method="BCa")`.

    Examples
    --------
    >>> low, high = bca_interval(np.array([1.0, 1, 2, 3, 9]), rng=np.random.default_rng(1))
    >>> low < 3.2 < high, low > 1
    (True, True)
    """
    (rows,) = as_floats(values)
    lower, upper = bca_intervals(rows[np.isfinite(rows)][np.newaxis, :], rng=rng, level=level, draws=draws)
    return float(lower[0]), float(upper[0])


def bca_intervals(
    values: ArrayLike, *, rng: np.random.Generator, level: float = 0.95, draws: int = 4000
) -> tuple[Floats, Floats]:
    """BCa bootstrap intervals of the means of cells that have equally many rows, from the same resamples.

    Parameters
    ----------
    values : array of float, shape (cells, rows)
        The rows' values.
    rng : numpy.random.Generator
        Source of the resamples.
    level : float
        Two-sided confidence, inside (0, 1).
    draws : int
        Resamples.

    Returns
    -------
    lower, upper : array of float, shape (cells,)
        NaN below 2 rows, the value itself where all rows of a cell are equal.

    Raises
    ------
    CxError
        If ``level`` is outside (0, 1).

    References
    ----------
    .. [1] Efron (1987), JASA 82, 171-185.

    Examples
    --------
    >>> lower, upper = bca_intervals(np.array([[1.0, 2, 9], [4, 4, 4]]), rng=np.random.default_rng(1))
    >>> bool(lower[0] < 4 < upper[0]), (lower[1], upper[1])
    (True, (np.float64(4.0), np.float64(4.0)))
    """
    tail = one_tail(level)
    # the order of rows must not matter, and resamples pick rows by their place
    rows = np.sort(np.asarray(values, dtype=np.float64), axis=1)
    cells, n = rows.shape
    lower, upper = np.full(cells, np.nan), np.full(cells, np.nan)
    if n < 2:
        return lower, upper
    picked = rng.integers(0, n, (draws, n)) + n * np.arange(draws)[:, np.newaxis]
    weights = np.bincount(picked.reshape(-1), minlength=draws * n).reshape(draws, n) / n
    for start in range(0, cells, _CHUNK):
        part = slice(start, start + _CHUNK)
        lower[part], upper[part] = _bca(rows[part], weights, tail)
    return lower, upper


def _bca(rows: Floats, weights: Floats, tail: float) -> tuple[Floats, Floats]:
    draws = len(weights)
    mean = rows.mean(axis=1)
    influence = rows - mean[:, np.newaxis]  # of leaving the row out, up to a factor that cancels
    spread = (influence**2).sum(axis=1)
    flat = np.ptp(rows, axis=1) == 0
    means = np.sort(rows @ weights.T, axis=1)
    close = _CLOSE * np.maximum(np.abs(rows).max(axis=1), 1e-300)
    under = (means < (mean - close)[:, np.newaxis]).sum(axis=1)
    up_to = (means <= (mean + close)[:, np.newaxis]).sum(axis=1)
    bias = special.ndtri(np.clip((under + up_to) / (2 * draws), 0.5 / draws, 1 - 0.5 / draws))
    safe = np.where(flat, 1.0, spread)
    acceleration = (influence**3).sum(axis=1) / (6 * safe**1.5)
    bounds = []
    for z in special.ndtri(np.array([tail, 1 - tail])):
        shifted = bias + z
        bounds.append(_quantile(means, special.ndtr(bias + shifted / (1 - acceleration * shifted))))
    low, high = np.minimum(bounds[0], mean), np.maximum(bounds[1], mean)
    return np.where(flat, rows[:, 0], low), np.where(flat, rows[:, 0], high)


def _quantile(ordered: Floats, at: Floats) -> Floats:
    """The linear sample quantile of each row at its own level."""
    place = at * (ordered.shape[1] - 1)
    below = np.floor(place).astype(np.int64)
    above = np.minimum(below + 1, ordered.shape[1] - 1)
    row = np.arange(len(ordered))
    step = ordered[row, above] - ordered[row, below]
    return np.asarray(ordered[row, below] + (place - below) * step, dtype=np.float64)


def independent_worth(
    moments: tuple[Floats, Floats, Floats], clusters: tuple[Floats, Floats, Floats, Floats]
) -> Floats:
    """How many independent rows a row is worth where those of a cluster depend on each other.

    The variance of the mean is linearised: residuals are added up by cluster before they are squared. Its
    ratio to that of independent rows is the design effect, whose inverse, at most 1, is returned.

    Parameters
    ----------
    moments : tuple of array of float, shape (cells,)
        Rows n, Σx and Σx².
    clusters : tuple of array of float, shape (cells,)
        Number of clusters, and with n_c and x_c the rows and the sum of a cluster Σn_c², Σn_c·x_c and Σx_c².

    Returns
    -------
    worth : array of float, shape (cells,)
        In 0..1; all rows of one cluster are worth one row.

    References
    ----------
    .. [1] Kish (1965), Survey Sampling, section 8.2; the variance of a ratio is linearised as in Cochran
       (1977), Sampling Techniques, section 6.3.

    Examples
    --------
    Four rows of two customers who say the same twice: two rows' worth, less what two clusters leave unsure.

    >>> one = np.ones(1)
    >>> independent_worth((4 * one, 2 * one, 2 * one), (2 * one, 8 * one, 4 * one, 4 * one)).round(3)
    array([0.333])
    """
    (n, total, squares), (count, rows2, cross, sums2) = moments, clusters
    rows = np.where(n > 0, n, np.nan)
    mean = total / rows
    independent = np.maximum(squares - total * mean, 0.0) / (rows * np.maximum(rows - 1, 1))
    residuals = np.maximum(sums2 - 2 * mean * cross + mean**2 * rows2, 0.0)
    linearised = residuals / rows**2 * count / np.maximum(count - 1, 1)
    ratio = np.divide(independent, linearised, out=np.ones_like(rows), where=linearised > 0)
    worth = np.where(count > 1, np.minimum(ratio, 1.0), 1 / rows)
    return np.nan_to_num(worth, nan=1.0)
