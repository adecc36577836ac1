"""Figures of two windows compared: the difference as a waterfall, and pairs of bars before and after."""

from collections.abc import Sequence

from matplotlib.axes import Axes

from cxlib.changes.breakdown import Breakdown
from cxlib.changes.sentences import BALANCE
from cxlib.reporting.labels import axis_label, folded
from cxlib.reporting.style import COLOURS, GREY, INK, axes_or_new, heading, styled
from cxlib.text import format_count, format_value, plural

__all__ = [
    "asked_segments",
    "balance_pairs",
    "draw_waterfall",
    "plot_asked",
    "plot_balance",
    "plot_breakdown",
]

_MOST_STEPS = 4
_MOST_PAIRS = 8
_SMALL = 0.15  # of the level: steps that bars from zero would hide
_HAPPY = {"nps": ("Promoters (9 or 10)", "Detractors (0 to 6)")}

Pair = tuple[str, float, float]


def plot_breakdown(breakdown: Breakdown, *, ax: Axes | None = None) -> Axes:
    """From before to after in steps: who was counted (mix), and how they fared (within).

    Where the parts are a plain sum over reasons there is no mix; the steps are then the largest of them.

    Parameters
    ----------
    breakdown : Breakdown
        Of an investigation, or what `break_down` returned.
    ax : Axes or None
        Where; None: a new figure.
    """
    with styled():
        axes = axes_or_new(ax, height=3.8)
        draw_waterfall(
            axes, breakdown.value_before, _steps(breakdown), breakdown.value_after, unit=breakdown.unit
        )
        axes.set_ylabel(axis_label(breakdown.metric, breakdown.unit), parse_math=False)
        heading(axes, breakdown.text.partition("\n")[0])
    return axes


def draw_waterfall(
    ax: Axes, before: float, steps: Sequence[tuple[str, float]], after: float, *, unit: str
) -> None:
    """A value before, steps that lead away from it, and the value after, with their figures.

    Parameters
    ----------
    ax : Axes
        Where.
    before, after : float
        The values.
    steps : sequence of (str, float)
        Name and size, at least one; they sum to the difference.
    unit : str
        Of all of them.
    """
    levels = [before]
    for _, size in steps:
        levels.append(levels[-1] + size)
    bottoms = [0.0, *levels[:-1], 0.0]
    heights = [before, *(size for _, size in steps), after]
    near = max(abs(size) for _, size in steps) < _SMALL * max(map(abs, levels))
    _draw_bars(ax, bottoms, heights, near=near)
    for place, (bottom, height) in enumerate(zip(bottoms, heights, strict=True)):
        ax.annotate(
            format_value(height, unit, signed=0 < place <= len(steps)),
            (place, max(bottom, bottom + height)),
            xytext=(0, 3),
            textcoords="offset points",
            ha="center",
            weight="bold",
        )
    for place, level in enumerate(levels):
        ax.plot([place + 0.3, place + 0.7], [level, level], color=INK, linewidth=0.8)
    ax.axhline(0, color=INK, linewidth=0.8)
    ax.set_ylim(*_limits(levels, near=near))
    names = ["Before", *(name for name, _ in steps), "After"]
    ax.set_xticks(range(len(names)), names, parse_math=False)


def _draw_bars(ax: Axes, bottoms: Sequence[float], heights: Sequence[float], *, near: bool) -> None:
    """The two values and the steps between; `near`: bars from zero would hide the steps."""
    last = len(heights) - 1
    colours = [GREY, *(COLOURS[2 * (place % 2)] for place in range(last - 1)), GREY]
    hatches = ["", *("//" if place % 2 == 0 else ".." for place in range(last - 1)), ""]
    if not near:
        ax.bar(range(last + 1), heights, 0.6, bottoms, color=colours, hatch=hatches)
        return
    ax.hlines([heights[0], heights[-1]], [-0.3, last - 0.3], [0.3, last + 0.3], INK, linewidth=4)
    ax.bar(range(1, last), heights[1:-1], 0.6, bottoms[1:-1], color=colours[1:-1], hatch=hatches[1:-1])
    said = "the axis does not begin at zero"
    ax.text(1, 1, said, transform=ax.transAxes, ha="right", va="top", color=GREY, fontsize=8)


def _limits(levels: Sequence[float], *, near: bool) -> tuple[float, float]:
    """From zero, or round the levels alone, with room for the figures above the bars."""
    low, high = (min(levels), max(levels)) if near else (min(0.0, *levels), max(0.0, *levels))
    room = (high - low) or 1.0
    return low - (0.3 if near else 0.08 * (low < 0)) * room, high + (0.3 if near else 0.16) * room


