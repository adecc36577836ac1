"""Customers met and taught: calls and meetings with them, and trainings they were invited to."""

import numpy as np
import pandas as pd

from cxlib.data.sample import calendar
from cxlib.data.sample.calendar import DAY, DAYS, END, START, Floats
from cxlib.data.sample.company import Population

__all__ = ["interactions_table", "trainings_table"]

_TALKS_A_DAY = 0.0008
_TOPICS = ("first_steps", "progress", "renewal", "tutor_change", "invoice")
_TOPIC_SHARES = (0.25, 0.3, 0.2, 0.15, 0.1)
# module: share of new customers invited, days after joining, kind, share that ever completes it
_MODULES = {
    "first_lesson": (0.26, 1.0, "video", 0.66),
    "study_plan": (0.1, 35.0, "webinar", 0.48),
}
_IN_TIME = 0.86  # of the completions come within thirty days


def interactions_table(rng: np.random.Generator, people: Population, active: Floats) -> pd.DataFrame:
    """The canonical table `interactions`, as text: calls and meetings, some asked for by customers."""
    counts = rng.poisson(_TALKS_A_DAY * active * calendar.send_weight(DAYS))
    customer = people.pick(rng, counts)
    at = np.sort(np.repeat(DAYS, counts) * DAY + rng.integers(8 * 3600, 19 * 3600, len(customer)))
    is_call = rng.random(len(at)) < 0.7
    is_inbound = rng.random(len(at)) < np.where(is_call, 0.55, 0.15)
    table = pd.DataFrame(
        {
            "interaction_id": [f"I{number:05d}" for number in range(1, len(at) + 1)],
            "at": calendar.instants(at),
            "kind": np.where(is_call, "call", "meeting"),
            "customer_id": people.ids[customer],
            "direction": np.where(is_inbound, "inbound", "outbound"),
            "topic": rng.choice(_TOPICS, len(at), p=_TOPIC_SHARES),
            "minutes": np.where(is_call, rng.integers(3, 25, len(at)), 15 * rng.integers(1, 5, len(at))),
        }
    )
    return table.astype("str")


def trainings_table(rng: np.random.Generator, people: Population) -> pd.DataFrame:
    """The canonical table `trainings`, as text: most who complete one do so within thirty days."""
    parts = []
    for module, (share, days, kind, completes) in _MODULES.items():
        invited = people.joined + ((days + rng.exponential(2.0, len(people.joined))) * DAY).astype(np.int64)
        is_there = (invited >= START * DAY) & (invited < np.minimum(people.left, END * DAY))
        place = np.flatnonzero(is_there & (people.joined >= START * DAY) & (rng.random(len(invited)) < share))
        waited = np.where(
            rng.random(len(place)) < _IN_TIME,
            rng.exponential(7.0, len(place)) % 29.0,
            31.0 + rng.exponential(12.0, len(place)),
        )
        done = invited[place] + (waited * DAY).astype(np.int64) + 600
        is_done = (rng.random(len(place)) < completes) & (done < END * DAY)
        parts.append(
            pd.DataFrame(
                {
                    "wall": invited[place],
                    "customer_id": people.ids[place],
                    "module": module,
                    "kind": kind,
                    "invited_at": calendar.instants(invited[place]),
                    "completed_at": calendar.instants(done, missing=~is_done),
                }
            )
        )
    table = pd.concat(parts).sort_values("wall", kind="stable").drop(columns="wall")
    return table.reset_index(drop=True).astype("str")
