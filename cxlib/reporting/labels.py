"""What a period and a direction are called where people read them."""

from collections.abc import Sequence
from datetime import date

__all__ = ["DIRECTIONS", "period_label"]

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
