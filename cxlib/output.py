"""What a command prints: one JSON object, or sentences for people."""

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from cxlib.data.dataset import Dataset
    from cxlib.result import Caveat

__all__ = ["print_json", "print_said", "print_text"]


def print_json(
    name: str,
    data: "Dataset | None",
    rows: list[dict[str, Any]],
    caveats: "Iterable[Caveat]" = (),
    further: Mapping[str, Any] | None = None,
) -> None:
    """Print the rows of a result as one object, which begins with its schema.

    Parameters
    ----------
    name : str
        Of the schema.
    data : Dataset or None
        Gives `as_of`.
    rows : list of dict
        Plain values.
    caveats : iterable of Caveat
        Each is printed once.
    further : mapping or None
        What the object holds beside.
    """
    body = {
        "schema": f"cxlib.{name}/1",
        "as_of": _as_of(data),
        **(further or {}),
        "rows": rows,
        "caveats": [c.to_dict() for c in dict.fromkeys(caveats)],
    }
    typer.echo(json.dumps(body, ensure_ascii=False, allow_nan=False, default=str))


def print_said(
    schema: str,
    said: dict[str, Any],
    text: str,
    *,
    json_: bool,
    quiet: bool,
    data: "Dataset | None" = None,
) -> None:
    """Print what was found or done.

    Parameters
    ----------
    schema : str
        Name of the schema.
    said : dict
        Plain values, for JSON.
    text : str
        The same for people.
    json_, quiet : bool
        What was asked for.
    data : Dataset or None
        Gives `as_of`.
    """
    if json_:
        body = {"schema": f"cxlib.{schema}/1", "as_of": _as_of(data)} | said
        typer.echo(json.dumps(body, ensure_ascii=False, allow_nan=False))
    elif not quiet:
        from cxlib.reporting.layout import wrapped

        typer.echo(wrapped(text.splitlines(), indent="  "))


def print_text(text: str) -> None:
    """Print a page of text."""
    typer.echo(text)


def _as_of(data: "Dataset | None") -> str | None:
    return data.as_of.isoformat().replace("+00:00", "Z") if data else None
