"""Tables and pages of text for a terminal: aligned, at most 100 columns, no colour."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cxlib import text

if TYPE_CHECKING:
    from cxlib.metrics.frame import MetricFrame

__all__ = ["lay_out", "measured", "wrapped"]

WIDTH = 100


def wrapped(lines: Sequence[str], *, indent: str = "") -> str:
    r"""Sentences, each wrapped to the width.

    Parameters
    ----------
    lines : sequence of str
        One sentence or message each.
    indent : str
        Put before continued lines.

    Examples
    --------
    >>> wrapped(["one", "two"])
    'one\ntwo'
    """
    import textwrap

    return "\n".join(
        textwrap.fill(line, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
        for line in lines
    )


def lay_out(head: Sequence[str], rows: Sequence[Sequence[str]], *, left: int = 1) -> str:
    """Columns aligned: the first `left` ones to the left, the others to the right; the last is cut to fit.

    Parameters
    ----------
    head : sequence of str
        Column heads.
    rows : sequence of sequence of str
        Cells, one row each.
    left : int
        How many columns, from the first, hold words.

    Examples
    --------
    >>> print(lay_out(["table", "rows"], [["surveys", "12"], ["tickets", "3456"]]))
    table    rows
    surveys    12
    tickets  3456
    """
    grid = [list(head), *(list(row) for row in rows)]
    widths = [max(len(row[i]) for row in grid) for i in range(len(head))]
    lines = []
    for row in grid:
        cells = [
            cell.ljust(width) if i < left else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        line = "  ".join(cells).rstrip()
        lines.append(line if len(line) <= WIDTH else line[: WIDTH - 1] + "…")
    return "\n".join(lines)


def measured(frame: "MetricFrame") -> str:
    """A MetricFrame as a table: period, segments, value with unit, 95 % interval, n, status.

    Parameters
    ----------
    frame : MetricFrame
        What `measure` returned.
    """
    by = list(frame.by)
    head = ["metric", "period", *by, "value", "95 % interval", "n", "status"]
    rows = [_measured_row(row, by, frame.unit) for row in frame.table.to_dict(orient="records")]
    return lay_out(head, rows, left=2 + len(by))


def _measured_row(row: "dict[str, object]", by: Sequence[str], units: "object") -> list[str]:
    unit = units[row["metric"]]  # type: ignore[index]  # a mapping of metric to unit
    return [
        str(row["metric"]),
        str(row["period"]),
        *(str(row[column]) for column in by),
        text.format_value(row["value"], unit),  # type: ignore[arg-type]  # the table's own float
        text.format_interval(row["lower"], row["upper"], unit),  # type: ignore[arg-type]  # the same
        text.format_count(row["n"]),  # type: ignore[arg-type]  # the same
        str(row["status"]),
    ]
