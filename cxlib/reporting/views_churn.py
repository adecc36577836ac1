"""What the page on health shows of who leaves: whether the score told it, and what is expected."""

import math
from collections.abc import Mapping
from typing import Any

from cxlib.health.backtest import Backtest
from cxlib.health.hazard import ChurnForecast
from cxlib.reporting.figures import View, figure_view
from cxlib.reporting.plots_health_churn import plot_backtest, plot_forecast
from cxlib.reporting.tables import Cell, html_table, sentence_html
from cxlib.reporting.views_health import number
from cxlib.text import DASH, escape, format_count, format_fraction, metric_label, plural

__all__ = ["backtest_view", "forecast_view"]


def backtest_view(tested: Backtest) -> View:
    """AUC by lead beside the best naive predictor, with intervals, calibration and verdict."""
    lines = tested.text.splitlines()
    figure = figure_view(
        lambda axes: plot_backtest(tested, ax=axes),
        alt=lines[0],
        caption="Blue dot: the score; orange square: the best of NPS alone, tenure alone and chance. Lines: "
        "95 % by draws of accounts. Hollow: too few left to judge. Each month is scored as it was known.",
    )
    rows = [_lead(row) for row in tested.table.to_dict("records")]
    head = ["Lead", "Left", "AUC", "95 %", "Best naive", "Gain, 95 %", "Slope", "O/E"]
    caption = (
        f"Who leaves within {plural(tested.horizon_days, 'day')} after the lead; gain: AUC over the best "
        "naive one. Slope and observed over expected (O/E) are 1 where probabilities are right"
    )
    table = html_table(caption, [*head, "Verdict"], rows)
    proposed = [line for line in lines[1:] if line.startswith("Proposed")]
    said = "".join(f"<p>{sentence_html(line)}</p>" for line in proposed)
    return View(figure.html + table + said, lines[0])


def _lead(row: Mapping[Any, Any]) -> list[Cell]:
    name = str(row["baseline"])
    naive = f"{name if name in {'tenure', 'chance', ''} else metric_label(name)} "
    figures = [
        format_count(row["churned_accounts"]),
        format_fraction(row["auc"]),
        _between(row["lower"], row["upper"]),
        naive + format_fraction(row["baseline_auc"]),
        _between(row["gain_lower"], row["gain_upper"]),
        format_fraction(row["slope"]),
        format_fraction(row["observed_to_expected"]),
    ]
    lead = "none" if row["lead_days"] == 0 else plural(row["lead_days"], "day")
    return [
        Cell(lead, whole=True),
        *map(number, figures),
        Cell(str(row["verdict"]), words=True),
    ]


def _between(lower: float, upper: float) -> str:
    return f"[{format_fraction(lower)}, {format_fraction(upper)}]" if math.isfinite(lower) else DASH


def forecast_view(ahead: ChurnForecast) -> View:
    """Who is expected to be there still, and how an earlier forecast came out."""
    lines = ahead.text.splitlines()
    figure = figure_view(
        lambda axes: plot_forecast(ahead, ax=axes),
        alt=" ".join([lines[0], *lines[2:]]),
        caption="Ring: what was forecast then. Square with line: what came of it, with its 95 % interval. "
        "Diamond: what is expected now of the accounts of today.",
        height=3.9,
    )
    notes = "".join(f"<li>{escape(caveat.text)}</li>" for caveat in ahead.caveats)
    return View(figure.html + (f"<ul>{notes}</ul>" if notes else ""), ahead.text)
