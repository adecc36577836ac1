"""The ranked suspects: every logged change, no change, and an unlogged cause, summing to 1."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from cxlib.changes.hypotheses import Hypotheses
from cxlib.changes.judge import best_place
from cxlib.changes.posterior import Posterior, Weighed
from cxlib.changes.suspect import Suspect
from cxlib.changes.wording import evidence_text
from cxlib.data.periods import day_to_date
from cxlib.result import Caveat, Result
from cxlib.stats.profiles import LASTING, PULSES
from cxlib.text import format_probability, join_words, metric_label

__all__ = ["Suspects", "suspects_of"]

_MOST_LISTED = 20
_WORTH_NAMING = 0.01
_ALIKE = 2.3  # nats: an order of magnitude
_LOG10 = float(np.log(10))
_SHAPES = tuple(profile.shape for profile in LASTING + PULSES)


@dataclass(frozen=True, eq=False, repr=False)
class Suspects(Result):
    """Changes ranked with probabilities that sum with both nulls to 1.

    Parameters
    ----------
    metric : str
        What worsened.
    ranked : tuple of Suspect
        Every considered change, by falling probability.
    no_change, unlogged : float
        The two null hypotheses.
    unlogged_log10_bf : float
        Evidence for some unlogged cause.
    best_day : int or None
        Local day on which an unlogged cause would have begun.
    caveats : tuple of Caveat
        What to know first.
    """

    metric: str
    ranked: tuple[Suspect, ...]
    no_change: float
    unlogged: float
    unlogged_log10_bf: float
    best_day: int | None
    caveats: tuple[Caveat, ...] = ()

    @property
    def top(self) -> Suspect | None:
        """The likeliest change, where it beats both nulls."""
        if not self.ranked or self.ranked[0].probability <= max(self.no_change, self.unlogged):
            return None
        return self.ranked[0]

    def in_sets(self, *sets: Collection[str]) -> "Suspects":
        """With the number of the first set that holds each change.

        Parameters
        ----------
        sets : collection of str
            Ids of the changes that may be the first cause, the second, and so on.
        """
        numbers = {name: at for at, held in reversed(list(enumerate(sets, start=1))) for name in held}
        ranked = [replace(item, set_id=numbers.get(item.change.change_id)) for item in self.ranked]
        return replace(self, ranked=tuple(ranked))

    @property
    def table(self) -> pd.DataFrame:
        """One row a hypothesis: change_id, title, probability, audience, service, effect, log10_bf, why."""
        rows = [
            {
                "hypothesis": "change",
                "change_id": item.change.change_id,
                "title": item.change.title,
                "released_at": item.change.released_at,
                "probability": item.probability,
                "audience": item.mechanisms.get("audience", 0.0),
                "service": item.mechanisms.get("service", 0.0),
                "effect": item.effect,
                "lower": item.lower,
                "upper": item.upper,
                "log10_bf": item.log10_bf,
                "tied_with": join_words(item.tied_with),
                "why": "; ".join(evidence_text(*pair) for pair in item.evidence),
            }
            for item in self.ranked
        ]
        rows += [_null_row("no_change", "No change: noise, season, drift", self.no_change, 0.0)]
        title = "A cause that is not in the log"
        rows += [_null_row("unlogged_cause", title, self.unlogged, self.unlogged_log10_bf)]
        table = pd.DataFrame(rows)
        return table.sort_values("probability", ascending=False, kind="stable", ignore_index=True)

    @property
    def text(self) -> str:
        """The likeliest hypotheses in a sentence."""
        chances = [(item.probability, item.change.change_id) for item in self.ranked]
        chances += [(self.no_change, "no change"), (self.unlogged, "a cause that is not in the log")]
        chances.sort(key=lambda pair: -pair[0])
        worth = [pair for pair in chances[:3] if pair[0] >= _WORTH_NAMING] or chances[:1]
        named = [f"{name} ({format_probability(chance)})" for chance, name in worth]
        return f"Likeliest for {metric_label(self.metric)}: {join_words(named)}."

    def to_contract(self) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        """The elements `suspects` and `other_changes` of the contract."""
        shown, rest = self.ranked[:_MOST_LISTED], self.ranked[_MOST_LISTED:]
        rows = [item.to_contract() for item in shown]
        rows.append(
            {"hypothesis": "no_change", "change_id": None, "probability": self.no_change, "mechanism": "none"}
        )
        day = None if self.best_day is None else day_to_date(self.best_day).isoformat()
        rows.append(
            {
                "hypothesis": "unlogged_cause",
                "change_id": None,
                "probability": self.unlogged,
                "mechanism": "exogenous",
                "log10_bf": self.unlogged_log10_bf,
                "best_day": day,
            }
        )
        rows.sort(key=lambda row: -row["probability"])
        left = 1.0 - sum(row["probability"] for row in rows)
        return rows, {"count": len(rest), "probability": min(max(left, 0.0), 1.0) if rest else 0.0}


def _null_row(hypothesis: str, title: str, probability: float, log10_bf: float) -> dict[str, Any]:
    return {"hypothesis": hypothesis, "title": title, "probability": probability, "log10_bf": log10_bf}


def suspects_of(
    posterior: Posterior,
    fields: Sequence[Hypotheses],
    *,
    metric: str,
    onsets: Sequence[int],
    to_unit: Mapping[str, float],
    lags: Mapping[str, int],
) -> Suspects:
    """Word the posterior as suspects.

    Parameters
    ----------
    posterior : Posterior
        Probabilities.
    fields : sequence of Hypotheses
        Their evidence.
    metric : str
        Name of the metric.
    onsets : sequence of int
        Local day of each onset.
    to_unit : mapping of str to float
        Metric units per unit of the scan, by mechanism.
    lags : mapping of str to int
        Days until the metric shows an effect, by mechanism.

    Returns
    -------
    Suspects
        Sorted; equal probabilities in the order of the log.
    """
    ties = _ties(posterior.weighed)
    ranked = [_suspect(item, fields, ties, onsets, to_unit, lags) for item in posterior.weighed]
    ranked.sort(key=lambda item: (-item.probability, item.change.released_at, item.change.title))
    best = int(np.argmax(posterior.unlogged_onset)) if posterior.unlogged_onset.sum() > 0 else None
    return Suspects(
        metric,
        tuple(ranked),
        posterior.no_change,
        posterior.unlogged,
        posterior.unlogged_log_bf / _LOG10,
        None if best is None else int(onsets[best]),
    )


def _ties(weighed: Sequence[Weighed]) -> dict[str, tuple[str, ...]]:
    """Changes of one moment for which the data weigh alike: only the prior tells them apart."""
    return {
        item.candidate.change.change_id: tuple(
            other.candidate.change.change_id for other in weighed if other is not item and _alike(other, item)
        )
        for item in weighed
    }


def _alike(one: Weighed, other: Weighed) -> bool:
    same = one.candidate.change.timing == other.candidate.change.timing
    return same and abs(one.log_bf - other.log_bf) < _ALIKE


def _suspect(
    item: Weighed,
    fields: Sequence[Hypotheses],
    ties: Mapping[str, tuple[str, ...]],
    onsets: Sequence[int],
    to_unit: Mapping[str, float],
    lags: Mapping[str, int],
) -> Suspect:
    likeliest = max(item.by_mechanism, key=lambda name: (item.by_mechanism[name], name))
    field = next(field for field in fields if field.mechanism == likeliest)
    shape, onset, place = best_place(field, item.candidate)
    spot = (shape, onset, field.places.index(place))
    effect, sd = (float(part[spot]) * to_unit[likeliest] for part in (field.effect, field.sd))
    evidence = [(name, float(part[spot]) / _LOG10) for name, part in field.parts.items()]
    evidence = [(name, value) for name, value in evidence if value != 0.0]
    evidence.append(("text", float(item.candidate.tilt[likeliest][spot[2]]) / _LOG10))
    return Suspect(
        item.candidate.change,
        item.prior,
        item.probability,
        item.by_mechanism,
        item.log_bf / _LOG10,
        effect,
        effect - 1.96 * abs(sd),
        effect + 1.96 * abs(sd),
        int(onsets[onset]) + lags[likeliest],
        _SHAPES[shape],
        place.segment,
        place.reason,
        ties[item.candidate.change.change_id],
        tuple(evidence),
    )
