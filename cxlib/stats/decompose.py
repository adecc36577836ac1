"""Splits of a difference of means into who was counted (mix) and how they fared (within)."""

from dataclasses import dataclass
from itertools import permutations

import numpy as np
import numpy.typing as npt

from cxlib.errors import CxError

__all__ = ["Split", "daily_split", "reference_means", "split_mix", "split_windows"]

Floats = npt.NDArray[np.float64]

_SHRINKAGE = 20.0  # answers at which a segment's own mean weighs as much as the overall one
_Z95 = 1.959963984540054


def reference_means(counts: Floats, totals: Floats) -> Floats:
    """The fixed mean of each segment that days are held against, shrunk to the overall mean.

    Parameters
    ----------
    counts, totals : array of float, shape (segments,)
        Answers and sums of row values over the history.

    Returns
    -------
    array of float, shape (segments,)
        In units of the row value.

    Examples
    --------
    >>> reference_means(np.array([80.0, 20.0]), np.array([80.0, 0.0])).round(2)
    array([0.96, 0.4 ])
    """
    overall = totals.sum() / max(float(counts.sum()), 1.0)
    return np.asarray((totals + _SHRINKAGE * overall) / (counts + _SHRINKAGE))


def daily_split(counts: Floats, totals: Floats, reference: Floats) -> tuple[Floats, Floats]:
    """Each day's mean as mix plus within.

    Parameters
    ----------
    counts, totals : array of float, shape (days, segments)
        Answers and sums of row values.
    reference : array of float, shape (segments,)
        Means that do not change, see `reference_means`.

    Returns
    -------
    mix, within : array of float, shape (days,)
        ``mix + within`` is the day's mean; NaN on days without answers.

    References
    ----------
    .. [1] Kitagawa (1955), JASA 50, 1168-1194, with a fixed standard.

    Examples
    --------
    >>> mix, within = daily_split(np.array([[1.0, 3.0]]), np.array([[1.0, 0.0]]), np.array([0.5, 0.1]))
    >>> mix.round(3), within.round(3)
    (array([0.2]), array([0.05]))
    """
    n = counts.sum(axis=1)
    safe = np.where(n > 0, n, np.nan)
    mix = counts @ reference / safe
    return np.asarray(mix), np.asarray(totals.sum(axis=1) / safe - mix)


@dataclass(frozen=True, slots=True)
class Split:
    """A difference of two windows, segment by segment.

    Parameters
    ----------
    mix, within : array of float, shape (segments,)
        They sum to the difference of the two means. A segment's mix is shown against the overall mean.
    mix_sd, within_sd : float
        Standard errors of the two sums (delta method).
    before, after : array of float, shape (segments,)
        Means of each segment; where a window has no rows, the other window's mean.
    """

    mix: Floats
    within: Floats
    mix_sd: float
    within_sd: float
    before: Floats
    after: Floats

    @property
    def mix_interval(self) -> tuple[float, float]:
        """95 % interval of the whole mix part."""
        return _interval(float(self.mix.sum()), self.mix_sd)

    @property
    def within_interval(self) -> tuple[float, float]:
        """95 % interval of the whole within part."""
        return _interval(float(self.within.sum()), self.within_sd)


def _interval(value: float, sd: float) -> tuple[float, float]:
    return value - _Z95 * sd, value + _Z95 * sd


def split_windows(
    weight: tuple[Floats, Floats], total: tuple[Floats, Floats], square: tuple[Floats, Floats]
) -> Split:
    """Difference of two windows' means as mix and within, each window's segments taken equally.

    Parameters
    ----------
    weight : pair of array of float, shape (segments,)
        Before and after: rows (for a rate, the exposure).
    total, square : pair of array of float, shape (segments,)
        Sums of row values and of their squares (for a count, the count itself).

    Returns
    -------
    Split
        ``mix.sum() + within.sum()`` equals the difference of the two means.

    Raises
    ------
    CxError
        If a window holds no rows at all.

    References
    ----------
    .. [1] Kitagawa (1955), JASA 50, 1168-1194, equation 4.

    Examples
    --------
    >>> found = split_windows(
    ...     (np.array([50.0, 50.0]), np.array([20.0, 80.0])),
    ...     (np.array([50.0, 0.0]), np.array([20.0, 0.0])),
    ...     (np.array([50.0, 0.0]), np.array([20.0, 0.0])),
    ... )
    >>> float(found.mix.sum().round(3)), float(found.within.sum().round(3))
    (-0.3, 0.0)
    """
    sums = [float(w.sum()) for w in weight]
    if min(sums) <= 0:
        raise CxError(
            "windows", found="a window without rows", expected="rows in both", fix="widen before and after"
        )
    share = [w / s for w, s in zip(weight, sums, strict=True)]
    means = [
        np.divide(t, w, out=np.full_like(t, np.nan), where=w > 0) for w, t in zip(weight, total, strict=True)
    ]
    before = np.nan_to_num(np.where(np.isnan(means[0]), means[1], means[0]))
    after = np.nan_to_num(np.where(np.isnan(means[1]), means[0], means[1]))
    moved, middle = share[1] - share[0], (before + after) / 2
    overall = float((share[0] + share[1]) @ middle) / 2
    typical = (share[0] + share[1]) / 2
    noise = [_variance_of_mean(*parts) for parts in zip(weight, total, square, strict=True)]
    within_sd = float(np.sqrt((typical**2) @ (noise[0] + noise[1])))
    spread = [float(p @ (middle - overall) ** 2 / s) for p, s in zip(share, sums, strict=True)]
    return Split(
        moved * (middle - overall),
        typical * (after - before),
        float(np.sqrt(sum(spread))),
        within_sd,
        before,
        after,
    )


def _variance_of_mean(weight: Floats, total: Floats, square: Floats) -> Floats:
    """Sampling variance of each segment's mean; 0 where it has no rows."""
    safe = np.maximum(weight, 1e-12)
    each = np.maximum(square / safe - (total / safe) ** 2, 0.0)
    return np.asarray(np.where(weight > 0, each / safe, 0.0))


def split_mix(before: tuple[Floats, ...], after: tuple[Floats, ...], value: Floats) -> Floats:
    """Share a mix effect over the factors that make the segments' shares.

    A segment's share is proportional to the product of its factors, such as who there is, how many of them
    were asked, and how many of those answered. Each factor's part is its effect averaged over all orders of
    switching.

    Parameters
    ----------
    before, after : tuple of array of float, shape (segments,)
        The factors in both windows; nowhere negative.
    value : array of float, shape (segments,)
        The segment's mean in the middle of both windows.

    Returns
    -------
    array of float, shape (factors,)
        They sum to the mix effect.

    References
    ----------
    .. [1] Shorrocks (2013), Journal of Economic Inequality 11, 99-126: the Shapley decomposition.

    Examples
    --------
    >>> ones = np.ones(2)
    >>> parts = split_mix((ones, ones), (ones, np.array([0.0, 1.0])), np.array([1.0, 0.0]))
    >>> parts.round(3)
    array([ 0. , -0.5])
    """
    count = len(before)
    parts = np.zeros(count)
    orders = list(permutations(range(count)))
    for order in orders:
        state = list(before)
        last = _weighted(state, value)
        for factor in order:
            state[factor] = after[factor]
            now = _weighted(state, value)
            parts[factor] += now - last
            last = now
    return parts / len(orders)


def _weighted(factors: list[Floats], value: Floats) -> float:
    """Mean of the values under shares proportional to the product of the factors."""
    product = np.prod(np.stack(factors), axis=0)
    total = float(product.sum())
    return float(product @ value) / total if total > 0 else 0.0
