"""Health of teams, managers and regions: how they stand, why they moved, and whether they differ at all."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from cxlib.health.members import Gathered, gather_members
from cxlib.health.rollup_words import rollup_caveats, rollup_text
from cxlib.health.scores import BANDS, INSUFFICIENT, HealthScores
from cxlib.result import Caveat, Result
from cxlib.stats.portfolio import PARTS, Members, group_movement, shrunken_means

__all__ = ["HealthRollup", "roll_up"]

Floats = npt.NDArray[np.float64]
Past = tuple[HealthScores, pd.DataFrame]


@dataclass(frozen=True, eq=False, repr=False)
class HealthRollup(Result):
    """Health by group, sorted by the shrunken mean; where two dates are given, the change and its parts.

    Parameters
    ----------
    by : str
        What groups the accounts.
    weight : str
        ``equal`` or ``arr``.
    table : DataFrame
        A row a group: `group`, `accounts`, `score` (weighted mean, 0-100), `shrunken`, `lower`, `upper`,
        `overlaps` (other groups whose interval meets this one's: not distinguishable from it),
        `insufficient_data` and `without_arr` (accounts), `BAND_accounts` and `BAND_arr` (% of accounts and of
        ARR whose `band_model` it is), and with an earlier date `before`, `change` and its parts `within`,
        `mix`, `new`, `moved_in`, `lost`, `moved_out`, or `replaced` where no account is common to both.
    whole : DataFrame
        The same columns in one row for all groups together.
    text : str
        Sentences.
    caveats : tuple of Caveat
        What to know first.
    """

    by: str
    weight: str
    table: pd.DataFrame
    whole: pd.DataFrame
    text: str
    caveats: tuple[Caveat, ...] = ()


def roll_up(
    scores: HealthScores,
    accounts: pd.DataFrame,
    *,
    by: str = "csm",
    weight: Literal["arr"] | None = None,
    before: Past | None = None,
) -> HealthRollup:
    """Roll scores up to groups of accounts.

    Parameters
    ----------
    scores : HealthScores
        Of one date.
    accounts : DataFrame
        The table of what is scored, as it stands on that date. An account that is the parent of another one
        with a score is left out: leaves only.
    by : str
        Its column that groups; a blank is the group ``(none)``.
    weight : {"arr"} or None
        None: accounts count equally. ``arr``: by revenue; those without are left out, and counted.
    before : pair of HealthScores and DataFrame, optional
        The same of an earlier date. Whom an account belongs to is what each frame says.

    Returns
    -------
    HealthRollup
        Bands are the model's: no override moves a roll-up.

    Raises
    ------
    UnknownNameError
        If the table has no such column.
    UsageError
        If revenue is asked for and there is none.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> rows = {"account_id": ["a", "b", "c"], "score": [80.0, 60.0, 30.0], "coverage": [90.0] * 3}
    >>> table = pd.DataFrame({**rows, "band_model": ["champion", "healthy", "danger"]})
    >>> day = datetime(2020, 2, 1, tzinfo=UTC)
    >>> scores = HealthScores(table, pd.DataFrame(), 60.0, "account_id", None, day, "")
    >>> accounts = pd.DataFrame({"account_id": ["a", "b", "c"], "csm": ["Ann", "Ann", "Bob"]})
    >>> roll_up(scores, accounts).table[["group", "accounts", "score", "overlaps"]]
      group  accounts  score  overlaps
    0   Ann         2   70.0         1
    1   Bob         1   30.0         1
    """
    now = gather_members(scores, accounts, by, weight)
    past = None if before is None else gather_members(*before, by, weight)
    names = sorted({*now.rows["group"], *([] if past is None else past.rows["group"])})
    split = _standing(now, names)
    whole = _standing(now, names, together=True)
    if past is not None:
        split |= _movement(past, now, names)
        whole |= _movement(past, now, names, together=True)
    table = pd.DataFrame({"group": names, **split})
    table = table.sort_values(["shrunken", "group"], ascending=[False, True], ignore_index=True)
    one = pd.DataFrame({"group": ["(all)"], **whole})
    return HealthRollup(
        by,
        weight or "equal",
        table,
        one,
        rollup_text(table, one, by),
        rollup_caveats(now, past, by, weight),
    )


def _places(gathered: Gathered, names: list[str], *, together: bool) -> npt.NDArray[np.int64]:
    """The group of each row, from 0; one for all where they are taken together."""
    if together:
        return np.zeros(len(gathered.rows), dtype=np.int64)
    return np.searchsorted(np.array(names, dtype=object), gathered.rows["group"].to_numpy()).astype(np.int64)


def _standing(gathered: Gathered, names: list[str], *, together: bool = False) -> dict[str, Floats]:
    """Columns of one date."""
    rows, groups = gathered.rows, 1 if together else len(names)
    at = _places(gathered, names, together=together)
    counted = rows["counted"].to_numpy(dtype=bool)
    members = Members(np.where(counted, at, -1), *_numbers(gathered), np.ones(len(rows), dtype=bool))
    means = shrunken_means(members, groups)
    accounts = np.bincount(at, minlength=groups)
    meets = (means.lower[:, None] <= means.upper) & (means.lower <= means.upper[:, None])
    band = rows["band_model"].to_numpy()
    arr = rows["arr"].to_numpy(dtype=np.float64)
    money = np.bincount(at, np.nan_to_num(arr), groups)
    columns = {
        "accounts": accounts,
        "score": means.mean,
        "shrunken": means.shrunken,
        "lower": means.lower,
        "upper": means.upper,
        "overlaps": meets.sum(axis=1) - np.diag(meets),
        INSUFFICIENT: np.bincount(at[band == INSUFFICIENT], minlength=groups),
        "without_arr": np.bincount(at[np.isnan(arr)], minlength=groups),
    }
    for name in reversed(BANDS):
        inside = band == name
        columns[f"{name}_accounts"] = _percent(np.bincount(at[inside], minlength=groups), accounts)
        columns[f"{name}_arr"] = _percent(
            np.bincount(at, np.where(inside, np.nan_to_num(arr), 0), groups), money
        )
    return columns


def _numbers(gathered: Gathered) -> tuple[Floats, Floats]:
    """Weights and scores of the rows."""
    rows = gathered.rows
    return rows["weight"].to_numpy(dtype=np.float64), rows["score"].to_numpy(dtype=np.float64)


def _percent(part: npt.NDArray[np.generic], whole: npt.NDArray[np.generic]) -> Floats:
    """Share in %, NaN of nothing."""
    total = np.asarray(whole, dtype=np.float64)
    shares: Floats = np.full(len(total), np.nan)
    return np.divide(100.0 * np.asarray(part), total, out=shares, where=total > 0)


def _movement(
    past: Gathered, now: Gathered, names: list[str], *, together: bool = False
) -> dict[str, Floats]:
    """Columns of the change."""
    ids = np.union1d(past.rows["id"].to_numpy(dtype=object), now.rows["id"].to_numpy(dtype=object))
    earlier, later = (_aligned(one, names, ids, together=together) for one in (past, now))
    found = group_movement(earlier, later, 1 if together else len(names))
    return {"before": found.before, "change": found.change} | {name: getattr(found, name) for name in PARTS}


def _aligned(
    gathered: Gathered, names: list[str], ids: npt.NDArray[np.object_], *, together: bool
) -> Members:
    """One date's accounts among those of both dates."""
    rows = gathered.rows
    place = np.searchsorted(ids, rows["id"].to_numpy(dtype=object))
    counted = rows["counted"].to_numpy(dtype=bool)
    group = np.full(len(ids), -1, dtype=np.int64)
    group[place] = np.where(counted, _places(gathered, names, together=together), -1)
    weight, score = np.zeros(len(ids)), np.zeros(len(ids))
    weight[place], score[place] = _numbers(gathered)
    customer = pd.Series(ids).isin(gathered.customers).to_numpy()
    return Members(group, weight, score, customer)
