"""Each metric once, with rows to check with a pencil, at least one of which must not count."""

import datetime as dt

import pandas as pd
import pyarrow as pa
import pytest

import cxlib as cx
from tests.metrics.company import Raw, instants, load, surveys, value_of

TICKETS = ["ticket_id", "created_at", "status", "customer_id", "reason", "initiated_by", "merged_into"]
MESSAGES = ["message_id", "ticket_id", "sent_at", "author_role", "public", "is_auto"]


def nps(survey_id, answered, score, customer_id):
    return (survey_id, "nps", "2020-02-01T00:00:00Z", answered, score, customer_id)


def test_nps_takes_the_latest_answer_of_a_customer_in_a_month(tmp_path):
    rows = surveys(
        nps("1", "2020-02-03T10:00:00Z", 10, "ann"),
        nps("2", "2020-02-04T10:00:00Z", 9, "bob"),
        nps("3", "2020-02-05T10:00:00Z", 7, "cat"),
        nps("4", "2020-02-06T10:00:00Z", 6, "dan"),
        nps("5", "2020-02-07T10:00:00Z", 0, "ann"),  # supersedes answer 1
        nps("6", None, None, "eve"),  # never answered
        ("7", "csat", "2020-02-01T00:00:00Z", "2020-02-09T10:00:00Z", 1, "fay"),  # another question
    )
    frame = cx.measure(load(tmp_path, {"surveys": rows}), "nps")
    february = value_of(frame, period="2020-02")
    assert (february["value"], february["n"], february["numerator"]) == (100 * (1 - 2) / 4, 4, -1)
    assert frame.exclusions["nps"] == {"superseded": 1}
    assert february["status"] == "low_n"


def test_an_answer_of_the_next_local_month_supersedes_nothing(tmp_path):
    # 1 March 05:30 UTC is 29 February in Los Angeles, 1 March 08:30 UTC is not
    rows = surveys(
        nps("1", "2020-02-20T10:00:00Z", 10, "ann"),
        nps("2", "2020-03-01T05:30:00Z", 0, "ann"),
        nps("3", "2020-03-01T08:30:00Z", 10, "ann"),
    )
    table = cx.measure(load(tmp_path, {"surveys": rows}, toml='zone = "America/Los_Angeles"'), "nps").table
    assert list(table["period"]) == ["2020-02", "2020-03"]
    assert list(table["value"]) == [-100, 100]


def test_first_answers_count_where_the_settings_say_so(tmp_path):
    rows = surveys(nps("1", "2020-02-03T10:00:00Z", 10, "ann"), nps("2", "2020-02-07T10:00:00Z", 0, "ann"))
    data = load(tmp_path, {"surveys": rows}, toml='[definitions]\nresponses = "first"')
    frame = cx.measure(data, "nps")
    assert value_of(frame, period="2020-02")["value"] == 100
    assert "responses = first" in " ".join(caveat.text for caveat in frame.caveats)


def test_a_score_that_is_no_number_is_no_promoter():
    table = pa.table(
        {
            "survey_id": ["1", "2"],
            "kind": ["nps", "nps"],
            "sent_at": instants("2020-02-01T00:00:00+00:00", "2020-02-01T00:00:00+00:00"),
            "responded_at": instants("2020-02-02T00:00:00+00:00", "2020-02-02T00:00:00+00:00"),
            "score": [float("nan"), 0.0],
        }
    )
    found = value_of(cx.measure(Raw({"surveys": table}), "nps"), period="2020-02")
    assert (found["value"], found["n"]) == (-100, 1)


