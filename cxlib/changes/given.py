"""Probabilities and log-odds before the data, from the settings or given in a call."""

from collections.abc import Mapping
from typing import Any

from cxlib.changes.posterior import Priors
from cxlib.data.dataset import Dataset
from cxlib.errors import UnknownNameError

__all__ = ["given_priors"]


def given_priors(data: Dataset, *, slope: bool = False, prior: Mapping[str, Any] | None = None) -> Priors:
    """What `[changes.prior]` says, and a call instead of it.

    Parameters
    ----------
    data : Dataset
        With the settings.
    slope : bool
        Whether the metric had been getting worse before: that explains that somebody saw it worsen.
    prior : mapping of str to float or mapping, or None
        Keys of `[changes.prior]` that are to be something else.

    Returns
    -------
    Priors

    Raises
    ------
    UnknownNameError
        If `[changes.prior]` has no such key.
    """
    said = dict(data.settings.changes["prior"])
    for name, value in (prior or {}).items():
        if name not in said:
            raise UnknownNameError("prior", name, list(said))
        said[name] = {**said[name], **value} if name == "kind" else value
    return Priors(
        float(said["no_change_scan" if slope else "no_change_alert"]),
        float(said["unlogged"]),
        float(said["component"]),
        float(said["scope"]),
        float(said["words"]),
        {str(kind): float(odds) for kind, odds in said["kind"].items()},
    )
