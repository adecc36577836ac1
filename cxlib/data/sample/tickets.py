"""Contacts with support: who writes, when, about what and through which channel."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cxlib.data.sample import calendar
from cxlib.data.sample.calendar import DAY, DAYS, Floats, Ints
from cxlib.data.sample.company import Population
from cxlib.data.sample.plants import Plant, combined_factor

__all__ = [
    "CHANNELS",
    "REASONS",
    "SITE",
    "Contacts",
    "contacts",
    "hours",
    "page_urls",
    "pick_from",
    "usual_contacts",
    "without_widget",
]

SITE = "https://www.lanternfold.example"

# reason: (share of contacts, team, page the widget was opened on)
REASONS: dict[str, tuple[float, str, str]] = {
    "account_access": (0.1, "learner_care", "/sign-in"),
    "audio_video": (0.1, "technical", "/rooms/check"),
    "billing": (0.13, "payments", "/account/invoices"),
    "cancellation": (0.07, "learner_care", "/account/plan"),
    "how_to": (0.08, "learner_care", "/help/first-lesson"),
    "lesson_connection": (0.09, "technical", "/rooms/join"),
    "other": (0.05, "learner_care", "/help"),
    "refund": (0.09, "payments", "/help/refunds"),
    "scheduling": (0.13, "tutor_success", "/calendar"),
    "tutor_match": (0.07, "tutor_success", "/search"),
    "tutor_no_show": (0.06, "tutor_success", "/lessons"),
    "whiteboard": (0.03, "technical", "/help/whiteboard"),
}
CHANNELS = ("email", "chat", "phone", "web_widget")
_FIRST_MIX = np.array([0.55, 0.15, 0.12, 0.18])
_LAST_MIX = np.array([0.36, 0.33, 0.06, 0.25])
_TEMPLATES = ("lesson_reminder", "invoice", "plan_renewal", "welcome", "tutor_invitation")
_TEMPLATE_OF = {"scheduling": 0, "billing": 1, "cancellation": 2, "how_to": 3, "tutor_match": 4}
_CONTACTS_A_DAY = 0.0052
_PLAN_WEIGHT = np.array([1.25, 1.0, 0.85])


@dataclass(frozen=True, slots=True)
class Contacts:
    """Tickets as they arrive, in the order of time: parallel arrays."""

    created: Ints
    customer: Ints
    reason: NDArray[np.str_]
    channel: NDArray[np.str_]
    template: NDArray[np.str_]
    initiator: NDArray[np.str_]
    is_spam: NDArray[np.bool_]


def pick_from(rng: np.random.Generator, shares: Floats) -> Ints:
    """One choice a row from shares of shape (rows, choices)."""
    limits = np.cumsum(shares, axis=1)
    above: Ints = (rng.random(len(shares))[:, None] * limits[:, -1:] > limits).sum(axis=1)
    return above


def _acting(plants: Sequence[Plant], reason: str) -> list[Plant]:
    return [plant for plant in plants if plant.contacts != 1.0 and plant.reason in (None, reason)]


def _peaks(plants: Sequence[Plant]) -> Floats:
    """Greatest factor of the plants on each day."""
    edges = [combined_factor(plants, "contacts", DAYS * DAY + hour * 3600) for hour in (0, 9, 12, 18, 23)]
    peak: Floats = np.max(edges, axis=0)
    return peak


def _one_reason(
    rng: np.random.Generator, people: Population, means: Floats, reason: str, plants: Sequence[Plant]
) -> tuple[Ints, Ints]:
    """Instant and customer of the contacts about one reason."""
    acting = _acting(plants, reason)
    peak = _peaks(acting)
    counts = rng.poisson(means * REASONS[reason][0] * peak * rng.gamma(30, 1 / 30, len(DAYS)))
    customer = people.pick(rng, counts)
    created = np.repeat(DAYS, counts) * DAY + hours(rng, int(counts.sum()))
    keep = rng.random(len(created)) * np.repeat(peak, counts) < combined_factor(acting, "contacts", created)
    keep &= created > people.joined[customer]
    return created[keep], customer[keep]


def hours(rng: np.random.Generator, count: int) -> Ints:
    """Seconds after midnight: from morning to late evening, most after school."""
    hours = np.where(rng.random(count) < 0.93, 6.5 + 16.5 * rng.beta(2.3, 1.9, count), 24 * rng.random(count))
    return (hours * 3600).astype(np.int64)


def usual_contacts(people: Population) -> Floats:
    """Contacts to be expected by day, shape (days,), where nothing is planted."""
    weighted = (people.active_counts() * _PLAN_WEIGHT[None, :, None]).sum(axis=(1, 2))
    fewer_over_time = np.linspace(1.1, 0.95, len(DAYS))
    usual: Floats = _CONTACTS_A_DAY * weighted * fewer_over_time * calendar.contact_season(DAYS)
    return usual


def contacts(rng: np.random.Generator, people: Population, plants: Sequence[Plant]) -> Contacts:
    """All tickets of the three years."""
    means = usual_contacts(people) * rng.gamma(90, 1 / 90, len(DAYS))
    parts = [(_one_reason(rng, people, means, reason, plants), reason) for reason in REASONS]
    created = np.concatenate([part[0] for part, _ in parts])
    customer = np.concatenate([part[1] for part, _ in parts])
    reason = np.concatenate([np.full(len(part[0]), name) for part, name in parts])
    order = np.argsort(created, kind="stable")
    created, customer, reason = created[order], customer[order], reason[order]
    channel = _channels(rng, created)
    template = _templates(rng, created, reason, plants)
    channel = np.where(template != "", "email", channel)
    is_agent = (channel == "email") & (template == "") & (rng.random(len(created)) < 0.06)
    is_spam = (channel == "email") & (template == "") & ~is_agent & (rng.random(len(created)) < 0.025)
    return Contacts(
        created, customer, reason, channel, template, np.where(is_agent, "agent", "customer"), is_spam
    )


def without_widget(rng: np.random.Generator, walls: Ints) -> NDArray[np.str_]:
    """Channel of contacts that come from no page: chat or phone by day only."""
    by_day = (walls % DAY >= 7 * 3600) & (walls % DAY < 21 * 3600)
    return np.where(by_day, rng.choice(["chat", "phone", "email"], len(walls), p=[0.45, 0.2, 0.35]), "email")


def _channels(rng: np.random.Generator, created: Ints) -> NDArray[np.str_]:
    """Channel of each contact: e-mail gives way to chat over the years; no chat or phone at night."""
    place = (created / DAY - DAYS[0]) / len(DAYS)
    shares = _FIRST_MIX + place[:, None] * (_LAST_MIX - _FIRST_MIX)
    hour = created % DAY // 3600
    shares[(hour < 7) | (hour >= 21)] *= np.array([1.0, 0.0, 0.0, 1.0])
    return np.array(CHANNELS)[pick_from(rng, shares)]


def _templates(
    rng: np.random.Generator, created: Ints, reason: NDArray[np.str_], plants: Sequence[Plant]
) -> NDArray[np.str_]:
    """E-mail that a contact answers, if any; the excess of a plant's template carries its name."""
    own = np.array([_TEMPLATE_OF.get(name, -1) for name in reason.tolist()])
    has = (own >= 0) & (rng.random(len(created)) < 0.13)
    template = np.where(has, np.array(_TEMPLATES)[np.maximum(own, 0)], "")
    for plant in plants:
        if plant.template is not None:
            factor = combined_factor([plant], "contacts", created)
            excess = (reason == plant.reason) & (rng.random(len(created)) < 1 - 1 / factor)
            template = np.where(excess, plant.template, template)
    return template


def page_urls(rng: np.random.Generator, arrivals: Contacts) -> NDArray[np.str_]:
    """Page that the contact form was opened on, for the web widget only."""
    page = np.array([REASONS[name][2] for name in arrivals.reason.tolist()])
    page = np.where(rng.random(len(page)) < 0.2, "/help", page)
    query = np.array(["", "?ref=mail", "?ref=footer"])[rng.choice(3, len(page), p=[0.8, 0.1, 0.1])]
    url = np.char.add(np.char.add(SITE, page), query)
    return np.where(arrivals.channel == "web_widget", url, "")
