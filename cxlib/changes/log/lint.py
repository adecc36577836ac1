"""The log criticised before it is needed: what it can decide, what it cannot, and how to mend it."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import pandas as pd

from cxlib.changes.investigate import investigate
from cxlib.changes.log.remarks import Remark, Reviewed, reviewed
from cxlib.changes.log.rules_data import bad_scope, one_kind, unexplained_day, unlogged_shift
from cxlib.changes.log.rules_dates import batch_dated, date_only, future, gap
from cxlib.changes.log.rules_rows import bad_order, duplicate_id, empty_title, no_component, same_change
from cxlib.data.dataset import Dataset
from cxlib.metrics.metric import Metric
from cxlib.result import Caveat, Result
from cxlib.text import format_count, format_day, plural

__all__ = ["LogReview", "lint_log"]

_COLUMNS: Final = ("code", "severity", "change_ids", "count", "found", "why", "fix")
_RULES: Final[tuple[Callable[[Reviewed], Iterator[Remark]], ...]] = (
    no_component,
    batch_dated,
    date_only,
    future,
    duplicate_id,
    same_change,
    bad_order,
    bad_scope,
    empty_title,
    one_kind,
)
_NOT_ASKED: Final = Caveat(
    "shifts_not_asked",
    "Shifts that no change explains were not looked for: name a metric to have it investigated.",
)


@dataclass(frozen=True, eq=False, repr=False)
class LogReview(Result):
    """What is wrong with the change log.

    Parameters
    ----------
    table : DataFrame
        code, severity (yellow, red), change_ids (tuple of str), count, found, why, fix; red ones first.
    sentences : tuple of str
        What the log can and cannot decide, then a line for each finding.
    caveats : tuple of Caveat
        `shifts_not_asked`: nobody asked for a metric, so shifts that no change explains were not looked for.
    """

    table: pd.DataFrame
    sentences: tuple[str, ...]
    caveats: tuple[Caveat, ...] = ()

    @property
    def text(self) -> str:
        """What the log can and cannot decide, then a line for each finding."""
        return "\n".join(self.sentences)

    @property
    def worst(self) -> Literal["none", "yellow", "red"]:
        """The highest severity."""
        found = set(self.table["severity"])
        return "red" if "red" in found else "yellow" if found else "none"


def lint_log(data: Dataset, *, metric: str | Metric | None = None) -> LogReview:
    """Criticise the change log; nothing is changed.

    Parameters
    ----------
    data : Dataset
        Checked tables, the log among them.
    metric : str, Metric or None
        Investigate the last 90 days of it, which takes seconds: a shift that no change explains is a
        finding, and makes a gap round it red. None: not looked for, and a caveat says so.

    Returns
    -------
    LogReview
        One row a code that was found.

    Raises
    ------
    UnknownNameError
        If there is no such metric.

    Examples
    --------
    >>> import cxlib as cx
    >>> import pandas as pd
    >>> log = pd.DataFrame({"change_id": ["R-1", "R-2"], "title": ["Search ranks by price", "Bug fixes"]})
    >>> log["released_at"] = ["2020-02-04T15:00Z", "2020-02-05T09:00Z"]
    >>> log["component"] = ["search", None]
    >>> found = cx.lint_log(cx.load({"changes": log}))
    >>> found.table[["code", "severity", "change_ids"]]
               code severity change_ids
    0  no_component   yellow     (R-2,)
    1   empty_title   yellow     (R-2,)
    """
    log = reviewed(data)
    found = None if metric is None else investigate(data, metric)
    day = unexplained_day(found)
    remarks = [remark for rule in _RULES for remark in rule(log)]
    remarks += [*gap(log, [] if day is None else [day]), *unlogged_shift(found)]
    ordered = sorted(remarks, key=lambda remark: remark.severity != "red")
    rows = [[getattr(remark, name) for name in _COLUMNS] for remark in ordered]
    caveats = () if metric is not None else (_NOT_ASKED,)
    return LogReview(pd.DataFrame(rows, columns=list(_COLUMNS)), tuple(_sentences(log, ordered)), caveats)


def _sentences(log: Reviewed, remarks: Sequence[Remark]) -> Iterator[str]:
    """What the log can decide, what it cannot, and each finding."""
    if log.rows:
        first, last = (format_day(log.local(row.released_at)) for row in (log.rows[0], log.rows[-1]))
        held = plural(len(log.rows), "change")
        yield f"The log holds {held}, from {first} to {last}; it can name none outside of it."
        yield _ties(log)
    if not remarks:
        yield "Nothing to criticise."
    for remark in remarks:
        head = f"{remark.severity} {remark.code}: {remark.found}."
        yield f"{head} Why it matters: {remark.why}. Fix: {remark.fix}."


def _ties(log: Reviewed) -> str:
    """How many changes share their day, and whether their components tell them apart."""
    days = [log.local(row.released_at).date() for row in log.rows]
    rows_of_day = Counter(days)
    alike = Counter(zip(days, (row.component for row in log.rows), strict=True))
    shared = [(day, row.component) for day, row in zip(days, log.rows, strict=True) if rows_of_day[day] > 1]
    if not shared:
        return "Every change has a day of its own, so that an onset can tell them apart."
    apart = sum(bool(part) and alike[(day, part)] == 1 for day, part in shared)
    return (
        f"{format_count(len(shared))} of them share their day with another: an onset cannot tell them apart, "
        f"their component can for {format_count(apart)}."
    )
