"""What is planted: each truth one small function, listed in `PLANTS`.

A plant says from when to when it acts, on which segment and reason, and how strongly on each stream; the
parts of the company ask `combined_factor` and `combined_shift`, and know no plant by name.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from cxlib.data.sample.calendar import DAY, Floats, Ints, wall
from cxlib.data.sample.entries import Entry
from cxlib.data.sample.scenario import Scenario

__all__ = ["PLANTS", "Plant", "combined_factor", "combined_shift", "plant_all"]

Mechanism = Literal["audience", "service", "exogenous"]


@dataclass(frozen=True, slots=True)
class Plant:
    """One planted truth.

    Parameters
    ----------
    name, says : str
        Name in truth.json, and the sentence that explains it.
    mechanism : Mechanism
        Who or what is counted, the service itself, or something outside that no log holds.
    start, end : int
        Local wall seconds, half-open: full strength between them.
    ramp_days, recovery_days : float
        Days of linear rise from `start`, and of linear return from `end`.
    segment : tuple of str or None
        Column and value it is bound to; None: everyone.
    reason, template : str or None
        Contact reason and e-mail template it acts on; None: all.
    sends, contacts, reply_time : float
        Factors at full strength on survey sends, tickets and time to reply.
    nps, csat : float
        Points added to NPS, and standard deviations to a satisfaction, at full strength.
    cost : float
        Factor at full strength on what freelancers cost.
    repeats : float
        Share of the customers kept waiting for hours who write again.
    turns : float
        Chance that a contact it causes takes one more reply, after each reply; 0: as any other contact.
    answers : float
        Share of the e-mails about its reason that answer its template.
    pages : tuple of str
        Help pages it acts on.
    puzzled : tuple of float
        Shares of the contacts about a page's reason that come from that page: those that take several
        replies, and those that take one.
    entries : tuple of Entry
        Rows of the log that belong to it; the first is the cause.
    innocents : tuple of Entry
        Rows of the log planted near it that did nothing.
    """

    name: str
    says: str
    mechanism: Mechanism
    start: int
    end: int
    ramp_days: float = 0.0
    recovery_days: float = 0.0
    segment: tuple[str, str] | None = None
    reason: str | None = None
    template: str | None = None
    sends: float = 1.0
    contacts: float = 1.0
    reply_time: float = 1.0
    nps: float = 0.0
    csat: float = 0.0
    cost: float = 1.0
    repeats: float = 0.0
    turns: float = 0.0
    answers: float = 0.0
    pages: tuple[str, ...] = ()
    puzzled: tuple[float, float] = (0.0, 0.0)
    entries: tuple[Entry, ...] = ()
    innocents: tuple[Entry, ...] = ()

    def strength(self, walls: Ints) -> Floats:
        """Strength in 0..1 at local wall seconds."""
        rise = np.ones(len(walls)) if not self.ramp_days else (walls - self.start) / (self.ramp_days * DAY)
        back = (walls - self.end) / (self.recovery_days * DAY) if self.recovery_days else walls >= self.end
        fall = 1.0 - np.clip(np.asarray(back, dtype=np.float64), 0.0, 1.0)
        return np.where(walls < self.start, 0.0, np.minimum(np.clip(rise, 0.0, 1.0), fall))


def combined_factor(
    plants: Iterable[Plant], stream: Literal["sends", "contacts", "reply_time", "cost"], walls: Ints
) -> Floats:
    """Product of the plants' factors on one stream."""
    product = np.ones(len(walls))
    for plant in plants:
        size: float = getattr(plant, stream)
        product *= 1.0 + (size - 1.0) * plant.strength(walls)
    return product


def combined_shift(plants: Iterable[Plant], score: Literal["nps", "csat"], walls: Ints) -> Floats:
    """Sum of the plants' shifts of one score."""
    total = np.zeros(len(walls))
    for plant in plants:
        size: float = getattr(plant, score)
        total += size * plant.strength(walls)
    return total


def audience_collapse(scenario: Scenario) -> Plant:
    """A minor change to how customers are grouped: the happiest segment is hardly asked any more."""
    guilty = Entry(scenario.guilty_at, *scenario.guilty_words, component=scenario.component, tag="guilty")
    mend = Entry(scenario.fix_at, *scenario.fix_words, component=scenario.component, tag="fix")
    return Plant(
        "audience_collapse",
        "The happiest segment is hardly sent NPS surveys: the score falls, the service is as before.",
        "audience",
        scenario.guilty_at,
        scenario.fix_at,
        recovery_days=7.0,
        segment=scenario.happy,
        sends=0.04,
        entries=(guilty, mend),
        innocents=scenario.decoys,
    )


def video_outage(scenario: Scenario) -> Plant:
    """Two days on which many lessons could not be joined."""
    start = scenario.outage_at
    end = start + 2 * DAY - 3 * 3600
    entry = Entry(
        start,
        "Lesson rooms unreachable for many learners",
        "Media relays lost capacity after a provider fault; joining failed on and off for two days.",
        component="lesson-room",
        kind="outage",
        reverted_at=end,
        tag="outage",
    )
    return Plant(
        "video_outage",
        "Lessons cannot be joined for two days: contacts about connections rise, CSAT and NPS dip.",
        "service",
        start,
        end,
        recovery_days=1.0,
        reason="lesson_connection",
        contacts=7.0,
        nps=-22.0,
        csat=-1.5,
        entries=(entry,),
    )


def slow_replies(scenario: Scenario) -> Plant:
    """A month of slow replies: too few agents when the school year began."""
    return Plant(
        "slow_replies",
        "First replies take about three times as long for a month; no change was made.",
        "exogenous",
        scenario.slow_at,
        scenario.slow_at + 28 * DAY,
        ramp_days=3.0,
        recovery_days=4.0,
        reply_time=3.0,
    )


def bad_template(scenario: Scenario) -> Plant:
    """A rewritten e-mail that makes learners ask when their lesson is."""
    start = scenario.template_at
    end = start + 27 * DAY + 5400
    entry = Entry(
        start,
        "Rewrite the lesson reminder e-mail",
        "Shorter text; times are shown in the tutor's zone.",
        component="notifications",
        kind="content",
        reverted_at=end,
        tag="template",
    )
    return Plant(
        "bad_email_template",
        "A rewritten reminder e-mail makes learners write about the time of their lesson.",
        "service",
        start,
        end,
        reason="scheduling",
        template="lesson_reminder",
        contacts=2.6,
        entries=(entry,),
    )


def learning_at_home(_: Scenario) -> Plant:
    """Schools close in spring 2020: more lessons and more contacts, in no log of ours."""
    return Plant(
        "learning_at_home",
        "Schools close: learners join faster, take more lessons and write more often.",
        "exogenous",
        wall("2020-03-14 00:00"),
        wall("2020-04-20 00:00"),
        ramp_days=12.0,
        recovery_days=60.0,
        contacts=1.35,
    )


PLANTS: tuple[Callable[[Scenario], Plant], ...] = (
    audience_collapse,
    video_outage,
    slow_replies,
    bad_template,
    learning_at_home,
)


def plant_all(scenario: Scenario) -> tuple[Plant, ...]:
    """Every planted truth of a scenario."""
    return tuple(plant(scenario) for plant in PLANTS)
