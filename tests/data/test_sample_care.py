"""Operations, community and care of customers in the sample: what is planted is found in its tables."""

import numpy as np
import pandas as pd
import pytest

import cxlib as cx
from cxlib.data.sample import make_sample
from tests.data.lanternfold import Company, local, opened

UNCOUNTED = ["deleted", "spam", "test"]


@pytest.fixture(scope="module")
def company(sample_dir):
    return opened(sample_dir)


@pytest.fixture(scope="module")
def inbound(company):
    return inbound_of(company)


def inbound_of(company):
    rows = company.tickets.drop_duplicates("ticket_id")
    rows = rows[(rows.initiated_by == "customer") & ~rows.status.isin(UNCOUNTED) & rows.created.notna()]
    return rows.assign(replied=local(rows.first_replied_at)).sort_values("created")


def number(texts):
    return pd.to_numeric(texts, errors="coerce")


def whole_months(sample, metric, start, end, **cut):
    return cx.measure(sample, metric, freq="M", start=start, end=end, **cut).table


def path(urls):
    """Path of a URL without query, fragment, slash at the end; ids are one."""
    bare = urls.str.split("[?#]", regex=True).str[0].str.split("/", n=3).str[3].fillna("")
    return "/" + bare.str.rstrip("/").str.replace(r"/\d+$", "/:id", regex=True)


# ---- the story stands


def test_the_relationship_score_is_the_one_it_always_was(company):
    months = company.planted["audience_collapse"]["seen"]["months"]
    assert months["answers"] == [726, 487]
    assert months["nps"] == [37.19, 19.1]
    assert [months["mix"], months["within"]] == [-17.3, -0.79]


def test_the_score_after_a_solve_is_no_part_of_it(sample):
    months = whole_months(sample, ["nps", "post_resolution_nps"], "2020-01-01", "2020-03-01")
    assert months.query("metric == 'nps'").n.tolist() == [726, 487]
    assert months.query("metric == 'post_resolution_nps'").n.gt(10).all()


def test_nobody_answers_both_surveys_in_one_month(company):
    nps = company.tables["surveys"].drop_duplicates().query("kind == 'nps' and score != ''")
    month = local(nps.responded_at).dt.to_period("M").rename("month")
    sorts = nps.groupby([nps.customer_id, month]).trigger.nunique()
    assert (nps.trigger == "post_resolution").sum() > 400
    assert sorts.max() == 1


def test_a_few_tickets_are_asked_about_twice_or_before_their_last_solve(company):
    asked = company.tables["surveys"].query("trigger == 'post_resolution'")
    solved = company.tickets.drop_duplicates("ticket_id").set_index("ticket_id").solved_at
    early = local(asked.sent_at) < local(asked.ticket_id.map(solved))
    assert 0.005 < early.mean() < 0.1
    assert asked.ticket_id.duplicated().sum() >= 1


# ---- planted: staffing


def window(company, plant):
    start, end = pd.Timestamp(plant["day"]), pd.Timestamp(plant["end_day"])
    return start, end, start - (end - start)


def staffing(company, rows, start, end):
    costs = company.tables["costs"].query("kind == 'freelance'")
    costs = costs[(costs.date >= str(start.date())) & (costs.date < str(end.date()))]
    inside = rows[(rows.created >= start) & (rows.created < end)]
    waits = (inside.replied - inside.created).dropna().dt.total_seconds() / 60
    return {
        "cost_percent_of_target": 100 * number(costs.amount).sum() / number(costs.target).sum(),
        "median_first_reply_minutes": waits.median(),
        "contacts_a_day": len(inside) / (end - start).days,
        "repeat_contact_percent": 100 * inside.again.mean(),
    }


def with_repeats(inbound):
    before = inbound.groupby(["customer_id", "reason"]).created.shift()
    return inbound.assign(again=inbound.created - before <= pd.Timedelta(days=7))


