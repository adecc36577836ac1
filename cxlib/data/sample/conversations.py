"""What happens to a ticket: messages to and fro, states, its solution and perhaps its reopening."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlib.data.sample import calendar
from cxlib.data.sample.calendar import DAY, END, Floats, Ints
from cxlib.data.sample.company import Population
from cxlib.data.sample.plants import Plant, combined_factor
from cxlib.data.sample.tickets import REASONS, Contacts, page_urls

__all__ = [
    "AGAIN",
    "PACE",
    "Course",
    "converse",
    "events_table",
    "human_replies",
    "messages_table",
    "opinions",
    "tickets_table",
    "working",
]

_OPEN, _SHUT = 7 * 60, 21 * 60  # minutes of the local day between which agents work
# channel: median minutes to the first reply, spread, minutes between later turns of the customer
PACE = {
    "email": (170.0, 0.9, 420.0),
    "chat": (3.0, 0.7, 3.0),
    "phone": (1.0, 0.4, 2.0),
    "web_widget": (210.0, 0.9, 500.0),
}
_TURNS = 4
AGAIN = 0.4
_NEVER = END * DAY * 2
_NOTE, _ACK = "note", "ack"

Line = tuple[Ints, Ints, str, str]  # ticket, instant, role or state, note


@dataclass(frozen=True, slots=True)
class Course:
    """What became of each ticket: the lines said and the states passed, with the summary a ticket carries."""

    messages: tuple[Line, ...]
    states: tuple[Line, ...]
    first_reply: Ints
    solved: Ints
    reopens: Ints
    agent: NDArray[np.str_]


def working(walls: Ints, minutes: Floats) -> Ints:
    """Wall seconds after so many working minutes."""
    length = _SHUT - _OPEN
    day, second = walls // DAY, walls % DAY
    worked = day * length + np.clip(second / 60 - _OPEN, 0, length)
    end = worked + minutes
    there = np.floor(end / length)
    seconds: Ints = (there * DAY + (end - there * length + _OPEN) * 60).astype(np.int64)
    return seconds


def _paces(arrivals: Contacts, place: int) -> Floats:
    return np.array([PACE[channel][place] for channel in arrivals.channel.tolist()])


def converse(
    rng: np.random.Generator, arrivals: Contacts, plants: Sequence[Plant], *, again: float | Floats = AGAIN
) -> Course:
    """Play every ticket to its end; what lies past the data's end is cut off when written.

    `again` is the chance, after each reply, that one more is needed.
    """
    count = len(arrivals.created)
    everyone = np.arange(count)
    slow = combined_factor(plants, "reply_time", arrivals.created) * _load(arrivals.created)
    wait = _paces(arrivals, 0) * slow * np.exp(_paces(arrivals, 1) * rng.normal(size=count))
    by_agent = arrivals.initiator == "agent"
    first = np.where(by_agent, arrivals.created, working(arrivals.created, np.maximum(wait, 0.4)))
    first = np.where(arrivals.is_spam, _NEVER, first)
    opener = np.where(by_agent, _NEVER, arrivals.created)
    messages: list[Line] = [(everyone, opener, "customer", "")]
    acked = ~by_agent & np.isin(arrivals.channel, ["email", "web_widget"]) & (rng.random(count) < 0.55)
    messages.append(
        (everyone[acked], arrivals.created[acked] + rng.integers(2, 20, acked.sum()), "bot", _ACK)
    )
    noted = (rng.random(count) < 0.13) & ~arrivals.is_spam & ~by_agent
    inside = (arrivals.created + 0.7 * (first - arrivals.created)).astype(np.int64)
    messages.append((everyone[noted], inside[noted], "agent", _NOTE))
    messages.append((everyone, first, "agent", ""))
    states: list[Line] = [(everyone, arrivals.created, "new", ""), (everyone, inside, "open", "")]
    last = _turns(rng, arrivals, slow, again, first, messages, states)
    solved, reopens = _close(rng, arrivals, last, messages, states)
    return Course(tuple(messages), tuple(states), first, solved, reopens, _agents(rng, arrivals))


def _load(created: Ints) -> Floats:
    """Busy days are slow days: replies take longer when more than usual has arrived."""
    _, place, counts = np.unique(created // DAY, return_inverse=True, return_counts=True)
    usual = pd.Series(counts, dtype="float64").rolling(29, center=True, min_periods=1).median().to_numpy()
    ratio: Floats = (counts / np.maximum(usual, 1.0)) ** 0.8
    return ratio[place]


def _turns(
    rng: np.random.Generator,
    arrivals: Contacts,
    slow: Floats,
    again: float | Floats,
    first: Ints,
    messages: list[Line],
    states: list[Line],
) -> Ints:
    """Questions and answers after the first reply; returns the last reply of each ticket."""
    last = first.copy()
    alive = ~arrivals.is_spam
    between = _paces(arrivals, 2)
    pace = _paces(arrivals, 0)
    for _ in range(_TURNS):
        alive = alive & (rng.random(len(first)) < again)
        going = np.flatnonzero(alive)
        states.append((going, last[going] + 1, "pending", ""))
        asked = last[going] + 20 + (between[going] * 60 * rng.exponential(1.0, len(going))).astype(np.int64)
        minutes = 0.6 * pace[going] * slow[going] * np.exp(0.8 * rng.normal(size=len(going)))
        last[going] = working(asked, np.maximum(minutes, 0.4))
        messages.extend(((going, asked, "customer", ""), (going, last[going], "agent", "")))
        states.append((going, asked, "open", ""))
    return last


def _close(
    rng: np.random.Generator, arrivals: Contacts, last: Ints, messages: list[Line], states: list[Line]
) -> tuple[Ints, Ints]:
    """Solve every ticket at or soon after its last reply; some come back once; all close four days later."""
    fast = np.isin(arrivals.channel, ["chat", "phone"])
    linger = np.where(rng.random(len(last)) < 0.7, 1.0, rng.exponential(np.where(fast, 6.0, 45.0)) * 60)
    solved = last + np.maximum(linger, 1.0).astype(np.int64)
    real = np.flatnonzero(~arrivals.is_spam)
    states.append((real, solved[real], "solved", ""))
    again = real[rng.random(len(real)) < 0.065]
    back = solved[again] + (rng.exponential(0.8, len(again)) % 3.5 * DAY).astype(np.int64) + 300
    again, back = again[back < END * DAY], back[back < END * DAY]
    reply = working(
        back, np.maximum(_paces(arrivals, 0)[again] * np.exp(0.8 * rng.normal(size=len(again))), 0.4)
    )
    messages.extend(((again, back, "customer", ""), (again, reply, "agent", "")))
    states.append((again, back, "open", ""))
    solved[again] = reply + 1 + rng.integers(0, 1200, len(again))
    states.append((again, solved[again], "solved", ""))
    states.append((real, solved[real] + 4 * DAY, "closed", ""))
    spam = np.flatnonzero(arrivals.is_spam)
    states.append((spam, arrivals.created[spam] + rng.integers(600, 40_000, len(spam)), "spam", ""))
    reopens = np.zeros(len(last), dtype=np.int64)
    reopens[again] = 1
    return solved, reopens


def _agents(rng: np.random.Generator, arrivals: Contacts) -> NDArray[np.str_]:
    """Who answers: a team's people, a few more each year."""
    teams = sorted({team for _, team, _ in REASONS.values()})
    team = np.array([teams.index(REASONS[reason][1]) for reason in arrivals.reason.tolist()])
    size = 3 + (arrivals.created // DAY - arrivals.created[0] // DAY) // 365
    number = 1 + team * 6 + (rng.random(len(team)) * size).astype(np.int64)
    return np.array([f"A{value:02d}" for value in number.tolist()])


def opinions(rng: np.random.Generator, arrivals: Contacts, course: Course, shift: Floats) -> Floats:
    """Mean satisfaction by ticket, in standard deviations: slow and reopened ones are less happy."""
    hours = np.maximum((course.first_reply - arrivals.created) / 3600, 0.01)
    typical = np.maximum(_paces(arrivals, 0) / 60, 0.02)
    about = np.isin(arrivals.reason, ["refund", "tutor_no_show", "billing", "cancellation"])
    slow = np.clip(np.log(hours / typical), -2, 3)
    mood: Floats = 1.12 - 0.17 * slow - 0.3 * about - 0.5 * course.reopens + shift
    return mood + 0.05 * rng.normal(size=len(hours))


def human_replies(course: Course) -> Ints:
    """Public messages of agents by ticket, up to the data's end: each of them is a turn of its own here."""
    replies = np.zeros(len(course.solved), dtype=np.int64)
    for ticket, at, role, note in course.messages:
        if role == "agent" and not note:
            np.add.at(replies, ticket[at < END * DAY], 1)
    return replies


def _ids(tickets: Ints) -> list[str]:
    return [f"T{number:06d}" for number in (tickets + 1).tolist()]


def _gather(lines: Sequence[Line]) -> tuple[Ints, Ints, NDArray[np.str_], NDArray[np.str_]]:
    """Lines of all tickets, ticket after ticket in the order of time, up to the data's end."""
    ticket = np.concatenate([line[0] for line in lines])
    at = np.concatenate([line[1] for line in lines])
    word = np.concatenate([np.full(len(line[0]), line[2]) for line in lines])
    note = np.concatenate([np.full(len(line[0]), line[3]) for line in lines])
    order = np.lexsort((at, ticket))
    order = order[at[order] < END * DAY]
    return ticket[order], at[order], word[order], note[order]


def messages_table(course: Course) -> pd.DataFrame:
    """The canonical table `messages`, as text."""
    ticket, at, role, note = _gather(course.messages)
    table = pd.DataFrame(
        {
            "message_id": [f"M{number:06d}" for number in range(1, len(ticket) + 1)],
            "ticket_id": _ids(ticket),
            "sent_at": calendar.instants(at),
            "author_role": role,
            "author_id": np.where(role == "agent", course.agent[ticket], ""),
            "public": np.where(note == _NOTE, "false", "true"),
            "is_auto": np.where(note == _ACK, "true", "false"),
        }
    )
    return table.astype("str")


def events_table(course: Course) -> pd.DataFrame:
    """The canonical table `ticket_events`, as text."""
    ticket, at, status, _ = _gather(course.states)
    return pd.DataFrame({"ticket_id": _ids(ticket), "at": calendar.instants(at), "status": status}).astype(
        "str"
    )


def tickets_table(
    rng: np.random.Generator, people: Population, arrivals: Contacts, course: Course
) -> pd.DataFrame:
    """The canonical table `tickets`, as text, with the summary that agrees with messages and states."""
    ticket, _, status, _ = _gather(course.states)
    final = dict(zip(ticket.tolist(), status.tolist(), strict=True))
    count = len(arrivals.created)
    current = np.array([final[place] for place in range(count)])
    urgent = np.isin(arrivals.reason, ["lesson_connection", "tutor_no_show", "account_access"])
    priority = np.where(
        urgent & (rng.random(count) < 0.35), "urgent", np.where(rng.random(count) < 0.2, "high", "normal")
    )
    replied = (course.first_reply < END * DAY) & ~arrivals.is_spam
    is_solved = np.isin(current, ["solved", "closed"])
    table = pd.DataFrame(
        {
            "ticket_id": _ids(np.arange(count)),
            "created_at": calendar.instants(arrivals.created),
            "customer_id": people.ids[arrivals.customer],
            "channel": arrivals.channel,
            "reason": arrivals.reason,
            "priority": priority,
            "status": current,
            "assignee": np.where(replied, course.agent, ""),
            "team": [REASONS[reason][1] for reason in arrivals.reason.tolist()],
            "initiated_by": arrivals.initiator,
            "first_replied_at": calendar.instants(np.where(replied, course.first_reply, 0), missing=~replied),
            "solved_at": calendar.instants(np.where(is_solved, course.solved, 0), missing=~is_solved),
            "reopens": course.reopens,
            "email_template": arrivals.template,
            "page_url": page_urls(rng, arrivals),
        }
    )
    return table.astype("str")
