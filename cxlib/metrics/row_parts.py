"""What a row is worth, in parts: conditions and numbers side by side, each once, to be combined in arrays."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from sqlglot import exp

from cxlib.data.clock import DAY_US, to_microseconds
from cxlib.data.relations import number
from cxlib.metrics.row_values import RowValue

if TYPE_CHECKING:
    from cxlib.data.dataset import Dataset

__all__ = ["Parts", "code_name", "labels_query", "missed_query", "row_parts"]


@dataclass(frozen=True, slots=True)
class Parts:
    """Names of the columns that one row value is made of.

    Parameters
    ----------
    value : str or float
        Column, or the number that every row is worth.
    is_flag : bool
        The value is a truth value, worth 1 or 0.
    unit_us : int
        By what the number of a duration is multiplied.
    where, ended, planned : str
        Columns; empty: none.
    counted : tuple of str
        Columns, in the order of the reasons.
    """

    value: str | float
    is_flag: bool
    unit_us: int
    where: str
    ended: str
    planned: str
    counted: tuple[str, ...]


def code_name(index: int) -> str:
    """The column with the number of a segment's label, counted from 1; NULL or 0: none of them.

    Examples
    --------
    >>> code_name(0)
    'code0'
    """
    return f"code{index}"


def labels_query(rows: exp.Select, width: int, *, most: int | None = None) -> exp.Query:
    """Every value of each segment: columns `segment` (its place) and `label`.

    Parameters
    ----------
    rows : sqlglot Select
        The query of row values, with segments ``s0``…
    width : int
        Number of segments.
    most : int or None
        Look at so many rows only.
    """
    found = []
    for i in range(width):
        label = exp.alias_(_as_stored(_named(rows, f"s{i}")), "label", quoted=True)
        query = rows.copy()
        query.set("expressions", [exp.alias_(number(i), "segment", quoted=True), label])
        if most is not None:
            query = exp.select(exp.Star()).from_(query.limit(most).subquery("few"))
        found.append(query.distinct())
    return found[0] if width == 1 else exp.union(*found, distinct=False, copy=False)


def missed_query(rows: exp.Select, labels: Sequence[Sequence[str]]) -> exp.Query:
    """How many rows have a value that is none of the labels: column `missed`.

    Parameters
    ----------
    rows : sqlglot Select
        The query of row values, with segments ``s0``…
    labels : sequence of sequence of str
        Labels of each segment.
    """
    counts = []
    for i, known in enumerate(labels):
        text = _as_stored(_named(rows, f"s{i}"))
        place = exp.func("COALESCE", _code(text, known), number(0))
        told = exp.NEQ(this=text.copy(), expression=exp.Literal.string(""))
        missed = exp.and_(told, exp.EQ(this=place, expression=number(0)))
        counts.append(exp.Count(this=exp.Case().when(missed, number(1))))
    total: exp.Expr = counts[0]
    for count in counts[1:]:
        total = exp.Add(this=total, expression=count)
    query = rows.copy()
    query.set("expressions", [exp.alias_(total, "missed", quoted=True)])
    return query


def row_parts(
    data: "Dataset", rows: exp.Select, values: Sequence[RowValue], labels: Sequence[Sequence[str]]
) -> tuple[exp.Select, list[Parts]]:
    """The query of row values with parts in place of values, and which parts make each value.

    Parameters
    ----------
    data : Dataset
        Gives `as_of`.
    rows : sqlglot Select
        The query of row values.
    values : sequence of RowValue
        What rows are worth.
    labels : sequence of sequence of str
        The labels of each segment.
    """
    made = _Columns(to_microseconds(data.as_of))
    parts = [made.parts_of(value) for value in values]
    days = [part.copy() for part in rows.selects if part.alias.startswith("day_")]
    codes = [
        exp.alias_(_code(_as_stored(_named(rows, f"s{i}")), known), code_name(i), quoted=True)
        for i, known in enumerate(labels)
    ]
    query = rows.copy()
    query.set("expressions", [*days, *codes, *made.columns()])
    return query, parts


def _named(rows: exp.Select, name: str) -> exp.Expr:
    return next(cast(exp.Expr, part.this) for part in rows.selects if part.alias == name)


def _as_stored(segment: exp.Expr) -> exp.Expr:
    """A segment's text before blanks are named: what repeats in storage is then read once."""
    if isinstance(segment, exp.Coalesce) and isinstance(segment.this, exp.Nullif):
        return cast(exp.Expr, segment.this.this.copy())
    return segment.copy()


def _code(text: exp.Expr, labels: Sequence[str]) -> exp.Expr:
    known = exp.Array(expressions=[exp.Literal.string(label) for label in labels])
    place = exp.Anonymous(this="LIST_POSITION", expressions=[known, text])
    return exp.cast(place, "INT")


class _Columns:
    """Expressions by the name of their column; the same expression is one column."""

    def __init__(self, as_of: int) -> None:
        self._as_of = as_of
        self._names: dict[str, str] = {}
        self._trees: list[exp.Expr] = []

    def columns(self) -> list[exp.Expr]:
        return [
            exp.alias_(tree, name, quoted=True)
            for name, tree in zip(self._names.values(), self._trees, strict=True)
        ]

    def parts_of(self, value: RowValue) -> Parts:
        constants = {"as_of": self._as_of, "horizon": round((value.horizon_days or 0) * DAY_US)}
        tree = value.value.sql_tree(constants)
        is_flag = value.value.type == "bool"
        worth: str | float
        if isinstance(tree, exp.Literal) and not tree.is_string:
            worth = float(tree.name)
        else:
            worth = self._name(tree if is_flag else exp.cast(tree, "DOUBLE"))
        others = {
            name: "" if part is None else self._name(part.sql_tree(constants))
            for name, part in {"where": value.where, "ended": value.ended}.items()
        }
        planned = ""
        if value.planned is not None:
            planned = self._name(exp.cast(value.planned.sql_tree(constants), "DOUBLE"))
        timed = value.ended is not None and value.value.type == "number"
        return Parts(
            worth,
            is_flag,
            value.unit_us if timed else 1,
            others["where"],
            others["ended"],
            planned,
            tuple(self._name(reason.sql_tree(constants)) for reason in value.counted.values()),
        )

    def _name(self, tree: exp.Expr) -> str:
        text = tree.sql("duckdb")
        if text not in self._names:
            self._names[text] = f"v{len(self._names)}"
            self._trees.append(tree)
        return self._names[text]
