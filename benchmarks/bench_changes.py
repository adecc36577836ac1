"""Invented companies with one planted cause each, and how `cx.investigate` fares on them.

    python benchmarks/bench_changes.py [--cases 40] [--first 0] [--family cut]

Prints one line a case and the measures: top-1, top-3, log loss, accused, missed, mechanism, a baseline.
"""

import argparse
import math

import pandas as pd
from companies import FAMILIES, Case, make_case

import cxlib as cx


def nearest_release(case: Case) -> str | None:
    """Baseline: the release just before the largest fall of the weekly mean."""
    start, end = (pd.Timestamp(day, tz="UTC") for day in (case.start, case.end))
    if case.metric == "contact_rate":
        daily = case.frames["tickets"].set_index("created_at").resample("D").size() * -1.0
    else:
        rows = case.frames["surveys"].loc[lambda f: (f["kind"] == case.metric) & f["score"].notna()]
        daily = rows.set_index("sent_at")["score"].resample("D").mean()
    smooth = daily.rolling(7).mean()
    fall = (smooth.shift(-7) - smooth)[start:end]
    if fall.dropna().empty:
        return None
    before = case.frames["changes"].loc[lambda f: f["released_at"] <= fall.idxmin() + pd.Timedelta(days=1)]
    return None if before.empty else str(before["change_id"].iloc[-1])


def judge(case: Case, found: cx.Investigation) -> dict[str, float]:
    """Top-1, top-3, log loss, mechanism and what was said."""
    chances: dict[str | None, float] = {}
    for row in found.to_dict()["suspects"]:
        chances[row["change_id"]] = chances.get(row["change_id"], 0.0) + row["probability"]
    order = sorted(chances, key=lambda name: -chances[name])
    return {
        "top1": float(order[0] == case.cause),
        "top3": float(case.cause in order[:3]),
        "logloss": -math.log(max(chances.get(case.cause, 0.0), 1e-3)),
        "said": chances[order[0]],
        "accused": float(order[0] is not None) if case.cause is None else math.nan,
        "missed": float(order[0] is None) if case.cause is not None else math.nan,
        "mechanism": float(found.mechanism["name"] == case.mechanism),
        "nearest": float(nearest_release(case) == case.cause),
    }


def main() -> None:
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("--cases", type=int, default=40)
    arguments.add_argument("--first", type=int, default=0)
    arguments.add_argument("--family", choices=FAMILIES)
    asked = arguments.parse_args()
    rows = []
    for seed in range(asked.first, asked.first + asked.cases):
        case = make_case(seed, asked.family)
        found = cx.investigate(cx.load(case.frames), case.metric, start=case.start, end=case.end)
        rows.append(judge(case, found) | {"family": case.family})
        line = " ".join(f"{name} {value:.2f}" for name, value in rows[-1].items() if isinstance(value, float))
        print(f"{seed:4} {case.family:10} {case.metric:13} {line}", flush=True)
    table = pd.DataFrame(rows)
    print(table.groupby("family").mean(numeric_only=True).round(2).to_string())
    print(table.mean(numeric_only=True).round(3).to_string())


if __name__ == "__main__":
    main()
