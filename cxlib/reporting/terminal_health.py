"""Health of accounts for a terminal: sentences, the rows that matter first, and what to know."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from cxlib.health.backtest import Backtest
from cxlib.health.hazard import ChurnForecast
from cxlib.health.movement import HealthMovement
from cxlib.health.opportunities import Opportunities
from cxlib.health.override_review import OverrideReview
from cxlib.health.overrides import Overrides
from cxlib.health.rollup import HealthRollup
from cxlib.health.scores import INSUFFICIENT, HealthScores
from cxlib.health.shape_test import ShapeComparison
from cxlib.health.weights import FittedWeights
from cxlib.metrics.catalogue import catalogue
from cxlib.reporting.layout import lay_out, wrapped
from cxlib.text import (
    DASH,
    format_count,
    format_day,
    format_fraction,
    format_interval,
    format_probability,
    format_value,
    metric_label,
    plural,
)

if TYPE_CHECKING:
    from cxlib.data.dataset import Dataset
    from cxlib.health.explain import ScoreExplanation
    from cxlib.result import Caveat, Result

__all__ = ["explained", "page"]

Cell = Callable[[Mapping[str, Any]], str]
_SHOWN: Final = 25


def _points(name: str, *, signed: bool = False) -> Cell:
    return lambda row: format_value(row[name], signed=signed)


def _percent(name: str) -> Cell:
    return lambda row: format_value(row[name], "%")


def _count(name: str) -> Cell:
    return lambda row: format_count(row[name])


def _share(name: str) -> Cell:
    return lambda row: format_fraction(row[name]) if pd.notna(row[name]) else DASH


def _words(name: str) -> Cell:
    return lambda row: str(row[name]).replace("_", " ") if pd.notna(row[name]) else ""


def _as_is(name: str) -> Cell:
    return lambda row: str(row[name])


def _day(name: str) -> Cell:
    return lambda row: format_day(row[name]) if pd.notna(row[name]) else DASH


def _interval(lower: str, upper: str) -> Cell:
    return lambda row: format_interval(row[lower], row[upper], "points")


def _shares(lower: str, upper: str) -> Cell:
    return lambda row: (
        f"[{format_fraction(row[lower])}, {format_fraction(row[upper])}]" if pd.notna(row[lower]) else DASH
    )


def _probability(name: str) -> Cell:
    return lambda row: format_probability(row[name])


_COLUMNS: Final[Mapping[type, Mapping[str, Cell]]] = {
    HealthScores: {
        "account": _as_is("id"),
        "score": _points("score"),
        "95 %": _interval("lower", "upper"),
        "coverage": _percent("coverage"),
        "band": _words("band_model"),
        "said by people": _words("override"),
    },
    HealthMovement: {
        "account": _as_is("id"),
        "before": _points("before"),
        "after": _points("after"),
        "change": _points("change", signed=True),
        "values": _points("value", signed=True),
        "freshness": _points("freshness", signed=True),
        "data came": _points("arrived", signed=True),
        "data gone": _points("gone", signed=True),
        "": lambda row: "real" if row["real"] else "",
    },
    HealthRollup: {
        "group": _as_is("group"),
        "accounts": _count("accounts"),
        "score": _points("score"),
        "shrunken": _points("shrunken"),
        "95 %": _interval("lower", "upper"),
        "in danger": _percent("danger_accounts"),
        "overlaps": _count("overlaps"),
    },
    Backtest: {
        "lead": lambda row: format_value(row["lead_days"], "days"),
        "churned": _count("churned_accounts"),
        "AUC": _share("auc"),
        "95 %": _shares("lower", "upper"),
        "best naive": _share("baseline_auc"),
        "better by": _shares("gain_lower", "gain_upper"),
        "slope": _share("slope"),
        "observed/expected": _share("observed_to_expected"),
    },
    ChurnForecast: {
        "account": _as_is("account_id"),
        "leaves": _probability("churn_probability"),
        "still there": _share("survival"),
        "95 %": _shares("lower", "upper"),
        "months so far": _count("tenure_months"),
    },
    Opportunities: {
        "account": _as_is("account_id"),
        "list": _words("list"),
        "score": _points("score"),
        "why": _as_is("rules"),
    },
    FittedWeights: {
        "metric": lambda row: metric_label(row["metric"]),
        "expert": lambda row: format_value(100 * row["expert"], "%"),
        "fitted": lambda row: format_value(100 * row["fitted"], "%"),
    },
    ShapeComparison: {
        "value": _points("value"),
        "leave in a month": _share("spline"),
        "95 %": _shares("lower", "upper"),
        "by the shape": _share("shape"),
    },
    Overrides: {
        "account": _as_is("account_id"),
        "band": _words("band"),
        "status": _words("status"),
        "until": _day("expires_at"),
        "author": _as_is("author"),
        "reason": _as_is("reason"),
    },
    OverrideReview: {},
}
_WORDS: Final[Mapping[type, int]] = {
    HealthScores: 2,
    HealthMovement: 1,
    Opportunities: 1,
    Overrides: 5,
}


def page(found: "Result") -> str:
    """A result about health: what it says, its first rows, what to know.

    Parameters
    ----------
    found : Result
        Scores, a movement, a roll-up, a back-test, a forecast, worklists, weights, a shape or overrides.
    """
    shown = _rows(found)
    columns = _COLUMNS[type(found)]
    lines = [wrapped(found.text.splitlines(), indent="  ")]  # type: ignore[attr-defined]  # every result has it
    if columns and len(shown):
        records: list[Any] = shown.head(_SHOWN).to_dict(orient="records")
        rows = [[cell(row) for cell in columns.values()] for row in records]
        lines += ["", lay_out(list(columns), rows, words=_WORDS.get(type(found), 0))]
    left = len(shown) - _SHOWN
    if columns and left > 0:
        lines.append(f"… {plural(left, 'row')} more; --json lists them all.")
    return "\n".join([*lines, *_notes(found.caveats)])  # type: ignore[attr-defined]  # every result has it


def _rows(found: "Result") -> pd.DataFrame:
    """The rows of a result, those that need somebody first."""
    table: pd.DataFrame = found.table  # type: ignore[attr-defined]  # every result has it
    if isinstance(found, HealthScores):
        known = table[table["band_model"] != INSUFFICIENT].sort_values("score", kind="stable")
        said = known["band_effective"].where(known["band_effective"] != known["band_model"])
        return known.assign(id=known[found.unit], override=said)
    if isinstance(found, HealthMovement):
        return table.assign(id=table[found.after.unit])
    if isinstance(found, ChurnForecast):
        return table.sort_values("churn_probability", ascending=False, kind="stable")
    return table


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
    return "\n".join([wrapped(told.text.splitlines()), "", lay_out(head, rows), *_notes(told.caveats)])


def _notes(caveats: "Sequence[Caveat]") -> list[str]:
    said = [f"- {caveat.text}" for caveat in caveats]
    return ["", "Notes:", wrapped(said, indent="  ")] if said else []
