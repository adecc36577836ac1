"""Several cuts and grains at once: what the command line and the report ask for."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

from cxlib.metrics.availability import why_not
from cxlib.metrics.catalogue import catalogue, chosen_metrics
from cxlib.metrics.caveats import summary_caveats
from cxlib.metrics.frame import MetricFrame
from cxlib.metrics.gather import Gathered, gather_cuts
from cxlib.metrics.kept_frames import kept_frame
from cxlib.metrics.measure import frame_of
from cxlib.metrics.metric import Metric
from cxlib.metrics.mixed import mixed_error, refuse_mixed
from cxlib.metrics.request import Range, read_range, segments_of
from cxlib.result import Caveat
from cxlib.text import join_words

if TYPE_CHECKING:
    from cxlib.data.clock import Frequency
    from cxlib.data.dataset import Dataset

__all__ = ["measure_cuts"]


def measure_cuts(
    data: "Dataset",
    metrics: Sequence[str] | None,
    *,
    freqs: Sequence["Frequency"] = ("M",),
    cuts: Sequence[Sequence[str]] = ((),),
    start: date | None = None,
    end: date | None = None,
) -> list[MetricFrame]:
    """A frame for each grain and each cut.

    Parameters
    ----------
    data : Dataset
        What `cx.load` returned.
    metrics : sequence of str or None
        Names; None: every metric that the data allow, without variants, in each cut those whose table has
        the segments.
    freqs : sequence of {"D", "W", "M", "Q", "Y"}
        Grains.
    cuts : sequence of sequence of str
        Segments; an empty one is the whole.
    start, end : date or None
        Half-open range.

    Returns
    -------
    list of MetricFrame
        By cut, then by grain; a cut that no metric allows is refused as `measure` refuses it.

    Raises
    ------
    UnknownNameError
        If a metric, segment or grain is unknown.
    UsageError
        If the range is no range.
    MissingColumnError
        If the data lack what a named metric needs.
    """
    wanted = list(dict.fromkeys(tuple(cut) for cut in cuts))
    every = _allowed(data) if metrics is None else list(metrics)
    asked = {
        cut: chosen_metrics(
            data.settings, _fitting(data, every, cut) if metrics is None else every, where="--metric"
        )
        for cut in wanted
    }
    spans = [read_range(freq, start, end) for freq in freqs]
    for cut, chosen in asked.items():
        segments_of(data, chosen, cut)
        refuse_mixed(data, chosen, cut)
    read = _Reading(data, asked)
    frames = [
        kept_frame(data, asked[cut], (cut, span), partial(read.frame, cut, span))
        for cut in map(tuple, cuts)
        for span in spans
    ]
    return frames if metrics is not None else [_with_left_out(frame, every) for frame in frames]


class _Reading:
    """The cells of all cuts, read when the first of them is wanted."""

    def __init__(self, data: "Dataset", asked: Mapping[tuple[str, ...], Sequence[Metric]]) -> None:
        self._data, self._asked = data, asked
        self._gathered: dict[tuple[str, ...], dict[str, Gathered]] = {}
        self._told: dict[tuple[str, ...], tuple[Caveat, ...]] = {}

    def frame(self, cut: tuple[str, ...], span: Range) -> MetricFrame:
        """The frame of one cut and grain."""
        if not self._gathered:
            every = {metric.name: metric for chosen in self._asked.values() for metric in chosen}
            self._gathered = gather_cuts(self._data, list(every.values()), list(self._asked))
        chosen = self._asked[cut]
        if cut not in self._told:
            self._told[cut] = summary_caveats(self._data, chosen)
        return frame_of(self._data, chosen, self._gathered[cut], by=cut, span=span, told=self._told[cut])


def _allowed(data: "Dataset") -> list[str]:
    """Every metric that the data allow, without variants."""
    known = catalogue(data.settings).values()
    return [metric.name for metric in known if "." not in metric.name and why_not(data, metric) is None]


def _fitting(data: "Dataset", names: Sequence[str], cut: Sequence[str]) -> list[str]:
    """Those whose table has the segments and whose rows may be added up; without any, all of them."""
    known = catalogue(data.settings)
    fitting = [name for name in names if set(cut) <= set(data.segments(known[name].table))]
    return [name for name in fitting if mixed_error(data, known[name], cut) is None] or list(names)


def _with_left_out(frame: MetricFrame, every: Sequence[str]) -> MetricFrame:
    """A frame of all metrics that says which ones it lacks, and how to ask for variants."""
    there = set(frame.unit)
    left_out = [name for name in every if name not in there]
    found = [
        Caveat("variants", "Variants, such as first_response_time.p90, are measured by name: --metric NAME.")
    ]
    if left_out:
        cut = f"by {join_words(list(frame.by))}" if frame.by else "in one sum"
        text = f"Not measured {cut}, for their tables do not allow it: {join_words(left_out, most=99)}."
        found.append(Caveat("left_out", text))
    return replace(frame, caveats=(*frame.caveats, *found))
