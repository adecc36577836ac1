"""What the company runs on: outages of its components, and what help costs by day."""

from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlib.data.sample import calendar
from cxlib.data.sample.calendar import DAY, DAYS, END, START, Floats, Ints
from cxlib.data.sample.log import Log
from cxlib.data.sample.plants import Plant, combined_factor

__all__ = ["costs_table", "outages_table"]

_COMPONENTS = ("accounts", "checkout", "lesson-room", "messaging", "scheduling", "search")
_OFTEN = np.array([0.14, 0.12, 0.3, 0.16, 0.12, 0.16])
_OUTAGES_A_DAY = 0.075
_TWICE_REPORTED = 9
_MINOR, _MAJOR = 30 * 60, 150 * 60  # seconds; shorter is minor, longer is critical
_ONGOING = int(5.5 * 3600)  # seconds before the data's end
_PROVISIONAL_DAYS = 5


def outages_table(rng: np.random.Generator, log: Log) -> pd.DataFrame:
    """The canonical table `outages`, as text: those of the log, smaller ones, and one that is not over."""
    count = int(rng.poisson(_OUTAGES_A_DAY * len(DAYS)))
    began = START * DAY + np.sort(rng.integers(0, (END - START) * DAY - 2 * DAY, count))
    lasted = (np.exp(rng.normal(np.log(38 * 60), 0.9, count)) + 60).astype(np.int64)
    component = rng.choice(_COMPONENTS, count, p=_OFTEN)
    twice = rng.choice(count, _TWICE_REPORTED, replace=False)
    logged = [entry for entry in log.entries if entry.kind == "outage" and entry.reverted_at is not None]
    started = np.concatenate(
        [
            began,
            began[twice] + (lasted[twice] * rng.uniform(0.2, 0.8, len(twice))).astype(np.int64),
            np.array([entry.at for entry in logged], dtype=np.int64),
            np.array([END * DAY - _ONGOING]),
        ]
    )
    ended = np.concatenate(
        [
            began + lasted,
            began[twice] + (lasted[twice] * rng.uniform(0.9, 1.9, len(twice))).astype(np.int64) + 60,
            np.array([entry.reverted_at for entry in logged], dtype=np.int64),
            np.array([END * DAY]),
        ]
    )
    where = np.concatenate(
        [component, component[twice], [entry.component for entry in logged], ["messaging"]]
    )
    return _outages(started, ended, where)


def _outages(started: Ints, ended: Ints, component: NDArray[np.str_]) -> pd.DataFrame:
    order = np.argsort(started, kind="stable")
    lasted = (np.maximum(ended, started + 60) - started)[order]
    table = pd.DataFrame(
        {
            "outage_id": [f"X-{number:03d}" for number in range(1, len(order) + 1)],
            "started_at": calendar.instants(started[order]),
            "ended_at": calendar.instants(started[order] + lasted, missing=ended[order] >= END * DAY),
            "component": component[order],
            "severity": np.where(lasted < _MINOR, "minor", np.where(lasted < _MAJOR, "major", "critical")),
        }
    )
    return table.astype("str")


def costs_table(rng: np.random.Generator, active: Floats, plants: Iterable[Plant]) -> pd.DataFrame:
    """The canonical table `costs`, as text: freelancers by day against their target, licences by month.

    Parameters
    ----------
    rng : numpy.random.Generator
        Of this table alone.
    active : array of float, shape (days,)
        Customers there on each day.
    plants : iterable of Plant
        Their `cost` acts on what freelancers are paid.
    """
    planned = 10 * np.round(0.021 * active * calendar.contact_season(DAYS)) + 40
    paid = planned * rng.normal(1.0, 0.06, len(DAYS)) * combined_factor(plants, "cost", DAYS * DAY + DAY // 2)
    final = np.where(DAYS >= END - _PROVISIONAL_DAYS, "false", "true")
    dates = calendar.iso_days(DAYS)
    first = np.flatnonzero(np.char.endswith(dates, "-01"))
    freelance = pd.DataFrame(
        {
            "date": dates,
            "kind": "freelance",
            "amount": _spelled(paid, 2),
            "target": _spelled(planned, 0),
            "currency": "USD",
            "final": final,
        }
    )
    licences = freelance.iloc[first].assign(
        kind="licences", amount=_spelled(0.12 * active[first], 2), target=""
    )
    return pd.concat([freelance, licences]).sort_values("date", kind="stable").reset_index(drop=True)


def _spelled(values: Floats, decimals: int) -> list[str]:
    """Numbers as a file has them, all with as many decimals."""
    found: list[str] = np.char.mod(f"%.{decimals}f", values).tolist()
    return found
