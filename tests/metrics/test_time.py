"""Time through the whole chain: periods of a zone, what is not over yet, and clocks of working hours."""

import datetime as dt
from collections import Counter
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cxlib as cx
from cxlib.data.clock import to_microseconds
from cxlib.data.schedules import build_schedule, open_between
from cxlib.metrics.catalogue import catalogue
from tests.metrics.company import company, load, surveys, value_of
from tests.small_desk import ALWAYS, schedule
from tests.strategies import weekly_hours, zones

WHOLE_YEAR = '[data_through]\ntickets = "2020-12-31"\n'
VALUES = ["value", "lower", "upper", "n", "numerator", "denominator"]


def created(*instants):
    """Tickets of these instants, and nothing else of them."""
    spelled = [pd.Timestamp(one).tz_convert("UTC").strftime("%Y-%m-%dT%H:%M:%S.%fZ") for one in instants]
    return {
        "tickets": pd.DataFrame({"ticket_id": [str(i) for i in range(len(spelled))], "created_at": spelled})
    }


def counts(data, freq, **ask):
    table = cx.measure(data, "ticket_volume", freq=freq, **ask).table
    return dict(zip(table["period"], table["value"], strict=True))


# a ticket each half hour from a fortnight before the change of the clock to a fortnight after it
CHANGES = {
    "London, spring": ("Europe/London", "2020-03-29", "2020-W13", 23),
    "London, autumn": ("Europe/London", "2020-10-25", "2020-W43", 25),
    "Los Angeles, spring": ("America/Los_Angeles", "2020-03-08", "2020-W10", 23),
    "Los Angeles, autumn": ("America/Los_Angeles", "2020-11-01", "2020-W44", 25),
    "Lord Howe, autumn": ("Australia/Lord_Howe", "2020-04-05", "2020-W14", 24.5),
    "Casablanca, before Ramadan": ("Africa/Casablanca", "2020-04-19", "2020-W16", 25),
}


@pytest.mark.parametrize(("zone", "day", "week", "hours"), CHANGES.values(), ids=CHANGES)
def test_the_day_of_a_clock_change_and_its_week_have_their_true_length(tmp_path, zone, day, week, hours):
    change = pd.Timestamp(day, tz=zone)
    moments = pd.date_range(change - pd.Timedelta(days=14), change + pd.Timedelta(days=14), freq="30min")
    data = load(tmp_path, created(*moments), as_of="2021-01-01", toml=f'zone = "{zone}"')
    local = [moment.astimezone(ZoneInfo(zone)).date() for moment in moments.to_pydatetime()]
    days = counts(data, "D")
    assert days == {str(one): number for one, number in Counter(local).items()}
    assert days[day] == 2 * hours
    assert counts(data, "W")[week] == 2 * (6 * 24 + hours)
    months = Counter(f"{one:%Y-%m}" for one in local)
    assert counts(data, "M") == months


def test_the_day_that_samoa_left_out_is_empty_and_nothing_is_lost_around_it(tmp_path):
    moments = pd.date_range("2011-12-28T00:00", "2012-01-01T23:30", freq="30min", tz="Pacific/Apia")
    data = load(tmp_path, created(*moments), as_of="2012-02-01", toml='zone = "Pacific/Apia"')
    days = cx.measure(data, "ticket_volume", freq="D").table
    found = dict(zip(days["period"], days["value"].fillna(0), strict=True))
    assert found == {
        "2011-12-28": 48,
        "2011-12-29": 48,
        "2011-12-30": 0,  # the calendar went from the 29th to the 31st
        "2011-12-31": 48,
        "2012-01-01": 48,
    }
    assert counts(data, "M") == {"2011-12": 144, "2012-01": 48}
    assert sum(counts(data, "W").values()) == len(moments) == 192


