"""What the page on health says first: who stands where, what moved, what the score is worth."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

import numpy as np
import pandas as pd
from scipy.stats import binom

from cxlib.health.backtest import Backtest
from cxlib.health.coverage import LEAST_POINTS
from cxlib.health.movement import HealthMovement
from cxlib.health.opportunities import Opportunities
from cxlib.health.scores import BANDS, INSUFFICIENT, HealthScores
from cxlib.health.sentences import unit_word
from cxlib.text import (
    format_count,
    format_day,
    format_fraction,
    format_interval,
    format_value,
    join_words,
    metric_label,
    plural,
)

__all__ = ["answer_lines", "begin_with", "called", "change_words", "fell_words", "main_row", "mean_change"]

_Z95: Final = 1.959963984540054
_MAIN_LEAD: Final = 30
_BAND_WORDS: Final = {
    "danger": ("is in danger", "are in danger"),
    "needs_attention": ("needs attention", "need attention"),
    "healthy": ("is healthy", "are healthy"),
    "champion": ("is a champion", "are champions"),
}
_PLAIN: Final = ("tenure", "chance")


def answer_lines(
    scores: HealthScores,
    movement: HealthMovement | None,
    tested: Backtest | None,
    lists: Opportunities | None,
    *,
    day: date,
) -> list[str]:
    """Five sentences or fewer: standing, movement, who is heard of, what the score is worth, what to do.

    Parameters
    ----------
    scores : HealthScores
        Of the day.
    movement : HealthMovement or None
        Since an earlier day.
    tested : Backtest or None
        Of the months so far.
    lists : Opportunities or None
        Worklists.
    day : date
        Local day of the scores.
    """
    lines = [_standing(scores, day)]
    if movement is not None and len(movement.table):
        lines += [_moved(movement), _heard(movement)]
    if tested is not None:
        lines.append(_worth(tested))
    if lists is not None:
        lines.append(_action(lists))
    return lines


def _standing(scores: HealthScores, day: date) -> str:
    """How many stand in which band."""
    counts = {name: int((scores.table["band_model"] == name).sum()) for name in (*BANDS, INSUFFICIENT)}
    told = [
        f"{format_count(counts[name])} {_BAND_WORDS[name][counts[name] != 1]}"
        for name in BANDS
        if counts[name]
    ]
    little = counts[INSUFFICIENT]
    unknown = f"; of {format_count(little)} too little is known to say" if little else ""
    who = plural(len(scores.table), unit_word(scores.unit))
    return f"{who} on {format_day(day)}: {join_words(told) or 'none has a band'}{unknown}."


def mean_change(table: pd.DataFrame) -> tuple[float, float, float]:
    """Mean change of the accounts scored on both days, with its 95 % interval over accounts.

    Parameters
    ----------
    table : DataFrame
        With `change`.

    Examples
    --------
    >>> mean_change(pd.DataFrame({"change": [1.0, 1.0]}))
    (1.0, 1.0, 1.0)
    """
    change = table["change"].to_numpy(dtype=np.float64)
    mean = float(change.mean())
    if change.size < 2:
        return mean, float("nan"), float("nan")
    half = _Z95 * float(change.std(ddof=1)) / change.size**0.5
    return mean, mean - half, mean + half


def _moved(movement: HealthMovement) -> str:
    """The movement of the mean, whether it is more than noise, and how many accounts moved for real."""
    table = movement.table
    size, verdict = change_words(movement)
    real = table[table["real"]]
    up, down = int((real["change"] > 0).sum()), int((real["change"] < 0).sum())
    chance = 0.05 * len(table)
    more = float(binom.sf(up + down - 1, len(table), 0.05)) < 0.025
    said = "that is more than chance makes" if more else "chance alone makes as many"
    return (
        f"Since {format_day(movement.before.as_of)} the mean score of the {format_count(len(table))} "
        f"scored on both days moved by {size}: {verdict}. {format_count(up)} rose and {format_count(down)} "
        f"fell by more than sampling explains; {said} (up to {format_count(chance)})."
    )


def change_words(movement: HealthMovement) -> tuple[str, str]:
    """The change of the mean with its interval, and whether that leaves zero.

    Parameters
    ----------
    movement : HealthMovement
        With accounts.
    """
    mean, low, high = mean_change(movement.table)
    size = f"{format_value(mean, 'points', signed=True)} {format_interval(low, high, 'points')}"
    return size, "it rose" if low > 0 else "it fell" if high < 0 else "no clear change"


def _heard(movement: HealthMovement) -> str:
    """Whether only who is heard of has changed, and which logged change lines up."""
    known = movement.coverage
    rows = known.table[known.table["fell"]].to_dict("records")
    if not rows:
        ends = f"{format_value(known.before, '%')} then, {format_value(known.after, '%')} now"
        return (
            f"Who is heard of has not changed (coverage {ends}): a movement here is not that of an audience, "
            "and the change log was not asked."
        )
    told = join_words([fell_words(row) for row in rows])
    logs = [
        f" The change log on {metric_label(name)}: {one.text.partition(chr(10))[0]}"
        for name, one in known.found.items()
    ]
    return f"Who is heard of has changed, which is not how they fare: {told}.{''.join(logs)}"


def fell_words(row: Mapping[Any, Any]) -> str:
    """What a metric lost: rows, or accounts."""
    name = metric_label(row["metric"])
    if row["rows_after"] < row["rows_before"]:
        counts = f"{format_count(row['rows_after'])} rows, {format_count(row['rows_before'])} before"
        return f"{name} rests on {counts}"
    what = "lately" if row["lately_before"] - row["lately_after"] >= LEAST_POINTS else "known"
    ends = " of accounts, ".join(format_value(row[f"{what}_{end}"], "%") for end in ("after", "before"))
    return f"{name} is {'heard of lately' if what == 'lately' else 'known'} of {ends} before"


def main_row(tested: Backtest) -> Mapping[str, Any] | None:
    """The lead by which the whole is judged: of those judged the one nearest to 30 days."""
    rows = [{str(key): value for key, value in row.items()} for row in tested.table.to_dict("records")]
    judged = [row for row in rows if row["status"] == "ok"]
    return min(judged, key=lambda row: abs(row["lead_days"] - _MAIN_LEAD), default=None)


def _worth(tested: Backtest) -> str:
    """What the back-test says of the score, in plain words."""
    row = main_row(tested)
    if not tested.usable or row is None:
        return f"Does the score tell who leaves? {tested.text.partition(chr(10))[0]}"
    bounds = f"[{format_fraction(row['lower'])}, {format_fraction(row['upper'])}]"
    events = f"{format_count(row['churned_accounts'])} of {plural(row['accounts'], 'account')} left"
    beaten = row["gain_lower"] > 0
    so = "" if beaten else " Read it for the reasons behind a score, not as a ranking of who leaves."
    return (
        f"Does the score tell who leaves? {plural(row['lead_days'], 'day')} ahead it is {row['verdict']}: "
        f"its AUC is {format_fraction(row['auc'])} {bounds}, that of {called(row)} "
        f"{format_fraction(row['baseline_auc'])} ({events}).{so}"
    )


def called(row: Mapping[str, Any]) -> str:
    """The best naive predictor in words.

    Examples
    --------
    >>> called({"baseline": "nps"})
    'NPS alone'
    """
    name = str(row["baseline"])
    return name if name in _PLAIN else f"{metric_label(name)} alone"


def _action(lists: Opportunities) -> str:
    """What is on the worklists, and with whom to begin, and why."""
    first = _first(lists)
    return f"{begin_with(lists)[:-1]}: {first['rules']}." if first is not None else lists.text


def begin_with(lists: Opportunities) -> str:
    """What is on the worklists, and with whom to begin.

    Parameters
    ----------
    lists : Opportunities
        What `find_opportunities` returned.
    """
    first = _first(lists)
    return f"{lists.text} Begin with {first['account_id']}." if first is not None else lists.text


def _first(lists: Opportunities) -> "pd.Series[Any] | None":
    """An overdue renewal before one at risk."""
    return next((rows.iloc[0] for rows in (lists.overdue, lists.renewals) if len(rows)), None)
