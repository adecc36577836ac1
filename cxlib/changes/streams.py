"""The series that speak about one metric: its score, who was asked, and what people contact about."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cxlib.changes.panel import Panel, Segment
from cxlib.changes.settled import Settled
from cxlib.stats.decompose import reference_means
from cxlib.stats.evidence import Drift, Evidence, Side, Size, scan, season
from cxlib.stats.noise import robust_weights
from cxlib.stats.profiles import delayed
from cxlib.stats.roots import root, root_moments

__all__ = [
    "COUNT_DRIFT",
    "NO_DELAY",
    "SCORE_DRIFT",
    "SCORE_SIZES",
    "Series",
    "Stream",
    "count_series",
    "inside",
    "ratio_of",
    "scan_stream",
    "score_series",
]

Floats = npt.NDArray[np.float64]

# counts are scanned as ratios to what is expected, whose drift is a share of it
SCORE_DRIFT = (
    Drift(0.0, 1.0, 0.3),
    Drift(0.02, 30.0, 0.15),
    Drift(0.02, 120.0, 0.1),
    Drift(0.04, 30.0, 0.15),
    Drift(0.04, 120.0, 0.15),
    Drift(0.08, 40.0, 0.15),
)
COUNT_DRIFT = (
    Drift(0.0, 1.0, 0.25),
    Drift(0.05, 30.0, 0.2),
    Drift(0.05, 120.0, 0.15),
    Drift(0.12, 30.0, 0.25),
    Drift(0.12, 120.0, 0.15),
)
# a noticed fall, in units where the rows of NPS have a deviation of 0.8
SCORE_SIZES = (Size(0.08, 0.04), Size(0.2, 0.1), Size(0.45, 0.2))
NO_DELAY = np.ones(1)
_LEAST = 1e-3  # expected a day: with less, nothing is expected at all


@dataclass(frozen=True, eq=False)
class Series:
    """One series to be scanned.

    Parameters
    ----------
    segment : Segment
        Which rows it holds.
    reason : str or None
        The contact reason it holds; None: every one.
    side : {-1, 0, 1}
        The direction that counts as worse.
    values, weights : array of float, shape (days,)
        Deviations from the reference, and inverse variances by theory.
    sizes : tuple of Size
        What an effect may be here; empty: what it may be in the stream.
    """

    segment: Segment
    reason: str | None
    side: Side
    values: Floats
    weights: Floats
    sizes: tuple[Size, ...] = ()


@dataclass(frozen=True, eq=False)
class Stream:
    """Series of one kind, scanned with the same priors.

    Parameters
    ----------
    name : str
        What the contract calls it: score, reach, contacts.
    series : tuple of Series
        One a segment, or one a segment and reason.
    sizes : tuple of Size
        What an effect that somebody noticed may be.
    drift : tuple of Drift
        Drift settings.
    kernel : array of float
        Delay between experience and question, by day.
    is_count : bool
        Whether the series come from `count_series`; effects are then turned into relative changes.
    settled : Settled or None
        What was allowed for so that calm history looks calm.
    """

    name: str
    series: tuple[Series, ...]
    sizes: tuple[Size, ...]
    drift: tuple[Drift, ...]
    kernel: Floats
    is_count: bool = False
    settled: Settled | None = None


def score_series(
    panel: Panel, places: Sequence[tuple[Segment, str | None]], *, history: slice, side: Side
) -> tuple[Series, ...]:
    """Each place's answers against its cells' own means, so that who answers plays no part.

    Parameters
    ----------
    panel : Panel
        Answers by segment (and reason), row values in units of the scan.
    places : sequence of (Segment, str or None)
        What to look at: segment, () being everybody, and reason, None being any.
    history : slice
        Days that set the reference.
    side : {-1, 0, 1}
        The direction that is worse.

    Returns
    -------
    tuple of Series
        In the order of `places`.
    """
    counts, totals = panel.n[history].sum(axis=0), panel.total[history].sum(axis=0)
    reference = reference_means(counts, totals)
    noise = _variances(panel, history)
    found = []
    for segment, reason in places:
        mask = panel.mask(inside(segment, reason))
        weights = panel.n[:, mask] @ (1 / noise[mask])
        pull = (panel.total[:, mask] - panel.n[:, mask] * reference[mask]) @ (1 / noise[mask])
        values = np.divide(pull, weights, out=np.zeros_like(pull), where=weights > 0)
        found.append(Series(segment, reason, side, values, weights))
    return tuple(found)


def inside(segment: Segment, reason: str | None) -> Segment:
    """The cells of a panel that belong to a segment and a reason; None: to any.

    Examples
    --------
    >>> inside((("plan", "a"),), "late")
    (('plan', 'a'), ('reason', 'late'))
    """
    return segment if reason is None else (*segment, ("reason", reason))


def _variances(panel: Panel, history: slice) -> Floats:
    """Variance of a row by cell, shrunk to the pooled one with the weight of 20 rows."""
    n, total, square = (part[history].sum(axis=0) for part in (panel.n, panel.total, panel.squares))
    within = square - np.divide(total**2, n, out=np.zeros_like(n), where=n > 0)
    pooled = within.sum() / max(float(n.sum() - (n > 0).sum()), 1.0)
    return np.asarray(np.maximum((within + 20 * pooled) / (n + 20), 1e-6))


def count_series(counts: Floats, mean: Floats, *, segment: Segment, reason: str | None, side: Side) -> Series:
    """Counts on a scale on which their noise does not depend on how many were to be expected.

    The square root of a Poisson count has the same variance before and after a change of its mean, so that a
    doubling of something rare is not taken for many standard deviations. Values are distances from the mean
    of such roots in units of a relative change: for a count multiplied by a, about 2 (√a − 1).

    Parameters
    ----------
    counts, mean : array of float, shape (days,)
        What was counted and what was expected.
    segment, reason, side
        As in `Series`.

    Returns
    -------
    Series
        Weights are inverse Poisson variances of the values: about the expected counts.

    References
    ----------
    .. [1] Anscombe (1948), Biometrika 35, 246-254: the transformation 2 √(x + 3/8).
    """
    known = mean > _LEAST
    usual, slope, variance = root_moments(np.where(known, mean, 1.0))
    values = (root(counts) - usual) / slope
    return Series(
        segment, reason, side, np.where(known, values, 0.0), np.where(known, slope**2 / variance, 0.0)
    )


def ratio_of(effect: Floats, sd: Floats) -> tuple[Floats, Floats]:
    """Relative changes from effects on the scale of `count_series`, and their standard deviations.

    Examples
    --------
    >>> ratio_of(np.array([2 * (np.sqrt(1.5) - 1)]), np.array([0.1]))[0].round(6)
    array([0.5])
    """
    root_of_ratio = np.maximum(1 + effect / 2, 0.0)
    return root_of_ratio**2 - 1, root_of_ratio * sd


def scan_stream(
    stream: Stream, series: Sequence[Series], days: npt.NDArray[np.int64], profiles: Floats
) -> list[Evidence]:
    """Scan some series of a stream.

    Parameters
    ----------
    stream : Stream
        Its priors.
    series : sequence of Series
        Those of its series that are scanned.
    days : array of int, shape (days,)
        Local days of the rows.
    profiles : array of float, shape (profiles, days, onsets)
        Effects by day of the experience.

    Returns
    -------
    list of Evidence
        One a series.
    """
    if not series:
        return []
    design = season(days)
    if stream.settled is not None:
        design = np.column_stack([design, stream.settled.trend])
    by_day = np.ascontiguousarray(delayed(profiles, stream.kernel).transpose(1, 0, 2))
    shown = by_day.transpose(1, 0, 2)  # days outermost in memory, so that no scan copies them
    found = [
        scan(
            one.values,
            robust_weights(one.values, one.weights, days),
            design,
            shown,
            sizes=one.sizes or stream.sizes,
            side=one.side,
            grid=stream.drift,
        )
        for one in series
    ]
    if not stream.is_count:
        return found
    return [Evidence(one.log_bf, *ratio_of(one.effect, one.sd)) for one in found]
