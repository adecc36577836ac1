"""The synthetic company: deterministic, small, and its truth.json found again by plain pandas."""

import gzip
import os
import re
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from cxlib.data.sample import make_sample, write_sample
from cxlib.data.sample.scenario import scenario_of
from cxlib.data.schema import TABLES
from cxlib.errors import CannotWriteError
from tests.data.lanternfold import Company, local, opened

KINDS = {"release", "flag", "config", "content", "campaign", "outage", "definition"}


def split(before, after, by):
    """Mix and within of two windows, with the pencil's formula."""
    mean0, mean1 = before.groupby(by).points.mean(), after.groupby(by).points.mean()
    share0, share1 = (rows[by].value_counts(normalize=True) for rows in (before, after))
    table = pd.DataFrame({"share0": share0, "share1": share1, "mean0": mean0, "mean1": mean1})
    shares = table[["share0", "share1"]].fillna(0.0)
    means = table[["mean0", "mean1"]].T.ffill().bfill().T
    mix = ((shares.share1 - shares.share0) * means.mean(axis=1)).sum()
    within = (shares.mean(axis=1) * (means.mean1 - means.mean0)).sum()
    return mix, within


def biggest_drops(company, start, end):
    """Days of the biggest drop: from day to day, of the 7-day mean from day to day, and from week to week."""
    answers = company.answers(start - pd.Timedelta(days=14), end)
    days = answers.groupby(answers.responded.dt.floor("D")).points.agg(["sum", "size"])
    weeks = days.rolling(7).sum()
    daily, weekly = days["sum"] / days["size"], weeks["sum"] / weeks["size"]
    return [series.loc[start:].idxmin() for series in (daily.diff(), weekly.diff(), weekly.diff(7))]


def nearest_changes(company, day):
    """The last release of any kind, and of kind release, out before the end of a day."""
    out = company.changes[company.changes["at"] < day + pd.Timedelta(days=1)]
    return {out.change_id.iloc[-1], out[out.kind == "release"].change_id.iloc[-1]}


@pytest.fixture(scope="module")
def company(sample_dir):
    return opened(sample_dir)


@pytest.fixture(scope="module")
def collapse(company):
    return company.planted["audience_collapse"]


@pytest.fixture(scope="module")
def two_runs(tmp_path_factory):
    """The files of two processes whose hashes differ."""
    folders = []
    for hash_seed in ("1", "4242"):
        folder = tmp_path_factory.mktemp("run") / "sample"
        code = f"from cxlib.data.sample import write_sample; write_sample({str(folder)!r})"
        environment = os.environ | {"PYTHONHASHSEED": hash_seed}
        subprocess.run([sys.executable, "-c", code], check=True, env=environment)
        folders.append({path.name: path.read_bytes() for path in sorted(folder.iterdir())})
    return folders


def test_two_processes_write_equal_bytes(two_runs):
    assert two_runs[0] == two_runs[1]


def test_committed_files_are_those_the_code_writes(two_runs, sample_dir):
    def plain(name, content):  # another zlib may compress otherwise
        return gzip.decompress(content) if name.endswith(".gz") else content

    committed = {path.name: plain(path.name, path.read_bytes()) for path in sample_dir.iterdir()}
    assert committed == {name: plain(name, content) for name, content in two_runs[0].items()}


def test_gzip_headers_hold_neither_name_nor_time(sample_dir):
    for path in sample_dir.glob("*.gz"):
        header = path.read_bytes()[:8]
        assert header[3] == 0
        assert header[4:8] == b"\0\0\0\0"


def test_folder_is_small(sample_dir):
    assert sum(path.stat().st_size for path in sample_dir.iterdir()) <= 6_000_000


def test_every_table_holds_the_required_columns(company):
    for name, table in company.tables.items():
        assert set(TABLES[name].required) <= set(table.columns)
    assert set(company.tables) == set(TABLES)


def test_three_years_to_mid_2020(company):
    months = company.tickets.created.dt.to_period("M").value_counts()
    assert months.index.min() == pd.Period("2017-07")
    assert months.index.max() == pd.Period("2020-06")
    assert len(months) == 36
    assert company.answers("2017-07-01", "2020-07-01").responded.dt.to_period("M").nunique() == 36


def test_log_reads_like_a_real_one(company):
    changes = company.changes
    assert len(changes) >= 120
    assert changes.change_id.is_unique
    assert changes["at"].is_monotonic_increasing
    assert set(changes.kind) == KINDS
    assert 1 <= (changes.component == "").sum() <= 0.05 * len(changes)
    assert changes.component.nunique() >= 12
    for column in ("scope", "rollout_end_at", "reverted_at"):
        assert (changes[column] != "").sum() >= 5
    assert changes["at"].dt.hour.between(7, 18).all()
    assert (changes["at"].dt.date.value_counts() >= 2).sum() >= 10


