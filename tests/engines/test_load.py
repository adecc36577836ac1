"""What is refused when a database is loaded, and what a user with few rights may do."""

import re

import numpy as np
import pandas as pd
import pytest

import cxlib as cx
from cxlib.data.fingerprint import file_hash
from tests.engines.stores import DuckStore, PostgresStore, typed

DAYS = pd.date_range("2020-01-01T09:00", periods=40, freq="D", tz="UTC")


def tickets(**columns):
    return pd.DataFrame({"ticket_id": range(40), "created_at": DAYS}).assign(**columns)


def refusal(where, **options):
    with pytest.raises(cx.CxError) as caught:
        cx.load(where, **options)
    return str(caught.value)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("mysql://me:s3cr3t@host/db", "found an address of 'mysql'"),
        ("nothing://me:s3cr3t@host/db", "found an address of 'nothing'"),
        ("postgresql+nothing://me:s3cr3t@host/db", "found an address of 'postgresql+nothing'"),
        ("postgresql+psycopg://me:s3cr3t@127.0.0.1:1/db", "port 1 failed: Connection refused"),
    ],
)
def test_a_wrong_address_is_refused_without_its_password(address, said):
    message = refusal(address)
    assert said in message
    assert "Fix: " in message
    assert "s3cr3t" not in message


def test_a_wrong_password_never_shows(postgres):
    address = postgres.replace("cx@", "stranger:s3cr3t@")
    with pytest.raises(cx.CxError) as caught:
        cx.load(address)
    chain = [caught.value, caught.value.__cause__, caught.value.__context__]
    assert "stranger" in str(caught.value)
    assert not any("s3cr3t" in repr(link) for link in chain if link is not None)
    data_of_its_own = postgres.replace("cx@", "cx:s3cr3t@")
    store = PostgresStore(data_of_its_own)
    store.put({"tickets": typed(tickets())})
    data = cx.load(store.where)
    shown = [repr(data), data._repr_html_(), data.source, repr(data.engine), repr(data.place)]
    assert not any("s3cr3t" in text for text in shown)


def test_a_file_that_is_not_there_is_named(tmp_path):
    DuckStore(tmp_path / "company.duckdb").put({"tickets": typed(tickets())})
    assert "Did you mean 'company.duckdb'?" in refusal(tmp_path / "compny.duckdb")
    (tmp_path / "text.duckdb").write_text("no database", "utf-8")
    assert "expected a DuckDB file that answers" in refusal(tmp_path / "text.duckdb")


def test_a_database_without_tables_of_ours_is_refused(store):
    store.put({"orderz": typed(tickets())})
    assert "found no table or view of ours" in refusal(store.where)


def test_a_declared_table_that_is_not_there_is_named(store, tmp_path):
    store.put({"tickets": typed(tickets())})
    config = tmp_path / "cxlib.toml"
    config.write_text('[tables.surveys]\nfile = "answers"\n', "utf-8")
    said = refusal(store.where, config=config)
    assert "answers: found no such table or view, expected the table of [tables.surveys]" in said


def test_a_missing_column_is_refused_with_the_line_to_paste(store):
    store.put({"tickets": typed(tickets().rename(columns={"created_at": "opened"}))})
    said = refusal(store.where)
    assert "tickets, header: found no column 'created_at' among 'ticket_id' and 'opened'" in said
    assert "set [columns.tickets] created_at" in said


def test_a_wrong_type_is_refused_with_table_column_type_and_cast(store):
    store.put({"tickets": typed(tickets(reopens="none", solved_at=1.5))})
    said = refusal(store.where)
    assert re.search(r"tickets, column reopens: found type \w+, expected a number for tickets.reopens", said)
    assert "cast it to TIMESTAMP WITH TIME ZONE in a view, and name the view in [tables.tickets] file" in said


def test_wall_clocks_without_a_zone_are_refused(store):
    store.put({"tickets": typed(tickets(created_at=DAYS.tz_localize(None)))})
    said = refusal(store.where)
    assert "which has no zone, expected instants with a zone, or a declared zone" in said


def test_renamed_columns_and_views_are_read(store, tmp_path):
    store.put({"raw": typed(tickets(why=["login", "refund"] * 20).rename(columns={"created_at": "opened"}))})
    store.run("CREATE OR REPLACE VIEW our_tickets AS SELECT * FROM raw WHERE ticket_id < 30") if (
        store.name != "spark"
    ) else store.run("CREATE OR REPLACE TEMPORARY VIEW our_tickets AS SELECT * FROM raw WHERE ticket_id < 30")
    config = tmp_path / "cxlib.toml"
    config.write_text(
        '[tables.tickets]\nfile = "our_tickets"\n[columns.tickets]\ncreated_at = "opened"\nreason = "why"\n'
        '[values.tickets.reason]\nlogin = "sign_in"\n',
        "utf-8",
    )
    data = cx.load(store.where, config=config)
    assert data.checks["tickets"].used == 30
    assert sorted(set(data.frame("tickets")["reason"])) == ["refund", "sign_in"]


def test_whole_ids_stay_whole_where_tables_agree_and_become_text_where_not(store):
    customers = pd.DataFrame({"customer_id": ["1", "2"], "plan": ["free", "pro"]})
    asked = pd.DataFrame({"survey_id": ["a", "b"], "kind": "nps", "sent_at": DAYS[:2], "ticket_id": [0, 1]})
    found = tickets(customer_id=[1, 2] * 20)
    store.put({"customers": typed(customers), "surveys": typed(asked), "tickets": typed(found)})
    data = cx.load(store.where)
    assert data.place.ids == {"ticket_id": "BIGINT"}
    table = cx.measure(data, "ticket_volume", freq="Y", by="plan").table
    assert dict(zip(table["plan"], table["value"], strict=True)) == {"free": 20, "pro": 20}


