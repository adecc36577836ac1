"""When a change would begin to act, grow and end."""

from datetime import UTC, datetime

import numpy as np
import pytest

from cxlib.changes.calendar import Change
from cxlib.changes.columns import NEVER, Onset, columns_for, onset_weights, onsets_of
from cxlib.stats.profiles import LASTING, PULSES

DAY = 18_300


def change(change_id="A", day=DAY, **facts):
    told = {"title": "Release", "component": "api", "owner": "api", "share": 1.0} | facts
    base = {"kind": "release", "description": "", "scope": "", "rollout_end": None, "reverted": None}
    return Change(
        change_id, released_at=datetime(2020, 2, 8, tzinfo=UTC), day=day, uncertain_days=0, **base | told
    )


def test_chances_of_all_onsets_sum_to_one():
    log = [
        change(),
        change("B", DAY + 9),
        change("C", DAY + 15, title="Hotfix for api"),
        change("D", DAY + 30),
    ]
    for one in log:
        assert sum(onsets_of(one, log).values()) == pytest.approx(1.0)


def test_a_later_fix_of_the_same_component_is_the_likeliest_end():
    log = [change(), change("B", DAY + 9), change("C", DAY + 15, title="Hotfix for api")]
    ends = {}
    for onset, chance in onsets_of(log[0], log).items():
        ends[onset.end] = ends.get(onset.end, 0.0) + chance
    assert ends[NEVER] > ends[DAY + 15] > 3 * ends[DAY + 9] > 0
    other = [change(), change("B", DAY + 15, title="Hotfix for web", component="web", owner="web")]
    assert {onset.end for onset in onsets_of(other[0], other)} == {NEVER}


def test_a_revert_ends_every_effect():
    one = change(reverted=DAY + 5)
    assert {onset.end for onset in onsets_of(one, [one])} == {DAY + 5}


def test_a_roll_out_shows_as_exposure_grows():
    one = change(rollout_end=DAY + 4)
    columns = columns_for([one], DAY - 10, DAY + 20, DAY + 20)
    place = columns.place()
    at = place[Onset(DAY, 1.0, NEVER, 0, 4)] - len(columns.days)
    shown = columns.parts(LASTING + PULSES, DAY - 10)[0, :, at]
    assert shown[8:16].tolist() == [0.0, 0.0, 0.25, 0.5, 0.75, 1.0, 1.0, 1.0]
    weights = onset_weights(one, [one], place, stop=columns.stop)
    assert weights.sum() == pytest.approx(1.0)
    assert weights[: len(columns.days)].sum() == 0.0  # no whole step belongs to it


def test_what_is_mended_keeps_its_shape_until_then():
    log = [change(), change("B", DAY + 12, title="Fix")]
    columns = columns_for(log, DAY - 10, DAY + 40, DAY + 40)
    at = columns.place()[Onset(DAY, 1.0, DAY + 12, 0)] - len(columns.days)
    ramp = next(
        index for index, profile in enumerate(LASTING) if profile.shape == "ramp" and profile.length > 8
    )
    shown = columns.parts(LASTING + PULSES, DAY - 10)[ramp, :, at]
    assert (np.diff(shown[9:18]) > 0).all()
    assert shown[22:].max() == 0.0
