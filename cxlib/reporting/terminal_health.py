"""Health of accounts for a terminal: the list with the worst first, and what one score is made of."""

from typing import TYPE_CHECKING

from cxlib.metrics.catalogue import catalogue
from cxlib.reporting.layout import lay_out, wrapped
from cxlib.text import format_count, format_interval, format_value, metric_label, plural

if TYPE_CHECKING:
    from cxlib.data.dataset import Dataset
    from cxlib.health.explain import ScoreExplanation
    from cxlib.health.scores import HealthScores
    from cxlib.result import Caveat

__all__ = ["explained", "listed", "notes"]

_SHOWN = 25


def listed(scores: "HealthScores") -> str:
    """The worst accounts of those with a band, and how many others there are.

    Parameters
    ----------
    scores : HealthScores
        What to list.
    """
    table = scores.table.sort_values(["coverage", "score"])
    known = table[table["band_model"] != "insufficient_data"].sort_values("score", kind="stable")
    rows = [
        [
            row[scores.unit],
            format_value(row["score"]),
            format_interval(row["lower"], row["upper"], "points"),
            format_value(row["coverage"], "%"),
            row["band_model"].replace("_", " "),
            row["status"].replace("ok", ""),
        ]
        for row in known.head(_SHOWN).to_dict(orient="records")
    ]
    head = [scores.unit.removesuffix("_id"), "score", "95 % interval", "coverage", "band", ""]
    left = len(known) - len(rows)
    more = [f"… {plural(left, 'account')} more; --json lists them all."] if left > 0 else []
    return "\n".join(
        [wrapped(scores.text.splitlines()), "", lay_out(head, rows, words=2), *more, *notes(scores.caveats)]
    )


def explained(told: "ScoreExplanation", data: "Dataset") -> str:
    """One score and its contributions.

    Parameters
    ----------
    told : ScoreExplanation
        What to show.
    data : Dataset
        Gives the units of the metrics.
    """
    known = catalogue(data.settings)
    rows = [
        [
            metric_label(row["metric"]),
            format_value(row["value"], known[row["metric"]].unit),
            format_count(row["n"]),
            format_value(row["age_days"], "days"),
            format_value(100 * row["weight"], "%"),
            format_value(row["contribution"], "points", signed=True)
            if row["status"] == "ok"
            else row["status"].replace("_", " "),
        ]
        for row in told.table.to_dict(orient="records")
    ]
    head = ["metric", "value", "rows", "newest", "weight", "adds"]
    return "\n".join([wrapped(told.text.splitlines()), "", lay_out(head, rows), *notes(told.caveats)])


def notes(caveats: "tuple[Caveat, ...]") -> list[str]:
    """What to know first, below a result.

    Parameters
    ----------
    caveats : tuple of Caveat
        None: nothing is added.
    """
    said = [f"- {caveat.text}" for caveat in caveats]
    return ["", "Notes:", wrapped(said, indent="  ")] if said else []
