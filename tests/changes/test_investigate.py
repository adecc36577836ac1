"""Planted causes are found, absent ones are not invented, and the object keeps its promises."""

import json

import jsonschema
import numpy as np
import pandas as pd
import pytest

import cxlib as cx
from cxlib.errors import UnknownNameError, UsageError
from tests.changes.planted import company

PLANTED = ["cut", "service", "none", "unlogged"]


def ask(made, metric="nps", **rest):
    return cx.investigate(cx.load(made.frames), metric, start=made.start, end=made.end, **rest)


@pytest.fixture(scope="module")
def companies():
    made = {name: company(name) for name in ("cut", "service", "none")}
    return made | {"unlogged": company("service", logged=False)}


@pytest.fixture(scope="module")
def answers(companies):
    return {name: ask(made) for name, made in companies.items()}


def check_promises(found):
    """Everything that the contract says in words and a schema cannot."""
    answer = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    rows = answer["suspects"]
    chances = [row["probability"] for row in rows]
    assert sum(chances) + answer["other_changes"]["probability"] == pytest.approx(1.0, abs=1e-6)
    for hypothesis in ("no_change", "unlogged_cause"):
        assert sum(row["hypothesis"] == hypothesis for row in rows) == 1
    assert chances == sorted(chances, reverse=True)
    ids = [row["change_id"] for row in rows if row["hypothesis"] == "change"]
    assert len(ids) == len(set(ids)) <= 20
    null = {row["hypothesis"]: row["probability"] for row in rows if row["hypothesis"] != "change"}
    mechanisms = answer["mechanism"]["probabilities"]
    assert sum(mechanisms.values()) == pytest.approx(1.0, abs=1e-6)
    assert mechanisms[answer["mechanism"]["name"]] == max(mechanisms.values())
    assert mechanisms["none"] == pytest.approx(null["no_change"], abs=1e-6)
    assert mechanisms["exogenous"] == pytest.approx(null["unlogged_cause"], abs=1e-6)
    split = answer["breakdown"]
    if split is not None:
        assert split["mix"] + split["within"] == pytest.approx(split["total"], abs=1e-6)
        assert split["total"] == pytest.approx(answer["shift"]["change"], abs=1e-6)
        assert answer["shift"]["after"] - answer["shift"]["before"] == pytest.approx(split["total"], abs=1e-6)
        assert bool(split["segments"]) == bool(split["by"])
        for part in ("mix", "within"):
            if split["segments"]:
                assert sum(row[part] for row in split["segments"]) == pytest.approx(split[part], abs=1e-6)
        if split["reach"] is not None:
            factors = split["population"] + split["reach"] + split["response"]
            assert factors == pytest.approx(split["mix"], abs=1e-6)
    assert answer["shift"]["detected"] == (answer["shift"]["probability"] >= 0.5)
    held = answer["credible_set"]
    assert held["probability"] >= held["level"] - 1e-9
    return answer


@pytest.mark.parametrize("name", PLANTED)
def test_the_object_keeps_its_promises(answers, name):
    check_promises(answers[name])


@pytest.mark.parametrize("name", PLANTED)
def test_the_object_follows_the_contract(answers, name, shared):
    schema = json.loads((shared / "contracts" / "investigate.schema.json").read_text())
    checker = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
    checker.validate(json.loads(json.dumps(answers[name].to_dict(), allow_nan=False)))


def test_a_cut_audience_is_named_and_called_audience(answers, companies):
    found = answers["cut"]
    assert found.verdict == "change_named"
    assert found.suspects.top.change.change_id == "guilty"
    assert found.mechanism["name"] == "audience"
    assert found.shift["onset"] == companies["cut"].onset.isoformat()
    assert dict(found.segment) == {"group": "gamma"}
    assert abs(found.breakdown.within) < 5 < -found.breakdown.mix
    assert found.breakdown.cut.factors[1] == pytest.approx(found.breakdown.mix, abs=4.0)


def test_a_fault_of_the_service_is_named_and_called_service(answers, companies):
    found = answers["service"]
    assert found.suspects.top.change.change_id == "guilty"
    assert found.verdict == "change_named"
    assert (found.mechanism["name"], found.reason) == ("service", "invoice")
    assert abs(found.breakdown.mix) < 5 < -found.breakdown.within


def test_an_innocent_log_is_not_accused(answers):
    found = answers["unlogged"]
    assert found.mechanism["name"] == "exogenous"
    assert found.verdict == "no_change_explains_it"
    assert max(item.probability for item in found.suspects.ranked) < 0.5


def test_noise_is_no_shift(answers):
    found = answers["none"]
    assert max(item.probability for item in found.suspects.ranked) < 0.5
    assert found.verdict in {"no_shift", "not_established"}


def test_a_release_after_the_onset_is_listed_as_excluded(companies):
    made = companies["cut"]
    frames = dict(made.frames)
    late = (
        frames["changes"]
        .iloc[:1]
        .assign(change_id="late", released_at=pd.Timestamp(made.onset, tz="UTC") + pd.Timedelta(days=2))
    )
    frames["changes"] = pd.concat([frames["changes"], late], ignore_index=True)
    found = cx.investigate(cx.load(frames), start=made.start, end=made.end, explain="late")
    assert ("late", "after_onset") in {(item.change_id, item.why) for item in found.excluded}
    assert "was released after the shift had begun" in found.text
    check_promises(found)


def test_two_releases_of_one_day_share_the_blame(companies):
    made = companies["cut"]
    frames = dict(made.frames)
    twin = frames["changes"].loc[lambda f: f["change_id"] == "guilty"].assign(change_id="twin")
    frames["changes"] = pd.concat([frames["changes"], twin], ignore_index=True)
    found = cx.investigate(cx.load(frames), start=made.start, end=made.end)
    chances = {item.change.change_id: item.probability for item in found.suspects.ranked}
    assert chances["guilty"] == pytest.approx(chances["twin"], abs=1e-9)
    held = found.to_dict()["credible_set"]["change_ids"]
    assert set(held) == {"guilty", "twin"}
    check_promises(found)


