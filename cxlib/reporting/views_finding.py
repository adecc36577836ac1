"""What a page shows of an investigation: answer, figures, suspects, what was ruled out, caveats."""

from collections.abc import Callable, Mapping
from datetime import date
from functools import wraps
from typing import Any

from cxlib.changes.investigation import Investigation
from cxlib.reporting.figures import View, figure_view
from cxlib.reporting.finding import Finding
from cxlib.reporting.plots_changes import plot_breakdown, plot_sends, plot_series, plot_suspects
from cxlib.reporting.tables import Cell, html_table, sentence_html
from cxlib.text import (
    escape,
    format_count,
    format_day,
    format_interval,
    format_probability,
    format_value,
    metric_label,
    plural,
)

__all__ = [
    "answer",
    "caveats",
    "excluded",
    "probabilities",
    "segments",
    "sends",
    "series",
    "split",
    "suspects",
]

_NAN = float("nan")
_MOST_ROWS = 12
_WORTH_A_ROW = 0.01
_WHY = {
    "after_onset": "released after the shift began",
    "out_of_range": "too long before the shift",
    "reverted_before_onset": "taken back before the shift began",
    "out_of_scope": "touches other customers than those who moved",
    "bad_date": "its date cannot be relied upon",
}


def answer(finding: Finding) -> View:
    """The verdict sentence, then what it rests on."""
    lines = "".join(f"<p>{sentence_html(line)}</p>" for line in finding.text.splitlines())
    return View(f'<div class="box answer">{lines}</div>', finding.text)


def _of_investigation(view: Callable[[Investigation], View]) -> Callable[[Finding], View]:
    """A view of an investigation as one of a finding; where nothing was investigated it says so."""

    @wraps(view)
    def shown(finding: Finding) -> View:
        if finding.investigation is None:
            return _sentence("Nothing to show: nothing was investigated, for the reasons above.")
        return view(finding.investigation)

    return shown


def _sentence(text: str) -> View:
    return View(f"<p>{escape(text)}</p>", text)


@_of_investigation
def series(investigation: Investigation) -> View:
    """The metric a day, with its onset and the likeliest releases."""
    caption = (
        "A dot a day, larger with more answers. Blue: what the score would be if each segment had kept its "
        "own usual score and only the audience had changed. Dotted: the likeliest releases."
    )
    first = investigation.sentences[0]
    return figure_view(lambda axes: plot_series(investigation, ax=axes), alt=first, caption=caption)


@_of_investigation
def split(investigation: Investigation) -> View:
    """The two steps from before to after."""
    found = investigation.breakdown
    if found is None:
        return _sentence("There is no split: without an onset there is nothing to compare.")
    before, after = (
        f"{format_day(window[0])} to {format_day(window[1])}" for window in (found.before, found.after)
    )
    words = "".join(f"<p>{escape(line)}</p>" for line in found.text.splitlines())
    figure = figure_view(
        lambda axes: plot_breakdown(found, ax=axes),
        alt=found.text.partition("\n")[0],
        caption=f"Before: {before}. After: {after} (ends not counted). Mix and within sum to the difference.",
        height=3.8,
    )
    return View(words + figure.html, found.text)


@_of_investigation
def segments(investigation: Investigation) -> View:
    """The split by segment."""
    found = investigation.breakdown
    if found is None or not found.to_contract()["segments"]:
        return _sentence("There are no segments to show.")
    unit = investigation.unit
    parts = [part for part in found.to_contract()["segments"] if part["n_before"] or part["n_after"]]
    largest = sorted(parts, key=lambda part: -abs(part["mix"] + part["within"]))[:_MOST_ROWS]
    rows = [_segment(part, unit) for part in sorted(largest, key=lambda part: part["mix"] + part["within"])]
    head = ["Segment", "n before", "n after", "Before", "After", "Mix", "Within"]
    caption = f"{metric_label(investigation.metric)} by {', '.join(found.to_contract()['by'])}; in {unit}"
    left = len(parts) - len(rows)
    more = f"<p>{plural(left, 'smaller segment')} not shown.</p>" if left else ""
    return View(html_table(caption, head, rows) + more, plural(len(parts), "segment"))


