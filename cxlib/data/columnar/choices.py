"""Choices between columns: CASE, COALESCE, GREATEST and LEAST, and step functions of instants."""

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cxlib.data.columnar.values import Known, Values, both

__all__ = ["bound_by", "choose", "coalesce", "narrowed", "picked", "steps"]

Array = NDArray[Any]

_FEW_EDGES: Final = 6
_SMALL: Final = 100


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


def narrowed(value: Values) -> Values:
    """A whole constant that fits in one byte as such: columns made of it are read faster.

    Examples
    --------
    >>> from cxlib.data.columnar.values import constant
    >>> narrowed(constant(1, "int")).data.dtype
    dtype('int8')
    """
    small = value.data.dtype == np.int64 and abs(int(value.data)) < _SMALL
    return Values(value.data.astype(np.int8), value.known) if small else value


def choose(cases: Sequence[tuple[Values, Values]], otherwise: Values) -> Values:
    """CASE: the value of the first condition that is true.

    Examples
    --------
    >>> from cxlib.data.columnar.values import constant, missing
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
    >>> from cxlib.data.columnar.values import constant
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
