"""Who was asked, as a stream: whose share of the questions would move the metric if it changed."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from cxlib.changes.expected import expected
from cxlib.changes.hypotheses import Place, Reach
from cxlib.changes.panel import Panel, Segment, segments_of
from cxlib.changes.sources import Sources
from cxlib.changes.streams import (
    COUNT_DRIFT,
    NO_DELAY,
    SCORE_DRIFT,
    SCORE_SIZES,
    Series,
    Stream,
    count_series,
)
from cxlib.changes.watched import chance_noticed, watch, weighted
from cxlib.stats.decompose import daily_split, reference_means
from cxlib.stats.evidence import Side, Size

__all__ = ["exposure_of", "reach_of", "rescaled"]

Floats = npt.NDArray[np.float64]

_REACH_SIZES = (Size(0.3, 0.15), Size(0.7, 0.3), Size(1.4, 0.6))


def rescaled(panel: Panel, scale: float) -> Panel:
    """The same rows in other units."""
    return Panel(panel.days, panel.by, panel.labels, panel.n, panel.total / scale, panel.squares / scale**2)


def exposure_of(panel: Panel, activity: Panel | None) -> Floats:
    """Exposure of each cell of a panel, with the activity's days in front; constant where there is none."""
    if activity is None:
        return np.ones_like(panel.n)
    shared = tuple(column for column in activity.by if column in panel.by)
    folded = activity.onto(shared)
    columns = [panel.by.index(column) for column in shared]
    where = {tuple(label): index for index, label in enumerate(folded.labels.tolist())}
    found = np.zeros((len(folded.n), len(panel.labels)))
    for cell, label in enumerate(panel.labels[:, columns].tolist()):
        if tuple(label) in where:
            found[:, cell] = folded.n[:, where[tuple(label)]]
    return found


def reach_of(
    sources: Sources, panel: Panel, past: slice, worse: Side, smallest: float, kernel: Floats
) -> Reach:
    """How many were asked by segment, or, where nobody knows, the mix of those who answered.

    Parameters
    ----------
    sources : Sources
        The panels.
    panel : Panel
        The judged answers in units of the scan.
    past : slice
        Days that set the reference.
    worse : {-1, 0, 1}
        Direction of a worsening.
    smallest : float
        The smallest shift that matters, in units of the scan.
    kernel : array of float
        Delay between what people do and being asked.

    Returns
    -------
    Reach
        Each segment with the direction that hurts.
    """
    asked = sources.sends
    if sources.basis != "experience_day" or asked is None:
        return _mix(panel, past, worse)
    mean = expected(asked.n, exposure_of(asked, sources.activity), kernel, history=past)
    series, visible, effect = [], {}, {}
    for segment, (share, gain) in _gains(panel, segments_of(panel, sources.by, deep=True), past).items():
        side = _direction(gain, worse)
        mask = asked.mask(segment)
        place = Place(segment, None)
        chances = chance_noticed(_shown(share, side) * abs(gain), smallest)
        visible[place] = float(chances.mean())
        effect[place] = share * (1 - share) * gain
        counted, usual = asked.n[:, mask].sum(axis=1), mean[:, mask].sum(axis=1)
        one = count_series(counted, usual, segment=segment, reason=None, side=side)
        series.append(replace(one, sizes=weighted(_REACH_SIZES, chances)))
    stream = Stream("reach", tuple(series), _REACH_SIZES, COUNT_DRIFT, NO_DELAY, is_count=True)
    watched = watch(stream, asked)
    return Reach(replace(watched, stream=stream), visible, effect)


def _shown(share: float, side: Side) -> Floats:
    """How far a segment's share moves when its count changes by each of the usual sizes."""
    ratio = np.array(
        [max(1 + (side or 1) * centre / 2, 0.0) ** 2 for centre in (size.centre for size in _REACH_SIZES)]
    )
    return np.asarray(np.abs(share * ratio / (1 - share + share * ratio) - share))


def _direction(gain: float, worse: Side) -> Side:
    """Fewer of the better or more of the worse: the side of a segment's sends that hurts."""
    if worse == 0:
        return 0
    return 1 if gain * worse > 0 else -1


def _gains(panel: Panel, segments: tuple[Segment, ...], past: slice) -> Mapping[Segment, tuple[float, float]]:
    """Share of the answers of each segment, and how far its mean lies from the others'."""
    counts, totals = panel.n[past].sum(axis=0), panel.total[past].sum(axis=0)
    means = reference_means(counts, totals)
    found = {}
    for segment in segments:
        inside = panel.mask(segment)
        held, rest = counts[inside].sum(), counts[~inside].sum()
        if held > 0 and rest > 0:
            gap = counts[inside] @ means[inside] / held - counts[~inside] @ means[~inside] / rest
            found[segment] = (float(held / (held + rest)), float(gap))
    return found


def _mix(panel: Panel, past: slice, worse: Side) -> Reach:
    reference = reference_means(panel.n[past].sum(axis=0), panel.total[past].sum(axis=0))
    mix, _ = daily_split(panel.n, panel.total, reference)
    usual = panel.n[past].sum(axis=0)
    share = usual / max(float(usual.sum()), 1.0)
    spread = max(float(share @ (reference - share @ reference) ** 2), 1e-6)
    centred = np.nan_to_num(mix - share @ reference)
    series = (Series((), None, worse, centred, panel.n.sum(axis=1) / spread),)
    everybody = {Place((), None): 1.0}
    stream = Stream("reach", series, SCORE_SIZES, SCORE_DRIFT, NO_DELAY)
    return Reach(watch(stream, panel), everybody, everybody)
