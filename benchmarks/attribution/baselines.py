"""What people do without a model of who was asked: four ways from a daily series to a release.

They get clean daily counts, dirt or not, and answer with fixed probabilities by rank.
"""

import warnings
from importlib.util import find_spec

import numpy as np
from attribution.cases import Case
from attribution.company import LEAD
from attribution.prediction import Prediction
from statsmodels.tsa.statespace.structural import UnobservedComponents

BY_RANK = (0.55, 0.2, 0.1, 0.05, 0.03, 0.02)
PAST = 60
"""Days before the window that are looked at."""

WEEK, SPAN = 7, 28
CLEAR = 2.5
"""Standard errors from which these methods name a change at all."""

PELT_NEEDS = "ruptures"


def missing_packages(method: str) -> list[str]:
    """Packages that a baseline needs and this Python has not."""
    return [name for name in ([PELT_NEEDS] if method == "pelt" else []) if find_spec(name) is None]


def daily_series(case: Case) -> tuple[np.ndarray, np.ndarray]:
    """Badness of the metric by day since PAST days before the window, and the weight of each day."""
    counts = case.counts
    if case.metric == "nps":
        top = counts.answers[:, :, 0].sum(axis=1) - counts.answers[:, :, 2].sum(axis=1)
        weight = counts.answers.sum(axis=(1, 2))
    elif case.metric == "csat":
        weight = counts.rated.sum(axis=(1, 2))
        top = weight - counts.good.sum(axis=(1, 2))
    else:
        top, weight = counts.tickets.sum(axis=(1, 2)), counts.activity[LEAD:].sum(axis=1)
    first = case.company.history - PAST
    top, weight = top[first:], weight[first:]
    return np.where(weight > 0, top / np.maximum(weight, 1), top.sum() / weight.sum()), weight.astype(float)


def nearest_release(case: Case) -> Prediction:
    """The last release before the largest worsening from one week to the next."""
    values, weight = daily_series(case)
    rises = {
        day: _mean(values, weight, day, WEEK) - _mean(values, weight, day - WEEK, WEEK)
        for day in _inside(case)
    }
    return _ranked(_backwards(case, max(rises, key=lambda day: rises[day])), named=True)


def pelt(case: Case) -> Prediction:
    """The release before the worst change point of PELT; none if there is no worsening one."""
    import ruptures

    values, weight = daily_series(case)
    noise = np.median(np.abs(np.diff(values))) / 0.6745 / np.sqrt(2)
    signal = values / max(noise, 1e-9)
    points = ruptures.Pelt(model="l2", min_size=3, jump=1).fit(signal).predict(pen=3 * np.log(len(signal)))
    edges = [0, *points]
    jumps = {}
    for left, point, right in zip(edges, edges[1:], edges[2:], strict=False):
        jumps[point] = _mean(values, weight, point, right - point) - _mean(values, weight, left, point - left)
    worse = {point: jump for point, jump in jumps.items() if point >= PAST and jump > 0}
    if not worse:
        return _ranked(_backwards(case, len(values) - 1), named=False)
    return _ranked(_backwards(case, max(worse, key=lambda point: worse[point])), named=True)


def state_space(case: Case) -> Prediction:
    """The release whose day has the largest step in a local level model with a week."""
    values, _ = daily_series(case)
    scaled = (values - values.mean()) / values.std()
    settings = {"level": "local level", "seasonal": 7}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of the optimiser's last steps
        fitted = UnobservedComponents(scaled, **settings).fit(disp=False, maxiter=60)
        steps = {}
        for day in sorted({day for day in _logged(case) if PAST <= day < len(values) - 3}):
            step = (np.arange(len(values)) >= day).astype(float)
            model = UnobservedComponents(scaled, exog=step, mle_regression=False, **settings)
            state = model.smooth(fitted.params)
            steps[day] = state.smoothed_state[-1, -1] / np.sqrt(state.smoothed_state_cov[-1, -1, -1])
    if not steps:
        return _ranked([], named=False)
    order = sorted(steps, key=lambda day: -steps[day])
    ids = [name for day in order for name in _logged(case)[day]]
    return _ranked(ids, named=bool(steps[order[0]] > CLEAR))


