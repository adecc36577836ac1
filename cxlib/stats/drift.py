"""A slow drift as cosines whose variances are those of an Ornstein-Uhlenbeck process."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["DRIFT_GRID", "Drift", "cosine_basis", "drift_variances", "full_basis"]

Floats = npt.NDArray[np.float64]


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


DRIFT_GRID = (Drift(0.0, 1.0), Drift(0.03, 30.0), Drift(0.03, 120.0), Drift(0.07, 30.0), Drift(0.07, 120.0))


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


def full_basis(design: Floats) -> Floats:
    """The fixed part and the cosines of the drift beside it.

    Parameters
    ----------
    design : array of float, shape (days, p)
        The fixed part.

    Returns
    -------
    array of float, shape (days, p + cosines)
        45 cosines for three years, fewer for less, never below 12 where there are days enough.
    """
    days = len(design)
    count = int(min(max(12, round(45 * np.sqrt(days / 1095))), max(1, days // 4)))
    return np.column_stack([design, cosine_basis(days, count)])
