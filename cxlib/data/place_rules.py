"""The rules of a declaration as SQL: which rows of a stored table break which, in the reader's order."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlglot import exp

from cxlib.data.categories import expected_values
from cxlib.data.instants import EARLIEST_US, FAR_US
from cxlib.data.locate import Site
from cxlib.data.schema import Column
from cxlib.data.steps import number
from cxlib.data.zones import DAY_US
from cxlib.errors import CxError, DataError
from cxlib.personal import mask_personal
from cxlib.text import quote

__all__ = ["Broken", "Rule", "far_columns", "is_blank", "rules_of"]

_BLANKS: Final = "".join(
    map(chr, [*range(9, 14), *range(28, 33), 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B)])
) + ("\u2028\u2029\u202f\u205f\u3000")
"""Characters that are white space in any script."""

_EMPTY: Final = "correct it, or leave the field empty"
_DAMAGED: Final = "^[0-9]([.,][0-9]+)?[eE][+][0-9]+$"
_TIMES: Final = ("instant", "date")


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that a row must not be.

    Parameters
    ----------
    column : str
        What the database calls the column.
    name : str
        What we call it; empty where the rule is of the whole row.
    broken : sqlglot Expr
        True where a row breaks the rule.
    expected, fix : str
        Words for the message.
    """

    column: str
    name: str
    broken: exp.Expr
    expected: str
    fix: str


@dataclass(frozen=True, slots=True)
class Broken:
    """Rows of a table that break one rule: how many, and some of the values.

    Parameters
    ----------
    table, stored : str
        Our name and the database's.
    rule : Rule
        What they break.
    rows : int
        How many.
    examples : sequence of str
        Values found, the least first.
    """

    table: str
    stored: str
    rule: Rule
    rows: int
    examples: Sequence[str]

    def records(self) -> list[tuple[str, str, int, str, str, str, str]]:
        """Lines of the quarantine, one an example: rows of a database have no line, so it is 0."""
        reason = f"expected {self.rule.expected}"
        found = [mask_personal(value)[:200] for value in self.examples]
        return [(self.table, self.stored, 0, self.rule.column, v, reason, self.rule.fix) for v in found]

    def error(self) -> CxError:
        """The same as an error, for data that are refused."""
        return DataError(
            self._where(),
            found=self._found(),
            expected=self.rule.expected,
            fix=self.rule.fix,
            more=self.rows - 1,
        )

    def sentence(self) -> str:
        """The same as a note."""
        more = f"(+{self.rows - 1} more; rows quarantined)" if self.rows > 1 else "(row quarantined)"
        expected = f"expected {self.rule.expected}. Fix: {self.rule.fix}."
        return f"{self._where()}: found {self._found()}, {expected} {more}"

    def _where(self) -> str:
        return f"{self.stored}, column {self.rule.column}"

    def _found(self) -> str:
        return quote(self.examples[0]) if self.examples and self.examples[0] else "nothing"


def rules_of(site: Site, scales: Mapping[str, Mapping[str, Any]], unknown: Collection[str]) -> list[Rule]:
    """Everything that a row of a table must not be, in the order in which the reader of files asks.

    Parameters
    ----------
    site : Site
        The table.
    scales : mapping
        `[surveys.KIND] scale`.
    unknown : collection of str
        Strict enumerations in which there is a value that they do not know.
    """
    rules: list[Rule] = []
    for name, stored in site.columns.items():
        declared = site.table.column(name)
        if declared is not None:
            found = _RULES.get(declared.type, _no_rules)(site, declared, unknown)
            rules += [Rule(stored.name, name, *rest) for rest in found]
    if site.table.name == "surveys" and {"score", "kind"} <= set(site.columns):
        rules += _scores(site, scales)
    for name in site.table.required:
        if name in site.columns:
            rules.append(
                Rule(
                    site.columns[name].name,
                    name,
                    _is_missing(site, name),
                    "a value",
                    "fill it in, or drop the row",
                )
            )
    if site.table.name == "surveys":
        times = [name for name in ("sent_at", "responded_at") if name in site.columns]
        lacking = exp.and_(*(_is_missing(site, name) for name in times)) if times else exp.true()
        rules.append(Rule("sent_at", "", lacking, "sent_at or responded_at", "export one of the two times"))
    return rules


_Parts = tuple[exp.Expr, str, str]


def _column(name: str) -> exp.Expr:
    return exp.column(name, quoted=True)


def _is_missing(site: Site, name: str) -> exp.Expr:
    missing: exp.Expr = exp.Is(this=_column(name), expression=exp.null())
    declared = site.table.column(name)
    if declared is not None and declared.type in {"id", "text", "link"} and site.kind(name) == "text":
        return exp.or_(missing, is_blank(_column(name)))
    return missing


