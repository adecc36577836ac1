"""From evidence to probabilities: every candidate against no change and an unlogged cause."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from scipy.special import logsumexp

from cxlib.changes.calendar import Change
from cxlib.changes.hypotheses import Hypotheses, Place
from cxlib.changes.posterior import Candidate, Posterior, Priors, Weighed
from cxlib.changes.shape_prior import chance_seen, profile_prior

__all__ = ["best_place", "evidence_by_place", "judge", "share_of_change"]

Floats = npt.NDArray[np.float64]

_AUDIENCE = 0.35  # share of changes' faults that change who is counted


def _share_of(mechanism: str, fields: Sequence[Hypotheses]) -> float:
    """Prior of a mechanism among those that the data can show."""
    known = {field.mechanism for field in fields}
    if len(known) == 1:
        return 1.0
    return _AUDIENCE if mechanism == "audience" else 1 - _AUDIENCE


def judge(
    fields: Sequence[Hypotheses],
    candidates: Sequence[Candidate],
    priors: Priors,
    days: int,
    unlogged_on: Floats | None = None,
) -> Posterior:
    """Weigh every candidate against no change and an unlogged cause.

    Parameters
    ----------
    fields : sequence of Hypotheses
        Evidence by mechanism.
    candidates : sequence of Candidate
        Changes that could be the cause.
    priors : Priors
        Before the data.
    days : int
        How many of the onsets are days (the others are curves of single changes).
    unlogged_on : array of float, shape (days,) or None
        How likely an unlogged cause is on each day, up to a factor; None: on each alike.

    Returns
    -------
    Posterior
        Sums to 1.
    """
    onsets = fields[0].log_bf.shape[1]
    free = {field.mechanism: _by_onset(field, None, field.log_prior) for field in fields}
    seen = chance_seen(days) * (1.0 if unlogged_on is None else unlogged_on)
    spread = np.r_[np.log(seen / seen.sum()), np.full(onsets - days, -np.inf)]
    unlogged = logsumexp(
        [free[field.mechanism] + np.log(_share_of(field.mechanism, fields)) for field in fields], axis=0
    )
    logs = [float(np.log(priors.no_change))]
    parts: list[dict[str, Floats]] = []
    weights = _prior_weights(fields, candidates, priors)
    for candidate, weight in zip(candidates, weights, strict=True):
        parts.append({field.mechanism: _joint(field, candidate, fields) + weight for field in fields})
        logs.append(float(logsumexp(list(parts[-1].values()))))
    outside = unlogged + spread + np.log(priors.unlogged)
    logs.append(float(logsumexp(outside)))
    total = float(logsumexp(logs))
    weighed = tuple(
        _weighed(fields, candidate, part, weight, total)
        for candidate, part, weight in zip(candidates, parts, weights, strict=True)
    )
    return Posterior(
        float(np.exp(logs[0] - total)),
        float(np.exp(logs[-1] - total)),
        weighed,
        np.exp(outside - total),
        float(logsumexp(unlogged + spread)),
        {
            field.mechanism: float(
                np.exp(
                    logsumexp(free[field.mechanism] + spread)
                    + np.log(_share_of(field.mechanism, fields) * priors.unlogged)
                    - total
                )
            )
            for field in fields
        },
    )


def _by_onset(field: Hypotheses, kind: str | None, log_place: Floats, onsets: Floats | None = None) -> Floats:
    """Log evidence of each onset, shapes and places averaged; -inf where `onsets` gives it no chance."""
    shapes = profile_prior(kind)[:, None, None]
    found = np.full(field.log_bf.shape[1], -np.inf)
    asked = slice(None) if onsets is None else np.flatnonzero(onsets > 0)
    found[asked] = logsumexp(field.log_bf[:, asked] + shapes + log_place[None, None, :], axis=(0, 2))
    return found


def evidence_by_place(field: Hypotheses, candidate: Candidate) -> Floats:
    """Log evidence of one change in each place, its onsets and shapes averaged; before any words.

    Parameters
    ----------
    field : Hypotheses
        One mechanism.
    candidate : Candidate
        The change.

    Returns
    -------
    array of float, shape (places,)
        -inf where none of its onsets lies in the window.
    """
    asked = np.flatnonzero(candidate.onsets > 0)
    if not len(asked):
        return np.full(len(field.places), -np.inf)
    shapes = profile_prior(candidate.change.kind)[:, None, None]
    when = np.log(candidate.onsets[asked])[None, :, None]
    return np.asarray(logsumexp(field.log_bf[:, asked] + shapes + when, axis=(0, 1)))


def _tilted(field: Hypotheses, candidate: Candidate) -> tuple[Floats, float]:
    """Place prior of one change: its own words shift it; the mass they add counts for the change."""
    joint = field.log_prior + candidate.tilt[field.mechanism]
    return joint, float(logsumexp(joint))


def _joint(field: Hypotheses, candidate: Candidate, fields: Sequence[Hypotheses]) -> Floats:
    """Log of prior times evidence by onset; the place prior is not normalised, `_prior_weights` does that."""
    joint, _ = _tilted(field, candidate)
    with np.errstate(divide="ignore"):
        when = np.log(candidate.onsets) + np.log(share_of_change(candidate.change, field.mechanism, fields))
    return np.asarray(_by_onset(field, candidate.change.kind, joint, candidate.onsets) + when)


def share_of_change(change: Change, mechanism: str, fields: Sequence[Hypotheses]) -> float:
    """Mechanism prior of one change: what only redefines a metric changes who is counted."""
    known = {field.mechanism for field in fields}
    if change.kind == "definition" and "audience" in known:
        return 1.0 if mechanism == "audience" else 0.0
    return _share_of(mechanism, fields)


def _prior_weights(fields: Sequence[Hypotheses], candidates: Sequence[Candidate], priors: Priors) -> Floats:
    """Log of each change's factor, such that all changes' prior mass sums to what nulls leave over.

    Words, components and scopes say where a change would show, not whether it did anything: what they add in
    one place is taken from the others.
    """
    if not candidates:
        return np.zeros(0)
    kinds = np.array([priors.kind.get(candidate.change.kind, 0.0) for candidate in candidates])
    with np.errstate(divide="ignore"):
        kinds = kinds + np.log([candidate.onsets.sum() for candidate in candidates])
    mass = np.array([_tilt_mass(fields, candidate) for candidate in candidates])
    left = np.log(max(1 - priors.no_change - priors.unlogged, 1e-12))
    told = logsumexp(kinds) if np.isfinite(kinds).any() else 0.0
    with np.errstate(invalid="ignore"):
        given = kinds - told - np.log([max(candidate.onsets.sum(), 1e-300) for candidate in candidates])
    return np.asarray(np.where(np.isfinite(kinds), given - mass + left, -np.inf))


def _tilt_mass(fields: Sequence[Hypotheses], candidate: Candidate) -> float:
    with np.errstate(divide="ignore"):
        shares = [np.log(share_of_change(candidate.change, field.mechanism, fields)) for field in fields]
    return float(
        logsumexp([_tilted(field, candidate)[1] + share for field, share in zip(fields, shares, strict=True)])
    )


def _weighed(
    fields: Sequence[Hypotheses],
    candidate: Candidate,
    part: Mapping[str, Floats],
    weight: float,
    total: float,
) -> Weighed:
    by_mechanism = {name: float(np.exp(logsumexp(logs) - total)) for name, logs in part.items()}
    flat = [
        _by_onset(field, candidate.change.kind, field.log_prior, candidate.onsets)
        + np.log(np.maximum(candidate.onsets, 1e-300))
        + np.log(max(share_of_change(candidate.change, field.mechanism, fields), 1e-300))
        for field in fields
    ]
    onset = sum((np.exp(logs - total) for logs in part.values()), np.zeros(len(candidate.onsets)))
    return Weighed(
        candidate,
        float(np.exp(weight + _tilt_mass(fields, candidate)) * candidate.onsets.sum()),
        sum(by_mechanism.values()),
        by_mechanism,
        float(logsumexp(flat)),
        onset,
    )


def best_place(field: Hypotheses, candidate: Candidate) -> tuple[int, int, Place]:
    """The likeliest shape, onset and place of one change under one mechanism."""
    joint, _ = _tilted(field, candidate)
    asked = np.flatnonzero(candidate.onsets > 0)
    logs = field.log_bf[:, asked] + joint[None, None, :] + np.log(candidate.onsets[asked])[None, :, None]
    logs = logs + profile_prior(candidate.change.kind)[:, None, None]
    shape, onset, place = np.unravel_index(int(np.argmax(logs)), logs.shape)
    return int(shape), int(asked[onset]), field.places[int(place)]
