"""Counts become series whose spikes weigh what they should."""

import numpy as np
import pytest

from cxlib.changes.streams import count_series, ratio_of


def z_scores(counts, mean):
    series = count_series(np.array(counts, float), np.array(mean, float), segment=(), reason=None, side=0)
    return series.values * np.sqrt(series.weights)


def test_three_tickets_of_a_reason_that_hardly_ever_comes_do_not_weigh_like_the_plain_ratio():
    # P(3 or more | mean 0.1) = 1.5e-4, a normal deviate of 3.6; the plain ratio would say 9.2
    assert 3.6 < z_scores([3], [0.1])[0] < 7.0


@pytest.mark.parametrize("mean", [3.0, 40.0])
@pytest.mark.parametrize("factor", [1.0, 2.5])
def test_the_noise_of_a_count_is_the_same_after_it_rose(mean, factor):
    counts = np.random.default_rng(5).poisson(mean * factor, 40_000)
    scores = z_scores(counts, np.full(len(counts), mean))
    assert np.std(scores) == pytest.approx(1.0, abs=0.07)  # a plain ratio: 1.58 after the rise


def test_the_noise_of_something_rare_grows_less_than_that_of_a_ratio():
    counts = np.random.default_rng(5).poisson(1.25, 40_000)
    assert 1.0 < np.std(z_scores(counts, np.full(len(counts), 0.5))) < 1.35 < np.sqrt(2.5)


def test_large_counts_weigh_as_a_gaussian_ratio():
    assert z_scores([440], [400])[0] == pytest.approx((440 - 400) / 20, rel=0.02)


def test_effects_are_turned_back_into_relative_changes():
    counts = np.random.default_rng(2).poisson(60.0, 4000)
    values = count_series(counts, np.full(4000, 40.0), segment=(), reason=None, side=1).values
    change, _ = ratio_of(np.array([values.mean()]), np.array([0.1]))
    assert change[0] == pytest.approx(0.5, abs=0.02)


def test_days_without_expectation_have_no_weight():
    series = count_series(np.array([3.0]), np.array([0.0]), segment=(), reason=None, side=0)
    assert (series.values[0], series.weights[0]) == (0.0, 0.0)
