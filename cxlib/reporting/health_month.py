"""The health of accounts at the end of a month: every part made once, or the reason for which it is not."""

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final, TypeVar

import numpy as np
import pandas as pd

from cxlib.data.clock import day_to_date
from cxlib.errors import CxError, LeakWarning, MissingColumnError, UsageError
from cxlib.health.account_months import AccountMonths
from cxlib.health.backtest import Backtest, backtest
from cxlib.health.hazard import ChurnForecast, forecast
from cxlib.health.history import remembered_scores
from cxlib.health.inputs import today
from cxlib.health.movement import HealthMovement, earlier_and_now, movement_of
from cxlib.health.opportunities import Opportunities
from cxlib.health.override_review import OverrideReview, check_overrides
from cxlib.health.overrides import Overrides, read_overrides
from cxlib.health.panel import account_months
from cxlib.health.portfolio import churn_by_renewal, compared_day, opportunities_of
from cxlib.health.rollup import HealthRollup, roll_up
from cxlib.health.score import score_health
from cxlib.health.scores import HealthScores
from cxlib.health.units import TABLES_OF_UNITS
from cxlib.reporting.health_summary import summary_of
from cxlib.reporting.health_words import answer_lines
from cxlib.reporting.month import ReportMonth
from cxlib.reporting.opening import OpenedMonth
from cxlib.reporting.summary import PageSummary
from cxlib.result import Caveat, Result

if TYPE_CHECKING:
    from cxlib.data.dataset import Dataset

__all__ = ["REFUSALS", "HealthMonth", "health_month", "why_refused"]

Made = TypeVar("Made")
REFUSALS: Final = (MissingColumnError, UsageError)
"""What is said when data do not allow something; a wrong setting is no such thing and ends the run."""
_GROUPS: Final = ("csm", "team")


@dataclass(frozen=True, slots=True, repr=False)
class HealthMonth(Result):
    """The health of accounts at the end of a month, and what moved it.

    Parameters
    ----------
    month : ReportMonth
        What is reported.
    day : date
        The local day at whose beginning accounts are scored: that after the month, or the as-of before it.
    scores : HealthScores or None
        None: the data allow no score, and no other part either.
    movement : HealthMovement or None
        Since the beginning of the month.
    rollups : mapping of str to HealthRollup
        By csm and by team, where accounts have them.
    months : AccountMonths or None
        Every month so far, from which come the next three.
    backtest : Backtest or None
        Whether the score tells who leaves.
    forecast : ChurnForecast or None
        Who leaves next.
    opportunities : Opportunities or None
        Worklists.
    overrides : Overrides or None
        What people say instead.
    review : OverrideReview or None
        How they did, against what the model said at the beginning of the month.
    arr : mapping of str to float
        Revenue by account.
    missing : mapping of str to str
        Part to the reason for which it is not there.
    table : DataFrame
        That of the scores.
    text : str
        Sentences: standing, movement, who is heard of, the back-test, what to do.
    caveats : tuple of Caveat
        Those of all parts, each once.
    """

    month: ReportMonth
    day: date
    scores: HealthScores | None
    movement: HealthMovement | None
    rollups: Mapping[str, HealthRollup]
    months: AccountMonths | None
    backtest: Backtest | None
    forecast: ChurnForecast | None
    opportunities: Opportunities | None
    overrides: Overrides | None
    review: OverrideReview | None
    arr: Mapping[str, float]
    missing: Mapping[str, str]
    table: pd.DataFrame
    text: str
    caveats: tuple[Caveat, ...] = ()

    def summary(self) -> PageSummary:
        """What the first page says of it."""
        return summary_of(self.scores, self.movement, self.backtest, self.opportunities, self.missing)


@dataclass(slots=True)
class _Parts:
    """What is at hand while the parts are made."""

    data: "Dataset"
    missing: dict[str, str]

    def tried(self, name: str, make: Callable[[], Made]) -> Made | None:
        """A part, or None with the reason noted."""
        try:
            return make()
        except REFUSALS as error:
            self.missing[name] = why_refused(error)
            return None


def why_refused(error: CxError) -> str:
    """Found, expected and fix as a sentence of a page.

    Parameters
    ----------
    error : CxError
        What was raised.

    Examples
    --------
    >>> why_refused(CxError("health", found="no table accounts", expected="one", fix="add it"))
    'found no table accounts, expected one. Add it.'
    """
    return f"found {error.found}, expected {error.expected}. {error.fix[:1].upper()}{error.fix[1:]}."


