"""Were people or the model right? Overrides held against who left afterwards."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

import numpy as np
import pandas as pd
from scipy.stats import binomtest

from cxlib.data.clock import zone_of
from cxlib.data.dataset import Dataset
from cxlib.health.override_outcomes import ScoresAt, override_outcomes
from cxlib.health.score import score_health
from cxlib.health.scores import BANDS, HealthScores
from cxlib.result import Caveat, Result
from cxlib.text import format_value, join_words, metric_label, plural, say_probability

__all__ = ["OverrideReview", "check_overrides"]

_AT_RISK: Final = ("danger", "needs_attention")
_LEAST_AUTHOR: Final = 20  # overrides below which nobody is judged
_LEAST_DOUBT: Final = 6  # in one direction: the fewest that a sign test can tell from chance
_ALPHA: Final = 0.05
_COUNTS: Final = ("n", "both_right", "people_only", "model_only", "both_wrong")


@dataclass(frozen=True, eq=False, repr=False)
class OverrideReview(Result):
    """Overrides and the model's bands of the same day, held against who left within the horizon.

    A band of danger or needs_attention says that the account leaves, any other that it stays.

    Parameters
    ----------
    table : DataFrame
        A row an override: `account_id`, `set_at`, `author`, `band`, `band_model` (of the day it was set),
        `churned` (within the horizon; missing where that is not known), `status` ("judged"; "open": the
        horizon has not ended; "repeated": within the horizon of an earlier one of the account; "no_band": the
        model had none; "gone": set after the account had left; "no_dates": no `churned_at` in the data).
    square : DataFrame
        Two by two, judged ones: `people` (right, wrong) by `model_right` and `model_wrong`.
    authors : DataFrame
        A row an author with at least 20 judged: `author`, `n`, `both_right`, `people_only`, `model_only`,
        `both_wrong`, `p`.
    horizon_days : int
        Days after `set_at`.
    p : float
        Exact McNemar test of people against the model; NaN where they never differ.
    agreed : float
        % of overrides with a model band that gave the band which the model gave anyway.
    doubted : tuple of str
        Metrics that many overrides contradict in one direction: their weight or shape is doubted.
    text : str
        Sentences.
    caveats : tuple of Caveat
        What to know first.
    """

    table: pd.DataFrame
    square: pd.DataFrame
    authors: pd.DataFrame
    horizon_days: int
    p: float
    agreed: float
    doubted: tuple[str, ...]
    text: str
    caveats: tuple[Caveat, ...] = ()


def check_overrides(
    data: Dataset, scores_at: ScoresAt | pd.DataFrame | None = None, *, horizon_days: int = 90
) -> OverrideReview:
    """Hold overrides and the model's bands of the same day against who left.

    Parameters
    ----------
    data : Dataset
        With the tables `overrides` and `accounts`.
    scores_at : callable, DataFrame or None
        The model on a date: from an instant to `HealthScores`; asked once for the first midnight of each
        local day on which an override was set. None: the score of ``[health]`` at the beginning of that
        month. Or a frame of what it said: `account_id`, `set_at`, `band_model`; then no metric can be
        doubted.
    horizon_days : int
        Days after `set_at` within which an account leaves, or stays.

    Returns
    -------
    OverrideReview
        An account counts once a horizon; windows that have not ended are not judged.

    References
    ----------
    .. [1] McNemar (1947), Psychometrika 12, 153-157, in its exact form.

    Examples
    --------
    >>> import cxlib as cx
    >>> told = {"account_id": ["A-1"], "band": ["danger"], "author": ["ann"], "reason": ["sponsor left"]}
    >>> dates = {"set_at": ["2020-01-15T09:00Z"], "expires_at": ["2020-04-01T00:00Z"]}
    >>> left = {"account_id": ["A-1"], "churned_at": ["2020-02-20T00:00Z"]}
    >>> frames = {"overrides": pd.DataFrame({**told, **dates}), "accounts": pd.DataFrame(left)}
    >>> said = {"account_id": ["A-1"], "set_at": ["2020-01-15T09:00Z"], "band_model": ["healthy"]}
    >>> found = check_overrides(cx.load(frames, as_of="2020-06-01"), pd.DataFrame(said))
    >>> found.table[["band", "band_model", "churned", "status"]]
         band band_model churned  status
    0  danger    healthy    True  judged
    """
    asked = _scores_by_month(data) if scores_at is None else scores_at
    table, metrics = override_outcomes(data, asked, horizon_days)
    judged = table[table["status"] == "judged"]
    total = _counts(judged)
    authors = [
        {"author": author, **_counts(own), "p": _mcnemar(_counts(own))}
        for author in sorted(set(judged["author"]))
        if len(own := judged[judged["author"] == author]) >= _LEAST_AUTHOR
    ]
    known = table[table["band_model"].isin(BANDS) & (table["status"] != "repeated")]
    agreed = 100 * float((known["band"] == known["band_model"]).mean()) if len(known) else float("nan")
    doubts = _doubts(known.join(metrics))
    return OverrideReview(
        table=table,
        square=pd.DataFrame(
            {
                "people": ["right", "wrong"],
                "model_right": [total["both_right"], total["model_only"]],
                "model_wrong": [total["people_only"], total["both_wrong"]],
            }
        ),
        authors=pd.DataFrame(authors, columns=["author", *_COUNTS, "p"]),
        horizon_days=horizon_days,
        p=_mcnemar(total),
        agreed=agreed,
        doubted=tuple(doubts),
        text="\n".join([_sentence(total, horizon_days, len(table)), *_agreement(agreed), *doubts.values()]),
        caveats=_caveats(table),
    )


def _scores_by_month(data: Dataset) -> ScoresAt:
    """The score at the beginning of a day's month, made once a month."""
    known: dict[date, HealthScores] = {}

    def scores_at(moment: datetime) -> HealthScores:
        month = moment.astimezone(zone_of(data.zone)).date().replace(day=1)
        if month not in known:
            known[month] = score_health(data.at(month))
        return known[month]

    return scores_at


