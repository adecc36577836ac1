"""Seconds of the scan per series and release, against a GLM fitted anew for each release."""

import time
from collections.abc import Callable

import numpy as np
import statsmodels.api as sm

from cxlib.stats.evidence import scan, season
from cxlib.stats.profiles import LASTING, profile_columns

DAYS, RELEASES, PAIRS, ROUNDS = 1095, 1000, 200, 3


def scan_against_glm() -> tuple[float, float]:
    """Time both on one series of three years.

    Returns
    -------
    tuple of float
        Microseconds per release of the scan, and how many times longer a GLM takes for each.
    """
    rng = np.random.default_rng(0)
    days = np.arange(18_000, 18_000 + DAYS)
    asked = rng.integers(20, 100, DAYS).astype(float)
    rate = rng.binomial(asked.astype(int), 0.4) / asked
    design = season(days)
    onsets = np.sort(rng.integers(60, DAYS - 30, RELEASES))
    columns = profile_columns(LASTING, DAYS, onsets)
    weights = asked / (rate.mean() * (1 - rate.mean()))
    ours = _fastest(lambda: scan(rate, weights, design, columns)) / RELEASES

    def refit() -> None:
        for onset in onsets[:: RELEASES // PAIRS]:
            step = (np.arange(DAYS) >= onset).astype(float)
            sm.GLM(
                rate, np.column_stack([design, step]), family=sm.families.Binomial(), var_weights=asked
            ).fit()

    theirs = _fastest(refit) / PAIRS
    return ours * 1e6, theirs / ours


def _fastest(call: Callable[[], object]) -> float:
    spent = []
    for _ in range(ROUNDS):
        start = time.process_time()
        call()
        spent.append(time.process_time() - start)
    return min(spent)
