"""The same rows give the same bytes, whatever holds them, in whatever order, and on whatever machine."""

import contextlib
import io
import os
import subprocess
import sys

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

import cxlib as cx
from cxlib.cli import main
from tests.metrics.company import company

TOML = """
zone = "America/New_York"
schedule = "desk"
[schedules.desk]
zone = "America/New_York"
hours = { mon = ["09:00-12:00", "13:00-17:00"], wed = ["09:00-17:00"], fri = ["22:00-02:00"] }
holidays = ["2020-01-20"]
[targets.first_response_time]
clock = "business"
minutes = { urgent = 60, default = 240 }
[targets.full_resolution_time]
clock = "calendar"
minutes = { default = 2880 }
[reasons]
is_issue = ["login"]
urgent = ["login"]
"""
ASK = ["--as-of", "2020-04-01", "--all", "--freq", "D,W,M", "--by", "channel", "--json"]


@pytest.fixture(scope="module")
def frames():
    return company(days=15)


def as_text(folder, frames, *, packed=False):
    for name, frame in frames.items():
        frame.to_csv(folder / f"{name}.csv{'.gz' if packed else ''}", index=False)


def typed(frames):
    """The tables as a database has them: instants, dates, truth values and numbers instead of text."""
    options = pyarrow.csv.ConvertOptions(
        strings_can_be_null=True, null_values=[""], quoted_strings_can_be_null=True
    )
    found = {}
    for name, frame in frames.items():
        text = frame.to_csv(index=False).encode()
        table = pyarrow.csv.read_csv(pa.BufferReader(text), convert_options=options)
        for place, field in enumerate(table.schema):
            if pa.types.is_timestamp(field.type):
                exact = table.column(place).cast(pa.timestamp("us", tz="UTC"))
                table = table.set_column(place, field.name, exact)
        found[name] = table
    return found


def as_parquet(folder, frames):
    for name, table in typed(frames).items():
        pyarrow.parquet.write_table(table, folder / f"{name}.parquet")


def as_duckdb(folder, frames):
    with duckdb.connect(str(folder / "company.duckdb")) as connection:
        for name, table in typed(frames).items():
            connection.register("given", table)
            connection.execute(f'CREATE TABLE "{name}" AS SELECT * FROM given')  # noqa: S608 - our own names
            connection.unregister("given")


def shuffled(frames, seed):
    return {name: frame.sample(frac=1, random_state=seed) for name, frame in frames.items()}


HOLDERS = {
    "CSV": as_text,
    "CSV.gz, rows shuffled": lambda folder, frames: as_text(folder, shuffled(frames, 1), packed=True),
    "Parquet, rows shuffled": lambda folder, frames: as_parquet(folder, shuffled(frames, 2)),
    "DuckDB file, rows shuffled": lambda folder, frames: as_duckdb(folder, shuffled(frames, 3)),
}
QUICK = [name for name in HOLDERS if name != "CSV"]


def held(tmp_path_factory, frames, how):
    folder = tmp_path_factory.mktemp("held")
    (folder / "cxlib.toml").write_text(TOML, "utf-8")
    HOLDERS[how](folder, frames)
    file = folder / "company.duckdb"
    return file if file.exists() else folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory, frames):
    return held(tmp_path_factory, frames, "CSV")


def said(where):
    """What the command prints."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        assert main(["measure", "--data", str(where), *ASK]) == 0
    return out.getvalue()


@pytest.fixture(scope="module")
def answer(folder):
    return said(folder)


def everything(where):
    """Every metric that the data allow, by month, as JSON would say it."""
    data = cx.load(where, as_of="2020-04-01")
    listed = cx.list_metrics(data).table
    names = listed.loc[listed["available"], "metric"].tolist()
    return cx.measure(data, names).table


@pytest.fixture(scope="module")
def expected(folder):
    return everything(folder)


def command(folder, **environment):
    """What the command prints in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "cxlib.cli", "measure", "--data", str(folder), *ASK],
        env={key: value for key, value in os.environ.items() if key not in MACHINE} | environment,
        capture_output=True,
        check=True,
        timeout=120,
    )
    assert done.stderr == b""
    return done.stdout


MACHINE = {"TZ", "LC_ALL", "LANG", "PYTHONHASHSEED", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "PYTHONUTF8"}
ELSEWHERE = {"TZ": "Asia/Kathmandu", "LC_ALL": "de_DE.UTF-8", "PYTHONHASHSEED": "1", "OMP_NUM_THREADS": "4"}
PLACES = {
    "another zone": {"TZ": "Pacific/Apia", "PYTHONHASHSEED": "2"},
    "a bare machine": {"LC_ALL": "C", "PYTHONHASHSEED": "3", "OPENBLAS_NUM_THREADS": "4"},
}


def test_the_command_answers_much(answer):
    for word in ('"freq": "D"', '"freq": "W"', '"freq": "M"', '"channel": "chat"', '"ticket_volume"'):
        assert word in answer


def test_another_machine_prints_the_same_bytes(folder, answer):
    assert command(folder, **ELSEWHERE).decode() == answer


@pytest.mark.slow
@pytest.mark.parametrize("place", PLACES)
def test_further_machines_print_the_same_bytes(folder, answer, place):
    assert command(folder, **PLACES[place]).decode() == answer


@pytest.mark.parametrize("how", QUICK)
def test_another_holder_of_the_rows_gives_the_same_numbers(tmp_path_factory, frames, expected, how):
    where = held(tmp_path_factory, frames, how)
    pd.testing.assert_frame_equal(everything(where), expected, check_exact=True)


@pytest.mark.slow
@pytest.mark.parametrize("how", QUICK)
def test_another_holder_of_the_rows_prints_the_same_bytes(tmp_path_factory, frames, answer, how):
    assert said(held(tmp_path_factory, frames, how)) == answer


@pytest.mark.parametrize("threads", [1, 7])
def test_the_number_of_threads_changes_nothing(folder, expected, threads, monkeypatch):
    opened = duckdb.connect

    def connect(*given, **named):
        connection = opened(*given, **named)
        connection.execute(f"SET threads = {threads}")
        return connection

    monkeypatch.setattr(duckdb, "connect", connect)
    pd.testing.assert_frame_equal(everything(folder), expected, check_exact=True)


@pytest.mark.slow
def test_measuring_twice_gives_the_same_bytes(folder, answer):
    assert said(folder) == answer


def test_other_rows_give_other_numbers(tmp_path_factory, frames, expected):
    fewer = frames | {"tickets": frames["tickets"].iloc[1:]}
    data = cx.load(held(tmp_path_factory, fewer, "CSV"), as_of="2020-04-01")
    found = cx.measure(data, "ticket_volume").table["value"].sum()
    assert found == expected.loc[expected["metric"] == "ticket_volume", "value"].sum() - 1
