"""How often 95 % intervals hold the truth, and how far values lie from it, measured through the whole chain.

Where the outcomes can be listed, each is a segment of one frame and coverage is an exact sum of probabilities
over what `cx.measure` answers; where they cannot, rows are drawn from a fixed seed. ``pytest -s`` prints the
tables.
"""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import cxlib as cx
from tests.metrics.company import load

MOMENT = pd.Timestamp("2020-02-03T10:00:00Z")
SHARES = np.arange(0.05, 0.951, 0.01)
MIXES = {"even": (0.5, 0.3, 0.2), "happy": (0.8, 0.15, 0.05), "divided": (0.3, 0.4, 0.3)}


def said(title, rows):
    """A table for whoever runs it with -s."""
    print(f"\n{title}")  # noqa: T201 - the table is what the simulation is for
    print(pd.DataFrame(rows).to_string(index=False, float_format="{:.3f}".format))  # noqa: T201


def measured(data, metric):
    """Value and bounds by trial."""
    table = cx.measure(data, metric, by="trial", start="2020-02-01", end="2020-03-01").table
    return table.assign(trial=table["trial"].astype(int)).sort_values("trial", ignore_index=True)


def rows_of(trial, **columns):
    """Tickets of one instant, each of a trial."""
    ids = np.arange(len(trial)).astype(str)
    return pd.DataFrame({"ticket_id": ids, "created_at": MOMENT, "trial": trial.astype(str)} | columns)


def enumerated_share(folder, n):
    """The interval of each number of hits among n rows, 0 to n."""
    trial = np.repeat(np.arange(n + 1), n)
    hit = np.tile(np.arange(n), n + 1) < trial
    data = load(folder, {"tickets": rows_of(trial, reason=np.where(hit, "hit", "miss"))})
    metric = cx.Metric(
        "hit_share",
        table="tickets",
        kind="share",
        value="reason = 'hit'",
        basis="created_at",
        unit="%",
        direction="none",
        definition="Share of hits.",
    )
    return measured(data, metric)


def test_intervals_of_shares_hold_the_truth_in_93_to_97_of_100(tmp_path):
    # p = .05, .06, … .95, each n; the average over p, and the worst p for the reader
    rows = []
    for n in (25, 50, 100, 400):
        found = enumerated_share(tmp_path, n)
        assert found["numerator"].tolist() == list(range(n + 1))
        inside = (found["lower"].to_numpy()[:, None] <= 100 * SHARES) & (
            found["upper"].to_numpy()[:, None] >= 100 * SHARES
        )
        coverage = (stats.binom.pmf(np.arange(n + 1)[:, None], n, SHARES) * inside).sum(axis=0)
        rows.append(
            {"n": n, "mean": coverage.mean(), "worst": coverage.min(), "at p": SHARES[coverage.argmin()]}
        )
    said("Wilson, share, 91 values of p from .05 to .95", rows)
    assert all(0.93 <= row["mean"] <= 0.97 for row in rows)


@pytest.mark.parametrize("n", [10, 25, 100])
def test_intervals_of_nps_hold_the_truth_in_94_to_97_and_a_half_of_100(tmp_path, n):
    promoters, detractors = (grid.ravel() for grid in np.meshgrid(np.arange(n + 1), np.arange(n + 1)))
    possible = promoters + detractors <= n
    promoters, detractors = promoters[possible], detractors[possible]
    place = np.tile(np.arange(n), promoters.size)
    trial = np.repeat(np.arange(promoters.size), n)
    score = np.where(place < promoters[trial], 10, np.where(place < (promoters + detractors)[trial], 6, 8))
    surveys = pd.DataFrame(
        {
            "survey_id": np.arange(trial.size).astype(str),
            "kind": "nps",
            "sent_at": MOMENT,
            "responded_at": MOMENT,
            "score": score,
            "trial": trial.astype(str),
        }
    )
    found = measured(load(tmp_path, {"surveys": surveys}), "nps")
    np.testing.assert_allclose(found["value"], 100 * (promoters - detractors) / n, atol=1e-9)
    outcomes = np.stack([promoters, n - promoters - detractors, detractors], axis=1)
    rows = []
    for name, mix in MIXES.items():
        truth = 100 * (mix[0] - mix[2])
        inside = (found["lower"] <= truth + 1e-9) & (truth - 1e-9 <= found["upper"])
        rows.append({"mix": name, "n": n, "coverage": stats.multinomial.pmf(outcomes, n, mix)[inside].sum()})
    said("adjusted Wald, net", rows)
    assert all(0.94 <= row["coverage"] <= 0.975 for row in rows)


