"""Metrics of reviews and of the community, each with rows to check with a pencil, one that must not count."""

from dataclasses import replace

import pandas as pd
import pytest

import cxlib as cx
from cxlib.metrics.voice import (
    COMMUNITY_REPLY_COVERAGE,
    COMMUNITY_REPLY_TIME,
    GROUP_POSTS_PER_WEEK,
    REVIEW_RATING,
    REVIEW_REPLY_COVERAGE,
    REVIEW_SCORE_NET,
    REVIEW_SENTIMENT,
    REVIEW_VOLUME,
)
from tests.metrics.company import load, value_of

REVIEW = ["review_id", "posted_at", "edited_at", "rating", "store", "author_id"]


def reviews(*rows, columns=REVIEW):
    return pd.DataFrame(rows, columns=list(columns))


WRITTEN = reviews(
    ("1", "2020-02-03T00:00:00Z", None, 5, "ios", "ann"),  # replaced in March
    ("2", "2020-02-04T00:00:00Z", "2020-03-20T00:00:00Z", 2, "ios", "bob"),  # edited: still February's
    ("3", "2020-02-05T00:00:00Z", None, 4, "ios", None),
    ("4", "2020-02-06T00:00:00Z", None, 4, "ios", None),  # nobody knows whether it is the same author
    ("5", "2020-03-04T00:00:00Z", None, 1, "ios", "ann"),
    ("6", "2020-02-07T00:00:00Z", None, 5, "android", "ann"),  # another store
    ("7", "2020-03-05T00:00:00Z", None, 5, "ios", "bob"),  # written before the edit of review 2
)


def test_an_author_has_one_review_in_a_store_the_latest(tmp_path):
    frame = cx.measure(load(tmp_path, {"reviews": WRITTEN}), REVIEW_VOLUME)
    assert frame.table.set_index("period")["value"].to_dict() == {"2020-02": 4, "2020-03": 1}
    assert frame.exclusions["review_volume"] == {"superseded": 2}


def test_an_edit_keeps_the_day_of_the_first_text_and_the_stars_of_the_last(tmp_path):
    table = cx.measure(load(tmp_path, {"reviews": WRITTEN}), REVIEW_RATING).table.set_index("period")
    assert table["value"].to_dict() == {"2020-02": (2 + 4 + 4 + 5) / 4, "2020-03": 1.0}


def test_an_edit_that_has_not_come_yet_supersedes_nothing(tmp_path):
    data = load(tmp_path, {"reviews": WRITTEN}, as_of="2020-03-10")
    table = cx.measure(data, REVIEW_VOLUME).table.set_index("period")
    # bob's review of March is his latest until the edit of the 20th
    assert table["value"].to_dict() == {"2020-02": 3, "2020-03": 2}


def test_reviews_of_unknown_authors_all_count(tmp_path):
    rows = WRITTEN.drop(columns="author_id")
    frame = cx.measure(load(tmp_path, {"reviews": rows}), REVIEW_SCORE_NET, by="store")
    found = value_of(frame, period="2020-02", store="ios")
    assert (found["n"], found["value"]) == (4, 100 * (1 - 1) / 4)


def test_review_sentiment_leaves_ratings_without_text_out(tmp_path):
    rows = reviews(
        ("1", "It works.", "positive"),
        ("2", "It does not.", "negative"),
        ("3", "At times.", "mixed"),
        ("4", "Well.", "neutral"),
        ("5", "Great.", "positive"),
        ("6", None, "positive"),  # stars only
        ("7", "  ", "negative"),  # the same
        ("8", "Nobody judged this.", None),
        columns=["review_id", "text", "sentiment"],
    ).assign(posted_at="2020-02-03T00:00:00Z", rating=5)
    frame = cx.measure(load(tmp_path, {"reviews": rows}), REVIEW_SENTIMENT)
    found = value_of(frame, period="2020-02")
    assert (found["value"], found["n"]) == (100 * (2 - 1) / 5, 5)
    assert frame.exclusions["review_sentiment"] == {"no_text": 2}


def test_review_reply_coverage_counts_replies_within_seventy_two_hours(tmp_path):
    rows = reviews(
        ("1", "2020-02-06T00:00:00Z"),  # exactly 72 hours
        ("2", "2020-02-06T00:00:01Z"),  # a second late
        ("3", None),
        columns=["review_id", "replied_at"],
    ).assign(posted_at="2020-02-03T00:00:00Z", rating=5)
    later = reviews(("4", None), columns=["review_id", "replied_at"])
    later = later.assign(posted_at="2020-03-20T00:00:00Z", rating=5)
    frames = {"reviews": pd.concat([rows, later], ignore_index=True)}
    table = cx.measure(load(tmp_path, frames), REVIEW_REPLY_COVERAGE).table.set_index("period")
    assert (table.loc["2020-02", "value"], table.loc["2020-02", "n"]) == (pytest.approx(100 / 3), 3)
    assert table.loc["2020-03", "status"] == "immature"  # the last review is not three days old


def posts(*rows):
    """post_id, hour of 3 February, kind, author_role, in_reply_to, needs_reply."""
    frame = pd.DataFrame(
        rows, columns=["post_id", "hour", "kind", "author_role", "in_reply_to", "needs_reply"]
    )
    hours = pd.Timestamp("2020-02-03", tz="UTC") + pd.to_timedelta(frame.pop("hour"), unit="h")
    return frame.assign(posted_at=hours.dt.strftime("%Y-%m-%dT%H:%M:%SZ"), channel="instagram")


