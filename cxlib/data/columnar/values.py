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
    "Values",
    "add",
    "all_of",
    "any_of",
    "both",
    "bound_by",
    "choose",
    "coalesce",
    "compare",
    "constant",
    "converted",
    "is_missing",
    "is_same",
    "missing",
    "narrowed",
    "one_of",
    "opposite",
    "picked",
    "steps",
    "whole_part",
]

Array = NDArray[Any]
Known = NDArray[np.bool_] | np.bool_ | None

_DTYPES: Final[dict[str, type[np.generic]]] = {
    "int": np.int64,
    "float": np.float64,
    "bool": np.bool_,
    "text": np.int16,
}
_FEW_EDGES: Final = 6
_SMALL: Final = 100


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


def constant(value: float, kind: str) -> Values:
    """One known value for all rows.

    Examples
    --------
    >>> constant(3, "int")
    Values(data=np.int64(3), known=None)
    """
    return Values(_DTYPES[kind](value))  # type: ignore[arg-type]


def missing(kind: str) -> Values:
    """NULL for all rows."""
    return Values(_DTYPES[kind](0), np.False_)  # type: ignore[arg-type]


def narrowed(value: Values) -> Values:
    """A whole constant that fits in one byte as such: columns made of it are read faster.

    Examples
    --------
    >>> narrowed(constant(1, "int")).data.dtype
    dtype('int8')
    """
    small = value.data.dtype == np.int64 and abs(int(value.data)) < _SMALL
    return Values(value.data.astype(np.int8), value.known) if small else value


def converted(value: Values, kind: str) -> Values:
    """The same values as another kind of number."""
    return Values(np.asarray(value.data).astype(_DTYPES[kind], copy=False), value.known)


def picked(true: Array | np.bool_, first: Array, second: Array | np.generic) -> Array:
    """The first value where something is true, else the second.

    Whole numbers are picked by arithmetic, which wraps around and back: `np.where` costs several times as
    much, for it waits at every second turn of a condition.

    Examples
    --------
    >>> picked(np.array([True, False]), np.array([1, 2]), np.int64(7))
    array([1, 7])
    """
    one, other = np.asarray(first), np.asarray(second)
    if one.dtype == np.bool_ and other.dtype == np.bool_:
        return np.asarray((true & one) | (~true & other))
    if one.dtype.kind != "i" or other.dtype.kind != "i":
        return np.where(true, one, other)
    return np.asarray(other + (one - other) * true)


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
    return Values(np.False_ if value.known is None else ~value.known)  # type: ignore[arg-type]


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


def choose(cases: Sequence[tuple[Values, Values]], otherwise: Values) -> Values:
    """CASE: the value of the first condition that is true.

    Examples
    --------
    >>> large = Values(np.array([False, True]))
    >>> choose([(large, constant(1, "int"))], missing("int"))
    Values(data=array([0, 1]), known=array([False,  True]))
    """
    if all(_is_constant(value) for value in (otherwise, *(value for _, value in cases))):
        return _chosen_constant(cases, otherwise)
    data, known = otherwise.data, otherwise.known
    rest = cases
    if known is np.False_ and np.asarray(cases[-1][1].data).dtype != np.bool_:
        # what is unknown may hold anything, so that the last value need not be masked
        condition, value = cases[-1]
        data, known, rest = value.data, both(condition.data, value.known), cases[:-1]
    for condition, value in reversed(rest):
        true = condition.data
        data = picked(true, value.data, data)
        known = _chosen(true, value.known, known)
    return Values(data, known)


def _is_constant(value: Values) -> bool:
    return np.ndim(value.data) == 0 and (value.known is None or np.ndim(value.known) == 0)


def _chosen_constant(cases: Sequence[tuple[Values, Values]], otherwise: Values) -> Values:
    """A choice among constants, as a sum over where each of them is chosen."""
    dtype = otherwise.data.dtype
    left: Array | np.bool_ = np.True_
    data: Array = np.zeros((), dtype=dtype)
    known: Array | np.bool_ = np.False_
    certain = all(value.known is None for value in (otherwise, *(value for _, value in cases)))
    for condition, value in cases:
        true = condition.data & left
        left = left & ~condition.data
        if value.data:
            data = data + true * value.data
        if value.known is None:
            known = known | true
    if otherwise.data:
        data = data + left * otherwise.data
    if otherwise.known is None:
        known = known | left
    return Values(data.astype(dtype, copy=False), None if certain else known)


def _chosen(true: Array, first: Known, second: Known) -> Known:
    """Where the choice between two columns is known."""
    if first is None:
        return None if second is None else true | second
    if second is None:
        return first | ~true
    return (true & first) | (~true & second)


def coalesce(first: Values, second: Values) -> Values:
    """The first value, where it is missing the second."""
    if first.known is None:
        return first
    is_constant = second.known is None and np.ndim(second.data) == 0
    if is_constant and not second.data and np.asarray(first.data).dtype == np.bool_:
        return Values(np.asarray(first.data))  # false where unknown already
    known = None if second.known is None else first.known | second.known
    return Values(picked(first.known, first.data, second.data), known)


def bound_by(operation: Callable[[Array, Array], Array], first: Values, second: Values) -> Values:
    """GREATEST and LEAST: a missing value is passed over.

    Examples
    --------
    >>> bound_by(np.maximum, Values(np.array([5, 5]), np.array([True, False])), constant(2, "int")).data
    array([5, 2])
    """
    found = operation(first.data, second.data)
    if first.known is None and second.known is None:
        return Values(found)
    one, other = (np.True_ if part.known is None else part.known for part in (first, second))
    if second.known is None:
        return Values(picked(one, found, second.data))
    if first.known is None:
        return Values(picked(other, found, first.data))
    either = picked(one, first.data, second.data)
    return Values(picked(one & other, found, either), one | other)


def steps(value: Values, edges: NDArray[np.int64], values: NDArray[np.int64]) -> Values:
    """``CASE WHEN x < e₀ THEN v₀ WHEN x < e₁ THEN v₁ … ELSE vₙ``, edges ascending.

    Examples
    --------
    >>> steps(Values(np.array([1, 7])), np.array([5]), np.array([10, 20])).data
    array([10, 20])
    """
    x, known = np.asarray(value.data), value.known
    if known is None and x.size:  # a batch is a short time, in which a clock changes once at most
        first, last = np.searchsorted(edges, [x.min(), x.max()], side="right")
    else:
        first, last = 0, len(edges)
    inside = edges[first:last]
    if len(inside) > _FEW_EDGES:
        found = values[np.searchsorted(edges, x, side="right")]
    elif len(inside):
        found = np.full(x.shape, values[first], dtype=np.int64)
        for i, edge in enumerate(inside):
            change = values[first + i + 1] - values[first + i]
            found += (x >= edge) * change
    else:
        found = values[first]
    return Values(found if known is None else picked(known, found, values[-1]))
