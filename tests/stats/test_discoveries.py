"""False discoveries stay below what was asked for, on series of every calm; and true ones are found."""

import re

import numpy as np
import pytest
from scipy.special import logsumexp

from cxlib.errors import CxError
from cxlib.stats.discoveries import e_bh, fewest_false, local_fdr
from cxlib.stats.drift import Drift
from cxlib.stats.evidence import season
from cxlib.stats.noise import robust_weights
from cxlib.stats.onsets import scan_onsets
from cxlib.stats.profiles import LASTING, PULSES

DAYS, WINDOW = 210, 90
SHAPES = LASTING + PULSES
LOG_PRIOR = np.log([0.6 * one.prior for one in LASTING] + [0.4 * one.prior for one in PULSES])


def drifting(rng, count, drift):
    """Ornstein-Uhlenbeck paths."""
    keep = np.exp(-1 / drift.length)
    paths = np.empty((count, DAYS))
    paths[:, 0] = rng.normal(0, 1, count)
    for day in range(1, DAYS):
        paths[:, day] = keep * paths[:, day - 1] + rng.normal(0, np.sqrt(1 - keep**2), count)
    return drift.sd * paths


def logs_of(seed, count, drift, moved=0, drop=0.0):
    """Log Bayes factors and e-values of scores of 59 answers a day, of which the first `moved` drop."""
    rng = np.random.default_rng(seed)
    answers = np.maximum(rng.poisson(59, (count, DAYS)), 1)
    level = np.full((count, DAYS), 0.35) + drifting(rng, count, drift)
    onset = rng.integers(DAYS - WINDOW + 5, DAYS - 10, count)
    level[:moved] -= drop * (np.arange(DAYS) >= onset[:moved, None])
    good = np.clip((1 + level) / 2 - 0.125, 0.01, 0.7)  # a quarter is passive
    happy = rng.binomial(answers, good)
    unhappy = rng.binomial(answers - happy, np.clip((0.75 - good) / (1 - good), 0, 1))
    values = (happy - unhappy) / answers
    days = np.arange(18000, 18000 + DAYS)
    pairs = zip(values, answers / 0.7, strict=True)
    weights = np.array([robust_weights(value, weight, days) for value, weight in pairs])
    found = scan_onsets(values, weights, season(days), SHAPES, np.arange(DAYS - WINDOW, DAYS))
    bayes = np.array([logsumexp(one.log_bf + LOG_PRIOR[:, None]) - np.log(WINDOW) for one in found])
    return bayes, bayes + np.array([one.log_cover for one in found])


def test_the_largest_count_decides_not_the_first_that_fails():
    assert e_bh(np.log([15.0, 15.0, 15.0, 0.1]), q=0.2).tolist() == [True, True, True, False]
    assert not e_bh(np.log([9.0, 1.0]), q=0.1).any()
    assert e_bh(np.zeros(0)).tolist() == []


def test_the_rate_of_calm_is_learned_from_many_and_believed_of_few():
    few = local_fdr(np.log([20.0, 0.2]))
    np.testing.assert_allclose(few, [1 / 21, 1 / 1.2])
    many = local_fdr(np.log([20.0] + [0.2] * 99))
    assert many[0] > few[0]
    assert fewest_false(np.array([0.02, 0.3]), q=0.10).tolist() == [True, False]


def test_what_is_no_share_or_no_number_is_refused():
    with pytest.raises(CxError, match=re.escape("q: found 0, expected a share in (0, 1]. Fix: write 0.10")):
        e_bh(np.zeros(3), q=0.0)
    with pytest.raises(CxError, match="evidence: found nan, expected a number"):
        local_fdr(np.array([np.nan]))


@pytest.mark.parametrize(
    "drift", [Drift(0.0, 1.0), Drift(0.03, 120.0), Drift(0.07, 30.0), Drift(0.07, 120.0)], ids=str
)
def test_e_values_of_calm_series_have_mean_one_or_less(drift):
    _, log_e = logs_of(5, 250, drift)
    print(f"{drift}: mean e-value {np.exp(log_e).mean():.2f}, largest {np.exp(log_e).max():.1f}")  # noqa: T201 - figures for the reader
    assert np.exp(log_e).mean() <= 1.0


def test_false_discoveries_among_a_thousand_series():
    bayes, log_e = logs_of(8, 1000, Drift(0.03, 120.0), moved=100, drop=0.25)
    fdr = local_fdr(bayes)
    true = np.arange(1000) < 100
    for q in (0.05, 0.10, 0.20):
        for name, found in (("e-BH", e_bh(log_e, q=q)), ("local fdr", fewest_false(fdr, q=q))):
            false = float((found & ~true).sum() / max(found.sum(), 1))
            print(f"q {q}: {name} FDP {false:.3f}, power {(found & true).sum() / 100:.2f}")  # noqa: T201 - figures for the reader
            assert false <= q
    assert e_bh(log_e, q=0.10)[:100].mean() >= 0.70
