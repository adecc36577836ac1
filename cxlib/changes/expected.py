"""What is to be expected of a count: its exposure, some days later, at the rate of its history."""

import numpy as np
import numpy.typing as npt

__all__ = ["delay_kernel", "expected"]

Floats = npt.NDArray[np.float64]

_LONGEST_DELAY = 14
_SMALLEST_SHARE = 0.08
_ROUNDS = 3000


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
        Shares of lag 0 to 14 that sum to 1; non-negative least squares, small shares and those apart from
        the others dropped: weekdays make a lag look like the one a week later.

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
    share = np.where(_of_one_piece(share >= _SMALLEST_SHARE, int(np.argmax(share))), share, 0.0)
    return np.asarray(share / share.sum()) if share.sum() > 0 else np.asarray(np.eye(count)[0])


def _of_one_piece(kept: npt.NDArray[np.bool_], peak: int) -> npt.NDArray[np.bool_]:
    """Only the run of kept lags that holds the peak."""
    gaps = np.flatnonzero(~kept)
    lags = np.arange(len(kept))
    first = gaps[gaps < peak].max(initial=-1)
    last = gaps[gaps > peak].min(initial=len(kept))
    return np.asarray(kept & (lags > first) & (lags < last))


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
