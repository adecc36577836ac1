"""Zones, local days, periods and as-of: hand dates, and zoneinfo asked instant by instant."""

import re
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxlib.data.clock import (
    DAY_US,
    date_to_day,
    day_bounds_us,
    day_to_date,
    from_microseconds,
    known_zones,
    local_day_number,
    local_midnight_us,
    parse_as_of,
    period_index,
    periods,
    to_microseconds,
    wall_to_us,
    zone_of,
    zone_transitions,
)
from cxlib.errors import ConfigError, UsageError
from tests.strategies import FIRST_US, LAST_US, instants_us, zones

HOUR_US = 3_600_000_000


def us(*parts):
    return to_microseconds(datetime(*parts, tzinfo=UTC))


def day(year, month, number):
    return date_to_day(date(year, month, number))


@given(instants_us, zones)
def test_the_local_day_is_the_date_that_zoneinfo_shows(instant, zone):
    shown = from_microseconds(instant).astimezone(zone_of(zone)).date()
    assert day_to_date(local_day_number(instant, zone)) == shown


@given(st.lists(instants_us, min_size=1, max_size=20), zones)
def test_an_array_of_instants_gives_what_each_gives_alone(instants, zone):
    alone = [int(local_day_number(instant, zone)) for instant in instants]
    assert local_day_number(instants, zone).tolist() == alone


@given(instants_us, zones)
def test_the_branches_for_sql_give_the_offset_at_each_instant(instant, zone):
    changes, offsets = zone_transitions(zone, FIRST_US, LAST_US)
    expected = from_microseconds(instant).astimezone(zone_of(zone)).utcoffset() / timedelta(microseconds=1)
    assert offsets[np.searchsorted(changes, instant, side="right")] == expected


@pytest.mark.parametrize(
    ("zone", "changes"),
    [
        ("Europe/London", [(2020, 3, 29, 1), (2020, 10, 25, 1)]),
        ("America/Los_Angeles", [(2020, 3, 8, 10), (2020, 11, 1, 9)]),
        ("America/St_Johns", [(2020, 3, 8, 5, 30), (2020, 11, 1, 4, 30)]),
        ("Australia/Lord_Howe", [(2020, 4, 4, 15), (2020, 10, 3, 15, 30)]),
        ("Asia/Kathmandu", []),
    ],
)
def test_changes_of_2020_are_found_to_the_microsecond(zone, changes):
    instants, offsets = zone_transitions(zone, us(2020, 1, 1), us(2021, 1, 1))
    assert instants.tolist() == [us(*change) for change in changes]
    assert offsets.size == instants.size + 1


def test_a_change_exactly_at_the_start_is_no_branch_but_the_first_offset():
    change = us(2020, 3, 29, 1)
    instants, offsets = zone_transitions("Europe/London", change, change + DAY_US)
    assert instants.size == 0
    assert offsets.tolist() == [HOUR_US]


def test_zones_that_change_often_have_no_change_missed_since_1970():
    looks = np.arange(0, 60 * 365 * 86_400, 6 * 3600)  # a finer look than the search takes
    for zone in (
        "Africa/Casablanca",
        "Africa/Cairo",
        "America/Argentina/San_Luis",
        "Asia/Gaza",
        "Antarctica/Troll",
    ):
        changes, offsets = zone_transitions(zone, 0, int(looks[-1]) * 1_000_000)
        rules = zone_of(zone)
        expected = [
            datetime.fromtimestamp(int(second), rules).utcoffset().total_seconds() for second in looks
        ]
        found = offsets[np.searchsorted(changes, looks * 1_000_000, side="right")] / 1_000_000
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(
    ("zone", "start", "hours"),
    [
        ("Europe/London", (2020, 3, 23), 167),
        ("Europe/London", (2020, 10, 19), 169),
        ("America/Los_Angeles", (2020, 3, 2), 167),
        ("America/Los_Angeles", (2020, 10, 26), 169),
        ("America/St_Johns", (2020, 3, 2), 167),
        ("Asia/Kathmandu", (2020, 3, 23), 168),
        ("Australia/Lord_Howe", (2020, 3, 30), 168.5),
        ("Australia/Lord_Howe", (2020, 9, 28), 167.5),
    ],
)
def test_weeks_of_the_clock_change_have_their_true_length(zone, start, hours):
    monday = day(*start)
    assert (local_midnight_us(monday + 7, zone) - local_midnight_us(monday, zone)) / HOUR_US == hours


def test_a_ticket_of_1_july_half_past_six_utc_is_june_in_los_angeles():
    days = local_day_number([us(2026, 7, 1, 6, 30), us(2026, 7, 1, 7)], "America/Los_Angeles")
    codes, months = period_index(days, "M")
    assert [months[code].label for code in codes] == ["2026-06", "2026-07"]


def test_month_edges_lie_at_local_midnight():
    (february,) = periods("M", date(2020, 2, 1), date(2020, 3, 1))
    edges = [
        local_midnight_us(date_to_day(edge), "America/Los_Angeles") for edge in (february.start, february.end)
    ]
    assert edges == [us(2020, 2, 1, 8), us(2020, 3, 1, 8)]
    assert local_day_number([edges[0] - 1, edges[0], edges[1] - 1], "America/Los_Angeles").tolist() == [
        day(2020, 1, 31),
        day(2020, 2, 1),
        day(2020, 2, 29),
    ]