def test_survey_sends_count_what_was_delivered_where_that_is_known(tmp_path):
    rows = surveys(nps("1", None, None, "ann"), nps("2", None, None, "bob"), nps("3", None, None, "cat"))
    whole = cx.measure(load(tmp_path, {"surveys": rows}), "survey_sends")
    known = rows.assign(delivered_at=["2020-02-01T00:01:00Z", "2020-02-01T00:02:00Z", None])
    delivered = cx.measure(load(tmp_path, {"surveys": known}), "survey_sends")
    assert value_of(whole, period="2020-02")["value"] == 3
    assert value_of(delivered, period="2020-02")["value"] == 2
    assert delivered.exclusions["survey_sends"] == {"not_delivered": 1}


def test_survey_response_rate_counts_answers_within_fourteen_days_of_the_send(tmp_path):
    rows = surveys(
        nps("1", "2020-02-15T00:00:00Z", 9, "ann"),  # exactly 14 days: counts
        nps("2", "2020-02-15T00:00:01Z", 9, "bob"),  # a second late
        nps("3", None, None, "cat"),
        nps("4", "2020-02-02T00:00:00Z", None, "dan"),  # answered without a score: an answer all the same
    )
    late = surveys(("9", "nps", "2020-03-20T00:00:00Z", None, None, "zoe"))
    data = load(tmp_path, {"surveys": pd.concat([rows, late], ignore_index=True)})
    frame = cx.measure(data, "survey_response_rate")
    february = value_of(frame, period="2020-02")
    assert (february["value"], february["n"], february["status"]) == (50.0, 4, "low_n")
    assert value_of(frame, period="2020-03")["status"] == "immature"


def test_csat_counts_the_top_boxes_of_its_scale(tmp_path):
    at = "2020-02-01T00:00:00Z"
    rows = surveys(*((str(i), "csat", at, at, score, "ann") for i, score in enumerate([5, 4, 3, 1])))
    data = load(tmp_path, {"surveys": rows})
    assert value_of(cx.measure(data, "csat"), period="2020-02")["value"] == 50.0
    net = load(tmp_path, {"surveys": rows}, toml='[definitions]\ncsat = "net"')
    assert value_of(cx.measure(net, "csat"), period="2020-02")["value"] == 100 * (2 - 1) / 4
    seven = load(tmp_path, {"surveys": rows}, toml='[surveys.csat]\nscale = "1-7"')
    assert value_of(cx.measure(seven, "csat"), period="2020-02")["value"] == 0.0


@pytest.fixture
def desk(tmp_path):
    """Five tickets of 3 February, and who wrote when."""
    tickets = pd.DataFrame(
        [
            ("1", "2020-02-03T10:00:00Z", "open", "ann", "login", "customer", None),
            ("2", "2020-02-03T10:00:00Z", "open", "ann", "login", "customer", None),
            ("3", "2020-02-03T10:00:00Z", "open", "bob", "refund", "customer", None),
            ("4", "2020-02-03T10:00:00Z", "spam", "eve", "login", "customer", None),
            ("5", "2020-02-03T10:00:00Z", "open", "bob", "refund", "agent", None),
            ("6", "2020-02-03T10:00:00Z", "closed", "cat", "refund", "customer", "1"),
        ],
        columns=TICKETS,
    )
    messages = pd.DataFrame(
        [
            ("a", "1", "2020-02-03T10:00:00Z", "customer", "true", "false"),
            ("b", "1", "2020-02-03T10:00:30Z", "agent", "true", "true"),  # automatic: no reply
            ("c", "1", "2020-02-03T10:10:00Z", "agent", "false", "false"),  # an internal note
            ("d", "1", "2020-02-03T11:00:00Z", "agent", "true", "false"),  # 60 minutes
            ("e", "2", "2020-02-03T10:20:00Z", "customer", "true", "false"),  # the wait begins here
            ("f", "2", "2020-02-03T10:25:00Z", "bot", "true", "false"),
            ("g", "2", "2020-02-03T12:20:00Z", "agent", "true", "false"),  # 120 minutes
            ("h", "3", "2020-02-03T10:00:00Z", "customer", "true", "false"),  # waits on
            ("i", "5", "2020-02-03T10:00:00Z", "agent", "true", "false"),
        ],
        columns=MESSAGES,
    )

    def open_desk(toml="", as_of="2020-02-10", **more):
        return load(tmp_path, {"tickets": tickets, "messages": messages, **more}, as_of=as_of, toml=toml)

    return open_desk


