"""The series that speak about one metric: its score, who was asked, and what people contact about."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cxlib.changes.panel import Panel, Segment
from cxlib.changes.settled import Settled
from cxlib.stats.decompose import reference_means
from cxlib.stats.evidence import Drift, Evidence, Side, scan, season
from cxlib.stats.noise import robust_weights
from cxlib.stats.profiles import delayed

__all__ = [
    "COUNT_DRIFT",
    "Series",
    "Stream",
    "count_series",
    "delay_kernel",
    "expected",
    "scan_stream",
    "score_series",
]

Floats = npt.NDArray[np.float64]

# counts are scanned as ratios to what is expected, whose drift is a share of it
COUNT_DRIFT = (Drift(0.0, 1.0), Drift(0.05, 30.0), Drift(0.05, 120.0), Drift(0.12, 30.0), Drift(0.12, 120.0))
_LONGEST_DELAY = 14
_SMALLEST_SHARE = 0.08
_ROUNDS = 3000


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
    """

    segment: Segment
    reason: str | None
    side: Side
    values: Floats
    weights: Floats


@dataclass(frozen=True, eq=False)
class Stream:
    """Series of one kind, scanned with the same priors.

    Parameters
    ----------
    name : str
        What the contract calls it: score, reach, contacts.
    series : tuple of Series
        One a segment, or one a segment and reason.
    sizes : tuple of float
        Prior standard deviations of an effect.
    drift : tuple of Drift
        Drift settings.
    kernel : array of float
        Delay between experience and question, by day.
    settled : Settled or None
        What was allowed for so that calm history looks calm.
    """

    name: str
    series: tuple[Series, ...]
    sizes: tuple[float, ...]
    drift: tuple[Drift, ...]
    kernel: Floats
    settled: Settled | None = None


def score_series(
    panel: Panel, segments: tuple[Segment, ...], *, history: slice, side: Side
) -> tuple[Series, ...]:
    """Each segment's answers against its cells' own means, so that who answers plays no part.

    Parameters
    ----------
    panel : Panel
        Answers by segment, row values in units of the scan.
    segments : tuple of Segment
        What to look at; () is every answer.
    history : slice
        Days that set the reference.
    side : {-1, 0, 1}
        The direction that is worse.

    Returns
    -------
    tuple of Series
        In the order of `segments`.
    """
    counts, totals = panel.n[history].sum(axis=0), panel.total[history].sum(axis=0)
    reference = reference_means(counts, totals)
    noise = _variances(panel, history)
    found = []
    for segment in segments:
        mask = panel.mask(segment)
        weights = panel.n[:, mask] @ (1 / noise[mask])
        pull = (panel.total[:, mask] - panel.n[:, mask] * reference[mask]) @ (1 / noise[mask])
        values = np.divide(pull, weights, out=np.zeros_like(pull), where=weights > 0)
        found.append(Series(segment, None, side, values, weights))
    return tuple(found)


def _variances(panel: Panel, history: slice) -> Floats:
    """Variance of a row by cell, shrunk to the pooled one with the weight of 20 rows."""
    n, total, square = (part[history].sum(axis=0) for part in (panel.n, panel.total, panel.squares))
    within = square - np.divide(total**2, n, out=np.zeros_like(n), where=n > 0)
    pooled = within.sum() / max(float(n.sum() - (n > 0).sum()), 1.0)
    return np.asarray(np.maximum((within + 20 * pooled) / (n + 20), 1e-6))