def _segment(part: Mapping[str, Any], unit: str) -> list[Cell]:
    numbers = [format_count(part["n_before"]), format_count(part["n_after"])]
    numbers += [_value(part["value_before"], unit), _value(part["value_after"], unit)]
    numbers += [format_value(part[name], unit, signed=True) for name in ("mix", "within")]
    return [Cell(", ".join(part["segment"].values())), *(Cell(number, number=True) for number in numbers)]


def _value(value: float | None, unit: str) -> str:
    return format_value(_NAN if value is None else value, unit)


@_of_investigation
def sends(investigation: Investigation) -> View:
    """Who was asked, day by day."""
    if investigation.sends.empty:
        return _sentence("Not known: the data do not say who was asked (no surveys table with sent_at).")
    days = f"{format_day(investigation.start)} to {format_day(investigation.end)}"
    return figure_view(
        lambda axes: plot_sends(investigation, ax=axes),
        alt=f"Surveys sent a day by segment, {days}.",
        caption="A line a segment; the shaded days are those in which the shift may have begun.",
        height=3.6,
    )


@_of_investigation
def probabilities(investigation: Investigation) -> View:
    """The probability of every hypothesis."""
    found = investigation.suspects
    return figure_view(
        lambda axes: plot_suspects(found, ax=axes),
        alt=found.text.partition("\n")[0],
        caption="Orange: logged changes. Grey, hatched: no change at all, and a cause outside the log.",
        height=0.9 + 0.38 * min(len(found.to_contract()[0]) + 1, 11),
    )


@_of_investigation
def suspects(investigation: Investigation) -> View:
    """The ranked changes and what speaks for them."""
    found = investigation.to_dict()["suspects"]
    likely = [row for row in found if row["hypothesis"] != "change" or row["probability"] >= _WORTH_A_ROW]
    rows = [_suspect(row, investigation.unit) for row in likely[:_MOST_ROWS]]
    head = ["Change", "Title", "Released", "Probability", "Effect", "95 % interval", "Evidence"]
    caption = "Suspects by probability; changes below .01 are left out"
    return View(html_table(caption, head, rows), investigation.suspects.text)


def _suspect(row: Mapping[str, Any], unit: str) -> list[Cell]:
    if row["hypothesis"] != "change":
        name = str(row["hypothesis"]).replace("_", " ")
        blanks = [Cell("—", number=True)] * 2
        probability = Cell(format_probability(row["probability"]), number=True)
        return [Cell(name), Cell("—"), Cell("—"), probability, *blanks, Cell("—")]
    day = date.fromisoformat(str(row["released_at"])[:10])
    low, high = row["interval"] or (_NAN, _NAN)
    tied = f" Tied with {', '.join(row['tied_with'])}." if row["tied_with"] else ""
    return [
        Cell(str(row["change_id"])),
        Cell(str(row["title"]), words=True),
        Cell(format_day(day), whole=True),
        Cell(format_probability(row["probability"]), number=True),
        Cell(_value(row["effect"], unit), number=True),
        Cell(format_interval(low, high, unit), number=True),
        Cell("; ".join(part["text"] for part in row["evidence"]) + tied, words=True),
    ]


@_of_investigation
def excluded(investigation: Investigation) -> View:
    """Changes near the onset that cannot be the cause."""
    if not investigation.excluded:
        return _sentence("No change near the onset had to be ruled out.")
    rows = [
        [
            Cell(item.change_id),
            Cell(format_day(item.released_at), whole=True),
            Cell(_WHY[item.why], words=True),
        ]
        for item in investigation.excluded[:_MOST_ROWS]
    ]
    html = html_table("Changes that cannot be the cause", ["Change", "Released", "Why not"], rows)
    left = len(investigation.excluded) - len(rows)
    more = f"<p>{plural(left, 'further change')} likewise.</p>" if left else ""
    return View(html + more, plural(len(investigation.excluded), "change"))


def caveats(finding: Finding) -> View:
    """What to know before acting on the answer."""
    if not finding.caveats:
        return _sentence("No caveat was recorded.")
    items = "".join(f"<li>{escape(caveat.text)}</li>" for caveat in finding.caveats)
    return View(f"<ul>{items}</ul>", "\n".join(caveat.text for caveat in finding.caveats))
