"""Means of groups of accounts: why they moved, and how far they can be told apart."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["PARTS", "GroupMeans", "GroupMovement", "Members", "group_movement", "shrunken_means"]

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

PARTS = ("within", "mix", "new", "moved_in", "lost", "moved_out", "replaced")
"""What the change of a group's mean is the sum of."""

_Z95 = 1.959963984540054
_LEAST = 1e-12  # a variance below which groups are known exactly


@dataclass(frozen=True, eq=False)
class Members:
    """Accounts on one date; both dates list the same accounts in the same order.

    Parameters
    ----------
    group : array of int64, shape (accounts,)
        The group that counts it, from 0; -1: none does.
    weight : array of float, shape (accounts,)
        Not negative; read only where there is a group.
    score : array of float, shape (accounts,)
        Read only where there is a group.
    customer : array of bool, shape (accounts,)
        Whether it is a customer on that date, counted or not.
    """

    group: Integers
    weight: Floats
    score: Floats
    customer: Flags


@dataclass(frozen=True, eq=False)
class GroupMovement:
    """The change of each group's mean in parts; those that are no number are not known, the rest sum to it.

    Parameters
    ----------
    before, after : array of float, shape (groups,)
        Weighted means; NaN: no account, or no weight.
    within : array of float, shape (groups,)
        Accounts that the group has on both dates fared otherwise.
    mix : array of float, shape (groups,)
        Their shares are others.
    new, moved_in : array of float, shape (groups,)
        Accounts that became customers since; that were counted elsewhere, or nowhere, before.
    lost, moved_out : array of float, shape (groups,)
        Accounts that are no customers any more; that are counted elsewhere, or nowhere, now.
    replaced : array of float, shape (groups,)
        The whole change where no account is common to both dates, else NaN, as the other parts are there.
    """

    before: Floats
    after: Floats
    within: Floats
    mix: Floats
    new: Floats
    moved_in: Floats
    lost: Floats
    moved_out: Floats
    replaced: Floats

    @property
    def change(self) -> Floats:
        """After less before."""
        return np.asarray(self.after - self.before)


def group_movement(before: Members, after: Members, groups: int) -> GroupMovement:
    """Split the change of each group's weighted mean.

    Parameters
    ----------
    before, after : Members
        The same accounts in the same order.
    groups : int
        How many groups there are.

    Returns
    -------
    GroupMovement
        Its parts sum to the change, but for rounding.

    References
    ----------
    .. [1] Melitz and Polanec (2015), RAND Journal of Economics 46, 362-375: entry and exit are held against
       those who stay. The mix is split at midpoints.

    Examples
    --------
    Ten equal accounts, nine at 80 and one at 20; the one leaves.

    >>> score, one = np.array([80.0] * 9 + [20.0]), np.ones(10)
    >>> stays = score > 50
    >>> here = Members(np.zeros(10, dtype=np.int64), one, score, np.ones(10, dtype=bool))
    >>> later = Members(np.where(stays, 0, -1), one, score, stays)
    >>> found = group_movement(here, later, 1)
    >>> found.before, found.after, found.lost.round(9), found.within, found.mix
    (array([74.]), array([80.]), array([6.]), array([0.]), array([0.]))
    """
    share = [_shares(members, groups) for members in (before, after)]
    mean = [
        _sums(members, s * _held(members), groups, s)
        for members, s in zip((before, after), share, strict=True)
    ]
    common = (before.group == after.group) & (before.group >= 0)
    kept = [np.where(common, s, 0.0) for s in share]
    total = [_totals(before.group[common], k[common], groups) for k in kept]
    split = (total[0] > 0) & (total[1] > 0)
    at = np.where(before.group >= 0, before.group, 0)
    v = [_over(k, t[at]) for k, t in zip(kept, total, strict=True)]
    s = [_held(before), _held(after)]
    core = [_totals(at, part * score, groups) for part, score in zip(v, s, strict=True)]
    typical = (core[0] + core[1]) / 2
    within = _totals(at, (v[0] + v[1]) / 2 * (s[1] - s[0]), groups)
    mix = _totals(at, (v[1] - v[0]) * ((s[0] + s[1]) / 2 - typical[at]), groups)
    came, went = (after.group >= 0) & ~common, (before.group >= 0) & ~common
    gain = _against(after, share[1], core[1])
    drag = -_against(before, share[0], core[0])
    parts = {
        "within": within,
        "mix": mix,
        "new": _gathered(after, gain, came & ~before.customer, groups),
        "moved_in": _gathered(after, gain, came & before.customer, groups),
        "lost": _gathered(before, drag, went & ~after.customer, groups),
        "moved_out": _gathered(before, drag, went & after.customer, groups),
    }
    whole = np.where(split, np.nan, mean[1] - mean[0])
    told = {name: np.where(split, part, np.nan) for name, part in parts.items()}
    return GroupMovement(mean[0], mean[1], **told, replaced=whole)


