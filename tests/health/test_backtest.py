import re
import warnings
from dataclasses import replace

import numpy as np
import pytest

from cxlib.errors import LeakWarning, UsageError
from cxlib.health.backtest import backtest
from cxlib.health.labels import label_snapshots, split_at
from tests.health.panel import month_starts, of_accounts

STARTS = month_starts(30)


@pytest.fixture(scope="module")
def tested(panel):
    return backtest(panel)


def small(panel, accounts=800):
    return of_accounts(panel, np.arange(len(panel.accounts)) < accounts)


def test_every_snapshot_is_labelled_or_counted_as_left_out(panel):
    labels = label_snapshots(panel, lead_days=30, horizon_days=90)
    assert (
        labels.rows.size + labels.open_windows + labels.left_in_lead + labels.already_gone == panel.day.size
    )
    assert labels.last_day.max() < panel.end
    assert labels.open_windows > 0 < labels.left_in_lead


def test_a_label_is_churn_after_the_lead_and_up_to_the_horizon(panel):
    labels = label_snapshots(panel, lead_days=30, horizon_days=90)
    left = panel.churned[labels.account]
    assert ((left > labels.day + 30) | np.isnan(left)).all()
    assert (labels.event == (left <= labels.day + 120)).all()


def test_a_day_of_departure_counts_on_the_last_day_of_the_window_and_not_on_its_first(panel):
    one = of_accounts(panel, np.arange(len(panel.accounts)) == 0)
    day = one.day[:1]
    one = replace(
        one,
        account=one.account[:1],
        day=day,
        x=one.x[:1],
        known=one.known[:1],
        reliability=one.reliability[:1],
        score=one.score[:1],
    )
    for churned, rows, events in ((0, 0, 0), (30, 0, 0), (31, 1, 1), (120, 1, 1), (121, 1, 0)):
        moved = replace(one, churned=day + float(churned))
        labels = label_snapshots(moved, lead_days=30, horizon_days=90)
        assert (labels.rows.size, int(labels.event.sum())) == (rows, events)


@pytest.mark.parametrize("lead", [0, 30, 180])
def test_the_last_training_label_ends_before_the_cut(panel, lead):
    labels = label_snapshots(panel, lead_days=lead, horizon_days=90)
    training, test = split_at(labels, int(STARTS[19]))
    assert training.last_day.max() < STARTS[19] <= test.day.min()


def test_the_table_says_when_the_last_training_label_ended(tested):
    assert (tested.table["last_training_day"] < tested.cut).all()


def test_the_test_is_the_last_third_of_closed_snapshots(tested):
    closed = STARTS[1:][STARTS[1:] + 90 <= STARTS[-1]]
    assert tested.cut == closed[int(len(closed) * 2 / 3)]


def test_the_panel_is_told_as_it_was_made(tested):
    table = tested.table.set_index("lead_days")
    assert (table["status"] == "ok").all()
    assert table.loc[30, "auc"] == pytest.approx(0.68, abs=0.02)
    assert table.loc[30, "fitted_auc"] == pytest.approx(0.694, abs=0.02)
    assert table.loc[30, "challenger_auc"] == pytest.approx(0.689, abs=0.02)
    assert table["auc"].is_monotonic_decreasing  # it fades with the lead
    assert table["slope"].between(0.8, 1.2).all()
    assert (table["ece"] < 0.02).all()
    assert table.loc[30, "verdict"].startswith("better than NPS by .1")
    assert tested.text.splitlines()[0].startswith(
        "Tested from 1 January 2019: the score is better than NPS by"
    )
    assert tested.usable
    assert tested.leaks == {}


def test_every_lead_shows_every_predictor(tested):
    kinds = tested.predictors["kind"].value_counts()
    assert dict(kinds) == {"score": 5, "baseline": 15, "fitted": 5, "challenger": 5}
    assert (tested.predictors["lower"] <= tested.predictors["auc"]).all()
    assert (tested.predictors["auc"] <= tested.predictors["upper"]).all()
    assert "rows" in tested.to_dict()


def test_below_the_proposed_cut_churn_is_twice_the_base_rate(panel, tested):
    labels = label_snapshots(panel, lead_days=30, horizon_days=90)
    _, test = split_at(labels, tested.cut)
    below = panel.score[test.rows] < tested.recommended_cut
    assert test.event[below].mean() > 1.7 * test.event.mean()
    assert f"Proposed cut for danger: {tested.recommended_cut:.0f}." in tested.text


def test_the_same_seed_gives_the_same_numbers(panel):
    first, second = (backtest(small(panel), leads=(30,), draws=50, seed=4) for _ in range(2))
    assert first.table.equals(second.table)
    assert first.predictors.equals(second.predictors)


