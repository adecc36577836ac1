"""Definitions to cells: sums that add up, per local day and segment, of every row value of a table.

Cells are all that is kept of the rows. Weeks, months, coarser segments and intervals are arithmetic on them.
An engine elsewhere groups by one statement a cut; where the engine is in this process, the rows are added up
in arrays.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from sqlglot import exp

from cxlib.data.engine import DuckEngine, Engine
from cxlib.metrics.cell_query import HISTOGRAM, Blocks, additive, cell_statement, moments
from cxlib.metrics.cell_rows import cells_in_arrays
from cxlib.metrics.cell_tables import Cells, Histogram
from cxlib.metrics.row_values import RowValue, row_relations

if TYPE_CHECKING:
    from cxlib.data.dataset import Dataset

__all__ = ["Cells", "Histogram", "count_cells", "count_cuts", "engine_of"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


def count_cells(
    data: "Dataset", table: str, values: Sequence[RowValue], *, by: Sequence[str] = ()
) -> list[Cells]:
    """Cells of several row values of one table.

    Parameters
    ----------
    data : Dataset
        Tables as they are visible at `as_of`.
    table : str
        Canonical or derived name.
    values : sequence of RowValue
        What rows are worth.
    by : sequence of str
        Segment columns, own or inherited.

    Returns
    -------
    list of Cells
        One for each value, in order.
    """
    return count_cuts(data, table, values, [tuple(by)])[tuple(by)]


def count_cuts(
    data: "Dataset", table: str, values: Sequence[RowValue], cuts: Sequence[tuple[str, ...]]
) -> dict[tuple[str, ...], list[Cells]]:
    """Cells of several row values of one table in several cuts, its rows being read once where possible.

    Parameters
    ----------
    data : Dataset
        Tables as they are visible at `as_of`.
    table : str
        Canonical or derived name.
    values : sequence of RowValue
        What rows are worth.
    cuts : sequence of tuple of str
        Segment columns of each cut, own or inherited.

    Returns
    -------
    dict of tuple to list of Cells
        For each cut one for each value, in order.
    """
    engine = engine_of(data)
    wanted = list(dict.fromkeys(cuts))
    found = cells_in_arrays(data, engine, table, values, wanted)
    if found is not None:
        return found
    return {cut: cells_by_statement(data, engine, table, values, cut) for cut in wanted}


def cells_by_statement(
    data: "Dataset", engine: Engine, table: str, values: Sequence[RowValue], by: Sequence[str]
) -> list[Cells]:
    """Cells of one cut by one statement, for any engine.

    Parameters
    ----------
    data : Dataset
        Tables as they are visible at `as_of`.
    engine : Engine
        Where they are.
    table : str
        Canonical or derived name.
    values : sequence of RowValue
        What rows are worth.
    by : sequence of str
        Segment columns, own or inherited.
    """
    query, blocks = cell_statement(values, len(by))
    queries, tables = row_relations(data, engine, table, values, by)
    for name, part in queries.items():
        query = query.with_(exp.to_identifier(name, quoted=True), as_=part, copy=False)
    found = engine.run(query, tables)
    groups, codes = _groups(found, len(by))
    return [_read(found, blocks, groups, codes, value, i) for i, value in enumerate(values)]


def engine_of(data: "Dataset") -> Engine:
    """Where the tables are: the engine of the data, else the embedded one."""
    engine: Engine | None = getattr(data, "engine", None)
    return DuckEngine() if engine is None else engine


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
    blocks: Blocks,
    groups: tuple[tuple[str, ...], ...],
    codes: Integers,
    value: RowValue,
    index: int,
) -> Cells:
    """The cells of one value, sorted, so that the same data give the same bytes."""
    rows, picked = _picked(found, blocks.sums[value.basis], codes)
    named = {name: _floats(found, name, rows) for name, _ in additive(index, value)}
    nothing = np.zeros(len(rows))
    spread = None
    if index in blocks.spreads:
        spread = _read_histogram(found, blocks.spreads[index], codes, index)
    return Cells(
        picked["day"],
        picked["group"],
        groups,
        named[f"n{index}"],
        named.get(f"total{index}", nothing),
        named.get(f"squares{index}", nothing),
        {reason: named[f"e{index}_{k}"] for k, reason in enumerate(value.counted)},
        spread,
        named.get(f"planned{index}"),
        _read_leaving(found, blocks, groups, codes, value, index) if value.leaves else None,
    )


def _read_leaving(
    found: pa.Table,
    blocks: Blocks,
    groups: tuple[tuple[str, ...], ...],
    codes: Integers,
    value: RowValue,
    index: int,
) -> Cells:
    """What left of one value, by the day at which it did."""
    rows, picked = _picked(found, blocks.leaving[value.basis, value.leaves], codes)
    n, total, squares = (_floats(found, name, rows) for name, _ in moments(index))
    return Cells(picked["day"], picked["group"], groups, n, total, squares, {}, None)


def _read_histogram(found: pa.Table, block: int, codes: Integers, index: int) -> Histogram:
    rows, picked = _picked(found, block, codes)
    n, total, low, high = (_floats(found, f"{name}{index}", rows) for name in HISTOGRAM)
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
