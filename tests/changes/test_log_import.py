"""Other formats into the change log: the same releases from each, and a second time nothing."""

import json
import re

import pytest

import cxlib as cx
from cxlib.cli import main

CHANGELOG = """\
# Changelog

Everything of note. The form is that of [Keep a Changelog](https://keepachangelog.com).

## [Unreleased]

### Added

- Something to come

## [2.1.0] - 2021-03-18

### Added

- Search by [voice](https://example.org/voice),
  on phones
- Saved searches

### Fixed

- `=` in titles

### Definition changes

| metric | before | after | expected effect | breaking | hash |
|---|---|---|---|---|---|
| `nps` | all answers | answers within 30 days | up by a point | yes | `0a1b` |
| `reach` | – | people asked | first published | no | `2c3d` |

## [2.0.1] - 2021-03-09 [YANKED]

- Faster start

## 2.0.0

- No date

## [1.9.0] - 2021-02-30

- A day that is none

[2.1.0]: https://example.org/compare/2.0.1...2.1.0
"""


@pytest.fixture
def desk(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data/cxlib.toml").write_text('zone = "Europe/Paris"\n')
    return tmp_path / "data"


def written(desk, name, content):
    path = desk.parent / name
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def log(desk):
    return cx.load(desk, as_of="2022-01-01").frame("changes").set_index("change_id")


def outcomes(found):
    return {name: found.count(name) for name in ("added", "amended", "already_there", "skipped")}


def test_a_changelog_becomes_a_row_a_version_and_one_a_definition(desk):
    found = cx.import_log(written(desk, "CHANGELOG.md", CHANGELOG), desk)
    assert outcomes(found) == {"added": 3, "amended": 0, "already_there": 0, "skipped": 4}
    rows = log(desk)
    assert rows.loc["2.1.0", "title"] == "2.1.0 Search by voice, on phones"
    assert (
        rows.loc["2.1.0", "description"]
        == "Added: Search by voice, on phones; Saved searches. Fixed: = in titles"
    )
    assert rows.loc["2.0.1", "description"] == "[YANKED]. Faster start"
    changed = rows.loc["2.1.0/nps"]
    assert (changed["kind"], changed["title"]) == (
        "definition",
        "Definition of nps changed: answers within 30 days",
    )
    assert changed["description"].startswith(
        "before: all answers. after: answers within 30 days. expected effect"
    )
    assert set(rows["uncertain_days"]) == {1.0}
    assert rows.loc["2.1.0", "released_at"].isoformat() == "2021-03-17T23:00:00+00:00", "midnight in Paris"
    assert found.table[found.table["outcome"] == "skipped"][["change_id", "why"]].to_numpy().tolist() == [
        ["Unreleased", "it is not released yet"],
        ["2.1.0/reach", "it is a first definition, which changed no number"],
        ["2.0.0", "it has no date"],
        ["1.9.0", "its date '2021-02-30' is none of the calendar in ISO 8601"],
    ]
    assert found.text.splitlines()[0] == (
        "CHANGELOG.md, read as Keep a Changelog, into changes.csv: 3 added, 0 already there and 4 skipped."
    )
    assert [note.code for note in found.caveats] == ["no_component"]


def test_bullets_of_definition_changes_are_definitions_too(desk):
    text = "## [3.0.0] - 2021-05-01\n### Definition changes\n- CSAT counts fours as satisfied\n"
    text += "- Reopens within a week\n"
    cx.import_log(written(desk, "CHANGELOG.md", text), desk)
    rows = log(desk)
    assert rows["kind"].to_dict() == {"3.0.0/D1": "definition", "3.0.0/D2": "definition"}
    assert rows["title"].tolist() == ["CSAT counts fours as satisfied", "Reopens within a week"]


def test_our_own_changelog_can_be_read(desk):
    found = cx.import_log("CHANGELOG.md", desk, dry_run=True)
    assert found.format == "Keep a Changelog"
    assert found.count("skipped") >= 1


@pytest.mark.parametrize("title", ["2.1.0", "2.1.0: search by voice, on phones", "2.1.0 Voice"])
def test_add_then_import_of_the_same_changelog_adds_nothing_twice(desk, title):
    cx.add_change(desk, title, released_at="2021-03-18", component="search")
    page = written(desk, "CHANGELOG.md", CHANGELOG)
    first = cx.import_log(page, desk)
    assert outcomes(first) == {"added": 2, "amended": 0, "already_there": 1, "skipped": 4}
    assert "already there: 2.1.0: it is C-1 of the same day" in first.text
    before = (desk / "changes.csv").read_bytes()
    assert outcomes(cx.import_log(page, desk))["added"] == 0
    assert (desk / "changes.csv").read_bytes() == before


def test_a_dry_run_tells_the_same_and_writes_nothing(desk):
    page = written(desk, "CHANGELOG.md", CHANGELOG)
    tried = cx.import_log(page, desk, dry_run=True)
    assert sorted(path.name for path in desk.iterdir()) == ["cxlib.toml"]
    assert tried.text.splitlines()[0].endswith("4 skipped. Nothing was written: a dry run.")
    assert cx.import_log(page, desk).table.equals(tried.table)


# ---- the same three releases in every format ----

DAYS = ["2021-03-02", "2021-03-09", "2021-03-18"]
TAGS = ["v1.0.0", "v1.1.0", "v1.2.0"]
TITLES = ["Search by voice", "Saved searches", "Faster start of the app"]
HASHES = [f"{n}" * 40 for n in "abc"]
STAMPS = [1614679200000, 1615284000000, 1616061600000]  # 10:00 UTC of these days

THREE = list(zip(TAGS, DAYS, TITLES, STAMPS, HASHES, strict=True))
PAGE = "https://github.com/quill/desk/releases/tag/"

RELEASES = [
    {
        "tag_name": tag,
        "name": title,
        "body": "More.",
        "draft": False,
        "prerelease": False,
        "created_at": "2020-01-01T00:00:00Z",
        "published_at": f"{day}T10:00:00Z",
        "html_url": f"{PAGE}{tag}",
    }
    for tag, day, title, _, _ in THREE
]
UNRELEASED = [
    RELEASES[0] | {"tag_name": "v1.3.0", "draft": True, "published_at": None},
    RELEASES[0] | {"tag_name": "v1.3.0-rc1", "name": "To be tried", "prerelease": True},
]
GITLAB = [
    {
        "tag_name": tag,
        "name": title,
        "description": "More.",
        "created_at": "2020-01-01T00:00:00Z",
        "released_at": f"{day}T10:00:00.000Z",
        "upcoming_release": False,
    }
    for tag, day, title, _, _ in THREE
]
UPCOMING = GITLAB[0] | {"tag_name": "v2", "name": "Later", "upcoming_release": True}
JIRA = [
    {"id": tag, "name": title, "archived": tag == "v1.0.0", "released": True, "releaseDate": day}
    for tag, day, title, _, _ in THREE
]
PLANNED = {"id": "9", "name": "Later", "released": False, "releaseDate": "2021-04-01"}
FLAGS = [
    {
        "_id": tag,
        "date": at,
        "kind": "flag",
        "name": title,
        "titleVerb": "turned on the flag",
        "accesses": [{"action": "updateOn", "resource": "proj/x"}],
        "member": {"email": "ann@example.org"},
    }
    for tag, _, title, at, _ in THREE
]
NO_FLAGS = [
    {"_id": "m", "date": STAMPS[0], "kind": "member", "name": "Ann"},
    {"_id": "t", "date": STAMPS[0], "kind": "flag", "name": "x", "accesses": [{"action": "updateTags"}]},
]
OURS = [f"{tag},{day}T10:00:00Z,{title},desk,web" for tag, day, title, _, _ in THREE]
SAME = {
    "csv": ("log.csv", "\n".join(["id,date,title,component,team", *OURS])),
    "keep_a_changelog": (
        "CHANGELOG.md",
        "".join(f"## [{tag}] - {day}\n### Added\n- {title}\n" for tag, day, title, _, _ in THREE),
    ),
    "git_tags": (
        "t.txt",
        "\n".join(f"{tag}\t{day}T11:00:00+01:00\t{said}" for tag, day, said, _, _ in THREE),
    ),
    "git_log": ("l.txt", "\n".join(f"{one}\t{day}T11:00:00+01:00\t{said}" for _, day, said, _, one in THREE)),
    "github_releases": ("releases.json", [*RELEASES, *UNRELEASED]),
    "gitlab_releases": ("releases.json", [*GITLAB, UPCOMING]),
    "jira_versions": ("versions.json", {"values": [*JIRA, PLANNED]}),
    "launchdarkly": ("audit.json", {"items": [*FLAGS, *NO_FLAGS]}),
}
LEFT_OUT = {"github_releases": 2, "gitlab_releases": 1, "jira_versions": 1, "launchdarkly": 2}


@pytest.mark.parametrize("name", SAME)
def test_the_same_releases_in_every_format_have_the_same_days(desk, name):
    file, content = SAME[name]
    page = written(desk, file, content)
    found = cx.import_log(page, desk)
    rows = log(desk)
    assert found.count("added") == len(rows) == 3
    local = rows["released_at"].dt.tz_convert("Europe/Paris")
    assert sorted(local.dt.strftime("%Y-%m-%d")) == DAYS
    assert all(any(title in row for row in rows["title"]) for title in TITLES)
    whole_days = {"keep_a_changelog", "jira_versions", "git_tags"}
    assert set(rows["uncertain_days"].fillna(0)) == ({1.0} if name in whole_days else {0.0})
    assert set(rows["kind"]) == {"flag" if name == "launchdarkly" else "release"}
    assert found.count("skipped") == LEFT_OUT.get(name, 0)
    if name == "github_releases":
        assert set(rows["component"]) == {"quill/desk"}
    again = cx.import_log(page, desk, format=name)
    assert (again.count("added"), again.count("already_there")) == (0, 3)


def test_the_same_change_from_two_sources_is_one(desk):
    cx.import_log(written(desk, *SAME["github_releases"]), desk)
    second = cx.import_log(written(desk, *SAME["git_log"]), desk)
    assert (second.count("added"), second.count("already_there")) == (0, 3)


def test_an_object_a_line_and_columns_of_a_warehouse_are_read_too(desk):
    rows = "\n".join(json.dumps(release) for release in RELEASES)
    assert cx.import_log(written(desk, "releases.jsonl", rows), desk, dry_run=True).count("added") == 3
    table = "tag_name,name,published_at,draft,prerelease,repository\n"
    table += "v1,Search by voice,2021-03-02T10:00:00Z,false,f,desk\n"
    cx.import_log(written(desk, "releases.csv", table), desk)
    assert log(desk).loc["v1", "component"] == "desk"


def test_prereleases_are_kept_where_cxlib_toml_says_so(desk):
    (desk / "cxlib.toml").write_text(
        'zone = "UTC"\n[tables.changes]\nprereleases = true\nuncertain_days = 3\n'
    )
    found = cx.import_log(written(desk, *SAME["github_releases"]), desk)
    assert found.count("added") == 4
    assert set(log(desk)["uncertain_days"]) == {3.0}


def test_a_revert_ends_the_change_that_it_names(desk):
    text = (
        f'{"d" * 40}\t2021-03-05T09:00:00Z\tRevert "Search by voice"\n'
        f'{"e" * 40}\t2021-03-04T09:00:00Z\tRevert "Something older"\n'
        f"{'a' * 40}\t2021-03-02T09:00:00Z\tSearch by voice\n"
    )
    found = cx.import_log(written(desk, "log.txt", text), desk)
    rows = log(desk)
    assert rows.loc["a" * 10, "reverted_at"].isoformat() == "2021-03-05T09:00:00+00:00"
    assert set(rows.index) == {"a" * 10, "e" * 10}
    assert f'skipped: Revert "Search by voice": it takes back {"a" * 10}, which ends then' in found.text


def test_an_end_that_comes_later_is_added_to_the_logged_change(desk):
    commit = f"{'a' * 40}\t2021-03-02T09:00:00Z\tSearch by voice\n"
    cx.import_log(written(desk, "log.txt", commit), desk)
    page = written(desk, "log.txt", f'{"d" * 40}\t2021-03-05T09:00:00Z\tRevert "Search by voice"\n{commit}')
    found = cx.import_log(page, desk)
    assert outcomes(found) == {"added": 0, "amended": 1, "already_there": 0, "skipped": 1}
    assert log(desk).loc["a" * 10, "reverted_at"].isoformat() == "2021-03-05T09:00:00+00:00"
    assert outcomes(cx.import_log(page, desk))["amended"] == 0


def test_steps_of_a_rollout_are_one_change_from_the_first_to_the_last(desk):
    def edit(number, day, action, flag="voice"):
        return {"_id": f"e{number}", "date": f"2021-03-{day:02d}T10:00:00Z", "kind": "flag", "name": flag,
                "titleVerb": "updated the rollout of", "accesses": [{"action": action}]}  # fmt: skip

    steps = [
        edit(1, 2, "updateFallthrough"),
        edit(2, 5, "updateFallthrough"),
        edit(3, 9, "updateFallthrough"),
    ]
    steps += [edit(4, 30, "updateFallthrough"), edit(5, 6, "updateOn", "other")]
    found = cx.import_log(written(desk, "audit.json", steps), desk)
    rows = log(desk)
    assert set(rows.index) == {"e1", "e4", "e5"}, "three weeks later is another roll-out"
    assert rows.loc["e1", "rollout_end_at"].isoformat() == "2021-03-09T10:00:00+00:00"
    assert rows.loc["e4", "rollout_end_at"] is not rows.loc["e1", "rollout_end_at"]
    assert found.count("skipped") == 2
    assert rows.loc["e1", "component"] == "voice"
    cx.import_log(written(desk, "audit.json", [*steps, edit(6, 12, "updateFallthrough")]), desk)
    assert log(desk).loc["e1", "rollout_end_at"].isoformat() == "2021-03-12T10:00:00+00:00"


def test_bad_rows_of_a_csv_are_told_by_line_and_the_others_used(desk):
    text = "change_id,released_at,title,kind\nA,2021-03-02T10:00:00Z,One,release\nB,2021-03-44,Two,release\n"
    text += "C,2021-03-05T10:00:00Z,Three,releaze\nD,2021-03-05T10:00:00Z,'=Four,flag\n"
    found = cx.import_log(written(desk, "log.csv", text), desk)
    assert log(desk)["title"].to_dict() == {"A": "One", "D": "'=Four"}
    skipped = found.table[found.table["outcome"] == "skipped"]
    assert skipped["place"].tolist() == ["log.csv line 3", "log.csv line 4"]
    assert skipped["why"].str.startswith("expected ").all()


def test_a_row_that_ends_before_it_begins_is_left_out(desk):
    text = "change_id,released_at,title,reverted_at\nA,2021-03-02T10:00:00Z,One,2021-03-01T10:00:00Z\n"
    found = cx.import_log(written(desk, "log.csv", text), desk)
    assert found.table["why"].tolist() == [
        "its reverted_at is 2021-03-01T10:00:00Z, expected not before released_at 2021-03-02T10:00:00Z"
    ]


def test_jira_issues_only_where_somebody_asks_for_them(desk):
    issues = [
        {
            "key": "D-1",
            "summary": "Search by voice",
            "created": "2021-01-01",
            "resolved": "2021-03-02T10:00:00Z",
        },
        {"key": "D-2", "summary": "Not yet", "created": "2021-01-01", "resolved": None},
    ]
    page = written(desk, "issues.json", issues)
    with pytest.raises(cx.CxError, match="expected one of Keep a Changelog") as caught:
        cx.import_log(page, desk)
    assert caught.value.exit_code == 3
    assert cx.import_log(page, desk, format="jira_issues").count("added") == 1


UNKNOWN = [
    ("notes.csv", "week,what\n1,nothing\n", {}, 3, "found week and what"),
    ("x.json", "{not json", {}, 3, "x.json line 1: found text that is no JSON"),
    (
        "log.csv",
        "change_id,released_at,title\n",
        {"format": "github"},
        2,
        "format: found 'github', expected one of",
    ),
    ("log.csv", "change_id,released_at,title\n", {"format": "git_log"}, 3, "expected the text of git log"),
    ("r.json", '[{"tag_name": "v1"}]', {}, 3, "Nearest is GitHub releases, which needs published_at too."),
]


@pytest.mark.parametrize(("name", "content", "given", "code", "said"), UNKNOWN)
def test_what_is_not_recognised_says_what_would_be(desk, name, content, given, code, said):
    with pytest.raises(cx.CxError, match=re.escape(said)) as caught:
        cx.import_log(written(desk, name, content), desk, **given)
    assert caught.value.exit_code == code
    assert not (desk / "changes.csv").exists()


def test_a_file_that_is_not_there_has_its_near_name(desk):
    written(desk, "CHANGELOG.md", CHANGELOG)
    with pytest.raises(cx.CxError, match=re.escape("Did you mean 'CHANGELOG.md'?")):
        cx.import_log(desk.parent / "CHANGELOGS.md", desk)


def test_hostile_titles_arrive_as_text_in_a_duckdb_file_and_a_csv(desk):
    release = RELEASES[0] | {"name": "=cmd|'/c calc'!A0\n<script>", "body": "'); DROP TABLE changes; --"}
    page = written(desk, "releases.json", [release])
    for where in (desk, desk / "desk.duckdb"):
        cx.import_log(page, where)
        titles = cx.load(where).frame("changes")["title"].tolist()
        assert [title.lstrip("'") for title in titles] == ["=cmd|'/c calc'!A0 <script>"]


def test_the_command_prints_added_there_and_skipped(desk, capsys):
    page = written(desk, "CHANGELOG.md", CHANGELOG)
    assert main(["log", "import", str(page), "--data", str(desk)]) == 0
    out = capsys.readouterr().out
    assert "added: 2.1.0: 2.1.0 Search by voice, on phones (2021-03-17T23:00:00Z)" in out
    assert "skipped: 2.0.0: it has no date" in out
    assert main(["log", "import", str(page), "--data", str(desk), "--json", "--dry-run"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["schema"] == "cxlib.log/1"
    assert {row["outcome"] for row in said["rows"]} == {"already_there", "skipped"}
