"""Releases on a time axis: a thin tick for each day, a number in rows that do not collide, a key in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.transforms import blended_transform_factory

from cxlib.data.clock import date_to_day
from cxlib.reporting.style import GREY, dots_per_inch
from cxlib.reporting.tables import Cell, html_table
from cxlib.text import format_day

__all__ = ["Marked", "mark_releases", "numbered", "release_key"]

_ROW_HEIGHT = 0.045
_MOST_ROWS = 6


@dataclass(frozen=True, slots=True)
class Marked:
    """One day with releases: their numbers in order of release, the first and the last of them."""

    day: date
    first: int
    last: int

    @property
    def label(self) -> str:
        """``7``, or ``7–9`` for several on one day."""
        return str(self.first) if self.first == self.last else f"{self.first}–{self.last}"


def numbered(releases: pd.DataFrame) -> list[Marked]:
    """Releases numbered by day and id, those of one day together.

    Parameters
    ----------
    releases : DataFrame
        With released_at (local day) and change_id, sorted.

    Examples
    --------
    >>> days = [date(2020, 2, 4), date(2020, 2, 4), date(2020, 2, 9)]
    >>> [mark.label for mark in numbered(pd.DataFrame({"released_at": days}))]
    ['1–2', '3']
    """
    marks: list[Marked] = []
    for number, day in enumerate(releases["released_at"], start=1):
        if marks and marks[-1].day == day:
            marks[-1] = Marked(day, marks[-1].first, number)
        else:
            marks.append(Marked(day, number, number))
    return marks


def mark_releases(ax: Axes, releases: pd.DataFrame) -> list[str]:
    """Draw a tick for every day with releases, and its number above the axes in a row with room.

    Parameters
    ----------
    ax : Axes
        With a date axis whose limits are set.
    releases : DataFrame
        As for `numbered`.

    Returns
    -------
    list of str
        The labels drawn. Where no row has room the tick stays without its number; the key has it.
    """
    low, high = ax.get_xlim()
    marks = [mark for mark in numbered(releases) if low <= date_to_day(mark.day) <= high]
    across = blended_transform_factory(ax.transData, ax.transAxes)
    width = (high - low) * dots_per_inch(ax) / (72 * ax.get_window_extent().width)  # days a point
    ends = [-float("inf")] * _MOST_ROWS
    drawn = []
    for mark in marks:
        x = float(date_to_day(mark.day))
        half = width * (2.2 * len(mark.label) + 1.5)
        row = next((i for i, end in enumerate(ends) if x - half > end), None)
        ax.plot([x, x], [0, 0.03], transform=across, color=GREY, linewidth=0.8, clip_on=False)
        ax.plot([x, x], [1.0, 1.012], transform=across, color=GREY, linewidth=0.8, clip_on=False)
        if row is None:
            continue
        ends[row] = x + half
        y = 1.018 + row * _ROW_HEIGHT
        ax.text(
            x,
            y,
            mark.label,
            transform=across,
            fontsize=6.5,
            color=GREY,
            ha="center",
            va="bottom",
            gid="release",
        )
        drawn.append(mark.label)
    return drawn


def release_key(releases: pd.DataFrame) -> str:
    """The key as a folded table of HTML: number, day, id, title. Empty without releases.

    Parameters
    ----------
    releases : DataFrame
        change_id, released_at (local day), title, sorted.
    """
    if releases.empty:
        return ""
    rows: Sequence[Sequence[Cell]] = [
        [Cell(str(number)), Cell(format_day(day)), Cell(change), Cell(title, words=True)]
        for number, (change, day, title) in enumerate(
            zip(releases["change_id"], releases["released_at"], releases["title"], strict=True), start=1
        )
    ]
    table = html_table("Releases by the numbers in the figures", ["No.", "Released", "Change", "Title"], rows)
    return f"<details><summary>Which releases the numbers mean ({len(rows)})</summary>{table}</details>"
