"""What twenty metrics cost by day, week and month, for all, by channel and by reason: ratios to a bare scan.

    python benchmarks/bench_metrics.py [--scale 1] [--folder /tmp/bench] [--without pandas,hand]

Each contender runs in a process of its own over the same DuckDB file, which is in the page cache. CPU is user
and system seconds of the measuring alone (imports and loading apart; a warm run includes loading), peak the
largest resident size of the process. Equality is checked first. Exit code 1 if a bar is missed.
"""

import argparse
import json
import os
import pickle
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import large_company

THREADS = 2
METRICS = (
    *("nps", "csat", "survey_sends", "survey_response_rate", "yellow_flag_rate", "csat_coverage"),
    *("ticket_volume", "ticket_volume.agent_initiated", "one_touch_rate", "zero_touch_rate"),
    *("bot_resolution_share", "reopen_rate", "acknowledged_share", "urgent_share", "urgent_mismatch_share"),
    *("first_response_time", "first_response_time.business", "first_touch_time", "full_resolution_time"),
    "contact_rate",
)
DURATIONS = METRICS[15:19]
FREQS = ("D", "W", "M")
CUTS = ((), ("channel",), ("reason",))
CROSS = ((), ("channel", "reason"))
CONTENDERS = ("scan", "cells", "cold", "warm", "cross", "full", "profile", "hand", "pandas")
PROFILED = 12
SCANNED = {
    "tickets": "ticket_id created_at customer_id channel reason priority status initiated_by solved_at"
    " merged_into reopens",
    "messages": "message_id ticket_id sent_at author_role public is_auto",
    "surveys": "survey_id kind sent_at responded_at score customer_id ticket_id channel reason",
    "activity": "date kind count",
}


def spent():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def scan(path):
    """The sum of every column that any of the metrics needs, of texts their length."""
    import duckdb

    connection = duckdb.connect(str(path), read_only=True, config={"threads": THREADS})
    begin = spent()
    for table, names in SCANNED.items():
        types = dict(
            connection.execute(
                "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = ?", [table]
            ).fetchall()
        )
        sums = ", ".join(_sum(f'"{name}"', types[name]) for name in names.split())
        connection.execute(f"SELECT {sums} FROM {table}").fetchall()  # noqa: S608 - names of ours
    return {"cpu": spent() - begin}


def _sum(name, type_):
    text = {
        "VARCHAR": "strlen({})",
        "BOOLEAN": "CAST({} AS INTEGER)",
        "DATE": "CAST(datediff('day', DATE '1970-01-01', {}) AS DOUBLE)",
        "TIMESTAMP WITH TIME ZONE": "CAST(epoch_us({}) AS DOUBLE)",
    }.get(type_, "CAST({} AS DOUBLE)")
    return f"sum({text.format(name)})"


def ours(path, *, metrics=METRICS, cuts=CUTS, only_cells=False):
    """Measured by the library; the cache is where CXLIB_CACHE says."""
    import cxlib as cx
    from cxlib.metrics.catalogue import catalogue
    from cxlib.metrics.cuts import measure_cuts
    from cxlib.metrics.gather import gather_cuts

    load = cx.load  # names of the package are imported when they are asked for first
    begin = spent()
    data = load(path, as_of=large_company.AS_OF)
    loaded = spent()
    if only_cells:
        known = catalogue(data.settings)
        gather_cuts(data, [known[name] for name in metrics], cuts)
        return {"load": loaded - begin, "cpu": spent() - loaded}
    frames = measure_cuts(data, metrics, freqs=FREQS, cuts=cuts)
    measured = {"load": loaded - begin, "cpu": spent() - loaded}
    return measured | {"frames": _by_metric(frames)} if cuts == CUTS else measured


def warm(path):
    """What was measured before, loading included: the whole of such a run."""
    found = ours(path)
    return found | {"cpu": found["load"] + found["cpu"]}


