"""Laws of checking: nothing vanishes, order does not matter, as_of moves only what is out of period."""

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st
from small_tables import ticket_frame, tickets, write

from cxlib.data.read import load

LOOSE = "max_bad_share = 1.0\n"
ids = st.sampled_from([*"abcdefgh", "", " ", "1.0E+17"])
stamps = st.sampled_from(
    [
        "2020-02-01T08:00:00Z",
        "2020-02-03T09:30:00+01:00",
        "2020-02-30",
        "",
        "never",
        "2031-01-01T00:00:00Z",
        "2020-02-05",
    ]
)
rows = st.lists(
    st.tuples(
        ids,
        stamps,
        stamps,
        st.sampled_from(["email", "Email ", "", "chat"]),
        st.sampled_from(["", "x", "x,y"]),
    ),
    max_size=30,
)


def table_of(drawn):
    lines = [",".join(fields) for fields in drawn]
    return "ticket_id,created_at,updated_at,channel,note\n" + "".join(line + "\n" for line in lines)


def folder_of(factory, text):
    return write(factory.mktemp("law"), {"tickets.csv": text, "cxlib.toml": LOOSE + 'zone = "Europe/London"'})


def counts(data):
    check = data.checks["tickets"]
    return check.rows_in, check.used, check.quarantined, check.duplicates, check.out_of_period


@given(drawn=rows)
def test_rows_in_are_used_quarantined_dropped_or_out_of_period(tmp_path_factory, drawn):
    data = load(folder_of(tmp_path_factory, table_of(drawn)), as_of="2020-02-03")
    rows_in, used, quarantined, duplicates, outside = counts(data)
    assert rows_in == len(drawn) == used + quarantined + duplicates + outside
    assert (used, quarantined) == (data.tables["tickets"].num_rows, len(data.quarantine))


@given(drawn=rows, days=st.lists(st.integers(1, 28), min_size=2, max_size=2))
def test_as_of_moves_only_what_is_out_of_period(tmp_path_factory, drawn, days):
    folder = folder_of(tmp_path_factory, table_of(drawn))
    one, two = (load(folder, as_of=f"2020-02-{day:02d}") for day in days)
    assert counts(one)[2:4] == counts(two)[2:4]
    assert one.quarantine.equals(two.quarantine)
    assert counts(one.at(two.as_of)) == counts(two)


@given(drawn=rows, seed=st.integers(0, 1000))
def test_the_order_of_rows_does_not_matter(tmp_path_factory, drawn, seed):
    shuffled = [drawn[i] for i in np.random.default_rng(seed).permutation(len(drawn))]
    one, two = (load(folder_of(tmp_path_factory, table_of(some))) for some in (drawn, shuffled))
    assert counts(one) == counts(two)
    keys = [(name, "ascending") for name in one.tables["tickets"].column_names]
    assert one.tables["tickets"].sort_by(keys).equals(two.tables["tickets"].sort_by(keys))
    assert sorted(one.quarantine["reason"]) == sorted(two.quarantine["reason"])


@given(scores=st.lists(st.integers(-2, 12) | st.none(), min_size=1, max_size=40))
def test_frames_obey_the_law_too(tmp_path_factory, scores):
    frame = ticket_frame(len(scores)).rename(columns={"ticket_id": "survey_id", "created_at": "sent_at"})
    config = write(tmp_path_factory.mktemp("law"), {"cxlib.toml": LOOSE}) / "cxlib.toml"
    data = load({"surveys": frame.assign(kind="nps", score=pd.array(scores, dtype="Int64"))}, config=config)
    bad = [score for score in scores if score is not None and not 0 <= score <= 10]
    assert data.checks["surveys"].quarantined == len(bad)
    assert data.checks["surveys"].used == len(scores) - len(bad)


def test_the_latest_version_of_a_row_is_kept(tmp_path):
    content = (
        "ticket_id,created_at,updated_at,status\n"
        "T1,2020-02-01T08:00:00Z,2020-02-03T08:00:00Z,solved\n"
        "T1,2020-02-01T08:00:00Z,2020-02-02T08:00:00Z,open\n"
    )
    data = load(write(tmp_path, {"tickets.csv": content}), as_of="2020-03-01")
    assert data.tables["tickets"].column("status").to_pylist() == ["solved"]
    assert counts(data) == (2, 1, 0, 1, 0)