def _counts(judged: pd.DataFrame) -> dict[str, int]:
    """How many were told rightly by people and by the model."""
    churned = judged["churned"].astype(bool)
    people = judged["band"].isin(_AT_RISK) == churned
    model = judged["band_model"].isin(_AT_RISK) == churned
    cells = ((people & model), (people & ~model), (~people & model), (~people & ~model))
    return dict(zip(_COUNTS, (len(judged), *(int(cell.sum()) for cell in cells)), strict=True))


def _mcnemar(counts: dict[str, int]) -> float:
    """Exact two-sided test of whether one is right more often where the two differ."""
    differ = counts["people_only"] + counts["model_only"]
    return float(binomtest(counts["people_only"], differ).pvalue) if differ else float("nan")


def _doubts(known: pd.DataFrame) -> dict[str, str]:
    """Metrics that many overrides contradict in one direction, with the sentence for each."""
    rank = {band: place for place, band in enumerate(BANDS)}
    pull = known["band"].map(rank) - known["band_model"].map(rank)
    differing = int((pull != 0).sum())
    against = known["worst"].where(pull > 0, known["best"]).where(pull != 0)
    found = {}
    for metric in sorted(set(against.dropna())):
        up = int(((against == metric) & (pull > 0)).sum())
        down = int(((against == metric) & (pull < 0)).sum())
        most = max(up, down)
        if most >= max(_LEAST_DOUBT, differing / 2) and binomtest(most, up + down).pvalue < _ALPHA:
            side = (
                "above the model where it speaks most against"
                if up > down
                else "below it where it speaks most for"
            )
            found[metric] = (
                f"Weight or shape of {metric_label(metric)} is doubted: {most} of {differing} overrides that "
                f"differ set accounts {side} them."
            )
    return found


def _sentence(total: dict[str, int], horizon: int, rows: int) -> str:
    """Who was right."""
    if not rows:
        return "No override was set."
    if not total["n"]:
        return f"None of {plural(rows, 'override')} can be judged yet."
    people, model = (total["both_right"] + total[name] for name in ("people_only", "model_only"))
    said = (
        f"Of {plural(total['n'], 'override')}, judged by who left within {horizon} days, people were right "
    )
    p = _mcnemar(total)
    if np.isnan(p):
        return f"{said}about {people}, and so was the model: they said the same of every account."
    better = "people" if people > model else "the model"
    verdict = f"{better} did better" if p < _ALPHA else "no difference beyond chance"
    return (
        f"{said}about {people} and the model about {model}: {verdict} (exact McNemar {say_probability(p)})."
    )


def _agreement(agreed: float) -> list[str]:
    if np.isnan(agreed):
        return []
    return [f"{format_value(agreed, '%')} of overrides gave the band that the model gave anyway."]


def _caveats(table: pd.DataFrame) -> tuple[Caveat, ...]:
    """What was not judged, and why."""
    words = {
        "no_dates": "without churned_at in the data",
        "gone": "set after the account had left",
        "repeated": "within the horizon of an earlier one of the account",
        "no_band": "on a day on which the model had no band",
        "open": "with a horizon that has not ended",
    }
    counts = {status: int((table["status"] == status).sum()) for status in words}
    told = [f"{count} {words[status]}" for status, count in counts.items() if count]
    return (Caveat("not_judged", f"Overrides not judged: {join_words(told)}."),) if told else ()
