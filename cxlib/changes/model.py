"""Sources into hypotheses: which series are scanned, against what, and how they are put together."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cxlib.changes.calm import settle
from cxlib.changes.hypotheses import (
    Hypotheses,
    Place,
    Scanned,
    audience,
    service_of_contacts,
    service_of_scores,
)
from cxlib.changes.panel import Panel, Segment, segments_of
from cxlib.changes.sources import Sources
from cxlib.changes.streams import (
    COUNT_DRIFT,
    Series,
    Stream,
    count_series,
    delay_kernel,
    expected,
    scan_stream,
    score_series,
)
from cxlib.changes.taxonomy import MERGED
from cxlib.stats.decompose import daily_split, reference_means
from cxlib.stats.evidence import DRIFT_GRID, Side

__all__ = ["Model", "build_model", "row_scale"]

Floats = npt.NDArray[np.float64]

_TYPICAL_SD = 0.8  # of an NPS row value in −1 … 1: the priors are written for it
_SCORE_SIZES = (0.03, 0.10, 0.30)
_REACH_SIZES = (0.3, 0.8, 2.5)
_CONTACT_SIZES = (0.2, 0.6, 2.0)
_MOST_REASONS = 30
_NO_DELAY = np.ones(1)


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
    judged : Stream
        The judged stream; its first series is everybody.
    """

    fields: tuple[Hypotheses, ...]
    kernel: Floats
    scale: float
    judged: Stream


def row_scale(panel: Panel) -> float:
    """Row values that make one unit of the scan: rows of NPS have a standard deviation of about 0.8 units."""
    n, total, squares = (float(part.sum()) for part in (panel.n, panel.total, panel.squares))
    if n < 2:
        return 1.0
    variance = max(squares / n - (total / n) ** 2, 0.0)
    return float(np.sqrt(variance)) / _TYPICAL_SD or 1.0


