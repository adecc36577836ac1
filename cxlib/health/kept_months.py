"""Months of accounts kept between runs: the same data, settings and score give the same ones."""

from collections.abc import Callable
from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from cxlib.data import kept
from cxlib.health.account_months import AccountMonths

if TYPE_CHECKING:
    from cxlib.data.dataset import Dataset
    from cxlib.health.configuration import HealthConfiguration

__all__ = ["kept_months"]

_TEXTS: Final = ("accounts", "metrics")
_WHOLE: Final = "end"


def kept_months(
    data: "Dataset",
    configuration: "HealthConfiguration",
    asked: tuple[object, ...],
    make: Callable[[], AccountMonths],
) -> AccountMonths:
    """The months that were kept, or new ones, which are kept.

    Parameters
    ----------
    data : Dataset
        What is scored. A source that may change while it is read has no fingerprint that could prove it the
        same, so nothing of it is kept.
    configuration : HealthConfiguration
        The score.
    asked : tuple
        What else decides them.
    make : callable
        Makes them.
    """
    if data.place is not None and data.place.changes:
        return make()
    seen = (data.fingerprint, data.as_of.isoformat(), data.settings.hash, configuration.hash)
    key = kept.key_of("account months", *seen, *asked)
    found = kept.kept("cells", key)
    if found is not None:
        return _read(found)
    made = make()
    if key is not None:
        tables, facts = _written(made)
        kept.keep("cells", key, tables, facts)
    return made


def _written(months: AccountMonths) -> tuple[dict[str, pa.Table], dict[str, Any]]:
    """An array a table; what is no array is a fact, as are shapes."""
    facts: dict[str, Any] = {name: list(getattr(months, name)) for name in _TEXTS}
    facts[_WHOLE] = months.end
    tables, shapes = {}, {}
    for field in fields(months):
        value = getattr(months, field.name)
        if isinstance(value, np.ndarray):
            shapes[field.name] = list(value.shape)
            tables[field.name] = pa.table({"x": value.reshape(-1)})
    return tables, facts | {"shapes": shapes}


def _read(found: kept.Kept) -> AccountMonths:
    arrays: dict[str, Any] = {
        name: found.tables[name].column("x").to_numpy().reshape(shape)
        for name, shape in found.facts["shapes"].items()
    }
    texts: dict[str, Any] = {name: tuple(found.facts[name]) for name in _TEXTS}
    return AccountMonths(**texts, **arrays, end=found.facts[_WHOLE])
