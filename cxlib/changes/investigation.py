"""The answer to "which change did it, if any": shift, split, suspects and what to be careful about."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

import pandas as pd

from cxlib.changes.authorship import Authorship
from cxlib.changes.breakdown import Breakdown
from cxlib.changes.calendar import Change
from cxlib.changes.credible import credible_set
from cxlib.changes.panel import Segment
from cxlib.changes.placebo import Placebo
from cxlib.changes.shift import Shift
from cxlib.changes.suspects import Suspects
from cxlib.changes.wording import instant_text
from cxlib.data.periods import day_to_date
from cxlib.result import Caveat, Result

__all__ = ["DataFacts", "Excluded", "Investigation", "Verdict", "Words"]

Verdict = Literal["change_named", "change_likely", "no_change_explains_it", "not_established", "no_shift"]


@dataclass(frozen=True, slots=True)
class Excluded:
    """A change near the onset that cannot be the cause."""

    change_id: str
    released_at: datetime
    why: Literal["after_onset", "out_of_range", "reverted_before_onset", "out_of_scope", "bad_date"]


@dataclass(frozen=True, slots=True)
class DataFacts:
    """What the answer was made from.

    Parameters
    ----------
    fingerprint : str
        Of the dataset.
    history_from, complete_to : int
        Local days; `complete_to` is exclusive.
    basis : str
        experience_day or response_day.
    response_delay_days : float or None
        Median between question and answer.
    responses : int
        Rows of the metric in the window.
    distinct_customers : int or None
        Among them.
    top_author_share : float or None
        Share of the rows by the most frequent customer.
    changes_considered, changes_in_log : int
        Counts.
    """

    fingerprint: str
    history_from: int
    complete_to: int
    basis: str
    response_delay_days: float | None
    responses: int
    distinct_customers: int | None
    top_author_share: float | None
    changes_considered: int
    changes_in_log: int

    def to_contract(self) -> dict[str, Any]:
        """The object `data` of the contract."""
        return {
            "fingerprint": self.fingerprint,
            "history_from": day_to_date(self.history_from).isoformat(),
            "complete_to": day_to_date(self.complete_to).isoformat(),
            "basis": self.basis,
            "response_delay_days": self.response_delay_days,
            "responses": self.responses,
            "distinct_customers": self.distinct_customers,
            "top_author_share": self.top_author_share,
            "changes_considered": self.changes_considered,
            "changes_in_log": self.changes_in_log,
        }


@dataclass(frozen=True, slots=True)
class Words:
    """The answer in sentences, by what they are for.

    Parameters
    ----------
    answer : tuple of str
        The first is the verdict, the others what it rests on.
    plain : str
        How it came about, without a technical word.
    next_steps : tuple of str
        What to look at next.
    doubts : tuple of str
        What would change the verdict.
    explained : tuple of str
        Why one change is, or is not, the cause, where that was asked.
    """

    answer: tuple[str, ...]
    plain: str
    next_steps: tuple[str, ...]
    doubts: tuple[str, ...]
    explained: tuple[str, ...] = ()

    @property
    def lines(self) -> tuple[str, ...]:
        """Everything, the answer first."""
        first, *details = self.answer
        look, doubt = " ".join(self.next_steps), " ".join(self.doubts)
        return (
            first,
            self.plain,
            f"Look next: {look}",
            f"What would change this: {doubt}",
            *details,
            *self.explained,
        )


@dataclass(frozen=True, eq=False, repr=False)
class Investigation(Result):
    """Which logged change moved a metric, if any.

    Parameters
    ----------
    metric, unit : str
        What was asked about, and the unit of every value.
    start, end : date
        Half-open window in which a shift was looked for.
    as_of : datetime
        UTC.
    verdict : str
        change_named, change_likely, no_change_explains_it, not_established or no_shift.
    found_shift : Shift
        When and how the metric moved.
    mechanisms : mapping of str to float
        audience, service, exogenous, none; they sum to 1.
    suspects : Suspects
        Every hypothesis with its probability.
    segment, reason : Segment or None, str or None
        What carries the shift.
    excluded : tuple of Excluded
        Changes that cannot be the cause.
    placebo : Placebo or None
        The same search on calm days.
    facts : DataFacts
        What the answer was made from.
    series : DataFrame
        date, value, n, mix, within: the metric a day, and its split against fixed means.
    sends : DataFrame
        date, segment, sends, answered, in the segments of the column that explains most.
    log : tuple of Change
        Every logged change, suspect or not.
    authors : pair of Authorship, or None
        Who the rows before and after came from.
    words : Words
        The answer in sentences.
    caveats : tuple of Caveat
        What to know first.
    further : tuple of Shift
        Other shifts in the window, such as a recovery.
    """

    metric: str
    unit: str
    start: date
    end: date
    as_of: datetime
    verdict: Verdict
    found_shift: Shift
    mechanisms: Mapping[str, float]
    suspects: Suspects
    segment: Segment
    reason: str | None
    excluded: tuple[Excluded, ...]
    placebo: Placebo | None
    facts: DataFacts
    series: pd.DataFrame
    sends: pd.DataFrame
    log: tuple[Change, ...]
    authors: tuple[Authorship, Authorship] | None
    words: Words
    caveats: tuple[Caveat, ...] = ()
    further: tuple[Shift, ...] = ()

    @property
    def table(self) -> pd.DataFrame:
        """The suspects, one row a hypothesis."""
        return self.suspects.table

    @property
    def text(self) -> str:
        """The answer first, then what it rests on."""
        return "\n".join(self.words.lines)

    @property
    def breakdown(self) -> Breakdown | None:
        """The split of the shift; None without an onset."""
        return self.found_shift.breakdown

    @property
    def shift(self) -> dict[str, Any]:
        """When and how the metric moved, as the contract spells it."""
        return self.found_shift.to_contract()

    @property
    def mechanism(self) -> dict[str, Any]:
        """The likeliest mechanism and all probabilities."""
        order = ("none", "exogenous", "service", "audience")
        name = max(order, key=lambda key: (self.mechanisms[key], order.index(key)))
        return {"name": name, "probabilities": dict(self.mechanisms)}

    def to_dict(self) -> dict[str, Any]:
        """The object that ``cxlib investigate --json`` prints."""
        rows, others = self.suspects.to_contract()
        credible = credible_set(self.suspects)
        split = self.breakdown
        balance = split.balance if split is not None else None
        return {
            "schema": "cxlib.investigate/1",
            "metric": self.metric,
            "unit": self.unit,
            "from": self.start.isoformat(),
            "to": self.end.isoformat(),
            "as_of": instant_text(self.as_of),
            "verdict": self.verdict,
            "shift": self.shift,
            "further_shifts": [one.to_contract() for one in self.further],
            "mechanism": self.mechanism,
            "breakdown": None if split is None else split.to_contract(),
            "balance": None
            if balance is None
            else {
                "kind": balance.kind,
                "happy_before": balance.happy_before,
                "happy_after": balance.happy_after,
                "unhappy_before": balance.unhappy_before,
                "unhappy_after": balance.unhappy_after,
            },
            "segment": dict(self.segment) or None,
            "reason": self.reason,
            "suspects": rows,
            "other_changes": others,
            "credible_set": {
                "level": credible.level,
                "probability": credible.probability,
                "change_ids": list(credible.change_ids),
                "holds_no_change": credible.holds_no_change,
                "holds_unlogged_cause": credible.holds_unlogged_cause,
            },
            "excluded": [
                {"change_id": item.change_id, "released_at": instant_text(item.released_at), "why": item.why}
                for item in self.excluded
            ],
            "placebo": None
            if self.placebo is None
            else {
                "runs": self.placebo.runs,
                "percentile": self.placebo.percentile,
                "mean_e_value": self.placebo.mean_e_value,
            },
            "data": self.facts.to_contract(),
            "caveats": [caveat.to_dict() for caveat in self.caveats],
            "text": list(self.words.lines),
        }
