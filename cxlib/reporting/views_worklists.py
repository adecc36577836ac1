"""What the page on health shows of single accounts: the worst, the worklists, what people say instead."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from cxlib.health.opportunities import Opportunities
from cxlib.health.override_review import OverrideReview
from cxlib.health.overrides import Overrides
from cxlib.health.scores import INSUFFICIENT, HealthScores
from cxlib.personal import mask_personal
from cxlib.reporting.figures import View
from cxlib.reporting.health_month import HealthMonth
from cxlib.reporting.tables import Cell, html_table, sentence_html
from cxlib.reporting.views_finding import sentence_view
from cxlib.reporting.views_health import number
from cxlib.text import (
    escape,
    format_count,
    format_day,
    format_interval,
    format_value,
    metric_label,
    plural,
)

__all__ = ["closer", "command_of", "expansion", "in_force", "overdue", "renewals", "review_view", "worst"]

_MOST_ROWS = 15
_NAN = float("nan")


def command_of(account: str) -> str:
    """The command that tells what the score of an account is made of.

    Examples
    --------
    >>> command_of("A-17")
    'cxlib health explain A-17'
    """
    return f"cxlib health explain {account}"


def closer(month: HealthMonth) -> View:
    """How to see the page of one account."""
    if month.scores is None:
        return sentence_view("There is no account to look at.")
    day = month.day.isoformat()
    said = (
        "Each row names the command that takes its score apart. With the data and the day of this page it is "
        "the score of this page, but for a little where references are not frozen. The page of one account, "
        "with its months, tickets, answers and talks, is a notebook."
    )
    calls = (
        f"cxlib health explain ACCOUNT --data DATA --as-of {day}\n"
        f"papermill notebooks/account.ipynb account.ipynb -p account_id ACCOUNT -p data DATA -p as_of {day}"
    )
    return View(f"<p>{escape(said)}</p><pre>{escape(calls)}</pre>", f"{said}\n{calls}")


def worst(month: HealthMonth, scores: HealthScores) -> View:
    """The lowest scores of which enough is known, with what takes most from them."""
    known = scores.table[scores.table["band_model"] != INSUFFICIENT]
    lowest = known.sort_values(["score", scores.unit], kind="stable").head(_MOST_ROWS)
    if not len(lowest):
        return sentence_view("Of no account enough is known.")
    rows = [
        [
            Cell(str(row[scores.unit]), whole=True),
            number(f"{format_value(row['score'])} {format_interval(row['lower'], row['upper'], 'points')}"),
            number(format_value(row["coverage"], "%")),
            Cell(_said(row)),
            Cell(_why(scores, str(row[scores.unit]))),
            number(format_count(month.arr.get(str(row[scores.unit]), _NAN))),
            Cell(command_of(str(row[scores.unit])), whole=True),
        ]
        for row in lowest.to_dict("records")
    ]
    head = ["Account", "Score, 95 %", "Coverage", "Band", "Takes most", "ARR", "Look closer"]
    caption = (
        f"The {format_count(len(rows))} lowest scores of which enough is known, and what takes most points"
    )
    return View(html_table(caption, head, rows), caption)


def _said(row: Mapping[Any, Any]) -> str:
    model, effective = (str(row[name]).replace("_", " ") for name in ("band_model", "band_effective"))
    return model if model == effective else f"{model}; people say {effective}"


def _why(scores: HealthScores, account: str) -> str:
    """The two metrics that take most."""
    own = scores.contributions[scores.contributions[scores.unit] == account]
    taken = own[own["contribution"] < -0.05].sort_values("contribution", kind="stable").head(2)
    parts = zip(taken["metric"], taken["contribution"], strict=True)
    return "; ".join(
        f"{metric_label(metric)} {format_value(points, 'points').removesuffix(' points')}"
        for metric, points in parts
    )


def renewals(lists: Opportunities) -> View:
    """Renewals ahead, by what may be lost."""
    days = plural(lists.limits.renewals_days, "day")
    caption = f"Renewals within {days}; at stake is P(churn by renewal) × ARR"
    return _list(lists.renewals, caption, f"No renewal within {days}.")


def overdue(lists: Opportunities) -> View:
    """Renewals whose day has passed."""
    return _list(lists.overdue, "Renewals overdue, the longest first", "No renewal is overdue.")


def expansion(lists: Opportunities) -> View:
    """Accounts that may grow: rules, no forecast."""
    nobody = "No account passes all rules for growth."
    return _list(lists.expansion, "Accounts that may grow, the largest first", nobody)


def _list(rows: pd.DataFrame, caption: str, nothing: str) -> View:
    if not len(rows):
        return sentence_view(nothing)
    stake = bool((rows["priority_unit"] == "arr").all() and rows["list"].iloc[0] == "renewal_at_risk")
    cells = [
        [
            Cell(str(row["account_id"]), whole=True),
            number(format_value(row["score"])),
            Cell(str(row["band_model"]).replace("_", " ")),
            *([number(format_count(row["priority"]))] if stake else []),
            Cell(str(row["rules"]), words=True),
            Cell(command_of(str(row["account_id"])), whole=True),
        ]
        for row in rows.head(_MOST_ROWS).to_dict("records")
    ]
    head = ["Account", "Score", "Band", *(["At stake"] if stake else [])]
    left = len(rows) - _MOST_ROWS
    more = f"<p>{plural(left, 'more account')} not shown.</p>" if left > 0 else ""
    html = html_table(caption, [*head, "Rules that passed", "Look closer"], cells) + more
    return View(html, f"{caption}: {plural(len(rows), 'account')}.")


def in_force(month: HealthMonth, told: Overrides) -> View:
    """What people say instead of the model, until when and why."""
    active = told.active
    if not len(active):
        return sentence_view(f"{told.text} None is in force.")
    model = _model_bands(month.scores)
    rows = [
        [
            Cell(str(row["account_id"]), whole=True),
            Cell(str(row["band"]).replace("_", " "), words=True),
            Cell(model.get(str(row["account_id"]), "not a customer now"), words=True),
            Cell(format_day(row["expires_at"]), whole=True),
            Cell(str(row["author"])),
            Cell(mask_personal(str(row["reason"])), words=True),
        ]
        for row in active.head(_MOST_ROWS).to_dict("records")
    ]
    head = ["Account", "People say", "The model says", "Until", "Who", "Why"]
    left = len(active) - _MOST_ROWS
    more = f"<p>{plural(left, 'more override')} in force.</p>" if left > 0 else ""
    said = f"<p>{sentence_html(told.text)} The score never sees them.</p>"
    return View(said + html_table("Overrides in force", head, rows) + more, told.text)


def _model_bands(scores: HealthScores | None) -> dict[str, str]:
    if scores is None:
        return {}
    bands = scores.table["band_model"].str.replace("_", " ")
    return dict(zip(scores.table[scores.unit], bands, strict=True))


def review_view(review: OverrideReview) -> View:
    """People against the model, by who left."""
    lines = [*review.text.splitlines(), *(caveat.text for caveat in review.caveats)]
    lines.append("The model's band is the one of the beginning of the month in which the override was set.")
    rows = [
        [
            Cell(f"People were {row['people']}"),
            *(number(format_count(row[name])) for name in ("model_right", "model_wrong")),
        ]
        for row in review.square.to_dict("records")
    ]
    caption = f"Overrides judged by who left within {plural(review.horizon_days, 'day')}"
    table = html_table(caption, ["", "The model was right", "The model was wrong"], rows)
    return View(_said_lines(lines) + table, "\n".join(lines))


def _said_lines(lines: Sequence[str]) -> str:
    return "".join(f"<p>{sentence_html(line)}</p>" for line in lines)
