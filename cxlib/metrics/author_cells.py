"""Who wrote a metric's rows: how many a day each author did, and how large the largest part of one is."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from sqlglot import exp

from cxlib.data.clock import date_to_day
from cxlib.data.relations import column, number
from cxlib.metrics.cells import engine_of
from cxlib.metrics.gather import row_value
from cxlib.metrics.metric import Metric
from cxlib.metrics.request import segments_of
from cxlib.metrics.row_values import ROWS, day_name, row_relations

if TYPE_CHECKING:
    from cxlib.data.dataset import Dataset

__all__ = ["Spans", "author_column", "daily_authors", "spans_of"]

_AUTHORS: Final = {"tickets": "customer_id", "reviews": "author_id", "posts": "author_id"}
_EARLY: Final = 1 << 20  # days, so that what is divided is never negative: engines round those differently

Spans = dict[int, tuple[int, int]]
"""By the number of a span of days: rows with a known author, and those of the most frequent one."""


def author_column(data: "Dataset", metric: Metric) -> str:
    """The column that says who wrote the metric's rows; empty where nothing does.

    Parameters
    ----------
    data : Dataset
        Checked tables.
    metric : Metric
        Its table.

    Returns
    -------
    str
        A column of the table.
    """
    name = _AUTHORS.get(metric.table, "")
    return name if name and data.has(metric.table, name) else ""


def daily_authors(
    data: "Dataset", metric: Metric, *, by: Sequence[str] = (), start: date, end: date
) -> pd.DataFrame:
    """Authors instead of rows: each counts one a day, parted over the segments that the author wrote in.

    Parameters
    ----------
    data : Dataset
        Checked tables.
    metric : Metric
        A count, or a rate, of which the numerator; its table has an `author_column`.
    by : sequence of str
        Segment columns, own or inherited.
    start, end : date
        Half-open range of local days.

    Returns
    -------
    pandas.DataFrame
        As of `daily_cells`: day, the segment columns, n, total and squares; a row an author, to be summed.
        Rows without an author count one each, as nobody knows whose they are.
    """
    names = segments_of(data, [metric], by)
    keys = ["day", *(f"s{i}" for i in range(len(names)))]
    found = _ask(data, metric, names, _counted([*keys, "author"], date_to_day(start), date_to_day(end)))
    rows = found.column("rows").to_numpy().astype(np.float64)
    day = found.column("day").to_numpy().astype(np.int64)
    worth = _worth(day, rows, found.column("author"))
    labels = {name: pd.array(found.column(f"s{i}").to_pylist(), dtype="str") for i, name in enumerate(names)}
    frame = pd.DataFrame({"day": day, **labels, "n": worth, "total": worth, "squares": worth})
    return frame.sort_values(["day", *names, "n"], ignore_index=True)


def _worth(day: NDArray[np.int64], rows: NDArray[np.float64], author: pa.ChunkedArray) -> NDArray[np.float64]:
    """Each author's part of a day's one; rows of nobody stay what they are."""
    codes = author.combine_chunks().dictionary_encode().indices
    known = np.asarray(codes.is_valid())
    code = codes.fill_null(0).to_numpy().astype(np.int64)
    _, place = np.unique(np.column_stack([day, code]), axis=0, return_inverse=True)
    place = place.reshape(-1)
    whole = np.bincount(place, weights=np.where(known, rows, 0.0))
    return np.asarray(np.where(known, rows / np.maximum(whole[place], 1.0), rows))


def spans_of(data: "Dataset", metric: Metric, *, start: date, end: date, days: int) -> Spans:
    """Rows and those of the most frequent author, by spans of days counted from `start`.

    Parameters
    ----------
    data : Dataset
        Checked tables.
    metric : Metric
        Its table has an `author_column`.
    start : date
        Where a span begins; earlier ones have negative numbers.
    end : date
        The day after the last one that is read.
    days : int
        Length of a span.

    Returns
    -------
    dict of int to (int, int)
        Spans without rows are left out.
    """
    first = date_to_day(start)
    shifted = exp.Add(
        this=exp.Paren(this=exp.Sub(this=column("day"), expression=number(first))),
        expression=number(_EARLY * days),
    )
    span = exp.IntDiv(this=exp.Paren(this=shifted), expression=number(days))
    each = (
        exp.select(exp.alias_(span, "span", quoted=True), column("author"), column("rows"))
        .from_(_counted(["day", "author"], None, date_to_day(end)).subquery("counted"))
        .where(exp.not_(exp.Is(this=column("author"), expression=exp.null())))
    )
    sums = exp.select(column("span"), exp.alias_(_sum("rows"), "rows", quoted=True))
    both = _grouped(sums.from_(each.subquery("each")), ["span", "author"])
    query = _grouped(
        exp.select(
            column("span"),
            exp.alias_(_sum("rows"), "rows", quoted=True),
            exp.alias_(exp.Max(this=column("rows")), "most", quoted=True),
        ).from_(both.subquery("both")),
        ["span"],
    )
    found = _ask(data, metric, (), query).to_pylist()
    return {
        int(row["span"]) - _EARLY: (int(row["rows"]), int(row["most"]))
        for row in sorted(found, key=lambda row: int(row["span"]))
    }


def _sum(name: str) -> exp.Expr:
    return exp.cast(exp.Sum(this=column(name)), "DOUBLE")


def _counted(keys: Sequence[str], first: int | None, end: int) -> exp.Select:
    """Rows by some of day, segments and author."""
    query = exp.select(
        *(column(key) for key in keys), exp.alias_(exp.Count(this=exp.Star()), "rows", quoted=True)
    ).from_(exp.to_table("authored", quoted=True))
    query = query.where(exp.LT(this=column("day"), expression=number(end)))
    if first is not None:
        query = query.where(exp.GTE(this=column("day"), expression=number(first)))
    return _grouped(query, keys)


def _grouped(query: exp.Select, keys: Sequence[str]) -> exp.Select:
    query.set("group", exp.Group(expressions=[column(key) for key in keys]))
    return query


def _ask(data: "Dataset", metric: Metric, by: Sequence[str], query: exp.Select) -> pa.Table:
    """A query over the counted rows of a metric, with their day, segments and author."""
    engine = engine_of(data)
    value = replace(row_value(metric), cluster=author_column(data, metric))
    queries, tables = row_relations(data, engine, metric.table, [value], by)
    day = column(day_name(value.basis))
    rows = exp.select(
        exp.alias_(day, "day", quoted=True),
        *(column(f"s{i}") for i in range(len(by))),
        exp.alias_(column("c0"), "author", quoted=True),
    ).from_(exp.to_table(ROWS, quoted=True))
    kept = [exp.not_(exp.Is(this=part, expression=exp.null())) for part in (column("x0"), day.copy())]
    queries["authored"] = rows.where(*kept)
    for name, part in queries.items():
        query = query.with_(exp.to_identifier(name, quoted=True), as_=part, copy=False)
    return engine.run(query, tables)
