"""Figures of health scores: how they spread, what one is made of, how one account fared."""

import itertools
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from cxlib.data.clock import date_to_day
from cxlib.health.explain import ScoreExplanation
from cxlib.health.history import ScoreHistory
from cxlib.health.scores import BANDS, INSUFFICIENT, HealthScores
from cxlib.reporting.labels import folded, period_label
from cxlib.reporting.style import COLOURS, GREY, INK, axes_or_new, heading, styled
from cxlib.text import format_count, format_value, metric_label

__all__ = [
    "BAND_COLOURS",
    "explanation_height",
    "plot_explanation",
    "plot_history",
    "plot_scores",
]

Floats = NDArray[np.float64]

BAND_COLOURS: Final[Mapping[str, str]] = {
    "danger": COLOURS[1],
    "needs_attention": COLOURS[5],
    "healthy": COLOURS[4],
    "champion": COLOURS[0],
}
"""From red to blue by way of light ones: told apart without colour by their order and their names."""
_BIN: Final = 5.0
_LITTLE: Final = "#c8ccd1"
_MOST_TICKS: Final = 13


def plot_scores(scores: HealthScores, *, title: str = "", ax: Axes | None = None) -> Axes:
    """How many accounts have which score, the bands beside each other; hatched: too little is known.

    Parameters
    ----------
    scores : HealthScores
        What `score_health` returned.
    title : str
        The finding; empty: the first sentence of the scores.
    ax : Axes or None
        Where; None: a new figure.
    """
    edges = _band_edges(scores.configuration.bands)
    table = scores.table
    little = (table["band_model"] == INSUFFICIENT).to_numpy(dtype=bool)
    values = table["score"].to_numpy(dtype=np.float64)
    with styled():
        axes = axes_or_new(ax)
        tallest = 0.0
        for name, (low, high) in edges.items():
            bins = np.linspace(low, high, max(2, round((high - low) / _BIN) + 1))
            known = _counted(values[~little], bins, last=high == 100)
            unknown = _counted(values[little], bins, last=high == 100)
            width = np.diff(bins) * 0.92
            middle = (bins[:-1] + bins[1:]) / 2
            axes.bar(middle, known, width, color=BAND_COLOURS[name])
            axes.bar(middle, unknown, width, known, color="white", edgecolor=GREY, hatch="///", linewidth=0.6)
            tallest = max(tallest, float((known + unknown).max()))
        axes.set_ylim(0, max(tallest, 1.0) * 1.28)
        axes.yaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
        _name_bands(axes, edges, table["band_model"])
        axes.set_xlim(0, 100)
        axes.set_xlabel("score, 0 to 100 (higher is better)")
        axes.set_ylabel(f"{scores.unit.removesuffix('_id')}s")
        _note_little(axes, int(little.sum()))
        heading(axes, title or scores.text.partition(" The median")[0])
    return axes


def _band_edges(bands: Mapping[str, float]) -> dict[str, tuple[float, float]]:
    """Where each band begins and ends, the worst first."""
    cuts = [0.0, *(float(bands[name]) for name in BANDS[1:]), 100.0]
    return dict(zip(BANDS, itertools.pairwise(cuts), strict=True))


def _counted(values: Floats, bins: Floats, *, last: bool) -> Floats:
    """How many lie in each bin, lower bounds inclusive as in the bands."""
    inside = (values >= bins[0]) & ((values <= bins[-1]) if last else (values < bins[-1]))
    return np.histogram(values[inside], bins)[0].astype(np.float64)


def _name_bands(ax: Axes, edges: Mapping[str, tuple[float, float]], band: "pd.Series[Any]") -> None:
    """The name of each band with its count above its scores, and a line where it begins."""
    for name, (low, high) in edges.items():
        count = int((band == name).sum())
        narrow = high - low < 14
        ax.annotate(
            f"{folded(name.replace('_', ' '), 9 if narrow else 18)}\n{format_count(count)}",
            ((low + high) / 2, 0.99),
            xycoords=("data", "axes fraction"),
            ha="center",
            va="top",
            weight="bold",
            fontsize=8 if narrow else 10,
        )
        if low > 0:
            ax.axvline(low, color=INK, linewidth=0.8, linestyle=":")


def _note_little(ax: Axes, count: int) -> None:
    if count:
        words = f"hatched: {format_count(count)} of which too little is known for a band"
        ax.annotate(
            words, (0, -0.16), xycoords="axes fraction", ha="left", va="top", color=GREY, fontsize=8.5
        )


def explanation_height(told: ScoreExplanation) -> float:
    """Inches that the figure of a score's parts needs.

    Parameters
    ----------
    told : ScoreExplanation
        What is drawn.
    """
    return 1.9 + 0.42 * (len(told.table) + 1)


