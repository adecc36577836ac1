"""Bad rows as real exports have them: each kind one small function, listed in `DIRT`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from cxlib.data.sample.calendar import Ints

__all__ = ["DIRT", "RAGGED", "Dirt", "Spoiler", "Tables", "copied_rows", "overwrite", "soil", "some_rows"]

Tables = dict[str, pd.DataFrame]
Fate = Literal["duplicate", "quarantine", "blanked", "noted"]

# The line is written into the file of the table, and is in no frame: it has one field too many.
RAGGED = {"messages": "M900001,T000040,2017-07-04T15:00:00Z,agent,A02,true,false,resent by hand"}


@dataclass(frozen=True, slots=True)
class Dirt:
    """What was done to a table: `rows` is how many rows of the file meet the fate."""

    table: str
    kind: str
    rows: int
    fate: Fate


Spoiler = Callable[[np.random.Generator, Tables], Dirt]


def some_rows(
    rng: np.random.Generator, table: pd.DataFrame, count: int, *, column: str = "", value: str = ""
) -> Ints:
    """Rows among the earlier half of a table, away from the main story; of a given value, if any."""
    half = table.iloc[: len(table) // 2]
    allowed = np.arange(len(half)) if not column else np.flatnonzero((half[column] == value).to_numpy())
    return np.sort(rng.choice(allowed, count, replace=False)).astype(np.int64)


def _insert(tables: Tables, name: str, rows: pd.DataFrame, places: Ints) -> None:
    """Put rows a little below the given places."""
    table = tables[name]
    order = np.concatenate([np.arange(len(table), dtype=np.float64), places + 5.5])
    tables[name] = pd.concat([table, rows]).iloc[np.argsort(order, kind="stable")].reset_index(drop=True)


def overwrite(tables: Tables, name: str, column: str, places: Ints, values: list[str]) -> None:
    """Put other values into a column at the given rows."""
    table = tables[name].copy()
    table.loc[places, column] = values
    tables[name] = table


def copied_rows(name: str, count: int) -> Spoiler:
    """Some rows of a table twice."""

    def copy(rng: np.random.Generator, tables: Tables) -> Dirt:
        places = some_rows(rng, tables[name], count)
        _insert(tables, name, tables[name].iloc[places], places)
        return Dirt(name, "exact_duplicate", count, "duplicate")

    return copy


def _conflicting_orders(rng: np.random.Generator, tables: Tables) -> Dirt:
    places = some_rows(rng, tables["orders"], 2)
    rows = tables["orders"].iloc[places].assign(units="3")
    _insert(tables, "orders", rows, places)
    return Dirt("orders", "same_key_other_content", 4, "quarantine")


def _older_reviews(rng: np.random.Generator, tables: Tables) -> Dirt:
    """An earlier copy of a review beside its later one: `updated_at` decides."""
    places = some_rows(rng, tables["reviews"], 3)
    rows = tables["reviews"].iloc[places].assign(text="draft", updated_at="2017-07-01T06:00:00Z")
    _insert(tables, "reviews", rows, places)
    return Dirt("reviews", "same_key_older_content", 3, "duplicate")


def _scores_past_ten(rng: np.random.Generator, tables: Tables) -> Dirt:
    overwrite(tables, "surveys", "score", _answered(rng, tables, "nps", 3), ["11"] * 3)
    return Dirt("surveys", "nps_of_eleven", 3, "quarantine")


def _worded_scores(rng: np.random.Generator, tables: Tables) -> Dirt:
    overwrite(tables, "surveys", "score", _answered(rng, tables, "csat", 2), ["n/a", "five"])
    return Dirt("surveys", "text_score", 2, "quarantine")


def _answered(rng: np.random.Generator, tables: Tables, kind: str, count: int) -> Ints:
    half = tables["surveys"].iloc[: len(tables["surveys"]) // 2]
    allowed = np.flatnonzero(((half["kind"] == kind) & (half["score"] != "")).to_numpy())
    return np.sort(rng.choice(allowed, count, replace=False)).astype(np.int64)


def _blank_ids(rng: np.random.Generator, tables: Tables) -> Dirt:
    overwrite(tables, "surveys", "survey_id", some_rows(rng, tables["surveys"], 2, column="score"), ["", " "])
    return Dirt("surveys", "blank_id", 2, "quarantine")


def _impossible_dates(rng: np.random.Generator, tables: Tables) -> Dirt:
    overwrite(
        tables,
        "tickets",
        "created_at",
        some_rows(rng, tables["tickets"], 2),
        ["2018-13-45T09:00:00Z", "yesterday"],
    )
    return Dirt("tickets", "unparseable_date", 2, "quarantine")


def _unknown_plans(rng: np.random.Generator, tables: Tables) -> Dirt:
    overwrite(tables, "customers", "plan", some_rows(rng, tables["customers"], 3), ["legacy"] * 3)
    return Dirt("customers", "unknown_segment", 3, "noted")


def _orphans(rng: np.random.Generator, tables: Tables) -> Dirt:
    overwrite(
        tables,
        "tickets",
        "customer_id",
        some_rows(rng, tables["tickets"], 3),
        ["L-99997", "L-99998", "L-99999"],
    )
    return Dirt("tickets", "orphan_customer", 3, "noted")


def _early_solves(rng: np.random.Generator, tables: Tables) -> Dirt:
    places = some_rows(rng, tables["tickets"], 2, column="status", value="closed")
    overwrite(tables, "tickets", "solved_at", places, ["2017-06-30T12:00:00Z"] * 2)
    return Dirt("tickets", "solved_before_created", 2, "blanked")


def _far_future(_: np.random.Generator, tables: Tables) -> Dirt:
    orders = tables["orders"]
    row = orders.iloc[[-1]].assign(order_id="P900001", ordered_at="2031-03-02T17:00:00Z", cancelled_at="")
    tables["orders"] = pd.concat([orders, row]).reset_index(drop=True)
    return Dirt("orders", "past_the_end", 1, "quarantine")


def _odd_channels(rng: np.random.Generator, tables: Tables) -> Dirt:
    chats = some_rows(rng, tables["tickets"], 3, column="channel", value="chat")
    overwrite(tables, "tickets", "channel", chats, [" chat", "Chat", "CHAT "])
    mails = some_rows(rng, tables["tickets"], 2, column="channel", value="email")
    overwrite(tables, "tickets", "channel", mails, ["EMAIL", "Email"])
    return Dirt("tickets", "channel_spelling", 5, "noted")


def _ragged(_: np.random.Generator, __: Tables) -> Dirt:
    return Dirt("messages", "ragged_row", len(RAGGED), "quarantine")


DIRT: tuple[Spoiler, ...] = (
    _scores_past_ten,
    _worded_scores,
    _blank_ids,
    _impossible_dates,
    _unknown_plans,
    _orphans,
    _early_solves,
    _odd_channels,
    _conflicting_orders,
    _older_reviews,
    copied_rows("surveys", 4),
    copied_rows("customers", 2),
    copied_rows("tickets", 2),
    _far_future,
    _ragged,
)


def soil(
    rng: np.random.Generator, tables: Tables, spoilers: Sequence[Spoiler] = DIRT
) -> tuple[Tables, tuple[Dirt, ...]]:
    """Tables with bad rows, and the list of them; the given tables stay as they are."""
    dirty = dict(tables)
    return dirty, tuple(spoil(rng, dirty) for spoil in spoilers)
