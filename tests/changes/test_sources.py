"""Which columns an investigation splits by: whom a row is from, not what it is."""

from datetime import date

import pandas as pd

import cxlib as cx
from cxlib.changes.sources import read_sources, usable_segments
from cxlib.metrics.catalogue import catalogue


def test_the_release_that_a_review_was_written_under_is_no_audience():
    rows = pd.DataFrame(
        {
            "review_id": ["1", "2", "3", "4"],
            "posted_at": ["2020-01-01T10:00:00Z"] * 4,
            "rating": ["5", "4", "1", "3"],
            "store": ["apple", "google", "apple", "google"],
            "version": ["1.0", "1.0", "1.1", "1.1"],
        }
    )
    data = cx.load({"reviews": rows})
    assert usable_segments(data, "reviews") == (("store",), ())
    assert usable_segments(data, "reviews", ["version"]) == (("version",), ())


def test_surveys_that_the_metric_does_not_count_are_not_among_those_asked():
    days = pd.date_range("2020-01-01", periods=40, freq="D", tz="UTC").strftime("%Y-%m-%dT10:00:00Z")
    asked = pd.DataFrame({"sent_at": days.repeat(2), "responded_at": days.repeat(2), "score": [9, 3] * 40})
    asked = asked.assign(kind="nps", trigger=["relationship", "post_resolution"] * 40, plan="a")
    asked = asked.assign(survey_id=[f"S{row}" for row in asked.index], ticket_id="T1")
    data = cx.load({"surveys": asked})
    metric = catalogue()["nps"]
    sources = read_sources(data, metric, by=["plan"], start=date(2020, 1, 10), end=date(2020, 2, 1))
    assert sources.judged.n.sum(axis=1).max() == sources.sends.n.sum(axis=1).max() == 1
    nobody = cx.load({"surveys": asked.assign(kind="csat", score=5)})
    sources = read_sources(nobody, metric, by=["plan"], start=date(2020, 1, 10), end=date(2020, 2, 1))
    assert sources.sends.n.sum() == 0
