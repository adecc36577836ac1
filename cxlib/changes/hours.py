"""At which hours a day's rows come in: what share of a day is left after a release."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from cxlib.data.clock import day_bounds_us, local_day_number
from cxlib.data.dataset import Dataset
from cxlib.data.lookups import moments_of_day
from cxlib.data.schema import TABLES

__all__ = ["share_left", "times_of_day"]

Floats = npt.NDArray[np.float64]

_MOST_ROWS = 20_000
_FEWEST_ROWS = 200
_PARTS_OF_A_DAY = 4  # changes of one release train stay equal: the evidence is daily


def times_of_day(data: Dataset, table: str, column: str) -> Floats | None:
    """When a table's rows come in, as sorted shares of the local day.

    Parameters
    ----------
    data : Dataset
        Checked tables.
    table, column : str
        An instant column.

    Returns
    -------
    array of float or None
        In 0..1; None where too few rows carry a time of day.
    """
    declared = TABLES[table].column(column) if table in TABLES else None
    if declared is None or declared.type != "instant" or not data.has(table, column):
        return None
    if table in data.tables:
        held = np.sort(pc.cast(data.tables[table][column].drop_null(), pa.int64()).to_numpy())
    else:  # the rows stay in their database: five minutes are told apart
        counts = moments_of_day(data, table, column)
        held = np.repeat(np.array(list(counts), dtype=np.int64), list(counts.values()))
    if len(held) < _FEWEST_ROWS:
        return None
    instants = held[:: max(len(held) // _MOST_ROWS, 1)]
    start, end = day_bounds_us(local_day_number(instants, data.zone), data.zone)
    found = np.sort((instants - start) / (end - start))
    return found if found[-1] > found[0] else None  # dates alone say nothing about hours


def share_left(moment: float, times: Floats | None) -> float:
    """Share of a day's rows that come after a moment, in quarters.

    Parameters
    ----------
    moment : float
        Share of the day gone by, 0..1.
    times : array of float or None
        See `times_of_day`; None: rows come evenly.

    Returns
    -------
    float
        0, 0.25, 0.5, 0.75 or 1.

    Examples
    --------
    >>> share_left(0.625, None), share_left(0.375, np.array([0.4, 0.5, 0.6, 0.7]))
    (0.5, 1.0)
    """
    left = 1 - moment if times is None else 1 - float(np.searchsorted(times, moment)) / len(times)
    return max(round(left * _PARTS_OF_A_DAY) / _PARTS_OF_A_DAY, 0.0)
