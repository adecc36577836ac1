"""What cells are: sums per local day and segment, and the combinations of segments that they are over."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["Cells", "Groups", "Histogram", "Readable"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Histogram:
    """Durations per local day, segment and bin, in any order; what repeats adds up.

    Parameters
    ----------
    day, group, bin : array of int64, shape (cells,)
        Local day, row of `Cells.groups`, and a number that ascends with the duration.
    ended : array of bool, shape (cells,)
        False: still running when last seen.
    n, total, low, high : array of numbers, shape (cells,)
        Rows, and in microseconds their sum, minimum and maximum.
    """

    day: NDArray[np.integer]
    group: NDArray[np.integer]
    bin: NDArray[np.integer]
    ended: NDArray[np.bool_]
    n: NDArray[np.number]
    total: Floats
    low: Floats
    high: Floats

    @property
    def count(self) -> int:
        """Number of cells."""
        return len(self.n)

    def read(self, first: int | None = None, end: int | None = None) -> "Histogram":
        """The cells of some days: from the first one until before the end."""
        if first is None or end is None:
            return self
        inside = (self.day >= first) & (self.day < end)
        return self if inside.all() else Histogram(*(getattr(self, name)[inside] for name in self.__slots__))


class Readable(Protocol):
    """A histogram, at hand or not."""

    @property
    def count(self) -> int:
        """Number of cells."""
        ...

    def read(self, first: int | None = None, end: int | None = None) -> Histogram:
        """The cells of some days; without any all."""
        ...


@dataclass(frozen=True, slots=True)
class Cells:
    """Sums per local day and segment of one row value.

    Parameters
    ----------
    day : array of int64, shape (cells,)
        Local days since 1970-01-01; every day of the table, also where no row counts.
    group : array of int64, shape (cells,)
        Row of `groups`.
    groups : tuple of tuples of str
        Every known combination of segments, sorted; one empty tuple without segments.
    n, total, squares : array of float, shape (cells,)
        Rows, Σx and Σx²; of a duration only the rows, its sums being those of the histogram.
    counted : mapping of str to array of float
        Rows counted beside the value, by reason.
    histogram : Readable or None
        Durations only: what its `read` gives.
    planned : array of float or None
        Σ of what the rows were planned to be worth.
    leaving : Cells or None
        Of rows that leave: the same sums by the local day at which they do.
    """

    day: Integers
    group: Integers
    groups: tuple[tuple[str, ...], ...]
    n: Floats
    total: Floats
    squares: Floats
    counted: Mapping[str, Floats]
    histogram: Readable | None
    planned: Floats | None = None
    leaving: "Cells | None" = None


@dataclass(frozen=True, slots=True)
class Groups:
    """The known combinations of a cut's segments, among those of a larger cross.

    Parameters
    ----------
    named : tuple of tuples of str
        Sorted.
    of_cross : array of int64
        Row of `named` for each combination of the cross, −1 where it does not occur.
    of_cut : array of int64
        The same for each combination of the cut's own labels.
    """

    named: tuple[tuple[str, ...], ...]
    of_cross: Integers
    of_cut: Integers

    @classmethod
    def of(cls, known: NDArray[np.bool_], labels: Sequence[Sequence[str]], places: Sequence[int]) -> "Groups":
        """The combinations that occur.

        Parameters
        ----------
        known : array of bool
            Which combinations of the cross occur; of its segments, in the order of `labels`, the last one is
            the fastest.
        labels : sequence of sequence of str
            Sorted labels of each segment of the cross.
        places : sequence of int
            The segments of the cut.

        Examples
        --------
        >>> groups = Groups.of(np.array([True, False, True, True]), [["a", "b"], ["x", "y"]], [1])
        >>> groups.named, groups.of_cross
        ((('x',), ('y',)), array([ 0, -1,  0,  1]))
        """
        cross = np.flatnonzero(known)
        sizes = [len(part) for part in labels]
        codes = np.unravel_index(cross, sizes) if sizes else ()
        own = np.zeros(len(cross), dtype=np.int64)
        for place in places:
            own = own * sizes[place] + codes[place]
        present, group = np.unique(own, return_inverse=True)
        of_cross = np.full(len(known), -1, dtype=np.int64)
        of_cross[cross] = group
        of_cut = np.full(int(np.prod([sizes[place] for place in places], dtype=np.int64)), -1, dtype=np.int64)
        of_cut[present] = np.arange(len(present))
        parts = np.unravel_index(present, [sizes[place] for place in places]) if places else ()
        names = [[labels[place][code] for code in part] for place, part in zip(places, parts, strict=True)]
        named = tuple(zip(*names, strict=True)) if places else ((),)
        return cls(named, of_cross, of_cut)