def test_answers_come_within_two_weeks_and_none_after_the_end(company):
    delay = (company.nps.responded - company.nps.sent).dropna()
    assert delay.min() > pd.Timedelta(0)
    assert pd.Timedelta(hours=6) < delay.median() < pd.Timedelta(days=2)
    assert delay.max() <= pd.Timedelta(days=14)
    assert company.nps.responded.max() < pd.Timestamp("2020-07-01")


def test_a_month_knows_nps_to_a_few_points(company):
    january = company.answers("2020-01-01", "2020-02-01").points
    assert 15 * 31 <= len(january) <= 30 * 31
    assert 1.96 * january.std() / np.sqrt(len(january)) < 7


def test_counts_are_overdispersed(company):
    counts = (
        company.contacts("2019-09-01", "2019-12-01")
        .groupby(lambda row: company.tickets.created[row].date())
        .size()
    )
    assert counts.var() > 1.3 * counts.mean()


# ---- planted truths


def test_guilty_release_and_its_mend_stand_in_the_log(company, collapse):
    rows = company.changes.set_index("change_id")
    assert collapse["cause"]["change_id"] == "R-118"
    assert str(rows.loc["R-118", "at"].date()) == collapse["day"] == "2020-02-04"
    mend = collapse["fixes"][0]["change_id"]
    assert str(rows.loc[mend, "at"].date()) == collapse["end_day"] == "2020-02-25"
    assert rows.loc[mend, "component"] == rows.loc["R-118", "component"] == "data/segmentation"
    words = rows.loc["R-118", ["title", "description", "scope"]].str.cat().lower()
    assert not re.search(r"survey|nps|score|audience|term", words)


def test_sends_to_the_happiest_segment_nearly_stop_and_come_back(company, collapse):
    def per_day(start, end):
        sends = company.sends(start, end)
        term = (sends.plan == collapse["segment"]["plan"]).sum()
        return np.array([term, len(sends) - term]) / (pd.Timestamp(end) - pd.Timestamp(start)).days

    before, during = per_day("2020-01-07", "2020-02-04"), per_day("2020-02-05", "2020-02-25")
    after = per_day("2020-03-04", "2020-04-01")
    assert during[0] < 0.08 * before[0]
    assert 0.85 < during[1] / before[1] < 1.15
    assert after[0] > 0.85 * before[0]
    assert collapse["seen"]["sends_a_day"]["segment"] == pytest.approx([before[0], during[0]], rel=0.02)
    assert collapse["seen"]["sends_a_day"]["others"] == pytest.approx([before[1], during[1]], rel=0.02)


def test_audience_moved_the_score_and_the_service_did_not(company, collapse):
    january, february = (
        company.answers("2020-01-01", "2020-02-01"),
        company.answers("2020-02-01", "2020-03-01"),
    )
    mix, within = split(january, february, "plan")
    assert -20 < mix < -14
    assert -3 < within < 1
    assert mix + within == pytest.approx(february.points.mean() - january.points.mean())
    seen = collapse["seen"]["months"]
    assert [seen["mix"], seen["within"]] == pytest.approx([mix, within], abs=0.3)  # but for a few bad rows


def test_the_story_holds_while_the_fault_lasts_too(company, collapse):
    mix, within = split(
        company.answers("2020-01-07", "2020-02-04"), company.answers("2020-02-04", "2020-02-25"), "plan"
    )
    assert -20 < mix < -14
    assert -3 < within < 1
    assert collapse["seen"]["while_it_lasted"]["mix"] == pytest.approx(mix, abs=0.3)


def test_score_recovers_within_weeks_of_the_mend(company):
    assert company.answers("2020-03-08", "2020-04-08").points.mean() > 33


def test_split_by_the_other_column_shows_no_mix(company):
    mix, _ = split(
        company.answers("2020-01-07", "2020-02-04"), company.answers("2020-02-04", "2020-02-25"), "region"
    )
    assert abs(mix) < 2


def test_segment_means_differ_as_planted(company):
    means = company.answers("2019-01-01", "2020-02-01").groupby("plan").points.mean()
    assert means["term"] > 60
    assert means[["casual", "monthly"]].max() < 20


