"""The log criticised: every fault planted alone in the sample's log is named with its rows, no other is."""

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest

import cxlib as cx
from cxlib.assets import sample_folder
from cxlib.changes.log import lint as lint_module
from cxlib.changes.log.remarks import reviewed
from cxlib.changes.log.rules_dates import find_gaps
from cxlib.cli import main

ZONE = "America/Chicago"
COLUMNS = ["change_id", "released_at", "title", "component"]


@pytest.fixture(scope="module")
def around():
    """The tables of the sample that the rules look into."""
    names = ("customers", "outages", "emails")
    return {name: pd.read_csv(sample_folder() / f"{name}.csv.gz", dtype=str) for name in names}


@pytest.fixture
def clean():
    """The sample's log, every row with a component."""
    log = pd.read_csv(sample_folder() / "changes.csv", dtype=str)
    return log.fillna({"component": "none"})


@pytest.fixture
def lint(around):
    def ask(log, as_of="2020-07-01", **others):
        frames = {name: frame for name, frame in {**around, **others}.items() if frame is not None}
        return cx.lint_log(
            cx.load({**frames, "changes": log}, as_of=as_of, config=sample_folder() / "cxlib.toml")
        )

    return ask


def only(found, code):
    """The one finding; anything else is a false alarm."""
    assert found.table["code"].tolist() == [code], found.text
    return found.table.iloc[0]


def changed(log, ids, **values):
    return log.assign(
        **{name: log[name].mask(log["change_id"].isin(ids), value) for name, value in values.items()}
    )


def test_the_clean_log_gives_no_finding(lint, clean):
    found = lint(clean)
    assert found.table.empty, found.text
    assert found.worst == "none"
    assert found.text.splitlines()[-1] == "Nothing to criticise."
    assert found.text.startswith("The log holds 266 changes, from 12 July 2017 to 30 June 2020;")
    assert [note.code for note in found.caveats] == ["shifts_not_asked"]


def test_rows_without_a_component(lint, clean):
    row = only(lint(changed(clean, ["R-040", "A-007"], component=np.nan)), "no_component")
    assert (set(row["change_ids"]), row["count"], row["severity"]) == ({"R-040", "A-007"}, 2, "yellow")
    half = [*clean["change_id"].iloc[::2], "R-030", "R-040"]
    assert only(lint(changed(clean, half, component=np.nan)), "no_component")["severity"] == "red"


def test_one_component_on_nearly_every_row(lint, clean):
    most = clean["change_id"].iloc[: int(0.9 * len(clean))].tolist()
    row = only(lint(changed(clean, most, component="web")), "no_component")
    assert (row["count"], row["severity"]) == (len(most), "yellow")
    assert "'web'" in row["found"]


def midnight(day):
    return pd.Timestamp(day, tz=ZONE).tz_convert("UTC").strftime("%Y-%m-%dT%H:%M:%SZ")


def test_local_midnight_taken_for_exact(lint, clean):
    at = {"R-100": midnight("2019-09-10"), "R-106": midnight("2019-10-24")}
    planted = clean.assign(
        released_at=[
            at.get(one, old) for one, old in zip(clean["change_id"], clean["released_at"], strict=True)
        ]
    )
    row = only(lint(planted), "date_only")
    assert set(row["change_ids"]) == set(at)
    days = planted.assign(uncertain_days=planted["change_id"].map(dict.fromkeys(at, "1")))
    assert lint(days).table.empty


def batches(days, each, *, components=("web",), hour="17:00"):
    """Rows dated at one minute of some days."""
    rows = [
        [f"B-{day:%m%d}-{n}", pd.Timestamp(f"{day:%Y-%m-%d} {hour}", tz=ZONE).tz_convert("UTC"),
         f"Something of note number {day:%m%d} {n}", components[n % len(components)]]
        for day in days for n in range(each)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=COLUMNS).assign(released_at=lambda log: log["released_at"].astype(str))


FRIDAYS = pd.date_range("2021-01-08", periods=12, freq="7D")


