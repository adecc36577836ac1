"""Every notebook keeps the rules of notebooks, and runs from top to bottom on the sample."""

import ast
import json
import re

import pytest
from nbclient import NotebookClient
from nbformat import reads

from cxlib.assets import notebooks_folder
from cxlib.reporting.complete import check_complete
from cxlib.reporting.notebook import declared_parameters
from tests.reporting.small_report import write_data

NOTEBOOKS = sorted(
    path for path in notebooks_folder().rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts
)
SLOW = {"health", "account", "02-health"}  # every month is scored anew
RUNS = [
    pytest.param(path, id=path.stem, marks=[pytest.mark.slow] if path.stem in SLOW else [])
    for path in NOTEBOOKS
]
_LOGIC = (
    ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.For, ast.While, ast.AsyncFor, ast.ListComp,
    ast.SetComp,
    ast.DictComp, ast.GeneratorExp, ast.Lambda, ast.If, ast.Try, ast.With,
)  # fmt: skip
_FRAME_WORK = {"groupby", "merge", "pivot", "pivot_table", "apply", "query", "eval", "join", "melt", "agg"}
_CELL_LINES, _NOTEBOOK_LINES = 10, 40


def faults(text):
    """What a notebook does that a notebook must not do."""
    notebook = json.loads(text)
    found = []
    lines = 0
    for number, cell in enumerate(notebook["cells"], start=1):
        if cell["cell_type"] != "code":
            continue
        source = "".join(cell["source"])
        lines += len(source.splitlines())
        found += [f"cell {number}: {fault}" for fault in _cell_faults(cell, source)]
    found += ["more than forty code lines"] if lines > _NOTEBOOK_LINES else []
    found += [f"metadata {key}" for key in set(notebook["metadata"]) - {"kernelspec", "language_info"}]
    found += (
        ["language_info of a machine"]
        if set(notebook["metadata"].get("language_info", {})) - {"name"}
        else []
    )
    found += ["no parameters cell"] if not _first_code_is_parameters(notebook) else []
    return found


def _first_code_is_parameters(notebook):
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    return bool(code) and "parameters" in code[0]["metadata"].get("tags", ())


def _cell_faults(cell, source):
    if cell["outputs"] or cell["execution_count"] is not None:
        yield "outputs or a count are stored"
    if set(cell["metadata"]) - {"tags"}:
        yield "metadata of a machine"
    if len(source.splitlines()) > _CELL_LINES:
        yield "more than ten lines"
    if re.search(r"^\s*[%!]", source, re.MULTILINE):
        yield "a magic"
    else:
        yield from _code_faults(ast.parse(source))


def _code_faults(code):
    for node in ast.walk(code):
        if isinstance(node, _LOGIC):
            yield f"logic ({type(node).__name__})"
        if isinstance(node, ast.Attribute) and node.attr in _FRAME_WORK:
            yield f"frame work (.{node.attr})"
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _is_absolute(node.value):
            yield "an absolute path"


def _is_absolute(text):
    return bool(re.match(r"(/|~|[A-Za-z]:\\)", text))


def _with_cell(source, **metadata):
    text = NOTEBOOKS[0].read_text(encoding="utf-8")
    notebook = json.loads(text)
    cell = {
        "cell_type": "code",
        "metadata": metadata,
        "execution_count": None,
        "outputs": [],
        "source": source,
    }
    return json.dumps(notebook | {"cells": [*notebook["cells"], cell]})


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_prose_and_calls(path):
    assert faults(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("def f():\n    pass", "logic (FunctionDef)"),
        ("class A:\n    pass", "logic (ClassDef)"),
        ("for i in []:\n    pass", "logic (For)"),
        ("x = [i for i in []]", "logic (ListComp)"),
        ("x = {i: i for i in []}", "logic (DictComp)"),
        ("frame.groupby('plan')", "frame work (.groupby)"),
        ("frame.merge(other)", "frame work (.merge)"),
        ("frame.pivot(index='a')", "frame work (.pivot)"),
        ("frame.apply(len)", "frame work (.apply)"),
        ("%matplotlib inline", "a magic"),
        ("cx.load('/home/ann/data')", "an absolute path"),
        ("cx.load('~/data')", "an absolute path"),
        ("1\n" * 11, "more than ten lines"),
    ],
)
def test_a_planted_fault_is_found(source, fault):
    assert any(found.endswith(fault) for found in faults(_with_cell(source)))


def test_stored_outputs_and_machine_metadata_are_found():
    notebook = json.loads(NOTEBOOKS[0].read_text(encoding="utf-8"))
    code = next(cell for cell in notebook["cells"] if cell["cell_type"] == "code")
    code["execution_count"] = 3
    code["metadata"]["papermill"] = {}
    notebook["metadata"]["language_info"] = {"name": "python", "version": "3.11.7"}
    found = " ".join(faults(json.dumps(notebook)))
    assert "outputs or a count are stored" in found
    assert "metadata of a machine" in found
    assert "language_info of a machine" in found


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_parameter_is_typed_and_explained(path):
    notebook = json.loads(path.read_text(encoding="utf-8"))
    assert declared_parameters(notebook, path.name)
    cell = next(cell for cell in notebook["cells"] if "parameters" in cell["metadata"].get("tags", ()))
    assert all("  # " in line for line in "".join(cell["source"]).splitlines())


def test_the_slow_notebooks_exist():
    assert {path.stem for path in NOTEBOOKS} >= SLOW


@pytest.mark.parametrize("path", RUNS)
def test_a_notebook_runs_from_top_to_bottom(path, root, monkeypatch):
    monkeypatch.setenv("CXLIB_ROOT", str(root))
    notebook = reads(path.read_text(encoding="utf-8"), as_version=4)
    done = NotebookClient(notebook, timeout=600, kernel_name="python3").execute(cwd=str(path.parent))
    assert check_complete(done, path.name, kept="")["schema"] == "cxlib.page/1"


def test_without_accounts_the_health_notebook_says_so_and_reaches_its_end(tmp_path):
    path = next(path for path in NOTEBOOKS if path.stem == "health")
    notebook = reads(path.read_text(encoding="utf-8"), as_version=4)
    cell = next(cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", ()))
    where = write_data(tmp_path / "surveys only")
    cell.source += f"\ndata = {str(where)!r}"
    done = NotebookClient(notebook, timeout=600, kernel_name="python3").execute(cwd=str(path.parent))
    marker = check_complete(done, path.name, kept="")
    assert marker["lines"]["unknown"][0].startswith("Health of accounts is not scored")
