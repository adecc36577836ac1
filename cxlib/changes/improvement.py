"""A metric that got better is no metric that got worse before: the null hypothesis knows of improvements."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
from scipy.special import logsumexp

from cxlib.changes.calm import settled_of
from cxlib.changes.hypotheses import Hypotheses
from cxlib.changes.model import Model
from cxlib.changes.streams import Series, Stream
from cxlib.stats.evidence import scan, season
from cxlib.stats.noise import robust_weights
from cxlib.stats.profiles import LASTING, profile_columns

__all__ = ["with_improvement"]

_PRIOR = 0.1  # that a metric which was asked about for having worsened got better


def with_improvement(model: Model, days: npt.NDArray[np.int64], onsets: Sequence[int]) -> Model:
    """Hold every worsening against nothing at all or a lasting improvement, whichever fits.

    Parameters
    ----------
    model : Model
        One of which one direction is worse; others are returned as they are.
    days : array of int, shape (days,)
        Local days of the judged stream.
    onsets : sequence of int
        Local days on which an effect may begin.

    Returns
    -------
    Model
        With Bayes factors against the wider null.
    """
    everybody = model.judged.series[0]
    if everybody.side == 0:
        return model
    better = _better(model.judged, everybody, days, onsets)
    null = float(np.logaddexp(np.log(1 - _PRIOR), np.log(_PRIOR) + better))
    return replace(model, fields=tuple(_against(field, null) for field in model.fields))


def _against(field: Hypotheses, null: float) -> Hypotheses:
    return replace(field, log_bf=field.log_bf - null)


def _better(stream: Stream, series: Series, days: npt.NDArray[np.int64], onsets: Sequence[int]) -> float:
    """Log of the evidence for a lasting change for the better on some day of the window."""
    settled = settled_of(stream)
    rows = np.arange(min(onsets), max(onsets) + 1) - int(days[0])
    found = scan(
        series.values,
        robust_weights(series.values, series.weights, days),
        np.column_stack([season(days), settled.trend]),
        profile_columns(LASTING, len(days), rows),
        sizes=settled.sizes,
        side=-1 if series.side > 0 else 1,
        grid=settled.drift,
    )
    prior = np.log([profile.prior for profile in LASTING])
    return float(logsumexp(found.log_bf + prior[:, None]) - np.log(len(rows)))
