"""The one-way order of imports, and what only one place may do: held by reading the source, not by trust."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "cxlib"

# A later one may import an earlier one, never the reverse.
LAYERS = [
    "_version",
    "personal",
    "text",
    "errors",
    "result",
    "assets",
    "stats",
    "data",
    "metrics",
    "changes",
    "drivers",
    "health",
    "alerts",
    "reporting",
    "demo",
    "doctor",
    "options",
    "output",
    "health_commands",
    "cli",
]
# Inside a folder, where the way of the data implies an order. Files not named must form no cycle either,
# and are no way round: the order holds for what a module reaches, not only for what it names.
INSIDE = {
    "data": ["schema", "settings", "clock", "check", "engine", "dataset", "facts"],
    "metrics": ["metric", "cells", "measure"],
    "changes": ["breakdown", "suspects", "investigate"],
}
STATS_MAY_IMPORT = {"numpy", "scipy", "cxlib.errors", "cxlib.text", "cxlib.stats"}
IMPORTING_CALLS = {"__import__", "importlib.import_module", "import_module"}
IMPORTING_NAMES = {"__import__", "import_module"}
LATE_IMPORTS_ALLOWED = {
    "__init__.py": "public names are loaded on first use",
    "cli.py": "a command's --help must not load pandas",
    "options.py": "part of the command line: read when a command has been given",
    "output.py": "part of the command line: --json needs no layout",
    "health_commands.py": "part of the command line",
    "doctor.py": "a part that does not import is a finding, not a traceback",
}
COMMAND_LINE = {"cli.py", "options.py"}
GROUPING = {"groupby", "group_by", "pivot_table", "pivot", "crosstab"}
MAY_GROUP = (
    "metrics/measure.py",
    "data/check.py",  # finds equal rows, sums nothing
    "data/sample/",  # makes rows, measures none
    "data/place_checks.py",  # the same checks in a database: counts rows by fault and by value
    "data/place_keys.py",
    "data/place_queries.py",
    "data/lookups.py",  # how many different values, which pairs: no metric
)
CLOCK_CALLS = {"now", "utcnow", "today", "localtime", "gmtime"}
LONG_FILES: dict[str, str] = {
    "data/schema.py": "declarations, one for each table; a second file would part what is compared",
    "data/settings_keys.py": "declarations, one for each key",
    "cli.py": "one declaration of options for each command, as Typer reads them",
}
LONG_FUNCTIONS: dict[str, str] = {}
LONGEST_FILE, LONGEST_FUNCTION = 300, 60
HEAVY = [
    "pandas",
    "numpy",
    "scipy",
    "statsmodels",
    "matplotlib",
    "seaborn",
    "duckdb",
    "pyarrow",
    "papermill",
    "IPython",
]


Sources = dict[str, ast.Module]


def parsed(package: Path) -> Sources:
    return {
        path.relative_to(package).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted(package.rglob("*.py"))
        if "_assets" not in path.parts
    }


@pytest.fixture(scope="module")
def sources() -> Sources:
    return parsed(PACKAGE)


def module_name(relative: str) -> str:
    parts = ["cxlib", *relative.removesuffix(".py").split("/")]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def targets(node: ast.AST, known: set[str]) -> Iterator[str]:
    """Every module that an import statement names, in any of its spellings."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module:
        for alias in node.names:
            inner = f"{node.module}.{alias.name}".replace("cxlib.__version__", "cxlib._version")
            yield inner if inner in known else node.module
    elif (
        isinstance(node, ast.Call)
        and called(node) in IMPORTING_NAMES
        and ast.unparse(node.func) in IMPORTING_CALLS
    ):
        yield from (str(value.value) for value in node.args[:1] if isinstance(value, ast.Constant))


def called(node: ast.Call) -> str:
    """The last part of what is called: cheap, where most calls are none that import."""
    return getattr(node.func, "id", getattr(node.func, "attr", ""))


@cache
def importing(tree: ast.Module) -> tuple[ast.AST, ...]:
    """The nodes of a module that may import, found once however often they are asked for."""
    return tuple(node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom | ast.Call))


def own_imports(sources: Sources) -> dict[str, set[str]]:
    trees = {module_name(relative): tree for relative, tree in sources.items()}
    known = set(trees)
    graph: dict[str, set[str]] = {}
    for name, tree in trees.items():
        if name != "cxlib":
            found = {target for node in importing(tree) for target in targets(node, known)}
            graph[name] = {target for target in found if target.split(".")[0] == "cxlib"} - {name}
    return graph


def rank(module: str) -> int:
    parts = module.split(".")
    if len(parts) == 1 or parts[1] not in LAYERS:
        return len(LAYERS)
    return LAYERS.index(parts[1])