def check_staffing(company):
    plant = company.planted["understaffed"]
    start, end, earlier = window(company, plant)
    rows = with_repeats(inbound_of(company))
    before, during = staffing(company, rows, earlier, start), staffing(company, rows, start, end)
    after = staffing(company, rows, end + pd.Timedelta(days=5), end + pd.Timedelta(days=33))
    assert 95 < before["cost_percent_of_target"] < 105
    assert 65 < during["cost_percent_of_target"] < 76
    assert 95 < after["cost_percent_of_target"] < 105
    assert during["median_first_reply_minutes"] > 1.8 * before["median_first_reply_minutes"]
    assert after["median_first_reply_minutes"] < 1.3 * before["median_first_reply_minutes"]
    assert during["repeat_contact_percent"] > 8 > 2 > before["repeat_contact_percent"]
    assert after["repeat_contact_percent"] < 2
    for name, (earlier_value, value) in plant["seen"].items():
        assert earlier_value == pytest.approx(before[name], rel=0.02, abs=0.1)
        assert value == pytest.approx(during[name], rel=0.02, abs=0.1)


def test_too_few_freelancers_let_customers_wait_and_write_again(company):
    check_staffing(company)


def test_no_change_in_the_log_explains_it(company):
    plant = company.planted["understaffed"]
    assert plant["mechanism"] == "exogenous"
    assert plant["cause"] is None
    assert plant["fixes"] == plant["innocent"] == []
    days = (company.changes["at"] - pd.Timestamp(plant["day"])).dt.days
    assert not days.between(-5, 7).any()


def test_contacts_rise_against_orders_too(company, inbound):
    start, end, earlier = window(company, company.planted["understaffed"])
    orders = local(company.tables["orders"].ordered_at)
    before, during = (
        ((inbound.created >= low) & (inbound.created < high)).sum()
        / ((orders >= low) & (orders < high)).sum()
        for low, high in ((earlier, start), (start, end))
    )
    assert during > 1.15 * before


def test_the_metrics_show_the_understaffed_summer(sample):
    months = whole_months(
        sample, ["freelance_cost", "first_response_time"], "2019-06-01", "2019-10-01"
    ).pivot_table(index="period", columns="metric", values="value")
    june, july, _, september = months.index
    assert months.freelance_cost[july] < 85
    assert months.freelance_cost[[june, september]].between(90, 110).all()
    assert months.first_response_time[july] > 1.8 * months.first_response_time[june]
    assert months.first_response_time[september] < 1.3 * months.first_response_time[june]


# ---- planted: an e-mail


def per_sends(company, inbound):
    sends = number(company.tables["emails"].sends).clip(lower=0)
    sent = sends.groupby(company.tables["emails"].template.str.strip().str.lower()).sum()
    contacts = inbound.email_template[inbound.email_template != ""].value_counts()
    return pd.DataFrame({"contacts": contacts, "sends": sent}).assign(
        rate=lambda rows: 1000 * rows.contacts / rows.sends
    )


def test_a_rarely_sent_e_mail_draws_most_contacts_per_send(company, inbound):
    plant = company.planted["costly_email"]
    rates = per_sends(company, inbound)
    assert set(rates.index) == set(plant["seen"]["templates"])
    usual = rates[rates.contacts >= 20]
    guilty = usual.loc[plant["email_template"]]
    others = usual.drop(plant["email_template"])
    assert guilty.rate > 4 * others.rate.max()
    assert guilty.contacts < others.contacts.max()  # counts alone would accuse another
    assert guilty.sends < 0.5 * others.sends.min()
    for name, seen in plant["seen"]["templates"].items():
        assert seen["per_1000_sends"] == pytest.approx(rates.rate[name], rel=0.02)


def test_the_rarest_e_mail_has_too_few_contacts_to_be_judged(company, inbound):
    rates = per_sends(company, inbound)
    assert rates.contacts["tax_receipt"] < 20
    assert rates.rate["tax_receipt"] > rates.rate["plan_renewal"]


def test_the_metric_ranks_the_e_mail_first(sample, company):
    name = company.planted["costly_email"]["email_template"]
    year = cx.measure(
        sample,
        "template_contact_rate",
        freq="Y",
        by="email_template",
        start="2019-01-01",
        end="2020-01-01",
    ).table
    judged = year[year.n >= 20].set_index("email_template").value
    assert judged.idxmax() == name
    assert judged[name] > 4 * judged.drop(name).max()


