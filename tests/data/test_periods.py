"""Calendar periods: labels, bounds and codes by hand and as laws, and the months that people write."""

import itertools
import re
from datetime import date, timedelta

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxlib.data.periods import WEEKDAYS, as_day, day_to_date, month_bounds, period_index, periods
from cxlib.errors import UnknownNameError, UsageError


def test_a_year_has_twelve_months_four_quarters_and_366_days():
    year = (date(2020, 1, 1), date(2021, 1, 1))
    months = periods("M", *year)
    assert [month.label for month in months] == [f"2020-{number:02d}" for number in range(1, 13)]
    assert [period.label for period in periods("Q", *year)] == ["2020-Q1", "2020-Q2", "2020-Q3", "2020-Q4"]
    assert [period.label for period in periods("Y", *year)] == ["2020"]
    assert len(periods("D", *year)) == 366
    assert periods("D", *year)[34].label == "2020-02-04"


@given(
    st.sampled_from("DWMQY"),
    st.dates(date(1969, 1, 1), date(2035, 1, 1)),
    st.integers(1, 800),
    st.sampled_from(WEEKDAYS),
)
def test_periods_join_without_gaps_and_cover_the_range(freq, start, days, week_start):
    found = periods(freq, start, start + timedelta(days=days), week_start=week_start)
    assert found[0].start <= start < found[0].end
    assert found[-1].start < start + timedelta(days=days) <= found[-1].end
    assert all(one.end == following.start for one, following in itertools.pairwise(found))
    assert len({period.label for period in found}) == len(found)


@given(st.lists(st.integers(-2000, 25_000), min_size=1, max_size=30), st.sampled_from("DWMQY"))
def test_the_code_of_a_day_leads_to_the_period_that_holds_it(days, freq):
    codes, found = period_index(days, freq)
    for number, code in zip(days, codes, strict=True):
        assert found[code].start <= day_to_date(number) < found[code].end


@given(st.dates(date(1971, 1, 1), date(2040, 1, 1)))
def test_monday_weeks_carry_the_iso_label(start):
    (week,) = periods("W", start, start + timedelta(days=1))
    year, number, _ = start.isocalendar()
    assert week.label == f"{year}-W{number:02d}"
    assert week.start.weekday() == 0


def test_sunday_weeks_carry_the_date_of_their_sunday():
    (week,) = periods("W", date(2020, 2, 4), date(2020, 2, 5), week_start="sunday")
    assert (week.label, week.start, week.end) == ("2020-02-02", date(2020, 2, 2), date(2020, 2, 9))


def test_an_empty_range_has_no_periods_and_a_reversed_one_is_refused():
    assert periods("M", date(2020, 2, 1), date(2020, 2, 1)) == []
    message = (
        "start: found 2020-03-01, expected a day on or before end 2020-02-01. "
        "Fix: ranges are half-open, February 2020 is start 2020-02-01 end 2020-03-01."
    )
    with pytest.raises(UsageError, match=f"^{re.escape(message)}$"):
        periods("M", date(2020, 3, 1), date(2020, 2, 1))


@pytest.mark.parametrize(("freq", "week_start"), [("H", "monday"), ("W", "moonday")])
def test_an_unknown_frequency_or_weekday_is_refused(freq, week_start):
    with pytest.raises(UnknownNameError, match="expected one of"):
        periods(freq, date(2020, 2, 1), date(2020, 2, 1), week_start=week_start)


def test_a_month_is_read_with_its_two_edges():
    assert month_bounds("2020-02") == (date(2020, 2, 1), date(2020, 3, 1))
    assert month_bounds("2019-12") == (date(2019, 12, 1), date(2020, 1, 1))


@pytest.mark.parametrize(
    "text", ["2020-2", "2020-13", "2020-00", "202-02", "2020-02-01", "2020-02\n", "0000-01", "9999-12"]
)
def test_what_is_no_month_is_refused(text):
    message = f"--month: found {text!r}, expected a month as YYYY-MM. Fix: write 2020-02 for February 2020."
    with pytest.raises(UsageError, match=f"^{re.escape(message)}$"):
        month_bounds(text, where="--month")


def test_a_day_is_given_as_a_date_or_as_text():
    assert (
        as_day("2020-02-29", where="start") == as_day(date(2020, 2, 29), where="start") == date(2020, 2, 29)
    )
    assert as_day(None, where="start") is None


def test_text_that_is_no_day_is_refused():
    message = "start: found '2020-2-1', expected a day, YYYY-MM-DD. Fix: write it like 2020-02-01."
    with pytest.raises(UsageError, match=re.escape(message)):
        as_day("2020-2-1", where="start")


@pytest.mark.parametrize("given", [date(2020, 2, 1), "2020-02-01", pd.Timestamp("2020-02-01")])
def test_a_day_may_be_given_as_pandas_has_it(given):
    day = as_day(given, where="start")
    assert (day, type(day)) == (date(2020, 2, 1), date)


@pytest.mark.parametrize(
    "given", ["2020-02-30", 5, pd.Timestamp("2020-02-01 08:00"), pd.Timestamp("2020-02-01", tz="UTC")]
)
def test_what_is_no_day_is_refused(given):
    with pytest.raises(UsageError, match=r"^start: found '.*', expected a day, YYYY-MM-DD"):
        as_day(given, where="start")
