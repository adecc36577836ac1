"""What the reader of frames finds in a table, every database finds too, and counts alike."""

import numpy as np
import pandas as pd
import pytest

import cxlib as cx
from tests.engines.stores import DuckStore, typed

DAY = pd.Timedelta("1D")
FIRST = pd.Timestamp("2020-01-01T10:00", tz="UTC")


def stamps(*offsets):
    return pd.Series([pd.NaT if days is None else FIRST + days * DAY for days in offsets])


def loaded(store, tmp_path, frames, *, toml="zone = 'America/New_York'\nmax_bad_share = 0.9\n", **options):
    """The same frames in memory and in the database, with the same settings."""
    config = tmp_path / "cxlib.toml"
    config.write_text(toml, "utf-8")
    store.put({name: typed(frame) for name, frame in frames.items()})
    return (cx.load(where, config=config, **options) for where in (frames, store.where))


def counts(data):
    return {
        name: (check.rows_in, check.used, check.quarantined, check.duplicates, check.out_of_period)
        for name, check in data.checks.items()
    }


def reasons(data):
    """How many rows were put aside, by table and reason, from what the notes say."""
    return set(zip(data.quarantine["table"], data.quarantine["reason"], strict=True))


def rows(data, table, key):
    frame = data.frame(table).sort_values(key).reset_index(drop=True)
    return frame[sorted(frame.columns)]


def same(memory, there, table, key):
    assert counts(there) == counts(memory)
    assert reasons(there) == reasons(memory)
    pd.testing.assert_frame_equal(
        rows(there, table, key), rows(memory, table, key), check_dtype=False, check_like=True
    )


def tickets(n=40, **columns):
    frame = pd.DataFrame({"ticket_id": [f"t{i:02d}" for i in range(n)], "created_at": stamps(*range(n))})
    return frame.assign(**columns)


def test_scores_off_their_scale_are_counted_by_kind(store, tmp_path):
    scores = [10, 11, -1, 8.5, np.nan, np.inf, 0, 7, 5, 6, 1, 3]
    surveys = pd.DataFrame(
        {
            "survey_id": [f"s{i:02d}" for i in range(12)],
            "kind": ["nps"] * 8 + ["csat"] * 4,
            "sent_at": stamps(*range(12)),
            "responded_at": stamps(*range(1, 13)),
            "score": scores,
        }
    )
    memory, there = loaded(store, tmp_path, {"surveys": surveys})
    assert counts(memory)["surveys"] == (12, 7, 5, 0, 0)
    same(memory, there, "surveys", "survey_id")
    assert any("found '-1', expected 0–10 for kind 'nps'" in note for note in there.checks["surveys"].notes)


def test_unknown_names_of_a_strict_enumeration_are_put_aside_and_spellings_merged(store, tmp_path):
    n = 12
    messages = pd.DataFrame(
        {
            "message_id": [f"m{i:02d}" for i in range(n)],
            "ticket_id": ["t1", " ", "", None, "1.5E+17", "t2"] + ["t3"] * 6,
            "sent_at": stamps(*range(n)),
            "author_role": ["Agent", "agent ", "customer", "bot", "agent", "robot", None] + ["agent"] * 5,
            "public": [True, False, None] * 4,
            "team": ["x", "", "  ", None] * 3,
        }
    )
    memory, there = loaded(store, tmp_path, {"messages": messages})
    same(memory, there, "messages", "message_id")
    assert counts(there)["messages"] == (12, 6, 6, 0, 0)


def test_categories_are_merged_and_mapped_as_in_a_file(store, tmp_path):
    n = 12
    frame = tickets(
        n,
        channel=["Email", "email ", "email", "Chat", "CHAT", "Chat", None, "", " ", "phone", "fax", "it's"],
        status=[
            "Solved",
            "On Hold",
            "open",
            "weird",
            "weird ",
            None,
            "new",
            "new",
            "new",
            "new",
            "new",
            "new",
        ],
        priority=["P1", "P2", "P1 ", None] * 3,
        plan=["Pro", "pro", "pro ", "", " ", None] * 2,
    )
    toml = "zone = 'UTC'\n[values.tickets.priority]\nP1 = 'urgent'\n[values.tickets.plan]\nPro = 'paid'\n"
    memory, there = loaded(store, tmp_path, {"tickets": frame}, toml=toml)
    same(memory, there, "tickets", "ticket_id")
    assert sorted(memory.checks["tickets"].notes) == sorted(there.checks["tickets"].notes)


