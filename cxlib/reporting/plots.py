"""Figures of results: each takes a result, computes nothing, returns its axes; the title is the finding."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import NDArray

from cxlib.changes.breakdown import Breakdown
from cxlib.changes.investigation import Investigation
from cxlib.changes.suspects import Suspects
from cxlib.data.clock import date_to_day
from cxlib.errors import UsageError
from cxlib.health.backtest import Backtest
from cxlib.health.explain import ScoreExplanation
from cxlib.health.hazard import ChurnForecast
from cxlib.health.history import ScoreHistory
from cxlib.health.movement import HealthMovement
from cxlib.health.rollup import HealthRollup
from cxlib.health.scores import HealthScores
from cxlib.metrics.frame import MetricFrame
from cxlib.reporting.finding import Finding
from cxlib.reporting.labels import DIRECTIONS, period_label
from cxlib.reporting.plots_changes import plot_series, plot_suspects
from cxlib.reporting.plots_health import plot_explanation, plot_history, plot_scores
from cxlib.reporting.plots_health_churn import plot_backtest, plot_forecast
from cxlib.reporting.plots_health_groups import plot_movement, plot_rollup
from cxlib.reporting.plots_split import plot_breakdown
from cxlib.reporting.releases import ROW_POINTS, mark_releases
from cxlib.reporting.style import (
    COLOURS,
    DASHES,
    GREY,
    MARKERS,
    axes_or_new,
    heading,
    name_ends,
    styled,
)
from cxlib.text import format_count, format_value, join_words, metric_label

__all__ = ["plot", "plot_metric"]

_MOST_SERIES = len(COLOURS)
_MOST_TICKS = 14


def plot(result: Any, *, ax: Axes | None = None) -> Axes:  # noqa: ANN401 - any result noun
    """Draw any result.

    Parameters
    ----------
    result : MetricFrame, Investigation, Breakdown, Suspects, or a result about health
        What to draw: HealthScores, ScoreExplanation, ScoreHistory, HealthMovement, HealthRollup, Backtest,
        ChurnForecast.
    ax : Axes or None
        Where; None: a new figure.

    Raises
    ------
    UsageError
        If there is no figure for such a result.

    Examples
    --------
    >>> import cxlib as cx
    >>> import pandas as pd
    >>> days = pd.date_range("2020-01-01", "2020-02-29").strftime("%Y-%m-%dT09:00Z")
    >>> tickets = pd.DataFrame({"ticket_id": [str(day) for day in range(len(days))], "created_at": days})
    >>> data = cx.load({"tickets": tickets}, as_of="2020-03-01")
    >>> axes = cx.plot(cx.measure(data, "ticket_volume"))
    >>> axes.get_ylabel(), axes.lines[0].get_ydata().tolist()
    ('Ticket volume, tickets', [31.0, 29.0])
    """
    for kind, draw in _FIGURES.items():
        if isinstance(result, kind):
            axes: Axes = draw(result, ax=ax)
            return axes
    raise UsageError(
        "plot",
        found=type(result).__name__,
        expected=join_words([kind.__name__ for kind in _FIGURES], last="or"),
        fix="plot one of them",
    )


def plot_metric(
    frame: MetricFrame, *, releases: pd.DataFrame | None = None, title: str = "", ax: Axes | None = None
) -> Axes:
    """Values by period with their 95 % band, n below; low n hollow, provisional grey, immature hatched.

    Parameters
    ----------
    frame : MetricFrame
        Of one metric; of more than six segments the six with the most rows are drawn, and the title says so.
    releases : DataFrame or None
        change_id, released_at (local day), title: numbered ticks above the figure.
    title : str
        The finding; empty: the first sentence of the frame.
    ax : Axes or None
        Where; None: a new figure.

    Raises
    ------
    UsageError
        If the frame holds several metrics, or none.
    """
    names = list(dict.fromkeys(frame.table["metric"]))
    if len(names) != 1:
        raise UsageError(
            "plot",
            found=f"a MetricFrame of {len(names)} metrics",
            expected="one metric a figure",
            fix="measure one metric, or plot each of them",
        )
    with styled():
        axes = axes_or_new(ax)
        drawn = _draw_segments(axes, frame, names[0])
        rows = mark_releases(axes, releases) if releases is not None else 0
        pad = 8 + ROW_POINTS * rows
        heading(axes, title or frame.text.partition("\n")[0], above=pad)
        if drawn:
            axes.annotate(
                drawn, (1, 1), xycoords="axes fraction", ha="right", va="bottom", color=GREY, fontsize=8
            )
    return axes


def _draw_segments(ax: Axes, frame: MetricFrame, metric: str) -> str:
    """One line a segment, named at its end; the note says how many are not drawn."""
    if not frame.by:
        _draw_series(ax, frame.table, 0, frame.freq)
        _label_axes(ax, frame, metric)
        return ""
    by = list(frame.by)
    sizes = _totals(frame.table, by)
    ends: list[tuple[str, float, float, str]] = []
    shown = sorted(sizes, key=lambda key: (-sizes[key], key))[:_MOST_SERIES]
    for place, key in enumerate(shown):
        rows = frame.table[(frame.table[by] == list(key)).all(axis=1)]
        end = _draw_series(ax, rows, place, frame.freq)
        if end is not None:
            ends.append((", ".join(map(str, key)), *end, COLOURS[place]))
    _label_axes(ax, frame, metric)
    edge = max((x for _, x, _, _ in ends), default=0.0)  # also the name of a segment that ended earlier
    ends = [(name, edge, y, colour) for name, _, y, colour in ends]
    name_ends(ax, ends)
    left = len(sizes) - len(shown)
    return f"{len(shown)} largest of {len(sizes)} segments" if left > 0 else ""


def _draw_series(ax: Axes, rows: pd.DataFrame, place: int, freq: str) -> tuple[float, float] | None:
    """Band, line and markers of one series; where its line ends."""
    colour, marker = COLOURS[place], MARKERS[place]
    x = _middles(rows)
    value, lower, upper = (rows[column].to_numpy(dtype=float) for column in ("value", "lower", "upper"))
    ax.fill_between(x, lower, upper, color=colour, alpha=0.15, linewidth=0)
    ax.plot(x, value, color=colour, linestyle=DASHES[place], linewidth=1.8)
    status = rows["status"].to_numpy(dtype=str)
    face = np.where(status == "low_n", "white", np.where(status == "partial", "#c8ccd1", colour))
    edge = np.where(status == "partial", GREY, colour)
    known = ~np.isnan(value)
    ax.scatter(x[known], value[known], c=face[known], edgecolors=edge[known], marker=marker, s=34, zorder=3)
    unripe = known & (status == "immature")
    if unripe.any():
        ax.bar(
            x[unripe],
            upper[unripe] - lower[unripe],
            bottom=lower[unripe],
            width=_WIDTH[freq] * 0.6,
            fill=False,
        )
        ax.patches[-1].set_hatch("///")
    return (float(x[known][-1]), float(value[known][-1])) if known.any() else None


_WIDTH = {"D": 1, "W": 7, "M": 30, "Q": 91, "Y": 365}


def _middles(rows: pd.DataFrame) -> NDArray[np.float64]:
    """A period stands where it is: a value of February lies in the middle of February."""
    ends = zip(rows["start"], rows["end"], strict=True)
    return np.array([(date_to_day(start) + date_to_day(end)) / 2 for start, end in ends], dtype=np.float64)


def _label_axes(ax: Axes, frame: MetricFrame, metric: str) -> None:
    """Unit and direction beside, periods and n below."""
    unit = frame.unit[metric]
    way = DIRECTIONS.get(frame.direction[metric])
    label = f"{metric_label(metric)}, {unit}" if unit else metric_label(metric)
    ax.set_ylabel(f"{label}\n({way})" if way else label, parse_math=False)
    totals = _totals(frame.table, ["start", "end"])
    starts = sorted(totals)
    step = -(-len(starts) // _MOST_TICKS)
    kept = starts[::-1][::step][::-1]
    words = []
    for place, (start, end) in enumerate(kept):
        name = period_label(start, frame.freq, before=[first for first, _ in kept[:place]])
        words.append(f"{name if chr(10) in name else name + chr(10)}\nn {format_count(totals[start, end])}")
    ax.set_xticks([(date_to_day(start) + date_to_day(end)) / 2 for start, end in kept], words, fontsize=8)
    first, last = date_to_day(starts[0][0]), date_to_day(starts[-1][1])
    ax.set_xlim(first, last + 0.015 * (last - first))
    if unit == "minutes":
        ax.yaxis.set_major_formatter(lambda value, _: format_value(value, "minutes"))
    if frame.table["lower"].isna().all() and (frame.table["value"].dropna() >= 0).all():
        ax.set_ylim(bottom=0)


def _totals(table: pd.DataFrame, keys: list[str]) -> dict[tuple[Any, ...], float]:
    """Rows that count behind each value of the keys: a label of the axis, not a metric."""
    totals: dict[tuple[Any, ...], float] = {}
    for row in table.to_dict(orient="records"):
        key = tuple(row[name] for name in keys)
        totals[key] = totals.get(key, 0) + float(row["n"])
    return totals


def _plot_finding(finding: Finding, *, ax: Axes | None = None) -> Axes:
    if finding.investigation is None:
        raise UsageError(
            "plot",
            found="a month in which nothing was investigated",
            expected="an investigation",
            fix="see .missing for the reasons",
        )
    return plot_series(finding.investigation, ax=ax)


_FIGURES: dict[type, Any] = {
    MetricFrame: plot_metric,
    Investigation: plot_series,
    Finding: _plot_finding,
    Breakdown: plot_breakdown,
    Suspects: plot_suspects,
    HealthScores: plot_scores,
    ScoreExplanation: plot_explanation,
    ScoreHistory: plot_history,
    HealthMovement: plot_movement,
    HealthRollup: plot_rollup,
    Backtest: plot_backtest,
    ChurnForecast: plot_forecast,
}
