"""Two public data sets with unclear licences: read from a folder that the user names, never shipped.

CXLIB_CHURN_DATA holds `WA_Fn-UseC_-Telco-Customer-Churn.csv` (7,043 rows) and `CDNOW_master.txt` (69,659
orders).
"""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.interpolate import CubicSpline
from scipy.special import expit
from statsmodels.duration.survfunc import SurvfuncRight

from cxlib.health.account_months import AccountMonths
from cxlib.health.at_risk import months_at_risk
from cxlib.health.binomial import fit_binomial
from cxlib.health.challenger import challenge
from cxlib.health.hazard_model import fit_hazard
from cxlib.stats.calibration import calibration_error, intercept_shift, recalibrate
from cxlib.stats.discrimination import auc
from cxlib.stats.shrunken_logit import fit_shrunken_logit
from tests.health.panel import month_starts

FOLDS = 5


def churn_file(name):
    folder = os.environ.get("CXLIB_CHURN_DATA", "")
    if not folder or not (Path(folder) / name).is_file():
        pytest.skip(f"skipped: no {name} in the folder that CXLIB_CHURN_DATA names")
    return Path(folder) / name


@pytest.fixture(scope="module")
def telco():
    table = pd.read_csv(churn_file("WA_Fn-UseC_-Telco-Customer-Churn.csv"))
    return table[table["tenure"] > 0].reset_index(drop=True)


@pytest.fixture(scope="module")
def cdnow():
    path = churn_file("CDNOW_master.txt")
    names = ["customer", "day", "number", "amount"]
    table = pd.read_csv(path, sep=r"\s+", header=None, names=names)
    table["day"] = pd.to_datetime(table["day"].astype(str), format="%Y%m%d")
    return table


def shaped(telco):
    """Each column on 0-1, higher is better: what an expert would write as shapes."""
    service = telco["InternetService"].map({"Fiber optic": 0.0, "DSL": 0.6, "No": 1.0})
    contract = telco["Contract"].map({"Month-to-month": 0.0, "One year": 0.65, "Two year": 1.0})
    columns = [contract, service, np.log1p(telco["tenure"]) / np.log(73)]
    columns += [
        (telco[name] != "No").astype(float) for name in ("OnlineSecurity", "TechSupport", "OnlineBackup")
    ]
    columns += [(telco[name] != "Yes").astype(float) for name in ("StreamingTV", "StreamingMovies")]
    columns += [(telco[name] != "Yes").astype(float) for name in ("MultipleLines", "PaperlessBilling")]
    columns += [(telco["PaymentMethod"] != "Electronic check").astype(float)]
    columns += [(telco["SeniorCitizen"] == 0).astype(float), (telco["Dependents"] == "Yes").astype(float)]
    return np.column_stack(columns).astype(float)


@pytest.mark.acceptance
def test_a_scorecard_on_telco_ranks_and_is_calibrated_as_well_as_boosting(telco):
    x, left = shaped(telco), (telco["Churn"] == "Yes").to_numpy()
    fold = np.random.default_rng(1).permutation(len(x)) % FOLDS
    p, boosted = np.empty(len(x)), np.empty(len(x))
    for out in range(FOLDS):
        train, test = fold != out, fold == out
        fitted = fit_shrunken_logit(x[train], left[train], np.ones(x.shape[1]), shrink=0.01)
        p[test] = expit(fitted.intercept - x[test] @ fitted.coefficients)
        boosted[test] = challenge(x[train], left[train], x[test], seed=1)
    found = auc(p, left), auc(boosted, left), calibration_error(p, left), recalibrate(p, left).slope
    assert found[0] >= 0.84, found
    assert found[0] >= found[1] - 0.01, found
    assert found[2] <= 0.015, found
    assert 0.9 <= found[3] <= 1.1, found


def account_months(telco):
    """A customer is seen in each month of its tenure; the columns are those of the one snapshot there is."""
    starts = month_starts(80)
    tenure = telco["tenure"].to_numpy()
    account = np.repeat(np.arange(len(telco)), tenure)
    month = np.arange(account.size) - np.repeat(np.cumsum(tenure) - tenure, tenure)
    x = shaped(telco)
    x = x[:, np.arange(x.shape[1]) != 2][account]  # tenure is the spline's
    ones = np.ones(x.shape[1])
    left = (telco["Churn"] == "Yes").to_numpy()
    return AccountMonths(
        accounts=tuple(telco["customerID"]),
        metrics=tuple(f"m{place}" for place in range(x.shape[1])),
        account=account,
        day=starts[month],
        x=x,
        known=np.ones(x.shape, bool),
        reliability=np.ones(x.shape),
        weights=ones / ones.size,
        reference=ones / 2,
        score=100 * x.mean(axis=1),
        signed_up=np.full(len(telco), float(starts[0])),
        churned=np.where(left, starts[tenure], np.nan).astype(float),
        end=int(starts[-1]) + 1,
    )


