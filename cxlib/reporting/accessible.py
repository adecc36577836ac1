"""Mend sanitised HTML so that it can be read aloud, by keyboard and on a narrow screen."""

import re
from dataclasses import dataclass
from html.parser import HTMLParser

from cxlib.text import escape

__all__ = ["Heading", "Mended", "mend"]

_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
_BOX = '<div class="scroll" tabindex="0" role="region" aria-label="{label}">'


@dataclass(frozen=True, slots=True)
class Heading:
    """One entry of a table of contents.

    Parameters
    ----------
    level : int
        2 or deeper.
    name : str
        Its id on the page.
    text : str
        What it says, not escaped.
    """

    level: int
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Mended:
    """A fragment without its first `h1`, which is the title, and the headings that are left."""

    html: str
    title: str
    headings: tuple[Heading, ...]


class _Rewriter(HTMLParser):
    """Writes what it reads, with ids, scopes, alt texts and scrolling boxes added."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.out: list[str] = []
        self.title = ""
        self.headings: list[Heading] = []
        self._level = 1
        self._open: tuple[int, int] | None = None  # new level and where in `out` the open heading starts
        self._head = False
        self._images = 0
        self._box = 0  # where in `out` the box of the table being read starts

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag in _HEADINGS:
            self._level = 1 if not self.title else max(2, min(int(tag[1]), self._level + 1))
            self._open = (self._level, len(self.out))
            return
        if tag == "thead":
            self._head = True
        elif tag == "th":
            values.setdefault("scope", "col" if self._head else "row")
        elif tag == "img":
            self._images += 1
            values["alt"] = values.get("alt", "").strip() or f"Figure {self._images} of this page"
        elif tag == "table":
            self._box = len(self.out)
            self.out.append(_BOX.format(label="Table"))
        self.out.append(_start(tag, values))

    def handle_endtag(self, tag: str) -> None:
        if tag in _HEADINGS and self._open:
            self._close_heading(*self._open)
            self._open = None
            return
        if tag == "thead":
            self._head = False
        elif tag == "caption":
            self.out[self._box] = _BOX.format(label=escape(_plain("".join(self.out[self._box + 2 :]))))
        self.out.append(f"</{tag}>")
        if tag == "table":
            self.out.append("</div>")

    def handle_data(self, data: str) -> None:
        self.out.append(data)

    def handle_entityref(self, name: str) -> None:
        self.out.append(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.out.append(f"&#{name};")

    def _close_heading(self, level: int, start: int) -> None:
        inner = "".join(self.out[start:])
        del self.out[start:]
        words = _plain(inner)
        if level == 1:
            self.title = words or "Report"
            return
        name = f"s{len(self.headings) + 1}-{re.sub(r'[^a-z0-9]+', '-', words.lower()).strip('-')[:50]}"
        self.headings.append(Heading(level, name, words))
        self.out.append(f'<h{level} id="{escape(name)}">{inner}</h{level}>')


class _Text(HTMLParser):
    """Collects the text alone."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def _plain(html: str) -> str:
    reader = _Text()
    reader.feed(html)
    reader.close()
    return " ".join("".join(reader.words).split())


def _start(tag: str, values: dict[str, str]) -> str:
    written = "".join(f' {name}="{escape(value)}"' for name, value in values.items())
    return f"<{tag}{written}>"


def mend(html: str) -> Mended:
    """Take the title out of a sanitised fragment, and mend headings, tables and images.

    The first heading is the title. Every further heading becomes at least `h2`, no level is skipped, each has
    an id. Header cells get a scope, tables a box that scrolls by keyboard, images without alt text a
    neutral one.

    Parameters
    ----------
    html : str
        What `sanitise` returned.

    Examples
    --------
    >>> mended = mend("<h1>Overview</h1><p>So.</p><h4>Trust &amp; data</h4>")
    >>> mended.title, mended.html
    ('Overview', '<p>So.</p><h2 id="s1-trust-data">Trust &amp; data</h2>')
    """
    writer = _Rewriter()
    writer.feed(html)
    writer.close()
    return Mended("".join(writer.out), writer.title or "Report", tuple(writer.headings))
