"""One account on a page: its score and months, what happened, what people say, and what is expected."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from cxlib.data.clock import day_to_date
from cxlib.health.account_months import AccountMonths
from cxlib.health.explain import ScoreExplanation, explain_score
from cxlib.health.hazard import ChurnForecast, forecast
from cxlib.health.history import ScoreHistory, score_history
from cxlib.health.inputs import today
from cxlib.health.overrides import read_overrides
from cxlib.health.panel import account_months
from cxlib.health.portfolio import churn_by_renewal
from cxlib.health.score import score_health
from cxlib.health.scores import HealthScores
from cxlib.health.units import TABLES_OF_UNITS
from cxlib.metrics.catalogue import catalogue
from cxlib.reporting.health_month import REFUSALS, why_refused
from cxlib.result import Caveat, Result
from cxlib.text import format_count, format_day, format_fraction, format_probability, plural

if TYPE_CHECKING:
    from cxlib.data.dataset import Dataset

__all__ = ["AccountPage", "account_page"]

_RECORDS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "tickets": ("created_at", ("ticket_id", "at", "channel", "reason", "priority", "status")),
    "surveys": ("responded_at", ("survey_id", "at", "kind", "score")),
    "interactions": ("at", ("interaction_id", "at", "kind", "direction", "topic", "minutes")),
}
"""Of each table: the column of its day, then called `at`, and what is shown; no word of a customer is."""


@dataclass(frozen=True, slots=True, repr=False)
class AccountPage(Result):
    """What is known of one account.

    Parameters
    ----------
    account : str
        Its id.
    day : date
        Local day at whose beginning it is scored.
    explanation : ScoreExplanation
        What its score is made of.
    history : ScoreHistory or None
        Its score month by month; None: the data hold no months to look back on.
    records : mapping of str to DataFrame
        Its tickets, survey answers and interactions, the latest first: `at` (UTC) and the columns that the
        data have; what customers wrote is left out.
    overrides : DataFrame
        All of its overrides, as of `read_overrides`.
    facts : mapping of str to str
        Renewal, revenue, probability of leaving, in words.
    units : mapping of str to str
        Unit of each metric of the score.
    missing : mapping of str to str
        What is not there, and why.
    table : DataFrame
        That of the explanation.
    text : str
        Sentences.
    caveats : tuple of Caveat
        What to know first.
    """

    account: str
    day: date
    explanation: ScoreExplanation
    history: ScoreHistory | None
    records: Mapping[str, pd.DataFrame]
    overrides: pd.DataFrame
    facts: Mapping[str, str]
    units: Mapping[str, str]
    missing: Mapping[str, str]
    table: pd.DataFrame
    text: str
    caveats: tuple[Caveat, ...] = ()


def account_page(data: "Dataset", account: str, *, months: AccountMonths | None = None) -> AccountPage:
    """Gather what is known of one account.

    Parameters
    ----------
    data : Dataset
        What `cx.load` returned.
    account : str
        Its id.
    months : AccountMonths or None
        From `account_months`, where they are at hand; None: they are made.

    Returns
    -------
    AccountPage
        What the data do not hold stands in `missing`.

    Raises
    ------
    UnknownNameError
        If it is no current account.
    MissingColumnError
        If the data allow no score.

    Examples
    --------
    >>> import cxlib as cx
    >>> accounts = pd.DataFrame({"account_id": ["A", "B"], "renewal_at": ["2020-05-01T00:00Z"] * 2})
    >>> answers = pd.DataFrame({"survey_id": ["1", "2", "3"], "kind": "csat", "score": [5, 5, 1]})
    >>> answers["account_id"] = ["A", "A", "B"]
    >>> answers["sent_at"] = answers["responded_at"] = "2020-02-01T09:00Z"
    >>> page = cx.account_page(cx.load({"accounts": accounts, "surveys": answers}, as_of="2020-02-02"), "B")
    >>> page.facts["Renewal"], page.records["surveys"]["score"].tolist()
    ('1 May 2020, in 89 days', [1.0])
    """
    scores = score_health(data)
    told = explain_score(scores, account)
    missing: dict[str, str] = {}
    history, ahead = _looked_back(data, scores, account, months, missing)
    records = {name: _records(data, name, account, scores) for name in _RECORDS if data.has(name)}
    overrides = read_overrides(data).table
    facts = _facts(data, scores, account, ahead)
    known = catalogue(data.settings)
    return AccountPage(
        account=account,
        day=day_to_date(today(data)),
        explanation=told,
        history=history,
        records=records,
        overrides=overrides[overrides["account_id"] == account].reset_index(drop=True),
        facts=facts,
        units={name: known[name].unit for name in told.table["metric"]},
        missing=missing,
        table=told.table,
        text="\n".join([told.text, *([history.text] if history else []), *_outlook(facts)]),
        caveats=(*told.caveats, *(history.caveats if history else ())),
    )


def _looked_back(
    data: "Dataset",
    scores: HealthScores,
    account: str,
    months: AccountMonths | None,
    missing: dict[str, str],
) -> tuple[ScoreHistory | None, ChurnForecast | None]:
    """Its months and the forecast that is learned from all of them."""
    try:
        found = months or account_months(data)
        history = score_history(found, account, configuration=scores.configuration)
    except REFUSALS as error:
        missing["history"] = missing["forecast"] = why_refused(error)
        return None, None
    try:
        return history, forecast(found)
    except REFUSALS as error:
        missing["forecast"] = why_refused(error)
        return history, None


def _records(data: "Dataset", name: str, account: str, scores: HealthScores) -> pd.DataFrame:
    """Rows of a table that belong to the account, itself or by its people, the latest first."""
    when, shown = _RECORDS[name]
    rows = data.frame(name)
    mine = pd.Series(data=False, index=rows.index)
    if scores.unit in rows:
        mine |= (rows[scores.unit] == account).fillna(value=False)
    if scores.unit == "account_id" and data.has("customers", "customer_id", "account_id"):
        people = data.frame("customers")
        ids = people.loc[people["account_id"] == account, "customer_id"]
        mine |= rows["customer_id"].isin(ids) if "customer_id" in rows else False
    if when not in rows:
        return pd.DataFrame(columns=["at"])
    own = rows[mine & rows[when].notna()].rename(columns={when: "at"})
    return own.loc[:, [column for column in shown if column in own]].sort_values(
        "at", ascending=False, kind="stable", ignore_index=True
    )


def _facts(
    data: "Dataset", scores: HealthScores, account: str, ahead: ChurnForecast | None
) -> dict[str, str]:
    """Who looks after it, what it is worth, when it renews and how likely it is gone by then, in words."""
    table = data.frame(TABLES_OF_UNITS[scores.unit])
    row = {str(name): value for name, value in table[table[scores.unit] == account].iloc[0].items()}
    facts = {label: str(row[name]) for name, label in (("csm", "CSM"), ("team", "Team")) if _there(row, name)}
    if _there(row, "arr"):
        facts["ARR"] = format_count(float(row["arr"]))
    if _there(row, "signed_up_at"):
        facts["Customer since"] = format_day(row["signed_up_at"])
    if _there(row, "renewal_at"):
        facts["Renewal"] = _renewal(row["renewal_at"], scores.as_of)
    return facts | (_risk(data, ahead, account) if ahead is not None else {})


def _there(row: Mapping[str, Any], name: str) -> bool:
    return name in row and bool(pd.notna(row[name]))


def _renewal(at: datetime, as_of: datetime) -> str:
    days = (at - as_of).total_seconds() // 86_400
    when = f"in {plural(days, 'day')}" if days >= 0 else f"{plural(-days, 'day')} ago"
    return f"{format_day(at)}, {when}"


def _risk(data: "Dataset", ahead: ChurnForecast, account: str) -> dict[str, str]:
    """Probability of having left by the renewal, and of still being there at the horizon."""
    facts = {}
    by_renewal = churn_by_renewal(data, ahead, None) or {}
    if account in by_renewal:
        facts["P(churn by renewal)"] = format_probability(by_renewal[account])
    own = ahead.table[ahead.table["account_id"] == account]
    if len(own):
        share, low, high = (float(own[name].iloc[0]) for name in ("survival", "lower", "upper"))
        bounds = f"[{format_fraction(low)}, {format_fraction(high)}]"
        label = f"Still there in {plural(ahead.horizon_months, 'month')}"
        facts[label] = f"{format_probability(share)} {bounds} of accounts like it"
    return facts


def _outlook(facts: Mapping[str, str]) -> list[str]:
    """Renewal and risk in a sentence."""
    if "Renewal" not in facts:
        return []
    risk = facts.get("P(churn by renewal)")
    return [f"It renews on {facts['Renewal']}{f', P(churn by then) {risk}' if risk else ''}."]