@pytest.mark.acceptance
def test_survival_of_telco_at_a_year_is_foretold_within_four_hundredths(telco):
    training = np.random.default_rng(2).random(len(telco)) < 0.8
    months = account_months(telco[training].reset_index(drop=True))
    # one snapshot has no last window to refit the level on
    model = replace(fit_hazard(months, months_at_risk(months)), shift=0.0)
    test = telco[~training].reset_index(drop=True)
    x = shaped(test)
    x = x[:, np.arange(x.shape[1]) != 2]
    predicted = model.curves(x, np.ones(len(test)), 12).survival[:, -1]
    third = np.searchsorted(np.quantile(predicted, [1 / 3, 2 / 3]), predicted)
    for part in range(3):
        curve = survival_of_telco(test[third == part])
        assert predicted[third == part].mean() == pytest.approx(curve(12), abs=0.04)


def survival_of_telco(telco):
    found = SurvfuncRight(telco["tenure"], (telco["Churn"] == "Yes").astype(int))
    return lambda month: found.surv_prob[np.searchsorted(found.surv_times, month, side="right") - 1]


@pytest.mark.acceptance
def test_the_curve_of_telco_is_the_published_one(telco):
    curve = survival_of_telco(telco)
    assert [curve(month) for month in (12, 24, 60)] == pytest.approx([0.8432, 0.7887, 0.6644], abs=5e-4)


def lapsing(orders, at):
    """Customers with two order days or more before a day: what is known, and whether no order follows."""
    day = pd.Timestamp(at)
    before = orders[orders["day"] < day].drop_duplicates(["customer", "day"])
    window = (orders["day"] >= day) & (orders["day"] < day + pd.Timedelta(days=90))
    seen = before.groupby("customer")["day"].agg(["min", "max", "count"])
    seen = seen[seen["count"] >= 2]
    lapsed = ~seen.index.isin(orders.loc[window, "customer"])
    recency, age = (day - seen["max"]).dt.days, (day - seen["min"]).dt.days
    gap = (age - recency) / (seen["count"] - 1)
    x = np.column_stack([np.log1p(recency), np.log(seen["count"]), np.log1p(age), np.log1p(gap)])
    return x.astype(float), np.asarray(lapsed, dtype=bool)


def bent(x, knots):
    parts = [np.ones((len(x), 1)), x]
    for column, at in zip(x.T, knots, strict=True):
        if at.size > 2:
            spline = CubicSpline(at, np.eye(at.size), bc_type="natural")
            parts.append(spline(np.clip(column, at[0], at[-1]))[:, 1:-1])
    return np.column_stack(parts)


@pytest.mark.acceptance
def test_lapsing_customers_of_cdnow_are_ranked_as_published(cdnow):
    x, lapsed = lapsing(cdnow, "1997-10-01")
    later, event = lapsing(cdnow, "1998-04-01")
    assert len(later) == pytest.approx(11_144, abs=50)
    knots = [np.unique(np.quantile(column, np.linspace(0.05, 0.95, 5))) for column in x.T]
    straight = [np.column_stack([np.ones(len(part)), part]) for part in (x, later)]
    curved = [bent(part, knots) for part in (x, later)]
    found = {"recency": auc(later[:, 0], event)}
    for name, (train, test) in (("logit", straight), ("spline", curved)):
        found[name] = auc(test @ fit_binomial(train, lapsed.astype(float)).coefficients, event)
    found["boosting"] = auc(challenge(x, lapsed, later, seed=1), event)
    assert found == pytest.approx(
        {"recency": 0.738, "logit": 0.770, "spline": 0.770, "boosting": 0.760}, abs=0.01
    )


@pytest.mark.acceptance
def test_the_level_of_cdnow_moves_towards_what_happened_when_refitted(cdnow):
    x, lapsed = lapsing(cdnow, "1997-10-01")
    last, known = lapsing(cdnow, "1998-01-01")  # the last window closed at the test
    later, event = lapsing(cdnow, "1998-04-01")
    fit = fit_binomial(np.column_stack([np.ones(len(x)), x]), lapsed.astype(float)).coefficients
    eta_last, eta = (np.column_stack([np.ones(len(part)), part]) @ fit for part in (last, later))
    refitted = expit(eta + intercept_shift(eta_last, known)).mean()
    assert abs(refitted - event.mean()) < abs(expit(eta).mean() - event.mean())
