"""Named queries as relations whose columns are nodes: scans, projections, groups by ticket, day tables, joins."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Final, Protocol, cast

import numpy as np
import pyarrow as pa
from sqlglot import exp

from cxlib.data.columnar import values
from cxlib.data.columnar.graph import Chunk, Domain, Graph, Groups, Kind, Node, Unsupported
from cxlib.data.columnar.translate import translate
from cxlib.data.columnar.values import Values

__all__ = ["Asked", "Base", "Relation", "Relations", "Scope"]

_MOST: Final = np.iinfo(np.int64).max


class Relation(Protocol):
    """Something with columns."""

    def column(self, name: str) -> Node:
        """The node of a column; `Unsupported` where there is none."""
        ...


class Base:
    """The rows of a stored table: its columns are scanned, and so are texts made of one of them.

    Parameters
    ----------
    graph : Graph
        Where nodes stand.
    name : str
        The query.
    query : sqlglot Select
        What it selects.
    kinds : callable
        The kind of a column by its name; `Unsupported` of others.
    """

    def __init__(self, graph: Graph, name: str, query: exp.Select, kinds: Callable[[str], Kind]) -> None:
        self.name, self.query = name, query
        self._graph, self._kinds = graph, kinds
        self._selected = {part.alias_or_name: part for part in query.selects}
        self.scanned: dict[str, tuple[exp.Expr, Kind]] = {}

    @property
    def domain(self) -> Domain:
        """Its rows."""
        return (self.name, "rows")

    def column(self, name: str) -> Node:
        """A column that is scanned, or missing everywhere."""
        part = self._selected.get(name)
        if part is None:
            raise Unsupported(f"column {name} of {self.name}")
        kind = self._kinds(name)
        inner = part.this if isinstance(part, exp.Alias) else part
        if isinstance(inner, exp.Cast) and isinstance(inner.this, exp.Null):
            made = values.missing(kind)
            return self._graph.node("missing", kind, lambda _: made)
        return self.scan(name, exp.column(name, quoted=True), kind)

    def scan(self, key: str, tree: exp.Expr, kind: Kind) -> Node:
        """An expression that the scan works out."""
        self.scanned.setdefault(key, (tree, kind))
        where = (self.name, key)
        return self._graph.placed("scan", kind, lambda chunk: chunk.columns[where], (), (key,), self.domain)


@dataclass(frozen=True, slots=True)
class Scope:
    """The columns of one relation or several joined ones, by alias."""

    relations: "Relations"
    sources: Mapping[str, Relation]

    def column(self, name: str, table: str) -> Node:
        """The node of a column; without a table the first source that has it."""
        if table:
            if table not in self.sources:
                raise Unsupported(f"table {table}")
            return self.sources[table].column(name)
        refused = Unsupported(f"column {name}")
        for source in self.sources.values():
            try:
                return source.column(name)
            except Unsupported as error:
                refused = error
        raise refused

    def pushed(self, tree: exp.Expr) -> Node | None:
        """The lower case of a scanned text, which its scan makes."""
        if not isinstance(tree, exp.Lower) or not isinstance(tree.this, exp.Column):
            return None
        text = self.column(tree.this.name, tree.this.table)
        if text.name != "scan":
            return text if text.name == "missing" else None
        name = str(text.facts[0])
        base = self.relations.bases[text.domain[0]]
        return base.scan(f"lower {name}", exp.Lower(this=exp.column(name, quoted=True)), "text")


class _Projection:
    """A query without groups."""

    def __init__(self, graph: Graph, query: exp.Select, scope: Scope) -> None:
        self._graph, self._scope = graph, scope
        self._made: dict[str, exp.Expr] = {}
        self._stars: list[str] = []
        for part in query.selects:
            if isinstance(part, exp.Star) or (
                isinstance(part, exp.Column) and isinstance(part.this, exp.Star)
            ):
                self._stars.append(part.table if isinstance(part, exp.Column) else "")
            else:
                self._made[part.alias_or_name] = part
        self._found: dict[str, Node] = {}

    def column(self, name: str) -> Node:
        if name not in self._found:
            self._found[name] = self._column(name)
        return self._found[name]

    def _column(self, name: str) -> Node:
        if name in self._made:
            return translate(self._graph, self._made[name], self._scope)
        for table in self._stars:
            return self._scope.column(name, table)
        raise Unsupported(f"column {name}")


class _Grouped:
    """Minima, maxima and counts of a table's rows by ticket."""

    def __init__(self, graph: Graph, query: exp.Select, scope: Scope) -> None:
        keys = query.args["group"].expressions
        key = scope.column(keys[0].name, "") if len(keys) == 1 and isinstance(keys[0], exp.Column) else None
        if key is None or key.name != "scan" or key.facts != (scope.relations.key,):
            raise Unsupported("groups by something else than the key")
        self.base = key.domain[0]
        self._graph, self._scope = graph, scope
        self._made = {part.alias_or_name: part for part in query.selects}

    def column(self, name: str) -> Node:
        part = self._made.get(name)
        tree = part.this if isinstance(part, exp.Alias) else part
        if not isinstance(tree, exp.Min | exp.Max | exp.Count) or isinstance(tree.this, exp.Star):
            raise Unsupported(f"aggregate {name}")
        child = translate(self._graph, tree.this, self._scope)
        if child.domain != (self.base, "rows") or (child.kind != "int" and not isinstance(tree, exp.Count)):
            raise Unsupported(f"aggregate of {child.kind}")
        make = {exp.Min: _least, exp.Max: _largest, exp.Count: _counted}[type(tree)]
        base = self.base
        return self._graph.placed(
            tree.key, "int", lambda chunk, x: make(x, chunk.groups[base]), (child,), (), (base, "groups")
        )


