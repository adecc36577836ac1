"""Figures of an investigation: the series with its onset and the log, who was asked, and the suspects."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.transforms import blended_transform_factory

from cxlib.changes.investigation import Investigation
from cxlib.changes.suspects import Suspects
from cxlib.data.clock import date_to_day
from cxlib.data.periods import day_to_date
from cxlib.reporting.labels import axis_label, folded, period_label
from cxlib.reporting.releases import ROW_POINTS, mark_releases
from cxlib.reporting.style import (
    ACCENT,
    COLOURS,
    DASHES,
    GREY,
    INK,
    axes_or_new,
    heading,
    name_ends,
    plain,
    styled,
)
from cxlib.text import format_probability, format_value, plural

__all__ = ["logged_in_view", "plot_sends", "plot_series", "plot_suspects", "suspects_height"]

_LEAD = timedelta(days=30)
_MOST_BARS = 8
_WORTH_A_BAR = 0.005
_WORTH_A_TICK = 0.01
_MOST_SEGMENTS = 6


def plot_series(investigation: Investigation, *, ax: Axes | None = None) -> Axes:
    """The metric day by day, its part due to the audience, the onset as a shaded interval, suspects as ticks.

    Parameters
    ----------
    investigation : Investigation
        What `investigate` returned.
    ax : Axes or None
        Where; None: a new figure.
    """
    with styled():
        axes = axes_or_new(ax)
        series = _in_view(investigation.series, investigation)
        x = np.array([date_to_day(day) for day in series["date"]], dtype=float)
        value, n = series["value"].to_numpy(dtype=float), series["n"].to_numpy(dtype=float)
        largest = max(1.0, float(np.nanmax(n, initial=1.0)))
        axes.scatter(x, value, s=6 + 40 * n / largest, color=GREY, alpha=0.55, linewidths=0, label="one day")
        mix = series["mix"].to_numpy(dtype=float)
        if np.isfinite(mix).any():
            axes.plot(x, mix, color=COLOURS[0], linewidth=1.8, label="what the audience alone makes of it")
        _draw_levels(axes, investigation)
        _shade_onset(axes, investigation.shift)
        _day_axis(axes, list(series["date"]))
        rows = mark_releases(axes, logged_in_view(investigation))
        named = _mark_suspects(axes, investigation, above=ROW_POINTS * rows)
        axes.set_ylabel(axis_label(investigation.metric, investigation.unit), parse_math=False)
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.11), fontsize=8, frameon=False, ncols=4)
        heading(axes, investigation.words.answer[0], above=12 + ROW_POINTS * rows + 10 * named)
    return axes


def _in_view(days: pd.DataFrame, investigation: Investigation) -> pd.DataFrame:
    """The days from a month before the window, or before the days compared, to its end."""
    split = investigation.breakdown
    first = min(investigation.start, split.before[0]) if split else investigation.start
    return days[(days["date"] >= first - _LEAD) & (days["date"] < investigation.end)]


def _draw_levels(ax: Axes, investigation: Investigation) -> None:
    """The value before and after over the windows that were compared."""
    split = investigation.breakdown
    if split is None:
        return
    for window, value in ((split.before, split.value_before), (split.after, split.value_after)):
        ends = [date_to_day(window[0]), date_to_day(window[1])]
        label = "mean of the windows compared" if window is split.before else None
        ax.plot(ends, [value, value], color=INK, linewidth=2.2, linestyle="--", label=label)
        words = format_value(value, investigation.unit)
        ax.annotate(
            words,
            (ends[0], value),
            xytext=(2, 5),
            textcoords="offset points",
            fontsize=9,
            weight="bold",
            bbox={"facecolor": "white", "alpha": 0.8, "edgecolor": "none", "pad": 1},
        )


def _shade_onset(ax: Axes, shift: Mapping[str, Any]) -> None:
    if shift["onset_interval"] is None or not shift["detected"]:
        return
    first, end = (date_to_day(date.fromisoformat(day)) for day in shift["onset_interval"])
    ax.axvspan(first, end, color=ACCENT, alpha=0.18, linewidth=0, label="onset, 90 % interval")


def logged_in_view(investigation: Investigation) -> pd.DataFrame:
    """The logged changes on the days that the figure shows: change_id, released_at (local day), title.

    Parameters
    ----------
    investigation : Investigation
        What `investigate` returned.
    """
    log = pd.DataFrame(
        [(change.change_id, day_to_date(change.day), change.title) for change in investigation.log],
        columns=["change_id", "released_at", "title"],
    )
    days = _in_view(investigation.series, investigation)["date"]
    inside = log[log["released_at"].isin(set(days))]
    return inside.sort_values(["released_at", "change_id"], ignore_index=True)


def _mark_suspects(ax: Axes, investigation: Investigation, *, above: float) -> int:
    """Lines with id and probability, each label in a row of its own; the likeliest is bold. How many."""
    across = blended_transform_factory(ax.transData, ax.transAxes)
    logged = [row for row in investigation.to_dict()["suspects"] if row["hypothesis"] == "change"]
    worth = [row for row in logged if row["probability"] >= _WORTH_A_TICK]
    for place, row in enumerate(worth[:3]):
        x = float(date_to_day(date.fromisoformat(row["released_at"][:10])))
        heavy = place == 0
        colour = ACCENT if heavy else GREY
        ax.plot(
            [x, x], [0, 1], transform=across, color=colour, linewidth=1.2 if heavy else 0.7, linestyle=":"
        )
        ax.annotate(
            f"{plain(row['change_id'], longest=22)}  {format_probability(row['probability'])}",
            (x, 1),
            xycoords=across,
            xytext=(0, 4 + above + 10 * place),
            textcoords="offset points",
            ha="center",
            va="bottom",
            fontsize=8,
            color=colour,
            weight="bold" if heavy else "normal",
            parse_math=False,
            annotation_clip=False,
        )
    return len(worth[:3])


def _day_axis(ax: Axes, days: Sequence[date]) -> None:
    """Labels on Mondays of a short window, on the first days of months of a long one."""
    long = len(days) > 110
    kept = [day for day in days if (day.day == 1 if long else day.weekday() == 0)]
    labels = [period_label(day, "M" if long else "W", before=kept[:place]) for place, day in enumerate(kept)]
    ax.set_xticks([date_to_day(day) for day in kept], labels, fontsize=8)
    ax.set_xlim(date_to_day(days[0]) - 1, date_to_day(days[-1] + timedelta(days=1)))


def plot_sends(investigation: Investigation, *, ax: Axes | None = None) -> Axes:
    """How many were asked a day in each segment of the column that explains most; the onset is shaded.

    Parameters
    ----------
    investigation : Investigation
        What `investigate` returned.
    ax : Axes or None
        Where; None: a new figure.
    """
    with styled():
        axes = axes_or_new(ax)
        sends = _in_view(investigation.sends, investigation)
        ends: list[tuple[str, float, float, str]] = []
        names = sorted(
            sends["segment"].unique(), key=lambda name: -sends["sends"][sends["segment"] == name].sum()
        )
        names = [name for name in names if sends["sends"][sends["segment"] == name].any()]
        for place, name in enumerate(names[:_MOST_SEGMENTS]):
            rows = sends[sends["segment"] == name]
            x = [date_to_day(day) for day in rows["date"]]
            (line,) = axes.plot(x, rows["sends"], linewidth=1.5)
            line.set(color=COLOURS[place], linestyle=DASHES[place])
            ends.append((str(name), float(x[-1]), float(rows["sends"].iloc[-1]), COLOURS[place]))
        _shade_onset(axes, investigation.shift)
        if len(sends):
            _day_axis(axes, sorted(set(sends["date"])))
        axes.set_ylim(bottom=0)
        axes.set_ylabel("surveys sent a day")
        name_ends(axes, ends)
        heading(axes, "Who was asked: surveys sent a day by segment")
    return axes


def suspect_bars(suspects: Suspects) -> list[tuple[str, float, bool]]:
    """The bars of the figure of probabilities: name, probability, whether it is a logged change.

    Parameters
    ----------
    suspects : Suspects
        Every hypothesis.
    """
    rows, others = suspects.to_contract()
    bars = [(_suspect_name(row), row["probability"], row["hypothesis"] == "change") for row in rows]
    logged = [bar for bar in bars if bar[2]]
    hidden = [bar for place, bar in enumerate(logged) if place >= _MOST_BARS or bar[1] < _WORTH_A_BAR]
    kept = [bar for bar in bars if bar not in hidden]
    count = len(hidden) + others["count"]
    if count:
        kept.append(
            (plural(count, "other change"), sum(bar[1] for bar in hidden) + others["probability"], True)
        )
    return kept


def suspects_height(suspects: Suspects) -> float:
    """Inches that the figure of probabilities needs.

    Parameters
    ----------
    suspects : Suspects
        Every hypothesis.
    """
    return 1.0 + 0.4 * len(suspect_bars(suspects))


def plot_suspects(suspects: Suspects, *, ax: Axes | None = None) -> Axes:
    """The probability of each hypothesis as a bar, "no change" and "unlogged cause" among them.

    Parameters
    ----------
    suspects : Suspects
        Of an investigation, or what `rank_changes` returned.
    ax : Axes or None
        Where; None: a new figure.
    """
    kept = suspect_bars(suspects)
    with styled():
        axes = axes_or_new(ax, height=suspects_height(suspects))
        places = range(len(kept))[::-1]
        colours = [COLOURS[1] if is_logged else GREY for _, _, is_logged in kept]
        axes.barh(
            places,
            [100 * bar[1] for bar in kept],
            color=colours,
            hatch=["" if bar[2] else "//" for bar in kept],
        )
        for place, (_, probability, _) in zip(places, kept, strict=True):
            axes.annotate(
                format_probability(probability),
                (100 * probability, place),
                xytext=(4, 0),
                textcoords="offset points",
                va="center",
                fontsize=9,
            )
        axes.set_yticks(list(places), [bar[0] for bar in kept], parse_math=False)
        axes.set_xlim(0, 108)
        axes.grid(axis="y", visible=False)
        axes.set_xlabel("probability, % (all bars sum to 100)")
        heading(axes, suspects.text.partition("\n")[0], letters=52)
    return axes


def _suspect_name(row: Mapping[str, Any]) -> str:
    if row["hypothesis"] == "no_change":
        return "no change: noise, season, drift"
    if row["hypothesis"] == "unlogged_cause":
        return "a cause that is not in the log"
    return folded(f"{row['change_id']} {row['title']}", 44)