def test_the_log_of_changes_is_fetched_and_seen_as_of(store):
    changes = pd.DataFrame(
        {
            "change_id": ["R-1", "R-2", "R-2"],
            "released_at": [DAYS[3], DAYS[20], DAYS[20]],
            "title": ["One", "Two", "Two"],
        }
    )
    store.put({"tickets": typed(tickets()), "changes": typed(changes)})
    data = cx.load(store.where, as_of="2020-01-15")
    assert data.checks["changes"].conservation == (
        "changes: 3 rows in = 1 used + 0 quarantined + 1 duplicates + 1 out of period"
    )
    assert list(data.tables) == ["changes"]
    assert list(data.at("2020-03-01").frame("changes")["kind"]) == ["release", "release"]


def test_an_investigation_runs_where_the_tables_are(store):
    rng = np.random.default_rng(3)
    n = 3000
    sent = pd.Timestamp("2019-11-01", tz="UTC") + pd.to_timedelta(rng.integers(0, 120 * 86400, n), unit="s")
    late = sent >= pd.Timestamp("2020-02-04", tz="UTC")
    asked = pd.DataFrame({"survey_id": range(n), "kind": "nps", "sent_at": sent, "responded_at": sent})
    asked["score"] = np.where(rng.random(n) < np.where(late, 0.2, 0.7), 10.0, 3.0)
    asked["customer_id"], asked["plan"] = rng.integers(0, 900, n), rng.choice(["free", "pro"], n)
    log = pd.DataFrame(
        {"change_id": ["R-1"], "released_at": [pd.Timestamp("2020-02-04T09:00Z")], "title": ["Fees"]}
    )
    store.put({"surveys": typed(asked), "changes": typed(log)})
    there = cx.investigate(cx.load(store.where), "nps", start="2020-01-01", end="2020-03-01")
    memory = cx.investigate(
        cx.load({"surveys": asked, "changes": log}), "nps", start="2020-01-01", end="2020-03-01"
    )
    assert there.text == memory.text
    assert "R-1" in there.text


def test_who_may_only_select_may_measure(postgres):
    store = PostgresStore(postgres)
    store.put({"tickets": typed(tickets(channel="chat"))})
    reader = f"reader_{store.schema}"
    store.run(f"CREATE ROLE {reader} LOGIN")
    store.run("REVOKE TEMPORARY ON DATABASE postgres FROM PUBLIC")
    asked = store.where.replace("cx@", f"{reader}@")
    store.run(f"GRANT USAGE ON SCHEMA {store.schema} TO {reader}")
    assert "grant USAGE on the schema and SELECT on the tables" in refusal(asked)
    store.run(f"GRANT SELECT ON ALL TABLES IN SCHEMA {store.schema} TO {reader}")
    assert cx.measure(cx.load(asked), "ticket_volume", freq="Y").table["value"].sum() == 40


def test_the_settings_of_a_spark_session_are_left_as_they_are(spark, tmp_path):
    from tests.engines.stores import SparkStore

    before = dict(spark.sparkContext.getConf().getAll()), spark.conf.get("spark.sql.session.timeZone")
    SparkStore(spark, tmp_path).put({"tickets": typed(tickets(channel="chat"))})
    cx.measure(cx.load(spark), "ticket_volume", freq="M")
    after = dict(spark.sparkContext.getConf().getAll()), spark.conf.get("spark.sql.session.timeZone")
    assert before == after
    assert [view.name for view in spark.catalog.listTables()] == ["tickets"]


def test_the_fingerprint_of_a_file_is_its_content_and_is_remembered(tmp_path, monkeypatch):
    monkeypatch.setenv("CXLIB_CACHE", str(tmp_path / "cache"))
    file = tmp_path / "a.duckdb"
    file.write_bytes(b"one")
    first = file_hash(file)
    assert file_hash(file) == first
    assert (tmp_path / "cache/file-hashes.json").is_file()
    file.write_bytes(b"two")
    assert file_hash(file) != first
    monkeypatch.setenv("CXLIB_CACHE", "/proc/no-such-folder")
    assert file_hash(file) == file_hash(file)


def test_a_ticket_with_events_to_come_has_not_reached_its_last_status(store):
    opened = pd.DataFrame({"ticket_id": range(5), "created_at": DAYS[:5], "status": "solved"})
    solved = pd.DataFrame({"ticket_id": range(5), "at": DAYS[10:15], "status": "solved"})
    store.put({"tickets": typed(opened), "ticket_events": typed(solved)})
    seen = DAYS[12].isoformat()
    frames = {
        "tickets": opened.astype({"ticket_id": str}),
        "ticket_events": solved.astype({"ticket_id": str}),
    }
    for where in (store.where, frames):
        data = cx.load(where, as_of=seen)
        backlog = cx.measure(data, "backlog", freq="D").table
        assert backlog["value"].iloc[-1] == 3, where  # two of five were solved before
        resolution = cx.measure(data, "full_resolution_time", freq="Y").table.iloc[0]
        assert (resolution["n"], resolution["numerator"]) == (5, 2), where
