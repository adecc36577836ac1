"""What the page on health shows of the scores: answer, bands, movement, who is heard of, groups."""

import math
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from cxlib.health.movement import HealthMovement
from cxlib.health.rollup import HealthRollup
from cxlib.health.scores import BANDS, INSUFFICIENT, HealthScores
from cxlib.reporting.figures import View, figure_view
from cxlib.reporting.health_month import HealthMonth
from cxlib.reporting.health_words import mean_change
from cxlib.reporting.plots_health import plot_scores
from cxlib.reporting.plots_health_groups import plot_movement, plot_rollup, rollup_height
from cxlib.reporting.tables import Cell, folded_table, html_table, sentence_html
from cxlib.reporting.views_finding import sentence_view
from cxlib.text import (
    DASH,
    escape,
    format_count,
    format_interval,
    format_value,
    metric_label,
    plural,
)

__all__ = [
    "answer",
    "caveats",
    "heard",
    "month_view",
    "movement_view",
    "number",
    "part_view",
    "rollup_view",
    "scores_view",
]

Part = TypeVar("Part")
_NOTHING = "Nothing to show: these data allow no health score, as said above."
_MOST_MOVED = 12


def number(text: str) -> Cell:
    """A cell with a figure."""
    return Cell(text, number=True)


def part_view(name: str, view: Callable[[Any], View]) -> Callable[[HealthMonth], View]:
    """A view of one part of the month; where that is not there, the reason.

    Parameters
    ----------
    name : str
        Field of `HealthMonth`, or the column of a roll-up.
    view : callable
        From the part.
    """
    return month_view(name, lambda _, part: view(part))


def month_view(name: str, view: Callable[[HealthMonth, Any], View]) -> Callable[[HealthMonth], View]:
    """The same of a view that looks at the month too.

    Parameters
    ----------
    name : str
        Field of `HealthMonth`, or the column of a roll-up.
    view : callable
        From the month and its part.
    """

    def shown(month: HealthMonth) -> View:
        if month.scores is None:
            return sentence_view(_NOTHING)
        part = month.rollups.get(name) if name in {"csm", "team"} else getattr(month, name)
        if part is None:
            reason = month.missing.get(name) or month.missing.get("months", "the data hold nothing of it.")
            return sentence_view(f"Not shown: {reason}")
        return view(month, part)

    return shown


def answer(month: HealthMonth) -> View:
    """The first screen: what stands, what moved, who is heard of, what the score is worth, what to do."""
    lines = month.text.splitlines()
    body = "".join(f"<p>{sentence_html(line)}</p>" for line in lines)
    return View(f'<div class="box answer">{body}</div>', month.text)


def scores_view(month: HealthMonth, scores: HealthScores) -> View:
    """How scores spread over the bands, and the bands as a table."""
    alt = month.text.partition("\n")[0]
    figure = figure_view(
        lambda axes: plot_scores(scores, title=alt, ax=axes),
        alt=alt,
        caption="Bands as the model gives them, before any override. A score is 0 to 100; hatched accounts "
        "have a score near the average because little is known of them, so they have no band.",
    )
    total = len(scores.table)
    rows = []
    for name in (*BANDS, INSUFFICIENT):
        own = scores.table[scores.table["band_model"] == name]
        unsure = int((own["may_be"] != "").sum())
        money = sum(month.arr.get(account, 0.0) for account in own[scores.unit])
        rows.append(
            [
                Cell(name.replace("_", " ")),
                number(format_count(len(own))),
                number(format_value(100 * len(own) / total, "%")),
                number(format_count(money) if month.arr else DASH),
                number(format_count(unsure) if name != INSUFFICIENT else DASH),
            ]
        )
    head = ["Band", "Accounts", "Share", "ARR", "May also be another band"]
    return View(figure.html + html_table("Accounts by band", head, rows), alt)


def movement_view(movement: HealthMovement) -> View:
    """The waterfall of the mean, and the accounts that moved by more than sampling explains."""
    said = movement.text.partition("\n")[0]
    if not len(movement.table):
        return sentence_view(said)
    mean, low, high = mean_change(movement.table)
    figure = figure_view(
        lambda axes: plot_movement(movement, ax=axes),
        alt=said,
        caption=f"The mean moved by {format_value(mean, 'points', signed=True)}, 95 % interval over accounts "
        f"{format_interval(low, high, 'points')}. The steps sum to it; who came or left is in none of them.",
        height=3.9,
    )
    others = movement.text.split("\n")[2:3] if movement.came or movement.left else []
    more = "".join(f"<p>{sentence_html(line)}</p>" for line in others)
    return View(figure.html + more + _movers(movement), said)


