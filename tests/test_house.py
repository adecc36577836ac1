"""The house round the package: pins, make, continuous integration, hooks and the wheel."""

import ast
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
EXTRAS = PROJECT["optional-dependencies"]
TARGETS = {
    "docs",
    "help",
    "setup",
    "check",
    "test",
    "test-all",
    "notebooks",
    "report",
    "bench",
    "engines",
    "lab",
    "sample",
}


def pins() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return dict(line.split("==") for line in lines)


def wanted() -> list[Requirement]:
    extras = PROJECT["optional-dependencies"].values()
    return [
        Requirement(line)
        for line in [*PROJECT["dependencies"], *(line for extra in extras for line in extra)]
    ]


def test_every_dependency_is_pinned_inside_its_range():
    faults = [
        str(need) for need in wanted() if pins().get(canonicalize_name(need.name), "") not in need.specifier
    ]
    assert faults == []


def test_constraints_are_exact_pins_and_nothing_else():
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if not re.fullmatch(r"[a-z0-9-]+==[0-9a-z.]+", line)] == []
    assert lines == sorted(set(lines), key=lambda line: line.split("==")[0])


def test_what_is_installed_is_inside_its_range():
    there = {canonicalize_name(each.name or "") for each in metadata.distributions()}
    spark = {
        canonicalize_name(Requirement(line).name) for line in EXTRAS["spark"]
    }  # make engines installs it
    needed = [need for need in wanted() if canonicalize_name(need.name) in there or need.name not in spark]
    faults = [
        f"{need}: {metadata.version(need.name)}"
        for need in needed
        if metadata.version(need.name) not in need.specifier
    ]
    assert faults == []


# Installed for the person, not imported by us.
NOT_IMPORTED = {
    "ipykernel": "runs the notebooks",
    "jupyterlab": "make lab",
    "seaborn": "figures of one's own in a notebook",
    "tzdata": "zones where the system has none",
}


def third_party_imports() -> set[str]:
    names = set()
    for path in (ROOT / "cxlib").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                names.add(node.module.split(".")[0])
    return names - sys.stdlib_module_names - {"cxlib"}


def test_what_is_imported_is_declared_and_what_is_declared_is_used():
    shipped_by = metadata.packages_distributions()
    extras = {
        "sqlalchemy",
        "psycopg",
        "pyspark",
    }  # of the extras warehouse and spark, imported where they are asked for
    assert {Requirement(line).name for name in ("warehouse", "spark") for line in EXTRAS[name]} >= extras
    used = {canonicalize_name(shipped_by[name][0]) for name in third_party_imports() - extras}
    declared = {canonicalize_name(Requirement(line).name) for line in PROJECT["dependencies"]}
    assert used - declared == set(), "add them to dependencies"
    assert declared - used == NOT_IMPORTED.keys(), "drop them, or say who needs them"


def make(*words: str, cwd: Path = ROOT) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    done = subprocess.run(
        ["make", "--no-print-directory", *words],
        capture_output=True,
        text=True,
        cwd=cwd,
        env=environment,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_make_alone_prints_every_target_with_its_sentence():
    said = {line.split()[1]: line.split(maxsplit=2)[2] for line in make().splitlines()}
    phony = next(line for line in MAKEFILE.splitlines() if line.startswith(".PHONY:")).split()[1:]
    assert said.keys() == set(phony)
    assert said.keys() >= TARGETS


@pytest.fixture
def bare(tmp_path):
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def test_the_report_needs_no_tools_of_development(bare):
    planned = make("--dry-run", "report", cwd=bare)
    assert "-m venv .venv" in planned
    assert "--editable . --constraint constraints.txt" in planned
    assert "[dev]" not in planned
    assert "cxlib report --data data/sample --month 2020-02 --out reports" in planned


def test_the_tests_install_the_tools_at_the_same_pins(bare):
    planned = make("--dry-run", "test", cwd=bare)
    assert "--editable '.[dev]' --constraint constraints.txt" in planned
    assert "-m pytest" in planned


def test_what_is_installed_is_not_installed_again(bare):
    (bare / ".venv/bin").mkdir(parents=True)
    for name in ("bin/python", ".runtime", ".dev"):
        (bare / ".venv" / name).touch()
    assert "pip install" not in make("--dry-run", "report", "test", cwd=bare)
    later = (bare / ".venv/.dev").stat().st_mtime + 10
    os.utime(bare / "constraints.txt", (later, later))
    assert "pip install" in make("--dry-run", "test", cwd=bare)


def test_without_a_python_setup_says_what_to_do(bare):
    done = subprocess.run(
        ["make", "--no-print-directory", "setup", "PYTHON="],
        capture_output=True, text=True, cwd=bare, check=False,
    )  # fmt: skip
    assert done.returncode != 0
    assert "found no python3.11 (or newer)" in done.stderr
    assert "Fix: install Python 3.11" in done.stderr


def test_continuous_integration_runs_what_a_person_runs():
    script = ROOT / ".ci/run"
    source = script.read_text(encoding="utf-8")
    assert script.stat().st_mode & stat.S_IXUSR
    subprocess.run(["bash", "-n", str(script)], check=True)
    assert "set -euo pipefail" in source
    assert [line for line in source.splitlines() if line.startswith("make ")] == [
        "make setup",
        "make check",
        "make test",
        "make engines",
    ]


def test_hooks_are_local_and_their_tools_are_installed():
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    assert [repository["repo"] for repository in config["repos"]] == ["local"]
    hooks = config["repos"][0]["hooks"]
    programs = {hook["entry"].split()[0].removeprefix(".venv/bin/") for hook in hooks}
    assert {"ruff", "nbstripout", "codespell", "validate-pyproject", "check-added-large-files"} <= programs
    scripts = {script.name for script in metadata.entry_points(group="console_scripts")} | {"ruff"}
    assert programs <= scripts


def test_pyproject_is_valid():
    done = subprocess.run(
        [sys.executable, "-m", "validate_pyproject", "pyproject.toml"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, unpacked as an installer would."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (built,) = folder.glob("*.whl")
    with zipfile.ZipFile(built) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def test_the_wheel_brings_the_notebooks_and_the_sample(wheel):
    program = (
        "import json, cxlib, cxlib.assets as a;"
        "print(json.dumps([cxlib.__file__, str(a.notebooks_folder()), str(a.sample_folder())]))"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", f"import sys; sys.path.insert(0, {str(wheel)!r}); {program}"],
        capture_output=True, text=True, cwd=wheel, check=True,
    )  # fmt: skip
    package, notebooks, sample = json.loads(done.stdout)
    assert Path(package) == wheel / "cxlib/__init__.py"
    assert Path(notebooks) == wheel / "cxlib/_assets/notebooks"
    assert Path(sample) == wheel / "cxlib/_assets/data/sample"
    assert list(Path(notebooks).glob("monthly/*.ipynb"))
    assert (Path(sample) / "truth.json").is_file()


def test_the_wheel_holds_what_the_checkout_holds(wheel):
    def files(root):
        return {p.relative_to(root).as_posix() for p in root.rglob("*") if p.is_file() and p.suffix != ".pyc"}

    mine = {name for name in files(ROOT / "cxlib") if not name.startswith("_assets/")}
    theirs = {name for name in files(wheel / "cxlib") if not name.startswith("_assets/")}
    assert theirs == mine


def test_the_wheel_carries_the_licence_and_no_tests(wheel):
    (about,) = wheel.glob("cxlib-*.dist-info")
    assert "Apache License" in (about / "licenses/LICENSE").read_text(encoding="utf-8")
    assert {path.name for path in wheel.iterdir()} == {"cxlib", about.name}
