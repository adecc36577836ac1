"""What follows from an answer: the mechanism in plain words, where to look next, what would overturn it."""

from collections.abc import Sequence
from typing import Any

from cxlib.changes.breakdown import Breakdown
from cxlib.changes.credible import credible_set
from cxlib.changes.shift import Shift
from cxlib.changes.suspect import Suspect
from cxlib.changes.suspects import Suspects
from cxlib.data.periods import day_to_date
from cxlib.text import format_count, format_day, format_value, join_words, plural, say_probability

__all__ = ["doubts", "next_steps", "plain_words"]

_NAMED = {"change_named", "change_likely"}
_SMALL = 0.25  # of the whole: a part that is told as "much as before"
_WORTH_A_DOUBT = 0.05


def plain_words(name: str, unit: str, verdict: str, shift: Shift, carrier: str, *, is_count: bool) -> str:
    """How the number came to move, without a technical word.

    Parameters
    ----------
    name, unit : str
        Metric as a person reads it, and the unit of its values.
    verdict : str
        As in the contract.
    shift : Shift
        When and how it moved.
    carrier : str
        audience or service, whichever carries the larger part.
    is_count : bool
        Whether the metric counts what people send in.

    Returns
    -------
    str
        One or two sentences; without a shift, what that means.
    """
    split = shift.breakdown
    if split is None and verdict == "not_established":
        return (
            f"In plain words: {name} moves up and down by itself, and what is seen may be just that, "
            "or a shift too small to be told from it."
        )
    if split is None:
        return f"In plain words: {name} moves up and down by itself, and what is seen is not more than that."
    rows = list(split.cut.rows())
    if not rows:
        return (
            f"In plain words: {name} changed, but the data hold no segments, so whether other people were "
            "counted or the same people fared worse is not known."
        )
    if carrier == "audience":
        said = _of_audience(name, unit, split, rows)
    elif is_count:
        said = _of_contacts(unit, rows)
    else:
        said = _of_service(name, unit, split, rows)
    over = ""
    if shift.ended is not None and shift.onset is not None:
        over = f" It lasted {plural(shift.ended - shift.onset.day, 'day')} and is over."
    return f"In plain words: {said}{over}"


def _of_audience(name: str, unit: str, split: Breakdown, rows: Sequence[dict[str, Any]]) -> str:
    total = {side: sum(row[f"n_{side}"] for row in rows) or 1.0 for side in ("before", "after")}
    most = max(rows, key=lambda row: abs(row["mix"]))
    who = _named(most)
    fewer = most["n_after"] / total["after"] < most["n_before"] / total["before"]
    said = f"{'a smaller' if fewer else 'a larger'} part of the answers came from {who}"
    asked = [most["asked_per_day_before"], most["asked_per_day_after"]]
    if None not in asked and (asked[1] < asked[0]) == fewer:
        said = (
            f"{'fewer' if fewer else 'more'} surveys went to {who} "
            f"({_a_day(asked[0])} a day before, {_a_day(asked[1])} after)"
        )
    value = most["value_before"] if most["value_before"] is not None else most["value_after"]
    if value is not None:
        side = "above" if value > split.value_before else "below"
        said += f", whose {name} ({format_value(value, unit)}) lies {side} that of all"
    alike = abs(split.within) < _SMALL * abs(split.total)
    rest = "Customers of the same kind answered much as before" if alike else "Answers changed too"
    return f"{said}. {rest}."


def _of_service(name: str, unit: str, split: Breakdown, rows: Sequence[dict[str, Any]]) -> str:
    verb = "lower" if split.within < 0 else "higher"
    alike = abs(split.mix) < _SMALL * abs(split.total)
    who = "who was counted hardly changed" if alike else "who was counted changed as well"
    most = max(rows, key=lambda row: abs(row["within"]))
    values = most["value_before"], most["value_after"]
    where = ""
    if None not in values:
        before, after = (format_value(value, unit) for value in values)
        where = f" The largest part lies in {_named(most)}: {before} before, {after} after."
    return f"customers of the same kind had a {verb} {name} than before; {who}.{where}"


def _of_contacts(unit: str, rows: Sequence[dict[str, Any]]) -> str:
    most = max(rows, key=lambda row: abs(row["mix"] + row["within"]))
    more = "more" if most["mix"] + most["within"] > 0 else "fewer"
    before, after = (format_value(most[f"value_{side}"] or 0.0) for side in ("before", "after"))
    return f"{more} people wrote, above all with {_named(most)}: {before} before, {after} after ({unit})."


