"""One case per seed: tables, the question and what is true; in memory, or as a folder."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
from attribution.cause import DRAWN, LATE_SURVEYS, Cause, draw_cause
from attribution.changelog import Entry, draw_log
from attribution.company import Company, draw_company
from attribution.counts import Counts, noticed, sample, shown_on
from attribution.dirt import make_dirty, shift_log
from attribution.tables import make_tables


@dataclass(frozen=True)
class Case:
    """What a product sees (frames, metric, start, end), what is true, and what only an oracle knows."""

    seed: int
    frames: dict[str, pd.DataFrame]
    cause: str | None
    dirty: bool
    company: Company
    latent: Cause
    counts: Counts
    log: list[Entry]

    @property
    def name(self) -> str:
        """Name of the case's folder."""
        return f"case-{self.seed:04d}"

    @property
    def metric(self) -> str:
        """The metric somebody saw getting worse."""
        return self.latent.metric

    @property
    def start(self) -> date:
        """First day of the window."""
        return self.company.start

    @property
    def end(self) -> date:
        """First day after the window."""
        return self.company.end

    @property
    def family(self) -> str:
        """The kind of story."""
        return self.latent.family

    @property
    def mechanism(self) -> str:
        """audience, service, exogenous or none."""
        return self.latent.mechanism

    def truth(self) -> dict[str, object]:
        """The answer, and what is told beside it."""
        latent, company = self.latent, self.company
        happened = latent.onset is not None
        lag = None
        if latent.release is not None and latent.onset is not None:
            lag = (
                latent.onset - latent.release + shown_on(company, latent.metric, latent.act, latent.shape)[0]
            )
        return {
            "family": latent.family,
            "cause": self.cause,
            "mechanism": latent.mechanism,
            "onset": (company.first + timedelta(days=latent.onset)).isoformat() if happened else None,
            "shape": latent.shape.partition("-")[0] if happened else None,
            "segment": company.segment(latent.segment),
            "reason": None if latent.reason is None else company.words.reasons[latent.reason],
            "lag_days": lag,
            "responses_per_day": round(float(self.counts.answers.sum() / company.days), 1),
            "dirty": self.dirty,
        }

    def query(self) -> dict[str, str]:
        """The question."""
        return {"metric": self.metric, "from": self.start.isoformat(), "to": self.end.isoformat()}


def make_case(
    seed: int, family: str | None = None, *, dirty: bool | None = None, vertical: str | None = None
) -> Case:
    """Draw companies and causes until somebody would have noticed.

    Parameters
    ----------
    seed : int
        Equal seeds give equal cases.
    family : str or None
        One of `attribution.cause.FAMILIES`; None draws one.
    dirty : bool or None
        Whether tables and log are soiled; None: odd seeds are.
    vertical : str or None
        One of `attribution.words.verticals()`; None draws one.

    Returns
    -------
    Case
        Tables, question and truth.
    """
    rng = np.random.default_rng([seed, 20])
    soiled = seed % 2 == 1 if dirty is None else dirty
    while True:
        drawn = family or str(rng.choice(list(DRAWN), p=np.array(list(DRAWN.values())) / sum(DRAWN.values())))
        company = draw_company(rng, late_surveys=rng.random() < LATE_SURVEYS[drawn], vertical=vertical)
        latent = draw_cause(rng, company, drawn)
        counts = sample(rng, company, latent)
        if noticed(company, latent, counts):
            break
    log, guilty = draw_log(rng, company, latent)
    log = shift_log(rng, log, company.days) if soiled else log
    frames = make_tables(rng, company, counts, log)
    frames = make_dirty(rng, company, frames) if soiled else frames
    return Case(seed, frames, guilty, soiled, company, latent, counts, log)


def write_cases(cases: Iterable[Case], folder: str | Path) -> None:
    """Write cases/<name>/*.parquet with cxlib.toml, queries.json and truth.json."""
    root = Path(folder)
    queries: dict[str, object] = {}
    truth: dict[str, object] = {}
    for case in cases:
        place = root / "cases" / case.name
        place.mkdir(parents=True, exist_ok=True)
        for name, frame in case.frames.items():
            frame.to_parquet(place / f"{name}.parquet", index=False, compression="zstd")
        (place / "cxlib.toml").write_text('zone = "UTC"\n')
        queries[case.name], truth[case.name] = case.query(), case.truth()
        (root / "queries.json").write_text(json.dumps(queries, indent=1) + "\n")
        (root / "truth.json").write_text(json.dumps(truth, indent=1) + "\n")
