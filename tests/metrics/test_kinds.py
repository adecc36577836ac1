"""Every kind with rows that a pencil can check: stocks, windows, targets, nowcasts, clusters, few rows."""

import re
from datetime import date

import numpy as np
import pandas as pd
import pytest

import cxlib as cx
from cxlib.data.settings import read_settings
from cxlib.errors import MissingColumnError, UsageError
from cxlib.metrics.availability import why_not
from cxlib.metrics.catalogue import catalogue
from cxlib.metrics.cell_sums import CellSums
from cxlib.metrics.daily import daily_exposure
from cxlib.stats.intervals import wilson_interval
from tests.metrics.company import load, surveys, value_of


def tickets(*rows, **columns):
    """ticket_id, created_at."""
    return pd.DataFrame(rows, columns=["ticket_id", "created_at"]).assign(**columns)


def events(*rows):
    return pd.DataFrame(rows, columns=["ticket_id", "at", "status"])


REPLAYED = {
    "tickets": tickets(
        ("a", "2020-01-10T10:00:00Z"),
        ("b", "2020-01-20T10:00:00Z"),
        ("c", "2020-02-01T00:00:00Z"),
        ("d", "2020-02-10T10:00:00Z"),
        assignee=["ann", None, "bob", ""],
    ),
    "ticket_events": events(
        # a is solved in January and open again over the end of February
        ("a", "2020-01-15T10:00:00Z", "solved"),
        ("a", "2020-02-28T10:00:00Z", "open"),
        ("a", "2020-03-02T10:00:00Z", "solved"),
        # b is solved at the very end of January: it still stands there
        ("b", "2020-02-01T00:00:00Z", "solved"),
    ),
}


def test_a_backlog_is_what_stands_at_the_end_of_the_period(tmp_path):
    data = load(tmp_path, REPLAYED, as_of="2020-04-01")
    months = cx.measure(data, "backlog").table.set_index("period")
    # c begins with February, so it is none of January's; a stands at the end of February again
    assert months["value"].to_dict() == {"2020-01": 1, "2020-02": 3, "2020-03": 2}
    assert list(months["status"]) == ["ok", "ok", "ok"]
    assert months[["lower", "upper"]].isna().all(axis=None)
    days = cx.measure(data, "backlog", freq="D", start="2020-01-14", end="2020-01-17").table
    assert list(days["value"]) == [1, 0, 0]


def test_a_backlog_ends_at_the_local_end_of_the_period(tmp_path):
    frames = {"tickets": REPLAYED["tickets"], "ticket_events": REPLAYED["ticket_events"]}
    data = load(tmp_path, frames, as_of="2020-04-01", toml='zone = "America/New_York"')
    # b leaves and c comes at 19:00 of 31 January in New York: c is January's, and b is not
    assert value_of(cx.measure(data, "backlog"), period="2020-01").value == 1
    before = cx.measure(data, "backlog", freq="D", start="2020-01-30", end="2020-02-01").table
    assert list(before["value"]) == [1, 1]


def test_a_stock_inside_its_period_is_partial_and_stands_at_as_of(tmp_path):
    data = load(tmp_path, REPLAYED, as_of="2020-02-20")
    row = value_of(cx.measure(data, "backlog"), period="2020-02")
    assert (row.value, row.status) == (2, "partial")


def test_what_has_no_history_is_judged_in_the_latest_period_only(tmp_path):
    data = load(tmp_path, REPLAYED, as_of="2020-03-01")
    rows = cx.measure(data, "unassigned_share").table
    # at the end of February a (ann), c (bob) and d (nobody) are open
    assert list(rows["status"]) == ["no_data", "low_n"]
    assert np.isnan(rows["value"].iloc[0])
    assert rows["value"].iloc[1] == pytest.approx(100 / 3)
    earlier = cx.measure(data, "unassigned_share", end="2020-02-01").table
    assert list(earlier["status"]) == ["no_data"]


CUSTOMERS = pd.DataFrame(
    {
        "customer_id": ["ann", "bob", "cy"],
        "signed_up_at": ["2019-06-01T10:00:00Z", "2020-02-11T23:00:00Z", "2020-02-20T10:00:00Z"],
        "churned_at": ["2020-02-11T10:00:00Z", None, "2020-02-20T12:00:00Z"],
    }
)


