"""Counts become series whose spikes weigh what they should."""

import numpy as np
import pytest

from cxlib.changes.streams import count_series


def z_scores(counts, mean):
    series = count_series(np.array(counts, float), np.array(mean, float), segment=(), reason=None, side=0)
    return series.values * np.sqrt(series.weights)


def test_three_tickets_of_a_reason_that_hardly_ever_comes_weigh_like_their_poisson_probability():
    # P(3 or more | mean 0.1) = 1.5e-4, a normal deviate of 3.6; the plain ratio would say 9.2
    assert z_scores([3], [0.1])[0] == pytest.approx(3.82, abs=0.01)


def test_large_counts_weigh_as_a_gaussian_ratio():
    assert z_scores([440], [400])[0] == pytest.approx((440 - 400) / 20, rel=0.02)


def test_what_is_missing_is_the_plain_ratio():
    series = count_series(np.array([0.0, 10.0]), np.array([40.0, 40.0]), segment=(), reason=None, side=-1)
    assert series.values.tolist() == [-1.0, -0.75]


def test_days_without_expectation_have_no_weight():
    series = count_series(np.array([3.0]), np.array([0.0]), segment=(), reason=None, side=0)
    assert (series.values[0], series.weights[0]) == (0.0, 0.0)
