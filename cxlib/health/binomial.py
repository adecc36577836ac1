"""Binomial regression by statsmodels, with what this package asks of it."""

import warnings
from dataclasses import dataclass

import numpy as np
import statsmodels.api as sm
from numpy.typing import NDArray
from scipy.special import expit
from statsmodels.tools.sm_exceptions import (
    ConvergenceWarning,
    HessianInversionWarning,
    PerfectSeparationWarning,
    SingularMatrixWarning,
)

__all__ = ["BinomialFit", "fit_binomial"]

Floats = NDArray[np.float64]

_SAID_BY_THE_RESULT = (
    ConvergenceWarning,
    HessianInversionWarning,
    PerfectSeparationWarning,
    SingularMatrixWarning,
)


@dataclass(frozen=True, eq=False, slots=True)
class BinomialFit:
    """Coefficients of log-odds.

    Parameters
    ----------
    coefficients : array of float, shape (columns,)
        Of least length where columns of the design depend on each other.
    bread : array of float, shape (columns, columns)
        Inverse information: the covariance of independent rows.
    log_likelihood : float
        At the coefficients.
    """

    coefficients: Floats
    bread: Floats
    log_likelihood: float


def fit_binomial(design: Floats, events: Floats, counts: Floats | None = None) -> BinomialFit:
    """Fit log-odds that are linear in the columns.

    Parameters
    ----------
    design : array of float, shape (rows, columns)
        With its intercept.
    events : array of float, shape (rows,)
        Share with the event, 0-1.
    counts : array of float, shape (rows,), optional
        How often each row counts; omitted: once.

    Returns
    -------
    fit : BinomialFit
        Where a column parts the events the steps end far out, without a warning; its variance says so.

    References
    ----------
    .. [1] McCullagh and Nelder (1989), Generalized Linear Models, chapter 4.

    Examples
    --------
    >>> fit_binomial(np.ones((4, 1)), np.array([0.0, 0.0, 0.0, 1.0])).coefficients.round(4)
    array([-1.0986])
    """
    often = np.ones(len(design)) if counts is None else counts
    model = sm.GLM(events, design, family=sm.families.Binomial(), freq_weights=often)
    with warnings.catch_warnings(), np.errstate(over="ignore"):
        for kind in _SAID_BY_THE_RESULT:
            warnings.simplefilter("ignore", kind)
        coefficients = np.asarray(model.fit().params, dtype=np.float64)
    eta = design @ coefficients
    p = expit(eta)
    information = (design * (often * p * (1 - p))[:, np.newaxis]).T @ design
    return BinomialFit(
        coefficients,
        np.asarray(np.linalg.pinv(information, hermitian=True)),
        float((often * (events * eta - np.logaddexp(0.0, eta))).sum()),
    )
