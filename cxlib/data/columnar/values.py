"""Columns with missing values, and the operations of SQL on them: three-valued logic, NULL in, NULL out.

A column is an array beside a second one that tells where it is known. Truth values are false where unknown,
so that a condition can be used as it is; texts are numbers of words.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "DTYPES",
    "Known",
    "Values",
    "add",
    "all_of",
    "any_of",
    "both",
    "compare",
    "constant",
    "converted",
    "is_missing",
    "is_same",
    "missing",
    "one_of",
    "opposite",
    "whole_part",
]

Array = NDArray[Any]
Known = NDArray[np.bool_] | np.bool_ | None

DTYPES: Final[dict[str, type[np.generic]]] = {
    "int": np.int64,
    "float": np.float64,
    "bool": np.bool_,
    "text": np.int16,
}
"""How the values of each kind are stored."""


@dataclass(frozen=True, slots=True)
class Values:
    """A column, or one value for all rows.

    Parameters
    ----------
    data : array
        Numbers, truth values (false where unknown) or numbers of words.
    known : array of bool or None
        None: everywhere.
    """

    data: Array
    known: Known = None

    def at(self, which: Array | slice) -> "Values":
        """Some of the rows of a column."""
        known = None if self.known is None else np.asarray(self.known)[which]
        return Values(np.asarray(self.data)[which], known)


def constant(value: float, kind: str) -> Values:
    """One known value for all rows.

    Examples
    --------
    >>> constant(3, "int")
    Values(data=np.int64(3), known=None)
    """
    return Values(np.asarray(value).astype(DTYPES[kind])[()])


def missing(kind: str) -> Values:
    """NULL for all rows."""
    return Values(constant(0, kind).data, np.False_)


def converted(value: Values, kind: str) -> Values:
    """The same values as another kind of number."""
    return Values(np.asarray(value.data).astype(DTYPES[kind], copy=False), value.known)


def both(first: Known, second: Known) -> Known:
    """Where both of two columns are known."""
    if first is None:
        return second
    return first if second is None else first & second


def add(operation: Callable[[Array, Array], Array], first: Values, second: Values) -> Values:
    """Arithmetic of two columns.

    Examples
    --------
    >>> add(np.subtract, constant(3, "int"), constant(1, "int")).data
    np.int64(2)
    """
    one, other = (_wide(part.data) for part in (first, second))
    return Values(operation(one, other), both(first.known, second.known))


def whole_part(value: Values, divisor: int) -> Values:
    """Whole numbers over a positive one, towards 0 as SQL divides them.

    Examples
    --------
    >>> whole_part(Values(np.array([7, -7])), 4).data
    array([ 1, -1])
    """
    x = _wide(np.asarray(value.data))
    found = x // divisor
    if x.size and x.min() < 0:  # arrays divide downwards
        found = found + ((x < 0) & (found * divisor != x))
    return Values(found, value.known)


def _wide(data: Array) -> Array:
    """Small whole numbers as large ones, so that no sum of them overflows."""
    return data.astype(np.int64) if data.dtype == np.int8 else data


def compare(operation: Callable[[Array, Array], Array], first: Values, second: Values) -> Values:
    """A comparison: unknown where either side is.

    Examples
    --------
    >>> compare(np.less, Values(np.array([1, 5]), np.array([True, False])), constant(9, "int"))
    Values(data=array([ True, False]), known=array([ True, False]))
    """
    known = both(first.known, second.known)
    found = operation(first.data, second.data)
    return Values(found if known is None else found & known, known)


def is_missing(value: Values) -> Values:
    """Whether a column is NULL: always known."""
    return Values(np.zeros((), dtype=np.bool_) if value.known is None else np.asarray(~value.known)[()])


def is_same(first: Values, second: Values) -> Values:
    """Equality in which NULL equals NULL."""
    equal = np.equal(first.data, second.data)
    one, other = (np.True_ if part.known is None else part.known for part in (first, second))
    return Values((equal & one & other) | (~one & ~other))


def one_of(value: Values, words: Sequence[int]) -> Values:
    """Whether a number is among some."""
    found = np.equal(value.data, words[0])
    for word in words[1:]:
        found = found | np.equal(value.data, word)
    return Values(found if value.known is None else found & value.known, value.known)


def opposite(value: Values) -> Values:
    """NOT: unknown stays unknown."""
    return Values(~value.data if value.known is None else value.known & ~value.data, value.known)


def all_of(first: Values, second: Values) -> Values:
    """AND: false where either side is false, whatever the other."""
    true = first.data & second.data
    one, other = first.known, second.known
    if one is None and other is None:
        return Values(true)
    if one is None:
        return Values(true, other | ~first.data)
    if other is None:
        return Values(true, one | ~second.data)
    return Values(true, (one & other) | (one & ~first.data) | (other & ~second.data))


def any_of(first: Values, second: Values) -> Values:
    """OR: true where either side is true, whatever the other."""
    true = first.data | second.data
    known = both(first.known, second.known)
    return Values(true, None if known is None else known | true)
