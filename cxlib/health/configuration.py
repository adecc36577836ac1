"""What a health score is made of, as ``[health]`` says it: metrics with weights, shapes and references."""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Literal, cast

import numpy as np
from numpy.typing import NDArray

from cxlib.errors import ConfigError, UnknownNameError
from cxlib.metrics.catalogue import catalogue
from cxlib.stats import desirability
from cxlib.stats.desirability import Shape
from cxlib.stats.scorecard import Missing

if TYPE_CHECKING:
    from cxlib.data.settings import Settings

__all__ = ["HealthConfiguration", "HealthMetric", "Unit", "configured"]

Unit = Literal["account_id", "customer_id"]

_WINDOW: Final = 90  # days
_BANDS: Final = {"champion": 80.0, "healthy": 60.0, "needs_attention": 40.0}
_USUAL: Final[Mapping[str, Mapping[str, Any]]] = {
    "nps": {"weight": 25, "window_days": 365, "half_life_days": 365, "shape": {"up": [-100, 100]}},
    "csat": {"weight": 25, "window_days": 365, "half_life_days": 365, "shape": {"up": [0, 100]}},
    "ces": {"weight": 10, "window_days": 365, "half_life_days": 365, "shape": {"up": [1, 7]}},
    "first_response_time": {"weight": 10, "window_days": 180, "shape": {"down": [30, 1440], "log": True}},
    "contact_rate": {"weight": 15, "window_days": 90, "shape": {"band": [0, 20, 60, 200], "lo_floor": 0.3}},
}
"""Where ``[health.metrics]`` is empty: those of them that the data allow."""


@dataclass(frozen=True, slots=True)
class HealthMetric:
    """One metric of a score.

    Parameters
    ----------
    name : str
        Of the catalogue, or an own one.
    window_days : int
        How far back rows count.
    weight : float
        Positive; weights of the metrics in use are normalised.
    shape : Shape
        From the metric's unit to 0-1.
    half_life_days : float
        Days after which a value is half believed; inf: never.
    k : float
        Rows of which half is believed; 0: any number is.
    ref, sd : float or None
        Mean and spread of the shaped values when they were frozen, 0-1; None: not frozen.
    """

    name: str
    window_days: int
    weight: float
    shape: Shape
    half_life_days: float = math.inf
    k: float = 0.0
    ref: float | None = None
    sd: float | None = None


@dataclass(frozen=True, eq=False)
class HealthConfiguration:
    """The definition of a score.

    Parameters
    ----------
    metrics : tuple of HealthMetric
        In the order of the file.
    bands : mapping of str to float
        Lower bound of champion, healthy and needs_attention; danger lies below.
    missing : {"reference", "reweight"}
        Whether a missing metric adds nothing or leaves its weight to the others.
    coverage_min : float
        Share below which a band is not given, 0-1.
    unit : {"account_id", "customer_id"} or None
        What is scored; None: accounts where the data have them.
    version : str
        A label.
    frozen_at : str
        Day of the references; empty: not frozen.
    is_usual : bool
        Nothing was configured: metrics and weights are the usual ones.
    """

    metrics: tuple[HealthMetric, ...]
    bands: Mapping[str, float]
    missing: Missing = "reference"
    coverage_min: float = 0.5
    unit: Unit | None = None
    version: str = ""
    frozen_at: str = ""
    is_usual: bool = False

    @property
    def hash(self) -> str:
        """SHA-256 of all that decides a score; the label does not."""
        told = [[asdict(one) for one in self.metrics], self.bands, self.missing, self.coverage_min, self.unit]
        return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()

    @property
    def weights(self) -> NDArray[np.float64]:
        """Weights of the metrics, which sum to 1."""
        given = np.array([metric.weight for metric in self.metrics], dtype=np.float64)
        return np.asarray(given / given.sum(), dtype=np.float64)

    @property
    def is_frozen(self) -> bool:
        """Whether every metric has a reference of its own."""
        return all(metric.ref is not None for metric in self.metrics)

    def only(self, names: Sequence[str]) -> "HealthConfiguration":
        """The same score of some of its metrics, whose weights then sum to 1."""
        return replace(self, metrics=tuple(metric for metric in self.metrics if metric.name in names))

    def with_references(self, ref: Mapping[str, float], sd: Mapping[str, float]) -> "HealthConfiguration":
        """The same score with references where it has none and they are given."""
        kept = (
            replace(one, ref=ref[one.name], sd=sd[one.name]) if one.ref is None and one.name in ref else one
            for one in self.metrics
        )
        return replace(self, metrics=tuple(kept))

    def with_weights(self, weights: Mapping[str, float]) -> "HealthConfiguration":
        """The same score with other weights."""
        return replace(self, metrics=tuple(replace(one, weight=weights[one.name]) for one in self.metrics))


