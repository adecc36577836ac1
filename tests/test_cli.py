"""The command line: what it prints, where, and the code it ends with."""

import json
import re
import subprocess
import sys

import pytest

from cxlib.cli import main


def run(capsys, *words):
    code = main(list(words))
    said = capsys.readouterr()
    return code, said.out, said.err


@pytest.fixture
def small(tmp_path):
    """Three days of surveys, one of which is bad."""
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "cxlib.toml").write_text('zone = "UTC"\n')
    rows = ["survey_id,kind,sent_at,responded_at,score,plan"]
    rows += [
        f"s{i},nps,2020-02-{1 + i % 9:02d}T10:00:00Z,2020-02-{1 + i % 9:02d}T12:00:00Z,{i % 11},{'ab'[i % 2]}"
        for i in range(60)
    ]
    rows += ["s99,nps,2020-02-02T10:00:00Z,2020-02-02T12:00:00Z,11,a"]
    (folder / "surveys.csv").write_text("\n".join(rows) + "\n")
    return folder


def test_help_lists_every_command_and_the_exit_codes(capsys):
    code, out, _ = run(capsys, "--help")
    assert code == 0
    for command in ("init", "doctor", "check", "metrics", "measure", "find-shifts", "investigate", "report"):
        assert re.search(rf"^  {command} ", out, re.M)
    assert "3 data refused" in " ".join(out.split())


@pytest.mark.parametrize(
    "command", ["doctor", "check", "metrics", "measure", "find-shifts", "investigate", "report"]
)
def test_help_of_every_command_ends_with_two_examples(capsys, command):
    code, out, _ = run(capsys, command, "--help")
    assert code == 0
    examples = out.split("Examples:")[1]
    assert len(re.findall(rf"cxlib {command}\b", examples)) == 2


def test_version_is_printed(capsys):
    code, out, _ = run(capsys, "--version")
    assert (code, out.split()[0]) == (0, "cxlib")


def test_a_mistyped_command_is_a_usage_error_with_the_near_name(capsys):
    code, out, err = run(capsys, "mesure")
    assert (code, out) == (2, "")
    assert "Did you mean 'measure'?" in err
    assert "Fix: run `cxlib --help`." in err


def test_a_mistyped_option_is_a_usage_error_with_the_near_name(capsys):
    code, _, err = run(capsys, "measure", "--metrc", "nps")
    assert code == 2
    assert err == "No such option: --metrc. Did you mean '--metric'? Fix: run `cxlib measure --help`.\n"


def test_a_mistyped_metric_is_a_usage_error_with_the_near_name(capsys, small):
    code, _, err = run(capsys, "measure", "--data", str(small), "--metric", "npss")
    assert code == 2
    assert "found 'npss'" in err
    assert "Did you mean 'nps'?" in err


def test_a_mistyped_segment_is_a_usage_error_with_the_near_name(capsys, small):
    code, _, err = run(capsys, "measure", "--data", str(small), "--metric", "nps", "--by", "plam")
    assert code == 2
    assert "found 'plam'" in err
    assert "Did you mean 'plan'?" in err


def test_half_open_ranges_are_explained(capsys):
    code, _, err = run(capsys, "measure", "--metric", "nps", "--from", "2020-03-01", "--to", "2020-02-01")
    assert code == 2
    assert err == (
        "--from: found 2020-03-01, expected a day before --to 2020-02-01. Fix: ranges are half-open, "
        "February 2020 is --from 2020-02-01 --to 2020-03-01.\n"
    )


@pytest.mark.parametrize("words", [["measure"], ["measure", "--all", "--metric", "nps"]])
def test_measure_wants_names_or_all(capsys, words):
    code, _, err = run(capsys, *words)
    assert code == 2
    assert "expected --metric NAME (repeatable) or --all" in err


def test_what_is_no_instant_names_the_option(capsys, small):
    code, _, err = run(capsys, "check", "--data", str(small), "--as-of", "2020-02-30")
    assert code == 2
    assert err.startswith("--as-of: found '2020-02-30', expected a date of the calendar")


def test_an_empty_freq_is_a_usage_error(capsys, small):
    code, out, err = run(capsys, "measure", "--data", str(small), "--metric", "nps", "--freq", ",")
    assert (code, out) == (2, "")
    assert err.startswith("--freq: found none, expected D, W, M, Q or Y")


