"""What comes after an answer or a solved ticket: three surveys, calls to the unhappy, audits."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlib.data.sample import calendar
from cxlib.data.sample.calendar import DAY, END, Floats, Ints
from cxlib.data.sample.company import Population
from cxlib.data.sample.conversations import PACE, Course, opinions
from cxlib.data.sample.plants import Plant, combined_shift
from cxlib.data.sample.surveys import Answers, answer, satisfaction
from cxlib.data.sample.tickets import Contacts

__all__ = [
    "FLAGGED",
    "NEGATIVE",
    "audits_table",
    "effort_surveys",
    "outreach_table",
    "resolution_surveys",
    "satisfaction_surveys",
]

_EFFORT_FROM = calendar.wall("2018-10-01 00:00")
_EFFORT_ASKED, _EFFORT_ANSWERED = 0.1, 0.38
_EFFORT_CUTS = np.array([-2.0, -1.6, -1.2, -0.8, -0.15, 0.65])  # of a normal opinion into 1 to 7
_RESOLUTION_FROM = calendar.wall("2018-01-08 00:00")
_RESOLUTION_ASKED, _RESOLUTION_ANSWERED = 0.17, 0.3
_RESOLUTION_CUTS = np.array([-2.2, -2.0, -1.8, -1.6, -1.3, -1.0, -0.7, -0.35, 0.1, 0.65])
_TWICE = 0.6  # of the reopened tickets are asked about after their first solve already
FLAGGED, _OUTREACH_FROM = 7, "2019-01-07T06:00:00Z"
_REACHED, _REACHED_LATE = 0.6, 0.2
NEGATIVE, _AUDITED = 2, 0.62
_BUCKETS = ("slow_answer", "wrong_answer", "product_fault", "policy", "tone")
_BUCKET_SHARES = (0.34, 0.2, 0.24, 0.16, 0.06)


@dataclass(frozen=True, slots=True)
class _Solves:
    """Solves after which a survey may go out: ticket, local wall seconds."""

    ticket: Ints
    solved: Ints


def satisfaction_surveys(
    rng: np.random.Generator, arrivals: Contacts, course: Course, plants: Sequence[Plant]
) -> tuple[NDArray[np.str_], Answers]:
    """CSAT surveys an hour or more after two of three solved tickets, with the tickets' ids."""
    sent: Ints = course.solved + 3600 + (rng.exponential(1.2, len(course.solved)) * 3600).astype(np.int64)
    asked = (rng.random(len(sent)) < 0.8) & ~arrivals.is_spam & (arrivals.initiator == "customer")
    asked &= sent < END * DAY
    whatever = [plant for plant in plants if plant.reason is None]
    opinion = opinions(rng, arrivals, course, combined_shift(whatever, "csat", arrivals.created))
    for plant in plants:
        if plant.reason is not None and plant.csat:
            about = arrivals.reason == plant.reason
            opinion += np.where(about, combined_shift([plant], "csat", arrivals.created), 0.0)
    place = np.flatnonzero(asked)
    place = place[np.argsort(sent[place], kind="stable")]
    answers = satisfaction(rng, sent[place], opinion[place], arrivals.customer[place], arrivals.reason[place])
    return np.array([f"T{number:06d}" for number in (place + 1).tolist()]), answers


def effort_surveys(
    rng: np.random.Generator, people: Population, arrivals: Contacts, course: Course
) -> pd.DataFrame:
    """Rows of `surveys` of kind ces: how easy it was, 1 to 7, soon after some solved tickets."""
    asked = rng.random(len(course.solved)) < _EFFORT_ASKED
    asked &= (course.solved >= _EFFORT_FROM) & ~arrivals.is_spam & (arrivals.initiator == "customer")
    solves = _Solves(np.flatnonzero(asked), course.solved[asked])
    sent = solves.solved + 900 + (rng.exponential(0.5, len(solves.solved)) * 3600).astype(np.int64)
    mood = 0.75 - 0.2 * _slowness(arrivals, course, solves.ticket) - 0.6 * course.reopens[solves.ticket]
    return _rows(rng, people, arrivals, (solves, sent, mood), ("ces", "ticket_solved", "E"))


def resolution_surveys(
    rng: np.random.Generator, people: Population, arrivals: Contacts, course: Course, nps: Answers
) -> pd.DataFrame:
    """Rows of `surveys` of kind nps after solved tickets, for whom the relationship survey leaves alone.

    Nobody can answer both in one month: who is, or may be, busy with the one is not sent the other.
    """
    solves = _solves(rng, course)
    sent = solves.solved + 7200 + (rng.exponential(4.0, len(solves.solved)) * 3600).astype(np.int64)
    asked = (rng.random(len(sent)) < _RESOLUTION_ASKED) & (solves.solved >= _RESOLUTION_FROM)
    asked &= ~arrivals.is_spam[solves.ticket] & (arrivals.initiator[solves.ticket] == "customer")
    asked &= ~_busy(sent, arrivals.customer[solves.ticket], nps)
    solves, sent = _Solves(solves.ticket[asked], solves.solved[asked]), sent[asked]
    mood = 0.15 - 0.25 * _slowness(arrivals, course, solves.ticket) - 0.6 * course.reopens[solves.ticket]
    return _rows(rng, people, arrivals, (solves, sent, mood), ("nps", "post_resolution", "Q"))


