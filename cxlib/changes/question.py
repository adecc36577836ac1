"""One question, read and scanned once: what `rank_changes` and `investigate` both start from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from cxlib.changes.answering import with_answering
from cxlib.changes.calendar import Change, read_changes
from cxlib.changes.columns import Columns, columns_for
from cxlib.changes.cut import unit_factor
from cxlib.changes.given import given_priors
from cxlib.changes.hours import times_of_day
from cxlib.changes.improvement import with_improvement
from cxlib.changes.log.remarks import reviewed
from cxlib.changes.log.rules_dates import find_gaps
from cxlib.changes.model import Model, build_model
from cxlib.changes.posterior import Priors
from cxlib.changes.prior import Vocabulary
from cxlib.changes.sources import LEAD_DAYS, Sources
from cxlib.changes.tilt import subjects_of
from cxlib.changes.unlogged import unlogged_days
from cxlib.changes.window import read_window
from cxlib.data.dataset import Dataset
from cxlib.data.periods import date_to_day
from cxlib.errors import UsageError
from cxlib.metrics.catalogue import chosen_metrics
from cxlib.metrics.metric import Metric
from cxlib.stats.evidence import Side

__all__ = ["Question", "ask", "not_additive"]

Floats = npt.NDArray[np.float64]

_SIDES: dict[str, Side] = {"up": -1, "down": 1}


@dataclass(frozen=True, eq=False)
class Question:
    """The metric, the window, the evidence and the log.

    Parameters
    ----------
    data, metric, sources, model
        What was read and scanned.
    start, end : date
        Half-open window.
    columns : Columns
        Onsets that were scanned.
    log : tuple of Change
        Every visible change.
    priors : Priors
        From `[changes.prior]`.
    smallest : float
        The smallest shift that matters, in the metric's unit; for counts a share.
    vocabulary : Vocabulary
        Words of the log and of what the hypotheses are about.
    unlogged_on : array of float, shape (days,)
        How many times as likely as usual an unlogged cause is on each day of the window.
    """

    data: Dataset
    metric: Metric
    sources: Sources
    model: Model
    start: date
    end: date
    columns: Columns
    log: tuple[Change, ...]
    priors: Priors
    smallest: float
    vocabulary: Vocabulary
    unlogged_on: Floats

    @property
    def history(self) -> int:
        """Days before the window."""
        return max(date_to_day(self.start) - self.sources.first, 0)

    @property
    def is_count(self) -> bool:
        """Counts and rates are scanned as ratios."""
        return self.metric.kind in {"count", "rate"}

    @property
    def in_window(self) -> tuple[Change, ...]:
        """Changes that could have begun to act inside the window."""
        first, last = self.columns.first, self.columns.last - 1
        return tuple(
            change
            for change in self.log
            if first - change.uncertain_days <= change.day <= last + change.uncertain_days
        )

    def lag(self, mechanism: str) -> int:
        """Days until the metric shows an effect of that mechanism."""
        if mechanism != "service" or self.is_count:
            return 0
        return int(np.flatnonzero(self.model.kernel > 0)[0])

    def to_unit(self, mechanism: str) -> float:
        """Metric units per unit of the scan."""
        if self.is_count:
            return self._usual() if mechanism == "service" else 0.0
        return self.model.scale * unit_factor(self.metric)

    def _usual(self) -> float:
        """A day's usual count, or the usual rate, in the metric's unit."""
        past = slice(0, self.history or None)
        count = float(self.sources.judged.total[past].sum())
        if self.metric.kind == "rate" and self.sources.activity is not None:
            exposure = float(self.sources.activity.n[LEAD_DAYS:][past].sum())
            return count / max(exposure, 1e-9) * unit_factor(self.metric)
        return count / max(len(self.sources.judged.total[past]), 1)


def ask(
    data: Dataset,
    metric: str | Metric,
    *,
    by: str | Sequence[str],
    start: date | str | None,
    end: date | str | None,
    prior: Mapping[str, Any] | None = None,
) -> Question:
    """Check the request, read the panels and scan them.

    Parameters
    ----------
    data : Dataset
        Checked tables.
    metric : str or Metric
        Any metric but a duration.
    by : str or sequence of str
        Segment columns; empty: every usable one.
    start, end : date, str or None
        Half-open window, days as dates or ``YYYY-MM-DD``; by default the last 90 days before `as_of`.
    prior : mapping or None
        Keys of `[changes.prior]` that are to be something else.

    Returns
    -------
    Question
        Ready to be weighed.

    Raises
    ------
    UsageError
        If the metric's days do not add up, as those of a duration, or the window is empty or holds no rows.
    """
    chosen = chosen_metrics(data.settings, metric)[0]
    what = not_additive(chosen)
    if what:
        raise UsageError(
            "metric",
            found=f"{chosen.name!r}, {what}",
            expected="a net, share, mean, rate or count",
            fix="investigate a share within target, or a volume, instead",
        )
    wanted = (by,) if isinstance(by, str) else tuple(by)
    start, end, sources = read_window(data, chosen, wanted, start, end)
    history = date_to_day(start) - sources.first
    if sources.judged.n[max(history, 0) :].sum() <= 0:
        raise UsageError(
            "window",
            found=f"no rows of {chosen.name} from {start} to {end}",
            expected="some",
            fix="choose days that the data hold, see `cxlib check`",
        )
    basis = "sent_at" if sources.basis == "experience_day" and chosen.table == "surveys" else chosen.basis
    log = read_changes(data, times_of_day(data, chosen.table, basis))
    columns = columns_for(
        log, sources.first + max(history, 0), min(date_to_day(end), sources.last), sources.last
    )
    smallest = _smallest(data, chosen)
    model = _model(chosen, sources, columns, max(history, 0), smallest)
    gaps = find_gaps(reviewed(data)) if log else ()
    return Question(
        data,
        chosen,
        sources,
        model,
        start,
        end,
        columns,
        log,
        _priors(data, model, prior),
        smallest,
        Vocabulary(log, subjects_of(data, chosen, model.fields)),
        unlogged_days(columns.days, gaps),
    )


def _model(metric: Metric, sources: Sources, columns: Columns, history: int, smallest: float) -> Model:
    """Every stream scanned, with other people who answer and improvements among the hypotheses."""
    worse = _SIDES.get(metric.direction, 0)
    model = build_model(
        sources,
        columns,
        history=history,
        worse=worse,
        smallest=smallest / unit_factor(metric) if metric.kind != "rate" else smallest,
        is_count=metric.kind in {"count", "rate"},
    )
    model = with_answering(model, sources, columns.onsets, kind=metric.kind, history=history, worse=worse)
    return with_improvement(model, sources.judged.days, columns.onsets)


def not_additive(metric: Metric) -> str:
    """What makes a metric more than the sum of its days; empty where nothing does."""
    kinds = {"duration": "a duration", "target": "a census against a target"}
    if metric.is_stock:
        return "a stock"
    if metric.is_nowcast:
        return "a nowcast"
    if metric.trailing_days is not None or (metric.exposure is not None and metric.exposure.leaves):
        return "over more than its own days"
    return kinds.get(metric.kind, "")


def _smallest(data: Dataset, metric: Metric) -> float:
    if metric.kind in {"count", "rate"}:
        return float(data.settings.changes["smallest_shift_rate"])
    return float(data.settings.changes["smallest_shift_points"])


def _priors(data: Dataset, model: Model, prior: Mapping[str, Any] | None) -> Priors:
    judged = model.judged
    worsening = judged.settled is not None and judged.settled.slope * judged.series[0].side > 0
    return given_priors(data, slope=worsening, prior=prior)
