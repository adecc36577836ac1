"""Who answers, where nobody knows who was asked: happy and unhappy answers a day tell reach from service.

A fault makes unhappy people write. When asking is switched off the happy fall silent and the unhappy go on;
when it is switched on both write more.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from cxlib.changes.balance import happy_and_unhappy
from cxlib.changes.hypotheses import Hypotheses, Place
from cxlib.changes.model import Model
from cxlib.changes.panel import Panel
from cxlib.changes.sources import Sources
from cxlib.changes.streams import COUNT_DRIFT, count_series
from cxlib.data.periods import day_to_date
from cxlib.result import Caveat
from cxlib.stats.evidence import Side, scan, season
from cxlib.stats.noise import robust_weights
from cxlib.stats.profiles import LASTING, PULSES, profile_columns
from cxlib.text import format_day, format_value

__all__ = ["jump_caveats", "with_answering"]

Floats = npt.NDArray[np.float64]

_SIZES = (0.3, 0.8, 2.5)
_MOST = 6.0  # of a logarithm: counts of answers are burstier than Poisson's
_FEWEST = 14  # days of history
_WINDOW = 28
_JUMP = 3.0
_FEWEST_ANSWERS = 30


def with_answering(
    model: Model, sources: Sources, onsets: Sequence[int], *, kind: str, history: int, worse: Side
) -> Model:
    """The model with the hypothesis that other people answer, where nobody knows who was asked.

    Parameters
    ----------
    model : Model
        Of a net or share; others are returned as they are.
    sources : Sources
        Panels.
    onsets : sequence of int
        Local day of each onset of the model.
    kind : str
        Of the metric.
    history : int
        Days before the window.
    worse : {-1, 0, 1}
        Direction of a worsening.

    Returns
    -------
    Model
        Its audience field holds the new hypothesis beside that of the mix.
    """
    parts = happy_and_unhappy(sources.judged, kind)
    if parts is None or sources.sends is not None or worse != -1 or history < _FEWEST:
        return model
    service = next(field for field in model.fields if field.mechanism == "service")
    where = service.places.index(Place((), None))
    score = service.log_bf[:, :, where]
    # counts tell how a fall came about; where the score did not fall there is nothing to tell
    told = np.minimum(_told(parts, sources.judged, np.array(onsets), history), np.maximum(score, 0.0))
    made = Hypotheses(
        "audience",
        (Place((), None),),
        np.zeros(1),
        (score + told)[:, :, None],
        {"score": score[:, :, None], "response": told[:, :, None]},
        service.effect[:, :, [where]],
        service.sd[:, :, [where]],
    )
    others = [field for field in model.fields if field.mechanism != "audience"]
    mixed = next((field for field in model.fields if field.mechanism == "audience"), None)
    return replace(model, fields=(*others, made if mixed is None else _either(made, mixed)))


def _either(made: Hypotheses, mixed: Hypotheses) -> Hypotheses:
    """Other people in general, or another mix of segments: one as likely as the other."""
    if mixed.places != made.places:
        return mixed
    log_bf = np.logaddexp(made.log_bf, mixed.log_bf) - np.log(2)
    nothing = np.zeros_like(log_bf)
    parts = {
        name: np.logaddexp(made.parts.get(name, nothing), mixed.parts.get(name, nothing)) - np.log(2)
        for name in sorted({*made.parts, *mixed.parts})
    }
    return replace(mixed, log_bf=log_bf, parts=parts)


def _told(parts: tuple[Floats, Floats], panel: Panel, onsets: npt.NDArray[np.int64], history: int) -> Floats:
    """Log of how much better the two counts fit other people than a fault; shape (profiles, onsets)."""
    happy, unhappy = parts
    first = int(panel.days[0])
    days = np.arange(int(onsets.min()), int(onsets.max()) + 1)
    columns = profile_columns(LASTING + PULSES, len(panel.days), days - first)
    shown = np.ascontiguousarray(columns.transpose(1, 0, 2)).transpose(1, 0, 2)

    def moved(counts: Floats, side: Side) -> Floats:
        usual = np.full(len(counts), max(float(counts[:history].mean()), 0.05))
        series = count_series(counts, usual, segment=(), reason=None, side=side)
        weights = robust_weights(series.values, series.weights, panel.days)
        return scan(
            series.values, weights, season(panel.days), shown, sizes=_SIZES, side=side, grid=COUNT_DRIFT
        ).log_bf

    fewer, more, worse = moved(happy, -1), moved(happy, 1), moved(unhappy, 1)
    half = np.log(2)
    switched = np.logaddexp(fewer, more + worse) - half
    broken = worse + np.logaddexp(0.0, fewer) - half
    return np.asarray(np.clip(switched - broken, -_MOST, _MOST)[:, onsets - days[0]])


def jump_caveats(sources: Sources, *, kind: str, start: int, end: int) -> tuple[Caveat, ...]:
    """That answers came three times as often from some day of the window on, or a third as often.

    Parameters
    ----------
    sources : Sources
        Panels; where it is known who was asked, reach is measured.
    kind : str
        Of the metric.
    start, end : int
        Half-open range of local days in which a jump is looked for.

    Returns
    -------
    tuple of Caveat
        One at most.
    """
    if kind not in {"net", "share", "mean"} or sources.sends is not None:
        return ()
    counts = np.r_[0.0, np.cumsum(sources.judged.n.sum(axis=1))]
    rows = np.arange(max(start - sources.first, _WINDOW), min(end - sources.first, len(counts) - 1 - _WINDOW))
    if not len(rows):
        return ()
    before, after = counts[rows] - counts[rows - _WINDOW], counts[rows + _WINDOW] - counts[rows]
    ratio = np.abs(np.log((after + 1) / (before + 1)))
    ratio[np.maximum(before, after) < _FEWEST_ANSWERS] = 0.0
    at = int(np.argmax(ratio))
    if ratio[at] < np.log(_JUMP):
        return ()
    day = format_day(day_to_date(sources.first + int(rows[at])))
    return (
        Caveat(
            "volume_jump",
            f"Answers a day went from {format_value(float(before[at]) / _WINDOW)} to "
            f"{format_value(float(after[at]) / _WINDOW)} about {day}: other people answer, so the scores "
            "before and after are not of the same audience.",
        ),
    )
