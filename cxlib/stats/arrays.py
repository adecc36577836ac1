"""What every function in this folder asks of its arrays: floats of one shape, a level, values that can be."""

from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cxlib.errors import CxError, UsageError

__all__ = ["Floats", "Integers", "as_floats", "one_tail", "refuse_where"]

Floats: TypeAlias = NDArray[np.float64]
Integers: TypeAlias = NDArray[np.int64]


def one_tail(level: float) -> float:
    """The probability left out on each side of a two-sided interval.

    Parameters
    ----------
    level : float
        Two-sided confidence, inside (0, 1).

    Raises
    ------
    UsageError
        If it is not.

    Examples
    --------
    >>> round(one_tail(0.95), 3)
    0.025
    """
    if not 0 < level < 1:
        raise UsageError(
            "level", found=repr(level), expected="a confidence inside (0, 1)", fix="write 0.95 for 95 %"
        )
    return (1 - level) / 2


def as_floats(*arrays: ArrayLike) -> tuple[Floats, ...]:
    """The arrays as float, broadcast to one shape.

    Examples
    --------
    >>> as_floats([1, 2], 3)
    (array([1., 2.]), array([3., 3.]))
    """
    return tuple(np.broadcast_arrays(*(np.asarray(array, dtype=np.float64) for array in arrays)))


def refuse_where(wrong: NDArray[np.bool_], values: Floats, *, name: str, expected: str, fix: str) -> None:
    """Refuse arrays with a value that cannot be: the first is named, the others are counted.

    Raises
    ------
    CxError
        If any of ``wrong`` is true.

    Examples
    --------
    >>> refuse_where(np.array([False]), np.array([1.0]), name="n", expected="0 or more", fix="count rows")
    """
    if wrong.any():
        raise CxError(
            name,
            found=f"{values[wrong].flat[0]:g}",
            expected=expected,
            fix=fix,
            more=int(wrong.sum()) - 1,
        )
