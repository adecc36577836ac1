"""What followed a low score: outreach within two business days, once in thirty days, and audits."""

import pandas as pd
import pytest

import cxlib as cx
from cxlib.metrics.surveys import AUDIT_COVERAGE, YELLOW_FLAG_OUTREACH
from tests.metrics.company import load, surveys, value_of

NINE_TO_FIVE = ", ".join(f'{day} = ["09:00-17:00"]' for day in ("mon", "tue", "wed", "thu", "fri"))
SUPPORT = f"""
schedule = "support"
[schedules.support]
zone = "America/New_York"
hours = {{ {NINE_TO_FIVE} }}
holidays = ["2020-02-17"]
"""


def answer(survey_id, answered, score, customer_id, kind="nps"):
    return (survey_id, kind, "2020-01-01T00:00:00Z", answered, score, customer_id)


def outreach(*rows):
    return pd.DataFrame(rows, columns=["survey_id", "at"])


@pytest.mark.parametrize(
    ("answered", "reached", "counts"),
    [
        ("2020-02-03T15:00:00Z", "2020-02-05T23:59:59Z", 1),  # Monday: by the end of Wednesday
        ("2020-02-03T15:00:00Z", "2020-02-06T00:00:00Z", 0),
        ("2020-02-07T15:00:00Z", "2020-02-11T20:00:00Z", 1),  # Friday: by the end of Tuesday
        ("2020-02-08T15:00:00Z", "2020-02-11T20:00:00Z", 1),  # Saturday: by the end of Tuesday too
        ("2020-02-07T15:00:00Z", "2020-02-12T01:00:00Z", 0),
        ("2020-02-03T15:00:00Z", "2020-02-03T15:00:00Z", 1),  # the same second
        ("2020-02-03T15:00:00Z", "2020-02-03T14:59:59Z", 0),  # before the answer: about something else
    ],
)
def test_outreach_counts_within_two_business_days(tmp_path, answered, reached, counts):
    frames = {"surveys": surveys(answer("1", answered, 7, "ann")), "outreach": outreach(("1", reached))}
    found = value_of(cx.measure(load(tmp_path, frames), YELLOW_FLAG_OUTREACH), period="2020-02")
    assert (found["numerator"], found["n"]) == (counts, 1)


@pytest.mark.parametrize(
    ("reached", "counts"),
    [
        ("2020-02-20T04:59:59Z", 1),  # Wednesday 23:59:59 in New York
        ("2020-02-20T05:00:00Z", 0),
    ],
)
def test_business_days_are_those_of_the_schedule_and_its_zone(tmp_path, reached, counts):
    # 02:00 UTC on Saturday is Friday evening in New York; Monday is a holiday: Tuesday and Wednesday
    frames = {
        "surveys": surveys(answer("1", "2020-02-15T02:00:00Z", 3, "ann")),
        "outreach": outreach(("1", reached)),
    }
    data = load(tmp_path, frames, toml=SUPPORT)
    assert value_of(cx.measure(data, YELLOW_FLAG_OUTREACH), period="2020-02")["numerator"] == counts


def test_a_customer_is_due_once_in_thirty_days(tmp_path):
    rows = surveys(
        answer("1", "2020-01-10T00:00:00Z", 5, "ann"),
        answer("2", "2020-02-08T23:59:59Z", 5, "ann"),  # a second less than 30 days later
        answer("3", "2020-03-02T00:00:00Z", 5, "ann"),  # 23 days after 2, which was not due: due again
        answer("4", "2020-02-08T00:00:00Z", 5, "bob"),
        answer("5", "2020-03-09T00:00:00Z", 5, "bob"),  # 30 days later: due
        answer("6", "2020-01-20T00:00:00Z", 5, None),  # whom should we call?
    )
    frames = {
        "surveys": rows,
        "outreach": outreach(("1", "2020-01-10T09:00:00Z"), ("2", "2020-02-09T09:00:00Z")),
    }
    frame = cx.measure(load(tmp_path, frames), YELLOW_FLAG_OUTREACH)
    table = frame.table.set_index("period")
    assert table["n"].to_dict() == {"2020-01": 1, "2020-02": 1, "2020-03": 2}
    assert table["numerator"].to_dict() == {"2020-01": 1, "2020-02": 0, "2020-03": 0}
    assert frame.exclusions["yellow_flag_outreach"] == {"not_contactable": 1, "not_due_again": 1}


def test_who_cannot_be_reached_is_counted_apart(tmp_path):
    rows = surveys(
        answer("1", "2020-02-03T15:00:00Z", 5, "ann"),
        answer("2", "2020-02-03T15:00:00Z", 5, "bob"),
        answer("3", "2020-02-03T15:00:00Z", 5, "stranger"),  # not among the customers: nobody says no
        answer("4", "2020-02-03T15:00:00Z", 8, "dan"),  # 8 is acceptable
    )
    people = pd.DataFrame({"customer_id": ["ann", "bob", "dan"], "contactable": ["true", "false", None]})
    frames = {"surveys": rows, "customers": people, "outreach": outreach(("1", "2020-02-04T09:00:00Z"))}
    frame = cx.measure(load(tmp_path, frames), YELLOW_FLAG_OUTREACH)
    found = value_of(frame, period="2020-02")
    assert (found["value"], found["n"]) == (50.0, 2)
    assert frame.exclusions["yellow_flag_outreach"] == {"not_contactable": 1}


@pytest.mark.parametrize(
    ("as_of", "status"),
    [("2020-02-05T23:00:00Z", "immature"), ("2020-02-06T00:00:00Z", "low_n")],
)
def test_a_period_waits_while_there_is_time_to_reach_out(tmp_path, as_of, status):
    frames = {
        "surveys": surveys(answer("1", "2020-02-03T15:00:00Z", 5, "ann")),
        "outreach": outreach(("9", "2020-02-01T00:00:00Z")),
    }
    data = load(tmp_path, frames, as_of=as_of)
    found = value_of(cx.measure(data, YELLOW_FLAG_OUTREACH, freq="D"), period="2020-02-03")
    assert (found["numerator"], found["status"]) == (0, status)


def test_audit_coverage_is_over_the_tickets_rated_badly(tmp_path):
    rows = surveys(
        answer("1", "2020-02-03T15:00:00Z", 1, "ann", "csat"),
        answer("2", "2020-02-03T15:00:00Z", 2, "bob", "csat"),
        answer("3", "2020-02-03T15:00:00Z", 5, "cat", "csat"),
    ).assign(ticket_id=["t1", "t2", "t3"])
    audits = pd.DataFrame(
        [("t1", "price", "eve", "2020-02-05T00:00:00Z"), ("t1", "price", "fay", "2020-02-06T00:00:00Z")],
        columns=["ticket_id", "bucket", "auditor", "audited_at"],
    )
    found = cx.measure(load(tmp_path, {"surveys": rows, "audits": audits}), AUDIT_COVERAGE)
    february = value_of(found, period="2020-02")
    assert (february["value"], february["n"]) == (50.0, 2)  # two auditors of one ticket are one audit
