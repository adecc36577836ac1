"""What people say of accounts against the model: dated, and at an end some day."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from cxlib.data.clock import zone_of
from cxlib.data.dataset import Dataset
from cxlib.health.scores import BANDS
from cxlib.result import Caveat, Result
from cxlib.text import format_day, join_words, plural

__all__ = ["LONGEST_DAYS", "OVERRIDE_COLUMNS", "Overrides", "active_overrides", "read_overrides"]

LONGEST_DAYS: Final = 180
"""After this many days an override ends, whatever it says."""

OVERRIDE_COLUMNS: Final = ("account_id", "band", "author", "reason", "set_at", "expires_at")
_STATES: Final = ("active", "superseded", "expired")


@dataclass(frozen=True, eq=False, repr=False)
class Overrides(Result):
    """Overrides that were set up to `as_of`: those in force, and what became of the others.

    Parameters
    ----------
    table : DataFrame
        A row an override, the active ones first: `account_id`, `band`, `author`, `reason`, `set_at`,
        `expires_at` (UTC; at most 180 days after `set_at`), `status` ("active"; "superseded": a later one of
        the account is in force; "expired").
    text : str
        Sentences.
    caveats : tuple of Caveat
        `long_life`: ended at 180 days; `set_later`: set after `as_of`, not in force yet.
    """

    table: pd.DataFrame
    text: str
    caveats: tuple[Caveat, ...] = ()

    @property
    def active(self) -> pd.DataFrame:
        """The one in force for each account that has any, sorted by id."""
        kept = self.table[self.table["status"] == "active"]
        return kept.loc[:, list(OVERRIDE_COLUMNS)].sort_values("account_id", ignore_index=True)


def active_overrides(data: Dataset) -> pd.DataFrame:
    """The override in force at `as_of` for each account that has one.

    Parameters
    ----------
    data : Dataset
        Checked tables.

    Returns
    -------
    DataFrame
        `account_id`, `band`, `author`, `reason`, `set_at`, `expires_at`: one row an account, sorted by id;
        empty where there is no table of overrides.

    Examples
    --------
    >>> import cxlib as cx
    >>> told = {"account_id": ["A-1"], "band": ["danger"], "author": ["ann"], "reason": ["sponsor left"]}
    >>> dates = {"set_at": ["2020-01-15T09:00Z"], "expires_at": ["2020-04-01T00:00Z"]}
    >>> data = cx.load({"overrides": pd.DataFrame({**told, **dates})}, as_of="2020-02-01")
    >>> active_overrides(data)[["account_id", "band", "reason"]]
      account_id    band        reason
    0        A-1  danger  sponsor left
    """
    return read_overrides(data).active


def read_overrides(data: Dataset) -> Overrides:
    """All overrides that were set up to `as_of`.

    Parameters
    ----------
    data : Dataset
        Checked tables.

    Returns
    -------
    Overrides
        One is active while ``set_at <= as_of < expires_at``. Of several of one account the latest `set_at`
        is in force; of those set at one instant, the worse band.

    Examples
    --------
    >>> import cxlib as cx
    >>> told = {"account_id": ["A-1"], "band": ["danger"], "author": ["ann"], "reason": ["sponsor left"]}
    >>> dates = {"set_at": ["2020-01-15T09:00Z"], "expires_at": ["2020-04-01T00:00Z"]}
    >>> data = cx.load({"overrides": pd.DataFrame({**told, **dates})}, as_of="2020-05-01")
    >>> read_overrides(data).table[["account_id", "status"]]
      account_id   status
    0        A-1  expired
    """
    rows = data.frame("overrides") if data.has("overrides") else pd.DataFrame(columns=list(OVERRIDE_COLUMNS))
    rows = rows.loc[:, list(OVERRIDE_COLUMNS)]
    moment = pd.Timestamp(data.as_of)
    for name in ("set_at", "expires_at"):
        rows[name] = pd.to_datetime(rows[name], utc=True)
    later = int((rows["set_at"] > moment).sum())
    rows = rows[rows["set_at"] <= moment]
    latest = rows["set_at"] + pd.Timedelta(days=LONGEST_DAYS)
    long = rows["expires_at"] > latest
    ids = sorted(set(rows.loc[long & (moment < latest), "account_id"]))
    rows = rows.assign(expires_at=rows["expires_at"].where(~long, latest))
    table = _with_status(rows, moment)
    day = data.as_of.astimezone(zone_of(data.zone))
    return Overrides(table, _sentence(table, format_day(day)), _caveats(ids, later))


def _with_status(rows: pd.DataFrame, moment: pd.Timestamp) -> pd.DataFrame:
    """Rows with what became of each; the one in force stands first."""
    rank = rows["band"].map({band: place for place, band in enumerate(BANDS)})
    ordered = rows.assign(
        live=rows["expires_at"] > moment, age=moment - rows["set_at"], rank=rank
    ).sort_values(
        ["account_id", "live", "age", "rank", "author", "reason"], ascending=[True, False, *[True] * 4]
    )
    first = ~ordered["account_id"].duplicated()
    status = np.select([~ordered["live"], first], ["expired", "active"], "superseded")
    state = pd.Categorical(status, _STATES, ordered=True)
    told = ordered.assign(status=state).sort_values(
        ["status", "account_id"], kind="stable", ignore_index=True
    )
    return told.assign(status=told["status"].astype(object)).loc[:, [*OVERRIDE_COLUMNS, "status"]]


def _sentence(table: pd.DataFrame, day: str) -> str:
    if table.empty:
        return f"No override was set up to {day}."
    counts = [(int((table["status"] == state).sum()), state) for state in _STATES]
    told = join_words([f"{count} {state}" for count, state in counts if count])
    return f"{plural(len(table), 'override')} up to {day}: {told}."


def _caveats(ids: list[str], later: int) -> tuple[Caveat, ...]:
    found = []
    if ids:
        names = join_words(ids, most=5)
        words = f"Ended {LONGEST_DAYS} days after they were set, sooner than asked for: overrides of {names}."
        found.append(Caveat("long_life", words))
    if later:
        words = f"{plural(later, 'override')} set after as_of: not in force yet."
        found.append(Caveat("set_later", words))
    return tuple(found)
