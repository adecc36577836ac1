"""A large invented company as a DuckDB file, the same bytes of data for the same scale.

    python benchmarks/large_company.py /tmp/bench/company.duckdb [--scale 1]

Scale 1: 10 M tickets, 31 M messages, 3 M surveys over two years. Replies and solves are lognormal; one
ticket in six is first touched by a bot or automatically, a few notes are internal, one message in a hundred
is older than its ticket, customers answer several surveys in one month, a fifth of the tickets is not solved,
and reasons, channels, customers and flags are missing here and there. Tables are stored in the order of time,
the messages of a ticket beside each other.
"""

import argparse
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa

ZONE = "America/New_York"
FIRST_DAY, END_DAY = date(2024, 1, 1), date(2026, 1, 1)
AS_OF = datetime(2026, 1, 1, 5, tzinfo=UTC)
HOLIDAYS = tuple(f"{year}-{day}" for year in (2024, 2025) for day in ("01-01", "07-04", "11-28", "12-25"))
WORKING_HOURS = ("09:00-12:00", "13:00-17:00")
CHANNELS = ("email", "chat", "phone", "web")
REASONS = (
    *("delivery", "refund", "login", "billing", "checkout", "account", "damaged", "promotion"),
    *("merchant", "recent_purchase", "how_to", "cancel"),
)
URGENT_REASONS = ("login", "checkout", "merchant", "recent_purchase")
PRIORITIES = ("low", "normal", "high", "urgent")
ACTIVITIES = ("lesson", "order", "session")
SETTINGS = f"""zone = "{ZONE}"
schedule = "support"
[schedules.support]
zone = "{ZONE}"
hours = {{ {", ".join(f"{day} = {list(WORKING_HOURS)}" for day in ("mon", "tue", "wed", "thu", "fri"))} }}
holidays = {list(HOLIDAYS)}
""".replace("'", '"')

_SECOND_US = 1_000_000
_DAY_US = 86_400 * _SECOND_US
_CHUNK_DAYS = 14
_BY_WEEKDAY = np.array([1.25, 1.15, 1.1, 1.05, 1.0, 0.6, 0.5])
_BY_HOUR = np.array(
    [1, 1, 1, 1, 1, 2, 3, 5, 8, 11, 12, 11, 10, 11, 12, 11, 10, 8, 7, 6, 5, 4, 3, 2], dtype=float
)
_TABLES = {
    "tickets": "ticket_id BIGINT, created_at TIMESTAMPTZ, customer_id BIGINT, channel VARCHAR,"
    " reason VARCHAR, priority VARCHAR, status VARCHAR, initiated_by VARCHAR, solved_at TIMESTAMPTZ,"
    " merged_into BIGINT, reopens BIGINT",
    "messages": "message_id BIGINT, ticket_id BIGINT, sent_at TIMESTAMPTZ, author_role VARCHAR,"
    " public BOOLEAN, is_auto BOOLEAN",
    "surveys": "survey_id BIGINT, kind VARCHAR, sent_at TIMESTAMPTZ, responded_at TIMESTAMPTZ, score DOUBLE,"
    " customer_id BIGINT, ticket_id BIGINT, channel VARCHAR, reason VARCHAR",
    "activity": "date DATE, kind VARCHAR, count DOUBLE",
}


@dataclass
class Written:
    """How many rows there are so far, so that ids go on."""

    tickets: int = 0
    messages: int = 0
    surveys: int = 0


