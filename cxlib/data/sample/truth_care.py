"""How large the truths planted in the care of customers came out, from the finished tables."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from cxlib.data.sample import calendar
from cxlib.data.sample.calendar import DAY, local_times
from cxlib.data.sample.plants import Plant

__all__ = ["inbound", "seen_in_care"]

Tables = Mapping[str, pd.DataFrame]
_REPEATS_WITHIN = pd.Timedelta(days=7)
_UNCOUNTED = ("deleted", "spam", "test")


def seen_in_care(plant: Plant, tables: Tables) -> dict[str, object]:
    """What a plant did to the tables, as its kind shows it."""
    if plant.repeats:
        return _staffing(plant, tables)
    if plant.answers:
        return _email(tables)
    return _pages(plant, tables)


def inbound(tables: Tables) -> pd.DataFrame:
    """Contacts of customers, in the order of time, with local instants."""
    tickets = tables["tickets"].drop_duplicates("ticket_id")
    rows = tickets[(tickets["initiated_by"] == "customer") & ~tickets["status"].isin(_UNCOUNTED)]
    rows = rows.assign(created=local_times(rows["created_at"]), replied=local_times(rows["first_replied_at"]))
    return rows.dropna(subset="created").sort_values(["created", "ticket_id"])


def _staffing(plant: Plant, tables: Tables) -> dict[str, object]:
    """As many days before the spell as it lasted, and the spell."""
    costs = tables["costs"].query("kind == 'freelance'")
    rows = inbound(tables)
    before = rows.groupby(["customer_id", "reason"])["created"].shift()
    rows = rows.assign(again=rows["created"] - before <= _REPEATS_WITHIN)
    seen: dict[str, list[float]] = {
        "cost_percent_of_target": [],
        "median_first_reply_minutes": [],
        "contacts_a_day": [],
        "repeat_contact_percent": [],
    }
    first, last = plant.start // DAY, plant.end // DAY
    for start, end in ((2 * first - last, first), (first, last)):
        edges = calendar.iso_days(np.array([start, end], dtype=np.int64)).tolist()
        paid = costs[(costs["date"] >= edges[0]) & (costs["date"] < edges[1])]
        share = pd.to_numeric(paid["amount"]).sum() / pd.to_numeric(paid["target"]).sum()
        inside = rows[(rows["created"] >= edges[0]) & (rows["created"] < edges[1])]
        waits = (inside["replied"] - inside["created"]).dropna().dt.total_seconds() / 60
        seen["cost_percent_of_target"].append(round(float(100 * share), 1))
        seen["median_first_reply_minutes"].append(round(float(waits.median()), 1))
        seen["contacts_a_day"].append(round(len(inside) / (end - start), 2))
        seen["repeat_contact_percent"].append(round(float(100 * inside["again"].mean()), 2))
    return dict(seen)


def _email(tables: Tables) -> dict[str, object]:
    """Contacts and sends of every template."""
    sends = pd.to_numeric(tables["emails"]["sends"]).groupby(tables["emails"]["template"]).sum()
    rows = inbound(tables)
    counts = rows["email_template"][rows["email_template"] != ""].value_counts()
    return {
        "templates": {
            str(name): {
                "contacts": int(counts[name]),
                "sends": int(sends[name]),
                "per_1000_sends": round(float(1000 * counts[name] / sends[name]), 2),
            }
            for name in sorted(counts.index)
        }
    }


def _path(urls: "pd.Series[str]") -> "pd.Series[str]":
    """Path of a URL: what stands before host, query and fragment does not count, and ids are one."""
    bare = urls.str.replace(r"[?#].*$", "", regex=True).str.replace(r"^[a-z]+://[^/]*", "", regex=True)
    return bare.str.replace(r"/\d+$", "/:id", regex=True).str.rstrip("/")


def _pages(plant: Plant, tables: Tables) -> dict[str, object]:
    """Contacts, the share of those answered that took several replies, contacts per view; others as one."""
    messages = tables["messages"]
    spoken = messages[(messages["author_role"] == "agent") & (messages["public"] == "true")]
    replies = spoken["ticket_id"].value_counts()
    rows = inbound(tables)
    rows = rows[rows["page_url"] != ""]
    own = list(plant.pages)
    page = _path(rows["page_url"])
    page = page.where(page.isin(own), "others")
    viewed = _path(tables["pages"]["page_url"])
    views = pd.to_numeric(tables["pages"]["views"]).groupby(viewed.where(viewed.isin(own), "others")).sum()
    turns = rows["ticket_id"].map(replies)
    seen: dict[str, object] = {}
    for name in (*own, "others"):
        of_page = turns[page == name]
        answered = of_page.dropna()
        seen[name] = {
            "contacts": len(of_page),
            "several_replies_percent": round(float(100 * (answered > 1).mean()), 1),
            "per_1000_views": round(float(1000 * len(of_page) / views[name]), 2),
        }
    return {"pages": seen}
