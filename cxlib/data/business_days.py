"""Business days: those on which the schedule of the settings opens, Monday to Friday where there is none."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from cxlib.data.clock import Integers
from cxlib.data.opening_hours import holiday_days, weekly_minutes

if TYPE_CHECKING:
    from cxlib.data.settings import Settings

__all__ = ["business_zone", "is_business_day"]

_MONDAY_OF_EPOCH: Final = 3  # 1970-01-01 was a Thursday
_FIVE_DAYS: Final = (0, 1, 2, 3, 4)


def is_business_day(settings: "Settings", days: Integers) -> NDArray[np.bool_]:
    """Which local days are business days: those on which the schedule opens, less its holidays.

    Parameters
    ----------
    settings : Settings
        ``schedule`` names the schedule; where it names none, the only one that there is; else Monday to
        Friday. Hours past midnight belong to the day on which they begin.
    days : array of int64
        Local days since 1970-01-01.

    Raises
    ------
    ConfigError
        If a holiday or an interval of the schedule is none.
    UnknownNameError
        If a day of the schedule has another name than mon to sun.

    Examples
    --------
    2020-02-01 was a Saturday.

    >>> from cxlib.data.settings import read_settings
    >>> is_business_day(read_settings(None), 18293 + np.arange(4))
    array([False, False,  True,  True])
    """
    schedule = _schedule(settings)
    weekday = (days + _MONDAY_OF_EPOCH) % 7
    if schedule is None:
        return np.isin(weekday, _FIVE_DAYS)
    where = "cxlib.toml, schedules"
    open_on = [day for day, parts in weekly_minutes(schedule.get("hours", {}), where=where).items() if parts]
    closed = holiday_days(schedule.get("holidays", ()), where=where)
    return np.isin(weekday, open_on) & ~np.isin(days, closed)


def business_zone(settings: "Settings") -> str:
    """The zone of business days: that of the schedule, else of the data.

    Parameters
    ----------
    settings : Settings
        As for `is_business_day`.

    Examples
    --------
    >>> from cxlib.data.settings import read_settings
    >>> business_zone(read_settings(None))
    'UTC'
    """
    return str((_schedule(settings) or {}).get("zone") or settings.zone or "UTC")


def _schedule(settings: "Settings") -> Mapping[str, Any] | None:
    known = settings.schedules
    if settings.schedule is not None and settings.schedule in known:
        return known[settings.schedule]
    return next(iter(known.values())) if len(known) == 1 else None
