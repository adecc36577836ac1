"""Every day for all places, then parts of days, roll-outs and ends for the likeliest ones."""

from collections.abc import Callable, Sequence

from cxlib.changes.ends import with_ends
from cxlib.changes.hypotheses import (
    Hypotheses,
    Reach,
    Support,
    audience_together,
    faults_together,
    likeliest_places,
)
from cxlib.changes.watched import Effects, Scanned, Watched, scanned

__all__ = ["audiences", "faults"]


def faults(judged: Watched, supports: Sequence[Support], effects: Effects) -> Hypotheses:
    """Something broke: the judged metric gets worse, and other streams in the same place.

    Parameters
    ----------
    judged : Watched
        The judged metric by segment, and by reason where its rows have one.
    supports : sequence of Support
        Other streams.
    effects : Effects
        Onsets.

    Returns
    -------
    Hypotheses
        A place for each segment, without a reason and with each one that any stream knows.
    """
    streams = [judged, *(support.watched for support in supports)]
    return _looked_at(streams, effects, lambda found: faults_together(found, supports))


def audiences(reach: Reach, effects: Effects) -> Hypotheses:
    """Who was asked changed, the service did not.

    Parameters
    ----------
    reach : Reach
        Who was asked.
    effects : Effects
        Onsets.

    Returns
    -------
    Hypotheses
        A place for each segment.
    """
    return _looked_at([reach.watched], effects, lambda found: audience_together(found[0], reach))


def _looked_at(
    streams: Sequence[Watched], effects: Effects, together: Callable[[Sequence[Scanned]], Hypotheses]
) -> Hypotheses:
    days = [Scanned(one, one.scan(effects.whole)) for one in streams]
    rough = together(days)
    kept = likeliest_places(rough)
    if effects.parts.shape[2]:
        pairs = zip(streams, days, strict=True)
        rough = together([scanned(one, effects, whole, kept) for one, whole in pairs])
    return with_ends(rough, streams, kept, together, rows=effects.rows)
