"""Ticket facts against the conformance pack: our own values on every ticket, and an independent program."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import cxlib as cx
from cxlib.data.ticket_facts import prepared_frame

pytestmark = pytest.mark.acceptance
SETS = ("weekday", "seven_day")
# expected column -> column of the peer, tolerance in minutes (in two it counts minute boundaries), is blank 0
PEER = {
    "zendesk_first_response_minutes": ("first_reply_time_calendar_minutes", 0.001, False),
    "zendesk_first_response_business_minutes": ("first_reply_time_business_minutes", 0.001, False),
    "first_resolution_minutes": ("first_resolution_calendar_minutes", 1.0, False),
    "full_resolution_minutes": ("final_resolution_calendar_minutes", 1.0, False),
    "first_resolution_business_minutes": ("first_resolution_business_minutes", 0.001, False),
    "full_resolution_business_minutes": ("full_resolution_business_minutes", 0.001, False),
    "reopens": ("count_reopens", 0, True),
    "public_agent_messages": ("count_public_agent_comments", 0, True),
    "one_touch_dbt": ("is_one_touch_resolution", 0, True),
}
# equal / allowed, as the pack's README counts them
COUNTS = {
    "weekday": "2045/1 2043/3 2046/0 2044/2 2043/3 2043/3 2044/2 2046/0 2046/0",
    "seven_day": "2055/1 2021/35 2056/0 2054/2 2009/47 2010/46 2054/2 2056/0 2056/0",
}


@pytest.fixture(scope="module", params=SETS)
def desk(request, shared):
    """Name, data, our facts and what they should be, both in the order of ticket_id."""
    folder = shared / "data" / "zendesk" / request.param
    data = cx.load(folder, as_of="2026-11-15T00:00:00Z")
    expected = pd.read_csv(folder / "expected.csv.gz", dtype={"ticket_id": str}).drop(columns="scenario")
    return request.param, data, cx.ticket_facts(data), expected.sort_values("ticket_id", ignore_index=True)


def under(data, **definitions):
    settings = replace(data.settings, definitions={**data.settings.definitions, **definitions})
    return replace(data, settings=settings)


def test_every_column_of_every_ticket_equals_the_expected_value(desk):
    name, _, found, expected = desk
    assert list(found) == list(expected)
    assert len(found) == len(expected) == {"weekday": 2046, "seven_day": 2056}[name]
    for column in ("ticket_id", "initiated_by", "first_response_state"):
        assert found[column].tolist() == expected[column].tolist(), column
    for column in list(expected)[3:]:
        ours, theirs = (frame[column].astype(float).to_numpy() for frame in (found, expected))
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-6, err_msg=f"{name} {column}")


@pytest.mark.parametrize(
    "settings",
    [
        {"first_response_time": "human", "bots_as_agents": False},
        {"first_response_time": "zendesk", "bots_as_agents": True, "one_touch_rate": "dbt"},
        {"one_touch_rate": "strict"},
    ],
)
def test_the_facts_show_both_conventions_whatever_the_settings_are(desk, settings):
    _, data, found, _ = desk
    pd.testing.assert_frame_equal(cx.ticket_facts(under(data, **settings)), found)


def test_a_metric_may_use_either_convention(desk):
    _, data, found, _ = desk
    for prefix, settings in {
        "": {"first_response_time": "human", "bots_as_agents": False},
        "zendesk_": {"first_response_time": "zendesk", "bots_as_agents": True},
    }.items():
        made = prepared_frame(under(data, **settings), ["first_response_at", "first_response_wait"])
        minutes = (made["first_response_wait"] / 60e6).where(found[f"{prefix}first_response_minutes"].notna())
        np.testing.assert_allclose(minutes, found[f"{prefix}first_response_minutes"].astype(float), atol=1e-6)


@pytest.mark.parametrize(
    ("variant", "bots", "shares"),
    [
        ("default", False, {"weekday": (908, 1867), "seven_day": (918, 1877)}),
        ("zendesk", True, {"weekday": (830, 1917), "seven_day": (840, 1927)}),
        ("zendesk", False, {"weekday": (950, 1917), "seven_day": (960, 1927)}),
        ("dbt", False, {"weekday": (787, 1917), "seven_day": (797, 1927)}),
    ],
)
def test_one_touch_by_each_definition_has_the_share_of_the_dictionary(desk, variant, bots, shares):
    name, data, _, _ = desk
    made = prepared_frame(under(data, one_touch_rate=variant, bots_as_agents=bots), ["one_touch"])[
        "one_touch"
    ]
    assert (made.sum(), made.count()) == shares[name]


def test_touch_classes_part_the_solved_tickets(desk):
    _, data, _, _ = desk
    wanted = ["one_touch", "zero_touch", "first_solved_at", "excluded_because", "reopens", "reopened_within"]
    made = prepared_frame(under(data, bots_as_agents=False, first_response_time="human"), wanted)
    counted = made[made["first_solved_at"].notna() & made["excluded_because"].isna()]
    assert (counted["one_touch"].isna() == (counted["zero_touch"] == 1)).all()
    assert made["reopens"].sum() >= made["reopened_within"].eq(other=True).sum() > 0


def test_the_peer_agrees_outside_the_allow_list(desk, shared):
    name, _, found, _ = desk
    folder = shared / "data" / "zendesk"
    peer = pd.read_csv(folder / name / "peer.csv.gz", dtype={"ticket_id": str})
    peer = peer.sort_values("ticket_id", ignore_index=True)
    assert peer["ticket_id"].tolist() == found["ticket_id"].tolist()
    allow_list = pd.read_csv(folder / "allow_list.csv", dtype={"ticket_id": str}).query("set == @name")
    lines, counted = [], []
    for column, (their_column, tolerance, blank_is_none) in PEER.items():
        ours, theirs = found[column].astype(float), peer[their_column].astype(float)
        if blank_is_none:
            ours, theirs = ours.fillna(0), theirs.fillna(0)
        # their minutes have four decimals
        equal = ((ours - theirs).abs() <= tolerance + 1e-9) | (ours.isna() & theirs.isna())
        allowed = set(allow_list.loc[allow_list["column"] == column, "ticket_id"])
        assert set(found.loc[~equal, "ticket_id"]) == allowed, column
        counted.append(f"{equal.sum()}/{len(allowed)}")
        lines.append(f"{name:10}{column:42}{counted[-1]:>8}")
    print("\n" + "\n".join(lines))  # noqa: T201 - the table that pytest -s shows
    assert " ".join(counted) == COUNTS[name]


def test_the_metric_counts_what_the_facts_say(desk):
    _, data, found, _ = desk
    data = under(data, first_response_time="human", bots_as_agents=False)
    table = cx.measure(data, "first_response_time", freq="Y").table
    assert table["n"].sum() == (found["first_response_state"] != "excluded").sum()
    assert table["numerator"].sum() == (found["first_response_state"] == "answered").sum()
