"""Figures of who leaves: how well the score told it, and what is expected."""

import textwrap
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cxlib.health.backtest import Backtest
from cxlib.health.hazard import ChurnForecast
from cxlib.reporting.style import COLOURS, GREY, INK, axes_or_new, heading, styled
from cxlib.text import format_count, format_fraction, metric_label, plural

__all__ = ["expected_by_third", "plot_backtest", "plot_forecast"]

_THIRDS: Final = ("high", "middle", "low")
_PLAIN: Final = ("tenure", "chance")


def plot_backtest(found: Backtest, *, ax: Axes | None = None) -> Axes:
    """AUC of the score by lead with its interval, beside the best naive predictor and chance.

    Parameters
    ----------
    found : Backtest
        What `backtest_health` returned.
    ax : Axes or None
        Where; None: a new figure.
    """
    rows = [{str(key): value for key, value in row.items()} for row in found.table.to_dict("records")]
    with styled():
        axes = axes_or_new(ax)
        for place, row in enumerate(rows):
            _draw_lead(axes, place, row, _baseline_interval(found.predictors, row), first=place == 0)
        axes.axhline(0.5, color=INK, linewidth=0.9, linestyle=":")
        axes.annotate("chance .50", (-0.55, 0.5), xytext=(0, 3), textcoords="offset points", fontsize=8.5)
        axes.set_xlim(-0.6, len(rows) - 0.4)
        low = [row["lower"] for row in rows if row["lower"] == row["lower"]]
        axes.set_ylim(min(0.4, *low, 0.4) - 0.03 if low else 0.37, 1.0)
        ticks = axes.get_yticks()
        inside = [tick for tick in ticks if axes.get_ylim()[0] <= tick <= 1.0]
        axes.set_yticks(inside, [format_fraction(float(tick)) for tick in inside])
        axes.set_xticks(range(len(rows)), [_lead_words(row) for row in rows], fontsize=8.5)
        axes.grid(axis="x", visible=False)
        axes.set_ylabel("AUC: chance that who leaves\nhas the lower score")
        heading(axes, found.text.partition("\n")[0])
    return axes


def _lead_words(row: Mapping[str, Any]) -> str:
    """Lead, how many left, and the verdict in short lines."""
    lead = "no lead" if row["lead_days"] == 0 else f"{plural(row['lead_days'], 'day')} ahead"
    verdict = "\n".join(textwrap.wrap(str(row["verdict"]), 22))
    return f"{lead}\n{format_count(row['churned_accounts'])} left\n{verdict}"


def _baseline_interval(predictors: pd.DataFrame, row: Mapping[str, Any]) -> tuple[float, float]:
    mine = predictors[
        (predictors["lead_days"] == row["lead_days"]) & (predictors["predictor"] == row["baseline"])
    ]
    return (float(mine["lower"].iloc[0]), float(mine["upper"].iloc[0])) if len(mine) else (np.nan, np.nan)


def _draw_lead(
    ax: Axes, place: int, row: Mapping[str, Any], naive: tuple[float, float], *, first: bool
) -> None:
    """The score and the best baseline at one lead; hollow where too few left to judge."""
    if not np.isfinite(row["auc"]):
        return
    judged = row["status"] == "ok"
    name = str(row["baseline"])
    called = name if name in _PLAIN else metric_label(name)
    sides = [
        ("score", place - 0.13, row["auc"], (row["lower"], row["upper"]), COLOURS[0], "o"),
        (called, place + 0.13, row["baseline_auc"], naive, COLOURS[1], "s"),
    ]
    for label, x, value, (lower, upper), colour, marker in sides:
        ax.plot([x, x], [lower, upper], color=colour, linewidth=1.6, alpha=1 if judged else 0.5)
        ax.scatter(
            [x],
            [value],
            s=46,
            marker=marker,
            facecolors=colour if judged else "white",
            edgecolors=colour,
            zorder=3,
        )
        words = f"{label} {format_fraction(value)}" if first or label != "score" else format_fraction(value)
        left = label == "score"
        ax.annotate(
            words,
            (x, value),
            xytext=(-7 if left else 7, 0),
            textcoords="offset points",
            ha="right" if left else "left",
            va="center",
            fontsize=8.5,
            color=INK,
        )


