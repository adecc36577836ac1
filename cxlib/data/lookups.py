"""Small questions to a table that need no metric: asked in SQL, so that the table may lie anywhere."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

import pyarrow as pa
from sqlglot import exp

from cxlib.data.relations import column, further_name, number, table_rows
from cxlib.data.schema import TABLES

if TYPE_CHECKING:
    from cxlib.data.dataset import Dataset

__all__ = [
    "count_pairs",
    "count_rows_of",
    "count_values",
    "distinct_values",
    "is_filled",
    "median_span",
    "moments_of_day",
]

_SLOT_US: Final = 300_000_000  # five minutes


def is_filled(data: "Dataset", table: str, *columns: str) -> bool:
    """Whether a table has all these columns, each with a value somewhere.

    Examples
    --------
    >>> import pandas as pd
    >>> import cxlib as cx
    >>> tickets = pd.DataFrame({"ticket_id": ["1"], "created_at": ["2020-02-01T09:00Z"], "team": [None]})
    >>> data = cx.load({"tickets": tickets})
    >>> is_filled(data, "tickets", "created_at"), is_filled(data, "tickets", "team")
    (True, False)
    """
    if not data.has(table, *columns):
        return False
    counts = [exp.alias_(exp.Count(this=column(name)), f"n{i}") for i, name in enumerate(columns)]
    found = _ask(data, exp.select(*counts).from_(_rows(data, table, columns).subquery("given")))
    return all(found.column(i)[0].as_py() for i in range(len(columns)))


def count_values(data: "Dataset", table: str, name: str) -> int:
    """How many different values a column has.

    Examples
    --------
    >>> import pandas as pd
    >>> import cxlib as cx
    >>> times = ["2020-02-01T09:00Z"] * 3
    >>> tickets = pd.DataFrame({"ticket_id": list("abc"), "created_at": times, "team": ["x", "y", "x"]})
    >>> count_values(cx.load({"tickets": tickets}), "tickets", "team")
    2
    """
    different = exp.Count(this=exp.Distinct(expressions=[column(name)]))
    query = exp.select(exp.alias_(different, "n")).from_(_rows(data, table, [name]).subquery("given"))
    return int(_ask(data, query).column(0)[0].as_py())


def distinct_values(data: "Dataset", table: str, name: str) -> tuple[str, ...]:
    """The different values of a column of text, sorted.

    Examples
    --------
    >>> import pandas as pd
    >>> import cxlib as cx
    >>> times = ["2020-02-01T09:00Z"] * 3
    >>> tickets = pd.DataFrame({"ticket_id": list("abc"), "created_at": times, "team": ["y", "x", "y"]})
    >>> distinct_values(cx.load({"tickets": tickets}), "tickets", "team")
    ('x', 'y')
    """
    value = column(name)
    query = exp.select(value).distinct().from_(_rows(data, table, [name]).subquery("given"))
    found = _ask(data, query.where(_is_known(value))).column(0).to_pylist()
    return tuple(sorted(str(one) for one in found))


def count_rows_of(
    data: "Dataset", table: str, name: str, *, basis: str, start_us: int, end_us: int
) -> tuple[int, int, int]:
    """How many different values a column has in a window, the rows of the most frequent one, and of all.

    Parameters
    ----------
    data : Dataset
        Checked tables.
    table, name : str
        The column; rows without a value are left out.
    basis : str
        An instant column.
    start_us, end_us : int
        Half-open, microseconds UTC.
    """
    rows = exp.alias_(exp.Count(this=exp.Star()), "rows", quoted=True)
    moment = column(basis)
    each = (
        exp.select(rows)
        .from_(_rows(data, table, [name, basis]).subquery("given"))
        .where(
            _is_known(column(name)),
            exp.GTE(this=moment, expression=number(start_us)),
            exp.LT(this=moment.copy(), expression=number(end_us)),
        )
        .group_by(column(name))
    )
    counted = column("rows")
    query = exp.select(
        exp.alias_(exp.Count(this=exp.Star()), "different"),
        exp.alias_(exp.Max(this=counted), "most"),
        exp.alias_(exp.Sum(this=exp.cast(counted.copy(), "DOUBLE")), "all"),
    ).from_(each.subquery("each"))
    found = _ask(data, query).to_pylist()[0]
    return int(found["different"]), int(found["most"] or 0), int(found["all"] or 0)


def count_pairs(data: "Dataset", table: str, first: str, second: str) -> dict[tuple[str, str], int]:
    """How many rows each pair of values has, in the order of the pairs; rows without one are left out.

    Of a column with itself: how many rows each of its values has.
    """
    asked = list(dict.fromkeys((first, second)))
    names = [column(name) for name in asked]
    query = (
        exp.select(*names, exp.alias_(exp.Count(this=exp.Star()), "rows", quoted=True))
        .from_(_rows(data, table, asked).subquery("given"))
        .where(*(_is_known(name) for name in names))
        .group_by(*(name.copy() for name in names))
    )
    found = {(row[first], row[second]): int(row["rows"]) for row in _ask(data, query).to_pylist()}
    return {pair: found[pair] for pair in sorted(found)}


def median_span(data: "Dataset", table: str, first: str, last: str) -> float | None:
    """Median of the microseconds from one instant of a row to another; None where no row has both."""
    span = exp.Sub(this=column(last), expression=column(first))
    spans = (
        exp.select(exp.alias_(span, "span", quoted=True))
        .from_(_rows(data, table, [first, last]).subquery("given"))
        .where(_is_known(column(first)), _is_known(column(last)))
    )
    rows = exp.select(exp.alias_(exp.Count(this=exp.Star()), "n")).from_(spans.subquery("spans"))
    n = int(_ask(data, rows).column(0)[0].as_py())
    if not n:
        return None
    order = exp.Window(this=exp.RowNumber(), order=exp.Order(expressions=[exp.Ordered(this=column("span"))]))
    ranked = exp.select(column("span"), exp.alias_(order, "place", quoted=True)).from_(
        spans.subquery("spans")
    )
    middle = (
        exp.select(column("span"))
        .from_(ranked.subquery("ranked"))
        .where(column("place").isin((n + 1) // 2, n // 2 + 1))
    )
    found: list[int] = _ask(data, middle).column(0).to_pylist()
    return sum(found) / len(found)


def moments_of_day(data: "Dataset", table: str, name: str) -> dict[int, int]:
    """How many rows begin in each five minutes of time, by its middle in microseconds UTC, ascending."""
    slot = exp.IntDiv(this=column(name), expression=number(_SLOT_US))
    slots = (
        exp.select(exp.alias_(slot, "slot", quoted=True))
        .from_(_rows(data, table, [name]).subquery("given"))
        .where(_is_known(column(name)))
    )
    query = (
        exp.select(column("slot"), exp.alias_(exp.Count(this=exp.Star()), "rows", quoted=True))
        .from_(slots.subquery("slots"))
        .group_by(column("slot"))
    )
    found: Mapping[int, int] = {int(row["slot"]): int(row["rows"]) for row in _ask(data, query).to_pylist()}
    return {slot * _SLOT_US + _SLOT_US // 2: found[slot] for slot in sorted(found)}


def _rows(data: "Dataset", table: str, names: Sequence[str]) -> exp.Select:
    """Some columns of a table, under their own names."""
    declared = TABLES[table].names
    called = {name: name if name in declared else further_name(name) for name in names}
    rows = table_rows(data, data.engine, table, extra=[name for name in names if name not in declared])
    values = [exp.alias_(column(called[name]), name, quoted=True) for name in names]
    return exp.select(*values).from_(rows.subquery("stored"))


def _is_known(value: exp.Expr) -> exp.Expr:
    return exp.not_(exp.Is(this=value.copy(), expression=exp.null()))


def _ask(data: "Dataset", query: exp.Query) -> pa.Table:
    return data.engine.run(query, data.tables)
