"""What of a question is scanned, and what is worked out of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from sqlglot import exp

from cxlib.data.columnar.beside import Asked
from cxlib.data.columnar.graph import Graph, Kind, Node, scanned
from cxlib.data.columnar.relations import Base
from cxlib.data.relations import column

__all__ = ["Column", "Plan"]

Column: TypeAlias = tuple[str, exp.Expr, Kind]
"""Of a column that is scanned name, expression and kind."""


@dataclass(slots=True)
class Plan:
    """What is to be scanned and worked out.

    Parameters
    ----------
    graph : Graph
        Its words are those that texts are compared with.
    lead : Base
        The table whose rows are wanted.
    bases : sequence of Base
        It and those beside it.
    wanted : mapping of str to Node
        Columns by name.
    days : frozenset of str
        Those of them that are unknown for a row that is left out.
    key : str
        The column that identifies its rows.
    asked : sequence of Asked
        What an engine has found beside them.
    left : sequence of Node
        Conditions on which a row is left to an engine.
    extra : mapping of str to sqlglot Expr
        Whole numbers that the scan of the leading table works out.
    joins : sequence of sqlglot Join
        What they need beside the leading table, which is ``t``.
    holders : mapping of str to sqlglot Query
        The queries that are joined.
    """

    graph: Graph
    lead: Base
    bases: Sequence[Base]
    wanted: Mapping[str, Node]
    days: frozenset[str]
    key: str
    asked: Sequence[Asked]
    left: Sequence[Node]
    extra: Mapping[str, exp.Expr]
    joins: Sequence[exp.Join]
    holders: Mapping[str, exp.Query]

    def columns(self, base: Base) -> list[Column]:
        """What of a table is read beside its key: name, expression and kind of each column."""
        needed = scanned([*self.wanted.values(), *self.left])
        return [
            (name, *facts)
            for name, facts in base.scanned.items()
            if name != self.key and (base.name, name) in needed
        ]

    def queries(self) -> dict[str, exp.Select]:
        """The scan of each table, a range of keys at a time."""
        return {base.name: self._scan(base) for base in self.bases}

    def _scan(self, base: Base) -> exp.Select:
        words = exp.Array(
            expressions=[exp.Literal.string(word) for word in self.graph.words] or [exp.Literal.string("")]
        )
        selected = [exp.alias_(column(self.key, "t"), "key", quoted=True)]
        for i, (_, tree, kind) in enumerate(self.columns(base)):
            own = tree.transform(
                lambda part: column(part.name, "t") if isinstance(part, exp.Column) else part
            )
            value: exp.Expr = own
            if kind == "text":
                value = exp.cast(
                    exp.Anonymous(this="LIST_POSITION", expressions=[words.copy(), own]), "SMALLINT"
                )
                there = exp.not_(exp.Is(this=own.copy(), expression=exp.null()))
                selected.append(exp.alias_(there, f"k{i}", quoted=True))
            selected.append(exp.alias_(value, f"c{i}", quoted=True))
        leading = base is self.lead
        if leading:
            selected += [exp.alias_(tree.copy(), name, quoted=True) for name, tree in self.extra.items()]
        query = exp.select(*selected).from_(base.query.copy().subquery("t"))
        if leading:
            for join in self.joins:
                query.append("joins", join.copy())
            for name, part in self.holders.items():
                query = query.with_(exp.to_identifier(name, quoted=True), as_=part, copy=False)
        low = exp.GTE(this=column(self.key, "t"), expression=exp.Placeholder(this="low"))
        high = exp.LT(this=column(self.key, "t"), expression=exp.Placeholder(this="high"))
        return query.where(low, high)
