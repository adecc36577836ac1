"""Roll-ups: parts that sum to the change whoever comes, goes or moves; few accounts do not rule a mean."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxlib.stats.portfolio import PARTS, Members, group_movement, shrunken_means

GROUPS = 3


@st.composite
def portfolios(draw):
    """Accounts on two dates: each is in a group, uncounted, or no customer; weights may be 0."""
    n = draw(st.integers(1, 25))
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))

    def date():
        group = rng.integers(-1, GROUPS, n)
        weight = rng.exponential(100.0, n) * (rng.random(n) > 0.1)
        return Members(group, weight, rng.uniform(0, 100, n), (group >= 0) | (rng.random(n) > 0.5))

    return date(), date()


def parts_of(found):
    return {name: getattr(found, name) for name in PARTS}


@given(portfolios())
def test_parts_sum_to_the_change(pair):
    found = group_movement(*pair, GROUPS)
    total = np.nansum(list(parts_of(found).values()), axis=0)
    known = ~np.isnan(found.change)
    assert np.abs(total - found.change)[known].max(initial=0) < 1e-9


@given(portfolios())
def test_means_are_weighted_means(pair):
    found = group_movement(*pair, GROUPS)
    for members, means in zip(pair, (found.before, found.after), strict=True):
        for group in range(GROUPS):
            inside = members.group == group
            weight = members.weight[inside]
            expected = (weight @ members.score[inside]) / weight.sum() if weight.sum() > 0 else np.nan
            assert means[group] == pytest.approx(expected, nan_ok=True)


@given(portfolios())
def test_a_part_without_accounts_is_zero(pair):
    before, after = pair
    still = Members(before.group, after.weight, after.score, before.customer)
    found = group_movement(before, still, GROUPS)
    split = np.isnan(found.replaced)
    for name in ("new", "moved_in", "lost", "moved_out"):
        assert not np.nan_to_num(getattr(found, name))[split].any()


def one_group(groups, scores, customer=None, weight=None):
    group = np.array(groups)
    there = group >= 0 if customer is None else np.array(customer)
    return Members(
        group, np.ones(len(group)) if weight is None else np.array(weight), np.array(scores), there
    )


def test_an_unhappy_account_that_leaves_lifts_the_group_by_lost_alone():
    scores = [80.0] * 9 + [20.0]
    found = group_movement(one_group([0] * 10, scores), one_group([0] * 9 + [-1], scores), 1)
    assert found.change == pytest.approx([6.0])
    assert found.lost == pytest.approx([6.0], abs=1e-12)
    rest = [getattr(found, name)[0] for name in ("within", "mix", "new", "moved_in", "moved_out")]
    assert rest == pytest.approx([0.0] * 5, abs=1e-12)
    assert np.isnan(found.replaced[0])


def test_an_account_that_changes_hands_is_moved_out_here_and_in_there():
    scores = [80.0, 20.0, 60.0]
    found = group_movement(one_group([0, 0, 1], scores), one_group([0, 1, 1], scores), 2)
    assert found.moved_out == pytest.approx([30.0, 0.0])
    assert found.moved_in == pytest.approx([0.0, -20.0])
    assert not found.lost.any()
    assert not found.new.any()


def test_a_new_customer_is_new_and_one_that_was_not_counted_moved_in():
    before = one_group([0, -1, -1], [50.0, 0.0, 0.0], customer=[True, False, True])
    found = group_movement(before, one_group([0, 0, 0], [50.0, 80.0, 20.0]), 1)
    assert found.new == pytest.approx([10.0])
    assert found.moved_in == pytest.approx([-10.0])


def test_shares_that_move_are_mix():
    scores = [90.0, 10.0]
    found = group_movement(
        one_group([0, 0], scores, weight=[1.0, 1.0]), one_group([0, 0], scores, weight=[3.0, 1.0]), 1
    )
    assert found.mix == pytest.approx([20.0])
    assert found.within == pytest.approx([0.0])


def test_a_group_without_a_common_account_is_replaced():
    found = group_movement(one_group([0, -1], [20.0, 0.0]), one_group([-1, 0], [0.0, 90.0]), 1)
    assert found.replaced == pytest.approx([70.0])
    assert np.isnan(found.within[0])
    assert np.isnan(found.lost[0])


def test_six_accounts_are_drawn_in_further_than_sixty():
    rng = np.random.default_rng(3)
    group = np.repeat([0, 1, 2, 3], [6, 60, 60, 60])
    score = rng.normal(50, 20, len(group)) + np.array([12.0, 12.0, -8.0, -8.0])[group]
    found = shrunken_means(one_group(group, score), 4)
    pull = np.abs(found.shrunken - found.mean) / np.abs(found.mean - score.mean())
    assert pull[0] > 2 * pull[1]
    assert (found.upper - found.lower)[0] > 1.5 * (found.upper - found.lower)[1]


def test_groups_that_differ_by_chance_alone_are_all_at_the_mean():
    group, score = np.repeat([0, 1], 2), np.array([40.0, 60.0, 41.0, 61.0])
    found = shrunken_means(one_group(group, score), 2)
    assert found.between == 0
    assert found.shrunken == pytest.approx([50.5, 50.5])


def test_intervals_of_shrunken_means_hold_the_truth_about_as_often_as_they_say():
    rng = np.random.default_rng(11)
    inside = []
    for _ in range(200):
        truth = rng.normal(60, 6, 12)
        group = np.repeat(np.arange(12), rng.integers(4, 40, 12))
        found = shrunken_means(one_group(group, truth[group] + rng.normal(0, 15, len(group))), 12)
        inside.append((found.lower <= truth) & (truth <= found.upper))
    assert 0.92 < np.mean(inside) < 0.98


def test_single_accounts_and_empty_groups_are_no_error():
    found = shrunken_means(one_group([0, 1], [10.0, 90.0]), 3)
    assert found.shrunken[:2] == pytest.approx([50.0, 50.0])
    assert np.isnan(found.shrunken[2])
    alone = shrunken_means(one_group([0], [70.0]), 1)
    assert alone.shrunken == pytest.approx([70.0])
    assert np.isnan(shrunken_means(one_group([-1], [70.0]), 1).shrunken[0])
