"""What a page shows of an investigation first and last: answer, series, the check on calm days, caveats."""

from datetime import date
from typing import Any

from cxlib.changes.investigation import Investigation
from cxlib.changes.sentences import placebo_text
from cxlib.reporting.figures import View, figure_view
from cxlib.reporting.plots_changes import logged_in_view, plot_series
from cxlib.reporting.releases import release_key
from cxlib.reporting.tables import Cell, folded_table, html_table, sentence_html
from cxlib.text import escape, format_count, format_day, format_value, metric_label

__all__ = ["answer", "caveats", "details", "placebo", "sentence_view", "series"]


def sentence_view(text: str) -> View:
    """A sentence in place of a figure or table."""
    return View(f"<p>{escape(text)}</p>", text)


def answer(investigation: Investigation) -> View:
    """The verdict in a box: the sentence, how it came about, what to look at next, what would change it."""
    words = investigation.words
    parts = [f"<p>{sentence_html(words.answer[0])}</p>", f"<p>{sentence_html(words.plain)}</p>"]
    for head, lines in (("Look next", words.next_steps), ("What would change this verdict", words.doubts)):
        parts.append(f"<p><strong>{head}.</strong> {sentence_html(' '.join(lines))}</p>")
    return View(f'<div class="box answer">{"".join(parts)}</div>', "\n".join(words.lines[:4]))


def details(investigation: Investigation) -> View:
    """What the verdict rests on."""
    lines = investigation.words.answer[1:]
    items = "".join(f"<li>{sentence_html(line)}</li>" for line in lines)
    return View(f"<ul>{items}</ul>", "\n".join(lines))


def series(investigation: Investigation) -> View:
    """The metric a day, with its onset, every logged change and the likeliest ones by name."""
    marked = logged_in_view(investigation)
    split = bool(investigation.series["mix"].notna().any())
    caption = "A dot a day, larger with more rows."
    if split:
        caption += (
            " Blue: what the value would be if each segment had kept its own usual value and only the "
            "audience had changed."
        )
    caption += " Numbers above: logged changes, see the key. Dotted: the likeliest of them."
    first = investigation.words.answer[0]
    figure = figure_view(lambda axes: plot_series(investigation, ax=axes), alt=first, caption=caption)
    return View(figure.html + release_key(marked) + _days(investigation, split=split), figure.text)


def _days(investigation: Investigation, *, split: bool) -> str:
    """The days behind the figure, folded."""
    unit = investigation.unit
    days = investigation.series[investigation.series["n"] > 0]
    inside = days[(days["date"] >= investigation.start) & (days["date"] < investigation.end)]
    rows = [_day(row, unit, split=split) for row in inside.to_dict(orient="records")]
    head = ["Day", "Rows", "Value", *(["By audience", "By service"] if split else [])]
    return folded_table(
        f"The days as a table ({format_count(len(rows))})",
        html_table(f"{metric_label(investigation.metric)} a day, in {unit}", head, rows),
    )


def _day(row: dict[Any, Any], unit: str, *, split: bool) -> list[Cell]:
    moment: date = row["date"]
    numbers = [format_count(row["n"]), format_value(row["value"], unit)]
    numbers += (
        [format_value(row["mix"], unit), format_value(row["within"], unit, signed=True)] if split else []
    )
    return [Cell(format_day(moment), whole=True), *(Cell(number, number=True) for number in numbers)]


def placebo(investigation: Investigation) -> View:
    """The same search on calm days."""
    return sentence_view(placebo_text(investigation.placebo))


def caveats(investigation: Investigation) -> View:
    """What to know before acting on the answer."""
    if not investigation.caveats:
        return sentence_view("No caveat was recorded.")
    items = "".join(f"<li>{escape(caveat.text)}</li>" for caveat in investigation.caveats)
    return View(f"<ul>{items}</ul>", "\n".join(caveat.text for caveat in investigation.caveats))
