"""Which accounts a roll-up counts, in which group, with which weight."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from cxlib.errors import UnknownNameError, UsageError
from cxlib.health.scores import HealthScores

__all__ = ["NONE", "Gathered", "gather_members"]

NONE = "(none)"
_NO_GROUPS = ("account_id", "customer_id", "parent_id", "name", "arr", "updated_at")


@dataclass(frozen=True, eq=False)
class Gathered:
    """Accounts of one date as a roll-up sees them.

    Parameters
    ----------
    rows : DataFrame
        A row an account that is no parent, sorted by id: `id`, `group`, `score`, `band_model`, `arr` (NaN:
        none), `weight`, `counted` (False: without the weight that was asked for, or without a score),
        `churned` (a date of leaving is known).
    customers : frozenset of str
        All that are scored, parents included.
    parents : int
        How many were left out because others with a score belong to them.
    left : frozenset of str
        Accounts whose leaving the table tells.
    """

    rows: pd.DataFrame
    customers: frozenset[str]
    parents: int
    left: frozenset[str]

    @property
    def counted(self) -> frozenset[str]:
        """Accounts that are part of a mean."""
        return frozenset(self.rows.loc[self.rows["counted"], "id"])


def gather_members(
    scores: HealthScores, accounts: pd.DataFrame, by: str, weight: Literal["arr"] | None
) -> Gathered:
    """Scores beside what the table says of their accounts.

    Parameters
    ----------
    scores : HealthScores
        Of one date.
    accounts : DataFrame
        The table of what is scored.
    by : str
        Its column that groups.
    weight : {"arr"} or None
        What accounts count by.

    Raises
    ------
    UnknownNameError
        If the table has no such column.
    UsageError
        If revenue is asked for and there is none, or the weight is neither.
    """
    unit = scores.unit
    _refuse(accounts, unit, by, weight)
    told = accounts.drop_duplicates(unit).set_index(unit)
    ids = scores.table[unit].astype(str)
    beside = told.reindex(ids)
    parents = _parents(told, ids)
    score = scores.table["score"].to_numpy(dtype=np.float64)
    arr = beside["arr"].to_numpy(dtype=np.float64) if "arr" in told else np.full(len(ids), np.nan)
    rows = pd.DataFrame(
        {
            "id": ids.to_numpy(),
            "group": beside[by].astype(object).where(beside[by].notna(), NONE).astype(str).to_numpy(),
            "score": score,
            "band_model": scores.table["band_model"].to_numpy(),
            "arr": arr,
            "weight": np.nan_to_num(arr) if weight else np.ones(len(ids)),
            "counted": ~np.isnan(score) & (~np.isnan(arr) if weight else True),
        }
    )
    leaves = ~ids.isin(parents).to_numpy()
    left = told.index[told["churned_at"].notna()].astype(str).tolist() if "churned_at" in told else []
    kept = rows[leaves].sort_values("id", ignore_index=True)
    return Gathered(kept, frozenset(ids), int((~leaves).sum()), frozenset(left))


def _refuse(accounts: pd.DataFrame, unit: str, by: str, weight: str | None) -> None:
    if by not in accounts.columns:
        known = [name for name in accounts.columns if name not in _NO_GROUPS and not name.endswith("_at")]
        raise UnknownNameError("by", by, known, expected="a column of accounts" if not known else "")
    if unit not in accounts.columns:
        raise UsageError(
            "accounts",
            found=f"a table without {unit}",
            expected=f"the table of what is scored, with {unit}",
            fix="give the frame of accounts, or of customers where those are scored",
        )
    if weight not in {None, "arr"}:
        raise UnknownNameError("weight", str(weight), ["arr"], expected="arr, or nothing for equal weights")
    if weight and ("arr" not in accounts.columns or not accounts["arr"].notna().any()):
        raise UsageError(
            "weight",
            found="'arr', of which no account has any",
            expected="a column arr of accounts",
            fix="add the column, or weigh accounts equally",
        )


def _parents(told: pd.DataFrame, ids: pd.Series) -> set[str]:
    """Accounts to which another one with a score belongs."""
    if "parent_id" not in told:
        return set()
    scored = told.reindex(ids)["parent_id"].dropna()
    return set(scored[scored != scored.index])
