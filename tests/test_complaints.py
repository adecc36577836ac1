"""What users of other tools complained of, each as a small desk with numbers to check with a pencil.

`COMPLAINTS` is the table of the dictionary of metrics; every row has a test whose name begins as its key.
"""

import json

import numpy as np
import pandas as pd
import pytest

import cxlib as cx
from cxlib.cli import main
from cxlib.errors import CxError
from tests.metrics.company import load, value_of
from tests.small_desk import ALWAYS, OFFICE, at, desk, in_month, only, schedule, surveyed

COMPLAINTS = {
    "test_dbt_zendesk_25_62_121_154": "business minutes ignore DST or apply today's offset to the past",
    "test_dbt_zendesk_4_121_215_and_glpi_687": "all 0, null, or unequal to calendar on 24/7",
    "test_dbt_zendesk_92_107_114": "holidays ignored, then counted twice",
    "test_dbt_zendesk_4_53_88_141": "differs from the vendor's own screen",
    "test_dbt_zendesk_35": "huge reply time where there was no reply",
    "test_dbt_zendesk_49": "missing when an agent opened the ticket",
    "test_dbt_zendesk_242": "eight hours off",
    "test_dbt_zendesk_32_74_75": "internal notes counted; touch classes overlap",
    "test_dbt_zendesk_source_47_and_dbt_zendesk_99": "replies change when agents leave",
    "test_dbt_zendesk_100": "merged tickets odd or null",
    "test_dbt_zendesk_116": "wrong SLA breach instant (max)",
    "test_chatwoot_6409_6548_8477_13181": "bots distort; hand-over start; 14.7-day reply",
    "test_chatwoot_12058": "reopened: 5 days instead of 10 minutes",
    "test_chatwoot_4028_11057": "server zone in reports; export ignores the hours toggle",
    "test_chatwoot_12261_and_zammad_3745": "two reports, two resolution counts",
    "test_chatwoot_2653": "late answers refused or lost from response rates",
    "test_zammad_6134": "a year's report loses October",
    "test_zammad_3180_and_chatwoot_5254": "24/7 loses a minute; no hours past midnight",
    "test_zammad_2579_3140_5177": "SLA escalates though answered; fields never set",
    "test_zammad_5013": "reopening rate shows nothing",
    "test_helpdesk_1639_1673_2075_2449": "out-of-hours ticket over a day; negative resolution",
    "test_freescout_2625_3729_4125": "only tickets opened and closed in the window; averages of 1,257 d",
    "test_cerb_1524": "reply time measured from the last message",
    "test_freescout_2064_and_va_gov_87053": "CSAT formula surprises; unrated in the denominator",
    "test_chatwoot_4526_14872": "one CSAT per conversation; agent lost on reassignment",
    "test_msp_skills_218_226": "reopens invisible in final fields; e-mail reopens",
    "test_fazer_chatwoot_655": "proactive conversations in a denominator they cannot enter",
    "test_metricflow_764_1098_orionbelt_319_and_growthbook_1293": "ratios null, inf or failing",
}

SOLVED = {"status": "solved"}


def test_every_complaint_has_its_test_and_every_test_its_complaint():
    tests = [name for name in globals() if name.startswith("test_") and name != _META]
    for complaint in COMPLAINTS:
        assert any(name.startswith(f"{complaint}_") for name in tests), complaint
    for name in tests:
        assert any(name.startswith(f"{complaint}_") for complaint in COMPLAINTS), name


_META = test_every_complaint_has_its_test_and_every_test_its_complaint.__name__


def test_dbt_zendesk_25_62_121_154_business_minutes_follow_daylight_saving(tmp_path):
    # Los Angeles, 9 to 17. Friday 16:30 to Monday 9:10, each time over the week-end of a clock change:
    # spring 7 March 00:30 UTC (-8) to 9 March 16:10 UTC (-7),
    # autumn 30 October 23:30 UTC (-7) to 2 November 17:10 UTC (-8)
    data = desk(
        tmp_path,
        {"spring": "03-07 00:30", "autumn": "10-30 23:30"},
        [
            ("spring", "03-07 00:30", "customer"),
            ("spring", "03-09 16:10", "agent"),
            ("autumn", "10-30 23:30", "customer"),
            ("autumn", "11-02 17:10", "agent"),
        ],
        toml=schedule(zone="America/Los_Angeles"),
        as_of="2021-01-01",
    )
    # 30 minutes on Friday and 10 on Monday; one offset for both ends would give 10, 30, 70 or 100
    assert in_month(data, "first_response_time.business", "2020-03")["value"] == 40
    assert in_month(data, "first_response_time.business", "2020-10")["value"] == 40


def test_dbt_zendesk_25_62_121_154_a_sunday_of_23_and_of_25_hours_has_its_own_length(tmp_path):
    # London, Sundays all day: 29 March has 23 hours, 25 October 25
    data = desk(
        tmp_path,
        {"spring": "03-28 12:00", "autumn": "10-24 12:00"},
        [("spring", "03-30 12:00", "agent"), ("autumn", "10-26 12:00", "agent")]
        + [(key, when, "customer") for key, when in (("spring", "03-28 12:00"), ("autumn", "10-24 12:00"))],
        toml=schedule('{ sun = ["00:00-24:00"] }', zone="Europe/London"),
        as_of="2021-01-01",
    )
    assert in_month(data, "first_response_time.business", "2020-03")["value"] == 23 * 60
    assert in_month(data, "first_response_time.business", "2020-10")["value"] == 25 * 60


