"""Who leaves in the months ahead."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from cxlib.errors import UsageError
from cxlib.health.account_months import AccountMonths
from cxlib.health.at_risk import DAYS_A_MONTH, AtRisk, months_at_risk, tenure_months
from cxlib.health.hazard_model import FEWEST_CHURNED, Curves, MetricHazard, TenureHazard, fit_hazard
from cxlib.health.horizon import judge_horizon
from cxlib.result import Caveat, Result
from cxlib.text import format_count, format_fraction, format_probability, plural, quote

__all__ = ["ChurnForecast", "forecast"]

Floats = NDArray[np.float64]

_OFF: Final = 0.04
_LONGEST: Final = 60


@dataclass(frozen=True, eq=False, repr=False)
class ChurnForecast(Result):
    """Share of accounts like each one that is still there after each month.

    Parameters
    ----------
    table : DataFrame
        A row an account that is there now, sorted by id: `account_id`, `tenure_months`, `survival`, `lower`,
        `upper` (still there at the horizon, 0-1, with a 95 % interval of the model, not of chance in one
        account), `churn_probability` (1 − survival).
    curves : DataFrame
        A row an account and month ahead: `account_id`, `month` (1 to the horizon), `survival`, `lower`,
        `upper`.
    calibration : DataFrame
        A row a third of risk, of a forecast made as many months ago: `risk`, `months`, `accounts`,
        `churned_accounts`, `predicted`, `observed`, `lower`, `upper`. Empty where history is too short.
    basis : str
        "metrics and tenure", or "tenure" below 10 churned accounts.
    day : int
        Local day number of the snapshot from which months are counted.
    churned_accounts, account_months : int
        What was learned from.
    text : str
        Sentences.
    caveats : tuple of Caveat
        `metrics_held`, `tenure_only`, `tenure_beyond`, `not_refitted`, `new_accounts`, `no_calibration`,
        `calibration_off`.
    """

    table: pd.DataFrame
    curves: pd.DataFrame
    calibration: pd.DataFrame
    basis: str
    day: int
    churned_accounts: int
    account_months: int
    text: str
    caveats: tuple[Caveat, ...] = ()

    @property
    def survival(self) -> Floats:
        """Shares still there, shape (accounts, months)."""
        return self.curves["survival"].to_numpy(dtype=np.float64).reshape(len(self.table), -1)

    def churn_by(self, days: ArrayLike) -> Floats:
        """Probability that each account has left by a day of its own, such as its renewal.

        Parameters
        ----------
        days : array of float, shape (accounts,)
            Local day numbers, in the order of `table`; NaN: no such day.

        Returns
        -------
        probabilities : array of float, shape (accounts,)
            0 up to the day of the snapshot; NaN beyond the horizon and without a day. Within a month the risk
            is taken to be the same every day.
        """
        log = np.log(np.maximum(self.survival, 1e-300))
        log = np.column_stack([np.zeros(len(log)), log])
        ahead = np.maximum((np.asarray(days, dtype=np.float64) - self.day) / DAYS_A_MONTH, 0.0)
        last = log.shape[1] - 1
        known = ahead <= last  # false where NaN
        safe = np.where(known, ahead, 0.0)
        month = np.minimum(safe.astype(np.int64), last - 1)
        account = np.arange(len(log))
        step = log[account, month + 1] - log[account, month]
        left = -np.expm1(log[account, month] + (safe - month) * step)
        return np.where(known, np.maximum(left, 0.0), np.nan)


def forecast(months: AccountMonths, *, horizon_months: int = 12) -> ChurnForecast:
    """Forecast who leaves, from the last snapshot on.

    The monthly risk is a binomial regression on the metrics at a month's beginning and a spline of tenure.
    Metrics stay as they are; what they say fades with the months ahead as it did in the past.

    Parameters
    ----------
    months : AccountMonths
        Snapshots; forecast are the accounts of the last day that have not left.
    horizon_months : int
        Months ahead, 1 to 60.

    Returns
    -------
    found : ChurnForecast
        With a look back: what was forecast that many months ago, and what came of it.

    Raises
    ------
    UsageError
        If the horizon cannot be, or no month is fully known.

    References
    ----------
    .. [1] Singer and Willett (1993), Journal of Educational Statistics 18, 155-195; Van Houwelingen (2007),
       Scandinavian Journal of Statistics 34, 70-85.

    Examples
    --------
    Two accounts for a month, nobody left: little is known.

    >>> months = AccountMonths(
    ...     ("a", "b"), ("nps",), np.array([0, 1, 0, 1]), np.array([0, 0, 31, 31]), np.full((4, 1), 0.5),
    ...     np.ones((4, 1), bool), np.ones((4, 1)), np.ones(1), np.array([0.5]), np.full(4, 50.0),
    ...     np.zeros(2), np.full(2, np.nan), 40)
    >>> found = forecast(months, horizon_months=2)
    >>> found.basis, found.table["survival"].round(2).tolist()
    ('tenure', [0.71, 0.71])
    """
    if not 1 <= horizon_months <= _LONGEST:
        raise UsageError(
            "horizon_months",
            found=str(horizon_months),
            expected=f"1 to {_LONGEST}",
            fix="write 12 for a year",
        )
    at_risk = months_at_risk(months)
    if not at_risk.rows.size:
        raise UsageError(
            "months",
            found="no month that is fully known",
            expected="a snapshot with the month after it",
            fix="load a longer history",
        )
    day = int(months.day[months.day < months.end].max())
    now = np.flatnonzero((months.day == day) & ~(months.churned[months.account] < months.end))
    now = now[np.argsort(months.account[now])]
    tenure = tenure_months(months)
    model = fit_hazard(months, at_risk)
    curves = model.curves(months.x[now], tenure[now], horizon_months)
    names = np.array(months.accounts, dtype=object)[months.account[now]]
    table = _table(names, tenure[now], curves)
    calibration = judge_horizon(months, horizon_months=horizon_months)
    beyond = int((tenure[now] + horizon_months - 1 > tenure[at_risk.rows].max()).sum())
    return ChurnForecast(
        table,
        _long(names, curves),
        calibration,
        basis="metrics and tenure" if isinstance(model, MetricHazard) else "tenure",
        day=day,
        churned_accounts=at_risk.churned,
        account_months=at_risk.rows.size,
        text=_text(table, at_risk, calibration, horizon_months),
        caveats=(
            *_caveats_of_model(model, at_risk, beyond),
            *_caveats_of_data(months, calibration),
        ),
    )


def _table(names: NDArray[np.object_], tenure: Floats, curves: Curves) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "account_id": names,
            "tenure_months": tenure,
            "survival": curves.survival[:, -1],
            "lower": curves.lower[:, -1],
            "upper": curves.upper[:, -1],
            "churn_probability": 1 - curves.survival[:, -1],
        }
    )


def _long(names: NDArray[np.object_], curves: Curves) -> pd.DataFrame:
    accounts, months = curves.survival.shape
    return pd.DataFrame(
        {
            "account_id": np.repeat(names, months),
            "month": np.tile(np.arange(1, months + 1), accounts),
            "survival": curves.survival.reshape(-1),
            "lower": curves.lower.reshape(-1),
            "upper": curves.upper.reshape(-1),
        }
    )


def _text(table: pd.DataFrame, at_risk: AtRisk, calibration: pd.DataFrame, horizon_months: int) -> str:
    learned = (
        f"learned from {plural(at_risk.rows.size, 'account-month')} "
        f"with {plural(at_risk.churned, 'churned account')}"
    )
    if table.empty:
        return f"No account is there now ({learned})."
    worst = table.iloc[int(table["churn_probability"].to_numpy().argmax())]
    lines = [
        f"Of {plural(len(table), 'account')} {format_count(float(table['churn_probability'].sum()))} are "
        f"expected to leave within {plural(horizon_months, 'month')} ({learned}).",
        f"Most at risk: {quote(worst['account_id'])}, {format_probability(worst['churn_probability'])}.",
    ]
    if len(calibration):
        said, came = (
            " / ".join(format_fraction(value) for value in calibration[name])
            for name in ("predicted", "observed")
        )
        lines.append(
            f"Forecast {plural(int(calibration['months'].iloc[0]), 'month')} ago, by third of risk: "
            f"{said} still there; {came} were."
        )
    return "\n".join(lines)


def _caveats_of_model(model: MetricHazard | TenureHazard, at_risk: AtRisk, beyond: int) -> tuple[Caveat, ...]:
    if isinstance(model, TenureHazard):
        text = (
            f"Only {plural(at_risk.churned, 'account')} left, {FEWEST_CHURNED} are needed: "
            "base rate by tenure only, metrics are not looked at."
        )
        return (Caveat("tenure_only", text),)
    text = (
        "Metrics are held at what they are now; "
        f"{format_fraction(model.fading.share(11))} of what they say is left after a year."
    )
    notes = [Caveat("metrics_held", text)]
    if beyond:
        text = (
            f"{plural(beyond, 'account')} will be there for longer than the longest tenure seen: "
            "held flat from then on."
        )
        notes.append(Caveat("tenure_beyond", text))
    if not model.shift_variance:
        notes.append(Caveat("not_refitted", "Nobody left in the last 90 days known: level not refitted."))
    return tuple(notes)


def _caveats_of_data(months: AccountMonths, calibration: pd.DataFrame) -> tuple[Caveat, ...]:
    notes = []
    seen = np.bincount(months.account, minlength=len(months.accounts)) > 0
    new = int((~seen & ~np.isfinite(months.churned)).sum())
    if new:
        notes.append(Caveat("new_accounts", f"{plural(new, 'account')} without a snapshot: no forecast."))
    if calibration.empty:
        notes.append(Caveat("no_calibration", "History is too short to look back at an earlier forecast."))
        return tuple(notes)
    apart = (calibration["predicted"] - calibration["observed"]).abs()
    if apart.max() > _OFF:
        text = (
            f"The earlier forecast was off by {format_fraction(float(apart.max()))} "
            f"in the third of {calibration['risk'].iloc[int(apart.argmax())]} risk."
        )
        notes.append(Caveat("calibration_off", text))
    return tuple(notes)
