"""A Spark session as a database whose tables stay where they are."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any, Final, cast
from uuid import uuid4

import pyarrow as pa
from sqlglot import exp

from cxlib.data.engine import travellers
from cxlib.data.stored import StoredColumn, StoredTable, kind_of
from cxlib.errors import DataError
from cxlib.text import quote

__all__ = ["SparkEngine", "SparkSource", "is_session"]

_PREFIX: Final = "cxlib_sent_"
_AT_A_TIME: Final = 4
_OF_THE_WHOLE: Final = ("distinct", "order", "limit", "offset", "with_")
"""What may be said of a union and not of each of its parts."""


def is_session(where: object) -> bool:
    """Whether something is a SparkSession, without importing pyspark.

    Examples
    --------
    >>> is_session("data/sample")
    False
    """
    return type(where).__module__.startswith("pyspark.") and type(where).__name__ == "SparkSession"


@dataclass(frozen=True, slots=True)
class SparkEngine:
    """Spark SQL in a session of the caller's; its settings are left as they are.

    Parameters
    ----------
    session : SparkSession
        Classic or Connect.
    lookups : mapping of str to pyarrow.Table
        Small tables that every query may name.
    """

    session: Any = field(repr=False)
    lookups: Mapping[str, pa.Table] = field(default_factory=dict, repr=False, compare=False)
    dialect: str = field(default="spark", init=False)

    def microseconds(self, instant: exp.Expr) -> exp.Expr:
        """Microseconds of an instant; a wall clock is read as UTC, whatever zone the session has."""
        return exp.func("UNIX_MICROS", instant)

    def day_number(self, day: exp.Expr) -> exp.Expr:
        """Day number of a date, Spark's spelling."""
        return exp.cast(exp.Anonymous(this="UNIX_DATE", expressions=[day]), "BIGINT")

    def text(self, value: exp.Expr) -> exp.Expr:
        """Text; Spark compares bytes of UTF-8 unless told otherwise, which is by code point."""
        return exp.cast(value, "TEXT")

    def carrying(self, lookups: Mapping[str, pa.Table]) -> "SparkEngine":
        """The same engine with small tables that every query may name."""
        return replace(self, lookups={**self.lookups, **lookups})

    def run(self, query: exp.Query, tables: Mapping[str, pa.Table]) -> pa.Table:
        """The rows of a query.

        Parameters
        ----------
        query : sqlglot Query
            Names tables of the session's catalogue with their database, or temporary views of it.
        tables : mapping of str to pyarrow.Table
            Small tables that the query names; each is a temporary view while the query runs.

        Raises
        ------
        DataError
            If Spark refuses the query.
        """
        from pyspark.errors import PySparkException

        sent = {**self.lookups, **tables}
        names = {name: f"{_PREFIX}{uuid4().hex}" for name in travellers(query, sent)}
        first, query = _parted(_renamed(query, names), f"{_PREFIX}{uuid4().hex}")
        held = None
        try:
            for name, view in names.items():
                self.session.createDataFrame(sent[name]).createTempView(view)
            if first is not None:
                held = self.session.sql(first.this.sql(self.dialect, comments=False)).persist()
                held.createTempView(first.alias)
            found = self._rows([query] if first is None else _branches(query))
        except PySparkException as error:
            raise _told(error) from error
        finally:
            for view in [*names.values(), *([first.alias] if first is not None else [])]:
                self.session.catalog.dropTempView(view)
            if held is not None:
                held.unpersist()
        return found

    def _rows(self, parts: Sequence[exp.Query]) -> pa.Table:
        """The rows of queries, some at a time; what one of them lacks is missing there."""
        texts = [part.sql(self.dialect, comments=False) for part in parts]
        # The first one makes the rows that all share. Spark plans in the thread that asks, hence several.
        found = [self._answer(texts[0])]
        with ThreadPoolExecutor(max_workers=_AT_A_TIME) as pool:
            found += pool.map(self._answer, texts[1:])
        together: pa.Table = pa.concat_tables(found, promote_options="permissive")
        return together

    def _answer(self, text: str) -> pa.Table:
        return _plain(self.session.sql(text).toArrow())


def _branches(query: exp.Query) -> list[exp.Query]:
    """The parts of UNION ALL, without columns of NULL that another part fills; else the query itself.

    As one plan a union of many aggregations takes Spark longer to think over than to run, and every row would
    carry the columns of all the others.
    """
    parts: list[exp.Query] = []
    rest: exp.Expr = query
    while isinstance(rest, exp.Union) and not any(rest.args.get(name) for name in _OF_THE_WHOLE):
        parts.append(rest.expression)
        rest = rest.this
    if not parts or not all(isinstance(part, exp.Select) for part in (rest, *parts)):
        return [query]
    parts = [cast(exp.Query, rest), *reversed(parts)]
    filled = {one.alias_or_name for part in parts for one in part.selects if not _is_blank(one)}
    return [
        part.select(
            *(one for one in part.selects if not _is_blank(one) or (i == 0 and one.alias not in filled)),
            append=False,
        )
        for i, part in enumerate(parts)
    ]


