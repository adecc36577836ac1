"""Row expressions: parsed, allowed node by node, typed, and turned into SQL without time types.

An expression is text in DuckDB's dialect over the columns of one table. Only listed node types may occur
(by exact type, on every node) and the types must fit, so that the same expression means the same on every
engine. A column that the table does not declare is a further column, which holds text: whether the data
have it is asked when they are measured. Instants are whole microseconds in SQL and intervals whole numbers
of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import SqlglotError

from cxlib.data.relations import further_name
from cxlib.errors import UnknownNameError, UsageError
from cxlib.metrics.typing_rules import TypeMismatchError, ValueType, type_of
from cxlib.text import join_words, quote

__all__ = ["ROWS_ALIAS", "Expression", "parse_expression", "unknown_column"]

ROWS_ALIAS: Final = "t"
"""What queries call the rows of the table that an expression is about."""

_MOST_NODES: Final = 300
_LONGEST: Final = 20_000  # characters; a parser must not be fed a book
_LARGEST: Final = 2**53  # beyond it engines disagree about a whole number, and its arithmetic overflows
_DUCKDB: Final = Dialect.get_or_raise("duckdb")
_UNITS: Final = {
    "SECOND": 1_000_000,
    "MINUTE": 60_000_000,
    "HOUR": 3_600_000_000,
    "DAY": 86_400_000_000,
    "WEEK": 604_800_000_000,
}
# exact types: a subclass of an allowed node is another node
_ALLOWED: Final = frozenset(
    {
        *(exp.Column, exp.Identifier, exp.Literal, exp.Boolean, exp.Null, exp.Paren),
        *(exp.Not, exp.And, exp.Or, exp.Is, exp.In, exp.Between),
        *(exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ, exp.NullSafeNEQ),
        *(exp.Add, exp.Sub, exp.Mul, exp.Neg, exp.Case, exp.If, exp.Coalesce, exp.Abs, exp.Floor),
        *(exp.Greatest, exp.Least, exp.Lower, exp.Interval, exp.Var),
    }
)


@dataclass(frozen=True, slots=True)
class Expression:
    """A checked row expression.

    Parameters
    ----------
    tree : sqlglot Expression
        The parsed text, as written.
    type : ValueType
        What it yields.
    columns : frozenset of str
        The columns that it reads, reserved names included.
    further : frozenset of str
        Those among them that the table does not declare.
    """

    tree: exp.Expr
    type: ValueType
    columns: frozenset[str]
    further: frozenset[str] = frozenset()

    @property
    def needed(self) -> frozenset[str]:
        """The columns that it cannot do without: COALESCE says what stands in for all but its last part."""
        nodes = self.tree.find_all(exp.Column)
        return frozenset(node.name for node in nodes if not _is_replaced(node))

    def sql_tree(self, constants: Mapping[str, int | float]) -> exp.Expr:
        """The expression for SQL: columns quoted, reserved names and intervals as microseconds.

        Columns are those of `ROWS_ALIAS`, so that a customer that is joined brings no second customer_id.

        Parameters
        ----------
        constants : mapping of str to number
            Values of the reserved names: `as_of`, `horizon`.
        """

        def render(node: exp.Expr) -> exp.Expr:
            if isinstance(node, exp.Column):
                if node.name in constants:
                    return exp.Literal.number(constants[node.name])
                name = further_name(node.name) if node.name in self.further else node.name
                return exp.column(name, table=ROWS_ALIAS, quoted=True)
            if isinstance(node, exp.Interval):
                return exp.Literal.number(_microseconds(node))
            if isinstance(node, exp.Mul):  # whole literals would overflow as integers
                node.set("this", exp.cast(node.this, "DOUBLE"))
            if isinstance(node, exp.Literal) and not node.is_string and not node.name.isdigit():
                return exp.cast(exp.Literal.string(node.name), "DOUBLE")  # a bare 0.5 is a DECIMAL
            return node

        return self.tree.copy().transform(render)


def parse_expression(
    text: str, columns: Mapping[str, ValueType], *, where: str, table: str, field: str
) -> Expression:
    """Read one row expression, or say what is wrong with it.

    Parameters
    ----------
    text : str
        The expression, DuckDB's dialect.
    columns : mapping of str to ValueType
        The columns of the table, prepared ones and reserved names included.
    where, table, field : str
        What the message calls the metric, the table and the field (`value`, `where`, `ended`).

    Returns
    -------
    Expression
        The same object for the same arguments: parsing costs milliseconds and is done once.

    Raises
    ------
    UsageError
        If the text is no single plain expression, or its types do not fit.
    UnknownNameError
        If a column that the table does not declare is used as something else than text.

    Examples
    --------
    >>> place = {"where": "metric 'x'", "table": "surveys", "field": "value"}
    >>> found = parse_expression("score >= 9 AND plan = 'pro'", {"score": "number"}, **place)
    >>> found.type, sorted(found.columns), sorted(found.further)
    ('bool', ['plan', 'score'], ['plan'])
    """
    return _parsed(text, tuple(columns.items()), where, table, field)


@lru_cache(maxsize=1024)
def _parsed(
    text: str, declared: tuple[tuple[str, ValueType], ...], where: str, table: str, field: str
) -> Expression:
    """The expression of a text; what it returns is shared, and nobody changes it."""
    columns = dict(declared)
    fix = f"correct its {field} expression"
    tree = _parse(text, where=where, fix=fix)
    nodes = list(tree.walk())
    if len(nodes) > _MOST_NODES:
        raise UsageError(where, found=f"{len(nodes)} parts", expected=f"at most {_MOST_NODES}", fix=fix)
    for node in nodes:
        _check_node(node, where=where, fix=fix)
    names = frozenset(node.name for node in nodes if isinstance(node, exp.Column))
    further = names - set(columns)
    try:
        found = type_of(tree, columns | dict.fromkeys(further, "text"))
    except TypeMismatchError as error:
        blamed = _column_beside(error.node, further)
        if blamed:
            raise unknown_column(where, blamed, columns, table=table, fix=fix) from None
        raise UsageError(
            where,
            found=f"{error.found} in {quote(error.node.sql('duckdb'))}",
            expected=error.expected,
            fix=fix,
        ) from None
    return Expression(tree, found, names, further)


def _is_replaced(node: exp.Expr) -> bool:
    """True inside of a COALESCE, in any part but the last."""
    while node.parent is not None:
        parent = node.parent
        if type(parent) is exp.Coalesce and node is not (parent.expressions or [parent.this])[-1]:
            return True
        node = parent
    return False


def unknown_column(
    where: str, name: str, columns: Mapping[str, ValueType], *, table: str, fix: str
) -> UnknownNameError:
    """The error for a name that the table does not declare, used as something else than text."""
    return UnknownNameError(
        where, name, columns, expected=f"a column of {table} (further columns hold text)", fix=fix
    )


def _column_beside(node: exp.Expr, further: frozenset[str]) -> str | None:
    """The further column that a mismatch is about: the node, a part of it, or its neighbour."""
    beside = node.parent.iter_expressions() if node.parent is not None else ()
    near = [node, *node.iter_expressions(), *beside]
    return next((part.name for part in near if isinstance(part, exp.Column) and part.name in further), None)


def _parse(text: str, *, where: str, fix: str) -> exp.Expr:
    expected = "one plain expression over columns"
    if not text.strip() or len(text) > _LONGEST:
        raise UsageError(
            where,
            found="no expression" if len(text) <= _LONGEST else "a very long one",
            expected=expected,
            fix=fix,
        )
    if any(mark == "\\" or (not mark.isprintable() and mark not in "\n\t") for mark in text):
        raise UsageError(where, found=quote(text), expected="no backslash or control character", fix=fix)
    try:
        # read as a condition, never as a statement: what begins like one is a fault and not a Command
        trees = _DUCKDB.parse_into(exp.Condition, text)
    except (SqlglotError, RecursionError, ValueError):
        raise UsageError(where, found=quote(text), expected=expected, fix=fix) from None
    if len(trees) != 1 or trees[0] is None:
        raise UsageError(where, found=quote(text), expected=expected, fix=fix)
    return trees[0]


def _check_node(node: exp.Expr, *, where: str, fix: str) -> None:
    fault = _fault_of(node)
    if fault:
        allowed = join_words(
            [
                "comparisons",
                "AND, OR, NOT",
                "IN",
                "BETWEEN",
                "IS NULL",
                "+ - *",
                "CASE",
                "COALESCE",
                "ABS",
                "FLOOR",
                "GREATEST",
                "LEAST",
                "LOWER",
                "INTERVAL",
            ],
            most=14,
        )
        raise UsageError(where, found=fault, expected=f"a plain expression ({allowed})", fix=fix)


def _fault_of(node: exp.Expr) -> str:
    """What is wrong with a node; empty where nothing is."""
    written = quote(node.sql("duckdb", comments=False))
    faults = {
        f"{type(node).__name__} {written}": type(node) not in _ALLOWED,
        "a comment": bool(node.comments),
        f"the qualified name {written}": isinstance(node, exp.Column)
        and (bool(node.table) or not isinstance(node.this, exp.Identifier)),
        f"the word {written}": isinstance(node, exp.Var) and not isinstance(node.parent, exp.Interval),
        "IN without a list of values": isinstance(node, exp.In)
        and any(node.args.get(name) for name in ("query", "unnest", "field")),
        f"{written} with more than FLOOR of a number": isinstance(node, exp.Floor)
        and any(node.args.get(name) for name in ("decimals", "to")),
        f"the number {written}": isinstance(node, exp.Literal) and not node.is_string and _too_long(node),
        f"the interval {written}": isinstance(node, exp.Interval) and _interval_fault(node),
    }
    return next((fault for fault, found in faults.items() if found), "")


def _too_long(node: exp.Literal) -> bool:
    return not abs(float(node.name)) <= _LARGEST


def _interval_fault(node: exp.Interval) -> bool:
    literal = isinstance(node.this, exp.Literal) and node.this.name.isdecimal() and len(node.this.name) < 7
    return not literal or node.args.get("unit") is None or _unit(node) not in _UNITS


def _unit(node: exp.Interval) -> str:
    return str(node.args["unit"].name).upper().removesuffix("S")


def _microseconds(node: exp.Interval) -> int:
    return int(node.this.name) * _UNITS[_unit(node)]
