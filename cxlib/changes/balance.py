"""Did unhappy answers rise, or did happy ones fall? Counts a day, before and after."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from cxlib.changes.panel import Panel

__all__ = ["Balance", "balance_of", "happy_and_unhappy"]

Floats = npt.NDArray[np.float64]

_Z95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Balance:
    """Happy and unhappy answers a day in two windows.

    Parameters
    ----------
    kind : {"more_unhappy", "fewer_happy", "both", "neither"}
        Which of the two daily counts moved for the worse, beyond its 95 % interval.
    happy_before, happy_after, unhappy_before, unhappy_after : float
        Counts a day.
    """

    kind: Literal["more_unhappy", "fewer_happy", "both", "neither"]
    happy_before: float
    happy_after: float
    unhappy_before: float
    unhappy_after: float


def happy_and_unhappy(panel: Panel, kind: str) -> tuple[Floats, Floats] | None:
    """Happy and unhappy answers a day; None of a metric that has no good and bad ones.

    Parameters
    ----------
    panel : Panel
        Answers; row values +100, 0, -100 for a net, 0 and 1 for a share.
    kind : str
        Kind of the metric.

    Returns
    -------
    happy, unhappy : array of float, shape (days,)
        Counts.
    """
    n, total, squares = (part.sum(axis=1) for part in (panel.n, panel.total, panel.squares))
    if kind == "net":
        return (squares / 1e4 + total / 100) / 2, (squares / 1e4 - total / 100) / 2
    return (total, n - total) if kind == "share" else None


def balance_of(panel: Panel, kind: str, before: slice, after: slice) -> Balance | None:
    """Compare the two windows of a score.

    Parameters
    ----------
    panel : Panel
        Answers; row values +100, 0, -100 for a net, 0 and 1 for a share.
    kind : str
        Kind of the metric; other kinds have no good and bad answers.
    before, after : slice
        Rows of the panel.

    Returns
    -------
    Balance or None
        None for other kinds and for an empty window.

    References
    ----------
    .. [1] Ratio of two Poisson rates on the log scale (Rothman 2008, Modern Epidemiology, ch. 14), variance
       scaled by the observed dispersion of daily counts.
    """
    parts = happy_and_unhappy(panel, kind)
    if parts is None or len(parts[0][before]) == 0 or len(parts[0][after]) == 0:
        return None
    happy, unhappy = parts
    more = _ratio_interval(unhappy, before, after)[0] > 1
    fewer = _ratio_interval(happy, before, after)[1] < 1
    name: Literal["more_unhappy", "fewer_happy", "both", "neither"] = "neither"
    if more and fewer:
        name = "both"
    elif more or fewer:
        name = "more_unhappy" if more else "fewer_happy"
    daily = [float(max(part[window].mean(), 0.0)) for part in (happy, unhappy) for window in (before, after)]
    return Balance(name, *daily)


def _ratio_interval(counts: Floats, before: slice, after: slice) -> tuple[float, float]:
    """95 % interval of the ratio of daily counts, after over before."""
    sums = [float(counts[window].sum()) for window in (before, after)]
    means = [float(counts[window].mean()) for window in (before, after)]
    if min(sums) <= 0:
        return 0.0, np.inf
    spread = [
        float(counts[window].var(ddof=1)) / mean if len(counts[window]) > 1 else 1.0
        for window, mean in zip((before, after), means, strict=True)
    ]
    phi = max(1.0, float(np.mean(spread)))
    sd = np.sqrt(phi * sum(1 / total for total in sums))
    ratio = means[1] / means[0]
    return float(ratio * np.exp(-_Z95 * sd)), float(ratio * np.exp(_Z95 * sd))
