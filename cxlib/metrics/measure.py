"""Metrics by period and segment."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from cxlib.data.clock import Frequency, date_to_day, day_to_date, periods
from cxlib.metrics.availability import list_metrics
from cxlib.metrics.beside import beside_caveats
from cxlib.metrics.catalogue import chosen_metrics
from cxlib.metrics.caveats import measured_caveats, summary_caveats
from cxlib.metrics.daily import daily_cells, daily_exposure
from cxlib.metrics.frame import MetricFrame
from cxlib.metrics.gather import Gathered, gather
from cxlib.metrics.kept_frames import kept_frame
from cxlib.metrics.methods import method_of
from cxlib.metrics.metric import Metric
from cxlib.metrics.mixed import refuse_mixed
from cxlib.metrics.pooling import pool_caveats, pooled
from cxlib.metrics.request import Range, read_range, segments_of
from cxlib.metrics.rollup import Grid
from cxlib.metrics.sentences import describe
from cxlib.metrics.tabulate import counted_rows, metric_rows, table_of
from cxlib.result import Caveat

if TYPE_CHECKING:
    from cxlib.data.dataset import Dataset

__all__ = ["daily_cells", "daily_exposure", "frame_of", "list_metrics", "measure"]


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

    >>> import pandas as pd
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
    span = read_range(freq, start, end)
    names = segments_of(data, chosen, by)
    refuse_mixed(data, chosen, names)
    return kept_frame(
        data,
        chosen,
        (names, span),
        lambda: frame_of(
            data,
            chosen,
            gather(data, chosen, by=names),
            by=names,
            span=span,
            told=summary_caveats(data, chosen),
        ),
    )


def frame_of(
    data: "Dataset",
    metrics: Sequence[Metric],
    gathered: Mapping[str, Gathered],
    *,
    by: tuple[str, ...],
    span: Range,
    told: tuple[Caveat, ...],
) -> MetricFrame:
    """The values of metrics whose cells are at hand.

    Parameters
    ----------
    data : Dataset
        What was counted.
    metrics : sequence of Metric
        What to value.
    gathered : mapping of str to Gathered
        Their cells.
    by : tuple of str
        Segments of the cells.
    span : Range
        Grain and days.
    told : tuple of Caveat
        What `summary_caveats` says, the same for every grain.
    """
    cells = {metric.name: gathered[metric.name] for metric in metrics}
    grid = _grid(data, list(cells.values()), span)
    cells = {metric.name: pooled(data, metric, cells[metric.name], by=by, grid=grid) for metric in metrics}
    rows = [metric_rows(data, metric, cells[metric.name], by=by, grid=grid) for metric in metrics]
    table = table_of(rows)
    exclusions = {metric.name: _exclusions(metric, cells[metric.name], grid) for metric in metrics}
    return MetricFrame(
        table=table,
        unit={metric.name: metric.unit for metric in metrics},
        direction={metric.name: metric.direction for metric in metrics},
        basis={metric.name: metric.basis for metric in metrics},
        method={metric.name: method_of(metric) for metric in metrics},
        definition={metric.name: metric.definition for metric in metrics},
        definition_hash={metric.name: metric.hash for metric in metrics},
        exclusions=exclusions,
        data_through={metric.name: data.data_through(metric.table) for metric in metrics},
        as_of=data.as_of,
        freq=span.freq,
        by=by,
        text=describe(table, metrics, by),
        caveats=(
            *measured_caveats(data, metrics, cells, grid, exclusions, told),
            *pool_caveats(metrics, gathered, cells, by),
            *beside_caveats(table, metrics, by),
        ),
    )


def _grid(data: "Dataset", gathered: Sequence[Gathered], span: Range) -> Grid:
    """The periods of the range, cut to it where it was given."""
    days = [
        part.day
        for one in gathered
        for part in (one.numerator, one.exposure)
        if part is not None and len(part.day)
    ]
    first = min((int(day.min()) for day in days), default=0)
    last = max((int(day.max()) for day in days), default=first - 1)
    begin = span.first if span.first is not None else day_to_date(first)
    stop = span.end if span.end is not None else max(day_to_date(last + 1), begin)
    grid = Grid.of(periods(span.freq, begin, stop, week_start=data.settings.week_start))
    edges = (None if day is None else date_to_day(day) for day in (span.first, span.end))
    return grid.within(*edges)


def _exclusions(metric: Metric, gathered: Gathered, grid: Grid) -> dict[str, int]:
    """Rows kept out within the range, by reason; reasons that kept none out are left out."""
    counts = {reason: counted_rows(gathered.numerator, reason, grid) for reason in metric.excluded}
    return {reason: count for reason, count in counts.items() if count}