@pytest.mark.parametrize(
    ("days", "each"), [(FRIDAYS, 1), (FRIDAYS[:6], 2), (FRIDAYS[:3], 4), (FRIDAYS[::4], 4)]
)
def test_batches_of_fridays_are_found_from_twelve_rows_on(days, each):
    log = batches(days, each, components=("web", "search", "help"))
    row = (
        cx.lint_log(cx.load({"changes": log}, config=sample_folder() / "cxlib.toml"))
        .table.set_index("code")
        .loc["batch_dated"]
    )
    assert set(row["change_ids"]) == set(log["change_id"])
    assert row["severity"] == ("yellow" if each == 1 else "red")
    apart = int((days[1] - days[0]).days)
    assert row["fix"].endswith(f"or uncertain_days = {apart}")
    told = cx.load({"changes": log.assign(uncertain_days=apart)}, config=sample_folder() / "cxlib.toml")
    assert "batch_dated" not in set(cx.lint_log(told).table["code"]), "what the fix says mends it"


def test_eleven_rows_are_no_habit_yet_and_other_hours_are_none():
    few = cx.load({"changes": batches(FRIDAYS[:11], 1)}, config=sample_folder() / "cxlib.toml")
    assert "batch_dated" not in set(cx.lint_log(few).table["code"])
    spread = pd.concat(
        [batches([day], 1, hour=f"{9 + n % 8:02d}:{7 * n % 60:02d}") for n, day in enumerate(FRIDAYS)]
    )
    other = cx.load({"changes": spread}, config=sample_folder() / "cxlib.toml")
    assert "batch_dated" not in set(cx.lint_log(other).table["code"])


def test_five_at_one_instant_three_times(lint, clean):
    rows = {day: clean[clean["released_at"].str.startswith(day)] for day in ("2018", "2019")}
    ids = [
        one for part in (rows["2018"][:5], rows["2018"][20:25], rows["2019"][:5]) for one in part["change_id"]
    ]
    at = dict(
        zip(
            ids,
            np.repeat(["2018-01-10T15:00:00Z", "2018-04-18T15:30:00Z", "2019-01-09T16:00:00Z"], 5),
            strict=True,
        )
    )
    moved = clean.assign(
        released_at=[
            at.get(one, old) for one, old in zip(clean["change_id"], clean["released_at"], strict=True)
        ],
        rollout_end_at=clean["rollout_end_at"].mask(clean["change_id"].isin(ids)),
        reverted_at=clean["reverted_at"].mask(clean["change_id"].isin(ids)),
    )
    row = only(lint(moved), "batch_dated")
    assert set(row["change_ids"]) == set(ids)
    assert row["severity"] == "red"


def test_versions_of_one_app_on_one_day(lint, clean):
    ids = ["A-010", "A-011", "A-012"]
    moved = changed(clean, ids, released_at="2018-03-21T16:32:00Z", rollout_end_at=np.nan)
    row = only(lint(moved), "batch_dated")
    assert set(row["change_ids"]) == set(ids)


def test_a_time_without_any_change(lint, clean):
    at = pd.to_datetime(clean["released_at"])
    month = clean[~at.between("2019-08-01", "2019-09-11")]
    row = only(lint(month), "gap")
    assert (row["change_ids"], row["count"], row["severity"]) == (("R-093", "F-014"), 1, "red")
    assert row["found"] == "no change for 51 days from 30 July 2019 to 19 September 2019 (R-093 to F-014)"
    short = clean[~at.between("2019-08-08", "2019-09-11")]
    assert only(lint(short), "gap")["severity"] == "yellow"
    end = only(lint(clean[at < "2020-05-10"]), "gap")
    assert end["change_ids"] == ("R-140",), "the data go on, the log does not"


def test_holidays_are_no_gap(tmp_path):
    rows = batches(pd.to_datetime(["2021-01-04", "2021-01-26"]), 1)
    rest = ", ".join(f'"2021-01-{day}"' for day in range(10, 19))
    settings = tmp_path / "cxlib.toml"
    hours = 'hours = { mon = ["09:00-17:00"] }'
    found = []
    for holidays in ("", rest):
        settings.write_text(
            f'zone = "{ZONE}"\n[schedules.s]\nzone = "{ZONE}"\n{hours}\nholidays = [{holidays}]\n'
        )
        found.append([gap.days for gap in find_gaps(reviewed(cx.load({"changes": rows}, config=settings)))])
    assert found == [[22.0], []], "nine of the days are none"


