"""What a metric is: which rows count, what each is worth, and how the number is to be read.

A declaration says nothing about grouping, dates, intervals or plots. It is checked when it is made, so that
a typo costs milliseconds; what it means is in its hash, so that a changed definition is seen.
"""

import hashlib
import json
from dataclasses import asdict, dataclass, fields
from typing import Final

from cxlib.metrics.declaration import check_declaration
from cxlib.metrics.declared import Declared
from cxlib.metrics.exposure import Exposure, columns_of
from cxlib.metrics.kinds import UNITS_US, Direction, Kind, Statistic

__all__ = ["UNITS_US", "Direction", "Exposure", "Kind", "Metric", "Statistic", "columns_of"]

# Fields that came later are part of the meaning only where they are used: old definitions keep their hash.
_LATER: Final = (
    "leaves",
    "latest_only",
    "trailing_days",
    "planned",
    "band",
    "provisional",
    "per",
    "cluster",
    "outcome_after",
    "pool",
)


@dataclass(frozen=True, slots=True)
class Metric(Declared):
    """One metric: a row value, and how to read what comes of it.

    Parameters
    ----------
    name : str
        Lower case, words joined by underscores; a dot names a variant.
    table : str
        Canonical table whose rows count.
    kind : {"mean", "share", "net", "rate", "count", "duration", "target"}
        Fixes the estimate and its interval.
    value : str
        Row expression: what a row is worth; NULL: the row does not count. A share takes 0/1 or a truth
        value, a net +100, 0 or −100, a duration an interval, or a number in its unit, of the wait so far
        where it has not ended. An expression may name further columns of the table too: they hold text,
        and the data must have them when the metric is measured.
    basis : str
        Instant or date that puts a row in a period.
    unit : str
        Unit of the value: ``"%"`` (0–100), ``"points"``, ``"minutes"``, …
    direction : {"up", "down", "band", "none"}
        Which way is better.
    definition : str
        One sentence for people.
    where : str
        Row expression: which rows count; empty: all.
    horizon_days : float or None
        How long after the basis an outcome still counts; `horizon` in expressions.
    exposure : Exposure or None
        Rates only.
    scale : float
        Rates only: the value is per `scale` of exposure.
    ended : str
        Durations only: row expression, whether the wait has ended.
    excluded : mapping of str to str
        Reason → row expression: rows that were kept out, counted with the result.
    noted : mapping of str to str
        Sentence → row expression: rows that count and that a caveat speaks of; ``{n}`` is their number.
    min_n : int
        Below it the status is ``low_n``; rates and counts have none.
    statistic : {"median", "p90", "within_target", "restricted_mean"}
        Durations only: what is read off the Kaplan–Meier curve.
    target : float or None
        ``within_target`` only: in minutes; exactly the target is within it.
    tau : float or None
        ``restricted_mean`` only: the mean if nothing lasted longer than so many minutes.
    variant : str
        Which of several definitions this is, in words; printed with the figure.
    leaves : str
        Counts and shares only: the instant at which a row leaves. The metric is a stock then: the value of
        a period is over the rows that have come before its end and have not left before it.
    latest_only : bool
        Stocks only: earlier periods have no value, because what the rows say has no history.
    trailing_days : int or None
        The value of a period is over so many days up to its end.
    planned : str
        Targets only: row expression, what the row was planned to be worth; the value is 100 Σx / Σplanned.
        Without it the value is Σx.
    band : tuple of float or None
        Targets only: lowest and highest value that are as wanted.
    provisional : str
        Row expression: rows whose value may still change; a period with one is immature.
    per : {"", "week", "working_day"}
        Counts and targets without a plan: the value is per so much time of the period.
    cluster : str
        Means, shares and nets: column of those whose rows depend on each other; the interval is linearised.
    outcome_after : str
        Shares with a horizon: row expression, how long after the basis the outcome came. The metric is a
        nowcast then: what is seen so far of an immature period, over the part that is usually seen by now.
    pool : str
        Rates only: segment whose values with fewer than `min_n` rows in the range are one, ``(other)``.

    Raises
    ------
    UsageError
        If a field is missing or cannot have its value, or an expression is no plain one.
    UnknownNameError
        If a table or column is unknown.

    Examples
    --------
    >>> Metric(
    ...     "refund_share", table="tickets", kind="share", where="is_inbound", value="reason = 'refund'",
    ...     basis="created_at", unit="%", direction="down", definition="Inbound contacts about refunds.",
    ... ).name
    'refund_share'
    """

    def __post_init__(self) -> None:
        check_declaration(self)

    @property
    def hash(self) -> str:
        """SHA-256 of the declaration: changes when the meaning does."""
        given = {
            name: getattr(self, name) for name in _FIELDS if not (name in _LATER and _is_default(self, name))
        }
        if self.exposure is not None:
            given["exposure"] = asdict(self.exposure)
            if not self.exposure.leaves:
                del given["exposure"]["leaves"]
        text = json.dumps(given, sort_keys=True, ensure_ascii=True, default=dict)
        return hashlib.sha256(text.encode("ascii")).hexdigest()

    @property
    def is_stock(self) -> bool:
        """True if rows stay in it until they leave."""
        return bool(self.leaves)

    @property
    def is_nowcast(self) -> bool:
        """True if immature periods are estimated from what is seen so far."""
        return bool(self.outcome_after)


def _is_default(metric: Metric, name: str) -> bool:
    return bool(getattr(metric, name) == _FIELDS[name].default)


_FIELDS: Final = {one.name: one for one in fields(Metric)}
