"""Text and enumerations: blank is missing, known values by normalised name, spellings of one value merged."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cxlib.data.findings import Findings, Rows
from cxlib.data.schema import Column
from cxlib.text import format_count, join_words, normalise_name, quote

__all__ = ["as_text", "blank_to_null", "convert_category", "expected_values", "name_values"]

_MOST_NAMED = 5


def as_text(array: pa.Array) -> pa.Array:
    """Any column as text; whole floats without their point, as ids often are after a gap."""
    if pa.types.is_string(array.type):
        return array
    if pa.types.is_floating(array.type):
        values = pc.if_else(pc.is_finite(array), array, None)
        whole = pc.all(pc.equal(values, pc.floor(values))).as_py()
        small = pc.all(pc.less(pc.abs(values), 2.0**53)).as_py()
        return values.cast(pa.int64()).cast(pa.string()) if whole and small else values.cast(pa.string())
    return array.cast(pa.string())


def blank_to_null(text: pa.Array) -> pa.Array:
    """Text of nothing, or of nothing but white space, is missing."""
    blank = pc.or_(pc.utf8_is_space(text), pc.equal(text, ""))
    return pc.if_else(blank, pa.scalar(None, pa.string()), text) if pc.any(blank).as_py() else text


def convert_category(findings: Findings, column: Column, exported: str, text: pa.Array) -> pa.Array:
    """Convert a category; values outside a strict enumeration are quarantined, others are noted.

    Parameters
    ----------
    findings : Findings
        Where bad rows and notes go.
    column : Column
        Its declaration.
    exported : str
        What the file calls it.
    text : pyarrow.Array of string
        Values as exported.

    Returns
    -------
    pyarrow.Array of string
        Canonical values; others in one spelling each.
    """
    coded = pc.dictionary_encode(blank_to_null(text))
    values = coded.dictionary.to_pylist()
    counts = np.bincount(np.asarray(pc.fill_null(coded.indices, len(values))), minlength=len(values) + 1)
    names = name_values(findings, column, exported, values, counts)
    if column.strict:
        _refuse_unknown(findings, column, exported, coded, names)
    if names == values:
        return coded.dictionary_decode()
    return pa.array(names, pa.string()).take(coded.indices)


def name_values(
    findings: Findings, column: Column, exported: str, values: Sequence[str], counts: Sequence[int] | Rows
) -> list[str]:
    """The names of the different values of a category, in their order; what is unusual is noted.

    Parameters
    ----------
    findings : Findings
        Where notes go.
    column : Column
        Its declaration.
    exported : str
        What the source calls it.
    values : sequence of str
        Different values, none of them blank.
    counts : sequence of int
        How many rows have each.

    Returns
    -------
    list of str
        Canonical names; a value that an enumeration does not know is only trimmed.
    """
    if not column.values:
        return _merge_spellings(findings, exported, values, counts)
    ours = [_match(value, column.values) for value in values]
    unknown = [
        f"{quote(value)} ({format_count(int(count))})"
        for value, name, count in zip(values, ours, counts, strict=False)
        if not name
    ]
    if unknown and not column.strict:
        words = join_words(unknown, most=_MOST_NAMED)
        findings.note(f"column {exported}: values kept that we do not know: {words}")
    return [name or value.strip() for name, value in zip(ours, values, strict=True)]


def expected_values(table: str, column: Column) -> tuple[str, str]:
    """What a strict enumeration expects, and how to mend a value that it does not have.

    Examples
    --------
    >>> expected_values("surveys", Column("kind", values=("nps", "csat")))
    ('one of nps or csat', 'correct it, or map it in [values.surveys.kind]')
    """
    expected = f"one of {join_words(column.values, last='or')}"
    return expected, f"correct it, or map it in [values.{table}.{column.name}]"


def _match(value: str, known: tuple[str, ...]) -> str | None:
    normal = normalise_name(value)
    return normal if normal in known else None


def _refuse_unknown(
    findings: Findings, column: Column, exported: str, coded: pa.DictionaryArray, names: Sequence[str]
) -> None:
    """Rows whose value a strict enumeration does not know."""
    bad = pa.array([name not in column.values for name in names], pa.bool_()).take(coded.indices)
    rows = np.flatnonzero(np.asarray(pc.fill_null(bad, fill_value=False)))
    expected, fix = expected_values(findings.table, column)
    values = coded.dictionary_decode().take(pa.array(rows)).to_pylist()
    findings.quarantine(rows, exported, values, expected=expected, fix=fix)


def _merge_spellings(
    findings: Findings, exported: str, values: Sequence[str], counts: Sequence[int] | Rows
) -> list[str]:
    """One spelling of values that differ in case and white space: lower case, else the most frequent."""
    spellings: dict[str, Counter[str]] = {}
    for value, count in zip(values, counts, strict=False):
        spellings.setdefault(" ".join(value.split()).casefold(), Counter())[value.strip()] += int(count)
    chosen = {
        key: key if key in found else min(found, key=lambda name: (-found[name], name))
        for key, found in spellings.items()
    }
    merged = [
        f"{join_words([quote(n) for n in sorted(found)])} as {chosen[key]!r}"
        for key, found in spellings.items()
        if len(found) > 1
    ]
    if merged:
        findings.note(f"column {exported}: spellings merged: {join_words(sorted(merged), most=_MOST_NAMED)}")
    return [chosen[" ".join(value.split()).casefold()] for value in values]
