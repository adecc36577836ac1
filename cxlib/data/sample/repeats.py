"""Customers kept waiting who write again: tickets of their own, on top of those drawn first."""

from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlib.data.sample import calendar
from cxlib.data.sample.calendar import DAY, END, Ints
from cxlib.data.sample.company import Population
from cxlib.data.sample.conversations import PACE, Course, working
from cxlib.data.sample.plants import Plant, combined_factor
from cxlib.data.sample.tickets import REASONS, Contacts, without_widget

__all__ = ["FIRST_NUMBER", "written_again"]

FIRST_NUMBER = 100_001  # far above the tickets drawn first, which keep theirs
_FIRST_MESSAGE = 500_001
_PATIENCE = 3 * 3600
_MERGED = 0.3
_CLOSES = 4 * DAY

Tables = dict[str, pd.DataFrame]


def written_again(
    rng: np.random.Generator,
    people: Population,
    arrivals: Contacts,
    course: Course,
    plants: Iterable[Plant],
    survives: NDArray[np.bool_],
) -> Tables:
    """Rows of `tickets`, `messages` and `ticket_events` about what customers wrote while they waited.

    Some are merged into the ticket that waits, if that one `survives` itself.
    """
    place, at = _impatient(rng, arrivals, course, plants)
    channel = without_widget(rng, at)
    median, spread = (np.array([PACE[name][part] for name in channel.tolist()]) for part in (0, 1))
    slow = combined_factor(plants, "reply_time", at)
    minutes = median * slow * np.exp(spread * rng.normal(size=len(at)))
    replied = working(at, np.maximum(minutes, 0.4))
    solved = replied + 1 + (rng.exponential(20, len(at)) * 60).astype(np.int64)
    merged = (rng.random(len(at)) < _MERGED) & survives[place]
    ids = np.array([f"T{FIRST_NUMBER + number:06d}" for number in range(len(at))])
    reason = arrivals.reason[place]
    tickets = pd.DataFrame(
        {
            "ticket_id": ids,
            "created_at": calendar.instants(at),
            "customer_id": people.ids[arrivals.customer[place]],
            "channel": channel,
            "reason": reason,
            "priority": np.where(rng.random(len(at)) < 0.3, "high", "normal"),
            "status": "closed",
            "assignee": course.agent[place],
            "team": [REASONS[name][1] for name in reason.tolist()],
            "initiated_by": "customer",
            "first_replied_at": calendar.instants(replied),
            "solved_at": calendar.instants(solved),
            "reopens": "0",
            "merged_into": np.where(merged, [f"T{number:06d}" for number in (place + 1).tolist()], ""),
        }
    )
    return {
        "tickets": tickets,
        "messages": _messages(ids, at, replied, course.agent[place]),
        "ticket_events": _events(ids, at, replied, solved),
    }


def _impatient(
    rng: np.random.Generator, arrivals: Contacts, course: Course, plants: Iterable[Plant]
) -> tuple[Ints, Ints]:
    """Place of the ticket that waits, and when its customer writes again, before the answer."""
    waits = course.first_reply - arrivals.created
    share = np.zeros(len(waits))
    for plant in plants:
        share = np.maximum(share, plant.repeats * plant.strength(arrivals.created))
    again = (rng.random(len(waits)) < share) & (waits > _PATIENCE) & ~arrivals.is_spam
    place = np.flatnonzero(again & (course.first_reply < END * DAY) & (arrivals.initiator == "customer"))
    at = arrivals.created[place] + (rng.uniform(0.45, 0.95, len(place)) * waits[place]).astype(np.int64)
    order = np.argsort(at, kind="stable")
    return place[order], at[order]


def _messages(ids: NDArray[np.str_], at: Ints, replied: Ints, agent: NDArray[np.str_]) -> pd.DataFrame:
    """One question and one answer each."""
    count = 2 * len(ids)
    return pd.DataFrame(
        {
            "message_id": [f"M{_FIRST_MESSAGE + number:06d}" for number in range(count)],
            "ticket_id": np.repeat(ids, 2),
            "sent_at": calendar.instants(np.stack([at, replied], axis=1).ravel()),
            "author_role": np.tile(["customer", "agent"], len(ids)),
            "author_id": np.stack([np.full(len(ids), "", dtype=agent.dtype), agent], axis=1).ravel(),
            "public": "true",
            "is_auto": "false",
        }
    )


def _events(ids: NDArray[np.str_], at: Ints, replied: Ints, solved: Ints) -> pd.DataFrame:
    """New, open when somebody looks at it, solved, closed four days later."""
    walls = np.stack([at, at + (replied - at) * 7 // 10, solved, solved + _CLOSES], axis=1)
    return pd.DataFrame(
        {
            "ticket_id": np.repeat(ids, 4),
            "at": calendar.instants(walls.ravel()),
            "status": np.tile(["new", "open", "solved", "closed"], len(ids)),
        }
    )
