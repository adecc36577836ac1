"""What the rules for renewals and expansion go by: [health.renewals] and [health.expansion] of cxlib.toml."""

from dataclasses import dataclass

from cxlib.data.settings import Settings
from cxlib.errors import ConfigError

__all__ = ["Limits", "limits_of"]


@dataclass(frozen=True, slots=True)
class Limits:
    """What the rules go by.

    Parameters
    ----------
    renewals_days : float
        A renewal at most that many days ahead may be at risk.
    coverage_min : float
        Least coverage of an expansion candidate, 0-1.
    renewal_days : pair of float
        Fewest and most days to the renewal of an expansion candidate.
    not_lower_than_days : float
        How long ago the score is compared with.
    """

    renewals_days: float = 120
    coverage_min: float = 0.6
    renewal_days: tuple[float, float] = (30, 180)
    not_lower_than_days: float = 90


def limits_of(settings: Settings) -> Limits:
    """The limits that cxlib.toml sets in [health.renewals] and [health.expansion].

    Raises
    ------
    ConfigError
        If the fewest days to a renewal are more than the most.

    Examples
    --------
    >>> from cxlib.data.settings import read_settings
    >>> limits_of(read_settings(None)).renewal_days
    (30.0, 180.0)
    """
    health = settings.raw["health"]
    expansion = health["expansion"]
    fewest, most = (float(days) for days in expansion["renewal_days"])
    if fewest > most:
        raise ConfigError(
            "cxlib.toml, health.expansion.renewal_days",
            found=f"{fewest:g} before {most:g}",
            expected="the fewest days, then the most",
            fix="turn them round",
        )
    return Limits(
        float(health["renewals"]["days"]),
        float(expansion["coverage_min"]),
        (fewest, most),
        float(expansion["not_lower_than_days"]),
    )
