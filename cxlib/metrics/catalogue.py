"""Which metrics there are: the built-in ones as the settings define them, and the user's own."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from cxlib.errors import UnknownNameError, UsageError
from cxlib.metrics.demand import CONTACT_INTENSITY, CONTACT_RATE, TICKET_VOLUME
from cxlib.metrics.metric import Metric
from cxlib.metrics.surveys import CSAT, NPS, SURVEY_RESPONSE_RATE, SURVEY_SENDS
from cxlib.metrics.tickets import FIRST_RESPONSE_TIME, FIRST_RESPONSE_VARIANTS
from cxlib.metrics.voice import REVIEW_SCORE_NET
from cxlib.text import quote

if TYPE_CHECKING:
    from cxlib.data.settings import Settings

__all__ = ["catalogue", "chosen_metrics"]

_BUILT_IN: Final = (
    NPS,
    SURVEY_SENDS,
    SURVEY_RESPONSE_RATE,
    CSAT,
    FIRST_RESPONSE_TIME,
    *FIRST_RESPONSE_VARIANTS,
    TICKET_VOLUME,
    CONTACT_INTENSITY,
    CONTACT_RATE,
    REVIEW_SCORE_NET,
)


def catalogue(settings: "Settings | None" = None) -> dict[str, Metric]:
    """Every metric by name, as the settings define it: built-in ones first, then the user's own.

    Parameters
    ----------
    settings : Settings or None
        Variants, horizons, smallest n and own metrics; None: the defaults.

    Raises
    ------
    UsageError
        If a metric of ``[metrics.NAME]`` is wrongly declared.
    UnknownNameError
        If ``[metrics.NAME]`` names no metric and declares none.

    Examples
    --------
    >>> catalogue()["nps"].unit
    'points'
    """
    metrics = {metric.name: metric for metric in _BUILT_IN}
    return metrics


def chosen_metrics(
    settings: "Settings", metrics: str | Metric | Sequence[str | Metric], *, where: str = "metrics"
) -> list[Metric]:
    """The metrics that were named or given, each once, in the order given.

    Parameters
    ----------
    settings : Settings
        Define the catalogue.
    metrics : str, Metric or sequence of them
        Names of the catalogue, or declarations.
    where : str
        What the message calls the parameter.

    Raises
    ------
    UnknownNameError
        If a name is not in the catalogue.
    UsageError
        If nothing is named, or two different metrics have one name.
    """
    known = catalogue(settings)
    asked = [metrics] if isinstance(metrics, str | Metric) else list(metrics)
    found: dict[str, Metric] = {}
    for one in asked:
        if not isinstance(one, Metric) and one not in known:
            raise UnknownNameError(
                where,
                str(one),
                known,
                expected="a metric of the catalogue",
                fix="run `cxlib metrics` for the list",
            )
        metric = one if isinstance(one, Metric) else known[one]
        if found.setdefault(metric.name, metric) != metric:
            raise UsageError(
                where,
                found=f"two metrics named {quote(metric.name)}",
                expected="one",
                fix="give one of them another name",
            )
    if not found:
        raise UsageError(
            where, found="none", expected="at least one metric", fix="name a metric of the catalogue"
        )
    return list(found.values())
