"""What sums by day cannot tell: the rows of small cells, and how the rows of a period cluster."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from sqlglot import exp

from cxlib.data.relations import column, number, step_of
from cxlib.metrics.cells import engine_of
from cxlib.metrics.gather import Gathered, Group, row_value
from cxlib.metrics.metric import Metric
from cxlib.metrics.rollup import Grid
from cxlib.metrics.row_values import ROWS, day_name, row_relations
from cxlib.stats.bootstrap import bca_intervals, independent_worth

if TYPE_CHECKING:
    from cxlib.data.dataset import Dataset

__all__ = ["FEW", "Cut", "resampled", "worth_of_rows"]

Floats = NDArray[np.float64]
FEW: Final = 30
"""Rows below which the interval of a mean is that of a bootstrap."""
_SEED: Final = 20_200_204  # any will do: the same data must give the same interval
_PLACED: Final = "placed_rows"


@dataclass(frozen=True, slots=True)
class Cut:
    """What the rows of one metric are told apart by: segments, the groups of the result, and periods."""

    by: tuple[str, ...]
    groups: tuple[Group, ...]
    grid: Grid


def resampled(
    data: "Dataset", metric: Metric, gathered: Gathered, cut: Cut, n: Floats
) -> tuple[Floats, Floats]:
    """Bootstrap intervals of the cells with 2 to 29 rows; NaN elsewhere; shape (groups, periods).

    Parameters
    ----------
    data : Dataset
        What was measured.
    metric : Metric
        A mean.
    gathered : Gathered
        Its cells; without rows nothing is asked.
    cut : Cut
        Segments and periods.
    n : array of float, shape (groups, periods)
        Rows that count.
    """
    lower, upper = np.full(n.shape, np.nan), np.full(n.shape, np.nan)
    if not ((n >= 2) & (n < FEW)).any() or not len(gathered.numerator.day):
        return lower, upper
    found = _run(data, metric, cut, _small_rows(cut))
    place = _place(found, cut)
    order = np.argsort(place, kind="stable")
    cells, starts, counts = np.unique(place[order], return_index=True, return_counts=True)
    values = found.column("x").to_numpy().astype(np.float64)[order]
    for size in np.unique(counts[counts >= 2]):
        chosen = counts == size
        rows = values[starts[chosen][:, np.newaxis] + np.arange(size)]
        low, high = bca_intervals(rows, rng=np.random.default_rng(_SEED))
        lower.reshape(-1)[cells[chosen]], upper.reshape(-1)[cells[chosen]] = low, high
    return lower, upper


def worth_of_rows(
    data: "Dataset", metric: Metric, cut: Cut, moments: tuple[Floats, Floats, Floats]
) -> Floats:
    """How many independent rows a row of each group and period is worth, as the metric's clusters have it.

    Parameters
    ----------
    data : Dataset
        What was measured.
    metric : Metric
        Names the column of the clusters; a row without one stands alone.
    cut : Cut
        Segments and periods.
    moments : tuple of array of float, shape (groups, periods)
        Rows, Σx and Σx².
    """
    found = _run(data, metric, cut, _cluster_sums(cut))
    place = _place(found, cut)
    sums = []
    for name in ("clusters", "rows2", "cross", "sums2"):
        filled = np.zeros(moments[0].size)
        filled[place] = found.column(name).to_numpy().astype(np.float64)
        sums.append(filled.reshape(moments[0].shape))
    return independent_worth(moments, (sums[0], sums[1], sums[2], sums[3]))


def _run(data: "Dataset", metric: Metric, cut: Cut, query: exp.Select) -> pa.Table:
    """A query over the counted rows of a metric, each with the number of its period."""
    engine, value = engine_of(data), row_value(metric)
    queries, tables = row_relations(data, engine, metric.table, [value], cut.by)
    period = _period(column(day_name(value.basis)), cut.grid)
    rows = exp.select(
        exp.alias_(period, "period", quoted=True),
        *_segments(cut),
        exp.alias_(column("x0"), "x", quoted=True),
        *([exp.alias_(column("c0"), "cluster", quoted=True)] if value.cluster else []),
    ).from_(exp.to_table(ROWS, quoted=True))
    queries[_PLACED] = rows.where(_is_known(column("x0")), _is_known(column(day_name(value.basis))))
    for name, part in queries.items():
        query = query.with_(exp.to_identifier(name, quoted=True), as_=part, copy=False)
    return engine.run(query, tables)


def _period(day: exp.Expr, grid: Grid) -> exp.Expr:
    """The number of a day's period; −1 outside of the range."""
    first, end = number(int(grid.starts[0])), number(int(grid.ends[-1]))
    if len(grid.starts) == int(grid.ends[-1] - grid.starts[0]):
        place: exp.Expr = exp.Sub(this=day.copy(), expression=first)
    else:
        place = step_of(day, [int(start) for start in grid.starts[1:]], range(len(grid.starts)))
    inside = exp.and_(
        exp.GTE(this=day.copy(), expression=first.copy()), exp.LT(this=day.copy(), expression=end)
    )
    return exp.cast(exp.Case().when(inside, place).else_(number(-1)), "BIGINT")


