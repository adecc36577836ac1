"""A second cause: whether the metric moved again, once its likeliest shift is allowed for."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from cxlib.changes.calm import settled_of
from cxlib.changes.hypotheses import Hypotheses, faults_together
from cxlib.changes.moved import Movement, split_round
from cxlib.changes.posterior import Posterior
from cxlib.changes.question import Question
from cxlib.changes.shift import Shift, likeliest_onset, shift_of
from cxlib.changes.watched import Scanned
from cxlib.changes.weighing import weigh
from cxlib.data.periods import day_to_date
from cxlib.result import Caveat
from cxlib.stats.profiles import LASTING, PULSES, Profile, delayed, profile_columns
from cxlib.text import format_day, say_probability

__all__ = ["SecondCause", "second_cause"]

Floats = npt.NDArray[np.float64]

_NO_SECOND, _UNLOGGED = 0.9, 0.04  # a second cause in the same window is rare
_APART = 10  # days from the first onset, within which a second is the shape of the first
_FIRST = (Profile("step", 0, 0.5), Profile("ramp", 21, 0.5))  # what the first shift may have looked like
_HELD = 0.9


@dataclass(frozen=True, eq=False)
class SecondCause:
    """A shift beside the likeliest one.

    Parameters
    ----------
    shift : Shift
        When it began and how much it was.
    posterior : Posterior
        Of its cause, given the first shift; `no_change` is that there is no second one.
    """

    shift: Shift
    posterior: Posterior

    @property
    def change_ids(self) -> tuple[str, ...]:
        """The likeliest changes, until they and an unlogged cause hold 90 % of the second cause."""
        rest = 1 - self.posterior.no_change
        ranked = sorted(self.posterior.weighed, key=lambda item: -item.probability)
        held, found = self.posterior.unlogged, []
        for item in ranked:
            if held >= _HELD * rest:
                break
            held += item.probability
            found.append(item.candidate.change.change_id)
        return tuple(found)

    @property
    def text(self) -> str:
        """When it began, and what probably did it."""
        rest = 1 - self.posterior.no_change
        day = format_day(day_to_date(self.shift.onset.day)) if self.shift.onset is not None else ""
        said = f"Apart from that, the metric got worse from {day} ({say_probability(rest)})"
        top = max(self.posterior.weighed, key=lambda item: item.probability, default=None)
        if top is None or top.probability <= self.posterior.unlogged:
            return f"{said}; no logged change explains it."
        change = top.candidate.change
        chance = say_probability(top.probability / rest)
        return f"{said}, likeliest with {change.change_id} ‘{change.title}’ ({chance})."

    @property
    def caveat(self) -> Caveat:
        """That the first answer is not all of it."""
        return Caveat(
            "several_causes",
            f"{self.text} Ask again with a narrower window to have it investigated by itself.",
        )


def second_cause(question: Question, first: Movement) -> SecondCause | None:
    """Search what is left of the judged metric for another worsening.

    The first shift, and its recovery, are fitted beside season and trend, so that only what they leave over
    counts: one further step of the stepwise selection of single effects.

    Parameters
    ----------
    question : Question
        Read and scanned.
    first : Movement
        The likeliest shift.

    Returns
    -------
    SecondCause or None
        None where no second shift is likelier than not.

    References
    ----------
    .. [1] Wang, Sarkar, Carbonetto & Stephens (2020), JRSS-B 82, 1273-1300: single effects one after another.
    """
    onset = first.shift.onset
    if onset is None:
        return None
    began = onset.day - question.lag("service")
    field = _left_over(question, first, began)
    priors = replace(question.priors, no_change=_NO_SECOND, unlogged=_UNLOGGED)
    asked = replace(question, model=replace(question.model, fields=(field,)), priors=priors)
    posterior = weigh(asked, question.in_window)
    if posterior.no_change > 0.5:
        return None
    when = likeliest_onset(posterior.onset, question.columns.onsets, lag=question.lag("service"))
    column = int(np.argmax(posterior.onset))
    shape, _ = np.unravel_index(int(np.argmax(field.log_bf[:, column])), field.log_bf[:, column].shape)
    since, until = (onset.day, None) if when.day > onset.day else (None, onset.day)
    split = split_round(question, when.day, until, since=since)
    shift = shift_of(1 - posterior.no_change, when, split, (LASTING + PULSES)[int(shape)].shape, None)
    return SecondCause(shift, posterior) if shift.detected else None


def _left_over(question: Question, first: Movement, began: int) -> Hypotheses:
    """Evidence of the judged stream alone, the first shift being fitted whatever its size."""
    watched, columns = question.model.watched, question.columns
    start, days = question.sources.first, len(question.sources.judged.days)
    steps = [began] if first.recovery is None else [began, first.recovery.day - question.lag("service")]
    shown = profile_columns(_FIRST, days, np.array(steps) - start)
    settled = settled_of(watched.stream)
    fitted = delayed(shown, watched.stream.kernel).transpose(1, 0, 2).reshape(days, -1)
    stream = replace(watched.stream, settled=replace(settled, trend=np.column_stack([settled.trend, fitted])))
    watched = replace(watched, stream=stream)
    found = Scanned(watched, watched.scan(columns.whole_days(LASTING + PULSES, start)))
    field = faults_together([found], ())
    near = np.r_[np.arange(len(columns.days)), columns.near].astype(int)
    too_near = np.abs(np.array(columns.onsets) - began) < _APART
    log_bf = np.where(too_near[None, :, None], -np.inf, field.log_bf[:, near])
    return replace(field, log_bf=log_bf, effect=field.effect[:, near], sd=field.sd[:, near], parts={})
