"""Whose health is scored: the accounts, or customers, that are there at `as_of`."""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlib.data.clock import local_day_number
from cxlib.errors import MissingColumnError

if TYPE_CHECKING:
    from cxlib.data.dataset import Dataset
    from cxlib.health.configuration import HealthConfiguration, Unit

__all__ = ["TABLES_OF_UNITS", "Units", "days_of", "unit_of", "units_at"]

TABLES_OF_UNITS: "Mapping[Unit, str]" = {"account_id": "accounts", "customer_id": "customers"}
"""The table that tells who they are."""


@dataclass(frozen=True, eq=False)
class Units:
    """Accounts, or customers, that have not left.

    Parameters
    ----------
    unit : {"account_id", "customer_id"}
        Which.
    ids : tuple of str
        Sorted.
    signed_up : array of float, shape (units,)
        Local day number; NaN: unknown.
    """

    unit: "Unit"
    ids: tuple[str, ...]
    signed_up: NDArray[np.float64]

    def only(self, chosen: Container[str]) -> "Units":
        """Those of them that are chosen."""
        kept = [i for i, name in enumerate(self.ids) if name in chosen]
        return Units(self.unit, tuple(self.ids[i] for i in kept), self.signed_up[kept])


def unit_of(data: "Dataset", configuration: "HealthConfiguration") -> "Unit":
    """What is scored: as configured, else accounts where the data have them, else customers.

    Raises
    ------
    MissingColumnError
        If the data lack the table.
    """
    usual: Unit = "account_id" if data.has("accounts") else "customer_id"
    unit = configuration.unit or usual
    if not data.has(TABLES_OF_UNITS[unit]):
        raise MissingColumnError(
            "health",
            found=f"no table {TABLES_OF_UNITS[unit]}",
            expected="accounts or customers to score",
            fix=f"add {TABLES_OF_UNITS[unit]}.csv, or set health.unit in cxlib.toml",
        )
    return unit


def units_at(data: "Dataset", unit: "Unit") -> Units:
    """Who is a customer at `as_of`.

    Parameters
    ----------
    data : Dataset
        Checked tables; who left later has not left yet.
    unit : {"account_id", "customer_id"}
        What is scored.
    """
    frame = data.frame(TABLES_OF_UNITS[unit])
    there = frame["churned_at"].isna() if "churned_at" in frame else pd.Series(data=True, index=frame.index)
    frame = frame[there].sort_values(unit)
    return Units(unit, tuple(frame[unit]), days_of(data, frame, "signed_up_at"))


def days_of(data: "Dataset", frame: pd.DataFrame, name: str) -> NDArray[np.float64]:
    """The local day of an instant column; NaN where it is blank or the column absent.

    Parameters
    ----------
    data : Dataset
        Gives the zone.
    frame : pandas.DataFrame
        A canonical table.
    name : str
        One of its instants.
    """
    found = np.full(len(frame), np.nan)
    if name in frame:
        known = frame[name].notna().to_numpy()
        us = frame[name][known].astype("datetime64[us, UTC]").astype("int64").to_numpy()
        found[known] = local_day_number(us, data.zone)
    return found
