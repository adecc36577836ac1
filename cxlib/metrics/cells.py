"""Definitions to cells: one SQL statement a table, which yields sums that add up, per local day and segment.

Cells are all that travels back from an engine. Weeks, months, coarser segments and intervals are arithmetic
on them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from sqlglot import exp

from cxlib.data.engine import DuckEngine
from cxlib.data.relations import column, number
from cxlib.metrics.row_values import ROWS, RowValue, row_relations
from cxlib.stats.histogram import BIN_SCALE

if TYPE_CHECKING:
    from cxlib.data.dataset import Dataset

__all__ = ["Cells", "Histogram", "count_cells"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_KNOWN_BLOCK: Final = -1
_KEYS: Final = {"block": "BIGINT", "day": "BIGINT", "bin": "BIGINT", "ended": "BIGINT"}
_HISTOGRAM: Final = ("n", "total", "low", "high")


@dataclass(frozen=True, slots=True)
class Histogram:
    """Durations per local day, segment and bin; `total`, `low` and `high` in microseconds.

    Parameters
    ----------
    day, group, bin : array of int64, shape (cells,)
        Local day, row of `Cells.groups`, and a number that ascends with the duration.
    ended : array of bool, shape (cells,)
        False: still running when last seen.
    n, total, low, high : array of float, shape (cells,)
        Rows, their sum, minimum and maximum.
    """

    day: Integers
    group: Integers
    bin: Integers
    ended: NDArray[np.bool_]
    n: Floats
    total: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True, slots=True)
class Cells:
    """Sums per local day and segment of one row value.

    Parameters
    ----------
    day : array of int64, shape (cells,)
        Local days since 1970-01-01; every day of the table, also where no row counts.
    group : array of int64, shape (cells,)
        Row of `groups`.
    groups : tuple of tuples of str
        Every known combination of segments, sorted; one empty tuple without segments.
    n, total, squares : array of float, shape (cells,)
        Rows, Σx and Σx².
    counted : mapping of str to array of float
        Rows counted beside the value, by reason.
    histogram : Histogram or None
        Durations only.
    """

    day: Integers
    group: Integers
    groups: tuple[tuple[str, ...], ...]
    n: Floats
    total: Floats
    squares: Floats
    counted: Mapping[str, Floats]
    histogram: Histogram | None


def count_cells(
    data: "Dataset", table: str, values: Sequence[RowValue], *, by: Sequence[str] = ()
) -> list[Cells]:
    """Cells of several row values of one table, by one statement.

    Parameters
    ----------
    data : Dataset
        Tables as they are visible at `as_of`.
    table : str
        Canonical name.
    values : sequence of RowValue
        What rows are worth.
    by : sequence of str
        Segment columns, own or inherited.

    Returns
    -------
    list of Cells
        One for each value, in order.
    """
    engine = DuckEngine()
    query, blocks = _statement(values, len(by))
    queries, tables = row_relations(data, engine, table, values, by)
    for name, part in queries.items():
        query = query.with_(exp.to_identifier(name, quoted=True), as_=part, copy=False)
    found = engine.run(query, tables)
    groups, codes = _groups(found, len(by))
    return [_read(found, blocks, groups, codes, value, i) for i, value in enumerate(values)]


def _statement(values: Sequence[RowValue], width: int) -> tuple[exp.Query, dict[str, int]]:
    """One aggregation a basis and one a duration, and the number of each in the column block."""
    bases = sorted({value.basis for value in values})
    blocks = {basis: i for i, basis in enumerate(bases)}
    blocks |= {f"histogram {i}": len(blocks) + i for i, value in enumerate(values) if value.ended is not None}
    known = exp.select(*_columns(_KNOWN_BLOCK, {}, width, values, {}))
    parts = [known.from_(_rows()).distinct()]
    for basis in bases:
        mine = {
            name: part
            for i, value in enumerate(values)
            if value.basis == basis
            for name, part in _sums(i, value)
        }
        parts.append(_aggregation(blocks[basis], basis, {}, width, values, mine))
    for i, value in enumerate(values):
        if value.ended is not None:
            keys = {"bin": _bin(column(f"x{i}"), value.edge_us), "ended": column(f"w{i}")}
            part = _aggregation(blocks[f"histogram {i}"], value.basis, keys, width, values, dict(_spread(i)))
            parts.append(part.where(_is_known(column(f"x{i}"))))
    return exp.union(*parts, distinct=False, copy=False), blocks


def _rows() -> exp.Table:
    return exp.to_table(ROWS, quoted=True)


def _is_known(part: exp.Expr) -> exp.Expr:
    return exp.not_(exp.Is(this=part, expression=exp.null()))


def _aggregation(
    block: int,
    basis: str,
    keys: Mapping[str, exp.Expr],
    width: int,
    values: Sequence[RowValue],
    sums: Mapping[str, exp.Expr],
) -> exp.Select:
    """Sums by the day of a basis, the segments and further keys; rows without the basis are left out."""
    day = column(f"day_{basis}")
    selected = {"day": day, **keys}
    query = (
        exp.select(*_columns(block, selected, width, values, sums))
        .from_(_rows())
        .where(_is_known(day.copy()))
    )
    segments = [column(f"s{i}") for i in range(width)]
    query.set("group", exp.Group(expressions=[*(key.copy() for key in selected.values()), *segments]))
    return query


def _columns(
    block: int,
    keys: Mapping[str, exp.Expr],
    width: int,
    values: Sequence[RowValue],
    sums: Mapping[str, exp.Expr],
) -> list[exp.Expr]:
    """The columns that all branches share; what a branch does not fill is NULL."""
    filled = {"block": number(block), **{name: part.copy() for name, part in keys.items()}}
    names = [name for i, value in enumerate(values) for name, _ in [*_sums(i, value), *_spread(i)]]
    return [
        *(exp.alias_(exp.cast(filled.get(name, exp.null()), type_), name) for name, type_ in _KEYS.items()),
        *(column(f"s{i}") for i in range(width)),
        *(exp.alias_(exp.cast(sums.get(name, exp.null()), "DOUBLE"), name) for name in dict.fromkeys(names)),
    ]


def _sums(index: int, value: RowValue) -> list[tuple[str, exp.Expr]]:
    """The additive columns of a value: rows, Σx, Σx², and a count for each reason."""
    x = column(f"x{index}")
    squared = exp.Mul(this=x.copy(), expression=x.copy())
    return [
        (f"n{index}", exp.Count(this=x)),
        (f"total{index}", exp.Sum(this=x.copy())),
        (f"squares{index}", exp.Sum(this=squared)),
        *((f"e{index}_{k}", exp.Count(this=column(f"e{index}_{k}"))) for k in range(len(value.counted))),
    ]


def _spread(index: int) -> list[tuple[str, exp.Expr]]:
    """The histogram's columns of a duration; sums of whole microseconds do not depend on order."""
    x = column(f"x{index}")
    parts = (exp.Count(this=x), exp.Sum(this=x.copy()), exp.Min(this=x.copy()), exp.Max(this=x.copy()))
    return list(zip((f"{name}{index}" for name in _HISTOGRAM), parts, strict=True))


