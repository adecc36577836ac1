"""Measured frames kept between runs: the same data, definitions and question have the same answer.

Only values, counts and sums are kept, never a row of the data; but the labels of segments are among them.
Most metrics of a frame have the same periods and segments in the same order: such a block of labels is kept
once. Numbers are used where they lie in what was read, for asking the system for memory is what costs most.
What is read again equals what was measured, type by type and bit by bit, and may be written to as freely.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

import numpy as np
import pandas as pd
import pyarrow as pa

from cxlib.data import kept
from cxlib.metrics.frame import MetricFrame
from cxlib.result import Caveat

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cxlib.data.dataset import Dataset
    from cxlib.metrics.metric import Metric
    from cxlib.metrics.request import Range

    Column: TypeAlias = NDArray[Any] | pd.api.extensions.ExtensionArray

__all__ = ["kept_frame"]

_PIECE: Final = 1024  # rows
_TEXT: Final = pd.StringDtype(na_value=np.nan)  # what pandas calls str
_WORDS: Final = ("unit", "direction", "basis", "method", "definition", "definition_hash", "exclusions")


def kept_frame(
    data: "Dataset",
    metrics: "Sequence[Metric]",
    asked: "tuple[tuple[str, ...], Range]",
    make: Callable[[], MetricFrame],
) -> MetricFrame:
    """The frame that was kept for a question, or a new one, which is kept.

    Parameters
    ----------
    data : Dataset
        What is measured. A source that may change while it is read has no fingerprint that could prove it
        the same, so nothing of it is kept.
    metrics : sequence of Metric
        Their declarations are part of the question.
    asked : tuple
        Segments; grain and days.
    make : callable
        Measures.
    """
    by, span = asked
    changes = data.place is not None and data.place.changes
    if changes or sum(check.used for check in data.checks.values()) < kept.LEAST_ROWS:
        return make()
    seen = (data.fingerprint, data.as_of.isoformat(), data.settings.hash)
    key = kept.key_of(
        "frame", *seen, [metric.hash for metric in metrics], by, span.freq, span.first, span.end
    )
    found = kept.kept("cells", key)
    if found is not None:
        return _read(found)
    made = make()
    if key is not None and len(made.table):
        blocks = _blocks(made.table)
        labels, runs = _labels(made.table, blocks)
        numbers = made.table.drop(columns=["metric", *labels.column_names])
        kept.keep("cells", key, {"labels": labels, "values": _values(numbers)}, _facts(made, runs))
    return made


def _facts(frame: MetricFrame, runs: list[list[Any]]) -> dict[str, Any]:
    return {
        **{word: dict(getattr(frame, word)) for word in _WORDS},
        "data_through": {name: at.isoformat() for name, at in frame.data_through.items()},
        "as_of": frame.as_of.isoformat(),
        "freq": frame.freq,
        "by": list(frame.by),
        "text": frame.text,
        "caveats": [[caveat.code, caveat.text] for caveat in frame.caveats],
        "columns": list(frame.table.columns),
        "runs": runs,
    }


def _blocks(frame: pd.DataFrame) -> list[tuple[int, int]]:
    """First row of the rows of each metric, and the row after the last."""
    metric = frame["metric"].to_numpy(dtype=object)
    edges = np.flatnonzero(metric[1:] != metric[:-1]) + 1
    return list(pairwise([0, *edges.tolist(), len(frame)]))


def _labels(frame: pd.DataFrame, blocks: list[tuple[int, int]]) -> tuple[pa.Table, list[list[Any]]]:
    """The different blocks of labels, below one another, and for each metric its name and where its block is.

    Labels are what stands before the values: period, start, end and segments.
    """
    names = list(frame.columns[1 : frame.columns.get_loc("value")])
    whole = _encoded(frame[names])
    codes = [column.combine_chunks().indices for column in whole.columns]
    places: dict[bytes, int] = {}
    parts, runs, length = [], [], 0
    for first, end in blocks:
        told = b"".join(np.asarray(code.slice(first, end - first)).tobytes() for code in codes)
        if told not in places:
            places[told] = length
            parts.append(whole.slice(first, end - first))
            length += end - first
        runs.append([frame["metric"].iloc[first], places[told], end - first])
    return pa.concat_tables(parts).combine_chunks(), runs


def _encoded(frame: pd.DataFrame) -> pa.Table:
    """A frame as a table in which what repeats stands once."""
    found = pa.Table.from_pandas(frame, preserve_index=False)
    coded = [column.combine_chunks().dictionary_encode() for column in found.columns]
    return pa.table(dict(zip(found.column_names, coded, strict=True)))


def _values(frame: pd.DataFrame) -> pa.Table:
    """What is counted and computed, and the status: as a frame has them."""
    columns = {}
    for name in frame.columns:
        is_number = frame[name].dtype == np.float64  # NaN stays NaN, and is no gap
        columns[name] = pa.array(frame[name].to_numpy() if is_number else frame[name])
    return pa.table(columns).combine_chunks()


def _read(found: kept.Kept) -> MetricFrame:
    facts = found.facts
    return MetricFrame(
        table=_frame(found, facts["runs"], facts["columns"]),
        **{word: facts[word] for word in _WORDS},
        data_through={name: datetime.fromisoformat(at) for name, at in facts["data_through"].items()},
        as_of=datetime.fromisoformat(facts["as_of"]),
        freq=facts["freq"],
        by=tuple(facts["by"]),
        text=facts["text"],
        caveats=tuple(Caveat(code, text) for code, text in facts["caveats"]),
    )


def _frame(found: kept.Kept, runs: list[list[Any]], names: list[str]) -> pd.DataFrame:
    labels, values = found.tables["labels"], found.tables["values"]
    columns: dict[str, Column] = {}
    columns["metric"] = _text([part for name, _, rows in runs for part in _repeated(name, rows)])
    for name in labels.column_names:
        block = _decoded(labels.column(name))
        columns[name] = _joined([block[first : first + rows] for _, first, rows in runs])
    for name in values.column_names:
        is_number = pa.types.is_floating(values.schema.field(name).type)
        columns[name] = found.numbers("values", name) if is_number else _text(values.column(name).chunks)
    return pd.DataFrame({name: columns[name] for name in names}, copy=False)


def _repeated(name: str, rows: int) -> list[pa.Array]:
    """A name so many times, in pieces that all are the same one."""
    whole = _piece(name)
    return [*[whole] * (rows // _PIECE), whole[: rows % _PIECE]]


@lru_cache(maxsize=1024)
def _piece(name: str) -> pa.Array:
    return pa.repeat(pa.scalar(name, pa.large_string()), _PIECE)


def _decoded(column: pa.ChunkedArray) -> "pa.Array | NDArray[Any]":
    """Texts as Arrow has them, dates as pandas has them: objects."""
    part = column.chunk(0)
    if pa.types.is_string(part.dictionary.type) or pa.types.is_large_string(part.dictionary.type):
        return part.dictionary.cast(pa.large_string()).take(part.indices)
    days = np.array(part.dictionary.to_pylist(), dtype=object)
    return days[part.indices.to_numpy()]


def _joined(parts: "list[pa.Array] | list[NDArray[Any]]") -> "Column":
    if isinstance(parts[0], np.ndarray):
        return np.concatenate(parts)
    return _text(cast("list[pa.Array]", parts))


def _text(parts: list[pa.Array]) -> "pd.api.extensions.ExtensionArray":
    whole = pa.chunked_array(parts, type=pa.large_string())
    found: pd.api.extensions.ExtensionArray = pd.array(whole, dtype=_TEXT)
    return found