DURATIONS = ["first_response_time", "first_touch_time", "first_resolution_time", "full_resolution_time"]


def worked_on(folder, *, toml=""):
    """A ticket of Monday 3 February 10:00: answered after 7 minutes, solved after 31 hours, 13 s odd."""
    return desk(
        folder,
        {"1": ("02-03 10:00", SOLVED)},
        [("1", "02-03 10:00", "customer"), ("1", "02-03 10:07:13", "agent")],
        [("1", "02-03 10:00", "new"), ("1", "02-04 17:00:13", "solved")],
        toml=toml,
    )


@pytest.mark.parametrize("zone", ["UTC", "America/Los_Angeles", "Asia/Kathmandu"])
@pytest.mark.parametrize("metric", DURATIONS)
def test_dbt_zendesk_4_121_215_and_glpi_687_always_open_is_the_calendar(tmp_path, metric, zone):
    data = worked_on(tmp_path, toml=schedule(ALWAYS, zone=zone))
    plain, business = (in_month(data, name)["value"] for name in (metric, f"{metric}.business"))
    assert plain == business == (7 + 13 / 60 if "solution" not in metric else 31 * 60 + 13 / 60)


@pytest.mark.parametrize("metric", DURATIONS)
def test_dbt_zendesk_4_121_215_and_glpi_687_no_schedule_is_a_reason_and_no_zero(tmp_path, metric):
    hours = schedule().replace(
        'schedule = "desk"\n', ""
    )  # hours are declared, and no ticket is said to have them
    frame = cx.measure(
        worked_on(tmp_path, toml=hours), f"{metric}.business", start="2020-02-01", end="2020-03-01"
    )
    (row,) = frame.table.to_dict("records")
    assert np.isnan(row["value"])
    assert (row["status"], row["n"]) == ("no_data", 0)
    assert frame.exclusions[f"{metric}.business"] == {"no_schedule": 1}
    with pytest.raises(CxError, match=r"found no schedule, .*Fix: add a schedule"):
        cx.measure(worked_on(tmp_path), f"{metric}.business")


def over_independence_day(folder, holidays):
    # Thursday 2 July 16:00 to Monday 6 July 10:00, 9 to 17 UTC
    return desk(
        folder,
        {"1": "07-02 16:00"},
        [("1", "07-02 16:00", "customer"), ("1", "07-06 10:00", "agent")],
        toml=schedule(holidays=holidays),
        as_of="2020-08-01",
    )


@pytest.mark.parametrize(
    ("holidays", "minutes"),
    [
        ([], 60 + 480 + 60),  # an hour of Thursday, Friday, an hour of Monday
        (["2020-07-03"], 120),  # Friday is gone, once
        (["2020-07-03", "2020-07-03"], 120),  # listed twice
        (["2020-07-04"], 600),  # a Saturday is closed anyhow
        (["2020-07-03", "2020-07-06"], 60),
        (["2020-07-02", "2020-07-03", "2020-07-06"], 0),
        (["2020-06-30", "2020-07-03"], 120),  # another one of that week, before
    ],
)
def test_dbt_zendesk_92_107_114_a_holiday_is_taken_away_once(tmp_path, holidays, minutes):
    data = over_independence_day(tmp_path, holidays)
    assert in_month(data, "first_response_time.business", "2020-07")["value"] == minutes


def test_dbt_zendesk_4_53_88_141_the_vendors_screen_is_a_named_variant(tmp_path):
    given = (
        {"1": "02-03 10:00"},  # a form opens the ticket, the customer's own words come at 10:20
        [("1", "02-03 10:20", "customer"), ("1", "02-03 11:00", "agent")],
    )
    ours = cx.measure(desk(tmp_path, *given), "first_response_time")
    theirs_toml = '[definitions]\nfirst_response_time = "zendesk"\n'
    theirs = cx.measure(desk(tmp_path, *given, toml=theirs_toml), "first_response_time")
    assert value_of(ours, period="2020-02")["value"] == 40
    assert value_of(theirs, period="2020-02")["value"] == 60
    assert "first_response_time = zendesk" in " ".join(caveat.text for caveat in theirs.caveats)
    assert ours.definition_hash != theirs.definition_hash


@pytest.mark.parametrize(
    ("variant", "hits", "n"),
    [
        ("default", 3, 4),  # one turn: one, twice and thanks_late; silent has no reply and is not in n
        ("zendesk", 4, 5),  # fewer than two replies: all but twice
        ("dbt", 3, 5),  # exactly one message: one, thanked, thanks_late
        ("strict", 1, None),  # one message and not a word after it, ever: one
    ],
)
def test_dbt_zendesk_4_53_88_141_one_touch_is_four_numbers_by_name(tmp_path, variant, hits, n):
    names = ["one", "silent", "twice", "thanked", "thanks_late"]
    data = desk(
        tmp_path,
        dict.fromkeys(names, ("02-03 10:00", SOLVED)),
        [
            *((name, "02-03 10:00", "customer") for name in names),
            *((name, "02-03 10:30", "agent") for name in names if name != "silent"),
            ("twice", "02-03 10:30:40", "agent"),
            ("thanked", "02-04 09:00", "customer"),
            ("thanks_late", "02-12 09:00", "customer"),  # nine days after the solve
        ],
        [(name, "02-03 11:00", "solved") for name in names],
        toml=f'[definitions]\none_touch_rate = "{variant}"\n',
    )
    frame = cx.measure(data, "one_touch_rate")
    row = value_of(frame, period="2020-02")
    assert row["numerator"] == hits
    assert n is None or row["n"] == n
    assert row["value"] == pytest.approx(100 * hits / row["n"])
    said = " ".join(caveat.text for caveat in frame.caveats)
    assert (f"one_touch_rate = {variant}" in said) == (variant != "default")


