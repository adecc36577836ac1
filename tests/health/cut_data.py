"""The sample company with some of its rows changed, and what a reader could know of it on a day."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa

import cxlib as cx
from cxlib.data.clock import parse_as_of
from cxlib.data.schema import TABLES

READ = ("accounts", "customers", "surveys", "tickets", "messages", "ticket_events", "activity", "overrides")
"""Tables that a score, or an override beside it, comes from."""
BROUGHT = {"surveys": {"responded_at": ["score", "comment"]}, "tickets": {"solved_at": ["status"]}}
"""What is written at a later stamp of a row, and so unknown before it."""


def frames(data, names=READ):
    """All good rows of tables, whatever their time."""
    return {name: data.everything[name].to_pandas() for name in names}


def cut(data, day):
    """The tables as somebody would have copied them on a day: nothing later is in them."""
    moment = pd.Timestamp(parse_as_of(day, data.zone))
    found = {}
    for name, frame in frames(data).items():
        table = TABLES[name]
        if table.basis == "date":
            begins = pd.to_datetime(frame["date"]).dt.tz_localize(data.zone)
        else:
            begins = frame[table.basis or "set_at"]
        kept = frame[~(begins >= moment)].copy()
        for column in table.columns:
            if column.type == "instant" and not column.planned and column.name in kept:
                later = kept[column.name] >= moment
                for blank in [column.name, *BROUGHT.get(name, {}).get(column.name, [])]:
                    kept[blank] = kept[blank].mask(later)
        found[name] = kept
    return found


def changed(data, name, frame):
    """The data with another table; None: without it."""
    everything = {one: rows for one, rows in data.everything.items() if one != name}
    if frame is not None:
        everything[name] = pa.Table.from_pandas(
            frame, schema=data.everything[name].schema, preserve_index=False
        )
    checks = {one: check for one, check in data.checks.items() if one in everything}
    rows = "none" if frame is None else pd.util.hash_pandas_object(frame.astype("str"), index=False).sum()
    told = f"{data.fingerprint}, {name} {rows}"  # other data are other data, to whatever is kept of them
    return replace(data, everything=everything, checks=checks, fingerprint=told).at(data.as_of)


def reload(data, given, settings, *, as_of=None):
    """Tables loaded anew with the settings of a file."""
    return cx.load(given, as_of=as_of or data.as_of, config=settings)


def dealt_out(accounts, seed):
    """Each departure given to an account drawn from those that had signed up by then; the dates stay."""
    rng = np.random.default_rng(seed)
    found = accounts.assign(churned_at=pd.Series(pd.NaT, accounts.index, dtype=accounts["churned_at"].dtype))
    for moment in accounts["churned_at"].dropna().sort_values():
        there = found.index[found["churned_at"].isna() & (found["signed_up_at"] < moment)]
        found.loc[rng.choice(there), "churned_at"] = moment
    return found