def test_first_response_time_is_that_of_a_human_in_public(desk):
    frame = cx.measure(desk(), "first_response_time")
    found = value_of(frame, period="2020-02")
    # waits of 60 and 120 minutes ended, one of 9,960 still runs: the median is the second of three
    assert (found["value"], found["n"], found["numerator"]) == (120.0, 3, 2)
    assert frame.exclusions["first_response_time"] == {"spam": 1, "merged": 1, "agent_initiated": 1}


def test_bots_count_as_agents_where_the_settings_say_so(desk):
    found = value_of(
        cx.measure(desk("[definitions]\nbots_as_agents = true"), "first_response_time"), period="2020-02"
    )
    assert found["value"] == pytest.approx(5.0)  # half a minute, 5 minutes, and one that waits


def test_a_median_that_is_not_reached_says_how_long_they_have_waited(desk):
    frame = cx.measure(desk(), "first_response_time", by="reason")
    refund = value_of(frame, period="2020-02", reason="refund")
    assert pd.isna(refund["value"])
    assert (refund["status"], refund["lower"]) == ("immature", (6 * 24 + 14) * 60)
    assert "first_response_time for reason refund in 2020-02: not reached, more than 6.6 days." in frame.text
    assert frame.to_dict()["rows"][-1]["upper"] is None


def test_a_ticket_solved_without_a_reply_waits_until_its_solve(desk):
    events = pd.DataFrame([("3", "2020-02-03T10:30:00Z", "solved")], columns=["ticket_id", "at", "status"])
    frame = cx.measure(desk(ticket_events=events), "first_response_time.restricted_mean")
    assert value_of(frame, period="2020-02")["value"] == pytest.approx(90.0)  # 30 cut short, then 60 and 120
    assert any("1 solved without a reply" in caveat.text for caveat in frame.caveats)


def test_first_response_time_on_the_business_clock_and_within_target(desk):
    toml = """
    schedule = "support"
    [schedules.support]
    zone = "UTC"
    hours = { mon = ["10:30-11:00", "12:00-17:00"] }
    [targets.first_response_time]
    clock = "calendar"
    minutes = { default = 60 }
    """
    data = desk(toml)
    # 10:00-11:00 holds 30 open minutes, 10:20-12:20 holds 50, and the third has waited 330
    assert value_of(cx.measure(data, "first_response_time.business"), period="2020-02")[
        "value"
    ] == pytest.approx(50.0)
    within = value_of(cx.measure(data, "first_response_time.within_target"), period="2020-02")
    assert within["value"] == pytest.approx(100 / 3)  # exactly the target is within it


def test_without_messages_the_summary_column_is_used_with_a_caveat(tmp_path):
    tickets = pd.DataFrame(
        [("1", "2020-02-03T10:00:00Z", "2020-02-03T10:30:00Z")],
        columns=["ticket_id", "created_at", "first_replied_at"],
    )
    frame = cx.measure(load(tmp_path, {"tickets": tickets}), "first_response_time")
    assert value_of(frame, period="2020-02")["value"] == pytest.approx(30.0)
    assert "summary_columns" in {caveat.code for caveat in frame.caveats}


def test_ticket_volume_keeps_merged_tickets_and_drops_spam(desk):
    frame = cx.measure(desk(), ["ticket_volume", "ticket_volume.agent_initiated"])
    assert value_of(frame, metric="ticket_volume")["value"] == 5
    assert value_of(frame, metric="ticket_volume.agent_initiated")["value"] == 1
    assert frame.exclusions["ticket_volume"] == {"spam": 1}