def test_a_range_outside_the_data_says_so(capsys, small):
    words = ["measure", "--data", str(small), "--metric", "nps"]
    _, out, _ = run(capsys, *words, "--from", "2025-02-01")
    said = "The range lies outside the data, which run from 1 February 2020 to 9 February 2020."
    assert said in out
    assert said in run(capsys, *words, "--from", "2019-02-01", "--to", "2019-03-01")[1]
    assert said not in run(capsys, *words, "--from", "2020-02-01", "--to", "2020-03-01")[1]
    _, out, _ = run(capsys, *words, "--as-of", "1999-01-01")
    assert "No row that could count is visible as of 1999-01-01 00:00 UTC." in out


def test_long_segments_leave_the_figures_to_be_seen(capsys, small):
    path = small / "surveys.csv"
    path.write_text(path.read_text().replace(",a\n", f",{'a' * 120}\n"))
    code, out, _ = run(capsys, "measure", "--data", str(small), "--metric", "survey_sends", "--by", "plan")
    assert code == 0
    row = next(line for line in out.splitlines() if "aaaa" in line)
    assert row.split()[-4:] == ["[20.2,", "42.8]", "30", "partial"]
    assert row.split()[-6:-4] == ["30", "surveys"]
    assert len(row) <= 100


def test_a_missing_folder_is_refused_with_code_3(capsys, tmp_path):
    code, _, err = run(capsys, "check", "--data", str(tmp_path / "nowhere"))
    assert code == 3
    assert "nowhere" in err
    assert "Fix:" in err


def test_a_wrong_key_in_the_settings_is_code_2(capsys, small):
    (small / "cxlib.toml").write_text('zone = "UTC"\n[report]\ntimeout_minute = 3\n')
    code, _, err = run(capsys, "check", "--data", str(small))
    assert code == 2
    assert "Did you mean 'timeout_minutes'?" in err


def test_measure_prints_value_interval_n_and_status(capsys, small):
    code, out, _ = run(capsys, "measure", "--data", str(small), "--metric", "nps")
    assert code == 0
    head, row = out.splitlines()[:2]
    assert head.split() == ["metric", "period", "value", "95", "%", "interval", "n", "status"]
    assert row.split()[:2] == ["nps", "2020-02"]
    assert all(len(line) <= 100 for line in out.splitlines())


def test_measure_json_is_one_object_with_the_schema_first(capsys, small):
    code, out, err = run(
        capsys, "measure", "--data", str(small), "--all", "--freq", "D,M", "--by", "plan", "--json"
    )
    assert (code, err) == (0, "")
    said = json.loads(out)
    assert next(iter(said)) == "schema"
    assert said["schema"] == "cxlib.measure/1"
    nps = [row for row in said["rows"] if row["metric"] == "nps" and row["freq"] == "M"]
    assert {row.get("plan") for row in nps} == {None, "a", "b"}  # the whole, and the cut
    for cut in (False, True):
        assert sum(row["n"] for row in nps if ("plan" in row) is cut) == 60


def test_check_shows_the_conservation_line_and_the_bad_row(capsys, small):
    code, out, _ = run(capsys, "check", "--data", str(small))
    assert code == 0
    line = next(row for row in out.splitlines() if row.startswith("surveys "))
    assert line.split()[1:] == ["61", "60", "1", "0", "0"]
    assert "surveys.csv line 62, column score: found '11', expected 0–10 for kind 'nps'." in out
    assert "nps" in out
    assert "contact_rate" in out


def test_check_json_counts_every_row(capsys, small):
    code, out, _ = run(capsys, "check", "--data", str(small), "--json")
    assert code == 0
    surveys = next(row for row in json.loads(out)["rows"] if row.get("table") == "surveys")
    parts = ("used", "quarantined", "duplicates", "out_of_period")
    assert surveys["rows_in"] == sum(surveys[part] for part in parts) == 61


def test_metrics_lists_all_and_prints_one(capsys):
    code, out, _ = run(capsys, "metrics")
    assert code == 0
    assert re.search(r"^nps +points +up\n    Share of promoters", out, re.M)
    assert "…" not in out
    assert max(map(len, out.splitlines())) <= 100
    code, out, _ = run(capsys, "metrics", "nps")
    assert code == 0
    assert "promoters" in out
    assert "{" not in out
    code, _, err = run(capsys, "metrics", "npss")
    assert code == 2
    assert "Did you mean 'nps'?" in err