def _segments(cut: Cut, table: str = "") -> list[exp.Expr]:
    return [column(f"s{i}", table) for i in range(len(cut.by))]


def _is_known(part: exp.Expr) -> exp.Expr:
    return exp.not_(exp.Is(this=part, expression=exp.null()))


def _grouped(query: exp.Select, keys: Sequence[exp.Expr]) -> exp.Select:
    query.set("group", exp.Group(expressions=[key.copy() for key in keys]))
    return query


def _placed(alias: str = "") -> exp.Expr:
    table = exp.to_table(_PLACED, quoted=True)
    return exp.alias_(table, alias, table=True, quoted=True) if alias else table


def _inside(table: str = "") -> exp.Expr:
    return exp.GTE(this=column("period", table), expression=number(0))


def _small_rows(cut: Cut) -> exp.Select:
    """The rows of all groups and periods that have fewer than 30."""
    keys = [column("period"), *_segments(cut)]
    small = _grouped(exp.select(*keys).from_(_placed()).where(_inside()), keys)
    small = small.having(exp.LT(this=exp.Count(this=column("x")), expression=number(FEW)))
    on = [exp.EQ(this=column(key.name, "r"), expression=column(key.name, "small")) for key in keys]
    return (
        exp.select(*(column(key.name, "r") for key in keys), column("x", "r"))
        .from_(_placed("r"))
        .join(small.subquery("small"), on=exp.and_(*on))
    )


def _cluster_sums(cut: Cut) -> exp.Select:
    """Clusters of each group and period, Σn², Σnx and Σx² over them."""
    keys = [column("period"), *_segments(cut)]
    together = exp.select(
        *(key.copy() for key in keys),
        exp.alias_(exp.cast(exp.Count(this=column("x")), "DOUBLE"), "n", quoted=True),
        exp.alias_(exp.Sum(this=column("x")), "total", quoted=True),
    ).from_(_placed())
    together = _grouped(together.where(_inside(), _is_known(column("cluster"))), [*keys, column("cluster")])
    alone = (
        exp.select(
            *(key.copy() for key in keys),
            exp.alias_(exp.cast(number(1), "DOUBLE"), "n", quoted=True),
            exp.alias_(column("x"), "total", quoted=True),
        )
        .from_(_placed())
        .where(_inside(), exp.Is(this=column("cluster"), expression=exp.null()))
    )
    parts = exp.union(together, alone, distinct=False, copy=False).subquery("parts")
    n, total = column("n"), column("total")
    sums = {
        "clusters": exp.Count(this=n.copy()),
        "rows2": exp.Sum(this=exp.Mul(this=n.copy(), expression=n.copy())),
        "cross": exp.Sum(this=exp.Mul(this=n.copy(), expression=total.copy())),
        "sums2": exp.Sum(this=exp.Mul(this=total.copy(), expression=total.copy())),
    }
    named = [exp.alias_(exp.cast(part, "DOUBLE"), name, quoted=True) for name, part in sums.items()]
    return _grouped(exp.select(*(key.copy() for key in keys), *named).from_(parts), keys)


def _place(found: pa.Table, cut: Cut) -> NDArray[np.int64]:
    """The place of each row in the flattened arrays of shape (groups, periods)."""
    place = {group: i for i, group in enumerate(cut.groups)}
    segments = [found.column(f"s{i}").to_pylist() for i in range(len(cut.by))]
    named = list(zip(*segments, strict=True)) if segments else [()] * found.num_rows
    group = np.array([place[one] for one in named], dtype=np.int64)
    period: NDArray[np.int64] = found.column("period").to_numpy().astype(np.int64)
    return np.asarray(group * len(cut.grid.starts) + period)
