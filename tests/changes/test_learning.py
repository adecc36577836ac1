"""Priors learned from incidents whose cause is known."""

import numpy as np
import pandas as pd
import pytest

import cxlib as cx
from cxlib.changes.labelled import labelled
from cxlib.changes.question import ask
from cxlib.changes.weighing import weigh
from cxlib.errors import UsageError

FIRST = pd.Timestamp("2015-01-05", tz="UTC")
EVERY, INCIDENTS, CALM = 50, 30, 70
USUAL, RAISED, LASTS = 8, 20, 12


def day(number):
    return (FIRST + pd.Timedelta(days=number)).date().isoformat()


def onset(number):
    return CALM + EVERY * number + 20


@pytest.fixture(scope="module")
def data():
    """Every fifty days tickets rise for twelve; a flag and a content change were released an hour before."""
    rng = np.random.default_rng(3)
    mean = np.full(CALM + EVERY * (INCIDENTS + 1), float(USUAL))
    for number in range(INCIDENTS):
        mean[onset(number) : onset(number) + LASTS] = RAISED
    days = np.repeat(np.arange(len(mean)), rng.poisson(mean))
    created = FIRST + pd.to_timedelta(days * 86400 + rng.integers(0, 86400, len(days)), unit="s")
    tickets = pd.DataFrame({"ticket_id": [f"t{row}" for row in range(len(days))], "created_at": created})
    rows = [
        (f"{kind}-{number}", "Small things", kind, FIRST + pd.Timedelta(days=onset(number) + off, minutes=5))
        for number in range(INCIDENTS)
        for kind, off in (("flag", 0), ("config", 0), ("release", 9))
    ]
    log = pd.DataFrame(rows, columns=["change_id", "title", "kind", "released_at"]).assign(component="app")
    return cx.load({"tickets": tickets, "changes": log})


def incidents(*, kind="flag", count=INCIDENTS):
    starts = [CALM + EVERY * number for number in range(count)]
    return pd.DataFrame(
        {
            "metric": "ticket_volume",
            "start": [day(start) for start in starts],
            "end": [day(start + EVERY) for start in starts],
            "change_id": [f"{kind}-{number}" for number in range(count)],
        }
    )


def test_an_incident_taken_apart_gives_the_probability_of_the_whole(data):
    one = incidents().iloc[3]
    question = ask(data, one.metric, by=(), start=one.start, end=one.end)
    whole = weigh(question, question.in_window)
    for item in whole.weighed:
        known = labelled(question, item.candidate.change.change_id)
        assert np.exp(known.log_probability(question.priors)) == pytest.approx(item.probability, rel=1e-9)
    nothing = labelled(question, None).log_probability(question.priors)
    assert np.exp(nothing) == pytest.approx(whole.no_change + whole.unlogged, rel=1e-9)


@pytest.mark.slow
def test_a_kind_that_was_guilty_every_time_is_believed_next_time(data):
    learned = cx.learn_priors(data, incidents())
    table = learned.table.set_index("parameter")
    assert table.learned["kind.flag"] > 0.5 > 0 > table.learned["kind.config"]
    assert learned.learned_loss < learned.given_loss
    assert learned.caveats == ()
    last = incidents().iloc[-1]
    asked = {"start": last.start, "end": last.end}
    before = cx.rank_changes(data, "ticket_volume", **asked).table.set_index("change_id").probability
    after = cx.rank_changes(data, "ticket_volume", **asked, prior=learned.prior)
    assert after.table.set_index("change_id").probability[last.change_id] > before[last.change_id] + 0.15


@pytest.mark.slow
def test_kinds_between_which_chance_decided_are_not_told_apart(data):
    drawn = np.random.default_rng(0).choice(["flag", "config"], INCIDENTS)
    mixed = incidents().assign(change_id=[f"{kind}-{number}" for number, kind in enumerate(drawn)])
    table = cx.learn_priors(data, mixed).table.set_index("parameter")
    assert table.lower["kind.config"] < table.learned["kind.flag"] < table.upper["kind.config"]


def test_too_few_incidents_are_refused(data):
    with pytest.raises(UsageError, match="30 or more"):
        cx.learn_priors(data, incidents(count=29))


def test_a_cause_outside_its_window_is_refused_with_its_row(data):
    wrong = incidents()
    wrong.loc[7, "change_id"] = "flag-2"
    with pytest.raises(UsageError, match="row 7, column change_id"):
        cx.learn_priors(data, wrong)


def test_a_missing_column_is_named(data):
    with pytest.raises(UsageError, match="no column change_id"):
        cx.learn_priors(data, incidents().drop(columns="change_id"))


def test_a_prior_that_is_not_in_the_settings_is_refused(data):
    with pytest.raises(UsageError, match="component"):
        cx.rank_changes(data, "ticket_volume", start=day(CALM), end=day(CALM + EVERY), prior={"componet": 2})