def test_metrics_names_what_the_data_lack_once(capsys, small):
    _, out, _ = run(capsys, "metrics", "--data", str(small))
    assert "- ticket_volume: found no table tickets" in out
    assert "ticket_volume: ticket_volume" not in out


def test_init_demo_never_overwrites(capsys, tmp_path):
    folder = tmp_path / "demo"
    assert run(capsys, "init", "demo", str(folder))[0] == 0
    assert (folder / "data" / "cxlib.toml").is_file()
    assert (folder / "notebooks" / "monthly" / "overview.ipynb").is_file()
    code, _, err = run(capsys, "init", "demo", str(folder))
    assert code == 5
    assert "nothing is overwritten" in err


def test_doctor_runs_five_checks(capsys, small, tmp_path):
    code, out, _ = run(capsys, "doctor", "--data", str(small), "--out", str(tmp_path), "--json")
    said = json.loads(out)
    assert len(said["rows"]) == 5
    assert code == 0, said


def test_doctor_finds_a_wrong_zone(capsys, small, tmp_path):
    (small / "cxlib.toml").write_text('zone = "America/Chicagoo"\n')
    code, out, _ = run(capsys, "doctor", "--data", str(small), "--out", str(tmp_path))
    assert code == 2
    said = re.search(r"^FAULT settings and time zone: (.*?)^ok ", out, re.M | re.S)
    assert said
    assert " ".join(said[1].split()) == (
        "cxlib.toml, zone: found 'America/Chicagoo', expected a zone of the IANA database, such as "
        "'Europe/London'. Did you mean 'America/Chicago'? Fix: write the zone as Area/City."
    )
    assert max(map(len, out.splitlines())) <= 100


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["--config", "nosuch.toml"], "nosuch.toml: found no such file or directory"),
        (["--data", "nosuch"], "nosuch: found nothing, expected a folder with data"),
    ],
)
def test_doctor_finds_what_is_not_there(capsys, tmp_path, monkeypatch, words, found):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("cxlib.doctor._kernel", lambda: "not asked")
    code, out, _ = run(capsys, "doctor", *words)
    assert code == 2
    assert f"FAULT settings and time zone: {found}" in out


def test_doctor_refuses_yaml(capsys, tmp_path, monkeypatch):
    monkeypatch.setattr("cxlib.doctor._kernel", lambda: "not asked")
    (tmp_path / "cxlib.yaml").write_text("zone: UTC\n")
    code, out, _ = run(capsys, "doctor", "--data", str(tmp_path), "--out", str(tmp_path))
    assert code == 2
    assert "cxlib.yaml line 1: found YAML, expected TOML" in out


def test_a_bug_is_one_line_and_code_1_and_a_traceback_with_debug(capsys, monkeypatch, small):
    import cxlib.data.read

    def broken(*_args, **_kwargs):
        raise ZeroDivisionError("on purpose")

    monkeypatch.setattr(cxlib.data.read, "load", broken)
    code, out, err = run(capsys, "check", "--data", str(small))
    assert (code, out) == (1, "")
    assert err.count("\n") == 1
    with pytest.raises(ZeroDivisionError):
        main(["check", "--data", str(small), "--debug"])


def test_the_process_ends_with_the_code(small):
    call = [sys.executable, "-m", "cxlib.cli", "measure", "--data", str(small), "--metric", "npss"]
    done = subprocess.run(call, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")


def test_find_shifts_says_what_moved_and_prints_rows_as_json(capsys, small):
    words = ["find-shifts", "--data", str(small), "--metric", "nps", "--by", "plan"]
    code, out, _ = run(capsys, *words)
    assert (code, out.splitlines()[0][:41]) == (0, "0 shifts confirmed and 0 worth a look, am")
    code, out, _ = run(capsys, *words, "--json")
    said = json.loads(out)
    assert (code, said["schema"]) == (0, "cxlib.find_shifts/1")
    assert {caveat["code"] for caveat in said["caveats"]} >= {"thin_series"}


def test_find_shifts_refuses_a_share_that_is_none(capsys, small):
    code, _, err = run(capsys, "find-shifts", "--data", str(small), "--metric", "nps", "--q", "2")
    assert code == 2
    assert err == "q: found 2.0, expected a share inside (0, 1). Fix: write 0.10 for one in ten.\n"
