"""The words that a declaration may choose from: kinds, directions, statistics, units of time."""

from collections.abc import Mapping
from typing import Final, Literal

from cxlib.metrics.typing_rules import ValueType

__all__ = [
    "DIRECTIONS_IN_WORDS",
    "UNITS_US",
    "VALUE_TYPES",
    "Direction",
    "Kind",
    "Per",
    "Statistic",
]

Kind = Literal["mean", "share", "net", "rate", "count", "duration", "target"]
Direction = Literal["up", "down", "band", "none"]
Statistic = Literal["median", "p90", "within_target", "restricted_mean"]
Per = Literal["", "week", "working_day"]

UNITS_US: Final = {
    "seconds": 1_000_000,
    "minutes": 60_000_000,
    "hours": 3_600_000_000,
    "days": 86_400_000_000,
}
"""Microseconds of the units that a duration may have."""

VALUE_TYPES: Final[Mapping[str, tuple[ValueType, ...]]] = {
    "mean": ("number",),
    "share": ("number", "bool"),
    "net": ("number",),
    "rate": ("number", "bool"),
    "count": ("number",),
    "duration": ("interval", "number"),
    "target": ("number",),
}
"""What the value of a row may be, by kind."""

DIRECTIONS_IN_WORDS: Final[Mapping[str, str]] = {
    "up": "higher is better",
    "down": "lower is better",
    "band": "a band is best",
    "none": "neither way is better",
}
