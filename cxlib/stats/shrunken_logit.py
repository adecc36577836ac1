"""Weights of a scorecard, shrunk towards those that experts gave."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize
from scipy.special import expit

from cxlib.errors import UsageError
from cxlib.stats.arrays import Floats

__all__ = ["FEWEST_EVENTS", "ShrunkenLogit", "fit_shrunken_logit", "shrinkage"]

FEWEST_EVENTS: Final = 5
"""Below so many units with the event nothing is fitted."""

_STEPS: Final = ((50, 30.0), (301, 3.0))  # events below, and the pull there
_LEAST_PULL: Final = 0.01
_INTERCEPT: Final = (-20.0, 20.0)
_LEVEL: Final = (-5.0, 5.0)
_LOG_WEIGHT: Final = (-8.0, 5.0)


@dataclass(frozen=True, eq=False, slots=True)
class ShrunkenLogit:
    """P(event) = σ(intercept − Σ coefficient × x), every coefficient above 0.

    Parameters
    ----------
    weights : array of float, shape (features,)
        Coefficients divided by their sum.
    coefficients : array of float, shape (features,)
        Above 0.
    intercept : float
        Log-odds at x = 0.
    shrink : float
        The pull λ towards the expert weights.
    at_bound : array of bool, shape (features,)
        Whether the coefficient came down to the lowest that is allowed: the data give it no weight.
    """

    weights: Floats
    coefficients: Floats
    intercept: float
    shrink: float
    at_bound: NDArray[np.bool_]


def shrinkage(events: int) -> float:
    """The pull λ towards the expert weights, by how many units had the event.

    Parameters
    ----------
    events : int
        Units, such as accounts, not their rows.

    Raises
    ------
    UsageError
        Below 5: nothing can be fitted.

    Examples
    --------
    >>> shrinkage(16), shrinkage(85), shrinkage(838)
    (30.0, 3.0, 0.01)
    """
    if events < FEWEST_EVENTS:
        raise UsageError(
            "events",
            found=str(events),
            expected=f"{FEWEST_EVENTS} or more units with the event",
            fix="keep the expert weights until there are more",
        )
    return next((pull for below, pull in _STEPS if events < below), _LEAST_PULL)


def fit_shrunken_logit(x: ArrayLike, events: ArrayLike, expert: ArrayLike, *, shrink: float) -> ShrunkenLogit:
    """Fit coefficients above 0 whose logarithms are pulled towards those of the expert weights.

    The sum of the log-loss over rows + λ/2 Σ (θ − ln expert − γ)², with coefficients exp θ; the level γ is
    free, so that only the proportions are pulled.

    Parameters
    ----------
    x : array of float, shape (rows, features)
        Higher is better: against the event.
    events : array of bool, shape (rows,)
        Whether it happened.
    expert : array of float, shape (features,)
        Weights, above 0; only their proportions count.
    shrink : float
        λ, 0 or more, such as from `shrinkage`.

    Returns
    -------
    fitted : ShrunkenLogit
        Weights that sum to 1.

    Raises
    ------
    UsageError
        If an expert weight is not above 0, or λ is negative.

    References
    ----------
    .. [1] Hoerl and Kennard (1970), Technometrics 12, 55-67, with the penalty round given proportions; Byrd
       et al. (1995), SIAM J. Sci. Comput. 16, 1190-1208, for the bounds.

    Examples
    --------
    A pull without end leaves the proportions as they were given.

    >>> x = np.array([[0.1, 0.9], [0.2, 0.1], [0.9, 0.4], [0.8, 0.8]])
    >>> fit_shrunken_logit(x, [True, True, False, False], [3.0, 1.0], shrink=1e6).weights.round(3)
    array([0.75, 0.25])
    """
    given = np.asarray(expert, dtype=np.float64)
    if shrink < 0 or not (given > 0).all():
        raise UsageError(
            "expert, shrink",
            found=f"{given.min():g} and {shrink:g}",
            expected="weights above 0 and a pull of 0 or more",
            fix="drop a feature without weight",
        )
    rows, happened = np.asarray(x, dtype=np.float64), np.asarray(events, dtype=np.float64)
    wanted = np.log(given / given.sum())
    start = np.concatenate([[0.0, 1.0], np.clip(wanted + 1.0, *_LOG_WEIGHT)])

    def loss(point: Floats) -> tuple[float, Floats]:
        return _loss(point, rows, happened, wanted, shrink)

    bounds = [_INTERCEPT, _LEVEL, *[_LOG_WEIGHT] * given.size]
    best = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 1000}).x
    theta = best[2:]
    coefficients = np.exp(theta)
    return ShrunkenLogit(
        weights=coefficients / coefficients.sum(),
        coefficients=coefficients,
        intercept=float(best[0]),
        shrink=shrink,
        at_bound=theta <= _LOG_WEIGHT[0] + 1e-6,
    )


def _loss(point: Floats, x: Floats, happened: Floats, wanted: Floats, shrink: float) -> tuple[float, Floats]:
    """Penalised log-loss and its gradient by intercept, level and log-weights."""
    intercept, level, theta = point[0], point[1], point[2:]
    coefficients = np.exp(theta)
    eta = intercept - x @ coefficients
    apart = theta - wanted - level
    value = float((np.logaddexp(0.0, eta) - happened * eta).sum() + shrink / 2 * (apart**2).sum())
    slack = expit(eta) - happened
    by_theta = -coefficients * (slack @ x) + shrink * apart
    gradient = np.concatenate([[slack.sum(), -shrink * apart.sum()], by_theta])
    return value, gradient
