"""`find_shifts`: what moved is found with its day and size; what did not move stays silent."""

import re

import numpy as np
import pandas as pd
import pytest

import cxlib as cx
from cxlib.errors import UnknownNameError, UsageError

FIRST, DAYS = pd.Timestamp("2020-01-01T00:00Z"), 200


def company(seed, *, per_day=40, drop=0.0, after=150, tickets=12.0, more=1.0, activity=1.0):
    """Surveys, tickets and activity over 200 days; from day `after` service, demand or activity changes."""
    rng = np.random.default_rng(seed)
    surveys, asked, used = [], [], []
    for day in range(DAYS):
        late = day >= after
        at = (FIRST + pd.Timedelta(days=day, hours=10)).isoformat()
        for row in range(rng.poisson(per_day)):
            plan = "ab"[row % 2]
            good = 0.6 - (drop if late and plan == "a" else 0.0)
            score = int(rng.choice([10, 8, 3], p=[good, 0.2, 0.8 - good]))
            surveys.append((f"{day}-{row}", "nps", at, at, score, plan))
        weekend = 0.4 if day % 7 in {3, 4} else 1.0
        for row in range(rng.poisson(tickets * weekend * (more if late else 1.0))):
            asked.append((f"{day}-{row}", at, "ab"[row % 2], ["login", "bill"][row % 3 == 0]))
        used.append((at[:10], "session", int(1000 * weekend * (activity if late else 1.0))))
    return {
        "surveys": pd.DataFrame(
            surveys, columns=["survey_id", "kind", "sent_at", "responded_at", "score", "plan"]
        ),
        "tickets": pd.DataFrame(asked, columns=["ticket_id", "created_at", "plan", "reason"]),
        "activity": pd.DataFrame(used, columns=["date", "kind", "count"]),
    }


def row(found, metric, segment="all"):
    (one,) = found.table[(found.table["metric"] == metric) & (found.table["segment"] == segment)].to_dict(
        orient="records"
    )
    return one


@pytest.fixture(scope="module")
def fallen():
    return cx.find_shifts(cx.load(company(1, drop=0.25, more=2.0)), ["nps", "ticket_volume", "contact_rate"])


def test_a_fall_is_found_in_its_segment_with_its_day_size_and_interval(fallen):
    one = row(fallen, "nps", "plan = a")
    onset = (FIRST + pd.Timedelta(days=150)).date()
    assert one["verdict"] == "confirmed"
    assert one["onset_from"] <= onset < one["onset_to"]
    assert one["lower"] <= -50 <= one["upper"] < 0
    assert (one["unit"], one["ended"]) == ("points", None)
    assert row(fallen, "nps", "plan = b")["verdict"] == "not established"


def test_a_rise_of_counts_and_rates_is_in_their_own_units(fallen):
    for metric, change, unit in (
        ("ticket_volume", 12 * 5.8 / 7, "tickets a day"),
        ("contact_rate", 12.0, "contacts per 1,000"),
    ):
        one = row(fallen, metric)
        assert one["verdict"] == "confirmed"
        assert one["lower"] <= change <= one["upper"]
        assert one["unit"].startswith(unit.split(" per")[0].split(" a ")[0]) or unit


def test_the_columns_of_what_is_not_established_are_empty_and_the_rest_is_sorted(fallen):
    table = fallen.table
    calm = table[table["verdict"] == "not established"]
    empty = ["onset", "onset_from", "onset_to", "change", "lower", "upper", "shape", "ended"]
    assert calm[empty].isna().all().all()
    order = table["verdict"].map(["confirmed", "worth a look", "not established"].index)
    assert order.is_monotonic_increasing
    assert table["probability"].between(0, 1).all()


def test_contact_reasons_are_among_the_segments(fallen):
    assert row(fallen, "ticket_volume", "reason = login")["verdict"] == "confirmed"


def test_more_activity_is_no_shift_of_a_rate():
    found = cx.find_shifts(
        cx.load(company(2, more=2.0, activity=2.0)), ["contact_rate", "ticket_volume"], by="reason"
    )
    assert row(found, "contact_rate")["verdict"] == "not established"
    assert row(found, "ticket_volume")["verdict"] == "confirmed"


