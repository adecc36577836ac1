"""What the page of one account shows."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

import pandas as pd

from cxlib.personal import mask_personal
from cxlib.reporting.account_page import AccountPage
from cxlib.reporting.figures import View, figure_view
from cxlib.reporting.plots_health import explanation_height, plot_explanation, plot_history
from cxlib.reporting.tables import Cell, html_table, sentence_html
from cxlib.reporting.views_finding import sentence_view
from cxlib.text import escape, format_count, format_day, format_value, metric_label, plural

__all__ = ["answer", "caveats", "facts", "history", "overrides", "records", "score"]

_MOST_ROWS: Final = 12
_HEADS: Final = {
    "at": "When",
    "ticket_id": "Ticket",
    "survey_id": "Survey",
    "interaction_id": "Talk",
}
_NAMES: Final = {"tickets": "ticket", "surveys": "survey answer", "interactions": "interaction"}


def answer(page: AccountPage) -> View:
    """The score, how it came here, and what is expected, in a box."""
    body = "".join(f"<p>{sentence_html(line)}</p>" for line in page.text.splitlines())
    return View(f'<div class="box answer">{body}</div>', page.text)


def facts(page: AccountPage) -> View:
    """Who looks after it, what it is worth, when it renews, how likely it leaves."""
    rows = [[Cell(name), Cell(value, words=True)] for name, value in page.facts.items()]
    text = "\n".join(f"{name}: {value}" for name, value in page.facts.items())
    reason = page.missing.get("forecast")
    more = f"<p>{escape(f'No forecast: {reason}')}</p>" if reason else ""
    if not rows:
        return View(f"<p>The data hold no dates or revenue of it.</p>{more}", "Nothing else is held.")
    return View(html_table(f"{page.account} on {format_day(page.day)}", ["", ""], rows) + more, text)


def history(page: AccountPage) -> View:
    """The score month by month."""
    past = page.history
    if past is None:
        return sentence_view(f"No months to look back on: {page.missing['history']}")
    return figure_view(
        lambda axes: plot_history(past, ax=axes),
        alt=past.text,
        caption="Each dot is the score as it was known at the beginning of that month; hollow: too little "
        "was known for a band. References are those of the first month.",
    )


def score(page: AccountPage) -> View:
    """What each metric adds or takes, as a figure and as a table with the values."""
    told = page.explanation
    figure = figure_view(
        lambda axes: plot_explanation(told, ax=axes),
        alt=told.text.partition("\n")[0],
        caption="Bars begin at the score of the average account; they sum to the score. Hollow: no data.",
        height=explanation_height(told),
    )
    rows = [_metric(row, page.units[str(row["metric"])]) for row in told.table.to_dict("records")]
    head = ["Metric", "Value", "Rows", "Newest", "Weight", "Adds (points)"]
    caption = "What the score is made of, the largest part first"
    return View(figure.html + html_table(caption, head, rows), told.text)


def _metric(row: Mapping[Any, Any], unit: str) -> list[Cell]:
    adds = format_value(row["contribution"], "points", signed=True).removesuffix(" points")
    figures = [
        format_value(row["value"], unit),
        format_count(row["n"]),
        format_value(row["age_days"], "days"),
        format_value(100 * row["weight"], "%"),
        adds if row["status"] == "ok" else str(row["status"]).replace("_", " "),
    ]
    return [Cell(metric_label(row["metric"])), *(Cell(figure, number=True) for figure in figures)]


def records(name: str) -> Callable[[AccountPage], View]:
    """The view of one table of the account: its latest rows.

    Parameters
    ----------
    name : str
        tickets, surveys or interactions.
    """

    def shown(page: AccountPage) -> View:
        rows = page.records.get(name)
        if rows is None:
            return sentence_view(f"The data hold no {name}.")
        if not len(rows):
            return sentence_view(f"No {_NAMES[name]} of {page.account}.")
        latest = rows.head(_MOST_ROWS)
        cells = [[_cell(value) for value in row.values()] for row in latest.to_dict("records")]
        head = [_HEADS.get(str(column), str(column).capitalize()) for column in rows.columns]
        caption = f"The latest of {plural(len(rows), _NAMES[name])}"
        return View(html_table(caption, head, cells), f"{caption}.")

    return shown


def _cell(value: Any) -> Cell:  # noqa: ANN401 - whatever a table holds
    if pd.isna(value):
        return Cell("—", whole=True)
    if isinstance(value, datetime):
        return Cell(format_day(value), whole=True)
    if isinstance(value, float):
        return Cell(format_count(value), number=True)
    return Cell(mask_personal(str(value), numbers="keep").replace("_", " "))


def overrides(page: AccountPage) -> View:
    """What people said of it, in force or not."""
    if not len(page.overrides):
        return sentence_view(f"Nobody overrode the band of {page.account}.")
    rows = [
        [
            Cell(format_day(row["set_at"]), whole=True),
            Cell(str(row["band"]).replace("_", " "), words=True),
            Cell(str(row["status"]), state="better" if row["status"] == "active" else "wait"),
            Cell(format_day(row["expires_at"]), whole=True),
            Cell(str(row["author"])),
            Cell(mask_personal(str(row["reason"])), words=True),
        ]
        for row in page.overrides.to_dict("records")
    ]
    head = ["Set on", "Band", "Status", "Until", "Who", "Why"]
    caption = f"Overrides of {page.account}: evidence beside the score, which never sees them"
    return View(html_table(caption, head, rows), f"{plural(len(rows), 'override')}.")


def caveats(page: AccountPage) -> View:
    """What to know before acting."""
    if not page.caveats:
        return sentence_view("No caveat was recorded.")
    items = "".join(f"<li>{escape(caveat.text)}</li>" for caveat in page.caveats)
    return View(f"<ul>{items}</ul>", "\n".join(caveat.text for caveat in page.caveats))
