"""What a period and a direction are called where people read them."""

import re
from collections.abc import Sequence
from datetime import date

from cxlib.metrics.catalogue import catalogue
from cxlib.text import metric_label

__all__ = ["DIRECTIONS", "axis_label", "folded", "period_label"]

DIRECTIONS = {"up": "higher is better", "down": "lower is better", "band": "within a band is best"}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def period_label(start: date, freq: str, *, before: Sequence[date] = ()) -> str:
    r"""A period's name under an axis; the year stands where it is new.

    Parameters
    ----------
    start : date
        Its first day.
    freq : str
        D, W, M, Q or Y.
    before : sequence of date
        Starts that are labelled to the left.

    Examples
    --------
    >>> period_label(date(2020, 1, 1), "M"), period_label(date(2020, 2, 1), "M", before=[date(2020, 1, 1)])
    ('Jan\n2020', 'Feb')
    """
    if freq == "Y":
        return str(start.year)
    name = f"Q{(start.month + 2) // 3}" if freq == "Q" else _MONTHS[start.month - 1]
    if freq in {"D", "W"}:
        name = f"{start.day} {name}"
    known = bool(before) and before[-1].year == start.year
    return name if known else f"{name}\n{start.year}"


def axis_label(metric: str, unit: str) -> str:
    r"""Metric, unit and which way is better.

    Examples
    --------
    >>> axis_label("nps", "points")
    'NPS, points\n(higher is better)'
    """
    known = catalogue().get(metric)
    way = DIRECTIONS.get(known.direction) if known else None
    return f"{metric_label(metric)}, {unit}" + (f"\n({way})" if way else "")


def folded(text: str, width: int, *, lines: int = 2) -> str:
    r"""Customer text as a label of a few short lines; what is left over is cut with an ellipsis.

    Parameters
    ----------
    text : str
        From the data; long words without a space are broken.
    width : int
        Letters a line.
    lines : int
        How many at most.

    Examples
    --------
    >>> folded("classroom_audio_video", 16)
    'classroom_audio_\nvideo'
    """
    rows = [""]
    for piece in re.findall(rf"[^\s_-]{{1,{width}}}[_-]?\s?|[\s_-]", " ".join(text.split())):
        if len(rows[-1]) + len(piece.rstrip()) > width:
            rows.append("")
        rows[-1] += piece
    kept = [row.strip() for row in rows if row.strip()]
    return "\n".join(kept if len(kept) <= lines else [*kept[: lines - 1], kept[lines - 1][: width - 1] + "…"])
