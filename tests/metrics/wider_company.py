"""The rest of the test company: what the first tables lack, from random streams of its own.

A stream a table, so that another table or column moves no number of those that are there.
"""

import numpy as np
import pandas as pd

from tests.metrics.spelling import spelled

IDENTIFIERS = {
    "surveys": ["survey_id", "ticket_id"],
    "tickets": ["ticket_id", "merged_into", "lesson_id"],
    "messages": ["message_id", "ticket_id"],
    "ticket_events": ["ticket_id"],
    "orders": ["order_id"],
    "customers": [],
    "reviews": ["review_id", "author_id"],
    "activity": [],
    "outages": ["outage_id", "component"],
    "costs": [],
    "posts": ["post_id", "in_reply_to"],
    "trainings": [],
    "interactions": ["interaction_id"],
    "emails": [],
    "pages": [],
    "outreach": ["survey_id"],
    "audits": ["ticket_id"],
}
"""Columns, beside customer_id, that a copy of the rows needs afresh; outages merge on one component."""

TEMPLATES = ("receipt", "reminder", "welcome")
PAGES = (
    "https://example.com/help/login?x=1",
    "http://Example.com/help/login/",
    "https://example.com/order/7",
)


class Stream:
    """Random draws for one table."""

    def __init__(self, seed, number, begin, days):
        self.rng = np.random.default_rng([seed, number])
        self.begin, self.days = begin, days

    def times(self, n, *, since=0, span=None):
        """Instants from so many days after the begin."""
        seconds = self.rng.integers(since * 86_400, (since + (span or self.days)) * 86_400, n)
        return pd.Series(self.begin + pd.to_timedelta(seconds, unit="s"))

    def after(self, instants, days):
        """Later instants, exponential."""
        wait = (self.rng.exponential(days * 86_400, len(instants)) + 1).round()
        return pd.Series(pd.to_datetime(instants, utc=True)) + pd.to_timedelta(pd.Series(wait), unit="s")

    def some(self, values, share):
        """Values, the others blank."""
        return pd.Series(values).reset_index(drop=True).where(self.rng.random(len(values)) < share)

    def pick(self, values, n, p=None):
        """Draws with replacement."""
        return pd.Series(self.rng.choice(np.array(values, dtype=object), n, p=p))

    def date(self, n=None):
        """Local days, each of the range or n drawn."""
        days = np.arange(self.days) if n is None else self.rng.integers(0, self.days, n)
        return pd.Series(self.begin + pd.to_timedelta(days, unit="D")).dt.strftime("%Y-%m-%d")


def widened_company(frames, *, seed, days, first):
    """The frames with every further column and table that the catalogue reads."""
    begin = pd.Timestamp(first, tz="UTC")
    steps = (_customers, _tickets, _surveys, _talks, _orders, _reviews, _operations, _public, _follow_ups)
    for number, step in enumerate(steps):
        frames = frames | step(frames, Stream(seed, number, begin, days))
    return frames


def _customers(frames, draw):
    customers = frames["customers"].copy()
    joined = draw.times(len(customers), since=-300, span=370)
    customers["signed_up_at"] = spelled(joined)
    customers["churned_at"] = spelled(draw.some(draw.after(joined, 200), 0.2))
    customers["contactable"] = draw.pick(["true", "false"], len(customers), [0.8, 0.2])
    return {"customers": customers}


def _tickets(frames, draw):
    tickets = frames["tickets"].copy()
    n = len(tickets)
    tickets["assignee"] = draw.some(draw.pick(["a1", "a2", "a3"], n), 0.8)
    tickets["lesson_id"] = draw.some(draw.pick([f"l{i}" for i in range(200)], n), 0.6)
    tickets["surface"] = draw.pick(["lesson", "site"], n)
    tickets["page_url"] = draw.some(draw.pick(PAGES, n), 0.7)
    tickets["email_template"] = draw.some(draw.pick(TEMPLATES, n), 0.7)
    tickets["merged_into"] = draw.some(draw.pick(tickets["ticket_id"][:50], n), 0.02)
    return {"tickets": tickets}


