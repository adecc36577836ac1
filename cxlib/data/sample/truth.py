"""truth.json: what is planted, and how large it came out in this draw."""

from collections.abc import Sequence

import numpy as np

from cxlib.data.sample import calendar
from cxlib.data.sample.calendar import DAY, END, START, ZONE, Ints
from cxlib.data.sample.company import NAME, SEGMENTS, Population
from cxlib.data.sample.dirt import Dirt
from cxlib.data.sample.entries import Entry
from cxlib.data.sample.log import Log
from cxlib.data.sample.plants import Plant
from cxlib.data.sample.scenario import Scenario
from cxlib.data.sample.surveys import Answers
from cxlib.data.sample.tickets import Contacts

__all__ = ["planted", "seen_by_customers", "tell"]

Windows = tuple[tuple[int, int], tuple[int, int]]  # before and after, half-open days
_HISTORY_DAYS = 28


def _iso(day: int) -> str:
    return str(np.datetime64(day, "D"))


def _month(day: int) -> tuple[int, int]:
    """First day of a day's month, and of the next."""
    first = np.datetime64(day, "D").astype("datetime64[M]")
    return int(first.astype("datetime64[D]").astype(int)), int(
        (first + 1).astype("datetime64[D]").astype(int)
    )


def _split(people: Population, nps: Answers, column: str, windows: Windows) -> dict[str, object]:
    """NPS of two windows by day of answer, and how far audience and service explain their difference."""
    value = np.where(nps.score >= 9, 100.0, np.where(nps.score <= 6, -100.0, 0.0))
    day, segment = nps.responded // DAY, people.segment[column][nps.customer]
    shares, means, totals = [], [], []
    for start, end in windows:
        inside = nps.answered & (day >= start) & (day < end)
        groups = [value[inside & (segment == place)] for place in range(len(SEGMENTS[column]))]
        shares.append(np.array([len(group) for group in groups]) / inside.sum())
        means.append(np.array([group.mean() if len(group) else np.nan for group in groups]))
        totals.append((int(inside.sum()), float(value[inside].mean())))
    means = [np.where(np.isnan(own), other, own) for own, other in zip(means, means[::-1], strict=True)]
    mix = float(((shares[1] - shares[0]) * (means[0] + means[1]) / 2).sum())
    within = float(((shares[0] + shares[1]) / 2 * (means[1] - means[0])).sum())
    return {
        "before": [_iso(edge) for edge in windows[0]],
        "after": [_iso(edge) for edge in windows[1]],
        "answers": [totals[0][0], totals[1][0]],
        "nps": [round(totals[0][1], 2), round(totals[1][1], 2)],
        "mix": round(mix, 2),
        "within": round(within, 2),
    }


def _rate(walls: Ints, days: tuple[int, int]) -> float:
    inside = (walls >= days[0] * DAY) & (walls < days[1] * DAY)
    return round(float(inside.sum() / (days[1] - days[0])), 2)


def _around(plant: Plant) -> Windows:
    onset, first = plant.start // DAY, -(-plant.start // DAY)  # the first whole day is the next one
    return (onset - _HISTORY_DAYS, onset), (first, max(plant.end // DAY, first + 1))


def _audience(plant: Plant, people: Population, nps: Answers) -> dict[str, object]:
    if plant.segment is None:
        return {}
    column, value = plant.segment
    inside = people.segment[column][nps.customer] == SEGMENTS[column].index(value)
    before, after = _around(plant)
    onset = plant.start // DAY
    month = _month(onset)
    return {
        "sends_a_day": {
            "segment": [_rate(nps.sent[inside], before), _rate(nps.sent[inside], after)],
            "others": [_rate(nps.sent[~inside], before), _rate(nps.sent[~inside], after)],
        },
        "months": _split(people, nps, column, (_month(month[0] - 1), month)),
        "while_it_lasted": _split(
            people, nps, column, ((onset - _HISTORY_DAYS, onset), (onset, plant.end // DAY))
        ),
    }


def _service(plant: Plant, arrivals: Contacts, first_reply: Ints) -> dict[str, object]:
    before, after = _around(plant)
    about = (
        np.ones(len(arrivals.created), dtype=np.bool_)
        if plant.reason is None
        else arrivals.reason == plant.reason
    )
    seen: dict[str, object] = {}
    if plant.contacts != 1.0:
        seen["contacts_a_day"] = [_rate(arrivals.created[about], days) for days in (before, after)]
    if plant.reply_time != 1.0:
        seen["median_first_reply_minutes"] = [_wait(arrivals, first_reply, days) for days in (before, after)]
    return seen


def _wait(arrivals: Contacts, first_reply: Ints, days: tuple[int, int]) -> float:
    inside = (arrivals.created >= days[0] * DAY) & (arrivals.created < days[1] * DAY) & ~arrivals.is_spam
    inside &= arrivals.initiator == "customer"
    return round(float(np.median((first_reply - arrivals.created)[inside]) / 60), 1)


def _row(log: Log, entry: Entry) -> dict[str, object]:
    return {
        "change_id": log.ids_of([entry])[0],
        "at": str(calendar.instants(np.array([entry.at]))[0]),
        "day": _iso(entry.at // DAY),
        "title": entry.title,
        "component": entry.component,
        "kind": entry.kind,
    }


_SIZES = {
    "sends": 1.0,
    "contacts": 1.0,
    "reply_time": 1.0,
    "nps": 0.0,
    "csat": 0.0,
    "cost": 1.0,
    "repeats": 0.0,
    "turns": 0.0,
    "answers": 0.0,
    "puzzled": (0.0, 0.0),
}  # of a plant, with the value that does nothing


def planted(log: Log, plant: Plant, seen: dict[str, object]) -> dict[str, object]:
    """One planted truth, and what was seen of it."""
    sizes = {
        name: getattr(plant, name) for name, nothing in _SIZES.items() if getattr(plant, name) != nothing
    }
    cause = _row(log, plant.entries[0]) if plant.entries else None
    return {
        "id": plant.name,
        "says": plant.says,
        "mechanism": plant.mechanism,
        "day": _iso(plant.start // DAY),
        "end_day": _iso(plant.end // DAY),
        "ramp_days": plant.ramp_days,
        "recovery_days": plant.recovery_days,
        "segment": None if plant.segment is None else dict([plant.segment]),
        "reason": plant.reason,
        "email_template": plant.template,
        "pages": list(plant.pages),
        "cause": cause,
        "fixes": [_row(log, entry) for entry in plant.entries[1:]],
        "innocent": [_row(log, entry) for entry in plant.innocents],
        "sizes": sizes,
        "seen": seen,
    }


def seen_by_customers(
    plant: Plant, people: Population, nps: Answers, arrivals: Contacts, first_reply: Ints
) -> dict[str, object]:
    """How large a truth about who is asked, who writes and who waits came out."""
    return _audience(plant, people, nps) | _service(plant, arrivals, first_reply)


def tell(scenario: Scenario, plants: Sequence[dict[str, object]], dirt: Sequence[Dirt]) -> dict[str, object]:
    """The whole truth, ready for JSON."""
    return {
        "company": NAME,
        "seed": scenario.seed,
        "zone": ZONE,
        "first_day": _iso(START),
        "last_day": _iso(END - 1),
        "happiest": dict([scenario.happy]),
        "planted": list(plants),
        "dirt": [{"table": one.table, "kind": one.kind, "rows": one.rows, "fate": one.fate} for one in dirt],
    }
