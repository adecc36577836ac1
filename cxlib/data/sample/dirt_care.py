"""Bad rows of the tables about operations, the community and the care of customers."""

import numpy as np

from cxlib.data.sample.dirt import Dirt, Spoiler, Tables, copied_rows, overwrite, some_rows

__all__ = ["CARE_DIRT"]


def _severity_spelling(rng: np.random.Generator, tables: Tables) -> Dirt:
    rows = some_rows(rng, tables["outages"], 2, column="severity", value="major")
    overwrite(tables, "outages", "severity", rows, ["Major", "MAJOR "])
    return Dirt("outages", "severity_spelling", 2, "noted")


def _worded_amount(rng: np.random.Generator, tables: Tables) -> Dirt:
    row = some_rows(rng, tables["costs"], 1, column="kind", value="licences")
    overwrite(tables, "costs", "amount", row, ["see invoice"])
    return Dirt("costs", "text_amount", 1, "quarantine")


def _negative_sends(rng: np.random.Generator, tables: Tables) -> Dirt:
    rows = some_rows(rng, tables["emails"], 2, column="template", value="invoice")
    overwrite(tables, "emails", "sends", rows, ["-4", "-1"])
    return Dirt("emails", "negative_count", 2, "quarantine")


def _template_spelling(rng: np.random.Generator, tables: Tables) -> Dirt:
    rows = some_rows(rng, tables["emails"], 3, column="template", value="welcome")
    overwrite(tables, "emails", "template", rows, ["Welcome", " welcome", "WELCOME"])
    return Dirt("emails", "template_spelling", 3, "noted")


def _no_page(rng: np.random.Generator, tables: Tables) -> Dirt:
    overwrite(tables, "pages", "page_url", some_rows(rng, tables["pages"], 2), ["", " "])
    return Dirt("pages", "blank_url", 2, "quarantine")


def _unknown_direction(rng: np.random.Generator, tables: Tables) -> Dirt:
    rows = some_rows(rng, tables["interactions"], 2, column="direction", value="outbound")
    overwrite(tables, "interactions", "direction", rows, ["both"] * 2)
    return Dirt("interactions", "unknown_direction", 2, "noted")


def _unknown_callers(rng: np.random.Generator, tables: Tables) -> Dirt:
    rows = some_rows(rng, tables["interactions"], 2)
    overwrite(tables, "interactions", "customer_id", rows, ["L-99997", "L-99998"])
    return Dirt("interactions", "orphan_customer", 2, "noted")


def _lost_surveys(rng: np.random.Generator, tables: Tables) -> Dirt:
    overwrite(tables, "outreach", "survey_id", some_rows(rng, tables["outreach"], 2), ["S999998", "S999999"])
    return Dirt("outreach", "orphan_survey", 2, "noted")


def _early_completion(rng: np.random.Generator, tables: Tables) -> Dirt:
    rows = some_rows(rng, tables["trainings"], 1, column="module", value="first_lesson")
    overwrite(tables, "trainings", "completed_at", rows, ["2017-06-30T12:00:00Z"])
    return Dirt("trainings", "completed_before_invited", 1, "blanked")


CARE_DIRT: tuple[Spoiler, ...] = (
    _severity_spelling,
    _worded_amount,
    _negative_sends,
    _template_spelling,
    _no_page,
    _unknown_direction,
    _unknown_callers,
    _lost_surveys,
    _early_completion,
    copied_rows("posts", 2),
)
