"""How every figure looks: one style, opened where a figure is drawn, never set globally."""

import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import matplotlib as mpl
import matplotlib.pyplot as plt
from matplotlib.axes import Axes

from cxlib.reporting.layout import held_together

__all__ = [
    "ACCENT",
    "COLOURS",
    "DASHES",
    "GREY",
    "INK",
    "MARKERS",
    "axes_or_new",
    "dots_per_inch",
    "heading",
    "name_ends",
    "plain",
    "styled",
]

INK: Final = "#1b1f24"
GREY: Final = "#6e7781"
ACCENT: Final = "#d55e00"
_TITLE_LETTERS: Final = 84
_TITLE_LINES: Final = 3
COLOURS: Final = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00")  # Okabe and Ito
MARKERS: Final = ("o", "s", "^", "D", "v", "P")
DASHES: Final = ("-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1)))
_SETTINGS: Final[dict[Any, Any]] = {
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "text.parse_math": False,
    "text.color": INK,
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "axes.titlesize": 11.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "grid.color": "#e1e4e8",
    "grid.linewidth": 0.8,
    "xtick.color": INK,
    "ytick.color": INK,
    "figure.facecolor": "white",
    "figure.figsize": (9.0, 4.6),
    "savefig.dpi": 150,
    "svg.hashsalt": "cxlib",
    "hatch.linewidth": 0.6,
}


@contextmanager
def styled() -> Iterator[None]:
    """The style for the length of a block, on top of matplotlib's defaults, not of the user's."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_SETTINGS)
        yield


def axes_or_new(ax: Axes | None, *, height: float = 4.6) -> Axes:
    """The axes given, or those of a new figure, which a notebook shows under the cell.

    Parameters
    ----------
    ax : Axes or None
        As given by the caller.
    height : float
        Of a new figure, inches.
    """
    if ax is not None:
        return ax
    return plt.subplots(figsize=(9.0, height), layout="constrained")[1]


def heading(ax: Axes, text: str, *, above: float = 8.0, letters: int = _TITLE_LETTERS) -> None:
    """Set the finding as the title, in at most three lines.

    Parameters
    ----------
    ax : Axes
        Whose title it is.
    text : str
        One or more sentences.
    above : float
        Points between axes and title.
    letters : int
        In a line; less where the axes begin far to the right.
    """
    lines = textwrap.wrap(held_together(text.replace("\n", " ")), letters)
    if len(lines) > _TITLE_LINES:
        lines = [*lines[: _TITLE_LINES - 1], lines[_TITLE_LINES - 1][: letters - 1].rstrip() + "…"]
    ax.set_title("\n".join(lines), parse_math=False, pad=above)


def dots_per_inch(ax: Axes) -> float:
    """Of the figure that holds the axes."""
    figure = ax.get_figure(root=True)
    return float(figure.dpi) if figure is not None else 100.0


def name_ends(ax: Axes, ends: Sequence[tuple[str, float, float, str]]) -> None:
    """Name lines at their ends, the names moved apart so that none covers another.

    Parameters
    ----------
    ax : Axes
        Limits set.
    ends : sequence of (str, float, float, str)
        Name, last x, last y, colour.
    """
    point = dots_per_inch(ax) / 72
    bottom = -float("inf")
    for name, x, y, colour in sorted(ends, key=lambda end: end[2]):
        height = float(ax.transData.transform((x, y))[1])
        low = max(height, bottom)
        bottom = low + 12 * point
        ax.annotate(
            plain(name, longest=24),
            (x, y),
            xytext=(8, (low - height) / point),
            textcoords="offset points",
            va="center",
            color=colour,
            fontsize=9,
            parse_math=False,
            annotation_clip=False,
        )


def plain(text: str, *, longest: int = 60) -> str:
    """Customer text as it may stand in a figure: one line, cut. It is drawn with `parse_math` off.

    Parameters
    ----------
    text : str
        From the data.
    longest : int
        Characters kept.

    Examples
    --------
    >>> plain("paid  $5 then $6", longest=12)
    'paid $5 the…'
    """
    line = " ".join(text.split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"