def plot_explanation(told: ScoreExplanation, *, ax: Axes | None = None) -> Axes:
    """What each metric adds to or takes from the score of the average account; what is missing is listed.

    Parameters
    ----------
    told : ScoreExplanation
        What `explain_score` returned.
    ax : Axes or None
        Where; None: a new figure.
    """
    rows = told.table.to_dict(orient="records")
    with styled():
        axes = axes_or_new(ax, height=explanation_height(told))
        places = range(len(rows), 0, -1)
        for place, row in zip(places, rows, strict=True):
            _draw_part(axes, place, row, told.base)
        axes.barh([0], [told.score - told.base], height=0.62, left=told.base, color=INK)
        whole = f"score {format_value(told.score)}"
        _beside(axes, 0, told.score, whole, left=told.score < told.base, weight="bold")
        axes.axvline(told.base, color=INK, linewidth=1)
        names = [folded(metric_label(row["metric"]), 26) for row in rows]
        axes.set_yticks([*places, 0], [*names, "All together"], parse_math=False)
        ends = [told.base, told.score] + [told.base + float(row["contribution"]) for row in rows]
        room = max(4.0, 0.22 * (max(ends) - min(ends)))
        none = any(row["status"] != "ok" for row in rows)
        axes.set_xlim(min(ends) - room, max(max(ends) + room, told.base + 1.9 * room * none))
        axes.set_ylim(-0.6, len(rows) + 0.6)
        axes.grid(axis="y", visible=False)
        axes.grid(axis="x", visible=True)
        axes.set_xlabel(f"points of 100; the line is the average account, {format_value(told.base)}")
        band = told.band.replace("_", " ")
        heading(axes, f"{told.account} scores {format_value(told.score)} of 100 ({band})", letters=60)
    return axes


def _draw_part(ax: Axes, place: int, row: Mapping[Any, Any], base: float) -> None:
    """The bar of one metric with its points, or the word that there are no data."""
    if row["status"] != "ok":
        ax.scatter([base], [place], s=36, facecolors="white", edgecolors=GREY, zorder=3)
        why = "the feed has ended" if row["status"] == "no_feed" else "no data"
        _beside(ax, place, base, f"{why}: adds nothing", colour=GREY)
        return
    points = float(row["contribution"])
    low = points < 0
    (bar,) = ax.barh([place], [points], height=0.62, left=base, color=COLOURS[1] if low else COLOURS[0])
    bar.set(hatch="//" if low else "", edgecolor="white", linewidth=0)
    _beside(ax, place, base + points, _points(points), left=low)


def _points(points: float) -> str:
    return format_value(points, "points", signed=True).removesuffix(" points")


def _beside(
    ax: Axes,
    place: int,
    x: float,
    words: str,
    *,
    left: bool = False,
    colour: str = INK,
    weight: str = "normal",
) -> None:
    ax.annotate(
        words,
        (x, place),
        xytext=(-7 if left else 7, 0),
        textcoords="offset points",
        ha="right" if left else "left",
        va="center",
        fontsize=9,
        color=colour,
        weight=weight,
    )


def plot_history(history: ScoreHistory, *, ax: Axes | None = None) -> Axes:
    """The score of one account month by month among the bands; hollow: too little was known.

    Parameters
    ----------
    history : ScoreHistory
        What `score_history` returned.
    ax : Axes or None
        Where; None: a new figure.
    """
    table = history.table
    x = np.array([date_to_day(day) for day in table["day"]], dtype=np.float64)
    score = table["score"].to_numpy(dtype=np.float64)
    little = (table["band_model"] == INSUFFICIENT).to_numpy(dtype=bool)
    with styled():
        axes = axes_or_new(ax)
        for name, (low, high) in _band_edges(history.bands).items():
            axes.axhspan(low, high, color=BAND_COLOURS[name], alpha=0.13, linewidth=0)
            axes.annotate(
                name.replace("_", " "),
                (1, (low + high) / 2),
                xycoords=("axes fraction", "data"),
                xytext=(6, 0),
                textcoords="offset points",
                va="center",
                fontsize=9,
                annotation_clip=False,
            )
        axes.plot(x, score, color=INK, linewidth=1.8)
        faces = np.where(little, "white", INK)
        axes.scatter(x, score, c=faces, edgecolors=INK, s=30, zorder=3)
        _mark_end(axes, x, score, history.churned)
        _month_axis(axes, list(table["day"]), history.churned)
        axes.set_ylim(0, 100)
        axes.set_yticks([0, *sorted(history.bands.values()), 100])
        axes.set_ylabel("score, 0 to 100\n(higher is better)")
        heading(axes, history.text)
    return axes


def _mark_end(ax: Axes, x: Floats, score: Floats, churned: date | None) -> None:
    """The last score in figures, and the day on which the account left."""
    if churned is not None:
        ax.axvline(date_to_day(churned), color=INK, linewidth=1, linestyle="--")
        ax.annotate(
            "left",
            (date_to_day(churned), 3),
            xytext=(-4, 0),
            textcoords="offset points",
            ha="right",
            fontsize=9,
        )
    below = score[-1] > 90 or (score[-1] < score[-5:].mean() and score[-1] > 10)
    ax.annotate(
        format_value(score[-1]),
        (x[-1], score[-1]),
        xytext=(0, -17 if below else 9),
        textcoords="offset points",
        ha="right",
        weight="bold",
        bbox={"facecolor": "white", "alpha": 0.75, "edgecolor": "none", "pad": 1},
    )


def _month_axis(ax: Axes, days: list[date], churned: date | None) -> None:
    """Labels on months, as many as there is room for, the last one among them."""
    step = -(-len(days) // _MOST_TICKS)
    kept = days[::-1][::step][::-1]
    words = [period_label(day, "M", before=kept[:place]) for place, day in enumerate(kept)]
    ax.set_xticks([date_to_day(day) for day in kept], words, fontsize=8)
    last = max([days[-1], *([churned] if churned is not None else [])])
    ax.set_xlim(date_to_day(days[0]) - 10, date_to_day(last) + 10)
