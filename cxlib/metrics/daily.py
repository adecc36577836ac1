"""The sums per local day that periods and comparisons are made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlib.data.clock import date_to_day
from cxlib.errors import UnknownNameError, UsageError
from cxlib.metrics.catalogue import chosen_metrics
from cxlib.metrics.cells import Cells, count_cells
from cxlib.metrics.gather import exposed_days, exposure_value, gather_cuts, row_value
from cxlib.metrics.metric import Metric, columns_of
from cxlib.metrics.request import segments_of

if TYPE_CHECKING:
    from cxlib.data.dataset import Dataset

__all__ = ["Daily", "daily_cells", "daily_cuts", "daily_exposure"]


@dataclass(frozen=True, eq=False)
class Daily:
    """The sums per local day and segment of one metric.

    Parameters
    ----------
    cells : pandas.DataFrame
        As `daily_cells` returns them.
    exposure : pandas.DataFrame or None
        Of a rate, as `daily_exposure` returns it.
    """

    cells: pd.DataFrame
    exposure: pd.DataFrame | None


def daily_cells(
    data: "Dataset",
    metric: str | Metric,
    *,
    by: str | Sequence[str] = (),
    basis: str | None = None,
    start: date | None = None,
    end: date | None = None,
) -> pd.DataFrame:
    """Sums per local day and segment of one metric's rows: what periods and comparisons are made of.

    Parameters
    ----------
    data : Dataset
        What `cx.load` returned.
    metric : str or Metric
        Any kind but duration; of a rate its numerator.
    by : str or sequence of str
        Segment columns, own, inherited, or of the ticket that a survey is about.
    basis : str or None
        Another instant or date column of the table than the metric's own, such as ``"sent_at"`` for nps.
    start, end : date or None
        Half-open range of local days.

    Returns
    -------
    pandas.DataFrame
        `day` (int64, local days since 1970-01-01), the segment columns (str; ``(none)`` where blank,
        ``(unknown)`` without a customer or account), `n`, `total` (Σx) and `squares` (Σx²); days without a
        row are left out. Of a stock what came on the day.

    Raises
    ------
    UnknownNameError
        If the metric, a segment or the basis is unknown.
    """
    (one,) = chosen_metrics(data.settings, metric)
    names = segments_of(data, [one], by, linked=True)
    known = {name for name, type_ in columns_of(one.table).items() if type_ in {"instant", "date"}} - {
        "as_of"
    }
    if basis is not None and basis not in known:
        raise UnknownNameError("basis", basis, known, expected=f"an instant or date column of {one.table}")
    (cells,) = count_cells(data, one.table, [row_value(one, basis=basis)], by=names)
    values = {"n": cells.n, "total": cells.total, "squares": cells.squares}
    return _daily(cells, names, values, cells.n > 0, start, end)


def daily_exposure(
    data: "Dataset",
    metric: str | Metric,
    *,
    by: str | Sequence[str] = (),
    start: date | None = None,
    end: date | None = None,
) -> pd.DataFrame:
    """Sums per local day and segment of what a rate is divided by.

    Parameters
    ----------
    data : Dataset
        What `cx.load` returned.
    metric : str or Metric
        A rate.
    by : str or sequence of str
        Segment columns of the exposure's table; those that only the numerator has are left out.
    start, end : date or None
        Half-open range of local days.

    Returns
    -------
    pandas.DataFrame
        `day`, the segment columns and `exposure`.

    Raises
    ------
    UsageError
        If the metric is no rate.
    UnknownNameError
        If the metric or a segment is unknown.
    """
    (one,) = chosen_metrics(data.settings, metric)
    if one.exposure is None:
        raise UsageError(
            one.label, found=f"kind {one.kind!r}", expected="a rate", fix="ask for the exposure of a rate"
        )
    shared = data.segments(one.exposure.table)
    names = tuple(name for name in segments_of(data, [one], by) if name in shared)
    (cells,) = count_cells(data, one.exposure.table, [exposure_value(one.exposure)], by=names)
    if one.exposure.leaves:
        cells = exposed_days(data, cells)
    return _daily(cells, names, {"exposure": cells.total}, cells.n > 0, start, end)


def daily_cuts(
    data: "Dataset",
    metrics: Sequence[Metric],
    cuts: Sequence[tuple[str, ...]],
    *,
    start: date | None = None,
    end: date | None = None,
) -> dict[tuple[str, ...], dict[str, Daily]]:
    """Sums per local day of several metrics in several cuts, each table being read once where possible.

    Parameters
    ----------
    data : Dataset
        What `cx.load` returned.
    metrics : sequence of Metric
        Of any kind but duration; the data have what they need.
    cuts : sequence of tuple of str
        Segment columns of each cut.
    start, end : date or None
        Half-open range of local days.

    Returns
    -------
    dict of tuple to dict of str to Daily
        By cut and name; a metric whose table lacks a column of a cut is left out of it.
    """
    found: dict[tuple[str, ...], dict[str, Daily]] = {}
    by_name = {metric.name: metric for metric in metrics}
    for cut, gathered in gather_cuts(data, metrics, cuts).items():
        found[cut] = {}
        for name, one in gathered.items():
            values = {"n": one.numerator.n, "total": one.numerator.total, "squares": one.numerator.squares}
            cells = _daily(one.numerator, cut, values, one.numerator.n > 0, start, end)
            base, exposure = by_name[name].exposure, None
            if base is not None and one.exposure is not None:
                shared = tuple(column for column in cut if column in data.segments(base.table))
                sums, filled = {"exposure": one.exposure.total}, one.exposure.n > 0
                exposure = _daily(one.exposure, shared, sums, filled, start, end)
            found[cut][name] = Daily(cells, exposure)
    return found


def _daily(
    cells: Cells,
    by: tuple[str, ...],
    values: Mapping[str, NDArray[np.float64]],
    counted: NDArray[np.bool_],
    start: date | None,
    end: date | None,
) -> pd.DataFrame:
    inside = counted.copy()
    if start is not None:
        inside &= cells.day >= date_to_day(start)
    if end is not None:
        inside &= cells.day < date_to_day(end)
    labels = {name: np.array([group[i] for group in cells.groups], dtype=object) for i, name in enumerate(by)}
    columns: dict[str, Any] = {"day": cells.day[inside]}
    columns |= {name: pd.array(label[cells.group[inside]], dtype="str") for name, label in labels.items()}
    columns |= {name: value[inside] for name, value in values.items()}
    return pd.DataFrame(columns).sort_values(["day", *by], ignore_index=True)
