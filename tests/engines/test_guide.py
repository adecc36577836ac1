"""The examples of the guide run as they stand, but for the address."""

import re
from pathlib import Path

import pandas as pd
import pytest

from tests.engines.stores import DuckStore, PostgresStore, SparkStore, typed

GUIDE = Path(__file__).resolve().parents[2] / "docs/guides/when-one-machine-is-not-enough.md"
BLOCKS = dict(re.findall(r"```python (\w+)\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL))


def tables():
    days = pd.date_range("2020-01-01T09:00", periods=59, freq="D", tz="UTC")
    tickets = pd.DataFrame(
        {"ticket_id": range(59), "created_at": days, "channel": ["chat"] * 30 + ["mail"] * 29}
    )
    surveys = pd.DataFrame({"survey_id": range(59), "kind": "nps", "sent_at": days, "responded_at": days})
    surveys["score"], surveys["channel"] = 9.0, "chat"
    return {"tickets": typed(tickets), "surveys": typed(surveys)}


def test_the_guide_has_an_example_of_each_place():
    assert set(BLOCKS) == {"duckdb", "postgresql", "spark"}


def test_the_example_of_a_duckdb_file_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    DuckStore(tmp_path / "company.duckdb").put(tables())
    exec(BLOCKS["duckdb"], {})  # noqa: S102  # our own guide
    assert "ticket_volume" in capsys.readouterr().out


def test_the_example_of_postgresql_runs(postgres, capsys):
    store = PostgresStore(postgres)
    store.put(tables())
    address = re.search(r'"(postgresql\+psycopg://[^"]+)"', BLOCKS["postgresql"]).group(1)
    exec(BLOCKS["postgresql"].replace(address, store.where), {})  # noqa: S102  # our own guide
    assert "tickets: 59 rows in = 59 used" in capsys.readouterr().out


def test_the_example_of_spark_runs(spark, tmp_path, capsys):
    SparkStore(spark, tmp_path).put(tables())
    exec(BLOCKS["spark"], {})  # noqa: S102  # our own guide
    assert "ticket_volume" in capsys.readouterr().out


@pytest.mark.parametrize("place", ["duckdb", "postgresql", "spark"])
def test_the_examples_are_python(place):
    compile(BLOCKS[place], place, "exec")