def test_names_and_the_order_of_rows_play_no_part(companies, answers):
    made = companies["service"]
    rng = np.random.default_rng(11)
    frames = {name: frame.sample(frac=1, random_state=5) for name, frame in made.frames.items()}
    renamed = {
        name: f"q{number}"
        for name, number in zip(frames["changes"]["change_id"], rng.permutation(900), strict=False)
    }
    frames["changes"] = frames["changes"].assign(change_id=frames["changes"]["change_id"].map(renamed))
    for table, column in (("surveys", "survey_id"), ("surveys", "customer_id"), ("tickets", "ticket_id")):
        fresh = [f"z{number}" for number in rng.permutation(len(frames[table]))]
        frames[table] = frames[table].assign(**{column: fresh})
    found = cx.investigate(cx.load(frames), start=made.start, end=made.end)
    before = {renamed[item.change.change_id]: item.probability for item in answers["service"].suspects.ranked}
    after = {item.change.change_id: item.probability for item in found.suspects.ranked}
    assert after == pytest.approx(before, abs=1e-9)


def test_one_file_of_surveys_and_one_of_changes_are_enough():
    made = company("service")
    frames = {
        "surveys": made.frames["surveys"].dropna(subset="score")[
            ["survey_id", "kind", "responded_at", "score"]
        ],
        "changes": made.frames["changes"],
    }
    found = cx.investigate(cx.load(frames), start=made.start, end=made.end)
    answer = check_promises(found)
    codes = {caveat["code"] for caveat in answer["caveats"]}
    assert {"no_sends", "no_contacts", "no_activity", "no_segments"} <= codes
    assert answer["breakdown"]["by"] == []
    assert answer["breakdown"]["mix"] == 0
    assert answer["breakdown"]["reach"] is None
    assert "cannot be told from one of the service" in answer["text"][0]
    assert "because" not in answer["text"][0]
    assert answer["data"]["basis"] == "response_day"
    assert found.suspects.ranked[0].change.change_id == "guilty"


@pytest.mark.parametrize("metric", ["contact_rate", "ticket_volume"])
def test_counts_are_investigated_too(companies, metric):
    found = ask(companies["service"], metric)
    answer = check_promises(found)
    assert found.suspects.ranked[0].change.change_id == "guilty"
    assert (answer["mechanism"]["name"], answer["reason"]) == ("service", "invoice")
    assert answer["shift"]["change"] > 0
    assert answer["balance"] is None


def test_reviews_have_no_reach():
    rng = np.random.default_rng(4)
    moments = pd.Timestamp("2022-01-01", tz="UTC") + pd.to_timedelta(
        np.sort(rng.uniform(0, 170, 4000)), unit="D"
    )
    worse = moments >= pd.Timestamp("2022-05-25", tz="UTC")
    rating = np.where(rng.random(4000) < np.where(worse, 0.4, 0.7), 5, 1)
    reviews = pd.DataFrame(
        {"review_id": [f"w{i}" for i in range(4000)], "posted_at": moments, "rating": rating}
    )
    changes = pd.DataFrame(
        {
            "change_id": ["a", "b"],
            "released_at": pd.to_datetime(["2022-05-25", "2022-05-10"], utc=True),
            "title": ["App 5", "App 4"],
        }
    )
    found = cx.investigate(
        cx.load({"reviews": reviews, "changes": changes}),
        "review_score_net",
        start=pd.Timestamp("2022-05-01").date(),
        end=pd.Timestamp("2022-06-20").date(),
    )
    answer = check_promises(found)
    assert answer["breakdown"]["reach"] is None
    assert "reach_unknown" in {caveat["code"] for caveat in answer["caveats"]}
    assert found.suspects.top.change.change_id == "a"
    assert answer["balance"]["kind"] == "both"


def test_explaining_says_why_a_change_is_the_cause(companies):
    found = ask(companies["cut"], explain="guilty")
    assert "by way of the audience" in found.text


def test_an_unknown_change_cannot_be_explained(companies):
    with pytest.raises(UnknownNameError, match="Did you mean 'guilty'"):
        ask(companies["cut"], explain="gilty")


def test_a_duration_and_an_empty_window_are_refused(companies):
    made = companies["cut"]
    with pytest.raises(UsageError, match="a duration, expected a net, share, mean, rate or count"):
        ask(made, "first_response_time")
    with pytest.raises(UsageError, match="found no rows of nps"):
        cx.investigate(
            cx.load(made.frames), start=made.end.replace(year=2030), end=made.end.replace(year=2031)
        )


def test_ranking_alone_gives_the_same_suspects(companies, answers):
    made = companies["cut"]
    ranked = cx.rank_changes(cx.load(made.frames), "nps", start=made.start, end=made.end)
    assert ranked.table["probability"].sum() == pytest.approx(1.0)
    pd.testing.assert_frame_equal(ranked.table, answers["cut"].table)


def test_two_windows_can_be_compared_without_a_search(companies):
    made = companies["cut"]
    split = cx.break_down(
        cx.load(made.frames), "nps", before=(made.start, made.onset), after=(made.onset, made.end), by="group"
    )
    whole = split.table.loc[split.table["by"] == ""].set_index("window")
    assert whole.loc["after", "value"] - whole.loc["before", "value"] == pytest.approx(split.total, abs=1e-9)
    assert whole.loc["after", "nps_standardised"] == pytest.approx(whole.loc["before", "value"], abs=5.0)
    assert "who was asked" in split.text
