"""The closed form equals the brute-force marginal likelihood, and finds planted steps."""

import numpy as np
import pytest
from scipy.linalg import null_space
from scipy.special import logsumexp
from scipy.stats import multivariate_normal, norm

from cxlib.stats.evidence import Drift, Size, cosine_basis, drift_variances, scan, season
from cxlib.stats.noise import robust_weights
from cxlib.stats.profiles import LASTING, PULSES, delayed, profile_columns

DAYS = 40


@pytest.fixture
def series():
    rng = np.random.default_rng(7)
    values = rng.normal(0, 1, DAYS) - 1.5 * (np.arange(DAYS) >= 25)
    weights = rng.uniform(0.5, 3.0, DAYS)
    weights[5] = 0.0
    return values, weights


def brute_force(values, weights, design, column, *, sizes, side, grid):
    """Log Bayes factor from full covariance matrices, the flat part projected away."""
    seen = weights > 0
    contrasts = null_space(design[seen].T).T
    y, h = contrasts @ values[seen], contrasts @ column[seen]
    noise = contrasts @ np.diag(1 / weights[seen]) @ contrasts.T
    count = cosines_used(len(values))
    basis = contrasts @ cosine_basis(len(values), count)[seen]
    joint, null = [], []
    for drift in grid:
        cover = noise
        if drift.sd > 0:
            cover = noise + (basis * drift_variances(drift, len(values), count)) @ basis.T
        null.append(multivariate_normal(np.zeros(len(y)), cover).logpdf(y))
        for one in sizes:
            tau, size = one.sd, one.centre
            for sign in (side,) if side else (-1, 1):
                signs = 1 if side else 2
                mean = sign * size * h
                both = cover + tau**2 * np.outer(h, h)
                log = multivariate_normal(mean, both).logpdf(y)
                if side:  # a normal prior cut at 0: the chances of its sign after and before the data
                    pull = tau**2 * h @ np.linalg.inv(both)
                    after = sign * size + pull @ (y - mean)
                    log += norm.logcdf(side * after / np.sqrt(tau**2 - tau**2 * pull @ h))
                    log -= norm.logcdf(size / tau)
                joint.append(log + np.log(one.chance / signs / sum(size.chance for size in sizes)))
    return logsumexp(joint) - logsumexp(null)


def cosines_used(days):
    return min(max(12, round(45 * np.sqrt(days / 1095))), max(1, days // 4))


@pytest.mark.parametrize("centres", [(0.0, 0.0), (0.4, 1.5)])
@pytest.mark.parametrize("side", [-1, 0, 1])
@pytest.mark.parametrize("profile", [LASTING[0], LASTING[1], LASTING[3], PULSES[2], PULSES[-1]])
def test_log_bayes_factor_equals_the_marginal_likelihoods(series, side, profile, centres):
    values, weights = series
    grid = (Drift(0.0, 1.0), Drift(0.3, 10.0), Drift(0.5, 40.0))
    columns = profile_columns((profile,), DAYS, np.array([10, 25, 31]))
    design = np.ones((DAYS, 1))
    prior = {"side": side, "grid": grid}
    sizes = tuple(
        Size(centre, sd, chance) for centre, sd, chance in zip(centres, (0.5, 2.0), (1.0, 3.0), strict=True)
    )
    found = scan(values, weights, design, columns, sizes=sizes, **prior)
    for index in range(3):
        exact = brute_force(values, weights, design, columns[0, :, index], sizes=sizes, **prior)
        assert found.log_bf[0, index] == pytest.approx(exact, abs=1e-6)


def test_a_day_without_weight_may_hold_anything(series):
    values, weights = series
    columns = profile_columns(LASTING[:1], DAYS, np.arange(10, 30))
    first = scan(values, weights, np.ones((DAYS, 1)), columns)
    values = values.copy()
    values[5] = np.nan
    second = scan(values, weights, np.ones((DAYS, 1)), columns)
    np.testing.assert_array_equal(first.log_bf, second.log_bf)


def test_effect_is_the_planted_size_and_only_its_side_counts():
    rng = np.random.default_rng(3)
    days = np.arange(18000, 18200)
    weights = np.full(200, 400.0)
    values = rng.normal(0, 0.05, 200) - 0.3 * (np.arange(200) >= 150)
    columns = profile_columns(LASTING[:1], 200, np.arange(120, 190))
    falls = scan(values, weights, season(days), columns, side=-1)
    rises = scan(values, weights, season(days), columns, side=1)
    best = int(falls.log_bf[0].argmax())
    assert best + 120 == 150
    assert abs(falls.effect[0, best] + 0.3) < 3 * falls.sd[0, best]
    assert rises.log_bf[0, best] < 0


def test_calm_days_speak_against_a_shift_that_somebody_would_notice():
    days = np.arange(18000, 18200)
    values = np.random.default_rng(1).normal(0, 0.05, 200)
    columns = profile_columns(LASTING[:1], 200, np.arange(120, 170))
    small = scan(values, np.full(200, 400.0), season(days), columns, sizes=(0.1,), side=-1)
    noticed = scan(values, np.full(200, 400.0), season(days), columns, sizes=(Size(0.2, 0.1),), side=-1)
    assert np.median(noticed.log_bf) < np.median(small.log_bf) - 1 < 0


def test_a_weekday_pattern_is_no_shift():
    days = np.arange(18000, 18200)
    values = np.where(days % 7 < 2, -0.5, 0.1) + np.random.default_rng(1).normal(0, 0.05, 200)
    columns = profile_columns(LASTING[:1], 200, np.arange(120, 190))
    found = scan(values, np.full(200, 400.0), season(days), columns, side=-1)
    assert found.log_bf.max() < 2.0


def test_weights_follow_the_real_spread_and_keep_a_step():
    rng = np.random.default_rng(5)
    days = np.arange(18000, 18120)
    values = rng.normal(0, 2.0, 120) + 30.0 * (np.arange(120) >= 60)
    values[30] = 60.0
    found = robust_weights(values, np.ones(120), days)
    assert np.median(found) == pytest.approx(1 / 4, rel=0.35)
    assert found[30] < 0.3 * np.median(found)
    assert found[58:63].min() > 0.6 * np.median(found)


def test_a_delay_moves_the_whole_effect():
    columns = profile_columns(LASTING[:1], 12, np.array([2]))
    shown = delayed(columns, np.array([0.0, 0.0, 0.0, 1.0]))
    assert shown[0, :, 0].tolist() == [0.0] * 5 + [1.0] * 7
