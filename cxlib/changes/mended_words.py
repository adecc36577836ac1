"""How the answer tells that people were counted instead of rows."""

from datetime import date

from cxlib.changes.breakdown import Breakdown
from cxlib.changes.mended import Mended
from cxlib.data.periods import date_to_day
from cxlib.metrics.metric import Metric
from cxlib.text import format_value

__all__ = ["counted_lines", "counted_unit"]


def counted_unit(mended: Mended, metric: Metric) -> str:
    """The unit of what was counted.

    Parameters
    ----------
    mended : Mended
        Says whether people were counted.
    metric : Metric
        Its unit is that of rows.

    Returns
    -------
    str
        Such as ``customers`` in the place of ``tickets``.
    """
    if mended.few is None:
        return metric.unit
    return f"{mended.few.noun}s" if metric.kind == "count" else f"{metric.unit}, distinct {mended.few.noun}s"


def counted_lines(mended: Mended, metric: Metric, split: Breakdown | None) -> tuple[str, ...]:
    """Rows and people a day before and after, where the two tell different stories.

    Parameters
    ----------
    mended : Mended
        With the rows a day.
    metric : Metric
        What was asked.
    split : Breakdown or None
        Its windows, and the people in them.

    Returns
    -------
    tuple of str
        Empty where rows were counted.
    """
    if mended.few is None:
        return ()
    noun = f"{mended.few.noun}s"
    part = format_value(100 * mended.few.share, "%")
    said = f"Distinct {noun} were counted, not {mended.table}: one of them wrote {part} within a fortnight."
    if split is None or metric.kind != "count":
        return (said,)
    rows = [_mean(mended, window) for window in (split.before, split.after)]
    people = (split.value_before, split.value_after)
    return (f"{said} A day there were {_from_to(*rows)} {mended.table} and {_from_to(*people)} {noun}.",)


def _mean(mended: Mended, window: tuple[date, date]) -> float:
    """Rows a day."""
    first, end = (date_to_day(day) - mended.first for day in window)
    return float(mended.rows[max(first, 0) : end].mean())


def _from_to(before: float, after: float) -> str:
    return f"{format_value(before)}, then {format_value(after)}"
