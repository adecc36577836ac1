"""How changes are written down: the innocent ones, the guilty one, and what is put beside it."""

from dataclasses import dataclass, field

import numpy as np
from attribution.cause import Cause
from attribution.company import Company

VAGUE = (
    "Small fixes",
    "Follow-up to last week",
    "Internal cleanup",
    "Dependencies of {component}",
    "{component}: maintenance",
    "{component} refactoring, part 2",
    "Second try",
    "Adjust defaults in {component}",
)
TRAIN = (2, 3, 4, 5)
"""How many changes more a release train carries, each as likely."""

NEAR = (1, 2, 3)
"""Days from the innocent, well-worded change to the guilty one, each as likely."""


@dataclass(frozen=True)
class Style:
    """How entries of one role are written."""

    kinds: dict[str, float]
    owned: float | None
    vague: float
    scoped: float
    scope_right: float


KINDS = {"release": 0.55, "flag": 0.14, "config": 0.13, "content": 0.09, "campaign": 0.05, "outage": 0.04}
GUILTY_KINDS = {"release": 0.62, "flag": 0.2, "config": 0.18}
STYLES = {
    "innocent": Style(KINDS, owned=None, vague=0.25, scoped=0.12, scope_right=0.0),
    "guilty": Style(GUILTY_KINDS, owned=0.6, vague=0.45, scoped=0.1, scope_right=0.2),
    "incident": Style({"outage": 1.0}, owned=0.75, vague=0.0, scoped=0.1, scope_right=0.2),
    "decoy": Style(GUILTY_KINDS, owned=1.0, vague=0.0, scoped=0.1, scope_right=0.3),
}
"""Without `owned` every component is as likely; else the owner is, and what names nothing is the rest."""


@dataclass(frozen=True)
class Entry:
    """One logged change; `scope` is the segment value its title names."""

    day: int
    minute: int
    component: str
    kind: str
    title: str
    vague: bool
    scope: str | None
    change_id: str = field(default="")


def owners(company: Company, reason: int | None) -> tuple[str, ...]:
    """Components that own a reason, or the choice of whom to ask."""
    words = company.words
    return words.audience if reason is None else (words.owner[words.reasons[reason]],)


def right_scopes(company: Company, segment: int) -> tuple[str, ...]:
    """Values that a title may name to hit the segment."""
    named = company.segment(segment)
    return tuple(named.values()) if named else ()


def draw_entry(
    rng: np.random.Generator, company: Company, day: int, style: Style, *, reason: int | None, segment: int
) -> Entry:
    """Write one change down."""
    words = company.words
    kind = str(rng.choice(list(style.kinds), p=list(style.kinds.values())))
    if style.owned is None:
        component = str(rng.choice(list(words.titles)))
    else:
        component = str(rng.choice(owners(company, reason) if rng.random() < style.owned else words.generic))
    vague = bool(rng.random() < style.vague)
    title = str(rng.choice(VAGUE if vague else words.titles[component])).format(component=component)
    if kind == "outage":
        vague, title = False, f"Incident: {rng.choice(['errors', 'slow answers', 'restarts'])} in {component}"
    right = right_scopes(company, segment)
    scope = None
    if right and rng.random() < style.scope_right:
        scope = str(rng.choice(right))
    elif rng.random() < style.scoped:
        scope = str(rng.choice([*company.tiers, *company.areas]))
    if scope is not None:
        title += f" ({scope})"
    return Entry(day, int(rng.integers(0, 180)), component, kind, title, vague, scope)


def draw_log(rng: np.random.Generator, company: Company, cause: Cause) -> tuple[list[Entry], str | None]:
    """Draw the whole log, sorted by instant, and the id of the guilty change."""
    entries: list[Entry] = []

    def write(role: str, day: int, *, times: int = 1) -> None:
        told = {"reason": cause.reason, "segment": cause.segment}
        if role == "innocent":
            told = {"reason": None, "segment": 0}
        entries.extend(draw_entry(rng, company, day, STYLES[role], **told) for _ in range(times))

    for day, (mean, train) in enumerate(zip(company.mean_changes(), company.train_chance(), strict=True)):
        extra = int(rng.choice(TRAIN)) if rng.random() < train else 0
        write("innocent", day, times=int(rng.poisson(mean)) + extra)
    guilty = None
    if cause.release is not None:
        write("incident" if cause.family == "outage" else "guilty", cause.release)
        guilty = entries[-1]
        if cause.family == "same_day_train":
            write("innocent", cause.release, times=int(rng.choice(TRAIN)))
        if cause.family == "near_miss":
            write("decoy", cause.release - int(rng.choice(NEAR)))
    return _numbered(rng, company, entries, guilty)


def _numbered(
    rng: np.random.Generator, company: Company, entries: list[Entry], guilty: Entry | None
) -> tuple[list[Entry], str | None]:
    """Ids rise with time, with gaps, but for what was written down in another order."""
    order = sorted(range(len(entries)), key=lambda row: (entries[row].day, entries[row].minute))
    numbers = np.cumsum(rng.integers(1, 9, len(entries))) + int(rng.integers(100, 3000))
    swap = rng.random(len(numbers)) < 0.1
    numbers[swap] = rng.permutation(numbers[swap])
    named, guilty_id = [], None
    for row, number in zip(order, numbers, strict=True):
        entry = entries[row]
        change_id = f"{company.words.prefix}-{number}"
        named.append(Entry(**{**entry.__dict__, "change_id": change_id}))
        if entry is guilty:
            guilty_id = change_id
    return named, guilty_id
