"""Risk month by month: a spline of tenure, survival from hazards, and its interval."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from scipy import special
from scipy.interpolate import BSpline

from cxlib.stats.arrays import Floats, one_tail

__all__ = ["TenureSpline", "survival_interval", "survival_of", "tenure_spline"]

_KNOTS: Final = (3.0, 12.0, 36.0)
_BOUNDS: Final = (1.0, 72.0)
_DEGREE: Final = 3
_ROOM: Final = 1.0  # months that a knot keeps from the ends


@dataclass(frozen=True, slots=True)
class TenureSpline:
    """Cubic B-splines of the months since sign-up, held flat outside their bounds.

    Their sum is 1 everywhere: they hold the intercept, and a design with them needs no constant beside it.

    Parameters
    ----------
    lower, upper : float
        Bounds in months.
    knots : tuple of float
        Between the bounds.
    """

    lower: float
    upper: float
    knots: tuple[float, ...]

    @property
    def columns(self) -> int:
        """How many columns the basis has; one, the constant, where the bounds leave no room."""
        return 1 if self.upper - self.lower < 2 * _ROOM else len(self.knots) + _DEGREE + 1

    def basis(self, months: ArrayLike) -> Floats:
        """Value of each spline at each tenure.

        Parameters
        ----------
        months : array of float, shape (rows,)
            Tenure in months.

        Returns
        -------
        columns : array of float, shape (rows, columns)
            Each row sums to 1.

        Examples
        --------
        >>> spline = TenureSpline(1.0, 72.0, (3.0, 12.0, 36.0))
        >>> spline.basis([1.0, 72.0, 100.0])[:, [0, -1]]
        array([[1., 0.],
               [0., 1.],
               [0., 1.]])
        """
        held = np.clip(np.asarray(months, dtype=np.float64), self.lower, self.upper)
        if self.columns == 1:
            return np.ones((held.size, 1))
        ends = [self.lower] * (_DEGREE + 1), [self.upper] * (_DEGREE + 1)
        knots = np.array([*ends[0], *self.knots, *ends[1]])
        return np.asarray(BSpline.design_matrix(held, knots, _DEGREE).toarray(), dtype=np.float64)


def tenure_spline(months: ArrayLike) -> TenureSpline:
    """Splines with knots at 3, 12 and 36 months between 1 and 72, as far as tenures were seen.

    Parameters
    ----------
    months : array of float, shape (rows,)
        Tenures seen, in months.

    Returns
    -------
    spline : TenureSpline
        Bounds at the shortest and the longest tenure seen, between 1 and 72, with the knots between them.

    References
    ----------
    .. [1] Harrell (2015), Regression Modeling Strategies, section 2.4.

    Examples
    --------
    >>> tenure_spline([1.0, 20.0])
    TenureSpline(lower=1.0, upper=20.0, knots=(3.0, 12.0))
    """
    seen = np.clip(np.asarray(months, dtype=np.float64), *_BOUNDS)
    lower, upper = float(seen.min()), float(seen.max())
    return TenureSpline(lower, upper, tuple(k for k in _KNOTS if lower + _ROOM < k < upper - _ROOM))


def survival_of(hazard: ArrayLike) -> Floats:
    """Share still there after each month.

    Parameters
    ----------
    hazard : array of float, shape (rows, months)
        Probability of leaving in each month, of those there at its beginning.

    Returns
    -------
    survival : array of float, shape (rows, months)
        0-1, descending along a row.

    Examples
    --------
    >>> survival_of([[0.5, 0.5, 0.0]])
    array([[0.5 , 0.25, 0.25]])
    """
    return np.asarray(np.cumprod(1 - np.asarray(hazard, dtype=np.float64), axis=1), dtype=np.float64)


def survival_interval(
    survival: ArrayLike, variance: ArrayLike, *, level: float = 0.95
) -> tuple[Floats, Floats]:
    """Interval of a survival from the variance of its logarithm, on the log(−log S) scale.

    Parameters
    ----------
    survival : array of float, any shape
        0-1.
    variance : array of float, same shape
        Of log S, by the delta method.
    level : float
        Two-sided confidence, inside (0, 1).

    Returns
    -------
    lower, upper : array of float, same shape
        Inside 0-1; the survival itself where it is 0 or 1.

    Raises
    ------
    UsageError
        If `level` is outside (0, 1).

    References
    ----------
    .. [1] Kalbfleisch and Prentice (2002), The Statistical Analysis of Failure Time Data, section 1.4.

    Examples
    --------
    >>> lower, upper = survival_interval([0.9], [0.0004])
    >>> lower.round(3), upper.round(3)
    (array([0.858]), array([0.93]))
    """
    z = float(special.ndtri(1 - one_tail(level)))
    share = np.asarray(survival, dtype=np.float64)
    inside = (share > 0) & (share < 1)
    log = np.where(inside, np.log(np.where(inside, share, 0.5)), -1.0)
    factor: Floats = np.exp(z * np.sqrt(np.asarray(variance, dtype=np.float64)) / np.abs(log))
    lower: Floats = np.exp(log * factor)
    upper: Floats = np.exp(log / factor)
    return np.asarray(np.where(inside, lower, share)), np.asarray(np.where(inside, upper, share))