MEANS = (25, 50, 100, 150)


def enumerated_counts():
    """Every count from 0 to far beyond the largest mean, each a trial of so many tickets."""
    counts = np.arange(0, 230)
    return counts, rows_of(np.repeat(counts, counts))


def poisson_coverage(counts, lower, upper, mean):
    inside = (lower <= mean) & (mean <= upper)
    return stats.poisson.pmf(counts, mean)[inside].sum()


def test_intervals_of_counts_hold_the_mean_in_94_to_98_of_100(tmp_path):
    counts, tickets = enumerated_counts()
    found = measured(load(tmp_path, {"tickets": tickets}), "ticket_volume")
    assert found["value"].tolist() == counts[1:].tolist()  # a trial of no ticket is no segment
    rows = [
        {"mean": mean, "coverage": poisson_coverage(counts[1:], found["lower"], found["upper"], mean)}
        for mean in MEANS
    ]
    said("exact Poisson, count", rows)
    assert all(0.94 <= row["coverage"] <= 0.98 for row in rows)


def test_intervals_of_rates_hold_the_mean_in_94_to_98_of_100(tmp_path):
    counts, tickets = enumerated_counts()
    exposure = 700 + 3 * counts  # each trial has its own
    activity = pd.DataFrame(
        {"date": MOMENT.date(), "kind": "order", "count": exposure, "trial": counts.astype(str)}
    )
    found = measured(load(tmp_path, {"tickets": tickets, "activity": activity}), "contact_rate")
    assert found["numerator"].tolist() == counts.tolist()
    bounds = [found[side] * exposure / 1000 for side in ("lower", "upper")]
    rows = [{"mean": mean, "coverage": poisson_coverage(counts, *bounds, mean)} for mean in MEANS]
    said("exact Poisson, rate", rows)
    assert all(0.94 <= row["coverage"] <= 0.98 for row in rows)


OWN_RATE = {
    "table": "activity",
    "kind": "rate",
    "where": "kind = 'contact'",
    "value": "count",
    "basis": "date",
    "exposure": cx.Exposure("activity", value="count", basis="date", where="kind = 'lesson'"),
    "unit": "contacts per lesson",
    "direction": "down",
    "definition": "Contacts of a lesson.",
}


@pytest.mark.parametrize(("phi", "least"), [(1.0, 0.93), (4.0, 0.92)])
def test_intervals_of_rates_that_vary_more_than_poisson_hold_the_mean_too(tmp_path, phi, least):
    # 24 earlier weeks and the one that is judged, mean 100; negative binomial with variance φ · mean
    trials, weeks, mean = 1000, 25, 100.0
    rng = np.random.default_rng(11)
    counts = rng.poisson(mean, (trials, weeks)).astype(float)
    if phi > 1:
        counts = rng.negative_binomial(mean / (phi - 1), 1 / phi, (trials, weeks)).astype(float)
    days = pd.date_range("2020-01-06", periods=weeks, freq="W-MON").date
    trial = np.repeat(np.arange(trials), weeks).astype(str)
    contacts = pd.DataFrame(
        {"date": np.tile(days, trials), "kind": "contact", "count": counts.ravel(), "trial": trial}
    )
    lessons = contacts.assign(kind="lesson", count=1000.0)
    data = load(tmp_path, {"activity": pd.concat([contacts, lessons])}, as_of="2020-12-01")
    table = cx.measure(data, cx.Metric("own_rate", **OWN_RATE), by="trial", freq="W").table
    last = table[table["period"] == table["period"].max()]
    assert len(last) == trials
    coverage = ((last["lower"] <= 0.1) & (last["upper"] >= 0.1)).mean()
    plain = ((stats.chi2.ppf(0.025, 2 * counts[:, -1]) / 2 <= mean)
             & (mean <= stats.chi2.ppf(0.975, 2 * counts[:, -1] + 2) / 2)).mean()  # fmt: skip
    said(f"rate, variance {phi} times Poisson's", [{"widened": coverage, "plain Poisson": plain}])
    assert least <= coverage <= 0.985
    assert (plain < 0.75) == (phi > 1)


