"""Columns and sentences laid out for a terminal: aligned, at most 100 columns wide, no colour."""

import textwrap
from collections.abc import Sequence

__all__ = ["WIDTH", "lay_out", "wrapped"]

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
    return "\n".join(
        textwrap.fill(line, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
        for line in lines
    )


def lay_out(head: Sequence[str], rows: Sequence[Sequence[str]], *, left: int = 1, words: int = 0) -> str:
    """Columns aligned: the first `left` and the last `words` to the left, the others to the right.

    Parameters
    ----------
    head : sequence of str
        Column heads.
    rows : sequence of sequence of str
        Cells, one row each; a line that would pass the width is cut with a dot sign.
    left, words : int
        How many columns, from the first and from the last, hold words.

    Examples
    --------
    >>> print(lay_out(["table", "rows"], [["surveys", "12"], ["tickets", "3456"]]))
    table    rows
    surveys    12
    tickets  3456
    """
    grid = [list(head), *(list(row) for row in rows)]
    widths = [max(len(row[i]) for row in grid) for i in range(len(head))]
    last = len(head) - words
    lines = []
    for row in grid:
        cells = [
            cell.ljust(width) if i < left or i >= last else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        line = "  ".join(cells).rstrip()
        lines.append(line if len(line) <= WIDTH else line[: WIDTH - 1] + "…")
    return "\n".join(lines)
