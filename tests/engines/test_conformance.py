"""One definition, every engine: each metric that the data allow gives the same numbers wherever the tables lie."""

import numpy as np
import pandas as pd
import pytest

import cxlib as cx
from cxlib.metrics.catalogue import catalogue
from tests.engines.stores import DuckStore, PostgresStore, SparkStore
from tests.metrics.company import company

TOML = """
zone = "{zone}"
schedule = "support"
[schedules.support]
zone = "America/New_York"
hours = {{ mon = ["09:00-12:00", "13:00-17:00"], tue = ["09:00-17:00"], sun = ["00:30-06:00"] }}
holidays = ["2020-01-20"]
[targets.first_response_time]
clock = "business"
minutes = {{ urgent = 60, default = 240 }}
"""
IDS = ("_id", "author_id", "merged_into", "in_reply_to", "assignee")
NUMBERS = ["value", "n", "numerator", "denominator", "lower", "upper"]
AS_OF = "2020-05-20T13:45:00Z"


def many(copies, *, days=120):
    """Several companies as one, with quotes in reasons and instants about the days on which clocks change."""
    parts = [company(seed=seed, days=days) for seed in range(copies)]
    for i, frames in enumerate(parts):
        for frame in frames.values():
            for name in (name for name in frame.columns if name.endswith(IDS)):
                frame[name] = frame[name].map(lambda value, i=i: value if pd.isna(value) else f"{i}-{value}")
    joined = {name: pd.concat([part[name] for part in parts], ignore_index=True) for name in parts[0]}
    rng = np.random.default_rng(1)
    tickets = joined["tickets"]
    tickets["reason"] = tickets["reason"].replace({"login": "can't \"log in\"", "refund": "50% back; --"})
    tickets.loc[rng.random(len(tickets)) < 0.05, "reason"] = None
    tickets["plan"] = rng.choice(["Ähre", "alpha", "Zebra", "a b"], len(tickets))
    edge = pd.Timestamp("2020-03-08T05:00Z")
    near = rng.random(len(tickets)) < 0.06
    spelled = (edge + pd.to_timedelta(rng.integers(-6 * 3600, 6 * 3600, len(tickets)), unit="s")).strftime(
        "%Y-%m-%dT%H:%M:%SZ"
    )
    tickets["created_at"] = tickets["created_at"].where(~near, pd.Series(spelled))
    return joined


@pytest.fixture(scope="module")
def cuts():
    """What was asked of the tables in memory: one answer for every place."""
    return {}


def answers(data, *, freqs, known=None):
    """Every metric that the data allow, alone and by two segments of its table."""
    allowed = cx.list_metrics(data).table.query("available")["metric"]
    defined = catalogue(data.settings)
    found = {}
    for table in sorted({defined[name].table for name in allowed}):
        names = [name for name in allowed if defined[name].table == table]
        own = sorted(set.intersection(*(set(data.segments(defined[name].table)) for name in names)))
        shared = [name for name in ("channel", "plan", "kind", "store") if name in own][:2] or own[:2]
        for freq in freqs:
            for by in ((), tuple(shared)) if shared else ((),):
                found[table, freq, by] = cx.measure(data, names, freq=freq, by=by).table
    return found


def assert_equal(memory, there):
    assert memory.keys() == there.keys()
    assert memory
    for key, expected in memory.items():
        got = there[key]
        names = [name for name in expected.columns if name not in NUMBERS]
        pd.testing.assert_frame_equal(got[names], expected[names], obj=str(key))
        for name in NUMBERS:
            left, right = (np.asarray(frame[name], dtype=float) for frame in (got, expected))
            np.testing.assert_allclose(
                left, right, rtol=1e-9, atol=1e-9, equal_nan=True, err_msg=f"{key} {name}"
            )


def check(store, frames, tmp_path_factory, zone, freqs):
    config = tmp_path_factory.mktemp("config") / "cxlib.toml"
    config.write_text(TOML.format(zone=zone), "utf-8")
    memory = cx.load(frames, as_of=AS_OF, config=config)
    store.put({name: table for name, table in memory.everything.items()})
    there = cx.load(store.where, as_of=AS_OF, config=config)
    asked = cx.list_metrics(memory).table
    pd.testing.assert_frame_equal(cx.list_metrics(there).table, asked)
    assert asked["available"].sum() > 10
    assert_equal(answers(memory, freqs=freqs), answers(there, freqs=freqs))


@pytest.fixture(scope="module")
def few():
    return many(2)


def test_a_duckdb_file_gives_the_same_numbers(few, tmp_path_factory):
    path = tmp_path_factory.mktemp("file") / "company.duckdb"
    check(DuckStore(path), few, tmp_path_factory, "America/St_Johns", ["M"])


def test_postgresql_gives_the_same_numbers(few, postgres, tmp_path_factory):
    check(PostgresStore(postgres), few, tmp_path_factory, "America/New_York", ["M"])


def test_spark_gives_the_same_numbers(few, spark, tmp_path_factory):
    check(SparkStore(spark), few, tmp_path_factory, "Asia/Kathmandu", ["M"])