def health_month(opened: OpenedMonth) -> HealthMonth:
    """Score the accounts as they were known at the end of a month, and say what moved since its beginning.

    Parameters
    ----------
    opened : OpenedMonth
        What `open_month` returned.

    Returns
    -------
    HealthMonth
        Where the data allow no score or not all of its parts, the reasons stand in `missing`.

    Examples
    --------
    >>> import tempfile
    >>> import cxlib as cx
    >>> times = ["2020-02-01T09:00Z", "2020-02-29T09:00Z"]
    >>> tickets = pd.DataFrame({"ticket_id": ["1", "2"], "created_at": times})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     tickets.to_csv(f"{folder}/tickets.csv", index=False)
    ...     opened = cx.open_month(folder, "2020-02")
    >>> print(cx.health_month(opened).text)
    No health score: found no table customers, expected accounts or customers to score. Add customers.csv, ...
    """
    month = opened.month
    data = opened.data.at(month.end) if day_to_date(today(opened.data)) > month.end else opened.data
    parts = _Parts(data, {})
    past = parts.tried("movement", lambda: earlier_and_now(data, month.start))
    scores = past[2] if past else parts.tried("scores", lambda: score_health(data))
    if scores is None or not len(scores.table):
        parts.missing.setdefault("scores", "nobody is a customer on that day.")
        return _without(month, day_to_date(today(data)), parts.missing)
    movement = movement_of(data, past[:2], scores) if past else None
    months = parts.tried("months", lambda: account_months(data))
    tested = parts.tried("backtest", lambda: _tested(months)) if months else None
    ahead = parts.tried("forecast", lambda: forecast(months)) if months else None
    lists = parts.tried("opportunities", lambda: _worklists(data, scores, ahead))
    day = day_to_date(today(data))
    groups = _rolled(parts, scores, past)
    notes = [part.caveats for part in (scores, movement, *groups.values(), tested, ahead, lists) if part]
    return HealthMonth(
        month=month,
        day=day,
        scores=scores,
        movement=movement,
        rollups=groups,
        months=months,
        backtest=tested,
        forecast=ahead,
        opportunities=lists,
        overrides=read_overrides(data) if data.has("overrides") else None,
        review=_reviewed(parts, scores, months),
        arr=_revenue(data, scores),
        missing=parts.missing,
        table=scores.table,
        text="\n".join(answer_lines(scores, movement, tested, lists, day=day)),
        caveats=tuple(dict.fromkeys(caveat for own in notes for caveat in own)),
    )


def _without(month: ReportMonth, day: date, missing: Mapping[str, str]) -> HealthMonth:
    """The page of data that allow no score."""
    return HealthMonth(
        month, day, None, None, {}, None, None, None, None, None, None, {}, {"scores": missing["scores"]},
        pd.DataFrame(), f"No health score: {missing['scores']}",
    )  # fmt: skip


def _tested(months: AccountMonths) -> Backtest:
    """The back-test; a leak is told on the page, by its own text."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LeakWarning)
        return backtest(months)


def _rolled(
    parts: _Parts, scores: HealthScores, past: "tuple[Dataset, HealthScores, HealthScores] | None"
) -> dict[str, HealthRollup]:
    """Roll-ups by what groups the accounts."""
    table, found = TABLES_OF_UNITS[scores.unit], {}
    before = (past[1], past[0].frame(table)) if past else None
    for by in _GROUPS:
        if not parts.data.has(table, by):
            parts.missing[by] = f"found {table} without {by}, expected who looks after each. Add the column."
            continue
        found[by] = roll_up(scores, parts.data.frame(table), by=by, before=before)
    return found


def _worklists(data: "Dataset", scores: HealthScores, ahead: ChurnForecast | None) -> Opportunities:
    """Whom to speak with, by the scores of the page."""
    try:
        before = score_health(data.at(compared_day(data)), configuration=scores.configuration)
    except REFUSALS:
        before = None
    return opportunities_of(data, scores, before, churn_by_renewal(data, ahead, None) if ahead else None)


def _reviewed(parts: _Parts, scores: HealthScores, months: AccountMonths | None) -> OverrideReview | None:
    """People against the model as it stood at the beginning of each month: no day is scored anew."""
    if months is None or not parts.data.has("overrides"):
        return None
    said = remembered_scores(months, scores.configuration, unit=scores.unit, zone=parts.data.zone)
    return parts.tried("review", lambda: check_overrides(parts.data, said))


def _revenue(data: "Dataset", scores: HealthScores) -> dict[str, float]:
    """Revenue of each account that has one."""
    table = TABLES_OF_UNITS[scores.unit]
    if not data.has(table, "arr"):
        return {}
    rows = data.frame(table)[[scores.unit, "arr"]].dropna()
    return dict(zip(rows[scores.unit], rows["arr"].astype(np.float64), strict=True))