def _surveys(frames, draw):
    surveys = frames["surveys"].copy()
    solved = frames["ticket_events"].drop_duplicates("ticket_id").reset_index(drop=True)
    asked = solved.loc[draw.rng.integers(0, len(solved), 500)].reset_index(drop=True)
    sent = draw.after(asked["at"], 1)
    after = pd.DataFrame({"survey_id": [f"p{i}" for i in range(500)], "sent_at": spelled(sent)})
    after["kind"] = draw.pick(["nps", "csat"], 500)
    scored = draw.rng.random(500) < 0.7
    top = draw.rng.integers(0, 11, 500)
    after["score"] = pd.Series(np.where(after["kind"] == "nps", top, top % 5 + 1).astype(float)).where(scored)
    after["responded_at"] = spelled(draw.after(sent, 4).where(scored))
    after["ticket_id"], after["trigger"] = asked["ticket_id"], "post_resolution"
    after["customer_id"] = draw.pick(frames["customers"]["customer_id"], 500)
    sent = draw.times(300)
    effort = pd.DataFrame(
        {"survey_id": [f"e{i}" for i in range(300)], "kind": "ces", "sent_at": spelled(sent)}
    )
    effort["score"] = draw.some(draw.rng.integers(1, 8, 300).astype(float), 0.7)
    effort["responded_at"] = spelled(draw.after(sent, 4).where(effort["score"].notna()))
    effort["customer_id"] = draw.pick(frames["customers"]["customer_id"], 300)
    return {"surveys": pd.concat([surveys, after, effort], ignore_index=True)}


