"""The answer in words, made from its fields; the answer comes first."""

from collections.abc import Sequence

from cxlib.changes.breakdown import Breakdown
from cxlib.changes.calendar import Change
from cxlib.changes.credible import credible_set
from cxlib.changes.investigation import Excluded
from cxlib.changes.recovery import Recovery
from cxlib.changes.shift import Shift
from cxlib.changes.suspects import Suspect, Suspects
from cxlib.data.periods import day_to_date
from cxlib.text import (
    format_day,
    format_interval,
    format_probability,
    format_value,
    join_words,
    plural,
    say_probability,
)

__all__ = ["answer", "explanation", "recovery_lines"]

_WHY_EXCLUDED = {
    "after_onset": "was released after the shift had begun",
    "out_of_range": "was released outside the window that was searched",
    "reverted_before_onset": "had been reverted before the shift began",
    "out_of_scope": "touches none of the segments that moved",
    "bad_date": "has no usable date",
}


def answer(
    name: str, unit: str, verdict: str, shift: Shift, mechanism: str, suspects: Suspects
) -> tuple[str, ...]:
    """The sentences of an investigation.

    Parameters
    ----------
    name, unit : str
        Metric as a person reads it, and its unit.
    verdict : str
        As in the contract.
    shift : Shift
        When and how it moved.
    mechanism : str
        The likeliest one.
    suspects : Suspects
        Every hypothesis.

    Returns
    -------
    tuple of str
        The first is the answer.
    """
    lines = [_first(name, unit, verdict, shift, mechanism, suspects)]
    if shift.detected and shift.onset is not None and shift.breakdown is not None:
        lines += _details(unit, shift.breakdown)
        days = [format_day(day_to_date(day)) for day in (shift.onset.first, shift.onset.last - 1)]
        if days[0] != days[1]:
            lines.append(f"It began between {days[0]} and {days[1]} (90 %).")
    credible = credible_set(suspects)
    if len(credible.change_ids) > 1:
        lines.append(
            f"{plural(len(credible.change_ids), 'change')} cannot be told apart within 90 %: "
            f"{join_words(list(credible.change_ids), most=6)}."
        )
    lines.append(
        f"No change at all: {say_probability(suspects.no_change)}; "
        f"a cause that is not in the log: {say_probability(suspects.unlogged)}."
    )
    return tuple(lines)


def _first(name: str, unit: str, verdict: str, shift: Shift, mechanism: str, suspects: Suspects) -> str:
    top = suspects.ranked[0] if suspects.ranked else None
    if verdict == "no_shift":
        chance = say_probability(suspects.no_change)
        return f"{name} did not shift: what is seen is noise, season or drift ({chance})."
    moved = _moved(name, unit, shift)
    if verdict in {"change_named", "change_likely"} and top is not None:
        verb = "did it" if verdict == "change_named" else "probably did it"
        why, chance = _because(shift, mechanism, unit), say_probability(top.probability)
        return f"{moved}{why}. {_called(top)} {verb} ({chance})."
    if verdict == "no_change_explains_it":
        return (
            f"{moved}{_because(shift, _carrier(shift), unit)}. "
            f"No logged change explains it (another cause: {say_probability(suspects.unlogged)})."
        )
    best = f" The likeliest change is {_called(top)} ({say_probability(top.probability)})." if top else ""
    return f"Not established: {moved[0].lower() + moved[1:] if name[:1].islower() else moved}.{best}"


def _called(suspect: Suspect) -> str:
    return f"{suspect.change.change_id} ‘{suspect.change.title}’"


def _moved(name: str, unit: str, shift: Shift) -> str:
    if shift.onset is None or shift.breakdown is None:
        return f"whether {name} shifted at all cannot be said"
    change = shift.breakdown.total
    verb = "fell" if change < 0 else "rose"
    return f"{name} {verb} {format_value(abs(change), unit)} from {format_day(day_to_date(shift.onset.day))}"


def _carrier(shift: Shift) -> str:
    split = shift.breakdown
    if split is None:
        return "none"
    return "audience" if abs(split.mix) > abs(split.within) else "service"


def _because(shift: Shift, mechanism: str, unit: str) -> str:
    split = shift.breakdown
    if split is None:
        return ""
    if not split.cut.by and mechanism == "audience":
        return f" because other people answered, {_answers(split)}"
    if not split.cut.by:
        return " (no segments: a change of who answered cannot be told from one of the service)"
    parts = f"(mix {_bare(split.mix, unit)}, within {_bare(split.within, unit)})"
    if mechanism == "audience":
        return f" because the audience changed {parts}"
    return f" because the service changed {parts}"


