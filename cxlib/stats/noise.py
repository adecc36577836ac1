"""How noisy a daily series really is, and which days are outliers."""

import numpy as np
import numpy.typing as npt

__all__ = ["robust_weights"]

Floats = npt.NDArray[np.float64]

_MAD_TO_SD = 0.6744897501960817
_HUBER = 4.0
_FEWEST_DAYS = 14
_REACH = 4  # days on either side that an isolated outlier is held against


def robust_weights(
    values: Floats, weights: Floats, days: npt.NDArray[np.int64], *, period: int = 7
) -> Floats:
    """Weights that fit the noise really there: scaled by its spread, isolated outliers damped once.

    The spread is that of row-to-row differences after the weekdays' medians, so that neither drift nor a step
    is taken for noise. An outlier is a day far from the days before *and* from the days after it.

    Parameters
    ----------
    values : array of float, shape (days,)
        The series; ignored where the weight is 0.
    weights : array of float, shape (days,)
        Inverse variances by theory, such as n / variance.
    days : array of int, shape (days,)
        Consecutive local days since 1970-01-01, or numbers of other rows, such as months.
    period : int
        Rows after which the season comes back: 7 days, 12 months, 1 for none.

    Returns
    -------
    array of float, shape (days,)
        Inverse variances to be used by `scan`.

    References
    ----------
    .. [1] Huber (1981), Robust Statistics, section 7.8: one step of weights min(1, c / |r|).

    Examples
    --------
    >>> y = np.tile([1.0, -1.0], 40)
    >>> y[20] = 30.0
    >>> w = robust_weights(y, np.ones(80), np.arange(80))
    >>> bool(w[20] < 0.3 * w[21])
    True
    """
    seen = np.flatnonzero(weights > 0)
    if len(seen) < _FEWEST_DAYS:
        return weights.copy()
    known, weight = _without_season(values[seen], days[seen], period), weights[seen]
    steps = np.diff(known) / np.sqrt(1 / weight[1:] + 1 / weight[:-1])
    phi = max(1.0, (float(np.median(np.abs(steps))) / _MAD_TO_SD) ** 2)
    apart = np.sqrt(weight / phi) * _distance_from_neighbours(known)
    damped = np.zeros_like(weights)
    damped[seen] = weight / phi * np.minimum(1.0, _HUBER / np.maximum(apart, _HUBER))
    return damped


def _without_season(values: Floats, days: npt.NDArray[np.int64], period: int) -> Floats:
    """Values less the median distance of each place of the period from the rows around it."""
    reach = period // 2
    padded = np.pad(values, reach, mode="reflect")
    around = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1).mean(axis=1)
    apart, place = values - around, days % period
    usual = np.array([np.median(apart[place == k]) if np.any(place == k) else 0.0 for k in range(period)])
    return np.asarray(values - usual[place])


def _distance_from_neighbours(values: Floats) -> Floats:
    """The smaller of the distances to the medians of the days before and of the days after."""
    windows = np.median(np.lib.stride_tricks.sliding_window_view(values, _REACH), axis=1)
    unknown = np.full(_REACH, np.inf)
    before = np.r_[unknown, windows[:-1]]
    after = np.r_[windows[1:], unknown]
    return np.asarray(np.minimum(np.abs(values - before), np.abs(values - after)))
