"""Text and enumerations: blank is missing, known values by normalised name, spellings of one value merged."""

from collections import Counter
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from cxlib.data.findings import Findings
from cxlib.data.schema import Column
from cxlib.text import format_count, join_words, normalise_name, quote

__all__ = ["as_text", "blank_to_null", "convert_category"]

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
    """Text of nothing but white space is missing."""
    blank = pc.utf8_is_space(text)
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
    if column.values:
        ours = {value: _match(value, column.values) for value in values}
        _report_unknown(findings, column, exported, coded, ours, counts)
        names = [ours[value] or value.strip() for value in values]
    else:
        names = _merge_spellings(findings, exported, values, counts)
    if names == values:
        return coded.dictionary_decode()
    return pa.array(names, pa.string()).take(coded.indices)


def _match(value: str, known: tuple[str, ...]) -> str | None:
    normal = normalise_name(value)
    return normal if normal in known else None


def _report_unknown(
    findings: Findings,
    column: Column,
    exported: str,
    coded: pa.DictionaryArray,
    ours: Mapping[str, str | None],
    counts: npt.NDArray[np.int64],
) -> None:
    """Unknown values of an enumeration: bad rows where it is strict, else kept and named."""
    unknown = [
        (value, int(count)) for (value, name), count in zip(ours.items(), counts, strict=False) if not name
    ]
    if not unknown:
        return
    if not column.strict:
        words = join_words(
            [f"{quote(value)} ({format_count(count)})" for value, count in unknown], most=_MOST_NAMED
        )
        findings.note(f"column {exported}: values kept that we do not know: {words}")
        return
    bad = pa.array([not name for name in ours.values()], pa.bool_()).take(coded.indices)
    rows = np.flatnonzero(np.asarray(pc.fill_null(bad, fill_value=False)))
    findings.quarantine(
        rows,
        exported,
        coded.dictionary_decode().take(pa.array(rows)).to_pylist(),
        expected=f"one of {join_words(column.values, last='or')}",
        fix=f"correct it, or map it in [values.{findings.table}.{column.name}]",
    )


def _merge_spellings(
    findings: Findings, exported: str, values: list[str], counts: npt.NDArray[np.int64]
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
