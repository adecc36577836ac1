"""Which columns an investigation splits by: whom a row is from, not what it is."""

import pandas as pd

import cxlib as cx
from cxlib.changes.sources import usable_segments


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
