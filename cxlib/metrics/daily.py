"""The sums per local day that periods and comparisons are made of."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlib.data.clock import date_to_day
from cxlib.errors import UnknownNameError, UsageError
from cxlib.metrics.catalogue import chosen_metrics
from cxlib.metrics.cells import Cells, count_cells
from cxlib.metrics.gather import exposed_days, exposure_value, row_value
from cxlib.metrics.metric import Metric, columns_of
from cxlib.metrics.request import segments_of

if TYPE_CHECKING:
    from cxlib.data.dataset import Dataset

__all__ = ["daily_cells", "daily_exposure"]


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
