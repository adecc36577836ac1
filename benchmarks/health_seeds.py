"""The back-test of the health score on other seeds of the sample, and with churn dealt out among accounts."""

import json
import tempfile
import time
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

LEADS = (0, 30, 60, 90)
FIRST_SEED = 1
SHOWN = {
    "auc": "AUC",
    "nps": "NPS only",
    "tenure": "tenure only",
    "gain": "gain",
    "fitted_auc": "fitted",
    "challenger_auc": "boosting",
    "slope": "slope",
    "oe_before": "O/E before",
    "oe": "O/E",
    "churned": "churned",
    "rate": "base rate %",
}


def months_of_seed(seed):
    """Account-months of the company of a seed, by way of its files."""
    import cxlib as cx
    from cxlib.data.sample import write_sample
    from cxlib.health.panel import account_months

    with tempfile.TemporaryDirectory(prefix="seed-") as folder:
        data = cx.load(write_sample(folder, seed=seed))
        return account_months(data)


def dealt_out(months, seed):
    """The same snapshots, each departure given to an account drawn from those that had signed up by then.

    The dates stay; who leaves knows nothing of any metric, nor of how long an account has been there.
    """
    rng = np.random.default_rng(seed)
    churned = np.full(len(months.accounts), np.nan)
    for day in np.sort(months.churned[np.isfinite(months.churned)]):
        there = np.flatnonzero(np.isnan(churned) & ~(months.signed_up >= day))
        churned[rng.choice(there)] = day
    return replace(months, churned=churned)


def rows_of(months, seed, kind):
    """A row a lead: what the back-test says."""
    from cxlib.health.backtest import backtest

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a leak is told by `usable`
        found = backtest(months, leads=LEADS)
    naive = found.predictors.pivot_table(index="lead_days", columns="predictor", values="auc")
    rows = []
    for row in found.table.to_dict(orient="records"):
        lead = row["lead_days"]
        rows.append(
            {
                **{"seed": seed, "kind": kind, "lead": lead, "status": row["status"]},
                **{name: row[name] for name in ("auc", "lower", "upper", "gain", "gain_lower", "gain_upper")},
                **{name: float(naive.loc[lead, name]) for name in ("nps", "tenure") if name in naive},
                **{name: row[name] for name in ("fitted_auc", "challenger_auc", "slope", "ece", "lift")},
                "oe_before": row["observed_to_expected_before"],
                "oe": row["observed_to_expected"],
                "churned": row["churned_accounts"],
                "rate": 100 * row["base_rate"],
                "verdict": row["verdict"],
                "usable": found.usable,
            }
        )
    return rows


def run(seeds, *, shuffled, out=None):
    """Judge every seed, print its rows, then the means; rows go to a file of JSON lines too."""
    rows = []
    for seed in range(FIRST_SEED, FIRST_SEED + seeds):
        begin = time.perf_counter()
        months = months_of_seed(seed)
        mine = rows_of(months, seed, "churn as it was")
        if shuffled:
            mine += rows_of(dealt_out(months, seed), seed, "churn dealt out")
        rows += mine
        for row in mine:
            print(line(row), flush=True)
        print(f"  seed {seed}: {time.perf_counter() - begin:.0f} s", flush=True)
        if out:
            with Path(out).open("a", encoding="utf-8") as file:
                file.writelines(json.dumps(row) + "\n" for row in mine)
    print(summary(rows))


def line(row):
    return (
        f"seed {row['seed']:>3} {row['kind']:<16} lead {row['lead']:>2}: AUC {row['auc']:.3f} "
        f"[{row['lower']:.3f}, {row['upper']:.3f}], NPS only {row['nps']:.3f}, tenure only "
        f"{row['tenure']:.3f}, chance .5; slope {row['slope']:.2f}, O/E {row['oe']:.2f}; "
        f"{row['churned']} churned; {row['verdict']}"
    )


def summary(rows):
    """Means over the seeds, how they spread, and how often the verdict was what."""
    table = pd.DataFrame(rows)
    lines = []
    for kind, part in table.groupby("kind", sort=False):
        judged = part[part["status"] == "ok"]
        lines.append(f"{kind}: {part['seed'].nunique()} seeds, {len(judged)} of {len(part)} rows judged")
        means = judged.groupby("lead")[list(SHOWN)].mean().rename(columns=SHOWN)
        means.insert(1, "sd of AUC", judged.groupby("lead")["auc"].std())
        flags = pd.DataFrame(
            {
                "lead": judged["lead"],
                "gain > 0": judged["gain_lower"] > 0,
                "AUC > .5": judged["lower"] > 0.5,
                "covers .5": (judged["lower"] <= 0.5) & (judged["upper"] >= 0.5),
                "slope .8-1.2": judged["slope"].between(0.8, 1.2),
            }
        )
        counts = flags.groupby("lead").sum()
        lines += [means.round(3).to_string(), "how many of the judged:", counts.to_string(), ""]
    return "\n".join(lines)
