"""Releases on a time axis: a thin tick for each day, a number in rows that do not collide, a key in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.transforms import blended_transform_factory

from cxlib.data.clock import date_to_day
from cxlib.reporting.style import GREY, dots_per_inch
from cxlib.reporting.tables import Cell, folded_table, html_table
from cxlib.text import format_day

__all__ = ["ROW_POINTS", "Marked", "mark_releases", "numbered", "release_key"]

ROW_POINTS = 9.0
_POINTS_A_LETTER = 4.6
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


def mark_releases(ax: Axes, releases: pd.DataFrame) -> int:
    """Draw a tick for every day with releases, and its number above the axes in a row with room.

    Parameters
    ----------
    ax : Axes
        Days since 1970 across, limits set.
    releases : DataFrame
        As for `numbered`.

    Returns
    -------
    int
        Rows of numbers above the axes. Where no row has room the tick has no number; the key has it.
    """
    low, high = ax.get_xlim()
    across = blended_transform_factory(ax.transData, ax.transAxes)
    width = (high - low) * dots_per_inch(ax) / (72 * ax.get_window_extent().width)  # days a point
    ends: list[float] = []
    marks = [(date_to_day(mark.day) + 0.5, mark) for mark in numbered(releases)]
    inside = [(x, mark) for x, mark in marks if low <= x <= high]
    ax.vlines([x for x, _ in inside], 0, 0.03, transform=across, color=GREY, linewidth=0.8)
    for x, mark in inside:
        half = width * (_POINTS_A_LETTER * len(mark.label) / 2 + 1.5)
        row = next((i for i, end in enumerate(ends) if x - half > end), len(ends))
        if row == _MOST_ROWS:
            continue
        ends[row : row + 1] = [x + half]
        name = ax.annotate(
            mark.label,
            (x, 1),
            xycoords=across,
            xytext=(0, 3 + ROW_POINTS * row),
            textcoords="offset points",
            fontsize=6.5,
            color=GREY,
            ha="center",
            va="bottom",
            gid="release",
        )
        name.set_in_layout(False)  # the title above them holds their room
    return len(ends)


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
        [
            Cell(str(number)),
            Cell(format_day(day), whole=True),
            Cell(change),
            Cell(title, words=True),
        ]
        for number, (change, day, title) in enumerate(
            zip(releases["change_id"], releases["released_at"], releases["title"], strict=True), start=1
        )
    ]
    table = html_table("Releases by the numbers in the figures", ["No.", "Released", "Change", "Title"], rows)
    return folded_table(f"Which releases the numbers mean ({len(rows)})", table, printed=True)
