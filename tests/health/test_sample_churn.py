"""The back-test on the sample: a copy of the label is called out, churn dealt out is no better than naive."""

import warnings
from datetime import date

import numpy as np
import pandas as pd
import pytest

import cxlib as cx
from cxlib.errors import LeakWarning
from cxlib.health.backtest import backtest
from cxlib.health.configuration import configured
from cxlib.health.panel import account_months
from tests.health.cut_data import changed, dealt_out, frames, reload

LEADS = (0, 30, 60, 90)
PLANTED = """
[metrics.exit_signs]
definition = "Rows that somebody wrote who knew who would leave."
table = "activity"
kind = "count"
where = "kind = 'exit_sign'"
value = "1"
basis = "date"
unit = "rows"
direction = "down"
[health.metrics.exit_signs]
window_days = 30
weight = 10
shape = { down = [0, 1] }
"""


def with_exit_signs(sample, folder, sample_dir):
    """A row a month for every account that leaves 31 to 120 days later: the label, kept as activity."""
    given = frames(sample, ["accounts", "activity", "customers"])
    left = given["accounts"].dropna(subset=["churned_at"])
    rows = []
    for start in pd.date_range("2017-10-01", sample.as_of.date(), freq="MS"):
        days = (left["churned_at"].dt.tz_convert(sample.zone).dt.tz_localize(None) - start).dt.days
        ids = left.loc[
            (days > 30) & (days <= 120) & (left["signed_up_at"].dt.tz_localize(None) < start), "account_id"
        ]
        rows.append(pd.DataFrame({"account_id": ids, "date": (start - pd.Timedelta(days=1)).date()}))
    planted = pd.concat(rows).assign(kind="exit_sign", count=1.0)
    given["activity"] = pd.concat([given["activity"], planted], ignore_index=True)
    path = folder / "cxlib.toml"
    path.write_text((sample_dir / "cxlib.toml").read_text(encoding="utf-8") + PLANTED, encoding="utf-8")
    return reload(sample, given, path)


def test_a_copy_of_the_label_kept_as_activity_is_called_out_by_name(sample, tmp_path, sample_dir):
    data = with_exit_signs(sample, tmp_path, sample_dir)
    configuration = configured(data.settings).only(["seat_logins", "exit_signs"])
    months = account_months(data, configuration=configuration, start=date(2018, 9, 1))
    with pytest.warns(LeakWarning, match="exit_signs") as told:
        found = backtest(months, leads=(30,), draws=50)
    assert len(told) == 1
    assert list(found.leaks) == ["exit_signs"]
    assert found.leaks["exit_signs"] > 0.99
    assert not found.usable
    assert "leak" in {caveat.code for caveat in found.caveats}
    assert np.isnan(found.recommended_cut)
    assert "unusable" in found.text


@pytest.fixture(scope="module")
def months(sample):
    return account_months(sample)


def judged(found):
    return found.table[found.table["status"] == "ok"].set_index("lead_days")


@pytest.mark.slow
def test_the_score_tells_who_leaves_and_nothing_in_it_knows_the_future(months):
    with warnings.catch_warnings():
        warnings.simplefilter("error", LeakWarning)
        found = backtest(months, leads=LEADS)
    assert found.usable
    table = judged(found)
    assert list(table.index) == list(LEADS)
    assert (table["lower"] > 0.5).all()
    assert (table["last_training_day"] < found.cut).all()
    assert table.loc[30, "verdict"].startswith("better than NPS")


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_churn_dealt_out_among_accounts_is_no_better_than_naive(sample, seed):
    """The dates stay, the accounts are drawn: of what was measured nothing knows who leaves."""
    accounts = frames(sample, ["accounts"])["accounts"]
    drawn = dealt_out(accounts, seed)
    assert sorted(drawn["churned_at"].dropna()) == sorted(accounts["churned_at"].dropna())
    assert not drawn["churned_at"].equals(accounts["churned_at"])
    data = changed(sample, "accounts", drawn)
    found = cx.backtest_health(data, leads=LEADS)
    table = judged(found)
    assert len(table) >= 3
    assert (table["verdict"] == "no better than naive").all()
    assert (table["lower"] < 0.5).all(), table[["auc", "lower", "upper"]]
    assert (table["upper"] > 0.5).all(), table[["auc", "lower", "upper"]]
    assert "no better than naive" in found.text
    assert found.usable
    assert np.isnan(found.recommended_cut)
