"""Cases: a company, the question that somebody asks about it, and the answer."""

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from attribution.log import Log, draw_log
from attribution.plan import FAMILIES, Plan, draw_plan
from attribution.tables import FIRST_DAY, Company, draw_company
from attribution.words import VERTICALS, Vertical

__all__ = ["METRICS", "Case", "make_case", "write_cases"]

METRICS = ("nps", "csat", "contact_rate")
_ATTEMPTS = 60
_LEAST = {"nps": 4.0, "csat": 3.0, "contact_rate": 6.0}  # points, and per cent: what somebody notices
_NOTICED_Z = 1.5


@dataclass(frozen=True)
class Case:
    """One question.

    Parameters
    ----------
    frames : dict of str to DataFrame
        Tables for `cx.load`.
    metric : str
        What somebody saw get worse.
    start, end : date
        Half-open window.
    plan, vertical, company, log
        How it came about.
    """

    frames: dict[str, pd.DataFrame]
    metric: str
    start: date
    end: date
    plan: Plan
    vertical: Vertical
    company: Company
    log: Log

    @property
    def truth(self) -> dict[str, object]:
        """As the scorer wants it."""
        plan = self.plan
        onset = FIRST_DAY + pd.Timedelta(days=plan.onset)
        return {
            "family": plan.family,
            "cause": self.log.cause,
            "mechanism": plan.mechanism,
            "onset": onset.date().isoformat() if plan.acts else None,
        }


