"""What the size of a shift may be before the data are seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

__all__ = ["Side", "Size", "size_priors"]

Side = Literal[-1, 0, 1]
"""Only falls, both, or only rises count."""


@dataclass(frozen=True, slots=True)
class Size:
    """A normal that the size of a shift may come from.

    Parameters
    ----------
    centre : float
        Its mean in the direction that counts, of either sign where both do; in units of the series.
    sd : float
        Its standard deviation.
    chance : float
        How likely it is, up to a factor.
    """

    centre: float
    sd: float
    chance: float = 1.0


def size_priors(sizes: Sequence[float | Size], side: Side) -> list[tuple[float, float, float]]:
    """Mean and standard deviation of each normal that the size may come from, and its log probability."""
    normals = [size if isinstance(size, Size) else Size(0.0, size) for size in sizes]
    signs = (-1, 1) if side == 0 and any(size.centre for size in normals) else (side or 1,)
    total = sum(size.chance for size in normals) * len(signs)
    return [
        (sign * size.centre, size.sd, float(np.log(size.chance / total)))
        for sign in signs
        for size in normals
    ]
