"""What a health score costs against a group-by mean of the same rows, and how well it tells who leaves.

    python benchmarks/bench_health.py [--customers 10000,100000]
    python benchmarks/bench_health.py --seeds 20 [--shuffled] [--out rows.jsonl]

Cost: five metrics of every customer scored at each of 24 month ends from cells that are at hand, beside the
mean by customer and month of the same rows in pandas; each in a process of its own, blocks of 50,000
customers one after another. Then scores from ready values beside one weighted sum in numpy. Equality is
checked first. Seconds are CPU of the scoring alone. Exit code 1 if a bar is missed.

Seeds: the back-test on other companies of the sample, with churn as it was and, with --shuffled, dealt out.
"""

import argparse
import pickle
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import health_portfolio
import health_seeds
import numpy as np
import pandas as pd
from health_portfolio import BLOCK, ENDS, METRICS, MONTHS, STARTS

BAR_CELLS, BAR_READY = 5.0, 50.0
CONTENDERS = ("library", "pandas")


def spent():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def peak_megabytes():
    """The largest resident size of this process; that of rusage includes the parent it came from."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(status["VmHWM"].split()[0]) / 1024


def blocks(customers):
    """Number and size of each block."""
    for block, first in enumerate(range(0, customers, BLOCK)):
        yield block, min(BLOCK, customers - first)


def prepared(folder):
    """The data as of each month end, and the score."""
    from cxlib.data.clock import day_to_date
    from cxlib.health.configuration import configured

    data = health_portfolio.dataset(folder)
    return [data.at(day_to_date(int(end))) for end in ENDS], configured(data.settings)


def scored_block(seen, configuration, parts, ids):
    """Scores of a block at every month end, as the library makes them of cells."""
    from cxlib.health.inputs import inputs_of, unit_cells
    from cxlib.health.score import measured_of
    from cxlib.health.units import Units
    from cxlib.metrics.catalogue import chosen_metrics

    units = Units("customer_id", ids, np.full(len(ids), np.nan))
    gathered = health_portfolio.gathered_of(parts, ids)
    metrics = chosen_metrics(seen[0].settings, list(METRICS))
    cells = [unit_cells(metric, gathered[metric.name], units) for metric in metrics]
    for data in seen:
        yield measured_of(configuration, units, inputs_of(data, configuration, units, cells))


def library(folder):
    """Score a block."""
    seen, configuration = prepared(folder)

    def run(block, size):
        parts, ids = health_portfolio.parts_of(block, size), health_portfolio.ids_of(block, size)
        begin = spent()
        for _ in scored_block(seen, configuration, parts, ids):
            pass
        return spent() - begin

    return run


def pandas(_):
    """Means of a block."""

    def run(block, size):
        parts = health_portfolio.parts_of(block, size)
        frames = [
            pd.DataFrame({"customer": part.customer, "day": part.day, "value": part.total})
            for part in parts.values()
        ]
        begin = spent()
        for frame in frames:
            month = np.searchsorted(STARTS, frame["day"].to_numpy(), side="right") - 1
            frame.assign(month=month).groupby(["customer", "month"])["value"].mean()
        return spent() - begin

    return run


def measure(name, customers, folder):
    """CPU seconds of one contender; a small block first, so that nothing is imported while it is timed."""
    run = {"library": library, "pandas": pandas}[name](folder)
    run(0, 100)
    return {"cpu": sum(run(block, size) for block, size in blocks(customers))}


def contend(name, customers):
    """One contender, in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="bench-") as own:
        out = Path(own) / "found.pickle"
        command = [sys.executable, __file__, "--run", name, "--customers", str(customers), "--out", str(out)]
        subprocess.run(command, check=True)
        return pickle.loads(out.read_bytes())  # noqa: S301 - written by the line above


def largest_difference(folder, size=2_000):
    """The library's scores against pandas and the formula, at three of the month ends."""
    seen, configuration = prepared(folder)
    parts, ids = health_portfolio.parts_of(0, size), health_portfolio.ids_of(0, size)
    worst = 0.0
    for place, found in enumerate(scored_block(seen, configuration, parts, ids)):
        if place in {0, 11, MONTHS - 1}:
            worst = max(worst, *by_hand(parts, size, int(ENDS[place]), configuration, found))
    return worst