def _is_blank(selected: exp.Expr) -> bool:
    value = selected.unalias()
    return isinstance(value, exp.Cast) and isinstance(value.this, exp.Null)


def _parted(query: exp.Query, view: str) -> tuple[exp.Subquery | None, exp.Query]:
    """The last common table expression, as a subquery under the name of a view, and what reads that view.

    Spark would compute it again for every branch that reads it. Where only one does, nothing is parted.
    """
    parts = list(query.ctes)
    if not parts:
        return None, query
    name = parts[-1].alias
    readers = [table for table in query.find_all(exp.Table) if table.name == name and not table.db]
    if len(readers) < 2:
        return None, query
    first = exp.select(exp.Star()).from_(exp.to_table(name, quoted=True))
    first.set("with_", query.args["with_"].copy())
    query.set("with_", None)
    rest = _renamed(query, {name: view})
    return first.subquery(view), rest


def _plain(found: pa.Table) -> pa.Table:
    """Whole numbers as BIGINT and decimals as DOUBLE, as the other engines have them."""
    for i, field_ in enumerate(found.schema):
        if pa.types.is_decimal(field_.type):
            found = found.set_column(i, field_.name, found.column(i).cast(pa.float64()))
        elif pa.types.is_integer(field_.type):
            found = found.set_column(i, field_.name, found.column(i).cast(pa.int64()))
    return found


def _renamed(query: exp.Query, names: Mapping[str, str]) -> exp.Query:
    """The query with small tables under names that no view of the session has."""
    copied = query.copy()
    for table in copied.find_all(exp.Table):
        if table.name in names and not table.db:
            alias = table.alias or table.name
            renamed = exp.to_table(names[table.name], quoted=True)
            table.replace(exp.alias_(renamed, alias, table=True, quoted=True))
    return copied


@dataclass(frozen=True, slots=True)
class SparkSource:
    """The tables and views that a session sees in its current database.

    Parameters
    ----------
    session : SparkSession
        The caller's; it is not stopped.
    """

    session: Any = field(repr=False)
    changes: bool = True

    @property
    def words(self) -> str:
        """Catalogue and database."""
        catalogue = self.session.catalog
        return f"Spark database {catalogue.currentCatalog()}.{catalogue.currentDatabase()}"

    @property
    def engine(self) -> SparkEngine:
        """Answers queries in the session."""
        return SparkEngine(self.session)

    def tables(self, wanted: Mapping[str, str]) -> dict[str, StoredTable]:
        """The tables and temporary views that are there, of those wanted.

        Parameters
        ----------
        wanted : mapping of str to str
            Our name to theirs, perhaps with a database and a catalogue.

        Raises
        ------
        DataError
            If Spark cannot answer.
        """
        from pyspark.errors import PySparkException

        found = {}
        try:
            for ours, theirs in wanted.items():
                name = exp.to_table(theirs, dialect="spark", quoted=True).sql("spark")
                if self.session.catalog.tableExists(name):
                    place = _place(self.session.catalog.getTable(name))
                    found[ours] = StoredTable(theirs, place, _columns(self.session.table(name).schema))
        except PySparkException as error:
            raise _told(error) from error
        return found

    def fingerprint(self) -> None:
        """A hash of the content would read it all."""
        return


def _place(table: Any) -> exp.Table:  # noqa: ANN401  # pyspark need not be installed
    """How queries name a table, whatever database is the current one by then."""
    namespace = table.namespace or []
    if table.isTemporary or len(namespace) != 1:
        return exp.table_(table.name, quoted=True)
    return exp.table_(table.name, db=namespace[0], catalog=table.catalog, quoted=True)


def _columns(schema: Any) -> tuple[StoredColumn, ...]:  # noqa: ANN401  # pyspark need not be installed
    types = [(column.name, column.dataType.simpleString()) for column in schema.fields]
    return tuple(StoredColumn(name, type_, kind_of(type_, "spark")) for name, type_ in types)


def _told(error: Exception) -> DataError:
    """What Spark says, in one line, without the plan."""
    lines = [line for line in str(error).splitlines() if line.strip()]
    return DataError(
        "Spark",
        found=quote(lines[0] if lines else type(error).__name__, longest=200),
        expected="a session that answers",
        fix="look into Spark's log, and check that the tables are there and can be read",
    )
