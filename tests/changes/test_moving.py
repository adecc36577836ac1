"""Shifts that are less, or more, than they seem: slow declines, recoveries, other people who answer."""

import numpy as np
import pandas as pd
import pytest

import cxlib as cx

FIRST = pd.Timestamp("2021-01-04", tz="UTC")


def day(number):
    return (FIRST + pd.Timedelta(days=number)).date()


def reviews(happy, unhappy, *, seed=1, neutral=0.5):
    """Reviews a day with five stars and with one, each an array over the days."""
    rng = np.random.default_rng(seed)
    parts = []
    for stars, mean in ((5, happy), (4, np.full(len(happy), neutral)), (1, unhappy)):
        rows = np.repeat(np.arange(len(happy)), rng.poisson(mean))
        seconds = rows * 86400 + rng.integers(0, 86400, len(rows))
        parts.append(pd.DataFrame({"posted_at": FIRST + pd.to_timedelta(seconds, unit="s"), "rating": stars}))
    found = pd.concat(parts, ignore_index=True)
    return found.assign(review_id=[f"v{row}" for row in range(len(found))])


def ask(rows, *released, around):
    log = pd.DataFrame(
        {
            "change_id": [f"r{number}" for number in released],
            "title": "Small things",
            "component": "app",
            "released_at": [FIRST + pd.Timedelta(days=number, hours=1) for number in released],
        }
    )
    data = cx.load({"reviews": rows, "changes": log})
    return cx.investigate(data, "review_score_net", start=day(around - 40), end=day(around + 40))


def codes(found):
    return {caveat.code for caveat in found.caveats}


DAYS = np.arange(420)
SLOPE = np.clip((DAYS - 150) / 270, 0, 1)


@pytest.mark.parametrize("seed", range(3))
def test_a_decline_that_began_months_before_is_laid_on_no_change(seed):
    found = ask(reviews(18 - 12 * SLOPE, 6 + 12 * SLOPE, seed=seed), 50, 120, 300, 330, 350, around=330)
    assert "drift_before_onset" in codes(found)
    assert all(item.probability < 0.5 for item in found.suspects.ranked)


def test_a_step_on_top_of_a_decline_is_still_found():
    step = 7 * (DAYS >= 330)
    found = ask(reviews(18 - 8 * SLOPE - step, 6 + 8 * SLOPE + step), 50, 300, 330, 350, around=330)
    assert found.suspects.top.change.change_id == "r330"
    assert "drift_before_onset" in codes(found)


def test_a_step_without_a_decline_has_no_such_caveat():
    step = 6 * (DAYS >= 330)
    found = ask(reviews(18 - step, 6 + step), 50, 300, 330, 350, around=330)
    assert found.suspects.top.change.change_id == "r330"
    assert "drift_before_onset" not in codes(found)


def test_a_recovery_ends_the_shift_and_names_what_mended_it():
    bad = (DAYS >= 330) & (DAYS < 350)
    found = ask(reviews(np.where(bad, 4.0, 8.0), np.where(bad, 6.0, 2.0)), 300, 330, 350, around=330)
    answer = found.to_dict()
    assert answer["suspects"][0]["change_id"] == "r330"
    assert abs((pd.Timestamp(answer["shift"]["ended"]).date() - day(350)).days) <= 3


@pytest.mark.parametrize("seed", range(3))
def test_more_unhappy_people_are_a_fault(seed):
    later = DAYS[:240] >= 170
    found = ask(reviews(np.full(240, 5.0), np.where(later, 4.0, 1.0), seed=seed), 60, 170, 200, around=170)
    assert found.mechanism["name"] == "service"


@pytest.mark.parametrize("seed", range(3))
def test_many_more_answers_with_a_fall_are_other_people(seed):
    later = DAYS[:240] >= 170
    rows = reviews(np.where(later, 12.0, 2.0), np.where(later, 6.0, 0.3), seed=seed)
    found = ask(rows, 60, 170, 200, around=170)
    assert found.mechanism["name"] == "audience"
    assert "volume_jump" in codes(found)
    assert "other people answered" in found.text


def test_many_more_answers_with_a_rise_are_no_fall():
    later = DAYS[:240] >= 170
    rows = reviews(np.where(later, 14.0, 1.0), np.where(later, 2.0, 1.0))
    found = ask(rows, 60, 170, 200, around=170)
    assert found.suspects.no_change > 0.9
    assert "volume_jump" in codes(found)


def test_a_quota_of_each_score_is_a_biased_sample():
    rows = pd.DataFrame({"rating": np.tile([1, 2, 3, 4, 5], 200)})
    hours = pd.to_timedelta(np.arange(1000) * 5, unit="h")
    rows = rows.assign(review_id=[f"v{row}" for row in range(1000)], posted_at=FIRST + hours)
    data = cx.load({"reviews": rows})
    assert "biased_sample" in codes(cx.investigate(data, "review_score_net"))
    uneven = cx.load({"reviews": rows.assign(rating=rows["rating"].replace({2: 5}))})
    assert "biased_sample" not in codes(cx.investigate(uneven, "review_score_net"))
    orders = [f"o{row // 2}" for row in range(1000)]
    repeated = cx.load({"reviews": rows.assign(rating=rows["rating"].replace({2: 5}), order_id=orders)})
    assert "biased_sample" in codes(cx.investigate(repeated, "review_score_net"))
