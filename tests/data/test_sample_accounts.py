"""Business accounts of the sample: they fit its tables, and leave for what their people went through."""

import gzip
import hashlib
import tomllib

import numpy as np
import pandas as pd
import pytest

import cxlib as cx
from cxlib.data.sample import make_sample
from tests.data.lanternfold import Company, local, opened, read

SEATS = ("seat", "seat_login")
# Columns of which no value, and rows of which no number, may change when something is drawn beside them.
BEFORE = {
    "surveys": "ddbff010071c75bf",
    "tickets": "fd6c0c52aad62b8f",
    "messages": "e4e71568a4e234a6",
    "orders": "d2b21b5b2696b64b",
    "customers": "0ebc06566e5d51ec",
    "activity": "573f59c7deecc8a0",
    "interactions": "6ad8d969c2c5efa6",
}


@pytest.fixture(scope="module")
def company(sample_dir):
    return opened(sample_dir)


@pytest.fixture(scope="module")
def accounts(company):
    return accounts_of(company)


@pytest.fixture(scope="module")
def months(company, accounts):
    return months_of(company, accounts)


def accounts_of(company):
    rows = company.tables["accounts"].drop_duplicates().set_index("account_id")
    times = {name: local(rows[name]) for name in ("signed_up_at", "renewal_at", "churned_at")}
    return rows.assign(**times, arr=pd.to_numeric(rows.arr))


def customers_of(company):
    return company.tables["customers"].drop_duplicates("customer_id").set_index("customer_id")


def seats_of(company):
    rows = company.tables["activity"].query("kind in @SEATS")
    return rows.assign(date=pd.to_datetime(rows.date), count=pd.to_numeric(rows["count"]))


def fingerprint(table):
    return hashlib.sha256(table.to_csv(index=False).encode()).hexdigest()[:16]


def without_accounts(company, name):
    """A table as it was before there were accounts."""
    table = company.tables[name]
    if "account_id" not in table.columns:
        return table
    added = table.account_id != "" if name != "customers" else np.zeros(len(table), dtype=bool)
    return table[~added].drop(columns="account_id")


def months_of(company, accounts):
    """A row an account and month in which it was there: what showed of it before, and whether it left."""
    belongs = customers_of(company).account_id
    surveys = company.tables["surveys"].drop_duplicates("survey_id")
    surveys = surveys.assign(
        account_id=surveys.customer_id.map(belongs), at=local(surveys.responded_at), value=number(surveys)
    )
    nps = surveys.query("kind == 'nps' and value <= 10")
    seats = seats_of(company).rename(columns={"date": "at", "count": "value"})
    rows = []
    for month in pd.date_range("2018-02-01", "2020-06-01", freq="MS"):
        there = accounts[(accounts.signed_up_at < month) & ~(accounts.churned_at < month)]
        late = month - pd.DateOffset(months=1)
        score = within(nps, late - pd.DateOffset(months=6), late).mean()
        used = within(seats.query("kind == 'seat_login'"), month - pd.Timedelta("60D"), month).sum()
        paid = within(seats.query("kind == 'seat'"), month - pd.Timedelta("60D"), month).sum()
        rows.append(
            pd.DataFrame(
                {
                    "score": score.reindex(there.index),
                    "use": np.log(used.div(paid)).reindex(there.index),
                    "is_new": (month - there.signed_up_at < pd.Timedelta("182D")).astype(float),
                    "left": there.churned_at < month + pd.DateOffset(months=1),
                }
            )
        )
    return pd.concat(rows)


def number(surveys):
    return pd.to_numeric(surveys.score, errors="coerce")


def within(rows, start, end):
    return rows[(rows["at"] >= start) & (rows["at"] < end)].groupby("account_id").value


def slopes(columns, left):
    """Coefficients of a logit by Newton's method, the constant first, and their standard errors."""
    x = np.column_stack([np.ones(len(left)), columns])
    beta = np.zeros(x.shape[1])
    for _ in range(25):
        chance = 1 / (1 + np.exp(-x @ beta))
        bend = (x * (chance * (1 - chance))[:, None]).T @ x
        beta += np.linalg.solve(bend, x.T @ (left - chance))
    return beta, np.sqrt(np.diag(np.linalg.inv(bend)))


def area(left, risk):
    """How often one who left ranks above one who stayed."""
    ranks = pd.Series(risk).rank().to_numpy()
    count = left.sum()
    return (ranks[left].sum() - count * (count + 1) / 2) / (count * (len(left) - count))


# ---- what was there before


@pytest.mark.parametrize("name", BEFORE)
def test_no_row_of_before_is_changed(company, name):
    assert fingerprint(without_accounts(company, name)) == BEFORE[name]


