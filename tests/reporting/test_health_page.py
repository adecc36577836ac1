"""The health page of a month and the page of one account: every part or the reason why it is not there."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import cxlib as cx
from cxlib.health import score as scoring
from cxlib.health.history import remembered_scores, score_history
from cxlib.reporting import health_month as month_module
from cxlib.reporting.health_words import answer_lines, main_row, mean_change
from cxlib.reporting.month import settle
from cxlib.reporting.opening import OpenedMonth
from cxlib.reporting.show import _OF_HEALTH, show
from cxlib.reporting.tables import sentence_html
from tests.health.accounts import portfolio
from tests.health.accounts import tables as account_tables
from tests.reporting.small_report import write_data
from tests.reporting.test_plots_health import backtest

ACCOUNT_VIEWS = [
    "answer", "facts", "history", "score", "tickets", "surveys", "interactions", "overrides", "caveats",
]  # fmt: skip
NEVER = re.compile(r"\bnan\b|\bNaT\b|\bNone\b(?! of | is )|\binf\b")
REASON = "Sponsor <left>, call ann@example.com"


def frames(accounts=40):
    """The small portfolio with managers, renewals, revenue, people who left, and what people say."""
    given = account_tables(accounts=accounts)
    table = given["accounts"]
    count = len(table)
    table["csm"] = np.where(np.arange(count) % 2 == 0, "Ann", "Bob")
    table["team"] = "north"
    table["renewal_at"] = [f"2020-0{1 + place % 5}-1{place % 9}T09:00Z" for place in range(count)]
    left = [f"2019-{5 + place:02d}-15T09:00Z" for place in range(7)]
    table["churned_at"] = [*[""] * (count - len(left)), *left]
    said = {"account_id": ["A-02", "A-03"], "band": ["danger", "champion"], "author": ["ann", "bob"]}
    said |= {"reason": [REASON, "New"], "set_at": ["2019-10-05T09:00Z", "2019-11-20T09:00Z"]}
    given["overrides"] = pd.DataFrame(said | {"expires_at": ["2020-01-03T00:00Z"] * 2})
    talks = {"interaction_id": ["I1"], "at": ["2019-11-02T09:00Z"], "kind": ["call"], "account_id": ["A-02"]}
    given["interactions"] = pd.DataFrame(talks)
    return given


def opened_of(data, month="2019-11"):
    seen = settle(data, month)
    return OpenedMonth(data.at(seen.as_of), seen)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return portfolio(tmp_path_factory.mktemp("accounts"), frames())


@pytest.fixture(scope="module")
def health(data):
    return cx.health_month(opened_of(data))


@pytest.fixture(scope="module")
def page(data, health):
    return cx.account_page(data.at("2019-12-01"), "A-02", months=health.months)


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    """Surveys of nobody's account."""
    return cx.health_month(cx.open_month(write_data(tmp_path_factory.mktemp("bare")), "2020-02"))


def test_accounts_are_scored_at_the_end_of_the_month_not_of_the_data(health, data):
    assert health.day.isoformat() == "2019-12-01"
    assert health.movement.before.as_of.date().isoformat() == "2019-11-01"
    again = cx.health_month(opened_of(data.at("2019-12-20")))
    assert again.text == health.text


@pytest.mark.parametrize("view", _OF_HEALTH)
def test_every_view_shows_something_and_never_a_hole(health, view):
    shown = show(health, view)
    assert shown.html
    assert shown.text
    assert NEVER.search(re.sub(r'src="[^"]*"', "", shown.html)) is None
    assert all(alt.strip() for alt in re.findall(r'<img alt="([^"]*)"', shown.html))


@pytest.mark.parametrize("view", _OF_HEALTH)
def test_without_accounts_every_view_says_so_and_the_page_ends(bare, view):
    shown = show(bare, view)
    assert "<table" not in shown.html
    assert "<img" not in shown.html
    assert "account" in shown.text.lower() or "health" in shown.text


