"""The simulated panel of accounts: a known truth to judge methods by, no claim about anyone's data."""

from dataclasses import replace

import numpy as np
from scipy.special import expit

from cxlib.health.account_months import AccountMonths

METRICS = ("nps", "csat", "reply_time", "usage", "tickets")
EXPERT = np.array([0.25, 0.25, 0.10, 0.25, 0.15])
POOR = np.array([0.50, 0.30, 0.10, 0.05, 0.05])
FIRST_MONTH = np.datetime64("2017-06", "M")


def month_starts(months: int) -> np.ndarray:
    return (FIRST_MONTH + np.arange(months + 1)).astype("datetime64[D]").astype(np.int64)


def _raw(rng: np.random.Generator, accounts: int, months: int) -> dict[str, np.ndarray]:
    """What happens to each account in each month, whether or not it is still a customer."""
    tau, g = rng.normal(0, 0.6, accounts), rng.normal(0, 0.7, accounts)
    h, e = tau.copy(), g.copy()
    before = [tau, tau]
    columns: dict[str, list[np.ndarray]] = {
        name: [] for name in ("nps", "csat", "reply_time", "usage", "tickets", "leaves", "risk")
    }
    for _ in range(months):
        h = 0.1 * tau + 0.9 * h + rng.normal(0, 0.35, accounts)
        e = 0.1 * g + 0.9 * e + rng.normal(0, 0.25, accounts) - 0.05 * (h < -1)
        usage = rng.poisson(np.exp(2.5 + e))
        trouble = rng.poisson(np.exp(-0.7 - 0.8 * h)) + rng.poisson(np.exp(-0.3 + 0.6 * e))
        tickets = trouble * (rng.random(accounts) < expit(1.5 + 1.5 * e))
        spread = rng.normal(0, 0.9, accounts) / np.sqrt(np.maximum(tickets, 1))
        csat = np.where((tickets > 0) & (rng.random(accounts) < 0.5), expit(0.9 + 0.8 * h + spread), np.nan)
        hours = np.where(tickets > 0, np.exp(1.5 - 0.25 * h + rng.normal(0, 0.6, accounts)), np.nan)
        answer = np.clip(np.round(7.6 + 1.4 * h + rng.normal(0, 1.3, accounts)), 0, 10)
        nps = np.where(rng.random(accounts) < 0.12, answer, np.nan)
        risk = -4.6 - 0.9 * before[0] - 1.44 * np.minimum(e, 0)
        leaves = rng.random(accounts) < expit(risk)
        before = [before[1], h]
        for name, value in (
            ("nps", nps),
            ("csat", csat),
            ("reply_time", hours),
            ("usage", usage),
            ("tickets", tickets),
            ("leaves", leaves),
            ("risk", risk),
        ):
            columns[name].append(value)
    return {name: np.column_stack(values) for name, values in columns.items()}


def _window(values: np.ndarray, months: int) -> np.ndarray:
    """Mean over the last so many months of each month, without the missing ones."""
    known = np.isfinite(values)
    total = np.cumsum(np.where(known, values, 0.0), axis=1)
    count = np.cumsum(known, axis=1).astype(float)
    for sums in (total, count):
        sums[:, months:] -= sums[:, :-months].copy()
    return np.divide(total, count, out=np.full_like(total, np.nan), where=count > 0)


def _latest(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The latest answer and its age in months."""
    month = np.arange(values.shape[1])
    last = np.maximum.accumulate(np.where(np.isfinite(values), month, -1), axis=1)
    found = np.take_along_axis(values, np.maximum(last, 0), axis=1)
    return np.where(last >= 0, found, np.nan), np.where(last >= 0, month - last, np.inf)


def _band(x: np.ndarray) -> np.ndarray:
    return np.interp(x, [0.0, 1.0, 2.0, 8.0], [0.3, 1.0, 1.0, 0.0])


def _shapes(raw: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Values on 0-1 and their reliability, shape (accounts, months, metrics)."""
    nps, age = _latest(raw["nps"])
    hours = _window(raw["reply_time"], 6)
    d = np.stack(
        [
            nps / 10,
            _window(raw["csat"], 6),
            np.clip((np.log(24) - np.log(hours)) / (np.log(24) - np.log(2)), 0, 1),
            np.clip(np.log1p(_window(raw["usage"], 3)) / np.log(31), 0, 1),
            _band(_window(raw["tickets"], 3)),
        ],
        axis=2,
    )
    reliability = np.isfinite(d).astype(float)
    reliability[:, :, 0] *= 2.0 ** (-age / 12)
    return d, reliability


def make_panel(
    *, accounts: int = 3000, months: int = 30, seed: int = 1, weights: np.ndarray = EXPERT
) -> AccountMonths:
    """A company of known truth as snapshots, the month just ended known at each."""
    rng = np.random.default_rng(seed)
    raw = _raw(rng, accounts, months)
    starts = month_starts(months)
    d, reliability = _shapes(raw)
    reference = np.nanmean(d[:, 3], axis=0)
    x = reference + reliability * (np.where(np.isfinite(d), d, reference) - reference)
    left = np.where(raw["leaves"].any(axis=1), raw["leaves"].argmax(axis=1), months)
    day_of_month = rng.integers(1, 28, accounts)
    churned = np.where(left < months, starts[np.minimum(left, months - 1)] + day_of_month, np.nan)
    signed_up = starts[0] - rng.integers(0, 1500, accounts)
    account, month = np.nonzero(np.arange(months) < left[:, np.newaxis])
    rows = x[account, month]
    return AccountMonths(
        accounts=tuple(f"A-{number:05d}" for number in range(accounts)),
        metrics=METRICS,
        account=account.astype(np.int64),
        day=starts[month + 1],
        x=rows,
        known=np.isfinite(d[account, month]),
        reliability=reliability[account, month],
        weights=weights,
        reference=reference,
        score=100 * rows @ weights,
        signed_up=signed_up.astype(float),
        churned=churned,
        end=int(starts[-1]) + 1,
    )


def with_weights(months: AccountMonths, weights: np.ndarray) -> AccountMonths:
    return replace(months, weights=weights, score=100 * months.x @ weights)


def of_accounts(months: AccountMonths, keep: np.ndarray) -> AccountMonths:
    """Only some accounts, under new places."""
    place = np.cumsum(keep) - 1
    rows = keep[months.account]
    return replace(
        months,
        accounts=tuple(name for name, kept in zip(months.accounts, keep, strict=True) if kept),
        account=place[months.account[rows]].astype(np.int64),
        day=months.day[rows],
        x=months.x[rows],
        known=months.known[rows],
        reliability=months.reliability[rows],
        score=months.score[rows],
        signed_up=months.signed_up[keep],
        churned=months.churned[keep],
    )
