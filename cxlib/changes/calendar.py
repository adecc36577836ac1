"""The change log as candidates: on which days each change could have begun to act."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd

from cxlib.changes.hours import share_left
from cxlib.data.dataset import Dataset
from cxlib.data.inert_cells import plain_cell

__all__ = ["Change", "read_changes"]

Floats = npt.NDArray[np.float64]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC).toordinal()


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
    owner : str
        The component; where the log leaves it blank, the one of every other change with that title.
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
    owner: str = ""

    @property
    def words(self) -> str:
        """Everything the log says about it."""
        return " ".join(part for part in (self.title, self.description, self.component, self.scope) if part)

    @property
    def timing(self) -> tuple[object, ...]:
        """What decides the evidence: changes that agree in it can be told apart by the prior only."""
        return (self.day, self.share, self.rollout_end, self.reverted, self.uncertain_days)


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
    return tuple(sorted(_owned(found), key=lambda change: (change.released_at, change.change_id)))


def _owned(changes: Sequence[Change]) -> list[Change]:
    """With the component that titles speak of, where the log has none."""
    components: dict[str, set[str]] = {}
    for change in changes:
        if change.component:
            components.setdefault(_bare(change.title), set()).add(change.component)
    found = []
    for change in changes:
        known = components.get(_bare(change.title), set())
        (owner,) = known if len(known) == 1 else {""}
        found.append(replace(change, owner=change.component or owner))
    return found


def _bare(title: str) -> str:
    """A title without what it says in brackets, in lower case."""
    return re.sub(r"\(.*?\)", "", title).strip().lower()


def _change(row: dict[str, object], zone: tzinfo, usual: float, times: Floats | None) -> Change:
    released = _instant(row["released_at"])
    local = released.astimezone(zone)
    uncertain = row.get("uncertain_days")
    days = float(uncertain) if isinstance(uncertain, float) and uncertain >= 0 else usual
    return Change(
        str(row["change_id"]),
        _text(row, "title"),
        "" if _text(row, "component").lower() == "none" else _text(row, "component"),
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
    return plain_cell(value.strip()) if isinstance(value, str) else ""