MINUTES = {
    "table": "interactions",
    "kind": "mean",
    "value": "minutes",
    "basis": "at",
    "unit": "min",
    "direction": "none",
    "definition": "Mean minutes of an interaction.",
}


def mean_coverage(folder, draw, n, truth, *, trials):
    rng = np.random.default_rng(n)
    values = draw(rng, (trials, n)).ravel()
    interactions = pd.DataFrame(
        {
            "interaction_id": np.arange(values.size).astype(str),
            "at": MOMENT,
            "kind": "call",
            "minutes": values,
            "trial": np.repeat(np.arange(trials), n).astype(str),
        }
    )
    found = measured(load(folder, {"interactions": interactions}), cx.Metric("mean_minutes", **MINUTES))
    return ((found["lower"] <= truth) & (truth <= found["upper"])).mean()


SYMMETRIC = {
    "normal": (lambda rng, size: rng.normal(50, 5, size), 50.0),
    "uniform": (lambda rng, size: rng.uniform(0, 60, size), 30.0),
    "two values": (lambda rng, size: rng.integers(0, 2, size) * 10.0, 5.0),
    "1 to 7": (lambda rng, size: rng.integers(1, 8, size) * 1.0, 4.0),
}
SKEWED = {
    "lognormal, σ 1": (lambda rng, size: rng.lognormal(3, 1, size), float(np.exp(3.5))),
    "exponential": (lambda rng, size: rng.exponential(20, size), 20.0),
}


def test_intervals_of_means_of_symmetric_rows_hold_the_truth_in_93_to_97_of_100(tmp_path):
    rows = [
        {"rows": name, "n": n, "coverage": mean_coverage(tmp_path, draw, n, truth, trials=1500)}
        for n in (30, 100)
        for name, (draw, truth) in SYMMETRIC.items()
    ]
    said("t, mean of symmetric rows", rows)
    assert all(0.93 <= row["coverage"] <= 0.97 for row in rows)


def test_intervals_of_means_of_few_and_of_skewed_rows_are_printed_and_not_hopeless(tmp_path):
    rows = [
        {"rows": name, "n": n, "coverage": mean_coverage(tmp_path, draw, n, truth, trials=500)}
        for n in (10, 20, 30, 100)
        for name, (draw, truth) in ({} if n >= 30 else SYMMETRIC | {}).items() | SKEWED.items()
    ]
    said("mean of few rows (below 30) and of skewed rows: no bar for skewed ones", rows)
    few = [row["coverage"] for row in rows if row["rows"] in SYMMETRIC]
    assert len(few) == 2 * len(SYMMETRIC)
    assert min(few) >= 0.88  # ten rows of two values


HOURS = 3_600
FIRST = pd.Timestamp("2020-01-06T00:00:00Z")
WEEKS = pd.Timedelta(days=28)
RESOLUTION = {
    "table": "tickets",
    "kind": "duration",
    "value": "COALESCE(solved_at, as_of) - created_at",
    "ended": "solved_at IS NOT NULL",
    "basis": "created_at",
    "unit": "minutes",
    "direction": "down",
    "definition": "Time to the solve.",
}


@pytest.fixture(scope="module")
def long_desk(tmp_path_factory):
    """Two years of tickets whose solves take a lognormal time, and the true time of each."""
    rng = np.random.default_rng(5)
    begin, days, n = FIRST, 28 * 28, 28 * 2500
    created = begin + pd.to_timedelta(np.sort(rng.integers(0, days * 86_400, n)), unit="s")
    minutes = np.minimum(rng.lognormal(np.log(50 * 60), 2.3, n), 400 * 1440.0).round(2)  # no solve in 2070
    tickets = pd.DataFrame({"ticket_id": np.arange(n).astype(str), "created_at": created})
    tickets["solved_at"] = created + pd.to_timedelta(minutes, unit="min")
    tickets["status"] = "solved"
    toml = '[data_through]\ntickets = "2023-01-01"\n'
    return (
        load(tmp_path_factory.mktemp("desk"), {"tickets": tickets}, as_of="2022-06-01", toml=toml),
        tickets,
        minutes,
    )


