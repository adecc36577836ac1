"""Monthly risk of leaving: by metrics and tenure where enough accounts left, else by tenure alone."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from scipy.stats import beta

from cxlib.health.account_months import AccountMonths
from cxlib.health.at_risk import AtRisk, tenure_months
from cxlib.health.binomial import fit_binomial
from cxlib.health.fading import Fading, fit_fading
from cxlib.stats.calibration import intercept_shift
from cxlib.stats.hazard import TenureSpline, survival_interval, survival_of, tenure_spline

__all__ = ["FEWEST_CHURNED", "Curves", "MetricHazard", "TenureHazard", "fit_hazard"]

Floats = NDArray[np.float64]

FEWEST_CHURNED: Final = 10
"""Below so many churned accounts the metrics are not used."""

_FOR_SPLINE: Final = 40  # churned accounts: below, seven columns of tenure are more than they can carry
_BANDS: Final = (3.0, 12.0, 36.0)
_PRIOR_EVENTS: Final = 2.0
_SPLINE_EVENTS: Final = 0.5


@dataclass(frozen=True, eq=False, slots=True)
class Curves:
    """Share still there after each month.

    Parameters
    ----------
    survival, lower, upper : array of float, shape (accounts, months)
        0-1, with 95 % intervals of the model, not of chance in one account.
    """

    survival: Floats
    lower: Floats
    upper: Floats


@dataclass(frozen=True, eq=False, slots=True)
class MetricHazard:
    """Log-odds of leaving in a month, by metrics and tenure.

    Parameters
    ----------
    used : array of bool, shape (metrics,)
        Metrics that vary.
    spline : TenureSpline
        Bounds of what was seen; its basis where `smooth`, else a line in log tenure.
    smooth : bool
        Whether the spline is used.
    coefficients : array of float, shape (columns,)
        Of the metrics used, then of tenure.
    covariance : array of float, shape (columns, columns)
        Robust to what months of an account share.
    middle : array of float, shape (metrics used,)
        Mean of the metrics.
    fading : Fading
        How much less they say the further ahead.
    shift, shift_variance : float
        What the last closed window adds to the log-odds, and how sure that is.
    """

    used: NDArray[np.bool_]
    spline: TenureSpline
    smooth: bool
    coefficients: Floats
    covariance: Floats
    middle: Floats
    fading: Fading
    shift: float
    shift_variance: float

    def curves(self, x: Floats, tenure: Floats, months: int) -> Curves:
        """Survival over the next months, metrics held at what they are, tenure running on.

        Parameters
        ----------
        x : array of float, shape (accounts, metrics)
            At the beginning.
        tenure : array of float, shape (accounts,)
            Month of the account that begins.
        months : int
            How many months ahead.
        """
        hazard = np.empty((len(x), months))
        variance = np.empty_like(hazard)
        slope = np.zeros((len(x), self.coefficients.size))
        level = np.zeros(len(x))
        for ahead in range(months):
            told = (x[:, self.used] - self.middle) * self.fading.share(ahead)
            design = _design(told, tenure + ahead, self.spline, smooth=self.smooth)
            risk = expit(design @ self.coefficients + self.fading.level(ahead) + self.shift)
            hazard[:, ahead] = risk
            slope -= risk[:, np.newaxis] * design  # the derivative of log S: that of log(1 - σ) is -σ
            level -= risk
            variance[:, ahead] = ((slope @ self.covariance) * slope).sum(axis=1)
            variance[:, ahead] += level**2 * self.shift_variance
        survival = survival_of(hazard)
        return Curves(survival, *survival_interval(survival, variance))


@dataclass(frozen=True, eq=False, slots=True)
class TenureHazard:
    """Rate of leaving in a month by band of tenure, drawn to the rate of all.

    Parameters
    ----------
    events, stayed : array of float, shape (bands,)
        Of the beta posterior: two events' worth of the rate of all, and what was seen in the band.
    """

    events: Floats
    stayed: Floats

    def curves(
        self,
        x: Floats,  # noqa: ARG002 - asked as the other model is asked
        tenure: Floats,
        months: int,
    ) -> Curves:
        """Survival over the next months; the metrics are not looked at.

        Parameters
        ----------
        x : array of float, shape (accounts, metrics)
            Not used.
        tenure : array of float, shape (accounts,)
            Month of the account that begins.
        months : int
            How many months ahead.
        """
        bands = np.searchsorted(_BANDS, tenure[:, np.newaxis] + np.arange(months), side="right")
        low, high = (np.asarray(beta.ppf(tail, self.events, self.stayed))[bands] for tail in (0.025, 0.975))
        hazard = (self.events / (self.events + self.stayed))[bands]
        return Curves(survival_of(hazard), survival_of(high), survival_of(low))


def fit_hazard(months: AccountMonths, at_risk: AtRisk) -> MetricHazard | TenureHazard:
    """Fit the monthly risk of leaving.

    A binomial regression on the metrics at the month's beginning and a cubic spline of tenure (below 40
    churned accounts a line in log tenure), its level refitted on the last 90 days known.

    Parameters
    ----------
    months : AccountMonths
        Snapshots.
    at_risk : AtRisk
        From `months_at_risk`; at least one account-month.

    Returns
    -------
    model : MetricHazard or TenureHazard
        The latter below 10 churned accounts.

    References
    ----------
    .. [1] Singer and Willett (1993), Journal of Educational Statistics 18, 155-195; Liang and Zeger (1986),
       Biometrika 73, 13-22, for the covariance.

    Examples
    --------
    >>> from cxlib.health.at_risk import months_at_risk
    >>> months = AccountMonths(
    ...     ("a",), ("nps",), np.array([0]), np.array([0]), np.full((1, 1), 0.5), np.ones((1, 1), bool),
    ...     np.ones((1, 1)), np.ones(1), np.array([0.5]), np.full(1, 50.0), np.array([0.0]),
    ...     np.array([np.nan]), 70)
    >>> type(fit_hazard(months, months_at_risk(months))).__name__
    'TenureHazard'
    """
    tenure = tenure_months(months)[at_risk.rows]
    if at_risk.churned < FEWEST_CHURNED:
        return _by_tenure(tenure, at_risk)
    x = months.x[at_risk.rows]
    used = np.ptp(x, axis=0) > 1e-9
    middle = x[:, used].mean(axis=0)
    spline, smooth = tenure_spline(tenure), at_risk.churned >= _FOR_SPLINE
    design = _design(x[:, used] - middle, tenure, spline, smooth=smooth)
    coefficients, covariance = _regress(design, at_risk, months, spline.columns if smooth else 0)
    metrics = int(used.sum())
    fading = fit_fading(
        months,
        at_risk,
        told=design[:, :metrics] @ coefficients[:metrics],
        rest=design[:, metrics:] @ coefficients[metrics:],
    )
    events = at_risk.event[at_risk.last]
    shift = intercept_shift(design[at_risk.last] @ coefficients, events)
    return MetricHazard(
        used,
        spline,
        smooth,
        coefficients,
        covariance,
        middle,
        fading,
        float(np.nan_to_num(shift)),
        1 / float(events.sum()) if np.isfinite(shift) else 0.0,
    )


def _regress(design: Floats, at_risk: AtRisk, months: AccountMonths, splines: int) -> tuple[Floats, Floats]:
    """Coefficients and their covariance; each spline is given half an event at the rate of all.

    Without it a stretch of tenure in which nobody left would have a coefficient without end.
    """
    events = at_risk.event.astype(np.float64)
    rate = float(events.mean())
    extra = np.eye(splines, design.shape[1], design.shape[1] - splines)
    whole, wanted = np.vstack([design, extra]), np.append(events, np.full(splines, rate))
    counts = np.append(np.ones(len(design)), np.full(splines, _SPLINE_EVENTS / rate))
    fit = fit_binomial(whole, wanted, counts)
    p = expit(design @ fit.coefficients)
    slack = np.zeros((len(months.accounts), design.shape[1]))
    np.add.at(slack, months.account[at_risk.rows], design * (events - p)[:, np.newaxis])
    return fit.coefficients, np.asarray(fit.bread @ (slack.T @ slack) @ fit.bread)


def _design(x: Floats, tenure: Floats, spline: TenureSpline, *, smooth: bool) -> Floats:
    """Metrics, then tenure with the intercept in it."""
    if smooth:
        return np.column_stack([x, spline.basis(tenure)])
    constant = np.ones(len(tenure))
    if spline.columns == 1:
        return np.column_stack([x, constant])
    return np.column_stack([x, constant, np.log(np.clip(tenure, spline.lower, spline.upper))])


def _by_tenure(tenure: Floats, at_risk: AtRisk) -> TenureHazard:
    band = np.searchsorted(_BANDS, tenure, side="right")
    size = len(_BANDS) + 1
    rows = np.bincount(band, minlength=size).astype(np.float64)
    events = np.bincount(band, weights=at_risk.event, minlength=size)
    rate = (at_risk.churned + 0.5) / (at_risk.rows.size + 1)
    stayed = np.asarray(rows - events + _PRIOR_EVENTS * (1 - rate) / rate, dtype=np.float64)
    return TenureHazard(np.asarray(events + _PRIOR_EVENTS, dtype=np.float64), stayed)
