"""Named queries as relations whose columns are nodes: scans, projections, and joins with what lies beside."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, cast

import pyarrow as pa
from sqlglot import exp

from cxlib.data.columnar.beside import Asked, Beside, DayTable, Grouped, Nothing
from cxlib.data.columnar.graph import Domain, Graph, Kind, Node, Unsupported
from cxlib.data.columnar.translate import translate

__all__ = ["Base", "Relation", "Relations", "Scope"]


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
            return self._graph.missing(kind)
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
        """A column that the query makes, or that it passes on."""
        if name not in self._found:
            self._found[name] = self._column(name)
        return self._found[name]

    def _column(self, name: str) -> Node:
        if name in self._made:
            return translate(self._graph, self._made[name], self._scope)
        for table in self._stars:
            return self._scope.column(name, table)
        raise Unsupported(f"column {name}")


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
            return Grouped(self.graph, query, scope, self.key)
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
            return table.alias_or_name, Nothing(self.graph)
        key = translate(self.graph, other, scope)
        if table.name in self.tables and own.name == "day":
            return table.alias_or_name, DayTable(self.graph, self.tables[table.name], key)
        if own.name != self.key or key.name != "scan" or key.facts != (self.key,):
            raise Unsupported("join by something else than the key")
        return table.alias_or_name, Beside(self.graph, self._with_key(table.name), key)

    def _with_key(self, name: str) -> "Grouped | Asked":
        """A relation with a row a key: worked out here, or by an engine."""
        if name in self.asked:
            return self.asked[name]
        try:
            found = self.relation(name)
            if isinstance(found, Grouped):
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
