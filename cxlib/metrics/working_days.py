"""Working days: those on which the schedule of the settings opens, Monday to Friday where there is none."""

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from cxlib.data.opening_hours import holiday_days, weekly_minutes

if TYPE_CHECKING:
    from cxlib.data.settings import Settings

__all__ = ["is_working_day", "passed_share"]

Integers = NDArray[np.int64]
_MONDAY_OF_EPOCH: Final = 3  # 1970-01-01 was a Thursday
_FIVE_DAYS: Final = (0, 1, 2, 3, 4)


def is_working_day(settings: "Settings", days: Integers) -> NDArray[np.bool_]:
    """Which local days are worked: days on which the schedule opens, less its holidays.

    Parameters
    ----------
    settings : Settings
        ``schedule`` names the schedule; where it names none, the only one that there is; else Monday to
        Friday.
    days : array of int64
        Local days since 1970-01-01.

    Raises
    ------
    ConfigError
        If a holiday or an interval of the schedule is none.

    Examples
    --------
    2020-02-01 was a Saturday.

    >>> from cxlib.data.settings import read_settings
    >>> is_working_day(read_settings(None), 18293 + np.arange(4))
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


def _schedule(settings: "Settings") -> "dict[str, Any] | None":
    known = settings.schedules
    if settings.schedule is not None and settings.schedule in known:
        return dict(known[settings.schedule])
    return dict(next(iter(known.values()))) if len(known) == 1 else None


def passed_share(settings: "Settings", first: int, end: int, now: int) -> float:
    """The share of the working days of a range that lies before a day; of all days if it has none.

    Parameters
    ----------
    settings : Settings
        Say which days are worked.
    first, end : int
        Local days, half-open.
    now : int
        The day up to which, exclusive, days have passed.

    Examples
    --------
    Of the twenty working days of February 2020 ten lie before the 15th.

    >>> from cxlib.data.settings import read_settings
    >>> passed_share(read_settings(None), 18293, 18322, 18307)
    0.5
    """
    days = np.arange(first, end, dtype=np.int64)
    worked = is_working_day(settings, days)
    counted = worked if worked.any() else np.ones(len(days), dtype=bool)
    return float((counted & (days < now)).sum() / counted.sum())