def make_case(seed: int, family: str | None = None, *, dirty: bool | None = None) -> Case:
    """Make a case whose metric really looks worse in the window.

    Parameters
    ----------
    seed : int
        Decides everything.
    family : str or None
        One of `FAMILIES`; None: by the seed, each as often.
    dirty : bool or None
        Whether tables have faults; None: every second time.

    Raises
    ------
    RuntimeError
        If no draw looks worse.
    """
    for attempt in range(_ATTEMPTS):
        rng = np.random.default_rng([seed, attempt])
        vertical = VERTICALS[int(rng.integers(len(VERTICALS)))]
        plan = draw_plan(rng, family or FAMILIES[seed % len(FAMILIES)], vertical)
        company = draw_company(rng, plan, vertical)
        metric = _noticed(rng, plan, company)
        if metric is None:
            continue
        log = draw_log(rng, plan, vertical)
        frames = company.frames | {"changes": log.frame.drop(columns="day")}
        if (seed // len(FAMILIES)) % 2 == 1 if dirty is None else dirty:
            frames = _dirty(rng, frames)
        start = (FIRST_DAY + pd.Timedelta(days=plan.history)).date()
        end = (FIRST_DAY + pd.Timedelta(days=plan.days)).date()
        return Case(frames, metric, start, end, plan, vertical, company, log)
    raise RuntimeError(f"seed {seed}: nothing looks worse in {_ATTEMPTS} draws")


def _noticed(rng: np.random.Generator, plan: Plan, company: Company) -> str | None:
    """The metric that somebody asks about: one that visibly got worse; None: nobody asks."""
    choice = ("nps",) if plan.audience or plan.family == "delayed" else METRICS
    series = {metric: _daily(company, metric) for metric in choice}
    if not plan.acts:
        # a window that looks bad by chance: the metric whose worst fortnight lies farthest from its history
        worst = {
            metric: max(
                _worse(metric, *one, day, day + 14, plan.history)[1]
                for day in range(plan.history, plan.days - 14)
            )
            for metric, one in series.items()
        }
        return max(worst, key=lambda metric: worst[metric])
    begin = plan.onset + (plan.lag if choice == ("nps",) and not plan.audience else 0) + plan.ramp // 2
    stop = min(begin + 21, plan.days, begin + (plan.length or 99))
    seen = []
    for metric, one in series.items():
        change, z = _worse(metric, *one, begin, stop, begin)
        if change > _LEAST[metric] and z > _NOTICED_Z:
            seen.append(metric)
    return str(rng.choice(seen)) if seen else None


def _daily(company: Company, metric: str) -> tuple[np.ndarray, np.ndarray]:
    """Sums and counts by day, rising when things get worse."""
    frames, days = company.frames, len(company.usual.nps)

    def by_day(instants: pd.Series, weights: np.ndarray | None = None) -> np.ndarray:
        day = ((instants - FIRST_DAY) // pd.Timedelta(days=1)).to_numpy()
        return np.bincount(day, weights=weights, minlength=days)[:days].astype(float)

    if metric == "contact_rate":
        dates = pd.to_datetime(frames["activity"]["date"], utc=True)
        inside = (dates >= FIRST_DAY).to_numpy()
        return by_day(frames["tickets"]["created_at"]) * 100, by_day(
            dates[inside], frames["activity"]["count"].to_numpy()[inside]
        )
    rows = frames["surveys"].loc[lambda f: (f["kind"] == metric) & f["score"].notna()]
    score = rows["score"].to_numpy()
    worth = (score <= 6) * 100.0 - (score >= 9) * 100.0 if metric == "nps" else (score < 4) * 100.0
    return by_day(rows["sent_at"], worth), by_day(rows["sent_at"])


def _worse(
    metric: str, total: np.ndarray, n: np.ndarray, begin: int, stop: int, before: int
) -> tuple[float, float]:
    """How much worse some days are than the 60 before, in points or per cent, and in standard errors."""
    past = slice(max(before - 60, 0), before)
    usual, now = (
        (total[past].sum() / max(n[past].sum(), 1)),
        total[begin:stop].sum() / max(n[begin:stop].sum(), 1),
    )
    daily = total[past] / np.maximum(n[past], 1)
    error = daily.std() / np.sqrt(max(stop - begin, 1)) + 1e-9
    change = now - usual
    return (100 * change / usual if metric == "contact_rate" else change), change / error


def _dirty(
    rng: np.random.Generator, frames: dict[str, pd.DataFrame]
) -> dict[str, pd.DataFrame]:
    """Faults as tables have them: twice exported rows, blanks, late and zoned instants."""
    found = dict(frames)
    for table in ("tickets", "surveys"):
        twice = rng.random(len(frames[table])) < 0.01
        found[table] = pd.concat([frames[table], frames[table][twice]], ignore_index=True)
    column = next(c for c in frames["customers"] if c != "customer_id")
    people = frames["customers"].copy()
    people.loc[rng.random(len(people)) < 0.01, column] = None
    found["customers"] = people
    log = frames["changes"].copy()
    log.loc[rng.random(len(log)) < 0.1, "component"] = None
    late = rng.random(len(log)) < 0.12
    hours = rng.integers(1, 20, len(log))
    log["released_at"] = log["released_at"] + pd.to_timedelta(np.where(late, hours, 0), unit="h")
    # every instant as text with the offset of some zone
    log["released_at"] = [
        one.tz_convert("Asia/Tokyo").isoformat() for one in log["released_at"]
    ]
    found["changes"] = log.sample(frac=1.0, random_state=int(rng.integers(1 << 30)))
    return found


def write_cases(folder: Path, seeds: range) -> None:
    """Write cases as folders with their questions and answers.

    Parameters
    ----------
    folder : Path
        Gets ``cases/``, ``queries.json`` and ``truth.json``.
    seeds : range
        Which.
    """
    queries, truth = {}, {}
    for seed in seeds:
        case, name = make_case(seed), f"case-{seed:04d}"
        place = folder / "cases" / name
        place.mkdir(parents=True, exist_ok=True)
        for table, frame in case.frames.items():
            frame.to_parquet(place / f"{table}.parquet", compression="zstd", index=False)
        (place / "cxlib.toml").write_text('zone = "UTC"\n')
        queries[name] = {"metric": case.metric, "from": case.start.isoformat(), "to": case.end.isoformat()}
        truth[name] = case.truth
    (folder / "queries.json").write_text(json.dumps(queries, indent=1))
    (folder / "truth.json").write_text(json.dumps(truth, indent=1))
