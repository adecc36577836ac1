"""How likely each shape of an effect is, by its cause, and each day to have been seen."""

import numpy as np
import numpy.typing as npt

from cxlib.stats.profiles import LASTING, PULSES

__all__ = ["chance_seen", "profile_prior"]

Floats = npt.NDArray[np.float64]

_SEEN_AFTER = 5.0  # days
_PULSES_BY_KIND = {"outage": 0.8, "campaign": 0.5}
_PULSES_OF_OTHERS = 0.12  # faults get mended
_PULSES_UNLOGGED = 0.25
_HOW_LONG, _LONG = 8, 0.1  # days of most outages; how much rarer longer ones are


def profile_prior(kind: str | None) -> Floats:
    """Log probability of each shape for a kind of change; None: an unlogged cause.

    Examples
    --------
    >>> bool(np.isclose(np.exp(profile_prior("outage")).sum(), 1.0))
    True
    """
    lasting = np.array([profile.prior for profile in LASTING])
    ending = np.array([profile.prior for profile in PULSES])
    pulses = _PULSES_UNLOGGED if kind is None else _PULSES_BY_KIND.get(kind, _PULSES_OF_OTHERS)
    if kind == "outage":
        ending = ending * np.array([1.0 if profile.length <= _HOW_LONG else _LONG for profile in PULSES])
    shares = [(1 - pulses) * lasting / lasting.sum(), pulses * ending / ending.sum()]
    return np.asarray(np.log(np.concatenate(shares)))


def chance_seen(days: int) -> Floats:
    """Chance that somebody who asks at the end of a window saw what began on each of its days.

    Examples
    --------
    >>> chance_seen(30)[[0, -10, -1]].round(2)
    array([1.  , 0.86, 0.18])
    """
    return np.asarray(1 - np.exp(-np.arange(days, 0, -1) / _SEEN_AFTER))