def _least(x: Values, groups: Groups) -> Values:
    found = np.full(groups.count, _MOST)
    np.minimum.at(found, groups.of_row, x.data if x.known is None else np.where(x.known, x.data, _MOST))
    return Values(found, found != _MOST)


def _largest(x: Values, groups: Groups) -> Values:
    found = np.full(groups.count, -_MOST)
    np.maximum.at(found, groups.of_row, x.data if x.known is None else np.where(x.known, x.data, -_MOST))
    return Values(found, found != -_MOST)


def _counted(x: Values, groups: Groups) -> Values:
    if x.known is None:
        return Values(np.bincount(groups.of_row, minlength=groups.count))
    return Values(np.bincount(groups.of_row, weights=x.known, minlength=groups.count).astype(np.int64))


class Asked:
    """A query that an engine has run: a row for some of the keys, beside the rows that have them.

    Parameters
    ----------
    graph : Graph
        Where nodes stand.
    name : str
        The query.
    table : pyarrow.Table
        Its rows.
    key : str
        The column with their keys.
    """

    def __init__(self, graph: Graph, name: str, table: pa.Table, key: str) -> None:
        order = np.argsort(table.column(key).to_numpy(), kind="stable")
        self.base, self._graph = name, graph
        self.keys: NDArray[np.int64] = table.column(key).to_numpy().astype(np.int64)[order]
        self.columns: dict[str, Values] = {}
        self._kinds: dict[str, Kind] = {}
        for column in set(table.column_names) - {key}:
            stored = table.column(column)
            kind = _ARROW_KINDS.get(str(stored.type))
            if kind is None:
                raise Unsupported(f"column {column} of type {stored.type}")
            self._kinds[column] = kind
            known = None if not stored.null_count else np.asarray(stored.is_valid().to_numpy())[order]
            content = stored.fill_null(False if kind == "bool" else 0).to_numpy()[order]
            self.columns[column] = Values(content, known)

    def column(self, name: str) -> Node:
        if name not in self.columns:
            raise Unsupported(f"column {name} of {self.base}")
        where = (self.base, name)
        domain = (self.base, "groups")
        return self._graph.placed(
            "asked", self._kinds[name], lambda chunk: chunk.columns[where], (), (name,), domain
        )


