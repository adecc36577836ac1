"""Poisson counts as square roots, whose variance is the same whatever their mean."""

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln

__all__ = ["root", "root_moments"]

Floats = npt.NDArray[np.float64]

_SHIFT = 3 / 8
_EXACT = 30.0  # above it the series in 1 / mean are good to 1e-5
_TAIL = 12.0  # standard deviations of the sum
_STEP = 0.02  # of the table of means, in their logarithm


def root(counts: Floats) -> Floats:
    """Twice the square root of a count, moved a little.

    Parameters
    ----------
    counts : array of float
        Not negative.

    Returns
    -------
    array of float, the same shape

    References
    ----------
    .. [1] Anscombe (1948), Biometrika 35, 246-254.
    """
    return np.asarray(2 * np.sqrt(counts + _SHIFT))


def root_moments(mean: Floats) -> tuple[Floats, Floats, Floats]:
    """What the root of a Poisson count of that mean is expected to be.

    Parameters
    ----------
    mean : array of float
        Above 0.

    Returns
    -------
    usual : array of float
        Expectation of the root.
    slope : array of float
        How much it rises with a relative rise of the mean.
    variance : array of float
        Variance of the root: about 1 from a mean of 2 on, about 1.25 times the mean near 0.

    Examples
    --------
    >>> [part.round(2).tolist() for part in root_moments(np.array([0.1, 4.0, 100.0]))]
    [[1.33, 4.06, 20.01], [0.11, 1.97, 9.99], [0.12, 1.0, 1.0]]
    """
    wanted = np.log(mean)
    low, high = (int(np.floor(edge / _STEP)) for edge in (wanted.min(), wanted.max()))
    known = np.arange(low, high + 2) * _STEP
    at = np.exp(known)
    usual, slope, variance = np.empty((3, len(at)))
    few = at <= _EXACT
    if few.any():
        usual[few], slope[few], variance[few] = _summed(at[few])
    many = at[~few]
    usual[~few] = 2 * np.sqrt(many + _SHIFT) - 1 / (4 * np.sqrt(many))
    slope[~few] = np.sqrt(many) * (1 - 1 / (16 * many))
    variance[~few] = 1.0 + 1 / (16 * many**2)
    found = [np.interp(wanted, known, part) for part in (usual, slope, variance)]
    return found[0], found[1], found[2]


def _summed(mean: Floats) -> tuple[Floats, Floats, Floats]:
    """The moments as sums over all counts that have a chance."""
    top = float(mean.max())
    counts = np.arange(int(top + _TAIL * np.sqrt(top) + 20))
    chance = np.exp(counts * np.log(mean)[:, None] - mean[:, None] - gammaln(counts + 1))
    roots = root(counts.astype(float))
    usual = chance @ roots
    slope = chance @ (roots * counts) - mean * usual  # d/d log m of a Poisson mean: cov(root, count)
    return usual, slope, chance @ roots**2 - usual**2
