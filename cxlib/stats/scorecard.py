"""An additive score: how far each measure lies from its reference, weighted by how much is known of it."""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

__all__ = ["MOST_REACH", "MOST_SE", "Missing", "Scored", "reliability", "scored", "sum_of_points"]

Floats = NDArray[np.float64]
Missing = Literal["reference", "reweight"]

MOST_SE: Final = 0.29
"""Standard deviation of a value of which only is known that it lies between 0 and 1: 1/√12."""
_NORMAL: Final = 1.959963984540054  # of the 95 % interval
MOST_REACH: Final = _NORMAL * MOST_SE
"""How far a measure may lie from what it is found to be where its interval is unknown."""


@dataclass(frozen=True, eq=False)
class Scored:
    """Scores 0 to 100 and what they are made of.

    Parameters
    ----------
    score, base, coverage : array of float, shape (rows,)
        score = base + Σ contribution; coverage is Σ weight × reliability, 0-1.
    below, above : array of float, shape (rows,)
        How far down and up the score may lie at 95 %, points.
    below_sampling, above_sampling : array of float, shape (rows,)
        Their parts that come from sampling alone.
    contribution : array of float, shape (rows, measures)
        Points.
    """

    score: Floats
    base: Floats
    coverage: Floats
    below: Floats
    above: Floats
    below_sampling: Floats
    above_sampling: Floats
    contribution: Floats

    @property
    def interval(self) -> tuple[Floats, Floats]:
        """Bounds of 95 %, within 0-100."""
        return np.maximum(self.score - self.below, 0.0), np.minimum(self.score + self.above, 100.0)


def reliability(age_days: Floats, n: Floats, half_life: Floats, k: Floats) -> Floats:
    """How much of a measure is believed: 2^(−age/H) n/(n + k), 0 where it is missing.

    Parameters
    ----------
    age_days : array of float, shape (rows, measures)
        Days since the newest row; NaN: missing.
    n : array of float, shape (rows, measures)
        Rows.
    half_life, k : array of float, shape (measures,)
        Days until half is believed (inf: never), and rows of which half is believed.

    Examples
    --------
    >>> age, n = np.array([[365.0, np.nan]]), np.array([[4.0, 0.0]])
    >>> reliability(age, n, np.array([365.0, np.inf]), np.array([0.0, 1.0]))
    array([[0.5, 0. ]])
    """
    known = np.isfinite(age_days)
    aged = np.exp2(-np.where(known, age_days, 0.0) / half_life)
    total = n + k
    shrunk = np.divide(n, total, out=np.ones(np.shape(total)), where=total > 0)
    shrunk = np.where(k > 0, shrunk, 1.0)
    return np.asarray(np.where(known, aged * shrunk, 0.0), dtype=np.float64)


def sum_of_points(weight: Floats, reference: Floats) -> float:
    """The score of somebody of whom nothing is known: 100 Σ w ref."""
    return float(100 * np.sum(weight * reference))


def scored(
    d: Floats,
    r: Floats,
    *,
    weight: Floats,
    reference: Floats,
    below: Floats,
    above: Floats,
    sd: Floats,
    missing: Missing = "reference",
) -> Scored:
    """Scores of rows from their measures on a scale from 0 to 1.

    Of the intervals of the measures, which lie to one side where rows are few, that of their sum is made by
    recovering variances: the squares of what is below are added up, and those of what is above [1]_.

    Parameters
    ----------
    d : array of float, shape (rows, measures)
        0-1; what is not finite is missing, and its reliability must be 0.
    r : array of float, shape (rows, measures)
        Reliability, 0-1.
    weight : array of float, shape (measures,)
        They sum to 1.
    reference : array of float, shape (measures,)
        What a measure is where nothing is known, 0-1.
    below, above : array of float, shape (rows, measures)
        How far down and up `d` may lie at 95 % by sampling, at most 1; NaN: unknown, then 1.96 × 0.29.
    sd : array of float, shape (measures,)
        Spread of `d` among rows.
    missing : {"reference", "reweight"}
        A missing measure adds nothing, or leaves its weight to the others.

    References
    ----------
    .. [1] Zou and Donner (2008), Statistics in Medicine 27, 1693-1702.

    Examples
    --------
    >>> one = scored(
    ...     np.array([[0.9, 0.5]]), np.array([[1.0, 0.5]]), weight=np.array([0.5, 0.5]),
    ...     reference=np.array([0.7, 0.6]), below=np.zeros((1, 2)), above=np.zeros((1, 2)), sd=np.zeros(2))
    >>> one.base.round(2), one.contribution.round(2), one.score.round(2), one.coverage
    (array([65.]), array([[10. , -2.5]]), array([72.5]), array([0.75]))
    """
    known = np.isfinite(d)
    distance = np.where(known, d, reference) - reference
    share = weight * r
    coverage = share.sum(axis=1)
    full = np.broadcast_to(weight, share.shape)
    if missing == "reweight":
        total = coverage[:, np.newaxis]
        # nothing known at all: the weights as they are
        full = np.divide(share, total, out=full.copy(), where=total > 0)
        share = np.where(total > 0, full, share)
    base = 100 * (full * reference).sum(axis=1)
    contribution = 100 * share * distance
    down, up = (_drawn(share, part, known) for part in (below, above))
    unknown = ((_NORMAL * weight * (1 - r) * sd) ** 2).sum(axis=1)
    kept = np.clip(base + contribution.sum(axis=1), 0.0, 100.0)
    return Scored(
        kept,
        base,
        coverage,
        100 * np.sqrt(down + unknown),
        100 * np.sqrt(up + unknown),
        100 * np.sqrt(down),
        100 * np.sqrt(up),
        contribution,
    )


def _drawn(share: Floats, reach: Floats, known: NDArray[np.bool_]) -> Floats:
    """Squares of how far sampling carries each row one way, added up."""
    told = np.where(known, np.minimum(np.where(np.isnan(reach), MOST_REACH, reach), 1.0), 0.0)
    return np.asarray(((share * told) ** 2).sum(axis=1))
