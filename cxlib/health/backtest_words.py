"""What a back-test says, in sentences made from its numbers."""

from collections.abc import Mapping, Sequence
from math import isfinite

from cxlib.data.clock import day_to_date
from cxlib.health.judged import FEWEST_CHURNED, Judged, Setting
from cxlib.result import Caveat
from cxlib.text import (
    format_count,
    format_day,
    format_fraction,
    join_words,
    metric_label,
    plural,
    quote,
)

__all__ = ["caveats_of", "leak_sentence", "text_of", "verdict_of"]


def verdict_of(one: Judged) -> str:
    """Whether the score is better than the best baseline at a lead: where the interval lies above 0.

    Examples
    --------
    >>> import numpy as np
    >>> from cxlib.health.labels import Labels
    >>> none, flags = np.zeros(0, int), np.zeros(0, bool)
    >>> nobody = Labels(none, flags, none, none, none)
    >>> verdict_of(Judged(30, "no closed window", nobody, nobody))
    'no closed window'
    """
    best = one.baseline
    if one.status != "ok" or best is None:
        return one.status
    if not best.gain_lower > 0:
        return "no better than naive"
    bounds = f"[{format_fraction(best.gain_lower)}, {format_fraction(best.gain_upper)}]"
    return f"better than {_called(best.predictor)} by {format_fraction(best.gain)} {bounds}"


def _called(predictor: str) -> str:
    return predictor if predictor in {"tenure", "chance"} else metric_label(predictor)


def leak_sentence(leaks: Mapping[str, float]) -> str:
    """What was found, what was expected, and how to mend it.

    Examples
    --------
    >>> leak_sentence({"churn_flag": 1.0})
    "column 'churn_flag' (AUC 1.00): found churn ranked too well, expected ... Fix: drop it, or ..."
    """
    ranked = sorted(leaks, key=lambda name: -leaks[name])
    named = join_words([f"{quote(name)} (AUC {format_fraction(leaks[name])})" for name in ranked])
    word, it = ("", "it") if len(leaks) == 1 else ("s", "them")
    return (
        f"column{word} {named}: found churn ranked too well, expected an AUC of .95 or less from what was "
        f"known before; the back-test is unusable. Fix: drop {it}, or what an exit fills in."
    )


def text_of(
    judged: Sequence[Judged],
    main: Judged | None,
    setting: Setting,
    leaks: Mapping[str, float],
    proposed: float,
) -> str:
    """The verdict of the whole, then a sentence a lead, then the proposed cut.

    Examples
    --------
    >>> text_of([], None, Setting(90, 18321, 300, 1), {}, float("nan"))
    'Tested from 29 February 2020: too few to judge at any lead.'
    """
    begin = format_day(day_to_date(setting.cut))
    if leaks:
        whole = f"unusable: {leak_sentence(leaks)}"
    elif main is None:
        whole = "too few to judge at any lead."
    else:
        whole = f"the score is {verdict_of(main)}, {_ahead(main.lead_days)}."
    lines = [f"Tested from {begin}: {whole}", *(_sentence(one, setting) for one in judged)]
    if isfinite(proposed):
        lines.append(
            f"Proposed cut for danger: {format_count(proposed)}. "
            "Below it calibrated churn is twice the base rate or more."
        )
    return "\n".join(lines)


def _ahead(lead_days: int) -> str:
    return "without a lead" if lead_days == 0 else f"{plural(lead_days, 'day')} ahead"


def _sentence(one: Judged, setting: Setting) -> str:
    score = one.ranking("score")
    begin = f"{_ahead(one.lead_days)[:1].upper()}{_ahead(one.lead_days)[1:]}"
    if score is None:
        return f"{begin}: {one.status}."
    events = (
        f"{format_count(one.test.churned_accounts)} of "
        f"{plural(len(set(one.test.account.tolist())), 'account')} churned in a window of "
        f"{plural(setting.horizon_days, 'day')}"
    )
    if one.status != "ok":
        return f"{begin}: {one.status}, {events}; {FEWEST_CHURNED} are needed."
    bounds = f"[{format_fraction(score.lower)}, {format_fraction(score.upper)}]"
    return f"{begin}: AUC {format_fraction(score.auc)} {bounds}, {verdict_of(one)} ({events})."


def caveats_of(judged: Sequence[Judged], leaks: Mapping[str, float]) -> tuple[Caveat, ...]:
    """What to know before using the numbers.

    Examples
    --------
    >>> caveats_of([], {"churn_flag": 1.0})[0].code
    'leak'
    """
    notes = [Caveat("leak", f"This back-test is unusable: {leak_sentence(leaks)}")] if leaks else []
    for code, status, said in (
        ("too_few_churned", "too few to judge", f"fewer than {FEWEST_CHURNED} test accounts left"),
        ("no_closed_window", "no closed window", "no snapshot after the cut has a window with churn"),
    ):
        there = [format_count(one.lead_days) for one in judged if one.status == status]
        if there:
            notes.append(Caveat(code, f"With a lead of {join_words(there)} days {said}: nothing is judged."))
    fixed = [format_count(one.lead_days) for one in judged if one.rankings and not one.refitted]
    if fixed:
        why = "the last closed window has no churn: the level is not refitted."
        text = f"With a lead of {join_words(fixed)} days {why}"
        notes.append(Caveat("not_refitted", text))
    beaten = [one for one in judged if one.status == "ok" and _is_beaten(one)]
    if beaten:
        there = [format_count(one.lead_days) for one in beaten]
        text = f"With a lead of {join_words(there)} days boosting ranks better than the score."
        notes.append(Caveat("challenger_better", text))
    return tuple(notes)


def _is_beaten(one: Judged) -> bool:
    challenger = one.ranking("challenger")
    return challenger is not None and challenger.gain_upper < 0