def test_exposure_in_days_counts_the_day_of_coming_and_not_that_of_leaving(tmp_path):
    sent = surveys(
        ("1", "nps", "2020-02-01T10:00:00Z", None, None, "ann"),
        ("2", "nps", "2020-02-29T10:00:00Z", None, None, "bob"),
    )
    data = load(tmp_path, {"surveys": sent, "customers": CUSTOMERS}, as_of="2020-03-01")
    row = value_of(cx.measure(data, "send_coverage"), period="2020-02")
    # ann 1–10 February, bob 11–29 February, cy not at all: 10 + 19 customer-days
    assert (row.n, row.denominator) == (2, 29)
    assert row.value == pytest.approx(3000 * 2 / 29)
    days = daily_exposure(data, "send_coverage", start=date(2020, 2, 9), end=date(2020, 2, 13))
    assert list(days["exposure"]) == [1, 1, 1, 1]


def test_a_trailing_window_reaches_back_from_the_end_of_the_period(tmp_path):
    created = [("1", "2019-01-15"), ("2", "2019-02-20"), ("3", "2020-01-31"), ("4", "2020-02-29")]
    rows = tickets(*((name, f"{day}T10:00:00Z") for name, day in created), customer_id=["ann"] * 4)
    signed = CUSTOMERS.head(1).assign(signed_up_at="2018-06-01T10:00:00Z", churned_at=None)
    data = load(tmp_path, {"tickets": rows, "customers": signed}, as_of="2020-03-01")
    months = cx.measure(data, "contacts_per_customer_year").table.set_index("period")
    # [2019-02-01, 2020-02-01) holds 2 and 3, [2019-03-02, 2020-03-01) holds 3 and 4
    assert months.loc["2020-01", ["value", "numerator", "denominator"]].tolist() == [2, 2, 365]
    assert months.loc["2020-02", ["value", "numerator", "denominator"]].tolist() == [2, 2, 365]
    # the year before begins ahead of the first contact: only a part of it is seen
    assert months.loc["2019-06", "status"] == "partial"
    assert months.loc["2020-02", "status"] == "ok"


def test_a_count_per_working_day_is_over_the_days_that_are_worked(tmp_path):
    rows = tickets(*((str(i), f"2020-02-{i + 1:02d}T10:00:00Z") for i in range(29)))
    toml = '[schedules.support]\nzone = "UTC"\nhours = { mon = ["09:00-17:00"], tue = ["09:00-17:00"] }\n'
    toml += 'holidays = ["2020-02-03"]\n'
    for config, days in (("", 20), (toml, 7)):
        data = load(tmp_path, {"tickets": rows}, as_of="2020-03-01", toml=config)
        row = value_of(cx.measure(data, "ticket_volume.per_working_day"), period="2020-02")
        assert (row.value, row.denominator, row.n) == (pytest.approx(29 / days), days, 29)
        assert row.lower < row.value < row.upper


def test_a_target_is_a_census_against_its_plan(tmp_path):
    spent = cx.Metric(
        "spent",
        table="costs",
        kind="target",
        value="amount",
        planned="target",
        band=(90, 110),
        provisional="NOT final",
        basis="date",
        unit="% of target",
        direction="band",
        definition="Amounts as a share of their targets.",
    )
    rows = pd.DataFrame({"date": ["2020-01-05", "2020-01-20", "2020-02-05"], "kind": "tools"})
    rows = rows.assign(amount=[50, 70, 30], target=[60, 40, 60], final=["true", "true", "false"])
    frame = cx.measure(load(tmp_path, {"costs": rows}, as_of="2020-03-01"), spent)
    january, february = frame.table.itertuples()
    assert (january.value, january.numerator, january.denominator) == (120, 120, 100)
    assert (january.status, february.status) == ("ok", "immature")
    assert february.value == 50
    assert np.isnan([january.lower, january.upper]).all()
    assert frame.text == "spent in 2020-01: 120.0 % of target, above the band [90.0, 110.0]."