@given(zones, st.integers(day(2019, 1, 1), day(2021, 12, 31)))
def test_a_day_begins_and_ends_where_the_wall_clock_says(zone, number):
    first, end = (int(bound[0]) for bound in day_bounds_us([number], zone))
    assert local_day_number([first, end - 1], zone).tolist() == [number, number]
    assert local_day_number(first - 1, zone) == number - 1
    assert local_day_number(end, zone) == number + 1


def test_where_summer_time_skips_midnight_the_day_begins_at_one():
    start = local_midnight_us(day(2018, 11, 4), "America/Sao_Paulo")
    assert (
        from_microseconds(start).astimezone(zone_of("America/Sao_Paulo")).isoformat()
        == "2018-11-04T01:00:00-02:00"
    )


def test_the_day_that_samoa_left_out_is_empty_and_begins_with_the_next():
    days = np.array([day(2011, 12, 29), day(2011, 12, 30), day(2011, 12, 31)])
    first, end = day_bounds_us(days, "Pacific/Apia")
    assert ((end - first) // HOUR_US).tolist() == [24, 0, 24]
    assert first[1] == first[2] == us(2011, 12, 30, 10)


def test_where_clocks_fall_back_over_midnight_a_day_comes_twice_and_begins_at_its_first_midnight():
    # St. John's, 2010-11-07: at 00:01 back to 23:01 of the 6th
    first, end = day_bounds_us([day(2010, 11, 6), day(2010, 11, 7)], "America/St_Johns")
    assert first[1] == us(2010, 11, 7, 2, 30)
    assert end[0] == us(2010, 11, 7, 3, 30)
    shown = local_day_number([first[1], first[1] + 60_000_000, end[0]], "America/St_Johns")
    assert (shown - day(2010, 11, 7)).tolist() == [0, -1, 0]


@given(zones, instants_us)
def test_wall_times_become_the_instants_of_zoneinfo_with_the_first_of_two(zone, instant):
    wall = from_microseconds(instant).replace(tzinfo=zone_of(zone), fold=0)
    assert int(wall_to_us(instant, zone)) == to_microseconds(wall)


def test_a_wall_time_in_a_gap_moves_forward_and_the_first_of_two_counts():
    gap, twice = us(2020, 3, 29, 1, 30), us(2020, 10, 25, 1, 30)  # read as local wall clock
    found = wall_to_us([gap, twice], "Europe/London")
    assert found.tolist() == [us(2020, 3, 29, 1, 30), us(2020, 10, 25, 0, 30)]


def test_every_zone_of_the_package_can_be_read():
    assert len(known_zones()) > 500
    for name in known_zones():
        assert zone_of(name).key == name


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("Europe/Londn", " Did you mean 'Europe/London'?"),
        ("europe/london", " Did you mean 'Europe/London'?"),
        ("", ""),
    ],
)
def test_an_unknown_zone_is_refused_with_the_near_one(name, hint):
    message = (
        f"cxlib.toml, zone: found {name!r}, expected a zone of the IANA database, such as 'Europe/London'."
        f"{hint} Fix: write the zone as Area/City."
    )
    with pytest.raises(ConfigError, match=f"^{re.escape(message)}$"):
        zone_of(name, where="cxlib.toml, zone")


def test_a_zone_name_is_no_way_to_other_files():
    with pytest.raises(ConfigError, match="expected a zone"):
        zone_of("../zones")


@pytest.mark.parametrize(
    ("value", "zone", "instant"),
    [
        ("2020-03-01", "America/Los_Angeles", "2020-03-01T08:00:00+00:00"),
        (date(2020, 3, 1), None, "2020-03-01T00:00:00+00:00"),
        ("2018-11-04", "America/Sao_Paulo", "2018-11-04T03:00:00+00:00"),
        ("2020-03-01T08:00Z", "America/Los_Angeles", "2020-03-01T08:00:00+00:00"),
        ("2020-03-01 08:00:00.5+05:45", None, "2020-03-01T02:15:00.500000+00:00"),
        ("2020-10-25T01:30", "Europe/London", "2020-10-25T00:30:00+00:00"),
        (datetime(2020, 3, 1, 8, tzinfo=UTC), None, "2020-03-01T08:00:00+00:00"),
    ],
)
def test_as_of_is_the_first_local_midnight_or_the_instant_itself(value, zone, instant):
    assert parse_as_of(value, zone).isoformat() == instant


@pytest.mark.parametrize(
    "value", ["2020-02-30", "yesterday", "2020-W06", "20200301", "2020-03-01T25:00Z", ""]
)
def test_what_is_no_date_is_refused(value):
    message = (
        f"as_of: found {value!r}, expected a date of the calendar or an ISO 8601 instant. "
        "Fix: write 2020-03-01 or 2020-03-01T08:00:00Z."
    )
    with pytest.raises(UsageError, match=f"^{re.escape(message)}$"):
        parse_as_of(value, "Europe/London")


def test_an_instant_without_offset_is_refused_where_no_zone_is_declared():
    with pytest.raises(UsageError, match="expected an instant with its offset, or a zone"):
        parse_as_of("2020-03-01T08:00", None)
    with pytest.raises(UsageError, match="expected an instant with its offset"):
        to_microseconds(datetime(2020, 3, 1))  # noqa: DTZ001 the point of the test


@given(instants_us)
def test_microseconds_lead_to_the_instant_and_back(instant):
    assert to_microseconds(from_microseconds(instant)) == instant
