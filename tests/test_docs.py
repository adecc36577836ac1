"""The documents are kept true: what they name exists, what exists is named, what they show runs."""

import ast
import inspect
import re
import runpy
import shlex
import shutil
import subprocess
from pathlib import Path

import matplotlib as mpl
import pytest
import typer

import cxlib
from cxlib import cli
from cxlib.metrics.catalogue import catalogue

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
REFERENCE = (ROOT / "docs/reference.md").read_text(encoding="utf-8")
ARCHITECTURE = (ROOT / "docs/ARCHITECTURE.md").read_text(encoding="utf-8")
CHANGELOG = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)


def section(text: str, title: str) -> str:
    """What stands under a heading, up to the next one of its rank."""
    rank = title.split(" ")[0]
    _, _, rest = f"\n{text}".partition(f"\n{title}\n")
    assert rest, f"no heading {title!r}"
    return re.split(rf"^{rank} ", rest, maxsplit=1, flags=re.MULTILINE)[0]


def first_cells(table: str) -> list[str]:
    return re.findall(r"^\| `([^`]+)`", table, flags=re.MULTILINE)


def commands() -> set[str]:
    found = set()
    for name, command in typer.main.get_command(cli.app).commands.items():
        inner = getattr(command, "commands", None)
        found |= {f"cxlib {name} {sub}" for sub in inner} if inner else {f"cxlib {name}"}
    return found


def shell_lines(text: str) -> list[list[str]]:
    lines = "\n".join(blocks(text, "sh")).splitlines()
    return [shlex.split(line, comments=True) for line in lines if line.strip()]


# ---- what they show runs ----


def test_the_two_commands_of_the_quick_start_are_targets_of_make():
    first = blocks(README, "sh")[0]
    lines = [line.split()[:2] for line in first.splitlines()]
    assert lines == [["make", "report"], ["make", "test"]]
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert all(re.search(rf"^{target}:.*## ", makefile, flags=re.MULTILINE) for _, target in lines)


@pytest.fixture
def in_root(monkeypatch):
    monkeypatch.chdir(ROOT)
    monkeypatch.delenv("CXLIB_ROOT", raising=False)


@pytest.mark.usefixtures("in_root")
def test_the_python_of_the_readme_runs_in_order():
    mpl.use("Agg")
    names: dict[str, object] = {}
    shown = blocks(README, "python")
    assert len(shown) >= 3
    for source in shown:
        exec(compile(source, "README.md", "exec"), names)  # noqa: S102 - the page's own code
    assert names["found"].table["change_id"].iloc[0] == "R-118", "the story that the page tells"


README_COMMANDS = [line for line in shell_lines(README) if line[0] == "cxlib"]
SLOW = {"report"}


@pytest.mark.parametrize("line", [line for line in README_COMMANDS if line[1] not in SLOW], ids=" ".join)
@pytest.mark.usefixtures("in_root")
def test_the_commands_of_the_readme_run(line, capsys):
    assert cli.main(line[1:]) == 0
    assert capsys.readouterr().out


@pytest.mark.usefixtures("in_root")
def test_the_report_of_the_readme_is_written(tmp_path):
    (line,) = [line for line in README_COMMANDS if line[1] == "report"]
    assert cli.main([str(tmp_path) if word == "reports" else word for word in line[1:]]) == 0
    assert (tmp_path / "2020-02/index.html").is_file()


# ---- what exists is named, what is named exists ----


def test_every_command_is_documented_and_every_documented_one_exists():
    assert set(first_cells(section(REFERENCE, "## Commands"))) == commands()


def test_commands_and_options_named_on_any_page_exist():
    root = typer.main.get_command(cli.app)
    faults = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        lines = [shlex.split(code) for code in re.findall(r"`(cxlib [^`\n]+)`", text)] + shell_lines(text)
        for words in (
            line for line in lines if line[0] == "cxlib" and line[1].islower() and line[1][0] != "-"
        ):
            command = root
            for word in words[1:]:
                command = getattr(command, "commands", {}).get(word, command)
            options = {option for parameter in command.params for option in parameter.opts} | {"--help"}
            unknown = [word for word in words if word.startswith("--") and word not in options]
            faults += [f"{page.name}: {' '.join(words)}"] if command is root or unknown else []
    assert faults == []


def test_every_public_name_is_documented_and_every_documented_one_exists():
    named = {name.removeprefix("cx.") for name in first_cells(section(REFERENCE, "## Names"))}
    assert named == set(cxlib.__all__) - {"__version__"}


def test_names_used_on_any_page_exist():
    used = {name for page in PAGES for name in re.findall(r"\bcx\.(\w+)", page.read_text(encoding="utf-8"))}
    assert used - set(cxlib.__all__) == set()


@pytest.mark.parametrize("name", sorted(set(cxlib.__all__) - {"__version__"}))
def test_every_public_name_explains_itself(name):
    documented = inspect.getdoc(getattr(cxlib, name))
    assert documented
    assert documented.splitlines()[0].endswith((".", "?"))
    if inspect.isfunction(getattr(cxlib, name)):
        assert "Examples" in documented


