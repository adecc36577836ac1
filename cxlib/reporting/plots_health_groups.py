"""Figures of the portfolio: why its mean moved, and its groups, ordered only where they differ."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

from matplotlib.axes import Axes

from cxlib.health.movement import HealthMovement
from cxlib.health.movement_words import WORDS
from cxlib.health.rollup import HealthRollup
from cxlib.reporting.labels import folded
from cxlib.reporting.plots_split import draw_waterfall
from cxlib.reporting.style import COLOURS, GREY, INK, axes_or_new, heading, plain, styled
from cxlib.text import format_interval, format_value, plural

__all__ = ["plot_movement", "plot_rollup", "rollup_height", "tiers"]

_SMALL: Final = 0.05  # points that round to none
_LEAST_SPAN: Final = 4.0
_STEPS: Final = {
    "value": "Values:\nhow they fare",
    "freshness": "Freshness:\nolder, newer",
    "arrived": "Data\narrived",
    "gone": "Data\ngone",
    "redefinition": "Score\nre-defined",
}


def plot_movement(movement: HealthMovement, *, ax: Axes | None = None) -> Axes:
    """The mean score before and after, and between them what it moved by.

    Parameters
    ----------
    movement : HealthMovement
        What `compare_health` returned.
    ax : Axes or None
        Where; None: a new figure.
    """
    table = movement.table
    with styled():
        axes = axes_or_new(ax, height=3.9)
        if not len(table):
            axes.set_axis_off()
            heading(axes, movement.text.partition("\n")[0])
            return axes
        parts = {name: float(table[name].mean()) for name in WORDS}
        steps = [(_STEPS[name], size) for name, size in parts.items() if abs(size) > _SMALL]
        rest = sum(size for name, size in parts.items() if abs(size) <= _SMALL)
        if not steps or abs(rest) > 1e-9:
            steps.append(("All others", rest))
        before, after = (float(table[name].mean()) for name in ("before", "after"))
        draw_waterfall(axes, before, steps, after, unit="points")
        low, high = axes.get_ylim()
        short = max(_LEAST_SPAN - (high - low), 0) / 2  # or a tenth of a point would look like a landslide
        axes.set_ylim(low - short, high + short)
        axes.set_ylabel("mean score, points\n(higher is better)")
        heading(axes, movement.text.partition("\n")[0])
    return axes


def tiers(rows: Sequence[Mapping[str, Any]]) -> list[list[Mapping[str, Any]]]:
    """Groups in tiers, the best first: within a tier each interval meets another one, so none is ranked.

    Parameters
    ----------
    rows : sequence of mapping
        With `group`, `shrunken`, `lower`, `upper`; within a tier they come back by name.

    Examples
    --------
    >>> bounds = {"a": (60, 70), "c": (20, 30), "b": (65, 75)}
    >>> rows = [{"group": name, "lower": low, "upper": high} for name, (low, high) in bounds.items()]
    >>> [[row["group"] for row in tier] for tier in tiers(rows)]
    [['a', 'b'], ['c']]
    """
    found: list[list[Mapping[str, Any]]] = []
    floor = float("-inf")
    for row in sorted(rows, key=lambda row: -row["upper"]):
        if found and row["upper"] >= floor:
            found[-1].append(row)
            floor = min(floor, row["lower"])
        else:
            found.append([row])
            floor = row["lower"]
    return [sorted(tier, key=lambda row: str(row["group"])) for tier in found]


def rollup_height(rollup: HealthRollup) -> float:
    """Inches that the league needs.

    Parameters
    ----------
    rollup : HealthRollup
        What is drawn.
    """
    return 1.9 + 0.36 * (len(rollup.table) + 1)


def plot_rollup(rollup: HealthRollup, *, ax: Axes | None = None) -> Axes:
    """Shrunken means with their intervals; groups that overlap stand in one tier, by name and in grey.

    Parameters
    ----------
    rollup : HealthRollup
        What `roll_up_health` returned.
    ax : Axes or None
        Where; None: a new figure.
    """
    known = rollup.table[rollup.table["shrunken"].notna()]
    found = tiers([{str(key): value for key, value in row.items()} for row in known.to_dict("records")])
    with styled():
        axes = axes_or_new(ax, height=rollup_height(rollup))
        places: list[int] = []
        names: list[str] = []
        place = 0
        for tier in found:
            top = place
            for row in tier:
                _draw_group(axes, place, row, alone=len(tier) == 1 and len(found) > 1)
                places.append(place)
                names.append(f"{plain(str(row['group']), longest=26)} ({plural(row['accounts'], 'account')})")
                place -= 1
            if len(tier) > 1:
                axes.axhspan(place + 0.45, top + 0.55, color=GREY, alpha=0.1, linewidth=0)
            place -= 1
        axes.set_yticks(places, names, parse_math=False)
        _mark_whole(axes, rollup)
        axes.set_ylim(place + 1.2, 0.8)
        axes.grid(axis="y", visible=False)
        axes.grid(axis="x", visible=True)
        axes.set_xlabel(
            "mean score, points (higher is better); large: drawn towards the mean; ring: as it is"
        )
        heading(axes, rollup.text.rpartition("\n")[2], letters=66)
        axes.annotate(
            "Grey tier: by name, no order can be told" if any(len(tier) > 1 for tier in found) else "",
            (1, 1),
            xycoords="axes fraction",
            ha="right",
            va="bottom",
            fontsize=8,
            color=GREY,
        )
    return axes


def _draw_group(ax: Axes, place: int, row: Mapping[str, Any], *, alone: bool) -> None:
    """The shrunken mean with its interval, the plain one as a ring, and the figures beside."""
    colour = COLOURS[0] if alone else GREY
    ax.plot([row["lower"], row["upper"]], [place, place], color=colour, linewidth=2, solid_capstyle="butt")
    ax.scatter([row["shrunken"]], [place], s=52, color=colour, marker="D" if alone else "o", zorder=3)
    ax.scatter([row["score"]], [place], s=26, facecolors="white", edgecolors=INK, linewidths=1, zorder=4)
    figures = format_interval(row["lower"], row["upper"], "points")
    ax.annotate(
        f"{format_value(row['shrunken'])} {figures}",
        (1, place),
        xycoords=("axes fraction", "data"),
        xytext=(6, 0),
        textcoords="offset points",
        va="center",
        fontsize=8.5,
        annotation_clip=False,
    )


def _mark_whole(ax: Axes, rollup: HealthRollup) -> None:
    """The mean of all accounts as a line with its name."""
    mean = float(rollup.whole["score"].iloc[0]) if len(rollup.whole) else float("nan")
    if math.isfinite(mean):
        ax.axvline(mean, color=INK, linewidth=0.8, linestyle="--")
        ax.annotate(
            folded(f"all accounts {format_value(mean)}", 30),
            (mean, 0),
            xycoords=("data", "axes fraction"),
            xytext=(4, 3),
            textcoords="offset points",
            fontsize=8,
        )
