"""Laws that hold for every metric of the catalogue, and the named exceptions with their reasons."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

import cxlib as cx
from cxlib.metrics.catalogue import catalogue
from tests.metrics.company import company, load
from tests.metrics.wider_company import IDENTIFIERS

TOML = """
schedule = "support"
[schedules.support]
zone = "UTC"
hours = { mon = ["09:00-17:00"], tue = ["09:00-12:00", "13:00-17:00"], sat = ["10:00-14:00"] }
[reasons]
is_issue = ["how_to"]
[targets.first_response_time]
clock = "business"
minutes = { urgent = 60, default = 240 }
[targets.first_touch_time]
minutes = { default = 120 }
[targets.next_response_time]
minutes = { default = 600 }
[targets.first_resolution_time]
minutes = { urgent = 600, default = 1440 }
[targets.full_resolution_time]
clock = "business"
minutes = { default = 2880 }
"""
METRICS = catalogue()
ALL = sorted(METRICS)
DURATIONS = {name for name in ALL if METRICS[name].kind == "duration"}
STOCKS = sorted(name for name in ALL if METRICS[name].is_stock)
CENSUS = sorted({*STOCKS, *(name for name in ALL if METRICS[name].kind == "target")})
LATEST = sorted(name for name in ALL if METRICS[name].latest_only)
P90 = sorted(name for name in ALL if METRICS[name].statistic == "p90")
NEVER_REACHED = {
    "first_resolution_time.p90",
    "full_resolution_time.p90",
    "next_response_time.p90",
    "time_in_status.p90",
}

EXCEPTIONS = {
    "doubled rows": {
        **dict.fromkeys(P90, "between two ranks it moves by a part of the gap when ranks double"),
        "outages_per_month": "twice the outages come in the same days, which nothing doubles",
        "availability": "two components that are down at the same time are one time down",
        "group_posts_per_week": "a sum against a fixed band: twice the posts are twice the value",
    },
    "segments add up": {
        "availability": "a day of the calendar has no segment",
    },
    "days add up": {
        **dict.fromkeys(STOCKS, "what stands at the end of a period is no sum of what stands at its days"),
        "contacts_per_customer_year": "each value is over 365 days, so that those of two days overlap",
    },
    "row order": {},
    "no rows": {},
    "range": {},
    "unmodified input": {},
    "unrelated column": {},
    "whole-week shift": {
        **dict.fromkeys(
            ("nps", "yellow_flag_rate", "yellow_flag_outreach"),
            "answers supersede each other within a calendar month, whose edges weeks do not keep",
        ),
        **dict.fromkeys(
            ("availability", "outages_per_month"),
            "the calendar begins with the month of the first outage, and weeks do not keep months",
        ),
    },
    "interval holds value": dict.fromkeys(CENSUS, "a census has no interval, which a test of its own says"),
    "declared": {},
    "matured cohort": {
        **dict.fromkeys(LATEST, "only the latest period is judged, which moves on with as_of"),
        **dict.fromkeys(
            sorted(NEVER_REACHED), "the curve never comes down so far: the longest wait seen grows with as_of"
        ),
    },
}
LAWS = {law: sorted(set(ALL) - set(exceptions)) for law, exceptions in EXCEPTIONS.items()}
SEGMENTS = {"reviews": "store", "posts": "channel", "outage_spells": "component", "costs": "team"}


def under(law):
    return pytest.mark.parametrize("name", LAWS[law])


@pytest.fixture(scope="module")
def frames():
    return company()


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    """Loads frames with schedule and targets, each set of frames once."""
    folder = tmp_path_factory.mktemp("company")

    def load_frames(frames, as_of="2020-06-01"):
        return load(folder, frames, as_of=as_of, toml=TOML)

    return load_frames


@pytest.fixture(scope="module")
def data(opened, frames):
    return opened(frames)


@pytest.fixture(scope="module")
def measured():
    """The rows of one metric; all metrics of the data are measured together, once for each question."""
    known = {}

    def rows_of(data, name, *, freq="M", by=(), end=None):
        key = (id(data), freq, by, end, segment_of(name))
        if key not in known:
            names = [one for one in ALL if segment_of(one) == segment_of(name)]
            known[key] = cx.measure(data, names, freq=freq, by=by, end=end).table
        return known[key][known[key]["metric"] == name].reset_index(drop=True)

    return rows_of


@pytest.fixture(scope="module")
def months(data, measured):
    """Every metric by month."""
    return {name: measured(data, name) for name in ALL}


def segment_of(name):
    return SEGMENTS.get(METRICS[name].table, "" if METRICS[name].table == "calendar" else "plan")


def same(left, right, columns=("value", "lower", "upper", "n", "numerator", "denominator")):
    assert list(left["period"]) == list(right["period"])
    for column in columns:
        np.testing.assert_allclose(left[column], right[column], rtol=1e-9, atol=1e-9, err_msg=column)
    assert list(left["status"]) == list(right["status"])


def test_each_metric_is_under_each_law_or_a_named_exception():
    for law, exceptions in EXCEPTIONS.items():
        assert set(LAWS[law]) | set(exceptions) == set(ALL), law
        assert set(exceptions) <= set(ALL), f"{law}: an exception for a metric that is none"
        assert all(len(reason) > 20 for reason in exceptions.values()), law
    tested = {mark.args[1] is LAWS[law] for law in LAWS for mark in LAW_MARKS[law]}
    assert tested == {True}
    assert set(LAW_MARKS) == set(EXCEPTIONS)


@under("row order")
def test_the_order_of_rows_is_irrelevant(name, shuffled, measured, months):
    same(measured(shuffled, name), months[name])


@pytest.fixture(scope="module")
def shuffled(opened, frames):
    return opened({table: rows.sample(frac=1, random_state=3) for table, rows in frames.items()})


@pytest.fixture(scope="module")
def doubled(opened, frames):
    twice = {}
    for table, rows in frames.items():
        copy = rows.copy()
        for key in {*IDENTIFIERS[table], "customer_id"} & set(copy):
            copy[key] = "copy of " + copy[key]
        twice[table] = pd.concat([rows, copy], ignore_index=True)
    return opened(twice)


@under("doubled rows")
def test_doubled_rows_keep_values_and_double_counts(name, doubled, measured, months):
    twice, once = measured(doubled, name), months[name]
    factor = 2 if METRICS[name].kind == "count" else 1
    # inside a bin a quantile lies where its rank does: known to .63 %
    tolerance = 0.0063 if METRICS[name].statistic == "median" and name in DURATIONS else 1e-9
    if METRICS[name].is_nowcast:  # and so does the age of an outcome among those of its bin
        tolerance = 0.01
    np.testing.assert_allclose(twice["value"], factor * once["value"], rtol=tolerance)
    np.testing.assert_allclose(twice["n"], 2 * once["n"])


@under("segments add up")
def test_segments_add_up_to_the_whole(name, data, measured, months):
    parts = measured(data, name, by=segment_of(name))
    columns = ["n", "numerator"]
    # what a count or a sum is divided by, and an exposure without the segment, is the same for every part
    if METRICS[name].kind not in {"count", "target"} and segment_of(name) in exposed_by(data, name):
        columns.append("denominator")
    added = parts.groupby("period", sort=False)[columns].sum()
    assert len(set(parts[segment_of(name)])) > 1
    for column in columns:
        np.testing.assert_allclose(added[column], months[name][column], err_msg=column)


def exposed_by(data, name):
    exposure = METRICS[name].exposure
    return data.segments(METRICS[name].table if exposure is None else exposure.table)


@under("days add up")
@pytest.mark.parametrize("freq", ["W", "M"])
def test_days_add_up_to_weeks_and_months(name, freq, data, measured):
    days = measured(data, name, freq="D")
    coarse = measured(data, name, freq=freq)
    for column in ("n", "numerator"):
        within = [
            days.loc[(days["start"] >= start) & (days["start"] < end), column].sum()
            for start, end in zip(coarse["start"], coarse["end"], strict=True)
        ]
        np.testing.assert_allclose(coarse[column], within, err_msg=column)
    assert days["n"].sum() > 0


@under("no rows")
def test_no_rows_give_no_values_and_no_crash(name, nothing):
    rows = cx.measure(nothing, name, start=dt.date(2020, 1, 1), end=dt.date(2020, 3, 1)).table
    assert list(rows["status"]) == ["no_data", "no_data"]
    assert rows[["value", "lower", "upper"]].isna().all(axis=None)
    assert len(cx.measure(nothing, name).table) == 0


@pytest.fixture(scope="module")
def nothing(opened, frames):
    return opened({table: rows.head(0) for table, rows in frames.items()})


@under("range")
def test_values_lie_within_the_range_of_their_unit(name, months):
    lowest, highest = {"%": (0, 100), "points": (-100, 100)}.get(METRICS[name].unit, (0, np.inf))
    values = months[name]["value"].dropna()
    # a quantile that is not reached has the longest wait seen instead
    known = months[name].dropna(subset=["lower"]) if name in NEVER_REACHED else values
    assert len(known) >= (1 if name in LATEST else 2 if name in DURATIONS else 3)
    assert values.between(lowest, highest).all()
    assert (months[name]["lower"].dropna() >= lowest).all()
    assert (months[name]["upper"].dropna() <= highest).all()


@under("unmodified input")
def test_measuring_modifies_nothing(name, data):
    before = {table: (rows.schema, rows.num_rows, hash_of(rows)) for table, rows in data.tables.items()}
    cx.measure(data, name, by=segment_of(name) or ())
    assert {
        table: (rows.schema, rows.num_rows, hash_of(rows)) for table, rows in data.tables.items()
    } == before


def hash_of(rows):
    return int(pd.util.hash_pandas_object(rows.to_pandas(), index=False).sum())


@under("unrelated column")
def test_an_unrelated_extra_column_changes_nothing(name, widened, measured, months):
    same(measured(widened, name), months[name])


@pytest.fixture(scope="module")
def widened(opened, frames):
    return opened({table: rows.assign(colour="blue") for table, rows in frames.items()})


@under("whole-week shift")
def test_a_shift_by_whole_weeks_shifts_the_periods_only(name, data, measured, shifted):
    before, after = (measured(one, name, freq="W") for one in (data, shifted))
    assert [day + dt.timedelta(weeks=5) for day in before["start"]] == list(after["start"])
    same(before.assign(period=""), after.assign(period=""))


@pytest.fixture(scope="module")
def shifted(opened, frames):
    moved = {table: rows.copy() for table, rows in frames.items()}
    for rows in moved.values():
        for column in rows.columns[rows.columns.str.endswith("_at") | rows.columns.isin(["at", "date"])]:
            later = pd.to_datetime(rows[column], utc=True) + pd.Timedelta(weeks=5)
            spelled = later.dt.strftime("%Y-%m-%d" if column == "date" else "%Y-%m-%dT%H:%M:%SZ").astype(
                object
            )
            rows[column] = spelled.where(later.notna(), None)
    return opened(moved, as_of="2020-07-06")


@under("interval holds value")
def test_the_interval_holds_the_value(name, months):
    rows = months[name].dropna(subset=["value"])
    assert (rows["lower"] <= rows["value"]).all()
    assert (rows["value"] <= rows["upper"]).all()


@under("declared")
def test_definition_unit_direction_and_basis_are_declared(name, data):
    frame = cx.measure(data, name)
    for words in (frame.definition, frame.unit, frame.direction, frame.basis, frame.method):
        assert words[name].strip()
    assert frame.definition[name].endswith(".")
    assert len(frame.definition_hash[name]) == 64
    assert METRICS[name].direction in {"up", "down", "none", "band"}


@under("matured cohort")
def test_a_matured_cohort_does_not_change_when_as_of_grows(name, early, late, measured):
    before, after = (measured(one, name, end=dt.date(2020, 4, 1)) for one in (early, late))
    # a window of a year reaches back before this company's data
    assert set(after["status"]) & ({"ok"} if METRICS[name].trailing_days is None else {"partial"})
    same(before, after)


@pytest.fixture(scope="module")
def early(opened, frames):
    return opened(frames, as_of="2020-08-01")


@pytest.fixture(scope="module")
def late(opened, frames):
    return opened(frames, as_of="2020-11-01")


@pytest.mark.parametrize("metric", CENSUS)
def test_a_census_has_no_interval(metric, months):
    assert months[metric]["value"].notna().any()
    assert months[metric][["lower", "upper"]].isna().all(axis=None)


@pytest.mark.parametrize("name", ["nps", "first_response_time", "contact_rate"])
def test_a_metric_measured_alone_is_the_same_as_among_others(name, data, months):
    alone = cx.measure(data, name).table
    same(alone, months[name][months[name]["period"].isin(alone["period"])])


def test_nps_is_promoters_less_detractors_and_flags_are_more_than_detractors(months):
    nps, flags = months["nps"], months["yellow_flag_rate"]
    np.testing.assert_allclose(nps["value"], 100 * nps["numerator"] / nps["denominator"])
    np.testing.assert_allclose(nps["n"], flags["n"])
    # detractors are at most the flagged: promoters = n - passives - detractors >= n - flagged - (8s)
    assert (
        flags["value"] >= (100 - nps["value"]) / 2 - 100 * (nps["n"] - flags["numerator"]) / nps["n"]
    ).all()


def test_contact_intensity_by_reason_adds_up_to_the_whole(data, months):
    parts = cx.measure(data, "contact_intensity", by="reason").table
    whole = months["contact_intensity"]
    added = parts.groupby("period", sort=False)["value"].sum(min_count=1)
    known = whole.set_index("period")["value"].reindex(added.index)
    np.testing.assert_allclose(added, known, rtol=1e-9)


@pytest.mark.parametrize(
    ("sooner", "later"),
    [
        ("first_touch_time", "first_response_time"),
        ("first_resolution_time", "full_resolution_time"),
        ("first_response_time.business", "first_response_time"),
        ("first_touch_time.restricted_mean", "first_response_time.restricted_mean"),
    ],
)
def test_what_comes_first_is_no_later(sooner, later, months):
    both = months[sooner]["value"].notna() & months[later]["value"].notna()
    assert both.any()
    assert (months[sooner]["value"][both] <= months[later]["value"][both] * 1.0063).all()


def test_solved_tickets_are_of_no_touch_or_are_asked_for_one(months):
    zero, one, bots = (months[name] for name in ("zero_touch_rate", "one_touch_rate", "bot_resolution_share"))
    np.testing.assert_allclose(zero["numerator"] + one["denominator"], zero["denominator"])
    assert (bots["numerator"] <= zero["numerator"]).all()
    assert zero["numerator"].sum() > 0


def test_levels_of_risk_are_nested(months):
    risk = [months[f"sla_at_risk_share.{level}"]["value"].dropna().iloc[-1] for level in (50, 75, 90)]
    assert sorted(risk, reverse=True) == risk
    assert months["sla_at_risk_share"]["value"].dropna().iloc[-1] == risk[0]


LAW_MARKS = {
    mark_law: [mark]
    for test in list(globals().values())
    if getattr(test, "__name__", "").startswith("test_")
    for mark in getattr(test, "pytestmark", [])
    if mark.name == "parametrize" and mark.args[0] == "name"
    for mark_law in [law for law in LAWS if mark.args[1] is LAWS[law]]
}