def by_hand(parts, size, end, configuration, found):
    """Values from a filtered group-by, scores from the formula; how far the library's are from both."""
    score, gaps = 0.0, []
    for place, one in enumerate(configuration.metrics):
        sums = window_sums(parts[one.name], size, end, one.window_days)
        value = sums["total"] / sums["n"] * (100 if one.name == "csat" else 1)
        if one.name == "seat_use":
            value = sums["total"].fillna(0) / window_sums(parts["seats"], size, end, one.window_days)["total"]
        if one.name in {"logins", "contacts"}:
            value = sums["n"].fillna(0.0)
        mine = found.inputs.value[:, place]
        gaps.append(float(np.nanmax(np.abs(np.nan_to_num(value, nan=-9e9) - np.nan_to_num(mine, nan=-9e9)))))
        known = np.where(value.isna(), 0.0, 0.5 ** ((end - sums["day"].fillna(end)) / one.half_life_days))
        d = np.nan_to_num(one.shape(value.to_numpy()), nan=one.ref)
        score = score + 100 * configuration.weights[place] * (one.ref + known * (d - one.ref))
    return [*gaps, float(np.abs(score - found.scored.score).max())]


def window_sums(part, size, end, days):
    inside = (part.day >= end - days) & (part.day < end)
    frame = pd.DataFrame({"n": part.n, "total": part.total, "day": part.day})[inside]
    sums = frame.groupby(part.customer[inside]).agg({"n": "sum", "total": "sum", "day": "max"})
    return sums.reindex(range(size))


def ready(accounts=10_000, months=MONTHS, repeats=9):
    """Seconds of scoring ready values, and of one weighted sum of them: the medians of several turns."""
    from cxlib.stats.scorecard import scored

    rng = np.random.default_rng(1)
    d = rng.random((accounts * months, len(METRICS)))
    weight, reference = np.full(len(METRICS), 1 / len(METRICS)), np.full(len(METRICS), 0.5)
    r, reach, sd = np.ones(d.shape), np.full(d.shape, 0.2), np.full(len(METRICS), 0.2)
    mine, theirs = [], []
    for _ in range(repeats):
        begin = time.perf_counter()
        plain = 100 * (d * weight).sum(axis=1)
        middle = time.perf_counter()
        found = scored(d, r, weight=weight, reference=reference, below=reach, above=reach, sd=sd)
        mine.append(time.perf_counter() - middle)
        theirs.append(middle - begin)
    if np.abs(found.score - plain).max() > 1e-9:
        raise SystemExit("scores of ready values are not the weighted sum")
    return float(np.median(mine)), float(np.median(theirs))


def cost(sizes):
    """The table; how many bars are missed."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        gap = largest_difference(Path(folder))
    print(f"largest difference of values and scores to pandas and the formula: {gap:.1e}")
    missed = int(gap > 1e-9)
    print(f"{'customers':>10}{'cells M':>9}{'library s':>11}{'pandas s':>10}{'ratio':>7}{'MB':>7}{'MB':>7}")
    for customers in sizes:
        found = {name: contend(name, customers) for name in CONTENDERS}
        ratio = found["library"]["cpu"] / found["pandas"]["cpu"]
        missed += ratio > BAR_CELLS
        figures = "".join(f"{found[name]['peak']:>7.0f}" for name in CONTENDERS)
        seconds = f"{found['library']['cpu']:>11.2f}{found['pandas']['cpu']:>10.2f}"
        cells = found["library"]["cells"] / 1e6
        told = f"  ratio <= {BAR_CELLS:g}{' MISSED' if ratio > BAR_CELLS else ''}"
        print(f"{customers:>10,}{cells:>9.1f}{seconds}{ratio:>7.2f}{figures}{told}", flush=True)
    mine, plain = ready()
    over = mine / plain > BAR_READY
    print(
        f"ready values, 10,000 x {MONTHS} x {len(METRICS)}: {1000 * mine:.0f} ms, one weighted sum "
        f"{1000 * plain:.1f} ms, ratio {mine / plain:.1f} <= {BAR_READY:g}{' MISSED' if over else ''}"
    )
    return missed + over


def cells_of(customers):
    """How many cells a portfolio has."""
    rates = {**health_portfolio.CELLS_A_MONTH, "seats": health_portfolio.SEATS}
    return customers * sum(rates.values()) * (len(STARTS) - 1)


def main():
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("--customers", default="10000,100000")
    arguments.add_argument("--seeds", type=int, default=0)
    arguments.add_argument("--shuffled", action="store_true")
    arguments.add_argument("--run", choices=CONTENDERS, help=argparse.SUPPRESS)
    arguments.add_argument("--out", type=Path, help="rows of --seeds as JSON lines")
    asked = arguments.parse_args()
    if asked.run:
        customers = int(asked.customers)
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            found = measure(asked.run, customers, Path(folder))
        found |= {"peak": peak_megabytes(), "cells": cells_of(customers)}
        asked.out.write_bytes(pickle.dumps(found))
        return 0
    if asked.seeds:
        health_seeds.run(asked.seeds, shuffled=asked.shuffled, out=asked.out)
        return 0
    return 1 if cost([int(size) for size in asked.customers.split(",")]) else 0


if __name__ == "__main__":
    sys.exit(main())
