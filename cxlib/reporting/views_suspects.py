"""What a page shows of the change log: probabilities, evidence, explanations, and what was ruled out."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from cxlib.changes.investigation import Investigation
from cxlib.changes.sentences import explanation
from cxlib.changes.wording import WHY_EXCLUDED
from cxlib.reporting.figures import View, figure_view
from cxlib.reporting.plots_changes import plot_suspects, suspects_height
from cxlib.reporting.tables import Cell, html_table, sentence_html
from cxlib.reporting.views_finding import sentence_view
from cxlib.text import format_day, format_interval, format_probability, format_value, plural, unit_of_change

__all__ = ["excluded", "explained", "probabilities", "suspects"]

_NAN = float("nan")
_MOST_ROWS = 12
_MOST_EXPLAINED = 3
_WORTH_A_ROW = 0.01
_WORTH_WORDS = 0.05


def probabilities(investigation: Investigation) -> View:
    """The probability of every hypothesis."""
    found = investigation.suspects
    return figure_view(
        lambda axes: plot_suspects(found, ax=axes),
        alt=found.text.partition("\n")[0],
        caption="Orange: logged changes. Grey, hatched: no change at all, and a cause outside the log.",
        height=suspects_height(found),
    )


def suspects(investigation: Investigation) -> View:
    """The ranked changes and what speaks for them."""
    found = investigation.to_dict()["suspects"]
    likely = [row for row in found if row["hypothesis"] != "change" or row["probability"] >= _WORTH_A_ROW]
    rows = [_suspect(row, unit_of_change(investigation.unit)) for row in likely[:_MOST_ROWS]]
    head = ["Change", "Title", "Released", "Probability", "Effect [95 %]", "Evidence"]
    caption = "Suspects by probability; changes below .01 are left out"
    return View(html_table(caption, head, rows), investigation.suspects.text)


def _suspect(row: Mapping[str, Any], unit: str) -> list[Cell]:
    if row["hypothesis"] != "change":
        name = str(row["hypothesis"]).replace("_", " ")
        probability = Cell(format_probability(row["probability"]), number=True)
        return [Cell(name), Cell("—"), Cell("—"), probability, Cell("—", number=True), Cell("—")]
    day = date.fromisoformat(str(row["released_at"])[:10])
    low, high = row["interval"] or (_NAN, _NAN)
    evidence = [part["text"] for part in row["evidence"]]
    evidence += [f"tied with {', '.join(row['tied_with'])}"] if row["tied_with"] else []
    effect = format_value(_NAN if row["effect"] is None else row["effect"], unit, signed=True)
    return [
        Cell(str(row["change_id"])),
        Cell(str(row["title"]), words=True),
        Cell(format_day(day), whole=True),
        Cell(format_probability(row["probability"]), number=True),
        Cell(f"{effect} {format_interval(low, high, unit)}", number=True),
        Cell("; ".join(evidence), words=True),
    ]


def explained(investigation: Investigation) -> View:
    """Why the change that was asked about, or each of the likeliest, is or is not the cause."""
    said = [investigation.words.explained] if investigation.words.explained else _of_likeliest(investigation)
    if not said:
        return sentence_view("No logged change is likely enough to be explained.")
    html = "".join(
        f"<p><strong>{sentence_html(first)}</strong></p>"
        f"<ul>{''.join(f'<li>{sentence_html(line)}</li>' for line in rest)}</ul>"
        for first, *rest in said
    )
    return View(html, "\n".join(line for lines in said for line in lines))


def _of_likeliest(investigation: Investigation) -> list[tuple[str, ...]]:
    unit = unit_of_change(investigation.unit)
    likely = [item for item in investigation.suspects.ranked if item.probability >= _WORTH_WORDS]
    return [
        explanation(item.change, investigation.suspects, investigation.excluded, unit)
        for item in likely[:_MOST_EXPLAINED]
    ]


def excluded(investigation: Investigation) -> View:
    """Changes near the onset that cannot be the cause."""
    if not investigation.excluded:
        return sentence_view("No change near the onset had to be ruled out.")
    titles = {change.change_id: change.title for change in investigation.log}
    rows = [
        [
            Cell(item.change_id),
            Cell(titles.get(item.change_id, "—"), words=True),
            Cell(format_day(item.released_at), whole=True),
            Cell(WHY_EXCLUDED[item.why], words=True),
        ]
        for item in investigation.excluded[:_MOST_ROWS]
    ]
    head = ["Change", "Title", "Released", "Why not"]
    left = len(investigation.excluded) - len(rows)
    more = f"<p>{plural(left, 'further change')} likewise.</p>" if left else ""
    html = html_table("Changes that cannot be the cause", head, rows) + more
    return View(html, plural(len(investigation.excluded), "change"))
