"""Priors of a company of its own, learned from incidents whose cause is known."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import minimize
from scipy.special import logsumexp

from cxlib.changes.given import given_priors
from cxlib.changes.labelled import Labelled, labelled
from cxlib.changes.posterior import Priors
from cxlib.changes.question import ask
from cxlib.data.dataset import Dataset
from cxlib.errors import UsageError
from cxlib.result import Caveat, Result
from cxlib.text import format_count, format_value

__all__ = ["LearnedPriors", "learn_priors"]

Floats = npt.NDArray[np.float64]

_FEWEST: Final = 30
_FOLDS: Final = 5
_DOUBT: Final = 1.0  # log-odds that the settings may be off, as a standard deviation
_WEIGHTS: Final = ("component", "scope", "words")
_COLUMNS: Final = ("metric", "start", "end", "change_id")


@dataclass(frozen=True, eq=False, repr=False)
class LearnedPriors(Result):
    """What incidents with a known cause say about `[changes.prior]`.

    Parameters
    ----------
    table : DataFrame
        parameter, given, learned, lower, upper (95 %): probabilities, then log-odds.
    incidents : int
        How many were learned from.
    given_loss, learned_loss : float
        Mean log loss of the right answer, in nats: of the settings, and of priors learned without the
        incident that is judged.
    caveats : tuple of Caveat
        `no_better` where the settings judge as well.
    """

    table: pd.DataFrame
    incidents: int
    given_loss: float
    learned_loss: float
    caveats: tuple[Caveat, ...] = ()

    @property
    def text(self) -> str:
        """Whether it is worth it."""
        return (
            f"Learned from {format_count(self.incidents)} incidents. Log loss of the right answer on "
            f"incidents held out: {format_value(self.learned_loss)}; "
            f"with the settings: {format_value(self.given_loss)}."
        )

    @property
    def prior(self) -> dict[str, Any]:
        """For ``rank_changes(prior=...)``, or to be written under ``[changes.prior]`` in cxlib.toml."""
        learned = dict(zip(self.table["parameter"], self.table["learned"], strict=True))
        kinds = {name.removeprefix("kind."): v for name, v in learned.items() if name.startswith("kind.")}
        return {name: v for name, v in learned.items() if not name.startswith("kind.")} | {"kind": kinds}


def learn_priors(data: Dataset, incidents: pd.DataFrame) -> LearnedPriors:
    """Fit the priors of attribution to incidents whose cause is known.

    A conditional logit over the changes of each window, an unlogged cause and none, with the log Bayes
    factors as offset; the settings are what it is shrunk to, each log-odds with a standard deviation of 1.

    Parameters
    ----------
    data : Dataset
        Checked tables with the log.
    incidents : DataFrame
        A row an incident: metric, start, end (days, half-open), change_id (missing: no logged change did it).
        30 at least.

    Returns
    -------
    LearnedPriors
        Judged on incidents held out, in five parts.

    Raises
    ------
    UsageError
        If there are too few incidents, a column is missing, or a cause is not in its window.

    References
    ----------
    .. [1] McFadden (1974), Conditional logit analysis of qualitative choice behavior.

    Examples
    --------
    Below thirty incidents the settings are kept.

    >>> import cxlib as cx
    >>> import pandas as pd
    >>> log = pd.DataFrame({"change_id": ["R-1"], "title": "A", "released_at": ["2020-01-30T08:00Z"]})
    >>> tickets = pd.DataFrame({"ticket_id": ["t1"], "created_at": ["2020-01-01T06:00Z"]})
    >>> known = {"metric": "ticket_volume", "start": "2020-01-20", "end": "2020-02-10", "change_id": "R-1"}
    >>> cx.learn_priors(cx.load({"tickets": tickets, "changes": log}), pd.DataFrame([known]))
    Traceback (most recent call last):
    cxlib.errors.UsageError: incidents: found 1 rows, expected 30 or more. Fix: keep the given priors ...
    """
    _check(incidents)
    known = []
    given = given_priors(data)
    for row, (metric, start, end, change_id) in enumerate(_rows(incidents)):
        question = ask(data, metric, by=(), start=start, end=end)
        guilty = change_id or None
        if guilty is not None and guilty not in {change.change_id for change in question.in_window}:
            raise UsageError(
                f"incidents row {row}, column change_id",
                found=f"{guilty!r}, which no change from {start} to {end} is called",
                expected="a change of the window, or nothing",
                fix="correct the id, or move the window",
            )
        known.append(labelled(question, guilty))
    return _learned(known, given)


def _rows(incidents: pd.DataFrame) -> list[tuple[str, str, str, str]]:
    """Metric, start, end and change id as text, the last empty where there is none."""
    columns = [incidents[name].astype("string").fillna("") for name in _COLUMNS]
    return [(str(a), str(b)[:10], str(c)[:10], str(d)) for a, b, c, d in zip(*columns, strict=True)]


def _check(incidents: pd.DataFrame) -> None:
    missing = [name for name in _COLUMNS if name not in incidents]
    if missing:
        raise UsageError(
            "incidents",
            found=f"no column {', '.join(missing)}",
            expected=", ".join(_COLUMNS),
            fix="add it; change_id stays empty where no logged change did it",
        )
    if len(incidents) < _FEWEST:
        raise UsageError(
            "incidents",
            found=f"{len(incidents)} rows",
            expected=f"{_FEWEST} or more",
            fix="keep the given priors until as many causes are known",
        )


def _learned(known: Sequence[Labelled], given: Priors) -> LearnedPriors:
    kinds = sorted({change.kind for one in known for change in one.changes} - {"release"})
    learned, spread = _fit(known, given, kinds)
    names = [*_WEIGHTS, *(f"kind.{kind}" for kind in kinds)]
    before, after = (_vector(one, kinds) for one in (given, learned))
    rows = [
        (name, was, now, now - 1.96 * sd, now + 1.96 * sd)
        for name, was, now, sd in zip(names, before, after, spread, strict=False)
    ]
    odds, error = after[len(names) :], spread[len(names) :]
    for at, name in enumerate(("no_change_alert", "unlogged")):
        low, high = (_shares(odds + sign * 1.96 * error * np.eye(2)[at])[at] for sign in (-1, 1))
        was, now = _shares(before[len(names) :])[at], _shares(odds)[at]
        rows.insert(at, (name, was, now, low, high))
    held = np.empty(len(known))
    for fold in range(_FOLDS):
        out = np.arange(len(known)) % _FOLDS == fold
        others = [one for one, left in zip(known, out, strict=True) if not left]
        fitted, _ = _fit(others, given, kinds, spread=False)
        held[out] = [-one.log_probability(fitted) for one, left in zip(known, out, strict=True) if left]
    base = np.array([-one.log_probability(given) for one in known])
    caveats: tuple[Caveat, ...] = ()
    if held.mean() >= base.mean():
        text = "On incidents held out, what was learned judges no better than the settings: keep those."
        caveats = (Caveat("no_better", text),)
    table = pd.DataFrame(rows, columns=["parameter", "given", "learned", "lower", "upper"])
    return LearnedPriors(table, len(known), float(base.mean()), float(held.mean()), caveats)


def _vector(priors: Priors, kinds: Sequence[str]) -> Floats:
    """Log-odds; the last two are those of the nulls against a logged change."""
    change = np.log(max(1 - priors.no_change - priors.unlogged, 1e-12))
    return np.array(
        [
            *(getattr(priors, name) for name in _WEIGHTS),
            *(priors.kind.get(kind, 0.0) for kind in kinds),
            np.log(priors.no_change) - change,
            np.log(priors.unlogged) - change,
        ]
    )


def _shares(odds: Floats) -> Floats:
    """Probabilities of the two nulls from their log-odds."""
    return np.asarray(np.exp(odds - logsumexp([0.0, *odds])))


def _priors(vector: Floats, given: Priors, kinds: Sequence[str]) -> Priors:
    no_change, unlogged = _shares(vector[-2:])
    weights = dict(zip(_WEIGHTS, map(float, vector[: len(_WEIGHTS)]), strict=True))
    kind = dict(zip(kinds, map(float, vector[len(_WEIGHTS) : -2]), strict=True))
    return replace(
        given, no_change=float(no_change), unlogged=float(unlogged), kind={**given.kind, **kind}, **weights
    )


def _fit(
    known: Sequence[Labelled], given: Priors, kinds: Sequence[str], *, spread: bool = True
) -> tuple[Priors, Floats]:
    """The likeliest priors, and the standard deviation of each log-odds by the curvature there."""
    start = _vector(given, kinds)

    def loss(vector: Floats) -> float:
        priors = _priors(vector, given, kinds)
        apart = float(((vector - start) ** 2).sum()) / (2 * _DOUBT**2)
        return apart - sum(one.log_probability(priors) for one in known)

    best = minimize(loss, start, method="L-BFGS-B").x
    if not spread:
        return _priors(best, given, kinds), np.zeros(len(best))
    curvature = _curvature(loss, best)
    sd = np.sqrt(np.maximum(np.diag(np.linalg.pinv((curvature + curvature.T) / 2)), 0.0))
    return _priors(best, given, kinds), np.asarray(sd)


def _curvature(loss: Callable[[Floats], float], at: Floats, *, step: float = 1e-2) -> Floats:
    """Second derivatives by central differences."""
    moves = step * np.eye(len(at))

    def corner(one: Floats, other: Floats) -> float:
        return (
            loss(at + one + other) - loss(at + one - other) - loss(at - one + other) + loss(at - one - other)
        )

    return np.array([[corner(one, other) for other in moves] for one in moves]) / (4 * step**2)
