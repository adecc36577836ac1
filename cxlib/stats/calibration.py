"""Whether probabilities mean what they say: Brier score, recalibration, calibration error, level."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit, logit

from cxlib.stats.arrays import Floats, as_floats

__all__ = [
    "Line",
    "brier_score",
    "brier_skill",
    "calibration_error",
    "fit_line",
    "intercept_shift",
    "observed_to_expected",
    "recalibrate",
]

_EDGE: Final = 1e-9  # a probability of 0 or 1 has no log-odds
_RIDGE: Final = 1e-6  # keeps the slope finite where the values part the events
_STEPS: Final = 60


class Line(NamedTuple):
    """Log-odds of the event, ``intercept + slope × value``."""

    intercept: float
    slope: float


def brier_score(probabilities: ArrayLike, events: ArrayLike) -> float:
    """Mean squared distance of the probabilities from what happened.

    Parameters
    ----------
    probabilities, events : array of float, shape (rows,)
        0-1; 1: it happened.

    Returns
    -------
    score : float
        0: perfect; NaN without rows.

    References
    ----------
    .. [1] Brier (1950), Monthly Weather Review 78, 1-3. Checked against scikit-learn `brier_score_loss`.

    Examples
    --------
    >>> brier_score([0.5, 0.5], [0, 1])
    0.25
    """
    p, y = as_floats(probabilities, events)
    return float(((p - y) ** 2).mean()) if p.size else float("nan")


def brier_skill(probabilities: ArrayLike, events: ArrayLike) -> float:
    """How much of the Brier score of the rows' own base rate is saved.

    Parameters
    ----------
    probabilities, events : array of float, shape (rows,)
        As for `brier_score`.

    Returns
    -------
    skill : float
        1: perfect; 0: as good as knowing the base rate of these very rows; NaN where all or none happened.

    Examples
    --------
    >>> brier_skill([0.5, 0.5], [0, 1])
    0.0
    """
    p, y = as_floats(probabilities, events)
    base = float(y.var()) if y.size else 0.0
    return 1 - brier_score(p, y) / base if base > 0 else float("nan")


def fit_line(values: ArrayLike, events: ArrayLike) -> Line:
    """Logistic regression on one value, by Newton's method.

    Parameters
    ----------
    values, events : array of float, shape (rows,)
        Predictor, and 1 where it happened.

    Returns
    -------
    line : Line
        NaN where all or none happened; slope 0 where all values are equal.

    References
    ----------
    .. [1] Cox (1958), Two further applications of a model for binary regression, Biometrika 45, 562-565.
       Checked against statsmodels `Logit`.

    Examples
    --------
    One of four below, three of four above: log-odds of -ln 3 and ln 3.

    >>> line = fit_line([0, 0, 0, 0, 1, 1, 1, 1], [0, 0, 0, 1, 0, 1, 1, 1])
    >>> round(line.intercept, 4), round(line.slope, 4)
    (-1.0986, 2.1972)
    """
    value, y = as_floats(values, events)
    if not y.size or not 0 < y.mean() < 1:
        return Line(float("nan"), float("nan"))
    middle, spread = float(value.mean()), float(value.std())
    if spread == 0:
        return Line(float(logit(y.mean())), 0.0)
    design = np.column_stack([np.ones(y.size), (value - middle) / spread])
    found = np.array([float(logit(y.mean())), 0.0])
    for _ in range(_STEPS):
        p = expit(design @ found)
        slack = design.T @ (y - p) - [0.0, _RIDGE * found[1]]
        curvature = (design * (p * (1 - p))[:, np.newaxis]).T @ design + np.diag([_EDGE, _RIDGE])
        step = np.linalg.solve(curvature, slack)
        step *= min(1.0, 2.0 / float(np.abs(step).max() + _EDGE))  # far steps overshoot
        found = found + step
        if np.abs(step).max() < 1e-10:
            break
    slope = float(found[1]) / spread
    return Line(float(found[0]) - slope * middle, slope)


def recalibrate(probabilities: ArrayLike, events: ArrayLike) -> Line:
    """Line of the log-odds that happened on the log-odds that were said: 0 and 1 where they agree.

    Parameters
    ----------
    probabilities, events : array of float, shape (rows,)
        As for `brier_score`.

    Returns
    -------
    line : Line
        A slope below 1 means probabilities that lie too far apart.

    References
    ----------
    .. [1] Van Calster et al. (2016), Journal of Clinical Epidemiology 74, 167-176.

    Examples
    --------
    >>> line = recalibrate([0.2] * 5 + [0.8] * 5, [0, 0, 0, 0, 1, 0, 1, 1, 1, 1])
    >>> abs(round(line.intercept, 4)), round(line.slope, 4)
    (0.0, 1.0)
    """
    p, y = as_floats(probabilities, events)
    return fit_line(logit(np.clip(p, _EDGE, 1 - _EDGE)), y)


def calibration_error(probabilities: ArrayLike, events: ArrayLike, *, bins: int = 10) -> float:
    """Mean distance between what was said and what happened, in bins of equally many rows (ECE).

    Parameters
    ----------
    probabilities, events : array of float, shape (rows,)
        As for `brier_score`.
    bins : int
        At most; equal probabilities share one.

    Returns
    -------
    error : float
        0-1, bins weighted by their rows; NaN without rows.

    References
    ----------
    .. [1] Naeini, Cooper and Hauskrecht (2015), AAAI, with bins of equal size as in Nixon et al. (2019).

    Examples
    --------
    >>> round(calibration_error([0.1] * 10 + [0.9] * 10, [0] * 10 + [1] * 10), 3)
    0.1
    """
    p, y = as_floats(probabilities, events)
    if not p.size:
        return float("nan")
    ordered = np.sort(p)
    edges = np.unique(ordered[(np.arange(1, bins) * p.size) // bins])
    place = np.searchsorted(edges, p, side="right")
    apart = np.bincount(place, weights=p - y, minlength=bins)
    return float(np.abs(apart).sum() / p.size)


def observed_to_expected(probabilities: ArrayLike, events: ArrayLike) -> float:
    """Events that happened for each that was expected.

    Parameters
    ----------
    probabilities, events : array of float, shape (rows,)
        As for `brier_score`.

    Returns
    -------
    ratio : float
        1: the level is right; NaN where none was expected.

    Examples
    --------
    >>> observed_to_expected([0.25, 0.25], [0, 1])
    2.0
    """
    p, y = as_floats(probabilities, events)
    return float(y.sum() / p.sum()) if p.sum() > 0 else float("nan")


def intercept_shift(log_odds: ArrayLike, events: ArrayLike) -> float:
    """What to add to all log-odds so that as many events are expected as happened.

    Parameters
    ----------
    log_odds, events : array of float, shape (rows,)
        Of the rows whose level is right, such as those of the last closed window.

    Returns
    -------
    shift : float
        NaN where all or none happened: no finite shift will do.

    References
    ----------
    .. [1] Steyerberg (2009), Clinical Prediction Models, section 20.3: recalibration in the large.

    Examples
    --------
    >>> round(intercept_shift([0.0, 0.0, 0.0, 0.0], [0, 0, 0, 1]), 4)
    -1.0986
    """
    eta, y = as_floats(log_odds, events)
    if not y.size or not 0 < y.mean() < 1:
        return float("nan")
    wanted = float(logit(y.mean()))
    low, high = wanted - float(eta.max()), wanted - float(eta.min())
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if _expected(eta, middle) < y.sum() else (low, middle)
    return (low + high) / 2


def _expected(log_odds: Floats, shift: float) -> float:
    return float(expit(log_odds + shift).sum())
