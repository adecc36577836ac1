"""How large the truths planted in the product came out, from the finished tables."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cxlib.data.sample import calendar
from cxlib.data.sample.calendar import DAY, local_times
from cxlib.data.sample.plants import Plant
from cxlib.data.sample.truth_care import inbound

__all__ = ["seen_in_product"]

Tables = Mapping[str, pd.DataFrame]
_HISTORY_DAYS = 28


@dataclass(frozen=True, eq=False)
class _Known:
    """Contacts of customers and good survey answers, with the segments of their customers."""

    contacts: pd.DataFrame
    answers: pd.DataFrame


def seen_in_product(plant: Plant, tables: Tables) -> dict[str, object]:
    """Contacts about its reason, satisfaction and one-touch, before it and at its full strength.

    Those of its segment, and those of the others beside them.
    """
    known = _known(tables)
    seen = _of(known, plant)
    if plant.segment is None:
        return dict(seen)
    column, value = plant.segment
    contacts, answers = known.contacts, known.answers
    inside = _Known(contacts[contacts[column] == value], answers[answers[column] == value])
    others = _Known(contacts[contacts[column] != value], answers[answers[column] != value])
    return {"segment": _of(inside, plant), "others": _of(others, plant)}


def _known(tables: Tables) -> _Known:
    customers = tables["customers"].drop_duplicates("customer_id")[["customer_id", "plan", "region"]]
    messages = tables["messages"]
    spoken = messages[(messages["author_role"] == "agent") & (messages["public"] == "true")]
    contacts = inbound(tables).merge(customers, on="customer_id")
    contacts["replies"] = contacts["ticket_id"].map(spoken["ticket_id"].value_counts())
    surveys = tables["surveys"].drop_duplicates()
    answers = surveys.assign(
        score=pd.to_numeric(surveys["score"], errors="coerce"), responded=local_times(surveys["responded_at"])
    ).merge(customers, on="customer_id")
    return _Known(contacts, answers.dropna(subset="score"))


def _of(known: _Known, plant: Plant) -> dict[str, list[float]]:
    first = plant.start // DAY
    full = (int(-(-(plant.start + plant.ramp_days * DAY) // DAY)), plant.end // DAY)
    windows = ((first - _HISTORY_DAYS, first), full)
    seen: dict[str, list[float]] = {"contacts_a_day": [], "csat_percent": [], "one_touch_percent": []}
    if plant.nps:
        seen["nps"] = []
    for start, end in windows:
        low, high = calendar.iso_days(np.array([start, end], dtype=np.int64)).tolist()
        contacts, answers = known.contacts, known.answers
        contacts = contacts[(contacts["created"] >= low) & (contacts["created"] < high)]
        answers = answers[(answers["responded"] >= low) & (answers["responded"] < high)]
        score = answers["score"][answers["kind"] == "csat"]
        about = (contacts["reason"] == plant.reason).sum()
        seen["contacts_a_day"].append(round(float(about / (end - start)), 2))
        seen["csat_percent"].append(round(float(100 * (score >= 4).mean()), 1))
        one = contacts["replies"].dropna() == 1
        seen["one_touch_percent"].append(round(float(100 * one.mean()), 1))
        if plant.nps:
            score = answers["score"][answers["trigger"] == "relationship"]
            seen["nps"].append(round(float(100 * ((score >= 9).mean() - (score <= 6).mean())), 1))
    return seen
