"""The cells of several metrics, with as few statements as there are tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

from cxlib.metrics.cells import Cells, count_cells
from cxlib.metrics.exposure import Exposure, columns_of
from cxlib.metrics.expression import parse_expression
from cxlib.metrics.metric import UNITS_US, Metric
from cxlib.metrics.row_values import RowValue

if TYPE_CHECKING:
    from cxlib.data.dataset import Dataset

__all__ = ["Gathered", "exposure_value", "gather", "row_value"]

Group = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Gathered:
    """The cells of one metric.

    Parameters
    ----------
    numerator : Cells
        Cells of the rows that count.
    exposure : Cells or None
        Cells of what a rate is divided by, over those segments that its table has.
    groups : tuple of tuples of str
        Every known combination of the segments, sorted.
    exposure_of : tuple of int
        For each of `groups` the row of ``exposure.groups``; −1: none.
    """

    numerator: Cells
    exposure: Cells | None
    groups: tuple[Group, ...]
    exposure_of: tuple[int, ...]


def row_value(metric: Metric, *, basis: str | None = None) -> RowValue:
    """What the rows of a metric's table are worth, ready for SQL."""
    found = metric.expressions()
    return RowValue(
        basis or metric.basis,
        found["value"],
        found.get("where"),
        metric.horizon_days,
        {name: found[name] for name in (*metric.excluded, *metric.noted)},
        ended=found.get("ended"),
        unit_us=UNITS_US.get(metric.unit, UNITS_US["minutes"]),
        edge_us=None if metric.target is None else metric.target * UNITS_US["minutes"],
    )


def exposure_value(exposure: Exposure) -> RowValue:
    """What the rows of an exposure are worth, ready for SQL."""
    columns = columns_of(exposure.table)
    parts = {
        field: parse_expression(text, columns, where="exposure", table=exposure.table, field=field)
        for field, text in {"value": exposure.value, "where": exposure.where}.items()
        if text
    }
    return RowValue(exposure.basis, parts["value"], parts.get("where"))


def gather(data: "Dataset", metrics: Sequence[Metric], *, by: Sequence[str] = ()) -> dict[str, Gathered]:
    """Cells of metrics by name: one statement a table, numerators and exposures together.

    Parameters
    ----------
    data : Dataset
        What to count.
    metrics : sequence of Metric
        What to count.
    by : sequence of str
        Segment columns, each known to every metric's table.
    """
    wanted: dict[str, list[tuple[str, RowValue]]] = {}
    for metric in metrics:
        wanted.setdefault(metric.table, []).append((metric.name, row_value(metric)))
        if metric.exposure is not None:
            value = exposure_value(metric.exposure)
            wanted.setdefault(metric.exposure.table, []).append((f"{metric.name} exposure", value))
    cells: dict[str, Cells] = {}
    shared = {table: [name for name in by if name in data.segments(table)] for table in wanted}
    for table, values in wanted.items():
        found = count_cells(data, table, [value for _, value in values], by=shared[table])
        cells |= dict(zip((name for name, _ in values), found, strict=True))
    return {metric.name: _paired(metric, cells, by, shared) for metric in metrics}


def _paired(
    metric: Metric, cells: Mapping[str, Cells], by: Sequence[str], shared: Mapping[str, Sequence[str]]
) -> Gathered:
    numerator = cells[metric.name]
    if metric.exposure is None:
        return Gathered(numerator, None, numerator.groups, ())
    exposure = cells[f"{metric.name} exposure"]
    kept = [by.index(name) for name in shared[metric.exposure.table]]
    groups = _all_groups(numerator.groups, exposure.groups, kept, len(by))
    place = {group: i for i, group in enumerate(exposure.groups)}
    return Gathered(
        numerator, exposure, groups, tuple(place.get(tuple(g[i] for i in kept), -1) for g in groups)
    )


def _all_groups(
    counted: Sequence[Group], exposed: Sequence[Group], kept: Sequence[int], width: int
) -> tuple[Group, ...]:
    """Known combinations of both sides: an exposure without a contact is a rate of 0, not a missing row."""
    others = [i for i in range(width) if i not in kept]
    rest = sorted({tuple(group[i] for i in others) for group in counted}) if others else [()]
    found = set(counted)
    for outer, inner in product(exposed, rest):
        named = dict(zip(kept, outer, strict=True)) | dict(zip(others, inner, strict=True))
        found.add(tuple(named[i] for i in range(width)))
    return tuple(sorted(found))