def orders(*days):
    return pd.DataFrame(
        {
            "order_id": [str(i) for i in range(len(days))],
            "ordered_at": [f"2020-02-{day}T09:00:00Z" for day in days],
        }
    )


def test_contact_intensity_divides_inbound_contacts_by_orders(desk):
    data = desk(orders=orders("03", "03", "03", "03", "03", "03", "03", "03"))
    found = value_of(cx.measure(data, "contact_intensity"), period="2020-02")
    assert (found["value"], found["numerator"], found["denominator"]) == (1000 * 4 / 8, 4, 8)
    net = desk('[definitions]\ncontact_intensity = "net"', orders=orders("03", "03"))
    frame = cx.measure(net, "contact_intensity")
    assert value_of(frame, period="2020-02")["numerator"] == 3  # ann wrote twice about login
    assert frame.exclusions["contact_intensity"]["repeat_contact"] == 1


def test_reasons_are_divided_by_all_orders_so_that_they_add_up(desk):
    data = desk(orders=orders("03", "03", "03", "03"))
    frame = cx.measure(data, "contact_intensity", by="reason")
    assert dict(zip(frame.table["reason"], frame.table["value"], strict=True)) == {
        "login": 500.0,
        "refund": 500.0,
    }


def test_both_sides_of_a_rate_are_cut_at_the_earlier_end(desk):
    data = desk(orders=orders("03", "03", "04", "04"), as_of="2020-02-10")
    found = value_of(cx.measure(data, "contact_intensity"), period="2020-02")
    assert (found["numerator"], found["denominator"], found["status"]) == (4, 2, "partial")


def test_contacts_after_the_last_order_are_left_out_too(tmp_path):
    created = ["2020-02-03T10:00:00Z", "2020-02-05T10:00:00Z"]
    frames = {
        "tickets": pd.DataFrame({"ticket_id": ["1", "2"], "created_at": created}),
        "orders": orders("03", "03"),
    }
    found = value_of(cx.measure(load(tmp_path, frames), "contact_intensity"), period="2020-02")
    assert (found["numerator"], found["denominator"]) == (1, 2)


def test_contact_rate_divides_by_activity_of_all_kinds(desk):
    activity = pd.DataFrame(
        [
            ("2020-02-03", "lesson", 150, "pro"),
            ("2020-02-03", "order", 50, "pro"),
            ("2020-02-20", "order", 9, "pro"),
        ],
        columns=["date", "kind", "count", "tier"],
    )
    data = desk(activity=activity)
    found = value_of(cx.measure(data, "contact_rate"), period="2020-02")
    assert (found["value"], found["denominator"]) == (20.0, 200)
    with pytest.raises(cx.CxError, match="by: found 'tier', expected a segment of tickets"):
        cx.measure(data, "contact_rate", by="tier")


def test_review_score_net_counts_five_stars_against_three_and_less(tmp_path):
    reviews = pd.DataFrame(
        {"review_id": list("abcde"), "posted_at": "2020-02-03T00:00:00Z", "rating": [5, 5, 5, 4, 3]}
    )
    found = value_of(cx.measure(load(tmp_path, {"reviews": reviews}), "review_score_net"), period="2020-02")
    assert found["value"] == pytest.approx(100 * (3 - 1) / 5)


def test_days_are_those_of_the_zone_across_a_change_of_the_clock(tmp_path):
    # London, 29 March 2020: 00:30 and 23:30 local are the same day, 23 hours long
    at = ["2020-03-29T00:30:00Z", "2020-03-29T22:30:00Z", "2020-03-29T23:30:00Z"]
    tickets = pd.DataFrame({"ticket_id": list("abc"), "created_at": at})
    data = load(tmp_path, {"tickets": tickets}, toml='zone = "Europe/London"')
    cells = cx.measure(data, "ticket_volume", freq="D").table
    assert list(cells["start"]) == [dt.date(2020, 3, 29), dt.date(2020, 3, 30)]
    assert list(cells["value"]) == [2, 1]