def test_without_accounts_the_first_page_has_it_among_what_is_not_known(bare):
    lines = cx.end_page(bare).content["lines"]
    assert lines["moved"] == []
    assert lines["unknown"][0].startswith("Health of accounts is not scored: found ")


def test_accounts_without_a_metric_say_why():
    accounts = pd.DataFrame({"account_id": ["A"], "signed_up_at": ["2019-01-01T00:00Z"]})
    found = cx.health_month(opened_of(cx.load({"accounts": accounts}, as_of="2020-01-01")))
    assert found.scores is None
    assert found.text.startswith("No health score: found ")


def test_without_churn_dates_the_rest_stands_and_the_test_says_why(tmp_path):
    given = frames(12)
    given["accounts"] = given["accounts"].drop(columns=["churned_at", "csm"])
    found = cx.health_month(opened_of(portfolio(tmp_path, given)))
    assert found.scores is not None
    assert "churned_at" in show(found, "backtest").text
    assert "churned_at" in show(found, "forecast").text
    assert "without csm" in show(found, "csm").text
    assert found.opportunities is not None
    assert "No csm" in show(found, "caveats").text


def test_the_first_screen_is_standing_movement_audience_worth_and_what_to_do(health):
    lines = health.text.splitlines()
    assert re.match(r"\d+ accounts on 1 December 2019: ", lines[0])
    assert "the mean score of the" in lines[1]
    assert "by more than sampling explains" in lines[1]
    assert lines[2].startswith("Who is heard of has")
    assert lines[3].startswith("Does the score tell who leaves?")
    assert "renewal" in lines[4]
    html = show(health, "answer").html
    assert html.count("<p>") == len(lines)


def test_the_first_page_collects_a_sentence_a_question(health):
    summary = health.summary()
    assert [len(summary.lines[key]) for key in ("moved", "sure", "action")] == [1, 1, 1]
    assert summary.lights[0]["label"] == "Health of accounts"
    assert summary.numbers["account_health"]["n"] == len(health.scores.table)
    assert summary.definitions["account_health"] == health.scores.configuration.hash
    assert summary.health["as_of"] == health.scores.as_of.isoformat()
    told = pd.Series(summary.health["scores"])
    np.testing.assert_allclose(told, health.scores.table["score"], atol=1e-9)
    assert cx.end_page(health).content["health"] == summary.health


def test_a_clear_fall_is_called_one(health):
    table = health.movement.table.assign(change=np.linspace(-9, -5, len(health.movement.table)), real=True)
    fell = replace(health.movement, table=table)
    lines = answer_lines(health.scores, fell, None, None, day=health.day)
    assert "it fell" in lines[1]
    assert "that is more than chance makes" in lines[1]
    assert mean_change(table)[2] < 0


def test_a_score_no_better_than_naive_says_so_in_plain_words(health):
    lines = answer_lines(health.scores, None, backtest(), None, day=health.day)
    assert "it is no better than naive" in lines[1]
    assert "tenure .68" in lines[1]
    assert lines[1].endswith("not as a ranking of who leaves.")
    assert main_row(backtest())["lead_days"] == 30
    assert main_row(backtest("too few to judge")) is None


def test_every_account_of_a_list_names_the_command_that_takes_it_apart(health):
    html = show(health, "worst").html + show(health, "renewals").html
    listed = re.findall(r'<th scope="row">(A-\d+)</th>', html)
    assert listed
    assert all(f"cxlib health explain {account}" in html for account in listed)
    assert "papermill notebooks/account.ipynb" in show(health, "closer").html


def test_reasons_of_people_arrive_escaped_and_masked(health, page):
    for html in (show(health, "overrides").html, show(page, "overrides").html):
        assert "Sponsor &lt;left&gt;" in html
        assert "ann@example.com" not in html


def test_months_are_made_once_and_no_day_is_scored_for_an_override(data, monkeypatch):
    made, scored = [], []
    real_months, real_score = month_module.account_months, scoring.score_health
    monkeypatch.setattr(month_module, "account_months", lambda data: made.append(1) or real_months(data))
    monkeypatch.setattr(
        "cxlib.health.override_review.score_health", lambda data: scored.append(1) or real_score(data)
    )
    found = cx.health_month(opened_of(data))
    assert len(made) == 1
    assert scored == []
    assert found.review is not None


