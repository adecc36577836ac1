"""Mix, within, population, reach and response add up to what they split."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxlib.errors import CxError
from cxlib.stats.decompose import daily_split, reference_means, split_mix, split_windows


@st.composite
def tables(draw):
    seed, rows = draw(st.integers(0, 10_000)), draw(st.integers(1, 6))
    rng = np.random.default_rng(seed)
    return rng.integers(0, 50, (2, rows)).astype(float), rng


@settings(deadline=None, max_examples=60, derandomize=True)
@given(tables())
def test_mix_and_within_sum_to_the_difference(table):
    counts, rng = table
    if counts.sum(axis=1).min() == 0:
        return
    totals = np.where(counts > 0, counts * rng.uniform(-1, 1, counts.shape), 0.0)
    found = split_windows(tuple(counts), tuple(totals), tuple(counts))
    change = totals[1].sum() / counts[1].sum() - totals[0].sum() / counts[0].sum()
    assert found.mix.sum() + found.within.sum() == pytest.approx(change, abs=1e-9)


@settings(deadline=None, max_examples=60, derandomize=True)
@given(tables())
def test_population_reach_and_response_sum_to_the_mix(table):
    counts, rng = table
    if counts.sum(axis=1).min() == 0:
        return
    asked, people = counts * rng.uniform(1, 3), counts * rng.uniform(3, 9) + 1
    sides = [
        (
            people[i],
            asked[i] / people[i],
            np.divide(counts[i], asked[i], out=np.zeros_like(counts[i]), where=asked[i] > 0),
        )
        for i in (0, 1)
    ]
    value = rng.uniform(-1, 1, counts.shape[1])
    parts = split_mix(sides[0], sides[1], value)
    mix = counts[1] @ value / counts[1].sum() - counts[0] @ value / counts[0].sum()
    assert parts.sum() == pytest.approx(mix, abs=1e-9)


def test_days_split_into_mix_and_within_exactly():
    rng = np.random.default_rng(2)
    counts = rng.poisson(3.0, (30, 4)).astype(float)
    totals = counts * rng.uniform(-1, 1, counts.shape)
    mix, within = daily_split(counts, totals, reference_means(counts.sum(axis=0), totals.sum(axis=0)))
    seen = counts.sum(axis=1) > 0
    np.testing.assert_allclose(
        (mix + within)[seen], (totals.sum(axis=1) / np.maximum(counts.sum(axis=1), 1))[seen], atol=1e-9
    )


def test_a_pure_cut_of_the_audience_is_mix_alone():
    before, after = np.array([50.0, 50.0]), np.array([10.0, 50.0])
    found = split_windows((before, after), (before * [1, 0], after * [1, 0]), (before, after))
    assert found.within.sum() == pytest.approx(0.0)
    assert found.mix.sum() == pytest.approx(10 / 60 - 0.5)


def test_a_segment_that_vanished_counts_as_mix():
    found = split_windows(
        (np.array([10.0, 10.0]), np.array([0.0, 10.0])),
        (np.array([10.0, 0.0]), np.array([0.0, 0.0])),
        (np.array([10.0, 0.0]), np.array([0.0, 0.0])),
    )
    assert (found.mix.sum(), found.within.sum()) == (pytest.approx(-0.5), pytest.approx(0.0))


def test_an_empty_window_is_refused():
    with pytest.raises(CxError, match="windows: found a window without rows, expected rows in both"):
        split_windows((np.zeros(2), np.ones(2)), (np.zeros(2), np.ones(2)), (np.zeros(2), np.ones(2)))
