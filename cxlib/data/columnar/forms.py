"""What an expression looks like: a CASE of a value, a step function of an instant, a whole number."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from sqlglot import exp

__all__ = ["is_null", "searched", "step_of", "whole"]


def searched(tree: exp.Case) -> exp.Case:
    """``CASE x WHEN v THEN …`` as ``CASE WHEN x = v THEN …``."""
    found = tree.copy()
    value = found.args.pop("this")
    for branch in found.args["ifs"]:
        branch.set("this", exp.EQ(this=value.copy(), expression=branch.this))
    return found


def is_null(tree: exp.Expr) -> bool:
    """True of NULL itself."""
    return isinstance(tree, exp.Null)


def step_of(tree: exp.Case) -> tuple[exp.Expr, NDArray[np.int64], NDArray[np.int64]] | None:
    """The instant, the edges and the values of a step function; None of another CASE."""
    edges, numbers, instants = [], [], []
    for branch in tree.args["ifs"]:
        test, value = branch.this, branch.args["true"]
        edge, number = whole(test.expression) if isinstance(test, exp.LT) else None, whole(value)
        if edge is None or number is None:
            return None
        instants.append(test.this)
        edges.append(edge)
        numbers.append(number)
    last = whole(tree.args.get("default"))
    if last is None or any(one != instants[0] for one in instants):
        return None
    if any(later <= earlier for earlier, later in pairwise(edges)):
        return None
    return instants[0], np.array(edges, dtype=np.int64), np.array([*numbers, last], dtype=np.int64)


def whole(tree: exp.Expr | None) -> int | None:
    """The whole number that a literal is; None of anything else."""
    if isinstance(tree, exp.Neg):
        found = whole(tree.this)
        return None if found is None else -found
    return int(tree.name) if isinstance(tree, exp.Literal) and tree.is_int else None
