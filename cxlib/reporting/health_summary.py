"""What the page on health says on the first page of the report: a sentence for each question."""

from collections.abc import Mapping
from typing import Any, Final

from cxlib.health.backtest import Backtest
from cxlib.health.movement import HealthMovement
from cxlib.health.opportunities import Opportunities
from cxlib.health.scores import INSUFFICIENT, HealthScores
from cxlib.health.sentences import unit_word
from cxlib.reporting.health_words import (
    begin_with,
    called,
    change_words,
    fell_words,
    main_row,
    mean_change,
)
from cxlib.reporting.summary import PageSummary
from cxlib.text import format_count, format_fraction, join_words, plural, say_probability

__all__ = ["summary_of"]

_LIKELY: Final = 0.5
_DIGITS: Final = 9


def summary_of(
    scores: HealthScores | None,
    movement: HealthMovement | None,
    tested: Backtest | None,
    lists: Opportunities | None,
    missing: Mapping[str, str],
) -> PageSummary:
    """The page's part of the first page of the report: a sentence for each question.

    Parameters
    ----------
    scores : HealthScores or None
        None: there is no health to speak of.
    movement : HealthMovement or None
        Since an earlier day.
    tested : Backtest or None
        Of the months so far.
    lists : Opportunities or None
        Worklists.
    missing : mapping of str to str
        What is not there, and why.
    """
    if scores is None:
        return PageSummary(lines={"unknown": (f"Health of accounts is not scored: {missing['scores']}",)})
    moved = movement if movement is not None and len(movement.table) else None
    little = int((scores.table["band_model"] == INSUFFICIENT).sum())
    unknown = f"Too little is known of {plural(little, unit_word(scores.unit))} for a band of health."
    return PageSummary(
        lines={
            "moved": (_in_short(scores, moved),),
            "sure": (_worth_in_short(tested),) if tested is not None else (),
            "why": _why_in_short(moved) if moved is not None else (),
            "action": (f"Health: {begin_with(lists)}",) if lists is not None else (),
            "unknown": (unknown,) if little else (),
        },
        lights=(_light(moved),) if moved is not None else (),
        numbers={
            "account_health": {
                "label": "Health, mean score",
                "value": round(float(scores.table["score"].mean()), 6),
                "n": len(scores.table),
                "unit": "points",
            }
        },
        definitions={"account_health": scores.configuration.hash},
        health=_published(scores),
    )


def _published(scores: HealthScores) -> dict[str, Any]:
    """The scores as the report keeps them, to be compared with what later data make of them."""
    told = dict(zip(scores.table[scores.unit], scores.table["score"].round(_DIGITS).tolist(), strict=True))
    return {"as_of": scores.as_of.isoformat(), "scores": told}


def _in_short(scores: HealthScores, movement: HealthMovement | None) -> str:
    """How many are in danger, and whether the mean moved."""
    danger = format_count(int((scores.table["band_model"] == "danger").sum()))
    first = f"Health: {danger} of {plural(len(scores.table), unit_word(scores.unit))} in danger"
    if movement is None:
        return f"{first}."
    size, verdict = change_words(movement)
    return f"{first}; the mean score moved by {size}: {verdict}."


def _worth_in_short(tested: Backtest) -> str:
    row = main_row(tested)
    if not tested.usable or row is None:
        return f"The health score: {_small(tested.text.partition(chr(10))[0])}"
    return (
        f"The health score is {row['verdict']} at telling who leaves, {plural(row['lead_days'], 'day')} "
        f"ahead (AUC {format_fraction(row['auc'])}, {called(row)} {format_fraction(row['baseline_auc'])})."
    )


def _why_in_short(movement: HealthMovement) -> tuple[str, ...]:
    """Whose rows became fewer, and the logged change that lines up with it, where one does."""
    rows = movement.coverage.table[movement.coverage.table["fell"]].to_dict("records")
    if not rows:
        return ()
    logged = [
        row
        for one in movement.coverage.found.values()
        for row in one.to_dict()["suspects"]
        if row["hypothesis"] == "change" and row["probability"] >= _LIKELY
    ]
    named = list(
        dict.fromkeys(f"{row['change_id']} ({say_probability(row['probability'])})" for row in logged)
    )
    lines_up = f" {join_words(named)} lines up with it." if named else ""
    return (f"Health: {join_words([fell_words(row) for row in rows])}: who is heard of changed.{lines_up}",)


def _small(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


def _light(movement: HealthMovement) -> dict[str, str]:
    """Better, worse or no clear change of the mean."""
    _, low, high = mean_change(movement.table)
    state = "better" if low > 0 else "worse" if high < 0 else "wait"
    words = state if state != "wait" else "no clear change"
    return {"metric": "account_health", "label": "Health of accounts", "state": state, "words": words}
