"""What is planted: families, shapes, sizes, and the chance of each; the oracle reads the same figures."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from attribution.company import Company

SERVICE = ("step", "ramp", "delayed", "same_day_train", "near_miss", "outage")
AUDIENCE = ("audience_cut", "audience_added")
FAMILIES = (*AUDIENCE, *SERVICE, "no_cause", "outside_cause")
METRICS = ("nps", "csat", "contact_rate")

DRAWN = {
    "audience_cut": 0.132,
    "audience_added": 0.116,
    "step": 0.135,
    "ramp": 0.144,
    "delayed": 0.105,
    "same_day_train": 0.134,
    "near_miss": 0.132,
    "outage": 0.185,
    "no_cause": 0.324,
    "outside_cause": 0.295,
}
"""How often a family is drawn. Draws in which nobody would notice anything are thrown away, so that of the
cases kept one in six has no cause, one in six an outside cause, and one in twelve each of the others."""

LATE_SURVEYS = dict.fromkeys(FAMILIES, 0.08) | {"delayed": 1.0}
"""Chance that surveys come late, by family."""

NEXT_DAY = 0.3
"""Chance that the effect starts on the day after the release."""

RAMPS = (6, 9, 12, 15, 18, 21)
PULSES = (1, 2, 3, 4, 5, 6)
KINDS = ("all", "tier", "area", "cell")
SEGMENT_CHANCE = (0.4, 0.25, 0.2, 0.15)
RISE = (1.2, 3.0)
CSAT_DROP = (0.10, 0.40)
NPS_DROP = (10.0, 35.0)
KEPT = (0.0, 0.7)
ASKED = (1.6, 3.0)
FIRST_ONSET, LAST_ONSET = 3, 20
"""Onsets lie that many days inside the window."""


@dataclass(frozen=True)
class Cause:
    """The latent choices of one case; `act` is service, cut, added or none."""

    family: str
    metric: str
    act: str
    release: int | None
    onset: int | None
    segment: int
    reason: int | None
    shape: str
    rise: float
    csat_drop: float
    nps_drop: float
    sends: float

    @property
    def mechanism(self) -> str:
        """The name of the mechanism in the answer that is right."""
        if self.act == "none":
            return "none"
        if self.family == "outside_cause":
            return "exogenous"
        return "service" if self.act == "service" else "audience"


def shape_levels(shape: str, days: int) -> np.ndarray:
    """Share of the full effect on each day from the onset on."""
    name, _, length = shape.partition("-")
    since = np.arange(days)
    if name == "ramp":
        return np.minimum((since + 1) / int(length), 1.0)
    return (since < int(length)).astype(float) if name == "pulse" else np.ones(days)


@cache
def shape_chances(family: str) -> dict[str, float]:
    """Chance of each shape of a fault of the service."""
    ramps = {f"ramp-{length}": 1 / len(RAMPS) for length in RAMPS}
    if family == "ramp":
        return ramps
    if family == "outage":
        return {f"pulse-{length}": 1 / len(PULSES) for length in PULSES}
    if family == "outside_cause":
        return {"step": 0.5} | {name: chance / 2 for name, chance in ramps.items()}
    return {"step": 1.0}


@cache
def metric_chances(family: str, act: str) -> dict[str, float]:
    """Chance that each metric is the one somebody looked at."""
    if act in {"cut", "added"} or family == "delayed":
        return {"nps": 1.0}
    return {"nps": 0.4, "csat": 0.3, "contact_rate": 0.3}


@cache
def act_chances(family: str) -> dict[str, float]:
    """Chance of each act."""
    if family == "outside_cause":
        return {"service": 0.8, "cut": 0.1, "added": 0.1}
    return {
        {"audience_cut": "cut", "audience_added": "added", "no_cause": "none"}.get(family, "service"): 1.0
    }


def segment_chances(company: Company, act: str) -> np.ndarray:
    """Chance of each segment; an audience shift needs one that is happier, or less happy, than the rest."""
    tiers, areas = len(company.tiers), len(company.areas)
    counts = np.array([1, tiers, areas, tiers * areas])
    if act == "service":
        return np.repeat(np.array(SEGMENT_CHANCE) / counts, counts)
    weight = (company.send_rate * company.activity[-company.days :] * company.respond).mean(axis=0)
    level = company.nps.mean(axis=0)
    masks = company.masks
    share = masks @ weight / weight.sum()
    apart = (masks @ (weight * level)) / (masks @ weight) - (weight * level).sum() / weight.sum()
    apart = apart if act == "cut" else -apart
    fit = (share >= 0.08) & (share <= 0.7) & (apart >= 6)
    if not fit.any():
        fit = apart == apart.max()
    kind = np.repeat([0.0, 0.6, 0.05, 0.35], counts) / np.repeat(counts, counts)
    chance = np.where(fit, np.maximum(kind, 1e-6), 0.0)
    return chance / chance.sum()


def onset_days(company: Company) -> np.ndarray:
    """Days on which a release may do harm, or something outside may start."""
    return np.arange(company.history + FIRST_ONSET, company.days - LAST_ONSET)


def release_chances(company: Company, *, outage: bool) -> np.ndarray:
    """Chance of each of `onset_days` to be the day of the guilty change."""
    days = onset_days(company)
    weight = np.ones(len(days)) if outage else company.mean_changes()[days]
    return weight / weight.sum()


def draw_cause(rng: np.random.Generator, company: Company, family: str) -> Cause:
    """Draw what happens to the company in one family."""
    act = _pick(rng, act_chances(family))
    metric = _pick(rng, metric_chances(family, act))
    if act == "none":
        return Cause(family, metric, act, None, None, 0, None, "step", 1.0, 0.0, 0.0, 1.0)
    days = onset_days(company)
    release: int | None = None
    if family == "outside_cause":
        onset = int(rng.choice(days))
    else:
        release = int(rng.choice(days, p=release_chances(company, outage=family == "outage")))
        onset = release + int(family != "outage" and rng.random() < NEXT_DAY)
    chances = segment_chances(company, act)
    segment = int(rng.choice(len(chances), p=chances))
    if act != "service":
        sends = float(rng.uniform(*KEPT) if act == "cut" else rng.uniform(*ASKED))
        return Cause(family, metric, act, release, onset, segment, None, "step", 1.0, 0.0, 0.0, sends)
    reason = int(rng.integers(len(company.words.reasons)))
    sizes = (
        float(np.exp(rng.uniform(*np.log(RISE)))),
        float(rng.uniform(*CSAT_DROP)),
        float(rng.uniform(*NPS_DROP)),
    )
    shape = _pick(rng, shape_chances(family))
    return Cause(family, metric, act, release, onset, segment, reason, shape, *sizes, 1.0)


def _pick(rng: np.random.Generator, chances: dict[str, float]) -> str:
    return str(rng.choice(list(chances), p=list(chances.values())))