def _a_day(count: float) -> str:
    return format_count(count) if count >= 10 else format_value(round(count, 1)).removesuffix("0")


def _named(row: dict[str, Any]) -> str:
    return join_words([f"{column} {value}" for column, value in row["segment"].items()])


def next_steps(verdict: str, shift: Shift, carrier: str, suspects: Suspects) -> tuple[str, ...]:
    """What to look at next.

    Parameters
    ----------
    verdict : str
        As in the contract.
    shift : Shift
        When and how it moved.
    carrier : str
        audience or service.
    suspects : Suspects
        Every hypothesis.

    Returns
    -------
    tuple of str
        Sentences, the first thing first.
    """
    if verdict == "no_shift":
        return ("Nothing has to be mended: the value is where it was.",)
    if verdict in _NAMED and suspects.ranked:
        return _with_suspect(verdict, carrier, suspects, ended=shift.ended is not None)
    if verdict == "no_change_explains_it":
        where = (
            "who is asked, and how lists and filters are filled" if carrier == "audience" else "the service"
        )
        days = _days(shift)
        return (
            f"Ask what else changed in {where} {days}: nothing in the change log explains it.",
            "Add what you find to the log and ask again.",
        )
    return ("Wait for more answers before acting: the data do not settle it.",)


def _with_suspect(verdict: str, carrier: str, suspects: Suspects, *, ended: bool) -> tuple[str, ...]:
    top, *others = suspects.ranked
    called = f"{top.change.change_id} ({top.change.title})"
    back = top.change.reverted
    if back is not None:
        taken = format_day(day_to_date(back))
        first = f"Open {called} first: it was taken back on {taken}; see whether the value came back with it."
    elif verdict == "change_named" and ended:
        first = f"Read up on {called}: it is over; see what keeps it from coming back."
    elif verdict == "change_named":
        first = f"Open {called} first; revert or mend it, then compare again."
    else:
        first = f"Check {called} before anything else; it is likely, not proven."
    lines = [first]
    if carrier == "audience":
        lines.append(
            "Restore who is asked before judging the service: the audience changed, not the answers."
        )
    held = set(credible_set(suspects).change_ids)
    rivals = [item for item in others if item.change.change_id in held and _is_rival(item, top)]
    if rivals:
        lines.append(f"Then look at {join_words([item.change.change_id for item in rivals], most=3)}.")
    return tuple(lines)


def _is_rival(item: Suspect, top: Suspect) -> bool:
    """Whether a change is worth a second look beside the first."""
    return item.probability >= _WORTH_A_DOUBT * top.probability


def _days(shift: Shift) -> str:
    if shift.onset is None:
        return "in the window"
    first, last = (format_day(day_to_date(day)) for day in (shift.onset.first, shift.onset.last - 1))
    return f"on {first}" if first == last else f"between {first} and {last}"


def doubts(name: str, verdict: str, shift: Shift, carrier: str, suspects: Suspects) -> tuple[str, ...]:
    """What would change the verdict.

    Parameters
    ----------
    name : str
        Metric as a person reads it.
    verdict, shift, carrier, suspects
        As in `next_steps`.

    Returns
    -------
    tuple of str
        Observations that would speak for another answer.
    """
    if verdict == "no_shift":
        return (f"If {name} stays where it is now for some more weeks, ask again with a later end.",)
    if verdict == "not_established":
        return ("More answers, more days of history, or a log with exact times of release.",)
    if verdict == "no_change_explains_it":
        return (
            f"A change that was logged late, with a wrong time or not at all, and that began {_days(shift)}.",
        )
    top = suspects.ranked[0].change.change_id
    lines = [_test_of(top, name, shift, carrier)]
    second = max(
        [(item.probability, item.change.change_id) for item in suspects.ranked[1:2]]
        + [(suspects.no_change, "no change at all"), (suspects.unlogged, "a cause that is not in the log")]
    )
    if second[0] >= _WORTH_A_DOUBT:
        lines.append(f"The next likeliest is {second[1]} ({say_probability(second[0])}).")
    lines.append(f"A change that is missing from the log and began {_days(shift)} would be a suspect too.")
    return tuple(lines)


def _test_of(top: str, name: str, shift: Shift, carrier: str) -> str:
    if shift.ended is not None:
        return f"If {name} was worse before {top} began, or stays so after its end, {top} is not the cause."
    if carrier == "audience":
        return (
            f"If the same customers are asked again as before and {name} stays where it is, {top} is not the "
            "cause."
        )
    return f"If {top} is undone and {name} stays where it is, {top} is not the cause."
