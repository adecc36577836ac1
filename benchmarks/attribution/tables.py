"""The tables of an invented company, and what an oracle may know of how they came about."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from attribution.plan import Plan, shape_of, shown
from attribution.words import Vertical
from numpy.typing import NDArray

__all__ = ["FIRST_DAY", "Company", "Usual", "draw_company", "score_chances"]

Floats = NDArray[np.float64]

FIRST_DAY = pd.Timestamp("2021-03-01", tz="UTC")
_LEAD = 21
_SPREAD = {"tickets": 15.0, "asked": 60.0, "activity": 50.0}  # shapes of gamma noise: variance 1 / shape
_CSAT_ANSWERED = 0.4
_TICKET_RISE, _CSAT_FALL, _NPS_FALL = 1.8, 0.4, 50.0  # of size 1
_OF_RETURNS = np.array([0.5, 0.35, 0.15])


@dataclass(frozen=True)
class Usual:
    """What an oracle knows: the means of every day and cell had nothing happened.

    Parameters
    ----------
    tickets : array, shape (days, cells, reasons)
        Mean tickets.
    asked : array, shape (days, cells)
        Mean questions.
    nps : array, shape (days, cells)
        Expected net score.
    good : array, shape (days, reasons)
        Chance of a good rating of a ticket.
    """

    tickets: Floats
    asked: Floats
    nps: Floats
    good: Floats


@dataclass(frozen=True)
class Company:
    """Tables with the columns that `cx.load` knows."""

    frames: dict[str, pd.DataFrame]
    usual: Usual
    cells: list[tuple[str, str]]
    reasons: list[str]


def score_chances(nps: Floats) -> tuple[Floats, Floats]:
    """Chances of a promoter and of a detractor; three answers in ten are passive."""
    promoters = np.clip((0.7 + nps / 100) / 2, 0.02, 0.68)
    return promoters, 0.7 - promoters


def draw_company(rng: np.random.Generator, plan: Plan, vertical: Vertical) -> Company:
    """Draw all tables but the log.

    Parameters
    ----------
    rng : Generator
        Decides.
    plan : Plan
        What happens.
    vertical : Vertical
        Names.
    """
    cells = [(p, r) for p in vertical.plans for r in vertical.regions]
    weight = np.array([vertical.plans[p][0] * vertical.regions[r] for p, r in cells])
    holidays = rng.random(plan.days + _LEAD) < 0.02
    active = _activity(rng, weight, plan.days + _LEAD, holidays)
    customers = _customers(rng, cells, weight)
    tickets, mean = _tickets(rng, plan, vertical, cells, active[_LEAD:])
    inside = np.array([plan.holds(*cell) for cell in cells])
    rated, good = _rated(rng, plan, tickets, list(vertical.owners), inside)
    asked, usual, nps = _asked(rng, plan, vertical, cells, active)
    of_cell = [np.flatnonzero(customers["cell"] == i) for i in range(len(cells))]
    for rows in (tickets, asked):
        rows["customer_id"] = _people(rng, rows["cell"].to_numpy(), of_cell)
    rated["customer_id"] = tickets["customer_id"].to_numpy()[rated.pop("row")]
    names = {vertical.plan_column: [p for p, _ in cells], vertical.region_column: [r for _, r in cells]}
    surveys = pd.concat([asked, rated], ignore_index=True)
    for column, values in names.items():
        surveys[column] = np.array(values)[surveys["cell"]]
        customers[column] = np.array(values)[customers["cell"]]
    surveys["survey_id"] = [f"v{i}" for i in range(len(surveys))]
    counts = pd.DataFrame(
        {
            "date": np.repeat(
                (FIRST_DAY + pd.to_timedelta(np.arange(-_LEAD, plan.days), unit="D")).strftime("%Y-%m-%d"),
                len(cells),
            ),
            "kind": vertical.activity,
            **{column: np.tile(np.array(values), plan.days + _LEAD) for column, values in names.items()},
            "count": active.reshape(-1),
        }
    )
    frames = {
        "activity": counts,
        "customers": customers.drop(columns="cell"),
        "tickets": tickets.drop(columns="cell"),
        "surveys": surveys.drop(columns="cell"),
    }
    return Company(frames, Usual(mean, usual, nps, good), cells, list(vertical.owners))


def drift(rng: np.random.Generator, days: int, sd: float, length: float = 40.0) -> Floats:
    """A slow wave: an Ornstein-Uhlenbeck process."""
    keep = float(np.exp(-1 / length))
    steps = rng.normal(0, sd * np.sqrt(1 - keep**2), days)
    found = np.zeros(days)
    found[0] = rng.normal(0, sd) if sd else 0.0
    for day in range(1, days):
        found[day] = keep * found[day - 1] + steps[day]
    return found


def _activity(rng: np.random.Generator, weight: Floats, days: int, holidays: Floats) -> Floats:
    scale = float(np.exp(rng.uniform(np.log(80), np.log(5000))))
    week = np.array([1.0, 1.02, 0.98, 1.0, 1.1, 0.8, 0.7])[np.arange(days) % 7] * np.where(
        holidays, 0.55, 1.0
    )
    growth = np.arange(days) * rng.normal(0, 0.0008) + drift(rng, days, 0.06) + rng.normal(0, 0.05, days)
    mean = scale * (week * np.exp(growth))[:, None] * weight[None, :]
    return rng.poisson(mean * rng.gamma(_SPREAD["activity"], 1 / _SPREAD["activity"], mean.shape)).astype(
        float
    )


def _customers(rng: np.random.Generator, cells: list, weight: Floats) -> pd.DataFrame:
    count = int(rng.integers(1500, 6000))
    cell = rng.choice(len(cells), count, p=weight / weight.sum())
    cell[: len(cells)] = np.arange(len(cells))
    return pd.DataFrame({"customer_id": [f"u{i}" for i in range(count)], "cell": cell})


def _people(rng: np.random.Generator, cell: NDArray[np.int64], of_cell: list) -> NDArray[np.object_]:
    found = np.empty(len(cell), dtype=object)
    for index, people in enumerate(of_cell):
        mine = cell == index
        found[mine] = [f"u{i}" for i in rng.choice(people, int(mine.sum()))]
    return found


def _instants(rng: np.random.Generator, day: NDArray[np.int64]) -> pd.DatetimeIndex:
    hours = (rng.beta(2.5, 2.0, len(day)) * 86399).astype(np.int64)
    return FIRST_DAY + pd.to_timedelta(day * 86400 + hours, unit="s")


def _tickets(
    rng: np.random.Generator, plan: Plan, vertical: Vertical, cells: list, active: Floats
) -> tuple[pd.DataFrame, Floats]:
    a_day = float(np.exp(rng.uniform(np.log(12), np.log(350))))
    rate = a_day / active.sum(axis=1).mean()
    shares = rng.dirichlet(np.full(len(vertical.owners), 4.0))
    waves = np.stack([drift(rng, plan.days, 0.08) for _ in vertical.owners], axis=1)
    waves = waves + rng.normal(0, 0.05, (plan.days, 1))
    usual = active[:, :, None] * rate * shares[None, None, :] * np.exp(waves)[:, None, :]
    mean = usual.copy()
    if plan.reason is not None:
        shape = shape_of(plan.onset, plan.ramp, plan.length, plan.days)
        inside = [plan.holds(*cell) for cell in cells]
        at = list(vertical.owners).index(plan.reason)
        mean[:, inside, at] *= (1 + _TICKET_RISE * plan.size * shape)[:, None]
    spread = _SPREAD["tickets"]
    counts = rng.poisson(mean * rng.gamma(spread, 1 / spread, mean.shape))
    day, cell, reason = (
        np.repeat(index, counts.reshape(-1)) for index in map(np.ravel, np.indices(counts.shape))
    )
    order = np.argsort(day, kind="stable")
    day, cell, reason = day[order], cell[order], reason[order]
    rows = pd.DataFrame({"cell": cell, "created_at": _instants(rng, day)})
    wait = pd.to_timedelta((rng.exponential(14, len(rows)) * 3600).astype(np.int64), unit="s")
    rows["solved_at"] = rows["created_at"] + wait
    rows.loc[rows["solved_at"] >= FIRST_DAY + pd.Timedelta(days=plan.days), "solved_at"] = pd.NaT
    names, pages = (
        np.array(list(vertical.owners)),
        np.array([page for _, page, _ in vertical.owners.values()]),
    )
    rows["reason"] = names[reason]
    rows["page_url"] = np.where(rng.random(len(rows)) < 0.5, pages[reason], None)
    rows["channel"] = rng.choice(["email", "chat", "phone"], len(rows))
    rows["ticket_id"] = [f"k{i}" for i in range(len(rows))]
    return rows, usual


def _rated(
    rng: np.random.Generator,
    plan: Plan,
    tickets: pd.DataFrame,
    reasons: list[str],
    inside: NDArray[np.bool_],
) -> tuple[pd.DataFrame, Floats]:
    """Ratings of tickets, sent when they are solved."""
    base = rng.uniform(0.65, 0.88, len(reasons))
    good = np.clip(base[None, :] + drift(rng, plan.days, 0.02)[:, None], 0.1, 0.97)
    asked = tickets["solved_at"].notna().to_numpy() & (rng.random(len(tickets)) < 0.8)
    row = np.flatnonzero(asked)
    rows = tickets.iloc[row][["solved_at", "ticket_id", "cell", "reason"]]
    day = (rows["solved_at"] - FIRST_DAY).dt.days.to_numpy()
    at = rows["reason"].map({name: i for i, name in enumerate(reasons)}).to_numpy()
    chance = good[day, at]
    if plan.reason is not None:
        shape = shape_of(plan.onset, plan.ramp, plan.length, plan.days)
        created = ((tickets["created_at"].iloc[row] - FIRST_DAY) // pd.Timedelta(days=1)).to_numpy()
        hit = (rows["reason"] == plan.reason).to_numpy() & inside[rows["cell"].to_numpy()]
        chance = chance - _CSAT_FALL * plan.size * shape[created] * hit
    happy, unhappy = rng.choice([4.0, 5.0], len(rows)), rng.choice([1.0, 2.0, 3.0], len(rows))
    score = np.where(rng.random(len(rows)) < chance, happy, unhappy)
    found = pd.DataFrame({"cell": rows["cell"].to_numpy(), "row": row, "kind": "csat"})
    found["ticket_id"] = rows["ticket_id"].to_numpy()
    found["sent_at"] = rows["solved_at"].to_numpy()
    return _answered(
        rng, found, np.where(rng.random(len(found)) < _CSAT_ANSWERED, score, np.nan), plan.days
    ), good


def _asked(
    rng: np.random.Generator, plan: Plan, vertical: Vertical, cells: list, active: Floats
) -> tuple[pd.DataFrame, Floats, Floats]:
    """The survey about the company as a whole, sent some days after what people did."""
    answers = float(np.exp(rng.uniform(np.log(6), np.log(700))))
    lagged = sum(
        share * active[_LEAD - lag : len(active) - lag]
        for lag, share in zip(range(plan.lag, plan.lag + 3), _OF_RETURNS, strict=True)
    )
    usual = lagged * (answers / 0.3 / lagged.sum(axis=1).mean())
    mean = usual.copy()
    shape = shape_of(plan.onset, plan.ramp, plan.length, plan.days)
    inside = np.array([plan.holds(*cell) for cell in cells])
    if plan.audience and plan.acts:
        factor = -(0.3 + 0.7 * plan.size) if plan.family == "audience_cut" else 0.6 + 1.4 * plan.size
        mean[:, inside] *= np.maximum(1 + factor * shape, 0.0)[:, None]
    counts = rng.poisson(mean * rng.gamma(_SPREAD["asked"], 1 / _SPREAD["asked"], mean.shape))
    mood = drift(rng, plan.days, float(rng.choice([0.0, 2.0, 4.0]))) + rng.normal(0, 1.5, plan.days)
    level = np.array([vertical.plans[p][1] for p, _ in cells]) + rng.normal(0, 5, len(cells))
    expected = mood[:, None] + level[None, :]
    nps = expected.copy()
    if plan.reason is not None:
        nps[:, inside] -= _NPS_FALL * plan.size * shown(shape, plan.lag)[:, None]
    day, cell = (np.repeat(index, counts.reshape(-1)) for index in map(np.ravel, np.indices(counts.shape)))
    promoters, detractors = score_chances(nps[day, cell])
    draw = rng.random(len(day))
    score = np.where(draw < promoters, rng.choice([9.0, 10.0], len(day)), rng.choice([7.0, 8.0], len(day)))
    score = np.where(draw > 1 - detractors, rng.choice([0.0, 3.0, 5.0, 6.0], len(day)), score)
    returned = rng.random(len(day)) < np.where(cell < len(vertical.regions), 0.34, 0.26)
    rows = pd.DataFrame({"cell": cell, "kind": "nps", "sent_at": _instants(rng, day)})
    return _answered(rng, rows, np.where(returned, score, np.nan), plan.days), usual, expected


def _answered(rng: np.random.Generator, rows: pd.DataFrame, score: Floats, days: int) -> pd.DataFrame:
    wait = pd.to_timedelta((rng.exponential(26, len(rows)) * 3600).astype(np.int64), unit="s")
    rows = rows.assign(score=score, responded_at=(rows["sent_at"] + wait).where(~np.isnan(score)))
    late = rows["responded_at"] >= FIRST_DAY + pd.Timedelta(days=days)
    rows.loc[late, "responded_at"] = pd.NaT
    rows.loc[late, "score"] = np.nan
    return rows
