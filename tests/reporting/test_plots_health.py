"""Figures of health draw what they are given: bars and points are the numbers, labels stand inside."""

from dataclasses import replace
from datetime import UTC, date, datetime

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import cxlib as cx
from cxlib.health.backtest import Backtest
from cxlib.health.configuration import configured
from cxlib.health.hazard import ChurnForecast
from cxlib.health.history import score_history
from cxlib.health.rollup import HealthRollup
from cxlib.reporting.figures import figure_view
from cxlib.reporting.plots_health import BAND_COLOURS
from cxlib.reporting.plots_health_churn import expected_by_third
from cxlib.reporting.plots_health_groups import plot_rollup, tiers
from tests.health.accounts import portfolio
from tests.health.accounts import tables as account_tables

DAY = datetime(2020, 2, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return portfolio(tmp_path_factory.mktemp("accounts"))


@pytest.fixture(scope="module")
def movement(data):
    return cx.compare_health(data, before="2019-11-01")


def league(*rows):
    """A roll-up of (group, mean, shrunken, lower, upper)."""
    table = pd.DataFrame(rows, columns=["group", "score", "shrunken", "lower", "upper"]).assign(accounts=7)
    whole = pd.DataFrame({"group": ["(all)"], "score": [60.0]})
    return HealthRollup("csm", "equal", table, whole, "All accounts: +1.\nThe league.")


def backtest(status="ok"):
    row = {
        "status": status, "churned_accounts": 31, "accounts": 250,
        "gain_lower": -0.03, "auc": 0.7, "lower": 0.6, "upper": 0.8,
        "baseline": "tenure", "baseline_auc": 0.68, "verdict": "no better than naive",
    }  # fmt: skip
    none = row | {"auc": np.nan, "lower": np.nan, "upper": np.nan, "status": "no closed window"}
    none["verdict"] = "no closed window"
    table = pd.DataFrame([row | {"lead_days": 0}, row | {"lead_days": 30}, none | {"lead_days": 180}])
    naive = [{"lead_days": lead, "predictor": "tenure", "lower": 0.58, "upper": 0.77} for lead in (0, 30)]
    said = "Tested from 1 April 2019: the score is no better than naive, 30 days ahead.\nMore."
    return Backtest(
        table,
        pd.DataFrame(naive),
        cut=18000,
        horizon_days=90,
        usable=True,
        leaks={},
        recommended_cut=float("nan"),
        text=said,
    )


def forecast(*, calibrated=True):
    survival = np.linspace(0.4, 0.95, 6)
    curves = pd.DataFrame({"survival": np.repeat(survival, 2)})
    past = pd.DataFrame(
        {
            "risk": ["high", "middle", "low"],
            "months": 2,
            "accounts": 80,
            "predicted": [0.56, 0.81, 0.97],
            "observed": [0.57, 0.85, 0.92],
            "lower": [0.46, 0.75, 0.84],
            "upper": [0.67, 0.91, 0.97],
        }
    )
    table = pd.DataFrame({"account_id": list("abcdef"), "survival": survival})
    past = past if calibrated else past.iloc[:0]
    return ChurnForecast(table, curves, past, "tenure", 18000, 2, 12, 300, "Of 6 accounts 2 leave.")


def months(scores, *, known=True):
    count = len(scores)
    days = [(date(2019, month, 1) - date(1970, 1, 1)).days for month in range(1, count + 1)]
    return cx.AccountMonths(
        ("A-1",), ("nps",), np.zeros(count, int), np.array(days), np.full((count, 1), 0.5),
        np.full((count, 1), fill_value=known), np.ones((count, 1)), np.ones(1), np.array([0.6]),
        np.array(scores, float), np.array([np.nan]), np.array([np.nan]), days[-1] + 20,
    )  # fmt: skip


def history(data, scores, **rest):
    return score_history(months(scores, **rest), "A-1", configuration=configured(data.settings))


def texts(axes):
    return [text.get_text() for text in axes.texts]


def inside(axes):
    """Every label lies within its figure."""
    figure = axes.figure
    figure.draw_without_rendering()
    edge = figure.bbox.padded(1.5)
    ticks = [tick for axis in (axes.xaxis, axes.yaxis) for tick in axis._update_ticks()]  # those in view
    labels = [*axes.texts, *(tick.label1 for tick in ticks), axes._left_title]
    labels += [axes.xaxis.label, axes.yaxis.label]
    out = []
    for label in labels:
        if not label.get_text().strip() or not label.get_visible():
            continue
        box = label.get_window_extent()
        if box.x0 < edge.x0 or box.y0 < edge.y0 or box.x1 > edge.x1 or box.y1 > edge.y1:
            out.append(label.get_text())
    return out


def test_every_result_about_health_draws_and_no_label_is_cut(data, movement):
    scores = movement.after
    drawn = [
        scores,
        cx.explain_score(scores, "A-02"),
        movement,
        league(("long name of a manager " * 3, 40.0, 45.0, 40.0, 50.0), ("b", 80.0, 70.0, 60.0, 80.0)),
        backtest(),
        forecast(),
        forecast(calibrated=False),
        history(data, [90, 50, 99, 3]),
    ]
    for one in drawn:
        axes = cx.plot(one)
        assert axes.get_title(loc="left")
        assert inside(axes) == [], type(one).__name__


def test_bars_of_scores_count_every_account_once_and_name_every_band(movement):
    scores = movement.after
    axes = cx.plot(scores)
    assert sum(bar.get_height() for bar in axes.patches) == len(scores.table)
    counted = scores.table["band_model"].value_counts()
    for name in BAND_COLOURS:
        assert f"{name.replace('_', ' ')}\n{counted.get(name, 0)}" in texts(axes)
    hatched = sum(bar.get_height() for bar in axes.patches if bar.get_hatch())
    assert hatched == counted.get("insufficient_data", 0)
    if hatched:
        assert any("too little is known" in text for text in texts(axes))


def test_parts_of_a_score_start_at_the_average_and_sum_to_it(movement):
    told = cx.explain_score(movement.after, "A-01")  # never answered
    axes = cx.plot(told)
    known = told.table[told.table["status"] == "ok"]
    widths = [bar.get_width() for bar in axes.patches]
    assert widths[:-1] == pytest.approx(known["contribution"].tolist())
    assert {round(bar.get_x(), 6) for bar in axes.patches} == {round(told.base, 6)}
    assert widths[-1] == pytest.approx(told.score - told.base)
    assert texts(axes).count("no data: adds nothing") == len(told.table) - len(known) > 0


def test_the_waterfall_leads_from_before_to_after_on_an_axis_that_does_not_exaggerate(movement):
    axes = cx.plot(movement)
    steps = sum(bar.get_height() for bar in axes.patches)
    assert steps == pytest.approx(movement.table["change"].mean())
    low, high = axes.get_ylim()
    assert high - low >= 4


def test_a_movement_of_nobody_says_so(movement):
    empty = replace(movement, table=movement.table.iloc[:0], text="No account was scored at both dates.")
    assert "No account" in cx.plot(empty).get_title(loc="left")


def test_groups_that_overlap_stand_by_name_in_a_grey_tier():
    axes = plot_rollup(league(("Zoe", 62.0, 61.0, 55.0, 67.0), ("Ann", 58.0, 60.0, 54.0, 66.0)))
    assert [label.get_text() for label in axes.get_yticklabels()] == ["Ann (7 accounts)", "Zoe (7 accounts)"]
    assert "Grey tier: by name, no order can be told" in texts(axes)


def test_groups_that_are_apart_are_ordered_by_their_mean():
    rows = (("Ann", 30.0, 35.0, 30.0, 40.0), ("Zoe", 80.0, 75.0, 70.0, 80.0))
    axes = plot_rollup(league(*rows))
    assert [label.get_text()[:3] for label in axes.get_yticklabels()] == ["Zoe", "Ann"]
    assert not any("Grey tier" in text for text in texts(axes))


def test_a_chain_of_overlaps_is_one_tier():
    bounds = {"a": (70, 80), "b": (60, 72), "c": (50, 61), "d": (10, 20)}
    rows = [{"group": name, "lower": low, "upper": high} for name, (low, high) in bounds.items()]
    assert [[row["group"] for row in tier] for tier in tiers(rows)] == [["a", "b", "c"], ["d"]]


def test_the_back_test_shows_score_and_best_naive_one_and_says_the_verdict():
    axes = cx.plot(backtest())
    assert "score .70" in texts(axes)
    assert texts(axes).count("tenure .68") == 2
    assert "chance .50" in texts(axes)
    words = [label.get_text() for label in axes.get_xticklabels()]
    assert words[0] == "no lead\n31 left\nno better than naive"
    assert words[2].endswith("no closed window")


def test_where_too_few_left_points_are_hollow():
    axes = cx.plot(backtest("too few to judge"))
    faces = axes.collections[0].get_facecolors()
    assert faces[0].tolist() == [1, 1, 1, 1]


def test_the_forecast_stands_beside_what_came_of_the_last_one():
    axes = cx.plot(forecast())
    assert "forecast 2 months ago: .56" in texts(axes)
    assert "came true: .57" in texts(axes)
    assert expected_by_third(forecast(), 2) == pytest.approx([0.455, 0.675, 0.895])
    assert any(text.startswith("now: .46 expected") or text.startswith("now: .45") for text in texts(axes))


def test_one_accounts_months_are_a_line_among_the_bands(data):
    axes = cx.plot(history(data, [90, 50, 30]))
    assert axes.lines[0].get_ydata().tolist() == [90, 50, 30]
    assert {"danger", "needs attention", "healthy", "champion"} <= set(texts(axes))
    assert axes.get_ylim() == (0, 100)


def test_a_month_of_which_too_little_was_known_is_hollow(data):
    axes = cx.plot(history(data, [60, 60], known=False))
    assert axes.collections[-1].get_facecolors()[0].tolist() == [1, 1, 1, 1]


def test_hostile_names_are_no_mathematics_and_no_markup(movement):
    told = replace(cx.explain_score(movement.after, "A-02"), account="<b>$5$</b>")
    view = figure_view(lambda axes: cx.plot(told, ax=axes), alt=told.account)
    assert "<b>" not in view.html
    assert not cx.plot(told)._left_title.get_parse_math()


def test_the_same_figure_is_the_same_bytes(movement):
    first, second = (figure_view(lambda axes: cx.plot(movement, ax=axes), alt="x").html for _ in range(2))
    assert first == second


def test_a_plot_of_something_else_is_refused_with_the_health_results_among_what_can_be():
    with pytest.raises(cx.CxError, match="HealthScores, ScoreExplanation, ScoreHistory, HealthMovement"):
        cx.plot(account_tables())
