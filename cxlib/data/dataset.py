"""Checked tables as they stood at an instant, with what was put aside and what should be known about them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import TypeAlias

import pandas as pd
import pyarrow as pa

from cxlib.data.clock import (
    date_to_day,
    day_bounds_us,
    from_microseconds,
    local_day_number,
    parse_as_of,
    to_microseconds,
)
from cxlib.data.derived import DERIVED, PARENTS, SOURCES, table_named
from cxlib.data.engine import DuckEngine, Engine
from cxlib.data.period import basis_us, visible_at
from cxlib.data.place import Place
from cxlib.data.place_queries import fetch_frame, place_at
from cxlib.data.schema import TABLES
from cxlib.data.settings import Settings
from cxlib.data.table_check import TableCheck
from cxlib.errors import UnknownNameError
from cxlib.result import Caveat
from cxlib.text import escape, format_count, format_day, join_words, plural

__all__ = ["Dataset", "TableCheck"]

Ways: TypeAlias = tuple[tuple[str, tuple[str, ...]], ...]

QUARANTINE = ("table", "file", "line", "column", "value", "reason", "fix")


@dataclass(frozen=True, eq=False)
class Dataset:
    """Checked tables and the instant that they are seen at.

    Parameters
    ----------
    tables : mapping of str to pyarrow.Table
        Canonical column names; text, float64, bool, timestamp[us, UTC] or date32; further columns are text.
        Rows at or after `as_of` are hidden, later stamps of earlier rows are missing.
    as_of : datetime
        Aware, UTC.
    settings : Settings
        What cxlib.toml says.
    fingerprint : str
        SHA-256 of the sources and the settings.
    checks : mapping of str to TableCheck
        Where the rows went.
    caveats : tuple of Caveat
        What a reader of any result must know.
    source : str
        What was loaded, in words.
    notes : tuple of str
        Remarks about the folder.
    everything : mapping of str to pyarrow.Table
        All good rows, whatever their time.
    aside : tuple of tuple
        Lines of the quarantine.
    had : mapping of str to tuple of str
        Columns that the sources really had.
    engine : Engine
        Answers every query.
    place : Place or None
        Where tables stay in a database; `tables` then holds only the small ones that were fetched.
    prepared : mapping of str to mapping
        Prepared columns that serve as segments, by table, and what each needs.
    """

    tables: Mapping[str, pa.Table]
    as_of: datetime
    settings: Settings
    fingerprint: str
    checks: Mapping[str, TableCheck]
    caveats: tuple[Caveat, ...]
    source: str
    notes: tuple[str, ...] = ()
    everything: Mapping[str, pa.Table] = field(default_factory=dict, repr=False)
    aside: tuple[tuple[str, str, int, str, str, str, str], ...] = field(default=(), repr=False)
    had: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    engine: Engine = field(default_factory=DuckEngine, repr=False)
    place: Place | None = field(default=None, repr=False)
    prepared: Mapping[str, Mapping[str, Ways]] = field(default_factory=dict, repr=False)

    @property
    def zone(self) -> str:
        """Zone of days, weeks and months."""
        return self.settings.zone or "UTC"

    @property
    def quarantine(self) -> pd.DataFrame:
        """Rows put aside: table, file, line, column, value (personal data masked), reason, fix."""
        return pd.DataFrame(list(self.aside), columns=list(QUARANTINE))

    def at(self, as_of: str | date | datetime) -> "Dataset":
        """The same data seen at another instant.

        Parameters
        ----------
        as_of : str, date or datetime
            A date means its first local midnight.

        Returns
        -------
        Dataset
            The same rows are bad; other ones are out of period.
        """
        moment = parse_as_of(as_of, self.zone)
        tables, hidden = visible_at(self.everything, moment, self.zone)
        place = None if self.place is None else place_at(self.place, to_microseconds(moment))
        hidden |= {} if place is None else {name: seen.hidden for name, seen in place.seen.items()}
        checks = {
            name: replace(
                check, used=check.used + check.out_of_period - hidden[name], out_of_period=hidden[name]
            )
            for name, check in self.checks.items()
        }
        return replace(self, tables=tables, as_of=moment, checks=checks, place=place)

    def frame(self, name: str) -> pd.DataFrame:
        """One table as a pandas frame.

        Parameters
        ----------
        name : str
            Canonical name.

        Returns
        -------
        pandas.DataFrame
            A copy.

        Raises
        ------
        UnknownNameError
            If the data have no such table.
        """
        if not self._is_stored(name):
            known = [*self.tables, *(self.place.tables if self.place else ())]
            raise UnknownNameError("table", name, known, expected="a table of the data")
        if self.place is not None and name not in self.tables:
            return fetch_frame(self.place, name)
        frame: pd.DataFrame = self.tables[name].to_pandas()
        return frame

    def has(self, table: str, *columns: str) -> bool:
        """True if the data have the table with all these columns, or can make a derived one with them."""
        if table not in DERIVED:
            return self._is_stored(table) and set(columns) <= set(self._stored_columns(table))
        own, parent = DERIVED[table].names, PARENTS.get(table)
        if not all(map(self._is_stored, SOURCES[table])):
            return False
        inherited = [name for name in columns if name not in own]
        return self.has(parent, *inherited) if parent else not inherited

    def _is_stored(self, table: str) -> bool:
        return table in self.tables or (self.place is not None and table in self.place.tables)

    def _stored_columns(self, table: str) -> list[str]:
        if table in self.tables:
            return list(self.tables[table].column_names)
        return list(self.place.tables[table].columns) if self.place and table in self.place.tables else []

    def columns(self, table: str) -> tuple[str, ...]:
        """Columns that the source of a table really had, under their canonical names.

        Those of a derived table are its own and its parent's, where it can be made.
        """
        if table not in DERIVED or not self.has(table):
            return self.had.get(table, ())
        own = DERIVED[table].names
        return (*own, *(name for name in self.columns(PARENTS.get(table, "")) if name not in own))

    def segments(self, table: str) -> dict[str, str]:
        """Columns by which rows of a table can be cut, and the table that holds each.

        Parameters
        ----------
        table : str
            Canonical name.

        Returns
        -------
        dict of str to str
            A table's own column wins over its customer's, that over its account's.
        """
        if not self.has(table):
            return {}
        found = dict.fromkeys(self._own_segments(table), table)
        if table in PARENTS:
            return found | {k: v for k, v in self.segments(PARENTS[table]).items() if k not in found}
        by_customer = table != "customers" and self.has(table, "customer_id") and self.has("customers")
        holders = ["customers"] if by_customer else []
        if table != "accounts" and self.has("accounts"):
            through_customer = by_customer and self.has("customers", "account_id")
            holders += ["accounts"] if self.has(table, "account_id") or through_customer else []
        for holder in holders:
            for name in self._own_segments(holder):
                found.setdefault(name, holder)
        for name, ways in self.prepared.get(table, {}).items():
            if any(self.has(source, *columns) for source, columns in ways):
                found.setdefault(name, table)
        return found

    def linked(self, table: str) -> dict[str, str]:
        """Columns of the ticket that a survey is about, unless `segments` knows them: name and holder."""
        if table != "surveys" or not self.has(table, "ticket_id") or not self.has("tickets", "ticket_id"):
            return {}
        known = self.segments(table)
        return {name: "tickets" for name in self._own_segments("tickets") if name not in known}

    def units(self, table: str) -> dict[str, str]:
        """Whose rows a table has: `account_id` and `customer_id`, and the table that holds each."""
        found = {name: table for name in ("account_id", "customer_id") if self.has(table, name)}
        if "customer_id" in found and self.has("customers", "customer_id", "account_id"):
            found.setdefault("account_id", "customers")
        return found

    def _own_segments(self, table: str) -> list[str]:
        declared = {column.name: column.type for column in table_named(table).columns}
        names = DERIVED[table].names if table in DERIVED else self._stored_columns(table)
        return [name for name in names if declared.get(name, "category") == "category"]

    def data_through(self, table: str) -> datetime:
        """How far a table's data go.

        Parameters
        ----------
        table : str
            Canonical name.

        Returns
        -------
        datetime
            End of the local day of the latest basis instant, or of `[data_through]`; at most `as_of`, which
            is the end of a quiet table.
        """
        if table in DERIVED:
            return min((self.data_through(source) for source in SOURCES[table]), default=self.as_of)
        if table in self.settings.data_through:
            day = date_to_day(date.fromisoformat(self.settings.data_through[table]))
        else:
            last = None if TABLES[table].quiet else self._last_local_day(table)
            if last is None:
                return self.as_of
            day = last
        return min(from_microseconds(int(day_bounds_us([day], self.zone)[1][0])), self.as_of)

    def _last_local_day(self, table: str) -> int | None:
        """The local day of the latest basis instant; None where no row has a place in time."""
        if table in self.tables:
            us, known = basis_us(TABLES[table], self.tables[table], self.zone)
            return int(local_day_number(us[known].max(), self.zone)) if known.any() else None
        seen = self.place.seen.get(table) if self.place else None
        return None if seen is None else seen.last_day

    def _lines(self) -> list[str]:
        quarantined = sum(check.quarantined for check in self.checks.values())
        rows = sum(check.rows_in for check in self.checks.values())
        head = [
            f"Dataset of {self.source} as of {self.as_of:%Y-%m-%d %H:%M} UTC (days in {self.zone})",
            f"{plural(len(self.checks), 'table')}, {plural(rows, 'row')}, "
            f"{format_count(quarantined)} quarantined",
        ]
        through = [
            f"{name} through {format_day(self._last_day(name))}"
            for name in self.checks
            if self._last_local_day(name) is not None
        ]
        laws = [check.conservation for check in self.checks.values()]
        told = f"{plural(len(self.caveats), 'caveat')}: {join_words([c.code for c in self.caveats])}"
        tail = [told] if self.caveats else []
        fresh = [f"data: {join_words(through)}"] if through else []
        left = 19 - len(head) - len(tail) - len(fresh)
        more = [f"… {plural(len(laws) - left, 'more table')} in .checks"] if len(laws) > left else []
        return [*head, *laws[:left], *more, *fresh, *tail]

    def _last_day(self, table: str) -> date:
        end = self.data_through(table)
        last = int(local_day_number((int(end.timestamp()) * 1_000_000) - 1, self.zone))
        return date.fromordinal(date(1970, 1, 1).toordinal() + last)

    def __repr__(self) -> str:
        return "\n".join(line[:160] for line in self._lines())

    def _repr_html_(self) -> str:
        first, *rest = self._lines()
        notes = [*(caveat.text for caveat in self.caveats), *self.notes]
        body = "".join(f"<li>{escape(line)}</li>" for line in rest)
        tail = (
            f"<p>Notes</p><ul>{''.join(f'<li>{escape(note)}</li>' for note in notes)}</ul>" if notes else ""
        )
        return f"<div><p>{escape(first)}</p><ul>{body}</ul>{tail}</div>"
