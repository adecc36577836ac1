"""One incident whose cause is known, as what a fit of the priors needs: evidence apart from words."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.special import logsumexp

from cxlib.changes.calendar import Change
from cxlib.changes.hypotheses import Hypotheses
from cxlib.changes.judge import evidence_by_place, judge, share_of_change
from cxlib.changes.posterior import Candidate, Priors
from cxlib.changes.question import Question
from cxlib.changes.unlogged import missing_changes
from cxlib.changes.weighing import candidates_of

__all__ = ["Labelled", "labelled"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class _Field:
    """One mechanism: log prior and evidence by change and place, and what each unit of a weight adds."""

    prior: Floats
    evidence: Floats
    matches: tuple[Floats, ...]


@dataclass(frozen=True, eq=False)
class Labelled:
    """An incident with its answer.

    Parameters
    ----------
    fields : tuple of _Field
        By mechanism.
    changes : tuple of Change
        The candidates.
    possible : array of float, shape (changes,)
        Chance of each that it began to act inside the window.
    outside : float
        Log evidence for a cause that nobody logged.
    missing, gaps : float
        See `Priors.thinned`.
    guilty : int or None
        Which candidate; None: no logged change.
    """

    fields: tuple[_Field, ...]
    changes: tuple[Change, ...]
    possible: Floats
    outside: float
    missing: float
    gaps: float
    guilty: int | None

    def log_probability(self, priors: Priors) -> float:
        """Log of the probability that the answer has under these priors."""
        thin = priors.thinned(self.missing, self.gaps)
        nulls = [np.log(thin.no_change), np.log(thin.unlogged) + self.outside]
        weights = self._weights(priors, max(1 - thin.no_change - thin.unlogged, 1e-12))
        right = logsumexp(nulls) if self.guilty is None else weights[self.guilty]
        return float(right - logsumexp([*nulls, *weights]))

    def _weights(self, priors: Priors, left: float) -> Floats:
        """Log of prior times evidence of each change, as `judge` has it."""
        size = (priors.component, priors.scope, priors.words)  # in the order of `matches`
        told, found = [], []
        for field in self.fields:
            joint = field.prior + sum(
                (weight * match for weight, match in zip(size, field.matches, strict=True)),
                np.zeros_like(field.prior),
            )
            told.append(logsumexp(joint, axis=1))
            found.append(logsumexp(joint + field.evidence, axis=1))
        with np.errstate(divide="ignore"):
            possible = np.log(self.possible)
        kinds = np.array([priors.kind.get(change.kind, 0.0) for change in self.changes]) + possible
        given = kinds - logsumexp(kinds) - possible + np.log(left)
        return np.asarray(np.where(np.isfinite(possible), given, -np.inf) - logsumexp(told, axis=0)) + (
            logsumexp(found, axis=0)
        )


def labelled(question: Question, guilty: str | None) -> Labelled:
    """Take the evidence of a question apart.

    Parameters
    ----------
    question : Question
        Read and scanned.
    guilty : str or None
        Id of the change that did it, which is in the window; None: none that is logged.

    Returns
    -------
    Labelled
        With every change of the window as a candidate.
    """
    changes, fields = question.in_window, question.model.fields
    plain = candidates_of(question, changes, _worth(question.priors))
    matched = [
        candidates_of(question, changes, one)
        for one in (
            _worth(question.priors, component=1.0),
            _worth(question.priors, scope=1.0),
            _worth(question.priors, words=1.0),
        )
    ]
    by_day = question.unlogged_on
    free = judge(fields, (), question.priors, len(question.columns.days), by_day)
    ids = [change.change_id for change in changes]
    return Labelled(
        tuple(_field(field, fields, plain, matched) for field in fields),
        changes,
        np.array([one.onsets.sum() for one in plain]),
        free.unlogged_log_bf,
        missing_changes(changes, question.log, question.columns),
        float(by_day.mean()),
        None if guilty is None else ids.index(guilty),
    )


def _worth(priors: Priors, *, component: float = 0.0, scope: float = 0.0, words: float = 0.0) -> Priors:
    """Priors for which each match is worth so much."""
    return replace(priors, component=component, scope=scope, words=words)


def _field(
    field: Hypotheses,
    fields: Sequence[Hypotheses],
    plain: Sequence[Candidate],
    matched: Sequence[Sequence[Candidate]],
) -> _Field:
    name = field.mechanism
    with np.errstate(divide="ignore"):
        shares = np.log([share_of_change(one.change, name, fields) for one in plain])
    base = np.array([one.tilt[name] for one in plain])
    return _Field(
        field.log_prior + base + shares[:, None],
        np.array([evidence_by_place(field, one) for one in plain]),
        tuple(np.array([one.tilt[name] for one in rows]) - base for rows in matched),
    )
