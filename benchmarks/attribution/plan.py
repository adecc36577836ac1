"""What is planted: families, places, sizes, shapes and ends."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from attribution.words import Vertical
from numpy.typing import NDArray

__all__ = ["FAMILIES", "LENGTHS", "RAMPS", "SIZES", "WINDOW", "Plan", "draw_plan", "shape_of", "shown"]

Floats = NDArray[np.float64]

FAMILIES: Final = (
    "audience_cut",
    "audience_added",
    "step",
    "ramp",
    "delayed",
    "same_day_train",
    "near_miss",
    "outage",
    "no_cause",
    "outside_cause",
)
WINDOW: Final = 61
SIZES: Final = (0.3, 1.0)  # uniform
RAMPS: Final = (4, 14)  # days to full height
LENGTHS: Final = (10, 45)  # days until it is mended, where it is
PULSE: Final = (1, 7)
_MENDED: Final = 0.5
_NEXT_DAY: Final = 0.3


@dataclass(frozen=True)
class Plan:
    """What happens to one company.

    Parameters
    ----------
    family : str
        One of `FAMILIES`.
    history, days : int
        Days before the window, and in all.
    released : int
        Day of the log entry; without one, the day on which it began.
    onset : int
        Day on which it begins to act.
    plan, region, reason : str or None
        Where.
    size : float
        0 to 1.
    ramp, length : int
        Days to full height (1: at once) and until it is mended (0: never).
    lag : int
        Days between an experience and being asked about it.
    audience : bool
        Who is asked changes, not the service.
    """

    family: str
    history: int
    days: int
    released: int
    onset: int
    plan: str | None
    region: str | None
    reason: str | None
    size: float
    ramp: int
    length: int
    lag: int
    audience: bool

    @property
    def acts(self) -> bool:
        """Whether anything happens."""
        return self.family != "no_cause"

    @property
    def is_logged(self) -> bool:
        """Whether the log holds the cause."""
        return self.family not in {"no_cause", "outside_cause"}

    @property
    def mechanism(self) -> str:
        """In the words of the contract."""
        if not self.is_logged:
            return "none" if self.family == "no_cause" else "exogenous"
        return "audience" if self.audience else "service"

    def holds(self, plan: str, region: str) -> bool:
        """Whether a cell is affected."""
        return self.plan in {None, plan} and self.region in {None, region}


def draw_plan(rng: np.random.Generator, family: str, vertical: Vertical) -> Plan:
    """Draw what is planted.

    Parameters
    ----------
    rng : Generator
        Decides.
    family : str
        One of `FAMILIES`.
    vertical : Vertical
        Names of places.
    """
    history = int(rng.integers(105, 171))
    released = history + int(rng.integers(3, WINDOW - 20))
    late = 0 if family == "outage" else int(rng.random() < _NEXT_DAY)
    audience = family in {"audience_cut", "audience_added"}
    plan, region = _place(rng, vertical)
    plans, lag = (
        list(vertical.plans),
        int(rng.integers(8, 13)) if family == "delayed" else int(rng.integers(4)),
    )
    found = Plan(
        family,
        history,
        history + WINDOW,
        released,
        released + late,
        plan,
        region,
        None if audience or family == "no_cause" else str(rng.choice(list(vertical.owners))),
        float(rng.uniform(*SIZES)),
        1,
        int(rng.integers(LENGTHS[0], LENGTHS[1] + 1)) if rng.random() < _MENDED else 0,
        lag,
        audience,
    )
    if family == "audience_cut":
        happy = plans[0] if rng.random() < 0.75 else plans[1]
        return replace(found, plan=happy, region=region if rng.random() < 0.3 else None)
    if family == "audience_added":
        return replace(found, plan=plans[-1], region=None)
    if family == "outage":
        return replace(found, length=int(rng.integers(*PULSE)))
    if family == "ramp" or (family == "outside_cause" and rng.random() < 0.5):
        return replace(found, ramp=int(rng.integers(RAMPS[0], RAMPS[1] + 1)))
    return found


def _place(rng: np.random.Generator, vertical: Vertical) -> tuple[str | None, str | None]:
    drawn = rng.random()
    if drawn < 0.45:
        return None, None
    if drawn < 0.7:
        return str(rng.choice(list(vertical.plans))), None
    return None, str(rng.choice(list(vertical.regions)))


def shape_of(onset: int, ramp: int, length: int, days: int) -> Floats:
    """Share of the full effect by day.

    Examples
    --------
    >>> shape_of(1, 2, 3, 6).tolist()
    [0.0, 0.5, 1.0, 1.0, 0.0, 0.0]
    """
    since = np.arange(days) - onset
    full = np.clip((since + 1) / ramp, 0.0, 1.0)
    return full if length == 0 else full * (since < length)


def shown(shape: Floats, lag: int) -> Floats:
    """The same as answers show it, when people are asked some days later."""
    found = np.zeros_like(shape)
    for after, share in zip((lag, lag + 1, lag + 2), (0.5, 0.35, 0.15), strict=True):
        found[after:] += share * shape[: len(shape) - after]
    return found
