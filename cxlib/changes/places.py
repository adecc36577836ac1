"""Where a count moved: the reason behind the shift, and other reasons that moved at other times."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logsumexp

from cxlib.changes.breakdown import breakdown_of, window_days
from cxlib.changes.hypotheses import Hypotheses, Place
from cxlib.changes.panel import Panel
from cxlib.changes.question import Question
from cxlib.changes.shape_prior import profile_prior
from cxlib.changes.shift import Onset, Shift, shift_of
from cxlib.changes.sources import Sources
from cxlib.data.periods import day_to_date
from cxlib.metrics.row_values import NONE
from cxlib.stats.profiles import LASTING, PULSES
from cxlib.text import format_day, format_value, say_probability

__all__ = ["Moved", "moved_lines", "moved_reasons", "place_lines"]

Floats = npt.NDArray[np.float64]

_PRIOR = 0.2  # that some reason moved beside the one that was found
_SURE = 0.9
_MOST = 3
_REACH = 28


@dataclass(frozen=True, eq=False)
class Moved:
    """A reason that moved, and how."""

    reason: str
    shift: Shift


def moved_reasons(question: Question, main: Place, day: int | None) -> tuple[Moved, ...]:
    """Reasons that moved beside the one that carries the shift, in order of time.

    Parameters
    ----------
    question : Question
        A count by reason; other metrics have none.
    main : Place
        What carries the shift.
    day : int or None
        Its local day.

    Returns
    -------
    tuple of Moved
        At most three, each of them all but sure.
    """
    field = next(one for one in question.model.fields if one.mechanism == "service")
    whole = [
        (index, place.reason)
        for index, place in enumerate(field.places)
        if not place.segment and place.reason not in {None, NONE, main.reason}
    ]
    if question.metric.kind != "count" or day is None or not whole:
        return ()
    found = []
    for index, reason in whole:
        log_bf, shift = _of_reason(question, field, index, _PRIOR / len(whole))
        if shift is not None and shift.detected and shift.onset is not None:
            found.append((log_bf, Moved(str(reason), shift)))
    best = [moved for _, moved in sorted(found, key=lambda pair: -pair[0])[:_MOST]]
    return tuple(sorted(best, key=_when))


def _when(moved: Moved) -> tuple[int, str]:
    return (moved.shift.onset.day if moved.shift.onset is not None else 0, moved.reason)


def _of_reason(question: Question, field: Hypotheses, index: int, prior: float) -> tuple[float, Shift | None]:
    """The evidence that one reason moved on some day, and its shift; None where it is not all but sure."""
    days = np.array(question.columns.days)
    logs = field.log_bf[:, : len(days), index] + profile_prior(None)[:, None] - np.log(len(days))
    log_bf = float(logsumexp(logs))
    chance = float(expit(log_bf + np.log(prior / (1 - prior))))
    if chance < _SURE:
        return log_bf, None
    by_day = np.exp(logsumexp(logs, axis=0) - log_bf)
    shape, column = np.unravel_index(int(np.argmax(logs)), logs.shape)
    low, high = np.searchsorted(np.cumsum(by_day), [0.05, 0.95]).clip(0, len(days) - 1)
    day = int(np.clip(days[column], days[low], days[high]))
    profile = (LASTING + PULSES)[int(shape)]
    ended = day + int(profile.length) if profile.shape == "pulse" else question.sources.last
    onset = Onset(day, int(days[low]), int(days[high]) + 1)
    windows = window_days(day, question.sources.first, min(ended, question.sources.last), reach=_REACH)
    split = breakdown_of(_at(question.sources, field.places[index]), question.metric, *windows)
    over = ended if ended < question.sources.last else None
    return log_bf, shift_of(chance, onset, split, profile.shape, over)


def _at(sources: Sources, place: Place) -> Sources:
    """The same panels, the judged one being of one place only."""
    panel = sources.judged
    reason = () if place.reason is None else (("reason", place.reason),)
    mask = panel.mask((*place.segment, *reason))
    parts = (part[:, mask] for part in (panel.n, panel.total, panel.squares))
    return replace(sources, judged=Panel(panel.days, panel.by, panel.labels[mask], *parts))


def place_lines(question: Question, shift: Shift, place: Place, unit: str) -> tuple[str, ...]:
    """What moved in the place that carries the shift, where a count is by reason.

    Parameters
    ----------
    question : Question
        What was asked.
    shift : Shift
        With its windows.
    place : Place
        What carries it.
    unit : str
        Of the daily count.

    Returns
    -------
    tuple of str
        Empty for other metrics and where everything moved.
    """
    split = shift.breakdown
    if question.metric.kind != "count" or split is None or place.reason in {None, NONE}:
        return ()
    part = breakdown_of(_at(question.sources, place), question.metric, split.before, split.after)
    if part is None:
        return ()
    named = " in ".join([f"reason {place.reason}", *(f"{name} {value}" for name, value in place.segment)])
    return (f"What moved is {named}: {_from_to(part.value_before, part.value_after, unit)}.",)


def moved_lines(moved: tuple[Moved, ...], unit: str) -> tuple[str, ...]:
    """The other reasons that moved, a sentence each.

    Parameters
    ----------
    moved : tuple of Moved
        From `moved_reasons`.
    unit : str
        Of the daily count.

    Returns
    -------
    tuple of str
        In the same order.
    """
    lines = []
    for one in moved:
        split, onset = one.shift.breakdown, one.shift.onset
        if split is not None and onset is not None:
            lines.append(
                f"Reason {one.reason} moved as well, from {format_day(day_to_date(onset.day))} "
                f"({say_probability(one.shift.probability)}): "
                f"{_from_to(split.value_before, split.value_after, unit)}."
            )
    return tuple(lines)


def _from_to(before: float, after: float, unit: str) -> str:
    return f"from {format_value(before)} to {format_value(after, unit)}"
