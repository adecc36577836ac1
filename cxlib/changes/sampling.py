"""Samples that do not stand for their customers: picked by score, or several rows of one order."""

from cxlib.data.dataset import Dataset
from cxlib.data.lookups import count_pairs, count_rows_of
from cxlib.data.schema import TABLES
from cxlib.metrics.metric import Metric
from cxlib.result import Caveat
from cxlib.text import format_count, format_value

__all__ = ["sampling_caveats"]

_SCORES = {"reviews": "rating", "surveys": "score"}
_ORDER = "order_id"
_EVEN = 1.05  # the commonest score against the rarest: nobody's customers are so even
_FEWEST_SCORES, _FEWEST_ROWS = 3, 100
_REPEATED = 0.02


def sampling_caveats(data: Dataset, metric: Metric, start_us: int, end_us: int) -> tuple[Caveat, ...]:
    """The caveat of scores that were picked, as far as the rows show it.

    Parameters
    ----------
    data : Dataset
        Checked tables.
    metric : Metric
        A score of reviews or surveys; others are not sampled.
    start_us, end_us : int
        Half-open, microseconds UTC.

    Returns
    -------
    tuple of Caveat
        One at most.
    """
    score = _SCORES.get(metric.table, "")
    if metric.kind not in {"net", "share", "mean"} or not score or not data.has(metric.table, score):
        return ()
    signs = [*_picked(data, metric, score), *_repeated(data, metric, start_us, end_us)]
    if not signs:
        return ()
    return (
        Caveat(
            "biased_sample",
            f"{' '.join(signs)} The level is that of the sample; hold it only against the same sample.",
        ),
    )


def _picked(data: Dataset, metric: Metric, score: str) -> list[str]:
    """As many rows of every score: a quota, not an audience."""
    counts = list(count_pairs(data, metric.table, score, score).values())
    if len(counts) < _FEWEST_SCORES or min(counts) < _FEWEST_ROWS or max(counts) > _EVEN * min(counts):
        return []
    return [f"Every {score} has about as many rows ({format_count(min(counts))}): they were picked by it."]


def _repeated(data: Dataset, metric: Metric, start_us: int, end_us: int) -> list[str]:
    """Several rows of one order."""
    declared = TABLES[metric.table].column(metric.basis)
    if declared is None or declared.type != "instant" or not data.has(metric.table, _ORDER, metric.basis):
        return []
    different, _, rows = count_rows_of(
        data, metric.table, _ORDER, basis=metric.basis, start_us=start_us, end_us=end_us
    )
    share = 1 - different / rows if rows else 0.0
    if share <= _REPEATED:
        return []
    return [f"{format_value(100 * share, '%')} of the rows are further ones of the same order."]
