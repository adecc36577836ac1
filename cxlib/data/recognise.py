"""Exported names to canonical ones: by cxlib.toml, else by normalised name. What is missing is refused."""

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from cxlib.data.delimited import Part
from cxlib.data.schema import Table
from cxlib.data.settings import Settings
from cxlib.errors import DataError
from cxlib.text import join_words, nearest, normalise_name, plural, quote

__all__ = ["ALIASES", "Named", "known_names", "recognise"]

ALIASES: Mapping[str, Mapping[str, str]] = {
    "changes": {"id": "change_id", "date": "released_at", "deployed_at": "released_at"},
}
_LOADERS = ("_fivetran_", "_airbyte_", "_dlt_", "_sdc_")


@dataclass(frozen=True, slots=True)
class Named:
    """Columns of one file under the names of ours.

    Parameters
    ----------
    columns : mapping of str to pyarrow.Array
        Canonical or normalised name to values, in the order of the file.
    exported : mapping of str to str
        The same names to what the file calls them, for messages.
    """

    columns: Mapping[str, pa.Array]
    exported: Mapping[str, str]


def known_names(table: Table, settings: Settings) -> set[str]:
    """Normalised names that the header of a table's file may hold.

    Examples
    --------
    >>> from cxlib.data.schema import TABLES
    >>> from cxlib.data.settings import read_settings
    >>> "released_at" in known_names(TABLES["changes"], read_settings(None))
    True
    """
    renamed = {normalise_name(name) for name in settings.columns.get(table.name, {}).values()}
    ignored = {normalise_name(name) for name in settings.table(table.name).get("ignore", [])}
    return {*table.names, *ALIASES.get(table.name, {}), *renamed, *ignored}


def recognise(part: Part, table: Table, settings: Settings) -> Named:
    """Name the columns of one file; collisions and missing columns are refused, further columns kept.

    Parameters
    ----------
    part : Part
        The file as read.
    table : Table
        What it is taken for.
    settings : Settings
        `[columns.TABLE]`, `[tables.TABLE] ignore` and `kind`.

    Returns
    -------
    Named
        What is left after ignored, unnamed and loader columns.
    """
    ours: dict[str, int] = {}
    ignored = {normalise_name(name) for name in settings.table(table.name).get("ignore", [])}
    renames = _renames(part, table, settings)
    for position, name in enumerate(part.names):
        normal = renames.get(position) or normalise_name(name) or name
        if not name:
            part.findings.note(f"column {position + 1} has no name and is left out")
        elif position not in renames and (normal in ignored or name.lower().startswith(_LOADERS)):
            continue
        elif normal in ours:
            _collide(part, table, normal, ours[normal], position)
        else:
            ours[normal] = position
    _use_aliases(part, table, ours)
    _refuse_missing(part, table, settings, ours)
    extra = [name for name in ours if name not in table.names]
    if extra:
        part.findings.note(f"{plural(len(extra), 'further column')} kept as segments: {join_words(extra)}")
    return Named(
        {name: part.columns[position] for name, position in ours.items()},
        {name: part.names[position] for name, position in ours.items()},
    )


def _renames(part: Part, table: Table, settings: Settings) -> dict[int, str]:
    """Positions that `[columns.TABLE]` renames."""
    found: dict[int, str] = {}
    normal = [normalise_name(name) for name in part.names]
    for canonical, exported in settings.columns.get(table.name, {}).items():
        if exported in part.names:
            found[part.names.index(exported)] = canonical
        elif normalise_name(exported) in normal:
            found[normal.index(normalise_name(exported))] = canonical
        else:
            near = nearest(exported, [name for name in part.names if name])
            part.findings.refuse(
                DataError(
                    f"cxlib.toml, columns.{table.name}.{canonical}",
                    found=quote(exported),
                    expected=f"a column of {part.findings.file}",
                    hint=f"Did you mean {near!r}?" if near else "",
                    fix="write the name as the file has it",
                )
            )
    return found


def _collide(part: Part, table: Table, name: str, first: int, second: int) -> None:
    names = f"{part.names[first]!r} and {part.names[second]!r}"
    if table.column(name) is None:
        part.findings.note(f"columns {names} have one name, {name}; the first is kept")
        return
    part.findings.refuse(
        DataError(
            f"{part.findings.file}, header",
            found=f"columns {names}",
            expected=f"one column {name}",
            fix=f"set [columns.{table.name}] {name}, or [tables.{table.name}] ignore",
        )
    )


def _use_aliases(part: Part, table: Table, ours: dict[str, int]) -> None:
    for alias, canonical in ALIASES.get(table.name, {}).items():
        if alias in ours and canonical not in ours:
            part.findings.note(f"column {part.names[ours[alias]]} read as {canonical}")
            ours[canonical] = ours.pop(alias)


def _refuse_missing(part: Part, table: Table, settings: Settings, ours: Mapping[str, int]) -> None:
    given = {"kind"} if "kind" in settings.table(table.name) else set()
    for name in table.required:
        if name in ours or name in given:
            continue
        spare = [part.names[position] for key, position in ours.items() if key not in table.names]
        plain = next((each for each in spare if normalise_name(each) == "id"), None)
        near = nearest(name, spare) or (plain if name == table.key else None)
        paste = f'[columns.{table.name}] {name} = "{near or "EXPORTED NAME"}"'
        kind = f", or [tables.{table.name}] kind" if name == "kind" else ""
        part.findings.refuse(
            DataError(
                f"{part.findings.file}, header",
                found=f"no column {name!r} among {join_words([repr(n) for n in part.names if n])}",
                expected=f"the columns {join_words(table.required)}",
                hint=f"Did you mean {near!r}?" if near else "",
                fix=f"set {paste}{kind} in cxlib.toml",
            )
        )
