"""Which metrics have moved, everywhere at once: when, by how much, how sure, and whether it lasted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from cxlib.changes.panel import Segment
from cxlib.changes.question import not_additive
from cxlib.changes.scannable import Scannable
from cxlib.changes.scannables import read_scannables
from cxlib.changes.shift_words import shift_caveats, shift_sentences
from cxlib.changes.sources import usable_segments
from cxlib.changes.weighed_series import Weighed, describe_shift, mean_e_value_of_calm, weigh_series, widened
from cxlib.data.clock import as_day
from cxlib.data.dataset import Dataset
from cxlib.data.derived import PARENTS
from cxlib.data.lookups import count_values
from cxlib.data.periods import day_to_date
from cxlib.data.schema import TABLES
from cxlib.errors import UnknownNameError, UsageError
from cxlib.metrics.availability import list_metrics, require
from cxlib.metrics.catalogue import catalogue, chosen_metrics
from cxlib.metrics.metric import Metric
from cxlib.result import Caveat, Result
from cxlib.stats.discoveries import e_bh, fewest_false, local_fdr
from cxlib.text import unit_of_change

__all__ = ["Shifts", "find_shifts"]

_MOST_LOG = 230.0  # an e-value of 1e100 says as much as a larger one
_MOST_VALUES = 50
_NEEDED_HISTORY = 60


@dataclass(frozen=True, eq=False, repr=False)
class Shifts(Result):
    """Every series that was scanned, those that moved first.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a metric and segment, strongest evidence first: `metric`, `segment` (``all``, or
        ``column = value``), `onset` (date), `onset_from` and `onset_to` (90 % interval, half-open),
        `change`, `lower` and `upper` (95 % interval) in `unit`, `probability` (that it moved), `shape`
        (step, lag, ramp, pulse), `ended` (day from which it is over; None while it lasts), `e_value`,
        `verdict`: ``confirmed`` (e-BH at q), ``worth a look`` (running mean of the local false-discovery
        rate at most q) or ``not established``, for which the columns from onset to ended are empty.
    q : float
        Share of false discoveries that is accepted.
    text : str
        How many moved, and the strongest of them.
    caveats : tuple of Caveat
        Which metrics were not scanned, and what weakens the others.
    """

    table: pd.DataFrame
    q: float
    text: str
    caveats: tuple[Caveat, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Rows, sentences and caveats as plain values for JSON; days as ``YYYY-MM-DD``."""
        found = Result.to_dict(self)
        for row in found["rows"]:
            for name in _DAYS:
                row[name] = None if row[name] is None else row[name].isoformat()
        return {"q": self.q, **found}


_DAYS = ("onset", "onset_from", "onset_to", "ended")


def find_shifts(
    data: Dataset,
    metrics: str | Metric | Sequence[str | Metric] | None = None,
    *,
    by: str | Sequence[str] = (),
    start: date | str | None = None,
    end: date | str | None = None,
    q: float = 0.10,
) -> Shifts:
    """Scan metrics, whole and by segment, for shifts in either direction; keep false discoveries in check.

    Parameters
    ----------
    data : Dataset
        Checked tables; no change log is needed.
    metrics : str, Metric, sequence of them, or None
        None: every metric that the data allow. Those whose days do not add up (durations, stocks, nowcasts,
        censuses) are named in a caveat.
    by : str or sequence of str
        Segment columns, one at a time; empty: every one with 2 to 50 values. A metric whose table lacks one
        is scanned without it.
    start, end : date, str (YYYY-MM-DD) or None
        Half-open range of days on which a shift may have begun; by default the last 90 days of each metric's
        table. Earlier rows are history: 60 days are needed, 110 recommended.
    q : float
        Share of false discoveries that is accepted among those confirmed, inside (0, 1).

    Returns
    -------
    Shifts
        Every series with its verdict.

    Raises
    ------
    UsageError
        If q is no such share, the window is empty, or none of the metrics asked for can be scanned.
    UnknownNameError
        If a metric is unknown, or no table of theirs has a segment of `by`.
    MissingColumnError
        If the data lack what a metric asked for needs.

    References
    ----------
    .. [1] Wang & Ramdas (2022), False discovery rate control with e-values, JRSS-B 84, 822-852.

    Examples
    --------
    Four tickets a day, and ten a day from 10 April on.

    >>> import cxlib as cx
    >>> times = pd.date_range("2020-01-01T01:00Z", "2020-04-30T23:00Z", freq="2h")
    >>> kept = [time for time in times if time.hour < (20 if time >= pd.Timestamp("2020-04-10T00Z") else 8)]
    >>> tickets = pd.DataFrame({"ticket_id": [str(time) for time in kept]})
    >>> tickets["created_at"] = [time.isoformat() for time in kept]
    >>> shifts = cx.find_shifts(cx.load({"tickets": tickets}, as_of="2020-05-01"), "ticket_volume")
    >>> shifts.table[["metric", "segment", "onset", "shape", "verdict"]]
              metric segment       onset shape    verdict
    0  ticket_volume     all  2020-04-10  step  confirmed
    """
    if not 0 < q < 1:
        raise UsageError(
            "q", found=repr(q), expected="a share inside (0, 1)", fix="write 0.10 for one in ten"
        )
    chosen, left_out = _chosen(data, metrics)
    columns = _columns(data, chosen, (by,) if isinstance(by, str) else tuple(by))
    series, thin, cut_off = read_scannables(
        data, chosen, columns, start=as_day(start, where="start"), end=as_day(end, where="end")
    )
    series, misfits = _fitting(series)
    weighed = weigh_series(series)
    table = _table(weighed, q, float(data.settings.changes["prior"]["no_change_scan"]))
    caveats = shift_caveats(data, left_out, thin, cut_off, _history(series), misfits)
    return Shifts(table, q, shift_sentences(table, len(chosen) - _lost(chosen, series), q), caveats)