def _bin(x: exp.Expr, edge_us: float | None) -> exp.Expr:
    """The logarithmic bin of a duration in microseconds, twice its number, one more past the edge."""
    seconds = exp.Mul(this=x, expression=exp.cast(exp.Literal.string("1e-6"), "DOUBLE"))
    logs = exp.Mul(
        this=exp.Ln(this=seconds), expression=exp.cast(exp.Literal.string(repr(BIN_SCALE)), "DOUBLE")
    )
    number_of = (
        exp.Case()
        .when(exp.LTE(this=x.copy(), expression=number(0)), number(-1))
        .when(exp.LT(this=x.copy(), expression=number(1_000_000)), number(0))
        .else_(exp.Floor(this=logs))
    )
    doubled = exp.Mul(this=exp.cast(number_of, "BIGINT"), expression=number(2))
    if edge_us is None:
        return doubled
    past = exp.Case().when(exp.GT(this=x.copy(), expression=number(edge_us)), number(1)).else_(number(0))
    return exp.Add(this=doubled, expression=past)


def _groups(found: pa.Table, width: int) -> tuple[tuple[tuple[str, ...], ...], Integers]:
    """The sorted combinations of segments, and for each row its place among them."""
    if not width:
        return ((),), np.zeros(len(found), dtype=np.int64)
    columns = [found.column(f"s{i}").combine_chunks().dictionary_encode() for i in range(width)]
    codes = np.column_stack([part.indices.to_numpy() for part in columns]).astype(np.int64)
    unique, place = np.unique(codes, axis=0, return_inverse=True)
    labels = [part.dictionary.to_pylist() for part in columns]
    named = [tuple(labels[i][code] for i, code in enumerate(row)) for row in unique]
    order = sorted(range(len(named)), key=named.__getitem__)
    rank = np.empty(len(named), dtype=np.int64)
    rank[order] = np.arange(len(named))
    return tuple(named[i] for i in order), rank[place.reshape(-1)]


def _read(
    found: pa.Table,
    blocks: Mapping[str, int],
    groups: tuple[tuple[str, ...], ...],
    codes: Integers,
    value: RowValue,
    index: int,
) -> Cells:
    """The cells of one value, sorted, so that the same data give the same bytes."""
    rows, picked = _picked(found, blocks[value.basis], codes)
    named = {name: _floats(found, name, rows) for name, _ in _sums(index, value)}
    return Cells(
        picked["day"],
        picked["group"],
        groups,
        named[f"n{index}"],
        named[f"total{index}"],
        named[f"squares{index}"],
        {reason: named[f"e{index}_{k}"] for k, reason in enumerate(value.counted)},
        None if value.ended is None else _read_histogram(found, blocks[f"histogram {index}"], codes, index),
    )


def _read_histogram(found: pa.Table, block: int, codes: Integers, index: int) -> Histogram:
    rows, picked = _picked(found, block, codes)
    n, total, low, high = (_floats(found, f"{name}{index}", rows) for name in _HISTOGRAM)
    return Histogram(picked["day"], picked["group"], picked["bin"], picked["ended"] > 0, n, total, low, high)


def _picked(found: pa.Table, block: int, codes: Integers) -> tuple[Integers, dict[str, Integers]]:
    """The rows of a block in the order of group, day, bin and ended, and their keys."""
    rows = np.flatnonzero(found.column("block").to_numpy() == block)
    keys = {name: _floats(found, name, rows).astype(np.int64) for name in ("day", "bin", "ended")}
    order = np.lexsort((keys["ended"], keys["bin"], keys["day"], codes[rows]))
    return rows[order], {"group": codes[rows][order], **{name: key[order] for name, key in keys.items()}}


def _floats(found: pa.Table, name: str, rows: Integers) -> Floats:
    values: Floats = np.nan_to_num(found.column(name).to_numpy().astype(np.float64)[rows])
    return values