def test_shuffled_labels_are_told_no_better_than_naive(panel):
    """Who leaves when is given to another account: metrics know nothing of it."""
    rng = np.random.default_rng(8)
    left = np.flatnonzero(np.isfinite(panel.churned))
    churned = np.full(len(panel.accounts), np.nan)
    churned[rng.choice(len(panel.accounts), left.size, replace=False)] = panel.churned[left]
    found = backtest(replace(panel, churned=churned), leads=(30,))
    row = found.table.iloc[0]
    assert row["churned_accounts"] > 100
    assert row["lower"] < 0.5 < row["upper"]
    assert row["verdict"] == "no better than naive"
    assert "the score is no better than naive" in found.text
    assert np.isnan(found.recommended_cut)


def test_a_useless_score_is_no_better_than_naive(panel):
    noise = np.random.default_rng(2).uniform(0, 100, panel.score.size)
    found = backtest(replace(panel, score=noise), leads=(30,), draws=100)
    assert (found.table["verdict"] == "no better than naive").all()
    assert np.isnan(found.recommended_cut)
    assert "challenger_better" in [caveat.code for caveat in found.caveats]


def test_a_copy_of_the_label_raises_the_alarm_with_its_name(panel):
    left = panel.churned[panel.account]
    copy = ((left > panel.day + 30) & (left <= panel.day + 120)).astype(float)
    leaking = replace(
        panel,
        metrics=(*panel.metrics[:-1], "churn_flag"),
        x=np.column_stack([panel.x[:, :-1], copy]),
    )
    with pytest.warns(LeakWarning, match=re.escape("column 'churn_flag' (AUC 1.00)")) as caught:
        found = backtest(leaking, leads=(30,), draws=50)
    assert caught[0].message.columns == ("churn_flag",)
    assert not found.usable
    assert found.leaks == {"churn_flag": 1.0}
    assert found.caveats[0].code == "leak"
    assert "unusable" in found.text.splitlines()[0]
    assert np.isnan(found.recommended_cut)


def test_a_score_that_knows_too_much_raises_the_alarm_too(panel):
    left = panel.churned[panel.account]
    with pytest.warns(LeakWarning, match="'score'"):
        found = backtest(
            replace(panel, score=np.where(left <= panel.day + 120, 0.0, 100.0)), leads=(30,), draws=50
        )
    assert found.leaks == {"score": pytest.approx(1)}


def test_few_churned_test_accounts_are_too_few_to_judge(panel):
    found = backtest(small(panel, 100), leads=(30,), draws=50)
    row = found.table.iloc[0]
    assert 0 < row["churned_accounts"] < 20
    assert row["status"] == row["verdict"] == "too few to judge"
    assert "too few to judge at any lead" in found.text
    assert "20 are needed" in found.text
    assert found.caveats[0].code == "too_few_churned"


def test_a_lead_without_a_closed_window_says_so(panel):
    found = backtest(small(panel), leads=(30, 400), cut=int(STARTS[20]), draws=50)
    assert found.table["status"].tolist() == ["ok", "no closed window"]
    assert np.isnan(found.table["auc"].iloc[1])
    assert "no_closed_window" in [caveat.code for caveat in found.caveats]


def test_a_cut_before_any_training_leaves_the_experts_and_no_challenger(panel):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = backtest(small(panel), leads=(30,), cut=int(STARTS[1]), draws=50)
    row = found.table.iloc[0]
    assert row["status"] == "ok"
    assert row["fitted_auc"] == pytest.approx(row["auc"])
    assert np.isnan(row["challenger_auc"])
    assert np.isnan(row["brier_skill"])


def test_without_nps_the_heaviest_metric_is_the_baseline(panel):
    renamed = replace(small(panel), metrics=("a", "b", "c", "d", "recency"))
    found = backtest(renamed, leads=(30,), draws=50)
    assert found.predictors["predictor"][found.predictors["kind"] == "baseline"].tolist() == [
        "a",
        "recency",
        "tenure",
        "chance",
    ]


@pytest.mark.parametrize("bad", [{"leads": ()}, {"leads": (-1,)}, {"horizon_days": 0}, {"draws": 1}])
def test_numbers_that_cannot_be_are_refused(panel, bad):
    with pytest.raises(UsageError, match="leads, horizon_days, draws: found"):
        backtest(panel, **bad)


def test_a_history_without_a_closed_window_is_refused(panel):
    with pytest.raises(UsageError, match="expected a snapshot whose window has ended"):
        backtest(panel, horizon_days=2000)


def test_an_end_after_what_is_known_is_refused(panel):
    with pytest.raises(UsageError, match="nothing is known from then on"):
        label_snapshots(panel, lead_days=0, horizon_days=90, end=panel.end + 1)
    with pytest.raises(UsageError, match="a lead of 0 days or more"):
        label_snapshots(panel, lead_days=-1, horizon_days=90)