# ---- planted: two pages


def of_pages(company, inbound, plant):
    rows = inbound[inbound.page_url != ""]
    messages = company.tables["messages"].query("author_role == 'agent' and public == 'true'")
    turns = rows.ticket_id.map(messages.ticket_id.value_counts())
    page = path(rows.page_url)
    views = company.tables["pages"]
    viewed = number(views.views).groupby(path(views.page_url)).sum()
    table = pd.DataFrame({"page": page, "turns": turns}).groupby("page").turns
    table = table.agg(contacts="size", several=lambda own: 100 * (own.dropna() > 1).mean())
    return table.assign(rate=1000 * table.contacts / viewed)


def test_two_help_pages_lead_to_long_talks_and_many_contacts_per_view(company, inbound):
    plant = company.planted["puzzling_pages"]
    table = of_pages(company, inbound, plant)
    guilty, others = table.loc[plant["pages"]], table.drop(plant["pages"])
    assert len(guilty) == 2
    assert guilty.several.min() > 60
    assert others[others.contacts >= 50].several.max() < 55
    assert guilty.rate.min() > 3 * others.rate.max()
    assert guilty.contacts.max() < others.contacts.max()
    for name in plant["pages"]:
        seen = plant["seen"]["pages"][name]
        assert seen["contacts"] == guilty.contacts[name]
        assert seen["several_replies_percent"] == pytest.approx(guilty.several[name], abs=0.1)
        assert seen["per_1000_views"] == pytest.approx(guilty.rate[name], rel=0.02)


def test_every_page_of_a_ticket_is_a_page_with_views(company):
    tickets = company.tickets[company.tickets.page_url != ""]
    assert set(path(tickets.page_url)) <= set(path(company.tables["pages"].page_url))


def test_the_metric_ranks_the_two_pages_first(sample, company):
    year = cx.measure(
        sample, "page_contact_rate", freq="Y", by="page", start="2019-01-01", end="2020-01-01"
    ).table
    judged = year[year.n >= 20].sort_values("value", ascending=False)
    found = judged.page.head(2).str.replace("www.lanternfold.example", "")
    assert sorted(found) == company.planted["puzzling_pages"]["pages"]


# ---- tables of their own


def test_outages_come_a_few_a_month_overlap_and_one_goes_on(company):
    outages = company.tables["outages"].drop_duplicates()
    began, ended = local(outages.started_at), local(outages.ended_at)
    months = began.dt.to_period("M").value_counts()
    assert 1.5 < len(outages) / 36 < 5
    assert months.max() <= 9
    assert outages.component.nunique() >= 5
    assert ended.isna().sum() == 1
    assert began[ended.isna()].iloc[0] == began.max()
    ordered = outages.assign(began=began, ended=ended).sort_values("began")
    previous = ordered.groupby("component").ended.shift()
    assert (ordered.began < previous).sum() >= 5


def test_the_video_outage_stands_among_the_outages_and_in_the_log(company):
    cause = company.planted["video_outage"]["cause"]
    rows = company.tables["outages"].query("started_at == @cause['at']")
    assert rows.component.tolist() == [cause["component"]]
    logged = company.changes[company.changes.kind == "outage"]
    assert set(logged.released_at) <= set(company.tables["outages"].started_at)
    log_end = logged.set_index("change_id").reverted_at[cause["change_id"]]
    assert rows.ended_at.tolist() == [log_end]


def test_costs_have_a_row_a_day_one_currency_and_an_open_end(company):
    costs = company.tables["costs"].query("kind == 'freelance'")
    assert costs.date.is_unique
    assert len(costs) == 1096
    assert set(costs.currency) == {"USD"}
    assert costs.final.tolist() == ["true"] * 1091 + ["false"] * 5