def test_outage_raises_contacts_of_its_reason_only_and_dips_the_scores(company):
    outage = company.planted["video_outage"]
    assert company.changes.set_index("change_id").loc[outage["cause"]["change_id"], "kind"] == "outage"
    days, normal = company.contacts("2019-10-15", "2019-10-17"), company.contacts("2019-09-17", "2019-10-15")
    about = days.reason == outage["reason"]
    assert about.sum() / 2 > 4 * (normal.reason == outage["reason"]).sum() / 28
    assert (~about).sum() / 2 < 1.6 * (normal.reason != outage["reason"]).sum() / 28
    dip = company.sends("2019-10-15 09:00", "2019-10-17").points.mean()
    assert dip < company.sends("2019-09-17", "2019-10-15").points.mean() - 10
    csat = (
        company.tables["surveys"]
        .query("kind == 'csat' and score != ''")
        .merge(company.tickets, on="ticket_id")
    )
    happy = pd.to_numeric(csat.score, errors="coerce") >= 4
    inside = csat.created.between("2019-10-15", "2019-10-17") & (csat.reason == outage["reason"])
    assert happy[inside].mean() < happy[~inside].mean() - 0.15


def test_replies_are_slow_for_a_month(company):
    slow = company.planted["slow_replies"]
    assert slow["cause"] is None

    def median(start, end):
        rows = company.contacts(start, end).query("initiated_by == 'customer' and first_replied_at != ''")
        return (local(rows.first_replied_at) - rows.created).median().total_seconds() / 60

    assert median("2018-09-07", "2018-10-01") > 2.5 * median("2018-08-06", "2018-09-03")
    assert median("2018-10-08", "2018-11-05") < 1.3 * median("2018-08-06", "2018-09-03")


def test_rewritten_template_draws_contacts_until_it_is_taken_back(company):
    plant = company.planted["bad_email_template"]
    carries = company.tickets[company.tickets.email_template == plant["email_template"]]
    during = carries.created.between(plant["day"], plant["end_day"]).sum() / 27
    before = carries.created.between("2019-02-01", "2019-03-01").sum() / 28
    assert during > 4 * before
    assert set(carries.reason) == {plant["reason"]}
    assert set(carries.channel.str.strip().str.lower()) == {"email"}


def test_spring_raises_lessons_and_contacts_without_a_change(company):
    plant = company.planted["learning_at_home"]
    assert plant["mechanism"] == "exogenous"
    assert plant["cause"] is None
    activity = company.tables["activity"].query("kind == 'lesson'")
    lessons = pd.to_numeric(activity["count"]).groupby(activity.date).sum()
    assert lessons["2020-04-06":"2020-05-04"].mean() > 1.2 * lessons["2020-02-03":"2020-03-02"].mean()
    assert len(company.contacts("2020-04-06", "2020-05-04")) > 1.15 * len(
        company.contacts("2020-02-03", "2020-03-02")
    )


def test_innocent_changes_stand_on_both_sides_of_the_guilty_one(company, collapse):
    rows = company.changes.set_index("change_id")
    innocent = rows.loc[[entry["change_id"] for entry in collapse["innocent"]]]
    days = (innocent["at"].dt.floor("D") - pd.Timestamp(collapse["day"])).dt.days
    assert {-1, 0, 1, 2} <= set(days)
    assert (innocent["at"][days == 0] > rows.loc["R-118", "at"] + pd.Timedelta(hours=4)).all()
    assert innocent.title[days == 2].str.contains("NPS survey").all()
    assert innocent.title[days == -1].str.contains("player redesign").all()


def test_nearest_release_before_the_biggest_drop_is_innocent(company):
    for day in biggest_drops(company, pd.Timestamp("2020-01-01"), pd.Timestamp("2020-03-01")):
        assert "R-118" not in nearest_changes(company, day)


# ---- the tables agree with each other


def test_orders_of_the_activity_are_the_orders_of_the_table(company):
    orders = company.tables["orders"].drop_duplicates("order_id").query("ordered_at < '2021'")
    orders = orders.merge(company.tables["customers"].drop_duplicates("customer_id"), on="customer_id")
    activity = company.tables["activity"].query("kind == 'order'")
    assert pd.to_numeric(activity["count"]).sum() == len(orders)
    days = pd.to_numeric(activity["count"]).groupby(activity.date).sum()
    counted = local(orders.ordered_at).dt.strftime("%Y-%m-%d").value_counts()
    assert counted.reindex(days.index).equals(days.rename("count"))


def test_first_reply_of_a_ticket_is_its_first_public_message_by_an_agent(company):
    messages = company.tables["messages"].query("author_role == 'agent' and public == 'true'")
    first = messages.groupby("ticket_id").sent_at.min()
    tickets = company.tickets[company.tickets.first_replied_at != ""].set_index("ticket_id")
    assert first.reindex(tickets.index).tolist() == tickets.first_replied_at.tolist()


