"""The answer as a distribution: no change, an unlogged cause, or one of the logged changes."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from cxlib.changes.calendar import Change

__all__ = ["Candidate", "Posterior", "Priors", "Weighed"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Priors:
    """Probabilities before the data, and the log-odds that words and kinds add.

    Parameters
    ----------
    no_change, unlogged : float
        Probabilities; the logged changes share the rest.
    component, scope, words : float
        Log-odds of a match.
    kind : mapping of str to float
        Log-odds by kind of change.
    """

    no_change: float
    unlogged: float
    component: float
    scope: float
    words: float
    kind: Mapping[str, float]

    def thinned(self, missing: float, gaps: float) -> "Priors":
        """What changes that were not written down would have had goes to an unlogged cause.

        Parameters
        ----------
        missing : float
            Share of the changes that the log should hold and does not.
        gaps : float
            How many times as likely as usual an unlogged cause is, for gaps of the log.

        Returns
        -------
        Priors
            With an unlogged cause at least as likely.
        """
        unlogged = min(self.unlogged * gaps, 1 - self.no_change)
        return replace(self, unlogged=unlogged + missing * (1 - self.no_change - unlogged))


@dataclass(frozen=True, eq=False)
class Candidate:
    """A change with its place in time and how it tilts the places.

    Parameters
    ----------
    change : Change
        The row of the log.
    onsets : array of float, shape (onsets,)
        When it would begin to act.
    tilt : mapping of str to array of float, shape (places,)
        Log-odds by mechanism and place.
    """

    change: Change
    onsets: Floats
    tilt: Mapping[str, Floats]


@dataclass(frozen=True, eq=False)
class Weighed:
    """A candidate after the data.

    Parameters
    ----------
    candidate : Candidate
        Who.
    prior, probability : float
        Before and after.
    by_mechanism : mapping of str to float
        The probability, parted.
    log_bf : float
        What the data alone say, before words and priors.
    onset : array of float, shape (onsets,)
        Joint probability with each onset; sums to `probability`.
    """

    candidate: Candidate
    prior: float
    probability: float
    by_mechanism: Mapping[str, float]
    log_bf: float
    onset: Floats

    def shared(self, share: float) -> "Weighed":
        """With that share of its probability."""
        by_mechanism = {name: chance * share for name, chance in self.by_mechanism.items()}
        return replace(
            self, probability=self.probability * share, by_mechanism=by_mechanism, onset=self.onset * share
        )


@dataclass(frozen=True, eq=False)
class Posterior:
    """The whole distribution; its parts sum to 1.

    Parameters
    ----------
    no_change, unlogged : float
        The two null hypotheses.
    weighed : tuple of Weighed
        The changes, in the order given.
    unlogged_onset : array of float, shape (onsets,)
        Joint probability of an unlogged cause with each day.
    unlogged_log_bf : float
        Evidence for some unlogged cause.
    unlogged_by_mechanism : mapping of str to float
        The probability of an unlogged cause, parted by what it would have changed.
    """

    no_change: float
    unlogged: float
    weighed: tuple[Weighed, ...]
    unlogged_onset: Floats
    unlogged_log_bf: float
    unlogged_by_mechanism: Mapping[str, float]

    @property
    def free_onset(self) -> Floats:
        """Probability of each onset by the data alone, whatever is in the log."""
        return _normalised(self.unlogged_onset)

    def without(self, out: Collection[str]) -> "Posterior":
        """The same without some changes; the others and the two nulls share what they had.

        Parameters
        ----------
        out : collection of str
            Ids.

        Returns
        -------
        Posterior
            Sums to 1.
        """
        kept = [item for item in self.weighed if item.candidate.change.change_id not in out]
        share = 1 / (self.no_change + self.unlogged + sum(item.probability for item in kept))
        return replace(
            self,
            no_change=self.no_change * share,
            unlogged=self.unlogged * share,
            weighed=tuple(item.shared(share) for item in kept),
            unlogged_onset=self.unlogged_onset * share,
            unlogged_by_mechanism={name: p * share for name, p in self.unlogged_by_mechanism.items()},
        )

    @property
    def onset(self) -> Floats:
        """Probability of each onset given that there is a shift."""
        joint = self.unlogged_onset + sum(
            (item.onset for item in self.weighed), np.zeros(len(self.unlogged_onset))
        )
        return _normalised(joint)


def _normalised(joint: Floats) -> Floats:
    total = joint.sum()
    return np.asarray(joint / total) if total > 0 else joint
