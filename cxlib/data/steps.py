"""Numbers, steps and local days as SQL: arithmetic that every engine does alike."""

from collections.abc import Sequence
from typing import Final

from sqlglot import exp

from cxlib.data.zones import DAY_US, zone_transitions

__all__ = ["SHIFT_DAYS", "column", "local_day", "number", "step_of", "whole_days"]

SHIFT_DAYS: Final = 719_528
"""Days from year 0 to 1970, so that integer division never meets a negative number."""


def column(name: str, table: str = "") -> exp.Expr:
    """A quoted column."""
    return exp.column(name, table=table or None, quoted=True)


def number(value: float) -> exp.Expr:
    """A number as SQL: whole ones as they are, others as DOUBLE."""
    if float(value).is_integer():
        return exp.Literal.number(int(value))
    return exp.cast(exp.Literal.string(repr(float(value))), "DOUBLE")


def step_of(instant: exp.Expr, edges: Sequence[int], values: Sequence[int]) -> exp.Expr:
    """A step function of an instant: ``values[0]`` before the first edge, ``values[i]`` from edge i on."""
    if not len(edges):
        return number(values[0])
    case = exp.Case()
    for edge, value in zip(edges, values, strict=False):
        case = case.when(exp.LT(this=instant.copy(), expression=number(int(edge))), number(int(value)))
    return case.else_(number(int(values[-1])))


def local_day(instant: exp.Expr, zone: str, first_us: int, last_us: int) -> exp.Expr:
    """The local day number of an instant: offset by a CASE over the zone's transitions, then whole days.

    Parameters
    ----------
    instant : sqlglot Expr
        Microseconds UTC.
    zone : str
        IANA name.
    first_us, last_us : int
        The range in which the instants lie.
    """
    instants, offsets = zone_transitions(zone, first_us, last_us)
    shift = step_of(instant, list(instants), list(offsets + SHIFT_DAYS * DAY_US))
    return whole_days(exp.Add(this=instant, expression=shift))


def whole_days(shifted: exp.Expr) -> exp.Expr:
    """The day number of microseconds to which `SHIFT_DAYS` have been added."""
    days = exp.IntDiv(this=exp.Paren(this=shifted), expression=number(DAY_US))
    return exp.Sub(this=exp.Paren(this=days), expression=number(SHIFT_DAYS))