def build_model(
    sources: Sources, profiles: Floats, *, history: int, worse: Side, smallest: float, is_count: bool
) -> Model:
    """Scan every stream and put the evidence of each place together.

    Parameters
    ----------
    sources : Sources
        The panels.
    profiles : array of float, shape (profiles, days, onsets)
        Effects by day of the experience.
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
    kernel = _kernel(sources, past)
    if is_count:
        return _model_of_counts(sources, profiles, past, worse, kernel)
    scale = row_scale(sources.judged)
    panel = _rescaled(sources.judged, scale)
    segments = ((), *segments_of(panel, sources.by, deep=False))
    judged = _score_stream(panel, segments, past, worse, kernel)
    score = _scanned(judged, panel, profiles)
    contacts = None
    if sources.contacts is not None:
        contacts = _scanned(
            _contact_stream(sources.contacts, sources.activity, past, 1), sources.contacts, profiles
        )
    fields = [service_of_scores(score, contacts)]
    fields += _audience(sources, panel, profiles, past, worse, smallest / scale, kernel)
    return Model(tuple(fields), kernel, scale, judged)


def _model_of_counts(sources: Sources, profiles: Floats, past: slice, worse: Side, kernel: Floats) -> Model:
    judged = _contact_stream(sources.judged, sources.activity, past, worse)
    contacts = _scanned(judged, sources.judged, profiles)
    scores = []
    for panel in sources.scores:
        scaled = _rescaled(panel, row_scale(panel))
        segments = ((), *segments_of(scaled, panel.by, deep=False))
        scores.append(_scanned(_score_stream(scaled, segments, past, -1, kernel), scaled, profiles))
    return Model((service_of_contacts(contacts, scores),), kernel, 1.0, judged)


def _rescaled(panel: Panel, scale: float) -> Panel:
    return Panel(panel.days, panel.by, panel.labels, panel.n, panel.total / scale, panel.squares / scale**2)


def _exposure(panel: Panel, activity: Panel | None) -> Floats:
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


def _kernel(sources: Sources, past: slice) -> Floats:
    asked = sources.sends
    if asked is None and sources.scores:
        asked = sources.scores[0]
    if asked is None or sources.activity is None:
        return _NO_DELAY
    exposure = _exposure(asked, sources.activity)
    lead = len(exposure) - len(asked.n)
    return delay_kernel(asked.n[past], exposure[: lead + past.stop])


def _score_stream(
    panel: Panel, segments: tuple[Segment, ...], past: slice, worse: Side, kernel: Floats
) -> Stream:
    series = score_series(panel, segments, history=past, side=worse)
    calm = settle(series[0], panel.days, past, sizes=_SCORE_SIZES, grid=DRIFT_GRID)
    return Stream("score", series, _SCORE_SIZES, calm.drift, kernel, calm)


def _scanned(stream: Stream, panel: Panel, profiles: Floats) -> Scanned:
    places = [Place(series.segment, series.reason) for series in stream.series]
    total = max(float(panel.n.sum()), 1.0)
    shares = {place: float(panel.n[:, panel.mask(_inside(place))].sum()) / total for place in places}
    found = scan_stream(stream, panel.days, profiles)
    return Scanned(stream.name, dict(zip(places, found, strict=True)), shares)


def _inside(place: Place) -> Segment:
    return place.segment if place.reason is None else (*place.segment, ("reason", place.reason))


def _contact_stream(panel: Panel, activity: Panel | None, past: slice, worse: Side) -> Stream:
    mean = expected(panel.n, _exposure(panel, activity), _NO_DELAY, history=past)
    columns = tuple(column for column in panel.by if column != "reason")
    series = []
    for segment in ((), *segments_of(panel, columns, deep=False)):
        for reason in (None, *_reasons(panel)):
            inside = panel.mask(_inside(Place(segment, reason)))
            counted, usual = panel.n[:, inside].sum(axis=1), mean[:, inside].sum(axis=1)
            series.append(count_series(counted, usual, segment=segment, reason=reason, side=worse))
    calm = settle(series[0], panel.days, past, sizes=_CONTACT_SIZES, grid=COUNT_DRIFT)
    return Stream("contacts", tuple(series), _CONTACT_SIZES, calm.drift, _NO_DELAY, calm)


def _reasons(panel: Panel) -> list[str]:
    """The commonest contact reasons."""
    if "reason" not in panel.by:
        return []
    folded = panel.onto(("reason",))
    order = np.argsort(-folded.n.sum(axis=0), kind="stable")[:_MOST_REASONS]
    return sorted(str(folded.labels[index, 0]) for index in order if folded.labels[index, 0] != MERGED)


def _audience(
    sources: Sources,
    panel: Panel,
    profiles: Floats,
    past: slice,
    worse: Side,
    smallest: float,
    kernel: Floats,
) -> list[Hypotheses]:
    """Hypotheses on who was asked, or, where nobody knows, on who answered."""
    asked = sources.sends if sources.sends is not None else panel
    if not sources.by:
        return []
    if sources.basis != "experience_day" or sources.sends is None:
        return _audience_of_mix(panel, profiles, past, worse)
    mean = expected(asked.n, _exposure(asked, sources.activity), kernel, history=past)
    gains = _gains(panel, segments_of(panel, sources.by, deep=True), past)
    series, visible, effect = [], {}, {}
    for segment, (share, gain) in gains.items():
        side = _direction(gain, worse)
        inside = asked.mask(segment)
        place = Place(segment, None)
        shown = share * abs(gain) if side <= 0 else 2 * share * (1 - share) * abs(gain) / (1 + 2 * share)
        visible[place] = 1 - float(np.exp(-0.5 * (shown / smallest) ** 2)) + 1e-6
        effect[place] = share * (1 - share) * gain
        series.append(
            count_series(
                asked.n[:, inside].sum(axis=1),
                mean[:, inside].sum(axis=1),
                segment=segment,
                reason=None,
                side=side,
            )
        )
    stream = Stream("reach", tuple(series), _REACH_SIZES, COUNT_DRIFT, _NO_DELAY)
    found = audience(_scanned(stream, asked, profiles), visible, effect)
    return [] if found is None else [found]


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


def _audience_of_mix(panel: Panel, profiles: Floats, past: slice, worse: Side) -> list[Hypotheses]:
    reference = reference_means(panel.n[past].sum(axis=0), panel.total[past].sum(axis=0))
    mix, _ = daily_split(panel.n, panel.total, reference)
    n = panel.n.sum(axis=1)
    usual = panel.n[past].sum(axis=0)
    share = usual / max(float(usual.sum()), 1.0)
    spread = max(float(share @ (reference - share @ reference) ** 2), 1e-6)
    centred = np.nan_to_num(mix - share @ reference)
    place = Place((), None)
    series = (Series((), None, worse, centred, n / spread),)
    stream = Stream("reach", series, _SCORE_SIZES, DRIFT_GRID, _NO_DELAY)
    found = audience(_scanned(stream, panel, profiles), {place: 1.0}, {place: 1.0})
    return [] if found is None else [found]
