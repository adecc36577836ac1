"""What the months so far say of the score and of those to come: asked of data, month by month."""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from cxlib.data.clock import date_to_day
from cxlib.data.periods import as_day
from cxlib.errors import UnknownNameError
from cxlib.health.account_months import AccountMonths
from cxlib.health.backtest import Backtest, backtest
from cxlib.health.configuration import configured
from cxlib.health.hazard import ChurnForecast, forecast
from cxlib.health.panel import account_months
from cxlib.health.shape_test import ShapeComparison, compare_shapes_of
from cxlib.health.weights import FittedWeights, fit_weights

if TYPE_CHECKING:
    from cxlib.data.dataset import Dataset

__all__ = ["backtest_health", "compare_shapes", "fit_health_weights", "forecast_churn"]


def backtest_health(
    data: "Dataset",
    *,
    horizon_days: int = 90,
    leads: Sequence[int] = (0, 30, 60, 90, 180),
    cut: str | date | None = None,
    months: AccountMonths | None = None,
) -> Backtest:
    """Test whether the score tells who leaves, on months that it has not seen.

    Each month is scored with what was known then; who leaves is asked of the days (t + lead, t + lead +
    horizon]. Everything that is learned ends before the cut.

    Parameters
    ----------
    data : Dataset
        What `cx.load` returned, with `churned_at`.
    horizon_days : int
        Length of the window.
    leads : sequence of int
        Days between a snapshot and its window.
    cut : str, date or None
        First day of the test; None: the last third of the months whose window is closed.
    months : AccountMonths or None
        From `account_months`, where they are at hand; None: they are made.

    Returns
    -------
    Backtest
        AUC by lead beside NPS, tenure and chance, with intervals by accounts, and the verdict.

    Raises
    ------
    UsageError
        If nobody tells who left, or no window is closed.

    Warns
    -----
    LeakWarning
        If something ranks churn too well to have been known before.

    Examples
    --------
    One account that left proves nothing.

    >>> import cxlib as cx
    >>> import pandas as pd
    >>> days = pd.date_range("2019-01-01", periods=240).strftime("%Y-%m-%dT09:00Z")
    >>> answers = pd.DataFrame({"survey_id": days, "kind": "nps", "sent_at": days, "responded_at": days})
    >>> answers["account_id"], answers["score"] = ["A", "B", "C"] * 80, [9, 8, 3] * 80
    >>> accounts = pd.DataFrame({"account_id": ["A", "B", "C"], "csm": ["ann", "ann", "bob"]})
    >>> accounts["churned_at"] = ["", "", "2019-06-10T09:00Z"]
    >>> data = cx.load({"accounts": accounts, "surveys": answers})
    >>> print(cx.backtest_health(data).text.splitlines()[0])
    Tested from 1 May 2019: too few to judge at any lead.
    """
    day = as_day(cut, where="cut")
    return backtest(
        months or account_months(data),
        horizon_days=horizon_days,
        leads=leads,
        cut=None if day is None else date_to_day(day),
    )


def fit_health_weights(
    data: "Dataset",
    *,
    horizon_days: int = 90,
    lead_days: int = 30,
    end: str | date | None = None,
    shrink: float | None = None,
    months: AccountMonths | None = None,
) -> FittedWeights:
    """Draw the weights of the score towards what the churn seen says; nothing is written.

    Parameters
    ----------
    data : Dataset
        What `cx.load` returned, with `churned_at`.
    horizon_days, lead_days : int
        Length of the window, and the days between a snapshot and its window.
    end : str, date or None
        The first day of which nothing may be known; None: `as_of`.
    shrink : float or None
        The pull towards the expert weights; None: by the churned accounts.
    months : AccountMonths or None
        From `account_months`; None: they are made.

    Returns
    -------
    FittedWeights
        Expert and fitted weights; the former, and why, where fewer than 5 accounts left.

    Examples
    --------
    One account that left moves no weight.

    >>> import cxlib as cx
    >>> import pandas as pd
    >>> days = pd.date_range("2019-01-01", periods=240).strftime("%Y-%m-%dT09:00Z")
    >>> answers = pd.DataFrame({"survey_id": days, "kind": "nps", "sent_at": days, "responded_at": days})
    >>> answers["account_id"], answers["score"] = ["A", "B", "C"] * 80, [9, 8, 3] * 80
    >>> accounts = pd.DataFrame({"account_id": ["A", "B", "C"], "csm": ["ann", "ann", "bob"]})
    >>> accounts["churned_at"] = ["", "", "2019-06-10T09:00Z"]
    >>> data = cx.load({"accounts": accounts, "surveys": answers})
    >>> print(cx.fit_health_weights(data).text)
    The expert weights are kept: 1 churned account in 3 snapshots, at least 5 are needed to fit.
    """
    day = as_day(end, where="end")
    return fit_weights(
        months or account_months(data),
        horizon_days=horizon_days,
        lead_days=lead_days,
        end=None if day is None else date_to_day(day),
        shrink=shrink,
    )


