"""Which logged change moved a metric, if any."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from cxlib.changes.advice import doubts, next_steps, plain_words
from cxlib.changes.authorship import compared_authorship
from cxlib.changes.caveats import gather_caveats
from cxlib.changes.credible import credible_set
from cxlib.changes.daily import daily_sends, daily_series
from cxlib.changes.data_facts import facts_of, placebo_of
from cxlib.changes.investigation import DataFacts, Excluded, Investigation, Verdict, Words
from cxlib.changes.mended_words import counted_unit, further_lines
from cxlib.changes.moved import moved_caveats, movement_of
from cxlib.changes.placebo import Placebo
from cxlib.changes.places import moved_reasons
from cxlib.changes.posterior import Posterior
from cxlib.changes.question import Question, ask
from cxlib.changes.second import second_cause
from cxlib.changes.sentences import answer, carrier_of, explanation
from cxlib.changes.shift import Shift
from cxlib.changes.suspects import Suspects, suspects_of
from cxlib.changes.verdict import likeliest_mechanism, mechanisms_of, verdict_of
from cxlib.changes.weighing import exclude, weigh
from cxlib.changes.wording import in_sentence
from cxlib.data.dataset import Dataset
from cxlib.errors import UnknownNameError
from cxlib.metrics.metric import Metric
from cxlib.result import Caveat
from cxlib.text import metric_label, unit_of_change

__all__ = ["investigate", "rank_changes"]


def rank_changes(
    data: Dataset,
    metric: str | Metric = "nps",
    *,
    by: str | Sequence[str] = (),
    start: date | str | None = None,
    end: date | str | None = None,
    prior: Mapping[str, Any] | None = None,
) -> Suspects:
    """Rank the logged changes by the probability that they made the metric worse.

    Parameters
    ----------
    data : Dataset
        Checked tables.
    metric : str or Metric
        Any metric but a duration.
    by : str or sequence of str
        Segment columns; empty: every one with 2 to 50 values.
    start, end : date, str (YYYY-MM-DD) or None
        Half-open window; by default the last 90 days before `as_of`.
    prior : mapping or None
        Keys of `[changes.prior]` that are to be something else, such as those of `learn_priors`.

    Returns
    -------
    Suspects
        Probabilities that sum with "no change" and "unlogged cause" to 1.

    Examples
    --------
    A ticket every six hours, and one every three hours from R-2 on.

    >>> import cxlib as cx
    >>> import pandas as pd
    >>> times = pd.date_range("2020-01-01T06:00Z", periods=480, freq="3h").strftime("%Y-%m-%dT%H:%MZ")
    >>> kept = [time for row, time in enumerate(times) if row % 2 or time > "2020-02-10"]
    >>> log = pd.DataFrame({"change_id": ["R-1", "R-2"], "title": "A release"})
    >>> log["released_at"] = ["2020-01-30T08:00Z", "2020-02-10T08:00Z"]
    >>> tickets = pd.DataFrame({"ticket_id": kept, "created_at": kept})
    >>> data = cx.load({"tickets": tickets, "changes": log})
    >>> suspects = cx.rank_changes(data, "ticket_volume", start="2020-01-25", end="2020-02-25")
    >>> suspects.table[["hypothesis", "change_id", "probability"]].round(1)
           hypothesis change_id  probability
    0          change       R-2          0.9
    1  unlogged_cause       NaN          0.0
    2          change       R-1          0.0
    3       no_change       NaN          0.0
    """
    question = ask(data, metric, by=by, start=start, end=end, prior=prior)
    posterior, _ = _weighed(question)
    return _suspects(question, posterior)


def investigate(
    data: Dataset,
    metric: str | Metric = "nps",
    *,
    by: str | Sequence[str] = (),
    start: date | str | None = None,
    end: date | str | None = None,
    explain: str | None = None,
) -> Investigation:
    """Say which logged change made a metric worse, with "none of them" as a possible answer.

    Parameters
    ----------
    data : Dataset
        Checked tables; one file of surveys and a change log are enough.
    metric : str or Metric
        Any metric but a duration.
    by : str or sequence of str
        Segment columns; empty: every one with 2 to 50 values.
    start, end : date, str (YYYY-MM-DD) or None
        Half-open window in which a shift is looked for; by default the last 90 days before `as_of`. Earlier
        rows are history: 60 days are needed, 110 recommended. Rows after `end` tell whether a shift lasted.
    explain : str or None
        A change id, or blank; adds sentences on why that change is, or is not, the cause.

    Returns
    -------
    Investigation
        Its `to_dict()` is the object of ``cxlib investigate --json``.

    Raises
    ------
    UnknownNameError
        If the metric, a segment or the change to be explained is unknown.

    Examples
    --------
    Two plans answer as ever, but one is asked a quarter as often from 31 January, an hour after R-2.

    >>> import cxlib as cx
    >>> import pandas as pd
    >>> days = pd.date_range("2020-01-01", periods=60).strftime("%Y-%m-%dT09:00Z")
    >>> asked = [(day, one) for day in days for one in range(8) if day < "2020-01-31" or one not in {3, 5, 7}]
    >>> rows = [(f"{day}-{one}", "nps", day, day, 10 if one % 4 else 5, "AB"[one % 2]) for day, one in asked]
    >>> columns = ["survey_id", "kind", "sent_at", "responded_at", "score", "plan"]
    >>> log = pd.DataFrame({"change_id": ["R-1", "R-2"], "title": "A release"})
    >>> log["released_at"] = ["2020-01-20T08:00Z", "2020-01-31T08:00Z"]
    >>> data = cx.load({"surveys": pd.DataFrame(rows, columns=columns), "changes": log})
    >>> found = cx.investigate(data, "nps", start="2020-01-15", end="2020-03-01")
    >>> found.verdict, found.table["change_id"].iloc[0]
    ('change_named', 'R-2')
    >>> round(found.breakdown.mix, 1), round(found.breakdown.within, 1)
    (-30.0, 0.0)
    """
    question = ask(data, metric, by=by, start=start, end=end)
    _check_explained(question, explain)
    posterior, excluded = _weighed(question)
    suspects = _suspects(question, posterior)
    mechanisms = mechanisms_of(posterior)
    moved = movement_of(question, posterior, mechanisms)
    shift, spot = moved.shift, moved.place
    verdict = verdict_of(question, suspects, shift)
    facts, placebo, unit = facts_of(question), placebo_of(question), _unit_in_words(question)
    caveats = (*moved_caveats(question, shift, unit), *_caveats(question, facts, placebo))
    second = None if question.metric.kind == "count" else second_cause(question, moved)
    if second is not None:
        suspects = suspects.in_sets(credible_set(suspects).change_ids, second.change_ids)
        caveats = (*caveats, second.caveat)
    others = moved_reasons(question, spot, None if shift.onset is None else shift.onset.day)
    words = _words(question, verdict, shift, mechanisms, suspects)
    told = further_lines(question, moved, others, unit)
    said = tuple(
        line
        for change in question.log
        if change.change_id == explain
        for line in explanation(change, suspects, excluded, unit)
    )
    again, further = ((), ()) if second is None else ((second.text,), (second.shift,))
    words = replace(words, answer=(*words.answer, *told, *again), explained=said)
    split = shift.breakdown
    return Investigation(
        question.metric.name,
        counted_unit(question.sources.mended, question.metric),
        question.start,
        question.end,
        data.as_of,
        verdict,
        shift,
        mechanisms,
        suspects,
        spot.segment if shift.detected else (),
        spot.reason if shift.detected else None,
        excluded,
        placebo,
        facts,
        daily_series(question.sources, question.metric, question.history),
        daily_sends(question.sources, split.cut.by if split is not None else ()),
        tuple(question.log),
        compared_authorship(data, question.metric, split),
        words,
        _distinct((*caveats, *(split.caveats if split is not None else ()))),
        (*moved.further, *(other.shift for other in others), *further),
    )


def _caveats(question: Question, facts: DataFacts, placebo: Placebo | None) -> tuple[Caveat, ...]:
    return tuple(
        gather_caveats(
            question.data,
            question.metric,
            question.sources,
            history=question.history,
            changes=question.in_window,
            top_share=facts.top_author_share,
            placebo=placebo,
            window=(question.start, question.end),
        )
    )


def _check_explained(question: Question, explain: str | None) -> None:
    if explain and explain not in {change.change_id for change in question.log}:
        raise UnknownNameError(
            "explain",
            explain,
            [change.change_id for change in question.log],
            expected="a change_id of the log",
        )


def _words(
    question: Question, verdict: Verdict, shift: Shift, mechanisms: Mapping[str, float], suspects: Suspects
) -> Words:
    """The answer in sentences."""
    metric = question.metric
    name, unit, mechanism = (
        metric_label(metric.name),
        _unit_in_words(question),
        likeliest_mechanism(mechanisms),
    )
    carrier, inside = carrier_of(verdict, shift, mechanism), in_sentence(name)
    return Words(
        answer(name, unit, verdict, shift, mechanism, suspects),
        plain_words(inside, metric.unit, verdict, shift, carrier, is_count=question.is_count),
        next_steps(verdict, shift, carrier, suspects),
        doubts(inside, verdict, shift, carrier, suspects),
    )


def _distinct(caveats: Sequence[Caveat]) -> tuple[Caveat, ...]:
    return tuple({caveat.code: caveat for caveat in reversed(caveats)}.values())[::-1]


def _unit_in_words(question: Question) -> str:
    """The unit of a change of the daily series: shares move by points, counts by so many a day."""
    unit = counted_unit(question.sources.mended, question.metric)
    return f"{unit} a day" if question.metric.kind == "count" else unit_of_change(unit)


def _weighed(question: Question) -> tuple[Posterior, tuple[Excluded, ...]]:
    """Weigh every change of the window, and strike off those that cannot be the cause.

    What is struck off leaves its chance to all that remain alike: that a release came too late makes the
    others no likelier than an unlogged cause.
    """
    posterior = weigh(question, question.in_window)
    excluded = exclude(question, posterior)
    return posterior.without({item.change_id for item in excluded}), excluded


def _suspects(question: Question, posterior: Posterior) -> Suspects:
    names = [field.mechanism for field in question.model.fields]
    return suspects_of(
        posterior,
        question.model.fields,
        metric=question.metric.name,
        onsets=question.columns.onsets,
        to_unit={name: question.to_unit(name) for name in names},
        lags={name: question.lag(name) for name in names},
    )
