"""What is told beside a value, because people say it the other way round."""

from collections.abc import Sequence
from typing import Final

import pandas as pd

from cxlib.metrics.metric import Metric
from cxlib.result import Caveat
from cxlib.text import format_count

__all__ = ["beside_caveats"]

_INVERSE: Final = {"issue_to_lesson": "lessons per issue"}
"""Rates that are often told as exposure per row, and the words for it."""


def beside_caveats(table: pd.DataFrame, metrics: Sequence[Metric], by: tuple[str, ...]) -> list[Caveat]:
    """Sentences that go with the values: the inverse of a rate for its last period with a value.

    Parameters
    ----------
    table : pandas.DataFrame
        Rows of a `MetricFrame`.
    metrics : sequence of Metric
        What was measured.
    by : tuple of str
        Segments; in a cut nothing is said.

    Examples
    --------
    >>> from cxlib.metrics.demand import ISSUE_TO_LESSON
    >>> row = {"metric": "issue_to_lesson", "period": "2020-02", "numerator": 4.0, "denominator": 500.0}
    >>> print(beside_caveats(pd.DataFrame([row]), [ISSUE_TO_LESSON], ())[0].text)
    issue_to_lesson in 2020-02: 125 lessons per issue (500 over 4).
    """
    found = []
    for metric in metrics:
        if metric.name not in _INVERSE or by:
            continue
        rows = table[(table["metric"] == metric.name) & (table["numerator"] > 0) & (table["denominator"] > 0)]
        if len(rows):
            last = rows.iloc[-1]
            exposed, counted = (format_count(round(last[name])) for name in ("denominator", "numerator"))
            each = format_count(round(last["denominator"] / last["numerator"]))
            text = f"{each} {_INVERSE[metric.name]} ({exposed} over {counted})"
            found.append(Caveat("beside", f"{metric.name} in {last['period']}: {text}."))
    return found
