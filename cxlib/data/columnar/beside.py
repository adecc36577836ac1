"""What lies beside the leading rows: groups of another table, what an engine found, days of a schedule."""

from collections.abc import Mapping
from functools import partial
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from sqlglot import exp

from cxlib.data.columnar import choices, values
from cxlib.data.columnar.graph import Chunk, Graph, Groups, Kind, Node, Unsupported
from cxlib.data.columnar.translate import Scope, translate
from cxlib.data.columnar.values import Values

__all__ = ["Asked", "Beside", "DayTable", "Grouped", "Nothing"]

_MOST: Final = np.int64(np.iinfo(np.int64).max)


class Grouped:
    """Minima, maxima and counts of a table's rows by the key.

    Parameters
    ----------
    graph : Graph
        Where nodes stand.
    query : sqlglot Select
        With one key.
    scope : Scope
        Its columns.
    key : str
        By what it may be grouped.
    """

    def __init__(self, graph: Graph, query: exp.Select, scope: Scope, key: str) -> None:
        keys = query.args["group"].expressions
        one = keys[0] if len(keys) == 1 and isinstance(keys[0], exp.Column) else None
        found = None if one is None else scope.column(one.name, "")
        if found is None or found.name != "scan" or found.facts != (key,):
            raise Unsupported("groups by something else than the key")
        self.base = found.domain[0]
        self._graph, self._scope = graph, scope
        self._made = {part.alias_or_name: part for part in query.selects}

    def column(self, name: str) -> Node:
        """One of the aggregates."""
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
    np.minimum.at(found, groups.of_row, x.data if x.known is None else choices.picked(x.known, x.data, _MOST))
    return Values(found, found != _MOST)


def _largest(x: Values, groups: Groups) -> Values:
    found = np.full(groups.count, -_MOST)
    np.maximum.at(
        found, groups.of_row, x.data if x.known is None else choices.picked(x.known, x.data, -_MOST)
    )
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
        """One of the columns."""
        if name not in self.columns:
            raise Unsupported(f"column {name} of {self.base}")
        where = (self.base, name)
        domain = (self.base, "groups")
        return self._graph.placed(
            "asked", self._kinds[name], lambda chunk: chunk.columns[where], (), (name,), domain
        )


_ARROW_KINDS: Final[Mapping[str, Kind]] = {"int64": "int", "double": "float", "bool": "bool"}


class Beside:
    """Groups of another table laid beside the rows of the leading one.

    Parameters
    ----------
    graph : Graph
        Where nodes stand.
    grouped : Grouped or Asked
        A row a key.
    key : Node
        The key of the leading rows.
    """

    def __init__(self, graph: Graph, grouped: Grouped | Asked, key: Node) -> None:
        self._graph, self._grouped, self._key = graph, grouped, key

    def column(self, name: str) -> Node:
        """A column of the groups; the key is known where a row has one."""
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
    found = x.at(groups.place)
    known = groups.there if found.known is None else groups.there & found.known
    # truths are false where unknown
    return Values(found.data & known if found.data.dtype == np.bool_ else found.data, known)


class DayTable:
    """A table with a row a day, found by the day of each row.

    Parameters
    ----------
    graph : Graph
        Where nodes stand.
    table : pyarrow.Table
        Column ``day``, without gaps, and whole numbers.
    day : Node
        The day of each row.
    """

    def __init__(self, graph: Graph, table: pa.Table, day: Node) -> None:
        days = table.column("day").to_numpy().astype(np.int64)
        if len(days) == 0 or not (np.diff(days) == 1).all():
            raise Unsupported("days with gaps")
        self._graph, self._table, self._day, self._first = graph, table, day, int(days[0])

    def column(self, name: str) -> Node:
        """A column of the day of each row."""
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
    return Values(at) if bool(there.all()) else Values(at * there, there)


class Nothing:
    """A relation that has a row for none of those that are left, once some are left to an engine.

    Parameters
    ----------
    graph : Graph
        Where nodes stand.
    """

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def column(self, name: str) -> Node:
        """Missing, whatever it is called."""
        _ = name
        return self._graph.missing("int")
