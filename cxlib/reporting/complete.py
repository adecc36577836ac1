"""Whether an executed notebook ran to its end, and where it stopped if not."""

from collections.abc import Mapping
from typing import Any

from cxlib.errors import NotebookError
from cxlib.reporting.notebook import Notebook, source, tags
from cxlib.text import quote

__all__ = ["END_MARKER", "check_complete", "end_marker", "stopped_at"]

END_MARKER = "application/vnd.cxlib.page+json"
_REPLY = "shell.execute_reply"
_ADDED_BY_PAPERMILL = frozenset({"injected-parameters", "papermill-error-cell-tag"})


def _code(notebook: Notebook) -> list[tuple[int, Mapping[str, Any]]]:
    """The code cells with something to run, each with its number in the notebook as it was written."""
    added = 0
    found = []
    for position, cell in enumerate(notebook["cells"], start=1):
        added += not _ADDED_BY_PAPERMILL.isdisjoint(tags(cell))
        if cell["cell_type"] == "code" and source(cell).strip():
            found.append((position - added, cell))
    return found


def stopped_at(notebook: Notebook) -> int | None:
    """The number of the first code cell that did not run or raised; None if there is none.

    Parameters
    ----------
    notebook : mapping
        As papermill left it.

    Examples
    --------
    >>> cell = {"cell_type": "code", "source": "1", "metadata": {}, "execution_count": None, "outputs": []}
    >>> stopped_at({"cells": [cell]})
    1
    """
    for number, cell in _code(notebook):
        if cell["execution_count"] is None or cell["metadata"].get("papermill", {}).get("exception"):
            return number
        if _REPLY not in cell["metadata"].get("execution", {_REPLY: ""}):  # begun, and never answered
            return number
    return None


def end_marker(notebook: Notebook) -> dict[str, Any] | None:
    """What `cx.end_page` left in the last code cell, or None."""
    cells = _code(notebook)
    for output in cells[-1][1]["outputs"] if cells else []:
        if END_MARKER in output.get("data", {}):
            return dict(output["data"][END_MARKER])
    return None


def check_complete(notebook: Notebook, name: str, *, kept: str) -> dict[str, Any]:
    """What the end marker carries, after it is proved that every code cell ran, in order, without an error.

    Parameters
    ----------
    notebook : Notebook
        As papermill left it.
    name : str
        For messages, such as ``monthly/overview.ipynb``.
    kept : str
        Where the failed notebook can be seen.

    Raises
    ------
    NotebookError
        If a cell did not run, ran out of order or raised, or the last one shows no end marker.
    """
    last = 0
    for number, cell in _code(notebook):
        where = f"{name} cell {number}"
        errors = [output for output in cell["outputs"] if output["output_type"] == "error"]
        if errors:
            raise _failed(where, f"{errors[0]['ename']} {quote(errors[0]['evalue'], longest=200)}", kept)
        if cell["execution_count"] is None or cell["execution_count"] <= last:
            raise _failed(where, "a cell that did not run", kept)
        last = cell["execution_count"]
    marker = end_marker(notebook)
    if marker is None:
        raise _failed(
            f"{name} last code cell", "no end marker", kept, fix="end the notebook with cx.end_page(...)"
        )
    return marker


def _failed(where: str, found: str, kept: str, *, fix: str = "") -> NotebookError:
    return NotebookError(
        where,
        found=found,
        expected="every cell to run",
        hint="Nothing was published.",
        fix=f"{fix}; see {kept}" if fix else f"see {kept}",
    )