def is_blank(text: exp.Expr) -> exp.Expr:
    """True of text of nothing but white space."""
    trimmed = exp.Trim(this=text, expression=exp.Literal.string(_BLANKS), position="BOTH")
    return exp.EQ(this=trimmed, expression=exp.Literal.string(""))


def _no_rules(site: Site, declared: Column, unknown: Collection[str]) -> Iterator[_Parts]:
    del site, declared, unknown
    yield from ()


def _ids(site: Site, declared: Column, unknown: Collection[str]) -> Iterator[_Parts]:
    del unknown
    if site.kind(declared.name) == "text":
        damaged = exp.RegexpLike(this=_column(declared.name), expression=exp.Literal.string(_DAMAGED))
        fix = "export it again without opening it in Excel"
        yield damaged, "the whole id (damaged by Excel)", fix


def _categories(site: Site, declared: Column, unknown: Collection[str]) -> Iterator[_Parts]:
    if declared.strict and declared.name in unknown:
        known = [exp.Literal.string(value) for value in declared.values]
        outside = exp.not_(_column(declared.name).isin(*known))
        yield outside, *expected_values(site.table.name, declared)


def _numbers(site: Site, declared: Column, unknown: Collection[str]) -> Iterator[_Parts]:
    del unknown
    value = _column(declared.name)
    if site.kind(declared.name) != "whole":
        infinite = exp.cast(exp.Literal.string("Infinity"), "DOUBLE")
        endless = exp.EQ(this=exp.Abs(this=value), expression=infinite)
        yield endless, "a number", _EMPTY
        if declared.type == "integer":
            yield _is_broken(value), "a whole number", "correct it"
    low, high = declared.lower, declared.upper
    outside: list[exp.Expr] = []
    if low is not None:
        outside.append(exp.LT(this=value.copy(), expression=number(low)))
    if high is not None:
        outside.append(exp.GT(this=value.copy(), expression=number(high)))
    if outside:
        words = f"{low:g}–{high:g}" if low is not None and high is not None else f"at least {low:g}"
        yield exp.or_(*outside), words, _EMPTY


def _is_broken(value: exp.Expr) -> exp.Expr:
    return exp.NEQ(this=value.copy(), expression=exp.Floor(this=value.copy()))


def _instants(site: Site, declared: Column, unknown: Collection[str]) -> Iterator[_Parts]:
    del site, unknown
    unit = DAY_US if declared.type == "date" else 1
    fix = "correct the date, or leave the field empty"
    yield _before(declared.name, EARLIEST_US // unit), "an instant after 1970", fix
    if declared.required and not declared.planned:
        yield exp.not_(_before(declared.name, FAR_US // unit)), "an instant before 2100", fix


def _before(name: str, limit: int) -> exp.Expr:
    return exp.LT(this=_column(name), expression=exp.Literal.number(limit))


def far_columns(site: Site) -> dict[str, exp.Expr]:
    """Optional instants and dates, and when each is so far ahead that "never" is meant."""
    return {
        declared.name: exp.not_(_before(declared.name, FAR_US // (DAY_US if declared.type == "date" else 1)))
        for declared in site.table.columns
        if declared.type in _TIMES
        and not (declared.required or declared.planned)
        and declared.name in site.columns
    }


def _scores(site: Site, scales: Mapping[str, Mapping[str, Any]]) -> list[Rule]:
    """Only numbers inside the range of the row's kind, whole ones for NPS and where the scale is binary."""
    kind = site.table.column("kind")
    rules = []
    for name in kind.values if kind else ():
        scale = str(scales.get(name, {}).get("scale", "0-10"))
        low, high = (0.0, 1.0) if scale == "binary" else tuple(float(part) for part in scale.split("-"))
        outside: list[exp.Expr] = [
            exp.LT(this=_column("score"), expression=number(low)),
            exp.GT(this=_column("score"), expression=number(high)),
        ]
        if scale == "binary" or name == "nps":
            outside.append(_is_broken(_column("score")))
        of_kind = exp.EQ(this=_column("kind"), expression=exp.Literal.string(name))
        wanted = "good, bad, 1 or 0" if scale == "binary" else scale.replace("-", "–")
        rules.append(
            Rule(
                site.columns["score"].name,
                "score",
                exp.and_(of_kind, exp.Paren(this=exp.or_(*outside))),
                f"{wanted} for kind {name!r}",
                f"correct it, or set the scale in [surveys.{name}]",
            )
        )
    return rules


_RULES: Final[Mapping[str, Callable[[Site, Column, Collection[str]], Iterator[_Parts]]]] = {
    "id": _ids,
    "category": _categories,
    "number": _numbers,
    "integer": _numbers,
    "instant": _instants,
    "date": _instants,
}
