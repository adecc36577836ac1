"""Metrics of demand, each with rows to check with a pencil, at least one of which must not count."""

from dataclasses import replace

import pandas as pd
import pytest

import cxlib as cx
from cxlib.metrics.contact_distribution import contact_distribution
from cxlib.metrics.demand import (
    CONTACT_INTENSITY,
    CONTACTS_PER_CUSTOMER_YEAR,
    ISSUE_TO_LESSON,
    PAGE_CONTACT_RATE,
    TEMPLATE_CONTACT_RATE,
    VOLUME_PER_WORKING_DAY,
)
from tests.metrics.company import load, value_of

ISSUES = '[reasons]\nis_issue = ["no_sound"]\n'


def tickets(*rows, columns=("reason", "surface", "lesson_id"), day="2020-02-03", **more):
    """Tickets of one day: the columns, and further ones that are the same for all."""
    frame = pd.DataFrame(rows, columns=list(columns))
    frame.insert(0, "ticket_id", [f"t{i}" for i in range(len(frame))])
    frame.insert(1, "created_at", [f"{day}T10:{i:02d}:00Z" for i in range(len(frame))])
    return frame.assign(**more)


def activity(*rows):
    return pd.DataFrame(rows, columns=["date", "kind", "count"])


LESSONS = activity(("2020-02-03", "lesson", 500), ("2020-02-03", "order", 80))


def test_issue_to_lesson_counts_issues_in_lessons_over_lessons(tmp_path):
    issues = tickets(
        ("no_sound", "lesson", "L1"),
        ("no_sound", "lesson", "L2"),
        ("no_sound", "lesson", "L1"),  # the same lesson again
        ("no_sound", "site", "L3"),  # not in the lesson
        ("refund", "lesson", "L4"),  # no issue
        ("no_sound", "lesson", None),  # a lesson that nobody named
        ("no_sound", "Lesson", None),  # another one
    )
    frame = cx.measure(load(tmp_path, {"tickets": issues, "activity": LESSONS}, toml=ISSUES), ISSUE_TO_LESSON)
    february = value_of(frame, period="2020-02")
    assert (february["value"], february["numerator"], february["denominator"]) == (1000 * 4 / 500, 4, 500)
    assert frame.exclusions["issue_to_lesson"] == {"same_lesson": 1}
    said = "issue_to_lesson in 2020-02: 125 lessons per issue (500 over 4)."
    assert said in [caveat.text for caveat in frame.caveats]


def test_issues_anywhere_count_where_tickets_have_no_surface(tmp_path):
    issues = tickets(("no_sound",), ("no_sound",), ("refund",), columns=["reason"])
    data = load(tmp_path, {"tickets": issues, "activity": LESSONS}, toml=ISSUES)
    assert value_of(cx.measure(data, ISSUE_TO_LESSON), period="2020-02")["numerator"] == 2


def test_the_first_report_of_a_lesson_counts_even_if_another_ticket_names_it_before(tmp_path):
    issues = tickets(("refund", "lesson", "L1"), ("no_sound", "lesson", "L1"), ("no_sound", "lesson", "L1"))
    data = load(tmp_path, {"tickets": issues, "activity": LESSONS}, toml=ISSUES)
    assert value_of(cx.measure(data, ISSUE_TO_LESSON), period="2020-02")["numerator"] == 1


def test_spam_is_no_issue_of_a_lesson_and_takes_no_place(tmp_path):
    issues = tickets(("no_sound", "lesson", "L1"), ("no_sound", "lesson", "L1")).assign(
        status=["spam", "open"]
    )
    data = load(tmp_path, {"tickets": issues, "activity": LESSONS}, toml=ISSUES)
    found = cx.measure(data, ISSUE_TO_LESSON)
    assert value_of(found, period="2020-02")["numerator"] == 1
    assert found.exclusions["issue_to_lesson"] == {"spam": 1}


def test_volume_per_working_day_leaves_weekends_out_of_the_days(tmp_path):
    # the week from Monday, 3 February: seven tickets, one of them on Saturday, five working days
    rows = tickets(*[("x",)] * 6, columns=["reason"])
    saturday = tickets(("x",), columns=["reason"], day="2020-02-08").assign(ticket_id="s")
    frames = {"tickets": pd.concat([rows, saturday], ignore_index=True)}
    found = cx.measure(load(tmp_path, frames, as_of="2020-02-10"), VOLUME_PER_WORKING_DAY, freq="W")
    assert value_of(found, period="2020-W06")["value"] == 7 / 5


