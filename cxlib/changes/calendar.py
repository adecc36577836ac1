"""The change log as candidates: on which days each change could have begun to act."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd

from cxlib.changes.hours import share_left
from cxlib.data.dataset import Dataset
from cxlib.stats.profiles import Profile, profile_columns

__all__ = ["Change", "Columns", "columns_for", "onset_weights", "read_changes"]

Floats = npt.NDArray[np.float64]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC).toordinal()
_NEXT_DAY = 0.15  # chance that a change acts only from the next day on


@dataclass(frozen=True, slots=True)
class Change:
    """One row of the log, with its local days.

    Parameters
    ----------
    change_id, title, component, kind, description, scope
        As logged; blank text where the log says nothing, kind "release".
    released_at : datetime
        UTC.
    day : int
        Local day since 1970-01-01.
    share : float
        Share of that day's rows after the release, in quarters.
    rollout_end, reverted : int or None
        Local days.
    uncertain_days : int
        How far the true day may lie from the logged one.
    """

    change_id: str
    title: str
    component: str
    kind: str
    description: str
    scope: str
    released_at: datetime
    day: int
    share: float
    rollout_end: int | None
    reverted: int | None
    uncertain_days: int

    @property
    def words(self) -> str:
        """Everything the log says about it."""
        return " ".join(part for part in (self.title, self.description, self.component, self.scope) if part)

    @property
    def timing(self) -> tuple[object, ...]:
        """What decides the evidence: changes that agree in it can be told apart by the prior only."""
        return (self.day, self.share, self.rollout_end, self.reverted, self.uncertain_days, self.scope)


def read_changes(data: Dataset, times: Floats | None = None) -> tuple[Change, ...]:
    """Every visible row of the log, in order of release and then of its content.

    Parameters
    ----------
    data : Dataset
        May lack the table: then there are no changes.
    times : array of float or None
        When a day's rows come in, see `times_of_day`; None: evenly.

    Returns
    -------
    tuple of Change
        Independent of the order of rows in the file.
    """
    if not data.has("changes"):
        return ()
    zone = ZoneInfo(data.zone)
    usual = data.settings.tables.get("changes", {}).get("uncertain_days", 0)
    rows = data.frame("changes").to_dict(orient="records")
    found = [
        _change({str(key): value for key, value in row.items()}, zone, float(usual), times) for row in rows
    ]
    return tuple(sorted(found, key=lambda change: (change.released_at, change.change_id)))


def _change(row: dict[str, object], zone: tzinfo, usual: float, times: Floats | None) -> Change:
    released = _instant(row["released_at"])
    local = released.astimezone(zone)
    uncertain = row.get("uncertain_days")
    days = usual if uncertain is None or pd.isna(uncertain) else float(str(uncertain))
    return Change(
        str(row["change_id"]),
        _text(row, "title"),
        _text(row, "component"),
        _text(row, "kind") or "release",
        _text(row, "description"),
        _text(row, "scope"),
        released,
        local.toordinal() - _EPOCH,
        share_left((local.hour * 60 + local.minute) / 1440, times),
        _day(row.get("rollout_end_at"), zone),
        _day(row.get("reverted_at"), zone),
        int(np.ceil(days)),
    )


def _instant(value: object) -> datetime:
    return pd.Timestamp(str(value)).tz_convert(UTC).to_pydatetime()


def _day(value: object, zone: tzinfo) -> int | None:
    if value is None or pd.isna(value):  # type: ignore[call-overload]  # a scalar of a column
        return None
    return _instant(value).astimezone(zone).toordinal() - _EPOCH


def _text(row: dict[str, object], column: str) -> str:
    value = row.get(column)
    return value.strip() if isinstance(value, str) else ""


@dataclass(frozen=True, slots=True)
class Columns:
    """The onsets that are scanned: every day of the window, and the part of a day after a release.

    Parameters
    ----------
    days : tuple of int
        Local days.
    parts : tuple of (int, float)
        Local day and the share of it on which a change could already act.
    """

    days: tuple[int, ...]
    parts: tuple[tuple[int, float], ...]

    @property
    def onsets(self) -> tuple[int, ...]:
        """Local day of each column."""
        return (*self.days, *(day for day, _ in self.parts))

    def profiles(self, profiles: tuple[Profile, ...], first: int, last: int) -> Floats:
        """Effects by day: a part of a day mixes an onset on that day with one on the next."""
        whole = profile_columns(profiles, last - first, np.array(self.days, dtype=np.int64) - first)
        if not self.parts:
            return whole
        days, shares = (np.array(part) for part in zip(*self.parts, strict=True))
        now, later = (profile_columns(profiles, last - first, days - first + step) for step in (0, 1))
        return np.concatenate([whole, shares * now + (1 - shares) * later], axis=2)


def columns_for(changes: Sequence[Change], first: int, last: int) -> Columns:
    """The columns that these changes need on the days ``first`` to ``last`` (exclusive).

    Parameters
    ----------
    changes : sequence of Change
        The log.
    first, last : int
        Local days of the window.

    Returns
    -------
    Columns
        Parts in order of time.
    """
    parts = {
        (change.day, change.share)
        for change in changes
        if first <= change.day < last and change.share < 1 and change.uncertain_days == 0
    }
    return Columns(tuple(range(first, last)), tuple(sorted(parts)))


def onset_weights(change: Change, columns: Columns) -> Floats:
    """How likely the change began to act in each column, if it acted at all.

    Most changes act at once; some wait for the next day: caches, nightly jobs.

    Parameters
    ----------
    change : Change
        With its day, hour and uncertainty.
    columns : Columns
        The onsets that are scanned.

    Returns
    -------
    array of float, shape (columns,)
        Sums to 1 where all its days are among the columns; 0 elsewhere.
    """
    weights = np.zeros(len(columns.onsets))
    spread = range(-change.uncertain_days, change.uncertain_days + 1)
    for offset in spread:
        at_once = change.day + offset - columns.days[0]
        if (change.day, change.share) in columns.parts:
            at_once_column = len(columns.days) + columns.parts.index((change.day, change.share))
        else:
            at_once_column = at_once
        for column, place, chance in (
            (at_once_column, at_once, 1 - _NEXT_DAY),
            (at_once + 1, at_once + 1, _NEXT_DAY),
        ):
            if 0 <= place < len(columns.days):
                weights[column] += chance / len(spread)
    return weights
