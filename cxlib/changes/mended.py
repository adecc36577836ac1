"""What is put right before anything is searched: where rows stop, who wrote them, which reasons compare."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from cxlib.changes.authors import FewAuthors, authored_cells
from cxlib.changes.completeness import complete_rows, truncated
from cxlib.changes.panel import pivot
from cxlib.changes.taxonomy import Relisted, merge_reasons, taxonomy_caveats
from cxlib.data.dataset import Dataset
from cxlib.data.periods import day_to_date
from cxlib.errors import UsageError
from cxlib.metrics.metric import Metric
from cxlib.result import Caveat

__all__ = ["Mended", "mend"]


@dataclass(frozen=True, eq=False)
class Mended:
    """What was done to the cells of one metric.

    Parameters
    ----------
    table : str
        Whose rows they are.
    first : int
        Local day of the first row.
    complete : int
        Local day after the last one on which the rows are complete.
    stop : int
        Local day after the last one of the data; later than `complete` where the extract ends early.
    rows : array of float, shape (days,)
        Rows a day from `first` on.
    few : FewAuthors or None
        Why distinct authors are counted in their place.
    relisted : tuple of Relisted
        Reasons that are searched together with others.
    """

    table: str
    first: int
    complete: int
    stop: int
    rows: npt.NDArray[np.float64]
    few: FewAuthors | None
    relisted: tuple[Relisted, ...]

    @property
    def is_truncated(self) -> bool:
        """Whether the rows end before the data do."""
        return self.complete < self.stop

    @property
    def caveats(self) -> tuple[Caveat, ...]:
        """What a reader must know of it."""
        few = () if self.few is None else (self.few.caveat(),)
        return (*truncated(self.table, self.complete, self.stop), *few, *taxonomy_caveats(self.relisted))

    def refuse_after(self, start: date) -> None:
        """Refuse a window in which the extract has ended.

        Raises
        ------
        UsageError
            If no day of it is complete.
        """
        end = day_to_date(self.complete)
        if self.is_truncated and start >= end:
            raise UsageError(
                "window",
                found=f"days from {start} on, when there are hardly any {self.table}",
                expected=f"a window that begins before {end}, where they stop",
                fix=f"ask for days up to {end}, or bring an extract that goes on",
            )


def mend(
    data: Dataset,
    metric: Metric,
    cells: pd.DataFrame,
    *,
    by: Sequence[str],
    start: date,
    last: int,
    stop: int,
) -> tuple[pd.DataFrame, Mended]:
    """The cells that can be compared over time.

    Parameters
    ----------
    data, metric
        What was asked.
    cells : DataFrame
        From `daily_cells`, by `by`, to the end of the data.
    by : sequence of str
        Segment columns.
    start : date
        Where a shift is looked for.
    last : int
        Local day after the last one that is wanted.
    stop : int
        Local day after the last one of the data.

    Returns
    -------
    cells, mended : DataFrame, Mended
        Cells up to the earlier of `last` and the last complete day.
    """
    first = int(cells["day"].min()) if len(cells) else last
    counts = pivot(cells, (), first, max(stop, first)).n.sum(axis=1)
    complete = first + complete_rows(counts)
    last = min(last, complete) if complete < stop else last
    cells = cells.loc[cells["day"] < last]
    cells, few = authored_cells(data, metric, cells, by=by, start=start, end=day_to_date(last))
    cells, found = merge_reasons(cells, first, last)
    return cells, Mended(
        metric.table, first, complete, max(stop, complete), counts[: last - first], few, found
    )
