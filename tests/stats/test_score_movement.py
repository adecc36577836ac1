"""A score's movement: parts that sum to it, with data that come and go and with another configuration."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxlib.errors import CxError
from cxlib.stats.score_movement import Terms, is_real, split_movement, split_redefined


def drawn_terms(rng, shape, *, reweight):
    """Both dates under one configuration."""
    weight = rng.dirichlet(np.ones(shape[1]))
    reference = rng.uniform(0, 1, shape[1])
    dates = []
    for _ in range(2):
        d = np.where(rng.random(shape) < 0.3, np.nan, rng.uniform(0, 1, shape))
        strength = weight * np.where(np.isnan(d), 0.0, rng.uniform(0, 1, shape))
        if reweight:
            total = strength.sum(axis=1, keepdims=True)
            strength = np.divide(strength, total, out=np.zeros(shape), where=total > 0)
            dates.append(Terms(d, strength, np.zeros(shape[1]), np.zeros(shape[1])))
        else:
            dates.append(Terms(d, strength, reference, 100 * weight * reference))
    return tuple(dates)


@given(st.integers(0, 10_000), st.booleans())
def test_parts_sum_to_the_change_of_the_score(seed, reweight):
    rng = np.random.default_rng(seed)
    before, after = drawn_terms(rng, (7, 4), reweight=reweight)
    found = split_movement(before, after)
    change = after.points.sum(axis=1) - before.points.sum(axis=1)
    assert np.abs(found.total.sum(axis=1) - change).max() < 1e-9
    assert not found.redefinition.any()


@given(st.integers(0, 10_000))
def test_parts_sum_to_the_change_under_another_configuration(seed):
    rng = np.random.default_rng(seed)
    old, new = (drawn_terms(rng, (7, 4), reweight=False) for _ in range(2))
    found = split_redefined(old, new)
    change = new[1].points.sum(axis=1) - old[0].points.sum(axis=1)
    assert np.abs(found.total.sum(axis=1) - change).max() < 1e-9


@given(st.integers(0, 10_000))
def test_a_metric_is_split_or_came_or_went_and_never_two_of_these(seed):
    before, after = drawn_terms(np.random.default_rng(seed), (7, 4), reweight=False)
    found = split_movement(before, after)
    split = (found.value != 0) | (found.freshness != 0)
    assert ((found.arrived != 0).astype(int) + (found.gone != 0) + split <= 1).all()
    assert not split[~(before.known & after.known)].any()


def held(d, strength=0.4, anchor=0.5):
    return Terms(np.array([[d]]), np.array([[strength]]), np.array([[anchor]]), np.array([[40 * anchor]]))


def test_data_that_go_take_their_whole_term_with_them():
    found = split_movement(held(0.9), held(np.nan))
    assert found.gone == pytest.approx(np.array([[-16.0]]))
    assert found.total == pytest.approx(np.array([[-16.0]]))
    assert split_movement(held(np.nan), held(0.9)).arrived == pytest.approx(np.array([[16.0]]))


def test_the_same_definition_twice_redefines_nothing():
    pair = (held(0.3), held(0.8, 0.2))
    found, plain = split_redefined(pair, pair), split_movement(*pair)
    assert found.redefinition == pytest.approx(np.zeros((1, 1)))
    assert found.value == pytest.approx(plain.value)


def test_two_configurations_are_refused_where_one_is_meant():
    with pytest.raises(CxError, match=re.escape("score movement: found two configurations, expected both")):
        split_movement(held(0.3), held(0.3, anchor=0.6))


def test_a_movement_within_its_error_is_not_real():
    error = (np.array([4.0, 4.0]), np.array([4.0, 4.0])), (np.array([3.0, 3.0]), np.array([3.0, 3.0]))
    assert is_real(np.array([-30.0, 4.9]), *error).tolist() == [True, False]


def test_a_rise_is_held_against_what_lies_between_the_scores():
    """Above the earlier one and below the later one; what lies beyond them does not matter."""
    before, after = (
        (np.array([30.0, 30.0]), np.array([3.0, 3.0])),
        (np.array([4.0, 4.0]), np.array([50.0, 50.0])),
    )
    assert is_real(np.array([5.1, 4.9]), before, after).tolist() == [True, False]
    assert is_real(np.array([-51.0, -59.0]), before, after).tolist() == [False, True]
