import re

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.special import expit, logit
from sklearn.metrics import brier_score_loss, roc_auc_score

from cxlib.errors import UsageError
from cxlib.stats.calibration import (
    brier_score,
    brier_skill,
    calibration_error,
    fit_line,
    intercept_shift,
    observed_to_expected,
    recalibrate,
)
from cxlib.stats.discrimination import auc, auc_draws, cluster_draws, draw_interval, lift


def rows(seed=1, n=400, ties=20):
    rng = np.random.default_rng(seed)
    values = rng.integers(0, ties, n) / ties
    return values, rng.random(n) < 0.1 + 0.5 * values, rng


@pytest.mark.parametrize("ties", [2, 20, 10**6])
def test_the_auc_is_that_of_scikit_learn_with_ties_and_weights(ties):
    values, events, rng = rows(ties=ties)
    weights = rng.integers(0, 4, values.size).astype(float)
    assert auc(values, events) == pytest.approx(roc_auc_score(events, values), abs=1e-12)
    weighted = roc_auc_score(events, values, sample_weight=weights)
    assert auc(values, events, weights) == pytest.approx(weighted, abs=1e-12)


def test_each_draw_is_the_auc_of_the_rows_drawn():
    values, events, rng = rows()
    cluster = rng.integers(0, 50, values.size)
    counts = cluster_draws(rng, 50, 5)
    for drawn, count in zip(auc_draws(values, events, cluster, counts), counts, strict=True):
        again = np.repeat(np.arange(values.size), count[cluster].astype(int))
        assert drawn == pytest.approx(roc_auc_score(events[again], values[again]), abs=1e-12)


def test_turned_values_turn_the_auc():
    values, events, _ = rows()
    assert auc(values, events) + auc(-values, events) == pytest.approx(1)


def test_without_both_kinds_there_is_no_auc():
    assert np.isnan(auc([1.0, 2.0], [False, False]))
    assert np.isnan(auc([], []))


def test_draws_without_values_give_no_interval():
    assert np.isnan(draw_interval([np.nan, np.nan, 1.0])).all()
    with pytest.raises(UsageError, match=re.escape("level: found 1, expected a confidence inside (0, 1)")):
        draw_interval([1.0], level=1)


def test_draws_take_as_many_clusters_as_there_are():
    counts = cluster_draws(np.random.default_rng(1), 30, 200)
    assert (counts.sum(axis=1) == 30).all()
    assert counts.mean() == pytest.approx(1)


def test_lift_counts_rows_that_tie_at_the_edge_in_part():
    assert lift([1.0] * 10, [True] + [False] * 9) == pytest.approx(1)
    assert np.isnan(lift([1.0, 2.0], [False, False]))
    with pytest.raises(UsageError, match=re.escape("share: found 0, expected a share inside (0, 1)")):
        lift([1.0], [True], share=0)


def test_the_brier_score_is_that_of_scikit_learn():
    values, events, _ = rows()
    assert brier_score(values, events) == pytest.approx(brier_score_loss(events, values))


def test_the_base_rate_has_no_skill_and_the_truth_has_all():
    _, events, _ = rows()
    assert brier_skill(np.full(events.size, events.mean()), events) == pytest.approx(0)
    assert brier_skill(events, events) == 1
    assert np.isnan(brier_skill([0.5], [1]))
    assert np.isnan(brier_score([], []))


def test_the_line_is_that_of_statsmodels():
    values, events, _ = rows()
    fit = sm.Logit(events.astype(float), sm.add_constant(values)).fit(disp=0)
    assert np.allclose(fit_line(values, events), fit.params, atol=1e-5)


def test_a_line_that_cannot_be_is_said():
    assert np.isnan(fit_line([1.0, 2.0], [True, True])).all()
    assert fit_line([1.0, 1.0, 1.0, 1.0], [1, 0, 0, 0]) == pytest.approx((logit(0.25), 0))
    parted = fit_line([0.0, 0.0, 1.0, 1.0], [0, 0, 1, 1])
    assert parted.slope > 5
    assert np.isfinite(parted).all()


def test_probabilities_twice_as_far_apart_have_a_slope_of_a_half():
    rng = np.random.default_rng(3)
    eta = rng.normal(0, 1.5, 40_000)
    events = rng.random(eta.size) < expit(eta)
    right, apart, high = recalibrate(expit(eta), events), recalibrate(expit(2 * eta), events), expit(eta + 1)
    assert right == pytest.approx((0, 1), abs=0.05)
    assert apart.slope == pytest.approx(0.5, abs=0.03)
    assert recalibrate(high, events) == pytest.approx((-1, 1), abs=0.07)


def test_the_calibration_error_is_the_distance_that_was_planted():
    events = np.tile([1, 0, 0, 0, 0], 200)
    assert calibration_error(np.full(1000, 0.2), events) == pytest.approx(0)
    assert calibration_error(np.full(1000, 0.35), events) == pytest.approx(0.15)
    halves = np.repeat([0.1, 0.7], 500)
    assert calibration_error(halves, events) == pytest.approx((0.1 + 0.5) / 2)
    assert np.isnan(calibration_error([], []))


def test_the_shift_brings_what_is_expected_to_what_happened():
    rng = np.random.default_rng(5)
    eta = rng.normal(-2, 1, 3000)
    events = rng.random(eta.size) < expit(eta + 0.7)
    shift = intercept_shift(eta, events)
    assert observed_to_expected(expit(eta + shift), events) == pytest.approx(1)
    assert shift == pytest.approx(0.7, abs=0.15)
    assert np.isnan(intercept_shift([0.0], [False]))
    assert np.isnan(observed_to_expected([0.0], [0]))