_ARROW_KINDS: Final[Mapping[str, Kind]] = {"int64": "int", "double": "float", "bool": "bool"}


class _Beside:
    """Groups of another table laid beside the rows of the leading one."""

    def __init__(self, graph: Graph, grouped: _Grouped | Asked, key: Node) -> None:
        self._graph, self._grouped, self._key = graph, grouped, key

    def column(self, name: str) -> Node:
        base, key = self._grouped.base, self._key
        if name == key.facts[0]:
            return self._graph.placed(
                "has", "int", lambda c, x: _having(c, base, x), (key,), (base,), key.domain
            )
        child = self._grouped.column(name)
        return self._graph.placed(
            "beside", child.kind, lambda c, x: _laid(c, base, x), (child,), (base,), key.domain
        )


def _having(chunk: Chunk, base: str, key: Values) -> Values:
    place = chunk.groups[base].place
    return key if place is None else Values(key.data, chunk.groups[base].there)


def _laid(chunk: Chunk, base: str, x: Values) -> Values:
    groups = chunk.groups[base]
    if groups.place is None:
        return x
    if not groups.count:
        return Values(np.zeros(chunk.rows, dtype=x.data.dtype), np.zeros(chunk.rows, dtype=np.bool_))
    there = groups.there
    if x.data.dtype == np.bool_:  # false where unknown
        return Values(
            x.data[groups.place] & there,
            there if x.known is None else there & x.known[groups.place],  # type: ignore[index]
        )
    return Values(x.data[groups.place], there if x.known is None else there & x.known[groups.place])  # type: ignore[index]


class _DayTable:
    """A table with a row a day, found by the day of each row."""

    def __init__(self, graph: Graph, table: pa.Table, day: Node) -> None:
        days = table.column("day").to_numpy().astype(np.int64)
        if len(days) == 0 or not (np.diff(days) == 1).all():
            raise Unsupported("days with gaps")
        self._graph, self._table, self._day, self._first = graph, table, day, int(days[0])

    def column(self, name: str) -> Node:
        if name not in self._table.column_names:
            raise Unsupported(f"column {name} of days")
        stored = self._table.column(name)
        known = np.asarray(stored.is_valid().to_numpy())
        content = np.asarray(stored.fill_null(0).to_numpy()).astype(np.int64)
        every = bool(known.all())

        def make(_: Chunk, place: Values) -> Values:
            there = place.known if every else values.both(place.known, known[place.data])
            return Values(content[place.data], there)

        place = self._graph.node(
            "place of day",
            "int",
            partial(_place_of_day, self._first, len(content)),
            [self._day],
            (id(self._table),),
        )
        return self._graph.node("day table", "int", make, [place], (id(self._table), name))


def _place_of_day(first: int, count: int, _: Chunk, day: Values) -> Values:
    """The row of each day; 0 where there is none."""
    at = np.asarray(day.data) - first
    there = (at >= 0) & (at < count)
    if day.known is not None:
        there = there & day.known
    return Values(at) if bool(there.all()) else Values(np.where(there, at, 0), there)


