"""`cxlib health`: what it prints, what it writes, and how it refuses."""

import json

import pytest

from cxlib.cli import main
from cxlib.data.settings import read_settings
from tests.health.accounts import CONFIGURATION, tables


def run(capsys, *words):
    code = main(["health", *words])
    said = capsys.readouterr()
    return code, said.out, said.err


@pytest.fixture
def folder(tmp_path):
    given = tables()
    given["accounts"]["csm"] = ["ann", "bob"] * 6
    given["accounts"]["renewal_at"] = "2020-03-01T09:00Z"
    given["accounts"].loc[4:6, "churned_at"] = ["2019-09-02T09:00Z", "2019-10-09T09:00Z", "2019-11-20T09:00Z"]
    gone = given["accounts"].set_index("account_id")["churned_at"]
    given["activity"] = given["activity"][
        [
            not gone[name] or day < gone[name][:10]
            for name, day in given["activity"][["account_id", "date"]].values
        ]
    ]
    for name, frame in given.items():
        frame.to_csv(tmp_path / f"{name}.csv", index=False)
    (tmp_path / "cxlib.toml").write_text("# ours\n" + CONFIGURATION, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    "words",
    [
        ("list",),
        ("list", "--churn", "6"),
        ("list", "--opportunities"),
        ("explain", "A-02"),
        ("movement", "--before", "2019-10-01"),
        ("rollup",),
        ("rollup", "--by", "csm", "--arr", "--before", "2019-10-01"),
        ("backtest",),
        ("backtest", "--fit"),
        ("backtest", "--shape", "nps"),
        ("override",),
    ],
)
def test_every_command_says_something_to_people_and_to_programs(capsys, folder, words):
    where = ("--data", str(folder), "--as-of", "2020-01-01")
    code, out, err = run(capsys, *words, *where)
    assert (code, err) == (0, "")
    assert out.strip()
    assert "nan" not in out.lower().split()
    code, out, err = run(capsys, *words, *where, "--json")
    assert (code, err) == (0, "")
    said = json.loads(out)
    assert list(said)[:2] == ["schema", "as_of"]
    assert said["schema"] == "cxlib.health/1"
    assert said["text"]
    assert run(capsys, *words, *where, "--quiet")[:2] == (0, "")


def test_options_without_a_command_list(capsys, folder):
    where = ("--data", str(folder), "--as-of", "2020-01-01")
    assert run(capsys, *where) == run(capsys, "list", *where)
    code, out, _ = run(capsys, "--help")
    assert code == 0
    assert all(
        f"  {name} " in out for name in ("list", "explain", "movement", "rollup", "backtest", "override")
    )


def test_frozen_references_are_written_once_and_nothing_else_changes(capsys, folder):
    where = ("--data", str(folder), "--as-of", "2020-01-01")
    before = (folder / "cxlib.toml").read_text(encoding="utf-8")
    code, out, _ = run(capsys, "list", "--freeze", *where)
    assert code == 0
    assert "references of 4 metrics frozen as of 2020-01-01" in out
    after = (folder / "cxlib.toml").read_text(encoding="utf-8")
    added = [line for line in after.splitlines() if line not in before.splitlines()]
    assert sorted({line.split(" = ")[0] for line in added}) == ["frozen_at", "ref", "sd"]
    assert [line for line in after.splitlines() if line in before.splitlines()] == before.splitlines()
    assert read_settings(folder / "cxlib.toml").raw["health"]["frozen_at"] == "2020-01-01"
    _, out, _ = run(capsys, "list", *where)
    assert "not frozen" not in out
    run(capsys, "list", "--freeze", *where)
    assert (folder / "cxlib.toml").read_text(encoding="utf-8") == after


def test_too_few_churned_accounts_write_no_weights(capsys, folder):
    before = (folder / "cxlib.toml").read_text(encoding="utf-8")
    code, out, _ = run(capsys, "backtest", "--fit", "--write", "--data", str(folder), "--as-of", "2020-01-01")
    assert code == 0
    assert "nothing written" in out
    assert (folder / "cxlib.toml").read_text(encoding="utf-8") == before


def test_an_override_is_appended_and_stands_beside_the_model(capsys, folder):
    where = ("--data", str(folder), "--as-of", "2020-01-01")
    before = json.loads(run(capsys, "list", *where, "--json")[1])["rows"]
    said = ("--band", "champion", "--author", "ann", "--reason", "New sponsor", "--until", "2020-03-01")
    code, out, err = run(capsys, "override", "A-02", *said, "--as-of", "2019-12-20", "--data", str(folder))
    assert (code, err) == (0, "")
    assert "New sponsor" in " ".join(out.split())
    after = json.loads(run(capsys, "list", *where, "--json")[1])["rows"]
    for old, new in zip(before, after, strict=True):
        differs = {name for name in old if old[name] != new[name]}
        expected = (
            {"band_effective", "override_reason", "override_expires_at"}
            if new["account_id"] == "A-02"
            else set()
        )
        assert differs <= expected
        assert bool(differs) == bool(expected)


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (("explain", "A-2"), "Did you mean 'A-"),
        (("movement", "--before", "2020-02-01"), "expected a date before 2020-01-01"),
        (("rollup", "--by", "cms"), "Did you mean 'csm'"),
        (("backtest", "--shape", "npss"), "Did you mean 'nps'"),
        (("override", "A-02", "--band", "healthy", "--author", "ann", "--until", "2020-03-01"), "reason"),
        (("override", "A-02", "--band", "helthy", "--author", "a", "--reason", "b"), "helthy"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_in_one_line(capsys, folder, words, fault):
    code, out, err = run(capsys, *words, "--data", str(folder), "--as-of", "2020-01-01")
    assert (code, out) == (2, "")
    assert fault in err
    assert len(err.strip().splitlines()) == 1
    assert not (folder / "overrides.csv").exists()


def test_data_without_accounts_or_customers_say_so(capsys, tmp_path):
    tables()["surveys"].drop(columns="account_id").to_csv(tmp_path / "surveys.csv", index=False)
    (tmp_path / "cxlib.toml").write_text('zone = "UTC"\n', encoding="utf-8")
    code, _, err = run(capsys, "list", "--data", str(tmp_path))
    assert code == 3
    assert "no table customers" in err