def test_a_sum_against_a_band_is_per_week_and_zero_weeks_appear(tmp_path):
    posted = ["2020-02-03T10:00:00Z", "2020-02-04T10:00:00Z", "2020-02-05T10:00:00Z", "2020-02-18T10:00:00Z"]
    posts = pd.DataFrame({"post_id": list("abcd"), "posted_at": posted, "channel": "group", "kind": "post"})
    data = load(tmp_path, {"posts": posts.assign(author_role="own")}, as_of="2020-02-20")
    weeks = cx.measure(data, "group_posts_per_week", freq="W").table
    assert list(weeks["numerator"]) == [3, 0, 1]
    assert list(weeks["value"]) == [3, 0, pytest.approx(1 / (3 / 7))]
    assert list(weeks["status"]) == ["ok", "ok", "partial"]


def test_amounts_of_two_currencies_are_not_added_up(tmp_path):
    rows = pd.DataFrame(
        {"date": ["2020-01-05", "2020-01-06"], "kind": "freelance", "currency": ["EUR", "USD"]}
    )
    data = load(tmp_path, {"costs": rows.assign(amount=10, target=10, final="true")}, as_of="2020-02-01")
    message = (
        "freelance_cost, costs.currency: found 'EUR' and 'USD', expected one currency in one sum. "
        "Fix: cut by currency, or bring the rows to one currency."
    )
    with pytest.raises(UsageError, match=re.escape(message)):
        cx.measure(data, "freelance_cost")
    assert list(cx.measure(data, "freelance_cost", by="currency").table["value"]) == [100, 100]
    listed = cx.list_metrics(data).table.set_index("metric")
    assert listed.loc["freelance_cost", "why_not"] == message


def test_scores_on_two_scales_are_not_averaged(tmp_path):
    rows = surveys(
        ("1", "ces", "2020-02-03T10:00:00Z", "2020-02-04T10:00:00Z", 5, "ann"),
        ("2", "ces", "2020-02-03T10:00:00Z", "2020-02-05T10:00:00Z", 2, "bob"),
    )
    data = load(tmp_path, {"surveys": rows.assign(scale=["1-7", "1-5"])}, as_of="2020-03-01")
    with pytest.raises(UsageError, match=re.escape("ces, surveys.scale: found '1-5' and '1-7'")):
        cx.measure(data, "ces")


def cohort(day, answered_after, silent):
    """Surveys sent at the noon of a day, answered after so many days, or not."""
    sent = pd.Timestamp(day, tz="UTC") + pd.Timedelta(hours=12)
    answers = [*(sent + pd.Timedelta(days=n) for n in answered_after), *([None] * silent)]
    return [
        (
            f"{day} {i}",
            "nps",
            sent.isoformat(),
            at.isoformat() if at else None,
            9 if at else None,
            f"{day} {i}",
        )
        for i, at in enumerate(answers)
    ]


def test_a_nowcast_divides_by_the_part_that_is_usually_seen(tmp_path):
    # of 40 answers of January 20 came after a day and 20 after ten days; of 60 asked on 27 February
    # 15 have answered by the end of 1 March: they are half of what will come
    rows = [row for day in ("2020-01-06", "2020-01-07") for row in cohort(day, [1] * 10 + [10] * 10, 20)]
    rows += cohort("2020-02-27", [1] * 15, 45) + cohort("2020-03-01", [], 1)
    data = load(tmp_path, {"surveys": surveys(*rows)}, as_of="2020-03-02")
    frame = cx.measure(data, ["survey_response_rate", "survey_response_rate.nowcast"])
    january = value_of(frame, metric="survey_response_rate.nowcast", period="2020-01")
    assert (january.value, january.denominator, january.status) == (50, 80, "ok")
    plain = value_of(frame, metric="survey_response_rate", period="2020-02")
    assert (plain.value, plain.status) == (25, "immature")
    found = value_of(frame, metric="survey_response_rate.nowcast", period="2020-02")
    assert (found.value, found.denominator, found.status) == (50, 30, "nowcast")
    bare = 100 * np.array(wilson_interval(15, 30))
    assert found.lower < bare[0] < 50 < bare[1] < found.upper  # F is an estimate, too
    assert "estimated from what is seen" in frame.text


