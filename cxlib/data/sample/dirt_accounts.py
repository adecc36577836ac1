"""Bad rows of the tables about accounts."""

import numpy as np

from cxlib.data.sample.dirt import Dirt, Spoiler, Tables, copied_rows, overwrite, some_rows

__all__ = ["ACCOUNT_DIRT"]


def _no_reason(rng: np.random.Generator, tables: Tables) -> Dirt:
    overwrite(
        tables,
        "overrides",
        "reason",
        some_rows(rng, tables["overrides"], 1, column="band", value="healthy"),
        [""],
    )
    return Dirt("overrides", "missing_reason", 1, "quarantine")


def _ends_before_it_begins(rng: np.random.Generator, tables: Tables) -> Dirt:
    rows = some_rows(rng, tables["overrides"], 1, column="band", value="danger")
    overwrite(tables, "overrides", "expires_at", rows, ["2017-06-30T12:00:00Z"])
    return Dirt("overrides", "expires_before_set", 1, "quarantine")


ACCOUNT_DIRT: tuple[Spoiler, ...] = (_no_reason, _ends_before_it_begins, copied_rows("accounts", 1))
