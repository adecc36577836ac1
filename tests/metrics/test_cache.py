"""What was measured is kept between runs, found while nothing changed, and never trusted if damaged."""

import dataclasses
import multiprocessing
import os

import duckdb
import pandas as pd
import pyarrow as pa
import pytest
from test_cells_speed_paths import SETTINGS, stored_company

import cxlib as cx
from cxlib.data import kept
from cxlib.errors import CxWarning
from cxlib.metrics import cuts, kept_frames, measure


@pytest.fixture
def cache(tmp_path, monkeypatch):
    folder = tmp_path / "cache"
    monkeypatch.setenv("CXLIB_CACHE", str(folder))
    monkeypatch.setattr(kept, "LEAST_ROWS", 0)
    return folder


@pytest.fixture
def made(monkeypatch):
    """How often a frame was made anew."""
    count = []
    plain = measure.frame_of
    for module in (measure, cuts):
        monkeypatch.setattr(module, "frame_of", lambda *a, **k: count.append(1) or plain(*a, **k))
    return count


@pytest.fixture
def path(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    return stored_company(folder, tickets=60)


def ask(path, metric="first_response_time", as_of="2024-04-15", **options):
    return cx.measure(cx.load(path, as_of=as_of), metric, **options)


def assert_equal(one, other):
    pd.testing.assert_frame_equal(one.table, other.table)
    assert one.to_dict() == other.to_dict()


def test_the_second_time_nothing_is_counted_and_all_is_the_same(path, cache, made):
    first, again = ask(path, by="reason"), ask(path, by="reason")
    assert len(made) == 1
    assert_equal(first, again)
    assert first.data_through == again.data_through
    assert first.as_of == again.as_of


def test_cuts_and_measure_share_what_is_kept(path, cache, made):
    data = cx.load(path, as_of="2024-04-15")
    frames = cuts.measure_cuts(data, ["nps"], freqs=["M"], cuts=[(), ("channel",)])
    assert len(made) == 2
    assert_equal(frames[1], cx.measure(data, "nps", by="channel"))
    assert len(made) == 2


@pytest.mark.parametrize(
    "options",
    [{"freq": "D"}, {"by": "channel"}, {"start": "2024-03-01"}, {"as_of": "2024-04-01"}, {"metric": "nps"}],
)
def test_another_question_is_another_answer(path, cache, made, options):
    ask(path)
    ask(path, **options)
    assert len(made) == 2


def test_changed_data_are_counted_anew(path, cache, made):
    before = ask(path, "ticket_volume")
    with duckdb.connect(str(path)) as connection:
        connection.execute("DELETE FROM tickets WHERE ticket_id = 7")
    after = ask(path, "ticket_volume")
    assert len(made) == 2
    assert after.table["n"].sum() == before.table["n"].sum() - 1


def test_changed_settings_and_definitions_are_counted_anew(path, cache, made):
    ask(path)
    (path.parent / "cxlib.toml").write_text(SETTINGS + "[definitions]\nbots_as_agents = true\n")
    ask(path)
    assert len(made) == 2
    own = {"table": "tickets", "kind": "share", "basis": "created_at", "unit": "%", "direction": "up"}
    data = cx.load(path, as_of="2024-04-15")
    for value in ("reason = 'login'", "reason = 'refund'"):
        cx.measure(data, cx.Metric("own", value=value, definition="Own.", **own))
    assert len(made) == 4


def test_a_damaged_file_is_told_ignored_and_written_again(path, cache, made):
    first = ask(path)
    (file,) = (cache / "cells").glob("*.arrow")
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    with pytest.warns(CxWarning, match="is damaged and is made anew"):
        again = ask(path)
    assert_equal(first, again)
    assert len(made) == 2
    ask(path)
    assert len(made) == 2


def test_a_file_cut_short_is_no_answer(path, cache):
    first = ask(path)
    (file,) = (cache / "cells").glob("*.arrow")
    file.write_bytes(file.read_bytes()[:40])
    with pytest.warns(CxWarning, match="is damaged"):
        assert_equal(first, ask(path))


def test_off_keeps_nothing(path, made, monkeypatch, tmp_path):
    monkeypatch.setattr(kept, "LEAST_ROWS", 0)
    monkeypatch.setenv("CXLIB_CACHE", "off")
    monkeypatch.chdir(tmp_path)
    ask(path)
    ask(path)
    assert len(made) == 2
    assert not (tmp_path / "off").exists()


def test_a_folder_that_cannot_be_written_is_no_cache(path, made, monkeypatch, tmp_path):
    monkeypatch.setattr(kept, "LEAST_ROWS", 0)
    taken = tmp_path / "taken"
    taken.write_text("a file, no folder")
    monkeypatch.setenv("CXLIB_CACHE", str(taken))
    ask(path)
    ask(path)
    assert len(made) == 2


def test_small_data_are_not_kept(path, monkeypatch, tmp_path):
    monkeypatch.setenv("CXLIB_CACHE", str(tmp_path / "cache"))
    ask(path)
    assert not (tmp_path / "cache" / "cells").exists()


def test_the_ones_not_used_for_longest_go(cache, path, monkeypatch):
    ask(path, freq="D")
    (old,) = (cache / "cells").glob("*.arrow")
    os.utime(old, (1, 1))
    monkeypatch.setattr(kept, "_MOST_BYTES", old.stat().st_size + 10)
    ask(path, freq="W")
    assert not old.exists()
    assert len(list((cache / "cells").iterdir())) == 1


def test_nothing_but_values_and_labels_is_kept(cache, path):
    ask(path, by="channel")
    (file,) = (cache / "cells").glob("*.arrow")
    found = kept.kept("cells", file.stem)
    assert {name: set(table.column_names) for name, table in found.tables.items()} == {
        "labels": {"period", "start", "end", "channel"},
        "values": {"value", "lower", "upper", "n", "numerator", "denominator", "status"},
    }


def _write_often(path):
    kept.LEAST_ROWS = 0
    for _ in range(3):
        for file in (kept._folder("cells") or path).glob("*.arrow"):
            file.unlink(missing_ok=True)
        ask(path)


def test_two_processes_may_write_at_once(cache, path):
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_write_often, args=(path,)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        assert process.exitcode == 0
    ask(path)
    assert {file.suffix for file in (cache / "cells").iterdir()} == {".arrow"}


@pytest.mark.parametrize("by", [(), "channel", ("channel", "priority")])
@pytest.mark.parametrize("freq", ["D", "M"])
def test_a_kept_frame_is_the_measured_one_bit_by_bit(path, cache, made, by, freq):
    metrics = ["ticket_volume", "first_response_time", *(["nps"] if "priority" not in by else [])]
    data = cx.load(path, as_of="2024-04-15")
    first, again = (cx.measure(data, metrics, freq=freq, by=by).table for _ in range(2))
    assert len(made) == 1
    pd.testing.assert_frame_equal(first, again, check_exact=True)
    assert list(first.dtypes) == list(again.dtypes)
    for name in first:
        assert type(first[name].iloc[0]) is type(again[name].iloc[0])
        if first[name].dtype == "float64":
            assert first[name].to_numpy().tobytes() == again[name].to_numpy().tobytes()


def test_a_kept_frame_may_be_written_to(path, cache, made):
    data = cx.load(path, as_of="2024-04-15")
    for _ in range(3):
        table = cx.measure(data, ["nps", "ticket_volume"], by="channel").table
        assert not (table["value"] == -7).any()
        table.loc[0, ["value", "n"]] = -7.0
        table.loc[0, ["metric", "status"]] = "mine"
        table.loc[0, "start"] = None
        assert (table["value"] == -7).sum() == 1
    assert len(made) == 1


def test_metrics_with_labels_of_their_own_keep_them(path, cache):
    frame = ask(path, by="channel", freq="W")
    table = frame.table
    extra = table.iloc[:2].assign(metric="other", channel=["new", "(unknown)"], value=[0.1, -0.0])
    mixed = pd.concat([table, extra, table.assign(metric="third")], ignore_index=True)
    data = cx.load(path, as_of="2024-04-15")
    metrics = cuts.chosen_metrics(data.settings, ["nps"])
    asked = ((), cuts.read_range("D", None, None))
    made = dataclasses.replace(frame, table=mixed)
    first, again = (kept_frames.kept_frame(data, metrics, asked, lambda: made) for _ in range(2))
    assert again is not first
    pd.testing.assert_frame_equal(mixed, again.table, check_exact=True)
    _, runs = kept_frames._labels(mixed, kept_frames._blocks(mixed))
    assert [name for name, _, _ in runs] == ["first_response_time", "other", "third"]
    assert runs[0][1:] == runs[2][1:]


def test_an_empty_frame_is_not_kept(path, cache, made):
    first, again = (ask(path, by="channel", start="2031-01-01", end="2031-01-01") for _ in range(2))
    assert len(made) == 2
    assert_equal(first, again)


@pytest.mark.parametrize("rows", [1, 1024, 2500])
def test_a_name_is_repeated_as_often_as_it_is_wanted(rows):
    names = pa.chunked_array(kept_frames._repeated("nps", rows)).to_pylist()
    assert names == ["nps"] * rows
