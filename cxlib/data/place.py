"""Canonical tables that stay in their database: each a query over what is stored there.

What is stored is read as declared (text, DOUBLE, BOOLEAN, microseconds, day numbers); rows that break a rule
are left out, rows at or after `as_of` are hidden, later stamps are missing: as the reader of files has it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from sqlglot import exp

from cxlib.data.clock import day_bounds_us, local_day_number
from cxlib.data.engine import Engine
from cxlib.data.located import Located, aliased, none_of, over_rows
from cxlib.data.period import FOLLOWS
from cxlib.data.schema import TABLES, ColumnType

__all__ = ["Place", "Seen", "id_family", "sql_type"]

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
    last_day : int or None
        The latest local day of a row used.
    """

    used: int
    hidden: int
    last_day: int | None


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
            return exp.select(*aliased(nulls)).where(exp.false())
        if table == "tickets" and "status" in called and self._has_later_events():
            return self._unfinished(called)
        return self._rows(located, called)

    def _rows(self, located: Located, called: Mapping[str, str]) -> exp.Select:
        table = located.table.name
        is_hidden, blanked = self.hides(located), self._blanked(located)
        if is_hidden is None and not blanked and located.is_plain:
            chosen = {alias: located.columns.get(n) or self.null(table, n) for n, alias in called.items()}
            return exp.select(*aliased(chosen)).from_(located.stored.copy())
        chosen = {alias: self._shown(located, name, blanked) for name, alias in called.items()}
        return over_rows(located.good(), chosen, where=None if is_hidden is None else none_of([is_hidden]))

    def _has_later_events(self) -> bool:
        """Whether events of tickets are hidden, or may come."""
        events = self.tables.get("ticket_events")
        return events is not None and self.hides(events) is not None

    def _unfinished(self, called: Mapping[str, str]) -> exp.Select:
        """Tickets without the status that their rows end with, where events are still to come."""
        events, own = self.tables["ticket_events"], {**called, "ticket_id": called.get("ticket_id", "ticket")}
        tickets = self._rows(self.tables["tickets"], own)
        late = self.is_late(events, events.basis or exp.null())
        moving = over_rows(events.good(), {"moving": exp.column("ticket_id", quoted=True)}, where=late)
        shown = {
            alias: exp.column(alias, table="shown", quoted=True)
            if name != "status"
            else exp.Case()
            .when(
                exp.Is(this=exp.column("moving", table="later", quoted=True), expression=exp.null()),
                exp.column(alias, table="shown", quoted=True),
            )
            .else_(self.null("tickets", "status"))
            for name, alias in called.items()
        }
        return (
            exp.select(*aliased(shown))
            .from_(tickets.subquery("shown"))
            .join(
                moving.distinct().subquery("later"),
                on=exp.EQ(
                    this=exp.column("moving", table="later", quoted=True),
                    expression=exp.column(own["ticket_id"], table="shown", quoted=True),
                ),
                join_type="left",
            )
        )

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
        limit = self._limit(located)
        names = {column.name for column in basis.find_all(exp.Column)}
        known = [located.bounds[name][1] for name in names if name in located.bounds]
        if not self.changes and max(known, default=limit - 1) < limit:
            return None
        return self.is_late(located, basis)

    def is_late(self, located: Located, basis: exp.Expr) -> exp.Expr:
        """The condition under which the basis of a row is not before `as_of`."""
        return exp.GTE(this=basis, expression=exp.Literal.number(self._limit(located)))

    def _limit(self, located: Located) -> int:
        return self._first_hidden_day() if located.is_dated else self.as_of

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
            return exp.column(name, quoted=True)
        limit = exp.Literal.number(self.as_of)
        later = [
            exp.GTE(this=exp.column(stamp, quoted=True), expression=limit.copy()) for stamp in blanked[name]
        ]
        return exp.Case().when(exp.or_(*later), exp.null()).else_(exp.column(name, quoted=True))