def test_last_solve_and_reopens_agree_with_the_states(company):
    states = company.tables["ticket_events"]
    solved = states.query("status == 'solved'").groupby("ticket_id")["at"]
    tickets = company.tickets[company.tickets.solved_at > "2017-07-01"].set_index("ticket_id")
    assert solved.max().reindex(tickets.index).tolist() == tickets.solved_at.tolist()
    twice = solved.size().reindex(tickets.index) - 1
    assert twice.tolist() == pd.to_numeric(tickets.reopens).tolist()


def test_notes_and_acknowledgements_are_marked(company):
    messages = company.tables["messages"]
    assert set(messages.author_role) == {"customer", "agent", "bot"}
    assert (messages.author_role[messages.public == "false"] == "agent").all()
    assert (messages.is_auto == "true").equals(messages.author_role == "bot")


def test_only_the_widget_has_a_page(company):
    widget = company.tickets.channel == "web_widget"
    assert (widget == (company.tickets.page_url != "")).all()
    assert 10 <= company.tickets.reason.nunique() <= 12


# ---- bad rows


def conflicting(table, key, *, updated):
    repeated = table[table.duplicated(key, keep=False) & (table[key] != "")].drop_duplicates()
    groups = repeated[repeated.duplicated(key, keep=False)].groupby(key)
    return len(repeated) - groups.ngroups if updated else int(groups.size().sum())


def unknown_plans(tables):
    customers = tables["customers"].drop_duplicates("customer_id")
    return (~customers.plan.isin(tables["activity"].plan)).sum()


COUNTED = {
    ("surveys", "nps_of_eleven"): lambda tables: (tables["surveys"].score == "11").sum(),
    ("surveys", "text_score"): lambda tables: tables["surveys"].score.str.contains("[a-z]").sum(),
    ("surveys", "blank_id"): lambda tables: (tables["surveys"].survey_id.str.strip() == "").sum(),
    ("tickets", "unparseable_date"): lambda tables: local(tables["tickets"].created_at).isna().sum(),
    ("customers", "unknown_segment"): unknown_plans,
    ("tickets", "orphan_customer"): lambda tables: (
        ~tables["tickets"].customer_id.isin(tables["customers"].customer_id)
    ).sum(),
    ("tickets", "solved_before_created"): lambda tables: (
        local(tables["tickets"].solved_at) < local(tables["tickets"].created_at)
    ).sum(),
    ("tickets", "channel_spelling"): lambda tables: (
        ~tables["tickets"].channel.isin(["email", "chat", "phone", "web_widget"])
    ).sum(),
    ("orders", "same_key_other_content"): lambda tables: conflicting(
        tables["orders"], "order_id", updated=False
    ),
    ("reviews", "same_key_older_content"): lambda tables: conflicting(
        tables["reviews"], "review_id", updated=True
    ),
    ("surveys", "exact_duplicate"): lambda tables: tables["surveys"].duplicated().sum(),
    ("customers", "exact_duplicate"): lambda tables: tables["customers"].duplicated().sum(),
    ("tickets", "exact_duplicate"): lambda tables: tables["tickets"].duplicated().sum(),
    ("orders", "past_the_end"): lambda tables: (tables["orders"].ordered_at > "2020-08-02").sum(),
    ("outages", "severity_spelling"): lambda tables: (
        ~tables["outages"].severity.isin(["minor", "major", "critical"])
    ).sum(),
    ("costs", "text_amount"): lambda tables: tables["costs"].amount.str.contains("[a-z]").sum(),
    ("emails", "negative_count"): lambda tables: tables["emails"].sends.str.startswith("-").sum(),
    ("emails", "template_spelling"): lambda tables: (
        tables["emails"].template != tables["emails"].template.str.strip().str.lower()
    ).sum(),
    ("pages", "blank_url"): lambda tables: (tables["pages"].page_url.str.strip() == "").sum(),
    ("interactions", "unknown_direction"): lambda tables: (
        ~tables["interactions"].direction.isin(["inbound", "outbound"])
    ).sum(),
    ("interactions", "orphan_customer"): lambda tables: (
        ~tables["interactions"].customer_id.isin(["", *tables["customers"].customer_id])
    ).sum(),
    ("outreach", "orphan_survey"): lambda tables: (
        ~tables["outreach"].survey_id.isin(tables["surveys"].survey_id)
    ).sum(),
    ("trainings", "completed_before_invited"): lambda tables: (
        local(tables["trainings"].completed_at) < local(tables["trainings"].invited_at)
    ).sum(),
    ("posts", "exact_duplicate"): lambda tables: tables["posts"].duplicated().sum(),
    ("overrides", "missing_reason"): lambda tables: (tables["overrides"].reason == "").sum(),
    ("overrides", "expires_before_set"): lambda tables: (
        local(tables["overrides"].expires_at) <= local(tables["overrides"].set_at)
    ).sum(),
    ("accounts", "exact_duplicate"): lambda tables: tables["accounts"].duplicated().sum(),
}


