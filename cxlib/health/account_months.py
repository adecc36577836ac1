"""What was known of each account at the beginning of each month, and when it left."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["AccountMonths"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class AccountMonths:
    """Snapshots of accounts, one row an account and month in which it is a customer.

    Parameters
    ----------
    accounts : tuple of str
        Ids, sorted.
    metrics : tuple of str
        Names, in the order of the columns of `x`.
    account : array of int64, shape (rows,)
        Place in `accounts`.
    day : array of int64, shape (rows,)
        Local day number (days since 1970-01-01) of the snapshot: rows from that day on are unknown.
    x : array of float, shape (rows, metrics)
        ref + reliability × (d − ref), 0-1: the reference where nothing is known.
    known : array of bool, shape (rows, metrics)
        Whether the metric had data.
    reliability : array of float, shape (rows, metrics)
        0-1.
    weights, reference : array of float, shape (metrics,)
        Expert weights, which sum to 1, and references.
    score : array of float, shape (rows,)
        0-100.
    signed_up : array of float, shape (accounts,)
        Local day number; NaN: unknown.
    churned : array of float, shape (accounts,)
        Local day number on which it left; NaN: it has not, up to `end`.
    end : int
        The first local day of which nothing is known: labels whose window reaches beyond it are open.
    value, d : array of float, shape (rows, metrics), or None
        The metrics in their own units, and on the scale of the score, 0-1; NaN: missing. None: not kept.
    """

    accounts: tuple[str, ...]
    metrics: tuple[str, ...]
    account: Integers
    day: Integers
    x: Floats
    known: NDArray[np.bool_]
    reliability: Floats
    weights: Floats
    reference: Floats
    score: Floats
    signed_up: Floats
    churned: Floats
    end: int
    value: Floats | None = None
    d: Floats | None = None

    def coverage(self, rows: Integers) -> Floats:
        """Share of the score that rests on data in some snapshots, 0-1."""
        known = np.where(self.known[rows], self.reliability[rows], 0.0)
        return np.asarray(known @ self.weights, dtype=np.float64)
