"""A canonical table as a query over what is stored: rows that break a rule left out, one row a key.

What is stored is read as declared: text, DOUBLE, BOOLEAN, microseconds, day numbers.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from cxlib.data.schema import Table

__all__ = ["Located", "aliased", "none_of", "over_rows"]


@dataclass(frozen=True, slots=True)
class Located:
    """One canonical table as a query.

    Parameters
    ----------
    table : Table
        Its declaration.
    stored : sqlglot Table
        What is read.
    columns : mapping of str to sqlglot Expr
        Canonical or further name to its value, over the stored columns.
    faults : tuple of sqlglot Expr
        Conditions over the columns; rows for which one holds are left out.
    swapped : tuple of (str, str)
        Pairs (earlier, later) where the later stamp is missing if it lies before the earlier one.
    repeated : str
        Name of the lookup with the keys that several rows share; empty: none do.
    past : sqlglot Expr or None
        Condition of rows past the data's own end, which are left out too.
    bounds : mapping of str to (int, int)
        First and last value of instants and dates among good rows, whatever their time; a bound may lie
        a little outside of what is there.
    days : mapping of int to int
        Good rows of each local day of the basis.
    undated : int
        Good rows without a place in time.
    """

    table: Table
    stored: exp.Table
    columns: Mapping[str, exp.Expr]
    faults: tuple[exp.Expr, ...] = ()
    swapped: tuple[tuple[str, str], ...] = ()
    repeated: str = ""
    past: exp.Expr | None = None
    bounds: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    days: Mapping[int, int] = field(default_factory=dict)
    undated: int = 0

    @property
    def is_plain(self) -> bool:
        """Whether every row is used as it is read."""
        return not (self.faults or self.swapped or self.repeated or self.past)

    @property
    def basis(self) -> exp.Expr | None:
        """What places a row in time, over the columns; None where nothing does."""
        names = [self.table.basis or "", *(["responded_at"] if self.table.name == "surveys" else [])]
        found = [_column(name) for name in names if name in self.columns]
        return exp.func("COALESCE", *found) if len(found) > 1 else (found[0] if found else None)

    @property
    def is_dated(self) -> bool:
        """Whether the basis is a date."""
        declared = self.table.column(self.table.basis or "")
        return declared is not None and declared.type == "date"

    def read(self) -> exp.Select:
        """All rows as declared, bad ones included."""
        found = [exp.alias_(value.copy(), name, quoted=True) for name, value in self.columns.items()]
        return exp.select(*found).from_(self.stored.copy())

    def sound(self) -> exp.Select:
        """The rows that break no rule by themselves."""
        rows = self.read()
        return over_rows(rows, [*self.columns], where=none_of(self.faults)) if self.faults else rows

    def good(self) -> exp.Query:
        """The rows that are used at some instant or other: one of each key, stamps in order."""
        rows: exp.Query = self.sound()
        if self.repeated:
            rows = exp.union(self._single(), self._settled(), distinct=False, copy=False)
        if self.swapped or self.past:
            values = {name: _column(name) for name in self.columns}
            for earlier, later in self.swapped:
                before = exp.LT(this=_column(later), expression=_column(earlier))
                values[later] = exp.Case().when(before, exp.null()).else_(_column(later))
            rows = over_rows(rows, values, where=none_of([self.past]) if self.past else None)
        return rows

    def _key(self) -> str:
        return self.table.key or ""

    def _lookup(self) -> exp.Select:
        return exp.select(_column(self._key())).from_(exp.to_table(self.repeated, quoted=True))

    def _single(self) -> exp.Select:
        """Rows whose key no other row has."""
        is_shared = _column(self._key()).isin(query=self._lookup())
        return over_rows(self.sound(), [*self.columns], where=exp.not_(is_shared))

    def shared(self) -> exp.Select:
        """Rows whose key other rows have too."""
        return over_rows(self.sound(), [*self.columns], where=_column(self._key()).isin(query=self._lookup()))

    def versions(self) -> exp.Select:
        """Different rows of the keys that several rows share, with `is_settled` and `is_best`.

        A key with one version left, or with one latest `updated_at`, is settled, and that version is best.
        """
        shared = self.shared().distinct()
        stamped = "updated_at" in self.columns
        updated = _column("updated_at") if stamped else exp.cast(exp.null(), "BIGINT")
        latest = _over(exp.Max(this=updated.copy()), self._key())
        rivals = over_rows(
            shared,
            [*self.columns],
            further={"rivals": _over(exp.Count(this=exp.Star()), self._key()), "latest": latest},
        )
        is_latest = exp.EQ(this=updated.copy(), expression=_column("latest"))
        ones = exp.Sum(this=exp.Case().when(is_latest, exp.Literal.number(1)).else_(exp.Literal.number(0)))
        counted = over_rows(
            rivals, [*self.columns, "rivals", "latest"], further={"ties": _over(ones, self._key())}
        )
        alone = exp.EQ(this=_column("rivals"), expression=exp.Literal.number(1))
        settled = exp.or_(alone, exp.EQ(this=_column("ties"), expression=exp.Literal.number(1)))
        best = exp.or_(
            alone.copy(),
            exp.and_(exp.EQ(this=_column("ties"), expression=exp.Literal.number(1)), is_latest.copy()),
        )
        flags = {
            name: exp.Case().when(flag, exp.Literal.number(1)).else_(exp.Literal.number(0))
            for name, flag in {"is_settled": settled, "is_best": best}.items()
        }
        return over_rows(counted, [*self.columns], further=flags)

    def _settled(self) -> exp.Select:
        best = exp.EQ(this=_column("is_best"), expression=exp.Literal.number(1))
        return over_rows(self.versions(), [*self.columns], where=best)


def _column(name: str) -> exp.Expr:
    return exp.column(name, quoted=True)


def aliased(values: Mapping[str, exp.Expr]) -> list[exp.Expr]:
    """Expressions under their names, quoted."""
    return [exp.alias_(value.copy(), name, quoted=True) for name, value in values.items()]


def none_of(conditions: Sequence[exp.Expr]) -> exp.Expr:
    """A condition that is true where no condition holds; one that is not known does not hold."""
    holds = [exp.func("COALESCE", exp.Paren(this=part.copy()), exp.false()) for part in conditions]
    return exp.not_(exp.Paren(this=exp.or_(*holds)))


def _over(function: exp.Expr, key: str) -> exp.Expr:
    return exp.Window(this=function, partition_by=[_column(key)])


def over_rows(
    rows: exp.Query,
    values: Mapping[str, exp.Expr] | Collection[str],
    *,
    where: exp.Expr | None = None,
    further: Mapping[str, exp.Expr] | None = None,
) -> exp.Select:
    """Columns over the rows of a query: expressions by name, or the columns of those names."""
    chosen = values if isinstance(values, Mapping) else {name: _column(name) for name in values}
    query = exp.select(*aliased({**chosen, **(further or {})})).from_(rows.subquery("given"))
    return query if where is None else query.where(where)
