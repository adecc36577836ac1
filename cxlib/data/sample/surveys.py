"""Who is asked, who answers, when, and with which score."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from cxlib.data.sample import calendar, words
from cxlib.data.sample.calendar import DAY, DAYS, END, START, Floats, Ints
from cxlib.data.sample.company import SEGMENTS, Population
from cxlib.data.sample.plants import Plant, combined_factor, combined_shift

__all__ = [
    "CSAT_CUTS",
    "NPS_CUTS",
    "Answers",
    "answer",
    "nps_targets",
    "opinion_of",
    "relationship_surveys",
    "satisfaction",
    "survey_rows",
    "survey_table",
]

_CYCLE = (82, 98)
_NPS_ANSWERED = 0.31
# Cuts of a normal opinion into scores 0 to 10, and 1 to 5.
NPS_CUTS = np.array([-2.3, -2.1, -1.9, -1.65, -1.35, -0.95, -0.6, -0.25, 0.2, 0.75])
CSAT_CUTS = np.array([-1.15, -0.75, -0.1, 0.62])
_HAPPY_NPS = 68.0
_OTHER_NPS = (9.0, 14.0, 7.0, 12.0)
_SIDE_NPS = (2.0, -2.0, 0.0, 3.0, -3.0)


@dataclass(frozen=True, slots=True)
class Answers:
    """Surveys sent, and what came back: parallel arrays; the score is 0 where no answer came."""

    sent: Ints
    responded: Ints
    answered: NDArray[np.bool_]
    score: Ints
    customer: Ints
    comment: NDArray[np.str_]


def nps_targets(happy: tuple[str, str]) -> dict[str, Floats]:
    """Expected NPS by value of the happy segment's column, and small differences by the other one's."""
    targets = {}
    for column, values in SEGMENTS.items():
        if column == happy[0]:
            others = iter(_OTHER_NPS)
            targets[column] = np.array(
                [_HAPPY_NPS if value == happy[1] else next(others) for value in values]
            )
        else:
            targets[column] = np.array(_SIDE_NPS[: len(values)])
    return targets


def opinion_of(points: Floats) -> Floats:
    """Mean opinion at which NPS has a given value, by interpolation of the exact curve."""
    grid = np.linspace(-3.0, 4.0, 701)
    value = 100 * (1 - stats.norm.cdf(NPS_CUTS[8] - grid) - stats.norm.cdf(NPS_CUTS[6] - grid))
    return np.interp(points, value, grid)


def _ask_days(rng: np.random.Generator, people: Population) -> tuple[Ints, Ints]:
    """Customer and day of every survey that would be sent: each customer about every 90 days while there."""
    first = np.where(people.joined < START * DAY, START - 1, people.joined // DAY)
    due = first + rng.integers(-2, 94, len(first))
    customers, days = [], []
    while (due < END + 4).any():
        asked = np.flatnonzero((due < END + 4) & (due * DAY < people.left) & people.contactable)
        customers.append(asked)
        days.append(due[asked])
        due = due + rng.integers(*_CYCLE, len(due), endpoint=True)
    return np.concatenate(customers), np.concatenate(days)


def _convenient(rng: np.random.Generator, due: Ints) -> Ints:
    """Move each survey to a day near its due day: few at weekends and holidays, uneven day by day."""
    near = np.arange(-3, 4)
    span = np.arange(START - 8, END + 8)
    eagerness = calendar.send_weight(span) * rng.gamma(25, 1 / 25, len(span))
    choice = np.log(eagerness)[due[:, None] + near - span[0]] + rng.gumbel(size=(len(due), len(near)))
    moved: Ints = due + near[choice.argmax(axis=1)]
    return moved


def delays(rng: np.random.Generator, count: int, *, quick: float) -> Ints:
    """Seconds from survey to answer: a share at once, others over two weeks, with a reminder on day five."""
    soon = rng.exponential(0.28, count)
    late = 0.5 + rng.exponential(2.6, count)
    reminded = 5.0 + rng.exponential(0.9, count)
    kind = rng.random(count)
    days = np.where(kind < quick, soon, np.where(kind < quick + 0.7 * (1 - quick), late, reminded))
    seconds: Ints = np.maximum(days % 14 * DAY, 40).astype(np.int64)
    return seconds


def answer(
    rng: np.random.Generator, sent: Ints, opinion: Floats, cuts: Floats, *, shares: Floats, quick: float
) -> tuple[Ints, NDArray[np.bool_], Ints]:
    """Instants of answers, whether they came before the data end, and scores counted from 0."""
    responded = sent + delays(rng, len(sent), quick=quick)
    answered = (rng.random(len(sent)) < shares) & (responded < END * DAY)
    score = np.searchsorted(cuts, opinion + rng.normal(size=len(sent)))
    return responded, answered, np.where(answered, score, 0).astype(np.int64)


def _drift(rng: np.random.Generator) -> Floats:
    """Points by which the whole score wanders over the days: slow, and a little from day to day."""
    slow = np.zeros(len(DAYS))
    keep = np.exp(-1 / 90)
    for place in range(1, len(DAYS)):
        slow[place] = keep * slow[place - 1] + 1.6 * np.sqrt(1 - keep**2) * rng.normal()
    return slow + 2.5 * rng.normal(size=len(DAYS))


def relationship_surveys(
    rng: np.random.Generator, people: Population, happy: tuple[str, str], plants: Sequence[Plant]
) -> Answers:
    """NPS surveys: who was asked, who answered and how."""
    customer, due = _ask_days(rng, people)
    day = _convenient(rng, due)
    sent = day * DAY + (9.6 * 3600 + 7.6 * 3600 * rng.beta(1.2, 1.6, len(day))).astype(np.int64)
    keep = (sent > people.joined[customer]) & (sent < people.left[customer]) & (day >= START) & (day < END)
    for plant in plants:
        inside = np.ones(len(sent), dtype=np.bool_)
        if plant.segment is not None:
            column, value = plant.segment
            inside = people.segment[column][customer] == SEGMENTS[column].index(value)
        keep &= ~inside | (rng.random(len(sent)) < combined_factor([plant], "sends", sent))
    order = np.flatnonzero(keep)[np.argsort(sent[keep], kind="stable")]
    sent, customer = sent[order], customer[order]
    points = sum(targets[people.segment[column][customer]] for column, targets in nps_targets(happy).items())
    points = points + _drift(rng)[sent // DAY - START] + combined_shift(plants, "nps", sent)
    shares = np.full(len(sent), _NPS_ANSWERED) * np.where(people.segment["plan"][customer] == 0, 0.93, 1.03)
    responded, answered, score = answer(rng, sent, opinion_of(points), NPS_CUTS, shares=shares, quick=0.5)
    comment = words.nps_comments(rng, words.mood_of(score), answered)
    return Answers(sent, responded, answered, score, customer, comment)


def survey_table(people: Population, nps: Answers, csat: Answers, tickets: NDArray[np.str_]) -> pd.DataFrame:
    """The canonical table `surveys`, as text: a row per survey sent, in the order of sending."""
    parts = [
        survey_rows(people, nps, ("nps", "relationship"), np.full(len(nps.sent), "")),
        survey_rows(people, csat, ("csat", "ticket_solved"), tickets),
    ]
    order = np.argsort(np.concatenate([nps.sent, csat.sent]), kind="stable")
    table = pd.concat(parts).iloc[order].reset_index(drop=True)
    table.insert(0, "survey_id", [f"S{number:06d}" for number in range(1, len(table) + 1)])
    return table.astype("str")


def survey_rows(
    people: Population, answers: Answers, names: tuple[str, str], tickets: NDArray[np.str_]
) -> pd.DataFrame:
    """Surveys of one kind and trigger, without ids."""
    return pd.DataFrame(
        {
            "kind": names[0],
            "sent_at": calendar.instants(answers.sent),
            "responded_at": calendar.instants(answers.responded, missing=~answers.answered),
            "score": np.where(answers.answered, answers.score.astype(np.str_), ""),
            "customer_id": people.ids[answers.customer],
            "ticket_id": tickets,
            "trigger": names[1],
            "comment": answers.comment,
        }
    )


def satisfaction(
    rng: np.random.Generator, sent: Ints, opinion: Floats, customer: Ints, reasons: NDArray[np.str_]
) -> Answers:
    """CSAT surveys after tickets, scores 1 to 5."""
    shares = np.full(len(sent), 0.36)
    responded, answered, score = answer(rng, sent, opinion, CSAT_CUTS, shares=shares, quick=0.7)
    score = np.where(answered, score + 1, 0)
    comment = words.csat_comments(rng, score, answered, reasons)
    return Answers(sent, responded, answered, score, customer, comment)
