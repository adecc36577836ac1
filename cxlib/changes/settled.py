"""What a search allows for, so that calm history looks calm to it."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cxlib.data.periods import day_to_date
from cxlib.result import Caveat
from cxlib.stats.evidence import Drift, Size
from cxlib.text import format_day, format_value

__all__ = ["Settled", "drift_caveats"]

Floats = npt.NDArray[np.float64]

_MONTH = 28


@dataclass(frozen=True, eq=False)
class Settled:
    """What the search allows for, so that calm history looks calm.

    Parameters
    ----------
    drift : tuple of Drift
        Settings of the drift.
    sizes : tuple of Size
        What an effect may be.
    trend : array of float, shape (days, 0 or 1)
        A slope that began before the window, in months since; to be fitted beside the season.
    slope : float
        What it moves a month, in units of the series; 0 without one.
    since : int
        Local day on which it began.
    """

    drift: tuple[Drift, ...]
    sizes: tuple[Size, ...]
    trend: Floats
    slope: float = 0.0
    since: int = 0


def drift_caveats(
    settled: Settled | None, *, sign: float, until: int, to_unit: float, unit: str
) -> tuple[Caveat, ...]:
    """That the metric had been moving the same way long before.

    Parameters
    ----------
    settled : Settled or None
        Of the judged stream.
    sign : float
        Direction of the shift, or of a worsening; 0: any.
    until : int
        Local day on which the window begins.
    to_unit : float
        Metric units per unit of the series.
    unit : str
        Of a change of the metric.

    Returns
    -------
    tuple of Caveat
        Empty where no slope was found, or it goes the other way.
    """
    if settled is None or settled.slope == 0 or settled.slope * sign < 0:
        return ()
    moved = settled.slope * (until - settled.since) / _MONTH * to_unit
    verb = "falling" if moved < 0 else "rising"
    return (
        Caveat(
            "drift_before_onset",
            f"The metric had been {verb} since about {format_day(day_to_date(settled.since))}, by "
            f"{format_value(abs(moved), unit)} before the window: what merely goes on is laid on no change.",
        ),
    )
