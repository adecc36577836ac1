"""Why scores moved between two dates: values, freshness, data that came or went, another definition."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlib.data.clock import parse_as_of
from cxlib.errors import UsageError
from cxlib.health.configuration import configured
from cxlib.health.coverage import Coverage, coverage_moved
from cxlib.health.movement_words import movement_caveats, movement_text
from cxlib.health.published import beside_published, read_published
from cxlib.health.score import score_health
from cxlib.health.scores import HealthScores
from cxlib.result import Caveat, Result
from cxlib.stats.score_movement import Movement, Terms, is_real, split_movement, split_redefined

if TYPE_CHECKING:
    from cxlib.data.dataset import Dataset
    from cxlib.health.configuration import HealthConfiguration

__all__ = ["PARTS", "HealthMovement", "compare_health", "earlier_and_now", "movement_of"]

Floats = NDArray[np.float64]
PARTS: Final = ("value", "freshness", "arrived", "gone", "redefinition")


@dataclass(frozen=True, eq=False, repr=False)
class HealthMovement(Result):
    """How scores moved between two dates; the parts of an account sum to its change.

    Parameters
    ----------
    table : DataFrame
        A row an account scored at both dates, the largest change first: unit, `before`, `after`, `change`,
        `value`, `freshness`, `arrived`, `gone`, `redefinition` (points), `coverage_before`, `coverage_after`
        (%), `band_before`, `band_after`, `real` (moved by more than sampling explains); against a published
        month `published`, the score as it was told then.
    metrics : DataFrame
        A row an account and metric: unit, `metric` and the same parts.
    coverage : Coverage
        What was known of the portfolio at both dates, and which logged change lines up where it moved.
    before, after : HealthScores
        The scores, each under the configuration of its date.
    came, left : tuple of str
        Accounts scored at one date only.
    text : str
        Sentences.
    caveats : tuple of Caveat
        What to know first.
    """

    table: pd.DataFrame
    metrics: pd.DataFrame
    coverage: Coverage
    before: HealthScores
    after: HealthScores
    came: tuple[str, ...]
    left: tuple[str, ...]
    text: str
    caveats: tuple[Caveat, ...] = ()


def compare_health(
    data: "Dataset",
    *,
    before: str | date | datetime | None = None,
    previous: str | Path | None = None,
    earlier: "HealthConfiguration | None" = None,
) -> HealthMovement:
    """Compare scores at an earlier date with those at `as_of`, and say why they moved.

    Both dates are scored from the same data, the earlier one as it was known then. Where less is known of the
    portfolio than before, by five points of coverage or more, the change log is asked what lines up with it:
    the audience changed then, not the customers.

    Parameters
    ----------
    data : Dataset
        What `cx.load` returned.
    before : str, date, datetime or None
        The earlier date, its first local midnight; None: that of the published month.
    previous : str, Path or None
        Folder of a published month. Its scores stand beside those made again from today's data ("restated"),
        never in their place.
    earlier : HealthConfiguration or None
        The score as it was defined then, where that was another one; None: that of ``[health]``.

    Returns
    -------
    HealthMovement
        Parts that sum to each change.

    Raises
    ------
    UsageError
        If neither date nor month is given, or the date does not lie before `as_of`.
    DataError
        If the published month cannot be read.

    Examples
    --------
    Two accounts that answer as ever, and one that left.

    >>> import cxlib as cx
    >>> import pandas as pd
    >>> days = pd.date_range("2019-01-01", periods=240).strftime("%Y-%m-%dT09:00Z")
    >>> answers = pd.DataFrame({"survey_id": days, "kind": "nps", "sent_at": days, "responded_at": days})
    >>> answers["account_id"], answers["score"] = ["A", "B", "C"] * 80, [9, 8, 3] * 80
    >>> accounts = pd.DataFrame({"account_id": ["A", "B", "C"], "csm": ["ann", "ann", "bob"]})
    >>> accounts["churned_at"] = ["", "", "2019-06-10T09:00Z"]
    >>> data = cx.load({"accounts": accounts, "surveys": answers})
    >>> found = cx.compare_health(data, before="2019-05-01")
    >>> found.table[["account_id", "before", "after"]].round(1)
      account_id  before  after
    0          A    70.7   70.7
    1          B    50.0   50.0
    >>> found.left
    ('C',)
    """
    published = None if previous is None else read_published(previous)
    moment = before if before is not None or published is None else published.as_of
    if moment is None:
        raise UsageError(
            "before", found="none", expected="an earlier date, or previous", fix="write before='2020-02-01'"
        )
    then, first, second = earlier_and_now(data, moment, earlier=earlier)
    found = movement_of(data, (then, first), second)
    if published is None:
        return found
    table, caveats = beside_published(found.table, found.after.unit, published)
    return replace(found, table=table, caveats=(*caveats, *found.caveats))


def earlier_and_now(
    data: "Dataset", before: str | date | datetime, *, earlier: "HealthConfiguration | None" = None
) -> "tuple[Dataset, HealthScores, HealthScores]":
    """The data as of an earlier date, and the scores of both dates.

    Parameters
    ----------
    data : Dataset
        As of the later date.
    before : str, date or datetime
        The earlier one.
    earlier : HealthConfiguration or None
        The score as it was defined then; None: that of ``[health]``, the references of the earlier date
        holding for both where none are frozen, or history would drift.

    Raises
    ------
    UsageError
        If the date does not lie before `as_of`.
    """
    moment = parse_as_of(before, data.zone, where="before")
    if moment >= data.as_of:
        raise UsageError(
            "before",
            found=str(before),
            expected=f"a date before {data.as_of:%Y-%m-%d}, at which the data are seen",
            fix="give an earlier date, or a later --as-of",
        )
    then = data.at(before)
    first = score_health(then, configuration=earlier)
    given = configured(data.settings)
    own = {one.name: one for one in first.configuration.metrics}
    held = given.with_references(
        *({one.name: float(getattr(own[one.name], what) or 0) for one in given.metrics if one.name in own}
          for what in ("ref", "sd"))
    )  # fmt: skip
    return then, first, score_health(data, configuration=held)


def movement_of(
    data: "Dataset", past: "tuple[Dataset, HealthScores]", second: HealthScores
) -> HealthMovement:
    """The movement between scores that are at hand.

    Parameters
    ----------
    data : Dataset
        As of the later date.
    past : pair of Dataset and HealthScores
        The earlier date.
    second : HealthScores
        The later scores, of the same unit.
    """
    then, first = past
    unit = second.unit
    ids = sorted(set(first.table[unit]) & set(second.table[unit]))
    names = list(dict.fromkeys([*first.contributions["metric"], *second.contributions["metric"]]))
    old, new = first.configuration, second.configuration
    if old.hash == new.hash:
        parts = split_movement(_terms(first, ids, names), _terms(second, ids, names))
    else:
        under_old = (first, score_health(data, configuration=old))
        under_new = (score_health(then, configuration=new), second)
        pairs = [tuple(_terms(one, ids, names) for one in pair) for pair in (under_old, under_new)]
        parts = split_redefined(*pairs)  # type: ignore[arg-type]  # pairs of two
    table = _table(first, second, ids, parts)
    came, left = (
        tuple(sorted(set(one.table[unit]) - set(other.table[unit])))
        for one, other in ((second, first), (first, second))
    )
    coverage = coverage_moved(data, then, first, second)
    said = movement_text(table, unit, (first.as_of, second.as_of), (came, left))
    return HealthMovement(
        table=table,
        metrics=_metrics(unit, ids, names, parts),
        coverage=coverage,
        before=first,
        after=second,
        came=came,
        left=left,
        text="\n".join([said, *coverage.text.splitlines()]),
        caveats=movement_caveats(first, second),
    )


def _rows(scores: HealthScores, ids: list[str]) -> pd.DataFrame:
    return scores.table.set_index(scores.unit).loc[ids]


def _terms(scores: HealthScores, ids: list[str], names: list[str]) -> Terms:
    """What scores are made of, for some accounts and metrics; a metric that they lack is missing."""
    own = [one.name for one in scores.configuration.metrics]
    at = np.searchsorted(scores.table[scores.unit].to_numpy(), np.array(ids, dtype=object))
    shape = (len(ids), len(names))
    d, strength = np.full(shape, np.nan), np.zeros(shape)
    anchor, base = np.zeros(shape), np.zeros(shape)
    cells = {
        name: scores.contributions[name].to_numpy(dtype=np.float64).reshape(-1, len(own))[at]
        for name in ("d", "ref", "weight", "reliability")
    }
    place = [names.index(name) for name in own]
    d[:, place], share = cells["d"], cells["weight"] * cells["reliability"]
    if scores.configuration.missing == "reweight":
        total = share.sum(axis=1, keepdims=True)
        strength[:, place] = np.divide(share, total, out=np.zeros_like(share), where=total > 0)
        # nothing known: the base alone stands
        base[:, place] = np.where(total > 0, 0.0, 100 * cells["weight"] * cells["ref"])
        return Terms(d, strength, anchor, base)
    strength[:, place], anchor[:, place] = share, cells["ref"]
    base[:, place] = 100 * cells["weight"] * cells["ref"]
    return Terms(d, strength, anchor, base)


def _sampling(scores: HealthScores, ids: list[str]) -> tuple[Floats, Floats]:
    """How far down and up each score may lie by sampling alone, points."""
    own = len(scores.configuration.metrics)
    at = np.searchsorted(scores.table[scores.unit].to_numpy(), np.array(ids, dtype=object))
    cells = scores.contributions
    share = (cells["weight"].to_numpy() * cells["reliability"].to_numpy()).reshape(-1, own)[at]
    if scores.configuration.missing == "reweight":
        total = share.sum(axis=1, keepdims=True)
        share = np.divide(share, total, out=np.zeros_like(share), where=total > 0)
    below, above = (
        100 * np.sqrt(((share * np.nan_to_num(cells[name].to_numpy()).reshape(-1, own)[at]) ** 2).sum(axis=1))
        for name in ("below", "above")
    )
    return np.asarray(below), np.asarray(above)


def _table(first: HealthScores, second: HealthScores, ids: list[str], parts: Movement) -> pd.DataFrame:
    old, new = _rows(first, ids), _rows(second, ids)
    change = new["score"].to_numpy() - old["score"].to_numpy()
    columns: dict[str, Any] = {
        second.unit: pd.array(ids, dtype="str"),
        "before": old["score"].to_numpy(),
        "after": new["score"].to_numpy(),
        "change": change,
        **{name: getattr(parts, name).sum(axis=1) for name in PARTS},
        "coverage_before": old["coverage"].to_numpy(),
        "coverage_after": new["coverage"].to_numpy(),
        "band_before": old["band_model"].to_numpy(),
        "band_after": new["band_model"].to_numpy(),
        "real": is_real(change, _sampling(first, ids), _sampling(second, ids)),
    }
    table = pd.DataFrame(columns)
    order = np.lexsort((np.arange(len(ids)), -np.abs(change)))
    return table.iloc[order].reset_index(drop=True)


def _metrics(unit: str, ids: list[str], names: list[str], parts: Movement) -> pd.DataFrame:
    columns: dict[str, Any] = {
        unit: pd.array(np.repeat(np.array(ids, dtype=object), len(names)).tolist(), dtype="str"),
        "metric": pd.array(names * len(ids), dtype="str"),
        **{name: getattr(parts, name).reshape(-1) for name in PARTS},
    }
    return pd.DataFrame(columns)
