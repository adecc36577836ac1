"""What a page shows of the two windows compared: the split, who was asked, who answered, who wrote."""

from collections.abc import Mapping
from typing import Any

from cxlib.changes.breakdown import Breakdown
from cxlib.changes.investigation import Investigation
from cxlib.changes.sentences import BALANCE
from cxlib.reporting.figures import View, figure_view
from cxlib.reporting.plots_changes import plot_sends
from cxlib.reporting.plots_split import (
    asked_segments,
    balance_pairs,
    plot_asked,
    plot_balance,
    plot_breakdown,
)
from cxlib.reporting.tables import Cell, html_table
from cxlib.reporting.views_finding import sentence_view
from cxlib.text import (
    escape,
    format_count,
    format_day,
    format_interval,
    format_value,
    metric_label,
    plural,
    unit_of_change,
)

__all__ = ["asked", "authors", "balance", "segments", "sends", "split"]

_NAN = float("nan")
_MOST_ROWS = 12
_NO_SPLIT = "There is no split: without an onset there is nothing to compare."


def split(investigation: Investigation) -> View:
    """The steps from before to after, and their table."""
    found = investigation.breakdown
    if found is None:
        return sentence_view(_NO_SPLIT)
    words = "".join(f"<p>{escape(line)}</p>" for line in found.text.splitlines()[1:])
    figure = figure_view(
        lambda axes: plot_breakdown(found, ax=axes),
        alt=found.text.partition("\n")[0],
        caption=f"Before: {_span(found.before)}. After: {_span(found.after)} (ends not counted). "
        "The steps sum to the difference.",
        height=3.8,
    )
    return View(words + figure.html + _parts(found), found.text)


def _span(window: tuple[Any, Any]) -> str:
    return f"{format_day(window[0])} to {format_day(window[1])}"


def _parts(found: Breakdown) -> str:
    """Every part of the difference with its interval where it has one."""
    unit, cut = unit_of_change(found.unit), found.cut
    rows = [
        _part("Before", found.value_before, found.unit, None),
        _part("Mix: who was counted", found.mix, unit, cut.mix_interval),
        _part("Within: how they fared", found.within, unit, cut.within_interval),
        _part("After", found.value_after, found.unit, None),
    ]
    if not cut.mix.any():
        del rows[1]
    if cut.factors is not None:
        names = ("of the mix: who there was", "of the mix: who was asked", "of the mix: who answered")
        rows[2:2] = [_part(name, part, unit, None) for name, part in zip(names, cut.factors, strict=True)]
    caption = f"{metric_label(found.metric)} before and after, and what lies between, in {found.unit}"
    return html_table(caption, ["Part", "Value", "95 % interval"], rows)


def _part(name: str, value: float, unit: str, interval: tuple[float, float] | None) -> list[Cell]:
    signed = name not in {"Before", "After"}
    low, high = interval or (_NAN, _NAN)
    numbers = [format_value(value, unit, signed=signed), format_interval(low, high, unit)]
    return [Cell(name), *(Cell(number, number=True) for number in numbers)]


def segments(investigation: Investigation) -> View:
    """The split by segment."""
    found = investigation.breakdown
    if found is None or not found.cut.by:
        return sentence_view("There are no segments to show.")
    unit, has_mix = investigation.unit, bool(found.cut.mix.any())
    parts = [part for part in found.cut.rows() if part["n_before"] or part["n_after"]]
    largest = sorted(parts, key=lambda part: -abs(part["mix"] + part["within"]))[:_MOST_ROWS]
    rows = [
        _segment(part, unit, has_mix=has_mix)
        for part in sorted(largest, key=lambda part: part["mix"] + part["within"])
    ]
    head = [
        "Segment",
        "n before",
        "n after",
        "Before",
        "After",
        *(["Mix", "Within"] if has_mix else ["Part"]),
    ]
    caption = f"{metric_label(investigation.metric)} by {', '.join(found.cut.by)}; in {unit}"
    left = len(parts) - len(rows)
    more = f"<p>{plural(left, 'smaller segment')} not shown.</p>" if left else ""
    return View(html_table(caption, head, rows) + more, plural(len(parts), "segment"))


