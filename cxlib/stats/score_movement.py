"""Why a score moved: its metrics' values, how fresh they are, data that came or went, a new definition."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cxlib.errors import CxError

__all__ = ["Movement", "Terms", "is_real", "split_movement", "split_redefined"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Terms:
    """What scores are made of on one date, under one configuration.

    Parameters
    ----------
    d : array of float, shape (accounts, metrics)
        Values on their shape, 0-1; NaN: missing.
    strength : array of float, shape (accounts, metrics)
        Weight times reliability, 0-1; read as 0 where `d` is missing. Where the missing is re-weighted, that
        product over its sum across metrics.
    anchor : array of float, broadcast to (accounts, metrics)
        What a value is held against: the reference; 0 where the missing is re-weighted.
    base : array of float, broadcast to (accounts, metrics)
        Points that stand whatever the data: 100 × weight × reference; 0 where the missing is re-weighted.
    """

    d: Floats
    strength: Floats
    anchor: Floats
    base: Floats

    @property
    def known(self) -> npt.NDArray[np.bool_]:
        """Where there is a value."""
        return ~np.isnan(self.d)

    @property
    def points(self) -> Floats:
        """Each metric's part of the score, its base included; they sum to the score."""
        held = np.where(self.known, self.strength * (np.nan_to_num(self.d) - self.anchor), 0.0)
        return np.asarray(self.base + 100 * held)


@dataclass(frozen=True, eq=False)
class Movement:
    """A movement in parts, points by account and metric; all of them sum to the change of the score.

    Parameters
    ----------
    value : array of float, shape (accounts, metrics)
        The value itself moved.
    freshness : array of float, shape (accounts, metrics)
        It counts for more or less than it did: older, newer, fewer rows, more.
    arrived, gone : array of float, shape (accounts, metrics)
        There were no data before; there are none any more.
    redefinition : array of float, shape (accounts, metrics)
        Weights, shapes or references are others.
    """

    value: Floats
    freshness: Floats
    arrived: Floats
    gone: Floats
    redefinition: Floats

    @property
    def total(self) -> Floats:
        """The sum of the parts, by account and metric."""
        return np.asarray(self.value + self.freshness + self.arrived + self.gone + self.redefinition)


def split_movement(before: Terms, after: Terms) -> Movement:
    """The movement of scores between two dates under one configuration, split by midpoints.

    Parameters
    ----------
    before, after : Terms
        The same accounts and metrics in the same order.

    Returns
    -------
    Movement
        Without re-definition. A metric missing at one end is wholly `arrived` or `gone`.

    Raises
    ------
    CxError
        If anchors or bases differ: that is another configuration.

    Examples
    --------
    >>> anchor, base = np.array([[0.5]]), np.array([[50.0]])
    >>> before = Terms(np.array([[0.6]]), np.array([[1.0]]), anchor, base)
    >>> after = Terms(np.array([[0.8]]), np.array([[0.5]]), anchor, base)
    >>> found = split_movement(before, after)
    >>> found.value.round(3), found.freshness.round(3), found.total.round(3)
    (array([[15.]]), array([[-10.]]), array([[5.]]))
    """
    if not (np.array_equal(before.anchor, after.anchor) and np.array_equal(before.base, after.base)):
        raise CxError(
            "score movement",
            found="two configurations",
            expected="both dates under one",
            fix="score both dates under both, and use split_redefined",
        )
    first, second = (np.nan_to_num(terms.d) for terms in (before, after))
    both = before.known & after.known
    strength, middle = (before.strength + after.strength) / 2, (first + second) / 2
    whole = after.points - before.points
    zero = np.zeros(both.shape)
    return Movement(
        value=np.where(both, 100 * strength * (second - first), zero),
        freshness=np.where(both, 100 * (middle - before.anchor) * (after.strength - before.strength), zero),
        arrived=np.where(after.known & ~before.known, whole, zero),
        gone=np.where(before.known & ~after.known, whole, zero),
        redefinition=zero,
    )


def split_redefined(old: tuple[Terms, Terms], new: tuple[Terms, Terms]) -> Movement:
    """The movement between two dates of which the second has another configuration.

    Parameters
    ----------
    old, new : pair of Terms
        Both dates, before and after, under the configuration of the first date and of the second. A metric
        that one of them lacks is missing there, with base 0.

    Returns
    -------
    Movement
        Sums to the score after under the new configuration less that before under the old one.

    References
    ----------
    .. [1] Shorrocks (2013), Journal of Economic Inequality 11, 99-126: the mean of both orders of switching.

    Examples
    --------
    >>> def held(d, anchor):
    ...     return Terms(np.array([[d]]), np.array([[1.0]]), np.array([[anchor]]), np.array([[100 * anchor]]))
    >>> found = split_redefined((held(0.5, 0.6), held(0.7, 0.6)), (held(0.4, 0.6), held(0.6, 0.6)))
    >>> found.value.round(3), found.redefinition.round(3)
    (array([[20.]]), array([[-10.]]))
    """
    under = [split_movement(*old), split_movement(*new)]
    steps = [after.points - before.points for before, after in zip(old, new, strict=True)]
    return Movement(
        value=(under[0].value + under[1].value) / 2,
        freshness=(under[0].freshness + under[1].freshness) / 2,
        arrived=(under[0].arrived + under[1].arrived) / 2,
        gone=(under[0].gone + under[1].gone) / 2,
        redefinition=(steps[0] + steps[1]) / 2,
    )


def is_real(
    change: Floats, before: tuple[Floats, Floats], after: tuple[Floats, Floats]
) -> npt.NDArray[np.bool_]:
    """Whether a score moved by more than sampling explains at 95 %.

    A rise has to exceed what lies above the earlier score and below the later one, their squares added up.

    Parameters
    ----------
    change : array of float, shape (accounts,)
        Points.
    before, after : pair of array of float, shape (accounts,)
        How far below and above each score the truth may lie at 95 % by sampling alone, points. Windows that
        overlap share rows, which makes this conservative.

    References
    ----------
    .. [1] Zou and Donner (2008), Statistics in Medicine 27, 1693-1702: variances recovered from intervals.

    Examples
    --------
    >>> two = np.array([2.0, 2.0])
    >>> is_real(np.array([5.0, 2.0]), (two, two), (two, two))
    array([ True, False])
    """
    needed = np.where(change > 0, np.hypot(before[1], after[0]), np.hypot(before[0], after[1]))
    return np.asarray(np.abs(change) > needed)
