"""The score of one account month by month, and what the model said of all of them on a day of the past."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlib.data.clock import day_to_date, from_microseconds, local_day_number, local_midnight_us
from cxlib.errors import UnknownNameError
from cxlib.health.account_months import AccountMonths
from cxlib.health.configuration import HealthConfiguration, Unit
from cxlib.health.score import bands_of
from cxlib.health.scores import INSUFFICIENT, HealthScores
from cxlib.health.sentences import describe
from cxlib.result import Caveat, Result
from cxlib.text import format_day, format_value, plural

__all__ = ["ScoreHistory", "remembered_scores", "score_history"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False, repr=False)
class ScoreHistory(Result):
    """The score of one account as it stood at the beginning of each month.

    Parameters
    ----------
    account : str
        Its id.
    table : DataFrame
        A row a snapshot, by day: `day` (local), `score` (0-100), `coverage` (%), `band_model`.
    bands : dict of str to float
        The lowest score of each band but the worst.
    churned : date or None
        The local day on which it left.
    text : str
        Sentences.
    caveats : tuple of Caveat
        What to know first.
    """

    account: str
    table: pd.DataFrame
    bands: dict[str, float]
    churned: date | None
    text: str
    caveats: tuple[Caveat, ...] = ()


def score_history(months: AccountMonths, account: str, *, configuration: HealthConfiguration) -> ScoreHistory:
    """Follow the score of one account over the months.

    Parameters
    ----------
    months : AccountMonths
        From `account_months`.
    account : str
        Id of one of its accounts.
    configuration : HealthConfiguration
        Gives the bands: `.configuration` of the scores.

    Returns
    -------
    ScoreHistory
        Each month as it was known then.

    Raises
    ------
    UnknownNameError
        If no snapshot holds the account.

    Examples
    --------
    >>> import cxlib as cx
    >>> from cxlib.data.settings import read_settings
    >>> from cxlib.health.configuration import configured
    >>> months = cx.AccountMonths(
    ...     ("A",), ("nps",), np.array([0, 0]), np.array([18262, 18293]), np.array([[0.9], [0.5]]),
    ...     np.ones((2, 1), bool), np.ones((2, 1)), np.ones(1), np.array([0.6]), np.array([90.0, 50.0]),
    ...     np.array([np.nan]), np.array([np.nan]), 18300)
    >>> history = cx.score_history(months, "A", configuration=configured(read_settings(None)))
    >>> history.table[["day", "score", "band_model"]]
              day  score       band_model
    0  2020-01-01   90.0         champion
    1  2020-02-01   50.0  needs_attention
    """
    seen = sorted({months.accounts[place] for place in months.account.tolist()})
    if account not in seen:
        raise UnknownNameError("account", account, seen, expected="an account with a snapshot")
    place = months.accounts.index(account)
    rows = np.flatnonzero(months.account == place)
    rows = rows[np.argsort(months.day[rows], kind="stable")]
    coverage, band = _standing(months, rows, configuration)
    table = pd.DataFrame(
        {
            "day": [day_to_date(int(day)) for day in months.day[rows]],
            "score": months.score[rows],
            "coverage": coverage,
            "band_model": band,
        }
    )
    left = months.churned[place]
    churned = day_to_date(int(left)) if np.isfinite(left) else None
    return ScoreHistory(
        account, table, dict(configuration.bands), churned, _text(account, table, churned), _caveats(table)
    )


def _standing(
    months: AccountMonths, rows: NDArray[np.int64], configuration: HealthConfiguration
) -> tuple[Floats, NDArray[np.str_]]:
    """Coverage in % and band of some snapshots."""
    coverage = months.coverage(rows)
    band = bands_of(months.score[rows], configuration)
    return 100 * coverage, np.where(coverage >= configuration.coverage_min, band, INSUFFICIENT)


def _text(account: str, table: pd.DataFrame, churned: date | None) -> str:
    first, last = table.iloc[0], table.iloc[-1]
    ends = f"{format_value(first['score'])} to {format_value(last['score'])} of 100"
    days = f"{format_day(first['day'])} to {format_day(last['day'])}"
    changes = int((table["band_model"].to_numpy()[1:] != table["band_model"].to_numpy()[:-1]).sum())
    left = f" It left on {format_day(churned)}." if churned is not None else ""
    return (
        f"{account} went from {ends} ({days}), {last['band_model'].replace('_', ' ')} at the end; "
        f"its band changed {plural(changes, 'time')}.{left}"
    )


def _caveats(table: pd.DataFrame) -> tuple[Caveat, ...]:
    little = int((table["band_model"] == INSUFFICIENT).sum())
    if not little:
        return ()
    words = f"In {plural(little, 'month')} of {len(table)} too little was known for a band."
    return (Caveat("little_known", words),)


def remembered_scores(
    months: AccountMonths, configuration: HealthConfiguration, *, unit: Unit, zone: str
) -> Callable[[datetime], HealthScores]:
    """What the model said at the beginning of the month of an instant, from snapshots that are at hand.

    It takes the place of scoring every day anew, such as for `check_overrides`.

    Parameters
    ----------
    months : AccountMonths
        Snapshots.
    configuration : HealthConfiguration
        Bands and least coverage.
    unit : {"account_id", "customer_id"}
        What was scored.
    zone : str
        In which days begin.
    """
    days = np.unique(months.day)

    def scores_at(moment: datetime) -> HealthScores:
        us = np.array([int(moment.timestamp()) * 1_000_000], dtype=np.int64)
        at = int(np.searchsorted(days, local_day_number(us, zone)[0], side="right")) - 1
        rows = np.flatnonzero(months.day == days[at]) if at >= 0 else np.array([], dtype=np.int64)
        day = from_microseconds(local_midnight_us(int(days[max(at, 0)]), zone))
        return _remembered(months, rows, configuration, unit, day)

    return scores_at


def _remembered(
    months: AccountMonths,
    rows: NDArray[np.int64],
    configuration: HealthConfiguration,
    unit: Unit,
    day: datetime,
) -> HealthScores:
    """The scores of some snapshots, as far as snapshots tell them."""
    ids = [months.accounts[place] for place in months.account[rows].tolist()]
    coverage, band = _standing(months, rows, configuration)
    table = pd.DataFrame(
        {unit: ids, "score": months.score[rows], "coverage": coverage, "band_model": band, "status": "ok"}
    )
    points = 100 * months.weights * (months.x[rows] - months.reference)
    parts: dict[str, Any] = {
        unit: np.repeat(np.array(ids, dtype=object), len(months.metrics)),
        "metric": list(months.metrics) * len(ids),
        "contribution": points.reshape(-1),
    }
    base = 100 * float(months.weights @ months.reference)
    return HealthScores(table, pd.DataFrame(parts), base, unit, configuration, day, describe(table, unit), ())
