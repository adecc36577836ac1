"""Writing the change log: what a row becomes, what is refused, and that no row is ever lost."""

import json
import os
import re
import signal
import subprocess
import sys
import time

import pytest

import cxlib as cx
from cxlib.cli import main

HEAD = (
    "change_id,released_at,title,component,kind,description,scope,rollout_end_at,reverted_at,uncertain_days"
)
AT = {"released_at": "2021-03-04T10:00Z", "component": "search"}


def lines(folder):
    return (folder / "changes.csv").read_text().splitlines()


@pytest.fixture
def kept(tmp_path):
    """A log of somebody else: their own columns and order, a semicolon, their words, a blank line end."""
    text = "Owner;title;released_at;change_id;area\nAnn;'First; one';2021-01-05T09:00:00Z;C-007;search\n"
    (tmp_path / "changes.csv").write_text(text.replace("'", '"'))
    (tmp_path / "cxlib.toml").write_text('zone = "Europe/Paris"\n[columns.changes]\ncomponent = "area"\n')
    return tmp_path


def test_a_missing_log_is_begun(tmp_path):
    done = cx.add_change(tmp_path, "Search ranks by price", **AT)
    assert (done.change_id, done.done, done.caveats) == ("C-1", "added", ())
    assert lines(tmp_path) == [HEAD, "C-1,2021-03-04T10:00:00Z,Search ranks by price,search,release,,,,,"]
    assert cx.load(tmp_path).frame("changes")["title"].tolist() == ["Search ranks by price"]


def test_columns_of_others_and_what_stands_there_stay_as_they_are(kept):
    done = cx.add_change(kept, "Second", **AT)
    assert done.change_id == "C-008", "the next number, as wide as the others"
    assert lines(kept) == [
        "Owner;title;released_at;change_id;area;kind",
        'Ann;"First; one";2021-01-05T09:00:00Z;C-007;search;',
        ";Second;2021-03-04T10:00:00Z;C-008;search;release",
    ]


def test_line_ends_and_the_mark_of_the_file_are_kept(tmp_path):
    text = "\ufeffchange_id,released_at,title,component,kind\r\nR-1,2021-01-05T09:00:00Z,One,search,release"
    (tmp_path / "changes.csv").write_bytes(text.encode())
    cx.add_change(tmp_path, "Two", change_id="R-2", **AT)
    assert (tmp_path / "changes.csv").read_bytes().decode() == (
        f"{text}\r\nR-2,2021-03-04T10:00:00Z,Two,search,release\r\n"
    )


def test_a_day_is_local_midnight_and_uncertain_by_a_day(kept):
    row = cx.add_change(kept, "Third", released_at="2021-07-01", component="search").row
    assert (row["released_at"], row["uncertain_days"]) == ("2021-06-30T22:00:00Z", "1")


def test_a_name_that_is_new_is_accepted_with_the_near_one(kept):
    cx.add_change(kept, "Second", scope="plan=monthly", **AT)
    done = cx.add_change(
        kept, "Third", released_at="2021-03-05", component="searhc", scope="plan=monthyl; city=Lyon"
    )
    assert [(note.code, note.text) for note in done.caveats] == [
        (
            "new_component",
            "component 'searhc' is new in this log. Did you mean 'search'? Then correct the row.",
        ),
        (
            "new_scope",
            "scope, plan 'monthyl' is new in this log. Did you mean 'monthly'? Then correct the row.",
        ),
        ("new_scope", "scope, column 'city' is new in this log."),
    ]
    assert cx.add_change(kept, "Fourth", released_at="2021-03-05", component="none").caveats == ()


def test_only_the_end_of_a_logged_change_can_be_new(kept):
    ended = cx.add_change(
        kept, None, released_at=None, component=None, change_id="C-007", reverted_at="2021-01-07T09:00Z"
    )
    assert (ended.done, ended.row["title"]) == ("amended", "First; one")
    assert lines(kept)[1] == 'Ann;"First; one";2021-01-05T09:00:00Z;C-007;search;2021-01-07T09:00:00Z'
    with pytest.raises(
        cx.CxError, match="found 'C-007', which is logged already with another title"
    ) as caught:
        cx.add_change(
            kept, "Another", released_at=None, component=None, change_id="C-007", reverted_at="2021-01-08"
        )
    assert caught.value.exit_code == 2
    again = {"released_at": "2021-01-05T09:00Z", "component": "search", "change_id": "C-007"}
    with pytest.raises(
        cx.CxError, match=re.escape("found 'C-007', which is logged already, expected a new id")
    ):
        cx.add_change(kept, "First; one", **again)
    early = {"released_at": None, "component": None, "change_id": "C-007", "rollout_end_at": "2021-01-04"}
    with pytest.raises(cx.CxError, match="rollout_end_at: found 2021-01-03T23:00:00Z, expected not before"):
        cx.add_change(kept, None, **early)


