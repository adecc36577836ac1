"""Movements between two dates on data: parts that sum, what is real, what is only known no more."""

import json

import numpy as np
import pandas as pd
import pytest

import cxlib as cx
from cxlib.health.configuration import configured
from cxlib.health.movement import PARTS
from tests.health.accounts import CONFIGURATION, portfolio, tables

THEN = "2019-10-01"


def sums(found):
    return found.table[list(PARTS)].sum(axis=1).to_numpy()


def test_parts_sum_to_the_change_of_every_account_and_metric(tmp_path):
    given = tables()
    given["accounts"].loc[3, "signed_up_at"] = "2019-11-01T09:00Z"
    given["accounts"].loc[5, "churned_at"] = "2019-11-01T09:00Z"
    found = cx.compare_health(portfolio(tmp_path, given), before=THEN)
    np.testing.assert_allclose(sums(found), found.table["change"], atol=1e-9)
    assert (found.came, found.left) == (("A-03", "A-04"), ("A-06",))
    assert found.metrics[list(PARTS)].to_numpy().sum() == pytest.approx(found.table["change"].sum(), abs=1e-9)
    assert (found.table["redefinition"] == 0).all()


def test_another_definition_is_a_part_of_its_own(tmp_path):
    data = portfolio(tmp_path)
    earlier = configured(data.settings).with_weights(
        {"nps": 60.0, "csat": 20.0, "login_days": 10.0, "ticket_volume": 10.0}
    )
    found = cx.compare_health(data, before=THEN, earlier=earlier)
    np.testing.assert_allclose(sums(found), found.table["change"], atol=1e-9)
    assert found.table["redefinition"].abs().max() > 1
    assert "redefined" in {caveat.code for caveat in found.caveats}


def test_missing_left_to_the_others_sums_too(tmp_path):
    text = CONFIGURATION.replace('unit = "account_id"', 'unit = "account_id"\nmissing = "reweight"')
    given = tables()
    quiet = (given["surveys"]["account_id"] == "A-07") & (given["surveys"]["sent_at"] < THEN)
    given["surveys"] = given["surveys"][~quiet]
    found = cx.compare_health(portfolio(tmp_path, given, settings=text), before=THEN)
    np.testing.assert_allclose(sums(found), found.table["change"], atol=1e-9)


def test_an_answer_where_there_was_none_is_data_that_arrived(tmp_path):
    given = tables()
    early = (given["surveys"]["account_id"] == "A-07") & (given["surveys"]["sent_at"] < THEN)
    given["surveys"] = given["surveys"][~early]
    found = cx.compare_health(portfolio(tmp_path, given), before=THEN)
    mine = found.metrics[(found.metrics["account_id"] == "A-07") & (found.metrics["metric"] == "nps")].iloc[0]
    assert mine["arrived"] != 0
    assert mine["value"] == mine["freshness"] == mine["gone"] == 0


def test_fewer_answers_ask_the_log_about_that_metric(tmp_path):
    rng = np.random.default_rng(3)
    days = pd.date_range("2019-03-01", "2019-12-31")
    rows = []
    for day in days:
        for i in range(12):
            plan = "ab"[i % 2]
            if day >= pd.Timestamp("2019-12-05") and plan == "a":
                continue
            score = int(np.clip(round(rng.normal(9.3 if plan == "a" else 6.5, 1)), 0, 10))
            rows.append((day.strftime("%Y-%m-%dT09:00Z"), f"A-{i + 1:02d}", plan, score))
    surveys = pd.DataFrame(rows, columns=["sent_at", "account_id", "plan", "score"])
    surveys["survey_id"], surveys["kind"] = [f"S{i}" for i in range(len(surveys))], "nps"
    surveys["responded_at"] = surveys["sent_at"]
    log = pd.DataFrame({"change_id": ["R-1", "R-2"], "title": ["Faster search", "Segment query of surveys"]})
    log["released_at"] = ["2019-11-12T08:00Z", "2019-12-05T07:00Z"]
    log["component"] = ["search", "surveys"]
    data = portfolio(tmp_path, {**tables(), "surveys": surveys, "changes": log})
    found = cx.compare_health(data, before="2019-12-01")
    row = found.coverage.table.set_index("metric").loc["nps"]
    assert row["fell"]
    assert row["rows_after"] < 0.65 * row["rows_before"]
    assert found.coverage.found["nps"].table["change_id"].iloc[0] == "R-2"
    assert "Who is heard of changed" in found.text
    assert "R-2" in found.text
    calm = cx.compare_health(data.at("2019-11-30"), before="2019-11-01")
    assert not calm.coverage.table["fell"].any()
    assert "Who is heard of" not in calm.text


def test_what_was_published_stands_beside_what_is_restated(tmp_path):
    data = portfolio(tmp_path)
    scores = cx.score_health(data.at(THEN)).table
    told = dict(zip(scores["account_id"], scores["score"], strict=True))
    month = tmp_path / "2019-09"
    month.mkdir()

    def publish(scores):
        health = {"as_of": f"{THEN}T00:00:00+00:00", "scores": scores}
        text = {
            "month": "2019-09",
            "as_of": "2019-10-16T00:00:00+00:00",
            "fingerprint": "x",
            "health": health,
        }
        (month / "manifest.json").write_text(json.dumps(text), encoding="utf-8")

    publish(told)
    same = cx.compare_health(data, previous=month)
    assert same.before.as_of.isoformat() == f"{THEN}T00:00:00+00:00"
    np.testing.assert_allclose(same.table["published"], same.table["before"], atol=1e-9)
    assert "restated" not in {caveat.code for caveat in same.caveats}
    publish({**told, "A-05": told["A-05"] - 3.0})
    found = cx.compare_health(data, previous=month)
    row = found.table.set_index("account_id").loc["A-05"]
    assert row["before"] - row["published"] == pytest.approx(3.0)
    (said,) = [caveat.text for caveat in found.caveats if caveat.code == "restated"]
    assert said.startswith("1 of 11 scores that 2019-09 published are restated, by +3.0 points on average")


NO_SCORES = {"month": "2019-09", "as_of": "2019-10-01T00:00:00+00:00", "fingerprint": "x"}


@pytest.mark.parametrize(
    ("manifest", "words"),
    [(None, "no manifest.json"), ("{", "cannot be read"), (json.dumps(NO_SCORES), "without health scores")],
)
def test_what_was_not_published_is_refused(tmp_path, manifest, words):
    data = portfolio(tmp_path)
    if manifest is not None:
        (tmp_path / "manifest.json").write_text(manifest, encoding="utf-8")
    with pytest.raises(cx.CxError, match=words):
        cx.compare_health(data, previous=tmp_path)


def test_neither_date_nor_month_is_refused(tmp_path):
    with pytest.raises(cx.CxError, match="before"):
        cx.compare_health(portfolio(tmp_path))
