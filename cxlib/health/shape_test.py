"""Whether churn follows a metric as its shape says, or bends otherwise."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import CubicSpline
from scipy.special import expit
from scipy.stats import chi2

from cxlib.errors import UsageError
from cxlib.health.account_months import AccountMonths
from cxlib.health.at_risk import months_at_risk
from cxlib.health.binomial import BinomialFit, fit_binomial
from cxlib.result import Caveat, Result
from cxlib.text import format_count, metric_label, plural, quote, say_probability

__all__ = ["ShapeComparison", "compare_shapes_of"]

Floats = NDArray[np.float64]

_COLUMNS: Final = ("value", "d", "spline", "lower", "upper", "shape")
_KNOTS: Final = 5
_POINTS: Final = 21
_LEVEL: Final = 0.05
_FEWEST: Final = 10  # churned accounts for each further parameter of the curve


@dataclass(frozen=True, eq=False, repr=False)
class ShapeComparison(Result):
    """A free curve of churn over one metric against the effect that its shape gives it.

    Parameters
    ----------
    table : DataFrame
        The curve, at up to 21 values that occur, evenly spaced in rank: `value` (the metric's own unit), `d`
        (0-1, by the shape), `spline`, `lower`, `upper` (probability of leaving in a month, 95 %), `shape`
        (the same with d alone).
    metric : str
        Its name.
    statistic, degrees, p : float, int, float
        Likelihood ratio, its degrees of freedom, and the probability of one as large if the shape were right;
        NaN, 0, NaN where it is not tested.
    churned_accounts, account_months : int
        What it rests on.
    text : str
        Sentences.
    caveats : tuple of Caveat
        `too_few_churned`, `missing_left_out`.
    """

    table: pd.DataFrame
    metric: str
    statistic: float
    degrees: int
    p: float
    churned_accounts: int
    account_months: int
    text: str
    caveats: tuple[Caveat, ...] = ()


def compare_shapes_of(
    months: AccountMonths, metric: str, *, value: ArrayLike, d: ArrayLike
) -> ShapeComparison:
    """Test a natural cubic spline of one raw metric against an effect linear in d, on who left.

    Each account-month counts once and leaves once, so that the likelihoods of its months multiply.

    Parameters
    ----------
    months : AccountMonths
        Snapshots, for who left in the month after each.
    metric : str
        Name, for the sentences.
    value : array of float, shape (rows,)
        The raw metric at each snapshot, in its own unit; NaN: missing, left out.
    d : array of float, shape (rows,)
        What the shape makes of it, 0-1.

    Returns
    -------
    found : ShapeComparison
        Below 10 churned accounts for each further parameter of the curve nothing is tested.

    Raises
    ------
    UsageError
        If the arrays have not as many rows as the snapshots.

    References
    ----------
    .. [1] Harrell (2015), Regression Modeling Strategies, sections 2.4.5 and 9.3.

    Examples
    --------
    >>> months = AccountMonths(
    ...     ("a",), ("nps",), np.array([0]), np.array([0]), np.full((1, 1), 0.5), np.ones((1, 1), bool),
    ...     np.ones((1, 1)), np.ones(1), np.array([0.5]), np.full(1, 50.0), np.array([0.0]),
    ...     np.array([np.nan]), 70)
    >>> compare_shapes_of(months, "nps", value=[9.0], d=[0.9]).text
    'NPS: 0 churned accounts, too few to test its shape.'
    """
    raw, shaped = np.asarray(value, dtype=np.float64), np.asarray(d, dtype=np.float64)
    if raw.shape != months.day.shape or shaped.shape != months.day.shape:
        raise UsageError(
            f"value, d of {quote(metric)}",
            found=f"{raw.size} and {shaped.size} rows",
            expected=f"{months.day.size}, one a snapshot",
            fix="pass the arrays of these very snapshots",
        )
    at_risk = months_at_risk(months)
    kept = np.isfinite(raw[at_risk.rows]) & np.isfinite(shaped[at_risk.rows])
    rows = at_risk.rows[kept]
    return _compared(metric, raw[rows], shaped[rows], at_risk.event[kept], missing=int((~kept).sum()))


def _compared(
    metric: str, value: Floats, d: Floats, event: NDArray[np.bool_], *, missing: int
) -> ShapeComparison:
    churned, label = int(event.sum()), metric_label(metric)
    notes: tuple[Caveat, ...] = ()
    if missing:
        text = f"{plural(missing, 'account-month')} without a value are left out."
        notes = (Caveat("missing_left_out", text),)
    knots = np.unique(np.quantile(value, np.linspace(0.05, 0.95, _KNOTS))) if value.size else np.zeros(0)
    if churned < _FEWEST * max(knots.size - 1, 1) or event.all() or np.ptp(d) == 0:
        said = f"{label}: {plural(churned, 'churned account')}, too few to test its shape."
        notes = (Caveat("too_few_churned", said), *notes)
        empty = pd.DataFrame(columns=list(_COLUMNS))
        return ShapeComparison(empty, metric, np.nan, 0, np.nan, churned, event.size, said, notes)
    straight = np.column_stack([np.ones(d.size), d])
    bent = np.column_stack([straight, _beyond(_natural(value, knots), straight)])
    shape, spline = fit_binomial(straight, event.astype(float)), fit_binomial(bent, event.astype(float))
    degrees = bent.shape[1] - straight.shape[1]
    statistic = max(2 * (spline.log_likelihood - shape.log_likelihood), 0.0) if degrees else 0.0
    p = float(chi2.sf(statistic, degrees)) if degrees else 1.0
    order = np.argsort(value, kind="stable")
    points = np.unique(order[np.linspace(0, order.size - 1, _POINTS).round().astype(np.int64)])
    points = points[np.unique(value[points], return_index=True)[1]]
    free, lower, upper = _probabilities(spline, bent[points])
    table = pd.DataFrame(
        {
            "value": value[points],
            "d": d[points],
            "spline": free,
            "lower": lower,
            "upper": upper,
            "shape": _probabilities(shape, straight[points])[0],
        },
        columns=list(_COLUMNS),
    )
    said = _sentence(label, p, churned, event.size)
    return ShapeComparison(table, metric, statistic, degrees, p, churned, event.size, said, notes)


def _sentence(label: str, p: float, churned: int, account_months: int) -> str:
    seen = f"{plural(churned, 'churned account')} in {format_count(account_months)} account-months"
    if p < _LEVEL:
        return f"{label}: churn bends otherwise than the shape says ({say_probability(p)}; {seen})."
    return f"{label}: a free curve tells no more than the shape ({say_probability(p)}; {seen})."


def _natural(value: Floats, knots: Floats) -> Floats:
    """Natural cubic splines that are 1 at a knot and 0 at the others, straight beyond the ends."""
    if knots.size < 3:
        return value[:, np.newaxis]
    spline = CubicSpline(knots, np.eye(knots.size), bc_type="natural")
    inside = np.clip(value, knots[0], knots[-1])
    slope = spline(inside, 1)
    return np.asarray(spline(inside) + slope * (value - inside)[:, np.newaxis])[:, 1:]


def _beyond(curves: Floats, straight: Floats) -> Floats:
    """What the curves can do that the shape cannot: independent columns of unit variance."""
    rest = curves - straight @ np.linalg.lstsq(straight, curves, rcond=None)[0]
    left, size, _ = np.linalg.svd(rest, full_matrices=False)
    return np.asarray(left[:, size > 1e-6 * np.linalg.norm(curves)] * np.sqrt(len(rest)))


def _probabilities(fit: BinomialFit, design: Floats) -> tuple[Floats, Floats, Floats]:
    """Probability at each row of a design, with its 95 % interval."""
    eta = design @ fit.coefficients
    half = 1.96 * np.sqrt(np.maximum(((design @ fit.bread) * design).sum(axis=1), 0.0))
    return expit(eta), expit(eta - half), expit(eta + half)