def full(path):
    """Every metric of tickets and surveys that the data allow, in all."""
    import cxlib as cx
    from cxlib.metrics.availability import why_not
    from cxlib.metrics.catalogue import catalogue
    from cxlib.metrics.cuts import measure_cuts

    data = cx.load(path, as_of=large_company.AS_OF)
    tables = ("tickets", "surveys", "turns", "statuses", "sla_clocks", "open_spells")
    known = catalogue(data.settings).values()
    names = [metric.name for metric in known if metric.table in tables and why_not(data, metric) is None]
    begin = spent()
    measure_cuts(data, names, freqs=FREQS, cuts=((),))
    return {"cpu": spent() - begin, "metrics": len(names)}


def profile(path):
    """Where the cold run spends its CPU: seconds by source file, a file's own time alone, DuckDB apart."""
    import cProfile
    import pstats
    import time

    import cxlib as cx
    from cxlib.metrics.cuts import measure_cuts

    data = cx.load(path, as_of=large_company.AS_OF)
    profiler = cProfile.Profile(time.process_time)
    begin = spent()
    profiler.runcall(measure_cuts, data, METRICS, freqs=FREQS, cuts=CUTS)
    used = spent() - begin
    by_file = {}
    for (file, _, name), (_, _, own, _, callers) in pstats.Stats(profiler).stats.items():
        # what is built in counts for those who call it
        callers = callers if file.startswith("~") else {(file, 0, name): (0, 0, own, 0)}
        for (caller, _, _), (_, _, seconds, _) in callers.items():
            told = caller.partition("cxlib/")[2] or caller.partition("site-packages/")[2].split("/")[0]
            by_file[told or "Python"] = by_file.get(told or "Python", 0.0) + seconds
    return {"cpu": used, "profile": sorted(by_file.items(), key=lambda item: -item[1])[:PROFILED]}


def _by_metric(frames):
    """Frames as the other contenders have them: freq, cut, segment, start, n and value."""
    import pandas as pd

    parts = []
    for frame in frames:
        cut = "_".join(frame.by) or "all"
        table = frame.table[["metric", "start", "n", "value", "status"]].copy()
        table["segment"] = frame.table[frame.by[0]] if frame.by else "all"
        table["start"] = pd.to_datetime(table["start"])
        parts.append(table.assign(freq=frame.freq, cut=cut))
    found = pd.concat(parts, ignore_index=True)
    return {name: found[found["metric"] == name] for name in METRICS}


def hand(path):
    from hand_written_sql import measure_by_hand

    begin = spent()
    frames = measure_by_hand(path)
    return {"cpu": spent() - begin, "rows": {name: len(frame) for name, frame in frames.items()}}


def pandas(path):
    from idiomatic_pandas import measure_in_pandas

    begin = spent()
    frames = measure_in_pandas(path)
    return {"cpu": spent() - begin, "frames": frames}


def run(name, path):
    """One contender, in this process."""
    functions = {
        "scan": scan,
        "cells": lambda at: ours(at, only_cells=True),
        "cold": ours,
        "warm": warm,
        "cross": lambda at: ours(at, cuts=CROSS),
        "full": full,
        "profile": profile,
        "hand": hand,
        "pandas": pandas,
    }
    found = functions[name](path)
    found["peak"] = peak_megabytes()
    return found


