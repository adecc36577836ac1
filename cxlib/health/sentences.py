"""Health scores in words: the portfolio in two lines, and what to know before using them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cxlib.data.clock import day_to_date
from cxlib.health.scores import BANDS, INSUFFICIENT
from cxlib.metrics.catalogue import chosen_metrics
from cxlib.result import Caveat
from cxlib.text import format_count, format_day, format_value, join_words, plural

if TYPE_CHECKING:
    from cxlib.data.dataset import Dataset
    from cxlib.health.configuration import HealthConfiguration, Unit

__all__ = ["describe", "score_caveats", "unit_word"]


def unit_word(unit: "Unit") -> str:
    """What the rows are called.

    Examples
    --------
    >>> unit_word("account_id")
    'account'
    """
    return unit.removesuffix("_id")


def describe(table: pd.DataFrame, unit: "Unit") -> str:
    """The portfolio in sentences.

    Parameters
    ----------
    table : pandas.DataFrame
        As of `HealthScores`.
    unit : {"account_id", "customer_id"}
        What is scored.
    """
    if not len(table):
        return f"There is no {unit_word(unit)} to score."
    count = table["band_model"].value_counts()
    told = [
        f"{format_count(count[name])} {name.replace('_', ' ')}"
        for name in (*reversed(BANDS), INSUFFICIENT)
        if name in count.index
    ]
    middle = table.loc[table["band_model"] != INSUFFICIENT, "score"]
    median = f" The median score is {format_value(float(middle.median()))} of 100." if len(middle) else ""
    new = int((table["status"] == "new").sum())
    fresh = f" {plural(new, unit_word(unit))} signed up within the last 30 days." if new else ""
    return f"{plural(len(table), unit_word(unit))}: {join_words(told)}.{median}{fresh}"


def score_caveats(
    data: "Dataset",
    given: "HealthConfiguration",
    used: "HealthConfiguration",
    ended: Mapping[str, int],
) -> tuple[Caveat, ...]:
    """What to know before using scores.

    Parameters
    ----------
    data : Dataset
        What was scored.
    given, used : HealthConfiguration
        The score as configured, and with the metrics that the data allow.
    ended : mapping of str to int
        Metrics without a row of anyone in their window, and the local day on which their table ends.
    """
    found = []
    if given.is_usual:
        found.append(
            Caveat(
                "usual_weights", "No [health.metrics] is configured: metrics and weights are the usual ones."
            )
        )
    if not used.is_frozen:
        said = "References are those of as_of, not frozen: history will drift. Freeze them with --freeze."
        found.append(Caveat("not_frozen", said))
    metrics = {one.name: one for one in chosen_metrics(data.settings, [one.name for one in used.metrics])}
    for name, day in ended.items():
        last = format_day(day_to_date(day - 1))
        said = f"{metrics[name].table} ends {last}: {name} is unknown for everybody, and counts for nobody."
        found.append(Caveat("feed_ended", said))
    largest = int(np.argmax(used.weights))
    if used.weights[largest] > 0.5:
        share = format_value(100 * float(used.weights[largest]), "%")
        said = f"{used.metrics[largest].name} has {share} of the weight: the score says little beyond it."
        found.append(Caveat("dominant_metric", said))
    said = "Intervals take the metrics for independent; where they move together, intervals are wider."
    found.append(Caveat("independent_metrics", said))
    return tuple(found)
