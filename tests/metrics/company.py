"""Companies for tests of metrics: a few rows to check with a pencil, and one large enough for laws."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pyarrow as pa

import cxlib as cx
from cxlib.data.settings import read_settings
from tests.metrics.spelling import spelled
from tests.metrics.wider_company import widened_company


def load(tmp_path, frames, *, as_of="2020-04-01", toml=""):
    """The frames as a Dataset, with the settings of a cxlib.toml."""
    config = tmp_path / "cxlib.toml"
    config.write_text(toml, "utf-8")
    return cx.load(frames, as_of=as_of, config=config)


def surveys(*rows):
    """survey_id, kind, sent_at, responded_at, score, customer_id."""
    return pd.DataFrame(
        rows, columns=["survey_id", "kind", "sent_at", "responded_at", "score", "customer_id"]
    )


def value_of(frame, **where):
    """The one row of a MetricFrame that fits."""
    rows = frame.table
    for name, value in where.items():
        rows = rows[rows[name] == value]
    assert len(rows) == 1, rows.to_string()
    return rows.iloc[0]


@dataclass(frozen=True, eq=False)
class Raw:
    """Tables as they are, past every check of the reader: for values that it would never let through."""

    tables: dict
    as_of: datetime = datetime(2020, 4, 1, tzinfo=UTC)
    settings: object = field(default_factory=lambda: read_settings(None))
    caveats: tuple = ()
    checks: dict = field(default_factory=dict)
    zone = "UTC"
    place = None

    def has(self, table, *columns):
        return table in self.tables and set(columns) <= set(self.tables[table].column_names)

    def segments(self, table):
        return {}

    def units(self, table):
        return {}

    def data_through(self, table):
        return self.as_of


def instants(*texts):
    return pa.array(
        [None if text is None else datetime.fromisoformat(text) for text in texts],
        pa.timestamp("us", tz="UTC"),
    )


def company(*, seed=7, days=120, first="2020-01-01"):
    """A small company of every table that the catalogue reads, as frames of text and numbers."""
    rng = np.random.default_rng(seed)
    begin = pd.Timestamp(first, tz="UTC")

    def times(n, span=days):
        return begin + pd.to_timedelta(rng.integers(0, span * 86_400, n), unit="s")

    customers = pd.DataFrame({"customer_id": [f"c{i}" for i in range(150)]})
    customers["plan"] = rng.choice(["free", "pro", ""], len(customers), p=[0.5, 0.45, 0.05])
    known = [*customers["customer_id"], "stranger"]
    sent = times(900)
    answered = sent + pd.to_timedelta(rng.exponential(4 * 86_400, 900).round(), unit="s")
    kinds = rng.choice(["nps", "csat"], 900)
    score = np.where(kinds == "nps", rng.integers(0, 11, 900), rng.integers(1, 6, 900)).astype(float)
    silent = rng.random(900) < 0.4
    asked = pd.DataFrame(
        {"survey_id": [f"s{i}" for i in range(900)], "kind": kinds, "sent_at": spelled(sent)}
    )
    asked["responded_at"] = spelled(pd.Series(answered).mask(silent))
    asked["score"] = pd.Series(score).mask(silent)
    asked["customer_id"] = rng.choice(known, 900)
    opened = times(700)
    tickets = pd.DataFrame({"ticket_id": [f"t{i}" for i in range(700)], "created_at": spelled(opened)})
    tickets["customer_id"] = rng.choice(known, 700)
    tickets["channel"] = rng.choice(["chat", "email"], 700)
    tickets["reason"] = rng.choice(["login", "refund", "how_to"], 700)
    tickets["priority"] = rng.choice(["urgent", "normal"], 700)
    tickets["initiated_by"] = rng.choice(["customer", "agent"], 700, p=[0.9, 0.1])
    tickets["status"] = rng.choice(["open", "solved", "spam"], 700, p=[0.2, 0.75, 0.05])
    frames = {"customers": customers, "surveys": asked, "tickets": tickets} | _work(
        rng, opened, tickets, times
    )
    return widened_company(frames, seed=seed + 1, days=days, first=first)


def _work(rng, opened, tickets, times):
    """What was written, done, ordered and reviewed."""
    replied = opened + pd.to_timedelta(rng.lognormal(8.5, 1.2, len(opened)).round(), unit="s")
    talks = rng.random(len(opened)) < 0.99
    first = pd.DataFrame(
        {"ticket_id": tickets["ticket_id"], "sent_at": spelled(opened), "author_role": "customer"}
    )
    reply = pd.DataFrame(
        {"ticket_id": tickets["ticket_id"], "sent_at": spelled(replied), "author_role": "agent"}
    )[talks]
    messages = pd.concat([first, reply], ignore_index=True)
    messages["message_id"] = [f"m{i}" for i in range(len(messages))]
    messages["public"] = rng.choice(["true", "false"], len(messages), p=[0.99, 0.01])
    solved = opened + pd.to_timedelta(rng.lognormal(11, 1, len(opened)).round(), unit="s")
    done = tickets["status"] == "solved"
    events = pd.DataFrame({"ticket_id": tickets["ticket_id"], "at": spelled(solved), "status": "solved"})[
        done
    ]
    orders = pd.DataFrame({"order_id": [f"o{i}" for i in range(800)], "ordered_at": spelled(times(800))})
    orders["customer_id"] = rng.choice(tickets["customer_id"], 800)
    days = pd.Series(times(600)).dt.strftime("%Y-%m-%d")
    activity = pd.DataFrame({"date": days, "kind": rng.choice(["lesson", "order"], 600), "plan": "pro"})
    activity["plan"] = rng.choice(["free", "pro"], 600)
    activity["count"] = rng.integers(1, 40, 600).astype(float)
    reviews = pd.DataFrame({"review_id": [f"r{i}" for i in range(300)], "posted_at": spelled(times(300))})
    reviews["rating"] = rng.integers(1, 6, 300)
    reviews["store"] = rng.choice(["ios", "android"], 300)
    return {
        "messages": messages,
        "ticket_events": events,
        "orders": orders,
        "activity": activity,
        "reviews": reviews,
    }