def write_company(path, *, scale=1.0, seed=20):
    """Write the file and ``cxlib.toml`` beside it; an existing file is replaced."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    (path.parent / "cxlib.toml").write_text(SETTINGS, encoding="utf-8")
    days = pd.date_range(FIRST_DAY, END_DAY, inclusive="left")
    weights = _BY_WEEKDAY[days.day_of_week] * np.linspace(0.8, 1.2, len(days))
    per_day = np.floor(10_000_000 * scale * weights / weights.sum()).astype(int)
    customers = max(int(3_000_000 * scale), 10)
    written = Written()
    with duckdb.connect(str(path)) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for name, columns in _TABLES.items():
            connection.execute(f"CREATE TABLE {name} ({columns})")
        for first in range(0, len(days), _CHUNK_DAYS):
            random = np.random.default_rng([seed, first])
            created = _instants(
                random, days[first : first + _CHUNK_DAYS], per_day[first : first + _CHUNK_DAYS]
            )
            tickets = _tickets(random, created, written.tickets, customers)
            _append(connection, "tickets", tickets)
            messages = _messages(random, tickets, written.messages)
            _append(connection, "messages", messages)
            surveys = _surveys(random, tickets, written.surveys)
            _append(connection, "surveys", surveys)
            written.tickets += tickets.num_rows
            written.messages += messages.num_rows
            written.surveys += surveys.num_rows
        _append(connection, "activity", _activity(np.random.default_rng([seed]), days, scale))
        connection.execute("CHECKPOINT")
    return written


def _append(connection, table, rows):
    names = ", ".join(rows.column_names)
    connection.register("chunk", rows)
    connection.execute(f"INSERT INTO {table} ({names}) SELECT {names} FROM chunk")  # noqa: S608 - names of ours
    connection.unregister("chunk")


def _instants(random, days, counts):
    """Sorted microseconds UTC, on whole seconds, by the hours of a local day."""
    midnights = days.tz_localize(ZONE).tz_convert("UTC").asi8 // (1000 if days.unit == "ns" else 1)
    if days.unit == "s":
        midnights = midnights * _SECOND_US
    day = np.repeat(np.arange(len(days)), counts)
    hour = random.choice(24, size=len(day), p=_BY_HOUR / _BY_HOUR.sum())
    second = hour * 3600 + random.integers(0, 3600, len(day))
    return np.sort(midnights[day] + second * _SECOND_US)


def _picked(random, size, values, shares, *, blank=0.0):
    """Texts drawn by share, some blank."""
    codes = random.choice(len(values), size=size, p=np.array(shares) / sum(shares))
    return _texts(codes, values, random.random(size) < blank)


def _texts(codes, values, blank):
    return pa.DictionaryArray.from_arrays(pa.array(codes, pa.int32(), mask=blank), pa.array(values)).cast(
        pa.string()
    )


def _stamps(us, known):
    """Instants, blank where unknown or after the end of the data."""
    return pa.array(us, pa.int64(), mask=~(known & (us < _END_US))).cast(pa.timestamp("us", "UTC"))


_END_US = int(AS_OF.timestamp()) * _SECOND_US


def _wait(random, size, median_hours, sigma):
    """Lognormal waits in microseconds, whole seconds."""
    return np.rint(random.lognormal(np.log(median_hours * 3600), sigma, size)).astype(np.int64) * _SECOND_US


def _tickets(random, created, written, customers):
    size = len(created)
    ids = np.arange(written + 1, written + size + 1)
    solve = created + _wait(random, size, 9, 1.6)
    status = random.choice(7, size=size, p=[0.42, 0.40, 0.09, 0.05, 0.025, 0.01, 0.005])
    solved = (status < 2) & (solve < _END_US)
    status = np.where((status < 2) & ~solved, 2, status)
    merged = random.random(size) < 0.02
    into = np.maximum(ids - random.integers(1, 500, size), 1)
    reopens = np.where(solved & (random.random(size) < 0.07), random.integers(1, 4, size), 0)
    # a few customers write often, so that several of their answers fall into one month
    customer = np.floor(customers * random.random(size) ** 1.5).astype(np.int64) + 1
    return pa.table(
        {
            "ticket_id": ids,
            "created_at": _stamps(created, np.ones(size, bool)),
            "customer_id": pa.array(customer, mask=random.random(size) < 0.02),
            "channel": _picked(random, size, CHANNELS, (45, 30, 15, 10), blank=0.005),
            "reason": _picked(random, size, REASONS, (20, 14, 10, 10, 8, 8, 7, 6, 6, 5, 4, 2), blank=0.06),
            "priority": _picked(random, size, PRIORITIES, (20, 55, 15, 10), blank=0.03),
            "status": _texts(
                status,
                ("solved", "closed", "open", "pending", "new", "spam", "deleted"),
                np.zeros(size, bool),
            ),
            "initiated_by": _picked(random, size, ("customer", "agent", "bot"), (90, 7, 3), blank=0.01),
            "solved_at": _stamps(solve, solved),
            "merged_into": pa.array(into, mask=~merged),
            "reopens": pa.array(reopens),
        }
    )


def _messages(random, tickets, written):
    """What was written to each ticket, in the order of the ticket and of time."""
    created = tickets.column("created_at").cast(pa.int64()).to_numpy()
    size = len(created)
    by_customer = tickets.column("initiated_by").to_pandas().to_numpy() != "agent"
    early = (random.random(size) < 0.03) * random.integers(1, 7200, size) * _SECOND_US
    opened = created - early
    at, role, there = [opened], [np.where(by_customer, 0, 1)], [random.random(size) < 0.975]
    touched = random.random(size) < 0.16
    at.append(created + random.integers(1, 60, size) * _SECOND_US)
    role.append(np.where(random.random(size) < 0.6, 2, 3))
    there.append(touched)
    last = created + _wait(random, size, 2.5, 1.5)
    answered = random.random(size) < 0.84
    at.append(created + _wait(random, size, 1.5, 1.5))
    role.append(np.full(size, 4))
    there.append(random.random(size) < 0.13)
    for author, share in ((1, 1.0), (0, 0.47), (1, 0.8), (0, 0.5), (1, 0.8)):
        answered = answered & (random.random(size) < share)
        at.append(last)
        role.append(np.full(size, author))
        there.append(answered)
        last = last + _wait(random, size, 3, 1.4)
    ticket = np.tile(tickets.column("ticket_id").to_numpy(), len(at))
    at, role, there = np.concatenate(at), np.concatenate(role), np.concatenate(there)
    kept = np.flatnonzero(there & (at < _END_US))
    kept = kept[np.lexsort((at[kept], ticket[kept]))]
    at, role = at[kept], role[kept]
    public = np.where(role == 4, 0, 1)
    return pa.table(
        {
            "message_id": np.arange(written + 1, written + len(kept) + 1),
            "ticket_id": ticket[kept],
            "sent_at": _stamps(at, np.ones(len(kept), bool)),
            "author_role": _texts(
                np.array([0, 1, 2, 1, 1])[role], ("customer", "agent", "bot"), np.zeros(len(kept), bool)
            ),
            "public": pa.array(public == 1, mask=(public == 1) & (random.random(len(kept)) < 0.01)),
            "is_auto": pa.array(
                (role == 2) | (role == 3), mask=(role < 2) & (random.random(len(kept)) < 0.01)
            ),
        }
    )


def _surveys(random, tickets, written):
    """A csat for some solved tickets, a few sent before the solve, and an nps for some customers."""
    created = tickets.column("created_at").cast(pa.int64()).to_numpy()
    solved = tickets.column("solved_at").cast(pa.int64()).to_pandas().to_numpy(dtype=float, na_value=np.nan)
    size = len(created)
    of_ticket = np.flatnonzero(~np.isnan(solved) & (random.random(size) < 0.19))
    of_customer = np.flatnonzero(random.random(size) < 0.15)
    place = np.concatenate([of_ticket, of_customer])
    csat = np.arange(len(place)) < len(of_ticket)
    after = np.where(csat, np.nan_to_num(solved[place]), created[place]).astype(np.int64)
    shift = random.integers(60, 7200, len(place)) * np.where(random.random(len(place)) < 0.05, -1, 1)
    sent = np.where(
        csat, after + shift * _SECOND_US, after + random.integers(1, 20 * 86_400, len(place)) * _SECOND_US
    )
    answer = sent + _wait(random, len(place), 20, 1.3)
    kept = np.flatnonzero(sent < _END_US)
    kept = kept[np.argsort(sent[kept], kind="stable")]
    place, csat, sent, answer = place[kept], csat[kept], sent[kept], answer[kept]
    count = len(kept)
    answered = (random.random(count) < np.where(csat, 0.25, 0.4)) & (answer < _END_US)
    scale = np.array([4, 2, 2, 3, 3, 4, 5, 10, 17, 24, 26], dtype=float)
    nps = random.choice(11, size=count, p=scale / scale.sum())
    score = np.where(csat, random.choice([1, 2, 3, 4, 5], size=count, p=[0.08, 0.07, 0.1, 0.3, 0.45]), nps)
    rows = tickets.take(pa.array(place))
    return pa.table(
        {
            "survey_id": np.arange(written + 1, written + count + 1),
            "kind": _texts(csat.astype(int), ("nps", "csat"), np.zeros(count, bool)),
            "sent_at": _stamps(sent, np.ones(count, bool)),
            "responded_at": _stamps(answer, answered),
            "score": pa.array(score.astype(float), mask=~answered | (random.random(count) < 0.03)),
            "customer_id": rows.column("customer_id"),
            "ticket_id": pa.array(rows.column("ticket_id").to_numpy(), mask=~csat),
            "channel": rows.column("channel"),
            "reason": rows.column("reason"),
        }
    )


def _activity(random, days, scale):
    counts = np.rint(random.normal(60_000, 4_000, (len(days), len(ACTIVITIES))) * scale)
    return pa.table(
        {
            "date": pa.array(np.repeat(days.date, len(ACTIVITIES)), pa.date32()),
            "kind": pa.array(list(ACTIVITIES) * len(days)),
            "count": counts.ravel(),
        }
    )


def main():
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("path", type=Path)
    arguments.add_argument("--scale", type=float, default=1.0)
    asked = arguments.parse_args()
    written = write_company(asked.path, scale=asked.scale)
    counts = ", ".join(f"{count:,} {table}" for table, count in vars(written).items())
    print(f"{asked.path}: {counts}")


if __name__ == "__main__":
    main()