def test_a_nowcast_needs_outcomes_to_learn_from(tmp_path):
    rows = cohort("2020-01-06", [1] * 19, 20) + cohort("2020-02-27", [1] * 15, 45)
    data = load(tmp_path, {"surveys": surveys(*rows)}, as_of="2020-03-02")
    row = value_of(cx.measure(data, "survey_response_rate.nowcast"), period="2020-02")
    assert np.isnan(row.value)
    assert row.status == "immature"


def solved_on(day, reopened_after, quiet):
    """Tickets solved at the noon of a day and reopened after so many days, or not."""
    solved = pd.Timestamp(day, tz="UTC") + pd.Timedelta(hours=12)
    ids = [f"{day} {i}" for i in range(len(reopened_after) + quiet)]
    steps = [(one, solved - pd.Timedelta(hours=1), "new") for one in ids]
    steps += [(one, solved, "solved") for one in ids]
    steps += [
        (one, solved + pd.Timedelta(days=days), "open")
        for one, days in zip(ids, reopened_after, strict=False)
    ]
    return [(one, at.isoformat(), status) for one, at, status in steps]


def test_a_nowcast_of_reopenings_knows_how_fast_they_come(tmp_path):
    # of 20 reopenings of January half came within a day; of 30 tickets solved on 28 February 3 are open again
    # by the end of 1 March: a day's reopenings are half of what will come
    events = [one for day in ("2020-01-06", "2020-01-07") for one in solved_on(day, [1] * 5 + [5] * 5, 40)]
    events += solved_on("2020-02-28", [1] * 3, 27) + solved_on("2020-03-01", [], 1)
    frame = pd.DataFrame(events, columns=["ticket_id", "at", "status"])
    tickets = frame[frame["status"] == "new"][["ticket_id", "at"]].rename(columns={"at": "created_at"})
    words = tickets.rename(columns={"created_at": "sent_at"})
    words["message_id"], words["author_role"] = words["ticket_id"], "customer"
    frames = {"tickets": tickets, "ticket_events": frame, "messages": words}
    data = load(tmp_path, frames, as_of="2020-03-02")
    frame = cx.measure(data, ["reopen_rate", "reopen_rate.nowcast"])
    january = value_of(frame, metric="reopen_rate.nowcast", period="2020-01")
    assert (january.value, january.denominator, january.status) == (20, 100, "ok")
    plain = value_of(frame, metric="reopen_rate", period="2020-02")
    assert (plain.value, plain.status) == (10, "immature")
    found = value_of(frame, metric="reopen_rate.nowcast", period="2020-02")
    assert (found.value, found.denominator, found.status) == (20, 15, "nowcast")


def test_a_nowcast_of_reopenings_needs_to_know_when_they_were(tmp_path):
    tickets = pd.DataFrame({"ticket_id": ["a"], "created_at": ["2020-01-06T09:00Z"], "reopens": [1]})
    tickets["solved_at"], tickets["first_replied_at"] = "2020-01-07T09:00Z", "2020-01-06T10:00Z"
    listed = cx.list_metrics(load(tmp_path, {"tickets": tickets})).table.set_index("metric")["available"]
    assert listed["reopen_rate"]
    assert not listed["reopen_rate.nowcast"]


def test_a_nowcast_is_the_same_however_rows_come_in_batches(tmp_path, monkeypatch):
    # ten answers a bin, and the age of the day that is estimated cuts some of them
    delays = list(3 + np.random.default_rng(3).exponential(0.3, 200))
    rows = [row for day in range(6, 9) for row in cohort(f"2020-01-{day:02}", delays, 9)]
    rows += cohort("2020-02-27", [1] * 15, 45) + cohort("2020-03-01", [], 1)
    data = load(tmp_path, {"surveys": surveys(*rows)}, as_of="2020-03-02")
    whole = cx.measure(data, "survey_response_rate.nowcast").table
    monkeypatch.setattr(CellSums, "add", in_parts(CellSums.add))
    pd.testing.assert_frame_equal(
        cx.measure(data, "survey_response_rate.nowcast").table, whole, check_exact=True
    )


