"""Expected breaches by hand: what runs, what is past its target, and how likely the others are to pass it."""

import numpy as np
import pytest

import cxlib as cx
from cxlib.errors import CxError
from tests.data.desk import open_desk

TOML = """
[targets.first_response_time]
clock = "calendar"
minutes = { default = 60 }
"""
COLUMNS = ["running", "breached", "expected", "unknown", "matured", "status"]


def desk(tmp_path, answered, waiting, *, as_of=2000, toml=TOML):
    """Tickets answered after so many minutes, and others that wait since so many minutes."""
    tickets = {f"a{i}": {} for i in range(len(answered))}
    messages = [(f"a{i}", minute, who) for i in range(len(answered)) for minute, who in [(0, "customer")]]
    messages += [(f"a{i}", minute, "agent") for i, minute in enumerate(answered) if minute is not None]
    for i, minutes in enumerate(waiting):
        tickets[f"w{i}"] = {"created_at": as_of - minutes}
        messages.append((f"w{i}", as_of - minutes, "customer"))
    return open_desk(tmp_path, tickets, messages, toml=toml, as_of=as_of)


def test_each_running_clock_counts_with_its_probability(tmp_path):
    # answered after 15, 30, 45 and 120 minutes; 90 minutes have passed already, its deadline too:
    # S is 4/5 from 1/4 of the target on, 3/5 from 1/2 on, 2/5 from 3/4 on, and so at the whole target.
    found = cx.expected_breaches(desk(tmp_path, [15, 30, 45, 120], [20, 40, 90]))
    row = found.table.iloc[0]
    assert row["target_name"] == "first_response_time"
    assert row[COLUMNS].tolist() == [
        3,
        1,
        pytest.approx(1 + (2 / 5) / (4 / 5) + (2 / 5) / (3 / 5)),
        0,
        5,
        "low_n",
    ]
    assert "Of 3 running clocks 1 are past their target already" in found.text
    assert "first_response_time: 2.17 breaches of 3" in found.text


def test_a_clock_that_just_began_misses_its_target_as_often_as_matured_ones_did(tmp_path):
    row = cx.expected_breaches(desk(tmp_path, [30] * 15 + [90] * 5, [1] * 8)).table.iloc[0]
    assert row[COLUMNS].tolist() == [8, 0, pytest.approx(8 * 5 / 20), 0, 20, "ok"]


def test_an_answer_at_the_target_is_in_time(tmp_path):
    row = cx.expected_breaches(desk(tmp_path, [60] * 20, [30, 60])).table.iloc[0]
    assert row[COLUMNS].tolist() == [2, 0, 0, 1, 20, "ok"]


def test_what_ran_longer_than_any_matured_clock_has_no_probability(tmp_path):
    found = cx.expected_breaches(desk(tmp_path, [10] * 20, [5, 30]))
    assert found.table.iloc[0][COLUMNS].tolist() == [2, 0, 0, 1, 20, "ok"]
    assert [caveat.code for caveat in found.caveats] == ["no_probability"]


def test_without_a_matured_clock_nothing_is_expected(tmp_path):
    found = cx.expected_breaches(desk(tmp_path, [], [5, 30]))
    assert np.isnan(found.table["expected"].iloc[0])
    assert found.table["status"].iloc[0] == "no_data"
    assert "no clock has matured" in found.text


def test_without_a_target_it_is_refused(tmp_path):
    with pytest.raises(CxError, match="targets"):
        cx.expected_breaches(desk(tmp_path, [10], [5], toml=""))
