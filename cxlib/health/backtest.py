"""Whether the score tells who leaves, on months that it has not seen."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit

from cxlib.errors import LeakWarning, UsageError
from cxlib.health.account_months import AccountMonths
from cxlib.health.backtest_words import caveats_of, leak_sentence, text_of, verdict_of
from cxlib.health.judged import Judged, Setting, judge_lead
from cxlib.result import Caveat, Result

__all__ = ["Backtest", "backtest", "main_lead"]

Floats = NDArray[np.float64]

_MAIN_LEAD: Final = 30
_TEST_SHARE: Final = 1 / 3
_TIMES_BASE: Final = 2.0


@dataclass(frozen=True, eq=False, repr=False)
class Backtest(Result):
    """How well the score ranked and foretold churn after a cut, against what is naive.

    Parameters
    ----------
    table : DataFrame
        A row a lead: `lead_days`; `status` ("ok"; "too few to judge": fewer than 20 churned test accounts;
        "no closed window"); `verdict`; of the test `accounts`, `churned_accounts`, `rows`; of the training
        `training_churned` (accounts), `training_rows`, `last_training_day` (of its labels, local day number,
        before the cut); `coverage` (%); `auc`, `lower`, `upper` (of the score, 0-1, 95 % by accounts);
        `baseline` (the best in the test), `baseline_auc`, `gain`, `gain_lower`, `gain_upper` (score less
        baseline, paired); `fitted_auc`, `challenger_auc`; of the probabilities calibrated on the training
        `base_rate`, `brier_skill`, `slope`, `intercept` (1 and 0 where right), `ece` (10 bins), `lift` (among
        the 10 % of lowest score), `observed_to_expected_before` and `observed_to_expected` (the level
        refitted on the last closed window).
    predictors : DataFrame
        A row a lead and predictor: `lead_days`, `predictor`, `kind` ("score", "baseline", "fitted",
        "challenger"), `auc`, `lower`, `upper`, `gain`, `gain_lower`, `gain_upper` (score less predictor).
    cut, horizon_days : int
        First local day of the test, and the length of the window.
    usable : bool
        False where a column seems to hold the future.
    leaks : dict of str to float
        Those columns, with their highest AUC.
    recommended_cut : float
        Highest score below which calibrated churn is twice the base rate or more; NaN where there is none, or
        the score is no better than naive. A proposal.
    text : str
        Sentences, the verdict first.
    caveats : tuple of Caveat
        `leak`, `too_few_churned`, `no_closed_window`, `not_refitted`, `challenger_better`.
    """

    table: pd.DataFrame
    predictors: pd.DataFrame
    cut: int
    horizon_days: int
    usable: bool
    leaks: dict[str, float]
    recommended_cut: float
    text: str
    caveats: tuple[Caveat, ...] = ()


def backtest(
    months: AccountMonths,
    *,
    horizon_days: int = 90,
    leads: Sequence[int] = (0, 30, 60, 90, 180),
    cut: int | None = None,
    draws: int = 300,
    seed: int = 20200229,
) -> Backtest:
    """Test the score on snapshots after a cut, with what was known before it.

    A snapshot of day t is asked who leaves in (t + lead, t + lead + horizon]. All labels of the training end
    before the cut.

    Parameters
    ----------
    months : AccountMonths
        Snapshots.
    horizon_days : int
        Length of the window.
    leads : sequence of int
        Days between snapshot and window, each 0 or more.
    cut : int, optional
        First local day of the test; omitted: the last third of the snapshots whose window is closed.
    draws, seed : int
        Of the bootstrap over accounts.

    Returns
    -------
    found : Backtest
        A lead at which nothing can be judged says so in its status.

    Raises
    ------
    UsageError
        If there are no leads, a number cannot be, or no window is closed.

    Warns
    -----
    LeakWarning
        If a column alone ranks churn with an AUC above .95, or a model above .97.

    References
    ----------
    .. [1] Bergmeir and Benítez (2012), Information Sciences 191, 192-213; Efron and Tibshirani (1993), An
       Introduction to the Bootstrap, for draws of whole accounts.

    Examples
    --------
    One account and no closed window.

    >>> months = AccountMonths(
    ...     ("a",), ("nps",), np.array([0]), np.array([0]), np.full((1, 1), 0.5), np.ones((1, 1), bool),
    ...     np.ones((1, 1)), np.ones(1), np.array([0.5]), np.full(1, 50.0), np.array([np.nan]),
    ...     np.array([np.nan]), 70)
    >>> backtest(months)
    Traceback (most recent call last):
    cxlib.errors.UsageError: horizon_days: found 90 and 70 days of data after the first snapshot, ...
    """
    setting = _setting(months, horizon_days, leads, cut, draws, seed)
    judged = [judge_lead(months, lead, setting) for lead in leads]
    leaks: dict[str, float] = {}
    for one in judged:
        leaks |= {name: max(share, leaks.get(name, 0.0)) for name, share in one.leaks.items()}
    if leaks:
        ranked = sorted(leaks, key=lambda name: -leaks[name])
        warnings.warn(LeakWarning(leak_sentence(leaks), ranked), stacklevel=2)
    main = main_lead(judged)
    proposed = float("nan") if main is None or leaks else _recommended(months, main)
    return Backtest(
        pd.DataFrame([_row(one) for one in judged]),
        _predictors(judged),
        cut=setting.cut,
        horizon_days=horizon_days,
        usable=not leaks,
        leaks=leaks,
        recommended_cut=proposed,
        text=text_of(judged, main, setting, leaks, proposed),
        caveats=caveats_of(judged, leaks),
    )


def _setting(
    months: AccountMonths, horizon_days: int, leads: Sequence[int], cut: int | None, draws: int, seed: int
) -> Setting:
    if not leads or min(leads) < 0 or horizon_days < 1 or draws < 2:
        raise UsageError(
            "leads, horizon_days, draws",
            found=f"{list(leads)}, {horizon_days} and {draws}",
            expected="leads of 0 days or more, a horizon of 1 day or more, 2 draws or more",
            fix="drop them for the defaults",
        )
    days = np.unique(months.day)
    closed = days[days + min(leads) + horizon_days < months.end]
    if not closed.size:
        there = int(months.end - days[0]) if days.size else 0
        raise UsageError(
            "horizon_days",
            found=f"{horizon_days} and {there} days of data after the first snapshot",
            expected="a snapshot whose window has ended",
            fix="load a longer history, or shorten horizon_days",
        )
    chosen = int(closed[int(np.floor(closed.size * (1 - _TEST_SHARE)))]) if cut is None else cut
    return Setting(horizon_days, chosen, draws, seed)


def main_lead(judged: Sequence[Judged]) -> Judged | None:
    """The lead that the whole is judged by: of those judged the one nearest to 30 days.

    Examples
    --------
    >>> main_lead([]) is None
    True
    """
    clear = [one for one in judged if one.status == "ok"]
    return min(clear, key=lambda one: abs(one.lead_days - _MAIN_LEAD), default=None)


def _recommended(months: AccountMonths, judged: Judged) -> float:
    """The highest whole score below which calibrated churn is twice that of all test snapshots."""
    best = judged.baseline
    if best is None or not best.gain_lower > 0 or not judged.line.slope < 0:
        return float("nan")
    score = np.sort(months.score[judged.test.rows])
    p = expit(judged.line.intercept + judged.line.slope * score)
    mean_below = np.cumsum(p) / np.arange(1, p.size + 1)
    cuts = np.arange(1.0, 100.0)
    below = np.searchsorted(score, cuts)  # a score at the cut is no longer below it
    good = (below > 0) & (mean_below[np.maximum(below - 1, 0)] >= _TIMES_BASE * p.mean())
    return float(cuts[good].max()) if good.any() else float("nan")


def _row(one: Judged) -> dict[str, object]:
    score, best = one.ranking("score"), one.baseline
    fitted, challenger = one.ranking("fitted"), one.ranking("challenger")
    missing = float("nan")
    qualities = (
        "base_rate",
        "brier_skill",
        "slope",
        "intercept",
        "ece",
        "lift",
        "observed_to_expected_before",
        "observed_to_expected",
    )
    return {
        "lead_days": one.lead_days,
        "status": one.status,
        "verdict": verdict_of(one),
        "accounts": int(np.unique(one.test.account).size),
        "churned_accounts": one.test.churned_accounts,
        "rows": one.test.rows.size,
        "training_churned": one.training.churned_accounts,
        "training_rows": one.training.rows.size,
        "last_training_day": float(one.training.last_day.max()) if one.training.rows.size else missing,
        "coverage": 100 * one.coverage,
        "auc": score.auc if score else missing,
        "lower": score.lower if score else missing,
        "upper": score.upper if score else missing,
        "baseline": best.predictor if best else "",
        "baseline_auc": best.auc if best else missing,
        "gain": best.gain if best else missing,
        "gain_lower": best.gain_lower if best else missing,
        "gain_upper": best.gain_upper if best else missing,
        "fitted_auc": fitted.auc if fitted else missing,
        "challenger_auc": challenger.auc if challenger else missing,
        **{name: one.quality.get(name, missing) for name in qualities},
    }


def _predictors(judged: Sequence[Judged]) -> pd.DataFrame:
    columns = ["predictor", "kind", "auc", "lower", "upper", "gain", "gain_lower", "gain_upper"]
    rows = [
        {"lead_days": one.lead_days, **{name: getattr(ranking, name) for name in columns}}
        for one in judged
        for ranking in one.rankings
    ]
    return pd.DataFrame(rows, columns=["lead_days", *columns])
