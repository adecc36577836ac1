"""Canonical tables that stay in their database: each a query over what is stored there.

What is stored is read as declared (text, DOUBLE, BOOLEAN, microseconds, day numbers); rows that break a rule
are left out, rows at or after `as_of` are hidden, later stamps are missing: as the reader of files has it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from sqlglot import exp

from cxlib.data.clock import day_bounds_us, local_day_number
from cxlib.data.engine import Engine
from cxlib.data.period import FOLLOWS
from cxlib.data.schema import TABLES, ColumnType, Table

__all__ = ["Located", "Place", "Seen", "id_family", "sql_type"]

_SQL_TYPES: Final[Mapping[ColumnType, str]] = {
    "number": "DOUBLE",
    "integer": "DOUBLE",
    "flag": "BOOLEAN",
    "instant": "BIGINT",
    "date": "BIGINT",
}
_SAME_IDS: Final[Mapping[str, str]] = {
    "merged_into": "ticket_id",
    "parent_id": "account_id",
    "in_reply_to": "post_id",
}


def id_family(name: str) -> str:
    """The column whose ids a column holds: they are compared, so they must have one type.

    Examples
    --------
    >>> id_family("merged_into"), id_family("customer_id")
    ('ticket_id', 'customer_id')
    """
    return _SAME_IDS.get(name, name)


def sql_type(type_: ColumnType) -> str:
    """The type that a declared column has in queries, ids aside.

    Examples
    --------
    >>> sql_type("instant"), sql_type("category")
    ('BIGINT', 'TEXT')
    """
    return _SQL_TYPES.get(type_, "TEXT")


@dataclass(frozen=True, slots=True)
class Seen:
    """What an instant shows of a table.

    Parameters
    ----------
    used, hidden : int
        Good rows before it, and those at or after it.
    last : int or None
        The latest basis among the rows used: microseconds, or a day number where the basis is a date.
    """

    used: int
    hidden: int
    last: int | None


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
    bounds : mapping of str to (int, int)
        First and last value of instants and dates among good rows, whatever their time.
    """

    table: Table
    stored: exp.Table
    columns: Mapping[str, exp.Expr]
    faults: tuple[exp.Expr, ...] = ()
    swapped: tuple[tuple[str, str], ...] = ()
    repeated: str = ""
    bounds: Mapping[str, tuple[int, int]] = field(default_factory=dict)

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
        return _from(rows, [*self.columns], where=_none_of(self.faults)) if self.faults else rows

    def good(self) -> exp.Query:
        """The rows that are used at some instant or other: one of each key, stamps in order."""
        rows: exp.Query = self.sound()
        if self.repeated:
            rows = exp.union(self._single(), self._settled(), distinct=False, copy=False)
        if not self.swapped:
            return rows
        values = {name: _column(name) for name in self.columns}
        for earlier, later in self.swapped:
            before = exp.LT(this=_column(later), expression=_column(earlier))
            values[later] = exp.Case().when(before, exp.null()).else_(_column(later))
        return _from(rows, values)

    def _key(self) -> str:
        return self.table.key or ""

    def _lookup(self) -> exp.Select:
        return exp.select(_column(self._key())).from_(exp.to_table(self.repeated, quoted=True))

    def _single(self) -> exp.Select:
        """Rows whose key no other row has."""
        is_shared = _column(self._key()).isin(self._lookup())
        return _from(self.sound(), [*self.columns], where=exp.not_(is_shared))

    def versions(self) -> exp.Select:
        """Different rows of the keys that several rows share, with `is_settled` and `is_best`.

        A key with one version left, or with one latest `updated_at`, is settled, and that version is best.
        """
        is_shared = _column(self._key()).isin(self._lookup())
        shared = _from(self.sound(), [*self.columns], where=is_shared).distinct()
        stamped = "updated_at" in self.columns
        updated = _column("updated_at") if stamped else exp.cast(exp.null(), "BIGINT")
        latest = _over(exp.Max(this=updated.copy()), self._key())
        rivals = _from(
            shared,
            [*self.columns],
            further={"rivals": _over(exp.Count(this=exp.Star()), self._key()), "latest": latest},
        )
        is_latest = exp.EQ(this=updated.copy(), expression=_column("latest"))
        ones = exp.Sum(this=exp.Case().when(is_latest, exp.Literal.number(1)).else_(exp.Literal.number(0)))
        counted = _from(
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
        return _from(counted, [*self.columns], further=flags)

    def _settled(self) -> exp.Select:
        best = exp.EQ(this=_column("is_best"), expression=exp.Literal.number(1))
        return _from(self.versions(), [*self.columns], where=best)


@dataclass(frozen=True, slots=True)
class Place:
    """Where tables stay, and the instant that they are seen at.

    Parameters
    ----------
    engine : Engine
        Answers queries there.
    tables : mapping of str to Located
        By canonical name.
    ids : mapping of str to str
        SQL type of the ids of each family; those not named are text.
    as_of : int
        Microseconds UTC.
    zone : str
        Zone of dates.
    changes : bool
        Whether rows may come while we look: then every statement hides what is later than `as_of`.
    seen : mapping of str to Seen
        What `as_of` shows of each table.
    """

    engine: Engine
    tables: Mapping[str, Located]
    ids: Mapping[str, str]
    as_of: int
    zone: str
    changes: bool
    seen: Mapping[str, Seen] = field(default_factory=dict)

    def null(self, table: str, name: str) -> exp.Expr:
        """A missing value of the type that a declared column has."""
        declared = TABLES[table].column(name)
        type_ = "text" if declared is None else declared.type
        missing = self.ids.get(id_family(name), "TEXT") if type_ == "id" else sql_type(type_)
        return exp.cast(exp.null(), missing)

    def rows(self, table: str, called: Mapping[str, str]) -> exp.Select:
        """The rows of a table that `as_of` shows.

        Parameters
        ----------
        table : str
            Canonical name.
        called : mapping of str to str
            Columns wanted, and how to call each; of those that the table lacks, every value is missing.
        """
        located = self.tables.get(table)
        if located is None:
            nulls = {alias: self.null(table, name) for name, alias in called.items()}
            return exp.select(*_aliased(nulls)).where(exp.false())
        is_hidden, blanked = self.hides(located), self._blanked(located)
        plain = is_hidden is None and not blanked and not located.swapped and not located.repeated
        if plain and not located.faults:
            chosen = {alias: located.columns.get(n) or self.null(table, n) for n, alias in called.items()}
            return exp.select(*_aliased(chosen)).from_(located.stored.copy())
        chosen = {alias: self._shown(located, name, blanked) for name, alias in called.items()}
        return _from(located.good(), chosen, where=None if is_hidden is None else _none_of([is_hidden]))

    def instant_range(self, table: str, name: str) -> tuple[int, int]:
        """First and last microsecond of an instant column before `as_of`; of `as_of` where it has none."""
        located = self.tables.get(table)
        first, last = (located.bounds.get(name) if located else None) or (self.as_of, self.as_of)
        if self.changes:
            last = self.as_of - 1
        return (first, min(last, self.as_of - 1)) if first < self.as_of else (self.as_of, self.as_of)

    def hides(self, located: Located) -> exp.Expr | None:
        """The condition under which `as_of` hides a row; None where it hides none and none can come."""
        basis = located.basis
        if basis is None:
            return None
        limit = self._first_hidden_day() if located.is_dated else self.as_of
        names = {column.name for column in basis.find_all(exp.Column)}
        known = [located.bounds[name][1] for name in names if name in located.bounds]
        if not self.changes and max(known, default=limit - 1) < limit:
            return None
        return exp.GTE(this=basis, expression=exp.Literal.number(limit))

    def _first_hidden_day(self) -> int:
        """The first local day that does not begin before `as_of`."""
        day = int(local_day_number([self.as_of], self.zone)[0])
        days = np.arange(day - 1, day + 3)
        return int(days[day_bounds_us(days, self.zone)[0] >= self.as_of][0])

    def _blanked(self, located: Located) -> dict[str, list[str]]:
        """Columns that a later stamp makes missing, and the stamps that do."""
        found: dict[str, list[str]] = {}
        for declared in located.table.columns:
            name = declared.name
            if declared.type != "instant" or declared.planned or name not in located.columns:
                continue
            if not self.changes and located.bounds.get(name, (0, self.as_of - 1))[1] < self.as_of:
                continue
            for follower in (name, *FOLLOWS.get(located.table.name, {}).get(name, ())):
                found.setdefault(follower, []).append(name)
        return found

    def _shown(self, located: Located, name: str, blanked: Mapping[str, Sequence[str]]) -> exp.Expr:
        if name not in located.columns:
            return self.null(located.table.name, name)
        if name not in blanked:
            return _column(name)
        limit = exp.Literal.number(self.as_of)
        later = [exp.GTE(this=_column(stamp), expression=limit.copy()) for stamp in blanked[name]]
        return exp.Case().when(exp.or_(*later), exp.null()).else_(_column(name))


def _column(name: str) -> exp.Expr:
    return exp.column(name, quoted=True)


def _aliased(values: Mapping[str, exp.Expr]) -> list[exp.Expr]:
    return [exp.alias_(value.copy(), name, quoted=True) for name, value in values.items()]


def _none_of(conditions: Sequence[exp.Expr]) -> exp.Expr:
    """True where no condition holds; one that is not known does not hold."""
    holds = [exp.func("COALESCE", exp.Paren(this=part.copy()), exp.false()) for part in conditions]
    return exp.not_(exp.Paren(this=exp.or_(*holds)))


def _over(function: exp.Expr, key: str) -> exp.Expr:
    return exp.Window(this=function, partition_by=[_column(key)])


def _from(
    rows: exp.Query,
    values: Mapping[str, exp.Expr] | Collection[str],
    *,
    where: exp.Expr | None = None,
    further: Mapping[str, exp.Expr] | None = None,
) -> exp.Select:
    """Columns over the rows of a query: expressions by name, or the columns of those names."""
    chosen = values if isinstance(values, Mapping) else {name: _column(name) for name in values}
    query = exp.select(*_aliased({**chosen, **(further or {})})).from_(rows.subquery("given"))
    return query if where is None else query.where(where)
