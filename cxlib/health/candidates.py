"""Accounts with everything that the rules for renewals and expansion ask of them."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from cxlib.health.limits import Limits
from cxlib.health.scores import HealthScores
from cxlib.result import Caveat
from cxlib.text import plural

__all__ = ["candidate_caveats", "gather_candidates"]

_DAY = pd.Timedelta(days=1)


def gather_candidates(
    scores: HealthScores,
    before: HealthScores | None,
    accounts: pd.DataFrame,
    churn: Mapping[str, float] | None,
    overrides: pd.DataFrame | None,
) -> pd.DataFrame:
    """A row an account with everything that the rules ask.

    Parameters
    ----------
    scores, before, accounts, churn, overrides
        As `find_opportunities_in` takes them.

    Returns
    -------
    DataFrame
        Of `scores`: `account_id`, `score`, `coverage`, `band_model`; `days_to_renewal` (whole ones, below 0:
        past), `arr`, `p_churn`, `score_before`, `danger_override`, `priority`, `priority_unit`.
    """
    told = accounts.drop_duplicates("account_id").set_index("account_id")
    rows = scores.table.loc[:, ["account_id", "score", "coverage", "band_model"]].copy()
    ids = rows["account_id"]
    renewal = ids.map(told["renewal_at"]) if "renewal_at" in told else pd.Series(pd.NaT, index=ids.index)
    ahead = pd.to_datetime(renewal, utc=True) - pd.Timestamp(scores.as_of)
    rows["days_to_renewal"] = np.floor(ahead / _DAY)
    rows["arr"] = ids.map(told["arr"]).astype(np.float64) if "arr" in told else np.nan
    rows["p_churn"] = ids.map(churn or {}).astype(np.float64)
    earlier = None if before is None else before.table.set_index("account_id")["score"]
    rows["score_before"] = np.nan if earlier is None else ids.map(earlier).astype(np.float64)
    said = pd.DataFrame(columns=["account_id", "band"]) if overrides is None else overrides
    rows["danger_override"] = ids.isin(said.loc[said["band"] == "danger", "account_id"])
    risk = rows["p_churn"] * rows["arr"]
    rows["priority"] = risk.fillna(rows["p_churn"]).fillna(100 - rows["score"])
    rows["priority_unit"] = np.select(
        [risk.notna(), rows["p_churn"].notna()], ["arr", "probability"], "score"
    )
    return rows


def candidate_caveats(
    rows: pd.DataFrame, before: HealthScores | None, churn: Mapping[str, float] | None, limits: Limits
) -> tuple[Caveat, ...]:
    """What could not be looked at.

    Parameters
    ----------
    rows : DataFrame
        Of `gather_candidates`.
    before, churn, limits
        As `find_opportunities_in` takes them.
    """
    found = []
    undated = int(rows["days_to_renewal"].isna().sum())
    if undated:
        found.append(Caveat("no_renewal", f"{plural(undated, 'account')} without renewal_at: on no list."))
    if before is None:
        ago = plural(limits.not_lower_than_days, "day")
        found.append(Caveat("no_score_before", f"No score of {ago} before: no expansion can be told."))
    if churn is None:
        found.append(Caveat("no_forecast", "No forecast of churn: renewals are sorted by their score."))
    elif risky := int((rows["p_churn"].isna() & rows["days_to_renewal"].notna()).sum()):
        found.append(
            Caveat("some_without_forecast", f"{plural(risky, 'account')} without a forecast, sorted last.")
        )
    without = int((rows["arr"].isna() & rows["p_churn"].notna()).sum())
    if without:
        found.append(
            Caveat("without_arr", f"{plural(without, 'account')} without arr: priority is P(churn) alone.")
        )
    return tuple(found)
