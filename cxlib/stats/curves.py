"""Kaplan–Meier curves of many groups at once, on sparse bins of durations.

Leaving out what has not ended yet makes every number too good while the backlog grows. Here a running one
counts as "longer than this". Of those still running in a bin half are taken to leave before the ended ones of
the bin (actuarial); at one and the same duration the ended come first (Kaplan and Meier's rule for ties).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cxlib.stats.arrays import Floats, Integers
from cxlib.stats.histogram import DurationBins, count_up_to
from cxlib.stats.ordered import OrderedBins, order_bins

__all__ = ["SurvivalCurves", "Within", "curves_of", "kaplan_meier", "reaches", "sum_before", "within"]


@dataclass(frozen=True, eq=False, slots=True)
class SurvivalCurves:
    """Kaplan–Meier curves of many groups, a step for each bin in which something ended.

    Hazard and variance are summed over the steps of all groups; between two steps of a group their difference
    counts.

    Parameters
    ----------
    cells : OrderedBins
        All cells.
    steps : array of int64, shape (steps,)
        Which of them ended.
    first : array of int64, shape (groups + 1,)
        Where the steps of each group begin.
    n, at_risk : array of float, shape (steps,)
        Ended durations, and rows of the group under observation at the step, halves where a bin holds both
        kinds.
    hazard, variance : array of float, shape (steps + 1,)
        Sums of −log of what remains, and of Greenwood's parts, over all steps before each.
    ends : array of bool, shape (groups,)
        Whether nobody remains after the last step of the group, which is in neither sum.
    rows, running, longest : array of float, shape (groups,)
        Rows, those still running, and the longest duration seen (NaN without rows).
    """

    cells: OrderedBins
    steps: Integers
    first: Integers
    n: Floats
    at_risk: Floats
    hazard: Floats
    variance: Floats
    ends: NDArray[np.bool_]
    rows: Floats
    running: Floats
    longest: Floats

    @property
    def group(self) -> Integers:
        """The group of each step."""
        return np.repeat(np.arange(self.rows.size), np.diff(self.first))

    @property
    def after(self) -> Floats:
        """Share still running after each step."""
        found = np.exp(self.hazard[self.first[self.group]] - self.hazard[1:])
        found[self.first[1:][self.ends] - 1] = 0.0
        return np.asarray(found)

    def before(self, at: Integers, group: Integers) -> tuple[Floats, Floats]:
        """Share still running before steps of groups, and Greenwood's sum of the steps before.

        Examples
        --------
        >>> x = np.array([1.0, 2.0])
        >>> curves = kaplan_meier(DurationBins([0, 0], [1, 2], [True, False], [1, 1], x, x, x), groups=1)
        >>> curves.before(np.array([0]), np.array([0]))
        (array([1.]), array([0.]))
        """
        begin = self.first[group]
        return np.exp(self.hazard[begin] - self.hazard[at]), self.variance[at] - self.variance[begin]


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
    return curves_of(order_bins(cells, groups=groups))


def curves_of(cells: OrderedBins) -> SurvivalCurves:
    """The curves of a block of groups, as `kaplan_meier` makes them of all.

    Parameters
    ----------
    cells : OrderedBins
        Cells of the groups.
    """
    left = np.repeat(cells.through[cells.first[1:]], np.diff(cells.first)) - cells.through[:-1]
    _let_go(cells, left)
    steps = np.flatnonzero(cells.ended)
    first = np.searchsorted(steps, cells.first)
    at_risk, n = left[steps], (cells.through[1:] - cells.through[:-1])[steps]
    remaining = at_risk - n
    last = np.flatnonzero(
        remaining <= 0
    )  # nobody remains: the curve ends at 0, and no step follows in the group
    remaining[last] = at_risk[last]
    logs = np.log(at_risk / remaining)
    parts = n / (at_risk * remaining)
    parts[last] = 0.0
    rows = cells.rows
    ends = np.zeros(rows.size, dtype=np.bool_)
    ends[np.searchsorted(first, last, side="right") - 1] = True
    others = np.flatnonzero(~cells.ended)
    waiting = _sum_of_all(cells.through[others + 1] - cells.through[others])
    return SurvivalCurves(
        cells=cells,
        steps=steps,
        first=first,
        n=n,
        at_risk=at_risk,
        hazard=_sum_of_all(logs),
        variance=_sum_of_all(parts),
        ends=ends,
        rows=rows,
        running=np.diff(waiting[np.searchsorted(others, cells.first)]),
        longest=_longest(cells),
    )


def sum_before(values: Floats, first: Integers) -> Floats:
    """Running sum inside each group of sorted steps, the step itself left out.

    Parameters
    ----------
    values : array of float, shape (steps,)
        What to add up.
    first : array of int64, shape (groups + 1,)
        Where the steps of each group begin.

    Examples
    --------
    >>> sum_before(np.array([1.0, 2.0, 4.0]), np.array([0, 2, 2, 3]))
    array([0., 1., 0.])
    """
    through = _sum_of_all(values)
    return through[:-1] - np.repeat(through[first[:-1]], np.diff(first))


@dataclass(frozen=True, eq=False, slots=True)
class Within:
    """Curves up to one duration of each group.

    Parameters
    ----------
    steps : DurationBins
        The steps with their amounts.
    inside, before : array of float, shape (steps,)
        How many of each step do not pass the duration, and the share still running before the step.
    surviving, variance : array of float, shape (groups,)
        Share still running, and Greenwood's sum, at the duration.
    """

    steps: DurationBins
    inside: Floats
    before: Floats
    surviving: Floats
    variance: Floats


def within(curves: SurvivalCurves, until: Floats) -> Within:
    """The curves up to one duration of each group.

    Examples
    --------
    >>> x = np.array([1.0, 2.0])
    >>> curves = kaplan_meier(DurationBins([0, 0], [1, 2], [True, False], [1, 1], x, x, x), groups=1)
    >>> found = within(curves, np.array([1.5]))
    >>> found.surviving, found.variance
    (array([0.5]), array([0.5]))
    """
    steps, group = curves.cells.cells(curves.steps), curves.group
    inside = count_up_to(steps, until[group])
    before, variance_before = curves.before(np.arange(group.size), group)
    surviving, variance = np.ones(curves.rows.size), np.zeros(curves.rows.size)
    begun = np.flatnonzero(inside > 0)  # ascending inside a group, so that the last one stays
    at_risk = curves.at_risk[begun]
    remaining = at_risk - inside[begun]
    surviving[group[begun]] = before[begun] * remaining / at_risk
    variance[group[begun]] = variance_before[begun] + inside[begun] / (at_risk * np.maximum(remaining, 1.0))
    return Within(steps, inside, before, surviving, variance)


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


def _sum_of_all(values: Floats) -> Floats:
    """Running sum, the value itself left out, and the whole at the end."""
    through = np.zeros(values.size + 1)
    np.cumsum(values, out=through[1:])
    return through


def _let_go(cells: OrderedBins, left: Floats) -> None:
    """Take from each ended cell the running ones of its bin that are taken to leave before its own rows end.

    The share is the same for every mixed bin, so that to censor one more row never lowers the curve.
    """
    pair = np.flatnonzero(cells.mixed)
    gone = (cells.through[pair + 2] - cells.through[pair + 1]) / 2
    low = cells.source.low[cells.order[cells.start[pair]]]
    high = cells.source.high[cells.order[cells.start[pair + 1]]]
    equal = np.flatnonzero(low == high)  # seldom; of their first parts some durations are the same
    ended, running = cells.cells(pair[equal]), cells.cells(pair[equal] + 1)
    gone[equal[(ended.low == running.high) & (ended.high == running.low)]] = 0.0
    left[pair] -= gone


def _longest(cells: OrderedBins) -> Floats:
    """The longest duration of each group: bins ascend, so it is in the last one, ended or running."""
    found = np.full(cells.rows.size, np.nan)
    there = np.flatnonzero(cells.rows > 0)
    last = cells.first[there + 1] - 1
    other = np.maximum(last - 1, 0)
    same = cells.mixed[other] & (other < last)
    high = cells.cells(last).high
    found[there] = np.where(same, np.maximum(high, cells.cells(other).high), high)
    return found
