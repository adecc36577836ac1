"""Periods, status, segments, sentences and daily cells: what holds for results of any metric."""

import datetime as dt
import re

import pandas as pd
import pytest

import cxlib as cx
from cxlib.errors import UnknownNameError, UsageError
from cxlib.metrics.cuts import measure_cuts
from cxlib.metrics.measure import daily_cells, daily_exposure
from tests.metrics.company import company, load, surveys, value_of


def tickets(*created, **columns):
    rows = pd.DataFrame({"ticket_id": [str(i) for i in range(len(created))], "created_at": created})
    return {"tickets": rows.assign(**columns)}


def test_every_period_of_the_range_is_there_and_counts_are_zero(tmp_path):
    data = load(tmp_path, tickets("2020-01-05T00:00:00Z", "2020-03-05T00:00:00Z"))
    table = cx.measure(data, "ticket_volume").table
    assert list(table["period"]) == ["2020-01", "2020-02", "2020-03"]
    assert list(table["value"]) == [1, 0, 1]
    assert list(table["status"]) == ["ok", "ok", "ok"]


def test_periods_before_the_data_and_after_as_of_hold_no_data(tmp_path):
    data = load(tmp_path, tickets("2020-02-05T00:00:00Z"), as_of="2020-02-20")
    table = cx.measure(data, "ticket_volume", start=dt.date(2019, 12, 1), end=dt.date(2020, 5, 1)).table
    assert list(table["status"]) == ["no_data", "no_data", "partial", "no_data", "no_data"]
    assert table["value"].isna().tolist() == [True, True, False, True, True]


def test_a_range_cuts_its_first_and_last_period(tmp_path):
    data = load(tmp_path, tickets("2020-02-09T23:59:59Z", "2020-02-15T00:00:00Z", "2020-02-20T00:00:00Z"))
    row = value_of(cx.measure(data, "ticket_volume", start=dt.date(2020, 2, 10), end=dt.date(2020, 2, 20)))
    assert (row["value"], row["status"]) == (1, "partial")
    assert (row["start"], row["end"]) == (dt.date(2020, 2, 10), dt.date(2020, 2, 20))


@pytest.mark.parametrize(
    ("freq", "labels"),
    [
        ("D", ["2020-02-29", "2020-03-01"]),
        ("W", ["2020-W09"]),
        ("M", ["2020-02", "2020-03"]),
        ("Q", ["2020-Q1"]),
        ("Y", ["2020"]),
    ],
)
def test_a_month_ends_at_local_midnight(tmp_path, freq, labels):
    # 05:59 and 06:00 UTC are the last minute of February and the first of March in Chicago
    both = tickets("2020-03-01T05:59:00Z", "2020-03-01T06:00:00Z")
    data = load(tmp_path, both, toml='zone = "America/Chicago"')
    table = cx.measure(data, "ticket_volume", freq=freq).table
    assert list(table["period"]) == labels
    assert list(table["value"]) == [2 / len(labels)] * len(labels)


def test_segments_come_from_the_row_its_customer_and_the_customers_account(tmp_path):
    frames = tickets(
        *["2020-02-05T00:00:00Z"] * 4, customer_id=["ann", "bob", "zoe", None], channel=["a", "", "a", "b"]
    )
    frames["customers"] = pd.DataFrame(
        {"customer_id": ["ann", "bob"], "account_id": ["x", "y"], "plan": ["pro", None]}
    )
    frames["accounts"] = pd.DataFrame({"account_id": ["x"], "name": ["X Ltd"], "size": ["big"]})
    data = load(tmp_path, frames)

    def counts(by):
        table = cx.measure(data, "ticket_volume", by=by).table
        return dict(zip(table[by], table["value"], strict=True))

    assert counts("channel") == {"(none)": 1, "a": 2, "b": 1}
    assert counts("plan") == {"(none)": 1, "(unknown)": 2, "pro": 1}
    assert counts("size") == {"(unknown)": 3, "big": 1}


def test_a_segment_that_vanished_stays_as_a_zero(tmp_path):
    data = load(tmp_path, tickets("2020-01-05T00:00:00Z", "2020-02-05T00:00:00Z", channel=["chat", "email"]))
    frame = cx.measure(data, "ticket_volume", by="channel")
    assert value_of(frame, period="2020-02", channel="chat")["value"] == 0


def test_an_exposure_without_a_contact_is_a_rate_of_zero(tmp_path):
    frames = tickets("2020-02-05T00:00:00Z", customer_id=["ann"])
    frames["customers"] = pd.DataFrame({"customer_id": ["ann", "bob"], "plan": ["pro", "free"]})
    frames["orders"] = pd.DataFrame(
        {"order_id": ["1", "2"], "ordered_at": "2020-02-05T00:00:00Z", "customer_id": ["ann", "bob"]}
    )
    frame = cx.measure(load(tmp_path, frames), "contact_intensity", by="plan")
    assert value_of(frame, plan="free")["value"] == 0
    assert value_of(frame, plan="pro")["value"] == 1000


def answers(month, promoters):
    """A hundred answers of a month, so many promoters and else detractors."""
    day = f"2020-{month}-02T00:00:00Z"
    return [(f"{month}-{i}", "nps", day, day, 10 if i < promoters else 0, f"c{i}") for i in range(100)]


def noisy(february, march):
    return surveys(*answers("02", february), *answers("03", march))


