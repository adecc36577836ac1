"""Measured frames kept between runs: the same data, definitions and question have the same answer."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, cast

import pandas as pd
import pyarrow as pa

from cxlib.metrics.frame import MetricFrame
from cxlib.metrics.kept import facts_of, keep, kept, key_of
from cxlib.result import Caveat

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cxlib.data.dataset import Dataset
    from cxlib.metrics.metric import Metric
    from cxlib.metrics.request import Range

__all__ = ["kept_frame"]

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
        What is measured.
    metrics : sequence of Metric
        Their declarations are part of the question.
    asked : tuple
        Segments; grain and days.
    make : callable
        Measures.
    """
    by, span = asked
    key = key_of(data, "frame", [metric.hash for metric in metrics], by, span.freq, span.first, span.end)
    found = kept(key)
    if found is not None:
        return _read(found)
    made = make()
    if key is not None:
        keep(key, _table(made.table), _facts(made))
    return made


def _facts(frame: MetricFrame) -> dict[str, Any]:
    return {
        **{word: dict(getattr(frame, word)) for word in _WORDS},
        "data_through": {name: at.isoformat() for name, at in frame.data_through.items()},
        "as_of": frame.as_of.isoformat(),
        "freq": frame.freq,
        "by": list(frame.by),
        "text": frame.text,
        "caveats": [[caveat.code, caveat.text] for caveat in frame.caveats],
    }


def _table(frame: pd.DataFrame) -> pa.Table:
    """A frame as a table in which what repeats stands once."""
    found = pa.Table.from_pandas(frame, preserve_index=False)
    for i, name in enumerate(found.column_names):
        if not pa.types.is_floating(found.column(name).type):
            found = found.set_column(i, name, found.column(name).combine_chunks().dictionary_encode())
    return found


def _read(found: pa.Table) -> MetricFrame:
    facts = facts_of(found)
    columns = {name: _column(found.column(name)) for name in found.column_names}
    return MetricFrame(
        table=pd.DataFrame(columns, copy=False),
        **{word: facts[word] for word in _WORDS},
        data_through={name: datetime.fromisoformat(at) for name, at in facts["data_through"].items()},
        as_of=datetime.fromisoformat(facts["as_of"]),
        freq=facts["freq"],
        by=tuple(facts["by"]),
        text=facts["text"],
        caveats=tuple(Caveat(code, text) for code, text in facts["caveats"]),
    )


def _column(column: pa.ChunkedArray) -> "NDArray[Any] | pd.api.extensions.ExtensionArray":
    part = column.combine_chunks()
    if not pa.types.is_dictionary(part.type):
        return cast("NDArray[Any]", part.to_numpy(zero_copy_only=False))
    values = part.dictionary
    if pa.types.is_string(values.type) or pa.types.is_large_string(values.type):
        text: pd.api.extensions.ExtensionArray = pd.array(values.take(part.indices), dtype="str")
        return text
    days: NDArray[Any] = values.to_pandas().to_numpy(dtype=object)
    found: NDArray[Any] = days[part.indices.to_numpy()]
    return found