def _answers(split: Breakdown) -> str:
    """Answers a day in both windows."""
    days = [(last - first).days for first, last in (split.before, split.after)]
    rates = [float(part.sum()) / max(count, 1) for part, count in zip(split.cut.n, days, strict=True)]
    return f"{format_value(rates[0])} a day and then {format_value(rates[1])}"


def _bare(value: float, unit: str) -> str:
    """A signed number whose unit stands beside it already."""
    return format_value(value, unit, signed=True).removesuffix(f" {unit}").removesuffix(unit)


def _details(unit: str, split: Breakdown) -> list[str]:
    lines = []
    segments = list(split.cut.rows())
    if segments:
        most = max(segments, key=lambda row: abs(row["mix"] + row["within"]))
        named = join_words([f"{column} {value}" for column, value in most["segment"].items()])
        lines.append(
            f"Most of it lies in {named}: mix {format_value(most['mix'], unit, signed=True)}, "
            f"within {format_value(most['within'], unit, signed=True)}."
        )
    if split.cut.factors is not None and abs(split.mix) > abs(split.within):
        parts = zip(("who there is", "who was asked", "who answered"), split.cut.factors, strict=True)
        largest = max(parts, key=lambda pair: abs(pair[1]))
        lines.append(
            f"The audience changed mostly by {largest[0]} ({format_value(largest[1], unit, signed=True)})."
        )
    if split.balance is not None:
        lines.append(_BALANCE[split.balance.kind])
    return lines


_BALANCE = {
    "more_unhappy": "Unhappy answers a day rose; happy ones did not fall.",
    "fewer_happy": "Happy answers a day fell; unhappy ones did not rise.",
    "both": "Unhappy answers a day rose and happy ones fell.",
    "neither": "Neither unhappy nor happy answers a day moved beyond their 95 % interval.",
}


def recovery_lines(back: Recovery | None, log: Sequence[Change]) -> tuple[str, ...]:
    """That it was mended, when and by what; empty where it was not.

    Parameters
    ----------
    back : Recovery or None
        The movement back.
    log : sequence of Change
        For the title of the change that may have brought it.

    Returns
    -------
    tuple of str
        One sentence at most.
    """
    if back is None:
        return ()
    days = [format_day(day_to_date(day)) for day in (back.day, back.first, back.last - 1)]
    said = (
        f"It recovered from {days[0]} ({say_probability(back.probability)}; "
        f"between {days[1]} and {days[2]}, 90 %)"
    )
    by = next((change for change in log if change.change_id == back.change_id), None)
    if by is None:
        return (f"{said}.",)
    return (f"{said}, probably with {by.change_id} ‘{by.title}’ ({say_probability(back.chance)}).",)


def explanation(
    change: Change, suspects: Suspects, excluded: Sequence[Excluded], unit: str
) -> tuple[str, ...]:
    """Why one change is, or is not, the cause.

    Parameters
    ----------
    change : Change
        The one asked about.
    suspects : Suspects
        Every hypothesis.
    excluded : sequence of Excluded
        Changes that cannot be the cause.
    unit : str
        Of the metric.

    Returns
    -------
    tuple of str
        Sentences about that change alone.
    """
    name = f"{change.change_id} ‘{change.title}’"
    out = next((item for item in excluded if item.change_id == change.change_id), None)
    if out is not None:
        return (f"{name} {_WHY_EXCLUDED[out.why]}, so it is no suspect.",)
    item = next((one for one in suspects.ranked if one.change.change_id == change.change_id), None)
    if item is None:
        return (f"{name} {_WHY_EXCLUDED['out_of_range']}, so it was not considered.",)
    lines = [
        f"{name}: {say_probability(item.probability)} after the data, "
        f"{format_probability(item.prior)} before; "
        f"the data alone weigh 10^{format_value(item.log10_bf)} against no change.",
        f"Its effect would be {format_value(item.effect, unit, signed=True)} "
        f"{format_interval(item.lower, item.upper, unit)}, by way of the {item.mechanism}.",
    ]
    lines += [f"{part['text'][0].upper()}{part['text'][1:]}." for part in item.to_contract()["evidence"]]
    if item.tied_with:
        lines.append(f"It cannot be told from {join_words(list(item.tied_with))} but by its words.")
    return tuple(lines)