@pytest.mark.parametrize("metric", ["first_response_time", "first_response_time.business"])
@pytest.mark.parametrize("as_of", ["2020-03-01", "2020-05-01"])
def test_dbt_zendesk_35_a_ticket_without_a_reply_waits_and_is_no_huge_number(tmp_path, metric, as_of):
    data = desk(
        tmp_path,
        dict.fromkeys(("a", "b", "never"), "02-03 10:00"),
        [(name, "02-03 10:00", "customer") for name in ("a", "b", "never")]
        + [("a", "02-03 10:10", "agent"), ("b", "02-03 10:30", "agent")],
        toml=schedule(),
        as_of=as_of,
    )
    row = in_month(data, metric)
    # 10, 30 and one longer than both: the middle one is 30, whenever one looks
    assert (row["value"], row["n"], row["numerator"]) == (30, 3, 2)


def test_dbt_zendesk_35_nothing_but_silence_is_more_than_the_longest_wait(tmp_path):
    data = desk(tmp_path, {"1": "02-03 10:00"}, [("1", "02-03 10:00", "customer")], as_of="2020-02-04")
    row = in_month(data, "first_response_time")
    assert np.isnan(row["value"])
    assert (row["lower"], row["upper"], row["status"]) == (14 * 60, np.inf, "immature")


def test_dbt_zendesk_49_a_ticket_that_an_agent_opened_is_apart_and_counted(tmp_path):
    given = (
        {
            "ours": ("02-03 10:00", {"initiated_by": "agent"}),
            "theirs": ("02-03 10:00", {"initiated_by": "customer"}),
        },
        [
            ("ours", "02-03 10:00", "agent"),  # the opening message, no reply
            ("ours", "02-03 10:20", "customer"),
            ("ours", "02-03 10:45", "agent"),
            ("theirs", "02-03 10:00", "customer"),
            ("theirs", "02-03 10:05", "agent"),
        ],
    )
    frame = cx.measure(desk(tmp_path, *given), "first_response_time")
    assert value_of(frame, period="2020-02")[["value", "n"]].tolist() == [5, 1]
    assert frame.exclusions["first_response_time"] == {"agent_initiated": 1}
    vendor = desk(tmp_path, *given, toml='[definitions]\nfirst_response_time = "zendesk"\n')
    facts = cx.ticket_facts(vendor).set_index("ticket_id")
    assert facts["zendesk_first_response_minutes"].to_dict() == {"ours": 45, "theirs": 5}
    assert in_month(vendor, "first_response_time")["n"] == 2


def test_dbt_zendesk_242_an_instant_without_a_zone_is_refused_or_read_in_the_one_declared(tmp_path):
    tickets = pd.DataFrame({"ticket_id": ["1"], "created_at": ["2020-02-03 10:00:00"]})
    messages = pd.DataFrame(
        {
            "message_id": ["a", "b"],
            "ticket_id": "1",
            "sent_at": ["2020-02-03T18:00:00Z", "2020-02-03T19:30:00+01:00"],  # the same as 18:30Z
            "author_role": ["customer", "agent"],
        }
    )
    with pytest.raises(CxError, match="zone"):
        load(tmp_path, {"tickets": tickets, "messages": messages})
    data = load(tmp_path, {"tickets": tickets, "messages": messages}, toml='zone = "America/Los_Angeles"')
    # 10:00 in Los Angeles is 18:00 UTC: half an hour, not eight and a half nor minus seven and a half
    assert in_month(data, "first_response_time")["value"] == 30


def classes_of_touch(folder):
    names = ["one", "none", "two", "note"]
    return desk(
        folder,
        dict.fromkeys(names, ("02-03 10:00", SOLVED)),
        [(name, "02-03 10:00", "customer") for name in names]
        + [
            ("one", "02-03 10:30", "agent"),
            ("one", "02-03 10:10", "agent", {"public": "false"}),  # an internal note before it
            ("one", "02-03 10:50", "agent", {"public": "false"}),  # and one after it
            ("two", "02-03 10:30", "agent"),
            ("two", "02-03 10:40", "customer"),
            ("two", "02-03 10:50", "agent"),
            ("note", "02-03 10:30", "agent", {"public": "false"}),  # nothing that the customer saw
        ],
        [(name, "02-03 11:00", "solved") for name in names],
    )


def test_dbt_zendesk_32_74_75_internal_notes_never_count(tmp_path):
    facts = cx.ticket_facts(classes_of_touch(tmp_path)).set_index("ticket_id")
    assert facts["human_messages"].to_dict() == {"one": 1, "none": 0, "two": 2, "note": 0}
    assert facts["public_agent_messages"].to_dict() == {"one": 1, "none": 0, "two": 2, "note": 0}
    assert facts.loc["one", "first_response_minutes"] == 30
    assert facts.loc["note", "first_response_state"] == "solved_without_reply"


def test_dbt_zendesk_32_74_75_classes_of_touch_exclude_each_other(tmp_path):
    data = classes_of_touch(tmp_path)
    one, zero = in_month(data, "one_touch_rate"), in_month(data, "zero_touch_rate")
    assert (one["numerator"], one["n"]) == (1, 2)  # of those with a human reply: one, two
    assert (zero["numerator"], zero["n"]) == (2, 4)  # of all solved: none, note
    multi = one["n"] - one["numerator"]
    assert one["numerator"] + zero["numerator"] + multi == zero["n"]