def test_own_posts_are_two_or_three_in_most_weeks_and_none_in_some(company):
    posts = company.tables["posts"].drop_duplicates()
    own = posts[(posts.author_role == "own") & (posts.kind == "post")]
    weeks = local(own.posted_at).dt.to_period("W-SUN").value_counts()
    every = weeks.reindex(pd.period_range("2017-07-03", "2020-06-28", freq="W-SUN"), fill_value=0)
    assert every.isin([2, 3]).mean() > 0.6
    assert 3 <= (every == 0).sum() <= 25
    assert 3 <= (every == 4).sum() <= 25
    assert every.max() == 4


def test_most_who_ask_are_answered_within_a_day_some_later_some_never(company):
    posts = company.tables["posts"].drop_duplicates().assign(at=lambda rows: local(rows.posted_at))
    asked = posts[posts.needs_reply == "true"]
    assert set(asked.author_role) == {"customer"}
    answers = posts[(posts.author_role == "own") & (posts.in_reply_to != "")]
    answers = answers.drop_duplicates("in_reply_to").set_index("in_reply_to")["at"]
    waits = asked.post_id.map(answers) - asked["at"]
    assert 0.6 < (waits <= pd.Timedelta(days=1)).mean() < 0.9
    assert 0.05 < (waits > pd.Timedelta(days=1)).mean() < 0.3
    assert 0.02 < waits.isna().mean() < 0.15
    assert waits.min() > pd.Timedelta(0)
    assert set(posts.in_reply_to) - {""} <= set(posts.post_id)


def test_trainings_are_completed_within_thirty_days_later_or_never(company):
    rows = company.tables["trainings"].query("completed_at > '2017-07-01' or completed_at == ''")
    waits = local(rows.completed_at) - local(rows.invited_at)
    in_time = waits <= pd.Timedelta(days=30)
    assert 0.4 < in_time.mean() < 0.7
    assert 0.02 < (waits > pd.Timedelta(days=30)).mean() < 0.2


def test_calls_come_in_and_go_out(company):
    rows = company.tables["interactions"].query("account_id == ''")  # those of accounts: test_sample_accounts
    assert 0.25 < (rows.direction == "inbound").mean() < 0.6
    assert set(rows.kind) == {"call", "meeting"}


def test_flagged_answers_are_followed_up_soon_late_or_not_at_all(company):
    surveys = company.tables["surveys"].drop_duplicates("survey_id").set_index("survey_id")
    flagged = surveys[
        (surveys.trigger == "relationship")
        & (number(surveys.score) <= 7)
        & (surveys.responded_at >= "2019-01-08")
    ]
    calls = company.tables["outreach"].set_index("survey_id")["at"]
    assert calls.index.is_unique
    waits = local(calls.reindex(flagged.index)) - local(flagged.responded_at)
    assert 0.5 < (waits <= pd.Timedelta(days=2)).mean() < 0.7
    assert 0.1 < (waits > pd.Timedelta(days=2)).mean() < 0.3
    assert 0.1 < waits.isna().mean() < 0.3
    assert waits.min() > pd.Timedelta(0)


def test_most_badly_rated_tickets_are_audited_into_one_bucket(company):
    surveys = company.tables["surveys"].drop_duplicates()
    bad = surveys[(surveys.kind == "csat") & (number(surveys.score) <= 2)]
    audits = company.tables["audits"]
    assert audits.ticket_id.is_unique
    assert set(audits.ticket_id) <= set(bad.ticket_id)
    assert 0.5 < len(audits) / bad.ticket_id.nunique() < 0.75
    assert audits.bucket.nunique() == 5


# ---- more of the tickets and orders


def test_lesson_trouble_names_its_lesson_and_some_lessons_are_reported_twice(company, sample):
    tickets = company.tickets.drop_duplicates("ticket_id")
    in_lesson = tickets[tickets.surface == "lesson"]
    assert set(in_lesson.reason) == set(sample.settings.reasons["is_issue"])
    assert (in_lesson.lesson_id != "").all()
    assert (tickets.lesson_id[tickets.surface != "lesson"] == "").all()
    assert 0.02 < in_lesson.lesson_id.duplicated().mean() < 0.12


