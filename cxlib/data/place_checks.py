"""The checks of a table that stays in its database: counted there, by the rules that files are read by."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from sqlglot import exp

from cxlib.data.categories import name_values
from cxlib.data.clock import day_to_date, from_microseconds
from cxlib.data.engine import Engine
from cxlib.data.locate import Site
from cxlib.data.located import Located
from cxlib.data.place_facts import facts_of
from cxlib.data.place_queries import counted, one_row
from cxlib.data.place_rules import Broken, Rule, far_columns, is_blank, rules_of
from cxlib.data.settings import Settings
from cxlib.result import Caveat
from cxlib.text import format_count, plural

__all__ = ["Checked", "check_rows", "examples_of"]

_MOST_SHOWN: Final = 5
_MOST_VALUES: Final = 10_000
_TEXTS: Final = ("id", "text", "link")


@dataclass(slots=True)
class Checked:
    """A table on its way through the checks.

    Parameters
    ----------
    site : Site
        What it is.
    located : Located
        How it is read; every check adds what it has found.
    rows_in : int
        Rows that the database has.
    broken : list of Broken
        What is put aside.
    duplicates : int
        Rows dropped because the same row, or a later version of it, is kept.
    notes : list of str
        Remarks about the whole table.
    caveats : list of Caveat
        What a reader of any result must know.
    ends : dict of str to (int, int) or None
        First and last value of columns of which they are known, bad rows included; None: there is none.
    """

    site: Site
    located: Located
    rows_in: int = 0
    broken: list[Broken] = field(default_factory=list)
    duplicates: int = 0
    notes: list[str] = field(default_factory=list)
    caveats: list[Caveat] = field(default_factory=list)
    ends: dict[str, tuple[int, int] | None] = field(default_factory=dict)

    @property
    def quarantined(self) -> int:
        """How many rows were put aside."""
        return sum(one.rows for one in self.broken)

    def put_aside(self, rule: Rule, rows: int, examples: list[str]) -> None:
        """Rows that break a rule."""
        self.broken.append(Broken(self.site.table.name, self.site.stored.name, rule, rows, examples))


def check_rows(engine: Engine, checked: Checked, settings: Settings) -> None:
    """Name the values of categories, and put aside the rows that break a rule by themselves.

    Parameters
    ----------
    engine : Engine
        Counts.
    checked : Checked
        Added to.
    settings : Settings
        `[values.TABLE]`, scales.
    """
    unknown = _name_categories(engine, checked, settings)
    site, located = checked.site, checked.located
    rules = rules_of(site, settings.surveys, unknown)
    facts = facts_of(engine, site, located, rules)
    checked.rows_in, checked.ends = facts.rows, dict(facts.ends)
    far, blank = far_columns(site), _blank_columns(site, located)
    conditions = {f"rule {i}": rule.broken for i, rule in enumerate(rules)}
    conditions |= {f"far {name}": is_far for name, is_far in far.items()}
    conditions |= {f"blank {name}": is_blank_there for name, is_blank_there in blank.items()}
    doubtful = {name: counted(one) for name, one in conditions.items() if not facts.excludes(one)}
    found = dict.fromkeys(conditions, 0) | _counts(engine, located, doubtful)
    columns = dict(located.columns)
    for name, is_far in far.items():
        if rows := found[f"far {name}"]:
            columns[name] = _missing_where(is_far, columns)
            checked.ends.pop(name, None)
            words = plural(rows, "far-future value")
            site.findings.note(f"column {site.columns[name].name}: {words} taken as missing")
    for name in blank:
        if found[f"blank {name}"]:
            columns[name] = _missing_where(is_blank(exp.column(name, quoted=True)), columns, name)
    some = [rule for i, rule in enumerate(rules) if found[f"rule {i}"]]
    checked.located = replace(located, columns=columns)
    _put_aside(engine, checked, some)
    checked.located = replace(checked.located, faults=tuple(rule.broken for rule in some))


def _counts(engine: Engine, located: Located, values: Mapping[str, exp.Expr]) -> dict[str, int]:
    """How many rows each condition holds for; without any, nothing is asked."""
    found = one_row(engine, located.read(), values) if values else {}
    return {name: int(found[name] or 0) for name in values}


def _blank_columns(site: Site, located: Located) -> dict[str, exp.Expr]:
    """Columns of text, and when a value is only white space; categories were looked at value by value."""
    found = {}
    for name in site.columns:
        declared = site.table.column(name)
        is_text = site.kind(name) == "text" and (declared is None or declared.type in _TEXTS)
        if is_text and name in located.columns:
            found[name] = is_blank(exp.column(name, quoted=True))
    return found


def _missing_where(condition: exp.Expr, columns: Mapping[str, exp.Expr], name: str | None = None) -> exp.Expr:
    """The value of a column, missing where a condition over it holds."""
    own = name or next(part.name for part in condition.find_all(exp.Column))
    stored = columns[own]
    tested = condition.copy().transform(
        lambda node: stored.copy() if isinstance(node, exp.Column) and node.name == own else node
    )
    return exp.Case().when(tested, exp.null()).else_(stored.copy())


def _name_categories(engine: Engine, checked: Checked, settings: Settings) -> set[str]:
    """Give the values of categories their names; tells which strict enumerations meet others."""
    site, mappings = checked.site, settings.values.get(checked.site.table.name, {})
    names = [
        name
        for name in checked.located.columns
        if name in site.columns and (_is_category(site, name) or name in mappings)
    ]
    columns, unknown = dict(checked.located.columns), set()
    for name, values in _distinct(engine, checked.located, names).items():
        declared = site.table.column(name)
        if len(values) > _MOST_VALUES:
            limit = format_count(_MOST_VALUES)
            site.findings.note(
                f"column {site.columns[name].name}: more than {limit} values, taken as they are"
            )
            unknown.add(name)
            continue
        mapping = {key.strip(): value for key, value in mappings.get(name, {}).items()}
        known = {value: rows for value, rows in values.items() if value.strip()}
        mapped = [mapping.get(value.strip(), value) for value in known]
        called = mapped
        if declared is not None and declared.type == "category":
            called = name_values(
                site.findings, declared, site.columns[name].name, mapped, list(known.values())
            )
            if declared.strict and not set(called) <= set(declared.values):
                unknown.add(name)
        columns[name] = _renamed(
            engine, columns[name], dict.fromkeys(values) | dict(zip(known, called, strict=True))
        )
    checked.located = replace(checked.located, columns=columns)
    return unknown


def _is_category(site: Site, name: str) -> bool:
    declared = site.table.column(name)
    return declared is not None and declared.type == "category" and site.kind(name) == "text"


def _distinct(engine: Engine, located: Located, names: list[str]) -> dict[str, dict[str, int]]:
    """The different values of some columns of text and how many rows have each; one statement."""
    parts = []
    for i, name in enumerate(names):
        value = located.columns[name]
        rows = (
            exp.select(
                exp.alias_(exp.Literal.number(i), "place", quoted=True),
                exp.alias_(value.copy(), "value", quoted=True),
                exp.alias_(exp.Count(this=exp.Star()), "rows", quoted=True),
            )
            .from_(located.stored.copy())
            .group_by(value.copy())
            .limit(_MOST_VALUES + 2)  # the missing value is one of them
        )
        parts.append(exp.select(exp.Star()).from_(rows.subquery(f"part{i}")))
    if not parts:
        return {}
    query = exp.union(*parts, distinct=False) if len(parts) > 1 else parts[0]
    found = engine.run(query, {}).to_pylist()
    told: dict[str, dict[str, int]] = {name: {} for name in names}
    for row in sorted((row for row in found if row["value"] is not None), key=lambda row: str(row["value"])):
        told[names[row["place"]]][row["value"]] = row["rows"]
    return told


def _renamed(engine: Engine, value: exp.Expr, names: Mapping[str, str | None]) -> exp.Expr:
    """A column with other names for some of its values; None: missing."""
    case = exp.Case()
    for theirs, ours in names.items():
        if theirs != ours:
            missing = exp.null() if ours is None else engine.text(exp.Literal.string(ours))
            case = case.when(exp.EQ(this=value.copy(), expression=exp.Literal.string(theirs)), missing)
    return case.else_(value.copy()) if case.args.get("ifs") else value


def _put_aside(engine: Engine, checked: Checked, rules: list[Rule]) -> None:
    """Count each bad row once, by the first rule that it breaks, and fetch some of the values."""
    if not rules:
        return
    first = exp.Case()
    for i, rule in enumerate(rules):
        first = first.when(exp.Paren(this=rule.broken.copy()), exp.Literal.number(i))
    given = exp.select(exp.Star(), exp.alias_(first, "fault", quoted=True)).from_(
        checked.located.read().subquery("given")
    )
    fault = exp.column("fault", quoted=True)
    query = (
        exp.select(fault, exp.alias_(exp.Count(this=exp.Star()), "rows", quoted=True))
        .from_(given.subquery("judged"))
        .where(exp.not_(exp.Is(this=fault.copy(), expression=exp.null())))
        .group_by(fault.copy())
    )
    counts = {int(row["fault"]): int(row["rows"]) for row in engine.run(query, {}).to_pylist()}
    for i in sorted(counts):
        mine = given.copy().subquery("judged")
        condition = exp.EQ(this=fault.copy(), expression=exp.Literal.number(i))
        shown = examples_of(
            engine, checked, exp.select(exp.Star()).from_(mine).where(condition), rules[i].name
        )
        checked.put_aside(rules[i], counts[i], shown)


def examples_of(engine: Engine, checked: Checked, rows: exp.Query, name: str) -> list[str]:
    """Some values of a column, the least first, as people write them."""
    declared = checked.site.table.column(name)
    if not name or name not in checked.located.columns:
        return [""]
    value = exp.column(name, quoted=True)
    query = (
        exp.select(exp.alias_(value, "value", quoted=True))
        .from_(rows.subquery("found"))
        .order_by(exp.Ordered(this=value.copy(), desc=False, nulls_first=False))
        .limit(_MOST_SHOWN)
    )
    found = engine.run(query, {}).column("value").to_pylist()
    return [_shown(one, declared.type if declared else "text") for one in found]


def _shown(value: object, type_: str) -> str:
    if value is None:
        return ""
    if type_ == "date" and isinstance(value, int):
        return day_to_date(value).isoformat()
    if type_ == "instant" and isinstance(value, int):
        return from_microseconds(value).isoformat()
    return str(value).removesuffix(".0") if isinstance(value, float) else str(value)
