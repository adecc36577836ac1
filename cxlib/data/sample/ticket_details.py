"""What more is known of tickets: where and in which lesson, merged into which, what became of some of them.

Every detail is drawn apart from the rest and told by the ticket's place, so that tickets, messages and events
drawn before stay what they were.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cxlib.data.sample import calendar
from cxlib.data.sample.calendar import DAY, END, START, Ints
from cxlib.data.sample.conversations import Course, human_replies
from cxlib.data.sample.outbound import RARE_DAYS, RARE_TEMPLATE, SPELLINGS
from cxlib.data.sample.plants import Plant
from cxlib.data.sample.tickets import REASONS, SITE, Contacts

__all__ = ["ISSUES", "URGENT", "Details", "details_of", "lessons", "surfaces"]

ISSUES = ("audio_video", "lesson_connection", "tutor_no_show", "whiteboard")
URGENT = ("account_access", "lesson_connection", "tutor_no_show")

_IN_LESSON, _SAME_LESSON = 0.86, 0.07
_MERGED, _MERGE_GAP = 0.7, 3 * DAY
_TEST, _DELETED = 0.12, 0.2  # of what was taken for spam
_BOT_FROM, _BOT_SHARE = calendar.wall("2018-11-05 00:00"), 0.16
_BOT_REASONS = ("account_access", "how_to", "other")
_SILENT = 0.006
_HELD, _HELD_REASONS = 0.3, ("refund", "billing")
_RARE = 2  # tickets that answer the rarest e-mail, each time it is sent
_SPELLED = 0.14

Texts = NDArray[np.str_]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Details:
    """By place of the ticket.

    Parameters
    ----------
    surface, lesson_id, template, page_url : array of str
        Columns of `tickets`; blank where nothing is known.
    merged_into : array of int
        Place of the surviving ticket, or -1.
    discarded : array of str
        deleted or test, where it was no spam after all; blank for all others.
    by_bot, silent, held : array of bool
        Answered by the bot alone; solved without any answer; waiting for somebody else while pending.
    """

    surface: Texts
    lesson_id: Texts
    template: Texts
    page_url: Texts
    merged_into: Ints
    discarded: Texts
    by_bot: Flags
    silent: Flags
    held: Flags


def details_of(
    rng: np.random.Generator, arrivals: Contacts, course: Course, plants: Iterable[Plant], urls: Texts
) -> Details:
    """Draw the details of all tickets; `urls` are their pages as drawn before."""
    care = tuple(plants)
    count = len(arrivals.created)
    surface = surfaces(rng, arrivals)
    replies = human_replies(course)
    alone = (replies == 1) & (course.reopens == 0) & ~arrivals.is_spam & (arrivals.initiator == "customer")
    alone &= course.solved < END * DAY
    lesson_id = lessons(rng, arrivals, surface)
    merged = _merges(rng, arrivals, course)
    luck = rng.random(count)
    discarded = np.where(luck < _TEST, "test", np.where(luck < _TEST + _DELETED, "deleted", ""))
    by_bot = alone & (arrivals.channel == "chat") & (arrivals.created >= _BOT_FROM)
    by_bot &= np.isin(arrivals.reason, _BOT_REASONS) & (rng.random(count) < _BOT_SHARE)
    silent = alone & (arrivals.channel != "chat") & (rng.random(count) < _SILENT) & (merged < 0)
    held = np.isin(arrivals.reason, _HELD_REASONS) & (rng.random(count) < _HELD)
    return Details(
        surface,
        lesson_id,
        _templates(rng, arrivals, care),
        _spelled(rng, _pages(rng, arrivals, replies, care, urls)),
        merged,
        np.where(arrivals.is_spam, discarded, ""),
        by_bot,
        silent,
        held,
    )


def surfaces(rng: np.random.Generator, arrivals: Contacts) -> Texts:
    """Where it happened: in a lesson for most trouble with lessons, else on the site or in the app."""
    count = len(arrivals.created)
    in_lesson = np.isin(arrivals.reason, ISSUES) & (rng.random(count) < _IN_LESSON)
    elsewhere = np.where((arrivals.channel == "web_widget") | (rng.random(count) < 0.55), "site", "app")
    return np.where(in_lesson, "lesson", elsewhere)


def lessons(rng: np.random.Generator, arrivals: Contacts, surface: Texts) -> Texts:
    """The lesson reported; two people of one lesson may both report it."""
    place = np.flatnonzero(surface == "lesson")
    day = arrivals.created[place] // DAY
    number = (day - START) * 1000 + rng.integers(1000, size=len(place))
    same = np.flatnonzero((rng.random(len(place)) < _SAME_LESSON) & (np.diff(day, prepend=0) == 0))
    number[same] = number[same - 1]
    lesson = np.full(len(surface), "", dtype="<U9")
    lesson[place] = [f"N{value:07d}" for value in number.tolist()]
    return lesson


def _merges(rng: np.random.Generator, arrivals: Contacts, course: Course) -> Ints:
    """Tickets about the same, soon after another of the customer, most of which agents join to it."""
    real = np.flatnonzero(~arrivals.is_spam & (arrivals.initiator == "customer"))
    reason = np.unique(arrivals.reason, return_inverse=True)[1]
    order = real[np.lexsort((arrivals.created[real], reason[real], arrivals.customer[real]))]
    before, after = order[:-1], order[1:]
    near = (arrivals.customer[before] == arrivals.customer[after]) & (reason[before] == reason[after])
    near &= (arrivals.created[after] - arrivals.created[before] < _MERGE_GAP) & (
        course.solved[after] < END * DAY
    )
    merged = np.full(len(reason), -1, dtype=np.int64)
    into = near & (rng.random(len(near)) < _MERGED)
    into[1:] &= ~into[:-1]  # the surviving ticket is not merged itself
    merged[after[into]] = before[into]
    return merged


def _templates(rng: np.random.Generator, arrivals: Contacts, plants: Iterable[Plant]) -> Texts:
    """The e-mail answered: more of them where a plant says so, and a few that answer the rarest one."""
    template = arrivals.template.astype("<U20")
    free = (arrivals.channel == "email") & (template == "") & ~arrivals.is_spam
    free &= arrivals.initiator == "customer"
    for plant in plants:
        if plant.answers and plant.template is not None:
            answers = free & (arrivals.reason == plant.reason)
            template[answers & (rng.random(len(free)) < plant.answers)] = plant.template
    for day in RARE_DAYS:
        bills = np.flatnonzero((arrivals.created >= day * DAY) & free & (arrivals.reason == "billing"))
        template[bills[:_RARE]] = RARE_TEMPLATE
    return template


def _pages(
    rng: np.random.Generator, arrivals: Contacts, replies: Ints, plants: Iterable[Plant], urls: Texts
) -> Texts:
    """Pages of the plants for many contacts that took several replies, and for few of the others."""
    pages = urls.astype("<U110")
    for plant in plants:
        for page in plant.pages:
            reason = next(name for name, (_, _, own) in REASONS.items() if own == page)
            about = (arrivals.reason == reason) & (arrivals.channel == "web_widget")
            share = np.where(replies > 1, plant.puzzled[0], plant.puzzled[1])
            from_it = rng.random(len(about)) < share
            pages[about] = np.where(from_it, SITE + page, SITE + "/help")[about]
    return pages


def _spelled(rng: np.random.Generator, urls: Texts) -> Texts:
    """URLs as browsers send them: with ids, and some with marks of where the visitor came from."""
    parts = np.char.partition(urls, "?")
    page, query = parts[:, 0], np.char.add(parts[:, 1], parts[:, 2])
    numbers = rng.integers(10_000, 99_999, len(urls)).astype(np.str_)
    has_id = (page == SITE + "/lessons") | (
        (page == SITE + "/account/invoices") & (rng.random(len(urls)) < 0.5)
    )
    page = np.where(has_id, np.char.add(np.char.add(page, "/"), numbers), page)
    spelled = np.char.add(page, query).astype("<U140")
    which = rng.integers(len(SPELLINGS), size=len(urls))
    plain = (page != "") & (query == "") & (rng.random(len(urls)) < _SPELLED)
    for place in np.flatnonzero(plain).tolist():
        spelled[place] = SPELLINGS[which[place]].format(path=str(page[place]).removeprefix(SITE))
    return spelled
