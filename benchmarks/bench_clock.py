"""Business durations of a million pairs, against the two binary searches they cannot do without.

Run: python benchmarks/bench_clock.py. Equality with the intervals themselves is checked first; the bar is 2.
"""

import time
from datetime import date

import numpy as np

from cxlib.data.schedules import build_schedule, open_between

PAIRS = 1_000_000
HOURS = {day: ["09:00-12:00", "13:00-17:00"] for day in ("mon", "tue", "wed", "thu", "fri")}


def fastest(call, rounds=5):
    """CPU seconds of the fastest round."""
    spent = []
    for _ in range(rounds):
        start = time.process_time()
        call()
        spent.append(time.process_time() - start)
    return min(spent)


def main():
    spec = {"zone": "America/Los_Angeles", "hours": HOURS}
    schedule = build_schedule("support", spec, start=date(2019, 1, 1), end=date(2021, 1, 1))
    rng = np.random.default_rng(0)
    pairs = np.sort(rng.integers(*schedule.bounds, (2, PAIRS)), axis=0)
    few = pairs[:, :200]
    overlaps = np.minimum(few[1][:, None], schedule.closes) - np.maximum(few[0][:, None], schedule.opens)
    np.testing.assert_array_equal(open_between(schedule, *few), np.maximum(overlaps, 0).sum(axis=1))
    reference = fastest(lambda: [np.searchsorted(schedule.opens, instants) for instants in pairs])
    ours = fastest(lambda: open_between(schedule, *pairs))
    print(f"business durations: {ours / reference:.2f} x two searches (bar 2)")


if __name__ == "__main__":
    main()
