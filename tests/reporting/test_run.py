import contextlib
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from small_report import END, contents, write_data, write_notebook

import cxlib as cx
from cxlib.errors import CannotWriteError, NotebookError, UnknownNameError, UsageError
from cxlib.reporting.publish import published_manifest

_FIGURE = "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nprint(month, as_of)"


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    return write_data(tmp_path_factory.mktemp("company") / "data")


def _folder(tmp_path, *cells, **rest):
    write_notebook(tmp_path / "monthly" / "overview.ipynb", *cells, **rest)
    return tmp_path / "monthly"


def _run(company, tmp_path, **rest):
    options = {"month": "2020-02", "out": tmp_path / "out", "notebooks": tmp_path / "monthly"} | rest
    return cx.run_report(company, **options)


def test_a_run_publishes_says_unchanged_and_repeats_its_bytes(company, tmp_path, monkeypatch):
    _folder(tmp_path, _FIGURE, END)
    report = _run(company, tmp_path)
    first = contents(report.path)
    assert report.status == "published"
    assert sorted(first) == ["index.html", "manifest.json", "overview.html"]
    assert report.text.splitlines()[-1].startswith(f"{tmp_path}/out/2020-02/index.html: ")
    assert _run(company, tmp_path).status == "unchanged"
    monkeypatch.setenv("PYTHONHASHSEED", "7")
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    again = _run(company, tmp_path, out=tmp_path / "other", jobs=1)
    assert contents(again.path) == first
    assert _run(company, tmp_path, force="always").manifest["revision"] == 1
    assert contents(report.path) == first
    assert not (tmp_path / "out" / ".previous").exists()
    page = first["overview.html"].decode()
    assert (
        "2020-02 2020-02-29T00:00:00+00:00" in page
    )  # the parameters reached the kernel, the data end on the 28th
    assert str(tmp_path) not in page + first["index.html"].decode()


def test_changed_data_make_a_revision_and_keep_the_old_report(tmp_path):
    company = write_data(tmp_path / "data")
    _folder(tmp_path, END)
    old = contents(_run(company, tmp_path).path)
    write_data(company, comment="other")
    report = _run(company, tmp_path)
    assert report.manifest["revision"] == 2
    assert contents(tmp_path / "out" / ".previous" / "2020-02-rev1") == old
    assert "Revision 2" in (report.path / "index.html").read_text()


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("1 / 0", "cell 4: found ZeroDivisionError 'division by zero'"),
        ("import sys\nsys.exit(0)", "cell 4: found SystemExit '0'"),
        ("import os\nos._exit(3)", "cell 4: found a kernel that died"),
        ("2", "last code cell: found no end marker"),
    ],
)
def test_a_notebook_that_does_not_end_publishes_nothing(company, tmp_path, cell, found):
    folder = _folder(tmp_path, "1", END)
    old = contents(_run(company, tmp_path).path)
    write_notebook(folder / "overview.ipynb", "1", cell, *([END] if "1 / 0" in cell else []))
    with pytest.raises(NotebookError, match=re.escape(f"monthly/overview.ipynb {found}")) as caught:
        _run(company, tmp_path)
    kept = tmp_path / "out" / ".failed" / "2020-02" / "overview.ipynb"
    assert caught.value.exit_code == 6
    assert str(kept) in caught.value.fix
    assert kept.is_file()
    assert contents(tmp_path / "out" / "2020-02") == old
    assert not list((tmp_path / "out").glob(".staging-*"))


def test_a_hanging_notebook_is_ended(tmp_path):
    company = write_data(tmp_path / "data")
    (company / "cxlib.toml").write_text("[report]\ntimeout_minutes = 0.1\n")
    _folder(tmp_path, "import time\ntime.sleep(600)", END)
    with pytest.raises(NotebookError, match=r"overview\.ipynb( cell 3)?: found no end after 0\.1 minutes"):
        _run(company, tmp_path)


def test_sigterm_ends_the_run_and_removes_its_staging(company, tmp_path):
    _folder(tmp_path, "import time\ntime.sleep(600)", END)
    with subprocess.Popen(_command(company, tmp_path)) as process:
        _wait_for_kernel(tmp_path)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 143
    assert not list((tmp_path / "out").glob(".staging-*"))


def test_kill_9_in_a_run_leaves_the_old_report_and_the_next_run_sweeps(company, tmp_path):
    folder = _folder(tmp_path, END)
    old = contents(_run(company, tmp_path).path)
    write_notebook(folder / "overview.ipynb", "import time\ntime.sleep(600)", END)
    with subprocess.Popen(_command(company, tmp_path)) as process:
        _wait_for_kernel(tmp_path)
        process.send_signal(signal.SIGKILL)
    assert contents(tmp_path / "out" / "2020-02") == old
    assert list((tmp_path / "out").glob(".staging-*"))
    write_notebook(folder / "overview.ipynb", "1", END)
    assert _run(company, tmp_path).manifest["revision"] == 2
    assert not list((tmp_path / "out").glob(".staging-*"))