REFUSED = [
    ({"title": " "}, "title: found nothing, expected a title for a new one"),
    ({"component": ""}, "component: found nothing, expected a component for a new one. Fix: name the part"),
    ({"released_at": None}, "released_at: found nothing"),
    (
        {"released_at": None, "change_id": "X-9"},
        "expected a change that is logged ('X-9' is not), or a released_at",
    ),
    ({"released_at": "2021-02-30"}, "released_at: found '2021-02-30', expected a date of the calendar"),
    ({"kind": "releaze"}, "kind: found 'releaze', expected one of campaign"),
    ({"kind": "releaze"}, "Did you mean 'release'?"),
    ({"scope": "everyone"}, "scope: found 'everyone', expected column=value"),
    ({"uncertain_days": -1}, "uncertain_days: found -1.0"),
    ({"reverted_at": "2021-03-01"}, "reverted_at: found 2021-03-01T00:00:00Z, expected not before"),
]


@pytest.mark.parametrize(("given", "said"), REFUSED, ids=lambda one: str(one)[:40])
def test_what_is_refused_says_why_and_leaves_no_file(tmp_path, given, said):
    words = {"title": "Search", **AT} | given
    with pytest.raises(cx.CxError, match=re.escape(said)) as caught:
        cx.add_change(tmp_path, words.pop("title"), **words)
    assert caught.value.exit_code == 2
    assert not (tmp_path / "changes.csv").exists()


@pytest.mark.parametrize("title", ["=1+1", "+x", "-x", "@x", "＝x", '=HYPERLINK("http://h","x")', "'=odd"])
def test_a_title_that_would_be_a_formula_stays_text(tmp_path, title):
    cx.add_change(tmp_path, title, **AT)
    cell = cx.load(tmp_path).frame("changes")["title"].iloc[0]
    assert cell == (title if title.startswith("'") else f"'{title}")
    end = {"released_at": None, "component": None, "change_id": "C-1", "reverted_at": "2021-03-05"}
    assert cx.add_change(tmp_path, None, **end).row["title"].lstrip("'") == title.lstrip("'"), (
        "and is read as it was"
    )


def test_words_of_several_lines_become_one(tmp_path):
    cx.add_change(tmp_path, "Search\nranks", description='by "price",\r\n\tnot name\0', **AT)
    assert lines(tmp_path)[1:] == [
        'C-1,2021-03-04T10:00:00Z,Search ranks,search,release,"by ""price"", not name",,,,'
    ]


def test_a_duckdb_file_is_written_too(tmp_path):
    import duckdb

    path = tmp_path / "desk.duckdb"
    (tmp_path / "cxlib.toml").write_text('zone = "Europe/Paris"\n')
    with duckdb.connect(path) as connection:
        connection.execute(
            "CREATE TABLE changes (id INTEGER, released_at TIMESTAMP, title VARCHAR, owner VARCHAR)"
        )
        connection.execute("INSERT INTO changes VALUES (7, '2021-01-05 10:00', 'First', 'Ann')")
    cx.add_change(path, "=Second", change_id="8", **AT)
    cx.add_change(
        path, None, released_at=None, component=None, change_id="7", reverted_at="2021-01-07T09:00Z"
    )
    with duckdb.connect(path, read_only=True) as connection:
        found = connection.execute(
            "SELECT id, CAST(released_at AS VARCHAR), title, owner FROM changes"
        ).fetchall()
    assert sorted(found) == [
        (7, "2021-01-05 10:00:00", "First", "Ann"),
        (8, "2021-03-04 11:00:00", "=Second", None),
    ]
    seen = cx.load(path, as_of="2021-04-01").frame("changes").set_index("change_id")
    assert seen.loc["8", "released_at"].isoformat() == "2021-03-04T10:00:00+00:00"
    assert seen.loc["7", "reverted_at"].isoformat() == "2021-01-07T09:00:00+00:00"
    with pytest.raises(cx.CxError, match="which is logged already"):
        cx.add_change(path, "Again", change_id="8", **AT)


def test_a_table_is_begun_where_there_is_none(tmp_path):
    path = tmp_path / "new.duckdb"
    assert cx.add_change(path, "First", **AT).change_id == "C-1"
    assert cx.add_change(path, "Second", **AT).change_id == "C-2"
    assert cx.load(path).frame("changes")["title"].tolist() == ["First", "Second"]


UNWRITABLE = ["changes.parquet", "changes.csv.gz", "postgresql+psycopg://ann:secret@h/desk"]


@pytest.mark.parametrize("where", UNWRITABLE)
def test_what_is_not_written_prints_the_row_to_paste(tmp_path, where):
    if "://" not in where:
        (tmp_path / where).write_bytes(b"x")
        where = tmp_path
    with pytest.raises(cx.CxError) as caught:
        cx.add_change(where, "=Search", **AT)
    assert caught.value.exit_code == 5
    assert "add there the row 2021-03-04T10:00:00Z,'=Search,search,release under released_at" in str(
        caught.value
    )
    assert "secret" not in str(caught.value)


