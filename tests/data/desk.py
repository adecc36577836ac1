"""A help desk of a few rows: minutes since Monday 3 February 2020, 09:00 UTC, instead of instants."""

from datetime import UTC, datetime, timedelta

import pandas as pd
from sqlglot import exp

import cxlib as cx
from cxlib.data.facts import prepared_rows

START = datetime(2020, 2, 3, 9, tzinfo=UTC)
DAY = 1440


def at(minutes):
    """The instant so many minutes after the start, as a file spells it."""
    return None if minutes is None else (START + timedelta(minutes=minutes)).isoformat()


def minutes_of(us):
    """Minutes after the start of an instant in microseconds."""
    return None if pd.isna(us) else (us / 1e6 - START.timestamp()) / 60


def open_desk(tmp_path, tickets, messages=(), events=None, *, toml="", as_of=30 * DAY, **frames):
    """A Dataset: tickets {id: columns}, messages (ticket, minute, who, flags), events (ticket, minute, what).

    Who is customer, agent or bot; flags are "note" (internal) and "auto".
    """
    rows = pd.DataFrame(
        [
            {
                "ticket_id": name,
                "initiated_by": "customer",
                **values,
                "created_at": at(values.get("created_at", 0)),
            }
            for name, values in tickets.items()
        ]
    )
    for name in ("solved_at", "first_replied_at"):
        if name in rows:
            rows[name] = [at(None if pd.isna(value) else value) for value in rows[name]]
    found = {"tickets": rows, **frames}
    if messages:
        found["messages"] = pd.DataFrame(
            [
                (
                    f"m{i}",
                    ticket,
                    at(minute),
                    who,
                    str("note" not in flags).lower(),
                    str("auto" in flags).lower(),
                )
                for i, (ticket, minute, who, *flags) in enumerate(messages)
            ],
            columns=["message_id", "ticket_id", "sent_at", "author_role", "public", "is_auto"],
        )
    if events is not None:
        found["ticket_events"] = pd.DataFrame(
            [(ticket, at(minute), status) for ticket, minute, status in events],
            columns=["ticket_id", "at", "status"],
        )
    config = tmp_path / "cxlib.toml"
    config.write_text(toml, "utf-8")
    return cx.load(found, as_of=at(as_of), config=config)


def rows_of(data, table, *columns):
    """Rows of a table with prepared columns, as dictionaries, in any order."""
    made = prepared_rows(data, data.engine, table, wanted=columns)
    query = exp.select(*(exp.column(name, quoted=True) for name in columns)).from_(made.name)
    for name, part in made.queries.items():
        query = query.with_(exp.to_identifier(name, quoted=True), as_=part, copy=False)
    return data.engine.run(query, {**data.tables, **made.tables}).to_pylist()


def ticket(data, *columns, of="t"):
    """Prepared columns of one ticket: waits and instants in minutes."""
    row = next(row for row in rows_of(data, "tickets", "ticket_id", *columns) if row["ticket_id"] == of)
    found = [_in_minutes(name, row[name]) for name in columns]
    return found[0] if len(columns) == 1 else tuple(found)


def derived(data, table, *columns):
    """Rows of a derived table as tuples, sorted: waits and instants in minutes."""
    found = [
        tuple(_in_minutes(name, row[name]) for name in columns) for row in rows_of(data, table, *columns)
    ]
    return sorted(found, key=str)


def _in_minutes(name, value):
    if value is None:
        return None
    if name.endswith("_at"):
        return minutes_of(value)
    return value / 60e6 if name.endswith("wait") or name in ("stay", "target", "paused") else value
