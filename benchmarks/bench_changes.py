"""Invented companies with one planted cause each: what cxlib, plain methods and a bound make of them.

    python benchmarks/bench_changes.py                        240 cases, every method
    python benchmarks/bench_changes.py --only cxlib,oracle --cases 480 --first 1000 --out said.json --resume
    python benchmarks/bench_changes.py --cases 20 --dump DIR  case folders, and nothing else

One table of measures with intervals, one by family, calibration, and differences to the bound, which knows
the company, the noise and the habits but not the case. Then the time of a scan, as a ratio.
"""

import argparse
import json
import sys
import time
from pathlib import Path

import pandas as pd
from attribution.baselines import missing_packages
from attribution.cases import Case, make_case, write_cases
from attribution.cause import FAMILIES
from attribution.methods import METHODS
from attribution.scoring import judge, print_tables
from attribution.timing import scan_against_glm
from attribution.words import verticals

TIMING = "timing"
DIRT = {"half": None, "none": False, "all": True}


def asked_for() -> argparse.Namespace:
    """Read the command line."""
    said = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    said.add_argument("--cases", type=int, default=240)
    said.add_argument("--first", type=int, default=0, help="the first seed")
    said.add_argument("--family", choices=FAMILIES)
    said.add_argument("--vertical", choices=verticals())
    said.add_argument(
        "--dirt", choices=DIRT, default="half", help="which cases are soiled: odd seeds by default"
    )
    said.add_argument("--only", default=",".join([*METHODS, TIMING]), help="methods, with commas between")
    said.add_argument("--out", type=Path, help="write predictions there as JSON, after every case")
    said.add_argument("--resume", action="store_true", help="go on with what --out holds already")
    said.add_argument("--dump", type=Path, help="write the cases as folders and stop")
    asked = said.parse_args()
    asked.only = asked.only.split(",")
    unknown = set(asked.only) - {*METHODS, TIMING}
    if unknown:
        said.error(f"no such method: {', '.join(sorted(unknown))}; there are {', '.join([*METHODS, TIMING])}")
    if asked.resume and asked.out is None:
        said.error("--resume needs --out")
    return asked


def present(methods: list[str]) -> list[str]:
    """Methods whose packages are there; the others are named aloud."""
    there = []
    for method in methods:
        missing = missing_packages(method)
        if missing:
            print(f"NOT RUN: {method} needs {', '.join(missing)}, which is not installed", file=sys.stderr)
        elif method in METHODS:
            there.append(method)
    return there


def answer(method: str, case: Case) -> dict:
    """One answer; a failure is an answer too, and wrong."""
    start = time.process_time()
    try:
        said = METHODS[method](case).to_dict()
    except Exception as error:  # noqa: BLE001 - a crash of one case is a result, not the end of the run
        said = {"error": f"{type(error).__name__}: {error}"}
    return said | {"seconds": round(time.process_time() - start, 3)}


def run(asked: argparse.Namespace, methods: list[str]) -> dict:
    """Predictions by method and case, and the truth by case."""
    kept: dict = {"truth": {}}
    if asked.resume and asked.out.exists():
        kept = json.loads(asked.out.read_text())
    seeds = range(asked.first, asked.first + asked.cases)
    names = {seed: f"case-{seed:04d}" for seed in seeds}
    for seed, name in names.items():
        open_methods = [method for method in methods if name not in kept.setdefault(method, {})]
        if not open_methods and name in kept["truth"]:
            continue
        case = _make(asked, seed)
        kept["truth"][name] = case.truth()
        for method in open_methods:
            kept[method][name] = answer(method, case)
            if "error" in kept[method][name]:
                print(f"{name} {method}: {kept[method][name]['error']}", file=sys.stderr)
        if asked.out is not None:
            _replace(asked.out, json.dumps(kept) + "\n")
    return {part: {name: kept[part][name] for name in names.values()} for part in ["truth", *methods]}


def _make(asked: argparse.Namespace, seed: int) -> Case:
    return make_case(seed, asked.family, dirty=DIRT[asked.dirt], vertical=asked.vertical)


def _replace(path: Path, text: str) -> None:
    """Write beside it and rename, so that a run that is stopped leaves a whole file."""
    beside = path.with_suffix(".part")
    beside.write_text(text)
    beside.replace(path)


def main() -> None:
    asked = asked_for()
    if asked.dump is not None:
        seeds = range(asked.first, asked.first + asked.cases)
        write_cases((_make(asked, seed) for seed in seeds), asked.dump)
        return
    methods = present(asked.only)
    if methods:
        found = run(asked, methods)
        truth = found["truth"]
        scores = {m: pd.DataFrame([judge(truth[name], found[m][name]) for name in truth]) for m in methods}
        print_tables(scores, pd.Series([entry["family"] for entry in truth.values()]))
    if TIMING in asked.only:
        microseconds, ratio = scan_against_glm()
        print(f"\na GLM per release takes {ratio:.0f} x the scan ({microseconds:.0f} µs a release; bar 40)")


if __name__ == "__main__":
    main()