def test_one_key_is_one_row(store, tmp_path):
    frame = tickets(12, channel="chat")
    copies = pd.concat([frame, frame.iloc[[1, 1, 2]]], ignore_index=True)
    rivals = frame.iloc[[3, 4]].assign(channel="mail")
    found = pd.concat([copies, rivals, frame.iloc[[4]]], ignore_index=True)
    memory, there = loaded(store, tmp_path, {"tickets": found})
    assert counts(memory)["tickets"] == (18, 10, 4, 4, 0)
    same(memory, there, "tickets", "ticket_id")


def test_the_latest_version_of_a_row_is_kept(store, tmp_path):
    frame = tickets(12, channel="chat", updated_at=FIRST)
    later = frame.iloc[[1, 2, 3]].assign(channel="mail", updated_at=[FIRST + DAY, FIRST + DAY, FIRST])
    tie = frame.iloc[[2]].assign(channel="post", updated_at=FIRST + DAY)
    found = pd.concat([frame, later, tie], ignore_index=True)
    memory, there = loaded(store, tmp_path, {"tickets": found})
    assert counts(memory)["tickets"] == (16, 10, 5, 1, 0)
    same(memory, there, "tickets", "ticket_id")


def test_stamps_out_of_order_are_missing(store, tmp_path):
    solved = stamps(*(day - 1 if day < 3 else day + 1 for day in range(40)))
    memory, there = loaded(store, tmp_path, {"tickets": tickets(solved_at=solved)})
    assert "clock_skew" in [caveat.code for caveat in there.caveats]
    assert sorted(c.code for c in memory.caveats) == sorted(c.code for c in there.caveats)
    same(memory, there, "tickets", "ticket_id")


def test_days_of_another_century_are_put_aside_or_missing(store, tmp_path):
    frame = tickets(40, solved_at=stamps(*range(1, 41)))
    frame.loc[0, "created_at"] = pd.Timestamp("0024-05-01", tz="UTC").as_unit("us")
    frame.loc[1, "solved_at"] = pd.Timestamp("2999-01-01", tz="UTC")
    frame.loc[2, "created_at"] = pd.Timestamp("2101-01-01", tz="UTC")
    frame.loc[3, "created_at"] = pd.Timestamp("2031-01-01", tz="UTC")
    frame.loc[4, "solved_at"] = pd.Timestamp("1970-01-01", tz="UTC")
    memory, there = loaded(store, tmp_path, {"tickets": frame})
    assert memory.as_of == there.as_of
    same(memory, there, "tickets", "ticket_id")


@pytest.mark.parametrize("as_of", ["2020-01-20", "2020-01-20T15:00:00Z", "2019-01-01"])
def test_what_as_of_hides_is_hidden_and_counted(store, tmp_path, as_of):
    frames = {
        "tickets": tickets(40, solved_at=stamps(*(day + 3 for day in range(40))), status="solved"),
        "activity": pd.DataFrame(
            {
                "date": pd.date_range("2020-01-01", periods=40).date,
                "kind": "lesson",
                "count": np.arange(40.0),
            }
        ),
    }
    memory, there = loaded(store, tmp_path, frames, as_of=as_of)
    same(memory, there, "tickets", "ticket_id")
    same(memory, there, "activity", "date")
    for table in frames:
        assert memory.data_through(table) == there.data_through(table)
    again = there.at("2020-01-25")
    assert counts(again) == counts(memory.at("2020-01-25"))


@pytest.mark.parametrize("zone", ["America/St_Johns", "Asia/Kathmandu", "Australia/Lord_Howe"])
def test_wall_clocks_are_read_in_the_declared_zone(store, tmp_path, zone):
    edges = pd.to_datetime(["2020-03-08", "2020-11-01", "2020-04-05", "2020-10-04"])
    walls = [edge + pd.Timedelta(minutes=m) for edge in edges for m in range(-90, 300, 15)]
    frame = pd.DataFrame({"ticket_id": [f"t{i:03d}" for i in range(len(walls))], "created_at": walls})
    frame["solved_at"] = [day.date() for day in walls]
    memory, there = loaded(store, tmp_path, {"tickets": frame}, toml=f"zone = '{zone}'\n")
    same(memory, there, "tickets", "ticket_id")


