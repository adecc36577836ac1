"""The portfolio of the data: by manager, team or region, and whom to call first."""

from collections.abc import Mapping
from datetime import date, timedelta
from math import isfinite
from typing import TYPE_CHECKING, Literal

from cxlib.data.clock import day_to_date
from cxlib.health.account_months import AccountMonths
from cxlib.health.ahead import forecast_churn
from cxlib.health.hazard import ChurnForecast
from cxlib.health.inputs import today
from cxlib.health.limits import limits_of
from cxlib.health.movement import earlier_and_now
from cxlib.health.opportunities import Opportunities, find_opportunities_in
from cxlib.health.overrides import active_overrides
from cxlib.health.rollup import HealthRollup, roll_up
from cxlib.health.score import score_health
from cxlib.health.scores import HealthScores
from cxlib.health.units import TABLES_OF_UNITS, days_of

if TYPE_CHECKING:
    from cxlib.data.dataset import Dataset

__all__ = ["churn_by_renewal", "compared_day", "find_opportunities", "opportunities_of", "roll_up_health"]


def roll_up_health(
    data: "Dataset",
    *,
    by: str = "csm",
    weight: Literal["arr"] | None = None,
    before: str | date | None = None,
) -> HealthRollup:
    """Health of groups of accounts, and with an earlier date why it moved.

    Parameters
    ----------
    data : Dataset
        What `cx.load` returned.
    by : str
        A column of the accounts: csm, team, a segment.
    weight : {"arr"} or None
        Accounts count equally, or by revenue.
    before : str, date or None
        An earlier date, its first local midnight.

    Returns
    -------
    HealthRollup
        Groups by their shrunken mean; the change of each as within, mix, new, moved in, lost, moved out.

    Examples
    --------
    >>> import cxlib as cx
    >>> import pandas as pd
    >>> days = pd.date_range("2019-01-01", periods=240).strftime("%Y-%m-%dT09:00Z")
    >>> answers = pd.DataFrame({"survey_id": days, "kind": "nps", "sent_at": days, "responded_at": days})
    >>> answers["account_id"], answers["score"] = ["A", "B", "C"] * 80, [9, 8, 3] * 80
    >>> accounts = pd.DataFrame({"account_id": ["A", "B", "C"], "csm": ["ann", "ann", "bob"]})
    >>> accounts["churned_at"] = ["", "", "2019-06-10T09:00Z"]
    >>> data = cx.load({"accounts": accounts, "surveys": answers})
    >>> cx.roll_up_health(data).table[["group", "accounts", "score"]].round(1)
      group  accounts  score
    0   ann         2   75.0
    """
    if before is None:
        scores = score_health(data)
        return roll_up(scores, data.frame(TABLES_OF_UNITS[scores.unit]), by=by, weight=weight)
    then, first, scores = earlier_and_now(data, before)
    table = TABLES_OF_UNITS[scores.unit]
    return roll_up(scores, data.frame(table), by=by, weight=weight, before=(first, then.frame(table)))


def find_opportunities(
    data: "Dataset", *, churn: ChurnForecast | None = None, history: AccountMonths | None = None
) -> Opportunities:
    """Look for renewals at risk, overdue renewals and accounts that may grow.

    Parameters
    ----------
    data : Dataset
        What `cx.load` returned; limits are those of ``[health.renewals]`` and ``[health.expansion]``.
    churn : ChurnForecast or None
        From `forecast_churn`; None: it is made where the data tell who left.
    history : AccountMonths or None
        From `account_months`, for the forecast; None: they are made.

    Returns
    -------
    Opportunities
        Every row tells which rules passed.

    Examples
    --------
    Nobody has told when these accounts renew.

    >>> import cxlib as cx
    >>> import pandas as pd
    >>> days = pd.date_range("2019-01-01", periods=240).strftime("%Y-%m-%dT09:00Z")
    >>> answers = pd.DataFrame({"survey_id": days, "kind": "nps", "sent_at": days, "responded_at": days})
    >>> answers["account_id"], answers["score"] = ["A", "B", "C"] * 80, [9, 8, 3] * 80
    >>> accounts = pd.DataFrame({"account_id": ["A", "B", "C"], "csm": ["ann", "ann", "bob"]})
    >>> accounts["churned_at"] = ["", "", "2019-06-10T09:00Z"]
    >>> data = cx.load({"accounts": accounts, "surveys": answers})
    >>> print(cx.find_opportunities(data).text)
    0 renewals within 120 days, 0 overdue and 0 that may grow.
    """
    _, before, scores = earlier_and_now(data, compared_day(data))
    return opportunities_of(data, scores, before, churn_by_renewal(data, churn, history))


def compared_day(data: "Dataset") -> date:
    """The day whose scores those of an account that may grow must not be below."""
    ago = limits_of(data.settings).not_lower_than_days
    return day_to_date(today(data)) - timedelta(days=ago)


def opportunities_of(
    data: "Dataset", scores: HealthScores, before: HealthScores | None, churn: Mapping[str, float] | None
) -> Opportunities:
    """Worklists from scores that are at hand.

    Parameters
    ----------
    data : Dataset
        Gives accounts, overrides and limits.
    scores : HealthScores
        At its `as_of`.
    before : HealthScores or None
        On the `compared_day`.
    churn : mapping of str to float, or None
        From `churn_by_renewal`.
    """
    return find_opportunities_in(
        scores,
        before,
        data.frame(TABLES_OF_UNITS[scores.unit]),
        churn=churn,
        overrides=active_overrides(data),
        limits=limits_of(data.settings),
    )


def churn_by_renewal(
    data: "Dataset", churn: ChurnForecast | None, history: AccountMonths | None
) -> dict[str, float] | None:
    """P(churn by renewal) of each account; None where nobody tells who left.

    Parameters
    ----------
    data : Dataset
        What `cx.load` returned.
    churn : ChurnForecast or None
        From `forecast_churn`; None: it is made.
    history : AccountMonths or None
        From `account_months`, for the forecast; None: they are made.
    """
    if not data.has("accounts", "churned_at", "renewal_at"):
        return None
    found = churn or forecast_churn(data, history=history)
    ids = found.table["account_id"]
    frame = data.frame("accounts").set_index("account_id").loc[ids].reset_index()
    p = found.churn_by(days_of(data, frame, "renewal_at"))
    return {name: float(value) for name, value in zip(ids, p, strict=True) if isfinite(value)}
