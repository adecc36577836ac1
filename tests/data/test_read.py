"""Folders, files and frames in; the same data out, whatever they came in."""

import gzip
from datetime import UTC, date, datetime

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from small_tables import survey_rows, surveys, ticket_frame, tickets, write

from cxlib.data.read import load
from cxlib.errors import DataRefusedError, UnknownNameError, UsageError


def rows_of(data, table):
    return data.tables[table].sort_by(data.tables[table].column_names[0]).to_pydict()


def test_csv_gzip_parquet_and_frames_are_one(tmp_path):
    text = surveys()
    frame = pd.DataFrame([row.split(",") for row in survey_rows()], columns=text.split("\n")[0].split(","))
    typed = frame.assign(
        sent_at=pd.to_datetime(frame["sent_at"]),
        responded_at=pd.to_datetime(frame["responded_at"]).dt.tz_localize(None),
        score=frame["score"].astype("int8"),
        kind=frame["kind"].astype("category"),
    )
    folders = [tmp_path / name for name in ("csv", "gz", "parquet")]
    for folder in folders:
        folder.mkdir()
        write(folder, {"cxlib.toml": 'zone = "UTC"'})
    write(folders[0], {"surveys.csv": text})
    write(folders[1], {"surveys.csv.gz": gzip.compress(text.encode())})
    typed.to_parquet(folders[2] / "surveys.parquet")
    expected = rows_of(load(folders[0]), "surveys")
    assert rows_of(load(folders[1]), "surveys") == expected
    assert rows_of(load(folders[2]), "surveys") == expected
    assert rows_of(load({"surveys": frame}), "surveys") == expected
    assert rows_of(load({"surveys": typed}, config=folders[0] / "cxlib.toml"), "surveys") == expected


def test_columns_have_the_declared_types(tmp_path):
    header = "ticket_id,created_at,solved_at,reopens,channel,plan"
    data = load(write(tmp_path, {"tickets.csv": f"{header}\nT1,2020-02-01T08:00:00Z,,2,email,\n"}))
    types = dict(zip(data.tables["tickets"].column_names, data.tables["tickets"].schema.types, strict=True))
    instant = pa.timestamp("us", tz="UTC")
    assert types == {
        "ticket_id": pa.string(),
        "created_at": instant,
        "solved_at": instant,
        "reopens": pa.float64(),
        "channel": pa.string(),
        "plan": pa.string(),
    }
    assert data.tables["tickets"].column("plan").to_pylist() == [None]


def test_a_frame_is_not_changed():
    frame = ticket_frame(channel="Email ")
    before = frame.copy(deep=True)
    load({"tickets": frame})
    pd.testing.assert_frame_equal(frame, before)


def test_ids_from_floats_lose_their_point():
    data = load({"tickets": ticket_frame(3, customer_id=[12.0, np.nan, 7.0])})
    assert data.tables["tickets"].column("customer_id").to_pylist() == ["12", None, "7"]


def test_nan_is_missing_and_infinity_is_bad_in_frames():
    scores = np.array([9.0] * 38 + [np.nan, np.inf])
    frame = ticket_frame().rename(columns={"ticket_id": "survey_id", "created_at": "sent_at"})
    data = load({"surveys": frame.assign(kind="nps", score=scores)})
    assert data.tables["surveys"].column("score").to_pylist() == [9.0] * 38 + [None]
    assert data.checks["surveys"].notes == (
        "surveys row 40, column score: found 'inf', expected a number. Fix: correct it, or leave the field "
        "empty. "
        "(row quarantined)",
    )


def test_a_column_of_mixed_objects_is_read_as_text():
    stamps = [datetime(2020, 2, 1, 8, tzinfo=UTC), "2020-02-02T08:00:00Z", pd.NaT]
    frame = pd.DataFrame({"ticket_id": [1, 2, 3], "created_at": "2020-02-01T00:00Z", "solved_at": stamps})
    solved = load({"tickets": frame}, as_of="2020-03-01").tables["tickets"].column("solved_at").to_pylist()
    assert solved == [stamps[0], datetime(2020, 2, 2, 8, tzinfo=UTC), None]


def test_naive_frames_are_read_in_the_declared_zone(tmp_path):
    frame = pd.DataFrame({"ticket_id": ["1"], "created_at": [pd.Timestamp("2024-05-31 23:30")]})
    with pytest.raises(DataRefusedError, match="without a zone"):
        load({"tickets": frame})
    config = write(tmp_path, {"cxlib.toml": 'zone = "America/Chicago"'}) / "cxlib.toml"
    created = load({"tickets": frame}, config=config).tables["tickets"].column("created_at")
    assert created.to_pylist() == [datetime(2024, 6, 1, 4, 30, tzinfo=UTC)]