def test_orphans_are_counted_and_kept(store, tmp_path):
    customers = pd.DataFrame({"customer_id": ["c1", "c2"], "plan": ["free", "pro"]})
    frame = tickets(6, customer_id=["c1", "c2", "c9", None, "c8", "c1"])
    memory, there = loaded(store, tmp_path, {"tickets": frame, "customers": customers})
    said = [note for note in there.checks["tickets"].notes if "does not have" in note]
    assert said == [note for note in memory.checks["tickets"].notes if "does not have" in note]
    assert len(said) == 1


def test_too_many_bad_rows_refuse_the_table(store, tmp_path):
    frame = tickets(10, reopens=[-1.0] * 5 + [0.0] * 5)
    toml = "zone = 'UTC'\n"
    with pytest.raises(cx.CxError) as first:
        loaded(store, tmp_path, {"tickets": frame}, toml=toml).__next__()
    store.put({"tickets": typed(frame)})
    with pytest.raises(cx.CxError) as second:
        cx.load(store.where, config=tmp_path / "cxlib.toml")
    assert str(first.value).splitlines()[0] == str(second.value).splitlines()[0]
    assert "column reopens: found '-1', expected at least 0" in str(second.value)


def test_what_extremes_prove_is_not_counted_row_by_row(store, tmp_path):
    opened = tickets(solved_at=stamps(*[None] * 40), reopens=[0] * 39 + [4], channel="chat")
    memory, there = loaded(store, tmp_path, {"tickets": opened})
    same(memory, there, "tickets", "ticket_id")
    assert there.place.tables["tickets"].is_plain
    assert set(there.place.tables["tickets"].bounds) == {"created_at"}


@pytest.mark.parametrize("bad", ["1970-06-01", "2150-01-01", None])
def test_one_bad_stamp_among_good_ones_is_found(store, tmp_path, bad):
    opened = tickets(solved_at=stamps(*range(1, 41)), reopens=1)
    opened.loc[11, "created_at"] = pd.NaT if bad is None else pd.Timestamp(bad, tz="UTC")
    memory, there = loaded(store, tmp_path, {"tickets": opened})
    same(memory, there, "tickets", "ticket_id")
    assert there.checks["tickets"].quarantined == 1
    ends = there.place.tables["tickets"].bounds["created_at"]
    assert ends == (
        opened["created_at"].drop(11).min().value // 1000,
        opened["created_at"].drop(11).max().value // 1000,
    )


def test_one_far_stamp_leaves_the_bounds_of_the_others(store, tmp_path):
    opened = tickets(solved_at=stamps(*range(1, 41)))
    opened.loc[39, "solved_at"] = pd.Timestamp("2150-01-01", tz="UTC")
    memory, there = loaded(store, tmp_path, {"tickets": opened})
    same(memory, there, "tickets", "ticket_id")
    assert there.place.tables["tickets"].bounds["solved_at"][1] == stamps(39)[0].value // 1000


@pytest.mark.parametrize("endless", ["infinity", "-infinity"])
@pytest.mark.parametrize("rows", ["ticket_id = 't11'", "true"])
def test_an_endless_instant_is_a_missing_one(tmp_path, endless, rows):
    store = DuckStore(tmp_path / "company.duckdb")
    opened = tickets(solved_at=stamps(*range(1, 41)))
    bad = opened["ticket_id"].eq("t11") | (rows == "true")
    known = opened.assign(
        created_at=opened["created_at"].mask(bad & (rows != "true")), solved_at=opened["solved_at"].mask(bad)
    )
    memory, _ = loaded(store, tmp_path, {"tickets": known})
    store.put({"tickets": typed(opened)})
    store.run(f"UPDATE tickets SET solved_at = '{endless}' WHERE {rows}")  # noqa: S608 - words of ours
    if rows != "true":
        store.run(f"UPDATE tickets SET created_at = '{endless}' WHERE {rows}")  # noqa: S608 - words of ours
    there = cx.load(store.where, config=tmp_path / "cxlib.toml")
    same(memory, there, "tickets", "ticket_id")
    assert there.checks["tickets"].quarantined == (rows != "true")
