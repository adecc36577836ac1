"""Accounts to speak with: renewals at risk, renewals overdue, and those that may grow. Rules, no forecast."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cxlib.errors import UsageError
from cxlib.health.candidates import candidate_caveats, gather_candidates
from cxlib.health.limits import Limits
from cxlib.health.scores import HealthScores
from cxlib.result import Caveat, Result
from cxlib.text import format_count, format_probability, format_value, join_words, plural

__all__ = ["Opportunities", "find_opportunities_in"]

_COLUMNS = ["account_id", "list", "priority", "priority_unit", "p_churn", "arr", "days_to_renewal"]
_TOLD = ["score", "coverage", "band_model", "rules"]


@dataclass(frozen=True, eq=False, repr=False)
class Opportunities(Result):
    """Whom to speak with, and which rules say so.

    Parameters
    ----------
    table : DataFrame
        The worklist, first things first: a row an account and list, `account_id`, `list` ("overdue",
        "renewal_at_risk", "expansion"), `priority` with `priority_unit` ("arr": P(churn) × ARR;
        "probability": P(churn) alone, no ARR; "score": no forecast, 100 less the score), `p_churn` (by
        renewal, 0-1), `arr`, `days_to_renewal`, `score`, `coverage` (%), `band_model`, `rules` (those that
        passed, in words).
    limits : Limits
        What the rules went by.
    text : str
        Sentences.
    caveats : tuple of Caveat
        What could not be looked at.
    """

    table: pd.DataFrame
    limits: Limits
    text: str
    caveats: tuple[Caveat, ...] = ()

    @property
    def renewals(self) -> pd.DataFrame:
        """Renewals at risk, the highest priority first."""
        return self._of("renewal_at_risk")

    @property
    def overdue(self) -> pd.DataFrame:
        """Renewals whose day has passed while the account is still a customer, the longest first."""
        return self._of("overdue")

    @property
    def expansion(self) -> pd.DataFrame:
        """Accounts that may grow, the largest first."""
        return self._of("expansion")

    def _of(self, name: str) -> pd.DataFrame:
        return self.table[self.table["list"] == name].reset_index(drop=True)


def find_opportunities_in(
    scores: HealthScores,
    scores_before: HealthScores | None,
    accounts: pd.DataFrame,
    *,
    churn: Mapping[str, float] | None = None,
    overrides: pd.DataFrame | None = None,
    limits: Limits | None = None,
) -> Opportunities:
    """Look for renewals at risk, overdue renewals and accounts that may grow.

    Parameters
    ----------
    scores : HealthScores
        Of accounts, at `as_of`.
    scores_before : HealthScores or None
        The same as many days earlier as the limits say; None: no account is known to have kept its score.
    accounts : DataFrame
        With `account_id` and `renewal_at`; `arr` where there is any.
    churn : mapping of str to float, optional
        P(churn by renewal) of each account, 0-1.
    overrides : DataFrame, optional
        Those in force: `account_id`, `band`.
    limits : Limits, optional
        Default: those of the defaults of cxlib.toml.

    Returns
    -------
    Opportunities
        Every row tells which rules passed.

    Raises
    ------
    UsageError
        If customers are scored: only accounts renew.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> row = {"account_id": "a", "score": 35.0, "coverage": 80.0, "band_model": "danger"}
    >>> day = datetime(2020, 2, 1, tzinfo=UTC)
    >>> scores = HealthScores(pd.DataFrame([row]), pd.DataFrame(), 60.0, "account_id", None, day, "")
    >>> renewal = pd.Timestamp("2020-03-01", tz="UTC")
    >>> accounts = pd.DataFrame({"account_id": ["a"], "renewal_at": [renewal], "arr": [12000.0]})
    >>> found = find_opportunities_in(scores, None, accounts, churn={"a": 0.25})
    >>> found.table[["account_id", "list", "priority"]]
      account_id             list  priority
    0          a  renewal_at_risk    3000.0
    >>> found.table["rules"][0]
    'renews in 29 days (0 to 120); P(churn by renewal) .25; ARR 12\u2009000'
    """
    if scores.unit != "account_id":
        raise UsageError(
            "health.unit",
            found="'customer_id'",
            expected="accounts, which have renewals",
            fix='set unit = "account_id" in [health]',
        )
    used = limits or Limits()
    rows = gather_candidates(scores, scores_before, accounts, churn, overrides)
    found = [_overdue(rows), _at_risk(rows, used), _expansion(rows, used)]
    table = pd.concat(found, ignore_index=True) if any(len(one) for one in found) else found[0]
    return Opportunities(
        table, used, _sentence(found, used), candidate_caveats(rows, scores_before, churn, used)
    )


def _listed(rows: pd.DataFrame, name: str, rules: list[str]) -> pd.DataFrame:
    return rows.assign(list=name, rules=rules).loc[:, [*_COLUMNS, *_TOLD]].reset_index(drop=True)


def _overdue(rows: pd.DataFrame) -> pd.DataFrame:
    """Renewals in the past of accounts that are customers still."""
    late = rows[rows["days_to_renewal"] < 0].sort_values(["days_to_renewal", "account_id"])
    days = [f"renewal was due {plural(-one, 'day')} ago, not churned" for one in late["days_to_renewal"]]
    return _listed(
        late, "overdue", [_with_risk(day, row) for day, row in zip(days, _records(late), strict=True)]
    )


def _at_risk(rows: pd.DataFrame, limits: Limits) -> pd.DataFrame:
    """Renewals ahead, by what may be lost: in money first, then without it, then without a forecast."""
    near = rows[rows["days_to_renewal"].between(0, limits.renewals_days)]
    order = near["priority_unit"].map({"arr": 0, "probability": 1, "score": 2})
    near = near.assign(order=order).sort_values(
        ["order", "priority", "account_id"], ascending=[True, False, True]
    )
    rules = [
        _with_risk(f"{_renews(row)} (0 to {format_count(limits.renewals_days)})", row)
        for row in _records(near)
    ]
    return _listed(near, "renewal_at_risk", rules)


def _expansion(rows: pd.DataFrame, limits: Limits) -> pd.DataFrame:
    """Champions that are well known, no worse than before, and renew neither at once nor in a year."""
    fewest, most = limits.renewal_days
    passed = (
        (rows["band_model"] == "champion")
        & (rows["coverage"] >= 100 * limits.coverage_min)
        & (rows["score"] >= rows["score_before"])
        & rows["days_to_renewal"].between(fewest, most)
        & ~rows["danger_override"]
    )
    chosen = rows[passed].sort_values(["arr", "score", "account_id"], ascending=[False, False, True])
    rules = [_grows(row, limits) for row in _records(chosen)]
    return _listed(chosen, "expansion", rules)


def _grows(row: dict[str, Any], limits: Limits) -> str:
    """The rules that an expansion candidate passed."""
    fewest, most = (format_count(days) for days in limits.renewal_days)
    least, coverage = (format_value(share, "%") for share in (100 * limits.coverage_min, row["coverage"]))
    before, now = (format_value(row[name], "points") for name in ("score_before", "score"))
    rules = [
        "champion by the model",
        f"coverage {coverage} (at least {least})",
        f"score {now}, not below {before} {plural(limits.not_lower_than_days, 'day')} before",
        f"{_renews(row)} ({fewest} to {most})",
        "no override says danger",
    ]
    return "; ".join(rules)


def _records(rows: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in rows.to_dict(orient="records")]


def _renews(row: dict[str, Any]) -> str:
    return f"renews in {plural(row['days_to_renewal'], 'day')}"


def _with_risk(first: str, row: dict[str, Any]) -> str:
    """A rule with what makes the row's priority."""
    told = [first]
    if np.isfinite(row["p_churn"]):
        told.append(f"P(churn by renewal) {format_probability(row['p_churn'])}")
    if np.isfinite(row["arr"]):
        told.append(f"ARR {format_count(row['arr'])}")
    return "; ".join(told)


def _sentence(found: list[pd.DataFrame], limits: Limits) -> str:
    """How many of each, and what is at stake."""
    overdue, risky, growing = found
    money = risky.loc[risky["priority_unit"] == "arr", "priority"].sum()
    stake = f", {format_count(money)} of ARR expected to be lost" if money > 0 else ""
    ahead = f"{plural(len(risky), 'renewal')} within {plural(limits.renewals_days, 'day')}{stake}"
    others = [f"{format_count(len(overdue))} overdue", f"{format_count(len(growing))} that may grow"]
    return f"{join_words([ahead, *others])}."