def reach(graph: dict[str, set[str]], start: str) -> set[str]:
    seen: set[str] = set()
    waiting = list(graph.get(start, ()))
    while waiting:
        module = waiting.pop()
        if module not in seen:
            seen.add(module)
            waiting += graph.get(module, ())
    return seen


def upward_imports(sources: Sources) -> list[str]:
    graph = own_imports(sources)
    faults = [
        f"{module} imports {target}, a later layer"
        for module, found in graph.items()
        for target in sorted(found)
        if rank(target) > rank(module)
    ]
    for module in graph:
        reached = reach(graph, module)
        if module in reached:
            faults.append(f"{module} imports itself by way of others")
        _, folder, *rest = [*module.split("."), "", ""]
        order = INSIDE.get(folder, [])
        if rest[0] in order:
            later = {f"cxlib.{folder}.{name}" for name in order[order.index(rest[0]) + 1 :]}
            faults += [
                f"{module} reaches {target}, which comes after it" for target in sorted(later & reached)
            ]
    return faults


def late_imports(sources: Sources) -> list[str]:
    faults = []
    for relative, tree in sources.items():
        if relative in LATE_IMPORTS_ALLOWED:
            continue
        functions = [
            node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        ]
        inside = {id(node): node for function in functions for node in ast.walk(function)}
        for node in inside.values():
            own = [name for name in targets(node, set()) if name.split(".")[0] == "cxlib"]
            faults += [f"{relative} line {node.lineno} imports {name} inside a function" for name in own]
    return faults


