"""Several cuts and grains at once: what the command line and the report ask for."""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from cxlib.metrics.availability import why_not
from cxlib.metrics.catalogue import catalogue, chosen_metrics
from cxlib.metrics.frame import MetricFrame
from cxlib.metrics.measure import measure

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
    frames = []
    for cut in cuts:
        names = list(metrics) if metrics is not None else _allowed(data, cut)
        chosen = chosen_metrics(data.settings, names, where="--metric")
        frames += [measure(data, chosen, freq=freq, by=tuple(cut), start=start, end=end) for freq in freqs]
    return frames


def _allowed(data: "Dataset", cut: Sequence[str]) -> list[str]:
    """Every metric that the data allow with these segments; without any, those without segments."""
    allowed = [
        metric
        for metric in catalogue(data.settings).values()
        if "." not in metric.name and why_not(data, metric) is None
    ]
    fitting = [metric for metric in allowed if set(cut) <= set(data.segments(metric.table))]
    return [metric.name for metric in fitting or allowed]
