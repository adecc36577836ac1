"""What a reader must know before using an investigation: only what is cheap to see and true."""

from collections.abc import Sequence
from datetime import date

from cxlib.changes.calendar import Change
from cxlib.changes.log.remarks import reviewed
from cxlib.changes.log.rules_dates import find_gaps
from cxlib.changes.placebo import Placebo
from cxlib.changes.sources import Sources
from cxlib.data.dataset import Dataset
from cxlib.data.lookups import median_span
from cxlib.metrics.metric import Metric
from cxlib.result import Caveat
from cxlib.text import format_day, format_value, plural

__all__ = ["complete_to", "gather_caveats", "response_delay"]

_NEEDED_HISTORY = 60
_RECOMMENDED_HISTORY = 110
_TOP_SHARE = 0.10


def complete_to(sources: Sources) -> int:
    """The end of what was searched and is complete.

    Parameters
    ----------
    sources : Sources
        What was read.

    Returns
    -------
    int
        Local day, exclusive.
    """
    return min(sources.mended.complete, sources.last)


def response_delay(data: Dataset, metric: Metric) -> float | None:
    """Median days between question and answer; None where not known."""
    if metric.table != "surveys" or not data.has("surveys", "sent_at", "responded_at"):
        return None
    wait = median_span(data, "surveys", "sent_at", "responded_at")
    return None if wait is None else max(wait / 86_400e6, 0.0)


def gather_caveats(
    data: Dataset,
    metric: Metric,
    sources: Sources,
    *,
    history: int,
    changes: Sequence[Change],
    top_share: float | None,
    placebo: Placebo | None,
    window: tuple[date, date],
) -> tuple[Caveat, ...]:
    """Everything that weakens the answer, most important first.

    Parameters
    ----------
    data, metric, sources
        What was read.
    history : int
        Days before the window.
    changes : sequence of Change
        Those considered.
    top_share : float or None
        Share of the rows by the most frequent customer.
    placebo : Placebo or None
        The check on calm days.
    window : (date, date)
        Half-open, in which a shift was looked for.

    Returns
    -------
    tuple of Caveat
        Each code once.
    """
    found = _of_log(data, changes, window)
    if history < _RECOMMENDED_HISTORY:
        need = "at least 60 are needed" if history < _NEEDED_HISTORY else "110 or more are recommended"
        found.append(
            Caveat("short_history", f"Only {plural(max(history, 0), 'day')} before the window; {need}.")
        )
    found += _of_streams(data, metric, sources)
    found += sources.mended.caveats
    if top_share is not None and top_share > _TOP_SHARE and sources.mended.few is None:
        found.append(
            Caveat(
                "few_authors",
                f"One customer wrote {format_value(100 * top_share, '%')} of the rows in the window.",
            )
        )
    if placebo is not None and placebo.mean_e_value > 1:
        size = min(placebo.mean_e_value, 1000.0)
        said = f"{format_value(size)}{' or more' if size < placebo.mean_e_value else ''}"
        found.append(
            Caveat(
                "model_misfit",
                f"Calm days look like shifts (mean e-value {said}): the probabilities are too sure.",
            )
        )
    return (*found, *data.caveats)


def _of_log(data: Dataset, changes: Sequence[Change], window: tuple[date, date]) -> list[Caveat]:
    found = []
    if not data.has("changes"):
        found.append(Caveat("no_log", "There is no change log, so no change can be named."))
    elif not changes:
        found.append(Caveat("no_changes_in_window", "The log holds no change in the window."))
    gaps = [one for one in find_gaps(reviewed(data)) if one.start < window[1] and one.end > window[0]]
    if gaps:
        longest = max(gaps, key=lambda one: one.days)
        found.append(
            Caveat(
                "log_gap",
                f"The log holds no change from {format_day(longest.start)} to {format_day(longest.end)}, "
                "longer than usual: one may not have been written down.",
            )
        )
    defined = [change.change_id for change in changes if change.kind == "definition"]
    if defined:
        found.append(
            Caveat(
                "definition_changed",
                f"The definition of a metric changed in the window: {', '.join(defined)}.",
            )
        )
    return found


def _of_streams(data: Dataset, metric: Metric, sources: Sources) -> list[Caveat]:
    found = []
    if metric.table == "surveys" and sources.sends is None:
        found.append(
            Caveat(
                "no_sends", "Surveys carry no sent_at: who was asked is not known, days are response days."
            )
        )
    if metric.table not in {"surveys", "tickets"}:
        found.append(Caveat("no_sends", f"Nobody is asked for {metric.table}: reach is not known."))
    if sources.contacts is None:
        found.append(
            Caveat("no_contacts", "No tickets: whether people wrote more about something is not known.")
        )
    if not data.has("activity"):
        found.append(
            Caveat(
                "no_activity",
                "No activity: counts are judged without knowing how many customers were active.",
            )
        )
    if not sources.by and metric.kind not in {"count"}:
        found.append(Caveat("no_segments", "No usable segment: mix and within cannot be told apart."))
    return found