def calls(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield node.lineno, ast.unparse(node.func)


def test_the_order_names_every_layer(sources):
    there = {module.split(".")[1] for module in own_imports(sources)}
    assert there <= set(LAYERS), f"add to LAYERS, where it belongs: {sorted(there - set(LAYERS))}"


def test_imports_go_one_way(sources):
    assert upward_imports(sources) == []


PLANTED = [
    ("stats/planted.py", "import cxlib.metrics.metric\n"),
    ("data/planted.py", "def f():\n    from cxlib import reporting\n    return reporting\n"),
    ("metrics/planted.py", "def f():\n    from cxlib.changes import planted\n    return planted\n"),
    ("changes/planted.py", "from cxlib import investigate\n"),
    ("data/planted.py", "import importlib\nm = importlib.import_module('cxlib.cli')\n"),
    (
        "metrics/planted.py",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import cxlib.cli as c\n",
    ),
]


@pytest.mark.parametrize(("place", "source"), PLANTED)
def test_a_planted_upward_import_is_found(sources, place, source):
    module = module_name(place)
    found = upward_imports({**sources, place: ast.parse(source)})
    assert [fault for fault in found if fault.startswith(f"{module} ")], (
        f"{source!r} in {place} went unnoticed"
    )


def test_a_planted_late_import_is_found(sources):
    planted = ast.parse("def f():\n    from cxlib import text\n    return text\n")
    assert "stats/planted.py line 2 imports cxlib inside a function" in late_imports(
        {**sources, "stats/planted.py": planted}
    )


def test_a_way_round_through_an_unnamed_file_is_found():
    files = {
        "metrics/metric.py": "from cxlib.metrics import bridge\n",
        "metrics/bridge.py": "from cxlib.metrics.measure import measure\n",
        "metrics/measure.py": "measure = 1\n",
    }
    found = upward_imports({name: ast.parse(source) for name, source in files.items()})
    assert found == ["cxlib.metrics.metric reaches cxlib.metrics.measure, which comes after it"]


def test_stats_knows_numbers_only(sources):
    known = {module_name(relative) for relative, _ in sources.items()}
    standard = sys.stdlib_module_names
    faults = []
    for relative, tree in sources.items():
        if relative.startswith("stats/"):
            for name in {target for node in importing(tree) for target in targets(node, known)}:
                parts = name.split(".")
                near = ".".join(parts[:2]) if parts[0] == "cxlib" else parts[0]
                if near not in STATS_MAY_IMPORT and near not in standard:
                    faults.append(f"{relative} imports {name}")
    assert faults == []


def test_own_imports_inside_functions_are_only_where_start_up_needs_them(sources):
    assert late_imports(sources) == []


def test_only_measure_groups(sources):
    faults = [
        f"{relative} line {line}: {name}"
        for relative, tree in sources.items()
        if not relative.startswith(MAY_GROUP)
        for line, name in calls(tree)
        if "." in name and name.split(".")[-1] in GROUPING
    ]
    assert faults == [], "ask measure or daily_cells for sums by segment"


def test_only_the_command_line_prints(sources):
    faults = [
        f"{relative} line {line}"
        for relative, tree in sources.items()
        if relative not in {"cli.py", "output.py"}
        for line, name in calls(tree)
        if name in {"print", "typer.echo", "click.echo", "sys.stdout.write", "pprint.pprint"}
    ]
    assert faults == []


def test_only_the_command_line_reads_the_clock(sources):
    faults = [
        f"{relative} line {line}: {name}"
        for relative, tree in sources.items()
        if relative not in COMMAND_LINE
        for line, name in calls(tree)
        if name == "time.time" or ("." in name and name.split(".")[-1] in CLOCK_CALLS)
    ]
    assert faults == [], "as_of comes from the data"


def test_only_text_words_a_number(sources):
    numeric = re.compile(r"(,|\.\d+|\.\{.*\})[fgeEn%]?$|[feEn%]$")  # a bare g words nothing
    faults = []
    for relative, tree in sources.items():
        if relative != "text.py":
            for node in ast.walk(tree):
                if isinstance(node, ast.FormattedValue) and node.format_spec is not None:
                    spec = ast.unparse(node.format_spec)[2:-1]
                    faults += [f"{relative} line {node.lineno}: {spec}"] if numeric.search(spec) else []
    assert faults == [], "call text.format_value and its kin: one value is worded one way"


def test_import_defines_and_does_nothing(sources):
    faults = [
        f"{relative} line {node.lineno}: {ast.unparse(node)[:60]}"
        for relative, tree in sources.items()
        if relative != "cli.py"  # it is the program: it tells Typer how to look, and which commands there are
        for node in tree.body
        if isinstance(node, ast.Expr) and not isinstance(node.value, ast.Constant)
    ]
    assert faults == []


def test_no_junk_drawers():
    names = {path.stem for path in PACKAGE.rglob("*.py")}
    assert names.isdisjoint({"utils", "util", "helpers", "common", "misc", "tools"})


def test_files_and_functions_hold_one_idea():
    long_files, long_functions = {}, {}
    for path in sorted(PACKAGE.rglob("*.py")):
        relative = path.relative_to(PACKAGE).as_posix()
        source = path.read_text(encoding="utf-8")
        if (lines := source.count("\n")) > LONGEST_FILE:
            long_files[relative] = lines
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                first = node.body[0]  # the docstring is no code: its examples bring their own data
                told = ast.get_docstring(node) is not None and first.end_lineno is not None
                length = (
                    node.end_lineno - node.lineno + 1 - (first.end_lineno - first.lineno + 1 if told else 0)
                )
                if length > LONGEST_FUNCTION:
                    long_functions[f"{relative}:{node.name}"] = length
    assert long_files.keys() == LONG_FILES.keys(), f"split by idea, or give the reason: {long_files}"
    assert long_functions.keys() == LONG_FUNCTIONS.keys(), (
        f"split by idea, or give the reason: {long_functions}"
    )


def test_every_exemption_names_its_code_and_its_reason():
    code, kind = r"[A-Z]+\d+", r"[a-z-]+"
    good = re.compile(
        rf"# (noqa: {code}(, ?{code})*|type: ignore\[{kind}(, ?{kind})*\]|pragma: no cover)( -|  #) \S"
    )
    exempt = re.compile(r"#\s*(noqa|type:\s*ignore|pragma: no cover)")
    faults = [
        f"{path.relative_to(ROOT)} line {number}: {line.strip()}"
        for folder in ("cxlib", "benchmarks")
        for path in sorted((ROOT / folder).rglob("*.py"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if exempt.search(line) and not good.search(line)
    ]
    assert faults == []


START = """
import contextlib, io, sys
{action}
print(sorted(set(sys.argv[1:]) & set(sys.modules)))
"""
HELP = """
sys.argv[0] = "cxlib"
heavy, sys.argv[1:] = sys.argv[1:], {arguments}
from cxlib.cli import main
with contextlib.redirect_stdout(io.StringIO()) as said, contextlib.suppress(SystemExit):
    main()
sys.argv[1:] = heavy
assert "Usage" in said.getvalue() or "usage" in said.getvalue(), said.getvalue()
"""


def heavy_modules_after(action: str) -> str:
    run = [sys.executable, "-c", START.format(action=action), *HEAVY]
    done = subprocess.run(run, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_importing_the_package_loads_nothing_heavy():
    assert heavy_modules_after("import cxlib") == "[]"


@pytest.mark.parametrize("arguments", [["--help"], ["measure", "--help"], ["report", "--help"]])
def test_help_loads_nothing_heavy(arguments):
    assert heavy_modules_after(HELP.format(arguments=arguments)) == "[]"


def test_a_heavy_import_would_be_seen():
    assert heavy_modules_after("import pandas") != "[]"