def two_periods(case: Case) -> Prediction:
    """The release before the best split into two periods; mix or rate by what moved more between them."""
    values, weight = daily_series(case)
    clear = {}
    for day in _inside(case):
        change = _mean(values, weight, day, SPAN) - _mean(values, weight, day - SPAN, SPAN)
        clear[day] = change / max(_error(values, weight, day), 1e-12)
    split = max(clear, key=lambda day: clear[day])
    found = _ranked(_backwards(case, split), named=clear[split] > CLEAR)
    if clear[split] <= CLEAR:
        return found
    mix, rate = _mix_and_rate(case, split + case.company.history - PAST)
    name = "audience" if abs(mix) > abs(rate) else "service"
    return Prediction(found.suspects, {name: 1.0})


def _mix_and_rate(case: Case, day: int) -> tuple[float, float]:
    counts = case.counts
    if case.metric == "nps":
        weight = counts.answers.sum(axis=2)
        top = counts.answers[:, :, 0] - counts.answers[:, :, 2]
    elif case.metric == "csat":
        weight = counts.rated.sum(axis=2)
        top = weight - counts.good.sum(axis=2)
    else:
        weight, top = counts.activity[LEAD:], counts.tickets.sum(axis=2)
    windows = slice(day - SPAN, day), slice(day, day + SPAN)
    share, level = [], []
    for window in windows:
        asked = weight[window].sum(axis=0)
        share.append(asked / max(asked.sum(), 1))
        level.append(np.where(asked > 0, top[window].sum(axis=0) / np.maximum(asked, 1), np.nan))
    known = [np.where(np.isnan(a), b, a) for a, b in (level, level[::-1])]
    mix = np.nansum((share[1] - share[0]) * (known[0] + known[1]) / 2)
    return float(mix), float(np.nansum((share[0] + share[1]) / 2 * (known[1] - known[0])))


def _mean(values: np.ndarray, weight: np.ndarray, day: int, span: int) -> float:
    part = slice(max(day, 0), day + span)
    return float((values[part] * weight[part]).sum() / max(weight[part].sum(), 1e-9))


def _error(values: np.ndarray, weight: np.ndarray, day: int) -> float:
    parts = slice(day - SPAN, day), slice(day, day + SPAN)
    spread = [np.var(values[part]) / max(len(values[part]), 1) for part in parts if weight[part].sum()]
    return float(np.sqrt(sum(spread)))


def _inside(case: Case) -> range:
    """Days of the window with a week behind them, counted as the daily series is."""
    return range(PAST, PAST + case.company.days - case.company.history - WEEK)


def _logged(case: Case) -> dict[int, list[str]]:
    """Ids of the changes of each day, counted as the daily series is."""
    by_day: dict[int, list[str]] = {}
    for entry in case.log:
        by_day.setdefault(entry.day - case.company.history + PAST, []).append(entry.change_id)
    return by_day


def _backwards(case: Case, day: int) -> list[str]:
    """Changes up to a day, the latest first; then those of the week after it."""
    logged = _logged(case)
    before = sorted((at for at in logged if at <= day), reverse=True)
    after = sorted(at for at in logged if day < at <= day + WEEK)
    return [name for at in [*before, *after] for name in reversed(logged[at])]


def _ranked(ids: list[str], *, named: bool) -> Prediction:
    """Fixed probabilities by rank; none comes first, or fourth."""
    order: list[str | None] = [*ids]
    order.insert(3 if named else 0, None)
    chances = list(BY_RANK)[: len(order)]
    mechanism = {"service": 1.0} if named else {"none": 1.0}
    return Prediction(dict(zip(order, chances, strict=False)), mechanism)
