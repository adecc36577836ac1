"""Columns and sentences laid out for a terminal: aligned, at most 100 columns wide, no colour."""

import re
import textwrap
from collections.abc import Sequence

__all__ = ["WIDTH", "held_together", "lay_out", "wrapped"]

WIDTH = 100
_LEAST = 8
_HELD = "\u00a0"
_PROBABILITY = re.compile(r"\bp [<>=] \.\d\d|\d %")


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
        textwrap.fill(
            held_together(line),
            WIDTH,
            subsequent_indent=indent,
            break_long_words=False,
            break_on_hyphens=False,
        ).replace(_HELD, " ")
        for line in lines
    )


def held_together(text: str) -> str:
    r"""Text in which a probability or percentage is not broken over two lines: its spaces do not break.

    Examples
    --------
    >>> held_together("so (p > .99)") == "so (p\u00a0>\u00a0.99)"
    True
    """
    return _PROBABILITY.sub(lambda found: found.group().replace(" ", _HELD), text)


def lay_out(head: Sequence[str], rows: Sequence[Sequence[str]], *, left: int = 1, words: int = 0) -> str:
    """Columns aligned: the first `left` and the last `words` to the left, the others to the right.

    Parameters
    ----------
    head : sequence of str
        Column heads.
    rows : sequence of sequence of str
        Cells, one row each; where a line would pass the width, the widest columns of words are cut with an
        ellipsis, never the figures.
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
    _narrow(widths, [i for i in range(len(head)) if i < left or i >= last])
    lines = []
    for row in grid:
        cells = [
            _cut(cell, width).ljust(width) if i < left or i >= last else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append(_cut("  ".join(cells).rstrip(), WIDTH))
    return "\n".join(lines)


def _narrow(widths: list[int], of_words: Sequence[int]) -> None:
    """Take from the widest columns of words what passes the width of a line."""
    too_much = sum(widths) + 2 * (len(widths) - 1) - WIDTH
    for _ in range(too_much):
        widest = max(of_words, key=lambda i: widths[i])
        if widths[widest] <= _LEAST:
            return
        widths[widest] -= 1


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"