def test_a_log_of_other_bytes_or_broken_is_not_touched(tmp_path):
    for content, code in (
        ("change_id,released_at,title\nR-1,2021-01-05,Prüfung\n".encode("latin-1"), 5),
        (b'change_id,released_at,title\nR-1,2021-01-05,"open\n', 3),
        (b"number,when,what\n1,2,3\n", 3),
    ):
        (tmp_path / "changes.csv").write_bytes(content)
        with pytest.raises(cx.CxError) as caught:
            cx.add_change(tmp_path, "Search", **AT)
        assert caught.value.exit_code == code
        assert (tmp_path / "changes.csv").read_bytes() == content


def test_a_folder_that_is_not_there_is_a_mistake(tmp_path):
    with pytest.raises(cx.CxError, match="expected a folder with data") as caught:
        cx.add_change(tmp_path / "dta", "Search", **AT)
    assert caught.value.exit_code == 3


# ---- several at once, and one that dies ----

MANY = """
import sys, time
from pathlib import Path
import cxlib as cx
from cxlib.changes.log import add
print("ready", flush=True)
while not Path(sys.argv[1], ".go").exists():
    time.sleep(0.001)
for n in range(int(sys.argv[3])):
    at = "2021-03-04T10:00Z"
    cx.add_change(sys.argv[1], f"{sys.argv[2]} {n}", released_at=at, component="search", wait=60)
    print(n, flush=True)
"""


def adding(folder, name, count):
    words = [sys.executable, "-c", MANY, str(folder), name, str(count)]
    return subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=os.environ)


def test_two_at_once_lose_no_row(tmp_path):
    with adding(tmp_path, "one", 40) as one, adding(tmp_path, "two", 40) as two:
        assert (one.stdout.readline(), two.stdout.readline()) == ("ready\n", "ready\n")
        (tmp_path / ".go").touch()
        assert (one.wait(120), two.wait(120)) == (0, 0)
    log = cx.load(tmp_path).frame("changes")
    assert sorted(log["title"]) == sorted(f"{name} {n}" for name in ("one", "two") for n in range(40))
    assert log["change_id"].nunique() == 80


def test_a_kill_leaves_the_old_or_the_new_file(tmp_path):
    (tmp_path / ".go").touch()
    for _ in range(6):
        before = len(lines(tmp_path)) if (tmp_path / "changes.csv").exists() else 1
        with adding(tmp_path, "killed", 10_000) as process:
            assert (process.stdout.readline(), process.stdout.readline()) == ("ready\n", "0\n")
            time.sleep(0.02)
            process.send_signal(signal.SIGKILL)
            said = 1 + len(process.stdout.read().split())
        found = lines(tmp_path)
        assert all(
            re.fullmatch(r"C-\d+,2021-03-04T10:00:00Z,killed \d+,search,release,,,,,", row)
            for row in found[1:]
        )
        assert len(found) - before - said in {0, 1}, "every row that was told, and at most the one under way"


def test_a_writer_that_goes_on_is_told_with_exit_4(tmp_path):
    hold = (
        "import sys, time; from pathlib import Path; from cxlib.data.locks import locked\n"
        "with locked(Path(sys.argv[1]), what='x'): print('held', flush=True); time.sleep(60)"
    )
    lock = str(tmp_path / ".changes.csv.lock")
    with subprocess.Popen([sys.executable, "-c", hold, lock], stdout=subprocess.PIPE, text=True) as holder:
        holder.stdout.readline()
        with pytest.raises(cx.CxError, match=f"changes.csv: found locked by pid {holder.pid}") as caught:
            cx.add_change(tmp_path, "Search", wait=0, **AT)
        holder.kill()
    assert caught.value.exit_code == 4


# ---- the command ----


def test_the_command_writes_now_and_prints_the_row(tmp_path, capsys):
    words = ["log", "add", "Search ranks by price", "--component", "search", "--data", str(tmp_path)]
    assert main(words) == 0
    assert re.match(
        r"C-1 added in changes.csv: Search ranks by price \(released 20\d\d-", capsys.readouterr().out
    )
    assert main(["log", "add", "--id", "C-1", "--reverted-at", "now", "--json", "--data", str(tmp_path)]) == 0
    said = json.loads(capsys.readouterr().out)
    assert next(iter(said.items())) == ("schema", "cxlib.log/1")
    assert said["rows"][0]["change_id"] == "C-1"
    assert said["rows"][0]["reverted_at"]
    assert main(["log", "add", "Only a title", "--data", str(tmp_path)]) == 2
    assert "component: found nothing" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["add", "lint", "import"])
def test_help_of_the_commands_ends_with_two_examples(capsys, command):
    assert main(["log", command, "--help"]) == 0
    assert len(re.findall(rf"cxlib log {command}\b", capsys.readouterr().out.split("Examples:")[1])) == 2