def in_parts(add):
    """Adds a batch seven rows at a time."""

    def added(sums, rows):
        for first in range(0, rows.num_rows, 7):
            add(sums, rows.slice(first, 7))

    return added


ALL_COUNT = '[definitions]\nresponses = "all"\n'


def test_answers_of_one_customer_are_clustered_where_all_count(tmp_path):
    scores = {"ann": [10, 10, 10, 10], "bob": [0, 0, 0, 0], "cy": [9], "di": [8], "ed": [3]}
    rows = [
        (f"{who} {i}", "nps", f"2020-02-{i + 1:02d}T10:00:00Z", f"2020-02-{i + 1:02d}T11:00:00Z", score, who)
        for who, given in scores.items()
        for i, score in enumerate(given)
    ]
    data = load(tmp_path, {"surveys": surveys(*rows)}, as_of="2020-03-01", toml=ALL_COUNT)
    frame = cx.measure(data, "nps")
    row = value_of(frame, period="2020-02")
    assert (row.value, row.n, frame.exclusions["nps"]) == (0, 11, {})
    assert "clustered by customer_id (linearised)" in frame.method["nps"]
    # residuals by customer 400, −400, 100, 0, −100: Σ² = 340 000; times 5/4 over 11² is the variance;
    # independent rows: Σx² = 100 000 over 11·10
    worth = (100_000 / 110) / (340_000 * 5 / 4 / 121)
    n, squares = 11 * worth + 3, 10 * worth + 1.5
    half = 100 * 1.96 * (squares / n / n) ** 0.5
    assert (row.lower, row.upper) == (pytest.approx(-half), pytest.approx(half))
    latest = value_of(cx.measure(load(tmp_path, {"surveys": surveys(*rows)}, as_of="2020-03-01"), "nps"))
    assert latest.n == 5
    assert data.settings != read_settings(None)


def test_rows_without_a_customer_are_clusters_of_their_own(tmp_path):
    rows = [
        (str(i), "nps", "2020-02-01T10:00:00Z", f"2020-02-{i + 1:02d}T11:00:00Z", 10 * (i % 2), None)
        for i in range(20)
    ]
    frames = {"surveys": surveys(*rows)}
    alone = cx.measure(load(tmp_path, frames, as_of="2020-03-01", toml=ALL_COUNT), "nps").table
    usual = cx.measure(load(tmp_path, frames, as_of="2020-03-01"), "nps").table
    pd.testing.assert_frame_equal(alone, usual)


def test_a_mean_of_few_rows_is_resampled_whatever_their_order(tmp_path):
    scores = [1, 1, 1, 1, 2, 2, 3, 7]
    rows = [
        (str(i), "ces", "2020-02-01T10:00:00Z", f"2020-02-{i + 1:02d}T11:00:00Z", score, f"c{i}")
        for i, score in enumerate(scores)
    ]
    found = []
    for order in (rows, rows[::-1]):
        frame = cx.measure(load(tmp_path, {"surveys": surveys(*order)}, as_of="2020-03-01"), "ces")
        found.append(value_of(frame, period="2020-02"))
    assert found[0].value == 18 / 8
    # Student's t is 2.25 ± 1.74; the bootstrap follows the long tail
    assert found[0].lower > 1.2
    assert found[0].upper > 3.9
    assert found[0].lower >= min(scores)
    assert list(found[0][["lower", "upper"]]) == list(found[1][["lower", "upper"]])
    assert "BCa bootstrap" in frame.method["ces"]


def test_a_mean_of_thirty_rows_has_students_interval(tmp_path):
    rows = [
        (str(i), "ces", "2020-02-01T10:00:00Z", "2020-02-05T11:00:00Z", 1 + 6 * (i % 2), f"c{i}")
        for i in range(30)
    ]
    row = value_of(cx.measure(load(tmp_path, {"surveys": surveys(*rows)}, as_of="2020-03-01"), "ces"))
    half = 2.04523 * (9 * 30 / 29 / 30) ** 0.5
    assert (row.value, row.lower, row.upper) == (4, pytest.approx(4 - half), pytest.approx(4 + half))


