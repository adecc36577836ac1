"""What cxlib.toml must say before a metric can be computed: targets, schedules, which reasons are issues."""

from typing import TYPE_CHECKING, Final

from cxlib.errors import ConfigError, CxError
from cxlib.metrics.gather import row_value
from cxlib.metrics.metric import Metric
from cxlib.text import join_words

if TYPE_CHECKING:
    from cxlib.data.settings import Settings

__all__ = ["unset"]

_TARGETED: Final = (
    "first_response_time",
    "first_touch_time",
    "first_resolution_time",
    "full_resolution_time",
    "next_response_time",
)
_CLOCKS: Final = ("first_response_time", "next_response_time", "full_resolution_time")


def unset(settings: "Settings", metric: Metric) -> CxError | None:
    """The error for a key that a metric cannot do without, or None.

    Parameters
    ----------
    settings : Settings
        What cxlib.toml says.
    metric : Metric
        What is to be computed.

    Examples
    --------
    >>> from cxlib.data.settings import read_settings
    >>> from cxlib.metrics.service import SLA_BREACH_RATE
    >>> print(unset(read_settings(None), SLA_BREACH_RATE).fix)
    add minutes = { default = 1440 } to [targets.first_response_time], for example
    """
    columns = row_value(metric).columns
    if columns & {"is_issue", "is_lesson_issue"} and not settings.reasons.get("is_issue"):
        return ConfigError(
            metric.name,
            found="no reasons that are issues",
            expected="[reasons] is_issue in cxlib.toml",
            fix='add is_issue = ["technical"] there, with your own reasons',
        )
    return _no_target(settings, metric) or _no_schedule(settings, metric, columns)


def _no_target(settings: "Settings", metric: Metric) -> CxError | None:
    base, _, variant = metric.name.rpartition(".")
    if base in _TARGETED and variant == "within_target" and not _minutes(settings, base):
        return ConfigError(
            metric.name,
            found="no target",
            expected=f"minutes by priority in [targets.{base}]",
            fix="add minutes = { default = 1440 } there",
        )
    if metric.table == "sla_clocks" and not any(_minutes(settings, name) for name in _CLOCKS):
        return ConfigError(
            metric.name,
            found="no target",
            expected=f"minutes by priority in {join_words([f'[targets.{n}]' for n in _CLOCKS], last='or')}",
            fix="add minutes = { default = 1440 } to [targets.first_response_time], for example",
        )
    return None


def _minutes(settings: "Settings", name: str) -> bool:
    return bool((settings.targets.get(name) or {}).get("minutes"))


def _no_schedule(settings: "Settings", metric: Metric, columns: frozenset[str]) -> CxError | None:
    if settings.schedules:
        return None
    on_target = settings.targets.get("first_response_time") or {}
    on_business = any(name.endswith("_business_wait") for name in columns)
    on_business |= "first_response_used_up" in columns and on_target.get("clock") == "business"
    if not on_business:
        return None
    return ConfigError(
        metric.name,
        found="no schedule",
        expected="business hours in [schedules.NAME]",
        fix="add a schedule and name it in schedule",
    )
