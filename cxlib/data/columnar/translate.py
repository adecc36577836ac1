"""Expressions of SQL to nodes of a graph."""

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any, Final, Protocol, cast

import numpy as np
from numpy.typing import NDArray
from sqlglot import exp

from cxlib.data.columnar import values
from cxlib.data.columnar.graph import Graph, Kind, Node, Unsupported
from cxlib.data.columnar.values import Values

__all__ = ["Scope", "translate"]

_COMPARISONS: Final[dict[type[exp.Expr], Callable[..., Any]]] = {
    exp.EQ: np.equal,
    exp.NEQ: np.not_equal,
    exp.GT: np.greater,
    exp.GTE: np.greater_equal,
    exp.LT: np.less,
    exp.LTE: np.less_equal,
}
_ARITHMETIC: Final[dict[type[exp.Expr], Callable[..., Any]]] = {
    exp.Add: np.add,
    exp.Sub: np.subtract,
    exp.Mul: np.multiply,
}
_BOUNDS: Final[dict[type[exp.Expr], Callable[..., Any]]] = {
    exp.Greatest: np.maximum,
    exp.Least: np.minimum,
}
_CASTS: Final[dict[str, Kind]] = {
    "BIGINT": "int",
    "INT": "int",
    "DOUBLE": "float",
    "BOOLEAN": "bool",
    "TEXT": "text",
    "VARCHAR": "text",
}


class Scope(Protocol):
    """Where the columns of an expression come from."""

    def column(self, name: str, table: str) -> Node:
        """The node of a column; `table` is empty where it is not qualified."""
        ...

    def pushed(self, tree: exp.Expr) -> Node | None:
        """The node of an expression that the scan itself works out; None: it cannot."""
        ...


def translate(graph: Graph, tree: exp.Expr, scope: Scope) -> Node:
    """The node of an expression.

    Parameters
    ----------
    graph : Graph
        Where the node stands.
    tree : sqlglot Expr
        The expression.
    scope : Scope
        Its columns.

    Raises
    ------
    Unsupported
        If something in it is not known here.
    """
    return _Translation(graph, scope).node(tree)


