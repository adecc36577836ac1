"""Details written into tables that are there already, row by row by the key they carry."""

import numpy as np
import pandas as pd

from cxlib.data.sample.calendar import Ints
from cxlib.data.sample.ticket_details import Details

__all__ = ["Tables", "add_rows", "annotate_tickets", "join_columns"]

Tables = dict[str, pd.DataFrame]


def annotate_tickets(tables: Tables, details: Details) -> Tables:
    """Tickets, messages and events with their details; bad rows and copies keep what makes them so."""
    return {
        "tickets": _tickets(tables["tickets"], details),
        "messages": _messages(tables["messages"], details),
        "ticket_events": _events(tables["ticket_events"], details),
    }


def _place(table: pd.DataFrame) -> Ints:
    """Place of the ticket of each row."""
    return table["ticket_id"].str[1:].to_numpy(dtype=np.str_).astype(np.int64) - 1


def _tickets(table: pd.DataFrame, details: Details) -> pd.DataFrame:
    place = _place(table)
    merged = details.merged_into[place]
    unanswered = (details.by_bot | details.silent)[place]
    discarded = details.discarded[place]
    survivors = np.array([f"T{number:06d}" for number in (merged + 1).tolist()])
    return table.assign(
        status=np.where(discarded == "", table["status"], discarded),
        assignee=np.where(unanswered, "", table["assignee"]),
        first_replied_at=np.where(unanswered, "", table["first_replied_at"]),
        email_template=details.template[place],
        page_url=details.page_url[place],
        merged_into=np.where(merged < 0, "", survivors),
        surface=details.surface[place],
        lesson_id=details.lesson_id[place],
    ).astype("str")


def _messages(table: pd.DataFrame, details: Details) -> pd.DataFrame:
    """The bot speaks where it answered alone; nobody does where a ticket was solved in silence."""
    place = _place(table)
    answer = ((table["author_role"] == "agent") & (table["public"] == "true")).to_numpy()
    by_bot = answer & details.by_bot[place]
    changed = table.assign(
        author_role=np.where(by_bot, "bot", table["author_role"]),
        author_id=np.where(by_bot, "", table["author_id"]),
        is_auto=np.where(by_bot, "true", table["is_auto"]),
    )
    return changed[~(answer & details.silent[place])].reset_index(drop=True).astype("str")


def _events(table: pd.DataFrame, details: Details) -> pd.DataFrame:
    place = _place(table)
    status = table["status"].to_numpy()
    status = np.where((status == "pending") & details.held[place], "on_hold", status)
    discarded = details.discarded[place]
    return table.assign(status=np.where((status == "spam") & (discarded != ""), discarded, status)).astype(
        "str"
    )


def join_columns(table: pd.DataFrame, key: str, columns: pd.DataFrame) -> pd.DataFrame:
    """Further columns by key; blank where the key is not among them."""
    return table.assign(**columns.reindex(table[key], fill_value="").reset_index(drop=True)).astype("str")


def add_rows(table: pd.DataFrame, *parts: pd.DataFrame) -> pd.DataFrame:
    """A table with further rows below; what they lack is blank."""
    return pd.concat([table, *parts], ignore_index=True).fillna("").astype("str")