def _command(company, tmp_path):
    script = "import sys, cxlib as cx\nwhere, out, notebooks = sys.argv[1:]\n"
    script += "cx.run_report(where, month='2020-02', out=out, notebooks=notebooks)"
    return [sys.executable, "-c", script, str(company), str(tmp_path / "out"), str(tmp_path / "monthly")]


def _wait_for_kernel(tmp_path):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if list((tmp_path / "out").glob(".staging-*/executed/*.ipynb")):
            return
        time.sleep(0.05)
    raise AssertionError("the run did not start")


@pytest.mark.parametrize("month", ["../../x", "2024-13", "2024-5", "May", "2024-05; rm", "２０２０-02", ""])
def test_a_month_is_four_digits_hyphen_two_digits(company, tmp_path, month):
    with pytest.raises(
        UsageError, match=r"--month: found .*, expected YYYY-MM \(such as 2020-02\) or last"
    ) as caught:
        _run(company, tmp_path, month=month)
    assert caught.value.exit_code == 2
    assert not (tmp_path / "out").exists()


def test_last_is_the_last_complete_month(company, tmp_path):
    _folder(tmp_path, END)
    assert _run(company, tmp_path, month="last", as_of="2020-02-20").path.name == "2020-01"


def test_a_month_that_has_not_begun_is_refused(company, tmp_path):
    _folder(tmp_path, END)
    with pytest.raises(
        UsageError, match="found 2021-01, seen from 2020-02-29, expected a month that has begun"
    ):
        _run(company, tmp_path, month="2021-01")


def test_a_misspelt_parameter_of_a_notebook_is_refused_before_anything_runs(company, tmp_path):
    _folder(tmp_path, END, parameters='monht = "2020-02"\ndata = ""')
    with pytest.raises(UsageError, match=r"found no 'month', .*Did you mean 'monht'\?"):
        _run(company, tmp_path)
    assert not (tmp_path / "out" / "2020-02").exists()


def test_code_in_the_parameters_cell_is_refused(company, tmp_path):
    _folder(tmp_path, END, parameters='month = __import__("os").getcwd()\ndata = ""')
    with pytest.raises(UsageError, match=r"cell tagged parameters, line 1: found something else"):
        _run(company, tmp_path)


def test_code_in_a_parameter_name_never_runs():
    from cxlib.reporting.notebook import check_parameters

    with pytest.raises(UsageError, match="expected a name of letters, digits and _"):
        check_parameters({"month\nimport os": "x"}, {"a.ipynb": {}})


def test_an_unknown_parameter_is_answered_with_the_near_one():
    from cxlib.reporting.notebook import check_parameters, declared_parameters

    cell = {"cell_type": "code", "source": 'month = ""\ndata = ""', "metadata": {"tags": ["parameters"]}}
    declared = declared_parameters({"cells": [cell]}, "a.ipynb")
    with pytest.raises(UnknownNameError, match=re.escape("Did you mean 'month'?")):
        check_parameters({"monht": "2020-02"}, {"a.ipynb": declared})
    with pytest.raises(UsageError, match="found int '7', expected str"):
        check_parameters({"month": 7}, {"a.ipynb": declared})


def test_a_notebook_whose_name_cannot_be_a_page_is_refused(company, tmp_path):
    write_notebook(tmp_path / "monthly" / "a b<script>.ipynb", END)
    with pytest.raises(UsageError, match="rename the notebook"):
        _run(company, tmp_path)


def test_an_unwritable_out_is_found_before_the_data_are_read(tmp_path):
    _folder(tmp_path, END)
    (tmp_path / "file").write_text("x")
    with pytest.raises(CannotWriteError) as caught:
        _run(tmp_path / "no-such-data", tmp_path, out=tmp_path / "file" / "out")
    assert caught.value.exit_code == 5


def test_without_home_the_report_is_made(company, tmp_path, monkeypatch):
    for name in ("HOME", "MPLCONFIGDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    _folder(tmp_path, _FIGURE, END)
    assert published_manifest(_run(company, tmp_path).path) is not None


def test_no_process_outlives_a_failed_run(company, tmp_path):
    folder = _folder(tmp_path, "import time\ntime.sleep(600)", END)
    write_notebook(folder / "zfails.ipynb", "1 / 0", END)
    with pytest.raises(NotebookError):
        _run(company, tmp_path, jobs=2)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and _processes_in(tmp_path):
        time.sleep(0.1)
    assert _processes_in(tmp_path) == []


def _processes_in(folder):
    found = []
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            words = process.read_bytes()
            found += [process] if str(folder).encode() in words and b"cxlib.reporting.worker" in words else []
    return found