def _held(members: Members) -> Floats:
    """Scores, 0 where none counts."""
    return np.where(members.group >= 0, members.score, 0.0)


def _shares(members: Members, groups: int) -> Floats:
    """Share of each account in its group; 0 where there is none."""
    there = members.group >= 0
    weight = np.where(there, members.weight, 0.0)
    at = np.where(there, members.group, 0)
    return _over(weight, _totals(at, weight, groups)[at])


def _over(part: Floats, whole: Floats) -> Floats:
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)


def _sums(members: Members, values: Floats, groups: int, share: Floats) -> Floats:
    """Sums by group; NaN where the group has no weight."""
    at = np.where(members.group >= 0, members.group, 0)
    there = _totals(at, share, groups) > 0
    return np.where(there, _totals(at, values, groups), np.nan)


def _against(members: Members, share: Floats, core: Floats) -> Floats:
    """What each account adds to its group by not being like those who stay."""
    return share * (_held(members) - core[np.where(members.group >= 0, members.group, 0)])


def _gathered(members: Members, values: Floats, chosen: Flags, groups: int) -> Floats:
    return _totals(members.group[chosen], values[chosen], groups)


def _totals(group: Integers, values: Floats, groups: int) -> Floats:
    return np.asarray(np.bincount(group, values, groups), dtype=np.float64)


@dataclass(frozen=True, eq=False)
class GroupMeans:
    """Means of groups, drawn towards the mean of all by how little is known of each.

    Parameters
    ----------
    mean : array of float, shape (groups,)
        As they are; NaN: no account, or no weight.
    shrunken, lower, upper : array of float, shape (groups,)
        Drawn in, with a 95 % interval; NaN as `mean`.
    between : float
        Standard deviation of the groups' true means.
    """

    mean: Floats
    shrunken: Floats
    lower: Floats
    upper: Floats
    between: float


def shrunken_means(members: Members, groups: int) -> GroupMeans:
    """Means of groups under a random intercept, by the method of moments.

    Parameters
    ----------
    members : Members
        Accounts, their groups, weights and scores.
    groups : int
        How many groups there are.

    Returns
    -------
    GroupMeans
        Groups that differ no more than accounts within them do are all at the mean. The intervals allow for
        the spread between groups being an estimate.

    References
    ----------
    .. [1] DerSimonian and Laird (1986), Controlled Clinical Trials 7, 177-188, for the spread between groups;
       Morris (1983), JASA 78, 47-55, for the shrunken means.

    Examples
    --------
    >>> group = np.repeat([0, 1], [2, 50])
    >>> score = np.concatenate([[95.0, 85.0], np.tile([55.0, 65.0], 25)])
    >>> one = np.ones(52)
    >>> found = shrunken_means(Members(group, one, score, one > 0), 2)
    >>> found.mean, found.shrunken.round(1)
    (array([90., 60.]), array([89.6, 60. ]))
    """
    share = _shares(members, groups)
    mean = _sums(members, share * _held(members), groups, share)
    at = np.where(members.group >= 0, members.group, 0)
    variance = _variance_within(members, share > 0, mean) * _totals(at, share**2, groups)
    known = ~np.isnan(mean)
    y, v = mean[known], np.maximum(variance[known], _LEAST)
    between = _between(y, v)
    precision = 1 / (v + between)
    centre = float(precision @ y) / max(float(precision.sum()), _LEAST)
    kept = between / (between + v)
    doubt = 2 / max(len(y) - 3, 1) * (y - centre) ** 2  # how far to draw in is itself an estimate
    spread = np.sqrt(kept * v + (1 - kept) ** 2 * (1 / max(float(precision.sum()), _LEAST) + doubt))
    drawn = centre + kept * (y - centre)
    told = [np.full(groups, np.nan) for _ in range(3)]
    for place, values in zip(told, (drawn, drawn - _Z95 * spread, drawn + _Z95 * spread), strict=True):
        place[known] = values
    return GroupMeans(mean, told[0], told[1], told[2], float(np.sqrt(between)))


def _variance_within(members: Members, counted: Flags, mean: Floats) -> float:
    """Variance of accounts about their group's mean; about the mean of all where no group has two."""
    score, group = members.score[counted], members.group[counted]
    size = np.bincount(group, minlength=len(mean))
    spare = len(score) - int((size > 0).sum())
    if spare > 0:
        plain = np.bincount(group, score, len(mean)) / np.maximum(size, 1)
        return float(((score - plain[group]) ** 2).sum()) / spare
    return float(score.var(ddof=1)) if len(score) > 1 else 0.0


def _between(y: Floats, v: Floats) -> float:
    """Variance of the groups' true means, at least 0."""
    if len(y) < 2:
        return 0.0
    precision = 1 / v
    whole = float(precision.sum())
    excess = float(precision @ (y - float(precision @ y) / whole) ** 2) - (len(y) - 1)
    return max(excess / (whole - float(precision @ precision) / whole), 0.0)
