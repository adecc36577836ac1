"""Why an account has its score: the points that each metric adds to or takes from that of the average."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from cxlib.errors import UnknownNameError
from cxlib.health.scores import INSUFFICIENT, HealthScores
from cxlib.health.sentences import unit_word
from cxlib.result import Caveat, Result
from cxlib.text import format_interval, format_value, join_words, metric_label

__all__ = ["ScoreExplanation", "explain_score"]

_SMALL = 0.05  # points that round to none


@dataclass(frozen=True, eq=False, repr=False)
class ScoreExplanation(Result):
    """What the score of one account is made of: score = base + Σ contribution.

    Parameters
    ----------
    account : str
        Its id.
    score, base : float
        0-100; the base is the score of an account of which nothing is known.
    band : str
        The model's.
    table : DataFrame
        A row a metric, the largest contributions first, what is missing last: `metric`, `value`, `n`,
        `age_days`, `d`, `ref`, `weight`, `reliability`, `contribution`, `se`, `status`.
    text : str
        One sentence, and one on what is missing.
    caveats : tuple of Caveat
        Those of the scores.
    """

    account: str
    score: float
    base: float
    band: str
    table: pd.DataFrame
    text: str
    caveats: tuple[Caveat, ...] = ()


def explain_score(scores: HealthScores, account: str) -> ScoreExplanation:
    """Say what the score of one account is made of.

    Parameters
    ----------
    scores : HealthScores
        What `score_health` returned.
    account : str
        Id of one of its accounts.

    Returns
    -------
    ScoreExplanation
        Contributions that sum, with the base, to the score.

    Raises
    ------
    UnknownNameError
        If the account is not among the scores.

    Examples
    --------
    >>> import cxlib as cx
    >>> accounts = pd.DataFrame({"account_id": ["A", "B"]})
    >>> answers = pd.DataFrame({"survey_id": ["1", "2", "3"], "kind": "csat", "score": [5, 5, 1]})
    >>> answers["account_id"] = ["A", "A", "B"]
    >>> answers["sent_at"] = answers["responded_at"] = "2020-02-01T09:00Z"
    >>> scores = cx.score_health(cx.load({"accounts": accounts, "surveys": answers}, as_of="2020-02-02"))
    >>> print(explain_score(scores, "B").text.split(":")[0])
    B scores 29.2 [3.7, 70.9] of 100 (insufficient data)
    """
    unit = scores.unit
    rows = scores.table[scores.table[unit] == account]
    if not len(rows):
        raise UnknownNameError(
            unit_word(unit), account, scores.table[unit], expected=f"a current {unit_word(unit)}"
        )
    row = {str(name): value for name, value in rows.iloc[0].items()}
    parts = scores.contributions[scores.contributions[unit] == account].drop(columns=unit)
    order = parts.assign(missing=parts["status"] != "ok", size=-parts["contribution"].abs())
    table = order.sort_values(["missing", "size"], kind="stable", ignore_index=True)
    table = table.drop(columns=["missing", "size"])
    return ScoreExplanation(
        account=account,
        score=row["score"],
        base=row["base"],
        band=row["band_model"],
        table=table,
        text=_sentences(account, row, table),
        caveats=scores.caveats,
    )


def _sentences(account: str, row: Mapping[str, Any], table: pd.DataFrame) -> str:
    interval = format_interval(row["lower"], row["upper"], "points")
    band = row["band_model"].replace("_", " ")
    maybe = f", may also be {row['may_be'].replace('_', ' ')}" if row["may_be"] else ""
    head = f"{account} scores {format_value(row['score'])} {interval} of 100 ({band}{maybe})"
    known = table[table["status"] == "ok"]
    told = [
        f"{metric_label(metric)} {format_value(points, 'points', signed=True)}"
        for metric, points in zip(known["metric"], known["contribution"].round(1), strict=True)
        if abs(points) > _SMALL
    ]
    base = f"{format_value(row['base'])} for the average"
    missing = [metric_label(name) for name in table.loc[table["status"] != "ok", "metric"]]
    tail = (
        f" No data: {join_words(missing)}; coverage {format_value(row['coverage'], '%')}." if missing else ""
    )
    said = (
        f"{head}: {base}, {join_words(told)}."
        if told
        else f"{head}: {base}, and nothing moves it from there."
    )
    few = " Too little is known for a band." if band == INSUFFICIENT.replace("_", " ") else ""
    return said + tail + few
