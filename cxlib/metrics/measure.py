"""Metrics by period and segment, and the daily cells they are made of: the only place that groups."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlib.data.clock import FREQUENCIES, Frequency, as_day, date_to_day, day_to_date, periods
from cxlib.errors import UnknownNameError, UsageError
from cxlib.metrics.availability import list_metrics, require
from cxlib.metrics.catalogue import chosen_metrics
from cxlib.metrics.caveats import measured_caveats
from cxlib.metrics.cells import Cells, count_cells
from cxlib.metrics.frame import MetricFrame
from cxlib.metrics.gather import Gathered, exposure_value, gather, row_value
from cxlib.metrics.methods import method_of
from cxlib.metrics.metric import Metric, columns_of
from cxlib.metrics.rollup import Grid
from cxlib.metrics.sentences import describe
from cxlib.metrics.tabulate import counted_rows, metric_rows
from cxlib.text import join_words

if TYPE_CHECKING:
    from cxlib.data.dataset import Dataset

__all__ = ["daily_cells", "daily_exposure", "list_metrics", "measure"]

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


def measure(
    data: "Dataset",
    metrics: str | Metric | Sequence[str | Metric],
    *,
    freq: Frequency = "M",
    by: str | Sequence[str] = (),
    start: date | str | None = None,
    end: date | str | None = None,
) -> MetricFrame:
    """Values of metrics by period and segment, with interval, n and status.

    Parameters
    ----------
    data : Dataset
        What `cx.load` returned.
    metrics : str, Metric or sequence of them
        Names of the catalogue, variants after a dot, or declarations of your own.
    freq : {"D", "W", "M", "Q", "Y"}
        Days, weeks, months, quarters or years of the data's zone.
    by : str or sequence of str
        Segment columns, own or inherited from the customer or account; several make a cross.
    start, end : date, str or None
        Half-open range, days as dates or ``YYYY-MM-DD``; a period that it cuts holds the days inside and is
        partial. None: where the data begin, and end.

    Returns
    -------
    MetricFrame
        Every period of the range and every known segment is there: counts 0, ratios NaN where nothing counts.

    Raises
    ------
    UnknownNameError
        If a metric, segment or freq is unknown.
    UsageError
        If ``end`` lies before ``start``, or a segment cannot be used.
    MissingColumnError
        If the data lack a table or column that a metric needs.

    Examples
    --------
    Half of the answers are promoters, a quarter detractors.

    >>> import cxlib as cx
    >>> days = pd.date_range("2020-02-01", periods=24).strftime("%Y-%m-%dT09:00Z")
    >>> surveys = pd.DataFrame({"survey_id": days, "sent_at": days, "responded_at": days, "kind": "nps"})
    >>> surveys["score"] = [10, 9, 8, 3] * 6
    >>> data = cx.load({"surveys": surveys}, as_of="2020-03-01")
    >>> nps = cx.measure(data, "nps")
    >>> nps.table[["period", "value", "lower", "upper", "n", "status"]].round(1)
        period  value  lower  upper     n status
    0  2020-02   25.0   -8.7   53.2  24.0     ok
    """
    chosen = chosen_metrics(data.settings, metrics)
    if freq not in FREQUENCIES:
        raise UnknownNameError("freq", freq, FREQUENCIES)
    first, last = as_day(start, where="start"), as_day(end, where="end")
    names = _segments(data, chosen, by)
    gathered = gather(data, chosen, by=names)
    grid = _grid(data, list(gathered.values()), freq, first, last)
    parts = [metric_rows(data, metric, gathered[metric.name], by=names, grid=grid) for metric in chosen]
    table = pd.concat(parts, ignore_index=True)
    exclusions = {metric.name: _exclusions(metric, gathered[metric.name], grid) for metric in chosen}
    return MetricFrame(
        table=table,
        unit={metric.name: metric.unit for metric in chosen},
        direction={metric.name: metric.direction for metric in chosen},
        basis={metric.name: metric.basis for metric in chosen},
        method={metric.name: method_of(metric) for metric in chosen},
        definition={metric.name: metric.definition for metric in chosen},
        definition_hash={metric.name: metric.hash for metric in chosen},
        exclusions=exclusions,
        data_through={metric.name: data.data_through(metric.table) for metric in chosen},
        as_of=data.as_of,
        freq=freq,
        by=names,
        text=describe(table, chosen, names),
        caveats=measured_caveats(data, chosen, gathered, grid, exclusions),
    )


def daily_cells(
    data: "Dataset",
    metric: str | Metric,
    *,
    by: str | Sequence[str] = (),
    basis: str | None = None,
    start: date | None = None,
    end: date | None = None,
) -> pd.DataFrame:
    """Sums per local day and segment of one metric's rows: what periods and comparisons are made of.

    Parameters
    ----------
    data : Dataset
        What `cx.load` returned.
    metric : str or Metric
        Any kind but duration; of a rate its numerator.
    by : str or sequence of str
        Segment columns, own or inherited.
    basis : str or None
        Another instant or date column of the table than the metric's own, such as ``"sent_at"`` for nps.
    start, end : date or None
        Half-open range of local days.

    Returns
    -------
    pandas.DataFrame
        `day` (int64, local days since 1970-01-01), the segment columns (str; ``(none)`` where blank,
        ``(unknown)`` without a customer or account), `n`, `total` (Σx) and `squares` (Σx²); days without a
        row are left out.

    Raises
    ------
    UnknownNameError
        If the metric, a segment or the basis is unknown.
    """
    (one,) = chosen_metrics(data.settings, metric)
    names = _segments(data, [one], by)
    known = {name for name, type_ in columns_of(one.table).items() if type_ in {"instant", "date"}} - {
        "as_of"
    }
    if basis is not None and basis not in known:
        raise UnknownNameError("basis", basis, known, expected=f"an instant or date column of {one.table}")
    (cells,) = count_cells(data, one.table, [row_value(one, basis=basis)], by=names)
    values = {"n": cells.n, "total": cells.total, "squares": cells.squares}
    return _daily(cells, names, values, cells.n > 0, start, end)


def daily_exposure(
    data: "Dataset",
    metric: str | Metric,
    *,
    by: str | Sequence[str] = (),
    start: date | None = None,
    end: date | None = None,
) -> pd.DataFrame:
    """Sums per local day and segment of what a rate is divided by.

    Parameters
    ----------
    data : Dataset
        What `cx.load` returned.
    metric : str or Metric
        A rate.
    by : str or sequence of str
        Segment columns of the exposure's table; those that only the numerator has are left out.
    start, end : date or None
        Half-open range of local days.

    Returns
    -------
    pandas.DataFrame
        `day`, the segment columns and `exposure`.

    Raises
    ------
    UsageError
        If the metric is no rate.
    UnknownNameError
        If the metric or a segment is unknown.
    """
    (one,) = chosen_metrics(data.settings, metric)
    if one.exposure is None:
        raise UsageError(
            one.label, found=f"kind {one.kind!r}", expected="a rate", fix="ask for the exposure of a rate"
        )
    shared = data.segments(one.exposure.table)
    names = tuple(name for name in _segments(data, [one], by) if name in shared)
    (cells,) = count_cells(data, one.exposure.table, [exposure_value(one.exposure)], by=names)
    return _daily(cells, names, {"exposure": cells.total}, cells.n > 0, start, end)


def _daily(
    cells: Cells,
    by: tuple[str, ...],
    values: Mapping[str, NDArray[np.float64]],
    counted: NDArray[np.bool_],
    start: date | None,
    end: date | None,
) -> pd.DataFrame:
    inside = counted.copy()
    if start is not None:
        inside &= cells.day >= date_to_day(start)
    if end is not None:
        inside &= cells.day < date_to_day(end)
    labels = {name: np.array([group[i] for group in cells.groups], dtype=object) for i, name in enumerate(by)}
    columns: dict[str, Any] = {"day": cells.day[inside]}
    columns |= {name: pd.array(label[cells.group[inside]], dtype="str") for name, label in labels.items()}
    columns |= {name: value[inside] for name, value in values.items()}
    return pd.DataFrame(columns).sort_values(["day", *by], ignore_index=True)


def _segments(data: "Dataset", metrics: Sequence[Metric], by: str | Sequence[str]) -> tuple[str, ...]:
    """The segment names, each known to the table of every metric."""
    names = (by,) if isinstance(by, str) else tuple(by)
    for metric in metrics:
        require(data, metric)
        known = data.segments(metric.table)
        for name in names:
            if name not in known:
                raise UnknownNameError(
                    "by",
                    name,
                    known,
                    expected=f"a segment of {metric.table} ({join_words(sorted(known)) or 'it has none'})",
                    fix="add the column, or drop it from by",
                )
    for name in names:
        if names.count(name) > 1 or name in _FRAME_COLUMNS:
            raise UsageError(
                "by",
                found=f"{name!r} {'twice' if names.count(name) > 1 else 'as a segment'}",
                expected="each segment once, none named like a column of the result",
                fix="drop it, or rename the column in [columns.TABLE]",
            )
    return names


def _grid(
    data: "Dataset", gathered: Sequence[Gathered], freq: Frequency, start: date | None, end: date | None
) -> Grid:
    """The periods of the range, cut to it where it was given."""
    days = [
        part.day
        for one in gathered
        for part in (one.numerator, one.exposure)
        if part is not None and len(part.day)
    ]
    first = min((int(day.min()) for day in days), default=0)
    last = max((int(day.max()) for day in days), default=first - 1)
    begin = start if start is not None else day_to_date(first)
    stop = end if end is not None else max(day_to_date(last + 1), begin)
    grid = Grid.of(periods(freq, begin, stop, week_start=data.settings.week_start))
    low = grid.starts if start is None else np.maximum(grid.starts, date_to_day(start))
    high = grid.ends if end is None else np.minimum(grid.ends, date_to_day(end))
    return replace(grid, starts=low, ends=high)


def _exclusions(metric: Metric, gathered: Gathered, grid: Grid) -> dict[str, int]:
    """Rows kept out within the range, by reason; reasons that kept none out are left out."""
    counts = {reason: counted_rows(gathered.numerator, reason, grid) for reason in metric.excluded}
    return {reason: count for reason, count in counts.items() if count}