def test_dbt_zendesk_source_47_and_dbt_zendesk_99_the_role_stays_on_the_message(tmp_path):
    def minutes(author_ids, **tickets):
        data = desk(
            tmp_path,
            {"1": ("02-03 10:00", tickets)},
            [
                ("1", "02-03 10:00", "customer", {"author_id": author_ids[0]}),
                ("1", "02-03 10:20", "agent", {"author_id": author_ids[1]}),
                ("1", "03-02 10:00", "customer", {"author_id": author_ids[2]}),
            ],
        )
        return in_month(data, "first_response_time")["value"]

    # Kim answers as an agent, leaves, and writes as a customer in March; then the account is deleted
    assert minutes(["ann", "kim", "kim"], assignee="kim") == 20
    assert minutes(["ann", "", ""], assignee="") == 20
    assert minutes(["ann", "ann", "ann"]) == 20


def test_dbt_zendesk_100_a_merged_ticket_is_a_contact_and_nothing_else(tmp_path):
    given = (
        {
            "kept": ("02-03 10:00", {"status": "solved", "merged_into": None}),
            "merged": ("02-03 09:30", {"status": "closed", "merged_into": "kept"}),
        },
        [
            ("kept", "02-03 10:00", "customer"),
            ("kept", "02-03 10:20", "agent"),
            ("merged", "02-03 09:30", "customer"),
        ],
        [("kept", "02-03 11:00", "solved"), ("merged", "02-03 10:05", "closed")],
    )
    orders = pd.DataFrame({"order_id": ["o"], "ordered_at": [at("02-03 08:00")]})
    data = desk(tmp_path, *given, orders=orders)
    assert in_month(data, "ticket_volume")["value"] == 2
    assert in_month(data, "contact_intensity")["numerator"] == 2
    speed = ["first_response_time", "first_touch_time", "first_resolution_time", "full_resolution_time"]
    quality = ["one_touch_rate", "zero_touch_rate", "reopen_rate"]
    frame = cx.measure(data, [*speed, *quality])
    for metric in (*speed, *quality):
        assert value_of(frame, metric=metric, period="2020-02")["n"] == 1, metric
        assert frame.exclusions[metric]["merged"] == 1, metric
    assert value_of(frame, metric="first_response_time")["value"] == 20
    assert value_of(frame, metric="first_resolution_time")["value"] == 60
    inherits = desk(tmp_path, *given, toml='[definitions]\nmerge_creation = "earliest"\n')
    assert in_month(inherits, "first_resolution_time")["value"] == 90  # since 09:30, where the other began
    assert in_month(inherits, "first_response_time")["value"] == 50


TARGET = """
[targets.first_response_time]
clock = "calendar"
minutes = { default = 60 }
"""


def test_dbt_zendesk_116_a_breach_is_the_first_instant_past_the_target(tmp_path):
    data = desk(
        tmp_path,
        {"1": "02-28 23:30"},
        [("1", "02-28 23:30", "customer"), ("1", "03-02 09:00", "agent"), ("1", "03-05 09:00", "agent")],
        toml=TARGET,
    )
    days = cx.measure(data, "sla_breach_rate", freq="D", start="2020-02-28", end="2020-03-07").table
    # an hour after 23:30 on the 28th: the 29th at 00:30, neither the reply of 2 March nor the last message
    assert days.loc[days["n"] > 0, "period"].tolist() == ["2020-02-29"]
    assert days["numerator"].sum() == 1


def test_dbt_zendesk_116_on_business_hours_the_clock_stops_at_night(tmp_path):
    data = desk(
        tmp_path,
        {"1": "02-07 16:30", "2": "02-07 16:30"},  # Friday, half an hour before closing
        [
            ("1", "02-07 16:30", "customer"),
            ("1", "02-10 09:30", "agent"),  # Monday 09:30, the very end of the hour: within
            ("2", "02-07 16:30", "customer"),
            ("2", "02-10 09:30:01", "agent"),
        ],
        toml=schedule() + TARGET.replace("calendar", "business"),
    )
    days = cx.measure(data, "sla_breach_rate", freq="D", start="2020-02-07", end="2020-02-12").table
    assert days.loc[days["n"] > 0, ["period", "n", "numerator"]].to_numpy().tolist() == [["2020-02-10", 2, 1]]


def test_chatwoot_6409_6548_8477_13181_bots_and_returns_stretch_no_reply(tmp_path):
    data = desk(
        tmp_path,
        {"1": ("02-03 10:00", SOLVED)},
        [
            ("1", "02-03 10:00", "customer"),
            ("1", "02-03 10:00:30", "bot"),
            ("1", "02-03 10:01", "agent", {"is_auto": "true"}),  # an automatic hand-over message
            ("1", "02-03 10:12", "agent"),
            ("1", "02-18 03:00", "customer"),  # 14.7 days later the customer comes back
            ("1", "02-18 03:08", "agent"),
        ],
        [("1", "02-03 11:00", "solved"), ("1", "02-18 03:00", "open"), ("1", "02-18 03:20", "solved")],
    )
    assert in_month(data, "first_touch_time")["value"] == 0.5
    assert in_month(data, "first_response_time")["value"] == 12  # from the customer, not from the hand-over
    turns = cx.measure(data, "next_response_time", freq="D").table
    turns = turns[turns["n"] > 0]
    assert dict(zip(turns["period"], turns["value"], strict=True)) == {"2020-02-03": 12, "2020-02-18": 8}