def test_a_plan_is_hidden_and_counted(lint, clean):
    row = only(lint(changed(clean, ["H-027"], released_at="2020-07-09T15:00:00Z")), "future")
    assert (row["change_ids"], row["count"]) == (("H-027",), 1)
    far = only(lint(changed(clean, ["H-027"], released_at="2021-07-09T15:00:00Z")), "future")
    assert (far["change_ids"], far["count"]) == ((), 1)
    assert "(changes 266)" in far["found"], "it is in quarantine, which knows its line"


def test_one_id_with_different_rows(lint, clean):
    twin = clean[clean["change_id"] == "R-090"].assign(title="Access for nobody")
    row = only(lint(pd.concat([clean, twin])), "duplicate_id")
    assert (row["change_ids"], row["severity"]) == (("R-090",), "red")
    assert lint(pd.concat([clean, clean[clean["change_id"] == "R-090"]])).table.empty, (
        "the same row twice is one"
    )


def test_one_title_twice_within_a_day(lint, clean):
    twin = clean[clean["change_id"] == "R-090"].assign(change_id="X-1", title="access for the FINANCE team!")
    assert only(lint(pd.concat([clean, twin])), "same_change")["change_ids"] == ("R-090", "X-1")
    assert lint(pd.concat([clean, twin.assign(released_at="2019-07-04T15:08:00Z")])).table.empty


def test_an_end_before_the_beginning(lint, clean):
    row = only(lint(changed(clean, ["F-006"], reverted_at="2018-05-29T14:00:00Z")), "bad_order")
    assert (row["change_ids"], row["severity"]) == (("F-006",), "red")
    assert (
        only(lint(changed(clean, ["A-007"], rollout_end_at="2017-12-01T14:00:00Z")), "bad_order")["count"]
        == 1
    )


def test_a_scope_of_no_segment_or_value(lint, clean):
    row = only(lint(changed(clean, ["F-006"], scope="plam=term")), "bad_scope")
    assert (row["change_ids"], row["severity"]) == (("F-006",), "red")
    assert "'plam' is no segment of the data, did you mean 'plan'?" in row["found"]
    row = only(lint(changed(clean, ["F-006"], scope="plan=term; region=pacifc")), "bad_scope")
    assert "'pacifc' is no value of region, did you mean 'pacific'?" in row["found"]
    assert only(lint(changed(clean, ["F-006"], scope="everyone")), "bad_scope")["count"] == 1
    assert lint(changed(clean, ["F-006"], scope="Plan = Term; region=pacific")).table.empty


TITLES = [
    "v2.14.1",
    "1.2",
    "Release 4.2.0",
    "Bug fixes",
    "bugfixes and performance improvements",
    "misc",
    "Misc.",
]


@pytest.mark.parametrize("title", TITLES)
def test_a_title_that_says_nothing(lint, clean, title):
    assert only(lint(changed(clean, ["R-090"], title=title)), "empty_title")["change_ids"] == ("R-090",)


def test_two_words_need_a_description(lint, clean):
    assert lint(changed(clean, ["R-090"], title="Finance access")).table.empty
    row = only(lint(changed(clean, ["R-090"], title="Finance access", description=np.nan)), "empty_title")
    assert row["change_ids"] == ("R-090",)


def test_kinds_that_the_data_show_and_the_log_never_has(lint, clean, around):
    quiet = clean[clean["kind"] != "outage"]
    assert "outages, which the table outages show" in only(lint(quiet), "one_kind")["found"]
    assert lint(quiet, outages=None).table.empty, "no table, no outage"
    mails = pd.DataFrame({"date": ["2020-05-04", "2020-05-06"], "template": "spring_offer", "sends": "9000"})
    without = clean[clean["kind"] != "campaign"]
    row = only(lint(without, emails=pd.concat([around["emails"], mails])), "one_kind")
    assert "spring_offer" in row["found"]
    assert row["fix"] == "log them with --kind campaign"