def _segment(part: Mapping[str, Any], unit: str, *, has_mix: bool) -> list[Cell]:
    numbers = [format_count(part["n_before"]), format_count(part["n_after"])]
    numbers += [_value(part["value_before"], unit), _value(part["value_after"], unit)]
    change = unit_of_change(unit)
    names = ("mix", "within") if has_mix else ("within",)
    numbers += [format_value(part[name], change, signed=True) for name in names]
    return [Cell(", ".join(part["segment"].values())), *(Cell(number, number=True) for number in numbers)]


def _value(value: float | None, unit: str) -> str:
    return format_value(_NAN if value is None else value, unit)


def asked(investigation: Investigation) -> View:
    """Surveys sent a day and answered in each segment, before and after."""
    found = investigation.breakdown
    pairs = asked_segments(found) if found is not None else []
    if found is None or not pairs:
        return sends(investigation)
    name, before, after = max(pairs, key=lambda pair: abs(pair[2] - pair[1]))
    said = f"{name}: {format_value(before)} surveys sent a day before, {format_value(after)} after."
    figure = figure_view(
        lambda axes: plot_asked(found, ax=axes),
        alt=said,
        caption=f"Before: {_span(found.before)}. After: {_span(found.after)}.",
        height=1.4 + 0.5 * min(len(pairs), 8),
    )
    rows = [
        _asked(part)
        for part in sorted(found.cut.rows(), key=lambda part: -(part["asked_per_day_before"] or 0))
        if part["asked_per_day_before"] or part["asked_per_day_after"]
    ]
    head = ["Segment", "Sent a day, before", "Sent a day, after", "Answered, before", "Answered, after"]
    left = len(rows) - _MOST_ROWS
    more = f"<p>{plural(left, 'smaller segment')} not shown.</p>" if left > 0 else ""
    table = html_table(f"Surveys sent and answered by {', '.join(found.cut.by)}", head, rows[:_MOST_ROWS])
    return View(figure.html + table + more + sends(investigation).html, said)


def _asked(part: Mapping[str, Any]) -> list[Cell]:
    numbers = [_value(part[f"asked_per_day_{side}"], "") for side in ("before", "after")]
    shares = [part[f"response_rate_{side}"] for side in ("before", "after")]
    numbers += [format_value(_NAN if share is None else 100 * share, "%") for share in shares]
    return [Cell(", ".join(part["segment"].values())), *(Cell(number, number=True) for number in numbers)]


def sends(investigation: Investigation) -> View:
    """Who was asked, day by day."""
    if investigation.sends.empty:
        return sentence_view("Nobody was asked for these rows, or the data do not say who (no sent_at).")
    return figure_view(
        lambda axes: plot_sends(investigation, ax=axes),
        alt=f"Surveys sent a day by segment, {_span((investigation.start, investigation.end))}.",
        caption="A line a segment; the shaded days are those in which the shift may have begun.",
        height=3.6,
    )


def balance(investigation: Investigation) -> View:
    """Whether unhappy answers rose or happy ones fell."""
    found = investigation.breakdown
    if found is None or found.balance is None:
        return sentence_view("Nothing to show: there are no happy and unhappy answers to count here.")
    said = BALANCE[found.balance.kind]
    figure = figure_view(
        lambda axes: plot_balance(found, ax=axes),
        alt=said,
        caption="Counts, not shares: the share of unhappy answers also rises when happy people fall silent.",
        height=2.4,
    )
    rows = [
        [Cell(name), *(Cell(format_value(count), number=True) for count in counts)]
        for name, *counts in balance_pairs(found)
    ]
    return View(figure.html + html_table("Answers a day", ["Answers", "Before", "After"], rows), said)


def authors(investigation: Investigation) -> View:
    """How many different customers are behind the rows, and how much the most frequent of them wrote."""
    found, pair = investigation.breakdown, investigation.authors
    if found is None or pair is None:
        return sentence_view("Not known: the rows do not say which customer they are from.")
    rows = [
        [
            Cell(f"{name}: {_span(window)}"),
            Cell(format_count(side.rows), number=True),
            Cell(format_count(side.customers), number=True),
            Cell(format_value(100 * side.top_share, "%"), number=True),
        ]
        for name, window, side in zip(("Before", "After"), (found.before, found.after), pair, strict=True)
    ]
    head = ["Window", "Rows", "Different customers", "Share of the most frequent"]
    said = "More rows from no more customers are the voice of a few."
    return View(html_table("Who the rows are from", head, rows) + f"<p>{said}</p>", said)