def expected_by_third(found: ChurnForecast, month: int) -> list[float]:
    """The mean share of each third of today's accounts still expected there, the highest risk first.

    Parameters
    ----------
    found : ChurnForecast
        What `forecast_churn` returned.
    month : int
        Months ahead, 1 to its horizon.
    """
    ahead = np.sort(found.survival[:, month - 1])
    return [float(part.mean()) for part in np.array_split(ahead, len(_THIRDS)) if part.size]


def plot_forecast(found: ChurnForecast, *, ax: Axes | None = None) -> Axes:
    """By third of risk: who is expected to be there still, and what came of an earlier forecast.

    Parameters
    ----------
    found : ChurnForecast
        What `forecast_churn` returned.
    ax : Axes or None
        Where; None: a new figure.
    """
    past = {row["risk"]: row for row in found.calibration.to_dict("records")}
    month = int(found.calibration["months"].iloc[0]) if past else found.horizon_months
    now = dict(zip(_THIRDS, expected_by_third(found, min(month, found.horizon_months)), strict=False))
    with styled():
        axes = axes_or_new(ax, height=3.9)
        for place, risk in enumerate(_THIRDS):
            if risk in past:
                _draw_past(axes, -place, past[risk], named=place == 0, month=month)
            if risk in now:
                _draw_point(
                    axes,
                    -place - 0.25,
                    now[risk],
                    "D",
                    COLOURS[2],
                    f"now: {format_fraction(now[risk])} expected in {plural(month, 'month')}"
                    if place == 0
                    else format_fraction(now[risk]),
                )
        axes.set_yticks([-place for place in range(3)], [_third_words(risk, past) for risk in _THIRDS])
        axes.set_xlim(0, 1.02)
        axes.set_ylim(-2.55, 0.55)
        ticks = [0.0, 0.25, 0.5, 0.75, 1.0]
        axes.set_xticks(ticks, [format_fraction(tick) for tick in ticks])
        axes.grid(axis="y", visible=False)
        axes.grid(axis="x", visible=True)
        axes.set_xlabel(f"share of accounts still there after {plural(month, 'month')}")
        heading(axes, found.text.partition("\n")[0], letters=70)
    return axes


def _third_words(risk: str, past: Mapping[str, Mapping[Any, Any]]) -> str:
    words = f"third with {risk} risk"
    return f"{words}\n({plural(past[risk]['accounts'], 'account')} then)" if risk in past else words


def _draw_past(ax: Axes, place: int, row: Mapping[Any, Any], *, named: bool, month: int) -> None:
    """What was forecast then, and what came of it with its interval."""
    predicted, observed = float(row["predicted"]), float(row["observed"])
    ago = f"forecast {plural(month, 'month')} ago: {format_fraction(predicted)}"
    _draw_point(
        ax,
        place + 0.25,
        predicted,
        "o",
        COLOURS[1],
        ago if named else format_fraction(predicted),
        hollow=True,
    )
    ax.plot([row["lower"], row["upper"]], [place, place], color=COLOURS[0], linewidth=2)
    came = f"came true: {format_fraction(observed)}" if named else format_fraction(observed)
    edges = (float(row["lower"]), float(row["upper"]))
    _draw_point(ax, place, observed, "s", COLOURS[0], came, edges=edges)


def _draw_point(
    ax: Axes,
    y: float,
    value: float,
    marker: str,
    colour: str,
    words: str,
    *,
    hollow: bool = False,
    edges: tuple[float, float] | None = None,
) -> None:
    """A point with its words to the right, or to the left where there is no room."""
    ax.scatter(
        [value],
        [y],
        s=46,
        marker=marker,
        facecolors="white" if hollow else colour,
        edgecolors=colour,
        zorder=3,
    )
    left = value > 0.7
    ax.annotate(
        words,
        ((edges or (value, value))[0 if left else 1], y),
        xytext=(-10 if left else 10, 0),
        textcoords="offset points",
        ha="right" if left else "left",
        va="center",
        fontsize=9,
        color=GREY if hollow else INK,
    )