def test_every_kind_of_bad_row_is_counted_here(company):
    listed = {(dirt["table"], dirt["kind"]) for dirt in company.truth["dirt"]}
    assert listed == set(COUNTED) | {("messages", "ragged_row")}
    assert 24 <= sum(dirt["rows"] for dirt in company.truth["dirt"]) <= 65


@pytest.mark.parametrize(("table", "kind"), COUNTED)
def test_bad_rows_are_as_many_as_truth_says(company, table, kind):
    told = next(
        dirt["rows"] for dirt in company.truth["dirt"] if (dirt["table"], dirt["kind"]) == (table, kind)
    )
    assert COUNTED[table, kind](company.tables) == told


def test_loading_meets_the_bad_rows_that_truth_lists_and_no_others(company, sample):
    listed = pd.DataFrame(company.truth["dirt"])
    for name, check in sample.checks.items():
        of_table = listed[listed["table"] == name].groupby("fate").rows.sum()
        assert check.quarantined == of_table.get("quarantine", 0)
        assert check.duplicates == of_table.get("duplicate", 0)
    assert sample.caveats == ()


def test_one_line_has_a_field_too_many(sample_dir):
    lines = gzip.decompress((sample_dir / "messages.csv.gz").read_bytes()).decode().splitlines()
    ragged = [line for line in lines if line.count(",") != lines[0].count(",")]
    assert len(ragged) == 1


def test_quarantine_stays_far_below_one_per_cent(company):
    for name, table in company.tables.items():
        if name == "overrides":
            continue  # a short table: test_sample_accounts asks for one per cent
        bad = sum(
            dirt["rows"]
            for dirt in company.truth["dirt"]
            if dirt["table"] == name and dirt["fate"] == "quarantine"
        )
        assert bad <= 0.001 * len(table)


# ---- other seeds


def reseeded(seed):
    sample = make_sample(seed)
    return Company(sample.tables, sample.truth)


def steepest_change(company, day):
    """Change after which the share of sends of some segment falls most, in standard errors."""
    best = (0.0, "")
    near = company.changes[(company.changes["at"] - day).abs() < pd.Timedelta(days=30)]
    for change in near.itertuples():
        before, after = (
            company.sends(change.at - pd.Timedelta(days=14), change.at),
            company.sends(change.at, change.at + pd.Timedelta(days=7)),
        )
        for column in ("plan", "region"):
            share = before[column].value_counts(normalize=True)
            share = share[share > 0.05]
            now = after[column].value_counts(normalize=True).reindex(share.index).fillna(0.0)
            error = np.sqrt(share * (1 - share) * (1 / len(before) + 1 / len(after)))
            best = max(best, (((share - now) / error).max(), change.change_id))
    return best[1]


def test_another_seed_draws_everything_anew(company, collapse):
    other = make_sample(7).truth["planted"][0]
    for part in ("change_id", "day", "title", "component"):
        assert other["cause"][part] != collapse["cause"][part]
    assert "2019-11-01" <= other["day"] <= "2020-04-30"
    assert (pd.Timestamp(other["end_day"]) - pd.Timestamp(other["day"])).days == 21
    happy = {scenario_of(seed).happy for seed in range(1, 60)}
    assert len(happy) == 8  # every value of both columns


@pytest.mark.slow
def test_guilty_change_shows_in_the_sends_and_not_to_the_nearest_release():
    found, fooled = 0, 0
    for seed in range(1, 21):
        company = reseeded(seed)
        plant = company.planted["audience_collapse"]
        day, guilty = pd.Timestamp(plant["day"]), plant["cause"]["change_id"]
        found += steepest_change(company, day) == guilty
        drops = biggest_drops(company, day - pd.Timedelta(days=34), day + pd.Timedelta(days=26))
        fooled += not any(guilty in nearest_changes(company, drop) for drop in drops)
    assert found >= 19
    assert fooled >= 15


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    path = tmp_path / "sample"
    path.write_text("a file")
    message = (
        f"{path}: found File exists, expected a folder that can be written. "
        "Fix: choose another folder, or mend its permissions."
    )
    with pytest.raises(CannotWriteError, match=f"^{re.escape(message)}$"):
        write_sample(path)
