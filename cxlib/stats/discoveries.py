"""Which of many series have moved, false discoveries kept in check: by e-values, and by local rates."""

import numpy as np
import numpy.typing as npt

from cxlib.stats.arrays import Floats, refuse_where

__all__ = ["e_bh", "fewest_false", "local_fdr"]

_FEWEST_TO_LEARN = 5  # series below which the share that has moved is believed, not learned
_BELIEF = 5  # series that what was believed before is worth
_ROUNDS = 200
_LIKELIER_THAN_NOT = 0.5


def e_bh(log_e: Floats, *, q: float = 0.10) -> npt.NDArray[np.bool_]:
    """The series whose e-values stand out of all: the expected share of false ones is at most q.

    With the e-values in falling order, the largest k with ``E_(k) >= S / (q k)`` decides: the first k are
    discoveries. This holds however the series depend on each other, as long as each e-value has mean 1 or
    less where nothing moved.

    Parameters
    ----------
    log_e : array of float, shape (series,)
        Natural logs of e-values.
    q : float
        Expected share of false discoveries among the discoveries, inside (0, 1].

    Returns
    -------
    array of bool, shape (series,)
        True for discoveries.

    Raises
    ------
    CxError
        If q is outside (0, 1], or an e-value is not a number.

    References
    ----------
    .. [1] Wang & Ramdas (2022), False discovery rate control with e-values, JRSS-B 84, 822-852.

    Examples
    --------
    >>> e_bh(np.log([400.0, 30.0, 2.0, 0.3]), q=0.10)
    array([ True,  True, False, False])
    """
    _refuse(log_e, q)
    order = np.argsort(-log_e, kind="stable")
    needed = np.log(max(len(log_e), 1) / q) - np.log(np.arange(1, len(log_e) + 1))
    passed = np.flatnonzero(log_e[order] >= needed)
    found = np.zeros(len(log_e), dtype=bool)
    found[order[: passed[-1] + 1 if len(passed) else 0]] = True
    return found


def local_fdr(log_bf: Floats, *, no_change: float = 0.5) -> Floats:
    """The probability that a series has not moved, given what it says.

    The share of series without a shift is learned from the series themselves where there are five or more
    (empirical Bayes, by EM, what was believed before counting as five more); it never falls below that.

    Parameters
    ----------
    log_bf : array of float, shape (series,)
        Natural logs of Bayes factors for a shift.
    no_change : float
        Probability of no shift before the data are seen, inside (0, 1).

    Returns
    -------
    array of float, shape (series,)
        Probabilities.

    Raises
    ------
    CxError
        If ``no_change`` is outside (0, 1], or a Bayes factor is not a number.

    References
    ----------
    .. [1] Efron (2010), Large-Scale Inference, chapter 5: the local false discovery rate.
    .. [2] Dempster, Laird & Rubin (1977), JRSS-B 39, 1-38: EM for a mixture with known parts.

    Examples
    --------
    >>> local_fdr(np.log([99.0, 1.0])).round(2)
    array([0.01, 0.5 ])
    """
    _refuse(log_bf, no_change)
    share = no_change
    for _ in range(_ROUNDS if len(log_bf) >= _FEWEST_TO_LEARN else 0):
        learned = (_without(log_bf, share).sum() + _BELIEF * no_change) / (len(log_bf) + _BELIEF)
        learned = max(float(learned), no_change)
        if abs(learned - share) < 1e-9:
            break
        share = learned
    return _without(log_bf, share)


def _without(log_bf: Floats, share: float) -> Floats:
    """Posterior probability of no shift."""
    return np.asarray(np.exp(-np.logaddexp(0.0, log_bf + np.log1p(-share) - np.log(share))))


def fewest_false(fdr: Floats, *, q: float = 0.10) -> npt.NDArray[np.bool_]:
    """The most series whose mean local false-discovery rate is at most q, each likelier moved than not.

    Beside a hundred clear shifts a running mean would let in ten series of which nothing is known; hence the
    second condition.

    Parameters
    ----------
    fdr : array of float, shape (series,)
        Probabilities that a series has not moved.
    q : float
        Expected share of false ones among those returned, inside (0, 1].

    Returns
    -------
    array of bool, shape (series,)
        True for those with the smallest rates, as many as their running mean allows; none above one half.

    Raises
    ------
    CxError
        If q is outside (0, 1], or a rate is not a number.

    References
    ----------
    .. [1] Newton, Noueiry, Sarkar & Ahlquist (2004), Biostatistics 5, 155-176: the direct posterior
       probability approach.

    Examples
    --------
    >>> fewest_false(np.array([0.01, 0.9, 0.15, 0.4]), q=0.10)
    array([ True, False,  True, False])
    """
    _refuse(fdr, q)
    order = np.argsort(fdr, kind="stable")
    running = np.cumsum(fdr[order]) / np.arange(1, len(fdr) + 1)
    found = np.zeros(len(fdr), dtype=bool)
    found[order[: int((running <= q).sum())]] = True
    return found & (fdr <= _LIKELIER_THAN_NOT)


def _refuse(values: Floats, share: float) -> None:
    outside = np.array([not 0 < share <= 1])
    refuse_where(
        outside, np.array([share]), name="q", expected="a share in (0, 1]", fix="write 0.10 for one in ten"
    )
    refuse_where(
        np.isnan(values), values, name="evidence", expected="a number", fix="leave such a series out"
    )
