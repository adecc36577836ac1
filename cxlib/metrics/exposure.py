"""What declarations may name: columns of a table with their types, and what a rate divides by."""

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from functools import lru_cache
from typing import Final

from cxlib.data.derived import DERIVED, PARENTS, table_named
from cxlib.data.facts import PREPARED
from cxlib.data.schema import TABLES
from cxlib.errors import UnknownNameError, UsageError
from cxlib.metrics.expression import Expression, parse_expression, unknown_column
from cxlib.metrics.typing_rules import ValueType

__all__ = ["Exposure", "check_basis", "check_exposure", "check_type", "columns_of"]

_TYPES: Final[Mapping[str, ValueType]] = {
    "number": "number",
    "integer": "number",
    "flag": "bool",
    "instant": "instant",
    "date": "date",
}


def columns_of(table: str) -> dict[str, ValueType]:
    """The columns that an expression over a table may name, with their types; reserved names included.

    Examples
    --------
    >>> columns_of("surveys")["score"], columns_of("surveys")["superseded"], columns_of("surveys")["as_of"]
    ('number', 'bool', 'instant')
    """
    return dict(_columns_of(table))


@lru_cache(maxsize=64)
def _columns_of(table: str) -> Mapping[str, ValueType]:
    """The same for every call, so that nobody may change it."""
    declared = {column.name: _TYPES.get(column.type, "text") for column in table_named(table).columns}
    prepared: dict[str, ValueType] = {
        name: "text" if type_ == "category" else type_ for name, type_ in PREPARED.get(table, {}).items()
    }
    parent = _columns_of(PARENTS[table]) if table in PARENTS else {}
    return {**parent, **declared, **prepared, "as_of": "instant", "horizon": "interval"}


@dataclass(frozen=True, slots=True)
class Exposure:
    """What the numerator of a rate is divided by.

    Parameters
    ----------
    table : str
        Canonical table.
    value : str
        What each row is worth: ``"1"``, or a column such as ``"count"``.
    basis : str
        Instant or date that puts a row in a period.
    where : str
        Which rows count; empty: all.
    leaves : str
        Instant or date at which a row is no longer exposed: the exposure is in days then, a row's value for
        each local day from that of the basis to the one before it leaves.
    """

    table: str
    _: KW_ONLY
    value: str
    basis: str
    where: str = ""
    leaves: str = ""


def check_exposure(label: str, exposure: Exposure) -> None:
    """Refuse an exposure that names what its table does not have.

    Raises
    ------
    UsageError
        If an expression is no plain one or has the wrong type.
    UnknownNameError
        If a table or column is unknown.
    """
    if exposure.table not in {*TABLES, *DERIVED}:
        raise UnknownNameError(f"{label} table", exposure.table, {**TABLES, **DERIVED})
    columns = columns_of(exposure.table)
    for name, types in {"value": ("number",), "where": ("bool",)}.items():
        text = getattr(exposure, name)
        if text:
            found = parse_expression(text, columns, where=label, table=exposure.table, field=name)
            check_type(label, name, found, types, table=exposure.table)  # type: ignore[arg-type]  # literals of a dict display
    check_basis(label, exposure.table, exposure.basis)
    if exposure.leaves:
        check_basis(label, exposure.table, exposure.leaves, field="leaves")


def check_type(
    label: str, name: str, expression: Expression, types: tuple[ValueType, ...], *, table: str
) -> None:
    """Refuse an expression that yields something else than it must.

    Raises
    ------
    UsageError
        Naming the type that was found.
    UnknownNameError
        If the expression is a column that the table does not declare.
    """
    if expression.type in types:
        return
    fix = f"correct its {name} expression"
    if expression.tree.name in expression.further:
        raise unknown_column(label, expression.tree.name, columns_of(table), table=table, fix=fix)
    raise UsageError(f"{label}, {name}", found=f"a {expression.type}", expected=" or ".join(types), fix=fix)


def check_basis(label: str, table: str, basis: str, *, field: str = "basis") -> None:
    """Refuse a basis, or an instant at which rows leave, that is no instant or date of the table.

    Raises
    ------
    UnknownNameError
        With the near name.
    """
    known = {
        name: type_
        for name, type_ in columns_of(table).items()
        if type_ in {"instant", "date"} and name != "as_of"
    }
    if basis not in known:
        raise UnknownNameError(
            f"{label}, {field}", basis, known, expected=f"an instant or date column of {table}"
        )
