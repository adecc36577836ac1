"""When the metric moved, where, and whether it moved back: read off the evidence of a question."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from cxlib.changes.answering import jump_caveats
from cxlib.changes.breakdown import Breakdown, breakdown_of, window_days
from cxlib.changes.calm import settled_of
from cxlib.changes.hypotheses import Place
from cxlib.changes.posterior import Posterior
from cxlib.changes.question import Question
from cxlib.changes.recovery import Recovery, recovery_after
from cxlib.changes.sampling import sampling_caveats
from cxlib.changes.settled import drift_caveats
from cxlib.changes.shape_prior import profile_prior
from cxlib.changes.shift import Onset, Shift, onset_of, shift_of
from cxlib.data.clock import day_bounds_us
from cxlib.data.periods import date_to_day
from cxlib.result import Caveat
from cxlib.stats.profiles import LASTING, PULSES

__all__ = ["Movement", "moved_caveats", "movement_of", "split_round"]

_REACH = 28
_FEWEST = 10  # rows in a window that ends with the shift


@dataclass(frozen=True, eq=False)
class Movement:
    """A shift and what came of it.

    Parameters
    ----------
    shift : Shift
        When and how the metric moved.
    place : Place
        Where.
    recovery : Recovery or None
        The movement back, unless the shift was a pulse.
    further : tuple of Shift
        The movement back as a shift of its own.
    """

    shift: Shift
    place: Place
    recovery: Recovery | None = None
    further: tuple[Shift, ...] = ()


def movement_of(question: Question, posterior: Posterior, mechanisms: Mapping[str, float]) -> Movement:
    """Onset, windows and the place that carries the shift.

    Parameters
    ----------
    question : Question
        What was read and scanned.
    posterior : Posterior
        Probabilities of onsets.
    mechanisms : mapping of str to float
        Probabilities of the mechanisms.

    Returns
    -------
    Movement
        Its windows end where the shift does.
    """
    service = mechanisms["service"] + posterior.unlogged_by_mechanism.get("service", 0.0)
    audience = mechanisms["audience"] + posterior.unlogged_by_mechanism.get("audience", 0.0)
    mechanism = "service" if service >= audience else "audience"
    onset = onset_of(posterior, question.columns.onsets, lag=question.lag(mechanism))
    onset = _inside(onset, question)
    shape, length, place = _spot(question, posterior, mechanism)
    ended = onset.day + length if length and onset.day + length < question.sources.last else None
    shift = shift_of(1 - posterior.no_change, onset, split_round(question, onset.day, ended), shape, ended)
    if not shift.detected or ended is not None or mechanism != "service":
        return Movement(shift, place)
    back = _recovery(question, onset.day, place, shift)
    if back is None:
        return Movement(shift, place)
    split = split_round(question, onset.day, back.day)
    shift = shift_of(shift.probability, onset, split, shape, back.day)
    again = split_round(question, back.day, None, since=onset.day)
    further = shift_of(back.probability, Onset(back.day, back.first, back.last), again, "step", None)
    return Movement(shift, place, back, (further,) if further.detected else ())


def _recovery(question: Question, onset: int, place: Place, shift: Shift) -> Recovery | None:
    """The movement back of the series that carries the shift."""
    judged = question.model.judged
    series = next(
        (one for one in judged.series if (one.segment, one.reason) == (place.segment, place.reason)),
        judged.series[0],
    )
    effect = series.side or np.sign(shift.breakdown.total if shift.breakdown is not None else 0.0)
    return recovery_after(
        series,
        question.sources.judged.days,
        onset,
        float(effect),
        question.log,
        settled=settled_of(judged),
    )


def _inside(onset: Onset, question: Question) -> Onset:
    """Move the onset to a day that has rows before and after it."""
    days = np.flatnonzero(question.sources.judged.n.sum(axis=1) > 0) + question.sources.first
    first, last = int(days[0]) + 1, int(days[-1])
    day = min(max(onset.day, first), max(last, first))
    return Onset(day, min(onset.first, day), max(onset.last, day + 1))


def split_round(
    question: Question, day: int, ended: int | None, *, since: int | None = None
) -> Breakdown | None:
    """Windows round a day, from the shift before it to the one after, where there are rows enough.

    Parameters
    ----------
    question : Question
        With the panels.
    day : int
        Local day of the shift.
    ended : int or None
        Local day on which it was over.
    since : int or None
        Local day of the shift before it.

    Returns
    -------
    Breakdown or None
        None where a window is empty.
    """
    sources = question.sources
    counts = sources.judged.n.sum(axis=1)
    tries = [
        (since if since is not None else sources.first, sources.last, reach)
        for reach in (_REACH, len(counts))
    ]
    if ended is not None and counts[day - sources.first : ended - sources.first].sum() >= _FEWEST:
        tries.insert(0, (tries[0][0], ended, _REACH))
    split = None
    for first, last, reach in tries:  # few answers: everything before and after
        split = split or breakdown_of(sources, question.metric, *window_days(day, first, last, reach=reach))
    return split


def _spot(question: Question, posterior: Posterior, mechanism: str) -> tuple[str, int, Place]:
    """Likeliest shape (with the length of a pulse) and place at the likeliest onset."""
    field = next(
        (one for one in question.model.fields if one.mechanism == mechanism), question.model.fields[0]
    )
    column = int(np.argmax(posterior.onset))
    tilt, kind = np.zeros(len(field.places)), None
    top = max(posterior.weighed, key=lambda item: item.probability, default=None)
    if top is not None and top.probability > posterior.unlogged:
        tilt, kind = top.candidate.tilt[field.mechanism], top.candidate.change.kind
    logs = field.log_bf[:, column] + profile_prior(kind)[:, None] + (field.log_prior + tilt)[None, :]
    shape, place = np.unravel_index(int(np.argmax(logs)), logs.shape)
    profile = (LASTING + PULSES)[int(shape)]
    return profile.shape, int(profile.length) if profile.shape == "pulse" else 0, field.places[int(place)]


def moved_caveats(question: Question, shift: Shift, unit: str) -> tuple[Caveat, ...]:
    """What else moved that makes a shift less than it seems: a slope before it, answers, the sample.

    Parameters
    ----------
    question : Question
        What was searched.
    shift : Shift
        Decides the direction where neither is worse.
    unit : str
        Of a change of the metric.

    Returns
    -------
    tuple of Caveat
        Empty where nothing did.
    """
    judged, split, metric = question.model.judged, shift.breakdown, question.metric
    start, end = date_to_day(question.start), date_to_day(question.end)
    drift = drift_caveats(
        judged.settled,
        sign=judged.series[0].side or (0.0 if split is None else split.total),
        until=start,
        to_unit=question.to_unit("service"),
        unit=unit,
    )
    bounds = day_bounds_us([question.sources.first, end], question.data.zone)[0]
    return (
        *drift,
        *jump_caveats(question.sources, kind=metric.kind, start=start, end=end),
        *sampling_caveats(question.data, metric, int(bounds[0]), int(bounds[1])),
    )