def _movers(movement: HealthMovement) -> str:
    real = movement.table[movement.table["real"]]
    rows = [
        [
            Cell(str(row[movement.after.unit]), whole=True),
            *(number(format_value(row[name])) for name in ("before", "after")),
            number(_signed(row["change"])),
            *(number(_signed(row[name])) for name in ("value", "freshness", "arrived", "gone")),
            Cell(_bands(row)),
        ]
        for row in real.head(_MOST_MOVED).to_dict("records")
    ]
    if not rows:
        return "<p>No account moved by more than sampling explains.</p>"
    head = ["Account", "Before", "After", "Change", "Values", "Freshness", "Arrived", "Gone", "Band"]
    caption = (
        "Accounts that moved by more than sampling explains, and the parts that sum to the change (points)"
    )
    left = len(real) - _MOST_MOVED
    more = f"<p>{plural(left, 'more account')} moved for real.</p>" if left > 0 else ""
    return html_table(caption, head, rows) + more


def _signed(points: float) -> str:
    return format_value(points, "points", signed=True).removesuffix(" points")


def _bands(row: Mapping[Any, Any]) -> str:
    before, after = (str(row[name]).replace("_", " ") for name in ("band_before", "band_after"))
    return after if before == after else f"{before} → {after}"


def heard(movement: HealthMovement) -> View:
    """Who is heard of, metric by metric, and what the change log says where that fell."""
    known = movement.coverage
    lines = known.text.splitlines() or [
        "No metric lost accounts or rows by more than chance makes: a movement of scores is not that of "
        "who is heard of."
    ]
    rows = [
        [
            Cell(metric_label(row["metric"])),
            *(number(_ends(row, name)) for name in ("known", "lately", "rows")),
            Cell("fell", state="worse") if row["fell"] else Cell("no", state="wait"),
        ]
        for row in known.table.to_dict("records")
    ]
    head = ["Metric", "With a value", "Heard of lately", "Rows", "Fell?"]
    caption = (
        "Before → now, of the accounts scored on both days: who has a value, who had a row within as many "
        f"days as lie between the days, and how many rows. {DASH}: a count or rate, whose rows are its value"
    )
    said = "".join(f"<p>{sentence_html(line)}</p>" for line in lines)
    return View(said + html_table(caption, head, rows), "\n".join(lines))


def _ends(row: Mapping[Any, Any], name: str) -> str:
    """Before and now, as counts of rows or as shares of accounts."""
    before, after = float(row[f"{name}_before"]), float(row[f"{name}_after"])
    if name == "rows":
        return f"{format_count(before)} → {format_count(after)}" if math.isfinite(before) else DASH
    return f"{format_value(before, '%')} → {format_value(after, '%')}"


def rollup_view(rollup: HealthRollup) -> View:
    """The league, the change of all accounts in parts, and the table behind."""
    lines = rollup.text.splitlines()
    figure = figure_view(
        lambda axes: plot_rollup(rollup, ax=axes),
        alt=lines[-1],
        caption="Line: 95 % interval of the mean. A large dot is drawn towards the mean of all, the more so "
        "the fewer accounts it rests on; the ring is the plain mean. Groups whose intervals meet share a "
        "grey tier and stand there by name.",
        height=rollup_height(rollup),
    )
    said = "".join(f"<p>{sentence_html(line)}</p>" for line in lines[:-1])
    moved = "change" in rollup.table
    rows = [
        [
            Cell(str(row["group"])),
            number(format_count(row["accounts"])),
            number(format_value(row["score"])),
            number(format_value(row["shrunken"])),
            number(format_interval(row["lower"], row["upper"], "points")),
            number(format_value(row["danger_accounts"], "%")),
            number(format_count(row["insufficient_data"])),
            *([number(_signed(row["change"])), number(_signed(row["lost"]))] if moved else []),
        ]
        for row in rollup.table.sort_values("group").to_dict("records")
    ]
    head = ["Group", "Accounts", "Mean", "Shrunken", "95 %", "In danger", "Too little known"]
    head += ["Change", "Of it by those who left"] if moved else []
    table = html_table(f"Health by {rollup.by}, by name", head, rows)
    return View(
        figure.html + said + folded_table(f"By {rollup.by} as a table", table, printed=True), lines[-1]
    )


def caveats(month: HealthMonth) -> View:
    """What to know before acting, and what could not be made."""
    lines = [caveat.text for caveat in month.caveats]
    lines += [f"No {name}: {why}" for name, why in month.missing.items() if month.scores is not None]
    if not lines:
        return sentence_view("No caveat was recorded." if month.scores is not None else _NOTHING)
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return View(f"<ul>{items}</ul>", "\n".join(lines))
