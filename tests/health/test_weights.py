import re
from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import check_grad

from cxlib.errors import UsageError
from cxlib.health.configuration import HealthConfiguration, HealthMetric
from cxlib.health.labels import label_snapshots
from cxlib.health.weights import fit_weights
from cxlib.stats import shrunken_logit
from cxlib.stats.desirability import up
from cxlib.stats.discrimination import auc
from cxlib.stats.shrunken_logit import fit_shrunken_logit, shrinkage
from tests.health.panel import EXPERT, POOR, make_panel, month_starts, of_accounts, with_weights

TRAINING_END = int(month_starts(30)[20])


def later_auc(months, weights):
    labels = label_snapshots(months, lead_days=30, horizon_days=90)
    rows = labels.rows[labels.day > TRAINING_END]
    return auc(-months.x[rows] @ weights, labels.event[labels.day > TRAINING_END])


def few(months, rng, churned=16):
    """A company so small that about so many of its accounts leave in the training."""
    labels = label_snapshots(months, lead_days=30, horizon_days=90, end=TRAINING_END)
    return of_accounts(months, rng.random(len(months.accounts)) < churned / labels.churned_accounts)


def test_the_gradient_is_that_of_the_loss():
    rng = np.random.default_rng(1)
    x, events = rng.random((50, 3)), rng.random(50) < 0.3
    wanted = np.log([0.2, 0.3, 0.5])

    def loss(point):
        return shrunken_logit._loss(point, x, events, wanted, 3.0)

    point = rng.normal(0, 1, 5)
    assert check_grad(lambda at: loss(at)[0], lambda at: loss(at)[1], point) < 1e-4


def test_many_churners_move_the_weights_to_where_the_truth_is(panel):
    fitted = fit_weights(panel, end=TRAINING_END)
    assert fitted.fitted
    assert fitted.shrink == 0.01
    assert fitted.weights.sum() == pytest.approx(1)
    assert fitted.table["fitted"].idxmax() == 3  # usage
    assert later_auc(panel, fitted.weights) > later_auc(panel, EXPERT)
    assert "churned accounts in" in fitted.text


def test_poor_weights_gain_more_than_good_ones(panel):
    poor = with_weights(panel, POOR)
    gain = later_auc(panel, fit_weights(poor, end=TRAINING_END).weights) - later_auc(panel, POOR)
    assert gain > 0.02


def test_few_churners_leave_the_weights_near_the_experts(panel):
    rng = np.random.default_rng(2)
    for _ in range(3):
        fitted = fit_weights(few(panel, rng), end=TRAINING_END)
        assert fitted.shrink == 30
        assert later_auc(panel, fitted.weights) >= later_auc(panel, EXPERT) - 0.005


@pytest.mark.slow
def test_with_16_churners_the_worst_of_many_fits_is_no_worse_than_the_experts():
    panel, rng = make_panel(accounts=12_000, seed=9), np.random.default_rng(3)
    expert = later_auc(panel, EXPERT)
    found = [later_auc(panel, fit_weights(few(panel, rng), end=TRAINING_END).weights) for _ in range(40)]
    assert min(found) >= expert - 0.005
    assert np.mean(found) >= expert - 0.001


def test_below_five_churners_the_expert_weights_are_kept_and_it_says_why(panel):
    left = np.flatnonzero(np.isfinite(panel.churned))
    keep = ~np.isfinite(panel.churned)
    keep[left[:4]] = True
    fitted = fit_weights(of_accounts(panel, keep))
    assert not fitted.fitted
    assert (fitted.weights == EXPERT).all()
    assert fitted.text.startswith("The expert weights are kept: 4 churned accounts in ")
    assert [caveat.code for caveat in fitted.caveats] == ["too_few_churned"]


def test_a_metric_that_tells_the_wrong_way_gets_no_weight(panel):
    turned = panel.x.copy()
    turned[:, 3] = 1 - turned[:, 3]
    fitted = fit_weights(replace(panel, x=turned), shrink=0.0)
    assert fitted.table["at_bound"].tolist() == [False, False, False, True, False]
    assert "no_weight" in [caveat.code for caveat in fitted.caveats]
    assert fitted.weights[3] < 0.001


def test_the_fit_scores_the_same_snapshots_anew(panel):
    fitted = fit_weights(panel)
    applied = fitted.applied(panel)
    assert np.allclose(applied.score, 100 * panel.x @ fitted.weights)
    assert (applied.weights == fitted.weights).all()


def test_refusals_name_what_was_found():
    with pytest.raises(UsageError, match=re.escape("events: found 4, expected 5 or more units")):
        shrinkage(4)
    with pytest.raises(
        UsageError, match=re.escape("expert, shrink: found 0 and 1, expected weights above 0")
    ):
        fit_shrunken_logit([[0.5]], [True], [0.0], shrink=1)


@pytest.mark.parametrize("shrink", [-1.0, float("nan"), float("inf")])
def test_a_pull_that_cannot_be_is_refused(panel, shrink):
    with pytest.raises(UsageError, match="shrink: found"):
        fit_weights(panel, shrink=shrink)


def test_the_pull_steps_down_with_churned_accounts():
    assert [shrinkage(n) for n in (5, 49, 50, 300, 301)] == [30, 30, 3, 3, 0.01]


def test_fitted_weights_make_a_new_definition():
    months = make_panel(seed=1)
    fitted = fit_weights(months, end=TRAINING_END)
    names = fitted.table["metric"].tolist()
    old = HealthConfiguration(tuple(HealthMetric(name, 90, 1.0, up(0, 1)) for name in names), {})
    new = fitted.configure(old)
    np.testing.assert_allclose(new.weights, fitted.weights)
    assert new.hash != old.hash
    assert old.weights.tolist() == [1 / len(names)] * len(names)
