"""The same search on calendars shifted to days without a release: what calm history looks like to it."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cxlib.changes.calm import CALM_MARGIN, fewest_calm, mean_e_value, step_evidence
from cxlib.changes.settled import Settled
from cxlib.changes.streams import Series

__all__ = ["Placebo", "run_placebo"]

_RUNS = 200


@dataclass(frozen=True, slots=True)
class Placebo:
    """How the real search compares.

    Parameters
    ----------
    runs : int
        Shifted calendars.
    percentile : float
        Share of them (0–100) whose strongest release is weaker than the real one.
    mean_e_value : float
        Mean evidence on days without a release; above 1 the model does not fit the calm.
    """

    runs: int
    percentile: float
    mean_e_value: float


def run_placebo(
    series: Series,
    days: npt.NDArray[np.int64],
    releases: Sequence[int],
    *,
    history: int,
    fingerprint: str,
    settled: Settled,
) -> Placebo | None:
    """Move the releases to calm days of the same weekday, many times.

    Parameters
    ----------
    series : Series
        The judged series of everybody.
    days : array of int, shape (days,)
        Its local days.
    releases : sequence of int
        Local days of the releases that were considered.
    history : int
        Rows before the window.
    fingerprint : str
        Seeds the draws: same input, same output.
    settled : Settled
        Of the judged stream.

    Returns
    -------
    Placebo or None
        None where the history is too short or nothing was considered.
    """
    taken = set(releases)
    calm = np.array(
        [row for row in range(CALM_MARGIN, history - CALM_MARGIN) if int(days[row]) not in taken],
        dtype=np.int64,
    )
    inside = np.array(
        sorted({day - int(days[0]) for day in releases if history <= day - int(days[0]) < len(days)}),
        dtype=np.int64,
    )
    if not fewest_calm(len(calm)) or len(inside) == 0:
        return None
    real = step_evidence(series, days, inside, length=len(days), settled=settled)
    # without the window: the event would be read into calm days
    quiet = step_evidence(series, days, calm, length=history, settled=settled)
    seed = int.from_bytes(hashlib.sha256(fingerprint.encode()).digest()[:8], "big")
    draws = np.random.default_rng(seed)
    weekdays = days[calm] % 7
    pools = {int(weekday): quiet[weekdays == weekday] for weekday in np.unique(weekdays)}
    strongest = np.full(_RUNS, -np.inf)
    for row in inside:
        pool = pools.get(int(days[row]) % 7, quiet)
        strongest = np.maximum(strongest, draws.choice(pool, _RUNS))
    return Placebo(_RUNS, float(100 * np.mean(strongest < real.max())), mean_e_value(quiet))
