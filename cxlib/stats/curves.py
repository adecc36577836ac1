"""Kaplan–Meier curves of many groups at once, on sparse bins of durations.

Leaving out what has not ended yet makes every number too good while the backlog grows. Here a running one
counts as "longer than this". Of those still running in a bin half are taken to leave before the ended ones of
the bin (actuarial); at one and the same duration the ended come first (Kaplan and Meier's rule for ties).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cxlib.stats.arrays import Floats, Integers
from cxlib.stats.histogram import DurationBins, add_up, count_up_to, group_sum

__all__ = ["SurvivalCurves", "curve_at", "kaplan_meier", "reaches", "sum_before"]


@dataclass(frozen=True, eq=False, slots=True)
class SurvivalCurves:
    """Kaplan–Meier curves of many groups, a step for each bin in which something ended.

    Parameters
    ----------
    cells : DurationBins
        All cells, added up and sorted.
    steps : DurationBins
        The ended ones of them.
    at_risk : array of float, shape (steps,)
        Rows of the group under observation at the step, halves where a bin holds both kinds.
    before, after : array of float, shape (steps,)
        Share still running before and after the step.
    variance_before : array of float, shape (steps,)
        Greenwood's sum of the steps before.
    rows, running, longest : array of float, shape (groups,)
        Rows, those still running, and the longest duration seen (NaN without rows).
    """

    cells: DurationBins
    steps: DurationBins
    at_risk: Floats
    before: Floats
    after: Floats
    variance_before: Floats
    rows: Floats
    running: Floats
    longest: Floats


def kaplan_meier(cells: DurationBins, *, groups: int) -> SurvivalCurves:
    """Product-limit estimate of the share still running, for every group at once.

    Parameters
    ----------
    cells : DurationBins
        Histogram cells with group codes below ``groups``, in any order; repeats add up.
    groups : int
        Number of groups; one without cells has no curve.

    Returns
    -------
    curves : SurvivalCurves
        For `survival_quantile`, `share_within` and `restricted_mean`.

    References
    ----------
    .. [1] Kaplan and Meier (1958), JASA 53, 457-481. Checked against statsmodels `SurvfuncRight`.

    Examples
    --------
    Ended after 1, 3 and 4, still running after 2 and 5: 4/5, then 4/5 · 2/3, then 4/5 · 2/3 · 1/2.

    >>> x = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    >>> cells = DurationBins([0] * 5, [1, 2, 3, 4, 5], [True, False, True, True, False], [1] * 5, x, x, x)
    >>> kaplan_meier(cells, groups=1).after.round(4)
    array([0.8   , 0.5333, 0.2667])
    """
    added = add_up(cells)
    rows = group_sum(added.n, added.group, groups=groups)
    running = group_sum(added.n * ~added.ended, added.group, groups=groups)
    longest = np.full(groups, -np.inf)
    np.maximum.at(longest, added.group, added.high)
    left = np.cumsum(rows)[added.group] - (np.cumsum(added.n) - added.n)
    steps, at_risk = _pick(added, added.ended), (left - _gone_within(added))[added.ended]
    last = steps.n >= at_risk  # nobody remains: the curve ends at 0, and no step follows in the group
    remaining = np.where(last, 1.0, at_risk - steps.n)
    logs = np.where(last, 0.0, np.log(remaining / at_risk))
    greenwood = np.where(last, 0.0, steps.n / (at_risk * remaining))
    before = np.exp(sum_before(logs, steps.group))
    after = np.where(last, 0.0, before * remaining / at_risk)
    return SurvivalCurves(
        cells=added,
        steps=steps,
        at_risk=at_risk,
        before=before,
        after=after,
        variance_before=sum_before(greenwood, steps.group),
        rows=rows,
        running=running,
        longest=np.where(rows > 0, longest, np.nan),
    )


def curve_at(curves: SurvivalCurves, until: Floats) -> tuple[Floats, Floats]:
    """Share still running and Greenwood's sum at one duration of each group.

    Examples
    --------
    >>> x = np.array([1.0, 2.0])
    >>> curves = kaplan_meier(DurationBins([0, 0], [1, 2], [True, False], [1, 1], x, x, x), groups=1)
    >>> curve_at(curves, np.array([1.5]))
    (array([0.5]), array([0.5]))
    """
    steps = curves.steps
    inside = count_up_to(steps, until[steps.group])
    surviving, variance = np.ones(curves.rows.size), np.zeros(curves.rows.size)
    begun = np.flatnonzero(inside > 0)  # ascending inside a group, so that the last one stays
    remaining = curves.at_risk[begun] - inside[begun]
    surviving[steps.group[begun]] = curves.before[begun] * remaining / curves.at_risk[begun]
    variance[steps.group[begun]] = curves.variance_before[begun] + inside[begun] / (
        curves.at_risk[begun] * np.maximum(remaining, 1.0)
    )
    return surviving, variance


def sum_before(values: Floats, group: Integers) -> Floats:
    """Running sum inside each group of sorted steps, the step itself left out.

    Examples
    --------
    >>> sum_before(np.array([1.0, 2.0, 4.0]), np.array([0, 0, 3]))
    array([0., 1., 0.])
    """
    through = np.cumsum(values)
    first = np.searchsorted(group, group, side="left")
    start = np.where(first > 0, through[first - 1], 0.0) if values.size else through
    return np.asarray(through - values - start)


def reaches(curves: SurvivalCurves, until: Floats, surviving: Floats) -> NDArray[np.bool_]:
    """Whether the curve of each group is known that far: up to the longest duration seen, or down to 0.

    Examples
    --------
    >>> x = np.array([1.0, 2.0])
    >>> curves = kaplan_meier(DurationBins([0, 0], [1, 2], [True, False], [1, 1], x, x, x), groups=1)
    >>> reaches(curves, np.array([2.0]), np.array([0.5])), reaches(curves, np.array([3.0]), np.array([0.5]))
    (array([ True]), array([False]))
    """
    return (curves.rows > 0) & ((curves.longest >= until) | (surviving <= 0))


def _pick(cells: DurationBins, which: NDArray[np.bool_]) -> DurationBins:
    """Some of the cells."""
    return DurationBins(*(getattr(cells, name)[which] for name in cells.__slots__))


def _gone_within(added: DurationBins) -> Floats:
    """How many running ones of its bin each ended cell is taken to have lost before its own rows end.

    The share is the same for every mixed bin, so that to censor one more row never lowers the curve.
    """
    gone = np.zeros(added.n.size)
    mixed = (np.diff(added.group) == 0) & (np.diff(added.bin) == 0)  # the ended cell of a bin is the first
    tied = (added.low[:-1] == added.high[1:]) & (added.high[:-1] == added.low[1:])
    gone[:-1] = np.where(mixed & ~tied, added.n[1:] / 2, 0.0)
    return gone
