"""One page of HTML that needs nothing but itself: no script, no request, fit for keyboard and paper."""

from collections.abc import Mapping, Sequence
from importlib import resources
from typing import TYPE_CHECKING

from cxlib.reporting.accessible import Heading, Mended, mend
from cxlib.reporting.sanitise import CONTENT_SECURITY_POLICY, sanitise
from cxlib.text import escape

if TYPE_CHECKING:
    from nbformat import NotebookNode

__all__ = ["contents", "notebook_body", "render_page"]


def notebook_body(notebook: str) -> Mended:
    """Outputs and prose of an executed notebook as an inert, mended fragment; code and stderr are left out.

    Parameters
    ----------
    notebook : str
        The text of an executed ``.ipynb``.

    Examples
    --------
    >>> import json
    >>> cell = {"cell_type": "markdown", "source": "# Overview" + chr(10) + "Read *this*.", "metadata": {}}
    >>> text = json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 4})
    >>> body = notebook_body(text)
    >>> body.title, "<em>this</em>" in body.html
    ('Overview', True)
    """
    import nbformat  # only here: the run that orders the pages needs neither, and both load slowly
    from nbconvert import HTMLExporter

    exporter = HTMLExporter(  # type: ignore[no-untyped-call]  # nbconvert has no types
        template_name="basic",
        sanitize_html=True,
        filters={"clean_html": sanitise},
        mathjax_url="",
        require_js_url="",
        exclude_input=True,
        exclude_input_prompt=True,
        exclude_output_prompt=True,
        exclude_anchor_links=True,
    )
    read = nbformat.reads(notebook, as_version=4)  # type: ignore[no-untyped-call]  # the same
    html, _ = exporter.from_notebook_node(_readable(read))
    return mend(sanitise(html))


def _readable(notebook: "NotebookNode") -> "NotebookNode":
    """The notebook without code cells that show nothing, and without what went to stderr."""
    cells = []
    for cell in notebook.cells:
        if cell.cell_type != "code":
            cells.append(cell)
            continue
        outputs = [output for output in cell.outputs if output.get("name") != "stderr"]
        if outputs:
            cells.append(type(cell)({**cell, "outputs": outputs}))
    return type(notebook)({**notebook, "cells": cells})


def render_page(
    body: str,
    *,
    title: str,
    kicker: str,
    headings: Sequence[Heading] = (),
    pages: Mapping[str, str] | None = None,
    here: str = "",
    footer: str = "",
) -> str:
    """A whole page round an inert body.

    Parameters
    ----------
    body : str
        Sanitised HTML with headings from `h2` down.
    title : str
        The one `h1`.
    kicker : str
        The line above the title, such as the month.
    headings : sequence of Heading
        What the table of contents lists; fewer than three are not listed.
    pages : mapping of str to str or None
        File name to title of the report's pages.
    here : str
        File name of this page.
    footer : str
        One sentence of text.

    Returns
    -------
    str
        A document with its policy, style and landmarks inside.

    Examples
    --------
    >>> page = render_page("<p>So.</p>", title="Over <b>view</b>", kicker="February 2020")
    >>> "<h1>Over &lt;b&gt;view&lt;/b&gt;</h1>" in page, "<script" in page
    (True, False)
    """
    style = resources.files("cxlib.reporting").joinpath("page.css").read_text(encoding="utf-8")
    return "".join(
        [
            '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n',
            f'<meta http-equiv="Content-Security-Policy" content="{escape(CONTENT_SECURITY_POLICY)}">\n',
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n',
            '<meta name="referrer" content="no-referrer">\n',
            f"<title>{escape(title)} · {escape(kicker)}</title>\n<style>\n{style}</style>\n</head>\n<body>\n",
            f"<header><p>{escape(kicker)}</p><h1>{escape(title)}</h1></header>\n",
            _pages(pages or {}, here),
            f"<main>\n{_with_contents(body, headings)}\n</main>\n",
            f"<footer><p>{escape(footer)}</p></footer>\n" if footer else "",
            "</body>\n</html>\n",
        ]
    )


def _with_contents(body: str, headings: Sequence[Heading]) -> str:
    """The table of contents before the first section, so that what stands above it is seen first."""
    first, mark, rest = body.partition("<h2")
    return f"{first}{contents(headings)}{mark}{rest}"


def _pages(pages: Mapping[str, str], here: str) -> str:
    if not pages:
        return ""
    links = "".join(
        f'<li><a href="{escape(name)}" aria-current="page">{escape(title)}</a></li>'
        if name == here
        else f'<li><a href="{escape(name)}">{escape(title)}</a></li>'
        for name, title in pages.items()
    )
    return f'<nav class="pages" aria-label="Pages of this report"><ul>{links}</ul></nav>\n'


def contents(headings: Sequence[Heading]) -> str:
    """The table of contents; empty for fewer than three headings.

    Parameters
    ----------
    headings : sequence of Heading
        Of the page, in order.
    """
    if len(headings) < 3:
        return ""
    lines = "".join(
        f'<li{_deeper(heading)}><a href="#{escape(heading.name)}">{escape(heading.text)}</a></li>'
        for heading in headings
        if heading.level <= 3
    )
    return f'<nav class="contents" aria-label="On this page"><p>On this page</p><ul>{lines}</ul></nav>\n'


def _deeper(heading: Heading) -> str:
    return ' class="deeper"' if heading.level > 2 else ""