def test_chatwoot_12058_a_reopened_conversation_is_answered_in_ten_minutes(tmp_path):
    data = desk(
        tmp_path,
        {"1": ("02-03 10:00", SOLVED)},
        [
            ("1", "02-03 10:00", "customer"),
            ("1", "02-03 10:10", "agent"),
            ("1", "02-08 10:10", "customer"),  # five days after the reply
            ("1", "02-08 10:20", "agent"),
        ],
        [("1", "02-03 10:15", "solved"), ("1", "02-08 10:10", "open"), ("1", "02-08 10:30", "solved")],
    )
    row = in_month(data, "next_response_time")
    assert (row["value"], row["n"]) == (10, 2)
    assert in_month(data, "first_resolution_time")["value"] == 15
    assert in_month(data, "full_resolution_time")["value"] == 5 * 1440 + 30


def test_chatwoot_4028_11057_days_are_the_companys_and_the_export_says_what_the_screen_does(tmp_path, capfd):
    toml = 'zone = "America/Los_Angeles"\n' + schedule(zone="America/Los_Angeles")
    # Friday 31 January 16:30 in Los Angeles is 1 February 00:30 UTC; answered on Monday at 9:10
    given = ({"1": "02-01 00:30"}, [("1", "02-01 00:30", "customer"), ("1", "02-03 17:10", "agent")])
    data = desk(tmp_path, *given, toml=toml)
    for name in ("ticket_volume", "first_response_time", "first_response_time.business"):
        assert only(data, name)["period"] == "2020-01"
    for name, frame in {"tickets": data.frame("tickets"), "messages": data.frame("messages")}.items():
        frame.to_csv(tmp_path / f"{name}.csv", index=False)
    ask = ["measure", "--data", str(tmp_path), "--as-of", "2020-06-01", "--json"]
    for name, minutes in {"first_response_time": 64 * 60 + 40, "first_response_time.business": 40}.items():
        assert main([*ask, "--metric", name]) == 0
        (row,) = (row for row in json.loads(capfd.readouterr().out)["rows"] if row["n"])
        assert (row["period"], row["value"]) == ("2020-01", minutes)
        assert only(data, name)["value"] == minutes


def test_chatwoot_12261_and_zammad_3745_all_reports_count_the_same_solves(tmp_path):
    data = desk(
        tmp_path,
        {
            "twice": ("02-03 10:00", SOLVED),
            "again": ("02-03 10:00", SOLVED),
            "closed": ("02-03 10:00", {"status": "closed"}),
            "open": ("02-03 10:00", {"status": "open"}),
        },
        [(key, "02-03 10:00", "customer") for key in ("twice", "again", "closed", "open")],
        [
            ("twice", "02-04 10:00", "solved"),
            ("twice", "02-05 10:00", "solved"),  # said twice, solved once
            ("again", "02-04 10:00", "solved"),
            ("again", "02-05 10:00", "open"),
            ("again", "02-06 10:00", "solved"),
            ("closed", "02-04 10:00", "closed"),  # closed without a solve: its closing
            ("open", "02-03 10:00", "open"),
        ],
        as_of="2020-03-31",
    )
    names = ["first_resolution_time", "full_resolution_time", "zero_touch_rate", "reopen_rate"]
    for freq in ("D", "W", "M", "Y"):
        table = cx.measure(data, names, freq=freq).table
        sums = table.groupby("metric")[["n", "numerator"]].sum()
        assert sums.loc["first_resolution_time"].tolist() == [4, 3], freq
        assert sums.loc["full_resolution_time"].tolist() == [4, 3], freq
        assert sums.loc["zero_touch_rate", "n"] == sums.loc["reopen_rate", "n"] == 3, freq
        assert sums.loc["reopen_rate", "numerator"] == 1, freq


def test_chatwoot_2653_an_answer_counts_where_its_survey_was_sent_for_fourteen_days(tmp_path):
    surveys = surveyed(
        ("01-30 10:00", "02-02 10:00", 5),  # answered in the next month: January's
        ("02-05 10:00", None, None),
        ("02-05 10:00", "02-19 10:00", 4),  # fourteen days to the second
        ("02-05 10:00", "02-20 10:00", 4),  # a day late
    )
    data = load(
        tmp_path, {"surveys": surveys}, as_of="2020-03-31", toml='[data_through]\nsurveys = "2020-03-31"\n'
    )
    january, february = (in_month(data, "survey_response_rate", month) for month in ("2020-01", "2020-02"))
    assert (january["numerator"], january["n"]) == (1, 1)  # by month of the answer: 0 of 1, then 2 of 3
    assert (february["numerator"], february["n"]) == (1, 3)
    early = cx.measure(data.at("2020-03-10"), "survey_response_rate")
    assert value_of(early, period="2020-02")["status"] == "immature"  # until 14 days after the month


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC"])
def test_zammad_6134_a_years_report_has_all_its_months(tmp_path, zone):
    ends = pd.date_range("2020-01-01", periods=12, freq="MS", tz=zone) + pd.offsets.MonthEnd()
    starts = pd.date_range("2020-01-01", periods=12, freq="MS", tz=zone)
    # the first and the last second of each local month
    moments = [
        *starts,
        *(end + pd.Timedelta(hours=23, minutes=59, seconds=59) for end in ends.tz_localize(None)),
    ]
    spelled = [
        pd.Timestamp(one).tz_localize(zone) if pd.Timestamp(one).tz is None else one for one in moments
    ]
    tickets = pd.DataFrame(
        {
            "ticket_id": [str(i) for i in range(24)],
            "created_at": [one.tz_convert("UTC").strftime("%Y-%m-%dT%H:%M:%SZ") for one in spelled],
        }
    )
    data = load(tmp_path, {"tickets": tickets}, as_of="2021-01-02", toml=f'zone = "{zone}"\n')
    months = cx.measure(data, "ticket_volume", start="2020-01-01", end="2021-01-01").table
    assert months["period"].tolist() == [f"2020-{month:02d}" for month in range(1, 13)]
    assert months["value"].tolist() == [2] * 12
    year = cx.measure(data, "ticket_volume", freq="Y", start="2020-01-01", end="2021-01-01").table
    assert year[["period", "value"]].to_numpy().tolist() == [["2020", 24]]


