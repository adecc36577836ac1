"""The result of `measure`: values by period and segment, and all that is needed to read them."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from cxlib.result import Caveat, Result

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["MetricFrame"]


@dataclass(frozen=True, eq=False, repr=False)
class MetricFrame(Result):
    """Values of metrics by period and segment.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a metric, period and segment: `metric`, `period` (label), `start` and `end` (dates,
        half-open), the segment columns of `by`, `value`, `lower` and `upper` (95 %) in the metric's unit,
        `n` (rows that count), `numerator`, `denominator`, and `status`: the first that applies of
        ``no_data`` (nothing to divide by: NaN), ``immature`` (outcomes may still come), ``partial`` (only
        part of the period is seen), ``low_n``, ``ok``. For shares and nets value = 100 · numerator /
        denominator.
    unit, direction, basis, method, definition, definition_hash : mapping of str to str
        By metric: unit, which way is better, what puts a row in a period, how value and interval are
        computed, the sentence that defines it, and the hash of its declaration.
    exclusions : mapping of str to mapping of str to int
        By metric: reason → rows kept out.
    data_through : mapping of str to datetime
        By metric: the instant up to which the data are complete.
    as_of : datetime
        The instant at which the data are seen.
    freq : str
        D, W, M, Q or Y.
    by : tuple of str
        Segment columns.
    text : str
        Sentences made from the table, one a line.
    caveats : tuple of Caveat
        What the reader must know.
    """

    table: "pd.DataFrame"
    unit: Mapping[str, str]
    direction: Mapping[str, str]
    basis: Mapping[str, str]
    method: Mapping[str, str]
    definition: Mapping[str, str]
    definition_hash: Mapping[str, str]
    exclusions: Mapping[str, Mapping[str, int]]
    data_through: Mapping[str, datetime]
    as_of: datetime
    freq: str
    by: tuple[str, ...]
    text: str
    caveats: tuple[Caveat, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Rows, sentences, caveats and how to read them, for JSON; missing or infinite numbers are None."""
        rows = Result.to_dict(self)
        for row in rows["rows"]:
            row["start"], row["end"] = str(row["start"]), str(row["end"])
            row["upper"] = None if row["upper"] == math.inf else row["upper"]
        words = ("unit", "direction", "basis", "method", "definition", "definition_hash", "exclusions")
        return {
            "as_of": self.as_of.isoformat(),
            "freq": self.freq,
            "by": list(self.by),
            **{word: dict(getattr(self, word)) for word in words},
            "data_through": {name: at.isoformat() for name, at in self.data_through.items()},
            **rows,
        }
