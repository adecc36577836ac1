"""What the reader of a value must know: what stood in for what, and what was kept out."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from cxlib.data.clock import day_to_date
from cxlib.data.cross_check import summary_disagreements
from cxlib.data.derived import PARENTS
from cxlib.metrics.gather import Gathered, row_value
from cxlib.metrics.metric import Metric
from cxlib.metrics.rollup import Grid
from cxlib.metrics.tabulate import counted_rows
from cxlib.result import Caveat
from cxlib.text import format_count, format_day, join_words

if TYPE_CHECKING:
    from cxlib.data.dataset import Dataset

__all__ = ["measured_caveats", "summary_caveats"]

# What tickets say of themselves, and what prepared columns that tell the same have in their names.
_TOLD_BY: Final = {
    "first_replied_at": ("first_response",),
    "solved_at": ("resolution", "solved_at"),
    "reopens": ("reopen", "one_touch"),
}


def measured_caveats(
    data: "Dataset",
    metrics: Sequence[Metric],
    gathered: Mapping[str, Gathered],
    grid: Grid,
    exclusions: Mapping[str, Mapping[str, int]],
    told: tuple[Caveat, ...],
) -> tuple[Caveat, ...]:
    """Caveats of the data, of the columns that the metrics read, and of rows kept out, each once.

    Parameters
    ----------
    data : Dataset
        Its own caveats come first.
    metrics : sequence of Metric
        What was measured.
    gathered : mapping of str to Gathered
        Their cells.
    grid : Grid
        Periods of the range.
    exclusions : mapping of str to mapping of str to int
        By metric: reason → rows kept out.
    told : tuple of Caveat
        What `summary_caveats` says.
    """
    found = [*data.caveats, *_of_range(data, gathered, grid), *told]
    for metric in metrics:
        found += _of_columns(data, metric)
        cells = gathered[metric.name].numerator
        for note in metric.noted:
            count = counted_rows(cells, note, grid)
            if count:
                found.append(Caveat("noted_rows", f"{metric.name}: {note.format(n=format_count(count))}."))
        if exclusions[metric.name]:
            words = [f"{format_count(count)} {reason}" for reason, count in exclusions[metric.name].items()]
            found.append(Caveat("excluded_rows", f"{metric.name}: rows kept out: {join_words(words)}."))
        if metric.variant:
            found.append(Caveat("variant", f"{metric.name} is the variant {metric.variant}."))
    return tuple(dict.fromkeys(found))


def _of_range(data: "Dataset", gathered: Mapping[str, Gathered], grid: Grid) -> list[Caveat]:
    """Said where the whole range lies outside the data: a mistyped date looks like a silent metric."""
    parts = [part for one in gathered.values() for part in (one.numerator, one.exposure) if part is not None]
    days = np.concatenate([part.day for part in parts])
    if not len(days):
        text = f"No row that could count is visible as of {data.as_of:%Y-%m-%d %H:%M} UTC."
        return [Caveat("no_rows", text)]
    if len(grid.starts) and grid.starts[0] <= days.max() and days.min() < grid.ends[-1]:
        return []
    first, last = (format_day(day_to_date(int(day))) for day in (days.min(), days.max()))
    return [Caveat("outside_data", f"The range lies outside the data, which run from {first} to {last}.")]


def summary_caveats(data: "Dataset", metrics: Sequence[Metric]) -> tuple[Caveat, ...]:
    """Where tickets say otherwise than their messages and events, of what the metrics read.

    It reads the tables once more, so it is asked once for all grains of a measurement.

    Parameters
    ----------
    data : Dataset
        What is measured.
    metrics : sequence of Metric
        What is measured of it.
    """
    tickets = {"tickets", *(table for table, parent in PARENTS.items() if parent == "tickets")}
    read = {column for metric in metrics if metric.table in tickets for column in row_value(metric).columns}
    names = [
        name for name, parts in _TOLD_BY.items() if any(part in column for part in parts for column in read)
    ]
    return summary_disagreements(data, names) if names else ()


def _of_columns(data: "Dataset", metric: Metric) -> list[Caveat]:
    """What stands in for a column that the data lack."""
    read: Any = row_value(metric).columns
    found = []
    if any(name.startswith("first_response") for name in read):
        found += _of_messages(data)
    if "superseded" in read and not data.has("surveys", "customer_id"):
        text = "Surveys have no customer_id: several answers of one customer cannot be told apart, all count."
        found.append(Caveat("no_customer", text))
    return found


def _of_messages(data: "Dataset") -> list[Caveat]:
    if not data.has("messages"):
        text = "There are no messages: first replies are tickets.first_replied_at, which may be a bot's."
        return [Caveat("summary_columns", text)]
    if not data.has("messages", "public"):
        return [
            Caveat("all_public", "Messages have no column public: internal notes count as public replies.")
        ]
    return []
