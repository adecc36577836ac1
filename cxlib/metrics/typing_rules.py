"""What the nodes of a row expression mean: the type of each, and which types it takes.

Seven types: number, text, bool, instant, date, interval and null. The rules are stricter than any engine's,
because engines disagree about what `TRUE + 1` or `CASE WHEN score` mean.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, Literal

from sqlglot import exp

__all__ = ["TypeMismatchError", "ValueType", "type_of"]

ValueType = Literal["number", "text", "bool", "instant", "date", "interval", "null"]


class TypeMismatchError(Exception):  # carries facts to the caller, which words the error
    """A node meets a type that it does not take."""

    def __init__(self, node: exp.Expr, found: str, expected: str) -> None:
        super().__init__(found)
        self.node, self.found, self.expected = node, found, expected


_ARITHMETIC: Final[Mapping[tuple[type, ValueType, ValueType], ValueType]] = {
    (exp.Add, "number", "number"): "number",
    (exp.Add, "instant", "interval"): "instant",
    (exp.Add, "interval", "instant"): "instant",
    (exp.Add, "interval", "interval"): "interval",
    (exp.Sub, "number", "number"): "number",
    (exp.Sub, "instant", "instant"): "interval",
    (exp.Sub, "instant", "interval"): "instant",
    (exp.Sub, "interval", "interval"): "interval",
    (exp.Mul, "number", "number"): "number",
    (exp.Mul, "interval", "number"): "interval",
    (exp.Mul, "number", "interval"): "interval",
}
_LOGIC: Final = (exp.And, exp.Or, exp.Not)
_COMPARISONS: Final = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ, exp.NullSafeNEQ)
# Texts are equal on every engine, and ordered by each in its own way.
_ORDERED: Final = frozenset({"number", "instant", "date", "interval", "null"})

Columns = Mapping[str, ValueType]


def type_of(node: exp.Expr, columns: Columns) -> ValueType:
    """The type of an expression whose nodes are all on the allow-list.

    Parameters
    ----------
    node : sqlglot Expression
        Parsed expression.
    columns : mapping of str to type
        Every column that occurs.

    Raises
    ------
    TypeMismatchError
        Where a node meets a type that it does not take.
    """
    return _RULES[type(node)](node, columns)


def _expect(node: exp.Expr, columns: Columns, wanted: ValueType) -> ValueType:
    found = type_of(node, columns)
    if found not in {wanted, "null"}:
        raise TypeMismatchError(node, found, wanted)
    return wanted


def _common(nodes: Sequence[exp.Expr], columns: Columns) -> ValueType:
    wanted: ValueType = "null"
    for node in nodes:
        found = type_of(node, columns)
        if wanted == "null":
            wanted = found
        elif found not in {wanted, "null"}:
            raise TypeMismatchError(node, found, wanted)
    return wanted


def _column(node: exp.Expr, columns: Columns) -> ValueType:
    return columns[node.name]


def _literal(node: exp.Expr, _: Columns) -> ValueType:  # one signature for all rules
    return "text" if node.is_string else "number"


def _arithmetic(node: exp.Expr, columns: Columns) -> ValueType:
    left, right = type_of(node.this, columns), type_of(node.expression, columns)
    found = _ARITHMETIC.get((type(node), left, right))
    if found is None:
        raise TypeMismatchError(node, f"{left} {node.key} {right}", "numbers, or instants and intervals")
    return found


def _logic(node: exp.Expr, columns: Columns) -> ValueType:
    for part in node.iter_expressions():
        _expect(part, columns, "bool")
    return "bool"


def _comparison(node: exp.Expr, columns: Columns) -> ValueType:
    common = _common(list(node.iter_expressions()), columns)
    if common not in _ORDERED and isinstance(node, (exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between)):
        raise TypeMismatchError(node, common, "something that has an order")
    return "bool"


def _is_null(node: exp.Expr, columns: Columns) -> ValueType:
    if type(node.expression) is not exp.Null:
        raise TypeMismatchError(node.expression, "IS with a value", "IS NULL or IS NOT NULL")
    type_of(node.this, columns)
    return "bool"


def _case(node: exp.Expr, columns: Columns) -> ValueType:
    branches = node.args["ifs"]
    if node.this is None:
        for branch in branches:
            _expect(branch.this, columns, "bool")
    else:
        _common([node.this, *(branch.this for branch in branches)], columns)
    default = node.args.get("default")
    values = [branch.args["true"] for branch in branches]
    return _common(values if default is None else [*values, default], columns)


def _if(node: exp.Expr, columns: Columns) -> ValueType:
    _expect(node.this, columns, "bool")
    other = node.args.get("false")
    return _common([node.args["true"]] if other is None else [node.args["true"], other], columns)


def _same(node: exp.Expr, columns: Columns) -> ValueType:
    return _common(list(node.iter_expressions()), columns)


def _extreme(node: exp.Expr, columns: Columns) -> ValueType:
    common = _same(node, columns)
    if common not in _ORDERED:
        raise TypeMismatchError(node, common, "something that has an order")
    return common


def _sized(node: exp.Expr, columns: Columns) -> ValueType:
    found = type_of(node.this, columns)
    if found not in {"number", "interval", "null"}:
        raise TypeMismatchError(node.this, found, "number")
    return found


_Rule = Callable[[exp.Expr, Columns], ValueType]
_RULES: Final[Mapping[type, _Rule]] = {
    exp.Column: _column,
    exp.Literal: _literal,
    exp.Boolean: lambda *_: "bool",
    exp.Null: lambda *_: "null",
    exp.Interval: lambda *_: "interval",
    exp.Paren: lambda node, columns: type_of(node.this, columns),
    exp.Neg: _sized,
    exp.Abs: _sized,
    exp.Floor: lambda node, columns: _expect(node.this, columns, "number"),
    exp.Lower: lambda node, columns: _expect(node.this, columns, "text"),
    exp.Is: _is_null,
    exp.Case: _case,
    exp.If: _if,
    exp.In: _comparison,
    exp.Between: _comparison,
    **dict.fromkeys((exp.Add, exp.Sub, exp.Mul), _arithmetic),
    **dict.fromkeys(_LOGIC, _logic),
    **dict.fromkeys(_COMPARISONS, _comparison),
    exp.Coalesce: _same,
    **dict.fromkeys((exp.Greatest, exp.Least), _extreme),
}