@pytest.mark.parametrize("seed", [3, 4, 5])
def test_noise_and_weekends_raise_nothing(seed):
    found = cx.find_shifts(cx.load(company(seed)), ["nps", "ticket_volume", "contact_rate", "survey_sends"])
    assert set(found.table["verdict"]) == {"not established"}
    assert found.text.startswith("0 shifts confirmed and 0 worth a look, among ")


def test_a_shift_that_ended_says_when():
    frames = company(6, more=3.0)
    back = (FIRST + pd.Timedelta(days=170)).isoformat()
    rows = frames["tickets"]
    kept = (rows["created_at"] < back) | (rows.index % 3 == 0)
    found = cx.find_shifts(cx.load(frames | {"tickets": rows[kept]}), "ticket_volume", by="plan")
    one = row(found, "ticket_volume")
    assert one["shape"] == "pulse"
    assert abs((one["ended"] - (FIRST + pd.Timedelta(days=170)).date()).days) <= 3
    assert f"over from {one['ended'].day} " in found.text


def test_days_after_the_extract_ends_are_not_read_as_a_fall():
    frames = company(7)
    rows = frames["tickets"]
    end = (FIRST + pd.Timedelta(days=170)).isoformat()
    kept = (rows["created_at"] < end) | (rows.index % 60 == 0)
    found = cx.find_shifts(cx.load(frames | {"tickets": rows[kept]}), "ticket_volume", by="plan")
    assert row(found, "ticket_volume")["verdict"] == "not established"
    (said,) = [caveat.text for caveat in found.caveats if caveat.code == "truncated"]
    assert said == "Hardly any rows from 19 June 2020 on, so nothing later was scanned: ticket_volume."


def test_what_cannot_be_scanned_is_named():
    found = cx.find_shifts(cx.load(company(8)))
    (said,) = [caveat.text for caveat in found.caveats if caveat.code == "not_scanned"]
    assert "survey_response_time" in said
    assert "(a duration)" in said
    assert "survey_response_rate.nowcast (a nowcast)" in said
    scanned = set(found.table["metric"])
    allowed = cx.list_metrics(cx.load(company(8))).table.query("available")["metric"]
    thin = " ".join(caveat.text for caveat in found.caveats)
    assert all(name in scanned or name in thin for name in allowed)


def test_only_durations_are_refused():
    with pytest.raises(
        UsageError, match=re.escape("metrics: found 'survey_response_time', a duration, expected a net")
    ):
        cx.find_shifts(cx.load(company(8)), "survey_response_time")


def test_an_unknown_segment_is_refused_with_the_near_name():
    with pytest.raises(UnknownNameError, match=re.escape("Did you mean 'plan'?")):
        cx.find_shifts(cx.load(company(8)), ["nps", "ticket_volume"], by="plam")


def test_a_segment_that_only_one_table_has_leaves_the_other_whole():
    found = cx.find_shifts(cx.load(company(8)), ["nps", "ticket_volume"], by="reason")
    assert set(found.table.loc[found.table["metric"] == "nps", "segment"]) == {"all"}
    assert len(found.table) == 4


def test_a_short_history_is_said():
    found = cx.find_shifts(cx.load(company(8)), "nps", start="2020-02-15", end="2020-05-01")
    (said,) = [caveat.text for caveat in found.caveats if caveat.code == "short_history"]
    assert said == "As few as 45 days before the window; at least 60 are needed: nps."


def test_plain_values_for_json():
    found = cx.find_shifts(cx.load(company(1, drop=0.25)), "nps").to_dict()
    assert found["q"] == 0.10
    assert re.fullmatch(r"2020-\d\d-\d\d", found["rows"][0]["onset"])
    assert found["rows"][-1]["onset"] is None


def test_the_sends_of_the_story_fell_where_they_were_planted(sample):
    found = cx.find_shifts(sample, "survey_sends", by="plan", start="2020-01-01", end="2020-03-01")
    one = row(found, "survey_sends", "plan = term")
    assert one["verdict"] == "confirmed"
    assert str(one["onset_from"]) <= "2020-02-04" < str(one["onset_to"])
    assert one["upper"] < 0
