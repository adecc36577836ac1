"""One table from its files: converted, completed from cxlib.toml, joined; every row still has its line."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from cxlib.data.categories import as_text
from cxlib.data.convert import Conversion, convert
from cxlib.data.delimited import Part
from cxlib.data.findings import Findings, Rows
from cxlib.data.instants import Reading
from cxlib.data.recognise import Named, recognise
from cxlib.data.schema import Column, Table
from cxlib.data.scores import convert_scores
from cxlib.data.settings import Settings

__all__ = ["Draft", "make_draft"]


@dataclass(slots=True)
class Draft:
    """A table on its way to be checked.

    Parameters
    ----------
    table : Table
        Its declaration.
    rows : pyarrow.Table
        Converted rows of all files, bad ones included.
    files : sequence of Findings
        One per file, in the order of the rows.
    rows_in : int
        Records of the sources.
    columns : tuple of str
        Canonical names that the sources really had.
    duplicates : array of bool
        Rows dropped because the same row, or a later version of it, is kept.
    notes : list of str
        Remarks about the whole table.
    """

    table: Table
    rows: pa.Table
    files: Sequence[Findings]
    rows_in: int
    columns: tuple[str, ...]
    duplicates: npt.NDArray[np.bool_] = field(init=False)
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.duplicates = np.zeros(self.rows.num_rows, dtype=bool)

    @property
    def live(self) -> npt.NDArray[np.bool_]:
        """Rows neither bad nor dropped."""
        bad = np.concatenate([file.bad for file in self.files]) if self.files else np.zeros(0, dtype=bool)
        return ~bad & ~self.duplicates

    @property
    def quarantined(self) -> int:
        """How many rows were put aside."""
        return sum(len(finding.lines) for file in self.files for finding in file.found)

    def quarantine(
        self,
        rows: Rows,
        column: str,
        values: Iterable[object],
        *,
        expected: str | Sequence[str],
        fix: str,
    ) -> None:
        """Put rows of the whole table aside, each in its file."""
        found = list(values)
        for file, start, stop in self._spans():
            inside = np.flatnonzero((rows >= start) & (rows < stop))
            if len(inside):
                words = expected if isinstance(expected, str) else [expected[int(i)] for i in inside]
                file.quarantine(
                    rows[inside] - start, column, [found[i] for i in inside], expected=words, fix=fix
                )

    def line_words(self, rows: Rows) -> str:
        """Where rows are: `lines 3 and 9`, with the file where there are several."""
        words = []
        for file, start, stop in self._spans():
            inside = rows[(rows >= start) & (rows < stop)]
            if len(inside):
                words.append(
                    (f"{file.file} " if len(self.files) > 1 else "") + file.line_words(inside - start)
                )
        return ", ".join(words)

    def _spans(self) -> list[tuple[Findings, int, int]]:
        edges = np.cumsum([0, *(file.rows for file in self.files)])
        return [(file, int(edges[i]), int(edges[i + 1])) for i, file in enumerate(self.files)]

    def blank(self, column: str, rows: Rows) -> None:
        """Make values missing."""
        mask = np.zeros(self.rows.num_rows, dtype=bool)
        mask[rows] = True
        values = self.rows.column(column)
        missing = pa.scalar(None, values.type)
        position = self.rows.column_names.index(column)
        self.rows = self.rows.set_column(position, column, pc.if_else(pa.array(mask), missing, values))


def make_draft(table: Table, parts: Sequence[Part], settings: Settings) -> Draft:
    """Convert the files of one table and join them.

    Parameters
    ----------
    table : Table
        The declaration.
    parts : sequence of Part
        Its files as read; their findings are added to.
    settings : Settings
        How to read them.

    Returns
    -------
    Draft
        Converted rows; blank required values are quarantined.
    """
    converted: list[pa.Table] = []
    had: dict[str, None] = {}
    for part in parts:
        part.findings.table = table.name
        named = recognise(part, table, settings)
        had |= dict.fromkeys(named.columns)
        columns = _convert_part(table, part, named, settings)
        _require(table, part.findings, columns, named)
        converted.append(pa.table(columns) if columns else pa.table({"": pa.nulls(part.findings.rows)}))
    rows = pa.concat_tables(converted, promote_options="default") if converted else pa.table({})
    return Draft(
        table, rows, [part.findings for part in parts], sum(part.rows_in for part in parts), tuple(had)
    )


def _convert_part(table: Table, part: Part, named: Named, settings: Settings) -> dict[str, pa.Array]:
    section = settings.table(table.name)
    reading = Reading(table.name, section.get("zone", settings.zone), section.get("date_format"))
    conversion = Conversion(part.findings, reading, section.get("decimal", "."))
    columns: dict[str, pa.Array] = {}
    for name, array in named.columns.items():
        mapped = _map_values(array, settings.values.get(table.name, {}).get(name))
        if (table.name, name) != ("surveys", "score"):
            columns[name] = convert(conversion, table.column(name), named.exported[name], mapped)
        else:
            columns[name] = mapped  # converted below, as it needs the kind
    rows = part.findings.rows
    if "kind" in section:
        columns.setdefault("kind", pa.array([section["kind"]] * rows, pa.string()))
    if table.name == "changes":
        _complete_changes(columns, rows, section.get("uncertain_days"), conversion)
    if table.name == "surveys" and "score" in columns and "kind" in columns:
        columns["score"] = convert_scores(
            conversion, named.exported["score"], columns["score"], columns["kind"], settings.surveys
        )
    return columns


def _map_values(array: pa.Array, mapping: Mapping[str, str] | None) -> pa.Array:
    """Exported values to canonical ones, as `[values.TABLE.COLUMN]` says."""
    if not mapping:
        return array
    coded = pc.dictionary_encode(as_text(array))
    trimmed = {key.strip(): value for key, value in mapping.items()}
    names = [trimmed.get(value.strip(), value) for value in coded.dictionary.to_pylist()]
    return pa.array(names, pa.string()).take(coded.indices)


def _complete_changes(
    columns: dict[str, pa.Array], rows: int, declared: float | None, conversion: Conversion
) -> None:
    """Kind defaults to release; a date without a time is uncertain by a day unless cxlib.toml says more."""
    release = pa.array(["release"] * rows, pa.string())
    columns["kind"] = pc.coalesce(columns["kind"], release) if "kind" in columns else release
    days_only = conversion.days_only.get("released_at", np.zeros(rows, dtype=bool))
    if declared is None and not days_only.any():
        return
    fallback = np.full(rows, float(declared)) if declared is not None else np.where(days_only, 1.0, np.nan)
    default = pa.array(fallback, from_pandas=True)
    columns["uncertain_days"] = (
        pc.coalesce(columns["uncertain_days"], default) if "uncertain_days" in columns else default
    )


def _require(table: Table, findings: Findings, columns: Mapping[str, pa.Array], named: Named) -> None:
    """Rows without a required value; a column that is wholly missing was refused before."""
    for name in table.required:
        if name not in columns:
            continue
        rows = np.flatnonzero(np.asarray(columns[name].is_null())).astype(np.int64)
        exported = named.exported.get(name, name)
        expected, fix = _lacking(table, name, columns, rows)
        findings.quarantine(rows, exported, [""] * len(rows), expected=expected, fix=fix)


def _lacking(
    table: Table, name: str, columns: Mapping[str, pa.Array], rows: Rows
) -> tuple[str | list[str], str]:
    """What rows without a required value are told, each by its id where the words ask for it."""
    declared = table.column(name)
    expected, fix = (declared or Column(name)).lacking
    if "{}" not in expected:
        return expected, fix
    ids = columns[table.required[0]].take(pa.array(rows)).to_pylist()
    return [expected.format(one or "the account") for one in ids], fix
