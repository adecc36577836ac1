"""Two releases that did harm in one window, and one that did it alone."""

import numpy as np
import pandas as pd
import pytest

import cxlib as cx

FIRST = pd.Timestamp("2021-01-04", tz="UTC")
HISTORY, WINDOW = 130, 84
START, END = ((FIRST + pd.Timedelta(days=number)).date() for number in (HISTORY, HISTORY + WINDOW))
RELEASED = (5, 22, 33, 48, 55, 70)
ANSWERS = 60


def ask(falls, seed):
    """Score surveys of two plans; the share of the happy falls for good on some days of the window."""
    rng = np.random.default_rng(seed)
    days = np.repeat(np.arange(HISTORY + WINDOW), ANSWERS)
    happy = np.full(len(days), 0.62)
    for day, fall in falls.items():
        happy -= fall * (days >= HISTORY + day)
    drawn = rng.random(len(days))
    scores = np.where(drawn < happy, 10, np.where(drawn < happy + 0.2, 8, 3))
    sent = FIRST + pd.to_timedelta(days * 86400 + rng.integers(0, 86400, len(days)), unit="s")
    surveys = pd.DataFrame({"kind": "nps", "sent_at": sent, "responded_at": sent, "score": scores})
    surveys["survey_id"] = [f"s{row}" for row in range(len(surveys))]
    surveys["plan"] = rng.choice(["basic", "pro"], len(surveys))
    released = [FIRST + pd.Timedelta(days=HISTORY + number, minutes=30) for number in RELEASED]
    log = pd.DataFrame({"change_id": [f"R-{n}" for n in RELEASED], "title": "Small things"})
    log = log.assign(component="app", released_at=released)
    return cx.investigate(cx.load({"surveys": surveys, "changes": log}), "nps", start=START, end=END)


def codes(found):
    return {caveat.code for caveat in found.caveats}


@pytest.mark.parametrize("seed", range(3))
def test_two_releases_that_did_harm_are_two_causes(seed):
    found = ask({22: 0.12, 55: 0.14}, seed)
    assert "several_causes" in codes(found)
    told = found.to_dict()
    (again,) = told["further_shifts"]
    onsets = sorted((pd.Timestamp(one["onset"]).date() - START).days for one in (told["shift"], again))
    assert np.abs(np.array(onsets) - [22, 55]).max() <= 3
    sets = {item.change.change_id: item.set_id for item in found.suspects.ranked}
    assert {sets["R-22"], sets["R-55"]} == {1, 2}
    assert "Apart from that, the metric got worse from" in found.text


@pytest.mark.parametrize("seed", range(3))
def test_one_release_that_did_harm_is_one_cause(seed):
    found = ask({33: 0.15}, seed)
    assert found.suspects.top.change.change_id == "R-33"
    assert "several_causes" not in codes(found)
    assert found.further == ()
    assert {item.set_id for item in found.suspects.ranked} == {None}