def test_holidays_of_the_schedule_are_no_working_days(tmp_path):
    toml = """
    schedule = "support"
    [schedules.support]
    hours = { mon = ["09:00-17:00"], tue = ["09:00-17:00"], wed = ["09:00-17:00"], sat = ["09:00-12:00"] }
    holidays = ["2020-02-04"]
    """
    rows = tickets(*[("x",)] * 6, columns=["reason"])
    late = tickets(("x",), columns=["reason"], day="2020-02-09").assign(ticket_id="s")
    frames = {"tickets": pd.concat([rows, late], ignore_index=True)}
    data = load(tmp_path, frames, as_of="2020-02-10", toml=toml)
    found = cx.measure(data, VOLUME_PER_WORKING_DAY, freq="W")
    assert value_of(found, period="2020-W06")["value"] == pytest.approx(7 / 3)


def customers(*rows):
    return pd.DataFrame(rows, columns=["customer_id", "signed_up_at", "churned_at"])


def test_contacts_per_customer_year_are_over_the_days_that_customers_were_there(tmp_path):
    people = customers(
        ("ann", "2018-06-01T08:00:00Z", None),  # 365 days of the year up to 1 March
        ("bob", "2019-12-22T08:00:00Z", None),  # 22 December to 29 February: 70 days
        ("cat", "2018-06-01T08:00:00Z", "2019-03-12T08:00:00Z"),  # 2 March to 11 March 2019: 10 days
    )
    rows = tickets(
        ("ann", "open"),
        ("ann", "open"),
        ("bob", "open"),
        ("bob", "spam"),
        ("stranger", "open"),
        columns=["customer_id", "status"],
        day="2020-02-10",
    )
    before = tickets(("ann", "open"), columns=["customer_id", "status"], day="2019-02-10").assign(
        ticket_id="b"
    )
    calls = pd.DataFrame(
        [
            ("c1", "2020-02-11T10:00:00Z", "call", "bob", "inbound"),
            ("c2", "2020-02-12T10:00:00Z", "call", "bob", "outbound"),
        ],
        columns=["interaction_id", "at", "kind", "customer_id", "direction"],
    )
    frames = {
        "tickets": pd.concat([before, rows], ignore_index=True),
        "customers": people,
        "interactions": calls,
    }
    data = load(tmp_path, frames, as_of="2020-03-01", toml='[data_through]\ntickets = "2020-02-29"\n')
    frame = cx.measure(data, CONTACTS_PER_CUSTOMER_YEAR)
    february = value_of(frame, period="2020-02")
    assert (february["numerator"], february["denominator"]) == (4, 365 + 70 + 10)
    assert february["value"] == pytest.approx(365 * 4 / 445)


def emails(*rows):
    return pd.DataFrame(rows, columns=["date", "template", "sends"])


def test_template_contact_rate_divides_by_the_sends_of_the_same_template(tmp_path):
    rows = tickets(
        ("receipt", "customer"),
        ("receipt", "customer"),
        ("reminder", "customer"),
        ("reminder", "agent"),  # we wrote first
        (None, "customer"),  # answers no e-mail
        columns=["email_template", "initiated_by"],
    )
    sent = emails(
        ("2020-02-03", "receipt", 4000), ("2020-02-03", "reminder", 100), ("2020-02-03", "welcome", 50)
    )
    data = load(tmp_path, {"tickets": rows, "emails": sent})
    whole = value_of(cx.measure(data, TEMPLATE_CONTACT_RATE), period="2020-02")
    assert (whole["numerator"], whole["denominator"]) == (3, 4150)
    one = replace(TEMPLATE_CONTACT_RATE, min_n=0)
    found = cx.measure(data, one, by="email_template").table.set_index("email_template")
    # the raw count has receipts first, the rate has the rarely sent reminder first
    assert found.loc["receipt", "value"] == 1000 * 2 / 4000
    assert found.loc["reminder", "value"] == 1000 * 1 / 100
    assert found.loc["welcome", "value"] == 0


def views(*rows):
    return pd.DataFrame(rows, columns=["date", "page_url", "views"])


def test_page_contact_rate_knows_a_page_by_its_key(tmp_path):
    rows = tickets(
        ("https://Example.com/help/login?utm_source=mail",),
        ("http://example.com/help/login/#top",),
        ("https://example.com/orders/123",),
        ("https://example.com/orders/456",),
        ("https://example.com/orders/456",),
        ("?x=1",),  # no page is left of it
        (None,),
        columns=["page_url"],
    )
    seen = views(
        ("2020-02-03", "https://example.com/help/login", 400),
        ("2020-02-03", "https://example.com/orders/789/", 60),
        ("2020-02-03", "https://example.com/orders/123", 40),
    )
    data = load(tmp_path, {"tickets": rows, "pages": seen})
    found = cx.measure(data, replace(PAGE_CONTACT_RATE, min_n=0), by="page").table.set_index("page")
    assert found.loc["example.com/help/login", "value"] == 1000 * 2 / 400
    assert found.loc["example.com/orders/:id", "value"] == 1000 * 3 / 100
    whole = value_of(cx.measure(data, PAGE_CONTACT_RATE), period="2020-02")
    assert (whole["numerator"], whole["denominator"]) == (5, 500)


