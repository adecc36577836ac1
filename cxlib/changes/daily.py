"""Daily frames of an investigation, for plots and pages."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from cxlib.changes.cut import unit_factor
from cxlib.changes.panel import Panel
from cxlib.changes.sources import LEAD_DAYS, Sources
from cxlib.data.periods import day_to_date
from cxlib.metrics.metric import Metric
from cxlib.stats.decompose import daily_split, reference_means

__all__ = ["daily_sends", "daily_series"]


def daily_series(sources: Sources, metric: Metric, history: int) -> pd.DataFrame:
    """The metric a day, and its split against fixed means.

    Parameters
    ----------
    sources : Sources
        Panels.
    metric : Metric
        Decides what a day's value is.
    history : int
        Days that set the fixed means.

    Returns
    -------
    DataFrame
        date, value, n, mix, within; for counts mix is NaN and within the value.
    """
    panel = sources.judged
    n, factor = panel.n.sum(axis=1), unit_factor(metric)
    if metric.kind in {"count", "rate"}:
        exposure = np.ones(len(n))
        if metric.kind == "rate" and sources.activity is not None:
            exposure = sources.activity.n[LEAD_DAYS:].sum(axis=1)
        total = panel.total.sum(axis=1)
        value = np.divide(total, exposure, out=np.full(len(n), np.nan), where=exposure > 0) * factor
        mix, within = np.full(len(n), np.nan), value
    else:
        past = slice(0, history or None)
        reference = reference_means(panel.n[past].sum(axis=0), panel.total[past].sum(axis=0))
        mix, within = (part * factor for part in daily_split(panel.n, panel.total, reference))
        value = mix + within
    return pd.DataFrame({"date": _dates(panel), "value": value, "n": n, "mix": mix, "within": within})


def daily_sends(sources: Sources, by: Sequence[str]) -> pd.DataFrame:
    """Surveys sent and answered a day by segment.

    Parameters
    ----------
    sources : Sources
        Panels.
    by : sequence of str
        The segment column that explains most.

    Returns
    -------
    DataFrame
        date, segment, sends, answered; empty where nobody was asked.
    """
    if sources.sends is None:
        return pd.DataFrame(columns=["date", "segment", "sends", "answered"])
    sends, answers = sources.sends.onto(tuple(by)), sources.judged.onto(tuple(by))
    where = {tuple(label): index for index, label in enumerate(answers.labels.tolist())}
    frames = []
    for index, label in enumerate(sends.labels.tolist()):
        other = where.get(tuple(label))
        answered = np.zeros(len(sends.days)) if other is None else answers.n[:, other]
        frames.append(
            pd.DataFrame(
                {
                    "date": _dates(sends),
                    "segment": " × ".join(label) or "all",
                    "sends": sends.n[:, index],
                    "answered": answered,
                }
            )
        )
    return pd.concat(frames, ignore_index=True) if frames else daily_sends_empty()


def daily_sends_empty() -> pd.DataFrame:
    """No sends."""
    return pd.DataFrame(columns=["date", "segment", "sends", "answered"])


def _dates(panel: Panel) -> list[object]:
    return [day_to_date(int(day)) for day in panel.days]
