"""Scores as a report published them: read, and never changed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pandas as pd

from cxlib.errors import DataError, UsageError
from cxlib.result import Caveat
from cxlib.text import format_count, format_value, plural

if TYPE_CHECKING:
    from cxlib.health.configuration import Unit

__all__ = ["PublishedScores", "beside_published", "read_published"]

_SAME: Final = 1e-8  # points: what is published is rounded


@dataclass(frozen=True, eq=False)
class PublishedScores:
    """The scores of a published month.

    Parameters
    ----------
    month : str
        YYYY-MM.
    as_of : datetime
        The instant they were seen at, aware.
    fingerprint : str
        Of the data they were made from.
    scores : mapping of str to float
        Account to score, 0-100.
    """

    month: str
    as_of: datetime
    fingerprint: str
    scores: Mapping[str, float]


def read_published(folder: str | Path) -> PublishedScores:
    """Read the scores of a published month.

    Parameters
    ----------
    folder : str or Path
        Such as ``reports/2020-02``.

    Raises
    ------
    UsageError
        If nothing was published there, or no scores.
    DataError
        If its manifest cannot be read.

    Examples
    --------
    >>> read_published("no-such-folder")
    Traceback (most recent call last):
    cxlib.errors.UsageError: previous: found no manifest.json in no-such-folder, ...
    """
    path = Path(folder) / "manifest.json"
    if not path.is_file():
        raise UsageError(
            "previous",
            found=f"no manifest.json in {folder}",
            expected="the folder of a published month",
            fix="name it like reports/2020-02",
        )
    try:
        told = json.loads(path.read_text("utf-8"))
        month, fingerprint, health = str(told["month"]), str(told["fingerprint"]), told.get("health", {})
        as_of, scores = datetime.fromisoformat(health.get("as_of", told["as_of"])), health.get("scores", {})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(
            path.as_posix(),
            found="a manifest that cannot be read",
            expected="what cxlib report writes",
            fix="publish the month again",
        ) from error
    if not scores:
        raise UsageError(
            "previous",
            found=f"a report of {month} without health scores",
            expected="a month whose page of health was published",
            fix="name another month",
        )
    return PublishedScores(month, as_of, fingerprint, scores)


def beside_published(
    table: pd.DataFrame, unit: "Unit", published: PublishedScores
) -> tuple[pd.DataFrame, tuple[Caveat, ...]]:
    """A movement with what was published beside what is scored today.

    Parameters
    ----------
    table : pandas.DataFrame
        As of `HealthMovement`.
    unit : {"account_id", "customer_id"}
        What is scored.
    published : PublishedScores
        Of the earlier date.
    """
    told = table[unit].map(published.scores)
    off = (table["before"] - told).dropna()
    differ = off[off.abs() > _SAME]
    if not len(differ):
        return table.assign(published=told), ()
    mean = format_value(float(differ.mean()), "points", signed=True)
    said = (
        f"{format_count(len(differ))} of {plural(len(off), 'score')} that {published.month} published are "
        f"restated, by {mean} on average: the data or the definition changed since. What was published "
        "stands in the column published."
    )
    return table.assign(published=told), (Caveat("restated", said),)
