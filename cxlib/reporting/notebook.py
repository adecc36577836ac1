"""What a monthly notebook declares, and whether it ran to its end.

Notebooks are read as the JSON that they are: that a month is unchanged is told as soon as the data are read.
"""

import ast
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cxlib.errors import UnknownNameError, UsageError
from cxlib.text import join_words, nearest, quote

__all__ = [
    "Notebook",
    "check_parameters",
    "declared_parameters",
    "monthly_notebooks",
    "read_notebook",
    "source",
    "tags",
]

_NEEDED = ("month", "data")
_OF_EVERY_RUN = (*_NEEDED, "as_of", "config")
_LITERALS = (str, bool, int, float)

Notebook = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One declared parameter: its name, the type of its literal, and the literal."""

    name: str
    type: type
    default: object


def monthly_notebooks(folder: Path) -> list[Path]:
    """The notebooks of a folder, `overview` first, then by name.

    Parameters
    ----------
    folder : Path
        Folder of ``*.ipynb`` files; checkpoints and hidden files are left out.

    Raises
    ------
    UsageError
        If the folder has none.
    """
    found = (
        [path for path in folder.glob("*.ipynb") if not path.name.startswith(".")] if folder.is_dir() else []
    )
    if not found:
        raise UsageError(
            "--notebooks",
            found=f"no notebook in {quote(folder.as_posix())}",
            expected="a folder with at least one .ipynb file",
            fix="name the folder that holds the monthly notebooks",
        )
    return sorted(found, key=lambda path: (path.stem != "overview", path.name))


def read_notebook(path: Path) -> Notebook:
    """A notebook of nbformat 4 as plain values.

    Parameters
    ----------
    path : Path
        The ``.ipynb`` file.

    Raises
    ------
    UsageError
        If the file is no such notebook.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if found["nbformat"] == 4 and isinstance(found["cells"], list):
            return dict(found)
        error: Exception | None = None
    except (OSError, ValueError, KeyError, TypeError) as caught:
        error = caught
    raise UsageError(
        path.name,
        found=f"{type(error).__name__} while reading" if error else "another format",
        expected="a Jupyter notebook of format 4",
        fix="open it in JupyterLab and save it again",
    ) from error


def source(cell: Mapping[str, Any]) -> str:
    """The text of a cell."""
    return "".join(cell["source"])


def tags(cell: Mapping[str, Any]) -> Sequence[str]:
    """The tags of a cell."""
    found: Sequence[str] = cell["metadata"].get("tags", ())
    return found


def declared_parameters(notebook: Notebook, name: str) -> dict[str, Parameter]:
    """The parameters of the cell tagged `parameters`: one typed literal a line.

    Parameters
    ----------
    notebook : Notebook
        As read.
    name : str
        File name, for messages.

    Raises
    ------
    UsageError
        If there is not exactly one such cell, or it holds anything but names bound to literals.

    Examples
    --------
    >>> cell = {"cell_type": "code", "source": 'month = "2020-02"', "metadata": {"tags": ["parameters"]}}
    >>> declared_parameters({"cells": [cell]}, "overview.ipynb")["month"].default
    '2020-02'
    """
    cells = [cell for cell in notebook["cells"] if "parameters" in tags(cell)]
    if len(cells) != 1 or cells[0]["cell_type"] != "code":
        raise UsageError(
            f"{name} cell tagged parameters",
            found=f"{len(cells)} of them",
            expected="exactly one code cell",
            fix='tag the cell that holds month = "2020-02" with `parameters`',
        )
    return dict(_literal(node, name) for node in _statements(source(cells[0]), name))


def _statements(source: str, name: str) -> list[ast.stmt]:
    try:
        return ast.parse(source).body
    except SyntaxError as error:
        raise _not_literal(name, error.lineno or 1) from error


def _literal(node: ast.stmt, name: str) -> tuple[str, Parameter]:
    match node:
        case (
            ast.Assign(targets=[ast.Name(id=key)], value=value)
            | ast.AnnAssign(target=ast.Name(id=key), value=ast.expr() as value)
        ):
            try:
                literal = ast.literal_eval(value)
            except ValueError as error:
                raise _not_literal(name, node.lineno) from error
            if isinstance(literal, _LITERALS):
                return key, Parameter(key, type(literal), literal)
    raise _not_literal(name, node.lineno)


def _not_literal(name: str, line: int) -> UsageError:
    return UsageError(
        f"{name} cell tagged parameters, line {line}",
        found="something else",
        expected='name = literal (text, a number or True/False), such as month = "2020-02"',
        fix="move the code to the next cell",
    )


def check_parameters(
    given: Mapping[str, object], declared: Mapping[str, Mapping[str, Parameter]]
) -> dict[str, dict[str, object]]:
    """For each notebook the parameters it declares, after every name and type has been checked.

    Parameters
    ----------
    given : mapping of str to object
        What the run provides. Every notebook must declare `month` and `data`, and may declare `as_of` and
        `config`; any other name must be declared by one of them.
    declared : mapping of str to mapping
        File name to `declared_parameters`.

    Raises
    ------
    UsageError
        If a name is no identifier, is declared nowhere, a needed one is missing, or a type differs.

    Examples
    --------
    >>> check_parameters({"monht": "2020-02"}, {"a.ipynb": {"month": Parameter("month", str, "")}})
    Traceback (most recent call last):
    cxlib.errors.UnknownNameError: parameter: found 'monht', expected one of month. Did you mean 'month'? \
Fix: use one of these names.
    """
    known = sorted({name for parameters in declared.values() for name in parameters})
    for name in given:
        if not name.isidentifier():
            raise UsageError(
                "parameter",
                found=quote(name),
                expected="a name of letters, digits and _",
                fix=f"use one of {join_words(known, last='or')}",
            )
        if name not in known and name not in _OF_EVERY_RUN:
            raise UnknownNameError("parameter", name, known)
    return {notebook: _own(given, parameters, notebook) for notebook, parameters in declared.items()}


def _own(given: Mapping[str, object], declared: Mapping[str, Parameter], notebook: str) -> dict[str, object]:
    for name in _NEEDED:
        if name in given and name not in declared:
            near = nearest(name, declared)
            raise UsageError(
                f"{notebook} cell tagged parameters",
                found=f"no {name!r}",
                expected=f"{join_words([repr(needed) for needed in _NEEDED])} in every monthly notebook",
                hint=f"Did you mean {near!r}?" if near else "",
                fix=f"declare {name} in that cell",
            )
    return {
        name: _typed(value, declared[name], notebook) for name, value in given.items() if name in declared
    }


def _typed(value: object, parameter: Parameter, notebook: str) -> object:
    if parameter.type is float and type(value) is int:
        return float(value)
    if type(value) is not parameter.type:
        raise UsageError(
            f"{notebook} parameter {parameter.name}",
            found=f"{type(value).__name__} {quote(value)}",
            expected=f"{parameter.type.__name__}, like {parameter.default!r}",
            fix="give a value of that type",
        )
    return value