def test_a_file_zone_wins_over_the_general_one(tmp_path):
    toml = 'zone = "UTC"\n[tables.tickets]\nzone = "Europe/Paris"'
    data = load(
        write(tmp_path, {"tickets.csv": "ticket_id,created_at\n1,2020-02-01 08:00\n", "cxlib.toml": toml})
    )
    assert data.tables["tickets"].column("created_at").to_pylist() == [datetime(2020, 2, 1, 7, tzinfo=UTC)]


def test_a_bare_date_is_local_midnight_and_uncertain_by_a_day_in_changes(tmp_path):
    content = "change_id,released_at,title\nR1,2020-02-01,a\nR2,2020-02-02T08:00:00Z,b\n"
    files = {"changes.csv": content, "cxlib.toml": 'zone = "America/Los_Angeles"'}
    rows = load(write(tmp_path, files)).tables["changes"].to_pydict()
    assert rows["released_at"] == [datetime(2020, 2, 1, 8, tzinfo=UTC), datetime(2020, 2, 2, 8, tzinfo=UTC)]
    assert rows["uncertain_days"] == [1.0, None]
    assert rows["kind"] == ["release", "release"]


def test_declared_uncertainty_fills_what_the_file_leaves_open(tmp_path):
    content = "change_id,released_at,title,uncertain_days\nR1,2020-02-01,a,\nR2,2020-02-02,b,3\n"
    toml = 'zone = "UTC"\n[tables.changes]\nuncertain_days = 7'
    rows = load(write(tmp_path, {"changes.csv": content, "cxlib.toml": toml})).tables["changes"].to_pydict()
    assert rows["uncertain_days"] == [7.0, 3.0]


def test_exported_names_and_values_are_mapped(tmp_path):
    toml = """
        [tables.tickets]
        file = ["export.csv"]
        ignore = ["Summation column"]
        [columns.tickets]
        ticket_id = "Id"
        reason = "Topic [list]"
        [values.tickets.status]
        "Resolved by vendor" = "solved"
    """
    content = (
        "Summation column,Id,Created at,Topic [list],Status,Plan Name\n1,7,2020-02-01T08:00Z,a,Resolved by "
        "vendor,x\n"
    )
    data = load(write(tmp_path, {"export.csv": content, "cxlib.toml": toml}))
    assert data.columns("tickets") == ("ticket_id", "created_at", "reason", "status", "plan_name")
    assert data.tables["tickets"].column("status").to_pylist() == ["solved"]
    assert data.notes == ()


def test_the_kind_of_a_file_without_that_column_is_declared(tmp_path):
    content = "survey_id,sent_at,score\nS1,2020-02-01T08:00:00Z,9\n"
    data = load(write(tmp_path, {"surveys.csv": content, "cxlib.toml": '[tables.surveys]\nkind = "nps"'}))
    assert data.tables["surveys"].column("kind").to_pylist() == ["nps"]
    assert data.columns("surveys") == ("survey_id", "sent_at", "score")


def test_loader_columns_are_left_out(tmp_path):
    content = "ticket_id,created_at,_fivetran_synced,_dlt_id\n1,2020-02-01T08:00:00Z,x,y\n"
    assert load(write(tmp_path, {"tickets.csv": content})).columns("tickets") == ("ticket_id", "created_at")


def test_two_files_of_one_table_are_joined_by_key(tmp_path):
    toml = '[tables.tickets]\nfile = ["a.csv", "b.csv"]'
    files = {"a.csv": tickets(count=30), "b.csv": tickets(count=40), "cxlib.toml": toml}
    check = load(write(tmp_path, files)).checks["tickets"]
    assert (check.files, check.rows_in, check.used, check.duplicates) == (("a.csv", "b.csv"), 70, 40, 30)


def test_keys_that_differ_between_files_name_both(tmp_path):
    toml = '[tables.tickets]\nfile = ["a.csv", "b.csv"]'
    files = {
        "a.csv": tickets(count=40),
        "b.csv": tickets("T3,2020-02-09T08:00:00Z", count=0),
        "cxlib.toml": toml,
    }
    data = load(write(tmp_path, files))
    assert (
        "ticket_id with different content: 'T3' (a.csv line 5, b.csv line 2)" in data.checks["tickets"].notes
    )
    assert data.quarantine[["file", "line"]].to_numpy().tolist() == [["a.csv", 5], ["b.csv", 2]]


def test_files_that_are_no_table_are_named_and_left_alone(tmp_path):
    files = {"tickets.csv": tickets(), "survey.csv": "x", "truth.json": "{}", ".hidden": "", "notes.txt": ""}
    assert load(write(tmp_path, files)).notes == (
        "left alone, no table of ours: notes.txt and survey.csv (survey.csv looks like surveys: rename it "
        "to be read)",
    )


def test_one_file_can_be_loaded(tmp_path):
    write(tmp_path, {"tickets.csv": tickets(), "surveys.csv": "broken"})
    assert list(load(tmp_path / "tickets.csv").tables) == ["tickets"]


