"""Intervals of scores hold the truth, and what does not change is seldom called a movement: by simulation."""

import numpy as np
import pytest

import cxlib as cx
from tests.health.portfolio import draw, load, true_scores

SEEDS = (1, 2, 3)
DATES = ("2019-12-01", "2019-10-01", "2019-01-01")  # windows that overlap by eleven months, by nine, by none


def judged(folder, seed, answers, dates=DATES):
    """% of accounts whose true score lies within, two ways, and % called real by earlier date."""
    tables, truth = draw(seed, answers=answers)
    data = load(folder, tables)
    scores = cx.score_health(data)
    table = scores.table
    inside = [
        100 * ((table["lower"] <= true) & (true <= table["upper"])).mean()
        for true in (true_scores(scores, truth), true_scores(scores, truth, known_fully=True))
    ]
    real = [100 * cx.compare_health(data, before=day).table["real"].mean() for day in dates]
    return np.array([*inside, *real])


def told(answers, found):
    names = ("as known", "fully known", *(f"real since {day}" for day in DATES))
    means = ", ".join(f"{name} {value:.1f} %" for name, value in zip(names, found.mean(axis=0), strict=True))
    return f"{answers} answers a year and kind: {means}"


@pytest.mark.slow
@pytest.mark.parametrize(("answers", "most_real"), [(1.5, 6.0), (4, 5.0), (12, 5.0)])
def test_the_truth_lies_within_and_what_does_not_change_is_not_called_real(tmp_path, answers, most_real):
    """With an answer or two a year one detractor lies further from most truths than its interval."""
    found = np.array([judged(tmp_path, seed, answers) for seed in SEEDS])
    print(told(answers, found))  # noqa: T201 - figures of the simulation
    inside, fully, *real = found.mean(axis=0)
    assert inside >= 95, told(answers, found)
    assert fully >= 93, told(answers, found)  # what is missing is drawn from a spread that is no normal
    assert max(real) <= most_real, told(answers, found)
    assert real[0] < real[-1]  # windows that share rows make it conservative
