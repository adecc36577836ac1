"""What is told beside the answer, and that people were counted instead of rows."""

from collections.abc import Sequence

from cxlib.changes.authorship import authorship
from cxlib.changes.calendar import Change
from cxlib.changes.mended import Mended
from cxlib.changes.moved import Movement
from cxlib.changes.places import Moved, moved_lines, place_lines
from cxlib.changes.question import Question
from cxlib.changes.recovery import Recovery
from cxlib.changes.shift import Shift
from cxlib.data.periods import day_to_date
from cxlib.metrics.author_cells import author_column
from cxlib.metrics.metric import Metric
from cxlib.text import format_count, format_day, format_value, say_probability

__all__ = ["counted_lines", "counted_unit", "further_lines"]

_FORTNIGHT = 14


def counted_unit(mended: Mended, metric: Metric) -> str:
    """The unit of what was counted.

    Parameters
    ----------
    mended : Mended
        Says whether people were counted.
    metric : Metric
        Its unit is that of rows.

    Returns
    -------
    str
        Such as ``customers`` in the place of ``tickets``.
    """
    if mended.few is None:
        return metric.unit
    return f"{mended.few.noun}s" if metric.kind == "count" else f"{metric.unit}, distinct {mended.few.noun}s"


def counted_lines(question: Question, shift: Shift) -> tuple[str, ...]:
    """Rows and people in the fortnights before and after, which may tell different stories.

    Parameters
    ----------
    question : Question
        A count or rate; other metrics are not moved by how much one person writes.
    shift : Shift
        Its onset parts the fortnights.

    Returns
    -------
    tuple of str
        Empty where nobody knows who wrote.
    """
    data, metric, mended = question.data, question.metric, question.sources.mended
    noun = author_column(data, metric).removesuffix("_id")
    lines = []
    if mended.few is not None:
        part = format_value(100 * mended.few.share, "%")
        lines.append(
            f"Distinct {noun}s were counted, not {mended.table}: one of them wrote {part} within a fortnight."
        )
    if metric.kind in {"count", "rate"} and noun and shift.onset is not None:
        day = shift.onset.day
        sides = [_people(question, first, first + _FORTNIGHT) for first in (day - _FORTNIGHT, day)]
        if all(rows and people for rows, people, _ in sides):
            (rows, people, _), (later, others, share) = sides
            lines.append(
                f"In the {_FORTNIGHT} days before and after, {format_count(people)} and then "
                f"{format_count(others)} {noun}s wrote {format_count(rows)} and then {format_count(later)} "
                f"{mended.table}; one of them {format_value(100 * share, '%')} of the later ones."
            )
    return tuple(lines)


def _people(question: Question, first: int, end: int) -> tuple[int, int, float]:
    """Rows of some days, distinct authors, and the largest share of one."""
    mended = question.sources.mended
    if first < mended.first or end > question.sources.last:
        return 0, 0, 0.0
    wrote = authorship(question.data, question.metric, [first, end])
    rows = int(mended.rows[first - mended.first : end - mended.first].sum())
    return (rows, wrote.customers, wrote.top_share) if wrote else (rows, 0, 0.0)


def _recovery_lines(back: Recovery | None, log: Sequence[Change]) -> tuple[str, ...]:
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


def further_lines(
    question: Question, moved: Movement, others: tuple[Moved, ...], unit: str
) -> tuple[str, ...]:
    """What is told beside the answer: where it moved, what else did, whether it was mended, who wrote.

    Parameters
    ----------
    question : Question
        What was searched.
    moved : Movement
        The shift, its place and its end.
    others : tuple of Moved
        Other reasons that moved.
    unit : str
        Of a change of the metric.

    Returns
    -------
    tuple of str
        Sentences.
    """
    return (
        *place_lines(question, moved.shift, moved.place, unit),
        *moved_lines(others, unit),
        *_recovery_lines(moved.recovery, question.log),
        *counted_lines(question, moved.shift),
    )
