"""Which day, segment, component and words are planted: fixed for the default seed, else drawn anew."""

from dataclasses import dataclass

import numpy as np

from cxlib.data.sample.calendar import DAY, day_of, holiday, stream, wall, weekday
from cxlib.data.sample.company import SEGMENTS
from cxlib.data.sample.entries import Entry, Kind
from cxlib.data.sample.log_words import BLAND, DECOYS

__all__ = ["DEFAULT_SEED", "Scenario", "scenario_of"]

DEFAULT_SEED = 2020


@dataclass(frozen=True, slots=True)
class Scenario:
    """What differs between one re-seeded company and the next.

    Parameters
    ----------
    seed : int
        Of the noise as well.
    happy : tuple of str
        Column and value of the segment that scores highest, and that the guilty change drops.
    guilty_at, fix_at : int
        Local wall seconds of the guilty change and of its mend.
    component : str
        Of both.
    guilty_words, fix_words : tuple of str
        Title and description.
    number : int or None
        The guilty release's number; None: releases count on from `first_number`.
    first_number : int
        Of the releases in the log, where `number` is None.
    outage_at, slow_at, template_at, understaffed_at : int
        When the other truths begin.
    decoys : tuple of Entry
        Innocent changes close to the guilty one.
    draw : int
        Which draw of the survey answers. The default company uses one in which chance alone moved the score
        within the segments by about a point, as the story is told; for other seeds it is as it falls.
    """

    seed: int
    happy: tuple[str, str]
    guilty_at: int
    fix_at: int
    component: str
    guilty_words: tuple[str, str]
    fix_words: tuple[str, str]
    number: int | None
    first_number: int
    outage_at: int
    slow_at: int
    template_at: int
    understaffed_at: int
    decoys: tuple[Entry, ...]
    draw: int = 0


def scenario_of(seed: int) -> Scenario:
    """The scenario of a seed."""
    return _told() if seed == DEFAULT_SEED else _drawn(seed)


def _told() -> Scenario:
    """The story as it is told: 4 February 2020, plan term, R-118."""
    component, guilty, mend = BLAND[0]
    near = wall("2020-02-04 09:24") // DAY
    return Scenario(
        seed=DEFAULT_SEED,
        happy=("plan", "term"),
        guilty_at=wall("2020-02-04 09:24"),
        fix_at=wall("2020-02-25 14:10"),
        component=component,
        guilty_words=guilty,
        fix_words=mend,
        number=118,
        first_number=0,
        outage_at=wall("2019-10-15 08:20"),
        slow_at=wall("2018-09-03 00:00"),
        template_at=wall("2019-03-12 10:05"),
        understaffed_at=wall("2019-07-08 00:00"),  # between releases of 2 and 16 July
        decoys=tuple(_decoy(near, index, index) for index in range(len(DECOYS))),
        draw=1714,
    )


def _decoy(day: int, slot: int, words: int) -> Entry:
    """Decoy number `words` at the time of the decoy `slot`; on the guilty day itself it comes later."""
    offset, minute = DECOYS[slot][:2]
    component, kind, title, description, scope = DECOYS[words][2:]
    return Entry(
        (day + offset) * DAY + minute * 60,
        title,
        description,
        component=component,
        kind=kind,
        scope=scope,
        tag="decoy",
    )


def _drawn(seed: int) -> Scenario:
    """Another day, segment, component, number and other words; mend and decoys at the same distances."""
    rng = stream(seed, "scenario")
    days = np.arange(day_of("2019-11-04"), day_of("2020-04-25"))
    # Not on weekends, nor while sends rest over Thanksgiving and the end of the year.
    quiet = np.array([holiday(np.arange(day - 7, day + 8)).min() < 1 for day in days])
    day = int(rng.choice(days[(weekday(days) < 5) & ~quiet]))
    column = str(rng.choice(list(SEGMENTS)))
    component, guilty, mend = BLAND[int(rng.integers(len(BLAND)))]
    minute = int(rng.integers(8 * 60 + 20, 9 * 60 + 40))
    order = _shuffled(rng)
    return Scenario(
        seed=seed,
        happy=(column, str(rng.choice(SEGMENTS[column]))),
        guilty_at=day * DAY + minute * 60,
        fix_at=(day + 21) * DAY + int(rng.integers(13 * 60, 16 * 60)) * 60,
        component=component,
        guilty_words=guilty,
        fix_words=mend,
        number=None,
        first_number=int(rng.integers(3, 90)),
        outage_at=day_of("2019-09-10") * DAY + int(rng.integers(40)) * DAY + 8 * 3600,
        slow_at=day_of("2018-03-01") * DAY + int(rng.integers(240)) * DAY,
        template_at=day_of("2019-01-15") * DAY + int(rng.integers(150)) * DAY + 10 * 3600,
        # In the summer, when of all truths no other acts.
        understaffed_at=(day_of("2019-07-12") + int(stream(seed, "understaffed").integers(9))) * DAY,
        decoys=tuple(_decoy(day, slot, words) for slot, words in enumerate(order)),
    )


def _shuffled(rng: np.random.Generator) -> list[int]:
    """Words of the decoys dealt anew to their places in time, releases among releases."""
    kinds: list[Kind] = [decoy[3] for decoy in DECOYS]
    order = list(range(len(DECOYS)))
    for kind in sorted(set(kinds)):
        places = [place for place, own in enumerate(kinds) if own == kind]
        dealt = [places[int(i)] for i in rng.permutation(len(places))]
        for place, words in zip(places, dealt, strict=True):
            order[place] = words
    return order