def test_contacts_by_page_key_add_up_to_all_inbound_contacts(tmp_path):
    rows = tickets(("https://example.com/a?x=1",), ("https://example.com/a/",), (None,), columns=["page_url"])
    orders = pd.DataFrame({"order_id": ["o1", "o2"], "ordered_at": "2020-02-03T09:00:00Z"})
    data = load(tmp_path, {"tickets": rows, "orders": orders})
    found = cx.measure(data, CONTACT_INTENSITY, by="page").table.set_index("page")
    assert found["numerator"].to_dict() == {"(none)": 1, "example.com/a": 2}


def test_templates_with_few_tickets_are_pooled_with_their_sends(tmp_path):
    names = ["receipt"] * 20 + ["reminder"] * 19 + ["survey"] + [None] * 2
    rows = pd.DataFrame({"ticket_id": [f"t{i}" for i in range(42)], "email_template": names})
    rows["created_at"] = "2020-02-03T10:00:00Z"
    sent = emails(
        ("2020-02-03", "receipt", 4000),
        ("2020-02-03", "reminder", 100),
        ("2020-02-03", "survey", 50),
        ("2020-02-03", "welcome", 850),  # nobody ever answered it
    )
    data = load(tmp_path, {"tickets": rows, "emails": sent})
    frame = cx.measure(data, TEMPLATE_CONTACT_RATE, by="email_template")
    found = frame.table.set_index("email_template")
    assert found["numerator"].to_dict() == {"(none)": 0, "(other)": 20, "receipt": 20}
    assert found.loc["(other)", "denominator"] == 100 + 50 + 850
    assert found.loc["(other)", "value"] == 20
    said = [caveat.text for caveat in frame.caveats if caveat.code == "pooled"]
    pool = "3 values of email_template with fewer than 20 tickets each are pooled as (other)."
    assert said == [f"template_contact_rate: {pool}"]


def test_pooled_groups_add_up_in_a_cross_too(tmp_path):
    names = ["receipt"] * 15 + ["reminder"] * 4 + ["survey"] * 3 + ["receipt"] * 8
    rows = pd.DataFrame({"ticket_id": [f"t{i}" for i in range(30)], "email_template": names})
    rows["created_at"], rows["channel"] = "2020-02-03T10:00:00Z", ["mail"] * 20 + ["chat"] * 10
    sent = emails(
        ("2020-02-03", "receipt", 4000), ("2020-02-03", "reminder", 100), ("2020-02-03", "survey", 50)
    )
    data = load(tmp_path, {"tickets": rows, "emails": sent})
    table = cx.measure(data, TEMPLATE_CONTACT_RATE, by=["channel", "email_template"]).table
    found = table.set_index(["channel", "email_template"])["numerator"]
    # 23 receipts in all, although neither channel has 20: the template is judged as a whole
    assert found.to_dict() == {
        ("chat", "(other)"): 2,
        ("chat", "receipt"): 8,
        ("mail", "(other)"): 5,
        ("mail", "receipt"): 15,
    }
    whole = cx.measure(data, TEMPLATE_CONTACT_RATE, by="channel").table
    assert whole["numerator"].tolist() == [10, 20]


def test_the_distribution_counts_customers_by_their_contacts_of_a_year(tmp_path):
    people = customers(
        ("ann", "2018-06-01T08:00:00Z", None),
        ("bob", "2020-01-01T08:00:00Z", None),
        ("cat", "2018-06-01T08:00:00Z", None),  # never writes
        ("dan", "2018-06-01T08:00:00Z", "2019-01-01T08:00:00Z"),  # gone before the year
    )
    rows = tickets(*[("ann",)] * 3, ("bob",), ("stranger",), columns=["customer_id"], day="2020-02-10")
    before = tickets(("ann",), columns=["customer_id"], day="2019-02-01").assign(ticket_id="b")
    frames = {"tickets": pd.concat([before, rows], ignore_index=True), "customers": people}
    found = contact_distribution(load(tmp_path, frames, as_of="2020-02-11"))
    assert found.table["customers"].tolist() == [1, 1, 0, 1]
    assert found.table["share_at_least"].round(1).tolist() == [100.0, 66.7, 33.3, 33.3]
    assert "Of 3 customers there in the 365 days to 10 February 2020" in found.text
    assert found.caveats == ()
