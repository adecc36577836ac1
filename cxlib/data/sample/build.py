"""The company made in one go: people, what they do and write, what they are asked, what changed, bad rows."""

from dataclasses import dataclass

import pandas as pd

from cxlib.data.sample import conversations, demand, dirt, surveys, truth
from cxlib.data.sample.business import account_tables
from cxlib.data.sample.calendar import stream
from cxlib.data.sample.company import customers_table, populate
from cxlib.data.sample.conversations import converse
from cxlib.data.sample.dirt_accounts import ACCOUNT_DIRT
from cxlib.data.sample.dirt_care import CARE_DIRT
from cxlib.data.sample.follow_up import satisfaction_surveys
from cxlib.data.sample.further import Drawn, further_tables, product_tables
from cxlib.data.sample.log import write_log
from cxlib.data.sample.plants import plant_all
from cxlib.data.sample.plants_care import plant_care
from cxlib.data.sample.plants_product import plant_product
from cxlib.data.sample.scenario import DEFAULT_SEED, scenario_of
from cxlib.data.sample.tickets import contacts
from cxlib.data.sample.truth_care import seen_in_care
from cxlib.data.sample.truth_product import seen_in_product

__all__ = ["SETTINGS", "Sample", "make_sample"]

SETTINGS = """\
# Lanternfold, a marketplace for lessons with tutors: a company that does not exist.
zone = "America/Chicago"
schedule = "support"

[schedules.support]
zone = "America/Chicago"
hours = { mon = ["07:00-21:00"], tue = ["07:00-21:00"], wed = ["07:00-21:00"], thu = ["07:00-21:00"], \
fri = ["07:00-21:00"], sat = ["07:00-21:00"], sun = ["07:00-21:00"] }

[surveys.nps]
scale = "0-10"
[surveys.csat]
scale = "1-5"
[surveys.ces]
scale = "1-7"
higher_is_better = true

[reasons]
is_issue = ["audio_video", "lesson_connection", "tutor_no_show", "whiteboard"]
urgent = ["account_access", "lesson_connection", "tutor_no_show"]

[targets.first_response_time]
clock = "business"
minutes = { urgent = 60, high = 240, normal = 480, default = 480 }
share = 0.90
[targets.full_resolution_time]
clock = "business"
minutes = { urgent = 480, high = 1440, normal = 2880, default = 2880 }

[metrics.contact_rate]
exposure_kind = ["lesson", "order"]
[metrics.seat_logins]
table = "activity"
kind = "rate"
where = "kind = 'seat_login'"
value = "count"
basis = "date"
exposure = { table = "activity", value = "count", basis = "date", where = "kind = 'seat'" }
unit = "sign-ins per seat and week"
direction = "up"
definition = "Sign-ins of the people of business accounts per seat and week."
[metrics.seat_contact_rate]
table = "tickets"
kind = "rate"
where = "is_inbound"
value = "1"
basis = "created_at"
exposure = { table = "activity", value = "count", basis = "date", where = "kind = 'seat'" }
scale = 1000
unit = "contacts per 1,000 seats and week"
direction = "down"
definition = "Inbound contacts per 1,000 seats of business accounts and week; cut by account for its own."

[health]
version = "2020-06"
unit = "account_id"
missing = "reference"
coverage_min = 0.5
bands = { champion = 80, healthy = 60, needs_attention = 40 }
[health.metrics.nps]
window_days = 365
weight = 25
shape = { up = [-100, 100] }
half_life_days = 365
[health.metrics.csat]
window_days = 365
weight = 25
shape = { up = [50, 100] }
half_life_days = 365
[health.metrics.first_response_time]
window_days = 180
weight = 10
shape = { down = [5, 480], log = true }
[health.metrics.seat_logins]
window_days = 90
weight = 25
shape = { up = [0.2, 1.8] }
[health.metrics.seat_contact_rate]
window_days = 90
weight = 15
shape = { band = [0, 5, 20, 60], lo_floor = 0.3 }

[report]
metrics = ["nps", "csat", "review_score_net", "ticket_volume", "first_response_time"]
"""


@dataclass(frozen=True, eq=False)
class Sample:
    """A synthetic company.

    Parameters
    ----------
    tables : dict of str to DataFrame
        Canonical tables as their files hold them: text, blank where nothing is known, bad rows included.
    truth : dict
        What is planted, by name, with sizes; and every kind of bad row.
    settings : str
        The text of cxlib.toml.
    ragged : dict of str to str
        Table and one line of its file that has too many fields, so that no frame can hold it.
    """

    tables: dict[str, pd.DataFrame]
    truth: dict[str, object]
    settings: str
    ragged: dict[str, str]


def make_sample(seed: int = DEFAULT_SEED) -> Sample:
    """Make the company of a seed.

    The default seed tells the story that the documents tell. Any other draws the noise anew, and also which
    release is guilty, when, in which component and segment, and which innocent ones stand beside it.

    Parameters
    ----------
    seed : int
        Not negative.

    Returns
    -------
    Sample
        Equal seeds give equal companies.

    Examples
    --------
    >>> make_sample(2020).truth["first_day"]
    '2017-07-01'
    """
    scenario = scenario_of(seed)
    plants, care, product = plant_all(scenario), plant_care(scenario), plant_product(scenario)
    people = populate(stream(seed, "people"), scenario.happy)
    log = write_log(stream(seed, "log"), scenario, (*plants, *product))
    arrivals = contacts(stream(seed, "contacts"), people, plants)
    course = converse(stream(seed, "conversations"), arrivals, (*plants, *care))
    nps = surveys.relationship_surveys(stream(seed, f"nps {scenario.draw}"), people, scenario.happy, plants)
    asked, csat = satisfaction_surveys(stream(seed, "csat"), arrivals, course, plants)
    orders, by_cell = demand.orders_table(stream(seed, "orders"), people)
    lessons = demand.lessons(stream(seed, "lessons"), people)
    tables = {
        "changes": log.table(),
        "surveys": surveys.survey_table(people, nps, csat, asked),
        "tickets": conversations.tickets_table(stream(seed, "tickets"), people, arrivals, course),
        "messages": conversations.messages_table(course),
        "ticket_events": conversations.events_table(course),
        "activity": demand.activity_table({"lesson": lessons, "order": by_cell}),
        "customers": customers_table(people),
        "orders": orders,
        "reviews": demand.reviews_table(stream(seed, "reviews"), people, plants),
    }
    soiled, bad = dirt.soil(stream(seed, "dirt"), tables)
    drawn = Drawn(people, log, arrivals, course, nps, lessons.sum(axis=(1, 2)), tables)
    full = further_tables(seed, soiled, drawn, care)
    soiled, worse = dirt.soil(stream(seed, "dirt of care"), full, CARE_DIRT)
    finished = product_tables(seed, soiled, people, product)
    with_accounts, accounts = account_tables(seed, finished, people)
    complete, spoiled = dirt.soil(stream(seed, "dirt of accounts"), with_accounts, ACCOUNT_DIRT)
    told = [
        truth.planted(log, plant, truth.seen_by_customers(plant, people, nps, arrivals, course.first_reply))
        for plant in plants
    ]
    told += [truth.planted(log, plant, seen_in_care(plant, full)) for plant in care]
    told += [truth.planted(log, plant, seen_in_product(plant, finished)) for plant in product]
    whole = truth.tell(scenario, told, (*bad, *worse, *spoiled)) | {"accounts": accounts}
    return Sample(complete, whole, SETTINGS, dict(dirt.RAGGED))
