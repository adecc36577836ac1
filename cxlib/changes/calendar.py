"""The change log as candidates: on which days each change could have begun to act."""

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd

from cxlib.data.dataset import Dataset

__all__ = ["Change", "onset_weights", "read_changes"]

Floats = npt.NDArray[np.float64]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC).toordinal()
_PARTS_OF_A_DAY = 4  # changes of one release train stay equal: the evidence is daily


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
        Share of that day after the release, in quarters.
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


def read_changes(data: Dataset) -> tuple[Change, ...]:
    """Every visible row of the log, in order of release and then of its content.

    Parameters
    ----------
    data : Dataset
        May lack the table: then there are no changes.

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
    found = [_change({str(key): value for key, value in row.items()}, zone, float(usual)) for row in rows]
    return tuple(sorted(found, key=lambda change: (change.released_at, change.change_id)))


def _change(row: dict[str, object], zone: tzinfo, usual: float) -> Change:
    released = _instant(row["released_at"])
    local = released.astimezone(zone)
    left = 1 - (local.hour * 60 + local.minute) / 1440
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
        max(round(left * _PARTS_OF_A_DAY) / _PARTS_OF_A_DAY, 0.0),
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


def onset_weights(change: Change, onsets: npt.NDArray[np.int64]) -> Floats:
    """How likely the change began to act on each day, if it acted at all.

    Parameters
    ----------
    change : Change
        With its day, hour and uncertainty.
    onsets : array of int, shape (onsets,)
        Consecutive local days.

    Returns
    -------
    array of float, shape (onsets,)
        Sums to 1 where all its days are among the onsets; 0 elsewhere.
    """
    weights = np.zeros(len(onsets))
    offsets = range(-change.uncertain_days, change.uncertain_days + 1)
    for offset in offsets:
        for later, share in ((0, change.share), (1, 1 - change.share)):
            place = change.day + offset + later - int(onsets[0])
            if 0 <= place < len(onsets):
                weights[place] += share / len(offsets)
    return weights
