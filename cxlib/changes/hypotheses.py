"""What could have happened: each mechanism, in each place, with the evidence of all streams together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from cxlib.changes.panel import Segment
from cxlib.stats.evidence import Evidence

__all__ = ["Hypotheses", "Place", "Scanned", "audience", "service_of_contacts", "service_of_scores"]

Floats = npt.NDArray[np.float64]

_EVERYWHERE = 0.4  # a fault hits everybody rather than one segment
_SUPPORTED = 0.65  # a fault that lowers a score also makes people write
_SCORED = 0.6  # a fault that makes people write also lowers the score
_NOTICED = 0.05  # share of the whole at which a doubling is half likely to be noticed


@dataclass(frozen=True, slots=True)
class Place:
    """Where an effect is: a segment, and for contacts a reason."""

    segment: Segment
    reason: str | None


@dataclass(frozen=True, eq=False)
class Scanned:
    """Evidence of one stream, findable by place.

    Parameters
    ----------
    name : str
        Stream.
    found : mapping of Place to Evidence
        One a series.
    share : mapping of Place to float
        Part of the whole stream that the series holds.
    """

    name: str
    found: Mapping[Place, Evidence]
    share: Mapping[Place, float]


@dataclass(frozen=True, eq=False)
class Hypotheses:
    """All places of one mechanism.

    Parameters
    ----------
    mechanism : {"audience", "service"}
        What changed.
    places : tuple of Place
        Third axis of the arrays.
    log_prior : array of float, shape (places,)
        Sums to 1 when exponentiated.
    log_bf : array of float, shape (profiles, onsets, places)
        All streams together.
    parts : mapping of str to array of the same shape
        The streams apart, for the reader.
    effect, sd : array of float, shape (profiles, onsets, places)
        Size in the judged metric's stream.
    """

    mechanism: Literal["audience", "service"]
    places: tuple[Place, ...]
    log_prior: Floats
    log_bf: Floats
    parts: Mapping[str, Floats]
    effect: Floats
    sd: Floats


def service_of_scores(score: Scanned, contacts: Scanned | None) -> Hypotheses:
    """Something broke: the score gets worse, and people may write about one reason.

    Parameters
    ----------
    score : Scanned
        The judged score within segments.
    contacts : Scanned or None
        Tickets by segment and reason.

    Returns
    -------
    Hypotheses
        A place for each segment and each reason, and one a segment without a reason.
    """
    reasons = sorted({p.reason for p in contacts.found if p.reason is not None}) if contacts else []
    places, logs, prior, parts = [], [], [], {"score": [], "contacts": []}  # type: ignore[var-annotated]  # lists of arrays
    effects, sds = [], []
    for place, base in _spread(score).items():
        found = score.found[place]
        quiet = np.zeros_like(found.log_bf)
        supported = _SUPPORTED if reasons else 0.0
        options: list[tuple[str | None, Floats, float]] = [(None, quiet, 1 - supported)]
        options += [
            (reason, _nearest(contacts, place.segment, reason), supported / len(reasons))
            for reason in reasons
        ]
        for reason, support, chance in options:
            places.append(Place(place.segment, reason))
            logs.append(found.log_bf + support)
            prior.append(base * chance)
            parts["score"].append(found.log_bf)
            parts["contacts"].append(support)
            effects.append(found.effect)
            sds.append(found.sd)
    return _stack("service", places, prior, logs, parts, effects, sds)


def _nearest(contacts: Scanned | None, segment: Segment, reason: str) -> Floats:
    """Evidence of a reason in that segment; where it is not split so, in all of them."""
    if contacts is None:
        raise KeyError(reason)
    found = contacts.found.get(Place(segment, reason)) or contacts.found[Place((), reason)]
    return found.log_bf


def service_of_contacts(contacts: Scanned, scores: Sequence[Scanned]) -> Hypotheses:
    """Something broke: people write more, and scores may get worse in the same segment.

    Parameters
    ----------
    contacts : Scanned
        The judged counts by segment and reason.
    scores : sequence of Scanned
        Survey scores within segments.

    Returns
    -------
    Hypotheses
        A place for each series of the counts.
    """
    places, logs, prior, parts = [], [], [], {"score": [], "contacts": []}  # type: ignore[var-annotated]  # lists of arrays
    effects, sds = [], []
    for place, base in _spread(contacts).items():
        found = contacts.found[place]
        support = np.zeros_like(found.log_bf)
        for score in scores:
            other = score.found.get(Place(place.segment, None))
            if other is not None:
                support = support + np.logaddexp(np.log(1 - _SCORED), np.log(_SCORED) + other.log_bf)
        places.append(place)
        logs.append(found.log_bf + support)
        prior.append(base)
        parts["score"].append(support)
        parts["contacts"].append(found.log_bf)
        effects.append(found.effect * contacts.share[place])
        sds.append(found.sd * contacts.share[place])
    return _stack("service", places, prior, logs, parts, effects, sds)


def _spread(scanned: Scanned) -> dict[Place, float]:
    """Prior of each place: everybody or one segment, weighted by the chance that it shows in the whole."""
    weight = {place: share / (share + _NOTICED) for place, share in scanned.share.items()}
    whole = {place: w for place, w in weight.items() if not place.segment}
    rest = {place: w for place, w in weight.items() if place.segment}
    everywhere = _EVERYWHERE if rest else 1.0
    spread: dict[Place, float] = {}
    for part, mass in ((whole, everywhere), (rest, 1 - everywhere)):
        total = sum(part.values())
        spread |= {place: mass * w / total for place, w in part.items()}
    return spread


def audience(
    reach: Scanned | None, visible: Mapping[Place, float], effect: Mapping[Place, float]
) -> Hypotheses | None:
    """Who was asked changed, the service did not.

    Parameters
    ----------
    reach : Scanned or None
        How many were asked, by segment.
    visible : mapping of Place to float
        Chance that such a change shows in the metric as a worsening.
    effect : mapping of Place to float
        What the metric moves when the segment's count doubles, in units of the scan.

    Returns
    -------
    Hypotheses or None
        None where nobody knows who was asked.
    """
    if reach is None or not visible:
        return None
    total = sum(visible.values())
    places = list(visible)
    found = [reach.found[place] for place in places]
    logs = [item.log_bf for item in found]
    return _stack(
        "audience",
        places,
        [visible[place] / total for place in places],
        logs,
        {"reach": logs},
        [item.effect * effect[place] for item, place in zip(found, places, strict=True)],
        [item.sd * abs(effect[place]) for item, place in zip(found, places, strict=True)],
    )


def _stack(
    mechanism: Literal["audience", "service"],
    places: list[Place],
    prior: list[float],
    logs: list[Floats],
    parts: Mapping[str, list[Floats]],
    effects: list[Floats],
    sds: list[Floats],
) -> Hypotheses:
    with np.errstate(divide="ignore"):
        log_prior = np.log(np.array(prior))
    return Hypotheses(
        mechanism,
        tuple(places),
        log_prior,
        np.stack(logs, axis=2),
        {name: np.stack(arrays, axis=2) for name, arrays in parts.items()},
        np.stack(effects, axis=2),
        np.stack(sds, axis=2),
    )