def peak_megabytes():
    """The largest resident size of this process; that of rusage includes the parent it came from."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(status["VmHWM"].split()[0]) / 1024


def contend(name, path, folder, cache):
    """One contender, in a process of its own."""
    out = folder / f"{name}.pickle"
    environment = os.environ | {"CXLIB_CACHE": str(cache), "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, __file__, "--run", name, "--path", str(path), "--out", str(out)]
    done = subprocess.run(command, env=environment, check=False, capture_output=True, text=True)
    if done.returncode:
        return {"failed": done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "killed"}
    return pickle.loads(out.read_bytes())  # noqa: S301 - written by the line above


def compare(mine, theirs):
    """Largest relative difference of values by metric; of durations where at least 2,000 rows count."""
    import numpy as np

    found = {}
    for name in METRICS:
        keys = ["freq", "cut", "segment", "start"]
        both = theirs[name].merge(mine[name], on=keys, suffixes=("", "_ours"), how="left")
        shown = both[both["n"] >= (2_000 if name in DURATIONS else 1)]
        gap = (shown["value"] - shown["value_ours"]).abs() / np.maximum(shown["value"].abs(), 1)
        missing = int((shown["value"].notna() & shown["value_ours"].isna()).sum())
        found[name] = (float(gap.max()), missing, int((both["n"] != both["n_ours"]).sum()), len(shown))
    return found


def report(found, scale):
    """The table of ratios; how many bars are missed."""
    base = found["scan"]["cpu"]
    bars = {
        "cold": [("x scan", 7.0), ("MB", 500.0)],
        "cross": [("x scan", 10.0)],
        "warm": [("x scan", 0.05)],
        "cells": [],
    }
    print(f"scale {scale}: bare scan {base:.2f} CPU s, {found['scan']['peak']:.0f} MB")
    print(f"{'':<8}{'CPU s':>9}{'x scan':>9}{'peak MB':>9}{'load s':>8}  bars")
    missed = 0
    for name, got in found.items():
        if "failed" in got:
            print(f"{name:<8}  failed: {got['failed']}")
            missed += 1
            continue
        values = {"x scan": got["cpu"] / base, "MB": got["peak"]}
        told = []
        for unit, bar in bars.get(name, []):
            over = values[unit] > bar
            missed += over
            told.append(f"{unit} <= {bar:g}{' MISSED' if over else ''}")
        load = f"{got['load']:.2f}" if "load" in got else ""
        figures = f"{got['cpu']:>9.2f}{values['x scan']:>9.2f}{got['peak']:>9.0f}{load:>8}"
        print(f"{name:<8}{figures}  {', '.join(told)}")
    return missed + against(found)


def against(found):
    """Ratios to the hand-written SQL and to pandas."""
    pairs = [
        ("cells / hand-written SQL, CPU", "cells", "hand", "cpu", 1.05, 1),
        ("pandas / cold, CPU", "pandas", "cold", "cpu", 4.0, -1),
        ("pandas / cold, peak", "pandas", "cold", "peak", 5.0, -1),
    ]
    missed = 0
    for label, upper, lower, what, bar, sign in pairs:
        if what in found.get(upper, {}) and what in found.get(lower, {}):
            ratio = found[upper][what] / found[lower][what]
            over = sign * ratio > sign * bar
            missed += over
            print(f"{label}: {ratio:.2f} (bar {'<=' if sign > 0 else '>='} {bar}){' MISSED' if over else ''}")
    return missed


def main():
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("--scale", type=float, default=0.02)
    arguments.add_argument("--folder", type=Path)
    arguments.add_argument("--without", default="")
    arguments.add_argument("--run", choices=CONTENDERS, help=argparse.SUPPRESS)
    arguments.add_argument("--path", type=Path, help=argparse.SUPPRESS)
    arguments.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    asked = arguments.parse_args()
    if asked.run:
        asked.out.write_bytes(pickle.dumps(run(asked.run, asked.path)))
        return 0
    with tempfile.TemporaryDirectory(prefix="bench-") as own:
        folder = asked.folder or Path(own)
        path = folder / f"company-{asked.scale:g}" / "company.duckdb"
        if not path.exists():
            large_company.write_company(path, scale=asked.scale)
        wanted = [name for name in CONTENDERS if name not in asked.without.split(",")]
        found = {}
        contend("scan", path, Path(own), "off")  # the file comes into the page cache
        for name in wanted:
            kept = Path(own) / "cache" if name in {"cold", "warm"} else "off"
            found[name] = contend(name, path, Path(own), kept)
            for file, seconds in found[name].pop("profile", []):
                print(f"  {seconds:7.2f} CPU s  {file}")
            print(json.dumps({name: {k: v for k, v in found[name].items() if k != "frames"}}), flush=True)
        if "frames" in found.get("pandas", {}) and "frames" in found.get("cold", {}):
            print("largest difference to pandas (values missing, counts that differ, values compared):")
            for name, (gap, *counts) in compare(found["cold"]["frames"], found["pandas"]["frames"]).items():
                print(f"  {name:<32}{gap:>12.2e}  {counts}")
        return 1 if report(found, asked.scale) else 0


if __name__ == "__main__":
    sys.exit(main())