class _Translation:
    """The nodes of one scope."""

    def __init__(self, graph: Graph, scope: Scope) -> None:
        self._graph, self._scope = graph, scope
        self._by_type: dict[type[exp.Expr], Callable[[Any], Node]] = {
            exp.Column: lambda tree: scope.column(tree.name, tree.table),
            exp.Paren: lambda tree: self.node(tree.this),
            exp.Alias: lambda tree: self.node(tree.this),
            exp.Literal: self._literal,
            exp.Boolean: lambda tree: self._constant(bool(tree.this), "bool"),
            exp.Not: lambda tree: self._op("not", "bool", values.opposite, [self._true(tree.this)]),
            exp.And: lambda tree: self._logic("and", values.all_of, tree),
            exp.Or: lambda tree: self._logic("or", values.any_of, tree),
            exp.Is: self._is,
            exp.In: self._in,
            exp.Case: self._case,
            exp.Coalesce: self._coalesce,
            exp.Nullif: self._nullif,
            exp.Lower: self._pushed,
            exp.Cast: self._cast,
            exp.Neg: lambda tree: self._negative(tree),
            exp.Between: self._between,
            exp.IntDiv: self._whole_division,
            exp.NullSafeEQ: self._same,
            **dict.fromkeys(_COMPARISONS, self._comparison),
            **dict.fromkeys(_ARITHMETIC, self._arithmetic),
            **dict.fromkeys(_BOUNDS, self._bound),
        }

    def node(self, tree: exp.Expr, kind: Kind | None = None) -> Node:
        """The node of an expression; a NULL is of the kind that is wanted."""
        if isinstance(tree, exp.Null):
            if kind is None:
                raise Unsupported("a NULL of no kind")
            return self._missing(kind)
        make = self._by_type.get(type(tree))
        if make is None:
            raise Unsupported(type(tree).__name__)
        found = make(tree)
        if kind == "float" and found.kind == "int":
            return self._op("float", "float", lambda x: values.converted(x, "float"), [found])
        return found

    def _op(
        self,
        name: str,
        kind: Kind,
        operation: Callable[..., Values],
        parts: Sequence[Node],
        facts: tuple[object, ...] = (),
    ) -> Node:
        return self._graph.node(name, kind, lambda _, *given: operation(*given), parts, facts)

    def _constant(self, value: float | bool, kind: Kind) -> Node:
        made = values.constant(value, kind)
        return self._op("constant", kind, lambda: made, [], (value,))

    def _missing(self, kind: Kind) -> Node:
        made = values.missing(kind)
        return self._op("missing", kind, lambda: made, [])

    def _narrow(self, constant: Node) -> Node:
        return self._op("narrow", constant.kind, values.narrowed, [constant])

    def _literal(self, tree: exp.Literal) -> Node:
        if tree.is_string:
            return self._constant(self._graph.word(tree.name), "text")
        if tree.is_int:
            return self._constant(int(tree.name), "int")
        return self._constant(float(tree.name), "float")

    def _true(self, tree: exp.Expr) -> Node:
        found = self.node(tree, "bool")
        if found.kind != "bool":
            raise Unsupported(f"{found.kind} as a truth value")
        return found

    def _logic(self, name: str, operation: Callable[..., Values], tree: exp.Connector) -> Node:
        return self._op(name, "bool", operation, [self._true(tree.this), self._true(tree.expression)])

    def _pair(self, tree: exp.Expr) -> list[Node]:
        """Both sides, of one kind."""
        sides = [cast(exp.Expr, tree.this), cast(exp.Expr, tree.expression)]
        known = [None if isinstance(side, exp.Null) else self.node(side) for side in sides]
        kind = self._common([node.kind for node in known if node is not None])
        return [self.node(side, kind) for side in sides]

    @staticmethod
    def _common(kinds: Sequence[Kind]) -> Kind:
        found = set(kinds)
        if found == {"int", "float"}:
            return "float"
        if len(found) != 1:
            raise Unsupported(f"kinds {sorted(found)} together")
        return found.pop()

    def _comparison(self, tree: exp.Binary) -> Node:
        first, second = self._pair(tree)
        operation = _COMPARISONS[type(tree)]
        if first.kind == "text":
            self._compares_words(tree, first, second)
        return self._op(
            tree.key, "bool", lambda a, b: values.compare(operation, a, b), [first, second], (tree.key,)
        )

    def _compares_words(self, tree: exp.Expr, first: Node, second: Node) -> None:
        """Other words are all 0, so that a text can only be compared with words that are told."""
        if not isinstance(tree, exp.EQ | exp.NEQ | exp.NullSafeEQ):
            raise Unsupported("order of texts")
        if not ({first.name, second.name} & {"constant", "missing"}):
            raise Unsupported("two texts compared")

    def _same(self, tree: exp.NullSafeEQ) -> Node:
        first, second = self._pair(tree)
        if first.kind == "text":
            self._compares_words(tree, first, second)
        return self._op("same", "bool", values.is_same, [first, second])

    def _arithmetic(self, tree: exp.Binary) -> Node:
        first, second = self._pair(tree)
        if first.kind not in {"int", "float"}:
            raise Unsupported(f"arithmetic of {first.kind}")
        operation = _ARITHMETIC[type(tree)]
        return self._op(tree.key, first.kind, lambda a, b: values.add(operation, a, b), [first, second])

    def _negative(self, tree: exp.Neg) -> Node:
        found = self.node(tree.this)
        return self._op(
            "neg", found.kind, lambda x: Values(np.negative(x.data), x.known), [self._number(found)]
        )

    @staticmethod
    def _number(found: Node) -> Node:
        if found.kind not in {"int", "float"}:
            raise Unsupported(f"{found.kind} as a number")
        return found

    def _between(self, tree: exp.Between) -> Node:
        low = exp.GTE(this=tree.this.copy(), expression=tree.args["low"].copy())
        high = exp.LTE(this=tree.this.copy(), expression=tree.args["high"].copy())
        return self.node(exp.And(this=low, expression=high))

    def _whole_division(self, tree: exp.IntDiv) -> Node:
        """Engines divide towards 0, arrays downwards; ours never meet a negative number (`SHIFT_DAYS`)."""
        divisor = tree.expression
        if not (isinstance(divisor, exp.Literal) and divisor.is_int):
            raise Unsupported("division")
        by = self.node(divisor)
        first = self.node(tree.this)
        return self._op("//", "int", lambda a, b: values.add(np.floor_divide, a, b), [first, by])

    def _is(self, tree: exp.Is) -> Node:
        if isinstance(tree.expression, exp.Null):
            return self._op("is null", "bool", values.is_missing, [self.node(tree.this)])
        if isinstance(tree.expression, exp.Boolean):
            true = self._op("is true", "bool", lambda x: Values(np.asarray(x.data)), [self._true(tree.this)])
            if tree.expression.this:
                return true
        raise Unsupported("IS")

    def _in(self, tree: exp.In) -> Node:
        given = [part for part in tree.expressions if isinstance(part, exp.Literal)]
        if len(given) != len(tree.expressions) or not given:
            raise Unsupported("IN of something else than literals")
        text = self.node(tree.this)
        if (text.kind == "text") != given[0].is_string:
            raise Unsupported("IN of another kind")
        words = [self._graph.word(part.name) if part.is_string else int(part.name) for part in given]
        return self._op("in", "bool", lambda x: values.one_of(x, words), [text], tuple(words))

    def _case(self, tree: exp.Case) -> Node:
        if tree.this is not None:
            return self._case(_searched(tree))
        found = self._step(tree)
        if found is not None:
            return found
        branches = [cast(exp.If, branch) for branch in tree.args["ifs"]]
        given = [cast(exp.Expr, branch.args["true"]) for branch in branches]
        other = cast("exp.Expr | None", tree.args.get("default")) or exp.null()
        kind = self._common([self.node(value).kind for value in [*given, other] if not _is_null(value)])
        parts = [self._true(branch.this) for branch in branches]
        chosen = [self.node(value, kind) for value in [*given, other]]
        count = len(branches)
        if all(node.name in {"constant", "missing"} for node in chosen):
            chosen = [self._narrow(node) for node in chosen]

        def operation(*found: Values) -> Values:
            return values.choose(list(zip(found[:count], found[count:-1], strict=True)), found[-1])

        return self._op("case", kind, operation, [*parts, *chosen], (count,))

    def _step(self, tree: exp.Case) -> Node | None:
        """A CASE over ascending instants, as that of a zone is."""
        found = _step_of(tree)
        if found is None:
            return None
        instant, edges, numbers = found
        return self._op(
            "steps",
            "int",
            lambda x: values.steps(x, edges, numbers),
            [self.node(instant)],
            (edges.tobytes(), numbers.tobytes()),
        )

    def _coalesce(self, tree: exp.Coalesce) -> Node:
        given = [cast(exp.Expr, tree.this), *tree.expressions]
        kind = self._common([self.node(value).kind for value in given if not _is_null(value)])
        found = [self.node(value, kind) for value in given]
        return reduce(lambda a, b: self._op("coalesce", kind, values.coalesce, [a, b]), found)

    def _bound(self, tree: exp.Greatest | exp.Least) -> Node:
        given = [cast(exp.Expr, tree.this), *tree.expressions]
        kind = self._common([self.node(value).kind for value in given if not _is_null(value)])
        operation = _BOUNDS[type(tree)]
        found = [self.node(value, kind) for value in given]
        return reduce(
            lambda a, b: self._op(
                tree.key, kind, lambda x, y: values.bound_by(operation, x, y), [a, b], (tree.key,)
            ),
            found,
        )

    def _nullif(self, tree: exp.Nullif) -> Node:
        value, word = self._pair(tree)
        if value.kind == "text":
            self._compares_words(exp.EQ(), value, word)
        equal = self._op("eq", "bool", lambda a, b: values.compare(np.equal, a, b), [value, word], ("eq",))
        none = self._missing(value.kind)
        return self._op(
            "case", value.kind, lambda c, n, v: values.choose([(c, n)], v), [equal, none, value], (1,)
        )

    def _cast(self, tree: exp.Cast) -> Node:
        kind = _CASTS.get(tree.to.this.value if isinstance(tree.to.this, exp.DataType.Type) else "")
        if kind is None:
            raise Unsupported(f"CAST AS {tree.to}")
        if isinstance(tree.this, exp.Literal) and tree.this.is_string and kind == "float":
            return self._constant(float(tree.this.name), "float")
        found = self.node(tree.this, kind)
        if found.kind == kind:
            return found
        if (found.kind, kind) not in {("int", "float"), ("bool", "int")}:
            return self._pushed(tree)
        return self._op(kind, kind, lambda x: values.converted(x, kind), [found])

    def _pushed(self, tree: exp.Expr) -> Node:
        found = self._scope.pushed(tree)
        if found is None:
            raise Unsupported(tree.key)
        return found


