"""What is planted in the product of the sample: found again in its tables, and nothing else moved by it."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from cxlib.data.sample.calendar import DAY
from cxlib.data.sample.plants_product import plant_product
from cxlib.data.sample.scenario import DEFAULT_SEED, scenario_of
from tests.data.lanternfold import local, opened

PRODUCT = ("locked_out", "carriers_quarrel", "sound_on_server", "calendar_train")
MONTH = pd.Timedelta(days=28)


@pytest.fixture(scope="module")
def company(sample_dir):
    return opened(sample_dir)


@pytest.fixture(scope="module")
def known(company):
    """Contacts and answers with the plan of their customer."""
    plans = company.tables["customers"].drop_duplicates("customer_id")[["customer_id", "plan"]]
    spoken = company.tables["messages"].query("author_role == 'agent' and public == 'true'")
    contacts = company.tickets.query("initiated_by == 'customer' and status != 'spam'")
    contacts = contacts.merge(plans, on="customer_id")
    answers = company.tables["surveys"].drop_duplicates().query("kind == 'csat' and score != ''")
    answers = answers.assign(score=pd.to_numeric(answers.score, errors="coerce"))
    return {
        "contacts": contacts.assign(replies=contacts.ticket_id.map(spoken.ticket_id.value_counts())),
        "answers": answers.assign(created=local(answers.responded_at)).merge(plans, on="customer_id"),
    }


def spells(plant):
    """The month before a truth began, and its days at full strength."""
    start, end = pd.Timestamp(plant["day"]), pd.Timestamp(plant["end_day"])
    first = start + pd.Timedelta(days=plant["ramp_days"] + 1)
    return (start - MONTH, start), (first, end)


def inside(rows, spell, plan=None):
    rows = rows[(rows.created >= spell[0]) & (rows.created < spell[1])]
    return rows if plan is None else rows[rows.plan == plan]


def a_day(rows, spell):
    return len(rows) / (spell[1] - spell[0]).days


def log_of(company, entries):
    return company.changes.set_index("change_id").loc[[entry["change_id"] for entry in entries]]


def test_each_has_its_own_stretch_of_days(company):
    acting = [
        plant
        for plant in company.truth["planted"]
        if plant["end_day"] < company.truth["last_day"] and plant["day"] > company.truth["first_day"]
    ]
    for name in PRODUCT:
        own = company.planted[name]
        for other in acting:
            apart = other["end_day"] < own["day"] or own["end_day"] < other["day"]
            assert apart or other["id"] == name


def test_entries_have_ids_of_their_own_and_leave_the_others_theirs(company):
    planted = [company.planted[name] for name in PRODUCT]
    entries = [entry for plant in planted for entry in (*plant["fixes"], *plant["innocent"])]
    entries += [plant["cause"] for plant in planted if plant["cause"]]
    ids = {entry["change_id"] for entry in entries}
    assert ids == set(company.changes.change_id[company.changes.change_id.str.startswith("W-")])
    assert company.changes.change_id[0] == "A-001"
    assert company.changes.change_id[1] == "R-021"


@pytest.mark.parametrize("name", PRODUCT)
def test_contacts_about_its_reason_rise_and_others_do_not(company, known, name):
    plant = company.planted[name]
    before, during = spells(plant)
    rows = {spell: inside(known["contacts"], spell) for spell in (before, during)}
    about, others = (
        [a_day(rows[spell][(rows[spell].reason == plant["reason"]) == same], spell) for spell in rows]
        for same in (True, False)
    )
    assert about[1] > 2.5 * about[0]
    assert 0.75 < others[1] / others[0] < 1.25


@pytest.mark.parametrize("name", PRODUCT)
def test_satisfaction_falls_with_it(company, known, name):
    plant = company.planted[name]
    plan = (plant["segment"] or {}).get("plan")
    before, during = ((inside(known["answers"], s, plan).score >= 4).mean() for s in spells(plant))
    assert during < before - 0.1
    seen = plant["seen"]["segment"] if plan else plant["seen"]
    assert [100 * before, 100 * during] == pytest.approx(seen["csat_percent"], abs=1.5)


def test_the_release_hits_one_plan_only(company, known):
    plant = company.planted["locked_out"]
    before, during = spells(plant)
    own = known["contacts"].query("reason == 'account_access'")
    monthly = [a_day(inside(own, spell, "monthly"), spell) for spell in (before, during)]
    term = [a_day(inside(own, spell, "term"), spell) for spell in (before, during)]
    assert monthly[1] > 5 * monthly[0]
    assert term[1] < 2 * term[0]
    one_touch = {
        plan: [
            (inside(known["contacts"], spell, plan).replies.dropna() == 1).mean() for spell in spells(plant)
        ]
        for plan in ("monthly", "term")
    }
    assert one_touch["monthly"][1] < one_touch["monthly"][0] - 0.1
    assert abs(one_touch["term"][1] - one_touch["term"][0]) < 0.08
    assert one_touch["monthly"] == pytest.approx(
        [share / 100 for share in plant["seen"]["segment"]["one_touch_percent"]], abs=0.02
    )


def test_the_score_falls_while_carriers_quarrel_and_the_log_has_no_word_of_it(company):
    plant = company.planted["carriers_quarrel"]
    assert (plant["mechanism"], plant["cause"], plant["fixes"]) == ("exogenous", None, [])
    before, during = (company.answers(*spell).points.mean() for spell in spells(plant))
    assert during < before - 12
    near = company.changes[(company.changes["at"] - pd.Timestamp(plant["day"])).abs() < pd.Timedelta(days=60)]
    assert (
        not (near.title + near.description).str.contains("carrier|network|internet|video", case=False).any()
    )
    assert not ((near["at"] - pd.Timestamp(plant["day"])).dt.days.between(-1, 1)).any()


def test_the_roll_out_spreads_evenly_and_contacts_rise_with_it(company, known):
    plant = company.planted["sound_on_server"]
    row = log_of(company, [plant["cause"]]).iloc[0]
    reached, taken_back = local(row[["rollout_end_at", "reverted_at"]])
    assert (reached.floor("D") - pd.Timestamp(plant["day"])).days == plant["ramp_days"] == 21
    assert str(taken_back.date()) == plant["end_day"]
    own = known["contacts"].query("reason == 'audio_video'")
    weeks = [row["at"] + pd.Timedelta(days=7 * week) for week in range(-1, 5)]
    counts = np.array([len(inside(own, spell)) for spell in pairwise(weeks)])
    assert (np.diff(counts) > 0).all()
    assert np.corrcoef(counts[1:4], [1, 3, 5])[0, 1] > 0.95
    after = (taken_back, taken_back + pd.Timedelta(days=21))
    assert a_day(inside(own, after), after) < 0.4 * counts[-1] / 7


def test_the_train_is_six_changes_within_an_hour_of_different_components(company):
    plant = company.planted["calendar_train"]
    day = company.changes[company.changes["at"].dt.strftime("%Y-%m-%d") == plant["day"]]
    assert len(day) == 6
    assert day["at"].max() - day["at"].min() < pd.Timedelta(hours=1)
    assert day.component.nunique() == 6
    assert plant["cause"]["change_id"] in set(day.change_id[1:-1])


def test_strength_is_linear_while_a_roll_out_lasts():
    plant = next(one for one in plant_product(scenario_of(DEFAULT_SEED)) if one.ramp_days)
    days = plant.start + np.array([0, 7, 14, 21, 28], dtype=np.int64) * DAY
    assert plant.strength(days) == pytest.approx([0, 1 / 3, 2 / 3, 1, 1])


def test_only_answers_of_their_days_were_spoiled_and_all_rows_agree(company):
    """Rows on top have tickets, messages and states of their own; their surveys are about them."""
    top = company.tickets[company.tickets.ticket_id > "T200000"]
    days = [(plant["day"], plant["end_day"]) for plant in map(company.planted.get, PRODUCT)]
    late = pd.Timedelta(days=3)
    assert top.created.map(
        lambda at: any(pd.Timestamp(a) <= at < pd.Timestamp(b) + late for a, b in days)
    ).all()
    for name in ("messages", "ticket_events"):
        assert set(top.ticket_id) <= set(company.tables[name].ticket_id)
    surveys = company.tables["surveys"].query("survey_id.str.startswith('K')")
    assert len(surveys) > 400
    assert set(surveys.ticket_id) <= set(top.ticket_id)
    assert (top.surface != "").all()
