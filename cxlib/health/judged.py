"""One lead of a back-test: predictors ranked on snapshots after the cut, probabilities checked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from cxlib.health.account_months import AccountMonths
from cxlib.health.baselines import naive_risks
from cxlib.health.challenger import challenge
from cxlib.health.labels import Labels, label_snapshots, split_at
from cxlib.health.leak import find_leaks
from cxlib.health.weights import fit_weights
from cxlib.stats.calibration import (
    Line,
    brier_skill,
    calibration_error,
    fit_line,
    intercept_shift,
    observed_to_expected,
    recalibrate,
)
from cxlib.stats.discrimination import auc, auc_draws, cluster_draws, draw_interval, lift

__all__ = ["FEWEST_CHURNED", "Judged", "Ranking", "Setting", "judge_lead"]

Floats = NDArray[np.float64]

FEWEST_CHURNED: Final = 20
"""Below so many churned test accounts nothing is judged."""

_NOTHING = Line(float("nan"), float("nan"))


@dataclass(frozen=True, slots=True)
class Setting:
    """What all leads of a back-test share.

    Parameters
    ----------
    horizon_days, cut : int
        Length of the window, and the first day of the test.
    draws, seed : int
        Of the bootstrap over accounts; the seed is that of the challenger too.
    """

    horizon_days: int
    cut: int
    draws: int
    seed: int


@dataclass(frozen=True, slots=True)
class Ranking:
    """How well one predictor ranks, and by how much the score is better, with 95 % intervals.

    Parameters
    ----------
    predictor, kind : str
        Its name, and "score", "baseline", "fitted" or "challenger".
    auc, lower, upper : float
        0-1.
    gain, gain_lower, gain_upper : float
        AUC of the score less its own, on the same draws of accounts.
    """

    predictor: str
    kind: str
    auc: float
    lower: float
    upper: float
    gain: float
    gain_lower: float
    gain_upper: float


@dataclass(frozen=True, eq=False, slots=True)
class Judged:
    """What the test says at one lead.

    Parameters
    ----------
    lead_days : int
        Days between snapshot and window.
    status : str
        "ok", "too few to judge" or "no closed window".
    training, test : Labels
        Snapshots before and after the cut.
    coverage : float
        Mean share of the score that rests on data, 0-1, in the test.
    rankings : tuple of Ranking
        Of every predictor; empty where nothing can be ranked.
    line : Line
        Log-odds of leaving by score, level as in the last closed window.
    refitted : bool
        Whether that window allowed its level to be refitted.
    quality : dict of str to float
        `base_rate`, `brier_skill`, `slope`, `intercept`, `ece`, `lift`, `observed_to_expected_before`,
        `observed_to_expected`.
    leaks : dict of str to float
        Columns that part too well, with their AUC.
    """

    lead_days: int
    status: str
    training: Labels
    test: Labels
    coverage: float = float("nan")
    rankings: tuple[Ranking, ...] = ()
    line: Line = _NOTHING
    refitted: bool = False
    quality: dict[str, float] = field(default_factory=dict)
    leaks: dict[str, float] = field(default_factory=dict)

    @property
    def baseline(self) -> Ranking | None:
        """The best of the baselines in the test: what the score has to beat."""
        naive = [one for one in self.rankings if one.kind == "baseline"]
        return max(naive, key=lambda one: one.auc, default=None)

    def ranking(self, kind: str) -> Ranking | None:
        """The predictor of a kind of which there is one."""
        return next((one for one in self.rankings if one.kind == kind), None)


def judge_lead(months: AccountMonths, lead_days: int, setting: Setting) -> Judged:
    """Fit on what was known at the cut, and test on the snapshots after it.

    Parameters
    ----------
    months : AccountMonths
        Snapshots.
    lead_days : int
        Days between snapshot and window.
    setting : Setting
        Horizon, cut and draws.

    Returns
    -------
    judged : Judged
        With status "no closed window" where the test has no snapshot, or nobody in it left or stayed.

    Examples
    --------
    >>> months = AccountMonths(
    ...     ("a",), ("nps",), np.array([0]), np.array([0]), np.full((1, 1), 0.5), np.ones((1, 1), bool),
    ...     np.ones((1, 1)), np.ones(1), np.array([0.5]), np.full(1, 50.0), np.array([np.nan]),
    ...     np.array([np.nan]), 70)
    >>> judge_lead(months, 30, Setting(horizon_days=90, cut=30, draws=20, seed=1)).status
    'no closed window'
    """
    labels = label_snapshots(months, lead_days=lead_days, horizon_days=setting.horizon_days)
    training, test = split_at(labels, setting.cut)
    if not test.event.any() or test.event.all():
        return Judged(lead_days, "no closed window", training, test)
    kinds = _risks(months, lead_days, training, test, setting)
    rankings = _rank(kinds, test, setting)
    models = {one.predictor: one.auc for one in rankings if one.kind != "baseline"}
    line, shift = _calibrated(months, training)
    return Judged(
        lead_days,
        "ok" if test.churned_accounts >= FEWEST_CHURNED else "too few to judge",
        training,
        test,
        coverage=float(months.coverage(test.rows).mean()),
        rankings=rankings,
        line=Line(line.intercept + np.nan_to_num(shift), line.slope),
        refitted=bool(np.isfinite(shift)),
        quality=_quality(months.score[test.rows], test, line, float(np.nan_to_num(shift))),
        leaks=find_leaks(months, test, models),
    )


def _risks(
    months: AccountMonths, lead_days: int, training: Labels, test: Labels, setting: Setting
) -> dict[tuple[str, str], Floats]:
    """Risk of each test row by (predictor, kind)."""
    naive = naive_risks(months, training.rows, training.event)
    fitted = fit_weights(
        months, horizon_days=setting.horizon_days, lead_days=lead_days, end=min(setting.cut, months.end)
    )
    found = {("score", "score"): -months.score[test.rows]}
    found |= {(name, "baseline"): risk[test.rows] for name, risk in naive.items()}
    found["fitted weights", "fitted"] = -months.x[test.rows] @ fitted.weights
    boosted = challenge(months.x[training.rows], training.event, months.x[test.rows], seed=setting.seed)
    if boosted is not None:
        found["boosting", "challenger"] = boosted
    return found


def _rank(kinds: Mapping[tuple[str, str], Floats], test: Labels, setting: Setting) -> tuple[Ranking, ...]:
    """AUC of each predictor, and the gain of the score over it, on the same draws of accounts."""
    accounts, place = np.unique(test.account, return_inverse=True)
    counts = cluster_draws(np.random.default_rng(setting.seed), accounts.size, setting.draws)
    drawn = {key: auc_draws(risk, test.event, place, counts) for key, risk in kinds.items()}
    whole = {key: auc(risk, test.event) for key, risk in kinds.items()}
    own = ("score", "score")
    return tuple(
        Ranking(
            *key,
            whole[key],
            *draw_interval(drawn[key]),
            whole[own] - whole[key],
            *draw_interval(drawn[own] - drawn[key]),
        )
        for key in kinds
    )


def _calibrated(months: AccountMonths, training: Labels) -> tuple[Line, float]:
    """Log-odds of leaving by score, and what the last closed window says of its level."""
    line = fit_line(months.score[training.rows], training.event)
    if not training.rows.size or not np.isfinite(line.slope):
        return line, float("nan")
    last = training.day == training.day.max()
    eta = line.intercept + line.slope * months.score[training.rows[last]]
    return line, intercept_shift(eta, training.event[last])


def _quality(score: Floats, test: Labels, line: Line, shift: float) -> dict[str, float]:
    found = {"base_rate": float(test.event.mean()), "lift": lift(-score, test.event)}
    names = (
        "brier_skill",
        "slope",
        "intercept",
        "ece",
        "observed_to_expected_before",
        "observed_to_expected",
    )
    if not np.isfinite(line.slope):
        return found | dict.fromkeys(names, float("nan"))
    before = line.intercept + line.slope * score
    p = expit(before + shift)
    again = recalibrate(p, test.event)
    return found | dict(
        zip(
            names,
            (
                brier_skill(p, test.event),
                again.slope,
                again.intercept,
                calibration_error(p, test.event),
                observed_to_expected(expit(before), test.event),
                observed_to_expected(p, test.event),
            ),
            strict=True,
        )
    )
