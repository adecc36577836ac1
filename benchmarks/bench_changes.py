"""Invented companies with one planted cause each, and how `cx.investigate` fares on them.

python benchmarks/bench_changes.py [--cases 240] [--first 0] [--family step] [--dump DIR]
"""

import argparse
from pathlib import Path

from attribution.cases import make_case, write_cases
from attribution.cause import FAMILIES


def main() -> None:
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("--cases", type=int, default=240)
    arguments.add_argument("--first", type=int, default=0)
    arguments.add_argument("--family", choices=FAMILIES)
    arguments.add_argument("--dump", type=Path, help="write the cases as folders and stop")
    asked = arguments.parse_args()
    seeds = range(asked.first, asked.first + asked.cases)
    if asked.dump is not None:
        write_cases((make_case(seed, asked.family) for seed in seeds), asked.dump)


if __name__ == "__main__":
    main()