def forecast_churn(
    data: "Dataset", *, months: int = 12, history: AccountMonths | None = None
) -> ChurnForecast:
    """Forecast which accounts leave in the months ahead.

    Parameters
    ----------
    data : Dataset
        What `cx.load` returned, with `churned_at`.
    months : int
        How far ahead, 1 to 60.
    history : AccountMonths or None
        From `account_months`; None: they are made.

    Returns
    -------
    ChurnForecast
        By account the share still there after each month, with a look back at an earlier forecast.

    Examples
    --------
    Below ten accounts that left only the base rate is known.

    >>> import cxlib as cx
    >>> import pandas as pd
    >>> days = pd.date_range("2019-01-01", periods=240).strftime("%Y-%m-%dT09:00Z")
    >>> answers = pd.DataFrame({"survey_id": days, "kind": "nps", "sent_at": days, "responded_at": days})
    >>> answers["account_id"], answers["score"] = ["A", "B", "C"] * 80, [9, 8, 3] * 80
    >>> accounts = pd.DataFrame({"account_id": ["A", "B", "C"], "csm": ["ann", "ann", "bob"]})
    >>> accounts["churned_at"] = ["", "", "2019-06-10T09:00Z"]
    >>> data = cx.load({"accounts": accounts, "surveys": answers})
    >>> cx.forecast_churn(data, months=3).table[["account_id", "survival"]].round(2)
      account_id  survival
    0          A      0.63
    1          B      0.63
    """
    return forecast(history or account_months(data), horizon_months=months)


def compare_shapes(data: "Dataset", metric: str, *, months: AccountMonths | None = None) -> ShapeComparison:
    """Test whether churn follows a metric of the score as its shape says, or bends otherwise.

    Parameters
    ----------
    data : Dataset
        What `cx.load` returned, with `churned_at`.
    metric : str
        A metric of ``[health.metrics]``.
    months : AccountMonths or None
        From `account_months`; None: they are made.

    Raises
    ------
    UnknownNameError
        If the metric is not part of the score.

    Examples
    --------
    One account that left tests no shape.

    >>> import cxlib as cx
    >>> import pandas as pd
    >>> days = pd.date_range("2019-01-01", periods=240).strftime("%Y-%m-%dT09:00Z")
    >>> answers = pd.DataFrame({"survey_id": days, "kind": "nps", "sent_at": days, "responded_at": days})
    >>> answers["account_id"], answers["score"] = ["A", "B", "C"] * 80, [9, 8, 3] * 80
    >>> accounts = pd.DataFrame({"account_id": ["A", "B", "C"], "csm": ["ann", "ann", "bob"]})
    >>> accounts["churned_at"] = ["", "", "2019-06-10T09:00Z"]
    >>> data = cx.load({"accounts": accounts, "surveys": answers})
    >>> print(cx.compare_shapes(data, "nps").text)
    NPS: 1 churned account, too few to test its shape.
    """
    known = [one.name for one in configured(data.settings).metrics]
    found = months or account_months(data)
    if metric not in found.metrics or found.value is None or found.d is None:
        raise UnknownNameError("metric", metric, known, expected="a metric of the score that the data allow")
    at = found.metrics.index(metric)
    return compare_shapes_of(found, metric, value=found.value[:, at], d=found.d[:, at])
