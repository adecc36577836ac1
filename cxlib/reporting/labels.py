"""What a metric and a period are called where people read them."""

from collections.abc import Sequence
from datetime import date

__all__ = ["DIRECTIONS", "metric_label", "period_label"]

DIRECTIONS = {"up": "higher is better", "down": "lower is better", "band": "within a band is best"}
_INITIALS = {"nps": "NPS", "csat": "CSAT", "ces": "CES", "sla": "SLA", "p90": "90th percentile"}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def metric_label(name: str) -> str:
    """A metric's name in words.

    Parameters
    ----------
    name : str
        As in the catalogue, with the variant after a dot.

    Examples
    --------
    >>> metric_label("nps"), metric_label("first_response_time"), metric_label("first_response_time.p90")
    ('NPS', 'First response time', 'First response time (90th percentile)')
    """
    base, _, variant = name.partition(".")
    words = " ".join(_INITIALS.get(word, word) for word in base.split("_"))
    label = words[:1].upper() + words[1:]
    return f"{label} ({_INITIALS.get(variant, variant.replace('_', ' '))})" if variant else label


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
