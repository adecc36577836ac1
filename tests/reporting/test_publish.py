import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time

import pytest

from cxlib.data.locks import locked
from cxlib.data.whole_files import write_file
from cxlib.errors import CannotWriteError, LockedError
from cxlib.reporting import publish as publishing
from cxlib.reporting.publish import (
    MANIFEST,
    digests,
    finish_interrupted,
    publish,
    published_manifest,
    staging,
    unfinished_months,
    write_json,
)

_PUBLISH_FOR_EVER = """
import itertools, sys
from pathlib import Path
from cxlib.reporting import publish as p
out = Path(sys.argv[1])
if sys.argv[2] == "renames":
    p._exchange = lambda one, other: False
for n in itertools.count(1):
    p.finish_interrupted(out, "2020-02")
    old = p.published_manifest(out / "2020-02")
    revision = old["revision"] + 1 if old else 1
    with p.staging(out, "2020-02") as stage:
        site = stage / "site"
        for name in ("index.html", "overview.html"):
            p.write_file(site / name, f"revision {revision} {name} ".encode() * 2000)
        p.write_json(site / p.MANIFEST, {"revision": revision, "files": p.digests(site)})
        p.publish(site, out / "2020-02", previous=out / ".previous" / f"2020-02-rev{revision - 1}")
    print(revision, flush=True)
"""


def _site(folder, revision):
    folder.mkdir(parents=True)
    write_file(folder / "index.html", f"revision {revision}".encode())
    write_json(folder / MANIFEST, {"revision": revision, "files": digests(folder)})
    return folder


@pytest.fixture(params=["exchange", "renames"])
def way(request, monkeypatch):
    if request.param == "renames":
        monkeypatch.setattr(publishing, "_exchange", lambda one, other: False)
    return request.param


def test_a_republication_keeps_the_old_one_whole(tmp_path, way):
    target, previous = tmp_path / "2020-02", tmp_path / ".previous" / "2020-02-rev1"
    publish(_site(tmp_path / "a", 1), target, previous=None)
    publish(_site(tmp_path / "b", 2), target, previous=previous)
    assert published_manifest(target)["revision"] == 2
    assert published_manifest(previous)["revision"] == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == [".previous", "2020-02"]


def test_the_same_report_again_leaves_no_copy(tmp_path, way):
    publish(_site(tmp_path / "a", 1), tmp_path / "2020-02", previous=None)
    publish(_site(tmp_path / "b", 1), tmp_path / "2020-02", previous=None)
    assert [path.name for path in tmp_path.iterdir()] == ["2020-02"]


def test_a_changed_file_is_seen_by_the_manifest(tmp_path):
    site = _site(tmp_path / "a", 1)
    (site / "index.html").write_text("tampered")
    assert published_manifest(site) is None


@pytest.mark.parametrize("way", ["exchange", "renames"])
def test_kill_9_at_any_moment_leaves_a_whole_report(tmp_path, way):
    command = [sys.executable, "-c", _PUBLISH_FOR_EVER, str(tmp_path), way]
    last = 0
    for moment in range(13):
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            process.stdout.readline()  # it is publishing
            time.sleep(0.005 * moment)
            process.send_signal(signal.SIGKILL)
        if way == "renames":
            finish_interrupted(tmp_path, "2020-02")  # what the next start does
        manifest = published_manifest(tmp_path / "2020-02")
        assert manifest is not None
        assert manifest["revision"] >= last
        last = manifest["revision"]
    finish_interrupted(tmp_path, "2020-02")
    assert unfinished_months(tmp_path) == []
    assert last > 13


def test_a_journal_is_completed_wherever_it_stopped(tmp_path):
    for stopped in range(3):
        out = tmp_path / str(stopped)
        old, new = _site(out / "2020-02", 1), _site(out / ".publish-new-2020-02", 2)
        names = {
            "old": ".publish-old-2020-02",
            "new": new.name,
            "target": old.name,
            "previous": "2020-02-rev1",
        }
        write_json(out / ".publish-2020-02.json", names)
        if stopped >= 1:
            old.rename(out / ".publish-old-2020-02")
        if stopped >= 2:
            new.rename(out / "2020-02")
        finish_interrupted(out, "2020-02")
        assert published_manifest(out / "2020-02")["revision"] == 2
        assert published_manifest(out / ".previous" / "2020-02-rev1")["revision"] == 1
        assert unfinished_months(out) == []


def test_an_old_report_left_in_staging_goes_to_its_place(tmp_path):
    _site(tmp_path / "2020-02", 2)
    _site(tmp_path / ".staging-999999-2020-02" / "site", 1)
    finish_interrupted(tmp_path, "2020-02")
    assert published_manifest(tmp_path / ".previous" / "2020-02-rev1")["revision"] == 1
    assert not (tmp_path / ".staging-999999-2020-02").exists()


def test_staging_is_gone_after_an_error(tmp_path):
    with contextlib.suppress(ZeroDivisionError), staging(tmp_path, "2020-02") as stage:
        (stage / "site" / "index.html").write_text(f"half {1 / 0}")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_does_not_fit_leaves_the_old_one(tmp_path):
    script = (
        "import resource, sys; from pathlib import Path; from cxlib.data.whole_files import write_file\n"
        "from cxlib.errors import CannotWriteError\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "try: write_file(Path(sys.argv[1]), b'x' * 5000)\n"
        "except CannotWriteError as error: print(error.exit_code, error)\n"
    )
    path = tmp_path / "index.html"
    path.write_text("old")
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith(f"5 {path}: found EFBIG")
    assert "5000 bytes of room" in done.stdout
    assert path.read_text() == "old"
    assert [left.name for left in tmp_path.iterdir()] == ["index.html"]


def test_a_second_run_is_told_who_holds_the_lock(tmp_path):
    path = tmp_path / ".locks" / "2020-02"
    script = "import sys, time; from pathlib import Path; from cxlib.data.locks import locked\n"
    script += "with locked(Path(sys.argv[1]), what='month'): print('held', flush=True); time.sleep(60)"
    with subprocess.Popen(
        [sys.executable, "-c", script, str(path)], stdout=subprocess.PIPE, text=True
    ) as holder:
        holder.stdout.readline()
        message = (
            rf"month 2020-02: found locked by pid {holder.pid} since \d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d UTC"
        )
        with pytest.raises(LockedError, match=message) as caught, locked(path, what="month 2020-02"):
            pass
        assert caught.value.exit_code == 4
        assert "--wait SECONDS" in caught.value.fix
        holder.kill()  # kill -9: the kernel frees the lock
        with locked(path, what="month 2020-02", wait=5):
            assert path.read_text().startswith(f"pid {os.getpid()} ")


def test_the_journal_is_plain_json(tmp_path):
    write_json(tmp_path / "a.json", {"b": 1, "a": "é"})
    assert (tmp_path / "a.json").read_text() == '{\n "a": "é",\n "b": 1\n}\n'
    assert json.loads((tmp_path / "a.json").read_text()) == {"a": "é", "b": 1}


def test_an_out_that_is_a_file_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("x")
    expected = re.escape(f"{tmp_path}/file/reports: found ENOTDIR")
    with pytest.raises(CannotWriteError, match=expected):
        publishing.writable(tmp_path / "file" / "reports")
