"""What customers do: lessons taken, lesson packs ordered, and reviews in the app stores."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from cxlib.data.sample import calendar, words
from cxlib.data.sample.calendar import DAY, DAYS, END, START, Floats, Ints
from cxlib.data.sample.company import COLUMNS, SEGMENTS, Population
from cxlib.data.sample.log import app_versions
from cxlib.data.sample.plants import Plant, combined_shift

__all__ = ["activity_table", "lessons", "order_fates", "orders_table", "review_details", "reviews_table"]

_LESSONS_A_DAY = 0.165
_ORDERS_A_DAY = 0.0052
_PLAN_LESSONS = np.array([0.75, 1.0, 1.15])
_AT_HOME_DAYS = ("2020-03-12", "2020-04-01", "2020-05-01", "2020-06-05", "2020-06-30")
_AT_HOME_FACTORS = (1.0, 1.38, 1.34, 1.25, 1.2)


def lessons(rng: np.random.Generator, people: Population) -> Ints:
    """Lessons by day, plan and region."""
    home = np.interp(DAYS, [calendar.day_of(day) for day in _AT_HOME_DAYS], _AT_HOME_FACTORS)
    mean = _LESSONS_A_DAY * calendar.lesson_season(DAYS) * home * rng.gamma(350, 1 / 350, len(DAYS))
    expected = people.active_counts() * mean[:, None, None] * _PLAN_LESSONS[None, :, None]
    counts: Ints = rng.poisson(expected * rng.gamma(80, 1 / 80, expected.shape))
    return counts


def orders_table(rng: np.random.Generator, people: Population) -> tuple[pd.DataFrame, Ints]:
    """The canonical table `orders`, as text, and the orders by day, plan and region."""
    season = 0.5 * calendar.lesson_season(DAYS) + 0.5 * calendar.contact_season(DAYS)
    active = people.active_counts().sum(axis=(1, 2))
    counts = rng.poisson(active * _ORDERS_A_DAY * season * rng.gamma(60, 1 / 60, len(DAYS)))
    customer = people.pick(rng, counts)
    day = np.repeat(DAYS, counts)
    ordered = day * DAY + ((7.5 + 15 * rng.beta(2.4, 1.8, len(day))) * 3600).astype(np.int64)
    order = np.argsort(ordered, kind="stable")
    ordered, customer = ordered[order], customer[order]
    units = rng.choice([1, 2, 4, 5, 10, 20], len(ordered), p=[0.2, 0.12, 0.28, 0.16, 0.18, 0.06])
    cancelled = ordered + (rng.exponential(1.5, len(ordered)) * DAY).astype(np.int64) + 300
    is_cancelled = (rng.random(len(ordered)) < 0.035) & (cancelled < END * DAY)
    returned = np.where(rng.random(len(ordered)) < 0.03, np.ceil(units * rng.random(len(ordered))), 0).astype(
        int
    )
    by_cell = np.zeros((len(DAYS), *(len(values) for values in SEGMENTS.values())), dtype=np.int64)
    np.add.at(by_cell, (ordered // DAY - START, *(people.segment[column][customer] for column in COLUMNS)), 1)
    table = pd.DataFrame(
        {
            "order_id": [f"P{number:06d}" for number in range(1, len(ordered) + 1)],
            "ordered_at": calendar.instants(ordered),
            "customer_id": people.ids[customer],
            "units": units,
            "units_returned": np.where(is_cancelled, units, returned),
            "cancelled_at": calendar.instants(cancelled, missing=~is_cancelled),
        }
    )
    return table.astype("str"), by_cell


def order_fates(rng: np.random.Generator, orders: pd.DataFrame) -> pd.DataFrame:
    """What became of the workbook that goes with an order, by order_id: promised, returned, not received.

    Parameters
    ----------
    rng : numpy.random.Generator
        Of these columns alone.
    orders : DataFrame
        As `orders_table` made it.
    """
    count = len(orders)
    kept = (orders["cancelled_at"] == "").to_numpy()
    came_back = kept & (pd.to_numeric(orders["units_returned"]) > 0).to_numpy()
    promised = np.floor(4 + 4 * rng.random(count))
    back, back_in_time = calendar.later(
        orders["ordered_at"].tolist(), promised + np.minimum(rng.exponential(17.0, count), 80.0)
    )
    after = np.where(rng.random(count) < 0.85, rng.uniform(1, 25, count), rng.uniform(31, 50, count))
    missed, missed_in_time = calendar.later(orders["ordered_at"].tolist(), promised + after)
    lost = kept & ~came_back & (rng.random(count) < 0.012) & missed_in_time
    days = np.array([text[:10] for text in orders["ordered_at"].tolist()], dtype="datetime64[D]")
    due = np.datetime_as_string(days + promised.astype(np.int64))
    return pd.DataFrame(
        {
            "promised_at": np.char.add(due, "T23:00:00Z"),
            "returned_at": np.where(came_back & back_in_time, back, ""),
            "not_received_at": np.where(lost, missed, ""),
        },
        index=orders["order_id"].tolist(),
        dtype="str",
    )


def activity_table(by_kind: dict[str, Ints]) -> pd.DataFrame:
    """The canonical table `activity`, as text: a row per kind, day, plan and region that is not empty."""
    parts = []
    for kind, counts in by_kind.items():
        place = np.nonzero(counts)
        values = {column: np.array(SEGMENTS[column])[place[1 + at]] for at, column in enumerate(COLUMNS)}
        dates = calendar.iso_days(DAYS[place[0]])
        parts.append(pd.DataFrame({"date": dates, "kind": kind, **values, "count": counts[place]}))
    return pd.concat(parts).sort_values(["date", "kind"], kind="stable").reset_index(drop=True).astype("str")


def _stars(rng: np.random.Generator, walls: Ints, plants: Sequence[Plant]) -> Ints:
    """Ratings: many fives, some ones; lower where a plant lowers satisfaction."""
    opinion = (
        rng.normal(size=len(walls)) + combined_shift(plants, "csat", walls) + 0.12 * np.sin(walls / DAY / 70)
    )
    return (1 + np.searchsorted(np.array([-1.25, -0.95, -0.7, -0.25]), opinion)).astype(np.int64)


def _versions(walls: Ints, updated: Floats) -> np.ndarray[tuple[int], np.dtype[np.str_]]:
    """App version of each reviewer: the newest one, or an older one for those slow to update."""
    released = np.array([day for day, _ in app_versions()])
    names = np.array([version for _, version in app_versions()])
    place = np.searchsorted(released, walls / DAY - updated, side="right") - 1
    return np.where(place < 0, "4.5", names[np.maximum(place, 0)])


def reviews_table(rng: np.random.Generator, people: Population, plants: Sequence[Plant]) -> pd.DataFrame:
    """The canonical table `reviews`, as text; a few were edited, which their `updated_at` shows."""
    active = people.active_counts().sum(axis=(1, 2))
    counts = rng.poisson(active * 0.00045 * calendar.lesson_season(DAYS) * rng.gamma(8, 1 / 8, len(DAYS)))
    walls = np.repeat(DAYS, counts) * DAY + rng.integers(7 * 3600, 23 * 3600, int(counts.sum()))
    walls = np.sort(walls)
    rating = _stars(rng, walls, plants)
    replied = walls + (rng.exponential(2.5, len(walls)) * DAY).astype(np.int64)
    has_reply = (rng.random(len(walls)) < np.where(rating <= 3, 0.7, 0.15)) & (replied < END * DAY)
    edited = walls + (rng.exponential(9, len(walls)) * DAY).astype(np.int64)
    is_edited = (rng.random(len(walls)) < 0.03) & (edited < END * DAY)
    table = pd.DataFrame(
        {
            "review_id": [f"V{number:05d}" for number in range(1, len(walls) + 1)],
            "posted_at": calendar.instants(walls),
            "rating": rating,
            "store": np.where(rng.random(len(walls)) < 0.58, "apple", "google"),
            "version": _versions(walls, rng.exponential(5, len(walls))),
            "text": words.review_texts(rng, rating),
            "replied_at": calendar.instants(replied, missing=~has_reply),
            "updated_at": calendar.instants(np.where(is_edited, edited, walls)),
        }
    )
    return table.astype("str")


def review_details(rng: np.random.Generator, reviews: pd.DataFrame) -> pd.DataFrame:
    """Who wrote a review, in which mood, and when it was edited, by review_id.

    A few authors come back after some months and review again.
    """
    count = len(reviews)
    author = np.arange(count)
    again = np.flatnonzero((rng.random(count) < 0.012) & (author >= 200))
    author[again] -= rng.integers(60, 200, len(again))
    stars = pd.to_numeric(reviews["rating"]).to_numpy()
    mood = np.array(["negative", "negative", "mixed", "positive", "positive"])[stars - 1]
    mood = np.where((stars == 3) & (rng.random(count) < 0.5), "neutral", mood)
    mood = np.where((stars == 4) & (rng.random(count) < 0.2), "mixed", mood)
    is_edited = reviews["updated_at"] != reviews["posted_at"]
    return pd.DataFrame(
        {
            "author_id": [f"U{number:05d}" for number in (author + 1).tolist()],
            "sentiment": np.where(reviews["text"] == "", "", mood),
            "edited_at": np.where(is_edited, reviews["updated_at"], ""),
        },
        index=reviews["review_id"].tolist(),
        dtype="str",
    )
