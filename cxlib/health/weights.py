"""Weights of the score, drawn from those of experts towards what the data say."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlib.errors import UsageError
from cxlib.health.account_months import AccountMonths
from cxlib.health.configuration import HealthConfiguration
from cxlib.health.labels import Labels, label_snapshots
from cxlib.result import Caveat, Result
from cxlib.stats.shrunken_logit import FEWEST_EVENTS, ShrunkenLogit, fit_shrunken_logit, shrinkage
from cxlib.text import format_fraction, join_words, metric_label, plural

__all__ = ["FittedWeights", "fit_weights"]

Floats = NDArray[np.float64]

_MOST: Final = 0.5


@dataclass(frozen=True, eq=False, repr=False)
class FittedWeights(Result):
    """Expert weights, and those that the churn seen draws them to.

    Parameters
    ----------
    table : DataFrame
        A row a metric, in the order of the configuration: `metric`, `expert`, `fitted` (each sums to 1; the
        same where nothing was fitted), `at_bound` (the data give it no weight).
    fitted : bool
        Whether there were churned accounts enough to fit.
    shrink : float
        The pull λ towards the expert weights; inf where nothing was fitted.
    churned_accounts, rows : int
        Accounts that left in a window, and snapshots that were used.
    horizon_days, lead_days : int
        The window that was fitted, in days.
    text : str
        Sentences.
    caveats : tuple of Caveat
        `too_few_churned`, `no_weight`, `one_metric`, `not_judged`.
    """

    table: pd.DataFrame
    fitted: bool
    shrink: float
    churned_accounts: int
    rows: int
    horizon_days: int
    lead_days: int
    text: str
    caveats: tuple[Caveat, ...] = ()

    @property
    def weights(self) -> Floats:
        """The weights to use, in the order of the metrics."""
        return self.table["fitted"].to_numpy(dtype=np.float64)

    def configure(self, configuration: HealthConfiguration) -> HealthConfiguration:
        """A new definition of the score, with these weights."""
        return configuration.with_weights(dict(zip(self.table["metric"], self.weights.tolist(), strict=True)))

    def applied(self, months: AccountMonths) -> AccountMonths:
        """The same snapshots, scored with these weights."""
        return replace(months, weights=self.weights, score=100 * months.x @ self.weights)


def fit_weights(
    months: AccountMonths,
    *,
    horizon_days: int = 90,
    lead_days: int = 30,
    end: int | None = None,
    shrink: float | None = None,
) -> FittedWeights:
    """Fit the weights to who left, shrunk towards the expert weights.

    Parameters
    ----------
    months : AccountMonths
        Snapshots with the expert weights.
    horizon_days, lead_days : int
        Length of the window, and the days between a snapshot and its window.
    end : int, optional
        The first local day of which nothing may be known; omitted: `months.end`.
    shrink : float, optional
        The pull λ towards the expert weights, 0 or more; omitted: by the churned accounts, 30 below 50, 3 up
        to 300, 0.01 above.

    Returns
    -------
    weights : FittedWeights
        The expert weights, and why, where fewer than 5 accounts left.

    Raises
    ------
    UsageError
        If `end` is later than what is known, or a number cannot be.

    References
    ----------
    .. [1] Hoerl and Kennard (1970), Technometrics 12, 55-67.

    Examples
    --------
    Ten of forty accounts leave, those of low NPS; usage is the same for all.

    >>> low = np.arange(40) < 10
    >>> x = np.column_stack([np.where(low, 0.2, 0.8), np.full(40, 0.5)])
    >>> months = AccountMonths(
    ...     tuple(f"a{i}" for i in range(40)), ("nps", "usage"), np.arange(40), np.zeros(40, int), x,
    ...     np.ones((40, 2), bool), np.ones((40, 2)), np.array([0.5, 0.5]), np.array([0.65, 0.5]),
    ...     100 * x.mean(axis=1), np.full(40, np.nan), np.where(low, 60.0, np.nan), 200)
    >>> fit_weights(months).table.round(1)
      metric  expert  fitted  at_bound
    0    nps     0.5     0.5     False
    1  usage     0.5     0.5     False
    """
    if shrink is not None and not (np.isfinite(shrink) and shrink >= 0):
        raise UsageError("shrink", found=repr(shrink), expected="0 or more", fix="drop it for the rule")
    labels = label_snapshots(months, lead_days=lead_days, horizon_days=horizon_days, end=end)
    churned = labels.churned_accounts
    found: ShrunkenLogit | None = None
    if churned >= FEWEST_EVENTS and not labels.event.all():
        pull = shrinkage(churned) if shrink is None else shrink
        found = fit_shrunken_logit(months.x[labels.rows], labels.event, months.weights, shrink=pull)
    table = pd.DataFrame(
        {
            "metric": list(months.metrics),
            "expert": months.weights,
            "fitted": months.weights if found is None else found.weights,
            "at_bound": False if found is None else found.at_bound,
        }
    )
    return FittedWeights(
        table,
        fitted=found is not None,
        shrink=float("inf") if found is None else found.shrink,
        churned_accounts=churned,
        rows=labels.rows.size,
        horizon_days=horizon_days,
        lead_days=lead_days,
        text=_text(table, labels, found),
        caveats=_caveats(table, labels, found),
    )


def _text(table: pd.DataFrame, labels: Labels, found: ShrunkenLogit | None) -> str:
    seen = f"{plural(labels.churned_accounts, 'churned account')} in {plural(labels.rows.size, 'snapshot')}"
    if found is None:
        return f"The expert weights are kept: {seen}, at least {FEWEST_EVENTS} are needed to fit."
    change = (table["fitted"] - table["expert"]).to_numpy()
    most = int(np.abs(change).argmax())
    row = table.iloc[most]
    return (
        f"Weights fitted to {seen}, drawn to the expert weights with λ = {found.shrink:g}. "
        f"The largest change: {metric_label(str(row['metric']))}, from {format_fraction(row['expert'])} "
        f"to {format_fraction(row['fitted'])}."
    )


def _caveats(table: pd.DataFrame, labels: Labels, found: ShrunkenLogit | None) -> tuple[Caveat, ...]:
    notes = []
    if found is None:
        text = (
            f"Only {plural(labels.churned_accounts, 'account')} left in a closed window: "
            "weights fitted to so few would say more of them than of the rest."
        )
        notes.append(Caveat("too_few_churned", text))
    else:
        text = "A fit is no proof: the back-test shows whether these weights do better on later months."
        notes.append(Caveat("not_judged", text))
    idle = [metric_label(name) for name in table["metric"][table["at_bound"].to_numpy()]]
    if idle:
        notes.append(Caveat("no_weight", f"The data give {join_words(idle)} no weight."))
    heavy = table[table["fitted"] > _MOST]
    for name, weight in zip(heavy["metric"], heavy["fitted"], strict=True):
        text = f"{metric_label(name)} alone makes {format_fraction(weight)} of the score."
        notes.append(Caveat("one_metric", text))
    return tuple(notes)
