"""Values that must not meet in one sum: amounts of two currencies, scores on two scales."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from cxlib.errors import CxError, UsageError
from cxlib.metrics.cells import count_cells
from cxlib.metrics.gather import row_value
from cxlib.metrics.metric import Metric
from cxlib.text import join_words, quote

if TYPE_CHECKING:
    from cxlib.data.dataset import Dataset

__all__ = ["mixed_error", "refuse_mixed"]

_KIND_OF_VALUE: Final[Mapping[str, str]] = {"amount": "currency", "score": "scale"}
"""The column that says what the values of another one are in."""


def refuse_mixed(data: "Dataset", metrics: Sequence[Metric], by: Sequence[str]) -> None:
    """Refuse metrics whose rows are worth different things: unless each segment has one of its own.

    Parameters
    ----------
    data : Dataset
        What is measured.
    metrics : sequence of Metric
        Those whose value reads an amount or a score of tables that say in what it is.
    by : sequence of str
        A cut by the currency, or by the scale, keeps them apart.

    Raises
    ------
    CxError
        Naming what was found.
    """
    for metric in metrics:
        error = mixed_error(data, metric, by)
        if error is not None:
            raise error


def mixed_error(data: "Dataset", metric: Metric, by: Sequence[str] = ()) -> CxError | None:
    """The error that a metric's rows are worth different things, or None.

    Parameters
    ----------
    data : Dataset
        What is measured.
    metric : Metric
        The metric.
    by : sequence of str
        A cut that may keep them apart.
    """
    for read, unit in _KIND_OF_VALUE.items():
        if read not in row_value(metric).value.columns or unit in by or not data.has(metric.table, unit):
            continue
        (cells,) = count_cells(data, metric.table, [row_value(metric)], by=(unit,))
        found = sorted({cells.groups[group][0] for group in cells.group[cells.n > 0]})
        if len(found) > 1:
            return UsageError(
                f"{metric.name}, {metric.table}.{unit}",
                found=join_words([quote(name) for name in found]),
                expected=f"one {unit} in one sum",
                fix=f"cut by {unit}, or bring the rows to one {unit}",
            )
    return None