def _solves(rng: np.random.Generator, course: Course) -> _Solves:
    """The last solve of every ticket, and the first one of some that came back."""
    first = course.solved.copy()
    for ticket, at, status, _ in course.states:
        if status == "solved":
            np.minimum.at(first, ticket, at)
    twice = np.flatnonzero((course.reopens > 0) & (rng.random(len(first)) < _TWICE))
    ticket = np.concatenate([np.arange(len(first)), twice])
    return _Solves(ticket, np.concatenate([course.solved, first[twice]]))


def _months(walls: Ints) -> Ints:
    months: Ints = (walls // DAY).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    return months


def _busy(sent: Ints, customer: Ints, nps: Answers) -> NDArray[np.bool_]:
    """Whether a relationship survey could be answered in a month in which this one could be."""
    window = 14 * DAY
    taken = np.concatenate([_months(nps.sent), _months(nps.sent + window)])
    keys = np.unique(np.concatenate([nps.customer, nps.customer]) * 10_000 + taken)
    busy = [np.isin(customer * 10_000 + _months(walls), keys) for walls in (sent, sent + window)]
    return busy[0] | busy[1]


def _slowness(arrivals: Contacts, course: Course, ticket: Ints) -> Floats:
    """Logarithm of the wait for the first reply, relative to what is usual in the channel."""
    usual = np.array([PACE[channel][0] for channel in arrivals.channel[ticket].tolist()])
    minutes = np.maximum((course.first_reply - arrivals.created)[ticket] / 60, 0.5)
    slowness: Floats = np.clip(np.log(minutes / usual), -2.0, 3.0)
    return slowness


def _rows(
    rng: np.random.Generator,
    people: Population,
    arrivals: Contacts,
    sends: tuple[_Solves, Ints, Floats],
    names: tuple[str, str, str],
) -> pd.DataFrame:
    """Surveys of one kind in the order of sending, with ids of their own."""
    solves, sent, mood = sends
    kind, trigger, letter = names
    order = np.argsort(sent, kind="stable")
    order = order[sent[order] < END * DAY]
    ticket, sent, mood = solves.ticket[order], sent[order], mood[order]
    is_effort = kind == "ces"
    shares = np.full(len(sent), _EFFORT_ANSWERED if is_effort else _RESOLUTION_ANSWERED)
    cuts = _EFFORT_CUTS if is_effort else _RESOLUTION_CUTS
    responded, answered, score = answer(rng, sent, mood, cuts, shares=shares, quick=0.75)
    table = pd.DataFrame(
        {
            "survey_id": [f"{letter}{number:05d}" for number in range(1, len(sent) + 1)],
            "kind": kind,
            "sent_at": calendar.instants(sent),
            "responded_at": calendar.instants(responded, missing=~answered),
            "score": np.where(answered, (score + int(is_effort)).astype(np.str_), ""),
            "customer_id": people.ids[arrivals.customer[ticket]],
            "ticket_id": [f"T{number:06d}" for number in (ticket + 1).tolist()],
            "trigger": trigger,
            "comment": "",
        }
    )
    return table.astype("str")


def _scored(surveys: pd.DataFrame, kind: str) -> "pd.Series[float]":
    """Scores of one kind's good rows, by row of the table."""
    rows = surveys[(surveys["kind"] == kind) & (surveys["survey_id"].str.strip() != "")]
    rows = rows.drop_duplicates()
    return pd.to_numeric(rows["score"], errors="coerce").dropna()


def outreach_table(rng: np.random.Generator, surveys: pd.DataFrame) -> pd.DataFrame:
    """The canonical table `outreach`, as text: calls after flagged answers, some late, some never made."""
    score = _scored(surveys, "nps")
    rows = surveys.loc[score.index[score <= FLAGGED]]
    rows = rows[(rows["trigger"] == "relationship") & (rows["responded_at"] >= _OUTREACH_FROM)]
    luck = rng.random(len(rows))
    soon, late = (
        np.minimum(0.1 + rng.exponential(0.55, len(rows)), 1.7),
        3.5 + rng.exponential(2.0, len(rows)),
    )
    at, in_time = calendar.later(rows["responded_at"].tolist(), np.where(luck < _REACHED, soon, late))
    table = pd.DataFrame(
        {
            "survey_id": rows["survey_id"].to_numpy(),
            "at": at,
            "by": rng.choice(["A03", "A09", "A14"], len(rows)),
            "outcome": rng.choice(["talked", "no_answer", "left_message"], len(rows), p=[0.5, 0.3, 0.2]),
        }
    )
    return table[(luck < _REACHED + _REACHED_LATE) & in_time].reset_index(drop=True).astype("str")


def audits_table(rng: np.random.Generator, surveys: pd.DataFrame) -> pd.DataFrame:
    """The canonical table `audits`, as text: what went wrong in most of the badly rated tickets."""
    score = _scored(surveys, "csat")
    rows = surveys.loc[score.index[score <= NEGATIVE]].drop_duplicates("ticket_id")
    at, in_time = calendar.later(rows["responded_at"].tolist(), 0.5 + rng.exponential(5.0, len(rows)))
    is_audited = (rng.random(len(rows)) < _AUDITED) & in_time
    table = pd.DataFrame(
        {
            "ticket_id": rows["ticket_id"].to_numpy(),
            "bucket": rng.choice(_BUCKETS, len(rows), p=_BUCKET_SHARES),
            "auditor": rng.choice(["Q1", "Q2"], len(rows)),
            "audited_at": at,
        }
    )
    return table[is_audited].sort_values("audited_at", kind="stable").reset_index(drop=True).astype("str")
