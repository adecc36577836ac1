"""A movement of scores in words: who moved, what of it is more than noise, and why."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final

import pandas as pd

from cxlib.health.sentences import unit_word
from cxlib.result import Caveat
from cxlib.text import format_day, format_value, join_words, plural

if TYPE_CHECKING:
    from cxlib.health.configuration import Unit
    from cxlib.health.scores import HealthScores

__all__ = ["WORDS", "movement_caveats", "movement_text"]

WORDS: Final = {
    "value": "values",
    "freshness": "freshness",
    "arrived": "data arrived",
    "gone": "data gone",
    "redefinition": "re-definition",
}
_SMALL: Final = 0.05


def movement_text(
    table: pd.DataFrame,
    unit: "Unit",
    dates: tuple[datetime, datetime],
    others: tuple[Sequence[str], Sequence[str]],
) -> str:
    """The movement of the portfolio in sentences.

    Parameters
    ----------
    table : pandas.DataFrame
        As of `HealthMovement`.
    unit : {"account_id", "customer_id"}
        What is scored.
    dates : pair of datetime
        The earlier and the later one.
    others : pair of sequence of str
        Who came, and who left.
    """
    word = unit_word(unit)
    came, left = others
    if not len(table):
        return f"No {word} was scored at both dates."
    mean = float(table["change"].mean())
    parts = [
        f"{told} {format_value(float(table[name].mean()), 'points', signed=True)}"
        for name, told in WORDS.items()
        if abs(float(table[name].mean())) > _SMALL
    ]
    split = f": {join_words(parts)}" if parts else ""
    real = table[table["real"]]
    up, down = int((real["change"] > 0).sum()), int((real["change"] < 0).sum())
    lines = [
        f"From {format_day(dates[0])} to {format_day(dates[1])} the mean score of {plural(len(table), word)} "
        f"scored at both dates moved by {format_value(mean, 'points', signed=True)}{split}.",
        f"{plural(up, word)} rose and {down} fell by more than sampling explains.",
    ]
    if came or left:
        lines.append(f"{plural(len(came), word)} came and {len(left)} left; they are in no mean here.")
    return "\n".join(lines)


def movement_caveats(first: "HealthScores", second: "HealthScores") -> tuple[Caveat, ...]:
    """What to know before using a movement.

    Parameters
    ----------
    first, second : HealthScores
        The scores that are compared.
    """
    said = (
        "Windows of the two dates share rows, so that a movement is called real less often than it could be."
    )
    found = [Caveat("shared_rows", said)]
    if first.configuration.hash != second.configuration.hash:
        said = "The score was defined anew between the dates: each date was scored under both definitions."
        found.append(Caveat("redefined", said))
    kept = {caveat.code: caveat for caveat in (*first.caveats, *second.caveats)}
    return (*found, *kept.values())
