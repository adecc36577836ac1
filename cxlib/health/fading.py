"""How much less today's metrics say of a month the further ahead it lies."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from cxlib.health.account_months import AccountMonths
from cxlib.health.at_risk import AtRisk

__all__ = ["Fading", "fit_fading"]

Floats = NDArray[np.float64]

_MONTHS: Final = 12
_STRIDE: Final = 3  # months between the snapshots looked ahead from
_STEPS: Final = 30
_RIDGE: Final = 1.0


@dataclass(frozen=True, slots=True)
class Fading:
    """What months ahead take from the metrics' part of the log-odds, and add to the rest.

    Parameters
    ----------
    loss : float
        Share lost for each unit of ln(1 + months ahead), 0 or more.
    drift : float
        Added to the log-odds for each such unit.
    """

    loss: float = 0.0
    drift: float = 0.0

    def share(self, ahead: int) -> float:
        """What is left of the metrics' part, 0-1; 1 in the month that begins.

        Examples
        --------
        >>> Fading(loss=0.2).share(0), round(Fading(loss=0.2).share(11), 3)
        (1.0, 0.503)
        """
        return float(max(1 - self.loss * np.log1p(ahead), 0.0))

    def level(self, ahead: int) -> float:
        """What is added to the log-odds; 0 in the month that begins.

        Examples
        --------
        >>> Fading(drift=-0.1).level(0)
        0.0
        """
        return float(self.drift * np.log1p(ahead)) + 0.0


def fit_fading(months: AccountMonths, at_risk: AtRisk, *, told: Floats, rest: Floats) -> Fading:
    """Look ahead from every third snapshot, up to 12 months, and see how long its metrics tell.

    Parameters
    ----------
    months : AccountMonths
        Snapshots.
    at_risk : AtRisk
        Account-months that may be learned from.
    told, rest : array of float, shape (months,)
        The metrics' part of the log-odds, centred, and the rest (tenure), of each account-month.

    Returns
    -------
    fading : Fading
        Without loss and drift where no account is seen for two months.

    References
    ----------
    .. [1] Van Houwelingen (2007), Dynamic prediction by landmarking in event history analysis, Scandinavian
       Journal of Statistics 34, 70-85.

    Examples
    --------
    >>> nothing = np.zeros(0, np.int64)
    >>> none = AtRisk(nothing, nothing.astype(bool), nothing.astype(bool))
    >>> months = AccountMonths(
    ...     (), ("nps",), nothing, nothing, np.zeros((0, 1)), np.zeros((0, 1), bool), np.zeros((0, 1)),
    ...     np.ones(1), np.ones(1), np.zeros(0), np.zeros(0), np.zeros(0), 1)
    >>> fit_fading(months, none, told=np.zeros(0), rest=np.zeros(0))
    Fading(loss=0.0, drift=0.0)
    """
    days, month = np.unique(months.day[at_risk.rows], return_inverse=True)
    if days.size < 2:
        return Fading()
    place = np.full((len(months.accounts), days.size), -1)
    place[months.account[at_risk.rows], month] = np.arange(at_risk.rows.size)
    parts = []
    for ahead in range(1, min(_MONTHS, days.size)):
        begin, later = place[:, :-ahead:_STRIDE], place[:, ahead::_STRIDE]
        both = (begin >= 0) & (later >= 0)
        parts.append((begin[both], later[both], np.full(int(both.sum()), np.log1p(ahead))))
    begin, later, log = (np.concatenate(column) for column in zip(*parts, strict=True))
    if not at_risk.event[later].any():
        return Fading()
    return _fit(told[begin], told[begin] + rest[later], log, at_risk.event[later].astype(np.float64))


def _fit(told: Floats, offset: Floats, log: Floats, events: Floats) -> Fading:
    """Two parameters by Newton's method, drawn to no fading by one event's worth of doubt."""
    design = np.column_stack([-told * log, log])
    found = np.zeros(2)
    for _ in range(_STEPS):
        p = expit(offset + design @ found)
        slack = design.T @ (events - p) - _RIDGE * found
        curvature = (design * (p * (1 - p))[:, np.newaxis]).T @ design + _RIDGE * np.eye(2)
        step = np.linalg.solve(curvature, slack)
        found = found + np.clip(step, -0.5, 0.5)
        if np.abs(step).max() < 1e-8:
            break
    return Fading(loss=float(max(found[0], 0.0)), drift=float(found[1]))
