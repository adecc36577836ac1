"""A figure inside a page: an image with alt text that says the finding, and a caption."""

import base64
import io
from collections.abc import Callable
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from cxlib.reporting.style import styled
from cxlib.text import escape

__all__ = ["View", "figure_view"]

_DOTS = 150
_COLOURS = 128


@dataclass(frozen=True, slots=True, repr=False)
class View:
    """One aspect of a result, ready to be shown: HTML for a page, text where there is none.

    Parameters
    ----------
    html : str
        Escaped, without script or outside request.
    text : str
        The same in words.
    """

    html: str
    text: str

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return self.html


def _small(image: io.BytesIO) -> bytes:
    """The same picture in a palette: a third of the bytes, so that a page of twelve figures stays light."""
    small = io.BytesIO()
    Image.open(image).convert("RGB").quantize(colors=_COLOURS).save(small, format="png", optimize=True)
    return small.getvalue()


def figure_view(
    draw: Callable[[Axes], object], *, alt: str, caption: str = "", height: float = 4.6, width: float = 9.0
) -> View:
    """Draw a figure of its own and wrap it for a page; nothing global is touched.

    Parameters
    ----------
    draw : callable
        Draws on the axes that it is given.
    alt : str
        The finding, for those who do not see the figure.
    caption : str
        What is drawn, for everyone.
    height, width : float
        Inches.

    Returns
    -------
    View
        The same call gives the same bytes.
    """
    with styled():
        figure = Figure(figsize=(width, height), layout="constrained")
        FigureCanvasAgg(figure)
        draw(figure.add_subplot())
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", dpi=_DOTS, metadata={"Software": None})
    source = base64.b64encode(_small(buffer)).decode("ascii")
    image = f'<img alt="{escape(alt)}" src="data:image/png;base64,{source}" width="{round(width * 100)}">'
    words = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
    return View(f"<figure>{image}{words}</figure>", alt)