def configured(settings: "Settings") -> HealthConfiguration:
    """The score that ``[health]`` defines; without metrics there, the usual one.

    Parameters
    ----------
    settings : Settings
        What cxlib.toml says.

    Raises
    ------
    ConfigError
        If a weight is not positive, bands are out of order, or a reference lacks its spread.
    UsageError
        If a shape cannot be: the message names its key.
    UnknownNameError
        If a metric is unknown.
    """
    said = settings.raw.get("health", {})
    given = said.get("metrics", {})
    known = catalogue(settings)
    for name in given:
        if name not in known:
            raise UnknownNameError(
                f"cxlib.toml, health.metrics.{name}", name, known, expected="a metric of the catalogue"
            )
    return HealthConfiguration(
        metrics=tuple(_metric(name, one) for name, one in (given or _USUAL).items()),
        bands=_bands(said.get("bands", {})),
        missing=cast("Missing", said.get("missing", "reference")),
        coverage_min=float(said.get("coverage_min", 0.5)),
        unit=said.get("unit"),
        version=said.get("version", ""),
        frozen_at=str(said.get("frozen_at", "")),
        is_usual=not given,
    )


def _metric(name: str, said: Mapping[str, Any]) -> HealthMetric:
    where = f"cxlib.toml, health.metrics.{name}"
    weight = float(said.get("weight", 0))
    if weight <= 0:
        raise ConfigError(
            f"{where}.weight",
            found=f"{weight:g}" if "weight" in said else "none",
            expected="a number above 0",
            fix="give a positive weight, or drop the section",
        )
    window, half_life = said.get("window_days", _WINDOW), said.get("half_life_days", math.inf)
    for key, value in {"window_days": window, "half_life_days": half_life}.items():
        if value < (1 if key == "window_days" else 1e-9):
            raise ConfigError(
                f"{where}.{key}", found=f"{value:g}", expected="a positive number of days", fix="correct it"
            )
    ref, sd = said.get("ref"), said.get("sd")
    if (ref is None) != (sd is None) or not 0 <= (ref or 0) <= 1:
        raise ConfigError(
            where,
            found=f"ref {ref}, sd {sd}".replace("None", "missing"),
            expected="both, ref from 0 to 1",
            fix="run cxlib health list --freeze, or drop both",
        )
    return HealthMetric(
        name, int(window), weight, _shape(f"{where}.shape", said.get("shape", {})), half_life,
        float(said.get("k", 0)), ref, sd,
    )  # fmt: skip


def _shape(where: str, said: Mapping[str, Any]) -> Shape:
    """The one shape that is given, with what belongs to it."""
    kinds = [kind for kind in ("up", "down", "band", "table") if kind in said]
    allowed = {"down": {"log"}, "band": {"lo_floor", "hi_floor"}}.get(kinds[0] if kinds else "", set())
    strange = sorted(set(said) - {*kinds, *allowed})
    if len(kinds) != 1 or strange:
        raise ConfigError(
            where,
            found=", ".join([*kinds, *strange]) or "nothing",
            expected="one of up, down (with log), band (with lo_floor, hi_floor) and table",
            fix="give one, such as shape = { up = [0, 100] }",
        )
    kind = kinds[0]
    numbers, inside = said[kind], f"{where}.{kind}"
    if kind in {"up", "down"} and len(numbers) != 2:
        raise ConfigError(inside, found=f"{len(numbers)} numbers", expected="two", fix="write [lower, upper]")
    if kind == "up":
        return desirability.up(*numbers, where=inside)
    if kind == "down":
        return desirability.down(*numbers, log=bool(said.get("log", False)), where=inside)
    if kind == "table":
        return desirability.points(numbers, where=inside)
    floors = {name: float(said[name]) for name in ("lo_floor", "hi_floor") if name in said}
    return desirability.band(numbers, where=inside, **floors)


def _bands(said: Mapping[str, float]) -> dict[str, float]:
    found = _BANDS | {name: float(bound) for name, bound in said.items()}
    bounds = [found[name] for name in _BANDS]
    if not 100 > bounds[0] > bounds[1] > bounds[2] > 0:
        raise ConfigError(
            "cxlib.toml, health.bands",
            found=", ".join(f"{name} {found[name]:g}" for name in _BANDS),
            expected="100 > champion > healthy > needs_attention > 0",
            fix="correct the bounds",
        )
    return found