def test_contacts_are_still_measured_against_lessons_and_orders(company, sample):
    found = cx.measure(sample, "contact_rate", freq="Y", start="2019-01-01", end="2020-01-01").table
    rows = company.tables["activity"].query("kind in ('lesson', 'order') and date.str.startswith('2019')")
    assert found.denominator.tolist() == [pd.to_numeric(rows["count"]).sum()]


def test_every_metric_of_the_health_score_is_in_the_catalogue(sample, sample_dir):
    asked = tomllib.loads((sample_dir / "cxlib.toml").read_text())["health"]["metrics"]
    assert list(asked) == ["nps", "csat", "first_response_time", "seat_logins", "seat_contact_rate"]
    assert [one["weight"] for one in asked.values()] == [25, 25, 10, 25, 15]
    listed = cx.list_metrics(sample).table.set_index("metric")
    assert listed.available[list(asked)].all()


# ---- who they are


def test_about_half_of_the_customers_belong_to_an_account_that_is_there(company, accounts):
    customers = customers_of(company)
    belonging = customers[customers.account_id != ""]
    assert 0.45 < len(belonging) / len(customers) < 0.55
    its = accounts.reindex(belonging.account_id)
    joined = local(belonging.signed_up_at).to_numpy()
    assert (its.signed_up_at.to_numpy() <= joined).all()
    assert not (its.churned_at.to_numpy() <= joined).any()


@pytest.mark.parametrize("table", ["customers", "activity", "interactions", "overrides"])
def test_no_account_is_unknown(company, accounts, table):
    named = company.tables[table].account_id
    assert set(named[named != ""]) <= set(accounts.index)


def test_accounts_are_what_they_should_be(accounts):
    assert 400 <= len(accounts) <= 460
    assert accounts.name.is_unique
    assert accounts.csm.nunique() == 12
    assert accounts.groupby("csm").team.nunique().eq(1).all()
    assert abs(np.log(accounts.arr).skew()) < 0.3 < accounts.arr.skew()
    assert accounts.signed_up_at.dt.year.value_counts()[[2018, 2019]].min() > 40


def test_renewals_come_yearly_and_the_next_one_is_told(accounts):
    years = accounts.renewal_at.dt.year - accounts.signed_up_at.dt.year
    assert years.min() >= 1
    again = [
        began + pd.DateOffset(years=int(n)) for began, n in zip(accounts.signed_up_at, years, strict=True)
    ]
    assert (accounts.renewal_at - pd.Series(again, accounts.index)).abs().max() <= pd.Timedelta("1h")
    until = accounts.churned_at.fillna(pd.Timestamp("2020-07-01"))
    assert (accounts.renewal_at >= until).all()
    assert (accounts.renewal_at < until + pd.Timedelta("366D")).all()


def test_enough_of_them_leave(company, accounts):
    left = accounts.churned_at.dropna()
    years = [
        int(((left >= f"{year}-07-01") & (left < f"{year + 1}-07-01")).sum()) for year in (2017, 2018, 2019)
    ]
    assert years == company.truth["accounts"]["seen"]["churned_by_year"]
    assert 150 <= sum(years) <= 250
    assert years[-1] >= 60


# ---- nothing tells who leaves but what led to it


def test_no_row_lies_outside_the_life_of_its_account(company, accounts):
    seats = seats_of(company)
    its = accounts.reindex(seats.account_id)
    assert (seats.date.to_numpy() - np.timedelta64(6, "D") >= its.signed_up_at.to_numpy()).all()
    assert not (seats.date.to_numpy() + np.timedelta64(1, "D") > its.churned_at.to_numpy()).any()
    for table, column in (("interactions", "at"), ("overrides", "set_at")):
        rows = company.tables[table].query("account_id != ''")
        its = accounts.reindex(rows.account_id)
        assert not (local(rows[column]).to_numpy() >= its.churned_at.to_numpy()).any()
        assert (local(rows[column]).to_numpy() > its.signed_up_at.to_numpy()).all()


def test_the_last_week_of_use_is_told_of_all_that_stay(company, accounts):
    last = seats_of(company).query("kind == 'seat'").groupby("account_id").date.max()
    stay = accounts[accounts.churned_at.isna() & (accounts.signed_up_at < "2020-06-22")]
    assert last.reindex(stay.index).eq(pd.Timestamp("2020-06-28")).all()


def test_revenue_and_managers_do_not_tell_who_leaves(accounts):
    left = accounts.churned_at.notna()
    assert 0.4 < area(left.to_numpy(), accounts.arr.to_numpy()) < 0.6
    by_manager = left.groupby(accounts.csm).agg(["mean", "size"])
    spread = (by_manager["mean"] - left.mean()) ** 2 * by_manager["size"] / (left.mean() * (1 - left.mean()))
    assert spread.sum() < 24.7  # of eleven degrees of freedom: one in a hundred


