"""What is put right before anything is searched: an end, one busy author, a list of reasons."""

import numpy as np
import pandas as pd
import pytest

import cxlib as cx
from cxlib.changes.authors import few_authors
from cxlib.changes.completeness import complete_rows
from cxlib.changes.taxonomy import relisted
from cxlib.errors import UsageError
from cxlib.metrics.author_cells import daily_authors
from cxlib.metrics.catalogue import catalogue

FIRST = pd.Timestamp("2021-01-04", tz="UTC")
VOLUME = catalogue()["ticket_volume"]


def day(number):
    return (FIRST + pd.Timedelta(days=number)).date()


def tickets(counts, *, seed=1, authors=None, reasons=("a",)):
    """`counts` tickets a day, each of a customer of its own unless `authors` says whose."""
    rng = np.random.default_rng(seed)
    rows = np.repeat(np.arange(len(counts)), counts)
    made = pd.DataFrame(
        {"created_at": FIRST + pd.to_timedelta(rows * 86400 + rng.integers(0, 86400, len(rows)), unit="s")}
    )
    made["ticket_id"] = [f"t{row}" for row in range(len(rows))]
    made["customer_id"] = [f"c{row}" for row in range(len(rows))]
    made["reason"] = rng.choice(list(reasons), len(rows))
    return made if authors is None else authors(made, rows)


def log(*days):
    return pd.DataFrame(
        {
            "change_id": [f"r{number}" for number in days],
            "title": "Small things",
            "released_at": [FIRST + pd.Timedelta(days=number, hours=1) for number in days],
        }
    )


def busy(made, rows):
    """On day 150 one person files 60 tickets more."""
    more = made.iloc[:60].assign(
        ticket_id=[f"x{row}" for row in range(60)],
        customer_id="busy",
        created_at=FIRST + pd.Timedelta(days=150, hours=9),
    )
    return pd.concat([made, more], ignore_index=True)


def codes(found):
    return {caveat.code for caveat in found.caveats}


def test_a_person_counts_once_a_day_and_rows_of_nobody_each():
    rows = pd.DataFrame(
        {
            "ticket_id": list("abcdef"),
            "created_at": ["2021-01-04T09:00Z"] * 5 + ["2021-01-05T09:00Z"],
            "customer_id": ["p", "p", "q", None, None, "p"],
            "reason": ["x", "y", "x", "x", "x", "x"],
        }
    )
    cells = daily_authors(cx.load({"tickets": rows}), VOLUME, by=["reason"], start=day(0), end=day(5))
    sums = {key: cells.loc[cells["day"] == key, "n"].sum() for key in cells["day"].unique()}
    assert list(sums.values()) == [4.0, 1.0]  # p, q and two of nobody; then p
    first = cells[cells["day"] == cells["day"].min()]
    assert first.loc[first["reason"] == "x", "n"].sum() == 3.5  # half of p's day went to y


def test_bulk_filing_is_counted_by_people_and_blamed_on_nothing():
    counts = np.random.default_rng(3).poisson(8, 190)
    data = cx.load({"tickets": tickets(counts, authors=busy), "changes": log(30, 90, 149, 150, 170)})
    found = cx.investigate(data, "ticket_volume", start=day(130), end=day(180))
    assert found.verdict in {"not_established", "no_shift"}
    assert "few_authors" in codes(found)
    assert found.unit == "customers"
    assert found.facts.top_author_share > 0.3
    assert "Distinct customers were counted, not tickets" in found.text


def test_many_people_who_write_more_are_a_shift_of_tickets():
    counts = np.random.default_rng(3).poisson(np.where(np.arange(190) >= 150, 16, 8))
    data = cx.load({"tickets": tickets(counts), "changes": log(30, 90, 150, 170)})
    found = cx.investigate(data, "ticket_volume", start=day(130), end=day(180))
    assert found.suspects.top.change.change_id == "r150"
    assert found.unit == "tickets"
    assert "few_authors" not in codes(found)
    assert "customers wrote" in found.text


def test_a_dozen_tickets_are_not_few_authors():
    data = cx.load({"tickets": tickets(np.ones(150, dtype=int))})
    assert few_authors(data, VOLUME, start=day(100), end=day(150)) is None


def test_an_extract_that_ends_is_cut_off_there():
    counts = np.r_[np.random.default_rng(1).poisson(20, 150), np.random.default_rng(2).poisson(0.3, 90)]
    data = cx.load({"tickets": tickets(counts), "changes": log(140, 149, 150, 160)})
    found = cx.investigate(data, "ticket_volume", start=day(120), end=day(190))
    assert found.to_dict()["data"]["complete_to"] == str(day(150))
    assert "truncated" in codes(found)
    assert found.verdict in {"not_established", "no_shift"}
    assert cx.investigate(data, "ticket_volume").end == day(150)
    with pytest.raises(UsageError, match="where they stop"):
        cx.investigate(data, "ticket_volume", start=day(160), end=day(190))


def test_what_falls_and_rises_again_or_falls_by_half_is_no_end():
    weekly = np.tile([30.0, 30, 30, 30, 30, 2, 0], 20)
    assert complete_rows(weekly) == len(weekly)
    assert complete_rows(np.r_[weekly, weekly[:70] / 2]) == 210
    assert complete_rows(np.r_[weekly, np.zeros(20), weekly[:14]]) == 174
    assert complete_rows(np.r_[weekly, np.zeros(5)]) == 145  # less than a week
    assert complete_rows(np.r_[weekly[:-1], np.full(31, 1.0)]) == 139


def relabelled(made, rows):
    """Reason a is called b from day 100 on."""
    return made.assign(reason=np.where((made["reason"] == "a") & (rows >= 100), "b", made["reason"]))


def test_a_reason_that_is_called_otherwise_is_searched_with_others():
    counts = np.random.default_rng(1).poisson(30, 190)
    made = tickets(counts, authors=relabelled, reasons=("a", "c", "d", "e"))
    data = cx.load({"tickets": made, "changes": log(60, 99, 100, 140)})
    found = cx.investigate(data, "ticket_volume", start=day(80), end=day(150))
    assert "taxonomy_changed" in codes(found)
    said = next(caveat.text for caveat in found.caveats if caveat.code == "taxonomy_changed")
    assert "a (from 2" in said
    assert "b (from 0" in said
    assert found.verdict in {"not_established", "no_shift"}


def test_a_fault_is_an_event_and_no_new_reason():
    level = np.full((190, 1), 100.0)
    fault = np.where((np.arange(190) >= 100) & (np.arange(190) < 130), 12.0, 0.1)[:, None]
    lasting = np.where(np.arange(190) >= 100, 12.0, 0.1)[:, None]
    assert relisted(np.hstack([level, fault]), ["a", "b"], 0) == ()
    assert relisted(np.hstack([level, lasting]), ["a", "b"], 0) == ()  # it adds to the others
    assert [one.reason for one in relisted(np.hstack([level - lasting, lasting]), ["a", "b"], 0)] == ["b"]
