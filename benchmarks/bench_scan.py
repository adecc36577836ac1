"""The closed-form scan of many series over many onsets, against a GLM refitted for every release.

    python benchmarks/bench_scan.py [--series 1000] [--onsets 1000] [--days 1095] [--refits 200]

Both see the same series, weights, season and drift; a refit has one column more, the step of its release.
Equality comes first: with a single wide size and no drift the scan's effect is that of the refit. Prints
seconds, peak memory, and the ratio of the time that all refits would take to that of the scan.
"""

import argparse
import resource
import time

import numpy as np
import statsmodels.api as sm

from cxlib.stats.drift import Drift, full_basis
from cxlib.stats.evidence import season
from cxlib.stats.onsets import scan_onsets
from cxlib.stats.profiles import LASTING


def company(series: int, days: int) -> tuple[np.ndarray, np.ndarray]:
    """Scores of about 59 answers a day, a step in every tenth series."""
    rng = np.random.default_rng(0)
    weights = rng.poisson(59, (series, days)) / 0.64
    values = rng.normal(0, 1, (series, days)) / np.sqrt(np.maximum(weights, 1.0))
    values[::10] -= 0.086 * (np.arange(days) >= days // 2)
    return values, weights


def refit(values: np.ndarray, weights: np.ndarray, basis: np.ndarray, onset: int) -> float:
    """The effect of one release by a weighted GLM."""
    column = (np.arange(len(values)) >= onset).astype(float)
    found = sm.GLM(values, np.column_stack([basis, column]), var_weights=weights).fit()
    return float(found.params[-1])


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, usual in (("series", 1000), ("onsets", 1000), ("days", 1095), ("refits", 200)):
        asked.add_argument(f"--{name}", type=int, default=usual)
    given = asked.parse_args()
    values, weights = company(given.series, given.days)
    design = season(np.arange(18000, 18000 + given.days))
    onsets = np.linspace(20, given.days - 20, given.onsets).astype(np.int64)
    rng = np.random.default_rng(1)
    pairs = [(int(rng.integers(given.series)), int(rng.choice(onsets))) for _ in range(given.refits)]

    row, onset = pairs[0]
    (one,) = scan_onsets(
        values[[row]],
        weights[[row]],
        design,
        LASTING[:1],
        np.array([onset]),
        sizes=(1e3,),
        grid=(Drift(0, 1),),
    )
    difference = abs(one.effect[0, 0] - refit(values[row], weights[row], design, onset))
    print(f"effect by scan and by refit differ by {difference:.1e}")
    if difference > 1e-6:
        raise SystemExit("the scan and the refit disagree")

    basis = full_basis(design)
    began = time.perf_counter()
    for row, onset in pairs:
        refit(values[row], weights[row], basis, onset)
    each = (time.perf_counter() - began) / len(pairs)
    for shapes in (LASTING[:1], LASTING):
        began = time.perf_counter()
        found = scan_onsets(values, weights, design, shapes, onsets)
        took = time.perf_counter() - began
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        ratio = each * given.series * given.onsets / took
        print(
            f"{len(found)} series x {given.onsets} onsets x {given.days} days, {len(shapes)} shapes: "
            f"{took:.1f} s, peak {peak:.0f} MB; a refit {1000 * each:.1f} ms; ratio {ratio:.0f} (bar 40)"
        )


if __name__ == "__main__":
    main()
