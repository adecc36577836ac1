"""The change log: ordinary changes over three years, app versions, and what the plants add to them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from cxlib.data.sample import calendar
from cxlib.data.sample.calendar import DAY, DAYS, END, START, Ints, weekday
from cxlib.data.sample.company import COLUMNS, SEGMENTS
from cxlib.data.sample.entries import Entry
from cxlib.data.sample.log_ordinary import APP_NOTES, ORDINARY
from cxlib.data.sample.plants import Plant
from cxlib.data.sample.scenario import Scenario

__all__ = ["Log", "app_versions", "write_log"]

_PREFIX = {
    "release": "R",
    "config": "R",
    "content": "H",
    "flag": "F",
    "campaign": "C",
    "outage": "O",
    "definition": "D",
}
_APP_DAYS = 23
_SECOND_CARS = 36  # trains that carry a second change


@dataclass(frozen=True, slots=True)
class Log:
    """Entries in the order of time, each with its id."""

    entries: tuple[Entry, ...]
    ids: tuple[str, ...]

    def ids_of(self, entries: Sequence[Entry]) -> list[str]:
        """Ids of given entries, in their order."""
        known = dict(zip(self.entries, self.ids, strict=True))
        return [known[entry] for entry in entries]

    def table(self) -> pd.DataFrame:
        """The canonical table `changes`, as text."""
        planned = {
            name: [getattr(entry, name) for entry in self.entries]
            for name in ("rollout_end_at", "reverted_at")
        }
        columns: dict[str, object] = {
            "change_id": self.ids,
            "released_at": calendar.instants(np.array([entry.at for entry in self.entries], dtype=np.int64)),
            **{
                name: [getattr(entry, name) for entry in self.entries]
                for name in ("title", "component", "kind", "description", "scope")
            },
            **{name: _optional(walls) for name, walls in planned.items()},
        }
        return pd.DataFrame(columns, dtype="str")


def _optional(walls: Sequence[int | None]) -> np.ndarray[tuple[int], np.dtype[np.str_]]:
    missing = np.array([wall is None for wall in walls])
    return calendar.instants(np.array([wall or 0 for wall in walls], dtype=np.int64), missing=missing)


def app_versions() -> list[tuple[int, str]]:
    """Day and number of every version of the phone app."""
    days = np.arange(START + 9, END - 5, _APP_DAYS)
    wednesdays = days - weekday(days) + 2
    late = np.where(calendar.holiday(wednesdays) < 1, wednesdays + 14, wednesdays)
    return [(day, f"4.{place + 6}") for place, day in enumerate(late.tolist())]


def _apps(rng: np.random.Generator) -> list[Entry]:
    """One entry a version, rolled out to phones over a week."""
    entries = []
    for place, (day, version) in enumerate(app_versions()):
        at = day * DAY + int(rng.integers(10 * 60, 12 * 60)) * 60
        note = APP_NOTES[place % len(APP_NOTES)]
        title = f"Learner app {version}"
        entries.append(
            Entry(at, title, note, component="mobile-app", rollout_end_at=at + int(rng.integers(4, 8)) * DAY)
        )
    return entries


def _slots(rng: np.random.Generator, count: int) -> Ints:
    """Local wall seconds of ordinary changes: a train every other Tuesday, others between, more each year."""
    trains = DAYS[(weekday(DAYS) == 1) & ((DAYS - START) // 7 % 2 == 0) & (calendar.holiday(DAYS) == 1)]
    seconds = rng.choice(trains, _SECOND_CARS, replace=False)
    working = DAYS[(weekday(DAYS) < 5) & (calendar.holiday(DAYS) == 1)]
    busy = np.linspace(0.6, 1.4, len(working))
    singles = count - len(trains) - _SECOND_CARS
    evenly = (np.arange(singles) + rng.random(singles)) / singles
    others = working[np.searchsorted(np.cumsum(busy) / busy.sum(), evenly)]
    minutes = np.concatenate(
        [
            rng.integers(10 * 60, 10 * 60 + 20, len(trains)),
            rng.integers(10 * 60 + 21, 11 * 60, _SECOND_CARS),
            rng.integers(9 * 60, 17 * 60, singles),
        ]
    )
    return np.sort(np.concatenate([trains, seconds, others]) * DAY + minutes * 60)


def _ordinary(rng: np.random.Generator) -> list[Entry]:
    """Every line of the vocabulary once, dealt over the three years."""
    slots = _slots(rng, len(ORDINARY))
    entries = []
    for at, place in zip(slots.tolist(), rng.permutation(len(ORDINARY)).tolist(), strict=True):
        component, kind, title, description = ORDINARY[place]
        entry = Entry(at, title, description, component=component, kind=kind)
        entries.append(_with_course(rng, entry))
    return entries


def _with_course(rng: np.random.Generator, entry: Entry) -> Entry:
    """A flag rolls out and is sometimes withdrawn; an outage ends; a campaign stops; some have a scope."""
    scope = _scope(rng)
    if entry.kind == "flag":
        end = entry.at + int(rng.integers(5, 22)) * DAY
        withdrawn = end + 9 * DAY if rng.random() < 0.3 else None
        return replace(entry, rollout_end_at=end, reverted_at=withdrawn, scope=scope)
    if entry.kind == "outage":
        return replace(entry, reverted_at=entry.at + int(rng.integers(20, 60)) * 60)
    if entry.kind == "campaign":
        return replace(entry, reverted_at=entry.at + int(rng.integers(7, 22)) * DAY, scope=scope)
    return entry


def _scope(rng: np.random.Generator) -> str:
    """One segment, or everyone."""
    column = str(rng.choice(COLUMNS))
    return f"{column}={rng.choice(SEGMENTS[column])}" if rng.random() < 0.6 else ""


def _make_way(entries: Sequence[Entry], day: int) -> list[Entry]:
    """Ordinary entries, those of one day put off by a day: what stands on that day is planted on purpose."""
    return [replace(entry, at=entry.at + DAY) if entry.at // DAY == day else entry for entry in entries]


def _prefix(entry: Entry) -> str:
    return entry.series or ("A" if entry.component == "mobile-app" else _PREFIX[entry.kind])


def write_log(rng: np.random.Generator, scenario: Scenario, plants: Sequence[Plant]) -> Log:
    """The whole log, in the order of time, with ids that count on by kind."""
    guilty = plants[0].entries[0]
    entries = _make_way(_ordinary(rng) + _apps(rng), guilty.at // DAY)
    for plant in plants:
        entries.extend((*plant.entries, *plant.innocents))
    entries.sort(key=lambda entry: (entry.at, entry.title))
    releases = [entry for entry in entries if _prefix(entry) == "R"]
    first = scenario.first_number if scenario.number is None else scenario.number - releases.index(guilty)
    numbers = dict.fromkeys("ACDFHORW", 1) | {"R": first}
    ids = []
    for entry in entries:
        prefix = _prefix(entry)
        ids.append(f"{prefix}-{numbers[prefix]:03d}")
        numbers[prefix] += 1
    return Log(tuple(entries), tuple(ids))
