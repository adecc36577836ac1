"""The log of changes of an invented company: ordinary ones, the guilty one, and a word on how likely each is."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from attribution.plan import Plan
from attribution.tables import FIRST_DAY
from attribution.words import Vertical
from numpy.typing import NDArray

__all__ = ["Log", "draw_log"]

KINDS: Final = {"release": 0.6, "flag": 0.15, "config": 0.1, "content": 0.1, "campaign": 0.05}
GUILTY_KINDS: Final = ("release", "flag", "config")
OWNED: Final = 0.6  # of the guilty changes are in the component that owns the reason or the asking
NAMED: Final = 0.15  # of the titles name a segment
GUILTY_NAMED: Final = 0.4
_OUTAGES: Final = 0.02  # a day


@dataclass(frozen=True)
class Log:
    """Rows of the log.

    Parameters
    ----------
    frame : DataFrame
        Columns of the canonical table, and ``day``.
    cause : str or None
        The guilty one.
    rate : array, shape (days,)
        Innocent changes that are to be expected a day.
    """

    frame: pd.DataFrame
    cause: str | None
    rate: NDArray[np.float64]


def draw_log(rng: np.random.Generator, plan: Plan, vertical: Vertical) -> Log:
    """Draw the log.

    Parameters
    ----------
    rng : Generator
        Decides.
    plan : Plan
        What happens; its cause is logged, if it is.
    vertical : Vertical
        Names.
    """
    a_day = float(rng.uniform(0.2, 0.7))
    weekend = np.array([(FIRST_DAY + pd.Timedelta(days=d)).weekday() > 4 for d in range(plan.days)])
    rate = np.where(weekend, 0.15 * a_day, a_day)
    trains = plan.family == "same_day_train" or rng.random() < 0.3
    rows: list[tuple[int, str, str, str]] = []
    for day in range(plan.days):
        count = int(rng.poisson(rate[day]))
        if trains and count and rng.random() < 0.15:
            count += int(rng.integers(2, 5))
        rows += [(day, *_ordinary(rng, vertical)) for _ in range(count)]
        if rng.random() < _OUTAGES:
            component = vertical.owners[str(rng.choice(list(vertical.owners)))][0]
            rows.append((day, f"Incident: {component} slow", component, "outage"))
    if plan.family == "same_day_train":
        rows += [(plan.released, *_ordinary(rng, vertical)) for _ in range(int(rng.integers(2, 6)))]
    if plan.family == "near_miss" and plan.reason is not None:
        component, _, titles = vertical.owners[plan.reason]
        day = plan.released - int(rng.integers(1, 4))
        rows.append((day, str(rng.choice(titles)), component, "release"))
    guilty = len(rows)
    if plan.is_logged:
        rows.append((plan.released, *_guilty(rng, plan, vertical)))
        if plan.length and plan.family != "outage" and rng.random() < 0.6:
            end = plan.onset + plan.length
            component = rows[guilty][2]
            if end < plan.days:
                rows.append((end, _fix(rng, vertical, component), component, "release"))
    frame = pd.DataFrame(rows, columns=["day", "title", "component", "kind"])
    frame["change_id"] = [f"x-{i}" for i in rng.permutation(len(frame)) + 100]
    cause = str(frame["change_id"].iloc[guilty]) if plan.is_logged else None
    minutes = rng.integers(0, 200, len(frame)) if rng.random() < 0.6 else rng.integers(0, 1100, len(frame))
    if cause is not None:
        minutes[guilty] = int(rng.integers(0, 200))  # its whole day is affected, or none of it
    frame["released_at"] = FIRST_DAY + pd.to_timedelta(frame["day"] * 1440 + minutes, unit="min")
    said = rng.random(len(frame)) < 0.5
    frame["description"] = np.where(said, frame["title"] + ". Ticket " + frame["change_id"] + ".", None)
    return Log(frame.sort_values("released_at", ignore_index=True), cause, rate)


def _ordinary(rng: np.random.Generator, vertical: Vertical) -> tuple[str, str, str]:
    titles = _titles(vertical)
    component = str(rng.choice(list(titles)))
    kind = str(rng.choice(list(KINDS), p=list(KINDS.values())))
    return _title(rng, titles[component], vertical, NAMED, None), component, kind


def _titles(vertical: Vertical) -> dict[str, tuple[str, ...]]:
    owned = {component: titles for component, _, titles in vertical.owners.values()}
    return owned | vertical.plain | vertical.asking


def _title(
    rng: np.random.Generator, titles: tuple[str, ...], vertical: Vertical, named: float, place: str | None
) -> str:
    title = str(rng.choice(titles))
    if rng.random() < named:
        title += f" ({place or rng.choice([*vertical.plans, *vertical.regions])})"
    return title


def _guilty(rng: np.random.Generator, plan: Plan, vertical: Vertical) -> tuple[str, str, str]:
    if plan.family == "outage":
        component = vertical.owners[str(plan.reason)][0]
        return f"Incident: {component} slow", component, "outage"
    if rng.random() >= OWNED:
        component = str(rng.choice(list(vertical.plain)))
    elif plan.reason is None:
        component = str(rng.choice(list(vertical.asking)))
    else:
        component = vertical.owners[plan.reason][0]
    place = plan.plan or plan.region
    title = _title(rng, _titles(vertical)[component], vertical, GUILTY_NAMED if place else 0.0, place)
    return title, component, str(rng.choice(GUILTY_KINDS))


def _fix(rng: np.random.Generator, vertical: Vertical, component: str) -> str:
    if rng.random() < 0.6:
        return f"{rng.choice(['Hotfix', 'Fix', 'Patch'])} for {component}"
    return str(rng.choice(_titles(vertical)[component]))
