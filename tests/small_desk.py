"""A help desk of a few tickets, written as on paper: who opened what, wrote when, and was solved."""

import pandas as pd

import cxlib as cx
from tests.metrics.company import load, value_of

__all__ = ["ALWAYS", "OFFICE", "at", "desk", "in_month", "only", "schedule", "surveyed"]

OFFICE = (
    '{ mon = ["09:00-17:00"], tue = ["09:00-17:00"], wed = ["09:00-17:00"], thu = ["09:00-17:00"], '
    'fri = ["09:00-17:00"] }'
)
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ALWAYS = "{ " + ", ".join(f'{day} = ["00:00-24:00"]' for day in DAYS) + " }"


def at(text):
    """An instant of 2020 in UTC: ``02-03 10:00``, with seconds where they matter; blank stays blank."""
    if not text:
        return None
    year, rest = ("2020", text) if len(text.split()[0]) == 5 else (text[:4], text[5:])
    day, clock = rest.split()
    return f"{year}-{day}T{clock}{'' if clock.count(':') == 2 else ':00'}Z"


def schedule(hours=OFFICE, zone="UTC", holidays=()):
    """The part of a cxlib.toml that says when the desk is open."""
    days = ", ".join(f'"{day}"' for day in holidays)
    return f'schedule = "desk"\n[schedules.desk]\nzone = "{zone}"\nhours = {hours}\nholidays = [{days}]\n'


def desk(folder, tickets, messages=(), events=(), *, toml="", as_of="2020-06-01", **frames):
    """A Dataset of tickets and what happened to them.

    Parameters
    ----------
    folder : Path
        Where its cxlib.toml is written.
    tickets : mapping
        Id to the instant of creation, or to (instant, further columns).
    messages : sequence of tuple
        Ticket, instant, author's role, and perhaps further columns; none: the table is absent.
    events : sequence of tuple
        Ticket, instant, status; none: the table is absent.
    """
    rows = [
        {"ticket_id": key, "created_at": at(given if isinstance(given, str) else given[0])}
        | ({} if isinstance(given, str) else given[1])
        for key, given in tickets.items()
    ]
    found = {"tickets": pd.DataFrame(rows)}
    if messages:
        found["messages"] = pd.DataFrame(
            [
                {"message_id": f"m{i}", "ticket_id": one[0], "sent_at": at(one[1]), "author_role": one[2]}
                | ({"public": "true"} | (one[3] if len(one) > 3 else {}))
                for i, one in enumerate(messages)
            ]
        )
    if events:
        found["ticket_events"] = pd.DataFrame(
            [{"ticket_id": key, "at": at(when), "status": status} for key, when, status in events]
        )
    return load(folder, found | frames, as_of=as_of, toml=toml)


def surveyed(*rows, kind="csat", **columns):
    """Surveys: sent, responded, score; each of a customer of its own."""
    frame = pd.DataFrame(
        [
            {
                "survey_id": f"s{i}",
                "kind": kind,
                "sent_at": at(sent),
                "responded_at": at(answered),
                "score": score,
            }
            for i, (sent, answered, score) in enumerate(rows)
        ]
    )
    frame["customer_id"] = [f"c{i}" for i in range(len(rows))]
    return frame.assign(**columns)


def in_month(data, metric, period="2020-02", **where):
    """The row of a metric of one month."""
    by = [name for name in where if name != "freq"]
    return value_of(cx.measure(data, metric, by=by), period=period, **where)


def only(data, metric, **where):
    """The one row with a denominator or a count that a metric has in all its months."""
    table = cx.measure(data, metric, by=list(where)).table
    for name, value in where.items():
        table = table[table[name] == value]
    table = table[table["n"] > 0]
    assert len(table) == 1, table.to_string()
    return table.iloc[0]
