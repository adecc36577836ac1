"""What is drawn after the story and leaves it alone: further tables, columns, rows, plants of the product."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cxlib.data.sample import community, demand, follow_up, meetings, operations, outbound, repeats
from cxlib.data.sample.annotate import Tables, add_rows, annotate_tickets, join_columns
from cxlib.data.sample.calendar import Ints, stream
from cxlib.data.sample.company import COLUMNS, Population
from cxlib.data.sample.conversations import Course
from cxlib.data.sample.excess import excess_rows
from cxlib.data.sample.log import Log
from cxlib.data.sample.plants import Plant
from cxlib.data.sample.regrade import regraded
from cxlib.data.sample.surveys import Answers
from cxlib.data.sample.ticket_details import details_of
from cxlib.data.sample.tickets import Contacts

__all__ = ["Drawn", "further_tables", "product_tables"]


@dataclass(frozen=True, eq=False)
class Drawn:
    """What of the story the further tables look at.

    Parameters
    ----------
    tables : dict of str to DataFrame
        Canonical tables before rows were spoiled.
    lessons : array of int, shape (days,)
        Lessons of each day.
    """

    people: Population
    log: Log
    arrivals: Contacts
    course: Course
    nps: Answers
    lessons: Ints
    tables: dict[str, pd.DataFrame]


def further_tables(seed: int, spoiled: Tables, drawn: Drawn, care: Sequence[Plant]) -> Tables:
    """The tables as they were spoiled, with all that comes on top; every part has a stream of its own."""
    tables = dict(spoiled)
    tables |= _tickets(seed, tables, drawn, care)
    tables["surveys"] = add_rows(tables["surveys"], *_surveys(seed, drawn))
    fates = demand.order_fates(stream(seed, "order fates"), drawn.tables["orders"])
    tables["orders"] = join_columns(tables["orders"], "order_id", fates)
    told = demand.review_details(stream(seed, "review details"), drawn.tables["reviews"])
    tables["reviews"] = join_columns(tables["reviews"], "review_id", told)
    tables |= _operations(seed, drawn, care)
    tables["outreach"] = follow_up.outreach_table(stream(seed, "outreach"), tables["surveys"])
    tables["audits"] = follow_up.audits_table(stream(seed, "audits"), tables["surveys"])
    return tables


def _tickets(seed: int, tables: Tables, drawn: Drawn, care: Sequence[Plant]) -> Tables:
    """Details of the tickets there are, and below them those of customers kept waiting."""
    urls = drawn.tables["tickets"]["page_url"].to_numpy(dtype="str")
    details = details_of(stream(seed, "ticket details"), drawn.arrivals, drawn.course, care, urls)
    told = annotate_tickets(tables, details)
    survives = details.merged_into < 0
    more = repeats.written_again(
        stream(seed, "repeats"), drawn.people, drawn.arrivals, drawn.course, care, survives
    )
    return {name: add_rows(rows, more[name]) for name, rows in told.items()}


def _surveys(seed: int, drawn: Drawn) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The two further surveys after tickets."""
    asked = (drawn.people, drawn.arrivals, drawn.course)
    return (
        follow_up.effort_surveys(stream(seed, "effort surveys"), *asked),
        follow_up.resolution_surveys(stream(seed, "resolution surveys"), *asked, drawn.nps),
    )


def _operations(seed: int, drawn: Drawn, care: Sequence[Plant]) -> Tables:
    """Tables of their own."""
    people = drawn.people
    active = people.active_counts().sum(axis=(1, 2)).astype("float64")
    return {
        "outages": operations.outages_table(stream(seed, "outages"), drawn.log),
        "costs": operations.costs_table(stream(seed, "costs"), active, care),
        "posts": community.posts_table(stream(seed, "posts")),
        "trainings": meetings.trainings_table(stream(seed, "trainings"), people),
        "interactions": meetings.interactions_table(stream(seed, "interactions"), people, active),
        "emails": outbound.emails_table(stream(seed, "emails"), people, active, drawn.lessons),
        "pages": outbound.pages_table(stream(seed, "pages"), active),
    }


def product_tables(seed: int, finished: Tables, people: Population, plants: Sequence[Plant]) -> Tables:
    """The finished tables with what the plants of the product add below, and the answers they spoil.

    Parameters
    ----------
    seed : int
        Every part has a stream of its own.
    finished : dict of str to DataFrame
        Tables with their bad rows, which stay.
    people : Population
        Who may write.
    plants : sequence of Plant
        Those of the product.
    """
    tables = dict(finished)
    for name, rows in excess_rows(seed, people, plants).items():
        tables[name] = add_rows(tables[name], rows)
    asked = tables["surveys"]
    customers = tables["customers"].drop_duplicates("customer_id").set_index("customer_id")
    known = join_columns(asked, "customer_id", customers[list(COLUMNS)])
    scored = regraded(stream(seed, "regraded"), known, tables["tickets"], plants)
    tables["surveys"] = scored.drop(columns=list(COLUMNS))
    is_new = pd.Series(np.arange(len(asked)) >= len(finished["surveys"]))
    had = pd.to_numeric(asked["score"], errors="coerce").mask(is_new)
    fell = is_new | (had > pd.to_numeric(scored["score"], errors="coerce"))
    called = scored[fell & ~(had <= follow_up.FLAGGED)]
    tables["outreach"] = add_rows(
        tables["outreach"], follow_up.outreach_table(stream(seed, "product outreach"), called)
    )
    audited = scored[fell & ~(had <= follow_up.NEGATIVE)]
    tables["audits"] = add_rows(
        tables["audits"], follow_up.audits_table(stream(seed, "product audits"), audited)
    )
    return tables
