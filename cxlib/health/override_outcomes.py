"""Overrides beside what the model said on the same day and what became of the account."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from cxlib.data.clock import from_microseconds, local_day_number, local_midnight_us
from cxlib.data.dataset import Dataset
from cxlib.health.scores import BANDS, HealthScores

__all__ = ["ScoresAt", "override_outcomes"]

ScoresAt: TypeAlias = Callable[[datetime], HealthScores]

_COLUMNS = ["account_id", "set_at", "author", "band"]


def override_outcomes(
    data: Dataset, scores_at: ScoresAt | pd.DataFrame, horizon_days: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Overrides set up to `as_of` with the model's band and the outcome.

    Parameters
    ----------
    data : Dataset
        Checked tables.
    scores_at : callable or DataFrame
        As `check_overrides` takes it.
    horizon_days : int
        Days after `set_at`.

    Returns
    -------
    table : DataFrame
        As `OverrideReview.table`.
    metrics : DataFrame
        Of the same rows: `worst` and `best`, the metric that took most from the score and that gave most.
    """
    rows = data.frame("overrides") if data.has("overrides") else pd.DataFrame(columns=_COLUMNS)
    rows = rows.loc[:, _COLUMNS].assign(set_at=pd.to_datetime(rows["set_at"], utc=True))
    rows = rows[rows["set_at"] <= pd.Timestamp(data.as_of)].sort_values(_COLUMNS, ignore_index=True)
    if isinstance(scores_at, pd.DataFrame):
        bands, metrics = _as_told(rows, scores_at), _no_metrics(rows)
    else:
        bands, metrics = _as_scored(rows, scores_at, data.zone)
    table = rows.assign(band_model=bands)
    left, dated = _left(data, rows)
    status = _status(table, left, pd.Timestamp(data.as_of), pd.Timedelta(days=horizon_days))
    table["status"] = status if dated else "no_dates"
    churned = (left <= pd.Timedelta(days=horizon_days)).astype(object)
    table.insert(5, "churned", churned.where(table["status"] == "judged", None))
    return table, metrics


def _left(data: Dataset, rows: pd.DataFrame) -> tuple["pd.Series[pd.Timedelta]", bool]:
    """How long after the override each account left, and whether the data tell that of any."""
    unit = data.settings.raw.get("health", {}).get("unit", "account_id")
    table = "customers" if unit == "customer_id" else "accounts"
    if not data.has(table, unit, "churned_at"):
        return pd.Series(pd.NaT, index=rows.index, dtype="timedelta64[us]"), False
    told = data.frame(table).drop_duplicates(unit).set_index(unit)["churned_at"]
    return pd.to_datetime(rows["account_id"].map(told), utc=True) - rows["set_at"], True


def _no_metrics(rows: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame({"worst": None, "best": None}, index=rows.index, dtype=object)


def _as_told(rows: pd.DataFrame, said: pd.DataFrame) -> "pd.Series[Any]":
    """The model's bands from a frame."""
    keys = ["account_id", "set_at"]
    told = said.assign(set_at=pd.to_datetime(said["set_at"], utc=True)).drop_duplicates(keys).set_index(keys)
    return told["band_model"].reindex(pd.MultiIndex.from_frame(rows[keys])).set_axis(rows.index)


def _as_scored(rows: pd.DataFrame, scores_at: ScoresAt, zone: str) -> tuple["pd.Series[Any]", pd.DataFrame]:
    """The model's bands at the first midnight of each day, and the metrics behind them."""
    metrics, bands = _no_metrics(rows), pd.Series(None, index=rows.index, dtype=object)
    us = rows["set_at"].astype("datetime64[us, UTC]").astype(np.int64).to_numpy()
    days = local_day_number(us, zone)
    for day in np.unique(days):
        scores = scores_at(from_microseconds(local_midnight_us(int(day), zone)))
        ids = rows.loc[days == day, "account_id"]
        bands[days == day] = ids.map(scores.table.set_index(scores.unit)["band_model"])
        for column, extreme in _extremes(scores).items():
            metrics.loc[days == day, column] = ids.map(extreme)
    return bands, metrics


def _extremes(scores: HealthScores) -> dict[str, "pd.Series[Any]"]:
    """The metric that takes most from each account, and the one that gives most, by account."""
    found: dict[str, pd.Series[Any]] = {}
    for name, sign in (("worst", 1), ("best", -1)):
        parts = scores.contributions.assign(pull=sign * scores.contributions["contribution"])
        first = parts[parts["pull"] < 0].sort_values("pull", kind="stable").drop_duplicates(scores.unit)
        found[name] = first.set_index(scores.unit)["metric"]
    return found


def _status(
    rows: pd.DataFrame, left: "pd.Series[pd.Timedelta]", as_of: pd.Timestamp, horizon: pd.Timedelta
) -> "pd.Series[Any]":
    """Whether each row can be judged; of several reasons why not, the last one is told."""
    cases = {
        "open": rows["set_at"] + horizon > as_of,
        "no_band": ~rows["band_model"].isin(BANDS),
        "repeated": pd.Series(_repeated(rows, horizon), index=rows.index, dtype=bool),
        "gone": left <= pd.Timedelta(0),
    }
    status = pd.Series("judged", index=rows.index, dtype=object)
    for name, holds in cases.items():
        status[holds] = name
    return status


def _repeated(rows: pd.DataFrame, horizon: pd.Timedelta) -> list[bool]:
    """Whether an override lies within the horizon of the account's last one that does not."""
    last: dict[str, pd.Timestamp] = {}
    found = []
    for account, moment in zip(rows["account_id"], rows["set_at"], strict=True):
        again = account in last and moment < last[account] + horizon
        found.append(again)
        if not again:
            last[account] = moment
    return found