def _steps(breakdown: Breakdown) -> list[tuple[str, float]]:
    """Mix and within, or the largest parts of a plain sum and the rest."""
    rows = list(breakdown.cut.rows())
    if breakdown.cut.mix.any() or not rows:
        mix, within = "Mix:\nwho was counted", "Within:\nhow they fared"
        return [(mix, breakdown.mix), (within, breakdown.within)]
    parts = [(folded(", ".join(row["segment"].values()), 14, lines=3), row["within"]) for row in rows]
    parts.sort(key=lambda part: -abs(part[1]))
    rest = parts[_MOST_STEPS:]
    others = [(plural(len(rest), "other"), sum(part[1] for part in rest))] if rest else []
    return parts[:_MOST_STEPS] + others


def asked_segments(breakdown: Breakdown) -> list[Pair]:
    """Surveys sent a day, before and after, in each segment; empty where it is not known who was asked.

    Parameters
    ----------
    breakdown : Breakdown
        Of an investigation.
    """
    rows = [
        (
            ", ".join(row["segment"].values()),
            float(row["asked_per_day_before"] or 0),
            float(row["asked_per_day_after"] or 0),
        )
        for row in breakdown.cut.rows()
        if row["asked_per_day_before"] is not None
    ]
    return sorted((row for row in rows if row[1] or row[2]), key=lambda row: -max(row[1:]))


def plot_asked(breakdown: Breakdown, *, ax: Axes | None = None) -> Axes:
    """Surveys sent a day in each segment, before and after.

    Parameters
    ----------
    breakdown : Breakdown
        Of an investigation whose surveys say who was asked.
    ax : Axes or None
        Where; None: a new figure.
    """
    pairs = asked_segments(breakdown)
    largest = max(pairs, key=lambda pair: abs(pair[2] - pair[1]))
    words = f"{largest[0]}: {_short(largest[1])} surveys sent a day before, {_short(largest[2])} after"
    return _pairs(pairs[:_MOST_PAIRS], "surveys sent a day", words, ax)


def plot_balance(breakdown: Breakdown, *, ax: Axes | None = None) -> Axes:
    """Happy and unhappy answers a day, before and after.

    Parameters
    ----------
    breakdown : Breakdown
        With a balance.
    ax : Axes or None
        Where; None: a new figure.
    """
    return _pairs(
        balance_pairs(breakdown),
        "answers a day",
        BALANCE[breakdown.balance.kind] if breakdown.balance else "",
        ax,
    )


def balance_pairs(breakdown: Breakdown) -> list[Pair]:
    """Name, count a day before and after, of happy and unhappy answers; empty where there are none.

    Parameters
    ----------
    breakdown : Breakdown
        Of an investigation.
    """
    balance = breakdown.balance
    if balance is None:
        return []
    happy, unhappy = _HAPPY.get(breakdown.metric.partition(".")[0], ("Happy answers", "Unhappy answers"))
    return [
        (happy, balance.happy_before, balance.happy_after),
        (unhappy, balance.unhappy_before, balance.unhappy_after),
    ]


def _pairs(pairs: Sequence[Pair], label: str, title: str, ax: Axes | None) -> Axes:
    """Two bars a name: before grey and hatched, after blue."""
    with styled():
        axes = axes_or_new(ax, height=1.4 + 0.5 * len(pairs))
        places = range(len(pairs))[::-1]
        before, after = [pair[1] for pair in pairs], [pair[2] for pair in pairs]
        for name, values, shift in (("before", before, 0.19), ("after", after, -0.19)):
            colour, hatch = (GREY, "//") if name == "before" else (COLOURS[0], "")
            where = [place + shift for place in places]
            axes.barh(where, values, height=0.36, color=colour, hatch=hatch, label=name)
            for y, value in zip(where, values, strict=True):
                axes.annotate(
                    _short(value),
                    (value, y),
                    xytext=(4, 0),
                    textcoords="offset points",
                    va="center",
                    fontsize=9,
                )
        axes.set_yticks(list(places), [folded(pair[0], 26) for pair in pairs], parse_math=False)
        axes.set_xlim(0, 1.12 * max(1e-9, *(value for pair in pairs for value in pair[1:])))
        axes.grid(axis="y", visible=False)
        axes.set_xlabel(label)
        axes.legend(loc="lower right", frameon=False, fontsize=9)
        heading(axes, title, letters=64)
    return axes


def _short(count: float) -> str:
    return format_count(count) if count >= 10 else format_value(count, "points").removesuffix(" points")