@pytest.mark.parametrize(
    ("hours", "created", "replied", "minutes"),
    [
        (ALWAYS, "02-03 23:59", "02-04 00:01", 2),  # over midnight
        (ALWAYS, "02-03 00:00", "02-10 00:00", 7 * 1440),  # a week to the minute
        ('{ mon = ["22:00-06:00"] }', "02-03 23:00", "02-04 05:00", 360),  # a night shift
        ('{ mon = ["22:00-06:00"] }', "02-03 12:00", "02-04 12:00", 480),
        ('{ sun = ["22:00-06:00"] }', "02-02 21:00", "02-03 07:00", 480),  # into the next week
        ('{ mon = ["09:00-24:00"], tue = ["00:00-09:00"] }', "02-03 09:00", "02-04 09:00", 1440),
    ],
)
def test_zammad_3180_and_chatwoot_5254_midnight_costs_nothing(tmp_path, hours, created, replied, minutes):
    messages = [("1", created, "customer"), ("1", replied, "agent")]
    data = desk(tmp_path, {"1": created}, messages, toml=schedule(hours))
    assert in_month(data, "first_response_time.business")["value"] == minutes


def test_zammad_2579_3140_5177_a_clock_stops_at_the_answer_and_runs_without_one(tmp_path):
    data = desk(
        tmp_path,
        {"answered": "02-03 10:00", "late": "02-03 10:00", "soon": "02-03 11:20", "new": "02-03 11:50"},
        [
            ("answered", "02-03 10:00", "customer"),
            ("answered", "02-03 10:30", "agent"),
            ("answered", "02-03 10:40", "customer"),  # another turn starts no new first response
            ("late", "02-03 10:00", "customer"),
            ("soon", "02-03 11:20", "customer"),
            ("new", "02-03 11:50", "customer"),
        ],
        toml=TARGET,
        as_of="2020-02-03T12:00:00Z",
    )
    # known at noon: answered in 30 of 60 minutes, and late, which nobody has answered in 120
    breaches = in_month(data, "sla_breach_rate")
    assert (breaches["numerator"], breaches["n"]) == (1, 2)
    # running at noon: late (200 %), soon (67 %) and new (17 %)
    for level, hits in {"sla_at_risk_share": 2, "sla_at_risk_share.75": 1, "sla_at_risk_share.90": 1}.items():
        row = in_month(data, level)
        assert (row["numerator"], row["n"]) == (hits, 3), level


def test_zammad_5013_a_reopening_is_a_step_of_the_events(tmp_path):
    data = desk(
        tmp_path,
        dict.fromkeys(("once", "said_twice", "after_close", "late", "deleted"), ("02-03 10:00", SOLVED)),
        [
            (key, "02-03 10:00", "customer")
            for key in ("once", "said_twice", "after_close", "late", "deleted")
        ],
        [
            *((key, "02-03 11:00", "solved") for key in ("once", "said_twice", "after_close", "late")),
            ("deleted", "02-03 11:00", "solved"),
            ("once", "02-05 11:00", "open"),
            ("once", "02-05 12:00", "solved"),
            ("said_twice", "02-05 11:00", "solved"),
            ("after_close", "02-04 11:00", "closed"),
            ("after_close", "02-05 11:00", "pending"),
            ("after_close", "02-05 12:00", "solved"),
            ("late", "02-10 11:00:01", "open"),  # a second after seven days
            ("late", "02-10 12:00", "solved"),
        ],
    )
    row = in_month(data, "reopen_rate")
    assert (row["numerator"], row["n"], row["value"]) == (2, 5, 40)  # once and after_close
    assert cx.ticket_facts(data)["reopens"].sum() == 3  # over the whole life: late too


def test_helpdesk_1639_1673_2075_2449_closed_hours_are_a_true_zero_and_no_time_runs_back(tmp_path):
    data = desk(
        tmp_path,
        {
            "saturday": "02-08 12:00",  # answered at 14:00, the desk closed all the while
            "friday": "02-07 18:00",  # an hour after closing; answered on Monday at 9:10
            "backwards": ("02-03 10:00", {"status": "solved", "solved_at": at("02-03 09:00")}),
        },
        [
            ("saturday", "02-08 12:00", "customer"),
            ("saturday", "02-08 14:00", "agent"),
            ("friday", "02-07 18:00", "customer"),
            ("friday", "02-10 09:10", "agent"),
            ("backwards", "02-03 10:00", "customer"),
            ("backwards", "02-03 10:05", "agent"),
        ],
        toml=schedule(OFFICE),
    )
    facts = cx.ticket_facts(data).set_index("ticket_id")
    assert facts["first_response_business_minutes"].to_dict() == {"saturday": 0, "friday": 10, "backwards": 5}
    resolution = cx.measure(data, "full_resolution_time", start="2020-02-01", end="2020-03-01")
    assert value_of(resolution)["numerator"] == 0  # a solve before the creation is blank, never negative
    assert resolution.exclusions["full_resolution_time"] == {"no_solve_instant": 1}
    assert any("solved_at" in note for note in data.checks["tickets"].notes)


