"""What could have happened: each mechanism, in each place, with the evidence of all streams together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from cxlib.changes.panel import Segment
from cxlib.changes.watched import Place, Scanned, Watched

__all__ = [
    "Hypotheses",
    "Place",
    "Reach",
    "Support",
    "audience_together",
    "faults_together",
    "likeliest_places",
]

Floats = npt.NDArray[np.float64]

_EVERYWHERE = 0.4  # a fault hits everybody rather than one segment
_SUPPORTED = 0.85  # a fault is about one reason that people write for
_IN_DETAIL = 12  # places


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


@dataclass(frozen=True, eq=False)
class Support:
    """A further stream that the same fault may move.

    Parameters
    ----------
    watched : Watched
        The stream.
    chance : float
        That a fault in a place moves it there.
    part : str
        What the contract calls the stream.
    """

    watched: Watched
    chance: float
    part: str


@dataclass(frozen=True, eq=False)
class Reach:
    """How many were asked, by segment.

    Parameters
    ----------
    watched : Watched
        The stream.
    visible : mapping of Place to float
        Chance that such a change shows in the metric as a worsening.
    effect : mapping of Place to float
        What the metric moves when the segment's count doubles, in units of the scan.
    """

    watched: Watched
    visible: Mapping[Place, float]
    effect: Mapping[Place, float]


def likeliest_places(field: Hypotheses) -> list[Place]:
    """The places that are worth a closer look."""
    best = field.log_bf.max(axis=(0, 1)) + field.log_prior
    order = np.argsort(-best, kind="stable")[:_IN_DETAIL]
    return [field.places[index] for index in order]


def faults_together(found: Sequence[Scanned], supports: Sequence[Support]) -> Hypotheses:
    """All places of a fault, the evidence of all streams put together.

    Parameters
    ----------
    found : sequence of Scanned
        The judged stream, then those of `supports`.
    supports : sequence of Support
        Other streams.

    Returns
    -------
    Hypotheses
        A place for each segment, without a reason and with each one that any stream knows.
    """
    judged, part = found[0].watched, found[0].watched.stream.name
    reasons = sorted({place.reason for one in found for place in one.found if place.reason})
    places, prior, logs, effects, sds = [], [], [], [], []
    parts: dict[str, list[Floats]] = {name: [] for name in dict.fromkeys([part, *(s.part for s in supports)])}
    for segment, base in _spread(judged).items():
        for reason, chance in _reason_chances(judged, segment, reasons).items():
            at = judged.nearest(segment, reason)
            own = found[0].found[at]
            told = dict.fromkeys(parts, np.zeros_like(own.log_bf)) | {part: own.log_bf}
            for support, stream in zip(supports, found[1:], strict=True):
                told[support.part] = told[support.part] + _supported(stream, support.chance, segment, reason)
            places.append(Place(segment, reason))
            prior.append(base * chance)
            logs.append(sum(told.values(), np.zeros_like(own.log_bf)))
            share = judged.share[at] if judged.stream.is_count else 1.0
            effects.append(own.effect * share)
            sds.append(own.sd * share)
            for name, log_bf in told.items():
                parts[name].append(log_bf)
    return _stack("service", places, prior, logs, parts, effects, sds)


def _reason_chances(judged: Watched, segment: Segment, reasons: Sequence[str]) -> dict[str | None, float]:
    """How likely a fault in a segment is about no reason in particular, and about each one."""
    if not reasons:
        return {None: 1.0}
    weight = {reason: judged.noticed.get(Place(segment, reason), 1.0) for reason in reasons}
    total = max(sum(weight.values()), 1e-12)
    return {None: 1 - _SUPPORTED} | {reason: _SUPPORTED * w / total for reason, w in weight.items()}


def _supported(stream: Scanned, chance: float, segment: Segment, reason: str | None) -> Floats:
    """What a further stream says about a place; it may stay quiet."""
    place = stream.watched.nearest(segment, reason)
    found = stream.found[place].log_bf
    if place.reason is None and stream.watched.has_reasons:
        return np.zeros_like(found)  # a fault of no reason in particular need not move all of them
    return np.asarray(np.logaddexp(np.log(1 - chance), np.log(chance) + found))


def _spread(watched: Watched) -> dict[Segment, float]:
    """Prior of each segment: everybody or one segment, weighted by the chance that it shows in the whole."""
    weight = {place.segment: chance for place, chance in watched.noticed.items() if place.reason is None}
    whole = {segment: w for segment, w in weight.items() if not segment}
    rest = {segment: w for segment, w in weight.items() if segment}
    everywhere = _EVERYWHERE if rest else 1.0
    spread: dict[Segment, float] = {}
    for part, mass in ((whole, everywhere), (rest, 1 - everywhere)):
        total = sum(part.values())
        spread |= {segment: mass * w / total for segment, w in part.items()}
    return spread


def audience_together(stream: Scanned, reach: Reach) -> Hypotheses:
    """All places in which who was asked may have changed.

    Parameters
    ----------
    stream : Scanned
        Who was asked.
    reach : Reach
        What would show.

    Returns
    -------
    Hypotheses
        A place for each segment.
    """
    total = sum(reach.visible.values())
    places = list(reach.visible)
    found = [stream.found[place] for place in places]
    logs = [item.log_bf for item in found]
    return _stack(
        "audience",
        places,
        [reach.visible[place] / total for place in places],
        logs,
        {"reach": logs},
        [item.effect * reach.effect[place] for item, place in zip(found, places, strict=True)],
        [item.sd * abs(reach.effect[place]) for item, place in zip(found, places, strict=True)],
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
