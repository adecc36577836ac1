"""Small groups of a long tail as one: pages and templates with few contacts say nothing each."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from cxlib.metrics.cells import Cells
from cxlib.metrics.gather import Gathered
from cxlib.metrics.metric import Metric
from cxlib.metrics.rollup import Grid
from cxlib.metrics.row_values import NONE
from cxlib.result import Caveat
from cxlib.text import plural

if TYPE_CHECKING:
    from cxlib.data.dataset import Dataset

__all__ = ["OTHER", "pool_caveats", "pooled"]

Group = tuple[str, ...]
OTHER: Final = "(other)"
"""The label of all groups together that have too few rows."""


def pooled(
    data: "Dataset", metric: Metric, gathered: Gathered, *, by: tuple[str, ...], grid: Grid
) -> Gathered:
    """The cells of a rate with the labels of its `pool` segment that have fewer than `min_n` rows as one.

    Parameters
    ----------
    data : Dataset
        Says which segments the exposure has.
    metric : Metric
        Nothing is pooled where it names no segment of the cut.
    gathered : Gathered
        Its cells.
    by : tuple of str
        Segments of the cells.
    grid : Grid
        Rows of these days are counted.
    """
    if metric.exposure is None or gathered.exposure is None or metric.pool not in by:
        return gathered
    place = by.index(metric.pool)
    small = _small(gathered, place, metric.min_n, grid)
    shared = [i for i, name in enumerate(by) if name in data.segments(metric.exposure.table)]
    numerator = _relabelled(gathered.numerator, place, small)
    exposure = gathered.exposure
    if place in shared:
        exposure = _relabelled(exposure, shared.index(place), small)
    groups = tuple(sorted({_label(group, place, small) for group in gathered.groups}))
    row = {group: i for i, group in enumerate(exposure.groups)}
    exposure_of = tuple(row.get(tuple(group[i] for i in shared), -1) for group in groups)
    return replace(gathered, numerator=numerator, exposure=exposure, groups=groups, exposure_of=exposure_of)


def pool_caveats(
    metrics: Sequence[Metric],
    before: Mapping[str, Gathered],
    after: Mapping[str, Gathered],
    by: tuple[str, ...],
) -> list[Caveat]:
    """Which groups were pooled, in a sentence a metric."""
    found = []
    for metric in metrics:
        if metric.pool in by:
            place = by.index(metric.pool)
            labels, kept = (
                {group[place] for group in parts[metric.name].groups} for parts in (before, after)
            )
            if labels - kept:
                text = (
                    f"{metric.name}: {plural(len(labels - kept), 'value')} of {metric.pool} with fewer than "
                    f"{metric.min_n} tickets each are pooled as {OTHER}."
                )
                found.append(Caveat("pooled", text))
    return found


def _small(gathered: Gathered, place: int, least: int, grid: Grid) -> frozenset[str]:
    """The labels with too few rows within the range; blank is no group of its own and stays."""
    counts = dict.fromkeys((group[place] for group in gathered.groups), 0.0)
    cells = gathered.numerator
    if len(grid.starts):
        inside = (cells.day >= grid.starts[0]) & (cells.day < grid.ends[-1])
        rows = np.bincount(cells.group[inside], weights=cells.n[inside], minlength=len(cells.groups))
        for group, n in zip(cells.groups, rows.tolist(), strict=True):
            counts[group[place]] += n
    return frozenset(label for label, n in counts.items() if n < least and label != NONE)


def _relabelled(cells: Cells, place: int, small: frozenset[str]) -> Cells:
    """Cells whose small labels are one; sums by group need no cell to be alone in its day."""
    named = [_label(group, place, small) for group in cells.groups]
    groups = tuple(sorted(set(named)))
    row = {group: i for i, group in enumerate(groups)}
    moved = np.array([row[group] for group in named], dtype=np.int64)
    return replace(cells, group=moved[cells.group], groups=groups)


def _label(group: Group, place: int, small: frozenset[str]) -> Group:
    return (*group[:place], OTHER, *group[place + 1 :]) if group[place] in small else group
