"""What a database tells of a stored column without reading it: how many values, the first and the last.

DuckDB answers counts and extremes of bare columns from what it noted when it stored them: all of a statement,
or none, so only what rules ask is asked. Most ask for extremes, or for values that must not be missing; that
good data keep these is proved without a look at a row.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlglot import exp

from cxlib.data.engine import Engine
from cxlib.data.locate import Site
from cxlib.data.located import Located
from cxlib.data.place_rules import Rule
from cxlib.data.schema import ColumnType
from cxlib.data.stored import Kind

__all__ = ["Facts", "facts_of"]

# Types that are read by a function that keeps the order: of the first one it yields the first value.
_ORDERED: Final[frozenset[tuple[ColumnType, Kind]]] = frozenset(
    {("instant", "zoned"), ("date", "day"), ("number", "whole"), ("integer", "whole")}
)
# Types of which a value is missing where what is stored is, and only there. A stored NaN is missing too, and
# so is an endless instant: of types that are in order, the extremes show whether there is one.
_SURE: Final[frozenset[Kind]] = frozenset({"text", "whole", "flag"})


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of the columns of a table, under their canonical names.

    Parameters
    ----------
    rows : int
        How many there are.
    filled : mapping of str to int
        How many values a column has; columns of which that is not known are left out.
    ends : mapping of str to (int, int) or None
        First and last value; None: the column has none; columns of which they are not known are left out.
    """

    rows: int
    filled: Mapping[str, int]
    ends: Mapping[str, tuple[int, int] | None]

    def excludes(self, condition: exp.Expr) -> bool:
        """Whether it is certain that a condition holds for no row; False: one has to look.

        Parameters
        ----------
        condition : sqlglot Expr
            Over the columns.

        Examples
        --------
        >>> from cxlib.data.templates import expression
        >>> facts = Facts(9, {"score": 9}, {"score": (0, 10)})
        >>> facts.excludes(expression("score < 0 OR score > 10")), facts.excludes(expression("score > 9"))
        (True, False)
        >>> facts.excludes(expression("score IS NULL")), facts.excludes(expression("comment IS NULL"))
        (True, False)
        """
        match condition:
            case exp.Paren():
                return self.excludes(condition.this)
            case exp.Or():
                return self.excludes(condition.left) and self.excludes(condition.right)
            case exp.And():
                return self.excludes(condition.left) or self.excludes(condition.right)
            case exp.Is():
                return self.filled.get(_tested(condition)) == self.rows
        return self._is_beyond(condition)

    def _is_beyond(self, condition: exp.Expr) -> bool:
        """Whether a comparison is with a whole number beyond all values of a column."""
        is_denied = isinstance(condition, exp.Not) and isinstance(condition.this, exp.LT)
        compared = condition.this if is_denied else condition
        if not isinstance(compared, exp.LT | exp.GT) or not isinstance(compared.this, exp.Column):
            return False
        limit, ends = compared.expression, self.ends.get(compared.this.name, ())
        if ends is None:
            return True
        if not ends or not isinstance(limit, exp.Literal) or not limit.is_int:
            return False
        if is_denied:
            return ends[1] < int(limit.name)
        return ends[0] >= int(limit.name) if isinstance(compared, exp.LT) else ends[1] <= int(limit.name)


def _tested(condition: exp.Expr) -> str:
    """The column of which a condition says that it is missing; else nothing."""
    is_plain = isinstance(condition, exp.Is) and isinstance(condition.this, exp.Column)
    return str(condition.this.name) if is_plain and isinstance(condition.expression, exp.Null) else ""


def facts_of(engine: Engine, site: Site, located: Located, rules: Sequence[Rule]) -> Facts:
    """What the database tells of a table, in one statement.

    Parameters
    ----------
    engine : Engine
        Counts.
    site : Site
        What the columns are.
    located : Located
        How they are read; of columns whose values are renamed or moved, nothing is asked.
    rules : sequence of Rule
        They say which columns must be filled.
    """
    plain = {
        name: value
        for name, value in located.columns.items()
        if name in site.columns and value.find(exp.Case) is None
    }
    types = {column.name: column.type for column in site.table.columns}
    ordered = [name for name in plain if name in types and (types[name], site.kind(name)) in _ORDERED]
    sure = {name for name in plain if site.kind(name) in _SURE} | set(ordered)
    filled = sorted({_tested(rule.broken) for rule in rules} & sure)
    values: dict[str, exp.Expr] = {"rows": exp.Count(this=exp.Star())}
    values |= {f"filled {name}": exp.Count(this=_stored(site, name)) for name in filled}
    for name in ordered:
        values[f"first {name}"] = _over(exp.Min, plain[name])
        values[f"last {name}"] = _over(exp.Max, plain[name])
        values[f"empty {name}"] = exp.Is(this=exp.Min(this=_stored(site, name)), expression=exp.null())
    parts = [exp.alias_(value, name, quoted=True) for name, value in values.items()]
    found = engine.run(exp.select(*parts).from_(located.stored.copy()), {}).to_pylist()[0]
    ends: dict[str, tuple[int, int] | None] = {}
    for name in ordered:
        first, last = found[f"first {name}"], found[f"last {name}"]
        if found[f"empty {name}"]:
            ends[name] = None
        elif first is not None and last is not None:
            ends[name] = (int(first), int(last))
    endless = set(ordered) - set(ends)
    counts = {name: int(found[f"filled {name}"]) for name in filled if name not in endless}
    return Facts(int(found["rows"]), counts, ends)


def _stored(site: Site, name: str) -> exp.Expr:
    return exp.column(site.columns[name].name, quoted=True)


def _over(aggregate: type[exp.Min | exp.Max], value: exp.Expr) -> exp.Expr:
    """How an extreme is read: as a value of the column is."""
    return value.copy().transform(
        lambda node: aggregate(this=node.copy()) if isinstance(node, exp.Column) else node
    )