def in_four_hours_and_one_in_years(folder, **rest):
    hours = {"a": 1, "b": 2, "c": 3, "d": 4, "e": 1257 * 24}
    opened = pd.Timestamp("2020-01-31T20:00Z")
    return desk(
        folder,
        dict.fromkeys(hours, ("01-31 20:00", SOLVED)),
        [(key, "01-31 20:00", "customer") for key in hours],
        [(key, "01-31 20:00", "new") for key in hours]
        + [(key, f"{opened + pd.Timedelta(hours=n):%Y-%m-%d %H:%M}", "solved") for key, n in hours.items()],
        toml='[data_through]\nticket_events = "2024-01-01"\n',  # the late solve is right
        **rest,
    )


def test_freescout_2625_3729_4125_open_tickets_count_and_one_old_one_moves_nothing(tmp_path):
    whole = in_month(
        in_four_hours_and_one_in_years(tmp_path, as_of="2024-01-01"), "full_resolution_time", "2020-01"
    )
    assert (whole["value"], whole["n"], whole["numerator"]) == (180, 5, 5)  # the mean would be 251 days
    # seen at 22:30, two of the five are solved: the median is later than anything seen, and not 90 minutes
    early = in_month(
        in_four_hours_and_one_in_years(tmp_path, as_of="2020-01-31T22:30:00Z"),
        "full_resolution_time",
        "2020-01",
    )
    assert np.isnan(early["value"])
    assert (early["lower"], early["n"], early["numerator"], early["status"]) == (150, 5, 2, "immature")
    # seen at 23:30, three are: the third of five
    later = in_month(
        in_four_hours_and_one_in_years(tmp_path, as_of="2020-01-31T23:30:00Z"),
        "full_resolution_time",
        "2020-01",
    )
    assert (later["value"], later["numerator"]) == (180, 3)


def test_freescout_2625_3729_4125_solved_in_the_window_is_a_variant_by_name(tmp_path):
    data = in_four_hours_and_one_in_years(tmp_path, as_of="2024-01-01")
    frame = cx.measure(data, "full_resolution_time.solved")
    solved = frame.table[frame.table["n"] > 0]
    # a, b and c are solved on 31 January, d at midnight of 1 February, e in July 2023
    assert solved[["period", "value"]].to_numpy().tolist() == [
        ["2020-01", 120],
        ["2020-02", 240],
        ["2023-07", 1257 * 1440],
    ]
    words = frame.definition["full_resolution_time.solved"] + " ".join(c.text for c in frame.caveats)
    assert "biased to quick tickets" in words


def test_cerb_1524_the_wait_begins_with_the_first_unanswered_message(tmp_path):
    data = desk(
        tmp_path,
        {"1": "02-03 10:00"},
        [
            ("1", "02-03 10:00", "customer"),
            ("1", "02-03 10:30", "customer"),
            ("1", "02-03 10:55", "customer"),
            ("1", "02-03 11:00", "agent"),
        ],
    )
    row = in_month(data, "next_response_time")
    assert (row["value"], row["n"]) == (60, 1)  # one turn of an hour, not three, nor five minutes
    assert in_month(data, "first_response_time")["value"] == 60


def test_freescout_2064_and_va_gov_87053_unrated_surveys_are_in_coverage_and_not_in_csat(tmp_path):
    tickets = {f"t{i}": ("02-03 09:00", SOLVED) for i in range(10)}
    events = [(key, "02-03 09:30", "solved") for key in tickets]
    scores = [5, 4, 3, 1]
    surveys = surveyed(
        *(("02-03 10:00", "02-03 12:00", score) for score in scores),
        *[("02-03 10:00", None, None)] * 6,
        ticket_id=list(tickets),
    )

    def february(name, variant):
        toml = f'[definitions]\ncsat = "{variant}"\n'
        return in_month(desk(tmp_path, tickets, (), events, toml=toml, surveys=surveys), name)

    assert february("csat", "top_box")[["value", "n"]].tolist() == [50, 4]  # 5 and 4 of four, not of ten
    assert february("csat", "mean")[["value", "n"]].tolist() == [3.25, 4]
    assert february("csat", "net")[["value", "n"]].tolist() == [25, 4]  # two good, one bad
    assert february("csat_coverage", "top_box")[["value", "n"]].tolist() == [40, 10]


def test_chatwoot_4526_14872_each_solve_has_its_survey_and_each_answer_its_agent(tmp_path):
    tickets = {"1": ("02-03 09:00", {"status": "solved", "assignee": "cleo"})}  # Cleo has the ticket now
    events = [("1", "02-03 10:00", "solved"), ("1", "02-05 09:00", "open"), ("1", "02-05 10:00", "solved")]
    surveys = surveyed(
        ("02-03 10:00", "02-03 11:00", 5),
        ("02-05 10:00", "02-05 11:00", 1),
        ticket_id="1",
        customer_id="ann",
        agent=["ann_agent", "bea"],
    )
    data = desk(tmp_path, tickets, (), events, surveys=surveys)
    assert in_month(data, "csat")[["value", "n"]].tolist() == [50, 2]  # both answers of one conversation
    assert in_month(data, "csat_coverage")[["value", "n"]].tolist() == [100, 2]
    by_agent = cx.measure(data, "csat", by="agent").table
    assert dict(zip(by_agent["agent"], by_agent["value"], strict=True)) == {"ann_agent": 100, "bea": 0}


