"""How well values part those to whom something happens from the others: AUC, lift, and draws of clusters."""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse

from cxlib.errors import UsageError
from cxlib.stats.arrays import Floats, one_tail

__all__ = ["auc", "auc_draws", "cluster_draws", "draw_interval", "lift"]

_CELLS: Final = 2_000_000  # draws × levels at a time: 16 MB each array


def auc(values: ArrayLike, events: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Share of pairs, one with the event and one without, in which the event has the higher value.

    Parameters
    ----------
    values : array of float, shape (rows,)
        Higher: the event is expected; no NaN.
    events : array of bool, shape (rows,)
        Whether it happened.
    weights : array of float, shape (rows,), optional
        How often each row counts; omitted: once.

    Returns
    -------
    share : float
        0-1, ties count a half; NaN where all rows have the event or none has.

    References
    ----------
    .. [1] Hanley and McNeil (1982), Radiology 143, 29-36. Checked against scikit-learn `roc_auc_score`.

    Examples
    --------
    Of four pairs, two are right and one is a tie.

    >>> auc([0.1, 0.4, 0.4, 0.8], [False, True, False, True])
    0.875
    >>> auc([1.0, 2.0], [True, True])
    nan
    """
    happened = np.asarray(events, dtype=np.bool_)
    once = np.ones(happened.size) if weights is None else np.asarray(weights, dtype=np.float64)
    return float(auc_draws(values, happened, np.arange(happened.size), once[np.newaxis, :])[0])


def auc_draws(values: ArrayLike, events: ArrayLike, cluster: ArrayLike, counts: ArrayLike) -> Floats:
    """The AUC in each draw of clusters; the rows are sorted once.

    Parameters
    ----------
    values, events : array, shape (rows,)
        As for `auc`.
    cluster : array of int64, shape (rows,)
        The cluster of each row, a place in the second axis of `counts`.
    counts : array of float, shape (draws, clusters)
        How often each cluster was drawn, from `cluster_draws`.

    Returns
    -------
    shares : array of float, shape (draws,)
        NaN where a draw holds only rows with the event, or none.

    Examples
    --------
    >>> auc_draws([1.0, 2.0, 3.0], [False, True, True], [0, 1, 0], [[1, 1], [2, 0], [0, 2]])
    array([ 1.,  1., nan])
    """
    value, happened = np.asarray(values, dtype=np.float64), np.asarray(events, dtype=np.bool_)
    place, drawn = np.asarray(cluster, dtype=np.int64), np.asarray(counts, dtype=np.float64)
    levels = np.unique(value[happened])
    if not levels.size:
        return np.full(len(drawn), np.nan)
    # odd: equal to a level; even: between two. Only where rows with the event lie does the order matter.
    between = np.searchsorted(levels, value) + np.searchsorted(levels, value, side="right")
    shape = (2 * levels.size + 1, drawn.shape[1])
    by_place = [
        sparse.coo_array((np.ones(int(rows.sum())), (between[rows], place[rows])), shape=shape).tocsr()
        for rows in (happened, ~happened)
    ]
    step = max(1, _CELLS // shape[0])
    parts = [
        _shares(*(one @ drawn[at : at + step].T for one in by_place)) for at in range(0, len(drawn), step)
    ]
    return np.concatenate(parts)


def _shares(with_event: Floats, without: Floats) -> Floats:
    """AUC of each column of weights, whose rows ascend in value."""
    up_to = np.cumsum(without, axis=0)
    won = (with_event * (up_to - without / 2)).sum(axis=0)
    pairs = with_event.sum(axis=0) * up_to[-1]
    return np.asarray(np.divide(won, pairs, out=np.full(won.size, np.nan), where=pairs > 0))


def cluster_draws(rng: np.random.Generator, clusters: int, draws: int) -> Floats:
    """How often each cluster is drawn when as many are drawn as there are, with replacement.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of the draws.
    clusters, draws : int
        How many there are, and how often they are drawn.

    Returns
    -------
    counts : array of float, shape (draws, clusters)
        Each row sums to `clusters`.

    Examples
    --------
    >>> cluster_draws(np.random.default_rng(1), 4, 2).sum(axis=1)
    array([4., 4.])
    """
    picked = rng.integers(0, max(clusters, 1), (draws, clusters)) + clusters * np.arange(draws)[:, np.newaxis]
    counted = np.bincount(picked.reshape(-1), minlength=draws * clusters)
    return counted.reshape(draws, clusters).astype(np.float64)


def draw_interval(drawn: ArrayLike, *, level: float = 0.95) -> tuple[float, float]:
    """Percentile interval of what was computed in each draw.

    Parameters
    ----------
    drawn : array of float, shape (draws,)
        NaN: the draw had no value.
    level : float
        Two-sided confidence, inside (0, 1).

    Returns
    -------
    lower, upper : float
        NaN where fewer than half the draws have a value.

    Raises
    ------
    UsageError
        If `level` is outside (0, 1).

    References
    ----------
    .. [1] Efron and Tibshirani (1993), An Introduction to the Bootstrap, chapter 13.

    Examples
    --------
    >>> [round(bound, 3) for bound in draw_interval(np.linspace(0.0, 1.0, 101))]
    [0.025, 0.975]
    """
    tail = one_tail(level)
    found = np.asarray(drawn, dtype=np.float64)
    found_values = found[np.isfinite(found)]
    if not found.size or found_values.size < found.size / 2:
        return float("nan"), float("nan")
    lower, upper = np.quantile(found_values, [tail, 1 - tail])
    return float(lower), float(upper)


def lift(values: ArrayLike, events: ArrayLike, *, share: float = 0.1) -> float:
    """How many times the events among the highest values exceed those among all.

    Parameters
    ----------
    values, events : array, shape (rows,)
        As for `auc`.
    share : float
        Which share of rows is the highest, inside (0, 1); of rows that tie at its edge each counts in part.

    Returns
    -------
    ratio : float
        1: no better than chance; NaN without an event.

    Raises
    ------
    UsageError
        If `share` is outside (0, 1).

    Examples
    --------
    >>> lift(np.arange(10.0), np.arange(10) >= 8, share=0.2)
    5.0
    """
    if not 0 < share < 1:
        raise UsageError(
            "share", found=repr(share), expected="a share inside (0, 1)", fix="write 0.1 for 10 %"
        )
    value, happened = np.asarray(values, dtype=np.float64), np.asarray(events, dtype=np.float64)
    if not happened.any():
        return float("nan")
    wanted = share * value.size
    edge = np.sort(value)[max(value.size - int(np.ceil(wanted)), 0)]
    above, at = value > edge, value == edge
    caught = happened[above].sum() + happened[at].mean() * (wanted - above.sum())
    return float(caught / wanted / happened.mean())