TALK = posts(
    ("own", 0, "post", "own", None, None),
    ("a", 1, "comment", "customer", "own", "true"),  # answered after 24 hours exactly
    ("a2", 2, "comment", "customer", "a", "true"),  # to another user, or the same thread: out
    ("b", 3, "message", "customer", None, "true"),  # answered after 2 hours
    ("rb", 5, "message", "own", "b", None),
    ("b2", 6, "message", "customer", "rb", "true"),  # the same thread again
    ("c", 7, "comment", "customer", "own", "true"),  # never answered
    ("d", 8, "spam", "customer", "own", "true"),
    ("e", 9, "comment", "customer", "own", "false"),  # needs none
    ("f", 10, "message", "customer", None, None),  # does not say: counts
    ("ra", 25, "comment", "own", "a2", None),  # answers the follow-up, and so the thread
    ("rf", 34, "comment", "agent", "f", None),  # an agent's word is our own; 24 hours
)


def test_community_reply_coverage_counts_threads_answered_within_a_day(tmp_path):
    data = load(tmp_path, {"posts": TALK})
    frame = cx.measure(data, replace(COMMUNITY_REPLY_COVERAGE, min_n=1))
    found = value_of(frame, period="2020-02")
    assert (found["value"], found["numerator"], found["n"]) == (75.0, 3, 4)
    said = (
        "community_reply_coverage: 1 posts do not say whether they need a reply: they count as needing one."
    )
    assert said in [caveat.text for caveat in frame.caveats]


def test_a_thread_counts_from_its_first_post_that_needs_a_reply(tmp_path):
    talk = posts(
        ("b", 3, "message", "customer", None, "false"),  # a greeting
        ("rb", 5, "message", "own", "b", None),
        ("b2", 6, "message", "customer", "rb", "true"),  # the question
        ("rb2", 7, "message", "own", "b2", None),
        ("b3", 8, "message", "customer", "rb2", "true"),
    )
    frame = cx.measure(load(tmp_path, {"posts": talk}), COMMUNITY_REPLY_TIME)
    found = value_of(frame, period="2020-02")
    assert (found["n"], found["value"]) == (1, 60.0)


def test_words_for_another_user_ask_nothing_of_us(tmp_path):
    talk = posts(
        ("a", 1, "comment", "customer", None, "false"),
        ("b", 2, "comment", "customer", "a", "true"),  # asks the one above
        ("c", 3, "comment", "customer", None, "true"),
    )
    assert (
        value_of(cx.measure(load(tmp_path, {"posts": talk}), COMMUNITY_REPLY_TIME), period="2020-02")["n"]
        == 1
    )


def test_community_reply_time_waits_on_while_nobody_answers(tmp_path):
    frame = cx.measure(load(tmp_path, {"posts": TALK}, as_of="2020-02-05"), COMMUNITY_REPLY_TIME)
    found = value_of(frame, period="2020-02")
    # 2, 24 and 24 hours ended; c waits since 7 o'clock, 41 hours: the median is the second of four
    assert (found["n"], found["numerator"], found["value"]) == (4, 3, pytest.approx(24 * 60))


def test_a_long_thread_is_one(tmp_path):
    rows = [("0", 0, "message", "customer", None, "true")]
    for i in range(1, 13):
        role = "own" if i % 2 else "customer"
        rows.append((str(i), i, "message", role, str(i - 1), "true" if role == "customer" else None))
    frame = cx.measure(load(tmp_path, {"posts": posts(*rows)}), COMMUNITY_REPLY_TIME)
    assert value_of(frame, period="2020-02")["n"] == 1


def own_posts(*days, kind="post", role="own"):
    return pd.DataFrame(
        {
            "post_id": [f"{kind} {day}" for day in days],
            "posted_at": [f"2020-02-{day}T09:00:00Z" for day in days],
            "channel": "group",
            "kind": kind,
            "author_role": role,
        }
    )


def test_group_posts_per_week_shows_weeks_without_a_post(tmp_path):
    rows = pd.concat(
        [
            own_posts("03", "05", "07", "09"),  # four in the first week
            own_posts("04", kind="comment"),  # a reply of ours is no post
            own_posts("06", role="customer"),
            own_posts("17", "19"),
            own_posts("28"),
        ],
        ignore_index=True,
    )
    table = cx.measure(
        load(tmp_path, {"posts": rows}, as_of="2020-02-29"), GROUP_POSTS_PER_WEEK, freq="W"
    ).table
    weeks = table.set_index("period")
    assert weeks["value"].to_dict() == {
        "2020-W06": 4,
        "2020-W07": 0,
        "2020-W08": 2,
        "2020-W09": pytest.approx(7 * 1 / 5),  # five of its days are over: not judged
    }
    assert list(weeks["status"]) == ["ok", "ok", "ok", "partial"]


def test_group_posts_of_a_month_are_given_by_the_week(tmp_path):
    rows = own_posts(*(f"{day:02d}" for day in range(1, 30)))
    found = cx.measure(load(tmp_path, {"posts": rows}, as_of="2020-03-01"), GROUP_POSTS_PER_WEEK)
    assert value_of(found, period="2020-02")["value"] == pytest.approx(7.0)
