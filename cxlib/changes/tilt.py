"""How a change's own words, component and scope tilt where it is expected to show."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from cxlib.changes.calendar import Change
from cxlib.changes.hypotheses import Hypotheses, Place
from cxlib.changes.posterior import Priors
from cxlib.changes.prior import Vocabulary, scope_odds
from cxlib.data.dataset import Dataset
from cxlib.data.lookups import count_pairs
from cxlib.metrics.metric import Metric

__all__ = ["subjects_of", "tilts"]

Floats = npt.NDArray[np.float64]

_WHO_IS_ASKED = ("segment", "audience", "survey")  # what this library itself calls it
ASKING = "\u0000asking"  # the subject "the survey itself"; no reason can be called so


def subjects_of(data: Dataset, metric: Metric, fields: Sequence[Hypotheses]) -> dict[str, str]:
    """The words that the data use for each reason, and for the asking itself.

    Parameters
    ----------
    data : Dataset
        Its tickets say on which pages a reason comes up.
    metric : Metric
        Its name, its table, its segments and the tables that hold them stand for the asking.
    fields : sequence of Hypotheses
        Their places name the reasons.

    Returns
    -------
    dict of str to str
        Reason → words.
    """
    reasons = sorted({place.reason for field in fields for place in field.places if place.reason is not None})
    words = {reason: reason for reason in reasons}
    if reasons and data.has("tickets", "reason", "page_url"):
        pages = _pages(data)
        words = {reason: f"{reason} {pages.get(reason, '')}" for reason in reasons}
    columns = data.segments(metric.table)
    holders = sorted({holder for holder in columns.values() if holder != metric.table})
    return words | {ASKING: " ".join([metric.name, metric.table, *holders, *sorted(columns), *_WHO_IS_ASKED])}


def _pages(data: Dataset) -> dict[str, str]:
    """The page that each reason comes from more than others do, where there is one."""
    by_both = count_pairs(data, "tickets", "reason", "page_url")
    by_page: Counter[str] = Counter()
    for (_, page), count in by_both.items():
        by_page[page] += count
    best: dict[str, tuple[float, str]] = {}
    for (reason, page), count in by_both.items():
        if count > 0.5 * by_page[page]:  # the page belongs to this reason
            best[reason] = max(best.get(reason, (0.0, "")), (float(count), page))
    return {reason: page for reason, (_, page) in best.items()}


def tilts(
    changes: Sequence[Change], field: Hypotheses, vocabulary: Vocabulary, priors: Priors
) -> list[Floats]:
    """Log-odds of each place for each change.

    Parameters
    ----------
    changes : sequence of Change
        The candidates.
    field : Hypotheses
        Its places.
    vocabulary : Vocabulary
        Weighs words.
    priors : Priors
        What a match is worth.

    Returns
    -------
    list of array of float, shape (places,)
        One a change.
    """
    segments = sorted({place.segment for place in field.places})
    others = max(len({place.reason for place in field.places if place.reason is not None}) - 1, 1)
    found = []
    for change in changes:
        scopes = {segment: scope_odds(change, segment, priors.scope) for segment in segments}
        subjects = {place: _subject(field, place) for place in field.places}
        about = {
            subject: _about(change, subject, vocabulary, priors, 1 if subject == ASKING else others)
            for subject in set(subjects.values())
            if subject
        }
        found.append(
            np.array(
                [scopes[place.segment] + about.get(subjects[place] or "", 0.0) for place in field.places]
            )
        )
    return found


def _subject(field: Hypotheses, place: Place) -> str | None:
    return ASKING if field.mechanism == "audience" else place.reason


def _about(change: Change, subject: str, vocabulary: Vocabulary, priors: Priors, others: int) -> float:
    """Log-odds of a subject against each other one; a component's are against all others together."""
    owned = (priors.component + float(np.log(others))) * vocabulary.owns(change.owner, subject)
    return owned + priors.words * vocabulary.similarity(f"{change.title} {change.description}", subject)