def delay_kernel(asked: Floats, active: Floats) -> Floats:
    """How many days after the activity people are asked, from the two counts alone.

    Parameters
    ----------
    asked : array of float, shape (days, cells)
        Questions.
    active : array of float, shape (lead + days, cells)
        Activity of the same cells, with up to 14 days in front.

    Returns
    -------
    array of float, shape (15,)
        Shares of lag 0 to 14 that sum to 1; non-negative least squares, small shares dropped.

    References
    ----------
    .. [1] Lee & Seung (2000), NIPS 13: multiplicative updates, which keep every share non-negative.

    Examples
    --------
    >>> active = np.random.default_rng(1).poisson(200.0, (160, 1)).astype(float)
    >>> delay_kernel(active[7:-3], active)[:5].round(2)
    array([0., 0., 0., 1., 0.])
    """
    lead = len(active) - len(asked)
    count = min(lead, _LONGEST_DELAY) + 1
    if active.sum() == 0 or asked.sum() == 0 or len(asked) < 2 * count:
        return np.asarray(np.eye(count)[0])
    lagged = np.stack([active[lead - lag : len(active) - lag].reshape(-1) for lag in range(count)], axis=1)
    target = asked.reshape(-1)
    pull, gram = lagged.T @ target, lagged.T @ lagged
    share = np.full(count, target.sum() / max(lagged.sum(), 1e-12))
    for _ in range(_ROUNDS):
        share = share * pull / np.maximum(gram @ share, 1e-12)
    share = share / max(share.sum(), 1e-12)
    share = np.where(share < _SMALLEST_SHARE, 0.0, share)
    return np.asarray(share / share.sum()) if share.sum() > 0 else np.asarray(np.eye(count)[0])


def expected(counts: Floats, exposure: Floats, kernel: Floats, *, history: slice) -> Floats:
    """What each cell should count on each day, from its exposure and its own history.

    Parameters
    ----------
    counts : array of float, shape (days, cells)
        What was counted.
    exposure : array of float, shape (lead + days, cells)
        What it is proportional to; the rows in front let a delay reach back.
    kernel : array of float, shape (lags,)
        Delay between the two.
    history : slice
        Days that set the rate.

    Returns
    -------
    array of float, shape (days, cells)
        Above 0 wherever the cell was ever seen in the history.
    """
    shifted = np.zeros_like(counts)
    lead = len(exposure) - len(counts)
    for lag, share in enumerate(kernel[: lead + 1]):
        shifted += share * exposure[lead - lag : len(exposure) - lag]
    rate = counts[history].sum(axis=0) / np.maximum(shifted[history].sum(axis=0), 1e-9)
    return np.asarray(shifted * rate)


def count_series(counts: Floats, mean: Floats, *, segment: Segment, reason: str | None, side: Side) -> Series:
    """Counts as ratios to what is expected, less 1; what exceeds it is judged by its deviance.

    One ticket too many of a rare reason is no news, though it lies many standard deviations above a mean of
    nearly nothing: above the mean the ratio is the one whose Gaussian weight is the Poisson deviance.

    Parameters
    ----------
    counts, mean : array of float, shape (days,)
        What was counted and what was expected.
    segment, reason, side
        As in `Series`.

    Returns
    -------
    Series
        Weights are the expected counts: the Poisson inverse variance of the ratio.

    References
    ----------
    .. [1] McCullagh and Nelder (1989), Generalized Linear Models, section 2.4.3: deviance residuals.
    """
    known = mean > 1e-9
    expected_counts = np.where(known, mean, 1.0)
    excess = np.maximum(counts, expected_counts)
    deviance = 2 * (excess * np.log(excess / expected_counts) - (excess - expected_counts))
    raised = np.sqrt(np.maximum(deviance, 0.0) / expected_counts)
    values = np.where(counts > expected_counts, raised, counts / expected_counts - 1)
    return Series(segment, reason, side, np.where(known, values, 0.0), np.where(known, mean, 0.0))


def scan_stream(stream: Stream, days: npt.NDArray[np.int64], profiles: Floats) -> list[Evidence]:
    """Scan every series of a stream.

    Parameters
    ----------
    stream : Stream
        The series and their priors.
    days : array of int, shape (days,)
        Local days of the rows.
    profiles : array of float, shape (profiles, days, onsets)
        Effects by day of the experience.

    Returns
    -------
    list of Evidence
        One a series.
    """
    design = season(days)
    if stream.settled is not None:
        design = np.column_stack([design, stream.settled.trend])
    by_day = np.ascontiguousarray(delayed(profiles, stream.kernel).transpose(1, 0, 2))
    shown = by_day.transpose(1, 0, 2)  # days outermost in memory, so that no scan copies them
    return [
        scan(
            series.values,
            robust_weights(series.values, series.weights, days),
            design,
            shown,
            sizes=stream.sizes,
            side=series.side,
            grid=stream.drift,
        )
        for series in stream.series
    ]
