"""Tables of HTML as people and screen readers expect them: caption, scoped heads, numbers to the right."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from cxlib.reporting.layout import held_together
from cxlib.text import escape

__all__ = ["Cell", "folded_table", "html_table", "sentence_html"]


_ID = re.compile(r"\b[A-Za-z]{1,8}-\d{1,8}\b|\b\d{1,3}(?:\u2009\d{3})+\b")


def sentence_html(sentence: str) -> str:
    """A sentence as HTML; an id such as A-7, or a number with thin spaces, is not broken over two lines.

    Examples
    --------
    >>> sentence_html("A-7 <did> it")
    '<span class="id">A-7</span> &lt;did&gt; it'
    """
    return _ID.sub(lambda found: f'<span class="id">{found.group()}</span>', escape(held_together(sentence)))


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell.

    Parameters
    ----------
    text : str
        Worded value, not escaped.
    number : bool
        Set to the right.
    state : str
        Class of its words: better, worse or wait; empty for none.
    words : bool
        A sentence: it may wrap, but not to a thread.
    whole : bool
        Never broken: a day, a name.
    """

    text: str
    number: bool = False
    state: str = ""
    words: bool = False
    whole: bool = False


def html_table(caption: str, head: Sequence[str], rows: Sequence[Sequence[Cell]]) -> str:
    """A table whose first column names the row.

    Parameters
    ----------
    caption : str
        What it shows, in a sentence.
    head : sequence of str
        Column heads.
    rows : sequence of sequence of Cell
        As many cells a row as heads; the first is the row's head.

    Examples
    --------
    >>> html = html_table("Rows", ["Table", "Used"], [[Cell("a<b"), Cell("3", number=True)]])
    >>> '<tr><th scope="row">a&lt;b</th><td class="number">3</td></tr>' in html
    True
    """
    numbers = [bool(rows) and all(row[i].number for row in rows) for i in range(len(head))]
    heads = "".join(
        f'<th scope="col"{_class(number)}>{escape(name)}</th>'
        for name, number in zip(head, numbers, strict=True)
    )
    body = "".join(
        f'<tr><th scope="row">{_inner(first)}</th>{"".join(map(_cell, rest))}</tr>' for first, *rest in rows
    )
    top = f"<caption>{escape(caption)}</caption><thead><tr>{heads}</tr></thead>"
    return f"<table>{top}<tbody>{body}</tbody></table>"


def folded_table(summary: str, table: str, *, printed: bool = False) -> str:
    """A table that is opened by a click, for those who want the figures behind a picture.

    Parameters
    ----------
    summary : str
        What is inside.
    table : str
        What `html_table` returned.
    printed : bool
        Opened on paper, where nobody can click.
    """
    kind = ' class="printed"' if printed else ""
    return f"<details{kind}><summary>{escape(summary)}</summary>{table}</details>"


def _class(number: bool) -> str:  # noqa: FBT001 - the cell's own flag
    return ' class="number"' if number else ""


def _cell(cell: Cell) -> str:
    kind = "number" if cell.number else "words" if cell.words else "whole" if cell.whole else ""
    return f'<td class="{kind}">{_inner(cell)}</td>' if kind else f"<td>{_inner(cell)}</td>"


def _inner(cell: Cell) -> str:
    text = escape(cell.text)
    return f'<span class="{escape(cell.state)}">{text}</span>' if cell.state else text
