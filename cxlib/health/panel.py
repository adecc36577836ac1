"""The score as it stood at the beginning of every month: each snapshot sees only what was known then."""

from datetime import date
from typing import TYPE_CHECKING, Final

import numpy as np

from cxlib.data.clock import date_to_day, day_to_date, periods
from cxlib.errors import UsageError
from cxlib.health.account_months import AccountMonths
from cxlib.health.configuration import HealthConfiguration, configured
from cxlib.health.inputs import today
from cxlib.health.kept_months import kept_months
from cxlib.health.lapse import Lapses, lapses_of
from cxlib.health.score import Measured, measured, usable
from cxlib.health.units import TABLES_OF_UNITS, days_of, unit_of, units_at
from cxlib.metrics.catalogue import chosen_metrics
from cxlib.metrics.gather import gather
from cxlib.metrics.rollup import sides_of
from cxlib.text import format_day, plural

if TYPE_CHECKING:
    from cxlib.data.dataset import Dataset
    from cxlib.health.configuration import Unit

__all__ = ["account_months"]

_FIRST_DAYS: Final = 90
"""Days of data before the first snapshot."""


def account_months(
    data: "Dataset", *, configuration: HealthConfiguration | None = None, start: date | None = None
) -> AccountMonths:
    """Score every account at the first midnight of each month, and at `as_of`.

    Parameters
    ----------
    data : Dataset
        Each month is `data.at` its first midnight: rows known later play no part.
    configuration : HealthConfiguration or None
        Another score than that of ``[health]``. Without frozen references those of the first month are used,
        for later ones would know the future.
    start : date or None
        The first month; None: when there have been rows for ninety days.

    Returns
    -------
    AccountMonths
        A row an account and month in which it is a customer. Where nobody tells who left, whoever has
        ordered on two days is one until ``[health.churn] days`` have passed without an order.

    Raises
    ------
    UsageError
        If the data hold no two months.
    MissingColumnError
        If nobody tells who left, and there are no orders to read it off.

    Examples
    --------
    Three accounts, one of whom leaves in June.

    >>> import cxlib as cx
    >>> import pandas as pd
    >>> days = pd.date_range("2019-01-01", periods=240).strftime("%Y-%m-%dT09:00Z")
    >>> answers = pd.DataFrame({"survey_id": days, "kind": "nps", "sent_at": days, "responded_at": days})
    >>> answers["account_id"], answers["score"] = ["A", "B", "C"] * 80, [9, 8, 3] * 80
    >>> accounts = pd.DataFrame({"account_id": ["A", "B", "C"], "csm": ["ann", "ann", "bob"]})
    >>> accounts["churned_at"] = ["", "", "2019-06-10T09:00Z"]
    >>> data = cx.load({"accounts": accounts, "surveys": answers})
    >>> months = cx.account_months(data)
    >>> months.accounts, len(months.day), months.metrics
    (('A', 'B', 'C'), 15, ('nps', 'csat', 'ces'))
    """
    given = configured(data.settings) if configuration is None else configuration
    unit = unit_of(data, given)
    used, _ = usable(data, given, unit)
    return kept_months(data, given, (str(start),), lambda: _made(data, used, unit, start))


def _made(data: "Dataset", used: HealthConfiguration, unit: "Unit", start: date | None) -> AccountMonths:
    """Every month scored with what was known then."""
    days = _month_starts(data, used, unit, start)
    found: list[tuple[int, Measured]] = []
    whole = data.frame(TABLES_OF_UNITS[unit]).sort_values(unit)
    lapses = None if "churned_at" in whole else _lapses(data, unit)
    for day in days:
        then = data if day == today(data) else data.at(day_to_date(day))
        units = units_at(then, unit)
        if lapses is not None:
            units = units.only(set(lapses.ids[lapses.there(day)]))
        one = measured(then, used, units)
        used = one.configuration  # the first month's references
        found.append((day, one))
    ids = whole[unit].to_numpy()
    rows = [np.searchsorted(ids, np.array(one.units.ids, dtype=object)) for _, one in found]
    reference = np.array([metric.ref for metric in used.metrics], dtype=np.float64)
    d, r = (np.concatenate([getattr(one, name) for _, one in found]) for name in ("d", "r"))
    known = ~np.isnan(d)
    return AccountMonths(
        accounts=tuple(ids),
        metrics=tuple(metric.name for metric in used.metrics),
        account=np.concatenate(rows).astype(np.int64),
        day=np.repeat([day for day, _ in found], [len(part) for part in rows]).astype(np.int64),
        x=reference + r * (np.where(known, d, reference) - reference),
        known=known,
        reliability=r,
        weights=used.weights,
        reference=reference,
        score=np.concatenate([one.scored.score for _, one in found]),
        signed_up=days_of(data, whole, "signed_up_at"),
        churned=days_of(data, whole, "churned_at") if lapses is None else lapses.left,
        end=today(data),
        value=np.concatenate([one.inputs.value for _, one in found]),
        d=d,
    )


def _lapses(data: "Dataset", unit: "Unit") -> Lapses:
    days = int(data.settings.raw["health"]["churn"]["days"])
    return lapses_of(data, unit, days=days, end=today(data))


def _month_starts(data: "Dataset", used: HealthConfiguration, unit: "Unit", start: date | None) -> list[int]:
    """Local days of the first midnights of months before which there are data, up to `as_of`."""
    metrics = chosen_metrics(data.settings, [one.name for one in used.metrics])
    gathered = gather(data, metrics, by=(unit,))
    firsts = [sides_of(data, metric, gathered[metric.name]).first for metric in metrics]
    first = min((day for day in firsts if day is not None), default=today(data))
    begin = day_to_date(first + _FIRST_DAYS) if start is None else start
    last = max(day_to_date(today(data)), begin)
    months = [date_to_day(one.start) for one in periods("M", begin, last)]
    found = [day for day in months if day >= date_to_day(begin)]
    if len(found) < 2:
        raise UsageError(
            "health",
            found=f"{plural(len(found), 'month')} from {format_day(begin)} on",
            expected="at least two whole months of data",
            fix="give an earlier start, or wait for more data",
        )
    return [*found, today(data)]