# ---- leaving follows experience


def test_accounts_leave_for_what_their_people_went_through(company, months):
    planted = company.truth["accounts"]["hazard"]
    known = months.dropna()
    columns = known[["score", "use", "is_new"]].to_numpy()
    columns = (columns - columns.mean(axis=0)) / columns.std(axis=0)
    beta, error = slopes(columns, known.left.to_numpy())
    assert np.sign(beta[1]) == np.sign(planted["experience"])
    assert np.sign(beta[2]) == np.sign(planted["engagement"])
    assert (np.abs(beta) / error)[1:3].min() > 3


def test_a_plain_score_sees_it_but_not_too_well(months):
    usual = months[["score", "use"]].fillna(months[["score", "use"]].mean())
    risk = -((usual - usual.mean()) / usual.std()).sum(axis=1)
    assert 0.65 < area(months.left.to_numpy(), risk.to_numpy()) < 0.85


def test_use_falls_in_the_last_half_year_of_those_that_leave(company, accounts):
    seats = seats_of(company).pivot_table(index=["account_id", "date"], columns="kind", values="count")
    use = (seats.seat_login.fillna(0) / seats.seat).reset_index(name="use")
    before = (accounts.churned_at.reindex(use.account_id).to_numpy() - use.date.to_numpy()) / np.timedelta64(
        1, "D"
    )
    last, earlier = use[before < 60].use.mean(), use[(before > 200) & (before < 400)].use.mean()
    assert last < 0.85 * earlier


# ---- what managers do and think


def test_managers_call_mail_and_meet_accounts_more_before_a_renewal(company, accounts):
    talks = company.tables["interactions"].query("account_id != ''")
    assert (talks.customer_id == "").all()
    assert set(talks.kind) == {"mail", "call", "meeting"}
    assert ((talks.minutes == "") == (talks.kind == "mail")).all()
    assert set(talks.direction) == {"outbound"}
    day = local(talks["at"]).dt.day_of_year.to_numpy()
    ahead = (accounts.renewal_at.dt.day_of_year.reindex(talks.account_id).to_numpy() - day) % 365
    assert 1.5 < (ahead < 60).sum() / 60 / ((ahead >= 60).sum() / 305) < 2.5


def test_overrides_are_dated_and_some_are_over_or_superseded(company):
    rows = company.tables["overrides"].query("reason != '' and expires_at > set_at")
    begun, ends = local(rows.set_at), local(rows.expires_at)
    assert (
        rows.author
        == company.tables["accounts"]
        .drop_duplicates()
        .set_index("account_id")
        .csm.reindex(rows.account_id)
        .to_numpy()
    ).all()
    assert set(rows.band) == {"danger", "needs_attention", "healthy", "champion"}
    assert 5 <= (ends > pd.Timestamp("2020-07-01")).sum() < len(rows) / 3
    following = begun.groupby(rows.account_id).shift(-1)
    assert (following < ends).sum() >= 15


def test_overrides_are_right_more_often_than_not_and_often_wrong(company, accounts):
    rows = company.tables["overrides"].query("reason != '' and expires_at > set_at")
    soon = (accounts.churned_at.reindex(rows.account_id).to_numpy() - local(rows.set_at).to_numpy()) < (
        np.timedelta64(90, "D")
    )
    share = pd.Series(soon, rows.index).groupby(rows.band).mean()
    assert share["danger"] > share[["healthy", "champion"]].max()
    assert 0.02 < share["danger"] < 0.5


def test_few_overrides_are_bad(company, sample):
    check = sample.checks["overrides"]
    assert check.quarantined == 2
    assert check.quarantined < 0.01 * check.rows_in


# ---- on disk, and other seeds


def test_they_add_little_to_the_folder(sample_dir):
    added = sum((sample_dir / f"{name}.csv.gz").stat().st_size for name in ("accounts", "overrides"))
    seats = read(sample_dir, "activity").query("kind in @SEATS").to_csv(index=False)
    assert added + len(gzip.compress(seats.encode())) < 500_000


def test_another_seed_plants_accounts_too(accounts):
    sample = make_sample(7)
    company = Company(sample.tables, sample.truth)
    others = accounts_of(company)
    assert not others.equals(accounts)
    assert 100 < others.churned_at.notna().sum() < 300
    known = months_of(company, others).dropna()
    beta, _ = slopes(known[["score", "use"]].to_numpy(), known.left.to_numpy())
    assert (beta[1:] < 0).all()