def _searched(tree: exp.Case) -> exp.Case:
    """A CASE of a value as one of conditions."""
    found = tree.copy()
    value = found.args.pop("this")
    for branch in found.args["ifs"]:
        branch.set("this", exp.EQ(this=value.copy(), expression=branch.this))
    return found


def _is_null(tree: exp.Expr) -> bool:
    return isinstance(tree, exp.Null)


def _step_of(tree: exp.Case) -> tuple[exp.Expr, NDArray[np.int64], NDArray[np.int64]] | None:
    """The instant, the edges and the values of a step function; None of another CASE."""
    edges, numbers, instants = [], [], []
    for branch in tree.args["ifs"]:
        test, value = branch.this, branch.args["true"]
        edge, number = _whole(test.expression) if isinstance(test, exp.LT) else None, _whole(value)
        if edge is None or number is None:
            return None
        instants.append(test.this)
        edges.append(edge)
        numbers.append(number)
    last = _whole(tree.args.get("default"))
    if last is None or any(one != instants[0] for one in instants):
        return None
    if any(later <= earlier for earlier, later in zip(edges, edges[1:], strict=False)):
        return None
    return instants[0], np.array(edges, dtype=np.int64), np.array([*numbers, last], dtype=np.int64)


def _whole(tree: exp.Expr | None) -> int | None:
    """The whole number that a literal is; None of anything else."""
    if isinstance(tree, exp.Neg):
        found = _whole(tree.this)
        return None if found is None else -found
    return int(tree.name) if isinstance(tree, exp.Literal) and tree.is_int else None