def raises(function: ast.FunctionDef) -> bool:
    return any(isinstance(node, ast.Raise) and node.exc is not None for node in ast.walk(function))


def test_every_public_function_that_raises_says_so():
    faults = [
        f"{path.relative_to(ROOT)}: {node.name}"
        for path in sorted((ROOT / "cxlib").rglob("*.py"))
        if path.name != "cli.py"  # its commands end in exit codes, which --help lists
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and raises(node)
        if "\nRaises\n------" not in (ast.get_docstring(node) or "")
    ]
    assert faults == []


def test_the_definitions_are_those_of_the_catalogue():
    writer = runpy.run_path(str(ROOT / "docs/write_definitions.py"))
    assert writer["PAGE"].read_text(encoding="utf-8") == writer["page"](), "run make docs"
    named = re.findall(r"^## (\S+)$", writer["PAGE"].read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert named == list(catalogue())


def test_architecture_names_every_file_and_every_file_it_names_exists():
    files = {
        path.relative_to(ROOT / "cxlib").as_posix()
        for path in (ROOT / "cxlib").rglob("*.py")
        if path.stem not in {"__init__", "__main__"} and "_assets" not in path.parts
    }
    rows = re.findall(
        r"^\| `cxlib/([\w/]*)`[^|]*\|(.*)\|$", section(ARCHITECTURE, "## The folders"), flags=re.MULTILINE
    )
    named = {f"{folder}{name}.py" for folder, cell in rows for name in re.findall(r"`(\w+)`", cell)}
    assert named - files == set(), "no such file"
    assert files - named == set(), "not named"


def test_architecture_names_every_folder():
    tracked = {path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith(".")}
    ours = tracked - {"build", "dist", "htmlcov"}
    assert [name for name in sorted(ours) if f"`{name}/" not in ARCHITECTURE] == []


def test_architecture_stays_two_pages():
    prose = re.sub(r"`\w+`", "", ARCHITECTURE)  # names of files are a list to look things up in
    assert len(prose.split()) <= 830


# ---- links, machines, changes ----


def test_links_inside_the_repository_resolve():
    faults = []
    for page in PAGES:
        for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
            place, _, anchor = target.partition("#")
            if "://" in target:
                continue
            if place and not (page.parent / place).exists():
                faults.append(f"{page.name}: {target}")
            assert not anchor, "link to a page, its headings move"
    assert faults == []


def tracked_texts():
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    listed = subprocess.run(["git", "ls-files", "-z"], capture_output=True, text=True, cwd=ROOT, check=True)
    for name in filter(None, listed.stdout.split("\0")):
        path = ROOT / name
        if path.is_file():
            try:
                yield name, path.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue


# Written in pieces, so that this file does not find itself. Ann is the user of examples.
MACHINE_PATHS = re.compile(r"(?<![\w.:/~-])/(?:" + "work|root|home/(?!ann/)[a-z]+" + r")/")
INDEXES = re.compile("index" + r"-url\s|find" + r"-links\s|https?://\S+/" + r"simple\b")


def test_no_tracked_file_names_an_index_or_a_place_on_one_machine():
    faults = [
        f"{name}: {hit.group(0)!r}"
        for name, text in tracked_texts()
        for hit in [MACHINE_PATHS.search(text) or INDEXES.search(text)]
        if hit
    ]
    assert faults == []


@pytest.mark.parametrize(
    "line", ["at " + "/wo" + "rk/x", '"/ro' + 'ot/y"', "--extra-index" + "-url x", "http://h/" + "simple/"]
)
def test_a_planted_address_would_be_found(line):
    assert MACHINE_PATHS.search(line) or INDEXES.search(line)


def test_the_changelog_has_this_version_or_an_unreleased_one():
    heads = re.findall(r"^## \[([^\]]+)\]", CHANGELOG, flags=re.MULTILINE)
    assert heads
    assert heads[0] == "Unreleased" or heads[0] == cxlib.__version__


def definition_lines() -> list[list[str]]:
    tables = re.findall(
        r"^### Definition changes\n(.*?)(?=^##|\Z)", CHANGELOG, flags=re.MULTILINE | re.DOTALL
    )
    rows = [line for table in tables for line in table.splitlines() if line.startswith("| `")]
    return [[cell.strip(" `") for cell in row.strip("|").split("|")] for row in rows]


def test_a_changed_definition_has_its_line_in_the_changelog():
    latest: dict[str, str] = {}
    for metric, *_, hashed in definition_lines():
        latest.setdefault(metric, hashed)  # the newest release comes first
    current = {name: metric.hash[:12] for name, metric in catalogue().items()}
    lines = [
        f"| `{name}` | … | … | … | … | `{now}` |" for name, now in current.items() if latest.get(name) != now
    ]
    assert lines == [], (
        "add to 'Definition changes', with before, after, expected effect, breaking:\n" + "\n".join(lines)
    )
    assert set(latest) - set(current) == set(), "a metric left the catalogue without a word"


def test_definition_changes_say_what_changed_and_how_much():
    for line in definition_lines():
        assert len(line) == 6
        assert all(line)
        assert line[4] in {"yes", "no"}
