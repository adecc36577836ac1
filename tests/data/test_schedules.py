"""Business hours: hand cases of weekends, nights, holidays and clock changes; laws of F; the day table."""

import re
from datetime import UTC, date, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxlib.data.clock import DAY_US, local_day_number, to_microseconds
from cxlib.data.schedules import NEVER, build_schedule, day_table, instant_at, open_between, open_time
from cxlib.errors import ConfigError, CxError, UnknownNameError, UsageError
from tests.strategies import weekly_hours, zones

HOUR_US = 3_600_000_000
MINUTE_US = 60_000_000
START, END = date(2020, 1, 1), date(2021, 1, 1)
WEEKDAYS = {day: ["09:00-12:00", "13:00-17:00"] for day in ("mon", "tue", "wed", "thu", "fri")}
ALWAYS = {day: ["00:00-24:00"] for day in (*WEEKDAYS, "sat", "sun")}
YEAR = (
    to_microseconds(datetime(2020, 1, 2, tzinfo=UTC)),
    to_microseconds(datetime(2020, 12, 30, tzinfo=UTC)),
)

instants_2020 = st.integers(*YEAR)


def at(month, day, hour=0, minute=0):
    return to_microseconds(datetime(2020, month, day, hour, minute, tzinfo=UTC))


def schedule(hours, zone="UTC", holidays=(), start=START, end=END):
    return build_schedule(
        "support", {"zone": zone, "hours": hours, "holidays": list(holidays)}, start=start, end=end
    )


def minutes(found, start, end):
    return int(open_between(found, start, end)) / MINUTE_US


