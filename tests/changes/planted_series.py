"""Three years of answers of four segments with one guilty change among a hundred, and what is said of it.

The kinds are those of the scan suite: a step, a lag, a staged roll-out whose exposure is logged, two changes
of one day told apart by a component, a pure change of audience, a calm and a drifting null, and a step that
nobody logged.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from scipy.special import logsumexp

from cxlib.changes.calendar import Change
from cxlib.changes.hypotheses import Hypotheses, Place
from cxlib.changes.judge import judge
from cxlib.changes.posterior import Candidate, Priors
from cxlib.stats.decompose import daily_split, reference_means
from cxlib.stats.evidence import scan, season
from cxlib.stats.noise import robust_weights
from cxlib.stats.onsets import scan_onsets
from cxlib.stats.profiles import LASTING, PULSES

KINDS = ("step", "lag", "staged", "same day", "mix", "null", "drifting null", "unlogged")
GUILTY = KINDS[:5]
DAYS, CHANGES, ANSWERS = 1095, 100, 59.0
FIRST = 17532  # 2018-01-01
MARGIN = 60
DROP = 0.086
SHARES = np.array([0.4, 0.3, 0.2, 0.1])
LEVELS = np.array([0.55, 0.40, 0.15, -0.20])
COMPONENTS = 10
PRIORS = Priors(0.5, 0.1, 2.0, 1.5, 1.0, {})
EVERYWHERE = Place((), None)


@dataclass(frozen=True)
class Planted:
    """The series of one case and its log; `guilty` is None in a null."""

    n: np.ndarray
    total: np.ndarray
    days: np.ndarray
    rollouts: np.ndarray | None
    owns: np.ndarray
    guilty: int | None


@dataclass(frozen=True)
class Said:
    """The answer: probabilities of the changes, and of the rest."""

    chances: np.ndarray
    none: float
    unlogged: float
    audience: float
    service: float
    guilty: int | None

    @property
    def rank(self):
        return int((self.chances > self.chances[self.guilty]).sum())

    def credible(self, level=0.9):
        """Whether the smallest set of that probability holds the guilty change, and its size."""
        chances = np.r_[self.chances, self.none, self.unlogged]
        order = np.argsort(-chances, kind="stable")
        needed = int(np.searchsorted(np.cumsum(chances[order]), level))
        least = chances[order[min(needed, len(order) - 1)]]
        inside = np.flatnonzero(chances >= least * (1 - 1e-9))
        return self.guilty in inside, len(inside)


def plant(kind, seed):
    rng = np.random.default_rng([KINDS.index(kind), seed])
    day = np.arange(DAYS)
    pool = rng.choice(np.arange(MARGIN, DAYS - 30), 80, replace=False)
    days = np.r_[pool, rng.choice(pool, CHANGES - len(pool))]
    guilty = int(rng.integers(CHANGES)) if kind in GUILTY else None
    owns = np.zeros(CHANGES, dtype=bool)  # only where they are to be told apart does the log name components
    rollouts = rng.integers(7, 29, CHANGES) if kind == "staged" else None
    if rollouts is not None:  # most changes are there at once
        rollouts[(rng.random(CHANGES) > 0.25) & (np.arange(CHANGES) != guilty)] = 1
    effect = np.zeros(DAYS)
    if guilty is not None:
        effect = shape_of(kind, rng, day - days[guilty], None if rollouts is None else rollouts[guilty])
    if kind == "unlogged":
        effect = (day >= rng.choice(np.setdiff1d(np.arange(MARGIN, DAYS - 30), days))).astype(float)
    if kind == "same day":
        days[(guilty + 1) % CHANGES] = days[guilty]
        owns = rng.random(CHANGES) < 1 / COMPONENTS
        owns[guilty] = rng.random() < 0.8
    drift = np.zeros(DAYS)
    if kind == "drifting null":
        drift = ornstein_uhlenbeck(rng, 0.05, 60.0)
    shares = np.repeat(SHARES[None], DAYS, axis=0)
    if kind == "mix":
        shares[:, 0] *= (
            1 - 0.55 * effect
        )  # those who are happiest are asked less: the whole falls by 8 points
        effect = 0 * effect
    wave = 0.03 * np.sin(2 * np.pi * day / 7) + 0.04 * np.sin(2 * np.pi * day / 365.25 + rng.uniform(0, 6))
    level = LEVELS[None] + (wave + drift - DROP * effect)[:, None]
    n = rng.poisson(ANSWERS * shares * (1 + 0.3 * ((day + 3) % 7 < 5))[:, None] / 1.21)
    good = np.clip((1 + level) / 2 - 0.125, 0.01, 0.74)
    happy = rng.binomial(n, good)
    unhappy = rng.binomial(n - happy, np.clip((0.75 - good) / (1 - good), 0, 1))
    return Planted(n.astype(float), (happy - unhappy).astype(float), days, rollouts, owns, guilty)


def shape_of(kind, rng, since, rollout):
    if kind == "lag":
        length = rng.choice([3.0, 7.0])
        return np.where(since >= 0, 1 - np.exp(-(np.maximum(since, 0) + 1) / length), 0.0)
    if kind == "staged":
        return exposure(since, rollout)
    return (since >= 0).astype(float)


def exposure(since, rollout):
    """Rises linearly over the days of the roll-out."""
    return np.clip((since + 1) / rollout, 0.0, 1.0)


def ornstein_uhlenbeck(rng, sd, length):
    keep = np.exp(-1 / length)
    path = np.empty(DAYS)
    path[0] = rng.normal(0, sd)
    for day in range(1, DAYS):
        path[day] = keep * path[day - 1] + rng.normal(0, sd * np.sqrt(1 - keep**2))
    return path


def series_of(case):
    """Service and audience of each day, with their weights."""
    reference = reference_means(case.n.sum(axis=0), case.total.sum(axis=0))
    mix, within = daily_split(case.n, case.total, reference)
    n = case.n.sum(axis=1)
    share = case.n.sum(axis=0) / n.sum()
    spread = float(share @ (reference - share @ reference) ** 2)
    noise = 0.65  # variance of an answer within its segment
    return {
        "service": (np.nan_to_num(within), n / noise),
        "audience": (np.nan_to_num(mix - share @ reference), n / spread),
    }


def ask(case):
    """What the scan and the log say together."""
    numbers = np.arange(FIRST, FIRST + DAYS)
    design, onsets, shapes = season(numbers), np.arange(MARGIN, DAYS - 14), LASTING + PULSES
    fields = []
    for mechanism, (values, weights) in series_of(case).items():
        weights = robust_weights(values, weights, numbers)
        (found,) = scan_onsets(values[None], weights[None], design, shapes, onsets, side=-1)
        log_bf = found.log_bf
        if case.rollouts is not None:
            curves = exposure(np.arange(DAYS)[:, None] - case.days[None, :], case.rollouts[None, :])
            curves[np.arange(DAYS)[:, None] < case.days[None, :]] = 0.0
            known = scan(values, weights, design, curves[None], side=-1)
            log_bf = np.concatenate([log_bf, np.repeat(known.log_bf, len(shapes), axis=0)], axis=1)
        empty = np.zeros((*log_bf.shape, 1))
        fields.append(Hypotheses(mechanism, (EVERYWHERE,), np.zeros(1), log_bf[:, :, None], {}, empty, empty))
    width = fields[0].log_bf.shape[1]
    answer = judge(fields, [candidate(case, one, width) for one in range(CHANGES)], PRIORS, len(onsets))
    parts = [item.by_mechanism for item in answer.weighed]
    return Said(
        np.array([item.probability for item in answer.weighed]),
        answer.no_change,
        answer.unlogged,
        sum(part["audience"] for part in parts),
        sum(part["service"] for part in parts),
        case.guilty,
    )


def candidate(case, one, width):
    """A change of the log, with the column of its onset and what its component is worth."""
    released = datetime(2018, 1, 1, tzinfo=UTC) + timedelta(days=int(case.days[one]))
    change = Change(
        f"C-{one}", "", "", "release", "", "", released, FIRST + int(case.days[one]), 1.0, None, None, 0
    )
    when = np.zeros(width)
    when[case.days[one] - MARGIN if case.rollouts is None else width - CHANGES + one] = 1.0
    tilt = np.full(1, PRIORS.component if case.owns[one] else 0.0)
    return Candidate(change, when, {"service": tilt, "audience": tilt})


def sums_to_one(said):
    return abs(float(np.exp(logsumexp(np.log(np.r_[said.chances, said.none, said.unlogged] + 1e-300)))) - 1)