@pytest.mark.parametrize(
    ("week_start", "labels"),
    [
        ("monday", {"2020-W05": 2, "2020-W06": 2}),
        ("sunday", {"2020-01-26": 1, "2020-02-02": 3}),
        ("saturday", {"2020-02-01": 3, "2020-02-08": 1}),
    ],
)
def test_a_week_begins_where_the_settings_say(tmp_path, week_start, labels):
    # Saturday 1, Sunday 2, Monday 3 and Saturday 8 February, noon in Los Angeles
    moments = [pd.Timestamp(f"2020-02-{day:02d}T12:00", tz="America/Los_Angeles") for day in (1, 2, 3, 8)]
    toml = f'zone = "America/Los_Angeles"\nweek_start = "{week_start}"\n'
    assert counts(load(tmp_path, created(*moments), toml=toml), "W") == labels


@settings(max_examples=20)
@given(zones, st.lists(st.integers(1_577_836_800, 1_609_459_199), min_size=1, max_size=30), st.data())
def test_every_instant_is_in_the_period_of_its_local_date(tmp_path_factory, zone, seconds, data):
    freq = data.draw(st.sampled_from("DWMQY"))
    moments = [pd.Timestamp(second, unit="s", tz="UTC") for second in seconds]
    company = load(
        tmp_path_factory.mktemp("zone"),
        created(*moments),
        as_of="2022-01-01",
        toml=f'zone = "{zone}"\n{WHOLE_YEAR}',
    )
    table = cx.measure(company, "ticket_volume", freq=freq).table
    local = [moment.to_pydatetime().astimezone(ZoneInfo(zone)).date() for moment in moments]
    expected = [
        sum(start <= one < end for one in local)
        for start, end in zip(table["start"], table["end"], strict=True)
    ]
    assert table["value"].tolist() == expected
    assert sum(expected) == len(moments)


@pytest.mark.parametrize("middle", ["2020-01-17", "2020-02-29", "2020-03-08"])
def test_two_ranges_that_join_add_up_to_the_whole(year_of_everything, middle):
    begin, end = "2020-01-05", "2020-04-11"
    names = ["nps", "contact_rate", "ticket_volume", "first_response_time"]

    def sums(start, stop):
        table = cx.measure(year_of_everything, names, freq="Y", start=start, end=stop).table
        return table.set_index("metric")[["n", "numerator"]]

    pd.testing.assert_frame_equal(
        sums(begin, middle) + sums(middle, end), sums(begin, end), check_dtype=False
    )


SENDS = ("2020-02-10T10:00:00Z", "2020-03-02T10:00:00Z")