def test_a_log_that_is_not_there_is_red(around):
    found = cx.lint_log(cx.load(around))
    assert only(found, "gap")["severity"] == "red"
    assert found.worst == "red"


def test_a_shift_that_no_change_explains_is_asked_for(lint, clean, monkeypatch):
    @dataclasses.dataclass
    class Found:
        verdict: str = "no_change_explains_it"
        metric: str = "nps"
        shift: dict = dataclasses.field(
            default_factory=lambda: {"onset": "2019-08-20", "onset_interval": ["2019-08-19", "2019-08-22"]}
        )

    monkeypatch.setattr(lint_module, "investigate", lambda data, metric: Found())
    at = pd.to_datetime(clean["released_at"])
    log = clean[~at.between("2019-08-05", "2019-09-11")]
    data = cx.load({"changes": log}, as_of="2020-07-01", config=sample_folder() / "cxlib.toml")
    table = cx.lint_log(data, metric="nps").table.set_index("code")
    assert (
        table.loc["unlogged_shift", "found"]
        == "something happened to NPS on 20 August 2019 ± 1 day; who knows?"
    )
    assert table.loc["gap", "severity"] == "red", "an unexplained shift lies in it"
    monkeypatch.setattr(lint_module, "investigate", lambda data, metric: Found("change_named"))
    assert "unlogged_shift" not in set(cx.lint_log(data, metric="nps").table["code"])


def test_an_unlogged_shift_of_real_arithmetic_is_found():
    times = pd.date_range("2020-01-01T06:00Z", periods=480, freq="3h").strftime("%Y-%m-%dT%H:%MZ")
    kept = [time for row, time in enumerate(times) if row % 2 or time > "2020-02-10"]
    log = pd.DataFrame([["R-1", "2020-01-10T08:00Z", "A release long before", "web"]], columns=COLUMNS)
    data = cx.load(
        {"tickets": pd.DataFrame({"ticket_id": kept, "created_at": kept}), "changes": log}, as_of="2020-02-25"
    )
    row = cx.lint_log(data, metric="ticket_volume").table.set_index("code").loc["unlogged_shift"]
    assert row["found"].startswith("something happened to Ticket volume on 10 February 2020 ± ")
    caveats = {caveat.code: caveat.text for caveat in cx.investigate(data, "ticket_volume").caveats}
    assert caveats["log_gap"].startswith(
        "The log holds no change from 10 January 2020 to 25 February 2020, longer"
    )


# ---- the command ----


def written(folder, log):
    log.to_csv(folder / "changes.csv", index=False)
    (folder / "cxlib.toml").write_text(f'zone = "{ZONE}"\n')
    return str(folder)


def test_fail_on_decides_the_exit_code(tmp_path, capsys, clean):
    log = clean[clean["scope"].isna()]
    yellow = written(tmp_path, changed(log, ["R-090"], title="misc"))
    codes = [
        main(["log", "lint", "--data", yellow, *words])
        for words in ([], ["--fail-on", "yellow"], ["--fail-on", "red"])
    ]
    assert codes == [0, 10, 0]
    assert "yellow empty_title: 1 title that says nothing (R-090)." in capsys.readouterr().out
    red = written(tmp_path, changed(log, ["F-015"], reverted_at="2019-01-01T00:00:00Z"))
    assert [main(["log", "lint", "--data", red, "--fail-on", level]) for level in ("yellow", "red")] == [
        11,
        11,
    ]
    capsys.readouterr()
    assert main(["log", "lint", "--data", red, "--fail-on", "orange"]) == 2
    assert "--fail-on: found 'orange', expected one of red or yellow" in capsys.readouterr().err


def test_json_is_one_object_with_its_schema(tmp_path, capsys, clean):
    where = written(tmp_path, changed(clean[clean["scope"].isna()], ["R-090"], title="misc"))
    assert main(["log", "lint", "--data", where, "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert list(said) == ["schema", "as_of", "rows", "text", "caveats"]
    assert said["schema"] == "cxlib.log/1"
    assert list(said["rows"][0]) == ["code", "severity", "change_ids", "count", "found", "why", "fix"]
    assert said["rows"][0]["change_ids"] == ["R-090"]