def test_versions_of_one_moment_are_all_put_aside(tmp_path):
    content = tickets(
        "T90,2020-02-01T08:00:00Z,2020-02-03T08:00:00Z,a",
        "T90,2020-02-01T08:00:00Z,2020-02-03T08:00:00Z,b",
        "T90,2020-02-01T08:00:00Z,2020-02-03T08:00:00Z,b",
        header="ticket_id,created_at,updated_at,plan",
        count=0,
    )
    folder = write(tmp_path, {"tickets.csv": content, "cxlib.toml": LOOSE})
    assert counts(load(folder)) == (3, 0, 2, 1, 0)


def test_a_table_without_a_key_keeps_equal_rows(tmp_path):
    content = "ticket_id,at,status\n" + "T1,2020-02-01T08:00:00Z,open\n" * 3
    data = load(write(tmp_path, {"ticket_events.csv": content}))
    assert data.checks["ticket_events"].used == 3
    assert data.checks["ticket_events"].notes == ("2 rows equal to another kept: the table has no key",)


def test_the_last_release_is_not_past_the_end_where_tickets_go_on(tmp_path):
    releases = ["2020-01-01", "2020-01-03", "2020-01-05", "2020-02-20"]
    lines = [f"R{i},{day}T08:00:00Z,a" for i, day in enumerate(releases)]
    changes = "change_id,released_at,title\n" + "\n".join(lines) + "\n"
    files = {"changes.csv": changes, "cxlib.toml": LOOSE}
    assert load(write(tmp_path, files)).checks["changes"].quarantined == 1
    assert load(write(tmp_path, {"tickets.csv": tickets()})).checks["changes"].quarantined == 0


def test_a_sparse_table_has_no_end_before_its_last_row(tmp_path):
    days = ["2020-01-01", "2020-02-05", "2020-03-20", "2020-06-01"]
    content = "ticket_id,created_at\n" + "".join(f"T{i},{day}T08:00:00Z\n" for i, day in enumerate(days))
    assert load(write(tmp_path, {"tickets.csv": content})).checks["tickets"].quarantined == 0


def test_the_same_rows_are_bad_at_every_as_of(tmp_path):
    folder = write(tmp_path, {"tickets.csv": tickets("T90,2031-01-01T00:00:00Z")})
    for as_of in ("2020-02-05", "2025-01-01", "2040-01-01", None):
        assert load(folder, as_of=as_of).quarantine["line"].tolist() == [42]


def test_a_last_row_after_an_empty_month_stands_where_the_end_is_declared(tmp_path):
    files = {"tickets.csv": tickets("T90,2020-06-05T08:00:00Z", "T91,2021-06-05T08:00:00Z")}
    assert load(write(tmp_path, files)).checks["tickets"].quarantined == 1
    declared = load(write(tmp_path, files | {"cxlib.toml": '[data_through]\ntickets = "2020-06-05"'}))
    assert declared.quarantine["line"].tolist() == [43]
    assert declared.quarantine["fix"].tolist() == [
        "correct the date, or set [data_through] tickets in cxlib.toml to the last day that is right"
    ]
    assert declared.as_of.date().isoformat() == "2020-06-06"
    both = load(write(tmp_path, files | {"cxlib.toml": '[data_through]\ntickets = "2021-06-05"'}))
    assert both.checks["tickets"].quarantined == 0


def test_stamps_after_the_last_day_are_noted_whatever_as_of_is(tmp_path):
    rows = ticket_frame(solved_at="2020-04-01T08:00:00Z").assign(first_replied_at=None)
    note = "40 values of solved_at after the data's last day: seen only with a later as_of"
    for as_of in (None, "2020-02-10", "2020-05-01"):
        assert note in load({"tickets": rows}, as_of=as_of).checks["tickets"].notes
    assert load({"tickets": rows.assign(solved_at=rows["created_at"])}).checks["tickets"].notes == ()
