"""What came of checking a file is kept between runs: the same dataset, without looking at a row again."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest

import cxlib as cx
from cxlib.data import engine, kept
from cxlib.data.place import Place
from cxlib.errors import CxWarning
from tests.engines.stores import DuckStore, typed

FIRST = pd.Timestamp("2020-01-01T10:00", tz="UTC")
SETTINGS = """
zone = "America/New_York"
max_bad_share = 0.9
[values.tickets.channel]
Mail = "email"
"""


@pytest.fixture
def cache(tmp_path, monkeypatch):
    folder = tmp_path / "cache"
    monkeypatch.setenv("CXLIB_CACHE", str(folder))
    monkeypatch.setattr(kept, "LEAST_ROWS", 0)
    return folder


@pytest.fixture
def asked(monkeypatch):
    """The statements that were run."""
    statements = []
    plain = engine.DuckEngine.run
    monkeypatch.setattr(
        engine.DuckEngine, "run", lambda self, *told: statements.append(told[0]) or plain(self, *told)
    )
    return statements


def days(*offsets):
    return pd.Series([pd.NaT if one is None else FIRST + one * pd.Timedelta("1D") for one in offsets])


def dirty_tables():
    """Tables with a fault of every sort that a check answers in a way of its own."""
    rows = 60
    tickets = pd.DataFrame(
        {
            "ticket_id": [f"t{i:02d}" for i in range(rows)],
            "created_at": days(*range(rows)),
            "solved_at": days(*(i + 2 for i in range(rows))),
            "updated_at": days(*range(rows)),
            "customer_id": [f"c{i % 7}" for i in range(rows)],
            "channel": ["Mail", "chat", " ", None] * (rows // 4),
            "plan's": ["pro", " "] * (rows // 2),
            "status": "solved",
            "reopens": [0.0] * rows,
        }
    )
    tickets.loc[3, "created_at"] = pd.Timestamp("1960-01-01", tz="UTC")
    tickets.loc[4, "solved_at"] = pd.Timestamp("2150-01-01", tz="UTC")
    tickets.loc[5, "solved_at"] = tickets.loc[5, "created_at"] - pd.Timedelta("1h")
    tickets.loc[6, "reopens"] = -1
    tickets.loc[rows - 1, ["created_at", "solved_at"]] = days(900, 901).to_numpy()
    newer = tickets.loc[[8]].assign(updated_at=days(70).to_numpy(), status="open")
    rival = tickets.loc[[9]].assign(status="open")
    surveys = pd.DataFrame(
        {
            "survey_id": np.arange(30),
            "kind": ["nps", "csat"] * 15,
            "sent_at": days(*range(30)),
            "responded_at": days(*(i + 1 for i in range(30))),
            "score": [10.0, 4.0, 11.0, np.nan, 0.0, np.inf] * 5,
            "customer_id": [f"c{i % 7}" for i in range(30)],
            "ticket_id": [f"t{i:02d}" if i else "none" for i in range(30)],
        }
    )
    return {
        "tickets": pd.concat([tickets, tickets.loc[[7]], newer, rival], ignore_index=True),
        "surveys": surveys,
        "customers": pd.DataFrame({"customer_id": [f"c{i}" for i in range(7)], "plan": list("aabbccd")}),
        "activity": pd.DataFrame({"date": days(*range(40)).dt.date, "kind": "lesson", "count": 3}),
        "changes": pd.DataFrame(
            {
                "change_id": ["R-1", "R-2", None],
                "released_at": days(12, 50, 13),
                "title": ["One", "Two", "Three"],
                "kind": "release",
            }
        ),
    }


@pytest.fixture
def file(tmp_path):
    store = DuckStore(tmp_path / "company.duckdb")
    store.put({name: typed(frame) for name, frame in dirty_tables().items()})
    (tmp_path / "cxlib.toml").write_text(SETTINGS)
    return store


def shown_sql(data):
    """Each table as queries read it."""
    place: Place = data.place
    return {
        name: place.rows(name, {column: column for column in located.columns}).sql("duckdb")
        for name, located in place.tables.items()
    }


def told(data):
    """All that a dataset tells without a query."""
    public = (data.as_of, data.source, data.fingerprint, data.checks, data.caveats, data.notes, data.aside)
    tables = sorted({*data.tables, *data.place.tables})
    return [
        *public,
        {name: (data.segments(name), data.columns(name), data.data_through(name)) for name in tables},
        (data.place.seen, data.place.ids, data.place.zone),
        {name: (one.bounds, one.days, one.undated) for name, one in data.place.tables.items()},
        shown_sql(data),
        repr(data),
        data._repr_html_(),
        data.quarantine.to_dict("records"),
        {name: table.to_pydict() for name, table in {**data.tables, **data.engine.lookups}.items()},
        {name: table.to_pydict() for name, table in data.everything.items()},
    ]


@pytest.mark.parametrize("as_of", [None, "2020-02-10"])
def test_the_kept_outcome_is_the_fresh_one(file, cache, asked, as_of):
    fresh = cx.load(file.where, as_of=as_of)
    looked = len(asked)
    again = cx.load(file.where, as_of=as_of)
    assert looked > 10
    assert len(asked) == looked
    assert told(again) == told(fresh)
    assert list(again.checks) == list(fresh.checks)
    earlier = [told(data.at("2020-01-20")) for data in (fresh, again)]
    assert earlier[0] == earlier[1]
    for name in fresh.checks:
        key = list(fresh.frame(name).columns)
        pd.testing.assert_frame_equal(
            *(data.frame(name).sort_values(key, ignore_index=True) for data in (fresh, again))
        )


def test_the_faults_are_there_that_the_comparison_is_about(file, cache):
    data = cx.load(file.where)
    located = data.place.tables["tickets"]
    assert located.faults
    assert located.swapped
    assert located.repeated
    assert located.past is not None
    assert {check.quarantined for check in data.checks.values()} > {0, 1}
    assert data.checks["tickets"].duplicates == 2
    assert "changes" in data.tables


def test_what_is_measured_of_the_kept_outcome_is_the_same(file, cache):
    metrics = ["ticket_volume", "nps", "full_resolution_time", "ticket_volume.agent_initiated"]
    metrics = [name for name in metrics if name in set(available(cx.load(file.where)))]
    first = cx.measure(cx.load(file.where), metrics, freq="W", by="plan")
    shutil.rmtree(cache / "cells")
    second = cx.measure(cx.load(file.where), metrics, freq="W", by="plan")
    assert len(metrics) > 2
    pd.testing.assert_frame_equal(first.table, second.table, check_exact=True)
    assert first.to_dict() == second.to_dict()


def available(data):
    table = cx.list_metrics(data).table
    return table.loc[table["available"], "metric"]


def keys(cache):
    return {path.stem for path in (cache / "checked").glob("*.arrow")}


def test_another_file_setting_instant_or_program_is_checked_anew(file, cache, asked, monkeypatch):
    cx.load(file.where)
    first = keys(cache)
    assert len(first) == 1
    changes = [
        lambda: file.run("DELETE FROM tickets WHERE ticket_id = 't20'"),
        lambda: (file.where.parent / "cxlib.toml").write_text(SETTINGS.replace("New_York", "Chicago")),
        lambda: monkeypatch.setattr(kept, "_program", lambda: "another"),
    ]
    for i, change in enumerate(changes):
        change()
        before = len(asked)
        cx.load(file.where)
        assert len(asked) > before
        assert len(keys(cache)) == 2 + i
    for as_of in ("2020-02-10", "2020-02-11"):
        before = len(asked)
        assert cx.load(file.where, as_of=as_of).as_of.isoformat()[:10] == as_of
        assert len(asked) > before


def test_the_state_of_the_program_is_that_of_its_sources(tmp_path):
    folder = tmp_path / "inner"
    folder.mkdir()
    (folder / "a.py").write_text("a = 1")
    (tmp_path / "b.txt").write_text("no source")
    before = sorted(kept._sources(str(tmp_path), ""))
    assert [name for name, _, _ in before] == ["inner/a.py"]
    (folder / "a.py").write_text("a = 12")
    assert sorted(kept._sources(str(tmp_path), "")) != before


def test_a_damaged_outcome_is_told_ignored_and_made_anew(file, cache, asked):
    fresh = cx.load(file.where)
    (path,) = (cache / "checked").glob("*.arrow")
    content = bytearray(path.read_bytes())
    content[200] ^= 1
    path.write_bytes(content)
    looked = len(asked)
    with pytest.warns(CxWarning, match="is damaged and is made anew"):
        again = cx.load(file.where)
    assert len(asked) == 2 * looked
    assert told(again) == told(fresh)
    assert len(keys(cache)) == 1
    cx.load(file.where)
    assert len(asked) == 2 * looked


def test_a_file_that_changes_while_it_is_checked_is_not_kept(file, cache, monkeypatch):
    plain = engine.DuckEngine.run
    monkeypatch.setattr(engine.DuckEngine, "run", lambda self, *told: touched(file, plain(self, *told)))
    cx.load(file.where)
    assert keys(cache) == set()


def touched(file, found):
    with file.where.open("ab") as grown:
        grown.write(b"\0")
    return found


def test_what_is_refused_is_refused_each_time(file, cache):
    (file.where.parent / "cxlib.toml").write_text(SETTINGS.replace("0.9", "0.001"))
    for _ in range(2):
        with pytest.raises(cx.CxError, match="max_bad_share"):
            cx.load(file.where)
    assert keys(cache) == set()


def test_small_files_and_an_absent_cache_keep_nothing(file, cache, monkeypatch, tmp_path):
    monkeypatch.setattr(kept, "LEAST_ROWS", 10_000)
    cx.load(file.where)
    assert keys(cache) == set()
    monkeypatch.setattr(kept, "LEAST_ROWS", 0)
    monkeypatch.setenv("CXLIB_CACHE", "off")
    monkeypatch.chdir(tmp_path)
    cx.load(file.where)
    assert not (tmp_path / "off").exists()


def test_nothing_that_runs_is_in_a_kept_file(file, cache):
    cx.load(file.where)
    (path,) = (cache / "checked").glob("*.arrow")
    content = path.read_bytes()
    length = int(content[64:80])
    header = json.loads(content[80 : 80 + length])
    assert set(header) == {"facts", "sizes"}
    assert len(content) == 80 + length + sum(header["sizes"].values())
    assert path.parent.stat().st_mode & 0o077 == 0