def test_what_is_remembered_is_what_the_month_was_scored_with(health):
    configuration = health.scores.configuration
    said = remembered_scores(health.months, configuration, unit="account_id", zone="UTC")
    then = said(pd.Timestamp("2019-10-20T12:00Z").to_pydatetime())
    assert then.as_of.date().isoformat() == "2019-10-01"
    one = then.table.iloc[0]
    past = score_history(health.months, one["account_id"], configuration=configuration).table
    row = past[past["day"].astype(str) == "2019-10-01"].iloc[0]
    assert (row["score"], row["band_model"]) == (one["score"], one["band_model"])
    parts = then.contributions[then.contributions["account_id"] == one["account_id"]]["contribution"]
    assert then.base + parts.sum() == pytest.approx(one["score"])


def test_before_the_first_month_nothing_is_remembered(health):
    said = remembered_scores(health.months, health.scores.configuration, unit="account_id", zone="UTC")
    assert len(said(pd.Timestamp("2018-01-01T00:00Z").to_pydatetime()).table) == 0


@pytest.mark.parametrize("view", ACCOUNT_VIEWS)
def test_every_view_of_an_account_shows_something(page, view):
    shown = show(page, view)
    assert shown.html
    assert NEVER.search(re.sub(r'src="[^"]*"', "", shown.html)) is None


def test_an_accounts_rows_are_its_own_and_the_latest_come_first(page, data):
    own = data.at("2019-12-01").frame("surveys")
    mine = own[(own["account_id"] == "A-02") & own["responded_at"].notna()]
    assert len(page.records["surveys"]) == len(mine)
    assert page.records["surveys"]["at"].is_monotonic_decreasing
    assert "comment" not in page.records["surveys"]
    assert page.records["interactions"]["kind"].tolist() == ["call"]
    assert len(page.records["tickets"]) == 0  # the second account never writes
    assert "No ticket of A-02" in show(page, "tickets").text


def test_an_account_says_its_renewal_and_its_risk(page):
    assert page.facts["Renewal"].startswith("11 February 2020, in ")
    assert "P(churn by renewal)" in page.facts
    assert page.text.splitlines()[-1].startswith("It renews on 11 February 2020")


def test_rows_of_an_accounts_people_are_its_own(tmp_path):
    given = frames(12)
    given["customers"] = pd.DataFrame({"customer_id": ["C1", "C2"], "account_id": ["A-05", "A-06"]})
    wrote = given["tickets"].drop(columns="account_id").assign(customer_id="C2")
    wrote.loc[:4, "customer_id"] = "C1"
    given["tickets"] = wrote
    found = cx.account_page(portfolio(tmp_path, given), "A-05")
    assert len(found.records["tickets"]) == 5


def test_without_months_to_look_back_on_an_account_still_has_a_page():
    accounts = pd.DataFrame({"account_id": ["A", "B"]})
    answers = pd.DataFrame(
        {"survey_id": ["1", "2"], "kind": "csat", "score": [5, 1], "account_id": ["A", "B"]}
    )
    answers["sent_at"] = answers["responded_at"] = "2020-02-01T09:00Z"
    found = cx.account_page(cx.load({"accounts": accounts, "surveys": answers}, as_of="2020-02-02"), "B")
    assert "at least two whole months of data" in show(found, "history").text
    for view in ACCOUNT_VIEWS:
        assert show(found, view).html


def test_a_history_of_an_unknown_account_names_the_near_one(health):
    with pytest.raises(cx.CxError, match=re.escape("Did you mean 'A-02'?")):
        score_history(health.months, "A-002", configuration=health.scores.configuration)


def test_a_number_with_thin_spaces_is_not_broken():
    assert sentence_html("of 20\u2009140 so") == 'of <span class="id">20\u2009140</span> so'
