"""The learners' group: what the company posts there each week, what others write, and who gets an answer."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlib.data.sample import calendar
from cxlib.data.sample.calendar import DAY, END, START, Floats, Ints

__all__ = ["posts_table"]

_POSTS_A_WEEK = (0.05, 0.08, 0.45, 0.36, 0.06)  # none to four
_COMMENTS = 2.1  # by others under a post
_MESSAGES_A_DAY = 0.85
_ANSWERED = 0.93
_LATE = 0.17  # of the answers come after more than a day
_NONE = -1


@dataclass(frozen=True, slots=True)
class _Lines:
    """Posts of one sort: `under` is the place of the post replied to among all lines, or -1."""

    posted: Ints
    under: Ints
    channel: NDArray[np.str_]
    kind: NDArray[np.str_]
    role: str
    needs_reply: NDArray[np.bool_]


def _own(rng: np.random.Generator) -> _Lines:
    """Own posts: two or three in most weeks, none around the turn of the year."""
    mondays = np.arange(START - calendar.weekday(np.array([START]))[0], END, 7)
    counts = rng.choice(5, len(mondays), p=_POSTS_A_WEEK)
    counts = np.where(calendar.holiday(mondays + 2) < 0.7, 0, counts)
    days = [
        monday + np.sort(rng.choice(5, count, replace=False))
        for monday, count in zip(mondays, counts, strict=True)
    ]
    day = np.concatenate(days).astype(np.int64)
    day = day[(day >= START) & (day < END)]
    at = day * DAY + rng.integers(9 * 3600, 17 * 3600, len(day))
    none, nobody = np.full(len(day), _NONE), np.zeros(len(day), dtype=np.bool_)
    return _Lines(at, none, np.full(len(day), "facebook_group"), np.full(len(day), "post"), "own", nobody)


def _comments(rng: np.random.Generator, own: _Lines) -> _Lines:
    """Comments under own posts, fewer than half of which ask something."""
    under = np.repeat(np.arange(len(own.posted)), rng.poisson(_COMMENTS, len(own.posted)))
    at = own.posted[under] + (rng.exponential(20, len(under)) * 3600).astype(np.int64) + 90
    asks = rng.random(len(under)) < 0.45
    return _Lines(at, under, own.channel[under], np.full(len(under), "comment"), "customer", asks)


def _messages(rng: np.random.Generator) -> _Lines:
    """Messages sent to the company; a few are spam."""
    count = int(rng.poisson(_MESSAGES_A_DAY * (END - START)))
    at = np.sort(rng.integers(START, END, count)) * DAY + rng.integers(8 * 3600, 23 * 3600, count)
    is_spam = rng.random(count) < 0.05
    channel = rng.choice(["facebook_group", "instagram"], count, p=[0.6, 0.4])
    needs = ~is_spam & (rng.random(count) < 0.88)
    kind = np.where(is_spam, "spam", "message")
    return _Lines(at, np.full(count, _NONE), channel, kind, "customer", needs)


def _asides(rng: np.random.Generator, comments: _Lines, first: int) -> _Lines:
    """Replies of one learner to another: nobody waits for us."""
    under = np.flatnonzero(rng.random(len(comments.posted)) < 0.15)
    at = comments.posted[under] + (rng.exponential(6, len(under)) * 3600).astype(np.int64) + 60
    kind, nobody = np.full(len(under), "comment"), np.zeros(len(under), dtype=np.bool_)
    return _Lines(at, first + under, comments.channel[under], kind, "customer", nobody)


def _answers(rng: np.random.Generator, asked: _Lines, first: int) -> _Lines:
    """Our answers: most within the day, some later, some never."""
    under = np.flatnonzero(asked.needs_reply & (rng.random(len(asked.posted)) < _ANSWERED))
    soon = np.minimum(rng.exponential(6.5, len(under)), 23.5)
    late = 24.5 + rng.exponential(22, len(under))
    hours: Floats = np.where(rng.random(len(under)) < _LATE, late, soon)
    at = asked.posted[under] + (hours * 3600).astype(np.int64) + 45
    kind = np.where(asked.kind[under] == "message", "message", "comment")
    nobody = np.zeros(len(under), dtype=np.bool_)
    return _Lines(at, first + under, asked.channel[under], kind, "own", nobody)


def posts_table(rng: np.random.Generator) -> pd.DataFrame:
    """The canonical table `posts`, as text, in the order of time."""
    own = _own(rng)
    comments, messages = _comments(rng, own), _messages(rng)
    after_own = len(own.posted)
    after_comments = after_own + len(comments.posted)
    parts = [own, comments, messages, _asides(rng, comments, after_own)]
    parts += [_answers(rng, comments, after_own), _answers(rng, messages, after_comments)]
    at = np.concatenate([part.posted for part in parts])
    under = np.concatenate([part.under for part in parts])
    order = np.argsort(at, kind="stable")
    order = order[at[order] < END * DAY]
    ids = np.full(len(at) + 1, "", dtype="<U6")  # the last one is what -1 points at
    ids[order] = [f"B{number:05d}" for number in range(1, len(order) + 1)]
    table = pd.DataFrame(
        {
            "post_id": ids[order],
            "posted_at": calendar.instants(at[order]),
            "channel": np.concatenate([part.channel for part in parts])[order],
            "kind": np.concatenate([part.kind for part in parts])[order],
            "author_role": np.concatenate([np.full(len(part.posted), part.role) for part in parts])[order],
            "in_reply_to": ids[under[order]],
            "needs_reply": np.where(
                np.concatenate([part.needs_reply for part in parts])[order], "true", "false"
            ),
        }
    )
    return table.astype("str")