def test_a_folder_that_is_not_there_is_answered_with_the_near_one(tmp_path):
    (tmp_path / "data").mkdir()
    with pytest.raises(DataRefusedError) as refused:
        load(tmp_path / "dta")
    assert str(refused.value) == (
        f"{tmp_path}/dta: found nothing, expected a folder with data. Did you mean 'data'? Fix: correct the "
        f"name or "
        "put it there."
    )


def test_a_declared_file_that_is_missing_is_refused(tmp_path):
    write(tmp_path, {"exprt.csv": tickets(), "cxlib.toml": '[tables.tickets]\nfile = "export.csv"'})
    with pytest.raises(DataRefusedError) as refused:
        load(tmp_path)
    assert str(refused.value) == (
        f"{tmp_path}/export.csv: found nothing, expected the file of [tables.tickets]. Did you mean "
        f"'exprt.csv'? "
        "Fix: correct the name or put it there."
    )


def test_a_frame_of_no_table_is_refused():
    with pytest.raises(UnknownNameError, match=r"found 'ticket'.*Did you mean 'tickets'"):
        load({"ticket": ticket_frame()})


def test_as_of_is_a_date_or_an_instant(tmp_path):
    folder = write(tmp_path, {"tickets.csv": tickets(), "cxlib.toml": 'zone = "America/Los_Angeles"'})
    midnight = datetime(2020, 2, 10, 8, tzinfo=UTC)
    assert load(folder, as_of="2020-02-10").as_of == midnight
    assert load(folder, as_of=date(2020, 2, 10)).as_of == midnight
    assert load(folder, as_of="2020-02-10T08:00:00Z").as_of == midnight
    with pytest.raises(UsageError):
        load(folder, as_of="10.2.2020")


def test_the_fingerprint_follows_content_and_settings(tmp_path):
    folder = write(tmp_path, {"tickets.csv": tickets()})
    one = load(folder).fingerprint
    assert load(folder, as_of="2020-02-10").fingerprint == one
    write(folder, {"tickets.csv": tickets("T90,2020-02-10T08:00:00Z")})
    two = load(folder).fingerprint
    write(folder, {"cxlib.toml": 'zone = "UTC"'})
    assert len({one, two, load(folder).fingerprint}) == 3


REAL = {
    "rust": ({"changes": 9565, "tickets": 15815, "messages": 75767}, {"tickets": 4}),
    "laftel": ({"reviews": 3000, "changes": 25}, {}),
    "uci": ({"tickets": 24918}, {}),
    "ietf": ({"tickets": 773, "messages": 2449, "changes": 1369}, {}),
}


@pytest.mark.acceptance
@pytest.mark.parametrize("name", REAL)
def test_real_data_load_without_losing_a_row(name, real_data):
    rows, bad = REAL[name]
    data = load(real_data / name, as_of="2016-01-01" if name == "rust" else None)
    assert {table: check.rows_in for table, check in data.checks.items()} == rows
    assert {table: check.quarantined for table, check in data.checks.items() if check.quarantined} == bad
    for check in data.checks.values():
        assert check.rows_in == check.used + check.quarantined + check.duplicates + check.out_of_period


@pytest.mark.acceptance
@pytest.mark.parametrize("name", ["weekday", "seven_day"])
def test_the_conformance_pack_loads_whole(name, shared):
    data = load(shared / "data" / "zendesk" / name, as_of="2026-11-15T00:00:00Z")
    assert data.notes == ("left alone, no table of ours: expected.csv.gz and peer.csv.gz",)
    assert all(check.used == check.rows_in for check in data.checks.values())


@pytest.mark.acceptance
def test_the_cases_of_the_benchmark_load_whole(shared):
    folders = sorted((shared / "bench" / "changes" / "cases").glob("dev-*"))
    assert folders
    for folder in folders[:4]:
        checks = load(folder).checks
        assert set(checks) == {"activity", "changes", "customers", "surveys", "tickets"}
        assert all(check.used == check.rows_in for check in checks.values())


def test_a_missing_key_is_looked_for_under_id_and_nothing_else_is(tmp_path):
    write(tmp_path, {"surveys.csv": "id,type,sent_at\n1,nps,2020-01-05T08:00:00Z\n"})
    with pytest.raises(DataRefusedError) as refused:
        load(tmp_path)
    key, kind = str(refused.value).splitlines()
    assert "Did you mean 'id'? Fix: set [columns.surveys] survey_id = \"id\"" in key
    assert "Did you mean" not in kind


def test_an_empty_folder_has_nothing_to_rename(tmp_path):
    with pytest.raises(DataRefusedError, match=r"found no files, .* Fix: put the files there"):
        load(tmp_path)


def test_an_as_of_of_another_type_is_refused():
    with pytest.raises(UsageError, match="as_of: found '3'"):
        load({"tickets": ticket_frame()}, as_of=3)