def _history(series: Sequence[Scannable]) -> dict[str, int]:
    """Days before the window, by metric."""
    return {one.metric.name: one.window.history for one in series}


def _lost(chosen: Sequence[Metric], series: Sequence[Scannable]) -> int:
    """Metrics without a single series."""
    return len({metric.name for metric in chosen} - {one.metric.name for one in series})


def _chosen(
    data: Dataset, metrics: str | Metric | Sequence[str | Metric] | None
) -> tuple[list[Metric], dict[str, str]]:
    """Metrics whose days add up, and why each other one is left out."""
    if metrics is None:
        allowed = list_metrics(data).table
        names = set(allowed.loc[allowed["available"], "metric"])
        asked = [metric for name, metric in catalogue(data.settings).items() if name in names]
    else:
        asked = list(chosen_metrics(data.settings, metrics))
        for metric in asked:
            require(data, metric)
    left_out = {metric.name: why for metric in asked if (why := not_additive(metric))}
    kept = [metric for metric in asked if metric.name not in left_out]
    if metrics is not None and not kept:
        name, why = next(iter(left_out.items()), ("none", "nothing"))
        raise UsageError(
            "metrics",
            found=f"{name!r}, {why}",
            expected="a net, share, mean, rate or count",
            fix="scan a share within target, or a volume, instead",
        )
    return kept, left_out


def _columns(data: Dataset, metrics: Sequence[Metric], by: tuple[str, ...]) -> Mapping[str, Sequence[str]]:
    """Segment columns by table: those asked for, or every one with 2 to 50 values."""
    tables = list(dict.fromkeys(metric.table for metric in metrics))
    known = {table: data.segments(table) for table in tables}
    for name in by:
        everywhere = sorted({column for columns in known.values() for column in columns})
        if name not in everywhere:
            raise UnknownNameError(
                "by", name, everywhere, expected="a segment of a metric's table", fix="drop it from by"
            )
    if by:
        return {table: [name for name in by if name in known[table]] for table in tables}
    return {table: _usable(data, table) for table in tables}


def _usable(data: Dataset, table: str) -> list[str]:
    """Columns that say whom rows are from, and contact reasons; a derived table has those of its parent."""
    known = data.segments(table)
    if any(holder not in TABLES for holder in known.values()):
        return [name for name in _usable(data, PARENTS[table]) if name in known] if table in PARENTS else []
    kept, left_out = usable_segments(data, table)
    holder = known.get("reason", "")
    about = holder in TABLES and "reason" in data.columns(holder)
    if about and 2 <= count_values(data, holder, "reason") <= _MOST_VALUES:
        return [*kept, *left_out, "reason"]
    return [*kept, *left_out]


def _fitting(series: Sequence[Scannable]) -> tuple[list[Scannable], list[str]]:
    """The series, those whose calm days look like shifts with a larger drift, and whose these are."""
    found: list[Scannable] = []
    misfits: dict[str, None] = {}
    for one in series:
        mean = mean_e_value_of_calm(one)
        misfit = mean is not None and mean > 1
        if misfit:
            misfits[one.metric.name] = None
        found.append(widened(one) if misfit or one.window.history < _NEEDED_HISTORY else one)
    return found, list(misfits)


def _table(weighed: Sequence[Weighed], q: float, no_change: float) -> pd.DataFrame:
    log_bf = np.array([one.log_bf for one in weighed])
    log_e = np.array([one.log_e for one in weighed])
    calm = local_fdr(log_bf, no_change=no_change)
    confirmed, near = e_bh(log_e, q=q), fewest_false(calm, q=q)
    rows = []
    for index in np.lexsort((np.arange(len(weighed)), -log_e, ~near, ~confirmed)):
        verdict = "confirmed" if confirmed[index] else "worth a look" if near[index] else "not established"
        rows.append(
            {
                "metric": weighed[index].series.metric.name,
                "segment": _segment_name(weighed[index].series.segment),
                **_moved(weighed[index], told=verdict != "not established"),
                "probability": 1 - float(calm[index]),
                "e_value": float(np.exp(min(log_e[index], _MOST_LOG))),
                "verdict": verdict,
            }
        )
    return pd.DataFrame(rows, columns=list(_COLUMNS))


_COLUMNS = (
    "metric",
    "segment",
    "onset",
    "onset_from",
    "onset_to",
    "change",
    "lower",
    "upper",
    "unit",
    "probability",
    "shape",
    "ended",
    "e_value",
    "verdict",
)


def _segment_name(segment: Segment) -> str:
    return " × ".join(f"{column} = {value}" for column, value in segment) or "all"


def _moved(weighed: Weighed, *, told: bool) -> dict[str, Any]:
    """The columns from onset to ended; empty where no shift is established."""
    metric = weighed.series.metric
    unit = (
        f"{metric.unit} a day" if metric.kind == "count" and not metric.per else unit_of_change(metric.unit)
    )
    if not told:
        empty = {name: float("nan") for name in ("change", "lower", "upper")}
        return {**dict.fromkeys(_DAYS), **empty, "unit": unit, "shape": None}
    found = describe_shift(weighed)
    days = (found.onset.day, found.onset.first, found.onset.last, found.ended)
    return {
        **{name: None if day is None else day_to_date(day) for name, day in zip(_DAYS, days, strict=True)},
        "change": found.change,
        "lower": found.lower,
        "upper": found.upper,
        "unit": unit,
        "shape": found.shape,
    }
