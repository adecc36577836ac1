"""The cells of several metrics, with as few statements as there are tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING, Final

from cxlib.data.clock import local_day_number, to_microseconds
from cxlib.metrics.cells import Cells, count_cuts
from cxlib.metrics.exposure import Exposure, columns_of
from cxlib.metrics.expression import parse_expression
from cxlib.metrics.metric import UNITS_US, Metric
from cxlib.metrics.row_values import RowValue
from cxlib.metrics.standing import standing

if TYPE_CHECKING:
    from cxlib.data.dataset import Dataset

__all__ = [
    "PROVISIONAL",
    "Gathered",
    "age_value",
    "exposed_days",
    "exposure_value",
    "gather",
    "gather_cuts",
    "row_value",
]

Group = tuple[str, ...]
PROVISIONAL: Final = "provisional"
"""Name under which cells count the rows whose value may still change."""


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
    ages : Cells or None
        Nowcasts only: how long after their basis the outcomes of the numerator came, over all segments.
    """

    numerator: Cells
    exposure: Cells | None
    groups: tuple[Group, ...]
    exposure_of: tuple[int, ...]
    ages: Cells | None = None


def row_value(metric: Metric, *, basis: str | None = None) -> RowValue:
    """What the rows of a metric's table are worth, ready for SQL."""
    found = metric.expressions()
    counted = {name: found[name] for name in (*metric.excluded, *metric.noted)}
    if metric.provisional:
        counted[PROVISIONAL] = found["provisional"]
    return RowValue(
        basis or metric.basis,
        found["value"],
        found.get("where"),
        metric.horizon_days,
        counted,
        ended=found.get("ended"),
        unit_us=UNITS_US.get(metric.unit, UNITS_US["minutes"]),
        edge_us=None if metric.target is None else metric.target * UNITS_US["minutes"],
        leaves=metric.leaves,
        planned=found.get("planned"),
        cluster=metric.cluster,
    )


def age_value(metric: Metric) -> RowValue:
    """How long after their basis the outcomes of a share came: a duration that has ended, of rows worth 1."""
    columns = columns_of(metric.table)
    place = {"where": metric.label, "table": metric.table}
    happened = f"({metric.value}) = 1" if row_value(metric).value.type == "number" else f"({metric.value})"
    value = f"CASE WHEN {happened} THEN {metric.outcome_after} END"
    return RowValue(
        metric.basis,
        parse_expression(value, columns, field="outcome_after", **place),
        metric.expressions().get("where"),
        metric.horizon_days,
        ended=parse_expression("TRUE", columns, field="outcome_after", **place),
    )


def exposure_value(exposure: Exposure) -> RowValue:
    """What the rows of an exposure are worth, ready for SQL."""
    columns = columns_of(exposure.table)
    parts = {
        field: parse_expression(text, columns, where="exposure", table=exposure.table, field=field)
        for field, text in {"value": exposure.value, "where": exposure.where}.items()
        if text
    }
    return RowValue(exposure.basis, parts["value"], parts.get("where"), leaves=exposure.leaves)


def gather(data: "Dataset", metrics: Sequence[Metric], *, by: Sequence[str] = ()) -> dict[str, Gathered]:
    """Cells of metrics by name: one statement a table, numerators and exposures together.

    Parameters
    ----------
    data : Dataset
        What to count.
    metrics : sequence of Metric
        What to count.
    by : sequence of str
        Segment columns, each known to every metric's table, or whose the rows are.
    """
    return gather_cuts(data, metrics, [tuple(by)])[tuple(by)]


def gather_cuts(
    data: "Dataset", metrics: Sequence[Metric], cuts: Sequence[tuple[str, ...]]
) -> dict[tuple[str, ...], dict[str, Gathered]]:
    """Cells of metrics by cut and name; each table is read once for all of them where its engine allows it.

    Parameters
    ----------
    data : Dataset
        What to count.
    metrics : sequence of Metric
        What to count.
    cuts : sequence of tuple of str
        Segments of each cut; a metric whose table lacks one of them is left out of that cut.
    """
    wanted: dict[str, dict[str, RowValue]] = {}
    for metric in metrics:
        mine = wanted.setdefault(metric.table, {})
        mine[metric.name] = row_value(metric)
        if metric.is_nowcast:
            mine[f"{metric.name} ages"] = age_value(metric)
        if metric.exposure is not None:
            value = exposure_value(metric.exposure)
            wanted.setdefault(metric.exposure.table, {})[f"{metric.name} exposure"] = value
    known = {table: data.segments(table) | data.units(table) for table in wanted}
    shared = {
        table: {cut: tuple(name for name in cut if name in known[table]) for cut in cuts} for table in wanted
    }
    cells = {
        table: count_cuts(data, table, list(values.values()), list(dict.fromkeys(shared[table].values())))
        for table, values in wanted.items()
    }
    found: dict[tuple[str, ...], dict[str, Gathered]] = {}
    for cut in cuts:
        named = {
            name: cells[table][shared[table][cut]][i]
            for table, values in wanted.items()
            for i, name in enumerate(values)
        }
        kept = {table: parts[cut] for table, parts in shared.items()}
        fitting = [metric for metric in metrics if kept[metric.table] == cut]
        found[cut] = {metric.name: _paired(data, metric, named, cut, kept) for metric in fitting}
    return found


def exposed_days(data: "Dataset", cells: Cells, *, first: int | None = None) -> Cells:
    """An exposure of rows that stay, as days: each day's cell holds what stands on it.

    Parameters
    ----------
    data : Dataset
        Days run to that of `as_of`, which is not whole.
    cells : Cells
        What came, and what left.
    first : int or None
        First day; None: the first on which something came.
    """
    if not len(cells.day):
        return replace(cells, leaving=None)
    begin = int(cells.day.min()) if first is None else first
    return standing(cells, begin, _day_of(to_microseconds(data.as_of), data))


def _day_of(us: int, data: "Dataset") -> int:
    return int(local_day_number([us], data.zone)[0])


def _stock(cells: Cells) -> Cells:
    """A stock by day, from the first row that came to the last one that came or left."""
    if not len(cells.day) or cells.leaving is None:
        return cells
    last = max(int(part.day.max()) for part in (cells, cells.leaving) if len(part.day))
    return standing(cells, int(cells.day.min()), last + 1)


def _paired(
    data: "Dataset",
    metric: Metric,
    cells: Mapping[str, Cells],
    by: Sequence[str],
    shared: Mapping[str, Sequence[str]],
) -> Gathered:
    numerator = cells[metric.name]
    if metric.exposure is None:
        return Gathered(
            _stock(numerator) if metric.is_stock else numerator,
            None,
            numerator.groups,
            (),
            cells.get(f"{metric.name} ages"),
        )
    exposure = cells[f"{metric.name} exposure"]
    if metric.exposure.leaves:
        first = int(numerator.day.min()) if len(numerator.day) else None
        exposure = exposed_days(data, exposure, first=first)
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