@pytest.mark.parametrize("metric", ["own", "full_resolution_time"])
def test_the_median_of_a_young_cohort_is_right_where_that_of_the_solved_ones_is_half(long_desk, metric):
    data, tickets, minutes = long_desk
    asked = cx.Metric("own_time", **RESOLUTION) if metric == "own" else metric
    ours, naive, waiting = [], [], []
    # a year cut to the four weeks is one row; those that New Year's Eve would part are left out
    ends = [end for end in (FIRST + k * WEEKS for k in range(2, 29)) if (end - WEEKS).year == end.year]
    for as_of in ends[:25]:
        cohort = (tickets["created_at"] >= as_of - WEEKS) & (tickets["created_at"] < as_of)
        seen = cohort & (tickets["solved_at"] < as_of)
        frame = cx.measure(
            data.at(as_of.date()), asked, freq="Y", start=(as_of - WEEKS).date(), end=as_of.date()
        )
        assert len(frame.table) == 1
        row = frame.table.iloc[0]
        assert (row["n"], row["numerator"]) == (cohort.sum(), seen.sum())
        truth = np.median(minutes[cohort])
        ours.append(row["value"] / truth - 1)
        naive.append(np.median(minutes[seen]) / truth - 1)
        waiting.append(1 - row["numerator"] / row["n"])
    figures = {
        "snapshots": len(ours),
        "still open": np.mean(waiting),
        "ours off": np.median(np.abs(ours)),
        "solved alone off": np.median(naive),
    }
    said("median of the newest four weeks", [figures])
    assert len(ours) == 25
    assert 0.2 <= figures["still open"] <= 0.3
    assert figures["ours off"] < 0.02
    assert -0.6 <= figures["solved alone off"] <= -0.4
    assert abs(figures["solved alone off"]) >= 10 * figures["ours off"]


def shape_of(name, rng, n):
    seconds = np.exp(rng.normal(8, 1.5, n))
    return {
        "lognormal": np.round(seconds, 6),
        "whole minutes": np.ceil(seconds / 60) * 60,
        "whole seconds": np.ceil(seconds),
        "whole hours": np.ceil(seconds / HOURS) * HOURS,
        "spike at 24 h": np.where(rng.random(n) < 0.3, 86_400.0, np.round(seconds, 6)),
    }[name]


def quantile_errors(folder, shape, sizes):
    """Largest error of median and p90 by number of rows; sizes maps it to how many samples are drawn."""
    rng = np.random.default_rng(17)
    samples = [shape_of(shape, rng, n) for n, times in sizes.items() for _ in range(times)]
    trial = np.repeat(np.arange(len(samples)), [len(one) for one in samples])
    tickets = rows_of(trial)
    microseconds = np.round(np.concatenate(samples) * 1e6).astype(np.int64)
    tickets["solved_at"] = MOMENT + pd.to_timedelta(microseconds, unit="us")
    data = load(folder, {"tickets": tickets}, as_of="2024-01-01")
    median = cx.Metric("own_time", **RESOLUTION)
    p90 = cx.Metric("own_time.p90", statistic="p90", **RESOLUTION)
    rows = []
    for metric, q in ((median, 0.5), (p90, 0.9)):
        found = measured(data, metric)["value"].to_numpy() * 60
        exact = np.array([np.quantile(one, q) for one in samples])
        error = np.abs(found / exact - 1)
        lengths = np.array([len(one) for one in samples])
        rows += [{"shape": shape, "q": q, "n": n, "worst": error[lengths == n].max()} for n in sizes]
    return rows


SHAPES = ("lognormal", "whole minutes", "whole seconds", "whole hours", "spike at 24 h")


@pytest.mark.parametrize("shape", SHAPES)
def test_quantiles_from_cells_are_within_one_percent_of_those_of_the_rows(tmp_path, shape):
    rows = quantile_errors(tmp_path, shape, {20: 100, 200: 30, 2000: 10, 20_000: 1})
    said("median and p90 from cells against the rows", rows)
    assert all(row["worst"] <= 0.01 for row in rows)


@pytest.mark.slow
@pytest.mark.parametrize("shape", SHAPES)
def test_quantiles_of_many_rows_are_within_one_percent_too(tmp_path, shape):
    rows = quantile_errors(tmp_path, shape, {20: 2000, 200: 200, 200_000: 2})
    said("median and p90 from cells against the rows, many", rows)
    assert all(row["worst"] <= 0.01 for row in rows)