def asked(n, sent=SENDS[0], *, answered=True):
    """So many surveys sent at one instant, each answered a day later."""
    reply = (pd.Timestamp(sent) + pd.Timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ") if answered else None
    rows = [(f"{sent}{i}", "nps", sent, reply, 9 if answered else None, f"c{i}") for i in range(n)]
    return surveys(*rows)


@pytest.mark.parametrize(
    ("n", "as_of", "statuses"),
    [
        # metric: nps has no horizon, survey_response_rate one of 14 days
        (25, "2020-02-20", {"nps": "partial", "survey_response_rate": "immature"}),  # partial as well
        (25, "2020-03-01", {"nps": "ok", "survey_response_rate": "immature"}),
        (25, "2020-03-14", {"nps": "ok", "survey_response_rate": "immature"}),
        (25, "2020-03-15", {"nps": "ok", "survey_response_rate": "ok"}),
        (5, "2020-02-20", {"nps": "partial", "survey_response_rate": "immature"}),  # few as well
        (5, "2020-03-14", {"nps": "low_n", "survey_response_rate": "immature"}),
        (5, "2020-03-15", {"nps": "low_n", "survey_response_rate": "low_n"}),
        (19, "2020-04-01", {"nps": "low_n", "survey_response_rate": "low_n"}),
        (20, "2020-04-01", {"nps": "ok", "survey_response_rate": "ok"}),
        (0, "2020-02-20", {"nps": "no_data", "survey_response_rate": "no_data"}),  # unfinished as well
        (0, "2020-04-01", {"nps": "no_data", "survey_response_rate": "no_data"}),
    ],
)
def test_the_status_is_the_first_that_applies(tmp_path, n, as_of, statuses):
    frames = {"surveys": pd.concat([asked(30, "2020-01-05T10:00:00Z"), asked(n)], ignore_index=True)}
    data = load(tmp_path, frames, as_of=as_of, toml='[data_through]\nsurveys = "2020-12-31"\n')
    table = cx.measure(data, list(statuses), start="2020-02-01", end="2020-03-01").table
    assert dict(zip(table["metric"], table["status"], strict=True)) == statuses
    assert (table["value"].isna() == (table["status"] == "no_data")).all()


def test_a_value_is_there_whatever_the_status_but_no_data(tmp_path):
    data = load(tmp_path, {"surveys": asked(5)}, as_of="2020-02-20")
    row = value_of(cx.measure(data, "survey_response_rate"), period="2020-02")
    assert (row["status"], row["value"], row["n"]) == ("immature", 100, 5)  # nothing is scaled up


@pytest.mark.parametrize(
    ("as_of", "status"), [("2020-03-15T07:59:59Z", "immature"), ("2020-03-15T08:00:00Z", "ok")]
)
def test_a_horizon_is_so_many_times_24_hours_after_the_end_of_the_period(tmp_path, as_of, status):
    # February ends in Los Angeles on 1 March 08:00 UTC; fourteen days later it is one o'clock of summer time
    toml = 'zone = "America/Los_Angeles"\n[data_through]\nsurveys = "2020-12-31"\n'
    data = load(tmp_path, {"surveys": asked(25)}, as_of=as_of, toml=toml)
    assert value_of(cx.measure(data, "survey_response_rate"), period="2020-02")["status"] == status


def test_what_the_data_do_not_reach_is_immature_however_late_one_looks(tmp_path):
    # the last send is of 10 March: nothing says that answers after it would have been loaded
    frames = {"surveys": pd.concat([asked(25), asked(1, "2020-03-10T10:00:00Z")], ignore_index=True)}
    frame = cx.measure(load(tmp_path, frames, as_of="2020-12-01"), "survey_response_rate")
    assert value_of(frame, period="2020-02")["status"] == "immature"
    longer = load(tmp_path, frames, as_of="2020-12-01", toml='[data_through]\nsurveys = "2020-03-14"\n')
    assert value_of(cx.measure(longer, "survey_response_rate"), period="2020-02")["status"] == "ok"


def two_sides(tickets_until, orders_until):
    days = {
        "tickets": range(1, tickets_until + 1),
        "orders": range(1, orders_until + 1),
    }
    tickets = [f"2020-02-{day:02d}T12:00:00Z" for day in days["tickets"] for _ in range(2)]
    orders = [f"2020-02-{day:02d}T12:00:00Z" for day in days["orders"] for _ in range(10)]
    return {
        "tickets": pd.DataFrame({"ticket_id": [str(i) for i in range(len(tickets))], "created_at": tickets}),
        "orders": pd.DataFrame({"order_id": [str(i) for i in range(len(orders))], "ordered_at": orders}),
    }


@pytest.mark.parametrize(("tickets_until", "orders_until"), [(20, 28), (28, 20), (20, 20)])
@pytest.mark.parametrize("how", ["by the rows", "by the settings"])
def test_both_sides_of_a_ratio_end_where_the_shorter_one_does(tmp_path, tickets_until, orders_until, how):
    frames, toml = two_sides(tickets_until, orders_until), ""
    if how == "by the settings":  # the rows are there, and not complete
        frames = two_sides(29, 29)
        toml = f'[data_through]\ntickets = "2020-02-{tickets_until}"\norders = "2020-02-{orders_until}"\n'
    data = load(tmp_path, frames, as_of="2020-04-01", toml=toml)
    for freq in ("M", "Q", "Y"):
        table = cx.measure(data, "contact_intensity", freq=freq, start="2020-01-01", end="2020-04-01").table
        row = table[table["n"] > 0].iloc[0]
        # two tickets and ten orders a day, of twenty days on both sides
        assert (row["numerator"], row["denominator"], row["value"], row["status"]) == (
            40,
            200,
            200,
            "partial",
        )
    days = cx.measure(data, "contact_intensity", freq="D", start="2020-02-01", end="2020-03-01").table
    assert days["value"].tolist()[:20] == [200] * 20
    assert days["status"].tolist()[20:] == ["no_data"] * 9


@pytest.fixture(scope="module")
def everything(tmp_path_factory):
    """Loads the company with all its tables, open round the clock."""
    folder = tmp_path_factory.mktemp("everything")
    minutes = "minutes = { urgent = 60, default = 600 }"
    targets = f'[targets.first_response_time]\nclock = "business"\n{minutes}\n'

    def load_frames(frames, as_of="2020-06-01", zone="UTC"):
        toml = f'zone = "{zone}"\n{schedule(ALWAYS, zone=zone)}\n{targets}'
        toml += '[reasons]\nis_issue = ["login"]\nurgent = ["login"]\n'
        return load(folder, frames, as_of=as_of, toml=toml)

    return load_frames


@pytest.fixture(scope="module")
def year_of_everything(everything):
    return everything(company())


def allowed(data):
    listed = cx.list_metrics(data).table
    return listed.loc[listed["available"], "metric"].tolist()


CUT = pd.Timestamp("2020-03-20T09:30:00Z")


def until(frames, cut):
    """The frames as they stood at an instant: later rows gone, later stamps blank."""
    basis = {
        "surveys": "sent_at",
        "tickets": "created_at",
        "messages": "sent_at",
        "ticket_events": "at",
        "orders": "ordered_at",
        "reviews": "posted_at",
        "posts": "posted_at",
        "outages": "started_at",
        "trainings": "invited_at",
        "interactions": "at",
        "outreach": "at",
        "audits": "audited_at",
        "customers": "signed_up_at",
    }
    seen = {}
    for name, frame in frames.items():
        rows = frame.copy()
        for column in rows.columns[rows.columns.str.endswith("_at") | (rows.columns == "at")]:
            if column in {"renewal_at", "promised_at"}:
                continue
            late = pd.to_datetime(rows[column], utc=True) >= cut
            rows = (
                rows[~late] if column == basis.get(name) else rows.assign(**{column: rows[column].mask(late)})
            )
        if "date" in rows:
            rows = rows[
                pd.to_datetime(rows["date"], utc=True).dt.normalize() < cut.normalize() + pd.Timedelta(days=1)
            ]
        if name == "surveys":
            rows = rows.assign(score=rows["score"].where(rows["responded_at"].notna()))
        seen[name] = rows.reset_index(drop=True)
    return seen


def same(left, right):
    columns = [name for name in left if name not in VALUES]
    pd.testing.assert_frame_equal(left[columns], right[columns])
    pd.testing.assert_frame_equal(left[VALUES], right[VALUES], rtol=1e-9, atol=1e-9)


def test_rows_and_stamps_after_as_of_never_matter(everything):
    frames = company()
    whole = everything(frames).at(CUT.to_pydatetime())
    seen = everything(until(frames, CUT), as_of=CUT.isoformat())
    names = allowed(whole)
    assert names == allowed(seen)
    assert len(names) > 10
    same(cx.measure(whole, names).table, cx.measure(seen, names).table)


@pytest.mark.parametrize("as_of", ["2020-08-01", "2021-01-01", "2030-01-01"])
def test_as_of_does_not_matter_for_what_has_matured(everything, year_of_everything, as_of):
    frames = company()
    early = everything(frames, as_of="2020-07-01")
    names = [name for name in allowed(early) if catalogue()[name].horizon_days is not None]
    assert "survey_response_rate" in names
    before, after = (
        cx.measure(data, names, end="2020-04-01").table for data in (early, everything(frames, as_of=as_of))
    )
    mature = before["status"] != "immature"
    assert mature.sum() > len(names)
    same(before[mature], after[mature])


def spelled_elsewhere(frames):
    """The same instants as a clock in Kathmandu writes them, each with its offset."""
    moved = {}
    for name, frame in frames.items():
        rows = frame.copy()
        for column in rows.columns[rows.columns.str.endswith("_at") | (rows.columns == "at")]:
            there = pd.to_datetime(rows[column], utc=True).dt.tz_convert("Asia/Kathmandu")
            text = there.dt.strftime("%Y-%m-%dT%H:%M:%S+05:45").astype(object)
            rows[column] = text.where(there.notna(), None)
        moved[name] = rows
    return moved


def test_the_spelling_of_an_instant_changes_nothing(everything, year_of_everything):
    names = allowed(year_of_everything)
    there = everything(spelled_elsewhere(company()))
    same(cx.measure(year_of_everything, names).table, cx.measure(there, names).table)


def business_pairs():
    names = set(catalogue())
    return sorted(name for name in names if f"{name}.business" in names)


def test_every_duration_of_a_desk_has_its_business_clock():
    assert {"first_response_time", "full_resolution_time", "first_resolution_time"} <= set(business_pairs())


@pytest.mark.parametrize("zone", ["UTC", "America/New_York"])
@pytest.mark.parametrize("metric", business_pairs())
def test_round_the_clock_business_time_is_calendar_time(everything, metric, zone):
    data = everything(company(), zone=zone)
    for freq in ("M", "W"):
        plain, business = (cx.measure(data, name, freq=freq).table for name in (metric, f"{metric}.business"))
        assert plain["n"].sum() > 100
        pd.testing.assert_frame_equal(plain[VALUES], business[VALUES], check_exact=True)
        assert plain["status"].tolist() == business["status"].tolist()


YEAR = (dt.datetime(2020, 1, 3, tzinfo=dt.UTC), dt.datetime(2020, 12, 28, tzinfo=dt.UTC))
moments = st.integers(*(to_microseconds(one) // 1_000_000 for one in YEAR))


@settings(max_examples=15)
@given(weekly_hours(), zones, st.lists(st.tuples(moments, moments).map(sorted), min_size=1, max_size=12))
def test_a_business_wait_is_the_open_time_between_its_ends(tmp_path_factory, hours, zone, waits):
    listed = ", ".join(f"{day} = {spans}".replace("'", '"') for day, spans in hours.items())
    toml = schedule("{ " + listed + " }", zone=zone) + WHOLE_YEAR
    starts, ends = np.array(waits).T
    stamps = [
        pd.to_datetime(one, unit="s", utc=True).strftime("%Y-%m-%dT%H:%M:%SZ") for one in (starts, ends)
    ]
    ids = [str(i) for i in range(len(waits))]
    tickets = pd.DataFrame(
        {"ticket_id": ids, "created_at": stamps[0], "first_replied_at": stamps[1], "trial": ids}
    )
    data = load(tmp_path_factory.mktemp("wait"), {"tickets": tickets}, as_of="2021-01-01", toml=toml)
    table = cx.measure(
        data, "first_response_time.business", by="trial", freq="Y", start="2020-01-01", end="2021-01-01"
    )
    found = table.table.set_index("trial")["value"].reindex(ids).to_numpy()
    spec = {"zone": zone, "hours": hours}
    own = build_schedule("own", spec, start=dt.date(2020, 1, 1), end=dt.date(2021, 1, 1))
    expected = open_between(own, starts * 1_000_000, ends * 1_000_000) / 60e6
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9)
