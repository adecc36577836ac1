"""Contacts on top of those drawn first, and the surveys after them, all with ids of their own."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from cxlib.data.sample import conversations
from cxlib.data.sample.annotate import Tables
from cxlib.data.sample.calendar import DAY, DAYS, Floats, Ints, stream
from cxlib.data.sample.company import Population
from cxlib.data.sample.follow_up import satisfaction_surveys
from cxlib.data.sample.plants import Plant
from cxlib.data.sample.surveys import survey_rows
from cxlib.data.sample.ticket_details import lessons, surfaces
from cxlib.data.sample.tickets import REASONS, Contacts, hours, usual_contacts, without_widget

__all__ = ["excess_rows"]

_BEFORE_TICKETS, _BEFORE_MESSAGES = 200_000, 700_000  # far above the numbers drawn first


def excess_rows(seed: int, people: Population, plants: Sequence[Plant]) -> Tables:
    """Rows that the plants add to `tickets`, `messages`, `ticket_events` and `surveys`, in the order of time.

    Parameters
    ----------
    seed : int
        Every plant has a stream of its own.
    people : Population
        Who may write.
    plants : sequence of Plant
        Each with a reason, and with contacts of more than 1.
    """
    arrivals, again = _arrivals(seed, people, plants)
    course = conversations.converse(stream(seed, "excess conversations"), arrivals, (), again=again)
    ids, answers = satisfaction_surveys(stream(seed, "excess csat"), arrivals, course, ())
    surveys = survey_rows(people, answers, ("csat", "ticket_solved"), ids)
    surveys.insert(0, "survey_id", [f"K{number:05d}" for number in range(1, len(surveys) + 1)])
    rng = stream(seed, "excess tickets")
    tickets = conversations.tickets_table(rng, people, arrivals, course)
    surface = surfaces(rng, arrivals)
    rows = {
        "tickets": tickets.assign(surface=surface, lesson_id=lessons(rng, arrivals, surface)),
        "messages": conversations.messages_table(course),
        "ticket_events": conversations.events_table(course),
        "surveys": surveys,
    }
    for name, table in rows.items():
        rows[name] = table.assign(ticket_id=_renumbered(table["ticket_id"], _BEFORE_TICKETS))
    numbers = _renumbered(rows["messages"]["message_id"], _BEFORE_MESSAGES)
    rows["messages"] = rows["messages"].assign(message_id=numbers)
    return rows


def _renumbered(ids: "pd.Series[str]", before: int) -> list[str]:
    return [f"{text[0]}{before + int(text[1:]):06d}" for text in ids.tolist()]


def _arrivals(seed: int, people: Population, plants: Sequence[Plant]) -> tuple[Contacts, Floats]:
    """Contacts of all plants, and the chance that each takes one more reply."""
    parts = [_of_plant(stream(seed, f"excess {plant.name}"), people, plant) for plant in plants]
    created = np.concatenate([part[0] for part in parts])
    order = np.argsort(created, kind="stable")
    sizes = [len(part[0]) for part in parts]
    reason = np.repeat([plant.reason or "other" for plant in plants], sizes)[order]
    again = np.repeat([plant.turns or conversations.AGAIN for plant in plants], sizes)[order]
    channel = without_widget(stream(seed, "excess channels"), created[order])
    nothing = np.full(len(order), "", dtype="<U1")
    arrivals = Contacts(
        created[order],
        np.concatenate([part[1] for part in parts])[order],
        reason,
        channel,
        nothing,
        np.full(len(order), "customer"),
        np.zeros(len(order), dtype=np.bool_),
    )
    return arrivals, again


def _of_plant(rng: np.random.Generator, people: Population, plant: Plant) -> tuple[Ints, Ints]:
    """Instant and customer of the contacts that one plant causes."""
    inside = people.is_in(plant.segment)
    share = inside.mean() if plant.segment is not None else 1.0
    usual = usual_contacts(people) * REASONS[plant.reason or "other"][0] * share
    acts = (plant.start // DAY <= DAYS) & (plant.end // DAY + plant.recovery_days >= DAYS)
    counts = rng.poisson(usual * (plant.contacts - 1.0) * acts * rng.gamma(30, 1 / 30, len(DAYS)))
    customer = people.pick(rng, counts, segment=plant.segment)
    created = np.repeat(DAYS, counts) * DAY + hours(rng, int(counts.sum()))
    keep = rng.random(len(created)) < plant.strength(created)
    keep &= created > people.joined[customer]
    return created[keep], customer[keep]
