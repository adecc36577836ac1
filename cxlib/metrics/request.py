"""What is asked of a measurement, read and refused before the first query: segments, grain and days."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from cxlib.data.clock import FREQUENCIES, Frequency, as_day
from cxlib.errors import UnknownNameError, UsageError
from cxlib.metrics.availability import require
from cxlib.metrics.metric import Metric
from cxlib.text import join_words

if TYPE_CHECKING:
    from cxlib.data.dataset import Dataset

__all__ = ["Range", "check_segments", "read_range", "segments_of"]

_FRAME_COLUMNS = (
    "metric",
    "period",
    "start",
    "end",
    "value",
    "lower",
    "upper",
    "n",
    "numerator",
    "denominator",
    "status",
)


@dataclass(frozen=True, slots=True)
class Range:
    """Grain, first day and the day after the last; None: where the data begin, and end."""

    freq: Frequency
    first: date | None
    end: date | None


def read_range(freq: Frequency, start: date | str | None, end: date | str | None) -> Range:
    """The grain and days that were asked for.

    Raises
    ------
    UnknownNameError
        If freq is unknown.
    UsageError
        If a day is none.
    """
    if freq not in FREQUENCIES:
        raise UnknownNameError("freq", freq, FREQUENCIES)
    return Range(freq, as_day(start, where="start"), as_day(end, where="end"))


def segments_of(
    data: "Dataset", metrics: Sequence[Metric], by: str | Sequence[str], *, linked: bool = False
) -> tuple[str, ...]:
    """The segment names, each known to the table of every metric.

    Raises
    ------
    UnknownNameError
        If a table has no such segment.
    UsageError
        If a segment is named twice, or like a column of the result.
    MissingColumnError
        If the data do not allow a metric.
    """
    names = (by,) if isinstance(by, str) else tuple(by)
    for metric in metrics:
        require(data, metric)
        known = data.segments(metric.table) | (data.linked(metric.table) if linked else {})
        for name in names:
            if name not in known:
                raise UnknownNameError(
                    "by",
                    name,
                    known,
                    expected=f"a segment of {metric.table} ({join_words(sorted(known)) or 'it has none'})",
                    fix="add the column, or drop it from by",
                )
    check_segments(names)
    return names


def check_segments(names: Sequence[str]) -> None:
    """Refuse a segment that is named twice, or like a column of the result.

    Raises
    ------
    UsageError
        Naming it.
    """
    for name in names:
        if names.count(name) > 1 or name in _FRAME_COLUMNS:
            raise UsageError(
                "by",
                found=f"{name!r} {'twice' if names.count(name) > 1 else 'as a segment'}",
                expected="each segment once, none named like a column of the result",
                fix="drop it, or rename the column in [columns.TABLE]",
            )