def _talks(frames, draw):
    """More messages and events: bots, second questions, pauses and reopenings."""
    tickets, messages, events = (frames[name] for name in ("tickets", "messages", "ticket_events"))
    n = len(tickets)
    told = draw.pick(["customer", "agent", "bot"], n)
    more = pd.DataFrame({"ticket_id": tickets["ticket_id"], "author_role": told})
    more["sent_at"] = spelled(draw.after(tickets["created_at"], 0.5))
    more["message_id"] = [f"n{i}" for i in range(n)]
    more["public"] = "true"
    begun = pd.DataFrame({"ticket_id": tickets["ticket_id"], "at": tickets["created_at"], "status": "open"})
    solved = events.iloc[: len(events) // 5].reset_index(drop=True)
    back = draw.after(solved["at"], 4)
    again = pd.DataFrame({"ticket_id": solved["ticket_id"], "at": spelled(back), "status": "open"})
    closed = pd.DataFrame(
        {"ticket_id": solved["ticket_id"], "at": spelled(draw.after(back, 2)), "status": "solved"}
    )
    paused = begun.iloc[::4].reset_index(drop=True)
    paused = paused.assign(at=spelled(draw.after(paused["at"], 0.05)), status="pending")
    return {
        "messages": pd.concat([messages, more], ignore_index=True),
        "ticket_events": pd.concat([events, begun, paused, again, closed], ignore_index=True),
    }


def _orders(frames, draw):
    orders = frames["orders"].copy()
    n = len(orders)
    orders["promised_at"] = spelled(draw.some(draw.after(orders["ordered_at"], 6), 0.8))
    orders["returned_at"] = spelled(draw.some(draw.after(orders["ordered_at"], 25), 0.2))
    orders["not_received_at"] = spelled(draw.some(draw.after(orders["ordered_at"], 30), 0.1))
    orders["cancelled_at"] = spelled(draw.some(draw.after(orders["ordered_at"], 1), 0.05))
    orders["units"] = draw.rng.integers(1, 5, n).astype(float)
    returned = orders["returned_at"].notna()
    orders["units_returned"] = np.minimum(orders["units"], draw.rng.integers(1, 5, n)).where(returned)
    return {"orders": orders}


def _reviews(frames, draw):
    reviews = frames["reviews"].copy()
    n = len(reviews)
    reviews["author_id"] = draw.some(draw.pick([f"u{i}" for i in range(220)], n), 0.8)
    reviews["text"] = draw.some(draw.pick(["Good.", "Bad."], n), 0.8)
    reviews["sentiment"] = draw.pick(["positive", "negative", "neutral", "mixed"], n)
    reviews["replied_at"] = spelled(draw.some(draw.after(reviews["posted_at"], 3), 0.7))
    reviews["edited_at"] = spelled(draw.some(draw.after(reviews["posted_at"], 9), 0.1))
    return {"reviews": reviews}


def _operations(frames, draw):
    """Outages, costs, trainings, calls, e-mails and pages."""
    began = draw.times(60)
    outages = pd.DataFrame({"outage_id": [f"x{i}" for i in range(60)], "started_at": spelled(began)})
    outages["ended_at"] = spelled(draw.after(began, 0.1))
    outages.loc[began.idxmax(), "ended_at"] = None
    outages["component"] = draw.pick(["login", "search", "checkout"], 60)
    weeks = draw.date().iloc[::7]
    costs = pd.concat(
        [
            pd.DataFrame({"date": weeks, "kind": kind, "team": team, "target": 1000.0})
            for kind in ("freelance", "software")
            for team in ("chat", "mail")
        ],
        ignore_index=True,
    )
    costs["amount"] = draw.rng.normal(1000, 80, len(costs)).round()
    known = frames["customers"]["customer_id"]
    invited = draw.times(300)
    trainings = pd.DataFrame({"customer_id": draw.pick(known, 300), "module": draw.pick(["one", "two"], 300)})
    trainings["invited_at"] = spelled(invited)
    trainings["completed_at"] = spelled(draw.some(draw.after(invited, 20), 0.8))
    calls = pd.DataFrame({"interaction_id": [f"i{i}" for i in range(200)], "at": spelled(draw.times(200))})
    calls["kind"] = draw.pick(["call", "meeting"], 200)
    calls["customer_id"] = draw.pick(known, 200)
    calls["direction"] = draw.pick(["inbound", "outbound"], 200)
    emails = pd.concat([pd.DataFrame({"date": draw.date(), "template": one}) for one in TEMPLATES])
    emails["sends"] = draw.rng.integers(20, 90, len(emails)).astype(float)
    pages = pd.concat([pd.DataFrame({"date": draw.date(), "page_url": one}) for one in PAGES])
    pages["views"] = draw.rng.integers(50, 200, len(pages)).astype(float)
    return {
        "outages": outages,
        "costs": costs,
        "trainings": trainings,
        "interactions": calls,
        "emails": emails.reset_index(drop=True),
        "pages": pages.reset_index(drop=True),
    }


def _public(_, draw):
    """Own posts and what others write under them."""
    own = pd.DataFrame({"post_id": [f"w{i}" for i in range(90)], "posted_at": spelled(draw.times(90))})
    own["kind"], own["author_role"] = "post", "own"
    asked = draw.times(300)
    asking = pd.DataFrame({"post_id": [f"q{i}" for i in range(300)], "posted_at": spelled(asked)})
    asking["kind"] = draw.pick(["comment", "message", "spam"], 300, [0.6, 0.35, 0.05])
    asking["author_role"] = "customer"
    asking["in_reply_to"] = draw.some(draw.pick(own["post_id"], 300), 0.5)
    asking["needs_reply"] = draw.pick(["true", "false"], 300, [0.8, 0.2])
    answers = pd.DataFrame({"post_id": [f"y{i}" for i in range(300)], "in_reply_to": asking["post_id"]})
    answers["posted_at"] = spelled(draw.after(asked, 0.7))
    answers["kind"], answers["author_role"] = "comment", "own"
    posts = pd.concat([own, asking, answers[draw.rng.random(300) < 0.8]], ignore_index=True)
    posts["channel"] = draw.pick(["group", "instagram"], len(posts))
    return {"posts": posts}


def _follow_ups(frames, draw):
    """Who was called after a low score, and which bad ratings were looked into."""
    surveys = frames["surveys"].dropna(subset=["score"]).reset_index(drop=True)
    low = surveys[(surveys["kind"] == "nps") & (surveys["score"] <= 7)].sample(frac=0.6, random_state=5)
    outreach = pd.DataFrame({"survey_id": low["survey_id"].to_numpy(), "by": "a1", "outcome": "reached"})
    outreach["at"] = spelled(draw.after(low["responded_at"].to_numpy(), 1.5))
    rated = surveys[(surveys["kind"] == "csat") & surveys["ticket_id"].notna()]
    audits = pd.DataFrame({"ticket_id": rated["ticket_id"].drop_duplicates().iloc[::2].to_numpy()})
    audits["bucket"] = draw.pick(["price", "bug"], len(audits))
    audits["auditor"] = "a2"
    audits["audited_at"] = spelled(draw.times(len(audits), since=draw.days, span=5))
    return {"outreach": outreach, "audits": audits}