def test_the_text_says_whether_a_change_is_noise(tmp_path):
    noise = cx.measure(load(tmp_path, {"surveys": noisy(60, 56)}), "nps")
    fall = cx.measure(load(tmp_path, {"surveys": noisy(60, 30)}), "nps")
    assert noise.text == (
        "nps in 2020-03: 12.0 points (95 % interval [\u22127.4, 30.7], 100 rows). "
        "Against 2020-02 that is \u22128.0 points, which is within noise."
    )
    assert fall.text.endswith("Against 2020-02 that is \u221260.0 points, which is more than noise.")


def test_the_text_does_not_judge_few_rows_or_unfinished_periods(tmp_path):
    at = "2020-03-02T00:00:00Z"
    few = surveys(("1", "nps", at, at, 10, "ann"))
    assert "too few to judge (fewer than 20)" in cx.measure(load(tmp_path, {"surveys": few}), "nps").text
    unfinished = load(tmp_path, {"surveys": few}, as_of="2020-03-20")
    assert cx.measure(unfinished, "nps").text == "nps: no complete period yet; 2020-03 is partial."


def test_daily_cells_hold_sums_by_day_and_segment(tmp_path):
    rows = surveys(
        ("1", "nps", "2020-02-01T00:00:00Z", "2020-02-03T10:00:00Z", 10, "ann"),
        ("2", "nps", "2020-02-01T00:00:00Z", "2020-02-04T10:00:00Z", 0, "bob"),
    ).assign(trigger=["mail", "app"])
    data = load(tmp_path, {"surveys": rows})
    cells = daily_cells(data, "nps", by="trigger")
    assert cells.to_dict("list") == {
        "day": [18295, 18296],
        "trigger": ["mail", "app"],
        "n": [1.0, 1.0],
        "total": [100.0, -100.0],
        "squares": [10000.0, 10000.0],
    }
    sent = daily_cells(data, "nps", basis="sent_at")
    assert sent.to_dict("list") == {"day": [18293], "n": [2.0], "total": [0.0], "squares": [20000.0]}
    assert len(daily_cells(data, "nps", start=dt.date(2020, 2, 4))) == 1
    with pytest.raises(UnknownNameError, match=re.escape("basis: found 'sent', expected an instant or date")):
        daily_cells(data, "nps", basis="sent")


def test_daily_exposure_is_what_a_rate_is_divided_by(tmp_path):
    data = load(tmp_path, company(), as_of="2020-06-01")
    exposure = daily_exposure(data, "contact_rate", by=["plan", "reason"])
    assert list(exposure.columns) == ["day", "plan", "exposure"]
    assert exposure["exposure"].sum() == company()["activity"]["count"].sum()
    with pytest.raises(UsageError, match=re.escape("metric 'nps': found kind 'net', expected a rate.")):
        daily_exposure(data, "nps")


def test_cuts_and_grains_come_as_frames_of_their_own(tmp_path):
    data = load(tmp_path, company(), as_of="2020-06-01")
    frames = measure_cuts(data, None, freqs=["M", "Q"], cuts=[(), ("channel",)])
    assert [(frame.freq, frame.by) for frame in frames] == [
        ("M", ()),
        ("Q", ()),
        ("M", ("channel",)),
        ("Q", ("channel",)),
    ]
    by_channel, whole = set(frames[2].unit), set(frames[0].unit)
    assert {"ticket_volume", "backlog", "next_response_time", "contact_rate", "one_touch_rate"} <= by_channel
    assert {"nps", "return_rate", "availability"} <= whole - by_channel
    assert not any("." in name for name in whole)
    (left_out,) = [caveat.text for caveat in frames[2].caveats if caveat.code == "left_out"]
    assert left_out.startswith("Not measured by channel, for their tables do not allow it: nps, ")
    assert all(name in left_out for name in whole - by_channel)
    assert [caveat.code for caveat in frames[0].caveats if caveat.code in {"left_out", "variants"}] == [
        "variants"
    ]


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        ({"freq": "month"}, "freq: found 'month', expected one of D, M, Q, W or Y."),
        ({"by": ["channel", "channel"]}, "by: found 'channel' twice"),
        ({"by": "value"}, "by: found 'value' as a segment"),
        ({"start": dt.date(2020, 3, 1), "end": dt.date(2020, 2, 1)}, "start: found 2020-03-01"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_words(tmp_path, ask, message):
    data = load(tmp_path, tickets("2020-02-05T00:00:00Z", channel=["chat"], value=["odd"]))
    with pytest.raises(UsageError, match=re.escape(message)):
        cx.measure(data, "ticket_volume", **ask)


def test_an_overdispersed_rate_has_the_wider_interval(tmp_path):
    months = pd.period_range("2019-01", "2020-02", freq="M")
    calm, wild = [20] * 14, [5, 35] * 7

    def last_row(counts):
        created = [f"{month}-05T00:00:00Z" for month, n in zip(months, counts, strict=True) for _ in range(n)]
        frames = tickets(*created)
        frames["activity"] = pd.DataFrame(
            {"date": [f"{month}-05" for month in months], "kind": "order", "count": 1000}
        )
        return cx.measure(load(tmp_path, frames), "contact_rate").table.iloc[-2]

    narrow, wide = last_row(calm), last_row(wild)
    assert (narrow["value"], wide["value"]) == (20.0, 5.0)
    assert narrow["upper"] - narrow["value"] == pytest.approx(10.9, abs=0.1)  # Poisson of 20
    # Poisson of 5 reaches 6.7 above it; the months before vary 12 times as much as Poisson
    assert wide["upper"] - wide["value"] == pytest.approx(6.67 * 12.3**0.5, abs=0.6)
