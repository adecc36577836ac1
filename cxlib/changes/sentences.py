"""The answer in words, made from its fields; the answer comes first."""

from collections.abc import Sequence

from cxlib.changes.breakdown import Breakdown
from cxlib.changes.calendar import Change
from cxlib.changes.credible import credible_set
from cxlib.changes.investigation import Excluded
from cxlib.changes.placebo import Placebo
from cxlib.changes.shift import Shift
from cxlib.changes.suspect import Suspect
from cxlib.changes.suspects import Suspects
from cxlib.changes.wording import WHY_EXCLUDED, likely_words, times_text
from cxlib.data.periods import day_to_date
from cxlib.text import (
    format_count,
    format_day,
    format_interval,
    format_probability,
    format_value,
    join_words,
    plural,
    say_probability,
)

__all__ = ["BALANCE", "answer", "carrier_of", "explanation", "placebo_text"]

_LEVEL = 0.9
_CLEAR = 95.0


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
    if shift.ended is not None and shift.onset is not None:
        lines.append("The figures compare the weeks before it began with those after, of which it is a part.")
    lines += _rivals(suspects)
    lines.append(
        f"No change at all: {say_probability(suspects.no_change)}; "
        f"a cause that is not in the log: {say_probability(suspects.unlogged)}."
    )
    return tuple(lines)


def _rivals(suspects: Suspects) -> list[str]:
    """Which changes the data leave, and which of one moment only the log's words tell apart."""
    held = list(credible_set(suspects).change_ids)
    if len(held) < 2:
        return []
    top = suspects.ranked[0]
    if top.probability >= _LEVEL:
        others = [name for name in held if name != top.change.change_id]
        return [
            f"{join_words(others, most=6)} {'was' if len(others) == 1 else 'were'} released within the "
            f"same hours; only what the log says of each speaks for {top.change.change_id}."
        ]
    changes = join_words(held, most=6)
    return [f"{plural(len(held), 'change')} cannot be told apart within 90 %: {changes}."]


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
            f"{moved}{_because(shift, carrier_of(verdict, shift, mechanism), unit)}. "
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
    verb, size = "fell" if change < 0 else "rose", format_value(abs(change), unit)
    if unit not in size and unit != "minutes":
        size = f"by {size} {unit}"  # a long unit, which stands in a sentence all the same
    return f"{name} {verb} {size} from {format_day(day_to_date(shift.onset.day))}"


def carrier_of(verdict: str, shift: Shift, mechanism: str) -> str:
    """Whether the audience or the service carries the shift.

    Parameters
    ----------
    verdict : str
        As in the contract: a named change brings its own mechanism.
    shift : Shift
        Split into mix and within.
    mechanism : str
        The likeliest one.
    """
    split = shift.breakdown
    if verdict in {"change_named", "change_likely"} and mechanism in {"audience", "service"}:
        return mechanism
    return "audience" if split is not None and abs(split.mix) > abs(split.within) else "service"


def _because(shift: Shift, mechanism: str, unit: str) -> str:
    split = shift.breakdown
    if split is None:
        return ""
    if not split.cut.by and mechanism == "audience":
        return f" because other people answered, {_answers(split)}"
    if not split.cut.by:
        return " (no segments: a change of who answered cannot be told from one of the service)"
    if not split.cut.mix.any():
        return ""  # a sum over reasons: nobody is counted instead of another
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
        mix, within = (format_value(most[part], unit, signed=True) for part in ("mix", "within"))
        sizes = f"mix {mix}, within {within}" if split.cut.mix.any() else within
        lines.append(f"Most of it lies in {named}: {sizes}.")
    if split.cut.factors is not None and abs(split.mix) > abs(split.within):
        parts = zip(("who there is", "who was asked", "who answered"), split.cut.factors, strict=True)
        largest = max(parts, key=lambda pair: abs(pair[1]))
        lines.append(
            f"The audience changed mostly by {largest[0]} ({format_value(largest[1], unit, signed=True)})."
        )
    if split.balance is not None:
        lines.append(BALANCE[split.balance.kind])
    return lines


