"""Which month is reported, seen from when, and whether its numbers can still change."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from cxlib.data.periods import month_bounds
from cxlib.errors import UsageError
from cxlib.text import format_day, quote

if TYPE_CHECKING:
    from cxlib.data.dataset import Dataset

__all__ = ["LONGEST_HORIZON_DAYS", "ReportMonth", "check_month", "settle"]

LONGEST_HORIZON_DAYS = 14  # the survey response rate waits so long for answers
_MONTH = re.compile(r"(19[7-9][0-9]|2[0-9]{3})-(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True)
class ReportMonth:
    """A month and the instant from which it is seen.

    Parameters
    ----------
    label : str
        ``2020-02``.
    start, end : date
        Half-open, local days.
    as_of : datetime
        The effective as-of, aware: rows from then on do not count.
    final_at : datetime
        From this instant on the month does not change any more.
    """

    label: str
    start: date
    end: date
    as_of: datetime
    final_at: datetime

    @property
    def previous_start(self) -> date:
        """First day of the month before."""
        return (self.start - timedelta(days=1)).replace(day=1)

    @property
    def provisional(self) -> bool:
        """Whether numbers of this month can still change."""
        return self.as_of < self.final_at

    @property
    def title(self) -> str:
        """Month and year in words."""
        return format_day(self.start).partition(" ")[2]


def check_month(month: str) -> str:
    """The month as given, if it is one.

    Parameters
    ----------
    month : str
        ``YYYY-MM`` or ``last``.

    Raises
    ------
    UsageError
        If it is anything else.

    Examples
    --------
    >>> check_month("2020-02")
    '2020-02'
    >>> check_month("../../x")
    Traceback (most recent call last):
    cxlib.errors.UsageError: --month: found '../../x', expected YYYY-MM (such as 2020-02) or last. \
Fix: give the month as four digits, a hyphen and two digits.
    """
    if month == "last" or (isinstance(month, str) and _MONTH.fullmatch(month)):
        return month
    raise UsageError(
        "--month",
        found=quote(month),
        expected="YYYY-MM (such as 2020-02) or last",
        fix="give the month as four digits, a hyphen and two digits",
    )


def settle(data: "Dataset", month: str) -> ReportMonth:
    """The month with its effective as-of: no later than the moment after which it cannot change.

    That moment is the first local midnight that lies the longer of `[report] settle_days` and the longest
    horizon reported behind the month's end, so that a month reported again later from the same data is the
    same report.

    Parameters
    ----------
    data : Dataset
        As loaded; its `as_of` is the latest allowed.
    month : str
        ``YYYY-MM``, or ``last`` for the last month that was over at `as_of`.

    Raises
    ------
    UsageError
        If the month had not begun at `as_of`.
    """
    zone = ZoneInfo(data.zone)
    if check_month(month) == "last":
        this = data.as_of.astimezone(zone).date().replace(day=1)
        month = f"{this - timedelta(days=1):%Y-%m}"
    start, end = month_bounds(month, where="--month")
    days = max(int(data.settings.report.get("settle_days", 3)), LONGEST_HORIZON_DAYS)
    waited = _midnight(end, zone) + timedelta(days=days)
    last = end + timedelta(days=days)  # where the clock was put forward, this midnight is an hour too early
    midnights = (_midnight(last + timedelta(days=later), zone) for later in (0, 1))
    final_at = next(at for at in midnights if at >= waited)
    if data.as_of <= _midnight(start, zone):
        raise UsageError(
            "--month",
            found=f"{month}, seen from {data.as_of.astimezone(zone):%Y-%m-%d}",
            expected="a month that has begun",
            fix="give an earlier month, or a later --as-of",
        )
    return ReportMonth(month, start, end, min(data.as_of, final_at), final_at)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)
