"""Scores and accounts by hand, for tests of what people see of them."""

from datetime import UTC, datetime

import pandas as pd

from cxlib.health.scores import HealthScores

AS_OF = datetime(2020, 3, 1, tzinfo=UTC)


def band_of(score):
    floors = {"champion": 80, "healthy": 60, "needs_attention": 40, "danger": 0}
    return next(name for name, floor in floors.items() if score >= floor)


def scored(scores, *, as_of=AS_OF, coverage=90.0, bands=None):
    """HealthScores of accounts by id."""
    ids = sorted(scores)
    bands = bands or {}
    table = pd.DataFrame(
        {
            "account_id": ids,
            "score": [float(scores[one]) for one in ids],
            "coverage": [coverage] * len(ids),
            "band_model": [bands.get(one, band_of(scores[one])) for one in ids],
        }
    )
    return HealthScores(table, pd.DataFrame(), 60.0, "account_id", None, as_of, "")


def accounts(**columns):
    """The table of accounts, a list a column; ids are a, b, c."""
    n = len(next(iter(columns.values())))
    return pd.DataFrame({"account_id": [chr(ord("a") + place) for place in range(n)], **columns})