class _Nothing:
    """A relation that has a row for none of those that are left."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def column(self, name: str) -> Node:
        made = values.missing("int")
        return self._graph.node("missing", "int", lambda _: made)


@dataclass(slots=True)
class Relations:
    """The relations of a question.

    Parameters
    ----------
    graph : Graph
        Where nodes stand.
    queries : mapping of str to sqlglot Query
        By name.
    tables : mapping of str to pyarrow.Table
        Day tables.
    kinds : mapping of str to callable
        By base query the kind of a column.
    apart : mapping of str to str
        By the name of a query that only some rows have a row in, the query that lists those rows: they are
        left to an engine.
    key : str
        The column that identifies a row of the leading table, and by which others are grouped and joined.
    ask : callable
        Runs a query that is joined by the key and is not worked out here.
    """

    graph: Graph
    queries: Mapping[str, exp.Query]
    tables: Mapping[str, pa.Table]
    kinds: Mapping[str, Callable[[str], Kind]]
    apart: Mapping[str, str]
    key: str
    ask: Callable[[str], pa.Table]
    asked: dict[str, Asked] = field(default_factory=dict)
    bases: dict[str, Base] = field(default_factory=dict)
    left: list[Node] = field(default_factory=list)
    _found: dict[str, Relation] = field(default_factory=dict)

    def relation(self, name: str) -> Relation:
        """The relation of a query.

        Raises
        ------
        Unsupported
            If it is none of those that are worked out here.
        """
        if name not in self._found:
            self._found[name] = self._made(name)
        return self._found[name]

    def scope(self, query: exp.Select) -> Scope:
        """The columns that the expressions of a query may name."""
        source = query.args["from_"].this
        alias, first = self._source(source)
        sources: dict[str, Relation] = {alias: first}
        for join in query.args.get("joins") or []:
            name, joined = self._joined(join, Scope(self, dict(sources)))
            sources[name] = joined
        return Scope(self, sources)

    def _made(self, name: str) -> Relation:
        query = self.queries.get(name)
        if not isinstance(query, exp.Select):
            raise Unsupported(f"query {name}")
        if name in self.kinds:
            base = Base(self.graph, name, query, self.kinds[name])
            self.bases[name] = base
            return base
        return self._of(query)

    def _of(self, query: exp.Select) -> Relation:
        refused = ("distinct", "where", "having", "order", "limit", "qualify")
        if any(query.args.get(part) for part in refused):
            raise Unsupported("a query with conditions")
        scope = self.scope(query)
        if query.args.get("group"):
            return _Grouped(self.graph, query, scope)
        return _Projection(self.graph, query, scope)

    def _source(self, tree: exp.Expr) -> tuple[str, Relation]:
        if isinstance(tree, exp.Subquery) and isinstance(tree.this, exp.Select):
            return tree.alias, self._of(tree.this)
        if not isinstance(tree, exp.Table) or tree.db:
            raise Unsupported("FROM")
        return tree.alias_or_name, self.relation(tree.name)

    def _joined(self, join: exp.Join, scope: Scope) -> tuple[str, Relation]:
        on, table = join.args.get("on"), join.this
        if join.side != "LEFT" or not isinstance(on, exp.EQ) or not isinstance(table, exp.Table):
            raise Unsupported("join")
        own, other = cast(exp.Expr, on.this), cast(exp.Expr, on.expression)
        if not isinstance(own, exp.Column) or own.table != table.alias_or_name:
            raise Unsupported("join condition")
        if table.name in self.apart:
            self._leave(self.apart[table.name])
            return table.alias_or_name, _Nothing(self.graph)
        key = translate(self.graph, other, scope)
        if table.name in self.tables and own.name == "day":
            return table.alias_or_name, _DayTable(self.graph, self.tables[table.name], key)
        if own.name != self.key or key.name != "scan" or key.facts != (self.key,):
            raise Unsupported("join by something else than the key")
        return table.alias_or_name, _Beside(self.graph, self._with_key(table.name), key)

    def _with_key(self, name: str) -> "_Grouped | Asked":
        """A relation with a row a key: worked out here, or by an engine."""
        if name in self.asked:
            return self.asked[name]
        try:
            found = self.relation(name)
            if isinstance(found, _Grouped):
                return found
        except Unsupported:
            pass
        self.asked[name] = Asked(self.graph, name, self.ask(name), self.key)
        return self.asked[name]

    def _leave(self, name: str) -> None:
        """Leave the rows that a query lists to an engine."""
        query = self.queries.get(name)
        if not isinstance(query, exp.Select) or query.args.get("joins") or query.args.get("group"):
            raise Unsupported(f"rows left by {name}")
        self.left.append(translate(self.graph, query.args["where"].this, self.scope(query)))
