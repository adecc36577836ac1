"""The data behind an answer: how far they go, how many rows, and who wrote them."""

from cxlib.changes.authors import top_share
from cxlib.changes.authorship import authorship
from cxlib.changes.calm import settled_of
from cxlib.changes.caveats import complete_to, response_delay
from cxlib.changes.investigation import DataFacts
from cxlib.changes.placebo import Placebo, run_placebo
from cxlib.changes.question import Question
from cxlib.data.periods import date_to_day

__all__ = ["facts_of", "placebo_of"]


def facts_of(question: Question) -> DataFacts:
    """What the object `data` of the contract says.

    Parameters
    ----------
    question : Question
        What was asked.
    """
    sources, data = question.sources, question.data
    days = [date_to_day(question.start), date_to_day(question.end)]
    wrote = authorship(data, question.metric, days)
    return DataFacts(
        data.fingerprint,
        sources.first,
        complete_to(sources),
        sources.basis,
        response_delay(data, question.metric),
        int(sources.mended.rows[question.history : date_to_day(question.end) - sources.first].sum()),
        wrote.customers if wrote else None,
        top_share(sources.mended.few, wrote.top_share if wrote else None),
        len(question.in_window),
        len(question.log),
    )


def placebo_of(question: Question) -> Placebo | None:
    """The check on the calm days of a question.

    Parameters
    ----------
    question : Question
        What was asked.
    """
    judged = question.model.judged
    return run_placebo(
        judged.series[0],
        question.sources.judged.days,
        [change.day for change in question.in_window],
        history=question.history,
        fingerprint=question.data.fingerprint,
        settled=settled_of(judged),
    )
