"""Dirt on tables and log: what a product has to survive without being told."""

import numpy as np
import pandas as pd
from attribution.changelog import Entry
from attribution.company import Company

LATE = 0.12
"""Chance that a change is logged late, by LATE_HOURS."""

LATE_HOURS = (3.0, 26.0)
WRONG_ZONE = 0.05
"""Chance that a change is written in a wrong zone, off by one of ZONE_HOURS."""

ZONE_HOURS = (-8.0, -5.0, -1.0, 1.0, 2.0, 5.5)
NO_COMPONENT = 0.15
NO_SEGMENT = 0.02
TWICE = 0.01
BROKEN = 0.004


def shift_log(rng: np.random.Generator, log: list[Entry], days: int) -> list[Entry]:
    """Log some changes late and some in a wrong zone; what falls behind the last day is not there yet."""
    shifted = []
    for entry in log:
        hours = rng.uniform(*LATE_HOURS) if rng.random() < LATE else 0.0
        hours += rng.choice(ZONE_HOURS) if rng.random() < WRONG_ZONE else 0.0
        minute = entry.minute + round(hours * 60)
        moved = {"day": entry.day + minute // 1440, "minute": minute % 1440}
        shifted.append(Entry(**{**entry.__dict__, **moved}))
    there = [entry for entry in shifted if entry.day < days]
    return sorted(there, key=lambda entry: (entry.day, entry.minute))


def make_dirty(
    rng: np.random.Generator, company: Company, frames: dict[str, pd.DataFrame]
) -> dict[str, pd.DataFrame]:
    """Soil the tables.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of the dirt.
    company : Company
        Whose tables they are.
    frames : dict of str to pandas.DataFrame
        Clean tables.

    Returns
    -------
    dict of str to pandas.DataFrame
        The same with rows twice, blank components and segments, rows that no reader can use, and, in half
        of the cases, instants as text with the offset of some zone.
    """
    made = {name: frame.copy() for name, frame in frames.items()}
    changes, columns = made["changes"], list(company.words.columns)
    changes["component"] = changes["component"].where(rng.random(len(changes)) >= NO_COMPONENT)
    for name in ("customers", "surveys"):
        for column in columns:
            made[name][column] = made[name][column].where(rng.random(len(made[name])) >= NO_SEGMENT)
    text = rng.random() < 0.5
    if text:
        for name in ("tickets", "surveys", "changes"):
            offset = float(rng.choice([-7, -3, 1, 5.5, 9]))
            for column in [name for name in made[name].columns if name.endswith("_at")]:
                made[name][column] = _as_text(made[name][column], offset)
    made["surveys"] = _break(rng, made["surveys"], "score", 99.0)
    if text:
        made["tickets"] = _break(rng, made["tickets"], "created_at", "sometime in spring")
    for name in ("tickets", "surveys", "changes"):
        made[name] = _double(rng, made[name])
    return made


def _as_text(instants: pd.Series, offset: float) -> pd.Series:
    """Local text with its offset, such as 2020-02-29T08:00:00+05:30."""
    local = instants + pd.Timedelta(hours=offset)
    minutes = round(abs(offset) * 60)
    zone = f"{'-' if offset < 0 else '+'}{minutes // 60:02d}:{minutes % 60:02d}"
    return (local.dt.strftime("%Y-%m-%dT%H:%M:%S") + zone).astype(object).where(instants.notna(), None)


def _break(rng: np.random.Generator, frame: pd.DataFrame, column: str, value: object) -> pd.DataFrame:
    """A few rows more whose value in one column is impossible."""
    extra = frame.sample(frac=BROKEN, random_state=int(rng.integers(2**31))).copy()
    extra[column] = value
    key = frame.columns[0]
    extra[key] = "x" + extra[key].astype(str)
    return pd.concat([frame, extra], ignore_index=True)


def _double(rng: np.random.Generator, frame: pd.DataFrame) -> pd.DataFrame:
    """A few rows twice, with the same id."""
    extra = frame.sample(frac=TWICE, random_state=int(rng.integers(2**31)))
    return pd.concat([frame, extra], ignore_index=True)
