"""Row values to one SQL statement, which yields sums that add up: a branch a basis, a duration, a leaving."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlglot import exp

from cxlib.data.relations import column, number
from cxlib.metrics.row_values import ROWS, RowValue, day_name
from cxlib.stats.histogram import BIN_SCALE

__all__ = ["HISTOGRAM", "Blocks", "additive", "cell_statement", "moments"]

HISTOGRAM: Final = ("n", "total", "low", "high")
"""Columns of a bin, followed by the number of the value."""

_KNOWN_BLOCK: Final = -1
_KEYS: Final = {"block": "BIGINT", "day": "BIGINT", "bin": "BIGINT", "ended": "BIGINT"}


@dataclass(slots=True)
class Blocks:
    """Numbers of the branches of a statement.

    Parameters
    ----------
    sums : dict of str to int
        By basis.
    spreads : dict of int to int
        By the place of a duration among the values.
    leaving : dict of tuple to int
        By basis and the column at which rows leave.
    """

    sums: dict[str, int] = field(default_factory=dict)
    spreads: dict[int, int] = field(default_factory=dict)
    leaving: dict[tuple[str, str], int] = field(default_factory=dict)


def cell_statement(values: Sequence[RowValue], width: int) -> tuple[exp.Query, Blocks]:
    """One aggregation a basis, one a duration, one for rows that leave; and the number of each in `block`.

    Parameters
    ----------
    values : sequence of RowValue
        What the rows of `ROWS` are worth.
    width : int
        Number of segment columns.

    Returns
    -------
    query : sqlglot Query
        Columns: block, day, bin, ended, the segments ``s0``…, and the sums of every value, NULL in other
        branches. Block −1 holds every known combination of segments.
    blocks : Blocks
        Which branch holds what.
    """
    blocks = _numbered(values)
    known = exp.select(*_columns(_KNOWN_BLOCK, {}, width, values, {}))
    parts = [known.from_(_rows()).distinct()]
    for basis, block in blocks.sums.items():
        mine = [i for i, value in enumerate(values) if value.basis == basis]
        filled = {name: part for i in mine for name, part in additive(i, values[i])}
        parts.append(_aggregation(block, column(day_name(basis)), {}, width, values, filled))
    for i, block in blocks.spreads.items():
        keys = {"bin": _bin(column(f"x{i}"), values[i].edge_us), "ended": _flag(column(f"w{i}"))}
        day = column(day_name(values[i].basis))
        part = _aggregation(block, day, keys, width, values, dict(_spread(i)))
        parts.append(part.where(_is_known(column(f"x{i}"))))
    for (basis, leaves), block in blocks.leaving.items():
        mine = [i for i, value in enumerate(values) if (value.basis, value.leaves) == (basis, leaves)]
        filled = {name: part for i in mine for name, part in moments(i)}
        parts.append(_aggregation(block, _day_of_leaving(basis, leaves), {}, width, values, filled))
    return exp.union(*parts, distinct=False, copy=False), blocks


def _numbered(values: Sequence[RowValue]) -> Blocks:
    blocks = Blocks({basis: i for i, basis in enumerate(sorted({value.basis for value in values}))})
    durations = [i for i, value in enumerate(values) if value.ended is not None]
    blocks.spreads = {i: len(blocks.sums) + k for k, i in enumerate(durations)}
    pairs = sorted({(value.basis, value.leaves) for value in values if value.leaves})
    blocks.leaving = {pair: len(blocks.sums) + len(blocks.spreads) + k for k, pair in enumerate(pairs)}
    return blocks


def _day_of_leaving(basis: str, leaves: str) -> exp.Expr:
    """The day at which a row leaves: not before it came; NULL where it stays, or never came."""
    came, left = column(day_name(basis)), column(day_name(leaves))
    both = exp.and_(_is_known(came), _is_known(left))
    return exp.Case().when(both, exp.func("GREATEST", came.copy(), left.copy()))


def _rows() -> exp.Table:
    return exp.to_table(ROWS, quoted=True)


def _flag(part: exp.Expr) -> exp.Expr:
    """1 and 0 for true and false: PostgreSQL casts no truth value to BIGINT."""
    return exp.Case().when(part, number(1)).else_(number(0))


def _is_known(part: exp.Expr) -> exp.Expr:
    return exp.not_(exp.Is(this=part, expression=exp.null()))


def _aggregation(
    block: int,
    day: exp.Expr,
    keys: Mapping[str, exp.Expr],
    width: int,
    values: Sequence[RowValue],
    sums: Mapping[str, exp.Expr],
) -> exp.Select:
    """Sums by a day, the segments and further keys; rows without the day are left out."""
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
    names = [name for i, value in enumerate(values) for name, _ in [*additive(i, value), *_spread(i)]]
    return [
        *(exp.alias_(exp.cast(filled.get(name, exp.null()), type_), name) for name, type_ in _KEYS.items()),
        *(column(f"s{i}") for i in range(width)),
        *(exp.alias_(exp.cast(sums.get(name, exp.null()), "DOUBLE"), name) for name in dict.fromkeys(names)),
    ]


def moments(index: int) -> list[tuple[str, exp.Expr]]:
    """Rows, Σx and Σx² of the value at a place: names and what they are in SQL."""
    x = column(f"x{index}")
    squared = exp.Mul(this=x.copy(), expression=x.copy())
    return [
        (f"n{index}", exp.Count(this=x)),
        (f"total{index}", exp.Sum(this=x.copy())),
        (f"squares{index}", exp.Sum(this=squared)),
    ]


def additive(index: int, value: RowValue) -> list[tuple[str, exp.Expr]]:
    """All additive columns of a value: moments (of a duration rows alone), what was planned, each reason."""
    sums = moments(index) if value.ended is None else moments(index)[:1]  # those of durations are in the bins
    planned = [] if value.planned is None else [(f"planned{index}", exp.Sum(this=column(f"p{index}")))]
    reasons = [f"e{index}_{k}" for k in range(len(value.counted))]
    return [*sums, *planned, *((name, exp.Count(this=column(name))) for name in reasons)]


def _spread(index: int) -> list[tuple[str, exp.Expr]]:
    """The histogram's columns of a duration; sums of whole microseconds do not depend on order."""
    x = column(f"x{index}")
    parts = (exp.Count(this=x), exp.Sum(this=x.copy()), exp.Min(this=x.copy()), exp.Max(this=x.copy()))
    return list(zip((f"{name}{index}" for name in HISTOGRAM), parts, strict=True))


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
