"""A graph of array operations in which the same expression stands once, and its evaluation over one batch."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray
from sqlglot import exp

from cxlib.data.columnar import values
from cxlib.data.columnar.values import Values

__all__ = [
    "ANY",
    "Chunk",
    "Domain",
    "Graph",
    "Groups",
    "Kind",
    "Node",
    "Unsupported",
    "evaluate",
    "scanned",
    "uses_of",
]

Kind = Literal["int", "float", "bool", "text"]
Domain = tuple[str, str]
"""Whose rows a column has: a base query and "rows"; or "groups", a row for each of its keys; empty: any."""

ANY: Final[Domain] = ("", "")


class Unsupported(Exception):  # noqa: N818 - not an error: the engine runs the query instead
    """Something of SQL that is not worked out in arrays."""


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """One column of the graph.

    Parameters
    ----------
    kind : Kind
        What its values are.
    domain : tuple of str
        Whose rows it has.
    make : callable
        Its values, made of the batch and those of its parts.
    parts : tuple of Node
        What it is made of.
    number : int
        Its place in the graph.
    name : str
        The operation.
    facts : tuple
        What decides the operation beside its parts.
    """

    kind: Kind
    domain: Domain
    make: Callable[..., Values]
    parts: tuple["Node", ...]
    number: int
    name: str
    facts: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Groups:
    """How the rows of a table beside the leading one belong to its rows.

    Parameters
    ----------
    count : int
        Groups of rows with one key.
    of_row : array of int64, shape (rows beside,)
        The group of each row.
    place : array of int64, shape (leading rows,), or None
        The group of each leading row, 0 where it has none; None: one each, in order.
    there : array of bool, shape (leading rows,)
        Where it has one.
    """

    count: int
    of_row: NDArray[np.int64]
    place: NDArray[np.int64] | None
    there: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some rows of the leading table, and those of the others that belong to them.

    Parameters
    ----------
    columns : mapping of (str, str) to Values
        By base query and column.
    groups : mapping of str to Groups
        By base query.
    rows : int
        Rows of the leading table.
    """

    columns: Mapping[tuple[str, str], Values]
    groups: Mapping[str, Groups]
    rows: int


@dataclass(slots=True)
class Graph:
    """Nodes by what they are, and the words that texts are compared with."""

    words: dict[str, int] = field(default_factory=dict)
    _nodes: dict[tuple[object, ...], Node] = field(default_factory=dict)

    def word(self, text: str) -> int:
        """The number of a word, from 1; 0 is any other word."""
        return self.words.setdefault(text, len(self.words) + 1)

    def constant(self, value: float, kind: Kind) -> Node:
        """One known value."""
        made = values.constant(value, kind)
        return self.node("constant", kind, lambda _: made, facts=(value,))

    def missing(self, kind: Kind) -> Node:
        """NULL."""
        made = values.missing(kind)
        return self.node("missing", kind, lambda _: made)

    def literal(self, tree: exp.Literal) -> Node:
        """A number, or the number of a word."""
        if tree.is_string:
            return self.constant(self.word(tree.name), "text")
        if tree.is_int:
            return self.constant(int(tree.name), "int")
        return self.constant(float(tree.name), "float")

    def node(
        self,
        name: str,
        kind: Kind,
        make: Callable[..., Values],
        parts: Sequence[Node] = (),
        facts: tuple[object, ...] = (),
    ) -> Node:
        """A node made of others; the same operation on the same parts is one node.

        Raises
        ------
        Unsupported
            If the parts have rows of different tables.
        """
        domains = {part.domain for part in parts} - {ANY}
        if len(domains) > 1:
            raise Unsupported(f"{name} over rows of {sorted(domains)}")
        domain = domains.pop() if domains else ANY
        return self.placed(name, kind, make, parts, facts, domain)

    def placed(
        self,
        name: str,
        kind: Kind,
        make: Callable[..., Values],
        parts: Sequence[Node],
        facts: tuple[object, ...],
        domain: Domain,
    ) -> Node:
        """A node whose rows are those of a domain of its own."""
        key = (name, kind, domain, facts, *(part.number for part in parts))
        if key not in self._nodes:
            self._nodes[key] = Node(kind, domain, make, tuple(parts), len(self._nodes), name, facts)
        return self._nodes[key]


def _reached(nodes: Sequence[Node]) -> Iterator[Node]:
    """Nodes and all that they are made of, each once."""
    seen: set[int] = set()
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        if node.number not in seen:
            seen.add(node.number)
            waiting += node.parts
            yield node


def scanned(nodes: Sequence[Node]) -> set[tuple[str, str]]:
    """The base columns that nodes are made of: the base query, and the name that its scan gives."""
    return {(node.domain[0], str(node.facts[0])) for node in _reached(nodes) if node.name == "scan"}


def uses_of(nodes: Sequence[Node]) -> dict[int, int]:
    """How often the values of each node are read when some nodes are evaluated, by its number."""
    read = (part.number for node in _reached(nodes) for part in node.parts)
    return dict(Counter([*(node.number for node in nodes), *read]))


def evaluate(chunk: Chunk, nodes: Sequence[Node], uses: Mapping[int, int]) -> list[Values]:
    """The values of nodes over one chunk; what several need is made once, and let go after its last use.

    Parameters
    ----------
    chunk : Chunk
        The rows.
    nodes : sequence of Node
        What is wanted.
    uses : mapping of int to int
        What `uses_of` says of them.
    """
    made: dict[int, Values] = {}
    left = dict(uses)
    return [_value(chunk, node, made, left) for node in nodes]


def _value(chunk: Chunk, node: Node, made: dict[int, Values], left: dict[int, int]) -> Values:
    found = made.get(node.number)
    if found is None:
        parts: list[Any] = [_value(chunk, part, made, left) for part in node.parts]
        found = node.make(chunk, *parts)
        made[node.number] = found
    left[node.number] -= 1
    if not left[node.number]:
        del made[node.number]
    return found
