"""What starting costs, as ratios to `python -c pass` in the same run.

The runs are interleaved, so that a busy machine slows all of them alike, and the median is taken.
Exit code 1 if a bar is missed.
"""

import statistics
import subprocess
import sys
import time
from pathlib import Path

RUNS = 9
REFERENCE = "python -c pass"
CASES = {
    REFERENCE: [sys.executable, "-c", "pass"],
    "import cxlib": [sys.executable, "-c", "import cxlib"],
    "cxlib --help": [str(Path(sys.executable).with_name("cxlib")), "--help"],
    "cxlib measure --help": [str(Path(sys.executable).with_name("cxlib")), "measure", "--help"],
}
BARS = {"import cxlib": 10.0, "cxlib --help": 10.0, "cxlib measure --help": 20.0}


def seconds(command):
    begin = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begin


def main():
    for command in CASES.values():  # once unmeasured: byte code is written, files are in the cache
        seconds(command)
    measured = {name: [] for name in CASES}
    for _ in range(RUNS):
        for name, command in CASES.items():
            measured[name].append(seconds(command))
    plain = statistics.median(measured[REFERENCE])
    missed = 0
    print(f"{'start of':<22}{'ratio':>8}{'bar':>8}")
    for name, values in measured.items():
        ratio = statistics.median(values) / plain
        bar = BARS.get(name)
        over = bar is not None and ratio > bar
        missed += over
        print(f"{name:<22}{ratio:>8.1f}{f'{bar:.0f}' if bar else '':>8}{'  MISSED' if over else ''}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
