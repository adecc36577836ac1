"""What a page shows of the headline: the table, a figure a metric, what could not be computed."""

from collections.abc import Mapping
from typing import Any

from cxlib.reporting.figures import View, figure_view
from cxlib.reporting.headline import Headline
from cxlib.reporting.plots import plot_metric
from cxlib.reporting.releases import release_key
from cxlib.reporting.tables import Cell, html_table
from cxlib.text import escape, format_count, format_interval, format_value, metric_label, unit_of_change

__all__ = ["definitions", "missing", "table", "trends"]

_STATES = {"better": "better", "worse": "worse"}


def table(headline: Headline) -> View:
    """Value, interval, n, change and verdict of every headline metric."""
    rows = [_row(row, headline.unit(str(row["metric"]))) for row in headline.table.to_dict(orient="records")]
    head = ["Metric", "Value", "95 % interval", "n", "Change", "95 % of change", "Verdict", "Status"]
    caption = f"{headline.month.title} against the month before"
    return View(html_table(caption, head, rows), headline.text)


def _row(row: Mapping[Any, Any], unit: str) -> list[Cell]:
    change_unit = unit_of_change(unit)
    verdict = str(row["verdict"])
    numbers = [
        format_value(row["value"], unit),
        format_interval(row["lower"], row["upper"], unit),
        format_count(row["n"]),
        format_value(row["change"], change_unit, signed=True),
        format_interval(row["change_lower"], row["change_upper"], unit),
    ]
    return [
        Cell(metric_label(str(row["metric"]))),
        *(Cell(number, number=True) for number in numbers),
        Cell(verdict, state=_STATES.get(verdict, "wait")),
        Cell(str(row["status"]).replace("_", " ")),
    ]


def trends(headline: Headline) -> View:
    """A figure a metric over thirteen months, with the releases of those months, and their key."""
    sentences = dict(zip(headline.frames, headline.text.splitlines(), strict=True)) if headline.frames else {}
    figures = [_trend(headline, name, sentence) for name, sentence in sentences.items()]
    if not figures:
        return View("<p>No figure: no headline metric could be computed.</p>", "No figure.")
    html = "".join(figure.html for figure in figures) + release_key(headline.releases)
    return View(html, "\n".join(figure.text for figure in figures))


def _trend(headline: Headline, name: str, sentence: str) -> View:
    frame = headline.frames[name]
    marks = " Numbers above the axis are releases." if len(headline.releases) else ""
    return figure_view(
        lambda axes: plot_metric(frame, releases=headline.releases, title=sentence, ax=axes),
        alt=sentence,
        caption=f"{frame.definition[name]} Band: 95 % interval; n: rows that count.{marks}",
        height=3.9,
    )


def missing(headline: Headline) -> View:
    """What could not be computed and why, or that all could be."""
    if not headline.missing:
        return View(
            "<p>Every headline metric could be computed.</p>", "Every headline metric could be computed."
        )
    rows = [[Cell(metric_label(name)), Cell(why, words=True)] for name, why in headline.missing.items()]
    text = "\n".join(f"{metric_label(name)}: {why}" for name, why in headline.missing.items())
    return View(
        html_table("Metrics that the data do not allow", ["Metric", "Why, and what would help"], rows), text
    )


def definitions(headline: Headline) -> View:
    """What each number means: definition, basis, method."""
    items = "".join(
        f"<dt>{escape(metric_label(name))}</dt><dd>{escape(frame.definition[name])} "
        f"Placed in time by {escape(frame.basis[name])}. {escape(frame.method[name])}.</dd>"
        for name, frame in headline.frames.items()
    )
    caveats = "".join(f"<li>{escape(caveat.text)}</li>" for caveat in headline.caveats)
    text = "\n".join(
        f"{metric_label(name)}: {frame.definition[name]}" for name, frame in headline.frames.items()
    )
    return View(f"<dl>{items}</dl>{f'<ul>{caveats}</ul>' if caveats else ''}", text or "No metric.")
