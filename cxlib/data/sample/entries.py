"""A row of the change log before it has an id."""

from dataclasses import dataclass
from typing import Literal

__all__ = ["Entry", "Kind"]

Kind = Literal["release", "flag", "config", "content", "campaign", "outage", "definition"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One change as its author wrote it; instants are local wall seconds, `tag` names it among the plants.

    `series` is the letter of its ids, where they do not count on by kind.
    """

    at: int
    title: str
    description: str
    component: str = ""
    kind: Kind = "release"
    scope: str = ""
    rollout_end_at: int | None = None
    reverted_at: int | None = None
    tag: str = ""
    series: str = ""
