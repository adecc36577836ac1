"""Health of accounts from the metrics of the catalogue: additive, bounded, and sure only of what is known."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlib.errors import MissingColumnError
from cxlib.health.configuration import HealthConfiguration, configured
from cxlib.health.inputs import Inputs, inputs_at, today
from cxlib.health.overrides import active_overrides
from cxlib.health.scores import BANDS, INSUFFICIENT, HealthScores
from cxlib.health.sentences import describe, score_caveats
from cxlib.health.units import Units, unit_of, units_at
from cxlib.metrics.availability import why_not
from cxlib.metrics.catalogue import chosen_metrics
from cxlib.result import Caveat
from cxlib.stats.desirability import reach
from cxlib.stats.scorecard import MOST_SE, Scored, reliability, scored, sum_of_points
from cxlib.text import join_words

if TYPE_CHECKING:
    from cxlib.data.dataset import Dataset
    from cxlib.health.configuration import Unit

__all__ = ["Measured", "bands_of", "measured", "measured_of", "score_health", "usable"]

Floats = NDArray[np.float64]
_NEW_DAYS: Final = 30


@dataclass(frozen=True, eq=False)
class Measured:
    """Metrics of accounts on the scale of a score, of shape (units, metrics).

    Parameters
    ----------
    configuration : HealthConfiguration
        With a reference for each metric.
    units : Units
        Whose.
    inputs : Inputs
        Values.
    d, r : array of float
        How good a value is (0-1; NaN: missing), and how much it is believed.
    below, above : array of float
        How far down and up d may lie at 95 % by sampling.
    scored : Scored
        The scores.
    """

    configuration: HealthConfiguration
    units: Units
    inputs: Inputs
    d: Floats
    r: Floats
    below: Floats
    above: Floats
    scored: Scored


def score_health(data: "Dataset", *, configuration: HealthConfiguration | None = None) -> HealthScores:
    """Score every account, or customer, that is there at `as_of`.

    S = base + Σ contribution, with contribution = 100 w r (d − ref): w the weight, r how much is known
    (2^(−age/half-life) n/(n + k)), d how good the value is on a scale from 0 to 1, ref what that is for the
    average account. What is missing contributes 0 and lowers the coverage.

    Parameters
    ----------
    data : Dataset
        What `cx.load` returned; metrics are measured over windows that end at its `as_of`.
    configuration : HealthConfiguration or None
        Another score than that of ``[health]`` in cxlib.toml.

    Returns
    -------
    HealthScores
        Scores, bands and contributions.

    Raises
    ------
    MissingColumnError
        If the data have no accounts and no customers, or allow no metric of the score.
    ConfigError
        If ``[health]`` cannot be.

    Examples
    --------
    Two answers each of A and B; whoever has not answered is taken for average, and said to be little known.

    >>> import cxlib as cx
    >>> accounts = pd.DataFrame({"account_id": ["A", "B", "C"]})
    >>> answers = pd.DataFrame({"survey_id": ["1", "2", "3", "4"], "kind": ["nps", "csat"] * 2})
    >>> answers["score"], answers["account_id"] = [10, 5, 2, 4], ["A", "A", "B", "B"]
    >>> answers["sent_at"] = answers["responded_at"] = "2020-02-01T09:00Z"
    >>> scores = cx.score_health(cx.load({"accounts": accounts, "surveys": answers}, as_of="2020-02-02"))
    >>> scores.table[["account_id", "score", "coverage", "band_model"]].round(1)
      account_id  score  coverage         band_model
    0          A   95.8      83.2           champion
    1          B   54.2      83.2    needs_attention
    2          C   75.0       0.0  insufficient_data
    """
    given = configured(data.settings) if configuration is None else configuration
    unit = unit_of(data, given)
    used, dropped = usable(data, given, unit)
    found = measured(data, used, units_at(data, unit))
    table = _table(data, found)
    contributions = _contributions(found)
    return HealthScores(
        table=table,
        contributions=contributions,
        base=sum_of_points(found.configuration.weights, _references(found.configuration)),
        unit=unit,
        configuration=found.configuration,
        as_of=data.as_of,
        text=describe(table, unit),
        caveats=(*dropped, *score_caveats(data, given, used, found.inputs.ended)),
    )


def usable(
    data: "Dataset", configuration: HealthConfiguration, unit: "Unit"
) -> tuple[HealthConfiguration, tuple[Caveat, ...]]:
    """The score with those of its metrics that the data allow by unit, and what is left out.

    Raises
    ------
    MissingColumnError
        If nothing is left.
    """
    kept, left = [], []
    for metric in chosen_metrics(data.settings, [one.name for one in configuration.metrics]):
        tables = [metric.table] + ([metric.exposure.table] if metric.exposure is not None else [])
        lacking = [table for table in tables if unit not in data.units(table)]
        fault = why_not(data, metric)
        if fault is not None:
            left.append(f"{metric.name} is not part of the score: {fault.found}.")
        elif lacking:
            left.append(f"{metric.name} is not part of the score: {join_words(lacking)} has no {unit}.")
        else:
            kept.append(metric.name)
    if not kept:
        raise MissingColumnError(
            "health",
            found=" ".join(left),
            expected=f"a metric of the score that the data allow by {unit}",
            fix="add the columns, or name other metrics in [health.metrics]",
        )
    named = [] if configuration.is_usual else left
    return configuration.only(kept), tuple(Caveat("metric_dropped", text) for text in named)


def measured(data: "Dataset", configuration: HealthConfiguration, units: Units) -> Measured:
    """Measure what a score is made of, and score.

    Parameters
    ----------
    data : Dataset
        Seen at its `as_of`.
    configuration : HealthConfiguration
        Metrics that the data allow; those without a reference take the average of the units.
    units : Units
        Whose.
    """
    return measured_of(configuration, units, inputs_at(data, configuration, units))


def measured_of(configuration: HealthConfiguration, units: Units, inputs: Inputs) -> Measured:
    """The same from values that are at hand.

    Parameters
    ----------
    configuration : HealthConfiguration
        Metrics that the data allow; those without a reference take the average of the units.
    units : Units
        Whose.
    inputs : Inputs
        Values of its metrics, of these units.
    """
    shapes = [one.shape for one in configuration.metrics]
    d = np.stack([shape(inputs.value[:, i]) for i, shape in enumerate(shapes)], axis=1)
    reaches = [
        reach(one, *(part[:, i] for part in (inputs.value, inputs.lower, inputs.upper)))
        for i, one in enumerate(shapes)
    ]
    below, above = (np.stack(parts, axis=1) for parts in zip(*reaches, strict=True))
    half_life = np.array([one.half_life_days for one in configuration.metrics])
    r = reliability(inputs.age, inputs.n, half_life, np.array([one.k for one in configuration.metrics]))
    full = _with_references(configuration, d)
    found = scored(
        d,
        r,
        weight=full.weights,
        reference=_references(full),
        below=below,
        above=above,
        sd=np.array([one.sd for one in full.metrics], dtype=np.float64),
        missing=full.missing,
    )
    return Measured(full, units, inputs, d, r, below, above, found)


def _with_references(configuration: HealthConfiguration, d: Floats) -> HealthConfiguration:
    """References of the metrics that have none: mean and spread of those who have data.

    A metric without data of anyone takes the mean of the others, so that it moves nobody's score.
    """
    known = {one.name: d[~np.isnan(d[:, i]), i] for i, one in enumerate(configuration.metrics)}
    own = {one.name: part.mean() if one.ref is None else one.ref
           for one, part in zip(configuration.metrics, known.values(), strict=True)
           if one.ref is not None or len(part)}  # fmt: skip
    weight = dict(zip(known, configuration.weights, strict=True))
    share = sum(weight[name] for name in own)
    usual = sum(weight[name] * ref for name, ref in own.items()) / share if own else 0.5
    return configuration.with_references(
        {name: float(own.get(name, usual)) for name in known},
        {name: float(part.std()) if len(part) > 1 else MOST_SE for name, part in known.items()},
    )


def _references(configuration: HealthConfiguration) -> Floats:
    return np.array([one.ref for one in configuration.metrics], dtype=np.float64)


def bands_of(score: Floats, configuration: HealthConfiguration) -> NDArray[np.str_]:
    """The band of each score, lower bounds inclusive.

    Parameters
    ----------
    score : array of float
        0-100.
    configuration : HealthConfiguration
        Bounds.
    """
    bounds = [configuration.bands[name] for name in BANDS[1:]]
    return np.array(BANDS)[np.searchsorted(bounds, score, side="right")]


def _table(data: "Dataset", found: Measured) -> pd.DataFrame:
    one, units = found.scored, found.units
    lower, upper = one.interval
    enough = one.coverage >= found.configuration.coverage_min
    band = bands_of(one.score, found.configuration)
    low, high = (bands_of(bound, found.configuration) for bound in (lower, upper))
    place = {name: i for i, name in enumerate(BANDS)}
    near = [
        join_words([name for name in BANDS[place[str(a)] : place[str(b)] + 1] if name != own], last="or")
        for a, b, own in zip(low, high, band, strict=True)
    ]
    newcomer = today(data) - units.signed_up < _NEW_DAYS
    model = np.where(enough, band, INSUFFICIENT)
    said = _overrides(data, units)
    columns: dict[str, Any] = {
        units.unit: pd.array(list(units.ids), dtype="str"),
        "score": one.score,
        "lower": lower,
        "upper": upper,
        "base": one.base,
        "coverage": 100 * one.coverage,
        "band_model": pd.array(model.tolist(), dtype="str"),
        "may_be": pd.array(np.where(enough, near, "").tolist(), dtype="str"),
        "band_effective": said["band"].fillna(pd.Series(model.tolist(), index=said.index)).to_numpy(),
        "override_reason": said["reason"].to_numpy(),
        "override_expires_at": said["expires_at"].to_numpy(),
        "status": pd.array(np.where(newcomer, "new", "ok").tolist(), dtype="str"),
    }
    return pd.DataFrame(columns)


def _overrides(data: "Dataset", units: Units) -> pd.DataFrame:
    """The override in force for each unit, in their order; blank where there is none. No score sees it."""
    rows = active_overrides(data).set_index("account_id")[["band", "reason", "expires_at"]]
    return rows.reindex(list(units.ids))


def _contributions(found: Measured) -> pd.DataFrame:
    names, ids = [one.name for one in found.configuration.metrics], list(found.units.ids)
    rows, inputs = len(ids), found.inputs
    ended = np.array([name in inputs.ended for name in names])
    status = np.where(np.isnan(found.d), np.where(ended, "no_feed", "no_data"), "ok")
    columns: dict[str, Any] = {
        found.units.unit: pd.array(np.repeat(ids, len(names)).tolist(), dtype="str"),
        "metric": pd.array(names * rows, dtype="str"),
        "value": inputs.value.reshape(-1),
        "n": inputs.n.reshape(-1),
        "age_days": inputs.age.reshape(-1),
        "d": found.d.reshape(-1),
        "ref": np.tile(_references(found.configuration), rows),
        "weight": np.tile(found.configuration.weights, rows),
        "reliability": found.r.reshape(-1),
        "contribution": found.scored.contribution.reshape(-1),
        "below": np.where(np.isnan(found.d), np.nan, found.below).reshape(-1),
        "above": np.where(np.isnan(found.d), np.nan, found.above).reshape(-1),
        "status": pd.array(status.reshape(-1).tolist(), dtype="str"),
    }
    return pd.DataFrame(columns)