BALANCE = {
    "more_unhappy": "Unhappy answers a day rose; happy ones did not fall.",
    "fewer_happy": "Happy answers a day fell; unhappy ones did not rise.",
    "both": "Unhappy answers a day rose and happy ones fell.",
    "neither": "Neither unhappy nor happy answers a day moved beyond their 95 % interval.",
}


def explanation(
    change: Change,
    suspects: Suspects,
    excluded: Sequence[Excluded],
    unit: str,
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
        Of a difference of the metric.

    Returns
    -------
    tuple of str
        Sentences about that change alone.
    """
    name = f"{change.change_id} ‘{change.title}’"
    out = next((item for item in excluded if item.change_id == change.change_id), None)
    if out is not None:
        return (f"{name} was {WHY_EXCLUDED[out.why]}, so it cannot be the cause.",)
    item = next((one for one in suspects.ranked if one.change.change_id == change.change_id), None)
    if item is None:
        return (f"{name} was not considered: it lies outside the window that was searched.",)
    lines = [
        f"{name} is {likely_words(item.probability)} the cause ({say_probability(item.probability)}); before "
        f"the data were looked at, its probability was {format_probability(item.prior)}."
    ]
    lines += [_against(item, suspects), _would_be(item, unit)]
    weighed = "; ".join(part["text"] for part in item.to_contract()["evidence"])
    lines += [f"Weighed against no change at all: {weighed}."] if weighed else []
    if item.tied_with:
        lines.append(
            f"Only what the log says of them tells it from {join_words(list(item.tied_with))}, released "
            "within the same hours."
        )
    return tuple(line for line in lines if line)


def _against(item: Suspect, suspects: Suspects) -> str:
    """How it compares with the likeliest of the other hypotheses."""
    others = [
        (one.probability, one.change.change_id)
        for one in suspects.ranked
        if one.change.change_id != item.change.change_id
    ]
    others += [(suspects.no_change, "no change at all"), (suspects.unlogged, "a cause outside the log")]
    chance, other = max(others)
    first, second = (other, "it") if chance > item.probability else ("It", other)
    low, high = sorted((max(chance, 1e-300), max(item.probability, 1e-300)))
    first = f"{first[0].upper()}{first[1:]}"
    return f"{first} is {times_text(high / low)} likelier than {second}."


def _would_be(item: Suspect, unit: str) -> str:
    """Its size, when and by which way it shows, were it the cause."""
    lag = item.onset - item.change.day
    when = "on the day of its release" if lag == 0 else f"{plural(abs(lag), 'day')} after its release"
    if lag < 0:
        when = "within the days that its uncertain date allows"
    where = join_words([f"{column} {value}" for column, value in item.segment])
    place = f" in {where}" if where else ""
    place += f" with reason {item.reason}" if item.reason else ""
    lasted = " while it lasted" if item.shape == "pulse" else ""
    way = "other people were counted" if item.mechanism == "audience" else "the same people fared otherwise"
    return (
        f"Its effect would be {format_value(item.effect, unit, signed=True)} "
        f"{format_interval(item.lower, item.upper, unit)}{lasted}{place}, by way of the "
        f"{item.mechanism}: {way}. It shows {when}."
    )


def placebo_text(placebo: Placebo | None) -> str:
    """The check on calm days in a sentence or two.

    Parameters
    ----------
    placebo : Placebo or None
        None: it could not be made.
    """
    if placebo is None:
        return (
            "No check on calm days: the history before the window is too short, or no release was considered."
        )
    said = (
        f"Check on calm days: the releases were moved {format_count(placebo.runs)} times to days on which "
        "nothing was released. Judged by the value of everybody alone, the strongest release looked weaker "
        f"than the real one in {format_count(placebo.percentile)} % of them"
    )
    if placebo.percentile >= _CLEAR:
        return f"{said}, so chance alone seldom looks like this."
    return f"{said}, so the value of everybody alone would not tell; the answer rests on its parts."