def test_merged_tickets_join_an_earlier_one_of_the_customer_about_the_same(company):
    tickets = company.tickets.drop_duplicates("ticket_id").set_index("ticket_id")
    merged = tickets[tickets.merged_into != ""]
    into = tickets.loc[merged.merged_into]
    assert len(merged) > 80
    assert (into.merged_into == "").all()
    assert into.customer_id.tolist() == merged.customer_id.tolist()
    assert into.reason.tolist() == merged.reason.tolist()
    assert (into.created.to_numpy() < merged.created.to_numpy()).all()


def test_some_tickets_are_no_customers_and_some_are_solved_without_a_human(company):
    tickets = company.tickets.drop_duplicates("ticket_id").set_index("ticket_id")
    assert {"deleted", "spam", "test"} <= set(tickets.status)
    messages = company.tables["messages"]
    human = set(messages.ticket_id[(messages.author_role == "agent") & (messages.public == "true")])
    bot = set(messages.ticket_id[messages.author_role == "bot"])
    solved = tickets[tickets.status.isin(["solved", "closed"])]
    zero_touch = solved[~solved.index.isin(human)]
    assert 0.003 < len(zero_touch) / len(solved) < 0.03
    assert (zero_touch.first_replied_at == "").all()
    by_bot = zero_touch.index.isin(bot)
    assert 0 < by_bot.sum() < len(by_bot)


def test_states_of_tickets_agree_with_their_events(company):
    tickets = company.tickets.drop_duplicates("ticket_id").set_index("ticket_id").status
    events = company.tables["ticket_events"]
    last = events.groupby("ticket_id").status.last()
    assert last.reindex(tickets.index).tolist() == tickets.tolist()
    assert (events.status == "on_hold").sum() > 500


def test_orders_come_back_in_time_or_late_or_are_never_received(company):
    orders = company.tables["orders"].drop_duplicates("order_id").query("ordered_at < '2021'")
    back = local(orders.returned_at) - local(orders.ordered_at)
    assert (back > pd.Timedelta(days=45)).sum() > 20
    assert (back <= pd.Timedelta(days=45)).sum() > 400
    late = local(orders.not_received_at) - local(orders.promised_at)
    assert (late > pd.Timedelta(days=30)).sum() > 20
    assert (late <= pd.Timedelta(days=30)).sum() > 150
    assert (orders.promised_at != "").all()
    gone = orders.cancelled_at != ""
    assert (orders.returned_at[gone] == "").all()


def test_effort_is_told_on_seven_steps(company):
    scores = number(company.tables["surveys"].query("kind == 'ces'").score).dropna()
    assert set(scores) == set(range(1, 8))
    assert len(scores) > 500


def test_a_few_reviewers_review_again_and_texts_have_a_mood(company):
    reviews = company.tables["reviews"].drop_duplicates("review_id")
    assert 5 <= reviews.author_id.duplicated().sum() <= 60
    assert ((reviews.text == "") == (reviews.sentiment == "")).mean() > 0.99
    assert set(reviews.sentiment) == {"", "positive", "negative", "neutral", "mixed"}


# ---- other seeds


@pytest.mark.parametrize("seed", [3, 11])
def test_other_seeds_plant_all_of_it_too(seed):
    sample = make_sample(seed)
    company = Company(sample.tables, sample.truth)
    inbound = inbound_of(company)
    check_staffing(company)
    rates = per_sends(company, inbound).query("contacts >= 20").rate
    assert rates.idxmax() == "plan_renewal"
    plant = company.planted["puzzling_pages"]
    table = of_pages(company, inbound, plant).sort_values("rate")
    assert sorted(table.index[-2:]) == plant["pages"]
    assert table.several[plant["pages"]].min() > 58


def test_another_seed_draws_the_further_tables_anew(company):
    other = make_sample(7).tables
    for name in ("outages", "costs", "posts", "trainings", "interactions", "emails", "pages", "outreach"):
        assert not other[name].equals(company.tables[name])
        assert np.array_equal(other[name].columns, company.tables[name].columns)
