"""The recursions equal the dense scan, whatever the profile and the weights."""

import re

import numpy as np
import pytest

from cxlib.errors import CxError
from cxlib.stats.evidence import Drift, cycle, scan, season
from cxlib.stats.onsets import onset_products, scan_onsets
from cxlib.stats.profiles import LASTING, PULSES, profile_columns

DAYS = 400


@pytest.fixture(scope="module")
def many():
    rng = np.random.default_rng(11)
    weights = rng.uniform(5.0, 60.0, (3, DAYS))
    weights[1, 40:55] = 0.0
    values = rng.normal(0, 1, (3, DAYS)) / np.sqrt(np.maximum(weights, 1.0))
    values[2] -= 0.4 * (np.arange(DAYS) >= 300)
    values[1, 45] = np.nan
    return values, weights


@pytest.mark.parametrize("profile", LASTING + PULSES, ids=lambda one: f"{one.shape}{one.length:g}")
@pytest.mark.parametrize("power", [1, 2])
def test_products_by_recursion_equal_the_matrix_product(profile, power):
    columns = np.random.default_rng(2).normal(size=(120, 4))
    dense = profile_columns((profile,), 120, np.arange(120))[0] ** power
    np.testing.assert_allclose(onset_products(columns, profile, power=power), dense.T @ columns, atol=1e-10)


@pytest.mark.parametrize("side", [-1, 0, 1])
def test_the_scan_by_recursion_equals_the_dense_one(many, side):
    values, weights = many
    days, onsets = np.arange(18000, 18000 + DAYS), np.arange(30, DAYS, 3)
    shapes = LASTING + PULSES
    found = scan_onsets(values, weights, season(days), shapes, onsets, side=side)
    columns = profile_columns(shapes, DAYS, onsets)
    for one, series, weight in zip(found, values, weights, strict=True):
        dense = scan(series, weight, season(days), columns, side=side)
        np.testing.assert_allclose(one.log_bf, dense.log_bf, atol=1e-8)
        np.testing.assert_allclose(one.effect, dense.effect, atol=1e-8)
        np.testing.assert_allclose(one.sd, dense.sd, atol=1e-8)
        assert one.log_cover == pytest.approx(dense.log_cover, abs=1e-8)


def test_the_cover_never_adds_evidence_and_is_nothing_for_a_single_drift(many):
    values, weights = many
    for grid in ((Drift(0.0, 1.0),), (Drift(0.0, 1.0), Drift(0.05, 60.0))):
        for one in scan_onsets(
            values, weights, np.ones((DAYS, 1)), LASTING[:1], np.arange(50, 90), grid=grid
        ):
            assert -np.log(len(grid)) - 1e-12 <= one.log_cover <= 1e-12


def test_rows_of_any_grain_have_their_own_season():
    months = np.arange(36)
    design = cycle(months, 12)
    values = design @ np.random.default_rng(4).normal(size=12) - 1.0 * (months >= 30)
    (found,) = scan_onsets(
        values[None], np.full((1, 36), 400.0), design, LASTING[:1], np.arange(12, 36), sizes=(1.0,)
    )
    assert int(found.log_bf[0].argmax()) + 12 == 30


def test_wrong_shapes_and_rows_are_refused():
    with pytest.raises(
        CxError, match=re.escape("found shapes (5,), (5,) and (5, 1), expected (series, days)")
    ):
        scan_onsets(np.zeros(5), np.ones(5), np.ones((5, 1)), LASTING, np.array([1]))
    with pytest.raises(CxError, match=re.escape("onsets: found rows 2 to 5, expected rows 0 to 4")):
        scan_onsets(np.zeros((1, 5)), np.ones((1, 5)), np.ones((5, 1)), LASTING, np.array([2, 5]))