def test_an_exposure_of_another_kind_is_named(tmp_path):
    activity = pd.DataFrame({"date": "2020-02-01", "kind": ["order", "session"], "count": 5})
    frames = {"tickets": tickets(("a", "2020-02-01T10:00:00Z"), reason=["how_to"]), "activity": activity}
    toml = '[reasons]\nis_issue = ["how_to"]\n'
    data = load(tmp_path, frames, as_of="2020-03-01", toml=toml)
    message = (
        "activity, column kind: found 'order' and 'session', expected 'lesson' for issue_to_lesson. Fix: add "
        'the rows, or set exposure_kind = "session" in [metrics.issue_to_lesson].'
    )
    with pytest.raises(MissingColumnError, match=re.escape(message)):
        cx.measure(data, "issue_to_lesson")
    toml += '[metrics.issue_to_lesson]\nexposure_kind = "session"\n'
    set_to = load(tmp_path, frames, as_of="2020-03-01", toml=toml)
    assert cx.measure(set_to, "issue_to_lesson").table["value"].iloc[0] == 1000 * 1 / 5


def test_an_exposure_may_be_over_several_kinds_and_no_others(tmp_path):
    activity = pd.DataFrame(
        {"date": "2020-02-01", "kind": ["lesson", "order", "session"], "count": [7, 3, 90]}
    )
    frames = {"tickets": tickets(("a", "2020-02-01T10:00:00Z")), "activity": activity}
    toml = '[metrics.contact_rate]\nexposure_kind = ["lesson", "order"]\n'
    found = cx.measure(load(tmp_path, frames, as_of="2020-03-01", toml=toml), "contact_rate")
    assert found.table["denominator"].iloc[0] == 10
    toml = '[metrics.contact_rate]\nexposure_kind = ["visit", "call"]\n'
    message = (
        "activity, column kind: found 'lesson', 'order' and 'session', expected 'call' or 'visit' for "
        'contact_rate. Fix: add the rows, or set exposure_kind = "session" in [metrics.contact_rate].'
    )
    with pytest.raises(MissingColumnError, match=re.escape(message)):
        cx.measure(load(tmp_path, frames, as_of="2020-03-01", toml=toml), "contact_rate")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "sla_breach_rate",
            "found no target, expected minutes by priority in [targets.first_response_time],",
        ),
        ("first_resolution_time.within_target", "minutes by priority in [targets.first_resolution_time]"),
        ("full_resolution_time.business", "found no schedule, expected business hours in [schedules.NAME]"),
        ("issue_to_lesson", "found no reasons that are issues, expected [reasons] is_issue"),
        (
            "next_response_time",
            "found no table messages, expected messages in the data. Fix: add messages.csv.",
        ),
        (
            "one_touch_rate",
            "one_touch_rate: found no messages, expected it in the data. Fix: add messages.csv.",
        ),
        ("urgent_mismatch_share", "found no tickets.reason and tickets.priority"),
    ],
)
def test_what_is_lacking_is_said(tmp_path, name, message):
    rows = tickets(("a", "2020-02-01T10:00:00Z"), first_replied_at="2020-02-01T11:00:00Z")
    rows = rows.assign(solved_at="2020-02-01T12:00:00Z", status="solved", reason="how_to")
    data = load(tmp_path, {"tickets": rows}, as_of="2020-03-01")
    assert message in str(why_not(data, catalogue()[name]))


def test_without_solves_there_is_no_backlog(tmp_path):
    data = load(tmp_path, {"tickets": tickets(("a", "2020-02-01T10:00:00Z"))}, as_of="2020-03-01")
    assert str(why_not(data, catalogue()["backlog"])) == (
        "backlog: found neither ticket_events nor tickets.solved_at, expected one of them. "
        "Fix: add ticket_events.csv."
    )


def test_a_column_that_coalesce_replaces_may_be_absent(tmp_path):
    rows = surveys(("1", "nps", "2020-02-01T10:00:00Z", "2020-02-02T10:00:00Z", 9, "ann"))
    data = load(tmp_path, {"surveys": rows}, as_of="2020-03-01")
    assert why_not(data, catalogue()["nps"]) is None  # surveys have no trigger
    assert "surveys.trigger" in str(why_not(data, catalogue()["post_resolution_nps"]))
