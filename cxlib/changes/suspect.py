"""One suspect: a logged change after the data, and what speaks for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cxlib.changes.calendar import Change
from cxlib.changes.panel import Segment
from cxlib.changes.wording import evidence_text, instant_text

__all__ = ["Suspect"]


@dataclass(frozen=True, eq=False)
class Suspect:
    """One logged change after the data.

    Parameters
    ----------
    change : Change
        The row of the log.
    prior, probability : float
        Before and after the data.
    mechanisms : mapping of str to float
        The probability parted into audience and service.
    log10_bf : float
        What the data alone say.
    effect, lower, upper : float
        Size in the metric's unit, adjusted for season and drift, with its 95 % interval.
    onset : int
        Likeliest local day on which the metric shows it.
    shape : str
        Likeliest shape.
    segment : Segment
        Where; () is everywhere.
    reason : str or None
        The contact reason that rose.
    tied_with : tuple of str
        Changes that only the prior tells apart.
    evidence : tuple of (str, float)
        log10 Bayes factor by stream at the likeliest place.
    set_id : int or None
        Which of several causes it may be.
    """

    change: Change
    prior: float
    probability: float
    mechanisms: Mapping[str, float]
    log10_bf: float
    effect: float
    lower: float
    upper: float
    onset: int
    shape: str
    segment: Segment
    reason: str | None
    tied_with: tuple[str, ...]
    evidence: tuple[tuple[str, float], ...]
    set_id: int | None = None

    @property
    def mechanism(self) -> str:
        """The likelier one."""
        return max(self.mechanisms, key=lambda name: (self.mechanisms[name], name))

    def to_contract(self) -> dict[str, Any]:
        """One element of `suspects` of the contract."""
        change = self.change
        return {
            "hypothesis": "change",
            "change_id": change.change_id,
            "probability": self.probability,
            "released_at": instant_text(change.released_at),
            "title": change.title,
            "component": change.component or None,
            "kind": change.kind,
            "mechanism": self.mechanism,
            "log10_bf": self.log10_bf,
            "prior": min(self.prior, 1.0),
            "effect": self.effect,
            "interval": [self.lower, self.upper],
            "lag_days": self.onset - change.day,
            "shape": self.shape,
            "segment": dict(self.segment) or None,
            "reason": self.reason,
            "set_id": self.set_id,
            "tied_with": list(self.tied_with),
            "evidence": [
                {"stream": stream, "log10_bf": value, "text": evidence_text(stream, value)}
                for stream, value in self.evidence
            ],
        }
