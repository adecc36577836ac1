"""A small portfolio: twelve accounts, their answers, tickets and logins over 2019."""

import numpy as np
import pandas as pd

import cxlib as cx

CONFIGURATION = """
zone = "UTC"
[metrics.login_days]
definition = "Days on which somebody logged in."
table = "activity"
kind = "count"
where = "kind = 'login'"
value = "1"
basis = "date"
unit = "days"
direction = "up"
[health]
unit = "account_id"
[health.metrics.nps]
window_days = 365
weight = 30
shape = { up = [-100, 100] }
half_life_days = 365
[health.metrics.csat]
window_days = 365
weight = 20
shape = { up = [0, 100] }
[health.metrics.login_days]
window_days = 90
weight = 30
shape = { up = [0, 60] }
[health.metrics.ticket_volume]
window_days = 90
weight = 20
shape = { band = [0, 1, 4, 20], lo_floor = 0.3 }
"""
AS_OF = "2020-01-01"


def ids(count: int = 12) -> list[str]:
    return [f"A-{number:02d}" for number in range(1, count + 1)]


def tables(seed: int = 1, *, accounts: int = 12) -> dict[str, pd.DataFrame]:
    """The first account never answers, the second never writes, the third joined in December."""
    rng = np.random.default_rng(seed)
    names = np.array(ids(accounts))
    joined = np.where(names == "A-03", "2019-12-11T09:00Z", "2018-06-01T09:00Z")
    days = pd.date_range("2019-01-01", "2019-12-31")

    def moments(count: int) -> np.ndarray:
        return (rng.choice(days, count) + pd.to_timedelta(rng.integers(0, 86_400, count), "s")).strftime(
            "%Y-%m-%dT%H:%M:%SZ"
        )

    asked = rng.choice(names[names != "A-01"], 160)
    sent = moments(160)
    kind = np.where(np.arange(160) % 2 == 0, "nps", "csat")
    score = np.where(kind == "nps", rng.integers(0, 11, 160), rng.integers(1, 6, 160))
    surveys = pd.DataFrame(
        {"survey_id": [f"S{i}" for i in range(160)], "kind": kind, "sent_at": sent, "responded_at": sent}
    ).assign(score=score, account_id=asked)
    wrote = rng.choice(names[names != "A-02"], 200)
    tickets = pd.DataFrame({"ticket_id": [f"T{i}" for i in range(200)], "created_at": moments(200)})
    tickets["account_id"] = wrote
    used = [(day, name) for day in days for name in names if rng.random() < 0.5]
    activity = pd.DataFrame({"date": [day.strftime("%Y-%m-%d") for day, _ in used], "kind": "login"})
    activity["count"], activity["account_id"] = 1, [name for _, name in used]
    activity = activity[(activity["account_id"] != "A-03") | (activity["date"] > "2019-12-11")]
    portfolio = pd.DataFrame({"account_id": names, "signed_up_at": joined, "arr": 1000.0})
    portfolio["churned_at"] = ""
    return {"accounts": portfolio, "surveys": surveys, "tickets": tickets, "activity": activity}


def portfolio(
    folder, given: dict[str, pd.DataFrame] | None = None, *, settings: str = CONFIGURATION, as_of=AS_OF
):
    """The tables, loaded with their settings."""
    path = folder / "cxlib.toml"
    path.write_text(settings, encoding="utf-8")
    return cx.load(given or tables(), as_of=as_of, config=path)
