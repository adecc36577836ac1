"""Stamps in order and before the data's end, in a database: counted there, and left out by the query."""

from dataclasses import replace
from typing import Final

from sqlglot import exp

from cxlib.data.engine import Engine
from cxlib.data.located import Located
from cxlib.data.period import expected_end
from cxlib.data.place_checks import Checked, examples_of
from cxlib.data.place_queries import counted, ends_of, one_row, read_ends, time_columns
from cxlib.data.place_rules import Rule
from cxlib.result import Caveat
from cxlib.text import plural

__all__ = ["check_order", "past_end"]

_SKEW_SHARE: Final = 0.01


def check_order(engine: Engine, checked: Checked) -> None:
    """Later stamps that lie before the earlier ones are missing; many of them are a caveat.

    The same statement tells the bounds of every instant and date.

    Parameters
    ----------
    engine : Engine
        Counts.
    checked : Checked
        Added to.
    """
    located, table = checked.located, checked.site.table
    pairs = [pair for pair in table.order if set(pair) <= set(located.columns)]
    times = time_columns(located)
    if not times:
        return
    known = {name: checked.ends[name] for name in times if name in checked.ends} if located.is_plain else {}
    asked = [name for name in times if name not in known]
    values = ends_of(asked)
    for i, (earlier, later) in enumerate(pairs):
        values[f"swapped {i}"] = counted(exp.LT(this=_column(later), expression=_column(earlier)))
    found = one_row(engine, located.good(), values) if values else {}
    swapped = []
    for i, (earlier, later) in enumerate(pairs):
        rows = int(found[f"swapped {i}"] or 0)
        if not rows:
            continue
        swapped.append((earlier, later))
        sentence = f"{plural(rows, later + ' value')} before {earlier} taken as missing"
        checked.notes.append(sentence)
        if rows > _SKEW_SHARE * _rows_with(engine, located, earlier, later):
            text = f"{table.name}: {sentence}: clock skew or swapped columns?"
            checked.caveats.append(Caveat("clock_skew", text))
    told = read_ends(found, asked) | {name: ends for name, ends in known.items() if ends is not None}
    bounds = {name: told[name] for name in times if name in told}
    checked.located = replace(located, swapped=tuple(swapped), bounds=bounds)


def _column(name: str) -> exp.Expr:
    return exp.column(name, quoted=True)


def _rows_with(engine: Engine, located: Located, earlier: str, later: str) -> int:
    """How many rows have both stamps."""
    lacks = exp.Is(this=exp.Add(this=_column(earlier), expression=_column(later)), expression=exp.null())
    return int(one_row(engine, located.good(), {"both": counted(exp.not_(lacks))})["both"] or 0)


def past_end(engine: Engine, checked: Checked, end: int, limit: int) -> None:
    """Put rows past the data's end aside.

    Parameters
    ----------
    engine : Engine
        Counts.
    checked : Checked
        Added to.
    end : int
        The last plausible local day.
    limit : int
        The first value of the basis past it: microseconds, or a day number.
    """
    basis = checked.located.basis
    rows = sum(rows for day, rows in checked.located.days.items() if day > end)
    if basis is None or not rows:
        return
    late = exp.GTE(this=basis, expression=exp.Literal.number(limit))
    name = checked.site.table.basis or ""
    expected, fix = expected_end(checked.site.table.name, end)
    stored = checked.site.columns.get(name)
    rule = Rule(stored.name if stored else name, name, late, expected, fix)
    given = exp.select(exp.Star()).from_(checked.located.good().subquery("given")).where(late.copy())
    checked.put_aside(rule, rows, [one[:10] for one in examples_of(engine, checked, given, name)])
    kept = {day: rows for day, rows in checked.located.days.items() if day <= end}
    checked.located = replace(checked.located, past=late, days=kept)
