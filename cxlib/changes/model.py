"""Sources into hypotheses: which series are scanned, against what, and how they are put together."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cxlib.changes.calm import settle
from cxlib.changes.closer import audiences, faults
from cxlib.changes.columns import Columns
from cxlib.changes.expected import delay_kernel, expected
from cxlib.changes.hypotheses import Hypotheses, Place, Support
from cxlib.changes.panel import Panel, segments_of
from cxlib.changes.reach import exposure_of, reach_of, rescaled
from cxlib.changes.sources import Sources
from cxlib.changes.streams import (
    COUNT_DRIFT,
    NO_DELAY,
    SCORE_DRIFT,
    SCORE_SIZES,
    Stream,
    count_series,
    inside,
    score_series,
)
from cxlib.changes.taxonomy import MERGED
from cxlib.changes.watched import Effects, Watched, watch
from cxlib.metrics.row_values import UNKNOWN
from cxlib.stats.evidence import Side, Size

__all__ = ["Model", "build_model", "row_scale"]

Floats = npt.NDArray[np.float64]

_TYPICAL_SD = 0.8  # of an NPS row value in −1 … 1: the priors are written for it
_CONTACT_SIZES = (Size(0.15, 0.08), Size(0.4, 0.2), Size(0.9, 0.4))
_WRITTEN_ABOUT = 0.9  # chances that a fault also makes people write,
_HANDLED_WORSE = 0.8  # leaves them less satisfied with the answer,
_RATED_WORSE = 0.8  # and with the company
_MOST_REASONS = 30


@dataclass(frozen=True, eq=False)
class Model:
    """The hypotheses of one question, and what is needed to read them.

    Parameters
    ----------
    fields : tuple of Hypotheses
        One a mechanism.
    kernel : array of float
        Delay between experience and question.
    scale : float
        Row values of the metric per unit of the scan (for counts: the mean count a day or the rate).
    watched : Watched
        The judged stream and its places.
    """

    fields: tuple[Hypotheses, ...]
    kernel: Floats
    scale: float
    watched: Watched

    @property
    def judged(self) -> Stream:
        """The judged stream; its first series is everybody."""
        return self.watched.stream


def row_scale(panel: Panel) -> float:
    """Row values that make one unit of the scan: rows of NPS have a standard deviation of about 0.8 units."""
    n, total, squares = (float(part.sum()) for part in (panel.n, panel.total, panel.squares))
    if n < 2:
        return 1.0
    variance = max(squares / n - (total / n) ** 2, 0.0)
    return float(np.sqrt(variance)) / _TYPICAL_SD or 1.0


def build_model(
    sources: Sources, columns: Columns, *, history: int, worse: Side, smallest: float, is_count: bool
) -> Model:
    """Scan every stream and put the evidence of each place together.

    Parameters
    ----------
    sources : Sources
        The panels.
    columns : Columns
        The onsets to be scanned.
    history : int
        Days before the window.
    worse : {-1, 0, 1}
        Direction of a worsening.
    smallest : float
        The smallest shift that matters, in row values; for counts a share.
    is_count : bool
        Whether the judged panel holds counts.

    Returns
    -------
    Model
        With at least the service mechanism.
    """
    past = slice(0, history) if history >= 14 else slice(0, sources.last - sources.first)
    kernel = _kernel(sources.sends if sources.sends is not None else sources.relation, sources.activity, past)
    effects = Effects.of(columns, sources.first)
    if is_count:
        judged, scale = _contacts(sources.judged, sources.activity, past, worse, smallest), 1.0
        scanned = judged
    else:
        scale = row_scale(sources.judged)
        judged, scanned = (
            _scores(
                panel,
                sources.activity,
                past,
                kernel,
                scale=scale,
                worse=worse,
                smallest=smallest / scale,
            )
            for panel in (sources.judged, sources.judged_by_reason or sources.judged)
        )
    supports = _supports(sources, past, is_count=is_count)
    fields = [faults(scanned, supports, effects)]
    if not is_count and sources.by:
        reach = reach_of(sources, rescaled(sources.judged, scale), past, worse, smallest / scale, kernel)
        fields.append(audiences(reach, effects))
    return Model(tuple(fields), kernel, scale, judged)


def _supports(sources: Sources, past: slice, *, is_count: bool) -> list[Support]:
    """What a fault may move beside the metric that was asked about."""
    found = []
    if sources.contacts is not None and not is_count:
        contacts = _contacts(sources.contacts, sources.activity, past, 1)
        found.append(Support(contacts, _WRITTEN_ABOUT, "contacts"))
    if sources.handled is not None:
        panel = sources.handled
        scores = _scores(panel, sources.activity, past, NO_DELAY, scale=row_scale(panel))
        found.append(Support(scores, _HANDLED_WORSE, "score"))
    if sources.relation is not None:
        panel = sources.relation
        kernel = _kernel(panel, sources.activity, past)
        scores = _scores(panel, sources.activity, past, kernel, scale=row_scale(panel))
        found.append(Support(scores, _RATED_WORSE, "score"))
    return found


def _kernel(asked: Panel | None, activity: Panel | None, past: slice) -> Floats:
    """The delay between what people do and being asked about it."""
    if asked is None or activity is None:
        return NO_DELAY
    exposure = exposure_of(asked, activity)
    lead = len(exposure) - len(asked.n)
    return delay_kernel(asked.n[past], exposure[: lead + past.stop])


def _places(panel: Panel, activity: Panel | None) -> list[Place]:
    """Everybody and each segment of customers, for any reason and for each of the commonest.

    How a question was asked is no segment in which a service can fail: columns of activity count, if any.
    """
    columns = tuple(column for column in panel.by if column != "reason")
    if activity is not None and activity.by:
        columns = tuple(column for column in columns if column in activity.by)
    segments = ((), *segments_of(panel, columns, deep=False))
    return [Place(segment, reason) for segment in segments for reason in (None, *_reasons(panel))]


def _scores(
    panel: Panel,
    activity: Panel | None,
    past: slice,
    kernel: Floats,
    *,
    scale: float,
    worse: Side = -1,
    smallest: float = 0.0,
) -> Watched:
    scaled = rescaled(panel, scale)
    places = [(place.segment, place.reason) for place in _places(scaled, activity)]
    series = score_series(scaled, places, history=past, side=worse)
    calm = settle(series[0], panel.days, past, sizes=SCORE_SIZES, grid=SCORE_DRIFT)
    stream = Stream("score", series, SCORE_SIZES, calm.drift, kernel, settled=calm)
    return watch(stream, scaled, smallest=smallest)


def _contacts(
    panel: Panel, activity: Panel | None, past: slice, worse: Side, smallest: float = 0.0
) -> Watched:
    mean = expected(panel.n, exposure_of(panel, activity), NO_DELAY, history=past)
    series = []
    for place in _places(panel, activity):
        mask = panel.mask(inside(place.segment, place.reason))
        counted, usual = panel.n[:, mask].sum(axis=1), mean[:, mask].sum(axis=1)
        series.append(count_series(counted, usual, segment=place.segment, reason=place.reason, side=worse))
    calm = settle(series[0], panel.days, past, sizes=_CONTACT_SIZES, grid=COUNT_DRIFT)
    stream = Stream(
        "contacts", tuple(series), _CONTACT_SIZES, calm.drift, NO_DELAY, is_count=True, settled=calm
    )
    return watch(stream, panel, smallest=smallest)


def _reasons(panel: Panel) -> list[str]:
    """The commonest contact reasons."""
    if "reason" not in panel.by:
        return []
    folded = panel.onto(("reason",))
    order = np.argsort(-folded.n.sum(axis=0), kind="stable")[:_MOST_REASONS]
    commonest = (str(folded.labels[index, 0]) for index in order)
    return sorted(reason for reason in commonest if reason not in {UNKNOWN, MERGED})
