"""Survey scores: a number within the scale of the row's kind, or good and bad where the scale is binary."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from cxlib.data.convert import Conversion, read_numbers
from cxlib.data.findings import Findings

__all__ = ["convert_scores"]

_WORDS = {"good": 1.0, "bad": 0.0}
_UNANSWERED = {"offered"}


def convert_scores(
    conversion: Conversion,
    exported: str,
    array: pa.Array,
    kinds: pa.Array,
    scales: Mapping[str, Mapping[str, Any]],
) -> pa.Array:
    """Read the scores of a file of surveys; values outside their kind's scale are quarantined.

    Parameters
    ----------
    conversion : Conversion
        How, and where faults go.
    exported : str
        What the file calls the column.
    array : pyarrow.Array
        Text or numbers; missing is unanswered or unscored.
    kinds : pyarrow.Array of string
        nps, csat or ces, row by row.
    scales : mapping
        `[surveys.KIND] scale`: `0-10`, `1-5`, `binary`.

    Returns
    -------
    pyarrow.Array of float64
        Scores; good is 1 and bad is 0.
    """
    findings = conversion.findings
    words = _read_words(array)
    plain = pc.if_else(pa.array(~np.isnan(words) | np.isinf(words)), pa.scalar(None, array.type), array)
    numbers, bad = read_numbers(plain, conversion.decimal)
    comma = conversion.decimal == "." and any("," in str(array[int(row)].as_py()) for row in bad[:1])
    findings.quarantine(
        bad,
        exported,
        array.take(pa.array(bad)).to_pylist(),
        expected="a number",
        fix=f'set [tables.{findings.table}] decimal = ","'
        if comma
        else "correct it, or leave the field empty",
    )
    values = np.array(pc.fill_null(numbers, np.nan), dtype=np.float64)
    coded = pc.dictionary_encode(kinds)
    codes = np.asarray(pc.fill_null(coded.indices, fill_value=-1))
    for code, kind in enumerate(coded.dictionary.to_pylist()):
        of_kind = codes == code
        scale = str(scales.get(kind, {}).get("scale", "0-10"))
        _check_kind(findings, exported, array, (values, words, of_kind), (kind, scale))
    values = np.where(np.isfinite(words), words, values)
    return pa.array(values, from_pandas=True)


def _read_words(array: pa.Array) -> npt.NDArray[np.float64]:
    """1 and 0 for good and bad, infinity for offered (sent, not answered), NaN for anything else."""
    if not pa.types.is_string(array.type):
        return np.full(len(array), np.nan)
    coded = pc.dictionary_encode(array)
    meaning = []
    for value in coded.dictionary.to_pylist():
        word = value.strip().casefold()
        meaning.append(np.inf if word in _UNANSWERED else _WORDS.get(word, np.nan))
    return np.array(
        pc.fill_null(pa.array(meaning, pa.float64()).take(coded.indices), np.nan), dtype=np.float64
    )


def _check_kind(
    findings: Findings,
    exported: str,
    array: pa.Array,
    found: tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.bool_]],
    expected: tuple[str, str],
) -> None:
    """Words only on a binary scale, numbers only inside the range, whole ones for NPS."""
    values, words, of_kind = found
    kind, scale = expected
    low, high = (0.0, 1.0) if scale == "binary" else tuple(float(part) for part in scale.split("-"))
    outside = of_kind & ((values < low) | (values > high))
    if scale == "binary" or kind == "nps":
        outside |= of_kind & (values != np.floor(values)) & ~np.isnan(values)
    if scale != "binary":
        outside |= of_kind & np.isfinite(words)
    rows = np.flatnonzero(outside).astype(np.int64)
    wanted = "good, bad, 1 or 0" if scale == "binary" else f"{scale.replace('-', '–')}"
    findings.quarantine(
        rows,
        exported,
        array.take(pa.array(rows)).to_pylist(),
        expected=f"{wanted} for kind {kind!r}",
        fix=f"correct it, or set the scale in [surveys.{kind}]",
    )
