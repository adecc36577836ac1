"""A question weighed: its candidates, the prior of what nobody logged, and what cannot be the cause."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from cxlib.changes.calendar import Change
from cxlib.changes.columns import onset_weights
from cxlib.changes.investigation import Excluded
from cxlib.changes.judge import judge
from cxlib.changes.posterior import Candidate, Posterior, Priors
from cxlib.changes.question import Question
from cxlib.changes.shape_prior import chance_seen
from cxlib.changes.tilt import tilts
from cxlib.changes.unlogged import missing_changes

__all__ = ["candidates_of", "exclude", "weigh"]

Floats = npt.NDArray[np.float64]

_NEAR_DAYS = 14
_TOO_LATE = 0.9
_UNLIKELY = 0.002  # what is likelier is no candidate to be struck off


def weigh(question: Question, changes: Sequence[Change]) -> Posterior:
    """Probabilities of every hypothesis, these changes being the candidates.

    Parameters
    ----------
    question : Question
        Evidence and priors.
    changes : sequence of Change
        Candidates.

    Returns
    -------
    Posterior
        Sums to 1.
    """
    candidates = candidates_of(question, changes, question.priors)
    by_day = question.unlogged_on
    priors = question.priors.thinned(missing_changes(changes, question.log, question.columns), by_day.mean())
    return judge(question.model.fields, candidates, priors, len(question.columns.days), by_day)


def candidates_of(question: Question, changes: Sequence[Change], priors: Priors) -> list[Candidate]:
    """Changes with their onsets, and with what their words say where they would show.

    Parameters
    ----------
    question : Question
        Evidence and log.
    changes : sequence of Change
        Candidates.
    priors : Priors
        What a match of words is worth.

    Returns
    -------
    list of Candidate
        In the order given.
    """
    fields = question.model.fields
    tilted = {field.mechanism: tilts(changes, field, question.vocabulary, priors) for field in fields}
    place, days = question.columns.place(), np.array(question.columns.onsets) - question.columns.first
    seen = chance_seen(len(question.columns.days))[days]
    return [
        Candidate(
            change,
            seen * onset_weights(change, question.log, place, stop=question.columns.stop),
            {name: rows[index] for name, rows in tilted.items()},
        )
        for index, change in enumerate(changes)
    ]


def exclude(question: Question, posterior: Posterior) -> tuple[Excluded, ...]:
    """Changes that cannot be the cause: too late, reverted before, or outside the window but near the onset.

    Parameters
    ----------
    question : Question
        With the log.
    posterior : Posterior
        With the onset.

    Returns
    -------
    tuple of Excluded
        In the order of the log.
    """
    days = np.array(question.columns.onsets)
    chance = posterior.free_onset
    if posterior.no_change > 0.5 or chance.sum() <= 0:
        return ()
    likeliest = int(days[int(np.argmax(chance))])
    inside = {item.candidate.change.change_id: item.probability for item in posterior.weighed}
    found = []
    for change in question.log:
        why = None
        if change.change_id not in inside:
            why = "out_of_range" if abs(change.day - likeliest) <= _NEAR_DAYS else None
        elif inside[change.change_id] > _UNLIKELY:
            continue
        elif float(chance[days < change.day - change.uncertain_days].sum()) >= _TOO_LATE:
            why = "after_onset"
        elif change.reverted is not None and float(chance[days > change.reverted].sum()) >= _TOO_LATE:
            why = "reverted_before_onset"
        if why is not None:
            found.append(Excluded(change.change_id, change.released_at, why))  # type: ignore[arg-type]  # a literal
    return tuple(found)