def test_msp_skills_218_226_reopens_are_seen_in_events_and_messages_and_not_summed(tmp_path):
    keys = ("field", "event", "mail", "calm")
    data = desk(
        tmp_path,
        {key: ("02-03 10:00", {"status": "solved", "reopens": 3 if key == "field" else 0}) for key in keys},
        [
            (key, when, role)
            for key in keys
            for when, role in (("02-03 10:00", "customer"), ("02-03 10:20", "agent"))
        ]
        + [("mail", "02-04 10:00", "customer")],  # an answer by e-mail that no status shows
        [
            *((key, "02-03 11:00", "solved") for key in keys),
            ("field", "02-04 10:00", "open"),  # the field says three times, the events say once
            ("field", "02-04 11:00", "solved"),
            ("event", "02-04 10:00", "open"),  # the final field says never
            ("event", "02-04 11:00", "solved"),
        ],
    )
    facts = cx.ticket_facts(data).set_index("ticket_id")
    assert facts["reopens"].to_dict() == {"field": 1, "event": 1, "mail": 0, "calm": 0}
    row = in_month(data, "reopen_rate")
    assert (row["numerator"], row["n"]) == (2, 4)
    assert facts["one_touch"].to_dict() == {"field": 0, "event": 0, "mail": 0, "calm": 1}


def test_msp_skills_218_226_fields_that_disagree_with_the_events_are_said(tmp_path):
    data = desk(
        tmp_path,
        {
            key: ("02-03 10:00", {"status": "solved", "reopens": reopens})
            for key, reopens in (("a", 3), ("b", 1), ("c", 0))
        },
        [(key, "02-03 10:00", "customer") for key in "abc"],
        [
            *(
                (key, when, status)
                for key in "ab"
                for when, status in (("02-03 11:00", "solved"), ("02-04 10:00", "open"))
            ),
            *((key, "02-04 11:00", "solved") for key in "abc"),
        ],
    )
    said = [caveat.text for caveat in (*data.caveats, *cx.measure(data, "reopen_rate").caveats)]
    assert any(
        "reopens" in text and "1 ticket" in text for text in said
    )  # a: the field says 3, the events say 1


def test_fazer_chatwoot_655_what_an_agent_began_is_in_no_denominator_it_cannot_enter(tmp_path):
    data = desk(
        tmp_path,
        {
            "asked": ("02-03 10:00", {"status": "solved", "initiated_by": "customer"}),
            "campaign": ("02-03 10:00", {"status": "solved", "initiated_by": "agent"}),
            "robot": ("02-03 10:00", {"status": "solved", "initiated_by": "bot"}),
        },
        [
            ("asked", "02-03 10:00", "customer"),
            ("asked", "02-03 10:10", "agent"),
            ("campaign", "02-03 10:00", "agent"),
            ("robot", "02-03 10:00", "bot"),
        ],
        [(key, "02-03 11:00", "solved") for key in ("asked", "campaign", "robot")],
        orders=pd.DataFrame({"order_id": ["o"], "ordered_at": [at("02-03 08:00")]}),
    )
    names = ["first_response_time", "one_touch_rate", "zero_touch_rate", "reopen_rate", "contact_intensity"]
    frame = cx.measure(data, [*names, "ticket_volume", "ticket_volume.agent_initiated"])
    for name in names:
        assert value_of(frame, metric=name, period="2020-02")["n"] == 1, name
        assert frame.exclusions[name]["agent_initiated"] == 2, name
    assert value_of(frame, metric="ticket_volume", period="2020-02")["value"] == 3
    assert value_of(frame, metric="ticket_volume.agent_initiated", period="2020-02")["value"] == 2


def test_metricflow_764_1098_orionbelt_319_and_growthbook_1293_a_ratio_without_a_base_is_none(
    tmp_path, capfd
):
    tickets = pd.DataFrame(
        {
            "ticket_id": ["1", "2"],
            "created_at": [at("01-05 10:00"), at("04-05 10:00")],
            "channel": ["chat", "chat"],
        }
    )
    orders = pd.DataFrame({"order_id": ["a", "b"], "ordered_at": [at("02-05 10:00"), at("04-05 10:00")]})
    through = '[data_through]\ntickets = "2020-04-30"\norders = "2020-04-30"\n'
    data = load(tmp_path, {"tickets": tickets, "orders": orders}, as_of="2020-05-01", toml=through)
    table = cx.measure(data, "contact_intensity", start="2020-01-01", end="2020-05-01").table
    # January: a ticket, no order yet; February: an order, no ticket; March: neither; April: one of each
    assert table["period"].tolist() == ["2020-01", "2020-02", "2020-03", "2020-04"]
    assert table["status"].tolist() == ["no_data", "ok", "no_data", "ok"]
    assert table["value"].isna().tolist() == [True, False, True, False]
    assert table["value"].dropna().tolist() == [0, 1000]
    for name, frame in {"tickets": tickets, "orders": orders}.items():
        frame.to_csv(tmp_path / f"{name}.csv", index=False)
    assert main(["measure", "--data", str(tmp_path), "--metric", "contact_intensity", "--json"]) == 0
    said = capfd.readouterr().out
    assert "NaN" not in said
    assert "Infinity" not in said
    assert len(json.loads(said)["rows"]) == 4