def by_day_table(found, instants):
    """F as the SQL join computes it."""
    table = day_table(found).set_index("day")
    day = local_day_number(instants, found.zone)
    rows = table.loc[day]
    total = rows["cum"].to_numpy().copy()
    for k in range(1, (table.shape[1] - 1) // 2 + 1):
        total += np.maximum(0, np.minimum(instants - rows[f"o{k}"].to_numpy(), rows[f"l{k}"].to_numpy()))
    return total


def test_a_ticket_of_friday_evening_answered_on_monday_waited_its_office_minutes():
    # Friday 7 February 16:30-17:00, Monday 9:00-12:00 and 13:00-13:10
    assert minutes(schedule(WEEKDAYS), at(2, 7, 16, 30), at(2, 10, 13, 10)) == 30 + 180 + 10


def test_saturday_noon_on_weekday_hours_is_a_true_zero():
    assert minutes(schedule(WEEKDAYS), at(2, 8, 12), at(2, 8, 14)) == 0


def test_a_night_shift_belongs_to_the_day_it_starts_and_a_holiday_closes_what_starts_on_it():
    night = {"fri": ["22:00-02:00"], "sat": ["01:00-03:00"]}
    assert minutes(schedule(night), at(2, 7), at(2, 9)) == 5 * 60
    assert minutes(schedule(night, holidays=["2020-02-07"]), at(2, 7), at(2, 9)) == 2 * 60
    assert minutes(schedule(night, holidays=[date(2020, 2, 8)]), at(2, 7), at(2, 9)) == 4 * 60


def test_the_night_before_the_first_day_reaches_into_it():
    found = schedule({"fri": ["22:00-02:00"]}, start=date(2020, 2, 8))
    assert minutes(found, at(2, 8), at(2, 9)) == 2 * 60


def test_hours_around_the_spring_change_of_london_lose_the_gap():
    nights = {"sun": ["00:00-06:00"]}
    assert minutes(schedule(nights, "Europe/London"), at(3, 28), at(3, 30)) == 5 * 60
    assert minutes(schedule(nights, "Europe/London"), at(10, 24), at(10, 26)) == 7 * 60


def test_an_opening_inside_the_gap_moves_forward_by_the_gap():
    # 01:30 does not exist on 29 March; it is 02:30 summer time, so that 02:30-03:00 remains
    assert minutes(schedule({"sun": ["01:30-03:00"]}, "Europe/London"), at(3, 28), at(3, 30)) == 30


def test_a_closing_time_that_comes_twice_is_its_first():
    assert minutes(schedule({"sun": ["00:00-01:30"]}, "Europe/London"), at(10, 24), at(10, 26)) == 90


def test_office_hours_of_los_angeles_follow_its_clock_and_not_todays_offset():
    found = schedule({"mon": ["09:00-17:00"]}, "America/Los_Angeles")
    opens = found.opens[(found.opens > at(3, 1)) & (found.opens < at(3, 17))]
    assert opens.tolist() == [at(3, 2, 17), at(3, 9, 16), at(3, 16, 16)]


def test_the_friday_that_samoa_left_out_opens_nothing():
    spec = {"zone": "Pacific/Apia", "hours": {"thu": ["09:00-10:00"], "fri": ["09:00-17:00"]}}
    found = build_schedule("support", spec, start=date(2011, 12, 26), end=date(2012, 1, 2))
    assert (found.closes - found.opens).tolist() == [HOUR_US]


@given(zones, instants_2020, instants_2020)
def test_always_open_equals_the_calendar_exactly(zone, one, other):
    start, end = sorted((one, other))
    assert open_between(schedule(ALWAYS, zone), start, end) == end - start


@given(weekly_hours(), zones, st.lists(instants_2020, min_size=3, max_size=3))
def test_open_time_adds_up_never_falls_and_never_passes_the_calendar(hours, zone, instants):
    a, b, c = sorted(instants)
    found = schedule(hours, zone)
    assert open_between(found, a, b) + open_between(found, b, c) == open_between(found, a, c)
    assert 0 <= open_between(found, a, b) <= b - a


@given(weekly_hours(), zones, st.lists(instants_2020, min_size=1, max_size=20))
def test_the_inverse_leads_back_inside_open_time_and_is_the_earliest_instant(hours, zone, instants):
    found = schedule(hours, zone)
    spent = open_time(found, instants)
    back = instant_at(found, spent)
    np.testing.assert_array_equal(open_time(found, back[back != NEVER]), spent[back != NEVER])
    inside = (
        (found.opens < np.array(instants)[:, None]) & (found.closes >= np.array(instants)[:, None])
    ).any(axis=1)
    np.testing.assert_array_equal(back[inside], np.array(instants)[inside])
    assert (back[spent > 0] <= np.array(instants)[spent > 0]).all()


@given(weekly_hours(), zones, st.lists(instants_2020, min_size=1, max_size=50))
def test_the_day_table_gives_the_same_open_time_as_the_search(hours, zone, instants):
    found = schedule(hours, zone)
    instants = np.array(instants)
    np.testing.assert_array_equal(by_day_table(found, instants), open_time(found, instants))


@pytest.mark.parametrize("hours", [ALWAYS, {"sat": ["22:00-03:00"], "sun": ["00:30-06:00"]}])
def test_the_day_table_holds_also_where_a_day_comes_twice(hours):
    # St. John's, 2010-11-07: at 00:01 back to 23:01 of the 6th
    found = schedule(hours, "America/St_Johns", start=date(2010, 11, 1), end=date(2010, 11, 15))
    change = to_microseconds(datetime(2010, 11, 7, 2, 31, tzinfo=UTC))
    instants = change + np.arange(-180, 181) * MINUTE_US
    np.testing.assert_array_equal(by_day_table(found, instants), open_time(found, instants))


@given(weekly_hours(), st.integers(1, 95))
def test_splitting_an_interval_changes_nothing(hours, quarter):
    cut = f"{quarter // 4:02d}:{quarter % 4 * 15:02d}"
    split = {
        day: [
            part
            for interval in intervals
            for part in (
                [f"{interval[:5]}-{cut}", f"{cut}-{interval[6:]}"]
                if interval[:5] < cut < interval[6:]
                else [interval]
            )
        ]
        for day, intervals in hours.items()
    }
    one, other = schedule(hours), schedule(split)
    np.testing.assert_array_equal(one.opens, other.opens)
    np.testing.assert_array_equal(one.closes, other.closes)


def test_a_deadline_is_the_closing_time_at_which_the_target_is_used_up():
    found = schedule(WEEKDAYS)
    start = open_time(found, at(2, 7, 16))
    deadlines = instant_at(found, start + np.array([60, 61]) * MINUTE_US)
    assert deadlines.tolist() == [at(2, 7, 17), at(2, 10, 9, 1)]


def test_a_deadline_beyond_the_range_never_comes():
    found = schedule({"mon": ["09:00-10:00"]}, start=date(2020, 2, 3), end=date(2020, 2, 4))
    late = instant_at(found, [HOUR_US, HOUR_US + 1])
    assert late.view("datetime64[us]").astype(str).tolist() == ["2020-02-03T10:00:00.000000", "NaT"]
    closed = schedule({}, start=date(2020, 2, 3), end=date(2020, 2, 4))
    assert instant_at(closed, [0]).tolist() == [NEVER]
    assert open_time(closed, [at(2, 3, 12)]).tolist() == [0]


def test_the_day_table_has_a_pair_for_each_interval_of_the_fullest_day():
    table = day_table(
        schedule({"mon": ["09:00-12:00", "13:00-17:00"], "tue": ["22:00-01:00"]}, end=date(2020, 1, 9))
    )
    assert list(table.columns) == ["day", "cum", "o1", "l1", "o2", "l2"]
    assert (table["l1"] // HOUR_US).tolist() == [
        1,
        0,
        0,
        0,
        0,
        3,
        2,
        1,
    ]  # the first hour is of the night before
    assert (table["l2"] // HOUR_US).tolist() == [0, 0, 0, 0, 0, 4, 0, 0]
    assert (table["cum"] // HOUR_US).tolist() == [0, 1, 1, 1, 1, 1, 8, 10]
    assert (table.dtypes == np.int64).all()


def test_an_instant_outside_the_range_is_refused_and_not_counted_as_closed():
    found = schedule(WEEKDAYS, start=date(2020, 2, 1), end=date(2020, 3, 1))
    message = (
        "schedule 'support': found 2020-03-01T00:00:01+00:00, "
        "expected an instant from 2020-02-01 to before 2020-03-01. "
        "Fix: build the schedule for a longer range of days."
    )
    with pytest.raises(CxError, match=f"^{re.escape(message)}$"):
        open_time(found, found.bounds[0] + 29 * DAY_US + 1_000_000)


def test_negative_open_time_is_refused():
    with pytest.raises(UsageError, match=re.escape("open time: found -5 µs, expected 0 or more.")):
        instant_at(schedule(WEEKDAYS), [-5])


@pytest.mark.parametrize(
    "interval", ["9-17", "09:00-09:00", "09:00-25:00", "24:00-09:00", "09:00–17:00", 7, "09:60-10:00"]
)
def test_what_is_no_interval_is_refused(interval):
    where = "cxlib.toml, schedules.support.hours.mon"
    message = f"{where}: found '{interval}', expected HH:MM-HH:MM with two different times."
    with pytest.raises(ConfigError, match=f"^{re.escape(message)}"):
        schedule({"mon": [interval]})


def test_a_day_with_another_name_is_refused_with_the_near_one():
    with pytest.raises(UnknownNameError, match=re.escape("Did you mean 'mon'?")):
        schedule({"mond": ["09:00-17:00"]})


def test_hours_that_are_no_table_are_refused():
    with pytest.raises(ConfigError, match="hours: found '09:00-17:00', expected a table of days"):
        schedule("09:00-17:00")


def test_a_holiday_that_is_no_date_is_refused():
    with pytest.raises(ConfigError, match=r"holidays: found .*, expected dates as YYYY-MM-DD\."):
        schedule(WEEKDAYS, holidays=["3 July"])


def test_a_schedule_without_zone_takes_the_one_of_the_data_or_is_refused():
    spec = {"hours": {"mon": ["09:00-17:00"]}}
    found = build_schedule("support", spec, start=START, end=END, zone="Asia/Kathmandu")
    assert found.opens[0] == at(1, 6, 3, 15)
    with pytest.raises(ConfigError, match=re.escape("cxlib.toml, schedules.support.zone: found ''")):
        build_schedule("support", spec, start=START, end=END)
