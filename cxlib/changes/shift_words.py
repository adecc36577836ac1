"""The sentences and caveats of a search for shifts."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import pandas as pd

from cxlib.data.dataset import Dataset
from cxlib.data.periods import day_to_date
from cxlib.result import Caveat
from cxlib.text import (
    format_day,
    format_interval,
    format_value,
    join_words,
    metric_label,
    plural,
    say_probability,
)

__all__ = ["shift_caveats", "shift_sentences"]

_MOST_TOLD = 12
_NEEDED_HISTORY, _RECOMMENDED_HISTORY = 60, 110


def shift_sentences(table: pd.DataFrame, metrics: int, q: float) -> str:
    """How many moved, then the strongest.

    Parameters
    ----------
    table : DataFrame
        As `Shifts` holds it.
    metrics : int
        How many of them were scanned.
    q : float
        Accepted share of false discoveries.

    Returns
    -------
    str
        One sentence a line.
    """
    found = table[table["verdict"] != "not established"]
    sure = int((found["verdict"] == "confirmed").sum())
    lines = [
        f"{plural(sure, 'shift')} confirmed and {len(found) - sure} worth a look, "
        f"among {plural(len(table), 'series', 'series')} of {plural(metrics, 'metric')} "
        f"(at most {format_value(100 * q, '%')} of the confirmed are expected to be false)."
    ]
    lines += [_sentence(row) for row in found.head(_MOST_TOLD).to_dict(orient="records")]
    if len(found) > _MOST_TOLD:
        lines.append(f"{len(found) - _MOST_TOLD} more are in the table.")
    return "\n".join(lines)


def _sentence(row: Mapping[Any, Any]) -> str:
    """One shift in words."""
    where = "" if row["segment"] == "all" else f", {row['segment']},"
    way = "rose" if row["change"] > 0 else "fell"
    size = format_value(abs(row["change"]), row["unit"])
    interval = format_interval(row["lower"], row["upper"], row["unit"])
    over = "" if row["ended"] is None else f", over from {format_day(row['ended'])}"
    return (
        f"{metric_label(row['metric'])}{where} {way} by {size} {interval} from {_days(row)}, "
        f"a {row['shape']}{over}; {say_probability(row['probability'])}, {row['verdict']}."
    )


def _days(row: Mapping[Any, Any]) -> str:
    """The onset, with its interval where that is more than the day itself."""
    last: date = row["onset_to"] - timedelta(days=1)
    day = format_day(row["onset"])
    return (
        day if row["onset_from"] == last else f"{day} ({format_day(row['onset_from'])} to {format_day(last)})"
    )


def shift_caveats(
    data: Dataset,
    left_out: Mapping[str, str],
    thin: Mapping[str, int],
    cut_off: Mapping[str, int],
    history: Mapping[str, int],
    misfits: Sequence[str],
) -> tuple[Caveat, ...]:
    """What was not scanned, and what weakens the rest.

    Parameters
    ----------
    data : Dataset
        Its own caveats come last.
    left_out : mapping of str to str
        By metric, what makes it more than the sum of its days.
    thin : mapping of str to int
        By metric, series without rows enough.
    cut_off : mapping of str to int
        By metric whose rows thin out, the local day from which nothing was scanned.
    history : mapping of str to int
        By metric, the days before the window.
    misfits : sequence of str
        Metrics with a series whose calm days look like shifts (mean e-value above 1).

    Returns
    -------
    tuple of Caveat
        Each code once.
    """
    found = []
    for why in dict.fromkeys(left_out.values()):
        names = [name for name, reason in left_out.items() if reason == why]
        found.append(f"{join_words(names, most=60)} ({why})")
    caveats = (
        [Caveat("not_scanned", f"Not scanned, as days do not add up: {'; '.join(found)}.")] if found else []
    )
    if thin:
        names = [f"{name} ({count})" for name, count in thin.items()]
        said = f"{plural(sum(thin.values()), 'series', 'series')} with too few rows or days not scanned"
        caveats.append(Caveat("thin_series", f"{said}: {join_words(names)}."))
    for day in sorted(set(cut_off.values())):
        names = [name for name, last in cut_off.items() if last == day]
        text = f"Hardly any rows from {format_day(day_to_date(day))} on, so nothing later was scanned"
        caveats.append(Caveat("truncated", f"{text}: {join_words(names)}."))
    short = {name: days for name, days in history.items() if days < _RECOMMENDED_HISTORY}
    if short:
        least = min(short.values())
        need = "at least 60 are needed" if least < _NEEDED_HISTORY else "110 or more are recommended"
        text = f"As few as {plural(least, 'day')} before the window; {need}: {join_words(list(short))}"
        caveats.append(Caveat("short_history", f"{text}."))
    if misfits:
        text = "Calm days looked like shifts, so a larger drift was allowed for"
        caveats.append(Caveat("model_misfit", f"{text}: {join_words(misfits)}."))
    return (*caveats, *data.caveats)
